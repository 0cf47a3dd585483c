//! Makes large contracts and an edited copy of each, and measures what they cost: to compare, and to lower for the generator.
//!
//! `cargo run --release -p zerogate-drift --example large_document`. First comes a contract of the size of GitHub's
//! (`OPERATIONS` is how many operations it has), then contracts that are large in one way only, each twice as large as the
//! one before: time should grow with them, by a power of hardly more than one. With a directory behind `--`, the documents
//! are written there as well; `ONLY_LARGE=1` leaves it at the first, and does nothing else. That one has the operations that
//! the bindings are made for, so that it can be imported; `GENERATE=1` foresees what a build makes of it, as an import does, and
//! leaves it at that.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use serde_json::{Map, Value, json};
use zerogate_contract::{Contract, Document};
use zerogate_drift::reason;
use zerogate_generate::{Took, forecast, lower};

type Failure = Box<dyn std::error::Error>;
/// Makes a contract of some size, and its edited copy.
type Make = fn(usize) -> [Value; 2];

/// What GitHub's contract has, about.
const OPERATIONS: usize = 640;
/// Component schemas for each operation, and properties for each of them.
const SCHEMAS_EACH: usize = 2;
const PROPERTIES: usize = 28;

/// In what a contract can be large, how large the smallest is, and what makes it and its edited copy.
const GROWING: &[(&str, usize, Make)] = &[
    ("operations", 1000, operations),
    ("schemas", 2000, schemas),
    ("properties", 4000, properties),
    ("enum values", 4000, enum_values),
    ("parameters", 2000, parameters),
    ("renames", 1000, renames),
    ("unions", 500, unions),
];

fn main() -> Result<(), Failure> {
    let directory = std::env::args().nth(1);
    let directory = directory.as_deref().map(Path::new);
    let operations = std::env::var("OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(OPERATIONS);
    let name = format!("{operations} operations");
    let large = large(operations)?;
    if let Some(directory) = directory.filter(|_| std::env::var_os("ONLY_LARGE").is_some()) {
        return write(directory, &name, &large.map(|contract| contract.to_string()));
    }
    if std::env::var_os("GENERATE").is_some() {
        return generated(&name, &large[1]);
    }
    println!("{:<20}{:>8}{:>10}{:>10}{:>10}{:>10}", "", "MB", "read", "compared", "changes", "lowered");
    measure(directory, &name, large)?;
    if let Some(memory) = memory() {
        println!("{memory}");
    }
    let only = std::env::var("ONLY").unwrap_or_default();
    for (what, least, make) in GROWING.iter().filter(|(what, ..)| what.contains(&*only)) {
        let mut last: Option<[Duration; 2]> = None;
        for count in [*least, least * 2, least * 4] {
            let times = measure(directory, &format!("{count} {what}"), make(count))?;
            if let Some(before) = last.filter(|_| count == least * 4) {
                let [compared, lowered] =
                    [0, 1].map(|index| (times[index].as_secs_f64() / before[index].as_secs_f64()).log2());
                println!("{:<20}{compared:>28.2}{lowered:>20.2}", "  grows by a power of");
            }
            last = Some(times);
        }
    }
    Ok(())
}

/// How long it takes to foresee what a build makes of a contract, as an import does.
fn generated(name: &str, contract: &Value) -> Result<(), Failure> {
    let text = contract.to_string();
    let begin = Instant::now();
    let document = Document::parse("contract.json", &text)?;
    let read = begin.elapsed();
    let contract = Contract::of(document);
    let canonical = begin.elapsed();
    let foreseen = forecast(&contract)?;
    let all = begin.elapsed();
    let Took { generator, reading, .. } = foreseen.took;
    println!("{name}, {:.1} MB, {} lines", text.len() as f64 / 1e6, foreseen.surface.lines().len());
    for (what, time) in [
        ("the text read", read),
        ("in canonical form", canonical - read),
        ("progenitor and typify", generator),
        ("their tokens read", reading),
        ("all else: lowered, looked at, listed, freed", all - canonical - generator - reading),
        ("together", all),
    ] {
        println!("{what:<45}{:>8.2} s{:>5.0} %", time.as_secs_f64(), time.as_secs_f64() / all.as_secs_f64() * 100.0);
    }
    Ok(())
}

/// How long it takes to compare a contract with its edited copy, and to lower that.
fn measure(directory: Option<&Path>, name: &str, contracts: [Value; 2]) -> Result<[Duration; 2], Failure> {
    let texts = contracts.map(|contract| contract.to_string());
    if let Some(directory) = directory {
        write(directory, name, &texts)?;
    }
    // What else runs on the machine does not count.
    let begin = ThreadTime::now();
    let [old, new] = texts.each_ref().map(|text| Document::parse("contract.json", text));
    let (old, new) = (old?, new?);
    let read = begin.elapsed();
    let changes = reason(&old, &new).changes.len();
    let compared = begin.elapsed();
    lower(&Contract::of(new))?;
    let lowered = begin.elapsed();
    let (compared, lowered) = (compared - read, lowered - compared);
    let size = texts[0].len() as f64 / 1e6;
    println!("{name:<20}{size:>8.1}{read:>10.0?}{compared:>10.0?}{changes:>10}{lowered:>10.0?}");
    Ok([compared, lowered])
}

fn write(directory: &Path, name: &str, texts: &[String; 2]) -> Result<(), Failure> {
    for (text, which) in texts.iter().zip(["old", "new"]) {
        fs::write(directory.join(format!("{}.{which}.json", name.replace(' ', "-"))), text)?;
    }
    Ok(())
}

/// The most memory that this process has had.
fn memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find(|line| line.starts_with("VmHWM")).map(str::to_owned)
}

fn text(length: usize) -> String {
    "Says what this is for, when it is there, and what to do about it. ".chars().cycle().take(length).collect()
}

fn contract(paths: impl Into<Value>, schemas: impl Into<Value>) -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Large", "version": "1"},
        "servers": [{"url": "https://api.example"}],
        "paths": paths.into(),
        "components": {
            "parameters": {"Id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}},
            "responses": {"NotFound": {"description": "No.", "content": {"application/json": {"schema": {
                "$ref": "#/components/schemas/Schema1"
            }}}}},
            "schemas": schemas.into(),
        },
    })
}

/// A contract of many operations and schemas, most of which lead to each other, and some edits of each kind.
fn large(operations: usize) -> Result<[Value; 2], Failure> {
    let schemas: Map<String, Value> =
        (0..operations * SCHEMAS_EACH).map(|index| (format!("Schema{index}"), schema(index, operations))).collect();
    let mut paths = Map::new();
    for index in 0..operations {
        let path = format!("/resources{}/{{id}}/part{index}", index % 40);
        let item = json!({
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "post": {
                "operationId": format!("operation{index}"),
                "summary": text(60),
                "description": text(400),
                "tags": [format!("tag{}", index % 30)],
                "parameters": [
                    {"name": "page", "in": "query", "description": text(80), "schema": {"type": "integer", "default": 1}},
                    {"name": "filter", "in": "query", "schema": {"type": "string", "enum": ["all", "open", "closed"]}},
                ],
                "requestBody": {"content": {"application/json": {"schema": schema(index + 7, operations)}}},
                "responses": {
                    "200": {"description": text(80), "content": {"application/json": {"schema": {
                        "type": "array",
                        "items": {"$ref": format!("#/components/schemas/Schema{}", index * SCHEMAS_EACH)},
                    }, "examples": {"one": {"value": {"id": 1, "text": text(300)}}}}}},
                    "404": {"$ref": "#/components/responses/NotFound"},
                    "default": {"$ref": "#/components/responses/NotFound"},
                },
            },
        });
        paths.insert(path, item);
    }
    let mut old = contract(paths, schemas);
    let bindings = Document::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../gate-v1.yaml"))?;
    add(&mut old, bindings.value());
    let mut new = old.clone();
    edit(&mut new, operations);
    Ok([old, new])
}

/// Adds the paths and components of another contract, and how it is called.
fn add(contract: &mut Value, other: &Value) {
    if let (Some(contract), Some(other)) = (contract.as_object_mut(), other.as_object()) {
        for (key, value) in other {
            match contract.get_mut(key) {
                Some(known) if known.is_object() => add(known, value),
                Some(_) if key == "openapi" => {}
                _ => drop(contract.insert(key.clone(), value.clone())),
            }
        }
    }
}

fn schema(index: usize, operations: usize) -> Value {
    let count = operations * SCHEMAS_EACH;
    let mut properties = Map::new();
    for property in 0..PROPERTIES {
        let described = text(60 + property * 3);
        let value = match property % 7 {
            0 => json!({"$ref": format!("#/components/schemas/Schema{}", (index * 3 + property + 1) % count)}),
            1 => json!({"type": "integer", "format": "int64", "description": described, "example": 42}),
            2 => json!({"type": "string", "nullable": true, "description": described, "maxLength": 200}),
            3 => json!({"type": "array", "items": {"type": "object", "properties": {
                "name": {"type": "string"}, "url": {"type": "string", "format": "uri", "description": described},
                "of": {"$ref": format!("#/components/schemas/Schema{}", (index + property) % count)},
            }, "required": ["name"]}}),
            4 => json!({"type": "string", "enum": ["one", "two", "three"], "description": described}),
            5 => {
                json!({"allOf": [{"$ref": format!("#/components/schemas/Schema{}", (index + 11) % count)}], "nullable": true})
            }
            _ => json!({"type": "boolean", "default": false, "description": described}),
        };
        properties.insert(format!("property_{property}"), value);
    }
    json!({
        "type": "object",
        "description": text(120),
        "properties": properties,
        "required": ["property_1", "property_2", "property_4"],
    })
}

/// Some edits of each kind, spread over the document.
fn edit(contract: &mut Value, operations: usize) {
    let count = operations * SCHEMAS_EACH;
    for index in (0..count).step_by((count / 60).max(1)) {
        let at = format!("/components/schemas/Schema{index}");
        let Some(schema) = contract.pointer_mut(&at) else {
            continue;
        };
        match index % 5 {
            0 => schema["properties"]["property_1"]["type"] = json!("string"),
            1 => schema["properties"]["added"] = json!({"type": "string"}),
            2 => schema["required"] = json!(["property_1"]),
            3 => schema["properties"]["property_4"]["enum"] = json!(["one", "two", "three", "four"]),
            _ => schema["description"] = json!("Says something else."),
        }
    }
    if let Some(paths) = contract["paths"].as_object_mut() {
        paths.remove("/resources3/{id}/part3");
    }
}

/// What is called by its number; in the edited copy every other one is another.
fn numbered<T>(count: usize, each: impl Fn(String, usize) -> T) -> [Vec<T>; 2] {
    ["old", "new"].map(|which| {
        let name = |index| if index % 2 == 0 { format!("same{index}") } else { format!("{which}{index}") };
        (0..count).map(|index| each(name(index), index)).collect()
    })
}

/// A contract of one operation that is given something and returns `Schema1`.
fn with_parameters(parameters: impl Into<Value>, schemas: impl Into<Value>) -> Value {
    let response = json!({"description": "It.", "content": {"application/json": {"schema": {
        "$ref": "#/components/schemas/Schema1"
    }}}});
    let operation = json!({"operationId": "read", "parameters": parameters.into(), "responses": {"200": response}});
    contract(json!({"/it": {"get": operation}}), schemas)
}

fn with_schema(schema: Value) -> Value {
    with_parameters(json!([]), json!({"Schema1": schema}))
}

fn operations(count: usize) -> [Value; 2] {
    numbered(count, |name, _| {
        let operation =
            json!({"operationId": name, "responses": {"default": {"$ref": "#/components/responses/NotFound"}}});
        (format!("/{name}"), json!({"get": operation}))
    })
    .map(|paths| contract(paths.into_iter().collect::<Map<_, _>>(), json!({"Schema1": {"type": "string"}})))
}

/// A chain of schemas, every other one of which gets another property.
fn schemas(count: usize) -> [Value; 2] {
    numbered(count, |property, index| {
        let next = format!("#/components/schemas/Schema{}", (index + 1) % count);
        let properties = json!({"next": {"$ref": next}, property: {"type": "string"}});
        (format!("Schema{index}"), json!({"type": "object", "properties": properties}))
    })
    .map(|schemas| with_parameters(json!([]), schemas.into_iter().collect::<Map<_, _>>()))
}

fn properties(count: usize) -> [Value; 2] {
    numbered(count, |name, _| (name, json!({"type": "string"}))).map(|properties| {
        with_schema(json!({"type": "object", "properties": properties.into_iter().collect::<Map<_, _>>()}))
    })
}

fn enum_values(count: usize) -> [Value; 2] {
    numbered(count, |name, _| name).map(|values| with_schema(json!({"type": "string", "enum": values})))
}

fn parameters(count: usize) -> [Value; 2] {
    numbered(count, |name, _| json!({"name": name, "in": "query", "schema": {"type": "string"}}))
        .map(|parameters| with_parameters(parameters, json!({"Schema1": {"type": "string"}})))
}

/// Schemas of which every other one gets another name.
fn renames(count: usize) -> [Value; 2] {
    numbered(count, |name, index| {
        let schema = json!({"type": "object", "properties": {format!("p{index}"): {"type": "string"}}});
        let user = json!({"$ref": format!("#/components/schemas/{name}")});
        ((name, schema), (format!("p{index}"), user))
    })
    .map(|schemas| {
        let (mut schemas, users): (Map<_, _>, Map<_, _>) = schemas.into_iter().unzip();
        schemas.insert("Schema1".to_owned(), json!({"type": "object", "properties": users}));
        with_parameters(json!([]), schemas)
    })
}

/// A union, every other branch of which is another.
fn unions(count: usize) -> [Value; 2] {
    numbered(count, |name, index| {
        let tag = json!({"type": "string", "enum": [name]});
        let properties = json!({"kind": tag, format!("p{index}"): {"type": "string"}});
        json!({"type": "object", "required": ["kind"], "properties": properties})
    })
    .map(|branches| with_schema(json!({"oneOf": branches})))
}

//! Makes a contract of the size of GitHub's and an edited copy, and measures their comparison.
//!
//! `cargo run --release -p zerogate-drift --example large_document`; with a directory behind `--`, the two documents are
//! written there as well. `OPERATIONS` is how many operations they have.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Map, Value, json};
use zerogate_contract::{ContractError, Document};
use zerogate_drift::reason;

/// What GitHub's contract has, about.
const OPERATIONS: usize = 640;
/// Component schemas for each operation, and properties for each of them.
const SCHEMAS_EACH: usize = 2;
const PROPERTIES: usize = 28;

fn main() -> ExitCode {
    let operations = std::env::var("OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(OPERATIONS);
    let (old, new) = texts(operations);
    if let Some(directory) = std::env::args().nth(1) {
        let directory = Path::new(&directory);
        let written =
            fs::write(directory.join("old.json"), &old).and_then(|()| fs::write(directory.join("new.json"), &new));
        if let Err(error) = written {
            eprintln!("the documents cannot be written: {error}");
            return ExitCode::from(2);
        }
    }
    println!("{operations} operations, {:.1} MB", old.len() as f64 / 1e6);
    match measure(&old, &new) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn texts(operations: usize) -> (String, String) {
    let old = contract(operations);
    let mut new = old.clone();
    edit(&mut new, operations);
    (old.to_string(), new.to_string())
}

fn measure(old: &str, new: &str) -> Result<(), ContractError> {
    let begin = Instant::now();
    let (old, new) = (Document::parse("old.json", old)?, Document::parse("new.json", new)?);
    println!("parsed in {:.0?}", begin.elapsed());
    for (what, other) in [("itself", &old), ("an edited copy", &new)] {
        let begin = Instant::now();
        let drift = reason(&old, other);
        let reached: usize = drift.changes.iter().map(|change| change.reach.len()).sum();
        println!(
            "compared with {what} in {:.0?}: {} changes that reach {reached} places",
            begin.elapsed(),
            drift.changes.len()
        );
    }
    if let Some(memory) = fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| status.lines().find(|line| line.starts_with("VmHWM")).map(str::to_owned))
    {
        println!("{memory}");
    }
    Ok(())
}

fn text(length: usize) -> String {
    "Says what this is for, when it is there, and what to do about it. ".chars().cycle().take(length).collect()
}

fn contract(operations: usize) -> Value {
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
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Large", "version": "1"},
        "servers": [{"url": "https://api.example"}],
        "paths": paths,
        "components": {
            "parameters": {"Id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}},
            "responses": {"NotFound": {"description": "No.", "content": {"application/json": {"schema": {
                "$ref": "#/components/schemas/Schema1"
            }}}}},
            "schemas": schemas,
        },
    })
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

//! Generates a client for each construct, in a separate module.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use serde_json::{Map, Value, json};
use zerogate_contract::names::pascal;
use zerogate_contract::{Contract, Document, Inventory, reference};
use zerogate_generate::{Generated, HOST_TYPES, HostTypes, LineKind, generate, lower};

const CONSTRUCTS: &str = "constructs.yaml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={CONSTRUCTS}");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let constructs = Document::read(CONSTRUCTS)?;
    let mut modules = String::new();
    let mut schemas = String::new();
    for (name, construct) in constructs.value().as_object().into_iter().flatten() {
        match client(name, construct) {
            Ok((Generated { types, client, .. }, rows)) => {
                fs::write(out.join(format!("{name}_types.rs")), types)?;
                fs::write(out.join(format!("{name}.rs")), client)?;
                schemas.push_str(&rows);
                writeln!(
                    modules,
                    "pub mod {name} {{\n\
                         pub mod types {{ include!(concat!(env!(\"OUT_DIR\"), \"/{name}_types.rs\")); }}\n\
                         pub mod client {{\n\
                             include!(concat!(env!(\"OUT_DIR\"), \"/{name}.rs\"));\n\
                             impl ::progenitor_client::ClientHooks<crate::Call> for Client {{}}\n\
                         }}\n\
                     }}"
                )?;
            }
            Err(message) => println!("cargo::error={name}: {}", message.replace('\n', "; ")),
        }
    }
    writeln!(modules, "#[cfg(test)] const SCHEMAS: &[Schema] = &[{schemas}];")?;
    fs::write(out.join("constructs.rs"), modules)?;
    Ok(())
}

/// The generated code for a construct, and the rows for its schemas.
fn client(name: &str, construct: &Value) -> Result<(Generated, String), String> {
    let text = document(construct).to_string();
    let contract = Contract::of(Document::parse(name, &text).map_err(|error| error.to_string())?);
    let lowered = lower(&contract).map_err(|error| error.to_string())?;
    let types: &'static str = Box::leak(format!("crate::{name}::types").into_boxed_str());
    let host = HostTypes { types, inner: "crate::Call", keyed: &[], ..HOST_TYPES };
    let generated =
        generate(&contract, &Inventory::of(&contract), &lowered, &host).map_err(|error| error.to_string())?;
    let mut left_out: Vec<&str> = generated.skipped.iter().map(|skipped| skipped.operation.as_str()).collect();
    left_out.sort_unstable();
    let expected = construct.get("left_out").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if left_out != expected.collect::<Vec<_>>() {
        let problems: Vec<String> = generated.skipped.iter().map(|skipped| skipped.problem.to_string()).collect();
        return Err(format!("other operations than expected were omitted: {left_out:?}: {}", problems.join("; ")));
    }
    let lost: Vec<String> = lowered.notes.iter().filter(|note| note.is_lossy()).map(ToString::to_string).collect();
    let mut rows = String::new();
    for (index, component) in
        construct.get("schemas").and_then(Value::as_object).into_iter().flat_map(Map::keys).enumerate()
    {
        // Its name in the lowered document.
        let content = format!("/paths/~1echo~1{index}/post/requestBody/content/application~1json/schema");
        let target = lowered.value.pointer(&content).and_then(reference).and_then(zerogate_contract::component);
        let declared = target.map(|target| pascal(&target)).filter(|declared| {
            let item = format!("types::{declared}");
            let lines = generated.surface.lines();
            lines.iter().any(|line| line.kind == LineKind::Declaration && *line.item == *item)
        });
        let values =
            construct.pointer("/values").and_then(|values| values.get(component)).unwrap_or(&json!([])).to_string();
        if let Some(declared) = declared {
            let row = format!(
                "Schema {{ construct: {name:?}, component: {component:?}, document: {text:?}, lost: &{lost:?}, values: {values:?}, \
                 round_trip: round_trip::<{name}::types::{declared}> }},"
            );
            rows.push_str(&row);
        }
    }
    Ok((generated, rows))
}

/// A document around a construct. Without `paths`, an operation sends and receives each schema.
fn document(construct: &Value) -> Value {
    let mut document = json!({
        "openapi": construct.get("openapi").unwrap_or(&json!("3.0.3")),
        "info": { "title": "A construct", "version": "1" },
        "paths": {},
        "components": { "schemas": {} },
    });
    let schemas = construct.get("schemas").cloned().unwrap_or_else(|| json!({}));
    let names = schemas.as_object().into_iter().flat_map(Map::keys).enumerate();
    for (index, name) in names.filter(|_| construct.get("paths").is_none()) {
        let name = name.replace('~', "~0").replace('/', "~1");
        let content = json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } });
        document["paths"][format!("/echo/{index}")] = json!({ "post": {
            "operationId": format!("echo{index}"),
            "requestBody": { "required": true, "content": content },
            "responses": { "200": { "description": "The same.", "content": content } },
        } });
    }
    document["components"]["schemas"] = schemas;
    for (method, id) in construct.get("operations").and_then(Value::as_array).into_iter().flatten().enumerate() {
        document["paths"][format!("/named/{method}")] =
            json!({ "get": { "operationId": id, "responses": { "204": { "description": "Done." } } } });
    }
    if let Some(parameters) = construct.get("parameters") {
        document["paths"]["/parameters"] = json!({ "get": {
            "operationId": "parameters",
            "parameters": parameters,
            "responses": { "204": { "description": "Done." } },
        } });
    }
    for (path, item) in construct.get("paths").and_then(Value::as_object).into_iter().flatten() {
        document["paths"][path] = item.clone();
    }
    document
}

//! Generates `CONTROL.md` from `control.yaml`.

#![expect(clippy::unwrap_used, reason = "what the document does not have fails the test")]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use zerogate_contract::Document;

use crate::control_document::document;

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTROL.md");
    let made = page(&document());
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(&path, &made).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == made, "CONTROL.md is out of date; INSTA_UPDATE=always cargo test writes it");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().replace('\n', " ").replace('|', "\\|")
}

/// A default, as one writes it: a string without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn page(document: &Document) -> String {
    let root = document.value();
    let mut page =
        String::from("<!-- Generated from control.yaml by a test of this crate. -->\n\n# The control plane\n\n");
    writeln!(page, "{}\n", root["info"]["description"].as_str().unwrap().trim()).unwrap();
    writeln!(page, "All paths are below `/_emulator`. The OpenAPI document is at `/_emulator/openapi.yaml`.\n")
        .unwrap();
    writeln!(page, "| request | body | effect | responses |\n|---|---|---|---|").unwrap();
    for (path, item) in root["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            let body = name(body).map_or_else(String::new, |name| link(&name));
            let does = format!("{} {}", text(&operation["summary"]), text(&operation["description"]));
            let responses = operation["responses"].as_object().unwrap();
            let responses: Vec<String> =
                responses.iter().map(|(status, response)| told(document, status, response)).collect();
            let request = format!("`{} {path}`", method.to_uppercase());
            writeln!(page, "| {request} | {body} | {} | {} |", does.trim(), responses.join("; ")).unwrap();
        }
    }
    for (title, schema) in root["components"]["schemas"].as_object().unwrap() {
        writeln!(page, "\n## {title}\n\n{}", schema["description"].as_str().unwrap().trim()).unwrap();
        let properties = schema["properties"].as_object();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        if let Some(properties) = properties {
            writeln!(page, "\n| field | type | |\n|---|---|---|").unwrap();
            for (field, schema) in properties {
                let mark = if required.contains(&json!(field)) { ", required" } else { "" };
                let resolved = document.resolve(schema).unwrap();
                let default = schema.get("default").map(|default| format!(" Default: `{}`.", plain(default)));
                let about = text(&resolved["description"]) + &default.unwrap_or_default();
                writeln!(page, "| `{field}` | {}{mark} | {about} |", shape(schema)).unwrap();
            }
        }
        let values = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let values: Vec<String> = values.map(|value| format!("`{value}`")).collect();
        if !values.is_empty() {
            let null = if schema["enum"].as_array().unwrap().contains(&Value::Null) { ", or null" } else { "" };
            writeln!(page, "\nOne of {}{null}.", values.join(", ")).unwrap();
        }
        let parts = schema["oneOf"].as_array().or(schema["allOf"].as_array());
        let parts: Vec<String> = parts.into_iter().flatten().filter_map(name).map(|name| link(&name)).collect();
        if !parts.is_empty() {
            let how = if schema["oneOf"].is_array() { "with the fields of one of" } else { "with the fields of" };
            writeln!(page, "\nIt is an object {how} {}.", parts.join(", ")).unwrap();
        }
    }
    page
}

fn told(document: &Document, status: &str, response: &Value) -> String {
    let resolved = document.resolve(response).unwrap();
    let content = resolved["content"].as_object().and_then(|content| content.values().next());
    let schema = content.map(|media| &media["schema"]);
    let body = schema.map_or_else(String::new, |schema| format!(" {}", shape(schema)));
    format!("{status}{body}")
}

fn name(schema: &Value) -> Option<String> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/").map(str::to_owned)
}

fn link(name: &str) -> String {
    format!("[{name}](#{})", name.to_lowercase())
}

/// The type of a field, briefly.
fn shape(schema: &Value) -> String {
    if let Some(name) = name(schema) {
        return link(&name);
    }
    if let Some(value) = schema["const"].as_str() {
        return format!("`{value}`");
    }
    let values = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let values: Vec<String> = values.map(|value| format!("`{value}`")).collect();
    if !values.is_empty() {
        return values.join(", ");
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        other => text(other),
    };
    if types == "array" { format!("array of {}", shape(&schema["items"])) } else { types }
}

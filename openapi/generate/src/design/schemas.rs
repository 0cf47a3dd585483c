//! A walk over the schemas of 3.0, outer ones first.

use serde_json::{Map, Value};
use zerogate_contract::pointer;
use zerogate_contract::vocabulary::is_extension;

/// Calls `visit` on every schema object of a document, with its JSON pointer; outer schemas first.
pub(super) fn visit(value: &mut Value, visit: &mut dyn FnMut(&str, &mut Map<String, Value>)) {
    if let Some(Value::Object(schemas)) = value.pointer_mut("/components/schemas") {
        for (name, schema) in schemas {
            visit_schema(&pointer::join("/components/schemas", name), schema, visit);
        }
    }
    let mut pointer = String::new();
    visit_outside(value, &mut pointer, visit);
}

/// Finds the schemas that stand in operations, parameters, bodies and headers.
fn visit_outside(value: &mut Value, pointer: &mut String, visit: &mut dyn FnMut(&str, &mut Map<String, Value>)) {
    let length = pointer.len();
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                // Examples are data, extensions are not ours, and component schemas were visited already.
                let is_name = pointer.strip_prefix("/components/").is_some_and(|section| !section.contains('/'));
                if !is_name && (matches!(key.as_str(), "example" | "examples") || is_extension(key)) {
                    continue;
                }
                pointer::push(pointer, key);
                if pointer == "/components/schemas" {
                } else if key == "schema" {
                    visit_schema(pointer, member, visit);
                } else {
                    visit_outside(member, pointer, visit);
                }
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                pointer::push(pointer, &index.to_string());
                visit_outside(item, pointer, visit);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

fn visit_schema(pointer: &str, schema: &mut Value, visit: &mut dyn FnMut(&str, &mut Map<String, Value>)) {
    let Value::Object(members) = schema else { return };
    visit(pointer, members);
    for (key, member) in members {
        match (key.as_str(), member) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    let at = pointer::join(&pointer::join(pointer, "properties"), name);
                    visit_schema(&at, property, visit);
                }
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                for (index, part) in parts.iter_mut().enumerate() {
                    visit_schema(&format!("{pointer}/{key}/{index}"), part, visit);
                }
            }
            ("items" | "not" | "additionalProperties", part) => {
                visit_schema(&format!("{pointer}/{key}"), part, visit);
            }
            _ => {}
        }
    }
}

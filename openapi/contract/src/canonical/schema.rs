//! Rewrites a schema of 3.1 (JSON Schema 2020-12) as one of 3.0.
//!
//! Schemas inside a schema are rewritten before it.

use serde_json::{Map, Value, json};

use super::null::{is_only_null, only_null};
use super::rewriting::Rewriting;
use super::{combine, keyword, sibling};
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::{Node, Release, TYPES, is_composed, of_type};

/// Rewrites one schema.
pub(super) fn modern(node: Node, at: &str, value: &mut Value, rewriting: &mut Rewriting) {
    if node != Node::Schema {
        return;
    }
    match value {
        Value::Bool(anything) => {
            rewriting.note(NoteKind::Exact, at, format!("`{anything}` was written as a schema"));
            *value = if *anything { json!({}) } else { json!({ "not": {} }) };
        }
        Value::Object(schema) => {
            keyword::nullable(schema, at, rewriting);
            in_3_0(schema, at, rewriting);
            keyword::unknown(schema, at, rewriting);
            sibling::of_reference(schema, at, rewriting);
        }
        _ => {}
    }
}

/// Rewrites a schema as one of 3.0.
fn in_3_0(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    keyword::plain(schema, at, rewriting);
    constant(schema, at, rewriting);
    combine::null_branches(schema, at, rewriting);
    keyword::bounds(schema, at, rewriting);
    keyword::arrays(schema, at, rewriting);
    keyword::objects(schema, at, rewriting);
    keyword::later(schema, at, rewriting);
    types(schema, at, rewriting);
    enumeration(schema, at, rewriting);
}

/// Reads constructs of 3.1 in a 3.0 document as 3.1 defines them.
pub(super) fn mislabelled(node: Node, at: &str, value: &mut Value, rewriting: &mut Rewriting) {
    let Some(schema) = value.as_object_mut().filter(|schema| node == Node::Schema && !schema.contains_key("$ref"))
    else {
        return;
    };
    let is_later = |(key, value): (&String, &Value)| match key.as_str() {
        "type" => value.is_array() || value == "null",
        "exclusiveMinimum" | "exclusiveMaximum" => value.is_number(),
        key => node.field(key).is_some_and(|field| field.since > Release::V3_0),
    };
    let words: Vec<String> =
        schema.iter().filter(|entry| is_later(*entry)).map(|(key, _)| format!("`{key}`")).collect();
    if !words.is_empty() {
        let message = format!("written as in OpenAPI 3.1, and read that way: {}", words.join(", "));
        rewriting.mistake(NoteKind::Exact, at, message);
        in_3_0(schema, at, rewriting);
    } else {
        // The branch may use a construct of 3.1.
        combine::null_branches(schema, at, rewriting);
    }
}

/// The schema type of a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The common type of all values except null.
fn common_type(values: &[Value]) -> Option<&'static str> {
    let mut kinds = values.iter().filter(|value| !value.is_null()).map(type_of);
    let first = kinds.next()?;
    kinds.all(|kind| kind == first).then_some(first)
}

/// Rewrites `const` as an `enum` of one value.
fn constant(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    let Some(value) = schema.remove("const") else { return };
    let at = pointer::join(at, "const");
    if value.is_null() {
        only_null(schema);
    } else {
        if value.is_string() && !schema.contains_key("type") {
            schema.insert("type".to_owned(), Value::from("string"));
        }
        schema.insert("enum".to_owned(), json!([value]));
    }
    rewriting.note(NoteKind::Exact, at, "`const` became an `enum` of one value");
}

/// Rewrites a list of types as one type, `nullable`, or a `oneOf`.
fn types(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    let at = pointer::join(at, "type");
    let Some(kinds) = schema.get("type") else { return };
    let is_list = kinds.is_array();
    let kinds: Vec<&Value> = kinds.as_array().map_or_else(|| vec![kinds], |kinds| kinds.iter().collect());
    let texts: Option<Vec<&str>> = kinds.iter().map(|kind| kind.as_str()).collect();
    // The check reports an unknown type.
    let Some(texts) = texts.filter(|texts| texts.iter().all(|text| *text == "null" || TYPES.contains(text))) else {
        return;
    };
    let has_null = texts.contains(&"null");
    let mut others: Vec<String> = texts.iter().filter(|text| **text != "null").map(|text| (*text).to_owned()).collect();
    others.sort_unstable();
    others.dedup();
    if others.iter().any(|kind| kind == "number") {
        others.retain(|kind| kind != "integer");
    }
    if !is_list && !has_null {
        return;
    }
    match others.as_slice() {
        [] if kinds.is_empty() => return,
        [] => only_null(schema),
        [only] => {
            schema.insert("type".to_owned(), Value::from(only.as_str()));
            // If an `enum` does not list null, null does not fit, whatever the types say.
            let listed =
                schema.get("enum").and_then(Value::as_array).is_none_or(|values| values.contains(&Value::Null));
            if has_null && listed {
                schema.insert("nullable".to_owned(), Value::Bool(true));
            }
        }
        several => {
            schema.remove("type");
            let composed = is_composed(schema);
            if has_null {
                schema.insert("nullable".to_owned(), Value::Bool(true));
            }
            if composed {
                rewriting.note(
                    NoteKind::Widened,
                    at,
                    "the list of types was omitted, because of the composition next to it",
                );
                return;
            }
            if !schema.contains_key("enum") {
                let branches = several.iter().map(|kind| branch(schema, kind)).collect::<Vec<_>>();
                schema.retain(|key, _| Node::Schema.field(key).is_none_or(|field| field.of.is_none()));
                schema.insert("oneOf".to_owned(), Value::Array(branches));
            }
        }
    }
    rewriting.note(NoteKind::Exact, at, "the list of types was written as in OpenAPI 3.0");
}

/// The part of a schema that applies to one type.
fn branch(schema: &Map<String, Value>, kind: &str) -> Value {
    let own = of_type(kind).filter_map(|field| schema.get_key_value(field.name));
    let own = own.map(|(key, value)| (key.clone(), value.clone()));
    Value::Object([("type".to_owned(), Value::from(kind))].into_iter().chain(own).collect())
}

/// An `enum` with null needs `type` and `nullable`; one with several types has no equivalent.
fn enumeration(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    if is_only_null(&Value::Object(schema.clone())) {
        return only_null(schema);
    }
    let nullable = schema.get("nullable") == Some(&Value::Bool(true));
    let kind = schema.get("type").and_then(Value::as_str).map(str::to_owned);
    let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) else { return };
    let at = pointer::join(at, "enum");
    let has_null = values.contains(&Value::Null);
    if has_null && kind.is_some() && !nullable {
        values.retain(|value| !value.is_null());
        rewriting.note(NoteKind::Exact, at, "null is not of the schema's type, and was omitted");
    } else if kind.is_none() {
        match common_type(values) {
            Some(kind) => {
                if has_null {
                    schema.insert("nullable".to_owned(), Value::Bool(true));
                }
                schema.insert("type".to_owned(), Value::from(kind));
            }
            None => {
                schema.remove("enum");
                if has_null {
                    schema.insert("nullable".to_owned(), Value::Bool(true));
                }
                rewriting.note(NoteKind::Widened, at, "the values have several types: any JSON is accepted");
            }
        }
    }
}

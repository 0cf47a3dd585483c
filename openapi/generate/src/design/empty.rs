//! Optional lists and maps.

use serde_json::{Map, Value};
use zerogate_contract::{Note, NoteKind, pointer};

/// Makes an optional list or map an `Option`: otherwise the generator has one value for both empty and missing, and
/// omits the field.
///
/// It does so by making the schema nullable: that becomes an `Option`.
pub(super) fn keep(at: &str, schema: &mut Map<String, Value>, notes: &mut Vec<Note>) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    for (name, property) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        let is_required = required.iter().any(|required| required == name);
        let Some(property) = property.as_object_mut().filter(|property| !is_required && is_collection(property)) else {
            continue;
        };
        if !property.contains_key("default") && property.get("nullable") != Some(&Value::Bool(true)) {
            property.insert("nullable".to_owned(), Value::Bool(true));
            let at = pointer::join(&pointer::join(at, "properties"), name);
            notes.push(Note::new(NoteKind::Exact, at, "an empty value and a missing field are kept apart"));
        }
    }
}

/// Whether the generator makes a list or map of an inline schema.
fn is_collection(schema: &Map<String, Value>) -> bool {
    let holds = |key: &str| schema.contains_key(key);
    let is_composed = ["$ref", "oneOf", "anyOf"].into_iter().any(holds);
    match (schema.get("type").and_then(Value::as_str), schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice))
    {
        (_, Some([Value::Object(only)])) => is_collection(only),
        (_, Some(_)) => false,
        (Some("array"), None) => !is_composed,
        (Some("object"), None) => {
            !is_composed && schema.get("properties").is_none_or(|all| all == &Value::Object(Map::new()))
        }
        (kind, None) => {
            kind.is_none()
                && !is_composed
                && (holds("items") || (holds("additionalProperties") && !holds("properties")))
        }
    }
}

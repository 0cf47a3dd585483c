//! Optional and nullable fields of requests.

use serde_json::{Map, Value};
use zerogate_contract::{Document, pointer};

use zerogate_contract::{Note, NoteKind};

/// Notes where null cannot be sent: the generated type has one value for null and missing, and omits the field.
pub(super) fn note(document: &Document, at: &str, schema: &Map<String, Value>, notes: &mut Vec<Note>) {
    let required = |name: &str| {
        let required = schema.get("required").and_then(Value::as_array);
        required.is_some_and(|required| required.iter().any(|other| other == name))
    };
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if required(name) || !takes_null(document, property) {
            continue;
        }
        let message = if property.get("nullable") == Some(&Value::Bool(true)) {
            "null cannot be sent: the field is omitted instead"
        } else {
            "null is read as a missing field, which is omitted when the value is sent back"
        };
        let at = pointer::join(&pointer::join(at, "properties"), name);
        notes.push(Note::new(NoteKind::Narrowed, at, message));
    }
}

/// Whether a schema, or its target, accepts null.
fn takes_null(document: &Document, schema: &Value) -> bool {
    let Some(schema) = document.resolve(schema) else { return false };
    let parts = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice);
    schema.get("nullable") == Some(&Value::Bool(true)) || matches!(parts, Some([only]) if takes_null(document, only))
}

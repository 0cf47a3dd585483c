//! Fields of requests that may be left out, and may be null.

use serde_json::{Map, Value};
use zerogate_contract::pointer;

use zerogate_contract::{Note, NoteKind};

/// Says where null cannot be sent: the generated type has one way to say nothing, and leaves the field out.
pub(super) fn note(at: &str, schema: &Map<String, Value>, notes: &mut Vec<Note>) {
    let required = |name: &str| {
        let required = schema.get("required").and_then(Value::as_array);
        required.is_some_and(|required| required.iter().any(|other| other == name))
    };
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if property.get("nullable") == Some(&Value::Bool(true)) && !required(name) {
            let at = pointer::join(&pointer::join(at, "properties"), name);
            notes.push(Note::new(NoteKind::Narrowed, at, "null cannot be sent: the field is left out instead"));
        }
    }
}

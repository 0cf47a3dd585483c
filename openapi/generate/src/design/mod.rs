//! What the design of the bindings requires: types that can still read responses when the server changes.
//!
//! The generator takes constraints literally: a `pattern` becomes a newtype that rejects values, and
//! `additionalProperties: false` becomes `deny_unknown_fields`. So these are removed before generation, and checked by
//! the conformance suite instead. Timestamps keep their text; session ids and secrets get types of their own.

mod constraint;
mod empty;
mod formats;
mod null;
mod secret;
mod session_id;

use serde_json::Value;
use zerogate_contract::reach::Directions;
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk_down_mut;
use zerogate_contract::{Document, Note, NoteKind};

pub(crate) use formats::{CLIENT_SECRET_FORMAT, SESSION_ID_FORMAT, TIMESTAMP_FORMAT};

/// The variant for values that the contract does not name. The name of its type also contains that of the enum.
pub(crate) const UNKNOWN: &str = "Unknown";

/// A document after this step, with notes about what was done.
pub(crate) struct Designed {
    pub(crate) value: Value,
    pub(crate) notes: Vec<Note>,
}

/// Applies the design to a document that fits the generator.
pub(crate) fn apply(document: &Document) -> Designed {
    let mut value = document.value().clone();
    let mut notes = Vec::new();
    version(&mut value, &mut notes);
    session_id::mark(document, &mut value, &mut notes);
    let directions = Directions::of(document);
    walk_down_mut(&mut value, &mut |node, pointer, schema| {
        let Some(schema) = schema.as_object_mut().filter(|_| node == Node::Schema) else { return };
        if directions.is_sent(pointer) {
            null::note(document, pointer, schema, &mut notes);
        } else {
            secret::mark(document, pointer, schema, &mut notes);
        }
        empty::keep(pointer, schema, &mut notes);
        constraint::drop_refusals(pointer, schema, &mut notes);
    });
    for note in &mut notes {
        note.pointer = document.origin(&note.pointer);
    }
    Designed { value, notes }
}

/// Replaces characters of `info.version` that are invalid in a header.
///
/// Generated code passes it to `HeaderValue::from_static`, which panics at run time on anything else, although the
/// header is never sent.
fn version(value: &mut Value, notes: &mut Vec<Note>) {
    let Some(Value::String(version)) = value.pointer_mut("/info/version") else {
        return;
    };
    if version.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return;
    }
    *version = version.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '-' }).collect();
    notes.push(Note::deliberate(
        NoteKind::Exact,
        "/info/version".to_owned(),
        "characters that are invalid in an HTTP header were replaced".to_owned(),
    ));
}

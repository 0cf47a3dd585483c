//! Answers that are described by a schema, and are no `application/json`.

use serde_json::Value;
use zerogate_contract::media::{essence, is_sequential};
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk;
use zerogate_contract::{Document, pointer};

use zerogate_contract::{Note, NoteKind};

/// Says where an answer comes as bytes although the contract describes what they mean.
pub(super) fn notes(document: &Document, notes: &mut Vec<Note>) {
    walk(document.value(), &mut |node, at, value| {
        let Some(content) = value.get("content").and_then(Value::as_object).filter(|_| node == Node::Response) else {
            return;
        };
        if content.keys().any(|name| essence(name) == "application/json") {
            return;
        }
        let structured = |media: &Value| {
            let described = media.get("itemSchema").or_else(|| media.get("schema"));
            let schema = described.and_then(|schema| document.resolve(schema)).and_then(Value::as_object);
            schema.is_some_and(|schema| !schema.is_empty() && schema.get("type").is_none_or(|kind| kind != "string"))
        };
        let Some((name, _)) = content.iter().find(|(_, media)| structured(media)) else { return };
        let at = pointer::join(&pointer::join(at, "content"), name);
        let of = if is_sequential(name) { "item by item" } else { "" };
        let message = format!("`{name}` is not read{}: the body is a stream of bytes", of);
        notes.push(Note::new(NoteKind::Widened, document.origin(&at), message));
    });
}

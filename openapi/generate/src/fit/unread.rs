//! What a contract describes of requests and responses, and the generated client does without: responses that are no
//! `application/json`, redirects, and requests without their body.

use serde_json::Value;
use zerogate_contract::media::{essence, is_sequential};
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk;
use zerogate_contract::{Document, Note, NoteKind, pointer, statuses};

use super::value::{entries, is_true};

/// Says where a response comes as bytes although the contract describes what they mean.
pub(super) fn notes(document: &Document, notes: &mut Vec<Note>) {
    walk(document.value(), &mut |node, at, value| {
        if node == Node::Operation {
            body(document, at, value, notes);
            redirects(document, at, value, notes);
        }
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

/// Says where a request may come without its body: the generated client sends one always.
fn body(document: &Document, at: &str, operation: &Value, notes: &mut Vec<Note>) {
    let body = operation.get("requestBody").and_then(|body| document.resolve(body)).and_then(Value::as_object);
    let Some(body) = body.filter(|body| !is_true(body, "required") && entries(body, "content").next().is_some()) else {
        return;
    };
    let kind = entries(body, "content").map(|(name, _)| name.as_str()).next().unwrap_or_default();
    let message = format!("the request cannot be sent without a body: there is always one, of `{kind}`");
    notes.push(Note::new(NoteKind::Narrowed, document.origin(&pointer::join(at, "requestBody")), message));
}

/// Says where a response sends the client elsewhere. It does not go there, and knows no such response. That is by design
/// where the contract describes a success as well.
fn redirects(document: &Document, at: &str, operation: &Value, notes: &mut Vec<Note>) {
    let responses = operation.as_object().into_iter().flat_map(|operation| entries(operation, "responses"));
    let responses: Vec<_> =
        responses.filter_map(|(status, _)| Some((status, *statuses(status)?.start() / 100))).collect();
    let has_success = responses.iter().any(|(_, class)| *class < 3);
    for (status, _) in responses.iter().filter(|(_, class)| *class == 3) {
        let at = document.origin(&pointer::join(&pointer::join(at, "responses"), status));
        let message = format!("a redirect is not followed: {status} is an error that the client does not know");
        notes.push(match has_success {
            true => Note::deliberate(NoteKind::Dropped, at, message),
            false => Note::new(NoteKind::Dropped, at, message),
        });
    }
}

//! Parts of requests and responses that the generated client does not support: responses other than `application/json`,
//! redirects, and optional request bodies.

use serde_json::Value;
use zerogate_contract::media::{essence, is_sequential};
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk;
use zerogate_contract::{Document, Note, NoteKind, pointer, statuses};

use super::value::{entries, is_true};

/// Notes where a response is read as bytes although the contract describes its content.
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
        let of = if is_sequential(name) { " item by item" } else { "" };
        let message = format!("`{name}` is not decoded{}: the body is read as a stream of bytes", of);
        notes.push(Note::new(NoteKind::Widened, document.origin(&at), message));
    });
}

/// Notes where a request body is optional: the generated client always sends one.
fn body(document: &Document, at: &str, operation: &Value, notes: &mut Vec<Note>) {
    let body = operation.get("requestBody").and_then(|body| document.resolve(body)).and_then(Value::as_object);
    let Some(body) = body.filter(|body| !is_true(body, "required") && entries(body, "content").next().is_some()) else {
        return;
    };
    let kind = entries(body, "content").map(|(name, _)| name.as_str()).next().unwrap_or_default();
    let message = format!("the request is always sent with a body, of type `{kind}`");
    notes.push(Note::new(NoteKind::Narrowed, document.origin(&pointer::join(at, "requestBody")), message));
}

/// Notes where a response redirects. The client does not follow it, and treats it as an undocumented response. This is
/// by design if the contract describes a success too.
fn redirects(document: &Document, at: &str, operation: &Value, notes: &mut Vec<Note>) {
    let responses = operation.as_object().into_iter().flat_map(|operation| entries(operation, "responses"));
    let responses: Vec<_> =
        responses.filter_map(|(status, _)| Some((status, *statuses(status)?.start() / 100))).collect();
    let has_success = responses.iter().any(|(_, class)| *class < 3);
    for (status, _) in responses.iter().filter(|(_, class)| *class == 3) {
        let at = document.origin(&pointer::join(&pointer::join(at, "responses"), status));
        let message = format!("redirects are not followed: {status} is returned as an undocumented error");
        notes.push(match has_success {
            true => Note::deliberate(NoteKind::Omitted, at, message),
            false => Note::new(NoteKind::Omitted, at, message),
        });
    }
}

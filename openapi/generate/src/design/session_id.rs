//! Session ids in paths get their own type.

use std::iter;

use serde_json::Value;
use zerogate_contract::methods::operations;
use zerogate_contract::{Document, pointer, template};

use super::formats::SESSION_ID_FORMAT;
use zerogate_contract::{Note, NoteKind};

/// The operations on one session, whatever their path.
const SESSION_OPERATIONS: [&str; 2] = ["cancelSession", "retrieveSession"];

/// Gives the `{id}` of a gate session its own type, wherever it is a path parameter.
pub(super) fn mark(document: &Document, value: &mut Value, notes: &mut Vec<Note>) {
    let paths = document.value().get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let is_of_session = operations(item).any(|(_, operation)| {
            operation.get("operationId").and_then(Value::as_str).is_some_and(|id| SESSION_OPERATIONS.contains(&id))
        });
        let of_operation = || parameter_names(path).last().copied().filter(|_| is_of_session);
        let Some(name) = session_id_parameter(path).or_else(of_operation) else {
            continue;
        };
        let item_at = pointer::join("/paths", path);
        let holders = iter::once(item_at.clone()).chain(operations(item).map(|(method, _)| method.at(&item_at)));
        for at in holders.map(|holder| pointer::join(&holder, "parameters")) {
            let Some(Value::Array(parameters)) = value.pointer_mut(&at) else {
                continue;
            };
            for (index, parameter) in parameters.iter_mut().enumerate() {
                let Some(resolved) = document.resolve(parameter) else {
                    continue;
                };
                let is_string = resolved
                    .get("schema")
                    .and_then(|schema| document.resolve(schema))
                    .and_then(|schema| schema.get("type"))
                    .is_some_and(|kind| kind == "string");
                if resolved.get("in").is_some_and(|place| place == "path")
                    && resolved.get("name").is_some_and(|n| n == name)
                    && is_string
                {
                    // A shared parameter is copied first: elsewhere it may not identify a session.
                    let mut copy = resolved.clone();
                    copy["schema"] = serde_json::json!({ "type": "string", "format": SESSION_ID_FORMAT });
                    *parameter = copy;
                    notes.push(Note::deliberate(
                        NoteKind::Narrowed,
                        format!("{at}/{index}"),
                        format!("path parameter {name} is a session id, and rejects text that would change the path"),
                    ));
                }
            }
        }
    }
}

/// The name of the parameter after `/gate_sessions/` in a path, if there is one.
fn session_id_parameter(path: &str) -> Option<&str> {
    let mut segments = path.split('/').skip_while(|segment| *segment != "gate_sessions");
    segments.next()?;
    parameter_names(segments.next()?).first().copied()
}

fn parameter_names(path: &str) -> Vec<&str> {
    template(path).map(|(_, names)| names).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Designed, apply};

    fn lowered(text: &str) -> Designed {
        apply(&Document::parse("gate.yaml", text).unwrap())
    }

    #[test]
    fn the_id_of_a_session_is_marked_in_session_paths() {
        let text = "
paths:
  /gate_sessions/{id}/notes/{note}:
    get: {parameters: [{$ref: '#/components/parameters/Id'}, {name: note, in: path, schema: {type: string}}]}
  /v2/sessions/{session}:
    get: {operationId: cancelSession, parameters: [{name: session, in: path, schema: {type: string}}]}
  /payments/{id}:
    get: {parameters: [{$ref: '#/components/parameters/Id'}]}
components: {parameters: {Id: {name: id, in: path, schema: {type: string}}}}
";
        let value = lowered(text).value;
        let format = |pointer: &str| value.pointer(pointer).cloned();
        let marked = Some(Value::from(SESSION_ID_FORMAT));
        assert_eq!(format("/paths/~1gate_sessions~1{id}~1notes~1{note}/get/parameters/0/schema/format"), marked);
        assert_eq!(format("/paths/~1gate_sessions~1{id}~1notes~1{note}/get/parameters/1/schema/format"), None);
        assert_eq!(format("/paths/~1v2~1sessions~1{session}/get/parameters/0/schema/format"), marked);
        assert_eq!(format("/paths/~1payments~1{id}/get/parameters/0/schema/format"), None);
    }
}

//! What an author may leave out, or often does, and what there is only one way to complete.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::rewriting::Rewriting;
use crate::names::{pascal, snake};
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::{METHODS, Node};
use crate::walk::walk_mut;

/// Gives every operation an id and an answer, and says of path parameters what is true of all.
pub(super) fn complete(value: &mut Value, modern: bool, rewriting: &mut Rewriting) {
    ids(value, rewriting);
    servers(value, rewriting);
    walk_mut(value, &mut |node, at, value| match (node, value) {
        (Node::Parameter, Value::Object(parameter)) => {
            let is_path = parameter.get("in").is_some_and(|place| place == "path");
            if is_path && !parameter.contains_key("required") {
                parameter.insert("required".to_owned(), Value::Bool(true));
                rewriting.note(NoteKind::Exact, at, "a path parameter is always required");
            }
        }
        // 3.1 does not ask for an answer.
        (Node::Operation, Value::Object(operation)) if modern => {
            let none =
                operation.get("responses").is_none_or(|responses| responses.as_object().is_some_and(|r| r.is_empty()));
            if none {
                operation.insert("responses".to_owned(), json!({ "default": { "description": "Any answer." } }));
                rewriting.note(NoteKind::Widened, at, "no answer is documented: any counts as one without a body");
            }
        }
        _ => {}
    });
}

/// The client has one base URL.
fn servers(value: &mut Value, rewriting: &mut Rewriting) {
    walk_mut(value, &mut |node, at, value| {
        let methods = match node {
            Node::PathItem => METHODS.iter().filter(|method| value.get(**method).is_some()).copied().collect(),
            Node::Operation => vec![""],
            _ => return,
        };
        if value.as_object_mut().is_some_and(|holder| holder.remove("servers").is_some()) {
            for method in methods {
                let at = if method.is_empty() { at.to_owned() } else { pointer::join(at, method) };
                let message = "its own servers are not called: the client has one base URL";
                rewriting.note(NoteKind::Dropped, at, message);
            }
        }
    });
}

fn ids(value: &mut Value, rewriting: &mut Rewriting) {
    let Some(paths) = value.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let id = |operation: &Value| operation.get("operationId").and_then(Value::as_str).map(str::to_owned);
    let operations = paths.values().flat_map(|item| METHODS.iter().filter_map(|method| item.get(*method)));
    let mut taken: HashSet<String> = operations.filter_map(id).map(|id| snake(&id)).collect();
    for (path, item) in paths.iter_mut().filter(|(path, _)| path.starts_with('/')) {
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
            if operation.get("operationId").is_some_and(|id| id.as_str().is_none_or(|id| !id.trim().is_empty())) {
                continue;
            }
            let plain = format!("{method}{}", pascal(path));
            let free = (1..).map(|n| if n == 1 { plain.clone() } else { format!("{plain}{n}") });
            let Some(made_up) = free.take(taken.len() + 2).find(|id| !taken.contains(&snake(id))) else { continue };
            taken.insert(snake(&made_up));
            let at = pointer::join(&pointer::join("/paths", path), method);
            rewriting.note(NoteKind::Exact, at, format!("the operation has no id: it is called `{made_up}`"));
            operation.insert("operationId".to_owned(), Value::from(made_up));
        }
    }
}

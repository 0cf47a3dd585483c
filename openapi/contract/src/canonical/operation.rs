//! Fills in what authors may omit, where there is only one way to do so.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::rewriting::Rewriting;
use crate::methods::{self, Method};
use crate::names::{pascal, snake};
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::{Node, Release};
use crate::walk::walk_mut;

/// Gives every operation an id and a response, and makes path parameters required.
pub(super) fn complete(value: &mut Value, release: Option<Release>, rewriting: &mut Rewriting) {
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
        // 3.1 does not require a response.
        (Node::Operation, Value::Object(operation)) if release >= Some(Release::V3_1) => {
            let none =
                operation.get("responses").is_none_or(|responses| responses.as_object().is_some_and(|r| r.is_empty()));
            if none {
                operation.insert("responses".to_owned(), json!({ "default": { "description": "Any response." } }));
                rewriting.note(
                    NoteKind::Widened,
                    at,
                    "no response is documented: any response is accepted, without a body",
                );
            }
        }
        // 3.2 does not require a description.
        (Node::Response, Value::Object(response))
            if release == Some(Release::V3_2)
                && !["$ref", "description"].iter().any(|key| response.contains_key(*key)) =>
        {
            let summary = response.get("summary").cloned();
            response.insert("description".to_owned(), summary.unwrap_or_else(|| Value::from("")));
        }
        _ => {}
    });
}

/// The client has one base URL.
fn servers(value: &mut Value, rewriting: &mut Rewriting) {
    walk_mut(value, &mut |node, at, value| {
        let users = match node {
            Node::PathItem => methods::operations(value).map(|(method, _)| method.at(at)).collect(),
            Node::Operation => vec![at.to_owned()],
            _ => return,
        };
        if value.as_object_mut().is_some_and(|holder| holder.remove("servers").is_some()) {
            for at in users {
                let message = "its own servers are ignored: the client has one base URL";
                rewriting.note(NoteKind::Omitted, at, message);
            }
        }
    });
}

fn ids(value: &mut Value, rewriting: &mut Rewriting) {
    let Some(paths) = value.get("paths").and_then(Value::as_object) else { return };
    let id = |operation: &Value| operation.get("operationId").and_then(Value::as_str).map(str::to_owned);
    let operations = paths.values().flat_map(methods::operations);
    let mut taken: HashSet<String> =
        operations.filter_map(|(_, operation)| id(operation)).map(|id| snake(&id)).collect();
    let mut nameless = Vec::new();
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with('/')) {
        for (method, operation) in methods::operations(item) {
            let is_named = |id: &Value| id.as_str().is_none_or(|id| !id.trim().is_empty());
            if !operation.is_object() || operation.get("operationId").is_some_and(is_named) {
                continue;
            }
            let verb = match method {
                Method::Fixed(field) => field.to_owned(),
                Method::Additional(name) => snake(name),
            };
            let plain = format!("{verb}{}", pascal(path));
            let free = (1..).map(|n| if n == 1 { plain.clone() } else { format!("{plain}{n}") });
            let Some(made_up) = free.take(taken.len() + 2).find(|id| !taken.contains(&snake(id))) else { continue };
            taken.insert(snake(&made_up));
            let at = method.at(&pointer::join("/paths", path));
            rewriting.note(NoteKind::Exact, &at, format!("the operation has no id: it was named `{made_up}`"));
            nameless.push((at, made_up));
        }
    }
    for (at, made_up) in nameless {
        if let Some(operation) = value.pointer_mut(&at).and_then(Value::as_object_mut) {
            operation.insert("operationId".to_owned(), Value::from(made_up));
        }
    }
}

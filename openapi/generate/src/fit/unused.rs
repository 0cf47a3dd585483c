//! Parts that the generated client does not use: links, callbacks, examples, servers, and texts for people.
//!
//! The generator still parses them, and fails on faults in them. So they are checked here, as far as is useful to the
//! author, and removed before generation.

use std::collections::HashMap;

use serde_json::{Map, Value};
use zerogate_contract::NoteKind;
use zerogate_contract::methods::{Method, operations};
use zerogate_contract::pointer::Path;
use zerogate_contract::vocabulary::{Node, is_extension, kind_of};
use zerogate_contract::walk::walk_mut;

use super::fields::fields;
use super::finding::{Finding, Remedy};
use super::value::entries;

/// What is wrong with the examples, links or callbacks of a node: each is dropped at its first fault.
pub(super) fn unused<'d>(path: &Path<'_>, holder: &Map<String, Value>, key: &str, kind: Node) -> Vec<Finding<'d>> {
    let path = path.key(key);
    let mut found = Vec::new();
    for (name, node) in entries(holder, key).filter(|(name, _)| !is_extension(name)) {
        let path = path.key(name);
        let first = match kind {
            _ if node.get("$ref").is_some() => None,
            Node::Callback => callback(&path, node),
            _ => fields(&path, node, kind).into_iter().next(),
        };
        found.extend(first.map(|first| left_out(first, &path)));
    }
    found
}

fn callback<'d>(path: &Path<'_>, node: &Value) -> Option<Finding<'d>> {
    let Some(expressions) = node.as_object() else {
        return fields(path, node, Node::Callback).into_iter().next();
    };
    expressions.iter().filter(|(expression, _)| !is_extension(expression)).find_map(|(expression, item)| {
        let path = path.key(expression);
        let operation = |(method, node): (Method<'_>, &Value)| {
            fields(&Path::At(&method.at(&path.render())), node, Node::Operation).into_iter().next()
        };
        fields(&path, item, Node::PathItem).into_iter().next().or_else(|| operations(item).find_map(operation))
    })
}

/// The same finding, with the workaround to drop the node.
fn left_out<'d>(found: Finding<'d>, node: &Path<'_>) -> Finding<'d> {
    let remedy = Remedy::remove(NoteKind::Exact, node.render(), "it was omitted: nothing is generated from it");
    Finding { remedy: Some(remedy), ..found }
}

/// Tags whose parent does not exist or is below them.
pub(super) fn parents<'d>(path: &Path<'_>, root: &Map<String, Value>) -> Vec<Finding<'d>> {
    let tags = root.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |tag: &'_ Value, key: &str| tag.get(key).and_then(Value::as_str).map(str::to_owned);
    let parents: HashMap<String, Option<String>> =
        tags.iter().filter_map(|tag| Some((text(tag, "name")?, text(tag, "parent")))).collect();
    let mut found = Vec::new();
    for (index, tag) in tags.iter().enumerate() {
        let (Some(name), Some(parent)) = (text(tag, "name"), text(tag, "parent")) else { continue };
        let above = std::iter::successors(Some(&parent), |above| parents.get(*above)?.as_ref());
        let (message, help) = if !parents.contains_key(&parent) {
            (
                format!("the parent `{parent}` of the tag `{name}` is not a tag"),
                "declare it in `tags`, or correct the name",
            )
        } else if above.take(tags.len()).any(|above| *above == name) {
            (
                format!("the tag `{name}` is its own ancestor, by its parent `{parent}`"),
                "remove the parent of one of the tags",
            )
        } else {
            continue;
        };
        let path = path.key("tags");
        let path = path.item(index);
        let path = path.key("parent");
        let remedy = Remedy::remove(NoteKind::Exact, path.render(), "it was omitted");
        found.push(Finding::mistake(&path, message, help, remedy));
    }
    found
}

/// What is wrong with the variables of a server.
pub(super) fn variables<'d>(path: &Path<'_>, server: &Value) -> Vec<Finding<'d>> {
    let path = path.key("variables");
    let variables = server.get("variables").and_then(Value::as_object).into_iter().flatten();
    let wrong = variables.filter(|(_, variable)| !variable.get("default").is_some_and(Value::is_string));
    wrong
        .map(|(name, variable)| {
            let path = &path.key(name);
            let message = match variable {
                Value::Object(_) => "a server variable needs a `default` that is a string".to_owned(),
                other => format!("a server variable must be a mapping, but this is {}", kind_of(other)),
            };
            left_out(Finding::wrong(path, message, "give it a `default` in quotes"), path)
        })
        .collect()
}

/// What is wrong with a discriminator: it is dropped then, and the branches are distinguished without it.
pub(super) fn discriminator<'d>(path: &Path<'_>, schema: &Map<String, Value>) -> Option<Finding<'d>> {
    let discriminator = schema.get("discriminator")?.as_object()?;
    let path = &path.key("discriminator");
    let (at, message, help) = if !discriminator.get("propertyName").is_some_and(Value::is_string) {
        (
            path.render(),
            "a discriminator needs a `propertyName` that is a string",
            "set it to the property that identifies the branch",
        )
    } else {
        let mapping = discriminator.get("mapping")?;
        if mapping.as_object().is_some_and(|mapping| mapping.values().all(Value::is_string)) {
            return None;
        }
        let message = "the mapping of a discriminator must have schema names or references as values";
        (path.key("mapping").render(), message, "use a reference for each value")
    };
    Some(Finding::mistake(path, message, help, Remedy::remove(NoteKind::Omitted, at, "it was omitted")))
}

/// Removes parts that the generator would only parse.
pub(crate) fn strip(value: &mut Value) {
    fn without(value: Option<&mut Value>, keys: &[&str]) {
        if let Some(object) = value.and_then(Value::as_object_mut) {
            object.retain(|key, _| !keys.contains(&key.as_str()));
        }
    }
    walk_mut(value, &mut |node, _, value| match node {
        Node::Operation => without(Some(value), &["callbacks", "externalDocs", "servers", "tags"]),
        Node::PathItem => without(Some(value), &["servers"]),
        Node::Response => without(Some(value), &["links"]),
        Node::Parameter | Node::Header | Node::MediaType => without(Some(value), &["examples"]),
        Node::Schema => without(Some(value), &["externalDocs", "xml"]),
        _ => {}
    });
    without(value.get_mut("info"), &["contact", "license", "termsOfService"]);
    without(value.get_mut("components"), &["examples", "links", "callbacks"]);
    without(Some(value), &["externalDocs", "servers", "tags"]);
}

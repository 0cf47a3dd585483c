//! Extracts a part of a contract: some operations, and what they need.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::{Document, reference};
use crate::methods::{self, Method};
use crate::problem::ContractError;
use crate::reach::{References, name, operations, owner};
use crate::suggest::closest;
use crate::vocabulary::{ADDITIONAL, is_extension};
use crate::{canonical, pointer};

/// The number of operations that an error suggests.
const SHOWN: usize = 8;

/// Keeps the named operations of a document, and the components that they refer to.
///
/// Also keeps what concerns the whole document: `info`, `servers`, `security`, tags, security schemes. Webhooks are
/// removed.
///
/// # Errors
///
/// Fails if an operation does not exist.
///
/// ```
/// use zerogate_contract::{Document, slice};
///
/// let document = Document::parse(
///     "gate.yaml",
///     "
/// paths:
///   /a: {get: {operationId: a, responses: {200: {$ref: '#/components/responses/A'}}}}
///   /b: {get: {operationId: b, responses: {}}}
/// components: {responses: {A: {description: A}, B: {description: B}}}
/// ",
/// )?;
/// let slice = slice(&document, &["a"])?;
/// assert!(slice.value().pointer("/paths/~1b").is_none());
/// assert_eq!(slice.value()["components"]["responses"].to_string(), r#"{"A":{"description":"A"}}"#);
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
pub fn slice(document: &Document, ids: &[&str]) -> Result<Document, ContractError> {
    // References into path items would break once those are removed.
    let whole = canonical::written_out(document);
    let all: Vec<(String, String)> =
        operations(whole.value()).map(|(at, path, method, operation)| (at, name(path, method, operation))).collect();
    let missing = ids.iter().filter(|id| !all.iter().any(|(_, name)| name == **id));
    let problems = missing.map(|id| {
        let known = || all.iter().map(|(_, name)| name.as_str());
        let help = match closest(id, known()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("the document has {}", known().take(SHOWN).collect::<Vec<_>>().join(", ")),
        };
        document.problem("/paths", format!("unknown operation `{id}`"), help)
    });
    ContractError::unless_none(problems.collect())?;
    let kept = all.iter().filter(|(_, name)| ids.contains(&name.as_str())).map(|(at, _)| at.as_str());
    Ok(only(&whole, &kept.collect()))
}

/// Keeps the operations at these pointers, and the components that they refer to.
fn only(document: &Document, kept: &BTreeSet<&str>) -> Document {
    let needed = referred(document, References::of(document).from(kept.iter().copied()));
    document.with_value(part(document.value(), kept, &needed))
}

/// The part of a document with only these operations and components, and everything that concerns the whole document
/// except webhooks.
pub fn part(whole: &Value, kept: &BTreeSet<&str>, needed: &BTreeSet<String>) -> Value {
    let mut value = Map::new();
    for (key, entry) in whole.as_object().into_iter().flatten() {
        let entry = match key.as_str() {
            "webhooks" => continue,
            "paths" => paths(entry, kept),
            "components" => components(entry, needed),
            _ => entry.clone(),
        };
        value.insert(key.clone(), entry);
    }
    Value::Object(value)
}

fn paths(paths: &Value, kept: &BTreeSet<&str>) -> Value {
    let mut left = Map::new();
    for (path, item) in paths.as_object().into_iter().flatten() {
        let at = pointer::join("/paths", path);
        let gone = |method: &Method<'_>| !kept.contains(method.at(&at).as_str());
        let (gone, kept): (Vec<Method<'_>>, Vec<_>) = methods::operations(item).map(|(it, _)| it).partition(gone);
        let Some(mut rest) = item.as_object().cloned().filter(|_| !kept.is_empty()) else { continue };
        for method in gone {
            match method {
                Method::Fixed(field) => drop(rest.remove(field)),
                Method::Additional(name) => {
                    let others = rest.get_mut(ADDITIONAL).and_then(Value::as_object_mut);
                    others.map(|others| others.remove(name));
                }
            }
        }
        left.insert(path.clone(), Value::Object(rest));
    }
    Value::Object(left)
}

fn components(components: &Value, needed: &BTreeSet<String>) -> Value {
    let mut left = Map::new();
    for (section, entries) in components.as_object().into_iter().flatten() {
        let Some(named) = entries.as_object().filter(|_| section != "securitySchemes" && !is_extension(section)) else {
            left.insert(section.clone(), entries.clone());
            continue;
        };
        let at = pointer::join("/components", section);
        let named: Map<String, Value> = named
            .iter()
            .filter(|(name, _)| needed.contains(&pointer::join(&at, name)))
            .map(|(name, entry)| (name.clone(), entry.clone()))
            .collect();
        if !named.is_empty() {
            left.insert(section.clone(), Value::Object(named));
        }
    }
    Value::Object(left)
}

/// The nodes, and every component that they refer to. This includes references in examples, links and callbacks:
/// nothing is generated from them, but they must not be left without targets.
fn referred(document: &Document, nodes: BTreeSet<String>) -> BTreeSet<String> {
    let mut open: Vec<String> = nodes.iter().cloned().collect();
    let mut found = nodes;
    while let Some(node) = open.pop() {
        let mut values: Vec<&Value> = document.value().pointer(&node).into_iter().collect();
        while let Some(value) = values.pop() {
            let target = reference(value).and_then(pointer::of_reference);
            if let Some(target) = target.as_deref().and_then(owner)
                && target.starts_with("/components/")
                && found.insert(target.to_owned())
            {
                open.push(target.to_owned());
            }
            match value {
                Value::Array(items) => values.extend(items),
                Value::Object(members) => values.extend(members.values()),
                _ => {}
            }
        }
    }
    found
}

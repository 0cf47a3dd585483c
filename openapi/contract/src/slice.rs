//! A part of a contract: some operations, and what they need.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::check::closest;
use crate::document::Document;
use crate::inventory::METHODS;
use crate::problem::ContractError;
use crate::reach::{Reach, name, operations};
use crate::{canonical, pointer};

/// How many operations are named to choose from.
const SHOWN: usize = 8;

/// Keeps the named operations of a document, and of its components what they lead to.
///
/// What is about the document as a whole stays: `info`, `servers`, `security`, tags, security schemes. Webhooks go.
///
/// # Errors
///
/// There is no operation of one of these ids.
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
    // References into path items would lead nowhere once those are gone.
    let whole = canonical::written_out(document);
    let all: Vec<(String, String)> =
        operations(whole.value()).map(|(at, path, method, operation)| (at, name(path, method, operation))).collect();
    let missing = ids.iter().filter(|id| !all.iter().any(|(_, name)| name == **id));
    let problems = missing.map(|id| {
        let known = || all.iter().map(|(_, name)| name.as_str());
        let help = match closest(id, known()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("it has {}", known().take(SHOWN).collect::<Vec<_>>().join(", ")),
        };
        document.problem("/paths", format!("there is no operation `{id}`"), help)
    });
    ContractError::unless_none(problems.collect())?;
    let kept = all.iter().filter(|(_, name)| ids.contains(&name.as_str())).map(|(at, _)| at.as_str());
    Ok(only(&whole, &kept.collect()))
}

/// Keeps the operations at these pointers, and the components they lead to.
pub(crate) fn only(document: &Document, kept: &BTreeSet<&str>) -> Document {
    let needed = Reach::of(document).from(kept.iter().copied());
    let mut value = document.value().clone();
    if let Some(root) = value.as_object_mut() {
        root.remove("webhooks");
    }
    retain(&mut value, "paths", &mut |at, item| {
        let Some(item) = item.as_object_mut() else { return false };
        item.retain(|key, _| !METHODS.contains(&key.as_str()) || kept.contains(pointer::join(at, key).as_str()));
        METHODS.iter().any(|method| item.contains_key(*method))
    });
    if let Some(components) = value.get_mut("components").and_then(Value::as_object_mut) {
        for (section, entries) in components.iter_mut().filter(|(section, _)| *section != "securitySchemes") {
            let at = pointer::join("/components", section);
            if let Some(entries) = entries.as_object_mut() {
                entries.retain(|name, _| needed.contains(&pointer::join(&at, name)));
            }
        }
        components.retain(|_, entries| entries.as_object().is_none_or(|entries| !entries.is_empty()));
    }
    document.with_value(value)
}

fn retain(value: &mut Value, key: &str, keep: &mut dyn FnMut(&str, &mut Value) -> bool) {
    let at = format!("/{key}");
    if let Some(entries) = value.get_mut(key).and_then(Value::as_object_mut) {
        entries.retain(|name, entry| keep(&pointer::join(&at, name), entry));
    }
}

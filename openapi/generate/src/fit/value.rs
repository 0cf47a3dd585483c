//! Small queries on mappings and schemas.

use std::collections::HashSet;

use serde_json::{Map, Value};
use zerogate_contract::Document;
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::{Key, children};

/// The maximum number of parts of a schema that are considered.
const MAX_PARTS: usize = 32;

/// The mapping under a key. Any other value was reported before.
pub(super) fn mapping<'d>(object: &'d Map<String, Value>, key: &str) -> Option<&'d Value> {
    object.get(key).filter(|value| value.is_object())
}

/// The entries of the mapping under a key.
pub(super) fn entries<'d>(object: &'d Map<String, Value>, key: &str) -> impl Iterator<Item = (&'d String, &'d Value)> {
    object.get(key).and_then(Value::as_object).into_iter().flatten()
}

pub(super) fn is_true(object: &Map<String, Value>, key: &str) -> bool {
    object.get(key) == Some(&Value::Bool(true))
}

/// The schemas that a value of this one must also fit: all of them, or some.
pub(super) fn members(schema: &Map<String, Value>) -> Vec<&Value> {
    let mut found = Vec::new();
    children(Node::Schema, schema, &mut |step, _, member| {
        found.extend(matches!((step.field.of, step.key), (None, Key::Index(_))).then_some(member));
    });
    found
}

/// The schemas inside a schema, with the name for properties.
pub(super) fn inside(schema: &Map<String, Value>) -> Vec<(Option<&str>, &Value)> {
    let mut found = Vec::new();
    children(Node::Schema, schema, &mut |step, _, inner| {
        let name = if let Key::Name(name) = step.key { Some(name) } else { None };
        found.extend(step.field.of.map(|_| (name, inner)));
    });
    found
}

/// A schema and its `allOf` parts, itself first.
pub(super) fn parts<'d>(document: &'d Document, schema: &'d Map<String, Value>) -> Vec<&'d Map<String, Value>> {
    let mut found = vec![schema];
    let mut seen = HashSet::from([std::ptr::from_ref(schema)]);
    let mut next = 0;
    while let Some(part) = found.get(next).copied() {
        next += 1;
        let members = part.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let members = members.take(MAX_PARTS.saturating_sub(found.len()));
        let members = members.filter_map(|member| document.resolve(member)?.as_object());
        found.extend(members.filter(|member| seen.insert(std::ptr::from_ref(*member))));
    }
    found
}

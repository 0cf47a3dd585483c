//! The parts of a document's nodes.

use serde_json::Value;

/// The entries of a mapping in a stable order; empty if it is not a mapping.
pub(super) fn entries(node: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    let mut entries: Vec<_> = node.and_then(Value::as_object).into_iter().flatten().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries.into_iter()
}

/// The items of a sequence; empty if it is not a sequence.
pub(super) fn sequence(node: Option<&Value>) -> impl Iterator<Item = &Value> {
    node.and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn text(node: &Value, key: &str) -> Option<String> {
    node.get(key).and_then(Value::as_str).map(str::to_owned)
}

pub(super) fn flag(node: &Value, key: &str) -> bool {
    node.get(key).and_then(Value::as_bool).unwrap_or(false)
}

//! Small questions to mappings.

use serde_json::{Map, Value};

/// The mapping under a key. Anything else there has been told.
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

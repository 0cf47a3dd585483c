//! Small questions to mappings, and to schemas.

use serde_json::{Map, Value};
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::{Key, children};

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

/// The schemas that a value of this one fits as well: all of them, or some.
pub(super) fn members(schema: &Map<String, Value>) -> Vec<&Value> {
    let mut found = Vec::new();
    children(Node::Schema, schema, &mut |step, _, member| {
        found.extend(matches!((step.field.of, step.key), (None, Key::Index(_))).then_some(member));
    });
    found
}

/// The schemas of what is inside a value, each with the name of the property if it is one.
pub(super) fn inside(schema: &Map<String, Value>) -> Vec<(Option<&str>, &Value)> {
    let mut found = Vec::new();
    children(Node::Schema, schema, &mut |step, _, inner| {
        let name = if let Key::Name(name) = step.key { Some(name) } else { None };
        found.extend(step.field.of.map(|_| (name, inner)));
    });
    found
}

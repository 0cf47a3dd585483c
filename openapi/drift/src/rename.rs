//! Finds component schemas that were renamed without changing shape.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zerogate_contract::json::Key;
use zerogate_contract::names::pascal;
use zerogate_contract::{Document, pointer};

use crate::comparison::Comparison;
use crate::found::{Context, Part, Role};
use crate::free::Free;
use crate::meaning::view;
use crate::node::{Node, Slot};
use crate::renames::Renames;
use crate::side::{Side, Sides};

/// The maximum number of rounds to check guesses against each other.
const MAX_ROUNDS: usize = 4;

/// Guesses by shape, and keeps the guesses that a comparison confirms.
pub(crate) fn find(old: &Document, new: &Document) -> Renames {
    let (before, after) = (schemas(old), schemas(new));
    let shared: BTreeSet<String> = before.keys().filter(|name| after.contains_key(*name)).cloned().collect();
    let removed: Vec<_> = before.iter().filter(|(name, _)| !after.contains_key(*name)).collect();
    let added: Vec<_> = after.iter().filter(|(name, _)| !before.contains_key(*name)).collect();
    let mut renames = Renames { to: BTreeMap::new(), shared };
    if removed.is_empty() || added.is_empty() {
        return renames;
    }
    renames.to = guess(old, new, &removed, &added);
    for _ in 0..MAX_ROUNDS {
        let refuted = refuted(old, new, &renames);
        if refuted.is_empty() {
            return renames;
        }
        renames.to.retain(|name, _| !refuted.contains(name));
    }
    renames.to.clear();
    renames
}

fn schemas(document: &Document) -> BTreeMap<String, &Value> {
    let schemas = document.value().pointer(pointer::SCHEMAS).and_then(Value::as_object);
    schemas.into_iter().flatten().map(|(name, value)| (name.clone(), value)).collect()
}

/// For each old name, the first new one whose schema looks alike from outside; of several, one with the same type name
/// or the same text.
fn guess<'d>(
    old: &Document,
    new: &Document,
    removed: &[(&String, &&'d Value)],
    added: &[(&String, &&'d Value)],
) -> BTreeMap<String, String> {
    let (old, new) = (Side::new(old), Side::new(new));
    let mut free = Free::new(added.iter().map(|(name, value)| signs(&new, name, value)));
    let mut guessed = BTreeMap::new();
    for (name, value) in removed {
        if let Some((other, _)) = free.take(signs(&old, name, value)).and_then(|index| added.get(index)) {
            guessed.insert((*name).clone(), (*other).clone());
        }
    }
    guessed
}

/// The common signs of two schemas with the same shape, strongest first.
fn signs<'v>(side: &Side<'_>, name: &str, value: &'v Value) -> [(String, Option<String>, Option<Key<'v>>); 3] {
    let shape = shape(side, value);
    [(shape.clone(), Some(pascal(name)), None), (shape.clone(), None, Some(Key(value))), (shape, None, None)]
}

/// The outer shape of a schema; equal for schemas with the same meaning.
fn shape(side: &Side<'_>, value: &Value) -> String {
    let view = view(side, &Slot::of(Node::new(value, "")));
    let values: BTreeSet<String> = view.values.iter().flatten().map(|value| value.value.to_string()).collect();
    let properties: Vec<&&str> = view.properties.keys().collect();
    let required: Vec<&&str> = view.required.keys().collect();
    let unions: Vec<usize> = view.unions.iter().map(|union| union.branches.len()).collect();
    format!("{:?} {} {values:?} {properties:?} {required:?} {unions:?}", view.types, view.nullable())
}

fn slot<'d>(document: &'d Document, name: &str) -> Option<Slot<'d>> {
    let at = pointer::of_schema(name);
    document.value().pointer(&at).map(|value| Slot::of(Node::new(value, &at)))
}

/// The guesses that differ in their own shape, or in what only they refer to.
fn refuted(old: &Document, new: &Document, renames: &Renames) -> BTreeSet<String> {
    let sides = Sides::new(old, new, renames.clone());
    let mut comparison = Comparison::new(&sides);
    let mut pairs = Vec::new();
    for (before, after) in &renames.to {
        if let (Some(old), Some(new)) = (slot(old, before), slot(new, after)) {
            let part = Part { old, new, context: Context::default(), role: Role::Component };
            pairs.push((before, comparison.pair(part)));
        }
    }
    comparison.run();
    let differs = |pair| comparison.graph.differs(pair, &comparison.found);
    pairs.into_iter().filter(|(_, pair)| differs(*pair)).map(|(name, _)| name.clone()).collect()
}

//! Component schemas that have another name and the same shape.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use zerogate_contract::{Document, component};

use super::engine::{Engine, last_token};
use super::gather::view;
use super::side::{Node, Side};
use super::value::same;
use super::view::{Slot, View};

/// How often guesses are tried against each other, and how many names are looked at.
const MAX_ROUNDS: usize = 4;
const MAX_NAMES: usize = 2_000;

/// Which component schema of the old document is which of the new one.
#[derive(Clone, Debug, Default)]
pub(super) struct Renames {
    /// Old names that have another name now.
    pub(super) to: BTreeMap<String, String>,
    /// Component schemas that both documents have, by name.
    shared: BTreeSet<String>,
}

impl Renames {
    /// Guesses by shape, and keeps the guesses that a comparison bears out.
    pub(super) fn find(old: &Document, new: &Document) -> Renames {
        let (before, after) = (schemas(old), schemas(new));
        let shared: BTreeSet<String> = before.keys().filter(|name| after.contains_key(*name)).cloned().collect();
        let mut renames = Renames { to: BTreeMap::new(), shared };
        let removed: Vec<_> = before.iter().filter(|(name, _)| !after.contains_key(*name)).take(MAX_NAMES).collect();
        let added: Vec<_> = after.iter().filter(|(name, _)| !before.contains_key(*name)).take(MAX_NAMES).collect();
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

    /// Whether two references mean the same component.
    pub(super) fn match_references(&self, old: &str, new: &str) -> bool {
        match (component(old), component(new)) {
            (Some(old), Some(new)) => {
                old == new && self.shared.contains(&old) || self.to.get(&old).is_some_and(|to| *to == new)
            }
            // Definitions may be kept anywhere: what they are called counts.
            (None, None) => old == new || self.same_last(old, new),
            (Some(name), None) => !self.shared.contains(&name) && self.same_last(old, new),
            (None, Some(name)) => !self.shared.contains(&name) && self.same_last(old, new),
        }
    }

    fn same_last(&self, old: &str, new: &str) -> bool {
        let (old, new) = (last_token(old), last_token(new));
        old.is_some() && old == new
    }
}

fn schemas(document: &Document) -> BTreeMap<String, &Value> {
    let schemas = document.value().pointer("/components/schemas").and_then(Value::as_object);
    schemas.into_iter().flatten().map(|(name, value)| (name.clone(), value)).collect()
}

/// For each old name the first new one whose schema looks alike from outside.
fn guess(
    old: &Document,
    new: &Document,
    removed: &[(&String, &&Value)],
    added: &[(&String, &&Value)],
) -> BTreeMap<String, String> {
    let (old, new) = (Side::new(old), Side::new(new));
    let mut by_shape: HashMap<String, Vec<&String>> = HashMap::new();
    for (name, value) in added {
        by_shape.entry(shape(&new, value)).or_default().push(name);
    }
    let mut guessed = BTreeMap::new();
    for (name, value) in removed {
        let Some(candidates) = by_shape.get_mut(&shape(&old, value)) else {
            continue;
        };
        let alike = |candidate: &&&String| {
            zerogate_contract::names::pascal(candidate) == zerogate_contract::names::pascal(name)
        };
        let equal = |candidate: &&&String| added.iter().any(|(other, node)| other == *candidate && same(node, value));
        let best = candidates.iter().position(|candidate| alike(&candidate));
        let best = best.or_else(|| candidates.iter().position(|candidate| equal(&candidate)));
        if let Some(place) = best.or_else(|| (!candidates.is_empty()).then_some(0)) {
            guessed.insert((*name).clone(), candidates.remove(place).clone());
        }
    }
    guessed
}

/// What a schema looks like from outside; equal for schemas that mean the same.
fn shape(side: &Side<'_>, value: &Value) -> String {
    let view: View<'_> = view(side, &Slot::of(Node::new(value, "")));
    let values: BTreeSet<String> = view.values.iter().flatten().map(|value| value.value.to_string()).collect();
    let properties: Vec<&&str> = view.properties.keys().collect();
    let required: Vec<&&str> = view.required.keys().collect();
    let unions: Vec<usize> = view.unions.iter().map(|union| union.branches.len()).collect();
    format!("{:?} {} {values:?} {properties:?} {required:?} {unions:?}", view.types, view.nullable())
}

/// The guesses that differ in their own shape, or in what they alone refer to.
fn refuted(old: &Document, new: &Document, renames: &Renames) -> BTreeSet<String> {
    let mut engine = Engine::new(old, new, renames.clone());
    let mut pairs = Vec::new();
    for (before, after) in &renames.to {
        let place = |name: &str| zerogate_contract::pointer::join("/components/schemas", name);
        let (old_at, new_at) = (place(before), place(after));
        if let (Some(old), Some(new)) = (old.value().pointer(&old_at), new.value().pointer(&new_at)) {
            let (old, new) = (Slot::of(Node::new(old, &old_at)), Slot::of(Node::new(new, &new_at)));
            let context = super::engine::Context::default();
            pairs.push((before, engine.pair(old, new, context).0));
        }
    }
    engine.run();
    pairs.into_iter().filter(|(_, pair)| engine.differs(*pair, false)).map(|(name, _)| name.clone()).collect()
}

//! Whether a schema accepts every value of another one.

use std::cell::Cell;

use serde_json::Value;

use super::compared::Compared;
use super::property::visible;
use crate::found::Mask;
use crate::meaning::{Rest, Types, View, view};
use crate::node::{Node, Slot};
use crate::side::{Side, Sides};
use crate::value::same;

/// The maximum depth of compared properties, and number of compared properties and alternatives.
const MAX_DEPTH: usize = 6;
const MAX_PROPERTIES: usize = 10_000;
pub(super) const MAX_BRANCHES: usize = 50;

/// The schema of what is not described.
pub(super) static ANY: Value = Value::Bool(true);

/// Whether one of several schemas accepts every value of another one. Lists and objects are not compared.
pub(super) fn is_part_of_one<'d>(
    wholes: (&Side<'d>, impl IntoIterator<Item = &'d Slot<'d>>),
    part: (&Side<'d>, &Slot<'d>),
) -> bool {
    let part = view(part.0, part.1);
    let wholes = wholes.1.into_iter().take(MAX_BRANCHES).map(|whole| view(wholes.0, whole));
    !part.cut && wholes.into_iter().any(|whole| is_part(&part, &whole))
}

fn is_part(part: &View<'_>, whole: &View<'_>) -> bool {
    if whole.cut || whole.asks() || !whole.types.holds(part.types) {
        return false;
    }
    match &part.values {
        Some(values) => values.iter().all(|value| accepts(whole, value.value)),
        None => {
            let no_words = whole.patterns.is_empty() && whole.formats.is_empty();
            let no_limits = whole.lower.is_none() && whole.upper.is_none() && whole.counts.is_empty();
            let no_list = whole.values.is_none() && whole.multiples.is_empty();
            Types::SCALAR.holds(part.types.without(Types::NULL)) && no_words && no_limits && no_list
        }
    }
}

/// Whether a schema accepts a value. Lists and objects are not compared.
pub(super) fn accepts(schema: &View<'_>, value: &Value) -> bool {
    let types = Types::of(value);
    let no_words = schema.patterns.is_empty() && schema.formats.is_empty();
    let is_known = !schema.cut && !schema.asks() && Types::SCALAR.holds(types) && schema.types.holds(types);
    is_known
        && match &schema.values {
            Some(values) => values.iter().any(|known| same(known.value, value)),
            None => schema.is_within_limits(value) && (no_words || !value.is_string()),
        }
}

/// Compares objects with their parts: one side has the whole, and the other one what it may include.
pub(super) struct Objects<'s, 'd> {
    sides: &'s Sides<'d>,
    /// Whether the whole is the old schema.
    was_whole: bool,
    /// The number of properties that may still be compared.
    budget: Cell<usize>,
}

impl<'s, 'd> Objects<'s, 'd> {
    pub(super) fn of(compared: &Compared<'s, 'd>, was_whole: bool) -> Self {
        Self { sides: compared.sides, was_whole, budget: Cell::new(MAX_PROPERTIES) }
    }

    /// Whether an object accepts everything that senders of another one send.
    pub(super) fn include(&self, part: &View<'d>, whole: &View<'d>, depth: usize) -> bool {
        let is_object = |view: &View<'d>| view.types.without(Types::NULL) == Types::OBJECT && view.values.is_none();
        let is_known = !part.cut && !whole.cut && !whole.asks() && whole.closed.is_empty() && depth < MAX_DEPTH;
        // These may describe further properties.
        let has_no_parts = part.unions.is_empty() && part.conditions.is_empty() && part.inner.is_empty();
        let is_plain = has_no_parts && part.unevaluated.values().flatten().all(|rest| rest.slot().is_none());
        if !(is_known && is_plain && is_object(part) && is_object(whole) && whole.types.holds(part.types)) {
            return false;
        }
        let (of_part, _) = self.of_part_and_whole();
        // A property that only one direction has is missing in the other one, unless the whole says the same of it.
        let is_sent = |name: &str| {
            let is_described = whole.properties.contains_key(name);
            is_described || part.properties.get(name).is_none_or(|slot| visible(of_part, slot) == Mask::BOTH)
        };
        let has_required = whole.required.keys().all(|name| part.required.contains_key(name) && is_sent(name));
        let is_closed = matches!(part.additional, Rest::None(_));
        let counts = |keyword: &str| whole.counts.get(keyword).map(|count| count.value.as_u64());
        let always = part.always().count() as u64;
        let has_least = counts("minProperties").is_none_or(|least| least.is_some_and(|least| least <= always));
        let has_most = counts("maxProperties")
            .is_none_or(|most| is_closed && most.is_some_and(|most| most >= part.properties.len() as u64));
        let rest = match (&part.additional, &whole.additional) {
            (Rest::None(_), _) | (_, Rest::Any | Rest::Whatever(_)) => true,
            (Rest::Schema(part), Rest::Schema(whole)) => self.include_slot(part, whole, depth),
            _ => false,
        };
        let named = |(name, slot): (&&str, &Slot<'d>)| match (whole.properties.get(name), &whole.additional) {
            (Some(whole), _) => self.include_slot(slot, whole, depth),
            (None, Rest::Schema(whole)) => self.include_slot(slot, whole, depth),
            (None, rest) => !rest.restricts(),
        };
        // Senders that follow a schema do not send undescribed properties, unless they are required.
        let unnamed = |(name, slot): (&&str, &Slot<'d>)| match part.additional.slot() {
            Some(rest) => self.include_slot(rest, slot, depth),
            None => {
                let is_required = part.required.contains_key(name);
                !is_required || self.include_slot(&Slot::of(Node::new(&ANY, "")), slot, depth)
            }
        };
        let mut others = whole.properties.iter().filter(|(name, _)| !part.properties.contains_key(*name));
        has_required && has_least && has_most && rest && part.properties.iter().all(named) && others.all(unnamed)
    }

    fn of_part_and_whole(&self) -> (&'s Side<'d>, &'s Side<'d>) {
        let Sides { old, new, .. } = self.sides;
        if self.was_whole { (new, old) } else { (old, new) }
    }

    fn include_slot(&self, part: &Slot<'d>, whole: &Slot<'d>, depth: usize) -> bool {
        let Some(left) = self.budget.get().checked_sub(1) else { return false };
        self.budget.set(left);
        let (of_part, of_whole) = self.of_part_and_whole();
        let is_same = part.only().zip(whole.only()).is_some_and(|(part, whole)| {
            let (before, after) = if self.was_whole { (whole, part) } else { (part, whole) };
            !self.sides.differ(before, after)
        });
        if visible(of_part, part) != visible(of_whole, whole) {
            return false;
        }
        is_same || {
            let (part, whole) = (view(of_part, part), view(of_whole, whole));
            let is_within = whole.is_any() && !whole.cut || !part.cut && is_part(&part, &whole);
            is_within || self.include(&part, &whole, depth + 1)
        }
    }
}

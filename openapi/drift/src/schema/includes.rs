//! Whether a schema accepts every value of another one.

use serde_json::Value;

use super::compared::Compared;
use super::property::visible;
use crate::meaning::{Rest, Types, View, view};
use crate::node::Slot;
use crate::side::{Side, Sides};
use crate::value::same;

/// The maximum depth of compared properties, and number of compared alternatives.
const MAX_DEPTH: usize = 6;
pub(super) const MAX_BRANCHES: usize = 50;

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
}

impl<'s, 'd> Objects<'s, 'd> {
    pub(super) fn of(compared: &Compared<'s, 'd>, was_whole: bool) -> Self {
        Self { sides: compared.sides, was_whole }
    }

    /// Whether an object accepts everything that senders of another one send.
    pub(super) fn include(&self, part: &View<'d>, whole: &View<'d>, depth: usize) -> bool {
        let is_object = |view: &View<'d>| view.types.without(Types::NULL) == Types::OBJECT && view.values.is_none();
        let is_known = !part.cut && !whole.cut && !whole.asks() && whole.closed.is_empty() && depth < MAX_DEPTH;
        // These may describe further properties.
        let is_plain = part.unions.is_empty() && part.conditions.is_empty() && part.inner.is_empty();
        if !(is_known && is_plain && is_object(part) && is_object(whole) && whole.types.holds(part.types)) {
            return false;
        }
        let has_required = whole.required.keys().all(|name| part.required.contains_key(name));
        let is_closed = matches!(part.additional, Rest::None(_));
        let counts = |keyword: &str| whole.counts.get(keyword).map(|count| count.value.as_u64());
        let has_least =
            counts("minProperties").is_none_or(|least| least <= Some(part.required.len() as u64) && least.is_some());
        let has_most = counts("maxProperties")
            .is_none_or(|most| is_closed && most.is_some_and(|most| most >= part.properties.len() as u64));
        let rest = match (&part.additional, &whole.additional) {
            (Rest::None(_), _) | (_, Rest::Any) => true,
            (Rest::Schema(part), Rest::Schema(whole)) => self.include_slot(part, whole, depth),
            _ => false,
        };
        let named = |(name, slot): (&&str, &Slot<'d>)| match (whole.properties.get(name), &whole.additional) {
            (Some(whole), _) => self.include_slot(slot, whole, depth),
            (None, Rest::Schema(whole)) => self.include_slot(slot, whole, depth),
            (None, rest) => !rest.restricts(),
        };
        // Senders that follow a schema do not send undescribed properties.
        let unnamed = |slot: &Slot<'d>| part.additional.slot().is_none_or(|rest| self.include_slot(rest, slot, depth));
        let mut others = whole.properties.iter().filter(|(name, _)| !part.properties.contains_key(*name));
        has_required
            && has_least
            && has_most
            && rest
            && part.properties.iter().all(named)
            && others.all(|(_, slot)| unnamed(slot))
    }

    fn include_slot(&self, part: &Slot<'d>, whole: &Slot<'d>, depth: usize) -> bool {
        let Sides { old, new, .. } = self.sides;
        let (of_part, of_whole) = if self.was_whole { (new, old) } else { (old, new) };
        let is_same = part.only().zip(whole.only()).is_some_and(|(part, whole)| {
            let (before, after) = if self.was_whole { (whole, part) } else { (part, whole) };
            !self.sides.differ(before, after)
        });
        if visible(of_part, part) != visible(of_whole, whole) {
            return false;
        }
        is_same || {
            let (part, whole) = (view(of_part, part), view(of_whole, whole));
            !part.cut && is_part(&part, &whole) || self.include(&part, &whole, depth + 1)
        }
    }
}

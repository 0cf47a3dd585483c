//! Compares the alternatives that only list values, beside others: a value may move from one of them to another.

use std::collections::HashSet;

use serde_json::Value;
use zerogate_contract::json::Key;

use super::compared::Compared;
use super::includes::accepts;
use super::{text, values};
use crate::found::Findings;
use crate::meaning::{At, Types, Union, View, view};
use crate::node::Slot;
use crate::side::Side;
use crate::sunset::{DEPRECATED, SUNSET};

/// The lists among the alternatives of one side, and the others.
struct Lists<'d> {
    list: View<'d>,
    /// The values. Of `oneOf`, those of a single list: a value of two lists does not match exactly one.
    known: HashSet<Key<'d>>,
    slots: Vec<Slot<'d>>,
    rest: Union<'d>,
}

/// Compares the lists of both sides as one, if one side has several. Also returns the other alternatives.
pub(super) fn judge<'d>(
    compared: &Compared<'_, 'd>,
    old: &Union<'d>,
    new: &Union<'d>,
) -> Option<(Findings<'d>, Union<'d>, Union<'d>)> {
    let (mut was, mut is) = (Lists::of(&compared.sides.old, old), Lists::of(&compared.sides.new, new));
    if was.slots.is_empty() || is.slots.is_empty() || was.slots.len().max(is.slots.len()) == 1 {
        return None;
    }
    let mut out = Findings::default();
    if old.one || new.one {
        // What the others accept decides which values match two alternatives.
        let pairs = || was.rest.branches.iter().zip(&is.rest.branches);
        let is_same = |(before, after): (&Slot<'d>, &Slot<'d>)| {
            before.only().zip(after.only()).is_some_and(|(before, after)| !compared.sides.differ(before, after))
        };
        let are_same = old.one == new.one && was.rest.branches.len() == is.rest.branches.len() && pairs().all(is_same);
        let mut changed = was.known.symmetric_difference(&is.known).map(|key| Types::of(key.0));
        let others = is.rest.branches.iter().map(|branch| view(&compared.sides.new, branch).types);
        let others = others.fold(Types::NONE, Types::or);
        if !are_same || changed.any(|types| others.meets(types)) {
            return None;
        }
    }
    was.slots.iter().chain(&is.slots).for_each(|slot| out.seen.slot(slot));
    // A value that another alternative accepts is neither lost nor new.
    was.leave(&compared.sides.new, &is);
    is.leave(&compared.sides.old, &was);
    let Compared { sides, old_slot, new_slot, context, .. } = compared;
    let lists = Compared { sides, old_slot, new_slot, old: was.list, new: is.list, context: context.clone() };
    out.found.extend(values::judge(&lists));
    out.found.extend(text::judge(&lists, false));
    Some((out, was.rest, is.rest))
}

impl<'d> Lists<'d> {
    fn of(side: &Side<'d>, union: &Union<'d>) -> Self {
        let list = View { types: Types::NONE, values: Some(Vec::new()), ..View::default() };
        let rest = Union { branches: Vec::new(), ..union.clone() };
        let mut lists = Lists { list, known: HashSet::new(), slots: Vec::new(), rest };
        let mut twice = HashSet::new();
        for branch in &union.branches {
            let found = view(side, branch);
            let is_inline = branch.only().is_some_and(|node| side.referred(node).is_none());
            let is_plain = !found.asks() && found.patterns.is_empty() && found.formats.is_empty() && !found.cut;
            match found.values {
                Some(values) if is_inline && is_plain && Types::SCALAR.holds(found.types.without(Types::NULL)) => {
                    let own: HashSet<Key<'d>> = values.iter().map(|value| Key(value.value)).collect();
                    twice.extend(own.into_iter().filter(|value| !lists.known.insert(*value) && union.one));
                    lists.list.types = lists.list.types.or(found.types);
                    lists.list.values.get_or_insert_default().extend(values);
                    // Deprecation of a single value belongs to that value.
                    let docs = found.docs.into_iter().filter(|(key, _)| !matches!(*key, DEPRECATED | SUNSET));
                    docs.for_each(|(key, docs)| lists.list.docs.entry(key).or_default().extend(docs));
                    lists.slots.push(branch.clone());
                }
                _ => lists.rest.branches.push(branch.clone()),
            }
        }
        lists.known.retain(|value| !twice.contains(value));
        lists.list.values.iter_mut().for_each(|values| values.retain(|value| !twice.contains(&Key(value.value))));
        lists
    }

    /// Leaves out the values that the other side does not list, but accepts.
    fn leave(&mut self, side: &Side<'d>, other: &Self) {
        let rest: Vec<_> = other.rest.branches.iter().map(|branch| view(side, branch)).collect();
        let is_kept = |value: &At<&'d Value>| {
            other.known.contains(&Key(value.value)) || !rest.iter().any(|other| accepts(other, value.value))
        };
        self.list.values.iter_mut().for_each(|values| values.retain(is_kept));
    }
}

//! Compares the alternatives that only list values, beside others: a value may move from one of them to another.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;
use zerogate_contract::json::Key;

use super::compared::Compared;
use super::includes::{MAX_BRANCHES, accepts};
use super::{moved, text, values};
use crate::found::{Findings, Found};
use crate::free::Free;
use crate::kind::{Effect, family};
use crate::meaning::{At, Said, Types, Union, View, view};
use crate::node::Slot;
use crate::side::Side;
use crate::sunset::{DEPRECATED, SUNSET};

/// The lists among the alternatives of one side, and the others.
struct Lists<'d> {
    list: View<'d>,
    /// The values, with the index of their list. Of `oneOf`, those of a single list: a value of two lists does not
    /// match exactly one.
    known: HashMap<Key<'d>, usize>,
    slots: Vec<Slot<'d>>,
    /// The alternatives among the others that list values, and say more.
    more: HashSet<Vec<Key<'d>>>,
    rest: Union<'d>,
}

/// The results for the lists of both sides, and what is still to be compared.
pub(super) struct Joined<'d> {
    pub(super) findings: Findings<'d>,
    /// The other alternatives.
    pub(super) old: Union<'d>,
    pub(super) new: Union<'d>,
    /// A list that is gone, or else one that was not there before. Each alternative is a variant of a type.
    pub(super) gone: Option<Slot<'d>>,
    pub(super) added: Option<Slot<'d>>,
}

/// Compares the lists of both sides as one, if one side has several.
pub(super) fn judge<'d>(compared: &Compared<'_, 'd>, old: &Union<'d>, new: &Union<'d>) -> Option<Joined<'d>> {
    let (mut was, mut is) = (Lists::of(&compared.sides.old, old), Lists::of(&compared.sides.new, new));
    if was.slots.is_empty() || is.slots.is_empty() || was.slots.len().max(is.slots.len()) == 1 {
        return None;
    }
    // One that says more may be the counterpart of one that does not.
    if was.more != is.more {
        return None;
    }
    let mut out = Findings::default();
    if old.one || new.one {
        // What the others accept decides which values match two alternatives.
        let mut free = Free::new(is.rest.branches.iter().map(|branch| [branch.sign()]));
        let is_same = |before: &Slot<'d>| {
            let after = free.take([before.sign()]).and_then(|index| is.rest.branches.get(index)?.only());
            before.only().zip(after).is_some_and(|(before, after)| !compared.sides.differ(before, after))
        };
        let is_alike = old.one == new.one && was.rest.branches.len() == is.rest.branches.len();
        let are_same = is_alike && was.rest.branches.iter().all(is_same);
        let mut changed = was.alone(&is).chain(is.alone(&was)).map(|key| Types::of(key.0));
        let others = is.rest.branches.iter().map(|branch| view(&compared.sides.new, branch).types);
        let others = others.fold(Types::NONE, Types::or);
        if !are_same || changed.any(|types| others.meets(types)) {
            return None;
        }
    }
    was.slots.iter().chain(&is.slots).for_each(|slot| out.seen.slot(slot));
    let loses = was.slots.len() > is.slots.len() || was.is_divided(&is);
    let gone = was.slots.first().filter(|_| loses).cloned();
    let added = is.slots.get(was.slots.len()).filter(|_| !loses).cloned();
    // A value that another alternative accepts is neither lost nor new.
    let is_less = was.leave(&compared.sides.new, &is);
    let has_left = is.leave(&compared.sides.old, &was) || is_less;
    if has_left && gone.is_none() && added.is_none() {
        let at = |lists: &Lists<'d>| lists.slots.first().and_then(Slot::place);
        let found = Found::new(family!("alternative-values-changed"), at(&was), at(&is), moved::SAME);
        out.report(found.effect(Effect::NONE).source(compared.breaks(is_less)));
    }
    let Compared { sides, old_slot, new_slot, context, .. } = compared;
    let lists = Compared { sides, old_slot, new_slot, old: was.list, new: is.list, context: context.clone() };
    out.found.extend(values::judge(&lists));
    out.found.extend(text::judge(&lists, false));
    Some(Joined { findings: out, old: was.rest, new: is.rest, gone, added })
}

impl<'d> Lists<'d> {
    fn of(side: &Side<'d>, union: &Union<'d>) -> Self {
        let list = View { types: Types::NONE, values: Some(Vec::new()), ..View::default() };
        let rest = Union { branches: Vec::new(), ..union.clone() };
        let mut lists = Lists { list, known: HashMap::new(), slots: Vec::new(), more: HashSet::new(), rest };
        let mut twice = HashSet::new();
        for branch in &union.branches {
            let found = view(side, branch);
            let is_inline = branch.only().is_some_and(|node| side.referred(node).is_none());
            let has_no_words = found.patterns.is_empty() && found.formats.is_empty();
            // These are said of one list, and a title names its type.
            let has_no_more = found.default.is_none() && !found.docs.contains_key("title");
            let is_sent = found.read_only.is_none() && found.write_only.is_none();
            let is_plain = !found.asks() && has_no_words && has_no_more && is_sent && !found.cut;
            match found.values {
                Some(values) if is_inline && is_plain && Types::SCALAR.holds(found.types) => {
                    let own: HashSet<Key<'d>> = values.iter().map(|value| Key(value.value)).collect();
                    for value in own {
                        if lists.known.insert(value, lists.slots.len()).is_some() && union.one {
                            twice.insert(value);
                        }
                    }
                    lists.list.types = lists.list.types.or(found.types);
                    lists.list.values.get_or_insert_default().extend(values);
                    // Deprecation of a single value belongs to that value.
                    let docs = found.docs.into_iter().filter(|(key, _)| !matches!(*key, DEPRECATED | SUNSET));
                    docs.for_each(|(key, docs)| lists.list.docs.entry(key).or_default().extend(docs));
                    lists.slots.push(branch.clone());
                }
                values => {
                    lists.more.extend(values.map(|_| branch.sign()));
                    lists.rest.branches.push(branch.clone());
                }
            }
        }
        lists.known.retain(|value, _| !twice.contains(value));
        lists.list.values.iter_mut().for_each(|values| values.retain(|value| !twice.contains(&Key(value.value))));
        lists
    }

    /// The values that the other side does not list.
    fn alone(&self, other: &Self) -> impl Iterator<Item = &Key<'d>> {
        self.known.keys().filter(|value| !other.known.contains_key(value))
    }

    /// Whether the values of both sides are divided among other lists.
    fn is_divided(&self, other: &Self) -> bool {
        let common = self.known.iter().filter_map(|(value, list)| Some((*list, *other.known.get(value)?)));
        let pairs: BTreeSet<(usize, usize)> = common.collect();
        let (own, others): (BTreeSet<usize>, BTreeSet<usize>) = pairs.iter().copied().unzip();
        own.len() < pairs.len() || others.len() < pairs.len()
    }

    /// Leaves out the values that the other side does not list, but accepts, and returns whether there are any.
    fn leave(&mut self, side: &Side<'d>, other: &Self) -> bool {
        let rest: Vec<_> = other.rest.branches.iter().take(MAX_BRANCHES).map(|branch| view(side, branch)).collect();
        let (lists, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|view| view.values.is_some());
        let listed = lists.iter().filter(|list| !list.cut && !list.asks()).flat_map(|list| &list.values).flatten();
        let listed: HashSet<Key<'d>> = listed.map(|value| Key(value.value)).collect();
        let is_accepted =
            |value: &'d Value| listed.contains(&Key(value)) || rest.iter().any(|other| accepts(other, value));
        let is_kept = |value: &At<&'d Value>| other.known.contains_key(&Key(value.value)) || !is_accepted(value.value);
        let values = self.list.values.get_or_insert_default();
        let count = values.len();
        values.retain(is_kept);
        values.len() < count
    }
}

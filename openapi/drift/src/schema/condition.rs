//! Compares conditions (`if`, `then`, `else`), and schemas for values that nothing else describes.
//!
//! Both can only reject values, unless they describe more of them: a stricter part makes the whole stricter, as long as
//! the condition itself does not change.

use std::collections::{BTreeMap, BTreeSet};

use zerogate_contract::json::Key;

use super::as_written::opaque;
use super::compared::{Compared, member};
use crate::found::{Context, Findings, Found, Mask, Part};
use crate::free::Free;
use crate::kind::{Effect, Family, family};
use crate::meaning::{Condition, Rest, View};
use crate::node::Slot;
use crate::value::{quote_list, quote_text};

pub(super) fn judge<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let mut out = conditions(compared);
    out.found.extend(dependents(compared));
    for about in &UNEVALUATED {
        out.add(unevaluated(compared, about));
    }
    out
}

fn conditions<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let (old, new) = (&compared.old.conditions, &compared.new.conditions);
    let mut out = Findings::default();
    let key = |it: &Condition<'d>| [Key(it.condition.value)];
    let mut free = Free::new(new.iter().map(key));
    let mut left = Vec::new();
    for before in old {
        match free.take(key(before)).and_then(|index| new.get(index)) {
            Some(after) => out.add(condition(compared, before, after)),
            None => left.push(before),
        }
    }
    let mut free = free.left().filter_map(|index| new.get(index));
    for before in left {
        match free.next() {
            Some(after) => out.add(condition(compared, before, after)),
            None => {
                before.nodes().for_each(|node| out.seen.whole(node));
                let what = format!("no longer has a condition with {}", before.words());
                let found = Found::new(family!("condition-removed"), before.condition.place(), None, what);
                out.report(compared.describing(true, false, Some(&before.condition), before.outcomes(), found));
            }
        }
    }
    for after in free {
        after.nodes().for_each(|node| out.seen.whole(node));
        let what = format!("has a new condition with {}", after.words());
        let found = Found::new(family!("condition-added"), None, after.condition.place(), what);
        out.report(compared.describing(false, false, Some(&after.condition), after.outcomes(), found));
    }
    out
}

/// Compares which properties are required beside another one, for each of these.
fn dependents(compared: &Compared<'_, '_>) -> Vec<Found> {
    let (old, new) = (&compared.old, &compared.new);
    let (mut gone, come) = (alone(old, new), alone(new, old));
    let mut out = Vec::new();
    for (first, (names, at)) in come {
        let (family, what, was) = match gone.remove(first) {
            None => (family!("dependent-required-added"), format!("requires {}", quote_list(names)), None),
            Some((others, was)) => {
                let what = format!("requires {} instead of {}", quote_list(names), quote_list(others));
                (family!("dependent-required-changed"), what, Some(was.to_owned()))
            }
        };
        let what = format!("{what} if {} is present", quote_text(first));
        out.push(Found::new(family, was, Some(at.to_owned()), what));
    }
    for (first, (names, at)) in gone {
        let what = format!("no longer requires {} if {} is present", quote_list(names), quote_text(first));
        out.push(Found::new(family!("dependent-required-removed"), Some(at.to_owned()), None, what));
    }
    out
}

/// The properties that only one side requires beside another one, by that one, with the place; the other side does not
/// imply them either.
fn alone<'v>(one: &'v View<'_>, other: &View<'_>) -> BTreeMap<&'v str, (Vec<&'v str>, &'v str)> {
    let is_required = |name: &str| [one, other].iter().any(|view| view.always().any(|always| *always == name));
    let mut found: BTreeMap<&str, (Vec<&str>, &str)> = BTreeMap::new();
    for ((first, then), at) in &one.dependents {
        if !other.dependents.contains_key(&(*first, *then)) && !is_required(then) && !other.excludes(first) {
            found.entry(first).or_insert_with(|| (Vec::new(), at)).0.push(then);
        }
    }
    found.retain(|first, (names, _)| {
        let reached = beside(other, first);
        names.retain(|name| !reached.contains(name));
        !names.is_empty()
    });
    found
}

/// The maximum number of properties that are followed to those required beside them.
const MAX_BESIDE: usize = 1_000;

/// A property, and those that are required beside it, directly or not.
fn beside<'v>(view: &'v View<'_>, first: &'v str) -> BTreeSet<&'v str> {
    let mut found: BTreeSet<&str> = view.always().copied().chain([first]).collect();
    let mut open: Vec<&str> = found.iter().copied().collect();
    while let Some(name) = open.pop().filter(|_| found.len() < MAX_BESIDE) {
        let others = view.dependents.range((name, "")..).take_while(|((first, _), _)| *first == name);
        open.extend(others.map(|((_, other), _)| *other).filter(|other| found.insert(other)));
    }
    found
}

/// Compares a condition that both sides have.
fn condition<'d>(compared: &Compared<'_, 'd>, before: &Condition<'d>, after: &Condition<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    out.parts.push(opaque(&before.condition, &after.condition, "`if`"));
    for (word, was, is) in [("`then`", &before.then, &after.then), ("`else`", &before.otherwise, &after.otherwise)] {
        match (was, is) {
            (Some(was), Some(is)) => out.parts.push(inner(was, is)),
            (Some(was), None) => {
                out.seen.slot(was);
                let what = format!("no longer has a condition with {word}");
                let found = Found::new(family!("condition-removed"), was.place(), None, what);
                out.report(compared.describing(true, false, None, [was].into_iter(), found));
            }
            (None, Some(is)) => {
                out.seen.slot(is);
                let what = format!("has a new condition with {word}");
                let found = Found::new(family!("condition-added"), None, is.place(), what);
                out.report(compared.describing(false, false, None, [is].into_iter(), found));
            }
            (None, None) => {}
        }
    }
    out
}

impl<'d> Condition<'d> {
    /// The keywords of the condition.
    fn words(&self) -> &'static str {
        match (&self.then, &self.otherwise) {
            (Some(_), Some(_)) => "`if`, `then` and `else`",
            (None, _) => "`if` and `else`",
            (_, None) => "`if` and `then`",
        }
    }
}

/// A schema for the value or a part of it that makes no type.
fn inner<'d>(old: &Slot<'d>, new: &Slot<'d>) -> Part<'d> {
    member(old, new, Context::untyped(), "", Mask::BOTH)
}

/// A keyword for values that nothing else describes.
struct Unevaluated {
    keyword: &'static str,
    added: &'static Family,
    removed: &'static Family,
    path: &'static str,
    what: &'static str,
    /// The effect if values are no longer rejected. Readers of a closed response ignore unknown properties.
    opened: Effect,
}

static UNEVALUATED: [Unevaluated; 2] = [
    Unevaluated {
        keyword: "unevaluatedProperties",
        added: family!("unevaluated-properties-added"),
        removed: family!("unevaluated-properties-removed"),
        path: "*",
        what: "undescribed properties",
        opened: Effect::OPENED,
    },
    Unevaluated {
        keyword: "unevaluatedItems",
        added: family!("unevaluated-items-added"),
        removed: family!("unevaluated-items-removed"),
        path: "[]",
        what: "undescribed items",
        opened: Effect::LOOSER,
    },
];

fn unevaluated<'d>(compared: &Compared<'_, 'd>, about: &Unevaluated) -> Findings<'d> {
    let mut out = Findings::default();
    let [before, after] = [&compared.old, &compared.new].map(|view| {
        let rests = view.unevaluated.get(about.keyword).into_iter().flatten();
        let (says, idle): (Vec<&Rest<'d>>, Vec<_>) = rests.partition(|rest| rest.restricts());
        idle.into_iter().filter_map(Rest::slot).for_each(|slot| out.seen.slot(slot));
        says
    });
    for index in 0..before.len().max(after.len()) {
        let (was, is) = (before.get(index).copied(), after.get(index).copied());
        let (family, effect, what) = match (was, is) {
            (Some(Rest::Schema(was)), Some(Rest::Schema(is))) => {
                out.parts.push(member(was, is, Context::untyped(), about.path, Mask::BOTH));
                continue;
            }
            (Some(Rest::None(_)), Some(Rest::None(_))) => continue,
            (_, Some(Rest::None(_))) => (about.added, Effect::TIGHTER, "rejects"),
            (None, Some(_)) => (about.added, Effect::TIGHTER, "accepts only some"),
            (Some(Rest::None(_)), _) => (about.removed, about.opened, "no longer rejects"),
            _ => (about.removed, Effect::LOOSER, "accepts any"),
        };
        was.into_iter().chain(is).filter_map(Rest::slot).for_each(|slot| out.seen.slot(slot));
        let (old_at, new_at) = (was.and_then(Rest::at), is.and_then(Rest::at));
        let found = Found::new(family, old_at, new_at, format!("{what} {}", about.what));
        out.report(found.effect(effect));
    }
    out
}

//! Compares conditions (`if`, `then`, `else`), and schemas for values that nothing else describes.
//!
//! Both can only reject values: a stricter part makes the whole stricter, as long as the condition itself does not
//! change.

use zerogate_contract::json::Key;

use super::as_written::opaque;
use super::compared::{Compared, member};
use crate::found::{Context, Findings, Found, Mask, Part};
use crate::free::Free;
use crate::kind::{Effect, Family, family};
use crate::meaning::{Condition, Rest, View};
use crate::node::Slot;

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
            Some(after) => out.add(condition(before, after)),
            None => left.push(before),
        }
    }
    let mut free = free.left().filter_map(|index| new.get(index));
    for before in left {
        match free.next() {
            Some(after) => out.add(condition(before, after)),
            None => {
                before.nodes().for_each(|node| out.seen.whole(node));
                let what = format!("no longer has a condition with {}", before.words());
                out.report(Found::new(family!("condition-removed"), before.condition.place(), None, what));
            }
        }
    }
    for after in free {
        after.nodes().for_each(|node| out.seen.whole(node));
        let what = format!("has a new condition with {}", after.words());
        out.report(Found::new(family!("condition-added"), None, after.condition.place(), what));
    }
    out
}

/// Compares which properties are required beside others.
fn dependents(compared: &Compared<'_, '_>) -> Option<Found> {
    // The first one that the other side neither has nor implies.
    let alone = |one: &View<'_>, other: &View<'_>| {
        let is_new = |(first, then): &(&str, &str)| {
            !other.dependents.contains_key(&(*first, *then))
                && ![one, other].iter().any(|view| view.always().any(|name| name == then))
        };
        one.dependents.iter().find(|(pair, _)| is_new(pair)).map(|(_, at)| at.clone())
    };
    let (gone, come) = (alone(&compared.old, &compared.new), alone(&compared.new, &compared.old));
    let (family, what) = match (&gone, &come) {
        (None, None) => return None,
        (None, Some(_)) => (family!("dependent-required-added"), "requires properties if others are present"),
        (Some(_), None) => {
            (family!("dependent-required-removed"), "no longer requires properties if others are present")
        }
        (Some(_), Some(_)) => {
            (family!("dependent-required-changed"), "requires other properties than before if some are present")
        }
    };
    Some(Found::new(family, gone, come, what))
}

/// Compares a condition that both sides have.
fn condition<'d>(before: &Condition<'d>, after: &Condition<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    out.parts.push(opaque(&before.condition, &after.condition, "`if`"));
    for (word, was, is) in [("`then`", &before.then, &after.then), ("`else`", &before.otherwise, &after.otherwise)] {
        match (was, is) {
            (Some(was), Some(is)) => out.parts.push(inner(was, is)),
            (Some(was), None) => {
                out.seen.slot(was);
                let what = format!("no longer has a condition with {word}");
                out.report(Found::new(family!("condition-removed"), was.place(), None, what));
            }
            (None, Some(is)) => {
                out.seen.slot(is);
                let what = format!("has a new condition with {word}");
                out.report(Found::new(family!("condition-added"), None, is.place(), what));
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
}

static UNEVALUATED: [Unevaluated; 2] = [
    Unevaluated {
        keyword: "unevaluatedProperties",
        added: family!("unevaluated-properties-added"),
        removed: family!("unevaluated-properties-removed"),
        path: "*",
        what: "undescribed properties",
    },
    Unevaluated {
        keyword: "unevaluatedItems",
        added: family!("unevaluated-items-added"),
        removed: family!("unevaluated-items-removed"),
        path: "[]",
        what: "undescribed items",
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
            // Readers of a closed response ignore unknown values.
            (Some(Rest::None(_)), _) => (about.removed, Effect::OPENED, "no longer rejects"),
            _ => (about.removed, Effect::LOOSER, "accepts any"),
        };
        was.into_iter().chain(is).filter_map(Rest::slot).for_each(|slot| out.seen.slot(slot));
        let (old_at, new_at) = (was.and_then(Rest::at), is.and_then(Rest::at));
        let found = Found::new(family, old_at, new_at, format!("{what} {}", about.what));
        out.report(found.effect(effect));
    }
    out
}

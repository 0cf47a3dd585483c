//! Compares what holds under a condition (`if`, `then`, `else`), and what holds for all that nothing else describes.
//!
//! All of it can only keep values out: what is narrower there is narrower as a whole, as long as the condition stays.

use super::as_written::opaque;
use super::compared::{Compared, member};
use crate::found::{Context, Findings, Found, Mask, Part};
use crate::kind::{Effect, Family, family};
use crate::meaning::{Condition, Rest};
use crate::node::{Node, Slot};
use crate::value::same;

pub(super) fn judge<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let mut out = conditions(compared);
    for about in &UNEVALUATED {
        out.add(unevaluated(compared, about));
    }
    out
}

fn conditions<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let (old, new) = (&compared.old.conditions, &compared.new.conditions);
    let mut out = Findings::default();
    let mut free: Vec<&Condition<'d>> = new.iter().collect();
    let mut left = Vec::new();
    for before in old {
        match free.iter().position(|after| same(before.condition.value, after.condition.value)) {
            Some(index) => out.add(condition(before, free.remove(index))),
            None => left.push(before),
        }
    }
    let mut free = free.into_iter();
    for before in left {
        match free.next() {
            Some(after) => out.add(condition(before, after)),
            None => {
                before.nodes().for_each(|node| out.seen.whole(node));
                let what = format!("no longer has a condition by {}", before.words());
                out.report(Found::new(family!("condition-removed"), before.condition.place(), None, what));
            }
        }
    }
    for after in free {
        after.nodes().for_each(|node| out.seen.whole(node));
        let what = format!("got a condition by {}", after.words());
        out.report(Found::new(family!("condition-added"), None, after.condition.place(), what));
    }
    out
}

/// A condition that both sides have.
fn condition<'d>(before: &Condition<'d>, after: &Condition<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    out.parts.push(opaque(&before.condition, &after.condition, "`if`"));
    for (word, was, is) in [("`then`", &before.then, &after.then), ("`else`", &before.otherwise, &after.otherwise)] {
        match (was, is) {
            (Some(was), Some(is)) => out.parts.push(inner(was, is)),
            (Some(was), None) => {
                out.seen.slot(was);
                let what = format!("no longer has a condition by {word}");
                out.report(Found::new(family!("condition-removed"), was.place(), None, what));
            }
            (None, Some(is)) => {
                out.seen.slot(is);
                let what = format!("got a condition by {word}");
                out.report(Found::new(family!("condition-added"), None, is.place(), what));
            }
            (None, None) => {}
        }
    }
    out
}

impl<'d> Condition<'d> {
    fn nodes(&self) -> impl Iterator<Item = &Node<'d>> {
        let outcomes = self.then.iter().chain(&self.otherwise).flat_map(|slot| &slot.parts);
        outcomes.chain([&self.condition])
    }

    /// The keywords that it is written with.
    fn words(&self) -> &'static str {
        match (&self.then, &self.otherwise) {
            (Some(_), Some(_)) => "`if`, `then` and `else`",
            (None, _) => "`if` and `else`",
            (_, None) => "`if` and `then`",
        }
    }
}

/// A schema that holds for the value, or a part of it, and makes no type.
fn inner<'d>(old: &Slot<'d>, new: &Slot<'d>) -> Part<'d> {
    member(old, new, Context::untyped(), "", Mask::BOTH)
}

/// A keyword for what nothing else describes.
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
        what: "properties that nothing describes",
    },
    Unevaluated {
        keyword: "unevaluatedItems",
        added: family!("unevaluated-items-added"),
        removed: family!("unevaluated-items-removed"),
        path: "[]",
        what: "items that nothing describes",
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
            (_, Some(Rest::None(_))) => (about.added, Effect::TIGHTER, "refuses"),
            (None, Some(_)) => (about.added, Effect::TIGHTER, "takes only some"),
            // Whoever reads a closed response ignores what it does not know.
            (Some(Rest::None(_)), _) => (about.removed, Effect::OPENED, "no longer refuses"),
            _ => (about.removed, Effect::LOOSER, "takes any"),
        };
        was.into_iter().chain(is).filter_map(Rest::slot).for_each(|slot| out.seen.slot(slot));
        let (old_at, new_at) = (was.and_then(Rest::at), is.and_then(Rest::at));
        let found = Found::new(family, old_at, new_at, format!("{what} {}", about.what));
        out.report(found.effect(effect));
    }
    out
}

//! Compares alternatives: `oneOf` and `anyOf`.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use zerogate_contract::reference;

use super::as_text::is_text_of;
use super::branches::{self, Matched};
use super::compared::Compared;
use super::discriminator;
use super::heirs;
use super::includes::is_part_of_one;
use super::lists::{self, Joined};
use super::moved::{Moved, are_relisted};
use super::nested;
use super::overlap::Met;
use crate::change::{Source, Wire};
use crate::found::{AsText, Findings, Found, Part, Role};
use crate::free::Free;
use crate::kind::{Effect, Family, family};
use crate::meaning::{Said, Types, Union, View, view};
use crate::node::Slot;
use crate::renames::last_token;
use crate::side::{Side, Sides};
use crate::value::quote_text;

pub(super) fn judge<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let mut out = unions(compared);
    out.found.extend(discriminator::judge(compared));
    out.add(heirs::judge(compared));
    out
}

/// The families for a keyword with alternatives.
struct Families {
    set: &'static Family,
    unset: &'static Family,
    added: &'static Family,
    removed: &'static Family,
}

static ONE_OF: Families = Families {
    set: family!("one-of-set"),
    unset: family!("one-of-unset"),
    added: family!("one-of-added"),
    removed: family!("one-of-removed"),
};
static ANY_OF: Families = Families {
    set: family!("any-of-set"),
    unset: family!("any-of-unset"),
    added: family!("any-of-added"),
    removed: family!("any-of-removed"),
};

fn families(union: &Union<'_>) -> &'static Families {
    if union.one { &ONE_OF } else { &ANY_OF }
}

fn unions<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let mut out = Findings::default();
    let all = &compared.new.unions;
    let mut free = Free::new(all.iter().map(|union| [union.sign()]));
    let mut old = Vec::new();
    for before in &compared.old.unions {
        match free.take([before.sign()]).and_then(|index| all.get(index)) {
            Some(after) => out.add(union(compared, before, after)),
            None => old.push(before),
        }
    }
    let new: Vec<_> = free.left().filter_map(|index| all.get(index)).collect();
    let shared = old.len().min(new.len());
    if old.len() != new.len() && old.len().max(new.len()) > 1 {
        old.iter().chain(&new).flat_map(|union| &union.branches).for_each(|branch| out.seen.slot(branch));
        let at = |unions: &[&Union<'d>]| unions.first().map(|union| union.at.clone());
        let (old_at, new_at) = (at(&old).or_else(|| compared.old_at()), at(&new).or_else(|| compared.new_at()));
        let what = "must match several lists of alternatives, which differ from the previous ones";
        out.report(Found::cannot_judge(old_at, new_at, what));
        return out;
    }
    for (before, after) in old.iter().zip(&new) {
        out.add(union(compared, before, after));
    }
    for (unions, removed) in [(&old, true), (&new, false)] {
        let (side, other) =
            if removed { (&compared.sides.old, &compared.new) } else { (&compared.sides.new, &compared.old) };
        for union in unions.iter().skip(shared) {
            union.branches.iter().for_each(|branch| out.seen.slot(branch));
            if !union.one && union.branches.iter().any(|branch| is_implied(side, branch, other)) {
                continue;
            }
            let (families, at) = (families(union), Some(union.at.clone()));
            let found = if removed {
                Found::new(families.unset, at, None, "need no longer match one of several schemas")
            } else {
                Found::new(families.set, None, at, "must also match one of several schemas")
            };
            out.report(compared.describing(removed, union.one, None, union.branches.iter(), found));
        }
    }
    out
}

/// Whether an alternative only requires properties that another schema requires anyway.
fn is_implied<'d>(side: &Side<'d>, branch: &Slot<'d>, other: &View<'d>) -> bool {
    let mut branch = view(side, branch);
    let is_required = branch.required.keys().all(|name| other.always().any(|always| always == name));
    branch.required.clear();
    if branch.types.holds(other.types) {
        branch.types = Types::ANY;
    }
    is_required && !branch.cut && branch.is_any()
}

pub(super) fn union<'d>(compared: &Compared<'_, 'd>, old: &Union<'d>, new: &Union<'d>) -> Findings<'d> {
    let Some([was, is]) = nested::flattened(compared, old, new) else { return listed(compared, old, new) };
    let mut out = listed(compared, &was.union, &is.union);
    was.opened.iter().chain(&is.opened).for_each(|branch| out.seen.slot(branch));
    let idle = (Effect::NONE, ", whose alternatives are compared instead");
    out.found.extend(was.opened.iter().map(|branch| removed(compared, old, branch, idle)));
    out.found
        .extend(is.opened.iter().map(|branch| added(compared, (old, new), branch, idle).source(compared.breaks(true))));
    out
}

fn listed<'d>(compared: &Compared<'_, 'd>, old: &Union<'d>, new: &Union<'d>) -> Findings<'d> {
    let Some(joined) = lists::judge(compared, old, new) else {
        return alternatives(compared, (old, new), (old, new));
    };
    let Joined { findings: mut out, old: was, new: is, gone, added: come } = joined;
    let idle = (Effect::NONE, ELSEWHERE);
    out.found.extend(gone.map(|branch| removed(compared, old, &branch, idle)));
    out.found.extend(come.map(|branch| added(compared, (old, new), &branch, idle)));
    out.add(alternatives(compared, (old, new), (&was, &is)));
    out
}

/// An alternative that is gone, with its effect and what else is to be said.
fn removed<'d>(
    compared: &Compared<'_, 'd>,
    old: &Union<'d>,
    branch: &Slot<'d>,
    (effect, also): (Effect, &str),
) -> Found {
    let what = format!("can no longer be {}{also}", named(&compared.sides.old, branch));
    let found = Found::new(families(old).removed, branch.place(), None, what).effect(effect);
    found.source(compared.breaks(true))
}

/// An alternative beside all old ones, with its effect and what else is to be said.
fn added<'d>(
    compared: &Compared<'_, 'd>,
    (old, new): (&Union<'d>, &Union<'d>),
    branch: &Slot<'d>,
    (effect, also): (Effect, &str),
) -> Found {
    let what = format!("can now be {}{also}", named(&compared.sides.new, branch));
    let found = Found::new(families(new).added, None, branch.place(), what).effect(effect);
    // A branch is a variant, unless it was the only one.
    found.source(compared.source(if old.branches.len() > 1 { Source::Compatible } else { Source::Breaking }))
}

/// Compares the alternatives, or those that are left of `all`.
fn alternatives<'d>(
    compared: &Compared<'_, 'd>,
    all: (&Union<'d>, &Union<'d>),
    (old, new): (&Union<'d>, &Union<'d>),
) -> Findings<'d> {
    let mut out = Findings::default();
    let moved = LazyCell::new(|| Moved::of(compared, all.0, all.1));
    let told = |before: &Slot<'d>, after: &Slot<'d>| {
        are_relisted(compared.sides, before, after).then(|| moved.as_ref()?.told(before, after)).flatten()
    };
    let is_idle = |side, branch| moved.as_ref().is_some_and(|moved| moved.is_idle(side, branch));
    let mut told_of = BTreeSet::new();
    let Matched { counterparts, free } = branches::matched(compared, &old.branches, &new.branches);
    let mut covered = Covered::default();
    for (index, (branch, other)) in old.branches.iter().zip(&counterparts).enumerate() {
        match other.and_then(|other| Some((other, new.branches.get(other)?))) {
            Some((to, after)) if covered.both(compared, (old, index), (new, to)) => {
                let what = format!("changed in its alternative {}{ELSEWHERE}", named(&compared.sides.old, branch));
                let found = Found::new(family!("any-of-changed"), branch.place(), after.place(), what);
                let role = Role::Opaque(found.source(compared.breaks(true)));
                out.parts.push(Part { role, ..compared.member(branch, after, "", &format!("Variant{index}")) });
            }
            Some((_, after)) => {
                let mut part = compared.member(branch, after, "", &format!("Variant{index}"));
                part.context.null = old.null || new.null;
                if let Some(found) = told(branch, after) {
                    told_of.insert(index);
                    part.role = Role::Opaque(found);
                }
                out.parts.push(part);
            }
            None => {
                out.seen.slot(branch);
                let wholes = (&compared.sides.new, &new.branches);
                let effect = match is_part_of_one(wholes, (&compared.sides.old, branch)) {
                    _ if is_idle(&compared.sides.old, branch) => (Effect::NONE, ELSEWHERE),
                    true if !old.one => (Effect::NONE, ELSEWHERE),
                    // Its values matched two alternatives, and so were rejected.
                    true if new.one => (Effect::UNPROMISED, ELSEWHERE),
                    _ => (Effect::TIGHTER, ""),
                };
                let is_same_text = !old.one && is_text_of(wholes, (&compared.sides.old, branch));
                let as_text = is_same_text.then_some(AsText::Other(families(old).removed, Effect::NONE));
                out.report(Found { as_text, ..removed(compared, old, branch, effect) });
            }
        }
    }
    if old.one && new.one {
        let pairs = old.branches.iter().zip(&counterparts).enumerate();
        let kept: Vec<_> = pairs
            .filter_map(|(index, (branch, other))| {
                Some(([branch, new.branches.get((*other)?)?], told_of.contains(&index)))
            })
            .collect();
        out.found.extend(Met::grown(compared, &kept).map(|(branch, is_certain)| {
            let (have, effect) = if is_certain { ("has", Wire::Breaking) } else { ("may have", Wire::Risky) };
            let what = format!(
                "{have} values that now match two of its alternatives, one of which is {}",
                named(&compared.sides.new, branch)
            );
            let found = Found::new(family!("one-of-overlapped"), None, branch.place(), what);
            found.effect(Effect { request: effect, ..Effect::TIGHTER })
        }));
        out.found.extend(Met::parted(compared, &kept).map(|branch| {
            let name = named(&compared.sides.new, branch);
            let what = format!("has values that no longer match two of its alternatives, one of which is {name}");
            Found::new(family!("one-of-parted"), None, branch.place(), what)
        }));
    }
    let kept: Vec<usize> = counterparts.iter().filter_map(|counterpart| *counterpart).collect();
    let met = Met::of(compared, new, &kept);
    for (branch, _) in new.branches.iter().zip(free).filter(|(_, free)| *free) {
        out.seen.slot(branch);
        let wholes = (&compared.sides.old, &old.branches);
        let effect = match is_part_of_one(wholes, (&compared.sides.new, branch)) {
            _ if is_idle(&compared.sides.new, branch) => (Effect::NONE, ELSEWHERE),
            true if !new.one => (Effect::NONE, ELSEWHERE),
            is_part => {
                let (effect, also) = met.effect(branch);
                // Its values match another alternative too, and so are rejected.
                let effect = if is_part && old.one { Effect { response: Wire::Compatible, ..effect } } else { effect };
                (effect, also)
            }
        };
        let is_same_text = !new.one && is_text_of(wholes, (&compared.sides.new, branch));
        let as_text = is_same_text.then_some(AsText::Other(families(new).added, Effect::NONE));
        out.report(Found { as_text, ..added(compared, (all.0, new), branch, effect) });
    }
    if old.one != new.one {
        let (family, what) = if new.one {
            (family!("any-of-became-one-of"), "must now match exactly one of its schemas")
        } else {
            (family!("one-of-became-any-of"), "may now match several of its schemas")
        };
        let found = Found::new(family, Some(old.at.clone()), Some(new.at.clone()), what);
        // At most one of them matches any value.
        let is_idle = Met::are_apart(compared, new);
        out.report(if is_idle { found.effect(Effect::NONE) } else { found });
    }
    out
}

/// The message about an alternative of `anyOf` that changes nothing.
pub(super) const ELSEWHERE: &str = ", which another alternative accepts as well";

/// The alternatives of `anyOf` that make no difference, because another one accepts everything that they do.
#[derive(Default)]
struct Covered {
    old: BTreeSet<usize>,
    new: BTreeSet<usize>,
}

impl Covered {
    /// Whether two alternatives make no difference on either side. They are then left out, and cover no others.
    fn both<'d>(&mut self, compared: &Compared<'_, 'd>, old: (&Union<'d>, usize), new: (&Union<'d>, usize)) -> bool {
        let is_covered = |side: &Side<'d>, (union, index): (&Union<'d>, usize), left_out: &BTreeSet<usize>| {
            let others = union.branches.iter().enumerate();
            let mut others = others.filter(|(other, _)| *other != index && !left_out.contains(other));
            let others = others.by_ref().map(|(_, branch)| branch);
            !union.one && union.branches.get(index).is_some_and(|it| is_part_of_one((side, others), (side, it)))
        };
        let Sides { old: old_side, new: new_side, .. } = compared.sides;
        let both = is_covered(old_side, old, &self.old) && is_covered(new_side, new, &self.new);
        if both {
            self.old.insert(old.1);
            self.new.insert(new.1);
        }
        both
    }
}

/// An alternative by its name, or else by its types.
fn named<'d>(side: &Side<'d>, branch: &Slot<'d>) -> String {
    let name = branch
        .parts
        .first()
        .and_then(|node| reference(node.value).and_then(last_token).or_else(|| node.text("title").map(str::to_owned)));
    let types = || view(side, branch).types;
    match name.map_or_else(|| Err(types()), Ok) {
        Ok(name) => quote_text(&name),
        Err(Types::ANY) => "an inline schema".to_owned(),
        Err(types) => format!("an inline schema of the type {}", types.names()),
    }
}

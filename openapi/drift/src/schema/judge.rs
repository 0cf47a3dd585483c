//! Compares two schemas by calling the judges for each part of a schema in turn.

use std::rc::Rc;

use super::compared::Compared;
use super::type_names::{self, Naming};
use super::{alike, as_written, composition, condition, constraint, property, rest, text, types, values, wrapping};
use crate::found::{Context, Findings, Found};
use crate::meaning::{Types, UNDESCRIBED, View, as_dependents, gather, spelt_out};
use crate::node::Slot;
use crate::seen::Seen;
use crate::side::Sides;

/// The results of the judges for a pair of schemas.
#[derive(Default)]
pub(crate) struct Judged<'d> {
    pub(crate) findings: Findings<'d>,
    /// The change of the type's name. It is reported together with the change of its shape.
    pub(crate) naming: Naming,
}

/// Compares two schemas.
pub(crate) fn judge<'d>(sides: &Sides<'d>, old: &Slot<'d>, new: &Slot<'d>, context: &Context) -> Judged<'d> {
    if let Some(findings) = alike::judge(sides, old, new, context) {
        return Judged { findings, ..Judged::default() };
    }
    let mut out = Findings::default();
    let [(mut old_view, old_seen), (mut new_view, new_seen)] = [gather(&sides.old, old), gather(&sides.new, new)];
    out.seen.add(old_seen);
    out.seen.add(new_seen);
    if (old_view.cut || new_view.cut) && !old.is_written_like(new) {
        let what = "contains itself, or too many schemas, by `allOf`";
        out.report(Found::cannot_judge(old.place(), new.place(), what));
        // What was gathered so far is incomplete, and allows no verdict.
        return Judged { findings: out, ..Judged::default() };
    }
    if context.null {
        for (view, slot) in [(&mut old_view, old), (&mut new_view, new)] {
            view.admit_null(&Rc::from(slot.at()));
            view.null_untyped = false;
        }
    }
    let mut compared =
        Compared { sides, old_slot: old, new_slot: new, old: old_view, new: new_view, context: context.clone() };
    if let Some(findings) = as_written::unknown_target(&compared) {
        out.add(findings);
        return Judged { findings: out, ..Judged::default() };
    }
    as_dependents(&mut compared.old, &mut compared.new, &mut out.seen);
    undescribed_as_unnamed(&mut compared.old, &compared.new, &mut out.seen);
    undescribed_as_unnamed(&mut compared.new, &compared.old, &mut out.seen);
    let [has_fractions, had_fractions] = [&compared.new, &compared.old].map(|view| view.types.meets(Types::FRACTION));
    if has_fractions != had_fractions {
        compared.old.as_whole();
        compared.new.as_whole();
    }
    let naming = type_names::judge(&mut compared, &mut out.seen);
    if let Some((respelt, seen)) = respelt(&compared) {
        compared = respelt;
        out.seen.add(seen);
        as_dependents(&mut compared.old, &mut compared.new, &mut out.seen);
    }
    if !naming.elsewhere {
        out.found.extend(text::judge(&compared, naming.titled));
    }
    out.add(shape(&compared));
    if let Some(direction) = context.apart {
        let found = std::mem::take(&mut out.found).into_iter().filter(|found| found.may_break(direction));
        out.found = found.map(|found| found.only_in(direction)).collect();
    }
    Judged { findings: out, naming }
}

/// Compares everything but the type's name and texts.
fn shape<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    if let Some(findings) = wrapping::judge(compared, &shape) {
        return findings;
    }
    let mut out = as_written::judge(compared);
    let (found, in_common) = types::judge(compared);
    out.found.extend(found);
    if !in_common {
        compared.account_parts(&mut out.seen);
        return out;
    }
    // For an object, next to a schema that accepts everything, the type says it all.
    let is_object = |view: &View<'_>| view.types.without(Types::NULL) == Types::OBJECT;
    let (old, new) = (&compared.old, &compared.new);
    if is_object(old) && new.is_any() || old.is_any() && is_object(new) {
        compared.account_parts(&mut out.seen);
        return out;
    }
    out.found.extend(values::judge(compared));
    out.found.extend(constraint::judge(compared));
    out.add(property::judge(compared));
    out.add(rest::judge(compared));
    out.add(condition::judge(compared));
    out.add(composition::judge(compared));
    out
}

/// If every schema for the same value must match, undescribed properties are the unnamed ones: reads them as these, if
/// that is how the other side restricts them. The same for items.
fn undescribed_as_unnamed<'d>(view: &mut View<'d>, other: &View<'d>, seen: &mut Seen) {
    if !view.unions.is_empty() || !view.conditions.is_empty() || !view.inner.is_empty() {
        return;
    }
    let has_contains = !view.contains.is_empty();
    let rests = [(&mut view.additional, &other.additional), (&mut view.items, &other.items)];
    for (keyword, (rest, others)) in UNDESCRIBED.into_iter().zip(rests) {
        let may_match = keyword == "unevaluatedItems" && has_contains;
        if others.restricts() && !may_match {
            let undescribed = view.unevaluated.remove(keyword).into_iter().flatten();
            undescribed.filter_map(|undescribed| rest.and(undescribed)).for_each(|idle| seen.slot(&idle));
        }
    }
}

/// Rewrites both sides to the same form, if one of them only has an alternative for each type of the other one, or the
/// other one lists several types.
fn respelt<'p, 'd>(compared: &Compared<'p, 'd>) -> Option<(Compared<'p, 'd>, Seen)> {
    let Compared { sides, old_slot, new_slot, old, new, context } = compared;
    if old.unions.is_empty() == new.unions.is_empty() {
        return None;
    }
    let alternatives = if old.unions.is_empty() { new } else { old };
    let side = if old.unions.is_empty() { &sides.new } else { &sides.old };
    let (whole, seen) = spelt_out(side, alternatives)?;
    let (old, new) = if old.unions.is_empty() { (old.clone(), whole) } else { (whole, new.clone()) };
    let single = if compared.old.unions.is_empty() { &old } else { &new };
    (old.types == new.types || single.types.are_several())
        .then(|| (Compared { sides, old_slot, new_slot, old, new, context: context.clone() }, seen))
}

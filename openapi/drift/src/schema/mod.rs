//! Compares two schemas by what they mean.
//!
//! [`judge`] takes the two sides of a pair and asks, one after the other, those who know a part of a schema. Each gets
//! what both sides mean, and gives back what it found and the pairs of schemas below.

mod alike;
mod as_written;
mod composition;
mod constraint;
mod limit;
mod property;
mod rest;
mod text;
mod type_names;
mod types;
mod values;

use crate::change::Source;
use crate::found::{Context, Findings, Found, Mask, Part, Role};
use crate::kind::Family;
use crate::meaning::{Rest, View, gather};
use crate::node::Slot;
use crate::seen::Seen;
use crate::side::Sides;
use crate::value::same;

pub(crate) use as_written::WHOLE;
pub(crate) use type_names::Naming;

/// What both sides of a pair mean.
struct Compared<'p, 'd> {
    sides: &'p Sides<'d>,
    old_slot: &'p Slot<'d>,
    new_slot: &'p Slot<'d>,
    old: View<'d>,
    new: View<'d>,
    context: Context,
}

/// What the judges of a pair of schemas found.
#[derive(Default)]
pub(crate) struct Judged<'d> {
    pub(crate) findings: Findings<'d>,
    /// What became of the name of the type. It is told with what became of its shape.
    pub(crate) naming: Naming,
}

/// Compares two schemas.
pub(crate) fn judge<'d>(sides: &Sides<'d>, old: &Slot<'d>, new: &Slot<'d>, context: &Context) -> Judged<'d> {
    if let Some(findings) = alike::judge(sides, old, new, context) {
        return Judged { findings, ..Judged::default() };
    }
    let mut out = Findings::default();
    let [(old_view, old_seen), (new_view, new_seen)] = [gather(&sides.old, old), gather(&sides.new, new)];
    out.seen.add(old_seen);
    out.seen.add(new_seen);
    if (old_view.cut || new_view.cut) && !written_alike(old, new) {
        let what = "contains itself, or too much, by `allOf`";
        out.report(Found::cannot_judge(old.place(), new.place(), what));
        // What was gathered until then is no ground for a verdict.
        return Judged { findings: out, ..Judged::default() };
    }
    let mut compared =
        Compared { sides, old_slot: old, new_slot: new, old: old_view, new: new_view, context: context.clone() };
    if let Some(findings) = as_written::unknown_target(&compared) {
        out.add(findings);
        return Judged { findings: out, ..Judged::default() };
    }
    let naming = type_names::judge(&mut compared);
    if !naming.elsewhere {
        out.found.extend(text::judge(&compared, naming.titled));
    }
    out.add(shape(&compared));
    Judged { findings: out, naming }
}

/// All but the name of the type and the texts.
fn shape<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let mut out = as_written::judge(compared);
    if let Some(findings) = composition::wrapping(compared) {
        out.add(findings);
        return out;
    }
    let (found, in_common) = types::judge(compared);
    out.found.extend(found);
    if !in_common {
        compared.account_parts(&mut out.seen);
        return out;
    }
    out.found.extend(values::judge(compared));
    out.found.extend(constraint::judge(compared));
    out.add(property::judge(compared));
    out.add(rest::judge(compared));
    out.add(composition::judge(compared));
    out
}

fn written_alike(old: &Slot<'_>, new: &Slot<'_>) -> bool {
    let (old, new) = (&old.parts, &new.parts);
    old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old.value, new.value))
}

impl<'d> Compared<'_, 'd> {
    fn old_at(&self) -> Option<String> {
        self.old_slot.place()
    }

    fn new_at(&self) -> Option<String> {
        self.new_slot.place()
    }

    /// What a difference means for generated code, if it shows there.
    fn source(&self, source: Source) -> Source {
        if self.context.untyped { Source::None } else { source }
    }

    /// The same for one that breaks code, or does not.
    fn breaks(&self, breaks: bool) -> Source {
        if breaks { self.source(Source::Breaking) } else { Source::None }
    }

    /// A part of both sides, reached by a path. Its type is named after the place, and this part of it.
    fn member(&self, old: &Slot<'d>, new: &Slot<'d>, path: &str, name: &str) -> Part<'d> {
        let context = Context { optional: None, type_names: self.inner_names(name), untyped: self.context.untyped };
        member(old, new, context, path, Mask::BOTH)
    }

    /// The names of the types of a part.
    fn inner_names(&self, part: &str) -> (String, String) {
        let (old, new) = &self.context.type_names;
        let part = zerogate_contract::names::pascal(part);
        (shorten(format!("{old}{part}")), shorten(format!("{new}{part}")))
    }

    /// Accounts for the parts of two schemas that have nothing in common.
    fn account_parts(&self, seen: &mut Seen) {
        for view in [&self.old, &self.new] {
            let rests = [&view.items, &view.additional].into_iter().filter_map(Rest::slot);
            let unions = view.unions.iter().flat_map(|union| &union.branches);
            let parts = view.properties.values().chain(rests).chain(&view.prefix).chain(unions);
            parts.chain(view.inner.values()).for_each(|slot| seen.slot(slot));
        }
    }
}

fn member<'d>(old: &Slot<'d>, new: &Slot<'d>, context: Context, path: &str, mask: Mask) -> Part<'d> {
    Part { old: old.clone(), new: new.clone(), context, role: Role::Member { path: path.into(), mask } }
}

/// A condition that came or went.
fn condition(family: &'static Family, old: Option<String>, new: Option<String>, what: impl Into<String>) -> Found {
    Found::new(family, old, new, what)
}

/// A name that grows with the depth of its place is of no use beyond this.
fn shorten(name: String) -> String {
    if name.len() > 500 { String::new() } else { name }
}

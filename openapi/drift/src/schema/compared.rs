//! What the judges of a pair of schemas are given.

use zerogate_contract::names::pascal;

use crate::change::Source;
use crate::found::{Context, Mask, Part, Role};
use crate::meaning::{Rest, View};
use crate::node::Slot;
use crate::seen::Seen;
use crate::side::Sides;

/// What both sides of a pair mean.
pub(super) struct Compared<'p, 'd> {
    pub(super) sides: &'p Sides<'d>,
    pub(super) old_slot: &'p Slot<'d>,
    pub(super) new_slot: &'p Slot<'d>,
    pub(super) old: View<'d>,
    pub(super) new: View<'d>,
    pub(super) context: Context,
}

impl<'d> Compared<'_, 'd> {
    pub(super) fn old_at(&self) -> Option<String> {
        self.old_slot.place()
    }

    pub(super) fn new_at(&self) -> Option<String> {
        self.new_slot.place()
    }

    /// What a difference means for generated code, if it shows there.
    pub(super) fn source(&self, source: Source) -> Source {
        if self.context.untyped { Source::None } else { source }
    }

    /// The same for one that breaks code, or does not.
    pub(super) fn breaks(&self, breaks: bool) -> Source {
        if breaks { self.source(Source::Breaking) } else { Source::None }
    }

    /// A part of both sides, reached by a path. Its type is named after the place, and this part of it.
    pub(super) fn member(&self, old: &Slot<'d>, new: &Slot<'d>, path: &str, name: &str) -> Part<'d> {
        let context = Context { optional: None, type_names: self.inner_names(name), untyped: self.context.untyped };
        member(old, new, context, path, Mask::BOTH)
    }

    /// The names of the types of a part.
    pub(super) fn inner_names(&self, part: &str) -> (String, String) {
        let (old, new) = &self.context.type_names;
        let part = pascal(part);
        (shorten(format!("{old}{part}")), shorten(format!("{new}{part}")))
    }

    /// Accounts for the parts of two schemas that have nothing in common.
    pub(super) fn account_parts(&self, seen: &mut Seen) {
        for view in [&self.old, &self.new] {
            let rests = [&view.items, &view.additional].into_iter().filter_map(Rest::slot);
            let unions = view.unions.iter().flat_map(|union| &union.branches);
            let outcomes = view.conditions.iter().flat_map(|it| it.then.iter().chain(&it.otherwise));
            let unevaluated = view.unevaluated.values().flatten().filter_map(Rest::slot);
            outcomes.chain(unevaluated).for_each(|slot| seen.slot(slot));
            let parts = view.properties.values().chain(rests).chain(&view.prefix).chain(unions);
            parts.chain(view.inner.values()).for_each(|slot| seen.slot(slot));
        }
    }
}

pub(super) fn member<'d>(old: &Slot<'d>, new: &Slot<'d>, context: Context, path: &str, mask: Mask) -> Part<'d> {
    let role = Role::Member { path: path.into(), mask, always: false };
    Part { old: old.clone(), new: new.clone(), context, role }
}

/// A name that grows with the depth of its place is of no use beyond this.
fn shorten(name: String) -> String {
    if name.len() > 500 { String::new() } else { name }
}

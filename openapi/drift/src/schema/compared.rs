//! The input of the judges for a pair of schemas.

use zerogate_contract::names::pascal;

use crate::change::Source;
use crate::found::{Context, Mask, Part, Role};
use crate::meaning::{Condition, Rest, View};
use crate::node::Slot;
use crate::seen::Seen;
use crate::side::Sides;

/// The meaning of both sides of a pair.
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

    /// The effect on generated code, if it depends on the difference.
    pub(super) fn source(&self, source: Source) -> Source {
        if self.context.untyped { Source::None } else { source }
    }

    /// Like [`source`](Self::source), for a difference that breaks code or not.
    pub(super) fn breaks(&self, breaks: bool) -> Source {
        if breaks { self.source(Source::Breaking) } else { Source::None }
    }

    /// A part of both sides at a path. Its type is named after the place and this part.
    pub(super) fn member(&self, old: &Slot<'d>, new: &Slot<'d>, path: &str, name: &str) -> Part<'d> {
        let context = Context { optional: None, type_names: self.inner_names(name), null: false, ..self.context };
        member(old, new, context, path, Mask::BOTH)
    }

    /// The type names of a part.
    pub(super) fn inner_names(&self, part: &str) -> (String, String) {
        let (old, new) = &self.context.type_names;
        let part = pascal(part);
        (shorten(format!("{old}{part}")), shorten(format!("{new}{part}")))
    }

    /// Marks the parts of two schemas that have nothing in common as examined.
    pub(super) fn account_parts(&self, seen: &mut Seen) {
        for view in [&self.old, &self.new] {
            let rests = [&view.items, &view.additional].into_iter().filter_map(Rest::slot);
            let unions = view.unions.iter().flat_map(|union| &union.branches);
            let outcomes = view.conditions.iter().flat_map(Condition::outcomes);
            let unevaluated = view.unevaluated.values().flatten().filter_map(Rest::slot);
            outcomes.chain(unevaluated).for_each(|slot| seen.slot(slot));
            let parts = view.properties.values().chain(rests).chain(&view.prefix).chain(unions);
            parts.chain(view.inner.values()).chain(&view.contains).for_each(|slot| seen.slot(slot));
        }
    }
}

pub(super) fn member<'d>(old: &Slot<'d>, new: &Slot<'d>, context: Context, path: &str, mask: Mask) -> Part<'d> {
    let role = Role::Member { path: path.into(), mask, always: false };
    Part { old: old.clone(), new: new.clone(), context, role }
}

/// A name that grows with its depth is useless beyond this length.
fn shorten(name: String) -> String {
    if name.len() > 500 { String::new() } else { name }
}

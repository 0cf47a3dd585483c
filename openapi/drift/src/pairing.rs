//! Which two schemas are compared where two references meet.

use zerogate_contract::component;
use zerogate_contract::names::pascal;

use crate::found::{Context, Findings};
use crate::node::{Node, Slot};
use crate::side::{MAX_REFERENCES, Sides};
use crate::text::others;

/// Two schemas that describe the same thing.
pub(crate) struct Definitions<'d> {
    pub(crate) old: Slot<'d>,
    pub(crate) new: Slot<'d>,
    /// Whether they were reached by a name of their own.
    pub(crate) by_reference: bool,
    /// The differences of the references on the way.
    pub(crate) findings: Findings<'d>,
    /// Definitions that are in another place on the other side, such as in `$defs`.
    pub(crate) hoisted: Vec<usize>,
}

/// The definitions of two references, if they mean the same component.
///
/// Otherwise the references themselves are kept, and differences are reported at their place.
pub(crate) fn definitions<'d>(sides: &Sides<'d>, old: Slot<'d>, new: Slot<'d>) -> Definitions<'d> {
    let (findings, hoisted) = (Findings::default(), Vec::new());
    let mut found = Definitions { old, new, by_reference: false, findings, hoisted };
    for _ in 0..MAX_REFERENCES {
        if step(sides, &mut found).is_none() {
            break;
        }
    }
    found
}

/// Follows one reference on both sides.
fn step<'d>(sides: &Sides<'d>, found: &mut Definitions<'d>) -> Option<()> {
    let (old, new) = (found.old.only()?, found.new.only()?);
    let (old_name, new_name) = (sides.old.bare_reference(old)?, sides.new.bare_reference(new)?);
    if !sides.renames.match_references(old_name, new_name) {
        return None;
    }
    let (old_target, new_target) = (sides.old.target(old_name)?, sides.new.target(new_name)?);
    found.findings.seen.keys(old);
    found.findings.seen.keys(new);
    let alone = |node: &Node<'_>| node.object().is_some_and(|object| object.len() == 1);
    if !(alone(old) && alone(new)) {
        found.findings.add(others(old, new, &["$ref"], &[]));
    }
    if component(old_name).is_some() != component(new_name).is_some() {
        found.hoisted.extend([old_target.address(), new_target.address()]);
    }
    found.by_reference = true;
    (found.old, found.new) = (Slot::of(old_target), Slot::of(new_target));
    Some(())
}

impl Definitions<'_> {
    /// The context for the definitions: less is needed if they have a name of their own.
    pub(crate) fn context(&self, context: Context) -> Context {
        if !self.by_reference {
            return context;
        }
        let Context { type_names: (old, new), untyped, null, .. } = context;
        let type_names = (type_name(&self.old).unwrap_or(old), type_name(&self.new).unwrap_or(new));
        Context { type_names, untyped, null, ..Context::default() }
    }
}

/// The Rust name of the type of a component.
fn type_name(slot: &Slot<'_>) -> Option<String> {
    slot.parts.first()?.component().map(|name| pascal(&name))
}

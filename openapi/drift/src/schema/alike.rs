//! The fast path for two schemas that are written alike: they can differ only in what they refer to.

use std::rc::Rc;

use serde_json::Value;

use super::property::visible;
use crate::field::join;
use crate::found::{Context, Findings, Mask, Part, Role};
use crate::meaning::null;
use crate::node::{Node, Slot};
use crate::seen::Seen;
use crate::side::Sides;
use crate::text::is_extension;
use crate::value::same;

/// Compares a pair that is written alike by pairing the references in it.
///
/// Returns `None` if they are not alike, or if a reference must be merged or is negated: then a change in its target
/// counts here.
pub(super) fn judge<'d>(sides: &Sides<'d>, old: &Slot<'d>, new: &Slot<'d>, context: &Context) -> Option<Findings<'d>> {
    let (old, new) = (old.only()?, new.only()?);
    if sides.old.modern != sides.new.modern || !same(old.value, new.value) {
        return None;
    }
    // The schemas of a discriminator are elsewhere, and are found by name.
    let told_apart = old.component().is_some_and(|name| {
        old.component() != new.component() && old.value.get("allOf").is_some() || !sides.old.heirs(&name).is_empty()
    });
    let heirs = new.component().is_some_and(|name| !sides.new.heirs(&name).is_empty());
    if told_apart || heirs {
        return None;
    }
    let mut links = Links { sides, context, parts: Vec::new() };
    if !links.all(old, new, &Spot { field: "".into(), mask: Mask::BOTH, always: false, null: context.null }) {
        return None;
    }
    let mut out = Findings { parts: links.parts, ..Findings::default() };
    out.seen.whole(old);
    out.seen.whole(new);
    Some(out)
}

/// Where two nodes are in the schemas that are written alike.
#[derive(Clone)]
struct Spot {
    field: Rc<str>,
    mask: Mask,
    /// Whether it is always present.
    always: bool,
    /// Whether null is decided by what contains it.
    null: bool,
}

impl Spot {
    /// A part of the value here.
    fn part(&self, name: &str, mask: Mask, always: bool) -> Spot {
        Spot { field: join(&self.field, name).into(), mask, always, null: false }
    }
}

/// The references in two schemas that are written alike.
struct Links<'s, 'd> {
    sides: &'s Sides<'d>,
    context: &'s Context,
    parts: Vec<Part<'d>>,
}

impl<'d> Links<'_, 'd> {
    /// Collects all references below two nodes; false if that is not possible.
    fn all(&mut self, old: &Node<'d>, new: &Node<'d>, spot: &Spot) -> bool {
        let Some(object) = old.object() else {
            return !refers(old.value);
        };
        if let Some(target) = self.sides.old.referred(old) {
            let Sides { old: old_side, new: new_side, renames, .. } = self.sides;
            let bare = old_side.bare_reference(old).is_some();
            let known = old_side.target(target).is_some() && new_side.target(target).is_some();
            if !(bare && known && renames.match_references(target, target)) {
                return false;
            }
            let Spot { field, mask, always, null } = spot.clone();
            let context = Context { untyped: self.context.untyped, null, ..Context::default() };
            let (old, new) = (Slot::of(old.clone()), Slot::of(new.clone()));
            self.parts.push(Part { old, new, context, role: Role::Member { path: field, mask, always } });
            return true;
        }
        let seen = Mask { request: !old.flag("readOnly"), response: !old.flag("writeOnly") };
        let mask = if spot.field.is_empty() { spot.mask } else { spot.mask.and(seen) };
        let is_marked = !self.sides.new.modern && old.flag("nullable");
        let here = Spot { mask, null: spot.null || is_marked, ..spot.clone() };
        for (key, value) in object {
            if !refers(value) {
                continue;
            }
            let (Some(before), Some(after)) = (old.get(key), new.get(key)) else {
                return false;
            };
            let whole = match key.as_str() {
                "properties" => {
                    let names = before.object().into_iter().flatten().filter(|(_, value)| refers(value));
                    names.map(|(name, _)| name).all(|name| {
                        let (Some(before), Some(after)) = (before.get(name), after.get(name)) else { return false };
                        let seen = visible(&self.sides.old, &Slot::of(before.clone()));
                        let spot = here.part(name, mask.and(seen), requires(old, name));
                        // What a property refers to decides who may send it.
                        seen == visible(&self.sides.new, &Slot::of(after.clone())) && self.all(&before, &after, &spot)
                    })
                }
                "items" => self.all(&before, &after, &here.part("[]", mask, false)),
                "additionalProperties" => self.all(&before, &after, &here.part("*", mask, false)),
                "prefixItems" => self.each(&before, &after, &here.part("[]", mask, false)),
                // What an alternative accepts decides which values match another one as well.
                "anyOf" | "oneOf" if !object.contains_key("discriminator") && self.differ(&before, &after) => false,
                "anyOf" | "oneOf" => {
                    let null = here.null || self.allow_null(key, &before, &after);
                    self.each(&before, &after, &Spot { null, ..here.clone() })
                }
                "allOf" if before.items().len() == 1 => self.each(&before, &after, &here),
                // A mapping names schemas that the alternatives refer to as well.
                "discriminator" | "example" | "examples" | "default" | "enum" | "const" => true,
                _ => is_extension(key),
            };
            if !whole {
                return false;
            }
        }
        true
    }

    /// Whether some alternatives refer to something that differs.
    fn differ(&self, old: &Node<'d>, new: &Node<'d>) -> bool {
        old.items().iter().zip(&new.items()).any(|(before, after)| self.sides.differ(before, after))
    }

    /// Whether alternatives allow null on both sides, whichever of them does.
    fn allow_null(&self, keyword: &str, old: &Node<'d>, new: &Node<'d>) -> bool {
        let Sides { old: old_side, new: new_side, .. } = self.sides;
        [(old_side, old), (new_side, new)].into_iter().all(|(side, union)| {
            let mut branches = union.items().into_iter().map(Slot::of).collect();
            null::of_union(side, keyword, &mut branches, &mut Seen::default())
        })
    }

    fn each(&mut self, old: &Node<'d>, new: &Node<'d>, spot: &Spot) -> bool {
        old.items().iter().zip(&new.items()).all(|(old, new)| self.all(old, new, spot))
    }
}

/// Whether an object lists a property as required.
fn requires(object: &Node<'_>, name: &str) -> bool {
    object.value.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|it| it == name))
}

/// Whether there is a reference anywhere below.
fn refers(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            object.contains_key("$ref") || object.contains_key("$dynamicRef") || object.values().any(refers)
        }
        Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}

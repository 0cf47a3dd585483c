//! The short way through two schemas that are written alike: only what they refer to can differ.

use serde_json::Value;
use zerogate_contract::reference;

use super::engine::{Context, Engine, Mask};
use super::reach::join;
use super::side::Node;
use super::value::same;
use super::view::Slot;

/// A reference inside of two schemas that are written alike.
struct Link<'d> {
    old: Node<'d>,
    new: Node<'d>,
    field: String,
    mask: Mask,
}

impl<'d> Engine<'d> {
    /// Whether a pair is written alike, and so is compared by pairing what both sides refer to.
    ///
    /// Not so if what they refer to has to be joined, or says what must not be: then what changed there counts here.
    pub(super) fn written_alike(&mut self, pair: usize) -> bool {
        let Some(found) = self.pairs.get(pair) else {
            return false;
        };
        let ([old], [new]) = (found.old.parts.as_slice(), found.new.parts.as_slice()) else {
            return false;
        };
        if self.old.modern != self.new.modern || !same(old.value, new.value) {
            return false;
        }
        let (old, new, untyped) = (old.clone(), new.clone(), found.context.untyped);
        let mut links = Vec::new();
        if !self.links(&old, &new, "", Mask::BOTH, &mut links) {
            return false;
        }
        self.old.account(old.value);
        self.new.account(new.value);
        for link in links {
            let context = Context { untyped, ..Context::default() };
            let child = self.pair(Slot::of(link.old), Slot::of(link.new), context);
            self.edge(pair, child, &link.field, link.mask);
        }
        true
    }

    fn links(&self, old: &Node<'d>, new: &Node<'d>, field: &str, mask: Mask, links: &mut Vec<Link<'d>>) -> bool {
        let Some(object) = old.object() else {
            return !refers(old.value);
        };
        if let Some(target) = reference(old.value) {
            let bare = super::engine::bare(&self.old, old).is_some();
            let known = self.old.target(target).is_some() && self.new.target(target).is_some();
            if !(bare && known && self.renames.match_references(target, target)) {
                return false;
            }
            links.push(Link { old: old.clone(), new: new.clone(), field: field.to_owned(), mask });
            return true;
        }
        let off =
            Mask { request: mask.request && !old.flag("readOnly"), response: mask.response && !old.flag("writeOnly") };
        let mask = if field.is_empty() { mask } else { off };
        for (key, value) in object {
            if !refers(value) {
                continue;
            }
            let (Some(before), Some(after)) = (old.get(key), new.get(key)) else {
                return false;
            };
            let whole = match key.as_str() {
                "properties" => {
                    before.entries().into_iter().zip(after.entries()).all(|((name, before), (_, after))| {
                        self.links(&before, &after, &join(field, name), mask, links)
                    })
                }
                "items" => self.links(&before, &after, &join(field, "[]"), mask, links),
                "additionalProperties" => self.links(&before, &after, &join(field, "*"), mask, links),
                "anyOf" | "oneOf" | "prefixItems" => self.link_items(&before, &after, field, mask, links),
                "allOf" if before.items().len() == 1 => self.link_items(&before, &after, field, mask, links),
                // A mapping names schemas that the alternatives refer to as well.
                "discriminator" | "example" | "examples" | "default" | "enum" | "const" => true,
                _ if key.starts_with("x-") => true,
                _ => false,
            };
            if !whole {
                return false;
            }
        }
        true
    }

    fn link_items(&self, old: &Node<'d>, new: &Node<'d>, field: &str, mask: Mask, links: &mut Vec<Link<'d>>) -> bool {
        old.items().iter().zip(&new.items()).all(|(old, new)| self.links(old, new, field, mask, links))
    }
}

/// Whether there is a reference anywhere below.
fn refers(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.contains_key("$ref") || object.values().any(refers),
        Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}

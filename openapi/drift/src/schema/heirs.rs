//! Compares the schemas that a discriminator tells apart without a list: those that include its schema by `allOf`.

use std::collections::{BTreeMap, BTreeSet};

use zerogate_contract::names::pascal;
use zerogate_contract::pointer;
use zerogate_contract::reach::owner;

use super::compared::{Compared, member};
use super::discriminator::{mapping, values};
use crate::found::{Context, Findings, Found, Mask};
use crate::kind::{Effect, family};
use crate::node::{Node, Slot};
use crate::value::quote_text;

pub(super) fn judge<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let mut out = Findings::default();
    let (Some(old), Some(new)) = (&compared.old.discriminator, &compared.new.discriminator) else {
        return out;
    };
    out.found.extend(own_value(compared, old, new));
    let listed = !compared.old.unions.is_empty() || !compared.new.unions.is_empty();
    let bases = base(compared.old_slot, old).zip(base(compared.new_slot, new));
    let Some((was, is)) = bases.filter(|_| !listed) else { return out };
    let topic = |base: &str| format!("the schema {}", quote_text(base));
    let (old_topic, new_topic) = (topic(&was), topic(&is));
    let sides = compared.sides;
    let mut after: BTreeSet<&str> = sides.new.heirs(&is).iter().map(String::as_str).collect();
    let node = |root: &Node<'d>, name: &str| {
        let at = pointer::of_schema(name);
        root.value.pointer(&at).map(|value| Node::new(value, &at))
    };
    for name in sides.old.heirs(&was) {
        let now = sides.renames.to.get(name).unwrap_or(name).as_str();
        let (Some(was), is) = (node(&sides.old.root(), name), node(&sides.new.root(), now)) else { continue };
        match is.filter(|_| after.remove(now)) {
            Some(is) => {
                let context = Context {
                    optional: None,
                    type_names: (pascal(name), pascal(now)),
                    null: false,
                    ..compared.context
                };
                out.parts.push(member(&Slot::of(was), &Slot::of(is), context, "", Mask::BOTH));
            }
            None if implied(old, name) => {
                let what = format!("no longer has the discriminator value {}", quote_text(name));
                let found = Found::new(family!("discriminator-mapping-deleted"), was.place(), None, "");
                out.report(found.says(&*old_topic, what));
            }
            None => {}
        }
    }
    for name in after.into_iter().filter(|name| implied(new, name)) {
        let at = node(&sides.new.root(), name).and_then(|node| node.place());
        let what = format!("has the additional discriminator value {}", quote_text(name));
        let found = Found::new(family!("discriminator-mapping-added"), None, at, "");
        // Readers that know the common schema can read it.
        out.report(found.effect(Effect::UNPROMISED).says(&*new_topic, what));
    }
    out
}

/// Whether the value of a component is its name, without a mapping.
fn implied(discriminator: &Node<'_>, name: &str) -> bool {
    values(&mapping(discriminator), &pointer::reference_to(name)).1
}

/// The component with the discriminator, if a slot is it or stands for it, and is not one of its heirs.
fn base(slot: &Slot<'_>, discriminator: &Node<'_>) -> Option<String> {
    let base = pointer::schema_at(owner(&discriminator.at)?)?.into_owned();
    let node = slot.only()?;
    let stands_for = match node.component() {
        Some(name) => name == base,
        None => {
            let members = node.get("allOf").map(|members| members.items().len());
            members == Some(1) && node.value.get("properties").is_none()
        }
    };
    stands_for.then_some(base)
}

/// A renamed component whose discriminator value is its name.
fn own_value(compared: &Compared<'_, '_>, old: &Node<'_>, new: &Node<'_>) -> Option<Found> {
    let (was, is) = (compared.old_slot.only()?, compared.new_slot.only()?);
    let names = was.component().zip(is.component()).filter(|(was, is)| was != is)?;
    let is_base = |node: &Node<'_>, discriminator: &Node<'_>| owner(&discriminator.at) == Some(&*node.at);
    if is_base(was, old) || is_base(is, new) {
        return None;
    }
    let values = |discriminator: &Node<'_>, name: &str| {
        let mapping: BTreeMap<_, _> = mapping(discriminator);
        values(&mapping, &pointer::reference_to(name)).0
    };
    let (before, after) = (values(old, &names.0), values(new, &names.1));
    if before.iter().any(|value| after.contains(value)) {
        return None;
    }
    let (before, after) = (before.into_iter().next()?, after.into_iter().next()?);
    let what = format!("has the discriminator value {} instead of {}", quote_text(&after), quote_text(&before));
    Some(Found::new(family!("discriminator-value-changed"), was.place(), is.place(), what))
}

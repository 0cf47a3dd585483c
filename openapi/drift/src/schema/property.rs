//! Compares the properties of two objects: which exist, which are required, and who may send them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zerogate_contract::names::snake;
use zerogate_contract::{pointer, reference};

use super::branches;
use super::compared::{Compared, member};
use crate::change::{Direction, Source, Wire};
use crate::found::{Context, Findings, Found, Mask, Part, Role, Topic};
use crate::kind::{Effect, Family, family};
use crate::meaning::{Rest, View, view};
use crate::namesakes::{self, Common};
use crate::node::{Node, Slot};
use crate::side::Side;
use crate::text::alike_but_for_docs;
use crate::value::quote_text;

/// The maximum depth of the search for a flag of a property, through references and `allOf`.
const MAX_DEPTH: usize = 8;

pub(super) fn judge<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let (old, new) = (&compared.old, &compared.new);
    let renamed = renamed(compared);
    let is_new: BTreeSet<&str> = renamed.values().copied().collect();
    let alternatives = if new.properties.keys().all(|name| old.properties.contains_key(name)) {
        Vec::new()
    } else {
        alternatives(compared)
    };
    let names: BTreeSet<&str> = old.properties.keys().chain(new.properties.keys()).copied().collect();
    let mut out = Findings::default();
    for name in names {
        match (old.properties.get(name), new.properties.get(name)) {
            (Some(before), Some(after)) => out.add(property(compared, (name, name), before, after)),
            (Some(before), None) => {
                out.seen.slot(before);
                if let Some((is, after)) = renamed.get(name).and_then(|is| new.properties.get_key_value(*is)) {
                    out.report(called_otherwise(compared, (name, before), (is, after)));
                    out.add(property(compared, (name, is), before, after));
                    continue;
                }
                if let Some(after) = undescribed(new, name) {
                    out.add(property(compared, (name, name), before, &after));
                    continue;
                }
                out.report(removed(compared, name, before));
                let falls_under = unnamed(new).map(|unnamed| unnamed_part(compared, name, before, unnamed));
                out.parts.extend(falls_under);
            }
            (None, Some(after)) => {
                out.seen.slot(after);
                if is_new.contains(name) {
                    continue;
                }
                if let Some(before) = undescribed(old, name) {
                    out.add(property(compared, (name, name), &before, after));
                    continue;
                }
                out.report(added(compared, name, after));
                out.parts.extend(described_in_alternatives(compared, &alternatives, name, after));
                let fell_under = unnamed(old).map(|unnamed| unnamed_part(compared, name, unnamed, after));
                out.parts.extend(fell_under);
            }
            (None, None) => {}
        }
    }
    // Names that are required but not described.
    let bare = |name: &str| !old.properties.contains_key(name) && !new.properties.contains_key(name);
    for (name, at) in new.required.iter().filter(|(name, _)| bare(name) && !old.required.contains_key(*name)) {
        let found = Found::new(family!("became-required"), None, Some(at.clone()), "is now required");
        out.report(undescribed_property(found, compared.new_slot, name));
    }
    for (name, at) in old.required.iter().filter(|(name, _)| bare(name) && !new.required.contains_key(*name)) {
        let found = Found::new(family!("became-optional"), Some(at.clone()), None, "is no longer required");
        out.report(undescribed_property(found, compared.old_slot, name));
    }
    out
}

/// A difference of a property that has no description.
fn undescribed_property(found: Found, object: &Slot<'_>, name: &str) -> Found {
    let topic = Topic::Schema(pointer::join(&pointer::join(object.at(), "properties"), name));
    Found { topic, ..found.at_property(name) }
}

/// The properties of an alternative of the old side, and of its counterpart.
type Alternative<'d> = [BTreeMap<&'d str, Slot<'d>>; 2];

fn alternatives<'d>(compared: &Compared<'_, 'd>) -> Vec<Alternative<'d>> {
    let mut found = Vec::new();
    for (index, union) in compared.old.unions.iter().enumerate() {
        let others = compared.new.unions.get(index).map(|union| union.branches.as_slice()).unwrap_or_default();
        let counterparts = branches::matched(compared, &union.branches, others).counterparts;
        for (branch, other) in union.branches.iter().zip(counterparts) {
            let other = other.and_then(|other| others.get(other));
            let is = other.map(|other| view(&compared.sides.new, other).properties).unwrap_or_default();
            found.push([view(&compared.sides.old, branch).properties, is]);
        }
    }
    found
}

/// A property that becomes described beside alternatives, of which some describe it: both descriptions apply now.
fn described_in_alternatives<'d>(
    compared: &Compared<'_, 'd>,
    alternatives: &[Alternative<'d>],
    name: &str,
    after: &Slot<'d>,
) -> Vec<Part<'d>> {
    let described = alternatives.iter().filter_map(|[was, is]| Some((was.get(name)?, is.get(name))));
    let part = |(before, now): (&Slot<'d>, Option<&Slot<'d>>)| {
        let mut both = after.clone();
        now.into_iter().for_each(|now| both.and(now.clone()));
        // It can only reject more.
        let mut part = unnamed_part(compared, name, before, &both);
        part.context.apart = Some(Direction::Request);
        part
    };
    described.map(part).collect()
}

/// The schema of a property that is required but not described: that of unnamed properties.
fn undescribed<'d>(view: &View<'d>, name: &str) -> Option<Slot<'d>> {
    let at = view.required.get(name).filter(|_| !view.is_closed())?;
    Some(unnamed(view).next().cloned().unwrap_or_else(|| Slot::of(Node::new(&Value::Bool(true), at))))
}

/// The schemas that an unnamed property must match.
pub(super) fn unnamed<'v, 'd>(view: &'v View<'d>) -> impl Iterator<Item = &'v Slot<'d>> {
    let unevaluated = view.unevaluated.get("unevaluatedProperties").into_iter().flatten();
    unevaluated.chain([&view.additional]).filter(|rest| rest.restricts()).filter_map(Rest::slot)
}

/// A property that only one side names: the other side has a schema for unnamed properties.
pub(super) fn unnamed_part<'d>(compared: &Compared<'_, 'd>, name: &str, old: &Slot<'d>, new: &Slot<'d>) -> Part<'d> {
    let mask = visible(&compared.sides.old, old).and(visible(&compared.sides.new, new));
    member(old, new, Context::untyped(), name, mask)
}

/// A property of both sides, with the same or different names.
fn property<'d>(
    compared: &Compared<'_, 'd>,
    (name, new_name): (&str, &str),
    before: &Slot<'d>,
    after: &Slot<'d>,
) -> Findings<'d> {
    let (old, new) = (&compared.sides.old, &compared.sides.new);
    let was = Property::of(old, before, compared.old.required.contains_key(name));
    let is = Property::of(new, after, compared.new.required.contains_key(new_name));
    let mut out = Findings::default();
    if was.required != is.required {
        let (before_view, after_view) = (view(old, before), view(new, after));
        let breaks = (was.optional || before_view.nullable()) != (is.optional || after_view.nullable());
        let (family, what) = if is.required {
            (family!("became-required"), "is now required")
        } else {
            (family!("became-optional"), "is no longer required")
        };
        let found = Found::new(family, before.place(), after.place(), what).source(compared.breaks(breaks));
        let effect = is.effect(found.effect.request, found.effect.response);
        out.report(found.effect(effect).at_property(name));
    }
    out.found.extend(access_changed(compared, &was, &is, before, after).map(|found| found.at_property(name)));
    let mask = was.visible.and(is.visible);
    let context = Context {
        optional: Some((was.optional, is.optional)),
        type_names: compared.inner_names(name),
        null: false,
        ..compared.context
    };
    let role = Role::Member { path: name.into(), mask, always: was.required || is.required };
    out.parts.push(Part { old: before.clone(), new: after.clone(), context, role });
    out
}

/// Properties that became invisible in a direction are removed there, and those that became visible are added.
fn access_changed(
    compared: &Compared<'_, '_>,
    was: &Property,
    is: &Property,
    before: &Slot<'_>,
    after: &Slot<'_>,
) -> impl Iterator<Item = Found> {
    let missed = if was.required { Wire::Breaking } else { Wire::Risky };
    let asked = if is.required { Wire::Breaking } else { Wire::Compatible };
    let read = match (was.visible.request, is.visible.request) {
        (true, false) => Some((&READ_ONLY, true, Effect { request: Wire::Risky, response: Wire::None })),
        (false, true) => Some((&READ_ONLY, false, Effect { request: asked, response: Wire::None })),
        _ => None,
    };
    let written = match (was.visible.response, is.visible.response) {
        (true, false) => Some((&WRITE_ONLY, true, Effect { request: Wire::None, response: missed })),
        (false, true) => Some((&WRITE_ONLY, false, Effect { request: Wire::None, response: Wire::Compatible })),
        _ => None,
    };
    let required = is.required;
    // What is never sent in a direction is not required there, and so is an `Option`.
    let breaks = was.required && required;
    read.into_iter().chain(written).map(move |(access, on, effect)| {
        // The same place as the schema's own judge names, so that the two findings are merged.
        let (old, new) = (view(&compared.sides.old, before), view(&compared.sides.new, after));
        let breaks = breaks && !old.nullable() && !new.nullable();
        let found = access.changed(on, (access.at)(&old), (access.at)(&new)).effect(effect);
        Found { required, source_in: Some(access.hides_in), ..found.source(compared.breaks(breaks)) }
    })
}

/// A flag that says who may send a value.
pub(super) struct Access {
    keyword: &'static str,
    shown: &'static str,
    /// The direction in which flagged values are not sent.
    hides_in: Direction,
    /// Its place in a view.
    at: fn(&View<'_>) -> Option<String>,
    /// The families for removing and adding the flag.
    families: [&'static Family; 2],
}

static READ_ONLY: Access = Access {
    keyword: "readOnly",
    shown: "read only",
    hides_in: Direction::Request,
    at: |view| view.read_only.clone(),
    families: [family!("became-not-read-only"), family!("became-read-only")],
};
static WRITE_ONLY: Access = Access {
    keyword: "writeOnly",
    shown: "write only",
    hides_in: Direction::Response,
    at: |view| view.write_only.clone(),
    families: [family!("became-not-write-only"), family!("became-write-only")],
};

impl Access {
    fn changed(&self, on: bool, old: Option<String>, new: Option<String>) -> Found {
        let not = if on { "" } else { "not " };
        Found::new(self.families[usize::from(on)], old, new, format!("became {not}{}", self.shown))
    }
}

/// Compares `readOnly` and `writeOnly` of a schema that is not a property. For a property, the judge of its object does
/// this.
pub(super) fn access<'v>(compared: &'v Compared<'_, '_>) -> impl Iterator<Item = Found> + 'v {
    [&READ_ONLY, &WRITE_ONLY].into_iter().filter_map(|access| {
        let (before, after) = ((access.at)(&compared.old), (access.at)(&compared.new));
        (before.is_some() != after.is_some()).then(|| access.changed(after.is_some(), before, after))
    })
}

fn removed(compared: &Compared<'_, '_>, name: &str, before: &Slot<'_>) -> Found {
    let was = Property::of(&compared.sides.old, before, compared.old.required.contains_key(name));
    let refused = if compared.new.is_closed() { Wire::Breaking } else { Wire::Risky };
    let missed = if was.required { Wire::Breaking } else { Wire::Risky };
    let (family, what) = if was.required {
        (family!("required-property-removed"), "was removed; it was required")
    } else {
        (family!("optional-property-removed"), "was removed; it was optional")
    };
    let found = Found::new(family, before.place(), None, what).source(compared.breaks(true)).gone();
    let found = found.also(before.parts.iter().skip(1).map(|part| part.at.to_string()));
    found.effect(was.effect(refused, missed)).at_property(name)
}

fn added(compared: &Compared<'_, '_>, name: &str, after: &Slot<'_>) -> Found {
    let is = Property::of(&compared.sides.new, after, compared.new.required.contains_key(name));
    let asked = if is.required { Wire::Breaking } else { Wire::Compatible };
    let (family, what) = if is.required {
        (family!("required-property-added"), "was added as required")
    } else {
        (family!("optional-property-added"), "was added as optional")
    };
    // An object without properties is a map in Rust, and becomes a struct with its first property. A struct loses
    // `Default` with its first required one.
    let breaks = compared.old.properties.is_empty() || is.required && compared.old.required.is_empty();
    let source = if breaks { Source::Breaking } else { Source::Compatible };
    let found = Found::new(family, None, after.place(), what).source(compared.source(source)).came();
    // Readers of a closed response ignore unknown values.
    found.effect(is.effect(asked, Wire::Compatible)).at_property(name)
}

/// The renamed properties, by old name.
fn renamed<'d>(compared: &Compared<'_, 'd>) -> BTreeMap<&'d str, &'d str> {
    type Entry<'v, 'd> = (&'d str, &'v Slot<'d>);
    fn alone<'v, 'd>(view: &'v View<'d>, other: &View<'d>) -> Vec<Entry<'v, 'd>> {
        let entries = view.properties.iter().map(|(name, slot)| (*name, slot));
        let is_gone = |name: &str| !other.properties.contains_key(name) && undescribed(other, name).is_none();
        entries.filter(|(name, _)| is_gone(name)).collect()
    }
    let (old, new) = (&compared.old, &compared.new);
    let (gone, come) = (alone(old, new), alone(new, old));
    let names = |entries: &[Entry<'_, 'd>]| entries.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let (gone_names, come_names) = (names(&gone), names(&come));
    let common = |one: usize, other: usize| match (gone.get(one), come.get(other)) {
        (Some((name, before)), Some((is, after)))
            if old.required.contains_key(name) == new.required.contains_key(is) =>
        {
            slots_in_common(compared, before, after)
        }
        _ => Common::Nothing,
    };
    let pairs = namesakes::renamed(&gone_names, &come_names, common).into_iter();
    pairs.filter_map(|(one, other)| Some((*gone_names.get(one)?, *come_names.get(other)?))).collect()
}

fn slots_in_common(compared: &Compared<'_, '_>, before: &Slot<'_>, after: &Slot<'_>) -> Common {
    let [before, after] = [before, after].map(Slot::only);
    let (Some(before), Some(after)) = (before, after) else { return Common::Nothing };
    match (reference(before.value), reference(after.value)) {
        (Some(was), Some(is)) if was != is && compared.sides.renames.match_references(was, is) => Common::Shape,
        _ => Common::of(alike_but_for_docs(before.value, after.value), before.value, after.value),
    }
}

/// A renamed property: values under the old name are ignored, and its readers find nothing.
fn called_otherwise(
    compared: &Compared<'_, '_>,
    (name, before): (&str, &Slot<'_>),
    (is, after): (&str, &Slot<'_>),
) -> Found {
    let required = compared.old.required.contains_key(name);
    let was = Property::of(&compared.sides.old, before, required);
    let breaking = if required { Wire::Breaking } else { Wire::Risky };
    let refused = if compared.new.is_closed() { Wire::Breaking } else { breaking };
    let what = format!("was renamed to {}", quote_text(is));
    let found = Found::new(family!("renamed"), before.place(), after.place(), what);
    let found = found.source(compared.breaks(snake(name) != snake(is)));
    let topic = Topic::Schema(before.at().to_owned());
    Found { required, topic, ..found.effect(was.effect(refused, breaking)) }.at_property(name)
}

/// One side's facts about a property besides its schema.
struct Property {
    required: bool,
    /// Whether it may be missing, without a default.
    optional: bool,
    visible: Mask,
}

impl Property {
    fn of(side: &Side<'_>, slot: &Slot<'_>, required: bool) -> Self {
        let default = |node: &Node<'_>| node.value.get("default").is_some_and(|default| !default.is_null());
        Property { required, optional: !required && !has(side, slot, &default), visible: visible(side, slot) }
    }

    /// The effect in the directions in which it is visible.
    fn effect(&self, request: Wire, response: Wire) -> Effect {
        Effect {
            request: if self.visible.request { request } else { Wire::None },
            response: if self.visible.response { response } else { Wire::None },
        }
    }
}

/// The directions in which a property is sent.
pub(super) fn visible(side: &Side<'_>, slot: &Slot<'_>) -> Mask {
    let is_sent = |access: &Access| !has(side, slot, &|node: &Node<'_>| node.flag(access.keyword));
    Mask { request: is_sent(&READ_ONLY), response: is_sent(&WRITE_ONLY) }
}

/// Whether a schema, or one that it refers to or joins, has something.
fn has(side: &Side<'_>, slot: &Slot<'_>, test: &dyn Fn(&Node<'_>) -> bool) -> bool {
    let mut budget = 64;
    slot.parts.iter().any(|part| has_within(side, part, test, MAX_DEPTH, &mut budget))
}

fn has_within(
    side: &Side<'_>,
    node: &Node<'_>,
    test: &dyn Fn(&Node<'_>) -> bool,
    depth: usize,
    budget: &mut usize,
) -> bool {
    if depth == 0 || *budget == 0 {
        return false;
    }
    *budget -= 1;
    let target = zerogate_contract::reference(node.value);
    if (target.is_none() || side.modern) && test(node) {
        return true;
    }
    if let Some(target) = target {
        return side.target(target).is_some_and(|target| has_within(side, &target, test, depth - 1, budget));
    }
    let members = node.get("allOf").map(|members| members.items()).unwrap_or_default();
    members.iter().any(|member| has_within(side, member, test, depth - 1, budget))
}

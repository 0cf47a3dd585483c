//! Compares unnamed properties, the items of a list, and subschemas for a part of a value.

use serde_json::Value;

use super::compared::{Compared, member};
use super::includes::accepts;
use super::property::{unnamed, unnamed_part};
use crate::change::{Source, Wire};
use crate::found::{Context, Findings, Found, Mask, Part, Role};
use crate::free::Free;
use crate::kind::{Effect, Family, family};
use crate::meaning::{Rest, Said, Types, View, allows_all, view};
use crate::node::{Node, Slot};
use crate::side::Side;
use crate::value::quote_text;

pub(super) fn judge<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let (old, new) = (&compared.old, &compared.new);
    let mut out = rest(compared, &PROPERTIES, &old.additional, &new.additional);
    if old.closed != new.closed {
        let what = "rejects other properties than before, by a member of its `allOf`";
        out.report(Found::cannot_judge(compared.old_at(), compared.new_at(), what));
    }
    let described = old.prefix.len().max(new.prefix.len());
    let (before, after) = (old.beyond(described), new.beyond(described));
    // A list that ends before them does not have these items.
    let idle = [(old, &before), (new, &after)].into_iter().filter(|(_, beyond)| beyond.slot().is_none());
    idle.filter_map(|(view, _)| view.items.slot()).for_each(|slot| out.seen.slot(slot));
    out.add(rest(compared, &ITEMS, &before, &after));
    out.add(positions(compared));
    out.add(inner(compared));
    out
}

/// The texts and families for a rest.
struct About {
    relaxed: &'static Family,
    restricted: &'static Family,
    path: &'static str,
    type_name: &'static str,
    what: &'static str,
    /// Beside named properties, a schema for unnamed ones becomes an additional field.
    is_field: bool,
}

static PROPERTIES: About = About {
    relaxed: family!("additional-properties-relaxed"),
    restricted: family!("additional-properties-restricted"),
    path: "*",
    type_name: "Value",
    what: "unnamed properties",
    is_field: true,
};

static ITEMS: About = About {
    relaxed: family!("items-relaxed"),
    restricted: family!("items-restricted"),
    path: "[]",
    type_name: "Item",
    what: "undescribed items",
    is_field: false,
};

fn rest<'d>(compared: &Compared<'_, 'd>, about: &About, old: &Rest<'d>, new: &Rest<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    if !old.restricts() && !new.restricts() {
        out.parts.extend(documented(compared, about, old, new));
        return out;
    }
    if let (Some(old), Some(new)) = (old.slot(), new.slot()) {
        out.parts.push(compared.member(old, new, about.path, about.type_name));
        return out;
    }
    let (family, what, source) = match (old, new) {
        (Rest::None(_), Rest::None(_)) => return out,
        (Rest::None(_), Rest::Schema(_)) => (about.relaxed, "now accepts", Source::Compatible),
        (Rest::Schema(_), Rest::None(_)) => (about.restricted, "no longer accepts", Source::Breaking),
        (Rest::None(_), _) => (about.relaxed, "now accepts", Source::None),
        (_, Rest::None(_)) => (about.restricted, "no longer accepts", Source::None),
        (Rest::Schema(_), _) => (about.relaxed, "accepts any", Source::Breaking),
        _ => (about.restricted, "accepts only some", Source::Compatible),
    };
    let is_map = compared.old.properties.is_empty() || compared.new.properties.is_empty();
    let source = match source {
        Source::Compatible if is_map || !about.is_field => Source::Breaking,
        source => source,
    };
    [old, new].into_iter().filter_map(Rest::slot).for_each(|slot| out.seen.slot(slot));
    let found = Found::new(family, old.at(), new.at(), format!("{what} {}", about.what));
    let opened = about.is_field && matches!(old, Rest::None(_));
    let found = if opened { found.effect(Effect::OPENED) } else { found };
    out.report(found.source(compared.source(source)));
    out
}

/// Compares the texts of a rest that accepts anything.
fn documented<'d>(compared: &Compared<'_, 'd>, about: &About, old: &Rest<'d>, new: &Rest<'d>) -> Option<Part<'d>> {
    let at = |rest: &Rest<'d>, around: Option<String>| rest.at().or(around).unwrap_or_default();
    let any = |at: String| Slot::of(Node::new(&Value::Bool(true), &at));
    let slot = |rest: &Rest<'d>, around| rest.slot().cloned().unwrap_or_else(|| any(at(rest, around)));
    let (before, after) = (slot(old, compared.old_at()), slot(new, compared.new_at()));
    (old.slot().is_some() || new.slot().is_some())
        .then(|| compared.member(&before, &after, about.path, about.type_name))
}

/// Compares positional items. Where one side has none, the item belongs to the rest.
fn positions<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let mut out = Findings::default();
    let most = |view: &View<'d>| view.counts.get("maxItems").and_then(|most| most.value.as_u64());
    // No list on either side has a position beyond both limits.
    let most = most(&compared.old)
        .zip(most(&compared.new))
        .map_or(usize::MAX, |(old, new)| usize::try_from(old.max(new)).unwrap_or(usize::MAX));
    let [old, new] = [&compared.old.prefix, &compared.new.prefix].map(|slots| {
        let (within, idle) = slots.split_at(most.min(slots.len()));
        idle.iter().for_each(|slot| out.seen.slot(slot));
        within
    });
    out.parts.extend(old.iter().zip(new).map(|(before, after)| compared.member(before, after, "[]", "Item")));
    let shared = old.len().min(new.len());
    let Compared { sides, old: was, new: is, .. } = compared;
    for (slots, side, view, removed) in [(old, &sides.old, is, true), (new, &sides.new, was, false)] {
        let Some(beyond) = slots.get(shared..).filter(|beyond| !beyond.is_empty()) else {
            continue;
        };
        beyond.iter().for_each(|slot| out.seen.slot(slot));
        let at = beyond.first().and_then(Slot::place);
        let (family, what, old_at, new_at) = if removed {
            (family!("prefix-items-removed"), "no longer describes an item by its position", at, None)
        } else {
            (family!("prefix-items-added"), "describes an additional item by its position", None, at)
        };
        let found = Found::new(family, old_at, new_at, what);
        let undescribed =
            || view.unevaluated.get("unevaluatedItems").into_iter().flatten().find(|rest| rest.restricts());
        let rest = Some(view.beyond(view.prefix.len()))
            .filter(Rest::restricts)
            .or_else(|| undescribed().cloned())
            .unwrap_or_default();
        match rest {
            // What is not described is anything.
            Rest::Any | Rest::Whatever(_) if beyond.iter().all(|slot| is_idle(side, "prefixItems", slot)) => {}
            Rest::Any | Rest::Whatever(_) => out.report(found),
            Rest::None(_) => out.report(found.effect(if removed { Effect::TIGHTER } else { Effect::LOOSER })),
            Rest::Schema(rest) => out.parts.extend(beyond.iter().map(|slot| {
                let (before, after) = if removed { (slot, &rest) } else { (&rest, slot) };
                member(before, after, Context::untyped(), "[]", Mask::BOTH)
            })),
        }
    }
    out
}

/// Compares subschemas for a part of the value.
fn inner<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let (old, new) = (&compared.old.inner, &compared.new.inner);
    let mut out = Findings::default();
    old.values().chain(new.values()).for_each(|slot| out.seen.slot(slot));
    for (of, before) in old {
        match new.get(of) {
            Some(after) => out.parts.push(member(before, after, Context::untyped(), "", Mask::BOTH)),
            None => out.add(one_sided(compared, *of, before, true)),
        }
    }
    for (of, after) in new.iter().filter(|(of, _)| !old.contains_key(*of)) {
        out.add(one_sided(compared, *of, after, false));
    }
    out.add(contained(compared));
    out
}

/// Compares what a list must contain.
fn contained<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let mut out = Findings::default();
    let mut gone = Vec::new();
    let new = compared.new.contains();
    let mut come = Free::new(new.iter().map(|slot| [slot.sign()]));
    compared.old.contains.iter().chain(&compared.new.contains).for_each(|slot| out.seen.slot(slot));
    for before in compared.old.contains() {
        match come.take([before.sign()]).and_then(|index| new.get(index)) {
            Some(after) => out.parts.push(counted(compared, before, after)),
            None => gone.push(before),
        }
    }
    let mut come = come.left().filter_map(|index| new.get(index));
    for before in gone {
        match come.next() {
            Some(after) => out.parts.push(counted(compared, before, after)),
            None => out.report(compared.containing(true, inner_condition(("contains", None), before, true))),
        }
    }
    out.found.extend(come.map(|after| compared.containing(false, inner_condition(("contains", None), after, false))));
    out
}

/// Contained items. Where their number is limited: if more items match, there may be too many, and if fewer do, too few.
fn counted<'d>(compared: &Compared<'_, 'd>, before: &Slot<'d>, after: &Slot<'d>) -> Part<'d> {
    let is_limited = |view: &View<'d>| view.counts.contains_key("maxContains");
    if !is_limited(&compared.old) && !is_limited(&compared.new) {
        return member(before, after, Context::untyped(), "", Mask::BOTH);
    }
    let what = "counts other items by `contains`, and limits their number";
    let effect = Effect { request: Wire::Breaking, response: Wire::Risky };
    let found = Found::cannot_judge(before.place(), after.place(), what).effect(effect);
    Part { old: before.clone(), new: after.clone(), context: Context::untyped(), role: Role::Opaque(found) }
}

/// A subschema that only one side has. To the other side, the names that a pattern matches are unnamed.
fn one_sided<'d>(
    compared: &Compared<'_, 'd>,
    of: (&str, Option<&str>),
    slot: &Slot<'d>,
    removed: bool,
) -> Findings<'d> {
    let mut out = Findings::default();
    let (side, other) =
        if removed { (&compared.sides.old, &compared.new) } else { (&compared.sides.new, &compared.old) };
    let is_pattern = of.0 == "patternProperties";
    let is_opened = is_pattern && other.is_closed();
    if is_pattern && !is_opened {
        let sides = |rest| if removed { (slot, rest) } else { (rest, slot) };
        let parts = unnamed(other).map(sides).map(|(old, new)| unnamed_part(compared, "*", old, new));
        out.parts.extend(parts);
    }
    let are_named = of.0 == "propertyNames" && has_names(side, slot, other);
    if out.parts.is_empty() && !are_named && (is_opened || !is_idle(side, of.0, slot)) {
        let found = inner_condition(of, slot, removed);
        // Readers of a closed response ignore unknown values.
        let effect = if removed { Effect::TIGHTER } else { Effect::OPENED };
        out.report(match of.0 {
            _ if is_opened => found.effect(effect),
            "dependentSchemas" => compared.describing(removed, false, None, [slot].into_iter(), found),
            _ => found,
        });
    }
    out
}

/// A subschema that only one side has.
fn inner_condition((keyword, key): (&str, Option<&str>), slot: &Slot<'_>, removed: bool) -> Found {
    let shown = match key {
        Some(key) => format!("`{keyword}` for {}", quote_text(key)),
        None => format!("`{keyword}`"),
    };
    let families = match keyword {
        "contains" => [family!("contains-added"), family!("contains-removed")],
        "propertyNames" => [family!("property-names-added"), family!("property-names-removed")],
        "patternProperties" => [family!("pattern-property-added"), family!("pattern-property-removed")],
        _ => [family!("dependent-schema-added"), family!("dependent-schema-removed")],
    };
    let (old, new, what) = if removed {
        (slot.place(), None, format!("no longer has a condition with {shown}"))
    } else {
        (None, slot.place(), format!("has an additional condition with {shown}"))
    };
    Found::new(families[usize::from(removed)], old, new, what)
}

/// Whether a schema for names accepts those of an object that has no others.
fn has_names<'d>(side: &Side<'d>, names: &Slot<'d>, object: &View<'d>) -> bool {
    let names = view(side, names);
    let mut known = object.properties.keys().map(|name| Value::from(*name));
    object.excludes("") && known.all(|name| accepts(&names, &name))
}

/// Whether a condition accepts everything that it is about: names are strings.
fn is_idle<'d>(side: &Side<'d>, keyword: &str, slot: &Slot<'d>) -> bool {
    let types = match keyword {
        "propertyNames" => Types::STRING,
        "dependentSchemas" => Types::OBJECT,
        _ => Types::ANY,
    };
    slot.parts.iter().all(|part| allows_all(side, part, types))
}

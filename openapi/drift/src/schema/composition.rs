//! Compares alternatives: `oneOf`, `anyOf`, and what tells them apart.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};
use zerogate_contract::reference;

use super::compared::Compared;
use crate::change::Wire;
use crate::found::{Findings, Found};
use crate::kind::{Family, family};
use crate::meaning::{Types, Union, View};
use crate::node::{Node, Slot, place};
use crate::renames::last_token;
use crate::text::{changed, is_doc, is_extension};
use crate::value::{alike, quote_text, same};

pub(super) fn judge<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let mut out = unions(compared);
    out.found.extend(discriminator(compared));
    out
}

/// The families of a keyword for alternatives.
struct Families {
    set: &'static Family,
    unset: &'static Family,
    added: &'static Family,
    removed: &'static Family,
}

static ONE_OF: Families = Families {
    set: family!("one-of-set"),
    unset: family!("one-of-unset"),
    added: family!("one-of-added"),
    removed: family!("one-of-removed"),
};
static ANY_OF: Families = Families {
    set: family!("any-of-set"),
    unset: family!("any-of-unset"),
    added: family!("any-of-added"),
    removed: family!("any-of-removed"),
};

fn families(union: &Union<'_>) -> &'static Families {
    if union.one { &ONE_OF } else { &ANY_OF }
}

/// Says that a single schema became one of several, or the other way round; then nothing else can be compared.
pub(super) fn wrapping<'d>(compared: &Compared<'_, 'd>) -> Option<Findings<'d>> {
    if let Some((before, after)) = narrowed_to_one(compared) {
        return Some(union(compared, before, after));
    }
    let (old, new) = (&compared.old, &compared.new);
    if old.unions.is_empty() == new.unions.is_empty() || described_alike(old, new) {
        return None;
    }
    let wrapped = old.unions.is_empty();
    let (single, unions) = if wrapped { (compared.old_slot, &new.unions) } else { (compared.new_slot, &old.unions) };
    let kept = has_branch(single, unions);
    let (family, what) = match (wrapped, kept) {
        (true, true) => (family!("wrapped-in-one-of"), "can now be other schemas than the one that it was"),
        (true, false) => (family!("wrapped-in-one-of"), "is now one of several schemas"),
        (false, true) => (family!("unwrapped"), "is now always one of the schemas that it could be"),
        (false, false) => (family!("unwrapped"), "was one of several schemas and is now another one"),
    };
    let found = Found::new(family, compared.old_at(), compared.new_at(), what).source(compared.breaks(true));
    let mut out = Findings::default();
    compared.account_parts(&mut out.seen);
    out.report(if kept { found } else { found.wire(Wire::Breaking) });
    Some(out)
}

/// The alternatives, if several became a single one, or the other way round, and all else is written alike.
fn narrowed_to_one<'v, 'd>(compared: &'v Compared<'_, 'd>) -> Option<(&'v Union<'d>, &'v Union<'d>)> {
    let (old, new) = (&compared.old, &compared.new);
    let pick = |view: &'v View<'d>| match (view.unions.as_slice(), view.lone.as_slice()) {
        ([union], []) | ([], [union]) => Some(union),
        _ => None,
    };
    let (before, after) = (pick(old)?, pick(new)?);
    let word = if before.one { "oneOf" } else { "anyOf" };
    let alone =
        |object: &Map<String, Value>| object.contains_key(word) && object.keys().all(|key| key == word || is_doc(key));
    let are_alone = alone(compared.old_slot.only()?.object()?) && alone(compared.new_slot.only()?.object()?);
    let differ = old.unions.len() != new.unions.len() && before.one == after.one && before.null == after.null;
    (differ && are_alone).then_some((before, after))
}

/// Whether a single schema is among the alternatives of the other side.
fn has_branch(single: &Slot<'_>, unions: &[Union<'_>]) -> bool {
    let Some(part) = single.only() else {
        return false;
    };
    let name = reference(part.value).and_then(last_token).or_else(|| part.component().map(Cow::into_owned));
    unions.iter().flat_map(|union| &union.branches).flat_map(|branch| &branch.parts).any(|node| {
        let refers = reference(node.value).and_then(last_token);
        same(node.value, part.value) || (refers.is_some() && refers == name)
    })
}

fn unions<'d>(compared: &Compared<'_, 'd>) -> Findings<'d> {
    let (old, new) = (&compared.old.unions, &compared.new.unions);
    let mut out = Findings::default();
    let shared = old.len().min(new.len());
    if old.len() != new.len() && old.len().max(new.len()) > 1 {
        old.iter().chain(new).flat_map(|union| &union.branches).for_each(|branch| out.seen.slot(branch));
        let at = |unions: &[Union<'d>]| unions.first().map(|union| union.at.clone());
        let (old_at, new_at) = (at(old).or_else(|| compared.old_at()), at(new).or_else(|| compared.new_at()));
        let what = "has to meet several lists of alternatives, and not those of before";
        out.report(Found::cannot_judge(old_at, new_at, what));
        return out;
    }
    for (before, after) in old.iter().zip(new) {
        out.add(union(compared, before, after));
    }
    for (unions, removed) in [(old, true), (new, false)] {
        for union in unions.iter().skip(shared) {
            union.branches.iter().for_each(|branch| out.seen.slot(branch));
            let (families, at) = (families(union), Some(union.at.clone()));
            out.report(if removed {
                Found::new(families.unset, at, None, "need not meet one of several schemas any more")
            } else {
                Found::new(families.set, None, at, "must also meet one of several schemas")
            });
        }
    }
    out
}

fn union<'d>(compared: &Compared<'_, 'd>, old: &Union<'d>, new: &Union<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    let (matched, free) = matched(compared, &old.branches, &new.branches);
    for (index, (branch, other)) in old.branches.iter().zip(&matched).enumerate() {
        match other.and_then(|other| new.branches.get(other)) {
            Some(after) => out.parts.push(compared.member(branch, after, "", &format!("Variant{index}"))),
            None => {
                out.seen.slot(branch);
                let what = format!("can no longer be {}", named(branch));
                let found = Found::new(families(old).removed, branch.place(), None, what);
                out.report(found.source(compared.breaks(true)));
            }
        }
    }
    for (branch, _) in new.branches.iter().zip(free).filter(|(_, free)| *free) {
        out.seen.slot(branch);
        let found = Found::new(families(new).added, None, branch.place(), format!("can now be {}", named(branch)));
        out.report(found.source(compared.breaks(true)));
    }
    if old.one != new.one {
        let (family, what) = if new.one {
            (family!("any-of-became-one-of"), "must now be exactly one of its schemas")
        } else {
            (family!("one-of-became-any-of"), "may now be several of its schemas")
        };
        out.report(Found::new(family, Some(old.at.clone()), Some(new.at.clone()), what));
    }
    out
}

/// For each alternative of the old list its counterpart in the new one: by name, by equality, by title, by place. And
/// which of the new ones are no counterparts.
fn matched<'d>(compared: &Compared<'_, 'd>, old: &[Slot<'d>], new: &[Slot<'d>]) -> (Vec<Option<usize>>, Vec<bool>) {
    let sides = compared.sides;
    let mut matched: Vec<Option<usize>> = vec![None; old.len()];
    let mut free: Vec<bool> = vec![true; new.len()];
    let by_name = |a: &Node<'d>, b: &Node<'d>| match (reference(a.value), reference(b.value)) {
        (Some(a), Some(b)) => sides.renames.match_references(a, b),
        _ => false,
    };
    let by_equality = |a: &Node<'d>, b: &Node<'d>| same(a.value, b.value);
    let by_title = |a: &Node<'d>, b: &Node<'d>| a.text("title").is_some() && a.text("title") == b.text("title");
    let by_origin = |a: &Node<'d>, b: &Node<'d>| {
        reference(a.value).is_some() != reference(b.value).is_some()
            && matches!(
                (sides.old.definition(a), sides.new.definition(b)),
                (Some(a), Some(b)) if same(a.value, b.value)
            )
    };
    let by_place = |a: &Node<'d>, b: &Node<'d>| {
        reference(a.value).is_none() && reference(b.value).is_none() && a.value.get("type") == b.value.get("type")
    };
    let tests: [Test<'_, 'd>; 5] = [&by_name, &by_equality, &by_title, &by_origin, &by_place];
    // Long lists are compared by name and equality alone: the other ways look at every pair.
    let tests = if old.len().max(new.len()) > 200 { tests.get(..2).unwrap_or_default() } else { &tests[..] };
    for test in tests {
        for (slot, counterpart) in old.iter().zip(&mut matched).filter(|(_, counterpart)| counterpart.is_none()) {
            let Some(node) = slot.only() else {
                continue;
            };
            let fits = |((index, other), free): ((usize, &Slot<'d>), &bool)| {
                (*free && other.parts.iter().any(|other| test(node, other))).then_some(index)
            };
            *counterpart = new.iter().enumerate().zip(&free).find_map(fits);
            if let Some(taken) = counterpart.and_then(|index| free.get_mut(index)) {
                *taken = false;
            }
        }
    }
    (matched, free)
}

/// Whether two alternatives are counterparts.
type Test<'t, 'd> = &'t dyn Fn(&Node<'d>, &Node<'d>) -> bool;

/// Whether two schemas say the same besides their alternatives: then these are a condition, and not a wrapping.
fn described_alike(old: &View<'_>, new: &View<'_>) -> bool {
    let types = |view: &View<'_>| view.types.without(Types::NULL);
    types(old) == types(new)
        && old.properties.keys().eq(new.properties.keys())
        && old.values.is_some() == new.values.is_some()
}

fn named(branch: &Slot<'_>) -> String {
    let name = branch
        .parts
        .first()
        .and_then(|node| reference(node.value).and_then(last_token).or_else(|| node.text("title").map(str::to_owned)));
    name.map_or_else(|| "a schema that is written in place".to_owned(), |name| quote_text(&name))
}

fn discriminator(compared: &Compared<'_, '_>) -> Vec<Found> {
    let (old, new) = match (&compared.old.discriminator, &compared.new.discriminator) {
        (None, None) => return Vec::new(),
        (Some(old), Some(new)) => (old, new),
        (old, new) => {
            let (family, what) = match new {
                Some(_) => (family!("discriminator-added"), "is told apart by a discriminator"),
                None => (family!("discriminator-removed"), "is no longer told apart by a discriminator"),
            };
            return vec![Found::new(family, place(old.as_ref()), place(new.as_ref()), what)];
        }
    };
    let mut out = Vec::new();
    let (before, after) = (old.text("propertyName"), new.text("propertyName"));
    if before != after {
        let quoted = |name: Option<&str>| name.map_or_else(|| "none".to_owned(), quote_text);
        let what = format!("is told apart by the property {} in place of {}", quoted(after), quoted(before));
        let at = |node: &Node<'_>| Some(node.below("propertyName"));
        out.push(Found::new(family!("discriminator-property-name-changed"), at(old), at(new), what));
    }
    out.extend(mappings(compared, old, new));
    let (Some(old_object), Some(new_object)) = (old.object(), new.object()) else {
        return out;
    };
    let known = |key: &str| matches!(key, "propertyName" | "mapping");
    for key in old_object.keys().chain(new_object.keys()).filter(|key| !known(key)) {
        if !alike(old_object.get(key), new_object.get(key)) {
            let (old_at, new_at) = (old.place_of(key), new.place_of(key));
            out.push(if is_extension(key) {
                changed(key, old_at, new_at)
            } else {
                Found::cannot_judge(old_at, new_at, format!("differs in `discriminator` by {}", quote_text(key)))
            });
        }
    }
    out
}

fn mappings(compared: &Compared<'_, '_>, old: &Node<'_>, new: &Node<'_>) -> Vec<Found> {
    let mut out = Vec::new();
    let odd = |node: &Node<'_>| match node.value.get("mapping") {
        None => false,
        Some(Value::Object(entries)) => !entries.values().all(Value::is_string),
        Some(_) => true,
    };
    if (odd(old) || odd(new)) && !alike(old.value.get("mapping"), new.value.get("mapping")) {
        let what = "has a discriminator whose mapping is none";
        out.push(Found::cannot_judge(old.place_of("mapping"), new.place_of("mapping"), what));
    }
    let (before, after) = (mapping(old), mapping(new));
    let at = |node: &Node<'_>, key: &str| node.get("mapping").map(|mapping| mapping.below(key));
    for (value, target) in &before {
        let (family, what, new_at) = match after.get(value) {
            // A default that is written out on one side only.
            None if implied(value, target) => continue,
            None => (family!("discriminator-mapping-deleted"), "no longer knows the value", None),
            Some(other) if same_schema(compared, target, other) => continue,
            Some(_) => {
                let what = "means another schema by the value";
                (family!("discriminator-mapping-changed"), what, at(new, value))
            }
        };
        let what = format!("{what} {} of its discriminator", quote_text(value));
        out.push(Found::new(family, at(old, value), new_at, what));
    }
    for (value, target) in after.iter().filter(|(value, _)| !before.contains_key(*value)) {
        if !implied(value, target) {
            let what = format!("knows the further value {} of its discriminator", quote_text(value));
            out.push(Found::new(family!("discriminator-mapping-added"), None, at(new, value), what));
        }
    }
    out
}

fn mapping<'d>(node: &Node<'d>) -> BTreeMap<&'d str, &'d str> {
    let entries = node.value.get("mapping").and_then(Value::as_object);
    entries.into_iter().flatten().filter_map(|(value, target)| Some((value.as_str(), target.as_str()?))).collect()
}

fn same_schema(compared: &Compared<'_, '_>, old: &str, new: &str) -> bool {
    let full =
        |name: &str| if name.starts_with('#') { name.to_owned() } else { format!("#/components/schemas/{name}") };
    old == new || compared.sides.renames.match_references(&full(old), &full(new))
}

/// Whether a value would mean this schema without being mapped.
fn implied(value: &str, target: &str) -> bool {
    target == value || last_token(target).as_deref() == Some(value)
}

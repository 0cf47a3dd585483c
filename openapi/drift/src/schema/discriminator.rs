//! Compares discriminators, which tell alternatives apart.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;
use zerogate_contract::{component, pointer, reference};

use super::compared::Compared;
use crate::found::Found;
use crate::kind::family;
use crate::meaning::View;
use crate::node::{Node, Slot, place};
use crate::renames::{Meant, last_token};
use crate::text::{changed, is_extension};
use crate::value::{alike, quote_text};

pub(super) fn judge(compared: &Compared<'_, '_>) -> Vec<Found> {
    let (old, new) = match (&compared.old.discriminator, &compared.new.discriminator) {
        (None, None) => return Vec::new(),
        (Some(old), Some(new)) => (old, new),
        (old, new) => {
            let (family, what) = match new {
                Some(_) => (family!("discriminator-added"), "has a discriminator"),
                None => (family!("discriminator-removed"), "no longer has a discriminator"),
            };
            return vec![Found::new(family, place(old.as_ref()), place(new.as_ref()), what)];
        }
    };
    let mut out = Vec::new();
    let (before, after) = (old.text("propertyName"), new.text("propertyName"));
    if before != after {
        let quoted = |name: Option<&str>| name.map_or_else(|| "none".to_owned(), quote_text);
        let what = format!("has the discriminator property {} instead of {}", quoted(after), quoted(before));
        let at = |node: &Node<'_>| Some(node.below("propertyName"));
        out.push(Found::new(family!("discriminator-property-name-changed"), at(old), at(new), what));
    }
    let renamed = values_changed(compared, old, new);
    out.extend(mappings(compared, old, new, &renamed));
    out.extend(renamed.into_iter().map(|renamed| renamed.found));
    let (Some(old_object), Some(new_object)) = (old.object(), new.object()) else {
        return out;
    };
    let (before, after) = (old.text("defaultMapping"), new.text("defaultMapping"));
    if !before.zip(after).map_or(before == after, |(before, after)| same_schema(compared, before, after)) {
        let at = |node: &Node<'_>| Some(node.below("defaultMapping"));
        let what = "has another default schema for unknown discriminator values";
        out.push(Found::new(family!("discriminator-default-changed"), at(old), at(new), what));
    }
    let known = |key: &str| matches!(key, "propertyName" | "mapping" | "defaultMapping");
    for key in old_object.keys().chain(new_object.keys()).filter(|key| !known(key)) {
        if !alike(old_object.get(key), new_object.get(key)) {
            let (old_at, new_at) = (old.place_of(key), new.place_of(key));
            out.push(if is_extension(key) {
                changed(key, old_at, new_at)
            } else {
                Found::cannot_judge(old_at, new_at, format!("differs in `discriminator` at {}", quote_text(key)))
            });
        }
    }
    out
}

fn mappings(compared: &Compared<'_, '_>, old: &Node<'_>, new: &Node<'_>, renamed: &[Renamed]) -> Vec<Found> {
    let mut out = Vec::new();
    let odd = |node: &Node<'_>| match node.value.get("mapping") {
        None => false,
        Some(Value::Object(entries)) => !entries.values().all(Value::is_string),
        Some(_) => true,
    };
    if (odd(old) || odd(new)) && !alike(old.value.get("mapping"), new.value.get("mapping")) {
        let what = "has a discriminator whose `mapping` has values that are not strings";
        out.push(Found::cannot_judge(old.place_of("mapping"), new.place_of("mapping"), what));
    }
    let (before, after) = (mapping(old), mapping(new));
    let replaced = replacements(compared);
    let (was, is): (HashSet<&str>, HashSet<&str>) = renamed.iter().map(|it| (it.was.as_str(), it.is.as_str())).unzip();
    let at = |node: &Node<'_>, key: &str| node.get("mapping").map(|mapping| mapping.below(key));
    for (value, target) in &before {
        let (family, what, new_at) = match after.get(value) {
            // One side writes out the default.
            None if implied(value, target) || same_schema(compared, target, value) => continue,
            None if was.contains(value) => continue,
            None => (family!("discriminator-mapping-deleted"), "no longer has the value", None),
            Some(other) if same_schema(compared, target, other) => continue,
            // The two are compared.
            Some(other) if replaced.get(&full(target)).is_some_and(|known| *known == full(other)) => continue,
            Some(_) => {
                let what = "selects another schema by the value";
                (family!("discriminator-mapping-changed"), what, at(new, value))
            }
        };
        let what = format!("{what} {} of its discriminator", quote_text(value));
        out.push(Found::new(family, at(old, value), new_at, what));
    }
    for (value, target) in after.iter().filter(|(value, _)| !before.contains_key(*value)) {
        let was_implied = implied(value, target) || same_schema(compared, value, target);
        if !was_implied && !is.contains(value) {
            let what = format!("has the additional discriminator value {}", quote_text(value));
            out.push(Found::new(family!("discriminator-mapping-added"), None, at(new, value), what));
        }
    }
    out
}

pub(super) fn mapping<'d>(node: &Node<'d>) -> BTreeMap<&'d str, &'d str> {
    let entries = node.value.get("mapping").and_then(Value::as_object);
    entries.into_iter().flatten().filter_map(|(value, target)| Some((value.as_str(), target.as_str()?))).collect()
}

/// The alternatives that are gone, each with the one instead: it is selected by the same values, as far as both sides have
/// them, and was not there before.
pub(super) fn replacements(compared: &Compared<'_, '_>) -> HashMap<String, String> {
    let Compared { sides, old, new, .. } = compared;
    let (Some(before), Some(after)) = (&old.discriminator, &new.discriminator) else { return HashMap::new() };
    let ([was], [is]) = (old.unions.as_slice(), new.unions.as_slice()) else { return HashMap::new() };
    if before.text("propertyName") != after.text("propertyName") {
        return HashMap::new();
    }
    let [was, is] = [was, is].map(|union| {
        let nodes = union.branches.iter().filter_map(Slot::only);
        nodes.filter_map(|node| reference(node.value)).collect::<HashSet<&str>>()
    });
    let wanted: HashSet<Meant> = was.iter().flat_map(|it| sides.renames.wanted(it)).collect();
    let offered: HashSet<Meant> = is.iter().flat_map(|it| sides.renames.offered(it)).collect();
    let is_gone = |it: &str| was.contains(it) && !sides.renames.wanted(it).iter().any(|meant| offered.contains(meant));
    let is_new = |it: &str| is.contains(it) && !sides.renames.offered(it).iter().any(|meant| wanted.contains(meant));
    let (before, after) = (mapping(before), mapping(after));
    let (mut others, mut targets) = (HashMap::<_, BTreeSet<_>>::new(), HashMap::<_, BTreeSet<_>>::new());
    for (value, target) in before {
        let Some(other) = after.get(value).map(|other| full(other)) else { continue };
        let target = full(target);
        targets.entry(other.clone()).or_default().insert(target.clone());
        others.entry(target).or_default().insert(other);
    }
    let only = |(target, others): (String, BTreeSet<String>)| {
        let other = others.into_iter().next().filter(|other| targets.get(other).is_some_and(|it| it.len() == 1))?;
        (is_gone(&target) && is_new(&other)).then_some((target, other))
    };
    others.into_iter().filter(|(_, others)| others.len() == 1).filter_map(only).collect()
}

fn same_schema(compared: &Compared<'_, '_>, old: &str, new: &str) -> bool {
    let (old, new) = (full(old), full(new));
    old == new || compared.sides.renames.match_references(&old, &new)
}

/// A schema that is now selected by another value of the discriminator.
struct Renamed {
    was: String,
    is: String,
    found: Found,
}

/// The alternatives of both sides whose old values no longer select them, where one of the values is the name of a
/// component, and so is not written in a mapping.
fn values_changed(compared: &Compared<'_, '_>, old: &Node<'_>, new: &Node<'_>) -> Vec<Renamed> {
    let references = |view: &View<'_>| -> Vec<(String, Option<String>)> {
        let nodes = view.unions.iter().flat_map(|union| &union.branches).filter_map(Slot::only);
        nodes.filter_map(|node| Some((reference(node.value)?.to_owned(), node.place()))).collect()
    };
    let (before, after) = (mapping(old), mapping(new));
    let mut after_by_name: BTreeMap<String, (String, Option<String>)> = BTreeMap::new();
    for (target, at) in references(&compared.new) {
        after_by_name.entry(target.clone()).or_insert((target, at));
    }
    let renames = &compared.sides.renames;
    let mut out = Vec::new();
    for (target, old_at) in references(&compared.old) {
        let renamed = component(&target).and_then(|name| renames.to.get(&name)).map(|name| full(name));
        let Some((other, new_at)) = after_by_name.get(renamed.as_ref().unwrap_or(&target)) else {
            continue;
        };
        let ((was, was_implied), (is, is_implied)) = (values(&before, &target), values(&after, other));
        // Values that both sides have are reported with the mapping.
        let is_told = |value: &String| is.contains(value) || after.contains_key(value.as_str());
        if !(was_implied || is_implied)
            || was.iter().any(is_told)
            || is.iter().any(|it| before.contains_key(it.as_str()))
        {
            continue;
        }
        if let (Some(was), Some(is)) = (was.into_iter().next(), is.into_iter().next()) {
            let what = format!("has the discriminator value {} instead of {}", quote_text(&is), quote_text(&was));
            let found = Found::new(family!("discriminator-value-changed"), old_at, new_at.clone(), what);
            out.push(Renamed { was, is, found });
        }
    }
    out
}

/// The values that select a schema, and whether only its name does, without a mapping.
pub(super) fn values(mapping: &BTreeMap<&str, &str>, target: &str) -> (Vec<String>, bool) {
    let known = mapping.iter().filter(|(_, known)| full(known) == target);
    let known: Vec<String> = known.map(|(value, _)| (*value).to_owned()).collect();
    let is_implied = known.is_empty();
    (if is_implied { last_token(target).into_iter().collect() } else { known }, is_implied)
}

/// The reference in a mapping, which may be only the name of a component.
fn full(name: &str) -> String {
    if name.starts_with('#') { name.to_owned() } else { pointer::reference_to(name) }
}

/// Whether a value would select this schema without a mapping.
fn implied(value: &str, target: &str) -> bool {
    target == value || last_token(target).as_deref() == Some(value)
}

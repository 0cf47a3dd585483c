//! Compares lists of values: enums and constants.

use std::collections::{HashMap, HashSet};

use serde_json::{Number, Value};
use zerogate_contract::json::Key;
use zerogate_contract::names::pascal;

use super::compared::Compared;
use super::limit;
use crate::change::Source;
use crate::found::Found;
use crate::kind::family;
use crate::meaning::{At, Types, View};
use crate::node::Node;
use crate::side::Side;
use crate::sunset::{self, DEPRECATED, SUNSET, alternative};
use crate::value::{quote, quote_list};

/// The maximum length of a range of integers that is compared with a list.
const MAX_RANGE: i128 = 1_000;

/// Null is compared with the types.
pub(super) fn judge(compared: &Compared<'_, '_>) -> Vec<Found> {
    let (old, new) = (&compared.old, &compared.new);
    let typed = old.types.or(new.types).meets(Types::STRING);
    let old_at = old.values_at.clone().or_else(|| compared.old_at());
    let new_at = new.values_at.clone().or_else(|| compared.new_at());
    let (before, after) = match (&old.values, &new.values) {
        (None, None) => return Vec::new(),
        // The limits tell what else differs.
        (None, Some(values)) if has_all(values, old, new) => return Vec::new(),
        (Some(values), None) if has_all(values, new, old) => return Vec::new(),
        (None, Some(values)) => {
            let what = format!("is restricted to {}", quoted(values));
            let found = Found::new(family!("became-enum"), compared.old_at(), new_at, what);
            return vec![found.source(compared.breaks(typed))];
        }
        (Some(_), None) => {
            let what = "is no longer restricted to a list of values";
            let found = Found::new(family!("became-not-enum"), old_at, compared.new_at(), what);
            return vec![found.source(compared.breaks(typed))];
        }
        (Some(before), Some(after)) => (before, after),
    };
    let (removed, added) = (missing(before, after), missing(after, before));
    let (names_removed, names_added) = (names(&removed), names(&added));
    let some = before.iter().filter(|value| !value.value.is_null()).count();
    // An announced removal of a value is reported separately, whatever replaces it.
    let is_announced =
        |value: &&At<&Value>| branch(&compared.sides.old, value).is_some_and(|branch| branch.flag(DEPRECATED));
    if some > 0 && removed.len() == some && !added.is_empty() && !removed.iter().any(is_announced) {
        let what = format!("changed from {} to {}", quoted(before), quoted(after));
        let breaks = typed && !removed.iter().all(|value| keeps_name(value, &names_added));
        let found = Found::new(family!("enum-values-replaced"), old_at, new_at, what);
        return vec![found.source(compared.breaks(breaks))];
    }
    let lost = removed.iter().map(|value| {
        let what = format!("no longer has the value {}", quote(value.value));
        let found = Found::new(family!("enum-value-removed"), Some(value.at.clone()), None, what);
        found.source(compared.breaks(typed && !keeps_name(value, &names_added)))
    });
    let gained = added.iter().map(|value| {
        let what = format!("has the new value {}", quote(value.value));
        let found = Found::new(family!("enum-value-added"), None, Some(value.at.clone()), what);
        let named = typed && !keeps_name(value, &names_removed);
        found.source(if named { compared.source(Source::Compatible) } else { Source::None })
    });
    lost.chain(gained).chain(announced(compared, before, after)).collect()
}

/// Whether a list has every integer of a short range.
fn has_all(values: &[At<&Value>], range: &View<'_>, list: &View<'_>) -> bool {
    let is_whole = range.types.without(Types::NULL) == Types::INTEGER && list.types.meets(Types::INTEGER);
    let Some(range_of) = limit::range(range).filter(|_| is_whole) else { return false };
    let is_short = range_of.end().checked_sub(*range_of.start()).is_some_and(|length| length <= MAX_RANGE);
    let known: HashSet<Key<'_>> = values.iter().map(|value| Key(value.value)).collect();
    let numbers = || range_of.filter_map(Number::from_i128).map(Value::Number);
    is_short && numbers().all(|number| !range.is_within_limits(&number) || known.contains(&Key(&number)))
}

/// Compares the deprecation and sunset of values that are alternatives of their own on both sides.
fn announced(compared: &Compared<'_, '_>, before: &[At<&Value>], after: &[At<&Value>]) -> Vec<Found> {
    let before: Vec<_> = before.iter().filter_map(|value| Some((value, branch(&compared.sides.old, value)?))).collect();
    if before.is_empty() {
        return Vec::new();
    }
    let after: HashMap<Key<'_>, Node<'_>> =
        after.iter().filter_map(|value| Some((Key(value.value), branch(&compared.sides.new, value)?))).collect();
    let mut out = Vec::new();
    for (value, old, new) in before.iter().filter_map(|(value, old)| Some((value, old, after.get(&Key(value.value))?)))
    {
        let told = match (old.flag(DEPRECATED), new.flag(DEPRECATED)) {
            (false, true) => Some((family!("deprecated"), "deprecates")),
            (true, false) => Some((family!("reactivated"), "no longer deprecates")),
            _ => None,
        };
        out.extend(told.map(|(family, verb)| {
            let what = format!("{verb} the value {}", quote(value.value));
            Found::new(family, old.place_of(DEPRECATED), new.place_of(DEPRECATED), what)
        }));
        out.extend(sunset::changed(new.value.get(DEPRECATED), old.get(SUNSET), new.get(SUNSET)));
    }
    out
}

/// The alternative for a value.
fn branch<'d>(side: &Side<'d>, value: &At<&Value>) -> Option<Node<'d>> {
    let at = alternative(&value.at)?;
    side.document.value().pointer(at).map(|schema| Node::new(schema, at))
}

pub(super) fn missing<'v, 'd>(values: &'v [At<&'d Value>], others: &[At<&'d Value>]) -> Vec<&'v At<&'d Value>> {
    let known: HashSet<Key<'_>> = others.iter().map(|other| Key(other.value)).collect();
    values.iter().filter(|value| !value.value.is_null() && !known.contains(&Key(value.value))).collect()
}

/// The names of values in generated code.
fn names(values: &[&At<&Value>]) -> HashSet<String> {
    values.iter().filter_map(|value| name(value)).collect()
}

fn name(value: &At<&Value>) -> Option<String> {
    value.value.as_str().map(pascal)
}

/// Whether a value exists with another spelling, and so has the same name in generated code.
fn keeps_name(value: &At<&Value>, others: &HashSet<String>) -> bool {
    name(value).is_some_and(|name| others.contains(&name))
}

fn quoted(values: &[At<&Value>]) -> String {
    let texts: Vec<String> = values
        .iter()
        .filter(|value| !value.value.is_null())
        .map(|value| value.value.as_str().map_or_else(|| value.value.to_string(), str::to_owned))
        .collect();
    quote_list(texts.iter().map(String::as_str))
}

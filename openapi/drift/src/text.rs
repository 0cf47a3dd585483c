//! Texts for people: descriptions, summaries, examples, extensions; and unknown keys.

use std::collections::BTreeSet;

use serde_json::Value;
pub(crate) use zerogate_contract::vocabulary::is_extension;
use zerogate_contract::vocabulary::is_prose;

use crate::change::Reach;
use crate::found::{Findings, Found};
use crate::kind::{Kind, kind};
use crate::node::Node;
use crate::sunset::{self, DEPRECATED, SUNSET};
use crate::value::{quote_text, same, same_set};

/// Whether a keyword is only for people.
pub(crate) fn is_doc(keyword: &str) -> bool {
    is_extension(keyword) || is_prose(keyword)
}

/// Whether two schemas are equal except for texts for people.
pub(crate) fn alike_but_for_docs(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return false;
    };
    let kept = |key: &&String| !is_doc(key);
    one.keys().filter(kept).count() == other.keys().filter(kept).count()
        && one
            .iter()
            .filter(|(key, _)| kept(key))
            .all(|(key, value)| other.get(key).is_some_and(|known| same(value, known)))
}

/// The kind of a change to a text, and its name in messages.
fn told(keyword: &str) -> (&'static Kind, String) {
    let (kind, name) = match keyword {
        "summary" => (kind!("summary-changed"), "the summary"),
        "title" => (kind!("title-changed"), "the title"),
        "example" | "examples" => (kind!("examples-changed"), "an example"),
        "externalDocs" => (kind!("external-docs-changed"), "the link to external documentation"),
        "xml" => (kind!("xml-changed"), "the xml"),
        "$comment" => (kind!("description-changed"), "a comment"),
        _ if is_extension(keyword) => {
            return (kind!("extension-changed"), format!("the extension {}", quote_text(keyword)));
        }
        _ => return (kind!("description-changed"), format!("the {keyword}")),
    };
    (kind, name.to_owned())
}

/// A difference in a text for people.
pub(crate) fn changed(keyword: &str, old: Option<String>, new: Option<String>) -> Found {
    let verb = match (&old, &new) {
        (None, _) => "was added",
        (_, None) => "was removed",
        _ => "changed",
    };
    let (kind, name) = told(keyword);
    Found::new(kind, old, new, "").says("", format!("{name} {verb}"))
}

/// Compares the keys of two objects that are not in `known`: texts for people, and unknown keys.
pub(crate) fn others<'d>(old: &Node<'d>, new: &Node<'d>, known: &[&str], reach: &[Reach]) -> Findings<'d> {
    let mut out = Findings::default();
    // A value that is not an object has no keys.
    let (Some(old_object), Some(new_object)) = (old.object(), new.object()) else {
        return out;
    };
    out.seen.keys(old);
    out.seen.keys(new);
    if !known.contains(&"examples") {
        out.found.extend(examples(old, new).map(|found| found.reaches(reach)));
    }
    let keys: BTreeSet<&String> = old_object.keys().chain(new_object.keys()).collect();
    for key in keys {
        let key = key.as_str();
        if known.contains(&key) || matches!(key, "example" | "examples") {
            continue;
        }
        let equal = match (old_object.get(key), new_object.get(key)) {
            (Some(before), Some(after)) => same(before, after),
            (Some(only), None) | (None, Some(only)) => key == "deprecated" && only == &Value::Bool(false),
            (None, None) => true,
        };
        if equal {
            continue;
        }
        let (before, after) = (old.place_of(key), new.place_of(key));
        let found = if is_doc(key) {
            let sunset = || sunset::changed(new.value.get(DEPRECATED), old.get(SUNSET), new.get(SUNSET));
            let sunset = (key == SUNSET).then(sunset);
            sunset.flatten().unwrap_or_else(|| changed(key, before, after))
        } else {
            let what = format!("{} differs, with an unknown effect", quote_text(key));
            Found::cannot_judge(before, after, "").always().says("", what)
        };
        out.report(found.reaches(reach));
    }
    out
}

/// A key that must be true or false, but is neither.
pub(crate) fn odd_flag(key: &str, old: &Node<'_>, new: &Node<'_>, reach: &[Reach]) -> Option<Found> {
    let (before, after) = (old.value.get(key), new.value.get(key));
    let odd = |value: Option<&Value>| value.is_some_and(|value| !value.is_boolean());
    if !(odd(before) || odd(after)) || before == after {
        return None;
    }
    let what = format!("{} is neither true nor false", quote_text(key));
    let found = Found::cannot_judge(old.place_of(key), new.place_of(key), "");
    Some(found.always().says("", what).reaches(reach))
}

/// Examples: `example: x` equals a list or mapping with only `x`.
fn examples(old: &Node<'_>, new: &Node<'_>) -> Option<Found> {
    let (before, after) = (contents(old.value), contents(new.value));
    let at = |node: &Node<'_>| ["examples", "example"].into_iter().find_map(|key| node.place_of(key));
    let alike = same_set(&before, &after) && before.len() == after.len();
    (!alike).then(|| changed("examples", at(old), at(new)))
}

/// The examples of a parameter, header or media type.
fn contents(value: &Value) -> Vec<&Value> {
    let mut found: Vec<&Value> = value.get("example").into_iter().collect();
    match value.get("examples") {
        Some(Value::Object(named)) => {
            found.extend(named.values().map(|example| match example.as_object() {
                Some(object) if object.len() == 1 => {
                    object.get("value").or_else(|| object.get("dataValue")).unwrap_or(example)
                }
                _ => example,
            }));
        }
        Some(other) => found.push(other),
        None => {}
    }
    found
}

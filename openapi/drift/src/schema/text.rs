//! Compares the texts of two schemas.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compared::Compared;
use crate::change::{Source, Wire};
use crate::found::Found;
use crate::kind::{family, kind};
use crate::meaning::{Doc, Types, View};
use crate::node::Node;
use crate::sunset::{self, DEPRECATED, SUNSET};
use crate::text::changed;
use crate::value::{same, same_set};

/// Compares all texts. With `titled`, a change of the title renames the type.
pub(super) fn judge<'d>(compared: &Compared<'_, 'd>, titled: bool) -> Vec<Found> {
    let (old, new) = (&compared.old, &compared.new);
    let is_example = |keyword: &str| matches!(keyword, "example" | "examples");
    let keywords: BTreeSet<&str> = old.docs.keys().chain(new.docs.keys()).copied().collect();
    let mut out = Vec::new();
    for keyword in keywords.into_iter().filter(|keyword| !is_example(keyword)) {
        let docs = |view| -> &[Doc<'_>] { docs(view, keyword) };
        let Some((before, after)) = differing(docs(old), docs(new)) else {
            continue;
        };
        let (old_at, new_at) = (before.map(|doc| doc.at.clone()), after.map(|doc| doc.at.clone()));
        if keyword == "xml"
            && node_type(before, old) == node_type(after, new)
            && same(&beside_node_type(before), &beside_node_type(after))
        {
            continue;
        }
        out.push(match keyword {
            "xml" if node_type(before, old) != node_type(after, new) => {
                let found =
                    Found::new(family!("xml-changed"), old_at, new_at, "is written as another kind of XML node");
                found.wire(Wire::Breaking)
            }
            "xml" => Found::new(family!("xml-changed"), old_at, new_at, "has another XML representation"),
            "deprecated" => deprecation(before, after, old_at, new_at),
            "title" if titled => {
                let found = Found::new(kind!("title-changed"), old_at, new_at, "");
                let found = found.says("", "the title changed, and with it the name of a type");
                Found { doc_only: false, ..found.source(Source::Breaking) }
            }
            _ => {
                let deprecated = new.docs.get(DEPRECATED).and_then(|docs| docs.first()).map(|doc| doc.value);
                let node = |doc: Option<&Doc<'d>>| doc.map(|doc| Node::new(doc.value, &doc.at));
                let sunset = (keyword == SUNSET).then(|| sunset::changed(deprecated, node(before), node(after)));
                sunset.flatten().unwrap_or_else(|| changed(keyword, old_at, new_at))
            }
        });
    }
    let (before, after) = (examples(old), examples(new));
    if !same_set(&before, &after) || before.len() != after.len() {
        let at = |view: &View<'_>| {
            let found = ["examples", "example"].into_iter().find_map(|key| view.docs.get(key));
            found.and_then(|found| found.first()).map(|doc| doc.at.clone())
        };
        out.push(changed("examples", at(old), at(new)));
    }
    out
}

fn docs<'v, 'd>(view: &'v View<'d>, keyword: &str) -> &'v [Doc<'d>] {
    view.docs.get(keyword).map(Vec::as_slice).unwrap_or_default()
}

/// The kind of XML node for a value. Until 3.1, two flags expressed it.
fn node_type<'d>(xml: Option<&Doc<'d>>, view: &View<'d>) -> &'d str {
    let is_list = view.types.without(Types::NULL) == Types::ARRAY;
    let xml = xml.map(|doc| doc.value);
    let flag = |key| xml.is_some_and(|xml| xml.get(key) == Some(&Value::Bool(true)));
    match xml.and_then(|xml| xml.get("nodeType")?.as_str()) {
        Some(said) => said,
        None if flag("attribute") => "attribute",
        None if is_list && !flag("wrapped") => "none",
        None => "element",
    }
}

/// The other XML properties of a value.
fn beside_node_type(xml: Option<&Doc<'_>>) -> Value {
    let mut said = xml.and_then(|doc| doc.value.as_object().cloned()).unwrap_or_default();
    said.retain(|key, _| !matches!(key.as_str(), "nodeType" | "attribute" | "wrapped"));
    Value::Object(said)
}

fn deprecation(before: Option<&Doc<'_>>, after: Option<&Doc<'_>>, old: Option<String>, new: Option<String>) -> Found {
    let on = |doc: Option<&Doc<'_>>| doc.is_some_and(|doc| doc.value == &Value::Bool(true));
    match (on(before), on(after)) {
        (false, true) => Found::new(family!("deprecated"), old, new, "is now deprecated"),
        (true, false) => Found::new(family!("reactivated"), old, new, "is no longer deprecated"),
        _ => Found::cannot_judge(old, new, "has a `deprecated` that is neither true nor false"),
    }
}

/// The difference of one text: the first one that is read, or else one that is inline and exists on one side only.
fn differing<'v, 'd>(old: &'v [Doc<'d>], new: &'v [Doc<'d>]) -> Option<(Option<&'v Doc<'d>>, Option<&'v Doc<'d>>)> {
    match (old.first(), new.first()) {
        (Some(before), Some(after)) if same(before.value, after.value) => {
            let missing = |docs: &'v [Doc<'d>], others: &[Doc<'d>]| {
                docs.iter().find(|doc| !doc.foreign && !others.iter().any(|other| same(doc.value, other.value)))
            };
            match (missing(old, new), missing(new, old)) {
                (None, None) => None,
                (before, after) => Some((before, after)),
            }
        }
        (None, None) => None,
        (before, after) => Some((before, after)),
    }
}

fn examples<'d>(view: &View<'d>) -> Vec<&'d Value> {
    let mut found: Vec<&Value> = docs(view, "example").iter().map(|doc| doc.value).collect();
    for doc in docs(view, "examples") {
        match doc.value {
            Value::Array(items) => found.extend(items),
            other => found.push(other),
        }
    }
    found
}

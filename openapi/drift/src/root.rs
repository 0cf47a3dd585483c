//! Compares the contract's own data: its version, title, tags.

use std::collections::BTreeSet;

use serde_json::Value;
use zerogate_contract::version::{is_default_dialect, release};
use zerogate_contract::vocabulary::{self, Field, Holds};

use crate::found::{Findings, Found};
use crate::kind::kind;
use crate::node::{Node, place};
use crate::side::Sides;
use crate::text::{changed, is_extension, others};
use crate::value::{alike, quote_text, same_set};

/// Compares the top-level keys of the documents.
pub(crate) fn judge<'d>(sides: &Sides<'d>) -> Findings<'d> {
    let (old, new) = (sides.old.root(), sides.new.root());
    if old.object().is_none() || new.object().is_none() {
        return Findings::default();
    }
    // Texts and links have no judges.
    let is_judged = |field: &&Field| !matches!(field.holds, Holds::Text | Holds::Mapping);
    let mut judged: Vec<&str> =
        vocabulary::Node::Document.object().fields.iter().filter(is_judged).map(|field| field.name).collect();
    // The name of a document matters only for references to it, which are local by now.
    judged.push("$self");
    if old
        .value
        .get(DIALECT)
        .into_iter()
        .chain(new.value.get(DIALECT))
        .all(|it| it.as_str().is_some_and(is_default_dialect))
    {
        judged.push(DIALECT);
    }
    let mut out = others(&old, &new, &judged, &[]);
    out.found.extend(version(sides));
    out.found.extend(info(old.get("info").as_ref(), new.get("info").as_ref()));
    out.found.extend(tags(&old, &new));
    out
}

/// The dialect of JSON Schema.
const DIALECT: &str = "jsonSchemaDialect";

/// Compares tags, ignoring their order.
fn tags(old: &Node<'_>, new: &Node<'_>) -> Option<Found> {
    fn list<'n>(root: &'n Node<'_>) -> Vec<&'n Value> {
        root.value.get("tags").and_then(Value::as_array).into_iter().flatten().collect()
    }
    let (before, after) = (list(old), list(new));
    let equal = same_set(&before, &after) && before.len() == after.len();
    let odd = |root: &Node<'_>| root.value.get("tags").is_some_and(|tags| !tags.is_array());
    if equal && !((odd(old) || odd(new)) && old.value.get("tags") != new.value.get("tags")) {
        return None;
    }
    let found = Found::new(kind!("tags-changed"), old.place_of("tags"), new.place_of("tags"), "");
    Some(found.says("", "the description of the tags changed"))
}

/// Compares the version of OpenAPI: all supported versions share their meaning.
fn version(sides: &Sides<'_>) -> Option<Found> {
    let (old, new) = (sides.old.root(), sides.new.root());
    let (before, after) = (old.value.get("openapi"), new.value.get("openapi"));
    if before == after || [&sides.old, &sides.new].into_iter().all(|side| release(side.document).is_some()) {
        return None;
    }
    let found = Found::cannot_judge(old.place_of("openapi"), new.place_of("openapi"), "").always();
    Some(found.says("the version of OpenAPI", "is not supported by this comparison"))
}

fn info(old: Option<&Node<'_>>, new: Option<&Node<'_>>) -> Vec<Found> {
    if alike(old.map(|node| node.value), new.map(|node| node.value)) {
        return Vec::new();
    }
    let info_changed = |old, new, what: String| Found::new(kind!("info-changed"), old, new, "").says("", what);
    let objects = old.and_then(Node::object).zip(new.and_then(Node::object));
    let keys: BTreeSet<&String> = objects.iter().flat_map(|(was, is)| was.keys().chain(is.keys())).collect();
    let (Some(was), Some(is), false) = (old, new, keys.is_empty()) else {
        let what = "the information about the contract changed";
        return vec![info_changed(place(old), place(new), what.to_owned())];
    };
    let differing = keys.into_iter().filter(|key| !alike(was.value.get(key), is.value.get(key)));
    differing
        .map(|key| {
            let (old, new) = (was.place_of(key), is.place_of(key));
            match is_extension(key) {
                true => changed(key, old, new),
                false => info_changed(old, new, format!("the {} of the contract changed", quote_text(key))),
            }
        })
        .collect()
}

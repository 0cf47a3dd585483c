//! What people read: descriptions, summaries, examples, extensions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::change::{Source, Wire};
use super::engine::Engine;
use super::found::{Found, Name};
use super::gather::is_doc;
use super::schema::Compared;
use super::side::Node;
use super::value::{quote_text, same, same_set};
use super::view::{Doc, View};

/// The id for a change of a key that people read.
pub(super) fn id(keyword: &str) -> &'static str {
    match keyword {
        "summary" => "summary-changed",
        "title" => "title-changed",
        "example" | "examples" => "examples-changed",
        "externalDocs" => "external-docs-changed",
        "xml" => "xml-changed",
        _ if keyword.starts_with("x-") => "extension-changed",
        _ => "description-changed",
    }
}

/// A doc-only difference under a key.
pub(super) fn changed(keyword: &str, old: Option<String>, new: Option<String>) -> Found {
    let verb = match (&old, &new) {
        (None, _) => "was added",
        (_, None) => "was removed",
        _ => "has changed",
    };
    let what = format!("{} {verb}", article(keyword));
    Found::fixed(id(keyword), old, new).doc().says("", what)
}

fn article(keyword: &str) -> String {
    match keyword {
        "example" | "examples" => "an example".to_owned(),
        "externalDocs" => "the link to other documentation".to_owned(),
        "$comment" => "a comment".to_owned(),
        _ if keyword.starts_with("x-") => format!("the extension {}", quote_text(keyword)),
        _ => format!("the {keyword}"),
    }
}

impl<'d> Engine<'d> {
    /// Compares the keys of two objects that a judge does not name in `known`: texts for people, and what is unknown.
    pub(super) fn others(&mut self, old: &Node<'d>, new: &Node<'d>, known: &[&str], reach: &[super::change::Reach]) {
        self.old.judge(old.value);
        self.new.judge(new.value);
        let (Some(old_object), Some(new_object)) = (old.object(), new.object()) else {
            return;
        };
        let keys: BTreeSet<&String> = old_object.keys().chain(new_object.keys()).collect();
        if !known.contains(&"examples") {
            self.examples(old, new, reach);
        }
        for key in keys {
            let key = key.as_str();
            if known.contains(&key) || matches!(key, "example" | "examples") {
                continue;
            }
            let (before, after) = (old_object.get(key), new_object.get(key));
            let equal = match (before, after) {
                (Some(before), Some(after)) => same(before, after),
                (Some(only), None) | (None, Some(only)) => key == "deprecated" && only == &Value::Bool(false),
                (None, None) => true,
            };
            if equal {
                continue;
            }
            let (before, after) = (before.map(|_| old.below(key)), after.map(|_| new.below(key)));
            let found = if is_doc(key) {
                changed(key, before, after)
            } else {
                let what = format!("{} differs, and what that means is not known", quote_text(key));
                Engine::cannot_judge(before, after, "").always().says("", what)
            };
            self.report(found.reaches(reach.to_vec()));
        }
    }

    /// A key that must be true or false, and is neither.
    pub(super) fn odd_flag(&mut self, key: &str, old: &Node<'d>, new: &Node<'d>, reach: &[super::change::Reach]) {
        let (before, after) = (old.value.get(key), new.value.get(key));
        let odd = |value: Option<&Value>| value.is_some_and(|value| !value.is_boolean());
        if (odd(before) || odd(after)) && before != after {
            let (before, after) = (before.map(|_| old.below(key)), after.map(|_| new.below(key)));
            let what = format!("{} is neither true nor false", quote_text(key));
            self.report(Engine::cannot_judge(before, after, "").always().says("", what).reaches(reach.to_vec()));
        }
    }

    /// Examples: `example: x` says the same as a list or a mapping with `x` alone.
    fn examples(&mut self, old: &Node<'d>, new: &Node<'d>, reach: &[super::change::Reach]) {
        let (before, after) = (contents(old.value), contents(new.value));
        if same_set(&before, &after) && before.len() == after.len() {
            return;
        }
        let at = |node: &Node<'d>| {
            ["examples", "example"].into_iter().find(|key| node.value.get(key).is_some()).map(|key| node.below(key))
        };
        self.report(changed("examples", at(old), at(new)).reaches(reach.to_vec()));
    }

    /// The texts beside two references.
    pub(super) fn site_docs(&mut self, old: &Node<'d>, new: &Node<'d>) {
        if old.object().is_some_and(|object| object.len() == 1) && new.object().is_some_and(|object| object.len() == 1)
        {
            return;
        }
        self.others(old, new, &["$ref"], &[]);
    }

    /// The texts of two schemas.
    pub(super) fn schema_docs(&mut self, compared: &Compared<'d>) {
        let (pair, old, new) = (compared.pair, &compared.old, &compared.new);
        let (empty, mut keywords) = (Vec::new(), BTreeSet::new());
        keywords.extend(old.docs.keys().chain(new.docs.keys()).filter(|key| !matches!(**key, "example" | "examples")));
        for keyword in keywords {
            let (before, after) = (old.docs.get(keyword).unwrap_or(&empty), new.docs.get(keyword).unwrap_or(&empty));
            let Some((before, after)) = differing(before, after) else {
                continue;
            };
            let (before_at, after_at) = (before.map(|doc| doc.at.clone()), after.map(|doc| doc.at.clone()));
            let found = match keyword {
                "xml" => {
                    Found::new(Name::Schema("xml-changed"), before_at, after_at, "is written as XML in another way")
                        .doc()
                }
                "deprecated" => deprecation(before, after, before_at, after_at),
                "title" if compared.titled => {
                    let found = Found::fixed(id("title"), before_at, after_at).source(Source::Breaking);
                    found.says("", "the title has changed, and with it the name of a type")
                }
                _ => changed(keyword, before_at, after_at),
            };
            self.report_in(pair, found);
        }
        let (before, after) = (schema_examples(old), schema_examples(new));
        if !same_set(&before, &after) || before.len() != after.len() {
            let at = |view: &View<'d>| {
                let found = ["examples", "example"].into_iter().find_map(|key| view.docs.get(key));
                found.and_then(|found| found.first()).map(|doc| doc.at.clone())
            };
            let found = changed("examples", at(old), at(new));
            self.report_in(pair, found);
        }
    }
}

fn deprecation(before: Option<&Doc<'_>>, after: Option<&Doc<'_>>, old: Option<String>, new: Option<String>) -> Found {
    let on = |doc: Option<&Doc<'_>>| doc.is_some_and(|doc| doc.value == &Value::Bool(true));
    match (on(before), on(after)) {
        (false, true) => Found::new(Name::Schema("deprecated"), old, new, "is now deprecated").doc(),
        (true, false) => Found::new(Name::Schema("reactivated"), old, new, "is no longer deprecated").doc(),
        _ => Engine::cannot_judge(old, new, "is marked as deprecated with a value that says nothing")
            .wire(Wire::Risky)
            .source(Source::None),
    }
}

/// What differs of one text: the one that is read first, or else one that is written in place and found on one side only.
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

fn schema_examples<'d>(view: &View<'d>) -> Vec<&'d Value> {
    let mut found: Vec<&Value> = view.docs.get("example").into_iter().flatten().map(|doc| doc.value).collect();
    for doc in view.docs.get("examples").into_iter().flatten() {
        match doc.value {
            Value::Array(items) => found.extend(items),
            other => found.push(other),
        }
    }
    found
}

/// What the examples of a parameter, header or media type show.
fn contents(value: &Value) -> Vec<&Value> {
    let mut found: Vec<&Value> = value.get("example").into_iter().collect();
    match value.get("examples") {
        Some(Value::Object(named)) => {
            found.extend(named.values().map(|example| match example.as_object() {
                Some(object) if object.len() == 1 => object.get("value").unwrap_or(example),
                _ => example,
            }));
        }
        Some(other) => found.push(other),
        None => {}
    }
    found
}

//! Compares what a contract says of itself: its version, title, tags.

use std::collections::BTreeSet;

use serde_json::Value;

use super::engine::Engine;
use super::found::Found;
use super::side::Node;
use super::value::same_set;

impl<'d> Engine<'d> {
    /// The keys of the document itself.
    pub(super) fn document(&mut self) {
        let (old, new) = (self.old.root(), self.new.root());
        if old.object().is_none() || new.object().is_none() {
            return;
        }
        let known = ["openapi", "info", "servers", "security", "tags", "paths", "components", "webhooks"];
        self.others(&old, &new, &known, &[]);
        self.version(&old, &new);
        self.info(&old, &new);
        let tags = |root: &Node<'d>| root.value.get("tags").and_then(Value::as_array).map(|tags| tags.iter().collect());
        let (before, after): (Option<Vec<&Value>>, Option<Vec<&Value>>) = (tags(&old), tags(&new));
        let at = |root: &Node<'d>| root.get("tags").map(|tags| tags.at.to_string());
        let odd = |root: &Node<'d>| root.value.get("tags").is_some_and(|tags| !tags.is_array());
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let equal = same_set(&before, &after) && before.len() == after.len();
        if !equal || ((odd(&old) || odd(&new)) && old.value.get("tags") != new.value.get("tags")) {
            let found = Found::fixed("tags-changed", at(&old), at(&new)).doc();
            self.report(found.says("", "what is said of the tags has changed"));
        }
    }

    /// The version of OpenAPI: the versions that are understood here mean the same by the same words.
    fn version(&mut self, old: &Node<'d>, new: &Node<'d>) {
        let (before, after) = (old.value.get("openapi"), new.value.get("openapi"));
        let understood = |version: Option<&Value>| {
            version
                .and_then(Value::as_str)
                .is_some_and(|version| version.starts_with("3.0") || version.starts_with("3.1"))
        };
        if before != after && !(understood(before) && understood(after)) {
            let at = |root: &Node<'d>| root.get("openapi").map(|version| version.at.to_string());
            let found = Engine::cannot_judge(at(old), at(new), "").always();
            self.report(found.says("the version of OpenAPI", "is not one that this comparison knows"));
        }
    }

    fn info(&mut self, old: &Node<'d>, new: &Node<'d>) {
        let (before, after) = (old.get("info"), new.get("info"));
        if Engine::alike(before.as_ref(), after.as_ref()) {
            return;
        }
        let at = |node: &Option<Node<'d>>| node.as_ref().map(|node| node.at.to_string());
        let (Some(was), Some(is)) = (&before, &after) else {
            let found = Found::fixed("info-changed", at(&before), at(&after)).doc();
            self.report(found.says("", "what the contract says of itself has changed"));
            return;
        };
        let keys: BTreeSet<&str> = was.entries().into_iter().chain(is.entries()).map(|(key, _)| key).collect();
        if keys.is_empty() || was.object().is_none() || is.object().is_none() {
            let found = Found::fixed("info-changed", at(&before), at(&after)).doc();
            self.report(found.says("", "what the contract says of itself has changed"));
            return;
        }
        for key in keys {
            let (before, after) = (was.get(key), is.get(key));
            if Engine::alike(before.as_ref(), after.as_ref()) {
                continue;
            }
            let found = if key.starts_with("x-") {
                super::docs::changed(key, at(&before), at(&after))
            } else {
                let found = Found::fixed("info-changed", at(&before), at(&after)).doc();
                found.says("", format!("the {} of the contract has changed", super::value::quote_text(key)))
            };
            self.report(found);
        }
    }
}

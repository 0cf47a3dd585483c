//! Compares what credentials operations ask for, and how these work.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::{Reach, Wire};
use super::engine::Engine;
use super::found::Found;
use super::operation::{Operation, whole};
use super::side::{Node, Side};
use super::value::{quote_text, same};

/// The schemes that go together, each with its scopes.
type Alternative = BTreeMap<String, BTreeSet<String>>;

impl<'d> Engine<'d> {
    /// Compares the requirements in effect of every operation that both documents have, and then the schemes.
    pub(super) fn security(&mut self, pairs: &[(Operation<'d>, Operation<'d>)]) {
        let renamed = self.renamed_schemes();
        let mut users: BTreeMap<String, Vec<Reach>> = BTreeMap::new();
        for (old, new) in pairs {
            let (before, after) = (effective(&self.old, old), effective(&self.new, new));
            let (Some((before, old_at)), Some((after, new_at))) = (before, after) else {
                continue;
            };
            let before: Vec<Alternative> = before
                .into_iter()
                .map(|alternative| {
                    let name = |name: String| renamed.get(&name).cloned().unwrap_or(name);
                    alternative.into_iter().map(|(scheme, scopes)| (name(scheme), scopes)).collect()
                })
                .collect();
            let reach = whole(&old.name());
            for scheme in before.iter().chain(&after).flat_map(BTreeMap::keys) {
                users.entry(scheme.clone()).or_default().extend(reach.clone());
            }
            self.requirements(&before, &after, (&old_at, &new_at), &reach);
        }
        self.schemes(&users, &renamed);
    }

    fn requirements(&mut self, old: &[Alternative], new: &[Alternative], at: (&str, &str), reach: &[Reach]) {
        // A client that has what an alternative asks for is let in by any that asks for no more.
        let lets_in = |new: &Alternative, old: &Alternative| {
            new.iter().all(|(scheme, scopes)| old.get(scheme).is_some_and(|had| had.is_superset(scopes)))
        };
        let nothing = Alternative::new();
        let (was_open, is_open) = (old.contains(&nothing), new.contains(&nothing));
        if was_open != is_open {
            let (id, wire, what) = if is_open {
                ("api-security-became-optional", Wire::Compatible, "can now be called without credentials")
            } else {
                ("api-security-became-required", Wire::Breaking, "can no longer be called without credentials")
            };
            let found = Found::fixed(id, Some(at.0.to_owned()), Some(at.1.to_owned())).wire(wire);
            self.report(found.says("the operation", what).reaches(reach.to_vec()));
            // What is asked for instead, or no longer, is the same change.
            if old.len() == 1 && was_open || new.len() == 1 && is_open {
                return;
            }
        }
        let given = |list: &[Alternative]| -> Vec<Alternative> {
            list.iter().filter(|alternative| !alternative.is_empty()).cloned().collect()
        };
        let (old, new) = (&given(old), &given(new));
        let refused: Vec<&Alternative> = old.iter().filter(|old| !new.iter().any(|new| lets_in(new, old))).collect();
        let fresh: Vec<&Alternative> = new.iter().filter(|new| !old.contains(new)).collect();
        let gone: Vec<&Alternative> = old.iter().filter(|old| !new.contains(old)).collect();
        let place = |at: &str| Some(at.to_owned());
        let shown = |alternative: &Alternative| match alternative.len() {
            0 => "no credentials".to_owned(),
            _ => super::value::quote_list(alternative.keys().map(String::as_str)),
        };
        let mut told: Vec<&Alternative> = Vec::new();
        for old in &gone {
            let breaks = refused.contains(old);
            let same_schemes = fresh.iter().find(|new| new.keys().eq(old.keys()) && !told.contains(*new));
            let (id, wire, what) = match same_schemes {
                Some(new) => {
                    told.push(new);
                    if breaks {
                        (
                            "api-security-scope-added",
                            Wire::Breaking,
                            format!("asks for further scopes of {}", shown(new)),
                        )
                    } else {
                        (
                            "api-security-scope-removed",
                            Wire::Compatible,
                            format!("asks for fewer scopes of {}", shown(new)),
                        )
                    }
                }
                None if breaks => match fresh.iter().find(|new| !told.contains(*new)) {
                    Some(new) => {
                        told.push(new);
                        (
                            "api-security-updated",
                            Wire::Breaking,
                            format!("asks for {} in place of {}", shown(new), shown(old)),
                        )
                    }
                    None => ("api-security-removed", Wire::Breaking, format!("no longer takes {}", shown(old))),
                },
                None => match fresh.iter().find(|new| lets_in(new, old) && !told.contains(*new)) {
                    Some(new) => {
                        told.push(new);
                        let what = format!("asks for {} in place of {}", shown(new), shown(old));
                        ("api-security-updated", Wire::Compatible, what)
                    }
                    None => {
                        let what = format!("no longer takes {}, and takes less", shown(old));
                        ("api-security-removed", Wire::Compatible, what)
                    }
                },
            };
            let found = Found::fixed(id, place(at.0), place(at.1)).wire(wire);
            self.report(found.says("the operation", what).reaches(reach.to_vec()));
        }
        for new in fresh.into_iter().filter(|new| !told.contains(new)) {
            let found = Found::fixed("api-security-added", place(at.0), place(at.1)).wire(Wire::Compatible);
            self.report(found.says("the operation", format!("also takes {}", shown(new))).reaches(reach.to_vec()));
        }
    }

    /// Schemes that have another name in the contract and are the same.
    fn renamed_schemes(&mut self) -> BTreeMap<String, String> {
        let (before, after) = (schemes(&self.old), schemes(&self.new));
        let mut renamed = BTreeMap::new();
        let mut fresh: Vec<_> = after.iter().filter(|(name, _)| !before.contains_key(**name)).collect();
        for (name, scheme) in before.iter().filter(|(name, _)| !after.contains_key(**name)) {
            if let Some(place) = fresh.iter().position(|(_, other)| same(other.value, scheme.value)) {
                let (other, node) = fresh.remove(place);
                renamed.insert((*name).to_owned(), (*other).to_owned());
                self.old.account(scheme.value);
                self.new.account(node.value);
                let (old, new) = (Some(scheme.at.to_string()), Some(node.at.to_string()));
                let what = format!("is now called {}", quote_text(other));
                let found = Found::fixed("api-security-component-renamed", old, new);
                self.report(found.says(format!("the security scheme {}", quote_text(name)), what));
            }
        }
        renamed
    }

    fn schemes(&mut self, users: &BTreeMap<String, Vec<Reach>>, renamed: &BTreeMap<String, String>) {
        let (before, after) = (schemes(&self.old), schemes(&self.new));
        let empty = Vec::new();
        for (name, site) in &before {
            let reach = users.get(*name).unwrap_or(&empty);
            match after.get(name) {
                Some(other) => {
                    if let (Some(old), Some(new)) = (self.old.resolve(site), self.new.resolve(other)) {
                        self.scheme(name, &old, &new, reach);
                    }
                }
                None if renamed.contains_key(*name) => {}
                None => {
                    self.old.account(site.value);
                    let found = Found::fixed("api-security-component-removed", Some(site.at.to_string()), None);
                    self.report(found.says(format!("the security scheme {}", quote_text(name)), "was removed"));
                }
            }
        }
        for (name, site) in after.iter().filter(|(name, _)| !before.contains_key(**name)) {
            if !renamed.values().any(|to| to == name) {
                self.new.account(site.value);
                let found = Found::fixed("api-security-component-added", None, Some(site.at.to_string()));
                self.report(found.says(format!("the security scheme {}", quote_text(name)), "was added"));
            }
        }
    }

    fn scheme(&mut self, name: &str, old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) {
        let subject = format!("the security scheme {}", quote_text(name));
        let kind = |node: &Node<'d>| node.value.get("type").cloned();
        if kind(old) != kind(new) {
            // All that it says is of another kind; none of it is a change by itself.
            self.old.account(old.value);
            self.new.account(new.value);
            let at = |node: &Node<'d>| Some(node.get("type").map_or(node.at.to_string(), |node| node.at.to_string()));
            let shown =
                |node: &Node<'d>| kind(node).map_or_else(|| "none".to_owned(), |kind| super::value::quote(&kind));
            let what = format!("changed its `type` from {} to {}", shown(old), shown(new));
            let found = Found::fixed("api-security-component-type-changed", at(old), at(new)).wire(Wire::Breaking);
            self.report(found.says(subject, what).reaches(reach.to_vec()));
            return;
        }
        let judged = ["type", "scheme", "in", "name", "openIdConnectUrl", "bearerFormat", "flows", "deprecated"];
        self.others(old, new, &judged, reach);
        for key in ["scheme", "in", "name", "openIdConnectUrl", "bearerFormat", "deprecated"] {
            let (before, after) = (old.get(key), new.get(key));
            let value = |node: &Option<Node<'d>>| match node.as_ref().map(|node| node.value) {
                // The name of an HTTP scheme is of either case, and so is a header's.
                Some(Value::String(text)) if key == "scheme" || (key == "name" && old.text("in") == Some("header")) => {
                    Value::from(text.to_ascii_lowercase())
                }
                Some(other) => other.clone(),
                None => Value::Null,
            };
            if same(&value(&before), &value(&after)) {
                continue;
            }
            let at = |node: Option<Node<'d>>| node.map(|node| node.at.to_string());
            let (old_at, new_at) = (at(before), at(after));
            let found = match key {
                "openIdConnectUrl" => {
                    Found::fixed("api-security-component-open-id-url-changed", old_at, new_at).wire(Wire::Risky)
                }
                "bearerFormat" | "deprecated" => Found::fixed("description-changed", old_at, new_at).doc(),
                _ => Found::fixed("api-security-component-changed", old_at, new_at).wire(Wire::Breaking),
            };
            self.report(found.says(subject.clone(), format!("changed its `{key}`")).reaches(reach.to_vec()));
        }
        self.flows(&subject, old, new, reach);
    }

    fn flows(&mut self, subject: &str, old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) {
        let (Some(old), Some(new)) = (old.get("flows"), new.get("flows")) else {
            for (side, node) in [(&self.old, old), (&self.new, new)] {
                if let Some(flows) = node.get("flows") {
                    side.account(flows.value);
                }
            }
            let (before, after) = (old.get("flows"), new.get("flows"));
            if before.is_some() != after.is_some() {
                let at = |node: Option<Node<'d>>| node.map(|node| node.at.to_string());
                let found = Found::fixed("api-security-component-changed", at(before), at(after)).wire(Wire::Breaking);
                self.report(found.says(subject, "changed its `flows`").reaches(reach.to_vec()));
            }
            return;
        };
        let names: BTreeSet<&str> = old.entries().into_iter().chain(new.entries()).map(|(name, _)| name).collect();
        if old.object().is_none() || new.object().is_none() {
            return;
        }
        self.old.account(old.value);
        self.new.account(new.value);
        for name in names {
            let (before, after) = (old.get(name), new.get(name));
            let at = |node: &Option<Node<'d>>| node.as_ref().map(|node| node.at.to_string());
            if name.starts_with("x-") {
                if !Engine::alike(before.as_ref(), after.as_ref()) {
                    self.report(super::docs::changed(name, at(&before), at(&after)).reaches(reach.to_vec()));
                }
                continue;
            }
            let (Some(was), Some(is)) = (&before, &after) else {
                let wire = if after.is_some() { Wire::Compatible } else { Wire::Breaking };
                let found = Found::fixed("api-security-component-changed", at(&before), at(&after)).wire(wire);
                let what = format!("has the flow {} on one side only", quote_text(name));
                self.report(found.says(subject, what).reaches(reach.to_vec()));
                continue;
            };
            let keys: BTreeSet<&str> = was.entries().into_iter().chain(is.entries()).map(|(key, _)| key).collect();
            if keys.is_empty() && !same(was.value, is.value) {
                let found = Engine::cannot_judge(at(&before), at(&after), "");
                self.report(found.says(subject, "has a flow that is no mapping").reaches(reach.to_vec()));
            }
            for key in keys {
                let (before, after) = (was.get(key), is.get(key));
                if Engine::alike(before.as_ref(), after.as_ref()) {
                    continue;
                }
                if key == "scopes" {
                    self.listed_scopes(subject, before.as_ref(), after.as_ref(), reach);
                    continue;
                }
                let (old_at, new_at) = (at(&before), at(&after));
                let found = match key {
                    _ if key.starts_with("x-") => super::docs::changed(key, old_at, new_at),
                    "tokenUrl" | "refreshUrl" => {
                        Found::fixed("api-security-component-oauth-token-url-changed", old_at, new_at).wire(Wire::Risky)
                    }
                    "authorizationUrl" => {
                        Found::fixed("api-security-component-oauth-url-changed", old_at, new_at).wire(Wire::Risky)
                    }
                    _ => Engine::cannot_judge(old_at, new_at, ""),
                };
                let what = format!("changed {} of the flow {}", quote_text(key), quote_text(name));
                self.report(found.says(subject, what).reaches(reach.to_vec()));
            }
        }
    }
}

impl<'d> Engine<'d> {
    /// The scopes that a flow lists. Only those that operations ask for matter, and these are compared there.
    fn listed_scopes(&mut self, subject: &str, old: Option<&Node<'d>>, new: Option<&Node<'d>>, reach: &[Reach]) {
        let scopes = |node: Option<&Node<'d>>| -> BTreeMap<&'d str, Node<'d>> {
            node.into_iter().flat_map(Node::entries).collect()
        };
        let (before, after) = (scopes(old), scopes(new));
        let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        if names.is_empty() {
            let at = |node: Option<&Node<'d>>| node.map(|node| node.at.to_string());
            let found = Found::fixed("api-security-component-oauth-scope-changed", at(old), at(new)).doc();
            self.report(found.says(subject, "lists its scopes otherwise").reaches(reach.to_vec()));
        }
        for name in names {
            let (was, is) = (before.get(name), after.get(name));
            if Engine::alike(was, is) {
                continue;
            }
            let (id, what) = match (was, is) {
                (None, _) => ("api-security-component-oauth-scope-added", "lists the further scope"),
                (_, None) => ("api-security-component-oauth-scope-removed", "no longer lists the scope"),
                _ => ("api-security-component-oauth-scope-changed", "describes otherwise the scope"),
            };
            let at = |node: Option<&Node<'d>>| node.map(|node| node.at.to_string());
            let found = Found::fixed(id, at(was), at(is)).doc();
            self.report(found.says(subject, format!("{what} {}", quote_text(name))).reaches(reach.to_vec()));
        }
    }
}

fn schemes<'d>(side: &Side<'d>) -> BTreeMap<&'d str, Node<'d>> {
    let schemes = side.root().get("components").and_then(|components| components.get("securitySchemes"));
    schemes.iter().flat_map(Node::entries).filter(|(name, _)| !name.starts_with("x-")).collect()
}

/// The alternatives of an operation, and where they are written. Without any, no credentials are asked for.
fn effective(side: &Side<'_>, operation: &Operation<'_>) -> Option<(Vec<Alternative>, String)> {
    let list = operation.node.get("security").or_else(|| side.root().get("security"));
    match list {
        None => Some((vec![Alternative::new()], "/security".to_owned())),
        Some(list) => {
            let found = understood(&list)?;
            side.judge(list.value);
            Some((found, list.at.to_string()))
        }
    }
}

fn understood(list: &Node<'_>) -> Option<Vec<Alternative>> {
    let mut alternatives = Vec::new();
    for item in list.value.as_array()? {
        let mut alternative = Alternative::new();
        for (scheme, scopes) in item.as_object()? {
            let scopes = scopes.as_array()?.iter().map(|scope| scope.as_str().map(str::to_owned));
            alternative.insert(scheme.clone(), scopes.collect::<Option<BTreeSet<String>>>()?);
        }
        if !alternatives.contains(&alternative) {
            alternatives.push(alternative);
        }
    }
    if alternatives.is_empty() {
        alternatives.push(Alternative::new());
    }
    Some(alternatives)
}

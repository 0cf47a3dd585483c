//! Compares the components: those that operations use are compared by then, and only come and go here.

use std::collections::{BTreeMap, BTreeSet};

use zerogate_contract::names::pascal;

use super::change::{Source, Wire};
use super::engine::{Context, Engine};
use super::found::Found;
use super::message::Whose;
use super::parameter::Parameter;
use super::side::Node;
use super::value::{quote_text, same};
use super::view::Slot;

/// The sections other than schemas that have a judge.
const JUDGED: [&str; 5] = ["parameters", "headers", "responses", "requestBodies", "examples"];

impl<'d> Engine<'d> {
    /// Pairs the component schemas of both documents, whoever uses them.
    pub(super) fn component_schemas(&mut self) {
        let (old, new) = (self.section(true, "schemas"), self.section(false, "schemas"));
        for (name, before) in &old {
            let other = self.renames.to.get(*name).map_or(*name, String::as_str);
            if let Some(after) = new.get(other)
                && before.value.is_object() | before.value.is_boolean()
                && after.value.is_object() | after.value.is_boolean()
            {
                let type_names = (pascal(name), pascal(other));
                let context = Context { optional: None, type_names, untyped: false };
                let (pair, _) = self.pair(Slot::of(before.clone()), Slot::of(after.clone()), context);
                self.homes.push(pair);
            }
        }
    }

    /// Component schemas that came, went, or have another name.
    pub(super) fn component_names(&mut self) {
        let (old, new) = (self.section(true, "schemas"), self.section(false, "schemas"));
        let renamed: BTreeSet<String> = self.renames.to.values().cloned().collect();
        for (name, node) in &old {
            let at = Some(node.at.to_string());
            let subject = format!("the schema {}", quote_text(name));
            if let Some(to) = self.renames.to.get(*name).cloned() {
                let new_at = zerogate_contract::pointer::join("/components/schemas", &to);
                let found = Found::fixed("schema-renamed", at, Some(new_at))
                    .breaks_source_if(pascal(name) != pascal(&to))
                    .says(subject, format!("is now called {}", quote_text(&to)));
                self.report(found);
            } else if !new.contains_key(name) {
                if !self.moved_away(name, node) {
                    let found = Found::fixed("api-schema-removed", at, None).source(Source::Breaking);
                    self.report(found.says(subject, "was removed"));
                }
                self.old.account(node.value);
            }
        }
        for (name, node) in &new {
            if old.contains_key(name) || renamed.contains(*name) {
                continue;
            }
            if !self.moved_away(name, node) {
                let found =
                    Found::fixed("api-schema-added", None, Some(node.at.to_string())).source(Source::Compatible);
                self.report(found.says(format!("the schema {}", quote_text(name)), "was added"));
            }
            self.new.account(node.value);
        }
    }

    /// Whether a component was written in place before, or is now, or is kept in another section.
    fn moved_away(&self, name: &str, node: &Node<'d>) -> bool {
        self.moved.contains(name) || self.hoisted.contains(&node.address())
    }

    /// The other components.
    pub(super) fn components(&mut self) {
        let root = |root: Node<'d>| root.get("components");
        let (old, new) = (root(self.old.root()), root(self.new.root()));
        if let (Some(old), Some(new)) = (&old, &new) {
            let known = [
                "schemas",
                "parameters",
                "headers",
                "responses",
                "requestBodies",
                "examples",
                "securitySchemes",
                "links",
                "callbacks",
                "pathItems",
            ];
            self.others(old, new, &known, &[]);
        } else {
            for (side, node) in [(&self.old, &old), (&self.new, &new)] {
                node.iter().for_each(|node| side.judge(node.value));
            }
        }
        for section in JUDGED {
            let (old, new) = (self.section(true, section), self.section(false, section));
            for (name, site) in &old {
                match new.get(name) {
                    Some(other) => self.component(section, name, site, other),
                    None => self.component_gone(section, name, site, true),
                }
            }
            for (name, site) in &new {
                if !old.contains_key(name) {
                    self.component_gone(section, name, site, false);
                }
            }
        }
        let (old, new) = (self.section(true, "pathItems"), self.section(false, "pathItems"));
        // A path item that nothing refers to is at no path, and says nothing.
        for (_, site) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
            self.old.account(site.value);
        }
        for (_, site) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
            self.new.account(site.value);
        }
    }

    fn component(&mut self, section: &str, name: &str, old: &Node<'d>, new: &Node<'d>) {
        if same(old.value, new.value) && section == "examples" {
            return;
        }
        let (Some(old), Some(new)) = (self.old.resolve(old), self.new.resolve(new)) else {
            return;
        };
        if old.object().is_none() || new.object().is_none() {
            return;
        }
        match section {
            "headers" => self.header(name, &old, &new, None),
            "responses" => self.response(Whose { operation: None, status: Some("") }, &old, &new),
            "requestBodies" => self.body(Whose { operation: None, status: None }, &old, &new),
            "examples" => {
                self.old.account(old.value);
                self.new.account(new.value);
                let found = super::docs::changed("examples", Some(old.at.to_string()), Some(new.at.to_string()));
                self.report(found);
            }
            _ => {
                let parameter = |node: &Node<'d>| {
                    let (name, place) = (node.text("name")?, node.text("in")?);
                    Some(Parameter { name, place, node: node.clone(), site: node.clone() })
                };
                if let (Some(before), Some(after)) = (parameter(&old), parameter(&new)) {
                    self.component_parameter(&before, &after);
                }
            }
        }
    }

    fn component_parameter(&mut self, before: &Parameter<'d>, after: &Parameter<'d>) {
        self.parameter(None, before, after);
        let at = |parameter: &Parameter<'d>, key: &str| Some(parameter.node.below(key));
        let subject = format!("the parameter {}", quote_text(before.name));
        if before.place != after.place {
            let found = Found::fixed("request-parameter-moved", at(before, "in"), at(after, "in"));
            self.report(found.says(subject.clone(), format!("is now sent in the {}", after.place)));
        }
        if before.name != after.name && !(before.place == "path" && after.place == "path") {
            let found = Found::fixed("request-parameter-renamed", at(before, "name"), at(after, "name"));
            self.report(found.says(subject, format!("is now called {}", quote_text(after.name))));
        }
    }

    /// A component that only one document has. If it was used, what that did is told where it was used.
    fn component_gone(&mut self, section: &str, name: &str, site: &Node<'d>, removed: bool) {
        let side = if removed { &self.old } else { &self.new };
        let used = side.is_judged(site.value) || site.value.get("$ref").is_some() && side.is_accounted(site.value);
        side.account(site.value);
        if used {
            return;
        }
        let (id, what) = if removed { ("component-removed", "was removed") } else { ("component-added", "was added") };
        let at = Some(site.at.to_string());
        let (old, new) = if removed { (at, None) } else { (None, at) };
        let subject = format!("the component {} in `{section}`", quote_text(name));
        self.report(Found::fixed(id, old, new).wire(Wire::None).says(subject, what));
    }

    pub(super) fn section(&self, old: bool, name: &str) -> BTreeMap<&'d str, Node<'d>> {
        let side = if old { &self.old } else { &self.new };
        let section = side.root().get("components").and_then(|components| components.get(name));
        section.iter().flat_map(Node::entries).collect()
    }
}

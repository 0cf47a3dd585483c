//! Compares parameters and response headers.

use serde_json::Value;
use zerogate_contract::names::{pascal, snake};

use super::change::{Direction, Reach, Source, Wire};
use super::engine::{Engine, Place};
use super::found::Found;
use super::side::{Node, Side};
use super::value::{quote_text, same};

/// A parameter of an operation: its definition, and where the operation asks for it.
#[derive(Clone, Debug)]
pub(super) struct Parameter<'d> {
    pub(super) name: &'d str,
    pub(super) place: &'d str,
    pub(super) node: Node<'d>,
    pub(super) site: Node<'d>,
}

impl Parameter<'_> {
    /// What tells it from other parameters: the name of a header is of either case.
    pub(super) fn key(&self) -> (String, String) {
        let name = if self.place == "header" { self.name.to_ascii_lowercase() } else { self.name.to_owned() };
        (self.place.to_owned(), name)
    }

    pub(super) fn required(&self) -> bool {
        self.place == "path" || self.node.flag("required")
    }

    /// Whether generated code knows it: a cookie that may be left out is left out.
    fn is_generated(&self) -> bool {
        self.required() || (self.place != "cookie" && !self.is_unwritable())
    }

    /// Whether it is written in a way that generated code does not know.
    fn is_unwritable(&self) -> bool {
        self.place == "query"
            && self.node.get("schema").is_some()
            && effective("style", self.place, &self.node) != "form"
    }

    fn subject(&self) -> String {
        format!("the {} parameter {}", self.place, quote_text(self.name))
    }

    fn reach(&self, operation: &str) -> Reach {
        Reach {
            operation: operation.to_owned(),
            direction: Some(Direction::Request),
            status: None,
            field: self.name.to_owned(),
        }
    }
}

/// The parameters of a list that can be understood.
pub(super) fn parameters<'d>(side: &Side<'d>, list: Option<&Node<'d>>) -> Vec<Parameter<'d>> {
    let mut found: Vec<Parameter<'d>> = Vec::new();
    for site in list.into_iter().flat_map(Node::items) {
        let Some(node) = side.resolve(&site) else {
            continue;
        };
        let (Some(name), Some(place)) = (node.text("name"), node.text("in")) else {
            continue;
        };
        let parameter = Parameter { name, place, node, site };
        if !found.iter().any(|known| known.key() == parameter.key()) {
            found.push(parameter);
        }
    }
    found
}

const STYLED: [&str; 4] = ["style", "explode", "allowReserved", "allowEmptyValue"];

impl<'d> Engine<'d> {
    /// Compares the parameters of an operation. `renamed` are the names in its path that changed.
    pub(super) fn parameters(
        &mut self,
        operation: &str,
        old: &[Parameter<'d>],
        new: &[Parameter<'d>],
        renamed: &[(String, String)],
    ) {
        let mut taken = vec![false; new.len()];
        let mut alone = Vec::new();
        for before in old {
            let (place, name) = before.key();
            let renamed_to = renamed.iter().find(|(old, _)| place == "path" && *old == name);
            let key = (place, renamed_to.map_or(name, |(_, new)| new.clone()));
            match new.iter().position(|after| after.key() == key) {
                Some(index) => {
                    if let Some(taken) = taken.get_mut(index) {
                        *taken = true;
                    }
                    if let Some(after) = new.get(index) {
                        self.parameter(Some(operation), before, after);
                    }
                }
                None => alone.push(before),
            }
        }
        let mut fresh: Vec<&Parameter<'d>> =
            new.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(parameter, _)| parameter).collect();
        for before in alone {
            match fresh.iter().position(|after| moved(before, after)) {
                Some(index) => {
                    let after = fresh.remove(index);
                    self.parameter_moved(operation, before, after);
                }
                None => self.parameter_removed(operation, before),
            }
        }
        for after in fresh {
            self.parameter_added(operation, after);
        }
    }

    fn parameter_removed(&mut self, operation: &str, before: &Parameter<'d>) {
        self.old.account(before.site.value);
        let at = Some(before.site.at.to_string());
        let found = Found::fixed("request-parameter-removed", at, None)
            .wire(Wire::Risky)
            .breaks_source_if(before.is_generated());
        self.report(found.says(before.subject(), "was removed").reaches(vec![before.reach(operation)]));
    }

    fn parameter_added(&mut self, operation: &str, after: &Parameter<'d>) {
        self.new.account(after.site.value);
        let (id, wire, what) = if after.required() {
            ("new-required-request-parameter", Wire::Breaking, "was added, and is required")
        } else {
            ("new-optional-request-parameter", Wire::Compatible, "was added, and is optional")
        };
        let source = if after.is_generated() { Source::Compatible } else { Source::None };
        let found = Found::fixed(id, None, Some(after.site.at.to_string())).wire(wire).source(source);
        self.report(found.says(after.subject(), what).reaches(vec![after.reach(operation)]));
    }

    fn parameter_moved(&mut self, operation: &str, before: &Parameter<'d>, after: &Parameter<'d>) {
        let wire = if before.required() || after.required() { Wire::Breaking } else { Wire::Risky };
        let named = before.name == after.name;
        let cookie = before.place == "cookie" || after.place == "cookie";
        let renamed = snake(before.name) != snake(after.name);
        let (id, what) = if named {
            ("request-parameter-moved", format!("is now sent in the {}", after.place))
        } else {
            ("request-parameter-renamed", format!("is now called {}", quote_text(after.name)))
        };
        let at = |parameter: &Parameter<'d>| Some(parameter.node.below(if named { "in" } else { "name" }));
        let found = Found::fixed(id, at(before), at(after)).wire(wire).breaks_source_if(renamed || cookie);
        self.report(found.says(before.subject(), what).reaches(vec![before.reach(operation)]));
        self.parameter(Some(operation), before, after);
    }

    /// Compares two definitions of one parameter; `operation` is who uses them.
    pub(super) fn parameter(&mut self, operation: Option<&str>, before: &Parameter<'d>, after: &Parameter<'d>) {
        let reach: Vec<Reach> = operation.map(|operation| before.reach(operation)).into_iter().collect();
        let known = [
            "name",
            "in",
            "required",
            "schema",
            "content",
            "style",
            "explode",
            "allowReserved",
            "allowEmptyValue",
            "deprecated",
        ];
        self.others(&before.node, &after.node, &known, &reach);
        self.odd_flag("required", &before.node, &after.node, &reach);
        self.deprecated((&before.node, &after.node), Place::Parameter, &reach, &before.subject());
        let same_place = before.place == after.place;
        if before.place == "path" && same_place && before.name != after.name {
            let at = |parameter: &Parameter<'d>| Some(parameter.node.below("name"));
            let found = Found::fixed("request-path-parameter-renamed", at(before), at(after))
                .breaks_source_if(snake(before.name) != snake(after.name))
                .says(before.subject(), format!("is now called {}", quote_text(after.name)));
            self.report(found.reaches(reach.clone()));
        }
        let at = |parameter: &Parameter<'d>| Some(parameter.node.below("required"));
        if before.required() != after.required() {
            let (id, wire, what) = if after.required() {
                ("request-parameter-became-required", Wire::Breaking, "is now required")
            } else {
                ("request-parameter-became-optional", Wire::Compatible, "may now be left out")
            };
            let found = Found::fixed(id, at(before), at(after)).wire(wire);
            self.report(found.says(before.subject(), what).reaches(reach.clone()));
        }
        let style = |parameter: &Parameter<'d>| effective("style", parameter.place, &parameter.node);
        let same_style = same(&style(before), &style(after));
        for keyword in STYLED {
            // What `explode` means by itself depends on the style.
            let meant = keyword != "explode" || same_style;
            if (same_place && meant) || keyword == "allowReserved" {
                self.styled(keyword, before, after, &reach);
            }
        }
        let names =
            |parameter: &Parameter<'d>| format!("{}{}", pascal(operation.unwrap_or_default()), pascal(parameter.name));
        self.schema_or_content(
            &before.node,
            &after.node,
            Place::Parameter,
            operation.map(|operation| before.reach(operation)),
            (names(before), names(after)),
        );
    }

    /// How a parameter is written, by the values in effect.
    fn styled(&mut self, keyword: &'static str, before: &Parameter<'d>, after: &Parameter<'d>, reach: &[Reach]) {
        let (old, new) = (effective(keyword, before.place, &before.node), effective(keyword, after.place, &after.node));
        if same(&old, &new) {
            return;
        }
        let odd = |value: &Value| if keyword == "style" { !value.is_string() } else { !value.is_boolean() };
        let scalar = |parameter: &Parameter<'d>, side: &Side<'d>| {
            let schema = parameter.node.get("schema").and_then(|schema| side.resolve(&schema));
            let types = schema.as_ref().and_then(|schema| schema.text("type").map(str::to_owned));
            matches!(types.as_deref(), Some("string" | "integer" | "number" | "boolean"))
        };
        let on = new == Value::Bool(true);
        let (id, wire) = match keyword {
            _ if odd(&old) || odd(&new) => (super::ids::CANNOT_JUDGE, Wire::Risky),
            // A single value is written alike, whatever `explode` says.
            "explode" if scalar(before, &self.old) && scalar(after, &self.new) => return,
            "explode" => ("request-parameter-explode-changed", Wire::Breaking),
            "allowReserved" if on => ("request-parameter-became-allow-reserved", Wire::Risky),
            "allowReserved" => ("request-parameter-became-not-allow-reserved", Wire::Risky),
            "allowEmptyValue" if on => ("request-parameter-became-allow-empty-value", Wire::Compatible),
            "allowEmptyValue" => ("request-parameter-became-not-allow-empty-value", Wire::Breaking),
            _ => ("request-parameter-style-changed", Wire::Breaking),
        };
        let shown = |value: &Value| super::value::quote(value);
        let what = format!("changed `{keyword}` from {} to {}", shown(&old), shown(&new));
        let at = |node: &Node<'d>| Some(node.below(keyword));
        let source = match (before.is_unwritable(), after.is_unwritable()) {
            (false, true) if keyword == "style" => Source::Breaking,
            (true, false) if keyword == "style" => Source::Compatible,
            // What is not repeated for each value of a list is one text.
            _ if keyword == "explode" && before.place == "query" => Source::Breaking,
            _ => Source::None,
        };
        let found = Found::fixed(id, at(&before.node), at(&after.node)).wire(wire).source(source);
        self.report(found.says(before.subject(), what).reaches(reach.to_vec()));
    }

    /// What a parameter or header holds: a schema, or content of one media type.
    pub(super) fn schema_or_content(
        &mut self,
        old: &Node<'d>,
        new: &Node<'d>,
        place: Place,
        reach: Option<Reach>,
        names: (String, String),
    ) {
        match (old.get("content"), new.get("content")) {
            (None, None) => {
                if let Some((before, after)) = schemas(old, new) {
                    self.root(before, after, place, reach, names);
                }
            }
            (Some(before), Some(after)) => {
                let types = |node: &Node<'d>| node.entries().into_iter().next().filter(|_| node.entries().len() == 1);
                match (types(&before), types(&after)) {
                    (Some((old_type, old_media)), Some((new_type, new_media)))
                        if super::message::media_name(old_type) == super::message::media_name(new_type) =>
                    {
                        let reached: Vec<Reach> = reach.iter().cloned().collect();
                        self.others(&old_media, &new_media, &["schema"], &reached);
                        if let Some((before, after)) = schemas(&old_media, &new_media) {
                            self.root(before, after, place, reach, names);
                        }
                    }
                    _ => self.content_changed(&before, &after, reach),
                }
            }
            (before, after) => {
                let at = |node: &Option<Node<'d>>, other: &Node<'d>, key: &str| {
                    Some(node.as_ref().map_or_else(|| other.below(key), |node| node.at.to_string()))
                };
                let (old_at, new_at) = (at(&before, old, "schema"), at(&after, new, "schema"));
                let what = "is described by `content` on one side and by `schema` on the other";
                self.report(
                    Engine::cannot_judge(old_at, new_at, "").says("", what).reaches(reach.into_iter().collect()),
                );
                for (side, node) in [(&self.old, old), (&self.new, new)] {
                    for key in ["schema", "content"] {
                        if let Some(found) = node.get(key) {
                            side.account(found.value);
                        }
                    }
                }
            }
        }
    }

    fn content_changed(&mut self, before: &Node<'d>, after: &Node<'d>, reach: Option<Reach>) {
        if same(before.value, after.value) {
            return;
        }
        let (old, new) = (Some(before.at.to_string()), Some(after.at.to_string()));
        self.old.account(before.value);
        self.new.account(after.value);
        let what = "`content` names other media types";
        let found = Engine::cannot_judge(old, new, "").wire(Wire::Breaking).source(Source::Breaking);
        self.report(found.says("", what).reaches(reach.into_iter().collect()));
    }

    /// Deprecation of a parameter or header.
    pub(super) fn deprecated(
        &mut self,
        (old, new): (&Node<'d>, &Node<'d>),
        place: Place,
        reach: &[Reach],
        subject: &str,
    ) {
        let (before, after) = (old.value.get("deprecated"), new.value.get("deprecated"));
        let off = Value::Bool(false);
        if same(before.unwrap_or(&off), after.unwrap_or(&off)) {
            return;
        }
        let on = after == Some(&Value::Bool(true));
        let id = match (place, on) {
            (Place::Header, true) => "response-header-deprecated",
            (Place::Header, false) => "response-header-reactivated",
            (_, true) => "request-parameter-deprecated",
            (_, false) => "request-parameter-reactivated",
        };
        let what = if on { "is now deprecated" } else { "is no longer deprecated" };
        let at = |node: &Node<'d>| node.get("deprecated").map(|found| found.at.to_string());
        self.report(Found::fixed(id, at(old), at(new)).doc().says(subject, what).reaches(reach.to_vec()));
    }
}

/// Whether a parameter that is gone came back in another place, or under another name.
fn moved(before: &Parameter<'_>, after: &Parameter<'_>) -> bool {
    let one = (before.name == after.name) != (before.place == after.place);
    let schema = |parameter: &Parameter<'_>| parameter.node.value.get("schema").cloned();
    let equal = match (schema(before), schema(after)) {
        (Some(before), Some(after)) => same(&before, &after),
        _ => false,
    };
    one && equal && before.required() == after.required()
}

/// The schemas of two nodes; one that is missing allows anything.
pub(super) fn schemas<'d>(old: &Node<'d>, new: &Node<'d>) -> Option<(Node<'d>, Node<'d>)> {
    let any = |node: &Node<'d>| Node::new(&Value::Bool(true), &node.below("schema"));
    match (old.get("schema"), new.get("schema")) {
        (None, None) => None,
        (before, after) => Some((before.unwrap_or_else(|| any(old)), after.unwrap_or_else(|| any(new)))),
    }
}

/// The value of a key that is in effect.
pub(super) fn effective(keyword: &str, place: &str, node: &Node<'_>) -> Value {
    if let Some(value) = node.value.get(keyword) {
        return value.clone();
    }
    let style = || if matches!(place, "query" | "cookie") { "form" } else { "simple" };
    match keyword {
        "style" => Value::from(style()),
        "explode" => Value::from(node.text("style").unwrap_or_else(style) == "form"),
        _ => Value::Bool(false),
    }
}

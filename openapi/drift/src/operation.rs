//! Compares operations: what they are called, and what they take and give.

use std::collections::BTreeSet;

use serde_json::Value;
use zerogate_contract::names::snake;

use super::change::{Reach, Source, Wire};
use super::engine::Engine;
use super::found::Found;
use super::parameter::{Parameter, parameters};
use super::side::{Node, Side};
use super::value::quote_text;

/// An operation, and the path item that it stands in.
#[derive(Clone, Debug)]
pub(super) struct Operation<'d> {
    pub(super) path: &'d str,
    pub(super) method: &'static str,
    pub(super) item: Node<'d>,
    pub(super) node: Node<'d>,
}

impl Operation<'_> {
    pub(super) fn id(&self) -> Option<&str> {
        self.node.text("operationId")
    }

    /// How reports call it: by its id, or by method and path.
    pub(super) fn name(&self) -> String {
        self.id().map_or_else(|| self.place(), str::to_owned)
    }

    pub(super) fn place(&self) -> String {
        format!("{} {}", self.method.to_ascii_uppercase(), self.path)
    }

    pub(super) fn reach(&self) -> Vec<Reach> {
        whole(&self.name())
    }
}

/// An operation as a whole.
pub(super) fn whole(operation: &str) -> Vec<Reach> {
    vec![Reach { operation: operation.to_owned(), direction: None, status: None, field: String::new() }]
}

/// A path without the names of its parameters, and these names.
pub(super) fn template(path: &str) -> (String, Vec<String>) {
    let (mut plain, mut names) = (String::new(), Vec::new());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        plain.push_str(before);
        plain.push_str("{}");
        names.push(name.to_owned());
        rest = after;
    }
    plain.push_str(rest);
    (plain, names)
}

impl<'d> Engine<'d> {
    pub(super) fn operation(&mut self, old: &Operation<'d>, new: &Operation<'d>) {
        let name = old.name();
        let reach = old.reach();
        let subject = format!("the operation {}", quote_text(&name));
        let known = [
            "operationId",
            "parameters",
            "requestBody",
            "responses",
            "security",
            "servers",
            "deprecated",
            "tags",
            "callbacks",
        ];
        self.others(&old.node, &new.node, &known, &reach);
        let ((old_shape, old_names), (new_shape, new_names)) = (template(old.path), template(new.path));
        let mut renamed: Vec<(String, String)> = Vec::new();
        if old.method != new.method || old_shape != new_shape {
            let same: BTreeSet<&String> = old_names.iter().collect();
            let source = if same == new_names.iter().collect() { Source::None } else { Source::Breaking };
            let (old_at, new_at) = (Some(old.node.at.to_string()), Some(new.node.at.to_string()));
            let found = Found::fixed("api-operation-moved", old_at, new_at).wire(Wire::Breaking).source(source);
            let what = format!("moved from {} to {}", old.place(), new.place());
            self.report(found.says(subject.clone(), what).reaches(reach.clone()));
        } else {
            let names = old_names.into_iter().zip(new_names);
            renamed.extend(names.filter(|(old, new)| old != new));
        }
        self.operation_id(old, new, &reach);
        self.deprecation(old, new, &reach, &subject);
        self.tags(&old.node, &new.node, &reach);
        let before = effective_parameters(&self.old, old);
        let after = effective_parameters(&self.new, new);
        for (from, to) in &renamed {
            let declared = |list: &[Parameter<'d>], name: &String| {
                list.iter().any(|parameter| parameter.place == "path" && parameter.name == name)
            };
            if !(declared(&before, from) && declared(&after, to)) {
                let at = |operation: &Operation<'d>| Some(zerogate_contract::pointer::join("/paths", operation.path));
                let found = Found::fixed("request-path-parameter-renamed", at(old), at(new))
                    .breaks_source_if(snake(from) != snake(to))
                    .says(
                        format!("the path parameter {}", quote_text(from)),
                        format!("is now called {}", quote_text(to)),
                    );
                self.report(found.reaches(reach.clone()));
            }
        }
        self.parameters(&name, &before, &after, &renamed);
        self.request_body(&name, &old.node, &new.node);
        self.responses(&name, &old.node, &new.node);
    }

    fn operation_id(&mut self, old: &Operation<'d>, new: &Operation<'d>, reach: &[Reach]) {
        let (before, after) = (old.node.value.get("operationId"), new.node.value.get("operationId"));
        let at = |node: &Node<'d>| Some(node.below("operationId"));
        let (id, breaks, what) = match (before, after) {
            (None, None) => return,
            (Some(before), Some(after)) if before == after => return,
            (Some(Value::String(before)), Some(Value::String(after))) => {
                let what = format!("changed its id to {}", quote_text(after));
                ("api-operation-id-removed", snake(before) != snake(after), what)
            }
            (None, Some(Value::String(after))) => {
                ("api-operation-id-added", true, format!("got the id {}", quote_text(after)))
            }
            (Some(Value::String(_)), None) => ("api-operation-id-removed", true, "lost its id".to_owned()),
            _ => {
                let found = Engine::cannot_judge(at(&old.node), at(&new.node), "");
                let subject = format!("the operation {}", quote_text(&old.place()));
                self.report(found.says(subject, "has an id that is no text").reaches(reach.to_vec()));
                return;
            }
        };
        let (old_at, new_at) = (before.and(at(&old.node)), after.and(at(&new.node)));
        let subject = format!("the operation {}", quote_text(&old.name()));
        self.report(
            Found::fixed(id, old_at, new_at).breaks_source_if(breaks).says(subject, what).reaches(reach.to_vec()),
        );
    }

    fn deprecation(&mut self, old: &Operation<'d>, new: &Operation<'d>, reach: &[Reach], subject: &str) {
        let on = |node: &Node<'d>| node.value.get("deprecated").cloned().unwrap_or(Value::Bool(false));
        let (before, after) = (on(&old.node), on(&new.node));
        if before == after {
            return;
        }
        let at = |node: &Node<'d>| node.get("deprecated").map(|found| found.at.to_string());
        let (old_at, new_at) = (at(&old.node), at(&new.node));
        let found = match after {
            Value::Bool(true) => {
                Found::fixed("endpoint-deprecated", old_at, new_at).doc().says(subject, "is now deprecated")
            }
            Value::Bool(false) if before.is_boolean() => {
                Found::fixed("endpoint-reactivated", old_at, new_at).doc().says(subject, "is no longer deprecated")
            }
            _ => Engine::cannot_judge(old_at, new_at, "")
                .says(subject, "has a `deprecated` that is neither true nor false"),
        };
        self.report(found.reaches(reach.to_vec()));
    }

    /// Tags, whose order says nothing.
    fn tags(&mut self, old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) {
        let tags = |node: &Node<'d>| -> Vec<&'d Value> {
            match node.value.get("tags") {
                Some(Value::Array(tags)) => tags.iter().collect(),
                Some(other) => vec![other],
                None => Vec::new(),
            }
        };
        let (before, after) = (tags(old), tags(new));
        let at = |node: &Node<'d>| node.get("tags").map(|found| found.at.to_string());
        let lacks = |list: &[&Value], tag: &&Value| !list.iter().any(|known| super::value::same(known, tag));
        let missing = |list: &[&'d Value], others: &[&'d Value]| {
            let missing: Vec<String> =
                list.iter().filter(|tag| lacks(others, tag)).map(|tag| super::value::quote(tag)).collect();
            missing.join(", ")
        };
        for (id, list, others, verb) in
            [("api-tag-removed", &before, &after, "lost"), ("api-tag-added", &after, &before, "got")]
        {
            let tags = missing(list, others);
            if !tags.is_empty() {
                let found = Found::fixed(id, at(old), at(new)).doc();
                self.report(found.says("an operation", format!("{verb} the tag {tags}")).reaches(reach.to_vec()));
            }
        }
    }
}

/// The parameters in effect: those of the path item, unless the operation has its own of that name.
pub(super) fn effective_parameters<'d>(side: &Side<'d>, operation: &Operation<'d>) -> Vec<Parameter<'d>> {
    let mut found = parameters(side, operation.node.get("parameters").as_ref());
    for inherited in parameters(side, operation.item.get("parameters").as_ref()) {
        if !found.iter().any(|own| own.key() == inherited.key()) {
            found.push(inherited);
        }
    }
    found
}

//! One pass over a document: visits all of it, and collects the findings about each construct.
//!
//! The modules below decide what is a finding; the state of the pass is here.

mod message;
mod operation;
mod schema;

use std::collections::HashSet;

use serde_json::{Map, Value};
use zerogate_contract::pointer::Path;
use zerogate_contract::version::{self, Version};
use zerogate_contract::vocabulary::{Node, kind_of};
use zerogate_contract::{Document, Inventory, NoteKind, Problem, reference};

use super::fields::fields;
use super::finding::{Finding, Help, Remedy, Reported};
use super::names::{Shared, Types};
use super::operation::Ids;
use super::reference::broken;
use super::unused::{parents, unused, variables};
use super::value::mapping;
use super::{cycle, expansion};

/// A pass in progress.
pub(super) struct Survey<'d> {
    document: &'d Document,
    problems: Vec<Reported>,
    /// The maximum number of reported problems.
    most: usize,
    /// The number of problems that are not reported.
    left_out: usize,
    /// The component schemas that are parts of others, by `allOf`, `anyOf` or `oneOf`.
    parts: HashSet<String>,
    ids: Ids<'d>,
    types: Types<'d>,
    /// The number of properties that were visited to find what `allOf` adds.
    searched: usize,
    /// The number of properties that were visited to find what `allOf` takes over.
    merged: usize,
    /// Whether there were too many schemas to visit.
    too_much: bool,
}

impl<'d> Survey<'d> {
    /// Visits a document in canonical form. Returns at most `most` problems, the last of which says if there are more,
    /// and which schemas become one type.
    pub(super) fn of(document: &'d Document, most: usize) -> (Vec<Reported>, Shared) {
        let mut survey = Survey {
            document,
            problems: Vec::new(),
            most,
            left_out: 0,
            parts: HashSet::new(),
            ids: Ids::default(),
            types: Types::default(),
            searched: 0,
            merged: 0,
            too_much: false,
        };
        survey.root();
        if survey.too_much || (survey.problems.is_empty() && !Inventory::measured(document).1) {
            survey.report(
                &Path::Root,
                "the schemas are nested too deeply, or merge into too many fields",
                "shorten the chains of `allOf`",
            );
        }
        let shared = std::mem::take(&mut survey.types.shared);
        (survey.finish(), shared)
    }

    /// Reports a fault of the document.
    fn report(&mut self, path: &Path<'_>, message: impl Into<String>, help: impl Into<Help<'d>>) {
        self.tell([Finding::wrong(path, message, help)]);
    }

    /// Reports a construct that is valid, but cannot be generated as it is.
    fn limit(&mut self, path: &Path<'_>, message: impl Into<String>, help: impl Into<Help<'d>>, remedy: Remedy) {
        self.tell([Finding::limit(path, message, help, remedy)]);
    }

    /// Reports a fault of the document, and how it is read.
    fn mistake(&mut self, path: &Path<'_>, message: impl Into<String>, help: impl Into<Help<'d>>, remedy: Remedy) {
        self.tell([Finding::mistake(path, message, help, remedy)]);
    }

    /// Reports findings, up to the maximum.
    fn tell(&mut self, found: impl IntoIterator<Item = Finding<'d>>) {
        for Finding { pointer, message, help, remedy, mistake } in found {
            if self.is_full() {
                self.left_out += 1;
            } else {
                let problem = self.document.problem(&pointer, message, help.text());
                self.problems.push(Reported { problem, pointer, remedy, mistake });
            }
        }
    }

    /// Whether the maximum number of problems is reached.
    fn is_full(&self) -> bool {
        self.problems.len() >= self.most
    }

    /// Whether a node is a reference. Reports what is wrong with it.
    fn is_reference(&mut self, path: &Path<'_>, node: &'d Value, kind: Node) -> bool {
        self.tell(broken(self.document, path, node, kind));
        reference(node).is_some()
    }

    /// The entries of a node, after checking its fields; `None` if it is not an object.
    fn object(&mut self, path: &Path<'_>, node: &'d Value, kind: Node) -> Option<&'d Map<String, Value>> {
        self.tell(fields(path, node, kind));
        node.as_object()
    }

    fn finish(mut self) -> Vec<Reported> {
        if self.left_out > 0 {
            let message = format!("{} more problems are not shown", self.left_out);
            let problem = Problem {
                file: self.document.name().to_owned(),
                position: None,
                pointer: String::new(),
                message,
                help: "correct the others first".to_owned(),
            };
            // If all reported problems have workarounds, the others can be handled afterwards.
            let remedy = self.problems.iter().all(|found| found.remedy.is_some()).then_some(Remedy::Least);
            self.problems.push(Reported { problem, pointer: String::new(), remedy, mistake: false });
        }
        self.problems
    }

    fn root(&mut self) {
        let value = self.document.value();
        if let Some(root) = value.as_object() {
            match version::of(self.document, root) {
                Version::Supported => {}
                Version::Unclear(problem) => self.problems.push(Reported::wrong(problem)),
                Version::Unsupported(problem) => {
                    self.problems.push(Reported::wrong(problem));
                    return;
                }
            }
        }
        let path = &Path::Root;
        let Some(root) = self.object(path, value, Node::Document) else { return };
        if let Some(info) = mapping(root, "info") {
            self.object(&path.key("info"), info, Node::Info);
        }
        self.each(path, root, "servers", |survey, path, server| {
            survey.object(path, server, Node::Server);
            survey.tell(variables(path, server));
        });
        self.each(path, root, "tags", |survey, path, tag| {
            survey.object(path, tag, Node::Tag);
        });
        self.tell(parents(path, root));
        self.security(path, root);
        self.parts = cycle::parts(self.document);
        if let Some(components) = mapping(root, "components") {
            self.components(&path.key("components"), components);
        }
        self.tell(cycle::circles(self.document));
        let (endless, too_much) = expansion::endless(self.document);
        self.too_much |= too_much;
        self.tell(endless);
        self.paths(path, root);
    }

    fn components(&mut self, path: &Path<'_>, node: &'d Value) {
        let Some(components) = self.object(path, node, Node::Components) else { return };
        let clashes = self.types.components(path, components);
        self.tell(clashes);
        self.named(path, components, Node::Schema, |survey, path, name, schema| {
            survey.component_schema(path, name, schema);
        });
        self.named(path, components, Node::Parameter, |survey, path, _, parameter| {
            survey.parameter(path, parameter);
        });
        self.named(path, components, Node::Header, |survey, path, _, header| survey.header(path, header));
        self.named(path, components, Node::RequestBody, |survey, path, _, body| {
            survey.request_body(path, body, None);
        });
        self.named(path, components, Node::Response, |survey, path, _, response| {
            survey.response(path, response, None);
        });
        for kind in [Node::Example, Node::Link, Node::Callback] {
            self.tell(unused(path, components, kind.section().unwrap_or_default(), kind));
        }
        self.named(path, components, Node::SecurityScheme, |survey, path, _, scheme| {
            survey.security_scheme(path, scheme);
        });
    }

    /// Visits the entries of a section of `components`, except extensions.
    fn named(
        &mut self,
        path: &Path<'_>,
        components: &'d Map<String, Value>,
        kind: Node,
        visit: impl Fn(&mut Self, &Path<'_>, &'d str, &'d Value),
    ) {
        let section = kind.section().unwrap_or_default();
        let path = path.key(section);
        for (name, node) in components.get(section).and_then(Value::as_object).into_iter().flatten() {
            visit(self, &path.key(name), name, node);
        }
    }

    /// Checks that a sequence contains only strings.
    fn texts(&mut self, path: &Path<'_>, object: &'d Map<String, Value>, key: &str) {
        self.each(path, object, key, |survey, path, item| {
            if !item.is_string() {
                let message = format!("the items of `{key}` must be strings, but this is {}", kind_of(item));
                let remedy = Remedy::remove(NoteKind::Exact, path.render(), "it was omitted");
                survey.mistake(path, message, "use strings, in quotes if necessary", remedy);
            }
        });
    }

    /// Visits the items of a sequence.
    fn each(
        &mut self,
        path: &Path<'_>,
        object: &'d Map<String, Value>,
        key: &str,
        mut visit: impl FnMut(&mut Self, &Path<'_>, &'d Value),
    ) {
        let path = path.key(key);
        for (index, item) in object.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
            visit(self, &path.item(index), item);
        }
    }
}

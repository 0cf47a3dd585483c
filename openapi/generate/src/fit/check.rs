//! Whether a contract can be used: everything that is wrong with it, at once.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};
use zerogate_contract::pointer::Path;
use zerogate_contract::version::{self, Version};
use zerogate_contract::walk::Node;
use zerogate_contract::{Contract, ContractError, Document, Inventory, Problem, reference, vocabulary};

use super::fields::fields;
use super::finding::{Finding, Help, Remedy};
use super::reference::broken;
use super::{cycle, expansion};

/// How many problems are told. A document with more has one that is not in this list.
const MAX_PROBLEMS: usize = 500;

/// Checks that a document can be generated from, validated against and taken stock of.
///
/// The rules are those of OpenAPI 3.0.3 and 3.1, as far as breaking them leaves a document unusable, and the limits of
/// the generator (progenitor 0.15), which panics on what it cannot do, or emits code that does not compile. What stands in
/// `x-…`, in examples, links and callbacks is not looked at.
///
/// A document that is right and beyond those limits can be built from all the same: [`lower`](crate::lower) works round
/// them, and says what that costs.
///
/// # Errors
///
/// All problems, not only the first (up to 500), each with its place and a way out.
///
/// ```
/// use zerogate_contract::{Contract, Document};
/// use zerogate_generate::check;
///
/// let document = Document::parse(
///     "gate.yaml",
///     "
/// openapi: 3.0.3
/// info: {title: Gate, version: '1'}
/// paths:
///   /gate_sessions/{id}:
///     get:
///       sumary: Retrieve a session.
///       responses:
///         200: {description: The session.}
/// ",
/// )?;
/// let problems: Vec<String> =
///     check(&Contract::of(document)).unwrap_err().problems().iter().map(ToString::to_string).collect();
/// assert_eq!(
///     problems,
///     [
///         "gate.yaml:6:5: /paths/~1gate_sessions~1{id}/get: the path has `{id}`, but the operation has no such \
///          parameter; declare a parameter `id` with `in: path` and `required: true`",
///         "gate.yaml:7:7: /paths/~1gate_sessions~1{id}/get/sumary: an operation has no field `sumary` in \
///          OpenAPI 3.0; did you mean `summary`?",
///     ],
/// );
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
pub fn check(contract: &Contract) -> Result<(), ContractError> {
    let found = findings(contract.document(), MAX_PROBLEMS);
    ContractError::unless_none(found.into_iter().map(|found| found.problem).collect())
}

/// What a check found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) problem: Problem,
    /// Where, in the document that was checked: the problem has the pointer of the text.
    pub(crate) pointer: String,
    /// The document is right, and this is a limit of the generator, with a way round it.
    pub(crate) remedy: Option<Remedy>,
}

/// Checks a document in its canonical form; tells no more than `most` problems, and that there are more.
pub(crate) fn findings(document: &Document, most: usize) -> Vec<Found> {
    let mut checker = Checker::new(document, most);
    checker.root();
    if checker.too_much || (checker.problems.is_empty() && !Inventory::measured(document).1) {
        checker.report(
            &Path::Root,
            "the schemas nest so deep, or merge into so many fields, that they cannot be read",
            "shorten the chains of `allOf`",
        );
    }
    checker.finish()
}

impl Found {
    fn wrong(problem: Problem) -> Self {
        Self { pointer: problem.pointer.clone(), problem, remedy: None }
    }
}

/// A check in progress.
pub(super) struct Checker<'d> {
    pub(super) document: &'d Document,
    pub(super) problems: Vec<Found>,
    /// How many problems are told.
    pub(super) most: usize,
    /// How many problems are not told.
    pub(super) left_out: usize,
    /// The component schemas that are a part of another, by `allOf`, `anyOf` or `oneOf`.
    pub(super) parts: HashSet<String>,
    /// Operation ids by the name of their method, with the places they were seen at.
    pub(super) operation_ids: HashMap<String, (&'d str, String)>,
    /// The types that will be generated: their names, and where they come from.
    pub(super) types: HashMap<String, (String, &'d Value)>,
    /// The last number that was put behind a name to make another one of it.
    pub(super) numbers: HashMap<String, usize>,
    /// How many properties were looked at to find what `allOf` supplies.
    pub(super) searched: usize,
    /// The schemas are more than could be looked at.
    pub(super) too_much: bool,
}

impl<'d> Checker<'d> {
    pub(super) fn new(document: &'d Document, most: usize) -> Self {
        Checker {
            document,
            problems: Vec::new(),
            most,
            left_out: 0,
            parts: HashSet::new(),
            operation_ids: HashMap::new(),
            types: HashMap::new(),
            numbers: HashMap::new(),
            searched: 0,
            too_much: false,
        }
    }

    /// Tells what is wrong with the document.
    pub(super) fn report(&mut self, path: &Path<'_>, message: impl Into<String>, help: impl Into<Help<'d>>) {
        self.tell([Finding::wrong(path, message, help)]);
    }

    /// Tells what is right by the specification, and cannot be generated as it is.
    pub(super) fn limit(
        &mut self,
        path: &Path<'_>,
        message: impl Into<String>,
        help: impl Into<Help<'d>>,
        remedy: Remedy,
    ) {
        self.tell([Finding::limit(path, message, help, remedy)]);
    }

    /// Tells what was found, as far as there is room.
    pub(super) fn tell(&mut self, found: impl IntoIterator<Item = Finding<'d>>) {
        for Finding { pointer, message, help, remedy } in found {
            if self.is_full() {
                self.left_out += 1;
            } else {
                let problem = self.document.problem(&pointer, message, help.text());
                self.problems.push(Found { problem, pointer, remedy });
            }
        }
    }

    /// Whether no more problems are told.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= self.most
    }

    /// Whether a node is a reference. What is wrong with that has been told.
    pub(super) fn is_reference(&mut self, path: &Path<'_>, node: &'d Value, kind: Node) -> bool {
        self.tell(broken(self.document, path, node, kind));
        reference(node).is_some()
    }

    /// The entries of a node, after its fields were looked at; `None` if it is no object at all.
    pub(super) fn object(&mut self, path: &Path<'_>, node: &'d Value, kind: Node) -> Option<&'d Map<String, Value>> {
        self.tell(fields(path, node, kind));
        node.as_object()
    }

    pub(super) fn finish(mut self) -> Vec<Found> {
        if self.left_out > 0 {
            let message = format!("{} more problems are not shown", self.left_out);
            let problem = Problem {
                file: self.document.name().to_owned(),
                position: None,
                pointer: String::new(),
                message,
                help: "correct the others first".to_owned(),
            };
            // If all the others can be worked round, so can these, once those are.
            let remedy = self.problems.iter().all(|found| found.remedy.is_some()).then_some(Remedy::Least);
            self.problems.push(Found { problem, pointer: String::new(), remedy });
        }
        self.problems
    }

    fn root(&mut self) {
        let value = self.document.value();
        if let Some(root) = value.as_object() {
            match version::of(self.document, root) {
                Version::Supported => {}
                Version::Unclear(problem) => self.problems.push(Found::wrong(problem)),
                Version::Unsupported(problem) => {
                    self.problems.push(Found::wrong(problem));
                    return;
                }
            }
        }
        let path = &Path::Root;
        let Some(root) = self.object(path, value, Node::Document) else { return };
        if let Some(info) = mapping(root, "info") {
            self.object(&path.key("info"), info, Node::Info);
        }
        self.each(path, root, "servers", |checker, path, server| {
            checker.object(path, server, Node::Server);
        });
        self.each(path, root, "tags", |checker, path, tag| {
            checker.object(path, tag, Node::Tag);
        });
        self.security(path, root);
        cycle::collect_parts(value, &mut self.parts);
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
        self.component_types(path, components);
        self.named(path, components, Node::Schema, |checker, path, name, schema| {
            checker.component_schema(path, name, schema);
        });
        self.named(path, components, Node::Parameter, |checker, path, _, parameter| {
            checker.parameter(path, parameter);
        });
        self.named(path, components, Node::Header, |checker, path, _, header| checker.header(path, header));
        self.named(path, components, Node::RequestBody, |checker, path, _, body| {
            checker.request_body(path, body, None);
        });
        self.named(path, components, Node::Response, |checker, path, _, response| {
            checker.response(path, response, None);
        });
        self.named(path, components, Node::SecurityScheme, |checker, path, _, scheme| {
            checker.security_scheme(path, scheme);
        });
    }

    /// Visits the entries of a part of `components`, without extensions.
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

    /// Checks that a sequence holds nothing but text.
    pub(super) fn texts(&mut self, path: &Path<'_>, object: &'d Map<String, Value>, key: &str) {
        self.each(path, object, key, |checker, path, item| {
            if !item.is_string() {
                let message = format!("`{key}` holds text, but this is {}", vocabulary::kind_of(item));
                checker.report(path, message, "write text, in quotes if need be");
            }
        });
    }

    /// Visits the items of a sequence.
    pub(super) fn each(
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

/// The mapping under a key. Anything else there has been told.
fn mapping<'d>(object: &'d Map<String, Value>, key: &str) -> Option<&'d Value> {
    object.get(key).filter(|value| value.is_object())
}

/// The entries of the mapping under a key.
pub(super) fn entries<'d>(object: &'d Map<String, Value>, key: &str) -> impl Iterator<Item = (&'d String, &'d Value)> {
    object.get(key).and_then(Value::as_object).into_iter().flatten()
}

pub(super) fn is_true(object: &Map<String, Value>, key: &str) -> bool {
    object.get(key) == Some(&Value::Bool(true))
}

//! Reads schemas: their shapes, and the fields of objects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::model::{Field, Schema};
use super::node::{entries, sequence};
use super::shape::{Form, Shape, rendered};
use crate::document::{Document, component, reference};
use crate::pointer;
use crate::vocabulary::refuses;

/// The maximum depth of `allOf`. Longer chains exist only in attacks.
const MAX_COMPOSITION: usize = 64;

/// The maximum depth of inline schemas: a document cannot nest deeper.
const MAX_DEPTH: usize = 128;

/// The maximum size of an inventory, roughly in bytes of names. Merging `allOf` repeats fields, and a short document
/// can make that millions.
const BUDGET: usize = 32 * 1024 * 1024;

/// Reads schemas, and collects the named ones.
pub(super) struct Reader<'d> {
    document: &'d Document,
    schemas: BTreeMap<String, Schema>,
    /// The schemas that are being read, outermost first: the addresses of their nodes, and their names.
    open: Vec<(Vec<usize>, String)>,
    budget: usize,
    complete: bool,
}

impl<'d> Reader<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        Reader { document, schemas: BTreeMap::new(), open: Vec::new(), budget: BUDGET, complete: true }
    }

    pub(super) fn finish(self) -> (BTreeMap<String, Schema>, bool) {
        (self.schemas, self.complete)
    }

    /// Reads every component schema.
    pub(super) fn components(&mut self) {
        let document = self.document;
        for (name, node) in entries(document.value().pointer(pointer::SCHEMAS)) {
            let (shape, fields) = self.describe(&[node], name);
            self.schemas.insert(name.clone(), Schema { shape, fields, inline: false });
        }
    }

    /// The shape of a schema at `place`. An inline object becomes a schema with that name.
    pub(super) fn shape(&mut self, node: &Value, place: &str) -> Shape {
        self.shape_of_all(&[node], place)
    }

    fn shape_of_all(&mut self, nodes: &[&Value], place: &str) -> Shape {
        let mut name = place.to_owned();
        // A component may have the same name, or two media types may describe the same body.
        while self.schemas.contains_key(&name) || self.is_component(&name) {
            name.push('\'');
        }
        let (shape, fields) = self.describe(nodes, &name);
        if fields.is_empty() {
            return shape;
        }
        self.schemas.insert(name.clone(), Schema { shape: shape.clone(), fields, inline: true });
        Shape { form: Form::Named(name), ..shape }
    }

    fn is_component(&self, name: &str) -> bool {
        self.document.value().pointer(pointer::SCHEMAS).is_some_and(|schemas| schemas.get(name).is_some())
    }

    /// The shape of a value that all of `nodes` describe, and its fields if it is an object.
    fn describe(&mut self, nodes: &[&Value], place: &str) -> (Shape, Vec<Field>) {
        if let [node] = nodes {
            if let Some(name) = reference(node) {
                return (Shape::named(component(name).as_deref().unwrap_or(name)), Vec::new());
            }
            if let Some(name) = renamed(node) {
                let nullable = node.get("nullable") == Some(&Value::Bool(true));
                return (Shape { nullable, ..Shape::named(&name) }, Vec::new());
            }
        }
        if self.open.len() > MAX_DEPTH || !self.spend(place.len()) {
            self.complete = false;
            return (Shape::any(), Vec::new());
        }
        // Merged with its parent, a schema can contain itself: `children: {allOf: [Node, …]}` inside `Node`.
        let addresses: Vec<usize> = nodes.iter().map(|node| std::ptr::from_ref(*node).addr()).collect();
        if let Some((_, name)) = self.open.iter().find(|(open, _)| *open == addresses) {
            return (Shape { kind: "object".to_owned(), ..Shape::named(name) }, Vec::new());
        }
        self.open.push((addresses, place.to_owned()));
        let described = self.merge(nodes, place);
        self.open.pop();
        described
    }

    fn merge(&mut self, nodes: &[&Value], place: &str) -> (Shape, Vec<Field>) {
        let mut parts = Vec::new();
        for node in nodes {
            self.flatten(node, 0, &mut BTreeSet::new(), &mut parts);
        }
        let fields = self.fields(&parts, place);
        let (mut kind, mut form) = self.kind(&parts, place);
        if kind == "any" && !fields.is_empty() {
            "object".clone_into(&mut kind);
            form = Form::Plain(kind.clone());
        }
        let own = nodes.iter().all(|node| node.get("nullable") == Some(&Value::Bool(true)));
        let shape = Shape { kind, nullable: own, values: values(&parts), constraints: constraints(&parts), form };
        (shape, fields)
    }

    /// Collects the schema objects that `allOf` and references combine.
    fn flatten<'n>(
        &mut self,
        node: &'n Value,
        depth: usize,
        seen: &mut BTreeSet<&'n str>,
        parts: &mut Vec<&'n Map<String, Value>>,
    ) where
        'd: 'n,
    {
        if depth > MAX_COMPOSITION || !self.spend(1) {
            self.complete = false;
            return;
        }
        if let Some(target) = reference(node) {
            if seen.insert(target)
                && let Some(node) = self.document.target(target)
            {
                self.flatten(node, depth + 1, seen, parts);
            }
        } else if let Value::Object(part) = node {
            parts.push(part);
            for member in sequence(part.get("allOf")) {
                self.flatten(member, depth + 1, seen, parts);
            }
        }
    }

    fn fields(&mut self, parts: &[&Map<String, Value>], place: &str) -> Vec<Field> {
        let required: BTreeSet<&str> =
            parts.iter().flat_map(|part| sequence(part.get("required"))).filter_map(Value::as_str).collect();
        let mut properties: BTreeMap<&String, Vec<&Value>> = BTreeMap::new();
        for (name, node) in parts.iter().flat_map(|part| entries(part.get("properties"))) {
            let nodes = properties.entry(name).or_default();
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        let mut fields = Vec::new();
        for (name, nodes) in properties {
            if !self.spend(place.len() + name.len()) {
                break;
            }
            let shape = self.shape_of_all(&nodes, &format!("{place}.{name}"));
            fields.push(Field { required: required.contains(name.as_str()), name: name.clone(), shape });
        }
        fields
    }

    fn kind(&mut self, parts: &[&Map<String, Value>], place: &str) -> (String, Form) {
        let first = |key: &str| parts.iter().find_map(|part| part.get(key));
        for (key, words) in [("oneOf", "one of"), ("anyOf", "any of")] {
            if let Some(Value::Array(members)) = first(key) {
                let members: Vec<Shape> = members
                    .iter()
                    .enumerate()
                    .map(|(index, member)| self.shape(member, &format!("{place}#{}", index + 1)))
                    .collect();
                let kinds: Vec<&str> = members.iter().map(|member| member.kind.as_str()).collect();
                return (format!("{words} {}", kinds.join(" | ")), Form::Union(members));
            }
        }
        let kind = match first("type").and_then(Value::as_str) {
            Some("array") => {
                let items = first("items").map_or_else(Shape::any, |items| self.shape(items, &format!("{place}[]")));
                return (format!("array<{}>", items.kind), Form::Array(Box::new(items)));
            }
            Some(kind) => kind,
            None if parts.iter().any(|part| part.contains_key("additionalProperties")) => "object",
            None => "any",
        };
        let open = first("additionalProperties").filter(|more| more.as_object().is_some_and(|more| !more.is_empty()));
        match (kind, open) {
            ("object", Some(more)) => {
                let more = self.shape(more, &format!("{place}{{}}"));
                (format!("map<{}>", more.kind), Form::Map(Box::new(more)))
            }
            _ => {
                let format = first("format").and_then(Value::as_str).map(|format| format!("({format})"));
                (format!("{kind}{}", format.unwrap_or_default()), Form::Plain(kind.to_owned()))
            }
        }
    }

    /// Takes from the budget; false if it is used up.
    fn spend(&mut self, bytes: usize) -> bool {
        // The cost of a fact besides its text.
        const FIXED: usize = 64;
        match self.budget.checked_sub(bytes + FIXED) {
            Some(left) => self.budget = left,
            None => self.complete = false,
        }
        self.complete
    }
}

/// The component that a schema only decorates: in OpenAPI 3.0, `allOf` with one reference adds a description or
/// `nullable`.
fn renamed(node: &Value) -> Option<String> {
    let object = node.as_object()?;
    let [only] = object.get("allOf")?.as_array()?.as_slice() else { return None };
    let decorates = |key: &String| matches!(key.as_str(), "allOf" | "nullable" | "type") || !refuses(key);
    let says_nothing = object.keys().all(decorates) && constraints(&[object]).is_empty();
    if says_nothing { component(reference(only)?) } else { None }
}

/// The values that every enum among the parts allows.
fn values(parts: &[&Map<String, Value>]) -> Vec<String> {
    let mut enums = parts.iter().filter_map(|part| part.get("enum").and_then(Value::as_array));
    let Some(first) = enums.next() else { return Vec::new() };
    let others: Vec<_> = enums.collect();
    let mut values: Vec<String> = first
        .iter()
        .filter(|value| !value.is_null() && others.iter().all(|other| other.contains(value)))
        .map(rendered)
        .collect();
    values.sort();
    values.dedup();
    values
}

fn constraints(parts: &[&Map<String, Value>]) -> Vec<String> {
    const WORDS: [(&str, &str); 11] = [
        ("multipleOf", "multiple of"),
        ("minLength", "minimum length"),
        ("maxLength", "maximum length"),
        ("pattern", "pattern"),
        ("minItems", "minimum items"),
        ("maxItems", "maximum items"),
        ("minProperties", "minimum fields"),
        ("maxProperties", "maximum fields"),
        ("minimum", "minimum"),
        ("maximum", "maximum"),
        ("default", "default"),
    ];
    const FLAGS: [(&str, &str); 4] = [
        ("uniqueItems", "unique items"),
        ("readOnly", "read-only"),
        ("writeOnly", "write-only"),
        ("deprecated", "deprecated"),
    ];
    let mut constraints = Vec::new();
    for part in parts {
        let is_set = |key: &str| part.get(key) == Some(&Value::Bool(true));
        for (key, words) in WORDS {
            let exclusive = match key {
                "minimum" => is_set("exclusiveMinimum"),
                "maximum" => is_set("exclusiveMaximum"),
                _ => false,
            };
            if let Some(value) = part.get(key) {
                constraints.push(format!("{}{words} {}", if exclusive { "exclusive " } else { "" }, rendered(value)));
            }
        }
        constraints.extend(FLAGS.iter().filter(|(key, _)| is_set(key)).map(|(_, words)| (*words).to_owned()));
        if part.get("additionalProperties") == Some(&Value::Bool(false)) {
            constraints.push("no other fields".to_owned());
        }
    }
    constraints.sort();
    constraints.dedup();
    constraints
}

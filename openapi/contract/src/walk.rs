//! Walks through an OpenAPI document and names what each node of it is.
//!
//! What stands in examples, in extensions and in defaults is data: it may look like a schema or a reference, and is
//! neither.

use serde_json::{Map, Value};

use crate::inventory::METHODS;
use crate::pointer;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A path item: the operations of a path.
    PathItem,
    /// An operation.
    Operation,
    /// A parameter.
    Parameter,
    /// A header of a response.
    Header,
    /// A request body.
    RequestBody,
    /// A response.
    Response,
    /// A media type of a body, parameter or header.
    MediaType,
    /// A schema.
    Schema,
}

/// Keywords that hold schemas by name.
const BY_NAME: [&str; 4] = ["properties", "patternProperties", "$defs", "dependentSchemas"];
/// Keywords that hold a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords that hold one schema.
const SINGLE: [&str; 11] = [
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
];

/// Calls `visit` on every node, with its JSON pointer; what is inside a node comes before it.
///
/// So a visitor that rewrites a node sees the pointers of the document as it was, as far as it only rewrites what it is
/// given.
pub fn walk(root: &mut Value, visit: &mut dyn FnMut(Node, &str, &mut Value)) {
    let mut walk = Walk { pointer: String::new(), visit };
    for section in ["paths", "webhooks"] {
        walk.each(root, section, &mut |walk, item| walk.node(Node::PathItem, item));
    }
    walk.at(root, "components", &mut |walk, components| {
        for (section, node) in [
            ("schemas", Node::Schema),
            ("parameters", Node::Parameter),
            ("headers", Node::Header),
            ("requestBodies", Node::RequestBody),
            ("responses", Node::Response),
            ("pathItems", Node::PathItem),
        ] {
            walk.each(components, section, &mut |walk, entry| walk.node(node, entry));
        }
    });
}

struct Walk<'v> {
    pointer: String,
    visit: &'v mut dyn FnMut(Node, &str, &mut Value),
}

type Step<'s, 'v> = &'s mut dyn FnMut(&mut Walk<'v>, &mut Value);

impl<'v> Walk<'v> {
    fn node(&mut self, node: Node, value: &mut Value) {
        // A reference has nothing inside but, beside a schema's, what 3.1 lets stand there.
        match node {
            Node::PathItem => {
                self.list(value, "parameters", Node::Parameter);
                for method in METHODS {
                    self.at(value, method, &mut |walk, operation| walk.node(Node::Operation, operation));
                }
            }
            Node::Operation => {
                self.list(value, "parameters", Node::Parameter);
                self.at(value, "requestBody", &mut |walk, body| walk.node(Node::RequestBody, body));
                self.each(value, "responses", &mut |walk, response| walk.node(Node::Response, response));
            }
            Node::Parameter | Node::Header => {
                self.at(value, "schema", &mut |walk, schema| walk.node(Node::Schema, schema));
                self.each(value, "content", &mut |walk, media| walk.node(Node::MediaType, media));
            }
            Node::RequestBody => self.each(value, "content", &mut |walk, media| walk.node(Node::MediaType, media)),
            Node::Response => {
                self.each(value, "headers", &mut |walk, header| walk.node(Node::Header, header));
                self.each(value, "content", &mut |walk, media| walk.node(Node::MediaType, media));
            }
            Node::MediaType => self.at(value, "schema", &mut |walk, schema| walk.node(Node::Schema, schema)),
            Node::Schema => {
                for keyword in BY_NAME {
                    self.each(value, keyword, &mut |walk, schema| walk.node(Node::Schema, schema));
                }
                for keyword in LISTS {
                    self.list(value, keyword, Node::Schema);
                }
                for keyword in SINGLE {
                    // 3.0 has flags here, too.
                    if value
                        .get(keyword)
                        .is_some_and(|schema| keyword != "additionalProperties" || !schema.is_boolean())
                    {
                        self.at(value, keyword, &mut |walk, schema| walk.node(Node::Schema, schema));
                    }
                }
            }
        }
        (self.visit)(node, &self.pointer, value);
    }

    /// Steps to the value under a key, if there is one.
    fn at(&mut self, value: &mut Value, key: &str, step: Step<'_, 'v>) {
        if let Some(value) = value.as_object_mut().and_then(|object| object.get_mut(key)) {
            self.step(key, value, step);
        }
    }

    /// Steps to each entry of the mapping under a key.
    fn each(&mut self, value: &mut Value, key: &str, step: Step<'_, 'v>) {
        self.at(value, key, &mut |walk, value| {
            for (name, entry) in value.as_object_mut().map(Map::iter_mut).into_iter().flatten() {
                if !name.starts_with("x-") || walk.names_are_free() {
                    walk.step(name, entry, step);
                }
            }
        });
    }

    /// Steps to each item of the sequence under a key.
    fn list(&mut self, value: &mut Value, key: &str, node: Node) {
        self.at(value, key, &mut |walk, value| {
            for (index, item) in value.as_array_mut().into_iter().flatten().enumerate() {
                walk.step(&index.to_string(), item, &mut |walk, item| walk.node(node, item));
            }
        });
    }

    fn step(&mut self, key: &str, value: &mut Value, step: Step<'_, 'v>) {
        let length = self.pointer.len();
        pointer::push(&mut self.pointer, key);
        step(self, value);
        self.pointer.truncate(length);
    }

    /// Whether the mapping that is walked through has names of its own choosing: a header may be called `x-request-id`.
    fn names_are_free(&self) -> bool {
        !self.pointer.ends_with("/paths")
            && !self.pointer.ends_with("/responses")
            && !self.pointer.ends_with("/webhooks")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    #[test]
    fn every_schema_is_found_and_no_data() {
        let document = Document::parse(
            "gate.yaml",
            "
paths:
  x-paths: {get: {parameters: [{schema: {}}]}}
  /a:
    parameters: [{schema: {}}]
    get:
      requestBody: {content: {application/json: {schema: {items: {}, example: {items: {}}}}}}
      responses: {'200': {headers: {x-id: {schema: {}}}, content: {text/csv: {schema: {additionalProperties: true}}}}}
components:
  schemas:
    A: {properties: {items: {}, x-b: {}}, default: {not: {}}, allOf: [{not: {}}], x-c: {items: {}}}
",
        )
        .unwrap();
        let mut found = Vec::new();
        walk(&mut document.value().clone(), &mut |node, pointer, _| {
            if node == Node::Schema {
                found.push(pointer.to_owned());
            }
        });
        assert_eq!(
            found,
            [
                "/paths/~1a/parameters/0/schema",
                "/paths/~1a/get/requestBody/content/application~1json/schema/items",
                "/paths/~1a/get/requestBody/content/application~1json/schema",
                "/paths/~1a/get/responses/200/headers/x-id/schema",
                "/paths/~1a/get/responses/200/content/text~1csv/schema",
                "/components/schemas/A/properties/items",
                "/components/schemas/A/properties/x-b",
                "/components/schemas/A/allOf/0/not",
                "/components/schemas/A/allOf/0",
                "/components/schemas/A",
            ]
        );
    }
}

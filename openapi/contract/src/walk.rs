//! Walks through an OpenAPI document, and names the kind of each node.
//!
//! Examples, extensions and defaults are data: they may look like schemas or references, but are not. Callbacks and
//! links are not walked: they are not requests of the client.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::pointer::{self, Path};
use crate::vocabulary::{Field, Holds, Node, is_extension};

/// Whether a walk enters nodes of a kind.
const fn is_walked(node: Node) -> bool {
    use Node::{
        Components, Document, Encoding, Header, MediaType, Operation, Parameter, PathItem, RequestBody, Response,
        Schema,
    };
    matches!(
        node,
        Document
            | Components
            | PathItem
            | Operation
            | Parameter
            | Header
            | RequestBody
            | Response
            | MediaType
            | Encoding
            | Schema
    )
}

/// Whether a walk visits nodes of a kind. The others only lead to them.
fn is_visited(node: Node) -> bool {
    !matches!(node, Node::Document | Node::Components)
}

/// The fields of each kind of node that a walk enters.
static FIELDS: LazyLock<Vec<Vec<&'static Field>>> = LazyLock::new(|| {
    let inside = |field: &&Field| match field.holds {
        Holds::One(node) | Holds::OneOrFlag(node) | Holds::Map(node) | Holds::Keyed(node) | Holds::List(node) => {
            is_walked(node)
        }
        _ => false,
    };
    Node::ALL.iter().map(|node| node.object().fields.iter().filter(inside).collect()).collect()
});

fn fields(node: Node) -> &'static [&'static Field] {
    FIELDS.get(node as usize).map_or(&[], Vec::as_slice)
}

/// The position of a node in its parent.
#[derive(Clone, Copy, Debug)]
pub struct Step<'s> {
    /// The field that holds it.
    pub field: &'static Field,
    /// Its position in that field.
    pub key: Key<'s>,
}

/// The position of a node in a field.
#[derive(Clone, Copy, Debug)]
pub enum Key<'s> {
    /// The field holds only this node.
    Whole,
    /// The node is an entry with this name.
    Name(&'s str),
    /// The node is an item with this index.
    Index(usize),
}

impl Step<'_> {
    /// Appends the step to a rendered pointer.
    fn push(self, at: &mut String) {
        pointer::push(at, self.field.name);
        match self.key {
            Key::Whole => {}
            Key::Name(name) => pointer::push(at, name),
            Key::Index(index) => pointer::push_index(at, index),
        }
    }
}

impl<'s> Key<'s> {
    /// The path of the node, from the path of the field.
    #[must_use]
    pub fn below(self, field: &'s Path<'s>) -> Path<'s> {
        match self {
            Key::Whole => *field,
            Key::Name(name) => field.key(name),
            Key::Index(index) => field.item(index),
        }
    }
}

/// The field that holds the node at a pointer; `None` if there is no node.
#[must_use]
pub fn field_at(at: &str) -> Option<&'static Field> {
    let (mut node, mut last) = (Node::Document, None);
    let mut tokens = pointer::tokens(at);
    while let Some(token) = tokens.next() {
        let field = node.field(&token)?;
        node = match field.holds {
            Holds::One(node) | Holds::OneOrFlag(node) => node,
            Holds::Map(node) | Holds::Keyed(node) | Holds::List(node) => tokens.next().map(|_| node)?,
            _ => return None,
        };
        last = Some(field);
    }
    last
}

/// Walks over shared or mutable nodes; both are the same except for the borrows.
macro_rules! walk {
    (
        $(#[$doc:meta])* $walk:ident, $inside:ident, $children:ident:
        <$($lifetime:lifetime)?> &$borrow:lifetime $($mut:ident)?, $object:ident, $array:ident, $get:ident
    ) => {
        $(#[$doc])*
        pub fn $walk<$($lifetime)?>(
            root: &$borrow $($mut)? Value,
            visit: &mut dyn FnMut(Node, &str, &$borrow $($mut)? Value),
        ) {
            $inside(Node::Document, root, &mut String::new(), visit);
        }

        fn $inside<$($lifetime)?>(
            node: Node,
            value: &$borrow $($mut)? Value,
            at: &mut String,
            visit: &mut dyn FnMut(Node, &str, &$borrow $($mut)? Value),
        ) {
            let length = at.len();
            if let Some(object) = value.$object() {
                $children(node, object, &mut |step, inner, value| {
                    step.push(at);
                    $inside(inner, value, at, visit);
                    at.truncate(length);
                });
            }
            if is_visited(node) {
                visit(node, at, value);
            }
        }

        /// Calls `each` on every direct child node of an object, with its position and kind.
        pub fn $children<$($lifetime)?>(
            node: Node,
            object: &$borrow $($mut)? Map<String, Value>,
            each: &mut dyn FnMut(Step<$borrow>, Node, &$borrow $($mut)? Value),
        ) {
            let fields = fields(node);
            // An object has a few of very many fields, most often none: it is asked for those alone.
            let index = |key: &String| fields.iter().position(|field| field.name == *key);
            let present = object.keys().filter_map(index).fold(0_u128, |present, index| present | (1 << index));
            for (_, field) in fields.iter().copied().enumerate().filter(|(index, _)| (present >> index) & 1 == 1) {
                let Some(value) = object.$get(field.name) else { continue };
                match field.holds {
                    Holds::OneOrFlag(_) if value.is_boolean() => {}
                    Holds::One(inner) | Holds::OneOrFlag(inner) => each(Step { field, key: Key::Whole }, inner, value),
                    Holds::Map(inner) | Holds::Keyed(inner) => {
                        let extensible = matches!(field.holds, Holds::Keyed(_));
                        for (name, entry) in value.$object().into_iter().flatten() {
                            if !(extensible && is_extension(name)) {
                                each(Step { field, key: Key::Name(name) }, inner, entry);
                            }
                        }
                    }
                    Holds::List(inner) => {
                        for (index, item) in value.$array().into_iter().flatten().enumerate() {
                            each(Step { field, key: Key::Index(index) }, inner, item);
                        }
                    }
                    _ => {}
                }
            }
        }
    };
}

walk! {
    /// Calls `visit` on every node, with its JSON pointer. Children come before their parent.
    walk, inside, children: <'v> &'v, as_object, as_array, get
}

walk! {
    /// Like [`walk`], for a visitor that rewrites.
    ///
    /// Pointers are those of the original document, as long as the visitor only rewrites the node it is given.
    walk_mut, inside_mut, children_mut: <> &'_ mut, as_object_mut, as_array_mut, get_mut
}

/// Like [`walk_mut`], but parents come before their children, as the visitor left them.
pub fn walk_down_mut(root: &mut Value, visit: &mut dyn FnMut(Node, &str, &mut Value)) {
    down(Node::Document, root, &mut String::new(), visit);
}

fn down(node: Node, value: &mut Value, at: &mut String, visit: &mut dyn FnMut(Node, &str, &mut Value)) {
    if is_visited(node) {
        visit(node, at, value);
    }
    let length = at.len();
    if let Some(object) = value.as_object_mut() {
        children_mut(node, object, &mut |step, inner, value| {
            step.push(at);
            down(inner, value, at, visit);
            at.truncate(length);
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::Document;

    #[test]
    fn every_schema_is_visited_and_no_data() {
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
        walk(document.value(), &mut |node, pointer, _| {
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

    #[test]
    fn a_field_differs_from_a_name_with_the_same_spelling() {
        for (at, field) in [
            ("/components/schemas/A/properties/b", Some("properties")),
            ("/components/schemas/A/properties/properties/items", Some("items")),
            ("/components/schemas/properties", Some("schemas")),
            ("/paths/~1a/get/responses/200/content/text~1csv/schema/allOf/0", Some("allOf")),
            ("/components/schemas", None),
            ("/components/schemas/A/default/properties/b", None),
            ("", None),
        ] {
            assert_eq!(field_at(at).map(|field| field.name), field, "{at}");
        }
    }

    #[test]
    fn every_field_of_the_vocabulary_is_walked() {
        for node in Node::ALL.into_iter().filter(|node| is_walked(*node)) {
            let mut wanted = Vec::new();
            let mut value = json!({});
            for field in node.object().fields {
                let (inner, held, place) = match field.holds {
                    Holds::One(inner) | Holds::OneOrFlag(inner) => (inner, json!({}), ""),
                    Holds::Map(inner) | Holds::Keyed(inner) => (inner, json!({"n": {}}), "/n"),
                    Holds::List(inner) => (inner, json!([{}]), "/0"),
                    _ => continue,
                };
                value[field.name] = held;
                if is_walked(inner) && is_visited(inner) {
                    wanted.push((inner, format!("/{}{place}", field.name)));
                }
            }
            let mut found = Vec::new();
            inside(node, &value, &mut String::new(), &mut |node, at, _| found.push((node, at.to_owned())));
            found.retain(|(_, at)| !at.is_empty());
            assert_eq!(found, wanted, "{node:?}");
            let mut rewritten = Vec::new();
            inside_mut(node, &mut value, &mut String::new(), &mut |node, at, _| rewritten.push((node, at.to_owned())));
            rewritten.retain(|(_, at)| !at.is_empty());
            assert_eq!(rewritten, wanted, "{node:?}");
        }
    }
}

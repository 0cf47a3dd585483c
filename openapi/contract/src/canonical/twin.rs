//! Rewrites registered extensions as the OpenAPI 3.2 fields that they stand for.

use serde_json::{Map, Value};

use super::rewriting::Rewriting;
use crate::pointer;
use crate::vocabulary::{ADDITIONAL, Field, Holds, METHODS, Node, is_extension};

/// Whether [`fields`] may change the entry with this key.
pub(super) fn concerns(key: &str) -> bool {
    key == ADDITIONAL || (is_extension(key) && twins().any(|field| field.twin == key))
}

fn twins() -> impl Iterator<Item = &'static Field> {
    Node::ALL.iter().flat_map(|node| node.object().fields).filter(|field| !field.twin.is_empty())
}

/// Renames each extension to its field, unless that is present too.
pub(super) fn fields(value: &mut Value, rewriting: &mut Rewriting) {
    inside(Node::Document, value, &mut String::new(), rewriting);
}

/// From the outside in: an extension may contain others.
fn inside(node: Node, value: &mut Value, at: &mut String, rewriting: &mut Rewriting) {
    let Some(object) = value.as_object_mut() else { return };
    for field in node.object().fields.iter().filter(|field| !field.twin.is_empty()) {
        if !object.contains_key(field.name)
            && let Some(twin) = object.remove(field.twin)
        {
            object.insert(field.name.to_owned(), twin);
            rewriting.moved.push((pointer::join(at, field.name), pointer::join(at, field.twin)));
        }
    }
    if node == Node::PathItem {
        own_methods(object, at, rewriting);
    }
    let whole = at.len();
    for field in node.object().fields {
        let Some(value) = object.get_mut(field.name) else { continue };
        pointer::push(at, field.name);
        let length = at.len();
        match field.holds {
            Holds::One(inner) | Holds::OneOrFlag(inner) => inside(inner, value, at, rewriting),
            Holds::Map(inner) | Holds::Keyed(inner) => {
                let is_entry = |name: &str| !(matches!(field.holds, Holds::Keyed(_)) && is_extension(name));
                for (name, entry) in value.as_object_mut().into_iter().flatten().filter(|(name, _)| is_entry(name)) {
                    pointer::push(at, name);
                    inside(inner, entry, at, rewriting);
                    at.truncate(length);
                }
            }
            Holds::List(inner) => {
                for (index, item) in value.as_array_mut().into_iter().flatten().enumerate() {
                    pointer::push_index(at, index);
                    inside(inner, item, at, rewriting);
                    at.truncate(length);
                }
            }
            _ => {}
        }
        at.truncate(whole);
    }
}

/// Additional operations with methods that have fields: QUERY has none before 3.2.
fn own_methods(item: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    for method in METHODS {
        let sent = method.to_ascii_uppercase();
        if !item.contains_key(method)
            && let Some(operation) = item.get_mut(ADDITIONAL).and_then(|others| others.as_object_mut()?.remove(&sent))
        {
            item.insert(method.to_owned(), operation);
            let from = pointer::join(&pointer::join(at, ADDITIONAL), &sent);
            rewriting.moved.push((pointer::join(at, method), from));
        }
    }
}

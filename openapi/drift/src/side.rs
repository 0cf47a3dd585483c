//! One of the two documents: how its references are followed, and what of it has been judged.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use serde_json::{Map, Value};
use zerogate_contract::{Document, pointer, reference};

/// How many references are followed in a row.
const MAX_REFERENCES: usize = 64;

/// A node and the pointer of where it is written.
#[derive(Clone, Debug)]
pub(super) struct Node<'d> {
    pub(super) value: &'d Value,
    pub(super) at: Rc<str>,
}

impl<'d> Node<'d> {
    pub(super) fn new(value: &'d Value, at: &str) -> Self {
        Node { value, at: Rc::from(at) }
    }

    /// The entry under a key.
    pub(super) fn get(&self, key: &str) -> Option<Node<'d>> {
        Some(Node::new(self.value.get(key)?, &pointer::join(&self.at, key)))
    }

    /// The entries, if it is a mapping.
    pub(super) fn entries(&self) -> Vec<(&'d str, Node<'d>)> {
        let Some(object) = self.value.as_object() else {
            return Vec::new();
        };
        object.iter().map(|(key, value)| (key.as_str(), Node::new(value, &pointer::join(&self.at, key)))).collect()
    }

    /// The items, if it is a sequence.
    pub(super) fn items(&self) -> Vec<Node<'d>> {
        let Some(items) = self.value.as_array() else {
            return Vec::new();
        };
        let at = |index: usize| pointer::join(&self.at, &index.to_string());
        items.iter().enumerate().map(|(index, value)| Node::new(value, &at(index))).collect()
    }

    pub(super) fn object(&self) -> Option<&'d Map<String, Value>> {
        self.value.as_object()
    }

    pub(super) fn text(&self, key: &str) -> Option<&'d str> {
        self.value.get(key).and_then(Value::as_str)
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// What tells this node from every other of the same document.
    pub(super) fn address(&self) -> usize {
        address(self.value)
    }

    /// The pointer of what stands under a key.
    pub(super) fn below(&self, key: &str) -> String {
        pointer::join(&self.at, key)
    }
}

pub(super) fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// One of the two documents.
pub(super) struct Side<'d> {
    pub(super) document: &'d Document,
    /// OpenAPI 3.1 or later: a schema is one of JSON Schema 2020-12.
    pub(super) modern: bool,
    judged: RefCell<HashSet<usize>>,
    whole: RefCell<HashSet<usize>>,
}

impl<'d> Side<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        let version = document.value().get("openapi").and_then(Value::as_str).unwrap_or_default();
        let modern = !version.starts_with("3.0");
        Side { document, modern, judged: RefCell::default(), whole: RefCell::default() }
    }

    pub(super) fn root(&self) -> Node<'d> {
        Node::new(self.document.value(), "")
    }

    /// Notes that a judge has looked at every key of a node, other than at the nodes below that have judges of their own.
    pub(super) fn judge(&self, value: &Value) {
        self.judged.borrow_mut().insert(address(value));
    }

    /// Notes that a node is accounted for with all that is below it.
    pub(super) fn account(&self, value: &Value) {
        self.whole.borrow_mut().insert(address(value));
    }

    pub(super) fn is_judged(&self, value: &Value) -> bool {
        self.judged.borrow().contains(&address(value))
    }

    pub(super) fn is_accounted(&self, value: &Value) -> bool {
        self.whole.borrow().contains(&address(value))
    }

    /// What a reference leads to; `None` for one that leads nowhere or elsewhere.
    pub(super) fn target(&self, target: &str) -> Option<Node<'d>> {
        let at = pointer::of_reference(target)?;
        Some(Node { value: self.document.value().pointer(&at)?, at: Rc::from(&*at) })
    }

    /// The definition that a node stands for. Bare references on the way are accounted for.
    ///
    /// `None` for a reference that leads nowhere, elsewhere, or in a circle.
    pub(super) fn resolve(&self, node: &Node<'d>) -> Option<Node<'d>> {
        let mut node = node.clone();
        for _ in 0..MAX_REFERENCES {
            let Some(target) = reference(node.value) else {
                return Some(node);
            };
            let next = self.target(target)?;
            if node.object().is_some_and(|object| object.len() == 1) {
                self.account(node.value);
            }
            node = next;
        }
        None
    }
}

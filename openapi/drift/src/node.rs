//! Nodes of a document with their pointers.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::{Map, Value};
use zerogate_contract::json::same;
use zerogate_contract::pointer;

/// A node with its pointer.
#[derive(Clone, Debug)]
pub(crate) struct Node<'d> {
    pub(crate) value: &'d Value,
    pub(crate) at: Rc<str>,
}

impl<'d> Node<'d> {
    pub(crate) fn new(value: &'d Value, at: &str) -> Self {
        Node { value, at: Rc::from(at) }
    }

    /// The entry under a key.
    pub(crate) fn get(&self, key: &str) -> Option<Node<'d>> {
        Some(Node::new(self.value.get(key)?, &self.below(key)))
    }

    /// The entries, if it is a mapping.
    pub(crate) fn entries(&self) -> Vec<(&'d str, Node<'d>)> {
        let entry = |(key, value): (&'d String, &'d Value)| (key.as_str(), Node::new(value, &self.below(key)));
        self.object().into_iter().flatten().map(entry).collect()
    }

    /// The items, if it is a sequence.
    pub(crate) fn items(&self) -> Vec<Node<'d>> {
        let item = |(index, value): (usize, &'d Value)| Node::new(value, &self.below(&index.to_string()));
        self.value.as_array().into_iter().flatten().enumerate().map(item).collect()
    }

    pub(crate) fn object(&self) -> Option<&'d Map<String, Value>> {
        self.value.as_object()
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'d str> {
        self.value.get(key).and_then(Value::as_str)
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The identity of this node within its document.
    pub(crate) fn address(&self) -> usize {
        address(self.value)
    }

    /// The pointer for a key, whether or not it exists.
    pub(crate) fn below(&self, key: &str) -> String {
        pointer::join(&self.at, key)
    }

    /// The pointer of the value under a key.
    pub(crate) fn place_of(&self, key: &str) -> Option<String> {
        self.value.get(key).map(|_| self.below(key))
    }

    /// The node's pointer, for a finding.
    pub(crate) fn place(&self) -> Option<String> {
        Some(self.at.to_string())
    }

    /// The name of the component schema that this node is.
    pub(crate) fn component(&self) -> Option<Cow<'_, str>> {
        pointer::schema_at(&self.at)
    }
}

pub(crate) fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// The pointer of a node, if it exists.
pub(crate) fn place(node: Option<&Node<'_>>) -> Option<String> {
    node.and_then(Node::place)
}

/// The nodes that describe the same value: several if members of an `allOf` describe the same property.
#[derive(Clone, Debug)]
pub(crate) struct Slot<'d> {
    pub(crate) parts: Vec<Node<'d>>,
}

impl<'d> Slot<'d> {
    pub(crate) fn of(node: Node<'d>) -> Self {
        Slot { parts: vec![node] }
    }

    /// The pointer of the first node.
    pub(crate) fn at(&self) -> &str {
        self.parts.first().map_or("", |part| &part.at)
    }

    /// The pointer of the first node, for a finding.
    pub(crate) fn place(&self) -> Option<String> {
        Some(self.at().to_owned())
    }

    pub(crate) fn key(&self) -> Vec<usize> {
        self.parts.iter().map(Node::address).collect()
    }

    /// The only node that describes the value.
    pub(crate) fn only(&self) -> Option<&Node<'d>> {
        if let [only] = self.parts.as_slice() { Some(only) } else { None }
    }

    /// Whether another one has the same text.
    pub(crate) fn is_written_like(&self, other: &Slot<'_>) -> bool {
        let pairs = || self.parts.iter().zip(&other.parts);
        self.parts.len() == other.parts.len() && pairs().all(|(one, other)| same(one.value, other.value))
    }

    pub(crate) fn and(&mut self, other: Slot<'d>) {
        for part in other.parts {
            if !self.parts.iter().any(|known| known.address() == part.address()) {
                self.parts.push(part);
            }
        }
    }
}

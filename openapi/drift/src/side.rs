//! The two documents, and where their references lead.

use std::rc::Rc;

use serde_json::Value;
use zerogate_contract::version::release;
use zerogate_contract::vocabulary::Release;
use zerogate_contract::{Document, pointer, reference};

use crate::node::Node;
use crate::renames::Renames;
use crate::seen::Seen;
use crate::text::is_doc;

/// How many references are followed in a row.
pub(crate) const MAX_REFERENCES: usize = 64;

/// One of the two documents.
pub(crate) struct Side<'d> {
    pub(crate) document: &'d Document,
    /// OpenAPI 3.1 or later: a schema is one of JSON Schema 2020-12.
    pub(crate) modern: bool,
}

impl<'d> Side<'d> {
    pub(crate) fn new(document: &'d Document) -> Self {
        Side { document, modern: release(document) != Some(Release::V3_0) }
    }

    pub(crate) fn root(&self) -> Node<'d> {
        Node::new(self.document.value(), "")
    }

    /// What a reference leads to; `None` for one that leads nowhere or elsewhere.
    pub(crate) fn target(&self, target: &str) -> Option<Node<'d>> {
        let at = pointer::of_reference(target)?;
        Some(Node { value: self.document.value().pointer(&at)?, at: Rc::from(&*at) })
    }

    /// The component schema of a name, if it is an object.
    pub(crate) fn schema(&self, name: &str) -> Option<&'d Value> {
        self.document.value().get("components")?.get("schemas")?.get(name).filter(|schema| schema.is_object())
    }

    /// The entries of a section of the components.
    pub(crate) fn section(&self, name: &str) -> Vec<(&'d str, Node<'d>)> {
        let section = self.root().get("components").and_then(|components| components.get(name));
        section.as_ref().map(Node::entries).unwrap_or_default()
    }

    /// The definition that a node stands for.
    ///
    /// `None` for a reference that leads nowhere, elsewhere, or in a circle.
    pub(crate) fn definition(&self, node: &Node<'d>) -> Option<Node<'d>> {
        self.resolve(node, &mut Seen::default())
    }

    /// The same. Bare references on the way are accounted for.
    pub(crate) fn resolve(&self, node: &Node<'d>, seen: &mut Seen) -> Option<Node<'d>> {
        let mut node = node.clone();
        for _ in 0..MAX_REFERENCES {
            let Some(target) = reference(node.value) else {
                return Some(node);
            };
            let next = self.target(target)?;
            if node.object().is_some_and(|object| object.len() == 1) {
                seen.whole(&node);
            }
            node = next;
        }
        None
    }

    /// The target of a node that is a reference and nothing else that a program reads.
    pub(crate) fn bare_reference<'n>(&self, node: &Node<'n>) -> Option<&'n str> {
        let target = reference(node.value)?;
        let only_docs = || node.object().is_some_and(|object| object.keys().all(|key| key == "$ref" || is_doc(key)));
        (!self.modern || only_docs()).then_some(target)
    }
}

/// What is compared: the two documents, and which component of the one is which of the other.
pub(crate) struct Sides<'d> {
    pub(crate) old: Side<'d>,
    pub(crate) new: Side<'d>,
    pub(crate) renames: Renames,
}

impl<'d> Sides<'d> {
    pub(crate) fn new(old: &'d Document, new: &'d Document, renames: Renames) -> Self {
        Sides { old: Side::new(old), new: Side::new(new), renames }
    }
}

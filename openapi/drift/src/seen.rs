//! What of the documents has been looked at.

use std::collections::HashSet;

use crate::node::{Node, Slot};

/// What a judge has looked at, so that nobody else has to tell that it differs.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Nodes whose every key was looked at, other than the nodes below that have judges of their own.
    keys: Vec<usize>,
    /// Nodes that are accounted for with all that is below them.
    whole: Vec<usize>,
}

impl Seen {
    pub(crate) fn keys(&mut self, node: &Node<'_>) {
        self.keys.push(node.address());
    }

    pub(crate) fn whole(&mut self, node: &Node<'_>) {
        self.whole.push(node.address());
    }

    pub(crate) fn slot(&mut self, slot: &Slot<'_>) {
        self.whole.extend(slot.parts.iter().map(Node::address));
    }

    pub(crate) fn add(&mut self, more: Seen) {
        self.keys.extend(more.keys);
        self.whole.extend(more.whole);
    }
}

/// What all judges together have looked at.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    keys: HashSet<usize>,
    whole: HashSet<usize>,
}

impl Looked {
    pub(crate) fn add(&mut self, seen: Seen) {
        self.keys.extend(seen.keys);
        self.whole.extend(seen.whole);
    }

    /// Whether a judge has looked at every key of a node.
    pub(crate) fn at_keys(&self, node: &Node<'_>) -> bool {
        self.keys.contains(&node.address())
    }

    /// Whether a node is accounted for with all that is below it.
    pub(crate) fn at_all(&self, node: &Node<'_>) -> bool {
        self.whole.contains(&node.address())
    }
}

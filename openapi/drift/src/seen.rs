//! Records which parts of the documents were examined.

use std::collections::HashSet;

use crate::node::{Node, Slot};

/// What a judge has examined, so that its differences are not reported again.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Nodes of which every key was examined, except nodes below with their own judges.
    keys: Vec<usize>,
    /// Nodes that were examined with everything below.
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

/// What all judges together have examined.
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

    /// Whether a judge has examined every key of a node.
    pub(crate) fn at_keys(&self, node: &Node<'_>) -> bool {
        self.keys.contains(&node.address())
    }

    /// Whether a node was examined with everything below it.
    pub(crate) fn at_all(&self, node: &Node<'_>) -> bool {
        self.whole.contains(&node.address())
    }
}

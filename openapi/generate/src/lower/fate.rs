//! What the rewrites come to for each operation.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use zerogate_contract::Document;
use zerogate_contract::reach::{References, name, operations};

use super::Lowered;
use zerogate_contract::NoteKind;

/// What became of an operation on the way to the generator.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Fate {
    /// Its types say what the contract says, but for what is deliberate.
    Faithful,
    /// It is generated, and a [`Note`](super::Note) says where it differs from the contract.
    Weakened,
    /// It is not generated.
    Skipped,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Faithful => "faithful",
            Self::Weakened => "weakened",
            Self::Skipped => "skipped",
        })
    }
}

/// The operations of a document, and which of them use what is at a pointer of the text.
pub(super) struct Users {
    operations: Vec<String>,
    of: HashMap<String, Vec<usize>>,
}

impl Users {
    pub(super) fn of(document: &Document) -> Self {
        let (nodes, operations): (Vec<String>, Vec<String>) =
            operations(document.value()).map(|(at, path, method, node)| (at, name(path, method, node))).unzip();
        let mut of: HashMap<String, Vec<usize>> = HashMap::new();
        for (node, users) in References::of(document).users(&nodes) {
            of.entry(document.origin(node)).or_default().extend(users);
        }
        of.values_mut().for_each(|users| users.sort_unstable());
        Self { operations, of }
    }

    /// The operations that use what is at a pointer, or something around it, in the order of the document.
    fn at(&self, pointer: &str) -> Vec<String> {
        let ends = pointer.match_indices('/').map(|(end, _)| end).chain([pointer.len()]);
        let mut users: Vec<usize> = Vec::new();
        for of_node in ends.filter_map(|end| self.of.get(pointer.get(..end)?)) {
            let is_sorted = users.is_empty();
            users.extend(of_node);
            if !is_sorted {
                users.sort_unstable();
            }
        }
        users.dedup();
        users.into_iter().filter_map(|index| self.operations.get(index)).cloned().collect()
    }
}

/// Says of each note which operations it concerns, and of each operation what became of it.
pub(super) fn settle(users: &Users, lowered: &mut Lowered) {
    for note in lowered.notes.iter_mut().filter(|note| note.kind != NoteKind::Exact && !note.deliberate) {
        note.operations = users.at(&note.pointer);
    }
    let skipped: BTreeSet<&String> = lowered.skipped.iter().map(|skipped| &skipped.operation).collect();
    let lossy = lowered.notes.iter().filter(|note| note.is_lossy());
    let weakened: BTreeSet<&String> = lossy.flat_map(|note| &note.operations).collect();
    let fate = |name: &String| match (skipped.contains(name), weakened.contains(name)) {
        (true, _) => Fate::Skipped,
        (false, true) => Fate::Weakened,
        (false, false) => Fate::Faithful,
    };
    lowered.operations = users.operations.iter().map(|name| (name.clone(), fate(name))).collect();
}

//! What the rewrites come to for each operation.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

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
    fn at(&self, pointer: &str) -> Vec<usize> {
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
        users
    }
}

/// Says of each note which operations it concerns, and of each operation what became of it.
pub(super) fn settle(users: &Users, lowered: &mut Lowered) {
    let mut weakened: HashSet<usize> = HashSet::new();
    // What many operations use, and loses by many notes, is listed once.
    let mut lists: HashMap<Vec<usize>, Arc<[String]>> = HashMap::new();
    for note in lowered.notes.iter_mut().filter(|note| note.kind != NoteKind::Exact && !note.deliberate) {
        let of_note = users.at(&note.pointer);
        weakened.extend(&of_note);
        let names =
            |indexes: &Vec<usize>| indexes.iter().filter_map(|index| users.operations.get(*index)).cloned().collect();
        let list = lists.entry(of_note).or_insert_with_key(names);
        note.operations = Arc::clone(list);
    }
    let skipped: BTreeSet<&String> = lowered.skipped.iter().map(|skipped| &skipped.operation).collect();
    let fate = |index, name: &String| match (skipped.contains(name), weakened.contains(&index)) {
        (true, _) => Fate::Skipped,
        (false, true) => Fate::Weakened,
        (false, false) => Fate::Faithful,
    };
    let operations = users.operations.iter().enumerate();
    lowered.operations = operations.map(|(index, name)| (name.clone(), fate(index, name))).collect();
}

//! The effect of the rewrites on each operation.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use zerogate_contract::Document;
use zerogate_contract::reach::{References, name, operations};

use super::Lowered;
use zerogate_contract::NoteKind;

/// The fate of an operation on its way to the generator.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Fate {
    /// Its types say the same as the contract, except for deliberate changes.
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

/// The operations of a document, and which of them use the node at a pointer of the text.
pub(super) struct Users {
    operations: Vec<String>,
    /// Lists of operations, by index.
    lists: Vec<Rc<[usize]>>,
    /// The lists of each node, by index.
    of: HashMap<String, BTreeSet<usize>>,
}

impl Users {
    pub(super) fn of(document: &Document) -> Self {
        let (nodes, operations): (Vec<String>, Vec<String>) =
            operations(document.value()).map(|(at, path, method, node)| (at, name(path, method, node))).unzip();
        let (mut lists, mut places) = (Vec::new(), HashMap::new());
        let mut of: HashMap<String, BTreeSet<usize>> = HashMap::new();
        for (node, users) in References::of(document).users(&nodes) {
            let place = *places.entry(Rc::as_ptr(&users)).or_insert(lists.len());
            if place == lists.len() {
                lists.push(users);
            }
            of.entry(document.origin(node)).or_default().insert(place);
        }
        Self { operations, lists, of }
    }

    /// The lists of the operations that use the node at a pointer, or one of its ancestors.
    fn at(&self, pointer: &str) -> BTreeSet<usize> {
        let ends = pointer.match_indices('/').map(|(end, _)| end).chain([pointer.len()]);
        ends.filter_map(|end| self.of.get(pointer.get(..end)?)).flatten().copied().collect()
    }

    /// The operations of some lists, in document order.
    fn joined(&self, lists: &BTreeSet<usize>) -> BTreeSet<usize> {
        lists.iter().filter_map(|list| self.lists.get(*list)).flat_map(|list| list.iter()).copied().collect()
    }
}

/// Sets the operations that each note concerns, and the fate of each operation.
pub(super) fn settle(users: &Users, lowered: &mut Lowered) {
    let mut weakened: HashSet<usize> = HashSet::new();
    // A set of operations that many notes share is stored once.
    let mut known: HashMap<BTreeSet<usize>, Arc<[String]>> = HashMap::new();
    for note in lowered.notes.iter_mut().filter(|note| note.kind != NoteKind::Exact && !note.deliberate) {
        let list = known.entry(users.at(&note.pointer)).or_insert_with_key(|lists| {
            let operations = users.joined(lists);
            weakened.extend(&operations);
            operations.iter().filter_map(|index| users.operations.get(*index)).cloned().collect()
        });
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

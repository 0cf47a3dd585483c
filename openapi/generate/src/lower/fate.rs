//! What the rewrites come to for each operation.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use zerogate_contract::Document;
use zerogate_contract::reach::{Reach, name, operations};

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

/// Says of each note which operations it concerns, and of each operation what became of it.
pub(super) fn settle(document: &Document, lowered: &mut Lowered) {
    let reach = Reach::of(document);
    let mut users: HashMap<String, Vec<usize>> = HashMap::new();
    let mut names = Vec::new();
    // Many operations lead to the same components.
    let mut origins: HashMap<String, String> = HashMap::new();
    for (at, path, method, operation) in operations(document.value()) {
        for node in reach.from([at.as_str()]) {
            let origin = origins.entry(node).or_insert_with_key(|node| document.origin(node));
            match users.get_mut(origin) {
                Some(users) => users.push(names.len()),
                None => _ = users.insert(origin.clone(), vec![names.len()]),
            }
        }
        names.push(name(path, method, operation));
    }
    for note in lowered.notes.iter_mut().filter(|note| note.kind != NoteKind::Exact && !note.deliberate) {
        let ends = note.pointer.match_indices('/').map(|(end, _)| end).chain([note.pointer.len()]);
        let concerned: BTreeSet<usize> =
            ends.filter_map(|end| users.get(note.pointer.get(..end)?)).flatten().copied().collect();
        note.operations = concerned.into_iter().filter_map(|index| names.get(index)).cloned().collect();
    }
    let skipped: BTreeSet<&String> = lowered.skipped.iter().map(|skipped| &skipped.operation).collect();
    let lossy = lowered.notes.iter().filter(|note| note.is_lossy());
    let weakened: BTreeSet<&String> = lossy.flat_map(|note| &note.operations).collect();
    let fate = |name: &String| match (skipped.contains(name), weakened.contains(name)) {
        (true, _) => Fate::Skipped,
        (false, true) => Fate::Weakened,
        (false, false) => Fate::Faithful,
    };
    lowered.operations = names.iter().map(|name| (name.clone(), fate(name))).collect();
}

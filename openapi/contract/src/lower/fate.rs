//! What the rewrites come to for each operation.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Lowered;
use crate::document::Document;
use crate::reach::{Reach, name, operations};

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
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut names = Vec::new();
    for (at, path, method, operation) in operations(document.value()) {
        let name = name(path, method, operation);
        for node in reach.from([at.as_str()]) {
            users.entry(document.origin(&node)).or_default().insert(name.clone());
        }
        names.push(name);
    }
    for note in &mut lowered.notes {
        let ends = note.pointer.match_indices('/').map(|(end, _)| end).chain([note.pointer.len()]);
        let concerned: BTreeSet<&String> =
            ends.filter_map(|end| users.get(note.pointer.get(..end)?)).flatten().collect();
        note.operations = concerned.into_iter().cloned().collect();
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

//! The record of a pass.

use crate::note::{Note, NoteKind};

/// What one pass did to the document.
#[derive(Default)]
pub(super) struct Rewriting {
    pub(super) notes: Vec<Note>,
    /// What was moved: the new pointer, and the one before this pass.
    pub(super) moved: Vec<(String, String)>,
}

impl Rewriting {
    pub(super) fn note(&mut self, kind: NoteKind, at: impl Into<String>, message: impl Into<String>) {
        self.notes.push(Note::new(kind, at, message));
    }

    pub(super) fn deliberate(&mut self, kind: NoteKind, at: impl Into<String>, message: impl Into<String>) {
        self.notes.push(Note::deliberate(kind, at, message));
    }

    pub(super) fn mistake(&mut self, kind: NoteKind, at: impl Into<String>, message: impl Into<String>) {
        self.notes.push(Note::mistake(kind, at, message));
    }
}

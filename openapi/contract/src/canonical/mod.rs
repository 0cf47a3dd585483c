//! One form for every version: OpenAPI 3.1 told in the words of 3.0, and what 3.0 leaves to the author written out.
//!
//! The inventory, the check and the generator read this form alone. What 3.0 has no words for is left out, with a
//! [`Note`]; a comparison of two contracts must not lose that, and reads the documents as they are.

mod combine;
mod keyword;
mod operation;
mod reference;
mod root;
mod schema;
mod sibling;
mod spelling;

use std::borrow::Cow;

use serde_json::Value;

use crate::document::Document;
use crate::note::Note;
use crate::walk::walk_mut;

/// A document in its canonical form.
pub struct Canonical<'d> {
    /// The document itself, if it has this form already.
    pub document: Cow<'d, Document>,
    /// What was rewritten, by the pointers of the text.
    pub notes: Vec<Note>,
}

/// Whether a document says that it is OpenAPI 3.1.
pub fn is_modern(document: &Document) -> bool {
    let version = document.value().get("openapi").and_then(Value::as_str);
    version.is_some_and(|version| version == "3.1" || version.starts_with("3.1."))
}

/// Gives a document its canonical form. Whatever is wrong with it stays in it.
pub fn canonical(document: &Document) -> Canonical<'_> {
    let mut canonical = Canonical { document: Cow::Borrowed(document), notes: Vec::new() };
    let modern = is_modern(document);
    canonical.step(spelling::uniform);
    canonical.step(reference::path_items);
    canonical.step(reference::hoist);
    if modern {
        canonical.step(root::modern);
        canonical.step(|value, rewriting| {
            walk_mut(value, &mut |node, at, value| schema::modern(node, at, value, rewriting))
        });
    }
    canonical.step(|value, rewriting| operation::complete(value, modern, rewriting));
    canonical
}

/// A document whose references to anything but components are written out; of its own version still.
pub fn written_out(document: &Document) -> Document {
    let mut canonical = Canonical { document: Cow::Borrowed(document), notes: Vec::new() };
    canonical.step(reference::path_items);
    canonical.step(reference::hoist);
    canonical.document.into_owned()
}

/// What one pass over a document does to it.
#[derive(Default)]
struct Rewriting {
    notes: Vec<Note>,
    /// What has moved: the new pointer, and the one before this pass.
    moved: Vec<(String, String)>,
}

impl Canonical<'_> {
    /// Runs one pass, and brings what it says back to the pointers of the text.
    fn step(&mut self, pass: impl FnOnce(&mut Value, &mut Rewriting)) {
        let mut value = self.document.value().clone();
        let mut rewriting = Rewriting::default();
        pass(&mut value, &mut rewriting);
        for note in &mut rewriting.notes {
            note.pointer = self.document.origin(&note.pointer);
        }
        self.notes.append(&mut rewriting.notes);
        if value != *self.document.value() {
            self.document = Cow::Owned(self.document.rewritten(value, rewriting.moved));
        }
    }
}

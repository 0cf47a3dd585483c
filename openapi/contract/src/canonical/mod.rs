//! One form for every version: OpenAPI 3.1 and 3.2 told in the words of 3.0, and what 3.0 leaves to the author written
//! out. Of 3.2, operations of other methods and the schemas of items stay.
//!
//! The inventory, the check and the generator read this form alone. What 3.0 has no words for is left out, with a
//! [`Note`]; a comparison of two contracts must not lose that, and reads the documents as they are.

mod combine;
mod fallback;
mod keyword;
mod media;
mod null;
mod operation;
mod query;
mod reference;
mod rewriting;
mod root;
mod schema;
mod sibling;
mod spelling;
mod twin;
mod uri;

use std::borrow::Cow;

use serde_json::Value;

use crate::document::Document;
use crate::note::Note;
use crate::version::release;
use crate::vocabulary::Release;
use crate::walk::walk_mut;
use rewriting::Rewriting;

pub use fallback::default_branch;

/// A contract as everything after the reading takes it: a document in its canonical form. It is made once.
///
/// ```
/// use zerogate_contract::{Contract, Document};
///
/// let document = Document::parse(
///     "gate.yaml",
///     "
/// openapi: 3.1.0
/// components: {schemas: {Flow: {type: [string, 'null']}}}
/// ",
/// )?;
/// let contract = Contract::of(document);
/// assert_eq!(
///     contract.document().value()["components"]["schemas"]["Flow"],
///     serde_json::json!({"type": "string", "nullable": true}),
/// );
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Contract {
    document: Document,
    notes: Vec<Note>,
}

impl Contract {
    /// Gives a document its canonical form. Whatever is wrong with it stays in it.
    #[must_use]
    pub fn of(document: Document) -> Self {
        let release = release(&document);
        let notes = document.notes().to_vec();
        let mut contract = Self { document, notes };
        if is_new(contract.document.value()) {
            contract.latest();
        }
        contract.step(spelling::uniform);
        contract.step(reference::path_items);
        contract.step(reference::hoist);
        contract.step(media::section);
        contract.step(fallback::last);
        if release > Some(Release::V3_0) {
            contract.step(root::modern);
            contract.step(|value, rewriting| {
                walk_mut(value, &mut |node, at, value| schema::modern(node, at, value, rewriting));
            });
        } else {
            contract.step(|value, rewriting| {
                walk_mut(value, &mut |node, at, value| schema::mislabelled(node, at, value, rewriting));
            });
        }
        contract.step(|value, rewriting| operation::complete(value, release, rewriting));
        contract
    }

    /// The document in its canonical form. Of what it says is wrong, the place is that in the text.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What was rewritten, by the pointers of the text.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Writes what 3.2 has several ways to say in one of them.
    fn latest(&mut self) {
        self.step(twin::fields);
        self.step(uri::of_itself);
        self.step(uri::of_schemes);
        self.step(media::written_out);
        self.step(media::items);
        self.step(query::fields);
    }

    /// Runs one pass, and brings what it says back to the pointers of the text.
    fn step(&mut self, pass: impl FnOnce(&mut Value, &mut Rewriting)) {
        let mut rewriting = Rewriting::default();
        self.document.rewrite(|value| {
            pass(value, &mut rewriting);
            Vec::new()
        });
        for note in &mut rewriting.notes {
            note.pointer = self.document.origin(&note.pointer);
        }
        self.notes.append(&mut rewriting.notes);
        self.document.rewrite(|_| rewriting.moved);
    }
}

/// A document with all that OpenAPI 3.2 adds in one form, whichever version it names: registered extensions stand in the
/// fields that 3.2 has for them, the document and its security schemes are not called by URIs, media types are written
/// out where they are referred to, what is a sequence of items is described item by item, and a query that is described as
/// a form by its parameters.
///
/// ```
/// use zerogate_contract::{Document, latest};
///
/// let text = "paths: {/a: {x-oai-additionalOperations: {QUERY: {operationId: a}}}}";
/// let document = Document::parse("gate.yaml", text)?;
/// assert_eq!(latest(&document).value()["paths"]["/a"]["query"]["operationId"], "a");
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[must_use]
pub fn latest(document: &Document) -> Cow<'_, Document> {
    if !is_new(document.value()) {
        return Cow::Borrowed(document);
    }
    let mut contract = Contract { document: document.clone(), notes: Vec::new() };
    contract.latest();
    Cow::Owned(contract.document)
}

/// Whether a document may say something that 3.2 has several ways to say. Most have none of it.
fn is_new(value: &Value) -> bool {
    match value {
        Value::Object(entries) => entries.iter().any(|(key, value)| {
            let is_security = || key == "security" && value.as_array().into_iter().flatten().any(uri::concerns);
            key == "$self"
                || (key == "in" && query::is_whole(Some(value)))
                || twin::concerns(key)
                || media::concerns(key)
                || is_security()
                || is_new(value)
        }),
        Value::Array(items) => items.iter().any(is_new),
        _ => false,
    }
}

/// A document whose references to anything but components are written out; of its own version still.
#[must_use]
pub fn written_out(document: &Document) -> Document {
    let mut contract = Contract { document: latest(document).into_owned(), notes: Vec::new() };
    contract.step(reference::path_items);
    contract.step(reference::hoist);
    contract.document
}

//! One form for every version: OpenAPI 3.1 and 3.2 are rewritten as 3.0, and defaults are made explicit. From 3.2,
//! operations with other methods and schemas of items are kept.
//!
//! The inventory, the check and the generator read only this form. What 3.0 cannot express is dropped, with a [`Note`].
//! A comparison of two contracts must not lose it, and so reads the original documents.

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

/// A contract in its canonical form: what every later step reads.
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
    /// Brings a document into canonical form. Faults in the document remain.
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

    /// The document in canonical form. Its problems name the place in the original text.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The notes about what was rewritten, with pointers into the original text.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Rewrites constructs that 3.2 can express in several ways to one of them.
    fn latest(&mut self) {
        self.step(twin::fields);
        self.step(uri::of_itself);
        self.step(uri::of_schemes);
        self.step(media::written_out);
        self.step(media::items);
        self.step(query::fields);
    }

    /// Runs one pass, and translates the pointers of its notes back to the original text.
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

/// A document of any version with one form for all that OpenAPI 3.2 adds: registered extensions become the fields of
/// 3.2, URIs of the document and of its security schemes become local names, referenced media types are copied to where
/// they are used, sequences are described item by item, and a query described as a form becomes parameters.
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

/// Whether a document may have a construct that 3.2 can express in several ways. Most have none.
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

/// A document in which references lead only to components. Its version does not change.
#[must_use]
pub fn written_out(document: &Document) -> Document {
    let mut contract = Contract { document: latest(document).into_owned(), notes: Vec::new() };
    contract.step(reference::path_items);
    contract.step(reference::hoist);
    contract.document
}

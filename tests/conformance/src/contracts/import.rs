//! A vendor's contract on its way into the workspace.

use std::io;
use std::path::Path;

use zerogate_contract::{Contract, ContractError, Document, slice};
use zerogate_generate::{Lowered, Surface, forecast};

use crate::replacement::Replacement;

/// A contract that the workspace can be built from, and what the build makes of it.
///
/// ```
/// use zerogate_conformance::Import;
/// use zerogate_generate::Fate;
///
/// let import = Import::of("gate-v1.yaml", zerogate::CONTRACT, &[])?;
/// assert!(import.lowered.operations.contains(&("cancelSession".to_owned(), Fate::Faithful)));
/// assert_eq!(import.text, zerogate::CONTRACT);
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Import {
    /// What is to be written: the text as it came, or as JSON a slice of it, or what became of several files.
    pub text: String,
    /// The contract that the text is.
    pub document: Document,
    /// What the build makes of it.
    pub lowered: Lowered,
    /// What callers can rely on in the client that the build makes.
    pub surface: Surface,
}

impl Import {
    /// Takes a contract in: the whole, or the named operations and what they need.
    ///
    /// The version is kept: the build reads 3.0 and 3.1. A slice is written as JSON, which is YAML, too.
    ///
    /// # Errors
    ///
    /// What keeps the workspace from being built from it, as the build would tell it; and an operation that it does not
    /// have.
    pub fn of(name: &str, text: &str, operations: &[&str]) -> Result<Self, ContractError> {
        let document = Document::parse(name, text)?;
        match operations {
            [] => Self::of_document(document, Some(text)),
            operations => Self::of_document(slice(&document, operations)?, None),
        }
    }

    /// As [`of`](Self::of), for a document that was read before; without a text of its own it is written as JSON.
    ///
    /// # Errors
    ///
    /// What keeps the workspace from being built from it, as the build would tell it.
    pub fn of_document(document: Document, text: Option<&str>) -> Result<Self, ContractError> {
        let text = match text {
            Some(text) => text.to_owned(),
            // Values do not fail to be written as JSON.
            None => serde_json::to_string_pretty(document.value()).unwrap_or_default() + "\n",
        };
        let (lowered, surface) = forecast(&Contract::of(document.clone()))?;
        Ok(Self { text, document, lowered, surface })
    }

    /// Whether something is wrong with the document, or the generated client differs from it for want of a way to say the
    /// same.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        self.lowered.notes.iter().any(zerogate_contract::Note::is_warning)
    }

    /// Writes the contract in place of another: all of it or, whatever happens, nothing.
    ///
    /// # Errors
    ///
    /// The file system fails. The other contract is then as it was.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        Replacement::begin(path)?.finish(self.text.as_bytes())
    }
}

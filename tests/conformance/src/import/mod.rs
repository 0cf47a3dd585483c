//! The import of a vendor's contract.

pub(crate) mod workspace;

use std::io;
use std::path::Path;

use zerogate_contract::{Contract, ContractError, Document, slice};
use zerogate_generate::{Forecast, Lowered, Surface, forecast};

use crate::replacement::Replacement;

/// A contract that the workspace can be built from, and the build's notes on it.
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
    /// The text to write: the original text, or JSON for a slice or several files.
    pub text: String,
    /// The parsed contract.
    pub document: Document,
    /// How the build handles it.
    pub lowered: Lowered,
    /// The public surface of the generated client.
    pub surface: Surface,
}

impl Import {
    /// Imports a contract, or only the named operations and what they need.
    ///
    /// The OpenAPI version stays the same. A slice is written as JSON, which is also YAML.
    ///
    /// # Errors
    ///
    /// If the workspace cannot be built from it, with the build's message, or if it lacks a named operation.
    pub fn of(name: &str, text: &str, operations: &[&str]) -> Result<Self, ContractError> {
        let document = Document::parse(name, text)?;
        match operations {
            [] => Self::of_document(document, Some(text)),
            operations => Self::of_document(slice(&document, operations)?, None),
        }
    }

    /// As [`of`](Self::of), for a parsed document; without a text it is written as JSON.
    ///
    /// # Errors
    ///
    /// If the workspace cannot be built from it, with the build's message.
    pub fn of_document(document: Document, text: Option<&str>) -> Result<Self, ContractError> {
        let text = match text {
            Some(text) => text.to_owned(),
            // Serializing a value cannot fail.
            None => serde_json::to_string_pretty(document.value()).unwrap_or_default() + "\n",
        };
        let Forecast { lowered, surface, .. } = forecast(&Contract::of(document.clone()))?;
        Ok(Self { text, document, lowered, surface })
    }

    /// Whether the document has mistakes, or the generated client cannot fully express it.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        self.lowered.notes.iter().any(zerogate_contract::Note::is_warning)
    }

    /// Replaces another contract atomically.
    ///
    /// # Errors
    ///
    /// If the file system fails. The other contract is then unchanged.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        Replacement::begin(path)?.finish(self.text.as_bytes())
    }
}

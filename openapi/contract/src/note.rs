//! What was rewritten on the way to the generator, and what that did to the meaning.

use std::fmt;
use std::sync::Arc;

/// What a rewrite did to the meaning of the document.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum NoteKind {
    /// The same values are accepted.
    Exact,
    /// The generated types accept more than the contract does.
    Widened,
    /// The generated types accept less than the contract does.
    Narrowed,
    /// Something of the contract has no counterpart in the generated client at all.
    Dropped,
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Exact => "exact",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Dropped => "dropped",
        })
    }
}

/// One rewrite: what was done, where, and what that did to the meaning.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Note {
    /// JSON pointer into the document as it was before lowering.
    pub pointer: String,
    /// What the rewrite did to the meaning.
    pub kind: NoteKind,
    /// It is done on purpose, to every document: it keeps responses readable when the server moves on, and the conformance
    /// suite checks what the types no longer do. Or it concerns what no client has, such as webhooks.
    pub deliberate: bool,
    /// The document breaks a rule there, and was read as if it did not.
    pub mistake: bool,
    /// What was done.
    pub message: String,
    /// The operations that lose by it, in the order of the document. None, if nothing is lost, or it stands in what no
    /// operation uses.
    pub operations: Arc<[String]>,
}

impl Note {
    /// A rewrite for the generator's sake.
    pub fn new(kind: NoteKind, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            kind,
            deliberate: false,
            mistake: false,
            message: message.into(),
            operations: Arc::default(),
        }
    }

    /// As [`new`](Self::new), for what the design of the bindings asks for.
    pub fn deliberate(kind: NoteKind, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { deliberate: true, ..Self::new(kind, pointer, message) }
    }

    /// As [`new`](Self::new), for a way round what is wrong with the document.
    pub fn mistake(kind: NoteKind, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { mistake: true, ..Self::new(kind, pointer, message) }
    }

    /// Whether somebody should know before the document is used: something is wrong with it, or [lost](Self::is_lossy).
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.mistake || self.is_lossy()
    }

    /// Whether an operation of the generated client differs from the contract for want of a way to say the same.
    #[must_use]
    pub fn is_lossy(&self) -> bool {
        self.kind != NoteKind::Exact && !self.deliberate && !self.operations.is_empty()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.pointer, self.kind, self.message)
    }
}

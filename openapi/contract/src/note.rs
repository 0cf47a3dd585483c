//! Notes about what was rewritten for the generator, and the effect on the meaning.

use std::fmt;
use std::sync::Arc;

/// The effect of a rewrite on the meaning of the document.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum NoteKind {
    /// The same values are accepted.
    Exact,
    /// The generated types accept more than the contract does.
    Widened,
    /// The generated types accept less than the contract does.
    Narrowed,
    /// The generated client has no equivalent at all.
    Omitted,
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Exact => "exact",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Omitted => "omitted",
        })
    }
}

/// A note about one rewrite: what was done, where, and its effect.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Note {
    /// The JSON pointer into the original document.
    pub pointer: String,
    /// The effect on the meaning.
    pub kind: NoteKind,
    /// Whether the rewrite is by design, and applied to every document. Either it keeps responses readable when the
    /// server changes, and the conformance suite checks what the types no longer do, or it concerns what no client has,
    /// such as webhooks.
    pub deliberate: bool,
    /// Whether the document breaks a rule here, and was read as if it did not.
    pub mistake: bool,
    /// What was done.
    pub message: String,
    /// The affected operations, in the order of the document. Empty if nothing is lost, or if no operation uses the
    /// node.
    pub operations: Arc<[String]>,
}

impl Note {
    /// A rewrite that the generator needs.
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

    /// Like [`new`](Self::new), for a rewrite that the design of the bindings requires.
    pub fn deliberate(kind: NoteKind, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { deliberate: true, ..Self::new(kind, pointer, message) }
    }

    /// Like [`new`](Self::new), for a workaround for a mistake in the document.
    pub fn mistake(kind: NoteKind, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { mistake: true, ..Self::new(kind, pointer, message) }
    }

    /// Whether to warn: the document has a mistake, or the note is [lossy](Self::is_lossy).
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.mistake || self.is_lossy()
    }

    /// Whether an operation of the generated client differs from the contract because the client cannot express the
    /// same.
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

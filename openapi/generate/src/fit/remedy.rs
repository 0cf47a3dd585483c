//! What makes a document fit the generator where it is right by the specification and the generator cannot do it.

use serde_json::Value;
use zerogate_contract::NoteKind;

/// A way round a limit of the generator.
#[derive(Debug, Clone)]
pub(crate) enum Remedy {
    /// Small rewrites.
    Edit { edits: Vec<Edit>, kind: NoteKind, message: String },
    /// Null is said where the component is referred to, instead of in it.
    NullWhereUsed { component: String },
    /// The component gets another name.
    Rename { component: String, name: String },
    /// The parameter is left out.
    DropParameter { pointer: String },
    /// Any JSON is taken for the schema at this pointer.
    Any { pointer: String },
    /// Any JSON is taken for the innermost schema around the place, if it is in one; else the operation is left out.
    Least,
}

/// One small rewrite, by pointers into the document that was checked.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Remove(String),
    Set(String, Value),
}

impl Remedy {
    pub(super) fn edit(kind: NoteKind, edits: impl Into<Vec<Edit>>, message: impl Into<String>) -> Self {
        Self::Edit { edits: edits.into(), kind, message: message.into() }
    }

    /// The node is left out.
    pub(super) fn remove(kind: NoteKind, pointer: String, message: impl Into<String>) -> Self {
        Self::edit(kind, [Edit::Remove(pointer)], message)
    }

    /// The node is written, or written anew.
    pub(super) fn set(kind: NoteKind, pointer: String, value: Value, message: impl Into<String>) -> Self {
        Self::edit(kind, [Edit::Set(pointer, value)], message)
    }
}

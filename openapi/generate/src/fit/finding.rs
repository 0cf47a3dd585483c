//! Findings about constructs: what is wrong, what the author can do, and how to work around it if possible.

use serde_json::{Map, Value};
use zerogate_contract::pointer::Path;
use zerogate_contract::suggest::closest;
use zerogate_contract::{NoteKind, Problem};

/// A finding at one place of a document.
#[derive(Debug, Clone)]
pub(super) struct Finding<'d> {
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) help: Help<'d>,
    /// The workaround. Without one, nothing is generated from the document.
    pub(super) remedy: Option<Remedy>,
    /// Whether the document is wrong, as opposed to a limit of the generator.
    pub(super) mistake: bool,
}

impl<'d> Finding<'d> {
    /// A fault of the document that leaves its meaning unclear.
    pub(super) fn wrong(path: &Path<'_>, message: impl Into<String>, help: impl Into<Help<'d>>) -> Self {
        Self { pointer: path.render(), message: message.into(), help: help.into(), remedy: None, mistake: true }
    }

    /// A fault of the document that does not concern the client, or has only one possible meaning.
    pub(super) fn mistake(
        path: &Path<'_>,
        message: impl Into<String>,
        help: impl Into<Help<'d>>,
        remedy: Remedy,
    ) -> Self {
        Self { remedy: Some(remedy), ..Self::wrong(path, message, help) }
    }

    /// A construct that is valid, but cannot be generated as it is.
    pub(super) fn limit(
        path: &Path<'_>,
        message: impl Into<String>,
        help: impl Into<Help<'d>>,
        remedy: Remedy,
    ) -> Self {
        Self { mistake: false, ..Self::mistake(path, message, help, remedy) }
    }
}

/// What the author can do about it.
#[derive(Debug, Clone)]
pub(super) enum Help<'d> {
    Say(String),
    /// Use the closest known word, if there is one, or else this. The word is only searched for when the finding is
    /// reported.
    Closest {
        word: String,
        known: Known<'d>,
        otherwise: String,
    },
}

/// The known words.
#[derive(Debug, Clone)]
pub(super) enum Known<'d> {
    Words(Vec<&'d str>),
    Owned(Vec<String>),
    /// The keys of a mapping, and a prefix to write before them.
    Keys(Option<&'d Map<String, Value>>, String),
}

impl<'d> Help<'d> {
    /// Like [`Help::Closest`], with a list of words.
    pub(super) fn closest(word: &str, known: impl IntoIterator<Item = &'d str>, otherwise: impl Into<String>) -> Self {
        let known = Known::Words(known.into_iter().collect());
        Self::Closest { word: word.to_owned(), known, otherwise: otherwise.into() }
    }

    pub(super) fn text(self) -> String {
        let (word, known, otherwise) = match self {
            Self::Say(text) => return text,
            Self::Closest { word, known, otherwise } => (word, known, otherwise),
        };
        let (found, before) = match &known {
            Known::Words(words) => (closest(&word, words.iter().copied()), ""),
            Known::Owned(words) => (closest(&word, words.iter().map(String::as_str)), ""),
            Known::Keys(keys, before) => {
                (closest(&word, keys.iter().flat_map(|keys| keys.keys()).map(String::as_str)), before.as_str())
            }
        };
        found.map_or(otherwise, |found| format!("did you mean `{before}{found}`?"))
    }
}

impl From<String> for Help<'_> {
    fn from(text: String) -> Self {
        Self::Say(text)
    }
}

impl From<&str> for Help<'_> {
    fn from(text: &str) -> Self {
        Self::Say(text.to_owned())
    }
}

/// A workaround for a limit of the generator, or how to read a mistake.
#[derive(Debug, Clone)]
pub(crate) enum Remedy {
    /// Some small rewrites.
    Edit { edits: Vec<Edit>, kind: NoteKind, message: String },
    /// Moves null from the component to the references to it.
    NullWhereUsed { component: String },
    /// Renames the component.
    Rename { component: String, name: String },
    /// Drops the parameter.
    DropParameter { pointer: String },
    /// Accepts any JSON for the schema at this pointer.
    Any { pointer: String },
    /// Accepts any JSON for the innermost schema around the place, or else omits the operation.
    Least,
}

/// One small rewrite, by pointer into the checked document.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Remove(String),
    Set(String, Value),
}

impl Remedy {
    pub(super) fn edit(kind: NoteKind, edits: impl Into<Vec<Edit>>, message: impl Into<String>) -> Self {
        Self::Edit { edits: edits.into(), kind, message: message.into() }
    }

    /// Removes the node.
    pub(super) fn remove(kind: NoteKind, pointer: String, message: impl Into<String>) -> Self {
        Self::edit(kind, [Edit::Remove(pointer)], message)
    }

    /// Sets the node.
    pub(super) fn set(kind: NoteKind, pointer: String, value: Value, message: impl Into<String>) -> Self {
        Self::edit(kind, [Edit::Set(pointer, value)], message)
    }
}

/// A finding as it is reported: with its position, and with the help resolved.
#[derive(Debug, Clone)]
pub(crate) struct Reported {
    pub(crate) problem: Problem,
    /// The place in the checked document. The problem has the pointer into the original text.
    pub(crate) pointer: String,
    /// The workaround. Without one, nothing is generated from the document.
    pub(crate) remedy: Option<Remedy>,
    /// Whether the document is wrong, as opposed to a limit of the generator.
    pub(crate) mistake: bool,
}

impl Reported {
    pub(super) fn wrong(problem: Problem) -> Self {
        Self { pointer: problem.pointer.clone(), problem, remedy: None, mistake: true }
    }
}

/// An operation that is missing from the generated client, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Skipped {
    /// The id of the operation.
    pub operation: String,
    /// What the generator does not support, with its place and what to do about it.
    pub problem: Problem,
}

//! What is found about a construct: what is wrong with it, what its author can do, and the way round it if there is one.

use serde_json::{Map, Value};
use zerogate_contract::pointer::Path;
use zerogate_contract::suggest::closest;
use zerogate_contract::{NoteKind, Problem};

/// What is found at one place of a document.
#[derive(Debug, Clone)]
pub(super) struct Finding<'d> {
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) help: Help<'d>,
    /// The way round it. Without one, nothing is generated from the document.
    pub(super) remedy: Option<Remedy>,
    /// The document is wrong, and this is no limit of the generator.
    pub(super) mistake: bool,
}

impl<'d> Finding<'d> {
    /// What is wrong with the document, in a way that leaves open what is meant.
    pub(super) fn wrong(path: &Path<'_>, message: impl Into<String>, help: impl Into<Help<'d>>) -> Self {
        Self { pointer: path.render(), message: message.into(), help: help.into(), remedy: None, mistake: true }
    }

    /// What is wrong with the document, and does not concern the client, or can only be meant in one way.
    pub(super) fn mistake(
        path: &Path<'_>,
        message: impl Into<String>,
        help: impl Into<Help<'d>>,
        remedy: Remedy,
    ) -> Self {
        Self { remedy: Some(remedy), ..Self::wrong(path, message, help) }
    }

    /// What is right by the specification, and cannot be generated as it is.
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
    /// To write the known word that is meant, if one is close, and else something else. It is looked for when it is told.
    Closest {
        word: String,
        known: Known<'d>,
        otherwise: String,
    },
}

/// The words that one may be a slip of.
#[derive(Debug, Clone)]
pub(super) enum Known<'d> {
    Words(Vec<&'d str>),
    Owned(Vec<String>),
    /// The keys of a mapping, and what is written before them.
    Keys(Option<&'d Map<String, Value>>, String),
}

impl<'d> Help<'d> {
    /// As [`Help::Closest`], with a list of words.
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

/// A way round a limit of the generator, or what a mistake is read as.
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

/// A finding as it is reported: with its place in the text, and the help that was found.
#[derive(Debug, Clone)]
pub(crate) struct Reported {
    pub(crate) problem: Problem,
    /// Where, in the document that was checked: the problem has the pointer of the text.
    pub(crate) pointer: String,
    /// The way round it. Without one, nothing is generated from the document.
    pub(crate) remedy: Option<Remedy>,
    /// The document is wrong, and this is no limit of the generator.
    pub(crate) mistake: bool,
}

impl Reported {
    pub(super) fn wrong(problem: Problem) -> Self {
        Self { pointer: problem.pointer.clone(), problem, remedy: None, mistake: true }
    }
}

/// An operation that is not in the generated client, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Skipped {
    /// The operation's id.
    pub operation: String,
    /// What the generator cannot do, with its place and what to do about it.
    pub problem: Problem,
}

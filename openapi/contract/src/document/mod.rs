//! A contract as a tree of values that knows where each of them stands in the text.

mod build;
mod json;
mod moves;
mod places;
mod scalar;
mod yaml;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{self, Formatter};
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::note::Note;
use crate::pointer;
use crate::problem::{ContractError, Position, Problem};
use crate::read::read_text;
use build::Parsed;
use moves::Moves;
use places::Place;

/// How many references [`Document::resolve`] follows in a row before it calls the chain endless.
const MAX_REFERENCES: usize = 64;

/// A parsed OpenAPI document, with the position of everything in it.
///
/// Reading promises little about the content: what has been read is a tree without duplicate keys,
/// and nothing says that it is a usable contract. That is what `zerogate_generate::check` is for.
///
/// The text may come from anywhere: its size, depth and what its aliases expand to are bounded.
#[derive(Clone)]
pub struct Document {
    value: Value,
    file: Arc<File>,
    /// What came from elsewhere than the same place of the file, by its pointer.
    parts: Arc<HashMap<String, Part>>,
    /// What a rewriting has moved.
    moved: Moves,
    notes: Vec<Note>,
}

/// A text, and where everything in it stands.
struct File {
    name: String,
    places: Place,
}

/// Where a part of a document came from.
struct Part {
    file: Arc<File>,
    at: String,
}

impl Document {
    /// The largest text that is read, in bytes: many times the size of any published contract.
    pub const MAX_BYTES: usize = 32 * 1024 * 1024;

    /// Reads a file; problems name it by the path as given.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not UTF-8, or [`parse`](Self::parse) refuses its text.
    pub fn read(path: impl AsRef<Path>) -> Result<Document, ContractError> {
        let path = path.as_ref();
        Self::parse(&path.display().to_string(), &Self::text(path)?)
    }

    /// Reads the text of a file, within the bound for a document.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is too large, or is not UTF-8.
    pub fn text(path: impl AsRef<Path>) -> Result<String, ContractError> {
        let path = path.as_ref();
        Self::text_of(path, &path.display().to_string())
    }

    /// As [`text`](Self::text); problems call the file `name`.
    pub(crate) fn text_of(path: &Path, name: &str) -> Result<String, ContractError> {
        read_text(path, Self::MAX_BYTES).map_err(|error| {
            let message = format!("the contract cannot be read: {error}");
            let (message, help) = match error.kind() {
                io::ErrorKind::InvalidData => (error.to_string(), "save the file as UTF-8"),
                io::ErrorKind::FileTooLarge => (message, "name an OpenAPI document"),
                io::ErrorKind::InvalidInput => (message, "save the document to a file, and name that"),
                _ => (message, "name an existing, readable file"),
            };
            let (file, help) = (name.to_owned(), help.to_owned());
            ContractError::from(Problem { file, position: None, pointer: String::new(), message, help })
        })
    }

    /// Parses YAML 1.2 or JSON; problems call the document `name`.
    ///
    /// Scalars are typed by YAML's core schema (`no` and `on` are text), numbers used as keys become
    /// text (`201:`), aliases are expanded. Merge keys (`<<`) are read as PyYAML and js-yaml do, with a [note](Self::notes).
    ///
    /// # Errors
    ///
    /// The text is not well-formed, is empty, holds several documents, repeats a key, or uses what has no
    /// counterpart in JSON: other keys than text, tags beyond the core schema, `.nan` and `.inf`.
    /// So do texts that are too large, too deep, or grow too large by their aliases.
    ///
    /// ```
    /// use zerogate_contract::Document;
    ///
    /// let document = Document::parse("gate.yaml", "openapi: 3.0.3\n")?;
    /// assert_eq!(document.value()["openapi"], "3.0.3");
    /// # Ok::<(), zerogate_contract::ContractError>(())
    /// ```
    pub fn parse(name: &str, text: &str) -> Result<Document, ContractError> {
        if text.len() > Self::MAX_BYTES {
            return Err(ContractError::from(Problem {
                file: name.to_owned(),
                position: None,
                pointer: String::new(),
                message: format!(
                    "the text is {} bytes long, more than the {} that are read",
                    text.len(),
                    Self::MAX_BYTES
                ),
                help: "name an OpenAPI document".to_owned(),
            }));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Parsed { value, places, notes } = match json::parse(name, text) {
            // A leading brace is also how YAML's flow style begins.
            Some(parsed) => parsed?,
            None => yaml::parse(name, text)?,
        };
        let file = Arc::new(File { name: name.to_owned(), places });
        Ok(Document { value, file, parts: Arc::default(), moved: Moves::default(), notes })
    }

    /// What the document is called: the path it was read from, or the name it was parsed under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.file.name
    }

    /// What was read otherwise than it is written.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The content.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The same document with other content: what a rewriting of [`value`](Self::value) leaves behind.
    ///
    /// Positions are those of the original text, by pointer.
    #[must_use]
    pub fn with_value(&self, value: Value) -> Document {
        self.rewritten(value, Vec::new())
    }

    /// As [`with_value`](Self::with_value), for a rewriting that has moved nodes: from the second pointer to the first.
    #[must_use]
    pub fn rewritten(&self, value: Value, moved: Vec<(String, String)>) -> Document {
        let mut all = self.moved.clone();
        all.extend(moved);
        let (file, parts) = (Arc::clone(&self.file), Arc::clone(&self.parts));
        Document { value, file, parts, moved: all, notes: self.notes.clone() }
    }

    /// This document with what others supply: each part by its pointer, with the document and the pointer it came from.
    pub(crate) fn assembled(
        &self,
        value: Value,
        parts: impl IntoIterator<Item = (String, Arc<Document>, String)>,
    ) -> Document {
        let mut notes = self.notes.clone();
        let mut from = HashMap::new();
        for (pointer, document, at) in parts {
            let below = |note: &&Note| {
                note.pointer.strip_prefix(&at).is_some_and(|rest| matches!(rest.as_bytes(), [] | [b'/', ..]))
            };
            let own = !Arc::ptr_eq(&document.file, &self.file);
            for note in document.notes.iter().filter(below).filter(|_| own) {
                notes.push(Note { pointer: note.pointer.replacen(&at, &pointer, 1), ..note.clone() });
            }
            from.insert(pointer, Part { file: Arc::clone(&document.file), at });
        }
        let file = Arc::clone(&self.file);
        Document { value, file, parts: Arc::new(from), moved: Moves::default(), notes }
    }

    /// Rewrites the content in place. `pass` says what it has moved: the new pointer, and the one before.
    pub fn rewrite(&mut self, pass: impl FnOnce(&mut Value) -> Vec<(String, String)>) {
        let moved = pass(&mut self.value);
        self.moved.extend(moved);
    }

    /// The pointer that a node had in the text, before anything was rewritten.
    pub fn origin(&self, pointer: &str) -> String {
        self.moved.origin(pointer)
    }

    /// Where the node at a JSON pointer stands: its key, or the value itself for an item of a sequence.
    ///
    /// For a node that is not in the text, such as one that came by an alias, it is the nearest ancestor's.
    ///
    /// ```
    /// use zerogate_contract::Document;
    ///
    /// let document = Document::parse("gate.yaml", "info:\n  title: Gate\n")?;
    /// let position = document.position("/info/title").map(|found| (found.line, found.column));
    /// assert_eq!(position, Some((2, 3)));
    /// # Ok::<(), zerogate_contract::ContractError>(())
    /// ```
    #[must_use]
    pub fn position(&self, pointer: &str) -> Option<Position> {
        let (file, pointer) = self.part(&self.origin(pointer));
        Some(file.position(&pointer))
    }

    /// The file that the node at a JSON pointer stands in.
    #[must_use]
    pub fn file_of(&self, pointer: &str) -> &str {
        &self.part(&self.origin(pointer)).0.name
    }

    /// The file that a node stands in that had a pointer before anything was rewritten, and its pointer there.
    fn part(&self, pointer: &str) -> (&File, String) {
        let whole = if self.parts.is_empty() { None } else { Some(pointer.len()) };
        let ends = whole.into_iter().chain(pointer.rmatch_indices('/').map(|(end, _)| end).filter(|_| whole.is_some()));
        let found = ends.filter_map(|end| pointer.split_at_checked(end));
        let found = found.filter_map(|(part, rest)| Some((self.parts.get(part)?, rest))).next();
        found.map_or((&self.file, pointer.to_owned()), |(part, rest)| (&part.file, format!("{}{rest}", part.at)))
    }

    /// The node that `node` stands for: itself, or what its local `$ref` leads to.
    ///
    /// `None` if the reference leads nowhere, into another document, or in a circle.
    #[must_use]
    pub fn resolve<'a>(&'a self, node: &'a Value) -> Option<&'a Value> {
        let mut node = node;
        for _ in 0..MAX_REFERENCES {
            match reference(node) {
                None => return Some(node),
                Some(target) => node = self.target(target)?,
            }
        }
        None
    }

    /// The node that a local reference names, which may be a reference itself.
    pub fn target(&self, reference: &str) -> Option<&Value> {
        self.value.pointer(&pointer::of_reference(reference)?)
    }

    /// A problem with the node at a JSON pointer, with its position filled in.
    #[must_use]
    pub fn problem(&self, pointer: &str, message: impl Into<String>, help: impl Into<String>) -> Problem {
        self.problem_in_text(self.origin(pointer), message, help)
    }

    /// As [`problem`](Self::problem), by the pointer that the node had in the text, before anything was rewritten: that
    /// of a [`Note`](crate::Note).
    #[must_use]
    pub fn problem_in_text(
        &self,
        pointer: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        let (file, pointer) = self.part(&pointer.into());
        Problem {
            file: file.name.clone(),
            position: Some(file.position(&pointer)),
            pointer,
            message: message.into(),
            help: help.into(),
        }
    }
}

impl File {
    /// Where the node at a pointer stands, or the nearest around it that is in the text.
    fn position(&self, pointer: &str) -> Position {
        let mut place = &self.places;
        for token in pointer::tokens(pointer) {
            match place.child(&token) {
                Some(child) => place = child,
                None => break,
            }
        }
        place.position()
    }
}

/// The name alone: the content is long, and a caller who wants it has [`Document::value`].
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// The target of a reference object.
///
/// A property that happens to be called `$ref` is none: its value is a schema, not text.
pub fn reference(node: &Value) -> Option<&str> {
    node.get("$ref").and_then(Value::as_str)
}

/// The name of the component schema that a reference leads to.
pub fn component(reference: &str) -> Option<String> {
    pointer::schema_at(&pointer::of_reference(reference)?).map(Cow::into_owned)
}

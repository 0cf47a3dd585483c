//! A contract as a tree of values with their positions in the text.

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

/// The maximum length of a chain of references that [`Document::resolve`] follows.
const MAX_REFERENCES: usize = 64;

/// A parsed OpenAPI document, with the position of every node.
///
/// Reading guarantees only a tree without duplicate keys, not a usable contract. `zerogate_generate::check` checks
/// that.
///
/// The text may be untrusted: its size, its depth and the expansion of its aliases are limited.
#[derive(Clone)]
pub struct Document {
    /// Shared by copies, until one of them is rewritten.
    value: Arc<Value>,
    file: Arc<File>,
    /// The parts that come from another place than their pointer in the file, by pointer.
    parts: Arc<HashMap<String, Part>>,
    /// What rewriting has moved.
    moved: Moves,
    notes: Vec<Note>,
}

/// A text, and the positions of its nodes.
struct File {
    name: String,
    places: Place,
    /// The digits of integers beyond 64 bits, by pointer.
    long: HashMap<String, String>,
}

/// The origin of a part of a document.
struct Part {
    file: Arc<File>,
    at: String,
}

impl Document {
    /// The maximum size of a text in bytes: many times that of any published contract.
    pub const MAX_BYTES: usize = 32 * 1024 * 1024;

    /// Reads a file. Problems name it by the path as given.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or is not UTF-8, or if [`parse`](Self::parse) rejects the text.
    pub fn read(path: impl AsRef<Path>) -> Result<Document, ContractError> {
        let path = path.as_ref();
        Self::parse(&path.display().to_string(), &Self::text(path)?)
    }

    /// Reads the text of a file, up to the maximum size of a document.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is too large, or is not UTF-8.
    pub fn text(path: impl AsRef<Path>) -> Result<String, ContractError> {
        let path = path.as_ref();
        Self::text_of(path, &path.display().to_string())
    }

    /// Like [`text`](Self::text), but problems name the file `name`.
    pub(crate) fn text_of(path: &Path, name: &str) -> Result<String, ContractError> {
        read_text(path, Self::MAX_BYTES).map_err(|error| {
            let message = format!("the contract cannot be read: {error}");
            let (message, help) = match error.kind() {
                io::ErrorKind::InvalidData => (error.to_string(), "save the file as UTF-8"),
                io::ErrorKind::FileTooLarge => (message, "pass the path of an OpenAPI document"),
                io::ErrorKind::InvalidInput => (message, "save the document to a file, and pass its path"),
                _ => (message, ""),
            };
            let (file, help) = (name.to_owned(), help.to_owned());
            ContractError::from(Problem { file, position: None, pointer: String::new(), message, help })
        })
    }

    /// Parses YAML 1.2 or JSON. Problems name the document `name`.
    ///
    /// Scalars have the types of YAML's core schema (`no` and `on` are strings), numbers as keys become strings
    /// (`201:`), and aliases are expanded. Merge keys (`<<`) are read as PyYAML and js-yaml read them, with a
    /// [note](Self::notes).
    ///
    /// # Errors
    ///
    /// Fails if the text is malformed or empty, has several documents, repeats a key, or uses what JSON does not have:
    /// keys that are not strings, tags beyond the core schema, `.nan` and `.inf`. Also fails if the text is too large,
    /// too deeply nested, or grows too large by its aliases.
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
                message: format!("the text is {} bytes long, more than the maximum of {}", text.len(), Self::MAX_BYTES),
                help: "pass an OpenAPI document".to_owned(),
            }));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Parsed { value, places, notes, long } = match json::parse(name, text) {
            // YAML's flow style also begins with a brace.
            Some(parsed) => parsed?,
            None => yaml::parse(name, text)?,
        };
        let file = Arc::new(File { name: name.to_owned(), places, long });
        Ok(Document { value: Arc::new(value), file, parts: Arc::default(), moved: Moves::default(), notes })
    }

    /// The name of the document: the path it was read from, or the name passed to `parse`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.file.name
    }

    /// Notes about constructs that were not read as written.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The content.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The same document with other content, such as the result of rewriting [`value`](Self::value).
    ///
    /// Positions remain those of the original text, by pointer.
    #[must_use]
    pub fn with_value(&self, value: Value) -> Document {
        self.rewritten(value, Vec::new())
    }

    /// Like [`with_value`](Self::with_value), for a rewriting that moved nodes: each pair is the new and the old
    /// pointer.
    #[must_use]
    pub fn rewritten(&self, value: Value, moved: Vec<(String, String)>) -> Document {
        let mut all = self.moved.clone();
        all.extend(moved);
        let (file, parts) = (Arc::clone(&self.file), Arc::clone(&self.parts));
        Document { value: Arc::new(value), file, parts, moved: all, notes: self.notes.clone() }
    }

    /// This document with parts from other documents: each by its pointer, with the document and the pointer it came
    /// from.
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
        Document { value: Arc::new(value), file, parts: Arc::new(from), moved: Moves::default(), notes }
    }

    /// Rewrites the content in place. `pass` returns what it moved, as pairs of new and old pointer.
    pub fn rewrite(&mut self, pass: impl FnOnce(&mut Value) -> Vec<(String, String)>) {
        let moved = pass(Arc::make_mut(&mut self.value));
        self.moved.extend(moved);
    }

    /// The pointer that a node had in the text, before any rewriting.
    pub fn origin(&self, pointer: &str) -> String {
        self.moved.origin(pointer)
    }

    /// The position of the node at a JSON pointer: of its key, or of the value for an item of a sequence.
    ///
    /// For a node that is not in the text, for example one from an alias, this is the position of its nearest ancestor.
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

    /// Whether there are integers beyond 64 bits, which [`value`](Self::value) approximates by floats.
    #[must_use]
    pub fn has_long_integers(&self) -> bool {
        let parts = self.parts.values().map(|part| &part.file);
        parts.chain([&self.file]).any(|file| !file.long.is_empty())
    }

    /// The integer at a JSON pointer as written, if it is beyond 64 bits.
    ///
    /// ```
    /// use zerogate_contract::Document;
    ///
    /// let document = Document::parse("gate.yaml", "maximum: 18446744073709551617\nminimum: 1\n")?;
    /// assert_eq!(document.long_integer("/maximum"), Some("18446744073709551617"));
    /// assert_eq!(document.long_integer("/minimum"), None);
    /// # Ok::<(), zerogate_contract::ContractError>(())
    /// ```
    #[must_use]
    pub fn long_integer(&self, pointer: &str) -> Option<&str> {
        let (file, pointer) = self.part(&self.origin(pointer));
        file.long.get(&pointer).map(String::as_str)
    }

    /// The file that contains the node at a JSON pointer.
    #[must_use]
    pub fn file_of(&self, pointer: &str) -> &str {
        &self.part(&self.origin(pointer)).0.name
    }

    /// The file that contains a node, by its pointer before any rewriting, and its pointer in that file.
    fn part(&self, pointer: &str) -> (&File, String) {
        let whole = if self.parts.is_empty() { None } else { Some(pointer.len()) };
        let ends = whole.into_iter().chain(pointer.rmatch_indices('/').map(|(end, _)| end).filter(|_| whole.is_some()));
        let found = ends.filter_map(|end| pointer.split_at_checked(end));
        let found = found.filter_map(|(part, rest)| Some((self.parts.get(part)?, rest))).next();
        found.map_or((&self.file, pointer.to_owned()), |(part, rest)| (&part.file, format!("{}{rest}", part.at)))
    }

    /// The node, or the target if it is a local `$ref`.
    ///
    /// Returns `None` if the reference has no target, leads to another document, or into a circle.
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

    /// The target of a local reference, which may be a reference too.
    pub fn target(&self, reference: &str) -> Option<&Value> {
        self.value.pointer(&pointer::of_reference(reference)?)
    }

    /// A problem with the node at a JSON pointer, including its position.
    #[must_use]
    pub fn problem(&self, pointer: &str, message: impl Into<String>, help: impl Into<String>) -> Problem {
        self.problem_in_text(self.origin(pointer), message, help)
    }

    /// Like [`problem`](Self::problem), with the pointer before any rewriting, such as that of a [`Note`](crate::Note).
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
    /// The position of the node at a pointer, or of its nearest ancestor in the text.
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

/// Only the name: the content is long, and available from [`Document::value`].
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// The target of a reference object.
///
/// A property that happens to be named `$ref` is not a reference: its value is a schema, not a string.
pub fn reference(node: &Value) -> Option<&str> {
    node.get("$ref").and_then(Value::as_str)
}

/// The name of the component schema that a reference leads to.
pub fn component(reference: &str) -> Option<String> {
    pointer::schema_at(&pointer::of_reference(reference)?).map(Cow::into_owned)
}

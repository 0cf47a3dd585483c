//! Builds the tree from what a YAML or JSON reader finds, within limits.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::places::{Keys, Place};
use super::scalar::is_integer;
use crate::note::{Note, NoteKind};
use crate::pointer;
use crate::problem::{ContractError, Position, Problem};
use crate::vocabulary::kind_of;

/// The maximum depth of a document. Walking and dropping a document are recursive.
const MAX_DEPTH: usize = 128;

/// The maximum number of nodes in a text, and of nodes that its aliases may add.
const MAX_NODES: usize = 2_000_000;
const MAX_ALIAS_NODES: usize = 100_000;

/// The maximum number of bytes of text that aliases may add.
const MAX_ALIAS_BYTES: usize = 16 * 1024 * 1024;

/// YAML's limit for a key without an explicit mark. It keeps pointers short.
const MAX_KEY: usize = 1024;

/// The merge key of YAML 1.1.
pub(super) const MERGE: &str = "<<";

/// The number of repeated keys after which reading stops.
const MAX_REPEATED: usize = 100;

/// A node with an anchor; `None` until it is complete.
type Anchored = Option<Value>;

/// A collection that is being read.
struct Open {
    at: Position,
    anchor: usize,
    content: Content,
}

enum Content {
    Mapping {
        values: Map<String, Value>,
        places: Vec<(Arc<str>, Place)>,
        key: Option<Key>,
        /// The values of its merge keys.
        merged: Vec<(Value, Place)>,
    },
    Sequence {
        values: Vec<Value>,
        places: Vec<Place>,
    },
}

struct Key {
    name: String,
    at: Position,
    role: Role,
}

/// What happens to the value of a key.
enum Role {
    Entry,
    /// The key is a repetition: the value is read and dropped.
    Repeated,
    /// The entries are merged into the mapping around it.
    Merge,
}

/// The tree under construction. An error from any method stops the reading.
pub(super) struct Builder<'n> {
    name: &'n str,
    open: Vec<Open>,
    keys: Keys,
    root: Option<(Value, Place)>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    alias_nodes: usize,
    alias_bytes: usize,
    repeated: Vec<Problem>,
    /// The pointer of the first merge key, and their number.
    merges: Option<(String, usize)>,
    long: HashMap<String, String>,
}

/// The result of reading a text.
pub(super) struct Parsed {
    pub(super) value: Value,
    pub(super) places: Place,
    /// Notes about constructs that YAML 1.2 reads differently.
    pub(super) notes: Vec<Note>,
    /// The digits of integers beyond 64 bits, which a value only approximates, by pointer.
    pub(super) long: HashMap<String, String>,
}

impl<'n> Builder<'n> {
    pub(super) fn new(name: &'n str) -> Self {
        Builder {
            name,
            open: Vec::new(),
            keys: Keys::default(),
            root: None,
            anchors: HashMap::new(),
            nodes: 0,
            alias_nodes: 0,
            alias_bytes: 0,
            repeated: Vec::new(),
            merges: None,
            long: HashMap::new(),
        }
    }

    /// Whether the next scalar or alias is a key.
    pub(super) fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Mapping { key: None, .. }, .. }))
    }

    pub(super) fn problem(&self, at: Position, message: impl Into<String>, help: impl Into<String>) -> Box<Problem> {
        Box::new(Problem {
            file: self.name.to_owned(),
            position: Some(at),
            pointer: self.pointer(),
            message: message.into(),
            help: help.into(),
        })
    }

    pub(super) fn too_deep(&self, at: Position) -> Box<Problem> {
        self.problem(
            at,
            format!("the document is nested deeper than {MAX_DEPTH} levels"),
            "flatten it, or move inner schemas to `components`",
        )
    }

    /// The pointer of the next node.
    fn pointer(&self) -> String {
        let mut rendered = String::new();
        for open in &self.open {
            match &open.content {
                Content::Mapping { key: Some(key), .. } => pointer::push(&mut rendered, &key.name),
                Content::Mapping { key: None, .. } => {}
                Content::Sequence { values, .. } => pointer::push(&mut rendered, &values.len().to_string()),
            }
        }
        rendered
    }

    pub(super) fn begin_mapping(&mut self, at: Position, anchor: usize) -> Result<(), Box<Problem>> {
        let content = Content::Mapping { values: Map::new(), places: Vec::new(), key: None, merged: Vec::new() };
        self.begin(at, anchor, content)
    }

    pub(super) fn begin_sequence(&mut self, at: Position, anchor: usize) -> Result<(), Box<Problem>> {
        self.begin(at, anchor, Content::Sequence { values: Vec::new(), places: Vec::new() })
    }

    fn begin(&mut self, at: Position, anchor: usize, content: Content) -> Result<(), Box<Problem>> {
        if self.wants_key() {
            return Err(self.problem(at, "a mapping or a sequence is used as a key", "use a string as the key"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(self.too_deep(at));
        }
        self.count(at)?;
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        self.open.push(Open { at, anchor, content });
        Ok(())
    }

    /// Completes the innermost collection.
    pub(super) fn end(&mut self) -> Result<(), Box<Problem>> {
        self.merge()?;
        let Some(Open { at, anchor, content }) = self.open.pop() else {
            return Ok(());
        };
        let (value, place) = match content {
            Content::Mapping { values, places, .. } => (Value::Object(values), Place::mapping(at, places)),
            Content::Sequence { values, places } => (Value::Array(values), Place::sequence(at, places)),
        };
        self.keep(anchor, &value, at)?;
        self.attach(value, place);
        Ok(())
    }

    /// Merges the values of the innermost mapping's merge keys into it; its own entries take precedence.
    ///
    /// Follows PyYAML and js-yaml 4 where they agree: in a sequence, the first mapping takes precedence. With two merge
    /// keys, one of them takes the last and the other the first: a difference is reported.
    fn merge(&mut self) -> Result<(), Box<Problem>> {
        let merged = match self.open.last_mut().map(|open| &mut open.content) {
            Some(Content::Mapping { merged, .. }) if !merged.is_empty() => std::mem::take(merged),
            _ => return Ok(()),
        };
        let mut entries: BTreeMap<String, (Value, Place)> = BTreeMap::new();
        let mut first = None;
        for (value, place) in merged {
            let at = place.position();
            first.get_or_insert(at);
            let sources = match value {
                Value::Array(items) => {
                    // Nodes from an alias have no positions of their own.
                    let places = place.items().iter().cloned().chain(std::iter::repeat(Place::leaf(at)));
                    items.into_iter().zip(places).collect()
                }
                value => vec![(value, place)],
            };
            let mut own: BTreeMap<String, (Value, Place)> = BTreeMap::new();
            for (source, place) in sources {
                let Value::Object(source) = source else {
                    let message = format!("the merge key `<<` needs a mapping, but has {}", kind_of(&source));
                    return Err(self.problem(at, message, "give it a mapping, or a sequence of mappings"));
                };
                for (key, value) in source {
                    let place = place.child(&key).cloned().unwrap_or(Place::leaf(at));
                    own.entry(key).or_insert((value, place));
                }
            }
            for (key, entry) in own {
                let is_own = matches!(self.open.last(), Some(Open { content: Content::Mapping { values, .. }, .. }) if values.contains_key(&key));
                match entries.get(&key) {
                    Some((other, _)) if !is_own && *other != entry.0 => {
                        let message = format!(
                            "two merge keys both have the entry `{key}`, and YAML readers disagree on which one counts"
                        );
                        return Err(self.problem(at, message, "use one merge key, as `<<: [*first, *second]`"));
                    }
                    Some(_) => {}
                    None => {
                        entries.insert(key, entry);
                    }
                }
            }
        }
        if let Some(Open { content: Content::Mapping { values, places, .. }, .. }) = self.open.last_mut() {
            if let Some(at) = first.filter(|_| !values.contains_key(MERGE)) {
                places.push((self.keys.share(MERGE), Place::leaf(at)));
            }
            for (key, (value, place)) in entries {
                if !values.contains_key(&key) {
                    places.push((self.keys.share(&key), place));
                    values.insert(key, value);
                }
            }
        }
        Ok(())
    }

    /// Adds a scalar value.
    pub(super) fn scalar(&mut self, value: Value, at: Position, anchor: usize) -> Result<(), Box<Problem>> {
        self.count(at)?;
        self.keep(anchor, &value, at)?;
        self.attach(value, Place::leaf(at));
        Ok(())
    }

    /// Adds a scalar that is written like this.
    pub(super) fn written(
        &mut self,
        text: &str,
        value: Value,
        at: Position,
        anchor: usize,
    ) -> Result<(), Box<Problem>> {
        let is_integer = || is_integer(text.strip_prefix('-').unwrap_or(text));
        if value.is_f64() && is_integer() {
            self.long.insert(self.pointer(), text.to_owned());
        }
        self.scalar(value, at, anchor)
    }

    /// Adds the key of the next entry.
    pub(super) fn key(&mut self, name: String, at: Position, anchor: usize) -> Result<(), Box<Problem>> {
        if name.len() > MAX_KEY {
            return Err(self.problem(
                at,
                format!("a key is {} bytes long, more than {MAX_KEY}", name.len()),
                "shorten the key",
            ));
        }
        self.count(at)?;
        if anchor != 0 {
            self.keep(anchor, &Value::String(name.clone()), at)?;
        }
        let first = match self.open.last() {
            Some(Open { content: Content::Mapping { values, places, .. }, .. }) if values.contains_key(&name) => {
                places.iter().find(|(key, _)| **key == *name).map(|(_, place)| place.position())
            }
            _ => None,
        };
        if let Some(first) = first {
            let mut problem = self.problem(
                at,
                format!("the key `{name}` is repeated: it is on line {} and on line {}", first.line, at.line),
                "remove or rename one of the two",
            );
            pointer::push(&mut problem.pointer, &name);
            self.repeated.push(*problem);
            if self.repeated.len() >= MAX_REPEATED {
                return Err(self.problem(at, "too many repeated keys: reading stopped", "correct those first"));
            }
        }
        if let Some(Open { content: Content::Mapping { key, .. }, .. }) = self.open.last_mut() {
            let role = if first.is_some() { Role::Repeated } else { Role::Entry };
            *key = Some(Key { name, at, role });
        }
        Ok(())
    }

    /// Adds a merge key.
    pub(super) fn merge_key(&mut self, at: Position) -> Result<(), Box<Problem>> {
        self.count(at)?;
        let pointer = pointer::join(&self.pointer(), MERGE);
        self.merges.get_or_insert((pointer, 0)).1 += 1;
        if let Some(Open { content: Content::Mapping { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(Key { name: MERGE.to_owned(), at, role: Role::Merge });
        }
        Ok(())
    }

    /// Adds the value of an alias, as a key or as a value.
    pub(super) fn alias(&mut self, anchor: usize, at: Position) -> Result<(), Box<Problem>> {
        let Some(Some(value)) = self.anchors.get(&anchor) else {
            return Err(self.problem(at, "an alias is inside the node that it repeats", "write the node out"));
        };
        let value = value.clone();
        self.spend(&value, at)?;
        if self.wants_key() {
            return match value {
                Value::String(name) => self.key(name, at, 0),
                _ => Err(self.problem(at, "the alias used as a key is not a string", "write the key out")),
            };
        }
        self.attach(value, Place::leaf(at));
        Ok(())
    }

    /// Remembers a node with an anchor. The copy counts against the limit for aliases, because nested anchors multiply
    /// too.
    fn keep(&mut self, anchor: usize, value: &Value, at: Position) -> Result<(), Box<Problem>> {
        if anchor != 0 {
            self.spend(value, at)?;
            self.anchors.insert(anchor, Some(value.clone()));
        }
        Ok(())
    }

    fn attach(&mut self, value: Value, mut place: Place) {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some((value, place)),
            Some(Content::Sequence { values, places }) => {
                values.push(value);
                places.push(place);
            }
            Some(Content::Mapping { values, places, key, merged }) => {
                let Some(Key { name, at, role }) = key.take() else { return };
                place.stand_at(at);
                match role {
                    Role::Entry => {
                        places.push((self.keys.share(&name), place));
                        values.insert(name, value);
                    }
                    Role::Merge => merged.push((value, place)),
                    Role::Repeated => {}
                }
            }
        }
    }

    fn count(&mut self, at: Position) -> Result<(), Box<Problem>> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.problem(at, format!("the document has more than {MAX_NODES} nodes"), "split it"));
        }
        Ok(())
    }

    /// Counts a copy of `value` against the limit for aliases.
    fn spend(&mut self, value: &Value, at: Position) -> Result<(), Box<Problem>> {
        let (nodes, bytes) = size(value);
        self.alias_nodes = self.alias_nodes.saturating_add(nodes);
        self.alias_bytes = self.alias_bytes.saturating_add(bytes);
        if self.alias_nodes > MAX_ALIAS_NODES || self.alias_bytes > MAX_ALIAS_BYTES {
            return Err(self.problem(
                at,
                format!("anchors and aliases expand to more than {MAX_ALIAS_NODES} nodes or {MAX_ALIAS_BYTES} bytes"),
                "use `$ref` instead",
            ));
        }
        Ok(())
    }

    /// Returns the finished tree.
    pub(super) fn finish(self) -> Result<Parsed, ContractError> {
        ContractError::unless_none(self.repeated)?;
        let note = |(at, count): (String, usize)| {
            let others = if count > 1 { format!(" (there are {count})") } else { String::new() };
            let message = format!(
                "the merge key `<<` is not part of YAML 1.2: it was read as PyYAML and js-yaml read it{others}"
            );
            Note::mistake(NoteKind::Exact, at, message)
        };
        match self.root {
            Some((value, places)) if !value.is_null() => {
                let notes = self.merges.map(note).into_iter().collect();
                Ok(Parsed { value, places, notes, long: self.long })
            }
            _ => Err(ContractError::from(Problem {
                file: self.name.to_owned(),
                position: None,
                pointer: String::new(),
                message: "the document is empty".to_owned(),
                help: "begin it with `openapi: 3.0.3`".to_owned(),
            })),
        }
    }

    /// The error for the problem that stopped the reading, with those found before it.
    pub(super) fn stop(self, problem: Problem) -> ContractError {
        ContractError::from(problem).and(self.repeated)
    }
}

/// The number of nodes and bytes of text in a value.
fn size(value: &Value) -> (usize, usize) {
    match value {
        Value::String(text) => (1, text.len()),
        Value::Array(items) => items.iter().map(size).fold((1, 0), add),
        Value::Object(entries) => entries.iter().map(|(key, value)| add(size(value), (0, key.len()))).fold((1, 0), add),
        _ => (1, 0),
    }
}

fn add(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    (a.0.saturating_add(b.0), a.1.saturating_add(b.1))
}

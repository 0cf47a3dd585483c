//! Properties that would become the same field of a struct: all but one get another field name, and keep their own name
//! on the wire.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};
use zerogate_contract::names::snake;
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk;
use zerogate_contract::{Document, Note, NoteKind, pointer, reference};

use super::rewrite::take;
use super::value::{entries, parts};

/// The wire names of properties, by the placeholder names that are used until the code is generated.
pub(crate) type WireNames = BTreeMap<String, String>;

/// The field in which the generator keeps unnamed properties.
const OTHERS: &str = "extra";

/// That field, as a property name: only an empty name produces it.
const UNNAMED: &str = "";

/// Gives properties that would become the same field different names.
///
/// The parts of a composition share their properties, so a property gets the same name in all schemas of a composition.
pub(super) fn part(document: &mut Document, notes: &mut Vec<Note>) -> WireNames {
    let mut known = Known::of(document.value());
    let clashes = clashes(document, &known.ambiguous);
    if clashes.is_empty() {
        return WireNames::new();
    }
    let mut families = Families::of(document);
    let mut by_family: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (at, field, names) in clashes {
        by_family.entry(families.head(&at)).or_default().entry(field).or_default().extend(names);
    }
    let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut fields: HashMap<String, HashSet<String>> = HashMap::new();
    walk(document.value(), &mut |node, at, value| {
        let Some(schema) = value.as_object().filter(|_| node == Node::Schema) else { return };
        let head = families.head(at);
        if by_family.contains_key(&head) {
            fields.entry(head.clone()).or_default().extend(entries(schema, "properties").map(|(name, _)| snake(name)));
            members.entry(head).or_default().push(at.to_owned());
        }
    });
    let mut renames: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    for (head, clashes) in by_family {
        let fields = fields.entry(head.clone()).or_default();
        let mut renamed = BTreeMap::new();
        for (field, names) in clashes {
            // The property that is spelled like the field keeps it, unless the generator uses that field itself.
            let keeps = [UNNAMED, &field].into_iter().find(|name| names.contains(*name));
            let keeps = keeps.or(names.first().map(String::as_str));
            for name in names.iter().filter(|name| Some(name.as_str()) != keeps) {
                renamed.insert(name.clone(), known.stand_in(name, &field, fields));
            }
        }
        renames.extend(members.remove(&head).into_iter().flatten().map(|at| (at, renamed.clone())));
    }
    write(document, renames, notes);
    known.wire
}

/// Writes the placeholder names, with notes.
fn write(document: &mut Document, mut renames: Vec<(String, BTreeMap<String, String>)>, notes: &mut Vec<Note>) {
    let names: HashSet<&String> = renames.iter().flat_map(|(_, renamed)| renamed.keys()).collect();
    let mut unfilled = Vec::new();
    walk(document.value(), &mut |node, at, value| {
        let default = value.get("default").filter(|_| node == Node::Schema);
        unfilled.extend(default.filter(|default| has_key(default, &names)).map(|_| pointer::join(at, "default")));
    });
    for at in &unfilled {
        let message = "the default was omitted: it has a property whose field was renamed";
        notes.push(Note::new(NoteKind::Widened, document.origin(at), message));
    }
    // Inner schemas come before outer ones.
    renames.sort_by_key(|(at, _)| std::cmp::Reverse(at.len()));
    let mut told = Vec::new();
    document.rewrite(|root| {
        let mut moved = Vec::new();
        for at in unfilled {
            take(root, &at);
        }
        for (at, renamed) in &renames {
            let Some(schema) = root.pointer_mut(at).and_then(Value::as_object_mut) else { continue };
            let properties = pointer::join(at, "properties");
            for (name, stand_in) in renamed {
                let described = schema.get_mut("properties").and_then(Value::as_object_mut);
                if let Some(described) = described
                    && let Some(property) = described.remove(name)
                {
                    described.insert(stand_in.clone(), property);
                    let now = pointer::join(&properties, stand_in);
                    told.push((
                        now.clone(),
                        format!("`{name}` became the field `{}`, because its name is taken", snake(stand_in)),
                    ));
                    moved.push((now, pointer::join(&properties, name)));
                }
            }
            let rename = |said: &mut Value| {
                if let Some(stand_in) = said.as_str().and_then(|name| renamed.get(name)) {
                    *said = Value::from(stand_in.as_str());
                }
            };
            schema.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten().for_each(rename);
            schema.get_mut("discriminator").and_then(|tag| tag.get_mut("propertyName")).into_iter().for_each(rename);
        }
        moved
    });
    notes.extend(told.into_iter().map(|(at, message)| Note::new(NoteKind::Exact, document.origin(&at), message)));
}

/// Whether a value contains one of the keys, at any depth.
fn has_key(value: &Value, keys: &HashSet<&String>) -> bool {
    match value {
        Value::Object(entries) => entries.iter().any(|(key, value)| keys.contains(key) || has_key(value, keys)),
        Value::Array(items) => items.iter().any(|item| has_key(item, keys)),
        _ => false,
    }
}

/// The names and texts of a document.
struct Known {
    /// The names of properties that may become the same field.
    ambiguous: HashMap<String, String>,
    texts: HashSet<String>,
    wire: WireNames,
}

impl Known {
    fn of(root: &Value) -> Self {
        let mut texts = HashSet::new();
        let mut names: HashSet<&str> = HashSet::new();
        walk(root, &mut |node, _, value| {
            let Some(schema) = value.as_object().filter(|_| node == Node::Schema) else { return };
            let values = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
            texts.extend(values.filter_map(Value::as_str).map(str::to_owned));
            names.extend(entries(schema, "properties").map(|(name, _)| name.as_str()));
        });
        let mut by_field: HashMap<String, Vec<&str>> = HashMap::new();
        for name in &names {
            by_field.entry(snake(name)).or_default().push(name);
        }
        let alike = by_field.into_iter().filter(|(field, names)| names.len() > 1 || field == OTHERS);
        let alike =
            alike.flat_map(|(field, names)| names.into_iter().map(move |name| (name.to_owned(), field.clone())));
        let ambiguous = alike.collect();
        texts.extend(names.into_iter().map(str::to_owned));
        Self { ambiguous, texts, wire: WireNames::new() }
    }

    /// A name for a property whose field is free, and that does not occur in the document.
    fn stand_in(&mut self, name: &str, field: &str, fields: &mut HashSet<String>) -> String {
        let free =
            (2_usize..).map(|number| (format!("{field}_{number}"), number)).find(|(free, _)| !fields.contains(free));
        let (free, number) = free.unwrap_or_default();
        fields.insert(free);
        let mut stand_in = format!("{field}-{number}");
        while self.texts.contains(&stand_in) && self.wire.get(&stand_in).is_none_or(|wire| wire != name) {
            stand_in.insert(field.len(), '-');
        }
        self.texts.insert(stand_in.clone());
        self.wire.insert(stand_in.clone(), name.to_owned());
        stand_in
    }
}

/// Where properties would become the same field: the schema, the field, and the names.
fn clashes(document: &Document, ambiguous: &HashMap<String, String>) -> Vec<(String, String, BTreeSet<String>)> {
    let mut found = Vec::new();
    if ambiguous.is_empty() {
        return found;
    }
    walk(document.value(), &mut |node, at, value| {
        let Some(schema) = value.as_object().filter(|_| node == Node::Schema) else { return };
        let own = Names::of(parts(document, schema), ambiguous);
        let mut whole = vec![own.clone()];
        for key in ["oneOf", "anyOf"] {
            for branch in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
                let branch = document.resolve(branch).and_then(Value::as_object);
                whole.extend(branch.map(|branch| own.clone().and(Names::of(parts(document, branch), ambiguous))));
            }
        }
        for names in whole {
            found.extend(names.clashes().map(|(field, names)| (at.to_owned(), field, names)));
        }
    });
    found
}

/// The property names of an object, by field, and whether it keeps unnamed properties.
#[derive(Clone, Default)]
struct Names {
    by_field: BTreeMap<String, BTreeSet<String>>,
    is_open: bool,
}

impl Names {
    fn of(parts: Vec<&Map<String, Value>>, ambiguous: &HashMap<String, String>) -> Self {
        let mut names = Self::default();
        for part in parts {
            names.is_open |= part.get("additionalProperties").is_some_and(Value::is_object);
            for (name, _) in entries(part, "properties") {
                if let Some(field) = ambiguous.get(name) {
                    names.by_field.entry(field.clone()).or_default().insert(name.clone());
                }
            }
        }
        names
    }

    fn and(mut self, other: Self) -> Self {
        self.is_open |= other.is_open;
        for (field, names) in other.by_field {
            self.by_field.entry(field).or_default().extend(names);
        }
        self
    }

    fn clashes(mut self) -> impl Iterator<Item = (String, BTreeSet<String>)> {
        if let Some(names) = self.by_field.get_mut(OTHERS).filter(|_| self.is_open) {
            names.insert(UNNAMED.to_owned());
        }
        self.by_field.into_iter().filter(|(_, names)| names.len() > 1)
    }
}

/// The schemas that are connected by compositions.
struct Families {
    heads: HashMap<String, String>,
}

impl Families {
    fn of(document: &Document) -> Self {
        let mut families = Self { heads: HashMap::new() };
        walk(document.value(), &mut |node, at, value| {
            let Some(schema) = value.as_object().filter(|_| node == Node::Schema) else { return };
            for key in ["allOf", "oneOf", "anyOf"] {
                for index in 0..schema.get(key).and_then(Value::as_array).map_or(0, Vec::len) {
                    families.join(at, &format!("{at}/{key}/{index}"));
                }
            }
            if let Some(target) = reference(value).and_then(pointer::of_reference) {
                families.join(at, &target);
            }
        });
        families
    }

    /// The schema that represents a family.
    fn head(&mut self, at: &str) -> String {
        let mut head = at.to_owned();
        let mut way = Vec::new();
        while let Some(next) = self.heads.get(&head) {
            way.push(std::mem::replace(&mut head, next.clone()));
        }
        for passed in way {
            self.heads.insert(passed, head.clone());
        }
        head
    }

    fn join(&mut self, one: &str, other: &str) {
        let (one, other) = (self.head(one), self.head(other));
        if one != other {
            self.heads.insert(one, other);
        }
    }
}

//! Rewrites what the generator would ignore into equivalent constructs that it supports.
//!
//! It reads a body where HTTP has none, makes no field for `additionalProperties: true`, and ignores defaults that are
//! objects or next to a reference. Each has an equivalent that it supports.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value, json};
use zerogate_contract::methods::Method;
use zerogate_contract::reach::operations;
use zerogate_contract::vocabulary::{Node, is_extension};
use zerogate_contract::walk::{walk, walk_mut};
use zerogate_contract::{Document, Note, NoteKind, pointer, reference};

use super::merge;
use super::rewrite::{set, take};
use super::value::{entries, is_true, parts};

/// The maximum depth to which defaults are completed and parts are searched.
const MAX_DEPTH: usize = 8;

/// What to write at a pointer.
enum Write {
    Nothing,
    Value(Value),
    /// The node becomes an `allOf` around itself, with these keywords.
    AllOf(Map<String, Value>),
}

/// Rewrites constructs that the generator would ignore.
pub(super) fn rephrase(document: &mut Document, notes: &mut Vec<Note>) {
    silent_parts(document, notes);
    untitled_unions(document);
    null_of_parts(document, notes);
    open_parts(document, notes);
    let mut writes = Vec::new();
    bodies_of_head(document, &mut writes);
    walk(document.value(), &mut |node, at, value| {
        let Some(schema) = value.as_object().filter(|_| node == Node::Schema) else { return };
        if is_open(document, schema) {
            let at = pointer::join(at, "additionalProperties");
            writes.push((at, Write::Value(json!({})), "unnamed properties are kept in `extra`"));
        }
        defaults(document, at, schema, &mut writes);
    });
    for (at, write, message) in &writes {
        let kind = if matches!(write, Write::Nothing) { NoteKind::Widened } else { NoteKind::Exact };
        notes.push(Note::new(kind, document.origin(at), *message));
    }
    // Inner nodes come before outer ones.
    document.rewrite(|root| writes.into_iter().filter_map(|(at, write, _)| write.apply(root, at)).collect());
}

impl Write {
    fn apply(self, root: &mut Value, at: String) -> Option<(String, String)> {
        match self {
            Write::Nothing => {
                take(root, &at);
                None
            }
            Write::Value(value) => {
                set(root, &at, value);
                None
            }
            Write::AllOf(mut whole) => {
                let node = root.pointer_mut(&at)?;
                node.as_object_mut()?.remove("default");
                whole.insert("allOf".to_owned(), json!([node.take()]));
                *node = Value::Object(whole);
                Some((format!("{at}/allOf/0"), at))
            }
        }
    }
}

/// Drops the parts of an `allOf` that do not constrain values: the generator would merge them with the others, and lose
/// the name of the type.
fn silent_parts(document: &mut Document, notes: &mut Vec<Note>) {
    const SILENT: [&str; 5] = ["description", "example", "examples", "externalDocs", "nullable"];
    let is_silent = |part: &Value| {
        part.as_object().is_some_and(|part| part.keys().all(|key| SILENT.contains(&key.as_str()) || is_extension(key)))
    };
    let mut gone = Vec::new();
    document.rewrite(|root| {
        let mut moved = Vec::new();
        walk_mut(root, &mut |node, at, value| {
            let Some(schema) = value.as_object_mut().filter(|_| node == Node::Schema) else { return };
            let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) else { return };
            let said: Vec<bool> = parts.iter().map(|part| !is_silent(part)).collect();
            if parts.len() < 2 || said.iter().all(|said| *said) {
                return;
            }
            let description =
                parts.iter().rev().filter(|part| is_silent(part)).find_map(|part| part.get("description"));
            let description = description.cloned();
            let kept: Vec<usize> = (0..said.len()).filter(|index| said.get(*index) == Some(&true)).collect();
            parts.retain(|part| !is_silent(part));
            let shifted = kept.iter().enumerate().filter(|(now, before)| now != *before);
            moved.extend(shifted.map(|(now, before)| (format!("{at}/allOf/{now}"), format!("{at}/allOf/{before}"))));
            if parts.is_empty() {
                schema.remove("allOf");
            }
            if let Some(description) = description {
                schema.entry("description").or_insert(description);
            }
            gone.push(pointer::join(at, "allOf"));
        });
        moved
    });
    let message = "the parts that do not constrain values were omitted";
    notes.extend(gone.into_iter().map(|at| Note::new(NoteKind::Exact, document.origin(&at), message)));
}

/// Removes the titles of components that are unions: the generator would give them to another type that has the union
/// as a part.
fn untitled_unions(document: &mut Document) {
    document.rewrite(|root| {
        let components = root.pointer_mut(pointer::SCHEMAS).and_then(Value::as_object_mut);
        for schema in components.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
            if (schema.contains_key("oneOf") || schema.contains_key("anyOf"))
                && let Some(title) = schema.remove("title")
            {
                schema.entry("description").or_insert(title);
            }
        }
        Vec::new()
    });
}

/// Merges the parts of an open object that has a text with a format: next to unnamed properties, the generator would not
/// recognize the format, and choose another type.
fn open_parts(document: &mut Document, notes: &mut Vec<Note>) {
    let is_formatted =
        |property: &Value| property.get("type") == Some(&json!("string")) && property.get("format").is_some();
    // An outer object copies the inner ones before they are merged.
    for _ in 0..MAX_DEPTH {
        let mut found = Vec::new();
        walk(document.value(), &mut |node, at, value| {
            let Some(schema) = value.as_object().filter(|_| node == Node::Schema) else { return };
            if !schema.contains_key("allOf") {
                return;
            }
            let parts = parts(document, schema);
            let mut properties = parts.iter().flat_map(|part| entries(part, "properties"));
            if parts.iter().any(|part| merge::is_open(part)) && properties.any(|(_, property)| is_formatted(property)) {
                found.extend(merge::all_of(document, schema, &BTreeSet::new()).map(|whole| (at.to_owned(), whole)));
            }
        });
        if found.is_empty() {
            return;
        }
        let message = "the parts of the open object became one object";
        notes.extend(found.iter().map(|(at, _)| Note::new(NoteKind::Exact, document.origin(at), message)));
        document.rewrite(|root| {
            for (at, whole) in found {
                if let Some(schema) = root.pointer_mut(&at) {
                    *schema = Value::Object(whole);
                }
            }
            Vec::new()
        });
    }
}

/// Moves null from the parts of an `allOf` to the whole: the generator ignores a type next to the parts.
fn null_of_parts(document: &mut Document, notes: &mut Vec<Note>) {
    let mut found = Vec::new();
    walk(document.value(), &mut |node, at, value| {
        let Some(schema) = value.as_object().filter(|_| node == Node::Schema) else { return };
        let parts = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_alias = parts.len() < 2 && !schema.contains_key("type") && !has_properties(schema);
        if !is_alias && !is_true(schema, "nullable") && null_in(document, parts, 0) == Some(true) {
            found.push(at.to_owned());
        }
    });
    document.rewrite(|root| {
        for schema in &found {
            let Some(schema) = root.pointer_mut(schema).and_then(Value::as_object_mut) else { continue };
            let Some(kind) = schema.get("type").cloned() else {
                schema.insert("type".to_owned(), Value::from("object"));
                schema.insert("nullable".to_owned(), Value::Bool(true));
                continue;
            };
            let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) else { continue };
            let is_silent = |part: &&mut Map<String, Value>| has_properties(part) && !part.contains_key("type");
            match parts.iter_mut().filter_map(Value::as_object_mut).find(is_silent) {
                Some(part) => drop(part.insert("type".to_owned(), kind)),
                None => parts.push(json!({ "type": kind })),
            }
        }
        Vec::new()
    });
    let message = "whether null is accepted was moved from the parts to the whole";
    notes.extend(found.into_iter().map(|at| Note::new(NoteKind::Exact, document.origin(&at), message)));
}

/// Whether null fits all of the schemas; `None` if none of them says so.
fn null_in(document: &Document, parts: &[Value], depth: usize) -> Option<bool> {
    let null = |part: &Value| {
        let part = document.resolve(part)?.as_object().filter(|_| depth < MAX_DEPTH)?;
        match part.get("allOf").and_then(Value::as_array) {
            _ if is_true(part, "nullable") => Some(true),
            _ if part.contains_key("type") || part.contains_key("enum") => Some(false),
            parts => null_in(document, parts.map(Vec::as_slice).unwrap_or_default(), depth + 1),
        }
    };
    parts.iter().filter_map(null).reduce(|one, other| one && other)
}

type Writes = Vec<(String, Write, &'static str)>;

/// A response to HEAD has the headers of a response to GET, but no body.
fn bodies_of_head(document: &Document, writes: &mut Writes) {
    for (at, _, _, operation) in
        operations(document.value()).filter(|(_, _, method, _)| *method == Method::Fixed("head"))
    {
        for (status, response) in
            operation.as_object().into_iter().flat_map(|operation| entries(operation, "responses"))
        {
            let mut bare = document.resolve(response).and_then(Value::as_object).cloned().unwrap_or_default();
            if bare.remove("content").is_some() {
                let at = pointer::join(&pointer::join(&at, "responses"), status);
                writes.push((at, Write::Value(Value::Object(bare)), "a response to HEAD has no body"));
            }
        }
    }
}

/// Whether a schema allows unnamed properties, in a way that the generator takes for the default.
fn is_open(document: &Document, schema: &Map<String, Value>) -> bool {
    let said = |schema: &Map<String, Value>| schema.get("additionalProperties") == Some(&Value::Bool(true));
    let members = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let mut members = members.filter_map(|member| document.resolve(member)?.as_object());
    match schema.get("additionalProperties") {
        Some(_) => said(schema) && (has_properties(schema) || members.next().is_some()),
        None => members.any(said),
    }
}

fn has_properties(schema: &Map<String, Value>) -> bool {
    entries(schema, "properties").next().is_some()
}

/// Completes the defaults of the properties of a schema.
fn defaults(document: &Document, at: &str, schema: &Map<String, Value>, writes: &mut Writes) {
    let required: Vec<&Value> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    for (name, property) in entries(schema, "properties").filter(|(name, _)| !required.contains(&&json!(name))) {
        let Some(written) = property.as_object() else { continue };
        let own = written.get("default");
        let is_reference = reference(property).is_some();
        let alias = match written.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            Some([only]) if reference(only).is_some() => Some(only),
            _ => Some(property).filter(|_| is_reference),
        };
        let Some(described) = document.resolve(alias.unwrap_or(property)).and_then(Value::as_object) else { continue };
        let default = own.or_else(|| described.get("default").filter(|_| alias.is_some()));
        let Some(default) = default.filter(|default| !default.is_null()) else { continue };
        let at = pointer::join(&pointer::join(at, "properties"), name);
        if default.is_object() && alias.and_then(reference).is_some_and(|target| leads_back(document, target)) {
            if own.is_some() {
                writes.push((
                    pointer::join(&at, "default"),
                    Write::Nothing,
                    "the default would be completed endlessly",
                ));
            }
            continue;
        }
        let completed = completed(document, described, default, 0);
        let is_nullable = written.get("nullable") == Some(&Value::Bool(true));
        let is_merged = has_properties(written) || written.contains_key("allOf");
        if is_reference || (alias.is_none() && is_merged && !is_nullable) {
            let kept = ["description", "deprecated", "readOnly", "writeOnly"];
            let kept = kept.iter().filter_map(|key| written.get_key_value(*key));
            let mut whole: Map<String, Value> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
            whole.insert("default".to_owned(), completed);
            writes.push((at, Write::AllOf(whole), "the default was completed"));
        } else if own != Some(&completed) {
            writes.push((pointer::join(&at, "default"), Write::Value(completed), "the default was completed"));
        }
    }
}

/// A default, completed with the defaults of its missing properties.
fn completed(document: &Document, schema: &Map<String, Value>, default: &Value, depth: usize) -> Value {
    let Some(fields) = default.as_object().filter(|_| depth < MAX_DEPTH) else { return default.clone() };
    let mut completed = fields.clone();
    for (name, property) in parts(document, schema).into_iter().flat_map(|part| entries(part, "properties")) {
        let Some(property) = document.resolve(property).and_then(Value::as_object) else { continue };
        if let Some(value) = fields.get(name).or_else(|| property.get("default")).filter(|value| !value.is_null()) {
            completed.insert(name.clone(), self::completed(document, property, value, depth + 1));
        }
    }
    Value::Object(completed)
}

/// Whether the target of a reference refers to itself, at any depth.
fn leads_back(document: &Document, target: &str) -> bool {
    let mut seen = HashSet::new();
    let mut open: Vec<&Value> = document.target(target).into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(entries) => {
                let found = reference(value);
                if found == Some(target) {
                    return true;
                }
                open.extend(found.filter(|found| seen.insert(*found)).and_then(|found| document.target(found)));
                open.extend(entries.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    false
}

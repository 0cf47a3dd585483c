//! Rewrites a contract into what the generator can turn into types that stay readable when the server moves on.
//!
//! The generator takes constraints literally: a `pattern` becomes a newtype that refuses, `additionalProperties: false`
//! becomes `deny_unknown_fields`, and either makes a *successful* answer undecodable as soon as the server says a little
//! more than it used to. So the constraints are taken out here, before generation, and checked by the conformance suite
//! instead. Every rewrite leaves a [`Note`].

use std::fmt;

use serde_json::{Map, Value};

use crate::document::Document;
use crate::pointer;

/// The `format` that marks a session id for the generator.
pub(crate) const SESSION_ID_FORMAT: &str = "zerogate-session-id";
/// The `format` that marks a client secret for the generator.
pub(crate) const CLIENT_SECRET_FORMAT: &str = "zerogate-client-secret";
/// The `format` that marks a timestamp for the generator.
pub(crate) const TIMESTAMP_FORMAT: &str = "date-time";

/// String formats for which the generator emits a plain string.
///
/// For any other it emits a parsed type of another crate, which loses the text and refuses what it cannot parse.
const PLAIN_FORMATS: [&str; 5] = [SESSION_ID_FORMAT, CLIENT_SECRET_FORMAT, TIMESTAMP_FORMAT, "binary", "byte"];

/// Constraints that the generator would turn into a type that refuses a value.
const STRING_CONSTRAINTS: [&str; 3] = ["pattern", "minLength", "maxLength"];
const ARRAY_CONSTRAINTS: [&str; 3] = ["minItems", "maxItems", "uniqueItems"];

/// What a rewrite did to the meaning of the document.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum NoteKind {
    /// The same values are accepted.
    Exact,
    /// The generated types accept more than the contract does.
    Widened,
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Widened => "widened",
        })
    }
}

/// One rewrite: what was done, where, and what that did to the meaning.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Note {
    /// JSON pointer into the document as it was before lowering.
    pub pointer: String,
    /// What the rewrite did to the meaning.
    pub kind: NoteKind,
    /// What was done.
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.pointer, self.kind, self.message)
    }
}

/// A document as the generator gets it, and what was done to it on the way.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The rewritten document.
    pub value: Value,
    /// Every rewrite, in the order of the document.
    pub notes: Vec<Note>,
}

/// Lowers a checked document for the generator.
///
/// The document itself is left as it is: the conformance suite and the inventory read the original.
#[must_use]
pub fn lower(document: &Document) -> Lowered {
    let mut value = document.value().clone();
    let mut notes = Vec::new();
    lower_version(&mut value, &mut notes);
    mark_session_ids(document, &mut value, &mut notes);
    visit_schemas(&mut value, &mut |pointer, schema| lower_schema(pointer, schema, &mut notes));
    Lowered { value, notes }
}

/// Keeps `info.version` to what may stand in a header.
///
/// Generated code hands it to `HeaderValue::from_static`, which panics at run time on anything else, although the
/// header never reaches the wire.
fn lower_version(value: &mut Value, notes: &mut Vec<Note>) {
    let Some(Value::String(version)) = value.pointer_mut("/info/version") else {
        return;
    };
    if version.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return;
    }
    *version = version.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '-' }).collect();
    notes.push(Note {
        pointer: "/info/version".to_owned(),
        kind: NoteKind::Exact,
        message: "characters that cannot stand in an HTTP header were replaced".to_owned(),
    });
}

/// Gives the `{id}` of a gate session its own type, wherever it is a path parameter.
fn mark_session_ids(document: &Document, value: &mut Value, notes: &mut Vec<Note>) {
    let Some(Value::Object(paths)) = value.get_mut("paths") else {
        return;
    };
    for (path, item) in paths {
        let Some(name) = session_id_parameter(path) else {
            continue;
        };
        let Value::Object(item) = item else { continue };
        for (key, member) in item {
            let at = pointer::join(&pointer::join("/paths", path), key);
            let (parameters, at) = if key == "parameters" {
                (Some(member), at)
            } else {
                (member.get_mut("parameters"), format!("{at}/parameters"))
            };
            let Some(Value::Array(parameters)) = parameters else {
                continue;
            };
            for (index, parameter) in parameters.iter_mut().enumerate() {
                let Some(resolved) = document.resolve(parameter) else {
                    continue;
                };
                let is_string = resolved
                    .get("schema")
                    .and_then(|schema| document.resolve(schema))
                    .and_then(|schema| schema.get("type"))
                    .is_some_and(|kind| kind == "string");
                if resolved.get("in").is_some_and(|place| place == "path")
                    && resolved.get("name").is_some_and(|n| n == name)
                    && is_string
                {
                    // A shared parameter is copied first: elsewhere it may name something that is not a session.
                    let mut copy = resolved.clone();
                    copy["schema"] = serde_json::json!({ "type": "string", "format": SESSION_ID_FORMAT });
                    *parameter = copy;
                    notes.push(Note {
                        pointer: format!("{at}/{index}"),
                        kind: NoteKind::Exact,
                        message: format!("path parameter {name} is a session id"),
                    });
                }
            }
        }
    }
}

/// The name of the parameter that follows `/gate_sessions/` in a path, if one does.
fn session_id_parameter(path: &str) -> Option<&str> {
    let mut segments = path.split('/').skip_while(|segment| *segment != "gate_sessions");
    segments.next()?;
    segments.next()?.strip_prefix('{')?.strip_suffix('}')
}

fn lower_schema(pointer: &str, schema: &mut Map<String, Value>, notes: &mut Vec<Note>) {
    let mut note = |kind, message: String| {
        notes.push(Note { pointer: pointer.to_owned(), kind, message });
    };
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        schema.remove("additionalProperties");
        note(
            NoteKind::Widened,
            "additionalProperties: false was dropped, so that a new field does not make an answer undecodable"
                .to_owned(),
        );
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => {
            for constraint in STRING_CONSTRAINTS {
                if schema.remove(constraint).is_some() {
                    note(NoteKind::Widened, format!("{constraint} was dropped"));
                }
            }
            if is_client_secret(pointer, schema) {
                reduce(schema, CLIENT_SECRET_FORMAT);
                note(NoteKind::Exact, "a client secret has a type that prints as redacted".to_owned());
            } else if let Some(format) = schema.get("format").and_then(Value::as_str) {
                if format == TIMESTAMP_FORMAT {
                    reduce(schema, TIMESTAMP_FORMAT);
                    note(NoteKind::Widened, "a timestamp keeps its text, whether or not it parses".to_owned());
                } else if !PLAIN_FORMATS.contains(&format) {
                    let message = format!("format {format} was dropped: the text is kept as it is");
                    schema.remove("format");
                    note(NoteKind::Widened, message);
                }
            }
        }
        Some("array") => {
            for constraint in ARRAY_CONSTRAINTS {
                if schema.remove(constraint).is_some() {
                    note(NoteKind::Widened, format!("{constraint} was dropped"));
                }
            }
        }
        // A positive minimum makes a `NonZeroU64`, which takes no integer literal and refuses a zero in an answer.
        Some("integer") if schema.get("minimum").and_then(Value::as_f64).is_some_and(|minimum| minimum > 0.0) => {
            schema.insert("minimum".to_owned(), Value::from(0));
            note(NoteKind::Widened, "minimum was lowered to 0".to_owned());
        }
        _ => {}
    }
}

/// Whether a string is a client secret: by its name in the contract, or because the contract calls it a password.
fn is_client_secret(pointer: &str, schema: &Map<String, Value>) -> bool {
    pointer.ends_with("/properties/client_secret") || schema.get("format").is_some_and(|format| format == "password")
}

/// Leaves of a string schema only what a conversion is recognised by, and its texts.
///
/// The generator compares the whole schema with the conversion's, but for metadata: one extension too many, and the
/// field silently becomes a type that loses its text.
fn reduce(schema: &mut Map<String, Value>, format: &str) {
    const KEPT: [&str; 6] = ["type", "nullable", "title", "description", "default", "example"];
    schema.retain(|key, _| KEPT.contains(&key.as_str()));
    schema.insert("format".to_owned(), Value::from(format));
}

/// Calls `visit` on every schema object of a document, with its JSON pointer; outer schemas first.
fn visit_schemas(value: &mut Value, visit: &mut dyn FnMut(&str, &mut Map<String, Value>)) {
    if let Some(Value::Object(schemas)) = value.pointer_mut("/components/schemas") {
        for (name, schema) in schemas {
            visit_schema(&pointer::join("/components/schemas", name), schema, visit);
        }
    }
    let mut pointer = String::new();
    visit_outside(value, &mut pointer, visit);
}

/// Finds the schemas that stand in operations, parameters, bodies and headers.
fn visit_outside(value: &mut Value, pointer: &mut String, visit: &mut dyn FnMut(&str, &mut Map<String, Value>)) {
    let length = pointer.len();
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                // Examples are data, extensions are not ours, and component schemas were visited already.
                if matches!(key.as_str(), "example" | "examples") || key.starts_with("x-") {
                    continue;
                }
                pointer::push(pointer, key);
                if pointer == "/components/schemas" {
                } else if key == "schema" {
                    visit_schema(pointer, member, visit);
                } else {
                    visit_outside(member, pointer, visit);
                }
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                pointer::push(pointer, &index.to_string());
                visit_outside(item, pointer, visit);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

fn visit_schema(pointer: &str, schema: &mut Value, visit: &mut dyn FnMut(&str, &mut Map<String, Value>)) {
    let Value::Object(members) = schema else { return };
    visit(pointer, members);
    for (key, member) in members {
        match (key.as_str(), member) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    let at = pointer::join(&pointer::join(pointer, "properties"), name);
                    visit_schema(&at, property, visit);
                }
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                for (index, part) in parts.iter_mut().enumerate() {
                    visit_schema(&format!("{pointer}/{key}/{index}"), part, visit);
                }
            }
            ("items" | "not" | "additionalProperties", part) => {
                visit_schema(&format!("{pointer}/{key}"), part, visit);
            }
            _ => {}
        }
    }
}

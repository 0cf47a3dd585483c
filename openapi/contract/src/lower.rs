//! Rewrites a contract into what the generator can turn into types that stay readable when the server moves on.
//!
//! The generator takes constraints literally: a `pattern` becomes a newtype that refuses, `additionalProperties: false`
//! becomes `deny_unknown_fields`, and either makes a *successful* answer undecodable as soon as the server says a little
//! more than it used to. So the constraints are taken out here, before generation, and checked by the conformance suite
//! instead. Every rewrite leaves a [`Note`].

use std::collections::BTreeSet;
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
const NUMBER_CONSTRAINTS: [&str; 7] =
    ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format", "enum"];

/// The operations that are about one session, wherever their path is.
const SESSION_OPERATIONS: [&str; 2] = ["cancelSession", "retrieveSession"];

/// What a rewrite did to the meaning of the document.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum NoteKind {
    /// The same values are accepted.
    Exact,
    /// The generated types accept more than the contract does.
    Widened,
    /// The generated types accept less than the contract does.
    Narrowed,
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
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
    let sent = sent_components(document);
    visit_schemas(&mut value, &mut |pointer, schema| {
        if is_received(pointer, &sent) {
            mark_client_secret(document, pointer, schema, &mut notes);
        }
        lower_schema(pointer, schema, &mut notes);
    });
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
        let Value::Object(item) = item else { continue };
        let is_of_session = item.values().any(|operation| {
            operation.get("operationId").and_then(Value::as_str).is_some_and(|id| SESSION_OPERATIONS.contains(&id))
        });
        let of_operation = || is_of_session.then(|| parameter_names(path).last()).flatten();
        let Some(name) = session_id_parameter(path).or_else(of_operation) else {
            continue;
        };
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
                        kind: NoteKind::Narrowed,
                        message: format!(
                            "path parameter {name} is a session id, and refuses what would change the path"
                        ),
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
    parameter_name(segments.next()?)
}

fn parameter_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(parameter_name)
}

fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
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
            if let Some(format) = schema.get("format").and_then(Value::as_str) {
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
        // Each would choose a narrower Rust type: `NonZeroU64`, `i32`, `f32`, a closed enum of numbers.
        Some(kind @ ("integer" | "number")) => {
            let kind = kind.to_owned();
            for constraint in NUMBER_CONSTRAINTS {
                if schema.remove(constraint).is_some() {
                    note(NoteKind::Widened, format!("{constraint} of the {kind} was dropped"));
                }
            }
        }
        _ => {}
    }
}

/// Gives a secret that the server sends its own type: by its name in the contract, or because that calls it a password.
fn mark_client_secret(document: &Document, pointer: &str, schema: &mut Map<String, Value>, notes: &mut Vec<Note>) {
    let is_field = pointer.rsplit('/').nth(1) == Some("properties");
    let is_named = pointer.ends_with("/properties/client_secret");
    if !is_field || !(is_named || schema.get("format").is_some_and(|format| format == "password")) {
        return;
    }
    let whole = Value::Object(schema.clone());
    let Some(resolved) =
        document.resolve(&whole).filter(|resolved| resolved.get("type").is_some_and(|t| t == "string"))
    else {
        return;
    };
    if let Value::Object(resolved) = resolved.clone() {
        *schema = resolved;
        reduce(schema, CLIENT_SECRET_FORMAT);
        notes.push(Note {
            pointer: pointer.to_owned(),
            kind: NoteKind::Exact,
            message: "a client secret has a type that prints as redacted".to_owned(),
        });
    }
}

/// Whether the schema at a pointer is for what the server sends, and for nothing that is sent to it.
///
/// A secret that is sent must arrive as it is, and a type that redacts itself would send the redaction.
fn is_received(pointer: &str, sent: &BTreeSet<String>) -> bool {
    let tokens: Vec<_> = pointer::tokens(pointer).collect();
    match tokens.as_slice() {
        [components, schemas, name, ..] if components == "components" && schemas == "schemas" => {
            !sent.contains(name.as_ref())
        }
        other => !other.iter().any(|token| matches!(token.as_ref(), "requestBody" | "requestBodies" | "parameters")),
    }
}

/// The component schemas that a request can contain.
fn sent_components(document: &Document) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![document.value()];
    let mut within = Vec::new();
    while let Some(node) = open.pop() {
        match node {
            Value::Object(members) => {
                for (key, member) in members {
                    if matches!(key.as_str(), "requestBody" | "requestBodies" | "parameters") {
                        within.push(member);
                    } else {
                        open.push(member);
                    }
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    while let Some(node) = within.pop() {
        match node {
            Value::Object(members) => {
                if let Some(name) = members.get("$ref").and_then(Value::as_str).and_then(component_name)
                    && found.insert(name.clone())
                    && let Some(schema) = document.value().pointer(&pointer::join("/components/schemas", &name))
                {
                    within.push(schema);
                }
                within.extend(members.values());
            }
            Value::Array(items) => within.extend(items),
            _ => {}
        }
    }
    found
}

fn component_name(reference: &str) -> Option<String> {
    let name = reference.strip_prefix("#/components/schemas/")?;
    Some(name.replace("~1", "/").replace("~0", "~"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn lowered(text: &str) -> Lowered {
        lower(&Document::parse("gate.yaml", text).unwrap())
    }

    fn schema(text: &str) -> Value {
        let document = format!("components: {{schemas: {{A: {text}}}}}");
        lowered(&document).value["components"]["schemas"]["A"].clone()
    }

    #[test]
    fn constraints_that_would_refuse_an_answer_are_dropped() {
        for (before, after) in [
            ("{type: string, pattern: '^a$', minLength: 1, maxLength: 2}", "{type: string}"),
            ("{type: string, format: uuid}", "{type: string}"),
            ("{type: integer, minimum: 1, maximum: 9, format: int32}", "{type: integer}"),
            ("{type: integer, enum: [1, 2]}", "{type: integer}"),
            (
                "{type: array, uniqueItems: true, items: {type: string, format: ipv4}}",
                "{type: array, items: {type: string}}",
            ),
            ("{type: object, additionalProperties: false}", "{type: object}"),
            ("{type: string, enum: [a, b]}", "{type: string, enum: [a, b]}"),
        ] {
            assert_eq!(schema(before), *Document::parse("after", after).unwrap().value(), "{before}");
        }
    }

    #[test]
    fn a_timestamp_is_reduced_to_what_its_conversion_is_recognised_by() {
        let before =
            "{type: string, format: date-time, x-source: here, maxLength: 30, nullable: true, description: When}";
        let after = "{type: string, format: date-time, nullable: true, description: When}";
        assert_eq!(schema(before), *Document::parse("after", after).unwrap().value());
    }

    const SECRETS: &str = "
paths:
  /a:
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Sent'}}}}
      responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Received'}}}}}
components:
  schemas:
    Sent: {type: object, properties: {inner: {$ref: '#/components/schemas/SentInside'}}}
    SentInside: {type: object, properties: {client_secret: {type: string}, other: {type: string, format: password}}}
    Received: {type: object, properties: {client_secret: {$ref: '#/components/schemas/Secret'}, other: {type: string, format: password}}}
    Secret: {type: string}
";

    #[test]
    fn a_secret_that_is_received_is_marked_also_behind_a_reference() {
        let schemas = &lowered(SECRETS).value["components"]["schemas"];
        for field in ["client_secret", "other"] {
            assert_eq!(schemas["Received"]["properties"][field]["format"], CLIENT_SECRET_FORMAT, "{field}");
        }
    }

    #[test]
    fn a_secret_that_is_sent_stays_as_it_is() {
        let schemas = &lowered(SECRETS).value["components"]["schemas"];
        for field in ["client_secret", "other"] {
            assert_eq!(schemas["SentInside"]["properties"][field], serde_json::json!({ "type": "string" }), "{field}");
        }
    }

    #[test]
    fn the_id_of_a_session_is_marked_where_it_names_one() {
        let text = "
paths:
  /gate_sessions/{id}/notes/{note}:
    get: {parameters: [{$ref: '#/components/parameters/Id'}, {name: note, in: path, schema: {type: string}}]}
  /v2/sessions/{session}:
    get: {operationId: cancelSession, parameters: [{name: session, in: path, schema: {type: string}}]}
  /payments/{id}:
    get: {parameters: [{$ref: '#/components/parameters/Id'}]}
components: {parameters: {Id: {name: id, in: path, schema: {type: string}}}}
";
        let value = lowered(text).value;
        let format = |pointer: &str| value.pointer(pointer).cloned();
        let marked = Some(Value::from(SESSION_ID_FORMAT));
        assert_eq!(format("/paths/~1gate_sessions~1{id}~1notes~1{note}/get/parameters/0/schema/format"), marked);
        assert_eq!(format("/paths/~1gate_sessions~1{id}~1notes~1{note}/get/parameters/1/schema/format"), None);
        assert_eq!(format("/paths/~1v2~1sessions~1{session}/get/parameters/0/schema/format"), marked);
        assert_eq!(format("/paths/~1payments~1{id}/get/parameters/0/schema/format"), None);
    }
}

//! Secrets that the server sends get a type that does not print them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use zerogate_contract::{Document, component, pointer};

use super::constraint::reduce;
use super::formats::CLIENT_SECRET_FORMAT;
use zerogate_contract::{Note, NoteKind};

/// Gives a secret that the server sends its own type: by its name in the contract, or because that calls it a password.
pub(super) fn mark(document: &Document, pointer: &str, schema: &mut Map<String, Value>, notes: &mut Vec<Note>) {
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
        notes.push(Note::deliberate(
            NoteKind::Exact,
            pointer.to_owned(),
            "a client secret has a type that prints as redacted".to_owned(),
        ));
    }
}

/// Whether the schema at a pointer is for what the server sends, and for nothing that is sent to it.
///
/// A secret that is sent must arrive as it is, and a type that redacts itself would send the redaction.
pub(super) fn is_received(pointer: &str, sent: &BTreeSet<String>) -> bool {
    let tokens: Vec<_> = pointer::tokens(pointer).collect();
    match tokens.as_slice() {
        [components, schemas, name, ..] if components == "components" && schemas == "schemas" => {
            !sent.contains(name.as_ref())
        }
        other => !other.iter().any(|token| matches!(token.as_ref(), "requestBody" | "requestBodies" | "parameters")),
    }
}

/// The component schemas that a request can contain.
pub(super) fn sent_components(document: &Document) -> BTreeSet<String> {
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
                if let Some(name) = members.get("$ref").and_then(Value::as_str).and_then(component)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Designed, apply};

    fn lowered(text: &str) -> Designed {
        apply(&Document::parse("gate.yaml", text).unwrap())
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
}

//! Secrets from the server get a type that does not print them.

use serde_json::{Map, Value};
use zerogate_contract::Document;

use super::constraint::reduce;
use super::formats::CLIENT_SECRET_FORMAT;
use zerogate_contract::walk::field_at;
use zerogate_contract::{Note, NoteKind};

/// Gives a secret from the server its own type, if it has the name of a secret or the format `password`.
///
/// Not for secrets in requests: a type that redacts itself would send the redacted text.
pub(super) fn mark(document: &Document, pointer: &str, schema: &mut Map<String, Value>, notes: &mut Vec<Note>) {
    let is_field = field_at(pointer).is_some_and(|field| field.name == "properties");
    let is_named = pointer.ends_with("/client_secret");
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
    fn a_received_secret_is_marked_even_behind_a_reference() {
        let schemas = &lowered(SECRETS).value["components"]["schemas"];
        for field in ["client_secret", "other"] {
            assert_eq!(schemas["Received"]["properties"][field]["format"], CLIENT_SECRET_FORMAT, "{field}");
        }
    }

    #[test]
    fn a_sent_secret_is_not_marked() {
        let schemas = &lowered(SECRETS).value["components"]["schemas"];
        for field in ["client_secret", "other"] {
            assert_eq!(schemas["SentInside"]["properties"][field], serde_json::json!({ "type": "string" }), "{field}");
        }
    }
}

//! What 3.1 adds besides paths and schemas.

use serde_json::{Map, Value, json};

use super::rewriting::Rewriting;
use crate::note::NoteKind;
use crate::pointer;
use crate::version::is_default_dialect;
use crate::vocabulary::Node;
use crate::walk::walk_mut;

/// The dialect that OpenAPI's own dialects extend.
const JSON_SCHEMA: &str = "https://json-schema.org/draft/2020-12/schema";

/// Removes what 3.0 does not have from a document of 3.1 or later.
pub(super) fn modern(value: &mut Value, rewriting: &mut Rewriting) {
    let Some(root) = value.as_object_mut() else { return };
    root.insert("openapi".to_owned(), Value::from("3.0.3"));
    if !root.contains_key("paths") {
        root.insert("paths".to_owned(), json!({}));
        rewriting.note(NoteKind::Exact, "", "`paths` is missing: an empty mapping was added");
    }
    if let Some(dialect) = root.remove("jsonSchemaDialect")
        && !dialect
            .as_str()
            .is_some_and(|dialect| is_default_dialect(dialect) || dialect.trim_end_matches('#') == JSON_SCHEMA)
    {
        let message = "unknown schema dialect: schemas were read as OpenAPI 3.1";
        rewriting.note(NoteKind::Omitted, "/jsonSchemaDialect", message);
    }
    if root.remove("webhooks").is_some() {
        let message = "webhooks were ignored: the server sends them, not the client";
        rewriting.deliberate(NoteKind::Omitted, "/webhooks", message);
    }
    texts(root, rewriting);
    if let Some(components) = root.get_mut("components").and_then(Value::as_object_mut)
        && components.remove("pathItems").is_some()
    {
        let message = "path items were copied to where they are used";
        rewriting.deliberate(NoteKind::Exact, "/components/pathItems", message);
    }
    mutual_tls(value, rewriting);
    walk_mut(value, &mut |node, at, value| {
        if matches!(node, Node::Parameter | Node::Header | Node::RequestBody | Node::Response) {
            texts_of_reference(at, value, rewriting);
        }
    });
}

/// Removes texts that only people read.
fn texts(root: &mut Map<String, Value>, rewriting: &mut Rewriting) {
    for (object, key) in [("/info", "summary"), ("/info/license", "identifier")] {
        let mut node = Some(&mut *root).and_then(|root| root.get_mut("info"));
        if object == "/info/license" {
            node = node.and_then(|info| info.get_mut("license"));
        }
        if node.and_then(Value::as_object_mut).is_some_and(|node| node.remove(key).is_some()) {
            rewriting.note(NoteKind::Exact, pointer::join(object, key), "nothing is generated from it");
        }
    }
}

/// Removes a description next to a reference: nothing is generated from it.
fn texts_of_reference(at: &str, value: &mut Value, rewriting: &mut Rewriting) {
    let Some(reference) = value.as_object_mut().filter(|object| object.get("$ref").is_some_and(Value::is_string))
    else {
        return;
    };
    for key in ["summary", "description"] {
        if reference.remove(key).is_some() {
            let message = "a text next to a reference was omitted: nothing is generated from it";
            rewriting.note(NoteKind::Exact, pointer::join(at, key), message);
        }
    }
}

/// Removes certificates: they belong to the transport, and nothing is generated from them.
fn mutual_tls(value: &mut Value, rewriting: &mut Rewriting) {
    let mut gone = Vec::new();
    if let Some(schemes) = value.pointer_mut("/components/securitySchemes").and_then(Value::as_object_mut) {
        schemes.retain(|name, scheme| {
            let is_gone = scheme.get("type").is_some_and(|kind| kind == "mutualTLS");
            if is_gone {
                gone.push(name.clone());
            }
            !is_gone
        });
    }
    for name in &gone {
        let at = pointer::join("/components/securitySchemes", name);
        rewriting.deliberate(
            NoteKind::Omitted,
            at,
            "client certificates are configured on the transport, not in generated code",
        );
    }
    if gone.is_empty() {
        return;
    }
    let without = |holder: &mut Value| {
        for alternative in holder.get_mut("security").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(schemes) = alternative.as_object_mut() {
                schemes.retain(|name, _| !gone.contains(name));
            }
        }
    };
    without(value);
    walk_mut(value, &mut |node, _, value| {
        if node == Node::Operation {
            without(value);
        }
    });
}

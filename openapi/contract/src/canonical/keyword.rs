//! Keywords of 3.1 that 3.0 spells differently or does not have.

use serde_json::{Map, Value, json};

use super::rewriting::Rewriting;
use crate::json::compare;
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::{Field, Node, Release, closest_keyword, is_extension, of_type, refuses};

/// Rewrites keywords that only have another name in 3.0, or mean nothing to a client.
pub(super) fn plain(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    if let Some(Value::Array(examples)) = schema.remove("examples") {
        if let Some(first) = examples.into_iter().next()
            && !schema.contains_key("example")
        {
            schema.insert("example".to_owned(), first);
        }
        rewriting.note(NoteKind::Exact, pointer::join(at, "examples"), "only the first example was kept");
    }
    let encoding = schema.remove("contentEncoding");
    let media_type = schema.remove("contentMediaType");
    if let Some(encoding) = encoding.as_ref().and_then(Value::as_str) {
        if encoding.eq_ignore_ascii_case("base64") && !schema.contains_key("format") {
            schema.insert("format".to_owned(), Value::from("byte"));
        }
        rewriting.note(NoteKind::Exact, pointer::join(at, "contentEncoding"), "the value stays an encoded string");
    }
    if let Some(media_type) = media_type.as_ref().and_then(Value::as_str) {
        if encoding.is_none() && media_type == "application/octet-stream" && !schema.contains_key("format") {
            schema.insert("format".to_owned(), Value::from("binary"));
        }
        rewriting.note(NoteKind::Exact, pointer::join(at, "contentMediaType"), "the value stays a string");
    }
}

/// A keyword that 3.1 removed.
pub(super) fn nullable(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    if schema.get("nullable") == Some(&Value::Bool(true)) {
        let message = "`nullable` has no meaning in 3.1: it was read as in 3.0, and null is accepted";
        rewriting.deliberate(NoteKind::Widened, pointer::join(at, "nullable"), message);
    } else {
        schema.remove("nullable");
    }
}

/// A numeric exclusive bound becomes a flag next to an inclusive bound.
pub(super) fn bounds(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    for (exclusive, inclusive, is_lower) in
        [("exclusiveMinimum", "minimum", true), ("exclusiveMaximum", "maximum", false)]
    {
        let Some(strict) = schema.get(exclusive).filter(|bound| bound.is_number()).cloned() else { continue };
        let wider = schema
            .get(inclusive)
            .and_then(Value::as_number)
            .zip(strict.as_number())
            .map(|(bound, strict)| compare(bound, strict))
            .is_some_and(|order| if is_lower { order.is_gt() } else { order.is_lt() });
        if wider {
            // The inclusive bound is stricter.
            schema.remove(exclusive);
        } else {
            schema.insert(inclusive.to_owned(), strict);
            schema.insert(exclusive.to_owned(), Value::Bool(true));
        }
        rewriting.note(NoteKind::Exact, pointer::join(at, exclusive), "the bound was written as in OpenAPI 3.0");
    }
}

pub(super) fn arrays(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    if schema.remove("prefixItems").is_some() {
        schema.insert("items".to_owned(), json!({}));
        let message = "the types of the items depend on their position: any JSON is accepted";
        rewriting.note(NoteKind::Widened, pointer::join(at, "prefixItems"), message);
    } else if schema.get("items") == Some(&json!({ "not": {} })) {
        schema.insert("items".to_owned(), json!({}));
        schema.insert("maxItems".to_owned(), json!(0));
        rewriting.note(NoteKind::Exact, pointer::join(at, "items"), "no item fits: the array is always empty");
    }
}

pub(super) fn objects(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    if let Some(unevaluated) = schema.remove("unevaluatedProperties") {
        let key = pointer::join(at, "unevaluatedProperties");
        if unevaluated == json!({ "not": {} }) {
            let message = "it was omitted, so that responses with new fields can still be decoded";
            rewriting.deliberate(NoteKind::Widened, key, message);
        } else if unevaluated != json!({}) {
            rewriting.note(NoteKind::Widened, key, "`unevaluatedProperties` was omitted");
        } else {
            schema.entry("additionalProperties").or_insert(Value::Bool(true));
        }
    }
    if schema.get("propertyNames").is_some_and(takes_every_text) {
        schema.remove("propertyNames");
        rewriting.note(NoteKind::Exact, pointer::join(at, "propertyNames"), "it allows every name");
    }
    let Some(Value::Object(patterns)) = schema.remove("patternProperties") else { return };
    let mut patterns = patterns.into_iter();
    let only = patterns.next().filter(|_| patterns.next().is_none());
    let others = schema.get("additionalProperties");
    let excluded = others == Some(&Value::Bool(false));
    let is_every = |name: &str| schema.get("properties").is_none() && EVERY_TEXT.contains(&name);
    let mut kind = NoteKind::Widened;
    let value = match only {
        Some((name, only)) if excluded || is_every(&name) => {
            if is_every(&name) {
                kind = NoteKind::Exact;
            }
            let from = pointer::join(&pointer::join(at, "patternProperties"), &name);
            rewriting.moved.push((pointer::join(at, "additionalProperties"), from));
            only
        }
        _ => Value::Bool(true),
    };
    schema.insert("additionalProperties".to_owned(), value);
    let message = "`patternProperties` became `additionalProperties`: any name is accepted";
    rewriting.note(kind, pointer::join(at, "patternProperties"), message);
}

/// Patterns that match every text.
const EVERY_TEXT: [&str; 6] = ["", "^", "$", ".*", "^.*", "^.*$"];

/// Whether a schema accepts every text.
fn takes_every_text(schema: &Value) -> bool {
    let takes = |(key, value): (&String, &Value)| match key.as_str() {
        "type" => *value == "string" || value.as_array().is_some_and(|kinds| kinds.contains(&json!("string"))),
        "minLength" => *value == 0,
        "pattern" => value.as_str().is_some_and(|pattern| EVERY_TEXT.contains(&pattern)),
        key => {
            !refuses(key)
                || of_type("string").all(|field| field.name != key)
                    && Node::Schema.field(key).is_some_and(|field| field.of.is_some())
        }
    };
    *schema == Value::Bool(true) || schema.as_object().is_some_and(|schema| schema.iter().all(takes))
}

/// Drops the keywords that 3.0 has no equivalent for.
pub(super) fn later(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    let later = |field: &&Field| !field.is_of(Release::V3_0) && field.name != "$ref";
    for Field { name, .. } in Node::Schema.object().fields.iter().filter(later) {
        if schema.remove(*name).is_some_and(|value| value != json!({})) {
            let (kind, message) = match refuses(name) {
                true => (NoteKind::Widened, format!("`{name}` was omitted")),
                false => (NoteKind::Exact, "it does not constrain values".to_owned()),
            };
            rewriting.note(kind, pointer::join(at, name), message);
        }
    }
}

/// Drops unknown keywords: JSON Schema allows any.
pub(super) fn unknown(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    let is_known = |key: &str| is_extension(key) || Node::Schema.field(key).is_some();
    let unknown: Vec<String> = schema.keys().filter(|key| !is_known(key)).cloned().collect();
    for key in unknown {
        schema.remove(&key);
        let message = match closest_keyword(&key) {
            Some(known) => format!("unknown keyword `{key}` was omitted; did you mean `{known}`?"),
            None => format!("unknown keyword `{key}` was omitted"),
        };
        rewriting.note(NoteKind::Omitted, pointer::join(at, &key), message);
    }
}

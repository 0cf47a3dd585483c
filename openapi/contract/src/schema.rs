//! Schemas of the contract as JSON Schema 2020-12 documents that stand on their own.
//!
//! OpenAPI 3.0 has a dialect of its own, and 3.1 is read in its words as far as it has them; what a validator for 2020-12 would misread is rewritten:
//!
//! - a reference to a component leads into `$defs`, and what stands beside it is dropped, as 3.0 says;
//! - `nullable` becomes a type. Where an `enum` does not list null, it is added: 3.0.3 asks for it to be listed, but
//!   hardly anyone does;
//! - `exclusiveMinimum: true` becomes a bound of its own;
//! - a field that is only read is not required of a request, nor one that is only written of an answer;
//! - what 2020-12 does not know is removed: `example`, `discriminator`, `xml`, `externalDocs`, `x-…`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Map, Value, json};

use crate::canonical::Contract;
use crate::document::{Document, component, reference};
use crate::media::essence;
use crate::methods;
use crate::pointer;
use crate::status::speaking_for;
use crate::vocabulary::{Holds, Node, Release, is_composed};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of an answer's body.
///
/// The answer is the one for exactly this status, else for its range, else `default`. Parameters of the media type are
/// not compared; a range such as `application/*` in the contract fits.
///
/// `None` if the contract knows no such operation, answer or media type.
///
/// ```
/// use zerogate_contract::{Contract, Document, response_schema};
///
/// let document = Document::parse(
///     "gate.yaml",
///     "
/// paths:
///   /gate_sessions/{id}:
///     get:
///       operationId: retrieveSession
///       responses:
///         200:
///           description: The session.
///           content: {application/json: {schema: {$ref: '#/components/schemas/GateSession'}}}
/// components: {schemas: {GateSession: {type: object, nullable: true}}}
/// ",
/// )?;
/// assert_eq!(
///     response_schema(&Contract::of(document), "retrieveSession", 200, "application/json; charset=utf-8"),
///     Some(serde_json::json!({
///         "$schema": "https://json-schema.org/draft/2020-12/schema",
///         "$ref": "#/$defs/GateSession",
///         "$defs": {"GateSession": {"type": ["object", "null"]}},
///     })),
/// );
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[must_use]
pub fn response_schema(contract: &Contract, operation_id: &str, status: u16, media_type: &str) -> Option<Value> {
    let document = contract.document();
    let responses = operation(document, operation_id)?.get("responses")?.as_object()?;
    let response = speaking_for(status, responses.iter().map(|(status, response)| (status.as_str(), response)))?;
    let content = document.resolve(response)?.get("content")?.as_object()?;
    Some(standalone(document, media(content, media_type)?.get("schema"), Direction::Response))
}

/// The schema of an operation's request body; of JSON, if it may be sent in several media types.
///
/// `None` if the contract knows no such operation, or the operation takes no body.
#[must_use]
pub fn request_schema(contract: &Contract, operation_id: &str) -> Option<Value> {
    let document = contract.document();
    let body = document.resolve(operation(document, operation_id)?.get("requestBody")?)?;
    let content = body.get("content")?.as_object()?;
    let media = media(content, "application/json").or_else(|| content.values().next())?;
    Some(standalone(document, media.get("schema"), Direction::Request))
}

/// The schema of a component, by its name.
///
/// It speaks for neither direction: fields that are only read or only written are required if the contract says so.
#[must_use]
pub fn component_schema(contract: &Contract, name: &str) -> Option<Value> {
    let document = contract.document();
    let schema = document.value().get("components")?.get("schemas")?.get(name)?;
    Some(standalone(document, Some(schema), Direction::Neither))
}

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Request,
    Response,
    Neither,
}

fn operation<'d>(document: &'d Document, id: &str) -> Option<&'d Value> {
    let items = document.value().get("paths")?.as_object()?.values();
    items
        .filter_map(|item| document.resolve(item))
        .flat_map(|item| methods::operations(item).map(|(_, operation)| operation))
        .find(|operation| operation.get("operationId").and_then(Value::as_str) == Some(id))
}

/// The entry for a media type: the same, else a range that it falls into.
fn media<'d>(content: &'d Map<String, Value>, media_type: &str) -> Option<&'d Value> {
    let wanted = essence(media_type);
    let kind = wanted.split('/').next().unwrap_or_default();
    [wanted.clone(), format!("{kind}/*"), "*/*".to_owned()]
        .iter()
        .find_map(|wanted| content.iter().find(|(name, _)| essence(name) == *wanted))
        .map(|(_, media)| media)
}

fn standalone(document: &Document, schema: Option<&Value>, direction: Direction) -> Value {
    let mut converter = Converter { document, direction, definitions: BTreeMap::new(), open: Vec::new() };
    let mut root = match schema.map(|schema| converter.schema(schema)) {
        Some(Value::Object(schema)) => schema,
        // A media type without a schema allows anything.
        None => Map::new(),
        Some(other) => Map::from_iter([("allOf".to_owned(), json!([other]))]),
    };
    // Each definition is converted once, however they lead to each other.
    while let Some(target) = converter.open.pop() {
        let definition = match document.target(&target) {
            Some(schema) => converter.schema(schema),
            // The document was not checked. What is unknown refuses nothing.
            None => json!({}),
        };
        converter.definitions.insert(key(&target), definition);
    }
    root.insert("$schema".to_owned(), Value::from(DIALECT));
    if !converter.definitions.is_empty() {
        root.insert("$defs".to_owned(), Value::Object(converter.definitions.into_iter().collect()));
    }
    Value::Object(root)
}

/// What the target of a reference is called in `$defs`: the component, or else the whole reference.
fn key(target: &str) -> String {
    component(target).unwrap_or_else(|| target.to_owned())
}

struct Converter<'d> {
    document: &'d Document,
    direction: Direction,
    definitions: BTreeMap<String, Value>,
    /// References that were met and not converted yet.
    open: Vec<String>,
}

impl Converter<'_> {
    fn schema(&mut self, node: &Value) -> Value {
        if let Some(target) = reference(node) {
            return json!({ "$ref": self.definition(target) });
        }
        let Some(schema) = node.as_object() else {
            return if node.is_boolean() { node.clone() } else { json!({}) };
        };
        let mut converted = Map::new();
        for (keyword, value) in schema {
            if let Some(value) = self.keyword(keyword, value, schema) {
                converted.insert(keyword.clone(), value);
            }
        }
        bound(schema, &mut converted, "minimum", "exclusiveMinimum");
        bound(schema, &mut converted, "maximum", "exclusiveMaximum");
        if schema.get("nullable") == Some(&Value::Bool(true)) { nullable(converted) } else { Value::Object(converted) }
    }

    fn definition(&mut self, target: &str) -> String {
        let key = key(target);
        let mut place = "#/$defs".to_owned();
        pointer::push(&mut place, &fragment(&key));
        if let Entry::Vacant(entry) = self.definitions.entry(key) {
            // Claimed now, filled in later: a second reference must not convert it again.
            entry.insert(Value::Null);
            self.open.push(target.to_owned());
        }
        place
    }

    fn keyword(&mut self, keyword: &str, value: &Value, schema: &Map<String, Value>) -> Option<Value> {
        let field = Node::Schema.field(keyword).filter(|field| field.is_of(Release::V3_0))?;
        match (field.holds, keyword) {
            (Holds::Map(_), _) => {
                let named = value.as_object()?.iter();
                Some(named.map(|(name, node)| (name.clone(), self.schema(node))).collect())
            }
            (Holds::List(_), _) => Some(value.as_array()?.iter().map(|node| self.schema(node)).collect()),
            (Holds::One(_) | Holds::OneOrFlag(_), _) => Some(self.schema(value)),
            (_, "required") => Some(self.required(value.as_array()?, schema)),
            // What 2020-12 does not know, or has otherwise.
            (_, "discriminator" | "example" | "externalDocs" | "nullable" | "xml") => None,
            (_, "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum") => None,
            _ => Some(value.clone()),
        }
    }

    fn required(&self, names: &[Value], schema: &Map<String, Value>) -> Value {
        let one_way = match self.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
            Direction::Neither => return names.into(),
        };
        let goes_the_other_way = |name: &Value| {
            let property = schema.get("properties").and_then(|properties| properties.get(name.as_str()?));
            let property = property.and_then(|property| self.document.resolve(property));
            property.and_then(|property| property.get(one_way)) == Some(&Value::Bool(true))
        };
        names.iter().filter(|name| !goes_the_other_way(name)).cloned().collect()
    }
}

/// Moves a bound to where 2020-12 expects it.
fn bound(schema: &Map<String, Value>, converted: &mut Map<String, Value>, inclusive: &str, exclusive: &str) {
    let limit = schema.get(inclusive).filter(|limit| limit.is_number());
    match (schema.get(exclusive), limit) {
        (Some(Value::Bool(true)), Some(limit)) => {
            converted.insert(exclusive.to_owned(), limit.clone());
        }
        (strict, limit) => {
            let strict = strict.filter(|strict| strict.is_number());
            converted.extend(strict.map(|strict| (exclusive.to_owned(), strict.clone())));
            converted.extend(limit.map(|limit| (inclusive.to_owned(), limit.clone())));
        }
    }
}

/// The same schema, or null.
fn nullable(mut schema: Map<String, Value>) -> Value {
    let composed = is_composed(&schema) || schema.contains_key("not");
    match schema.get("type") {
        // Next to a composition a list of types would not help: its members refuse null.
        Some(Value::String(kind)) if !composed => {
            let kind = json!([kind, "null"]);
            schema.insert("type".to_owned(), kind);
            if let Some(Value::Array(values)) = schema.get_mut("enum")
                && !values.contains(&Value::Null)
            {
                values.push(Value::Null);
            }
            Value::Object(schema)
        }
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

/// `text` as it may stand in the fragment of a URI.
fn fragment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

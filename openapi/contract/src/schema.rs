//! Schemas of a contract as self-contained JSON Schema 2020-12 documents.
//!
//! OpenAPI 3.0 has its own dialect, and 3.1 is read in its canonical form. Whatever a validator for 2020-12 would
//! misread is rewritten:
//!
//! - a reference to a component leads into `$defs`, and keywords next to it are dropped, as 3.0 requires;
//! - `nullable` becomes a type, and null is added to an `enum` that does not list it: 3.0.3 requires it to be listed,
//!   but hardly anyone does;
//! - `exclusiveMinimum: true` becomes a numeric bound;
//! - a read-only field is not required in a request, nor a write-only field in a response;
//! - keywords that 2020-12 does not have are removed: `example`, `discriminator`, `xml`, `externalDocs`, `x-…`.
//!
//! In contrast, [`message_schema`] reads 3.1 and 3.2 as written: all of their keywords count.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Map, Value, json};

use crate::canonical::Contract;
use crate::document::{Document, component, reference};
use crate::media::essence;
use crate::methods;
use crate::pointer;
use crate::status::speaking_for;
use crate::version::{is_default_dialect, release};
use crate::vocabulary::{Holds, Node, Release, is_composed};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a response body.
///
/// The response for exactly this status takes precedence, then that for its range, then `default`. Parameters of the
/// media type are ignored; a range such as `application/*` in the contract matches.
///
/// Returns `None` if the contract has no such operation, response or media type.
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

/// The schema of an operation's request body; that for JSON, if there are several media types.
///
/// Returns `None` if the contract has no such operation, or the operation has no body.
#[must_use]
pub fn request_schema(contract: &Contract, operation_id: &str) -> Option<Value> {
    let document = contract.document();
    let body = document.resolve(operation(document, operation_id)?.get("requestBody")?)?;
    let content = body.get("content")?.as_object()?;
    let media = media(content, "application/json").or_else(|| content.values().next())?;
    Some(standalone(document, media.get("schema"), Direction::Request))
}

/// The schema of a component, by name.
///
/// It is for neither direction: read-only and write-only fields are required if the contract says so.
#[must_use]
pub fn component_schema(contract: &Contract, name: &str) -> Option<Value> {
    let document = contract.document();
    let schema = document.value().get("components")?.get("schemas")?.get(name)?;
    Some(standalone(document, Some(schema), Direction::Neither))
}

/// A schema of a document, for messages of one direction, read as its own version defines.
///
/// Schemas of 3.1 and 3.2 keep every keyword, including those next to `$ref`, and the dialect that the document names. A
/// property of the other direction is not required, and rejected if present (by `not: {}`). An integer with format
/// `int32` gets its bounds.
///
/// The document must come from [`written_out`](crate::written_out): references lead only to its components.
///
/// ```
/// use serde_json::json;
/// use zerogate_contract::{Direction, Document, message_schema};
///
/// let document = Document::parse("gate.yaml", "{openapi: 3.1.0, components: {schemas: {A: {const: 1}}}}")?;
/// let schema = json!({"properties": {"a": {"$ref": "#/components/schemas/A"}}});
/// assert_eq!(
///     message_schema(&document, &schema, Direction::Request),
///     json!({
///         "$schema": "https://json-schema.org/draft/2020-12/schema",
///         "properties": {"a": {"$ref": "#/$defs/A"}},
///         "$defs": {"A": {"const": 1}},
///     }),
/// );
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[must_use]
pub fn message_schema(document: &Document, schema: &Value, direction: Direction) -> Value {
    let release = release(document).unwrap_or(Release::V3_0);
    let mut standalone = Converter::new(document, direction, release, true).standalone(Some(schema));
    let dialect = document.value().get("jsonSchemaDialect").and_then(Value::as_str);
    if let Some(dialect) = dialect.filter(|dialect| release > Release::V3_0 && !is_default_dialect(dialect))
        && let Some(root) = standalone.as_object_mut()
    {
        root.insert("$schema".to_owned(), Value::from(dialect));
    }
    standalone
}

/// The pointer in the document for a pointer into a schema that was made from the one at `root`.
///
/// ```
/// use zerogate_contract::{Document, place_in_document};
///
/// let document = Document::parse("gate.yaml", "components: {schemas: {A: {type: string}}}")?;
/// assert_eq!(place_in_document(&document, "/paths/~1a", "/$defs/A/type"), "/components/schemas/A/type");
/// assert_eq!(place_in_document(&document, "/paths/~1a", "/properties"), "/paths/~1a/properties");
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
#[must_use]
pub fn place_in_document(document: &Document, root: &str, at: &str) -> String {
    let mut tokens = pointer::tokens(at);
    let definition = (tokens.next().as_deref() == Some("$defs")).then(|| tokens.next()).flatten();
    let known = definition.and_then(|name| {
        let component = pointer::of_schema(&name);
        if document.value().pointer(&component).is_some() {
            return Some(component);
        }
        pointer::of_reference(&name).map(Cow::into_owned)
    });
    match known {
        Some(known) => tokens.fold(known, |at, token| pointer::join(&at, &token)),
        None => format!("{root}{at}"),
    }
}

/// The direction of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a client to a server.
    Request,
    /// From a server to a client.
    Response,
    /// Either: no field is dropped for its direction.
    Neither,
}

fn operation<'d>(document: &'d Document, id: &str) -> Option<&'d Value> {
    let items = document.value().get("paths")?.as_object()?.values();
    items
        .filter_map(|item| document.resolve(item))
        .flat_map(|item| methods::operations(item).map(|(_, operation)| operation))
        .find(|operation| operation.get("operationId").and_then(Value::as_str) == Some(id))
}

/// The entry for a media type: the exact one, or else a range that covers it.
fn media<'d>(content: &'d Map<String, Value>, media_type: &str) -> Option<&'d Value> {
    let wanted = essence(media_type);
    let kind = wanted.split('/').next().unwrap_or_default();
    [wanted.clone(), format!("{kind}/*"), "*/*".to_owned()]
        .iter()
        .find_map(|wanted| content.iter().find(|(name, _)| essence(name) == *wanted))
        .map(|(_, media)| media)
}

fn standalone(document: &Document, schema: Option<&Value>, direction: Direction) -> Value {
    Converter::new(document, direction, Release::V3_0, false).standalone(schema)
}

/// The key of a reference's target in `$defs`: the component, or else the whole reference.
fn key(target: &str) -> String {
    component(target).unwrap_or_else(|| target.to_owned())
}

struct Converter<'d> {
    document: &'d Document,
    direction: Direction,
    /// The version that defines the keywords.
    release: Release,
    /// Whether a property of the other direction is rejected.
    strict: bool,
    definitions: BTreeMap<String, Value>,
    /// References that are not converted yet.
    open: Vec<String>,
}

impl<'d> Converter<'d> {
    fn new(document: &'d Document, direction: Direction, release: Release, strict: bool) -> Self {
        Self { document, direction, release, strict, definitions: BTreeMap::new(), open: Vec::new() }
    }

    fn standalone(mut self, schema: Option<&Value>) -> Value {
        let mut root = match schema.map(|schema| self.schema(schema)) {
            Some(Value::Object(schema)) => schema,
            // A media type without a schema allows any value.
            None => Map::new(),
            Some(other) => Map::from_iter([("allOf".to_owned(), json!([other]))]),
        };
        // Each definition is converted once, even if they refer to each other.
        while let Some(target) = self.open.pop() {
            let definition = match self.document.target(&target) {
                Some(schema) => self.schema(schema),
                // The document was not checked. An unknown target rejects nothing.
                None => json!({}),
            };
            self.definitions.insert(key(&target), definition);
        }
        root.entry("$schema").or_insert_with(|| Value::from(DIALECT));
        if !self.definitions.is_empty() {
            let own = root.remove("$defs");
            let own = own.as_ref().and_then(Value::as_object).into_iter().flatten();
            let own = own.map(|(name, schema)| (name.clone(), schema.clone()));
            let definitions = own.chain(self.definitions).collect();
            root.insert("$defs".to_owned(), Value::Object(definitions));
        }
        Value::Object(root)
    }

    fn is_modern(&self) -> bool {
        self.release > Release::V3_0
    }

    fn schema(&mut self, node: &Value) -> Value {
        if !self.is_modern()
            && let Some(target) = reference(node)
        {
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
        if self.strict && schema.get("format").is_some_and(|format| format == "int32") {
            converted.entry("minimum").or_insert_with(|| i32::MIN.into());
            converted.entry("maximum").or_insert_with(|| i32::MAX.into());
        }
        if self.is_modern() {
            return Value::Object(converted);
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
            // Reserved now and filled in later: a second reference must not convert it again.
            entry.insert(Value::Null);
            self.open.push(target.to_owned());
        }
        place
    }

    fn keyword(&mut self, keyword: &str, value: &Value, schema: &Map<String, Value>) -> Option<Value> {
        let field = Node::Schema.field(keyword).filter(|field| field.is_of(self.release));
        // A validator ignores keywords of other vocabularies.
        let Some(field) = field else { return self.is_modern().then(|| value.clone()) };
        match (field.holds, keyword) {
            (Holds::Map(_), _) => {
                let named = value.as_object()?.iter();
                let refuses = self.strict && keyword == "properties";
                let convert = |(name, node): (&String, &Value)| {
                    let gone = refuses && self.goes_the_other_way(node);
                    (name.clone(), if gone { json!({"not": {}}) } else { self.schema(node) })
                };
                Some(named.map(convert).collect())
            }
            (_, "$ref" | "$dynamicRef") if self.is_modern() => Some(self.target(value)),
            (Holds::List(_), _) => Some(value.as_array()?.iter().map(|node| self.schema(node)).collect()),
            (Holds::One(_) | Holds::OneOrFlag(_), _) => Some(self.schema(value)),
            (_, "required") => Some(self.required(value.as_array()?, schema)),
            // Keywords that 2020-12 does not have, or defines differently.
            (_, "discriminator" | "example" | "externalDocs" | "nullable" | "xml") => None,
            (_, "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum") if !self.is_modern() => None,
            _ => Some(value.clone()),
        }
    }

    fn required(&self, names: &[Value], schema: &Map<String, Value>) -> Value {
        let property = |name: &Value| schema.get("properties").and_then(|properties| properties.get(name.as_str()?));
        let goes_the_other_way = |name: &Value| property(name).is_some_and(|node| self.goes_the_other_way(node));
        names.iter().filter(|name| !goes_the_other_way(name)).cloned().collect()
    }

    /// Whether a property is read-only in a request, or write-only in a response.
    fn goes_the_other_way(&self, property: &Value) -> bool {
        let one_way = match self.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
            Direction::Neither => return false,
        };
        let says = |node: &Value| node.get(one_way) == Some(&Value::Bool(true));
        (self.is_modern() && says(property)) || self.document.resolve(property).is_some_and(says)
    }

    /// A reference of 3.1: to a place in the document, or to an anchor, whose schema is included.
    fn target(&mut self, value: &Value) -> Value {
        let Some(target) = value.as_str() else { return value.clone() };
        if pointer::of_reference(target).is_some() && self.document.target(target).is_some() {
            return Value::from(self.definition(target));
        }
        let anchor = target.strip_prefix('#').unwrap_or_default();
        let schemas = self.document.value().pointer(pointer::SCHEMAS).and_then(Value::as_object);
        for (name, schema) in schemas.into_iter().flatten() {
            let is_named = |key| schema.get(key).and_then(Value::as_str) == Some(anchor);
            if !anchor.is_empty() && (is_named("$anchor") || is_named("$dynamicAnchor")) {
                self.definition(&pointer::reference_to(name));
            }
        }
        value.clone()
    }
}

/// Moves a bound to the keyword that 2020-12 uses.
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
        // Beside a composition, a list of types would not help: its members reject null.
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

/// Escapes `text` for the fragment of a URI.
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

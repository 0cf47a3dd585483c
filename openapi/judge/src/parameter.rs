//! Parameters and headers, read by their style.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};
use zerogate_contract::{Document, pointer};

use crate::place::Place;
use crate::schema::Check;
use crate::url::{decoded, form_decoded};

/// How deep schemas are searched for the types that they allow.
const MAX_DEPTH: usize = 16;

/// A parameter of an operation, or a header of a response.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// The pointer of its definition in the contract.
    pub(crate) pointer: String,
    pub(crate) required: bool,
    may_be_empty: bool,
    style: Style,
    explode: bool,
    pub(crate) check: Check,
    types: Types,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Simple,
    Form,
    Space,
    Pipe,
    Deep,
    Label,
    Matrix,
    /// JSON: the only media type of its `content`.
    Json,
    /// Another media type or style.
    Unknown,
}

/// The types that a schema allows, and those of its items and fields.
#[derive(Debug, Default, Clone)]
pub(crate) struct Types {
    own: BTreeSet<String>,
    items: Option<Box<Types>>,
    fields: Vec<(String, Types)>,
}

/// Why a parameter of another style is not judged.
const STYLE: &str = "its style is not supported";

/// Why an object is not judged whose fields are parameters with any name.
const NAMELESS: &str = "the contract does not name the fields of an exploded object";

impl Parameter {
    /// Reads the parameter or header at a pointer; `None` if it is malformed.
    pub(crate) fn of(document: &Document, pointer: String, name: String, place: Place, check: Check) -> Option<Self> {
        let node = document.value().pointer(&pointer)?;
        let flag = |key: &str| node.get(key).and_then(Value::as_bool);
        let text = |key: &str| node.get(key).and_then(Value::as_str);
        let content = node.get("content").and_then(Value::as_object).and_then(|content| content.iter().next());
        let style = match (content, text("style"), place) {
            (Some((media_type, _)), ..) if crate::json::is_json(media_type) => Style::Json,
            (Some(_), ..) => Style::Unknown,
            (_, Some("simple"), _) | (_, None, Place::Path | Place::RequestHeader | Place::ResponseHeader) => {
                Style::Simple
            }
            (_, Some("form"), _) | (_, None, Place::Query | Place::Cookie) => Style::Form,
            (_, Some("spaceDelimited"), _) => Style::Space,
            (_, Some("pipeDelimited"), _) => Style::Pipe,
            (_, Some("deepObject"), _) => Style::Deep,
            (_, Some("label"), _) => Style::Label,
            (_, Some("matrix"), _) => Style::Matrix,
            _ => Style::Unknown,
        };
        let types =
            document.value().pointer(&check.pointer).map(|schema| Types::of(document, schema)).unwrap_or_default();
        Some(Self {
            name,
            place,
            required: flag("required").unwrap_or(place == Place::Path),
            may_be_empty: flag("allowEmptyValue").unwrap_or(false),
            style,
            explode: flag("explode").unwrap_or(matches!(style, Style::Form | Style::Deep)),
            check,
            types,
            pointer,
        })
    }

    /// The possible readings of a text from the path or a header.
    pub(crate) fn read(&self, text: &str) -> Result<Vec<Value>, &'static str> {
        let decode = |text: &str| match self.place {
            Place::Path => decoded(text).into_owned(),
            _ => text.trim().to_owned(),
        };
        let (text, separator) = match self.style {
            Style::Json => return Ok(vec![serde_json::from_str(&decode(text)).unwrap_or(Value::Null)]),
            Style::Simple | Style::Form => (text, ','),
            Style::Label => (text.strip_prefix('.').unwrap_or(text), if self.explode { '.' } else { ',' }),
            Style::Matrix => {
                let text = text.strip_prefix(';').unwrap_or(text);
                let text = if self.explode { text } else { text.split_once('=').map_or("", |(_, value)| value) };
                (text, if self.explode { ';' } else { ',' })
            }
            _ => return Err(STYLE),
        };
        let mut readings = Vec::new();
        if self.types.allows("array") {
            let own = format!("{}=", self.name);
            let items = text.split(separator).map(|item| item.strip_prefix(&own).unwrap_or(item));
            readings.push(self.types.array(items.map(decode)));
            // Clients percent-encode the separators too.
            let plain = decode(text);
            if plain.matches(separator).count() > text.matches(separator).count() {
                readings.push(self.types.array(plain.split(separator).map(str::to_owned)));
            }
        }
        if self.types.allows("object") {
            let mut pieces = text.split(separator);
            let mut pairs = Vec::new();
            while let Some(piece) = pieces.next() {
                let (name, value) = if self.explode {
                    piece.split_once('=').unwrap_or((piece, ""))
                } else {
                    (piece, pieces.next().unwrap_or_default())
                };
                pairs.push((decode(name), decode(value)));
            }
            readings.push(self.types.object(pairs));
        }
        let own = format!("{}=", self.name);
        let scalar = if self.style == Style::Matrix { text.strip_prefix(&own).unwrap_or(text) } else { text };
        readings.extend(self.types.scalars(&decode(scalar)));
        Ok(readings)
    }

    /// The possible readings of a parameter in a query or form; `None` if it is missing.
    pub(crate) fn read_form(&self, pairs: &[(Cow<'_, str>, &str)]) -> Result<Option<Vec<Value>>, &'static str> {
        let values: Vec<&str> = pairs.iter().filter(|(name, _)| *name == self.name).map(|(_, value)| *value).collect();
        let decode = |text: &str| form_decoded(text).into_owned();
        match self.style {
            Style::Deep => {
                let inner = |name: &str| {
                    let rest = name.strip_prefix(self.name.as_str())?.strip_prefix('[')?.strip_suffix(']')?;
                    Some(rest.to_owned())
                };
                let fields: Vec<_> =
                    pairs.iter().filter_map(|(name, value)| Some((inner(name)?, decode(value)))).collect();
                if fields.iter().any(|(name, _)| name.contains('[')) {
                    return Err("it has nested objects, for which no style is defined");
                }
                return Ok((!fields.is_empty()).then(|| vec![self.types.object(fields)]));
            }
            Style::Form if self.explode && self.types.allows("object") => {
                let known = |name: &str| self.types.fields.iter().any(|(field, _)| field == name);
                let fields: Vec<_> = pairs.iter().filter(|(name, _)| known(name)).collect();
                let fields: Vec<_> =
                    fields.into_iter().map(|(name, value)| (name.to_string(), decode(value))).collect();
                if fields.is_empty() && self.types.fields.is_empty() {
                    return Err(NAMELESS);
                }
                return Ok((!fields.is_empty()).then(|| vec![self.types.object(fields)]));
            }
            Style::Unknown | Style::Label | Style::Matrix | Style::Simple => return Err(STYLE),
            _ => {}
        }
        let Some(first) = values.first() else { return Ok(None) };
        if self.style == Style::Json {
            return Ok(Some(vec![serde_json::from_str(&decode(first)).unwrap_or(Value::Null)]));
        }
        if first.is_empty() && self.may_be_empty {
            return Ok(Some(Vec::new()));
        }
        let mut readings = Vec::new();
        if self.types.allows("array") {
            let separator = match self.style {
                Style::Space => "%20",
                Style::Pipe => "|",
                _ => ",",
            };
            readings.push(if self.explode || values.len() > 1 {
                self.types.array(values.iter().map(|value| decode(value)))
            } else {
                let first = if self.style == Style::Pipe {
                    first.replace("%7C", "|").replace("%7c", "|")
                } else {
                    (*first).to_owned()
                };
                let first = if self.style == Style::Space { first.replace('+', "%20") } else { first };
                self.types.array(first.split(separator).map(decode))
            });
            // Clients percent-encode the separators too.
            if !self.explode && values.len() == 1 && first.contains('%') {
                let separator = if self.style == Style::Space { " " } else { separator };
                readings.push(self.types.array(decode(first).split(separator).map(str::to_owned)));
            }
        }
        if self.types.allows("object") && !self.explode {
            let text = decode(first);
            let mut pieces = text.split(',');
            let mut fields = Vec::new();
            while let Some(name) = pieces.next() {
                fields.push((name.to_owned(), pieces.next().unwrap_or_default().to_owned()));
            }
            readings.push(self.types.object(fields));
        }
        readings.extend(self.types.scalars(&decode(first)));
        Ok(Some(readings))
    }
}

impl Types {
    pub(crate) fn of(document: &Document, schema: &Value) -> Self {
        let mut types = Self::default();
        types.gather(document, schema, MAX_DEPTH);
        types
    }

    fn gather(&mut self, document: &Document, schema: &Value, depth: usize) {
        let (Some(schema), Some(depth)) = (document.resolve(schema), depth.checked_sub(1)) else { return };
        match schema.get("type") {
            Some(Value::String(kind)) => drop(self.own.insert(kind.clone())),
            Some(Value::Array(kinds)) => self.own.extend(kinds.iter().filter_map(Value::as_str).map(str::to_owned)),
            _ => {}
        }
        let constant = schema.get("const").into_iter();
        for value in schema.get("enum").and_then(Value::as_array).into_iter().flatten().chain(constant) {
            let kind = match value {
                Value::Number(_) => "number",
                Value::Bool(_) => "boolean",
                Value::String(_) => "string",
                _ => continue,
            };
            self.own.insert(kind.to_owned());
        }
        if let Some(items) = schema.get("items") {
            self.items.get_or_insert_default().gather(document, items, depth);
        }
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let mut types = Self::default();
            types.gather(document, field, depth);
            self.fields.push((name.clone(), types));
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for branch in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
                self.gather(document, branch, depth);
            }
        }
    }

    fn allows(&self, kind: &str) -> bool {
        let is_implied = match kind {
            "array" => self.items.is_some(),
            "object" => !self.fields.is_empty(),
            _ => false,
        };
        self.own.contains(kind) || (self.own.is_empty() && is_implied)
    }

    /// The possible readings of a text. Without a type in the schema, it is a string.
    fn scalars(&self, text: &str) -> Vec<Value> {
        let mut readings = Vec::new();
        if (self.allows("integer") || self.allows("number"))
            && let Ok(number) = text.parse::<Number>()
        {
            readings.push(Value::Number(number));
        }
        if self.allows("boolean")
            && let Ok(flag) = text.parse::<bool>()
        {
            readings.push(Value::Bool(flag));
        }
        if self.allows("null") && (text.is_empty() || text == "null") {
            readings.push(Value::Null);
        }
        readings.push(Value::from(text));
        readings
    }

    fn scalar(&self, text: &str) -> Value {
        self.scalars(text).into_iter().next().unwrap_or(Value::Null)
    }

    fn array(&self, items: impl Iterator<Item = String>) -> Value {
        let none = Self::default();
        let types = self.items.as_deref().unwrap_or(&none);
        items.map(|item| types.scalar(&item)).collect()
    }

    /// Makes an object of text fields. A field that occurs several times becomes an array where the schema has one.
    pub(crate) fn object(&self, fields: impl IntoIterator<Item = (String, String)>) -> Value {
        let none = Self::default();
        let mut object = Map::new();
        for (name, text) in fields {
            let types = self.fields.iter().find(|(field, _)| *field == name).map_or(&none, |(_, types)| types);
            if !types.allows("array") {
                object.insert(name, types.scalar(&text));
                continue;
            }
            let item = types.items.as_deref().unwrap_or(&none).scalar(&text);
            if let Value::Array(items) = object.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                items.push(item);
            }
        }
        Value::Object(object)
    }
}

/// The pointer of the schema of a parameter or header, which may be in its only media type.
pub(crate) fn schema_pointer(node: &Value, at: &str) -> String {
    match node.get("content").and_then(Value::as_object).and_then(|content| content.keys().next()) {
        Some(media_type) => pointer::join(&pointer::join(&pointer::join(at, "content"), media_type), "schema"),
        None => pointer::join(at, "schema"),
    }
}

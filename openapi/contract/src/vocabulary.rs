//! What OpenAPI is made of: its objects and their fields, the types of schemas and what is about one of them alone.

use serde_json::Value;

use crate::suggest;

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// An integer that is not negative.
    Count,
    /// A mapping.
    Mapping,
    /// A sequence.
    Sequence,
    /// Anything, or something that is looked at elsewhere.
    Any,
}

/// An object of the specification: its fixed fields, and which of them it cannot do without.
pub struct Table {
    /// The object in a sentence: `an operation`.
    pub what: &'static str,
    /// Its fields, and what they hold.
    pub fields: &'static [(&'static str, Kind)],
    /// The fields that it must have.
    pub required: &'static [&'static str],
}

impl Table {
    /// The names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|(name, _)| *name)
    }
}

use Kind::{Any, Count, Flag, Mapping, Number, Sequence, Text};

/// The fields of the document.
pub const ROOT: Table = Table {
    what: "the document",
    fields: &[
        ("openapi", Any),
        ("info", Mapping),
        ("servers", Sequence),
        ("paths", Mapping),
        ("components", Mapping),
        ("security", Sequence),
        ("tags", Sequence),
        ("externalDocs", Mapping),
    ],
    required: &["info", "paths"],
};

/// The fields of `info`.
pub const INFO: Table = Table {
    what: "`info`",
    fields: &[
        ("title", Text),
        ("description", Text),
        ("termsOfService", Text),
        ("contact", Mapping),
        ("license", Mapping),
        ("version", Text),
    ],
    required: &["title", "version"],
};

/// The fields of a server.
pub const SERVER: Table = Table {
    what: "a server",
    fields: &[("url", Text), ("description", Text), ("variables", Mapping)],
    required: &["url"],
};

/// The fields of a tag.
pub const TAG: Table = Table {
    what: "a tag",
    fields: &[("name", Text), ("description", Text), ("externalDocs", Mapping)],
    required: &["name"],
};

/// The fields of `components`.
pub const COMPONENTS: Table = Table {
    what: "`components`",
    fields: &[
        ("schemas", Mapping),
        ("responses", Mapping),
        ("parameters", Mapping),
        ("examples", Mapping),
        ("requestBodies", Mapping),
        ("headers", Mapping),
        ("securitySchemes", Mapping),
        ("links", Mapping),
        ("callbacks", Mapping),
    ],
    required: &[],
};

/// The fields of a path item.
pub const PATH_ITEM: Table = Table {
    what: "a path item",
    fields: &[
        ("$ref", Any),
        ("summary", Text),
        ("description", Text),
        ("get", Mapping),
        ("put", Mapping),
        ("post", Mapping),
        ("delete", Mapping),
        ("options", Mapping),
        ("head", Mapping),
        ("patch", Mapping),
        ("trace", Mapping),
        ("servers", Sequence),
        ("parameters", Sequence),
    ],
    required: &[],
};

/// The fields of an operation.
pub const OPERATION: Table = Table {
    what: "an operation",
    fields: &[
        ("tags", Sequence),
        ("summary", Text),
        ("description", Text),
        ("externalDocs", Mapping),
        ("operationId", Text),
        ("parameters", Sequence),
        ("requestBody", Mapping),
        ("responses", Mapping),
        ("callbacks", Mapping),
        ("deprecated", Flag),
        ("security", Sequence),
        ("servers", Sequence),
    ],
    required: &["responses"],
};

/// The fields of a parameter.
pub const PARAMETER: Table = Table {
    what: "a parameter",
    fields: &[
        ("name", Text),
        ("in", Text),
        ("description", Text),
        ("required", Flag),
        ("deprecated", Flag),
        ("allowEmptyValue", Flag),
        ("style", Text),
        ("explode", Flag),
        ("allowReserved", Flag),
        ("schema", Any),
        ("example", Any),
        ("examples", Mapping),
        ("content", Mapping),
    ],
    required: &["name", "in"],
};

/// The fields of a header.
pub const HEADER: Table = Table {
    what: "a header",
    fields: &[
        ("description", Text),
        ("required", Flag),
        ("deprecated", Flag),
        ("allowEmptyValue", Flag),
        ("style", Text),
        ("explode", Flag),
        ("allowReserved", Flag),
        ("schema", Any),
        ("example", Any),
        ("examples", Mapping),
        ("content", Mapping),
    ],
    required: &[],
};

/// The fields of a request body.
pub const REQUEST_BODY: Table = Table {
    what: "a request body",
    fields: &[("description", Text), ("content", Mapping), ("required", Flag)],
    required: &["content"],
};

/// The fields of a media type.
pub const MEDIA_TYPE: Table = Table {
    what: "a media type",
    fields: &[("schema", Any), ("example", Any), ("examples", Mapping), ("encoding", Mapping)],
    required: &[],
};

/// The fields of a response.
pub const RESPONSE: Table = Table {
    what: "a response",
    fields: &[("description", Text), ("headers", Mapping), ("content", Mapping), ("links", Mapping)],
    required: &["description"],
};

/// The fields of a security scheme.
pub const SECURITY_SCHEME: Table = Table {
    what: "a security scheme",
    fields: &[
        ("type", Text),
        ("description", Text),
        ("name", Text),
        ("in", Text),
        ("scheme", Text),
        ("bearerFormat", Text),
        ("flows", Mapping),
        ("openIdConnectUrl", Text),
    ],
    required: &["type"],
};

/// The fields of a schema.
pub const SCHEMA: Table = Table {
    what: "a schema",
    fields: &[
        ("title", Text),
        ("multipleOf", Number),
        ("maximum", Number),
        ("exclusiveMaximum", Any),
        ("minimum", Number),
        ("exclusiveMinimum", Any),
        ("maxLength", Count),
        ("minLength", Count),
        ("pattern", Text),
        ("maxItems", Count),
        ("minItems", Count),
        ("uniqueItems", Flag),
        ("maxProperties", Count),
        ("minProperties", Count),
        ("required", Sequence),
        ("enum", Sequence),
        ("type", Any),
        ("not", Any),
        ("allOf", Sequence),
        ("oneOf", Sequence),
        ("anyOf", Sequence),
        ("items", Any),
        ("properties", Mapping),
        ("additionalProperties", Any),
        ("description", Text),
        ("format", Text),
        ("default", Any),
        ("nullable", Flag),
        ("discriminator", Mapping),
        ("readOnly", Flag),
        ("writeOnly", Flag),
        ("xml", Mapping),
        ("externalDocs", Mapping),
        ("example", Any),
        ("deprecated", Flag),
    ],
    required: &[],
};

/// Keywords by the only type that they mean anything for.
pub const BY_TYPE: [(&str, &[&str]); 4] = [
    ("object", &["properties", "required", "additionalProperties", "minProperties", "maxProperties"]),
    ("array", &["items", "minItems", "maxItems", "uniqueItems"]),
    ("string", &["format", "pattern", "minLength", "maxLength"]),
    ("number", &["minimum", "maximum", "multipleOf"]),
];

/// The types that a schema may name.
pub const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// The only type that a keyword means anything for; for integers that is `number`.
pub fn by_type(keyword: &str) -> Option<&'static str> {
    match keyword {
        "exclusiveMinimum" | "exclusiveMaximum" => Some("number"),
        _ => BY_TYPE.iter().find(|(_, keywords)| keywords.contains(&keyword)).map(|(kind, _)| *kind),
    }
}

/// The keyword of a schema that a word is a slip of.
pub fn closest_keyword(word: &str) -> Option<&'static str> {
    suggest::closest(word, SCHEMA.names())
}

/// Whether schemas of 3.0 have a keyword.
pub fn is_keyword(word: &str) -> bool {
    SCHEMA.names().any(|name| name == word)
}

/// What a value is, in a sentence.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a sequence",
        Value::Object(_) => "a mapping",
    }
}

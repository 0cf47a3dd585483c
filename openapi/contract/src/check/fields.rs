//! The fields that OpenAPI 3.0 knows, by object: misspelt, missing, or of the wrong kind.

use serde_json::{Map, Value};

use super::Checker;
use crate::pointer::Path;

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    Number,
    /// An integer that is not negative.
    Count,
    Mapping,
    Sequence,
    /// Anything, or something that is looked at elsewhere.
    Any,
}

/// An object of the specification: its fixed fields, and which of them it cannot do without.
pub(super) struct Table {
    /// The object in a sentence: `an operation`.
    what: &'static str,
    fields: &'static [(&'static str, Kind)],
    required: &'static [&'static str],
}

impl Table {
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|(name, _)| *name)
    }
}

use Kind::{Any, Count, Flag, Mapping, Number, Sequence, Text};

pub(super) const ROOT: Table = Table {
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

pub(super) const INFO: Table = Table {
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

pub(super) const SERVER: Table = Table {
    what: "a server",
    fields: &[("url", Text), ("description", Text), ("variables", Mapping)],
    required: &["url"],
};

pub(super) const TAG: Table = Table {
    what: "a tag",
    fields: &[("name", Text), ("description", Text), ("externalDocs", Mapping)],
    required: &["name"],
};

pub(super) const COMPONENTS: Table = Table {
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

pub(super) const PATH_ITEM: Table = Table {
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

pub(super) const OPERATION: Table = Table {
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

pub(super) const PARAMETER: Table = Table {
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

pub(super) const HEADER: Table = Table {
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

pub(super) const REQUEST_BODY: Table = Table {
    what: "a request body",
    fields: &[("description", Text), ("content", Mapping), ("required", Flag)],
    required: &["content"],
};

pub(super) const MEDIA_TYPE: Table = Table {
    what: "a media type",
    fields: &[("schema", Any), ("example", Any), ("examples", Mapping), ("encoding", Mapping)],
    required: &[],
};

pub(super) const RESPONSE: Table = Table {
    what: "a response",
    fields: &[("description", Text), ("headers", Mapping), ("content", Mapping), ("links", Mapping)],
    required: &["description"],
};

pub(super) const SECURITY_SCHEME: Table = Table {
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

pub(super) const SCHEMA: Table = Table {
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

/// What OpenAPI 3.0 has in place of a keyword that came with 3.1.
const NEWER: [(&str, &str); 9] = [
    ("const", "write an `enum` with one value"),
    ("examples", "use `example`"),
    ("$defs", "move the schemas to `components/schemas`"),
    ("webhooks", "remove it, or describe the webhooks as callbacks"),
    ("prefixItems", "use `items`"),
    ("patternProperties", "use `additionalProperties`"),
    ("if", "use `oneOf`"),
    ("unevaluatedProperties", "use `additionalProperties`"),
    ("contentEncoding", "use `format: byte`"),
];

impl<'d> Checker<'d> {
    /// The entries of an object, after its fields were checked; `None` if it is no object at all.
    pub(super) fn object(&mut self, path: &Path<'_>, node: &'d Value, table: &Table) -> Option<&'d Map<String, Value>> {
        let Some(object) = node.as_object() else {
            self.report(
                path,
                format!("{} must be a mapping, but this is {}", table.what, kind_of(node)),
                "write it as a mapping",
            );
            return None;
        };
        for (key, value) in object {
            match table.fields.iter().find(|(name, _)| name == key) {
                Some((_, kind)) => self.kind(&path.key(key), key, value, *kind),
                None if key.starts_with("x-") => {}
                None => self.unknown(&path.key(key), key, table),
            }
        }
        for name in table.required {
            if !object.contains_key(*name) {
                self.report(path, format!("{} has no `{name}`", table.what), format!("add `{name}`"));
            }
        }
        Some(object)
    }

    fn unknown(&mut self, path: &Path<'_>, key: &str, table: &Table) {
        let known = table.fields.iter().map(|(name, _)| *name);
        let help = if let Some(name) = self.closest(key, known) {
            format!("did you mean `{name}`?")
        } else if let Some((_, help)) = NEWER.iter().find(|(name, _)| *name == key) {
            format!("it belongs to OpenAPI 3.1: {help}")
        } else {
            format!("remove it, or call it `x-{key}` if it is an extension")
        };
        self.report(path, format!("{} has no field `{key}` in OpenAPI 3.0", table.what), help);
    }

    /// Whether a field holds what it should; says so if not.
    fn kind(&mut self, path: &Path<'_>, key: &str, value: &Value, kind: Kind) {
        let (fits, wanted) = match kind {
            Text => (value.is_string(), "text"),
            Flag => (value.is_boolean(), "true or false"),
            Number => (value.is_number(), "a number"),
            Count => (value.is_u64(), "an integer that is not negative"),
            Mapping => (value.is_object(), "a mapping"),
            Sequence => (value.is_array(), "a sequence"),
            Any => (true, ""),
        };
        if fits {
            return;
        }
        let help = match (kind, value) {
            (_, Value::Null) => "give it a value, or remove the key".to_owned(),
            (Text, Value::Number(_) | Value::Bool(_)) => "put it in quotes".to_owned(),
            _ => format!("write {wanted}"),
        };
        self.report(path, format!("`{key}` must be {wanted}, but is {}", kind_of(value)), help);
    }
}

/// What a value is, in a sentence.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a sequence",
        Value::Object(_) => "a mapping",
    }
}

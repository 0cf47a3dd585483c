//! Fields of objects: misspelt, missing, or of the wrong kind.

use serde_json::{Map, Value};
use zerogate_contract::pointer::Path;
use zerogate_contract::vocabulary::{
    Kind::{self, Any, Count, Flag, Mapping, Number, Sequence, Text},
    Table, kind_of,
};

use super::Checker;

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

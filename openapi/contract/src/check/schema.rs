//! Schemas: types, keywords that contradict one another, and what the generator cannot do.

use serde_json::{Map, Value};

use super::fields::{SCHEMA, kind_of};
use super::reference::Section;
use super::{Checker, entries, is_true};
use crate::document::reference;
use crate::pointer::Path;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Whether a value, other than null, is of a type.
pub(super) fn type_fits(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

impl<'d> Checker<'d> {
    pub(super) fn component_schema(&mut self, path: &Path<'_>, name: &str, node: &'d Value) {
        let composed = ["oneOf", "anyOf", "allOf", "not"].iter().any(|key| node.get(key).is_some());
        if composed && node.get("nullable") == Some(&Value::Bool(true)) {
            self.report(
                &path.key("nullable"),
                "the generator cannot make a composed schema nullable as a whole",
                "say `nullable: true` where the schema is used, as `allOf` with the reference",
            );
        }
        let is_part = self.parts.contains(name);
        self.schema(path, node, Some(name), is_part);
    }

    /// Checks a schema.
    ///
    /// `name` is what a type made of it would be called. `is_part` says that something else may supply its
    /// properties, because it stands in an `allOf`, `anyOf` or `oneOf`.
    pub(super) fn schema(&mut self, path: &Path<'_>, node: &'d Value, name: Option<&str>, is_part: bool) {
        if self.is_reference(path, node, Section::Schemas) {
            return;
        }
        if node.is_boolean() {
            let help = "write `{}` for anything, or `{not: {}}` for nothing";
            self.report(path, "a schema that is true or false belongs to OpenAPI 3.1", help);
            return;
        }
        let Some(schema) = self.object(path, node, &SCHEMA) else { return };
        self.schema_type(path, schema);
        self.bounds(path, schema);
        self.enumeration(path, schema);
        self.default(path, schema);
        self.required(path, schema, is_part);
        self.property_names(path, schema);
        self.generated(path, schema);
        self.below(path, schema, name);
    }

    fn below(&mut self, path: &Path<'_>, schema: &'d Map<String, Value>, name: Option<&str>) {
        let properties = path.key("properties");
        for (property, node) in entries(schema, "properties") {
            let path = properties.key(property);
            let name = name.map(|name| format!("{name}-{property}"));
            if let Some(name) = &name {
                self.inline_type(&path, name, node);
            }
            self.schema(&path, node, name.as_deref(), false);
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            if schema.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty) {
                self.report(&path.key(key), format!("`{key}` is empty"), format!("add a schema, or remove `{key}`"));
            }
            // What `allOf` merges keeps the name of the whole.
            let name = name.filter(|_| key == "allOf");
            self.each(path, schema, key, |checker, path, node| checker.schema(path, node, name, true));
        }
        for key in ["items", "not"] {
            if let Some(node) = schema.get(key) {
                self.schema(&path.key(key), node, None, false);
            }
        }
        if let Some(node) = schema.get("additionalProperties").filter(|node| !node.is_boolean()) {
            self.schema(&path.key("additionalProperties"), node, None, false);
        }
    }

    fn schema_type(&mut self, path: &Path<'_>, schema: &Map<String, Value>) {
        let Some(kind) = schema.get("type") else { return };
        let path = &path.key("type");
        match kind {
            Value::String(kind) if TYPES.contains(&kind.as_str()) => {}
            Value::String(kind) if kind == "null" => {
                self.report(path, "the type `null` belongs to OpenAPI 3.1", "use another type and `nullable: true`");
            }
            Value::String(kind) => {
                let help = match self.closest(kind, TYPES) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => format!("use one of {}", TYPES.join(", ")),
                };
                self.report(path, format!("`{kind}` is not a type"), help);
            }
            Value::Array(_) => {
                let help = "name one type, and add `nullable: true` if null fits, or use `oneOf`";
                self.report(path, "a list of types belongs to OpenAPI 3.1", help);
            }
            other => {
                let message = format!("`type` must be text, but is {}", kind_of(other));
                self.report(path, message, format!("use one of {}", TYPES.join(", ")));
            }
        }
    }

    fn bounds(&mut self, path: &Path<'_>, schema: &Map<String, Value>) {
        for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            let path = &path.key(exclusive);
            match schema.get(exclusive) {
                None | Some(Value::Bool(false)) => {}
                Some(Value::Bool(true)) => {
                    if !schema.contains_key(bound) {
                        self.report(
                            path,
                            format!("`{exclusive}` is there without `{bound}`"),
                            format!("add `{bound}`"),
                        );
                    }
                }
                Some(Value::Number(number)) => self.report(
                    path,
                    format!("a number as `{exclusive}` belongs to OpenAPI 3.1"),
                    format!("write `{bound}: {number}` and `{exclusive}: true`"),
                ),
                Some(other) => {
                    let message = format!("`{exclusive}` must be true or false, but is {}", kind_of(other));
                    self.report(path, message, "write true or false");
                }
            }
        }
    }

    fn default(&mut self, path: &Path<'_>, schema: &Map<String, Value>) {
        let Some(default) = schema.get("default").filter(|default| !default.is_null()) else { return };
        let path = &path.key("default");
        if let Some(kind) = schema.get("type").and_then(Value::as_str)
            && !type_fits(kind, default)
        {
            let message = format!("the default is {}, but the type is `{kind}`", kind_of(default));
            self.report(path, message, "correct the default, or remove it");
            return;
        }
        if schema.get("enum").and_then(Value::as_array).is_some_and(|values| !values.contains(default)) {
            self.report(path, "the default is not among the values of the `enum`", "use one of them, or remove it");
        }
    }

    fn required(&mut self, path: &Path<'_>, schema: &'d Map<String, Value>, is_part: bool) {
        let Some(required) = schema.get("required").and_then(Value::as_array) else { return };
        let path = &path.key("required");
        let open = schema.get("additionalProperties").is_some_and(|more| *more != Value::Bool(false));
        let own = schema.get("properties").and_then(Value::as_object);
        let mut composed = None;
        for (index, name) in required.iter().enumerate() {
            let path = &path.item(index);
            let Some(name) = name.as_str() else {
                let message = format!("a required property must be a name, but this is {}", kind_of(name));
                self.report(path, message, "write the name of a property");
                continue;
            };
            if is_part || open || own.is_some_and(|own| own.contains_key(name)) {
                continue;
            }
            let known = composed.get_or_insert_with(|| self.properties_of(schema));
            // `None` are schemas too large to tell.
            let Some(known) = known else { continue };
            if !known.contains(name) {
                let mut known: Vec<&str> = known.iter().copied().collect();
                known.sort_unstable();
                let help = match self.closest(name, known) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => "add the property, or take it out of `required`".to_owned(),
                };
                self.report(path, format!("`{name}` is required, but is not a property"), help);
            }
        }
    }

    /// Whether a schema is a plain value: no object, no sequence, and nothing that could be one.
    pub(super) fn is_plain(&self, node: &'d Value) -> bool {
        let Some(schema) = self.document.resolve(node) else { return true };
        let kind = |schema: &'d Value| schema.get("type").and_then(Value::as_str);
        let scalar = |kind: &str| !matches!(kind, "array" | "object");
        let structured = ["properties", "additionalProperties", "items", "allOf", "anyOf"];
        if let Some(kind) = kind(schema) {
            return scalar(kind) && schema.get("allOf").is_none();
        }
        let members = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        let mut kinds = members.map(|member| self.document.resolve(member).and_then(kind));
        kinds.all(|kind| kind.is_some_and(scalar)) && structured.iter().all(|key| schema.get(key).is_none())
    }

    /// Whether the generator makes a struct of a schema.
    pub(super) fn is_object(&self, node: &'d Value) -> bool {
        let Some(schema) = self.document.resolve(node) else { return false };
        let holds = |key: &str| schema.get(key).is_some();
        schema.get("type").is_some_and(|kind| kind == "object")
            || holds("properties")
            || holds("allOf")
            || holds("anyOf")
    }

    /// Whether a schema allows null.
    pub(super) fn is_nullable(&self, node: &'d Value) -> bool {
        let own = |node: &'d Value| node.as_object().is_some_and(|schema| is_true(schema, "nullable"));
        match reference(node) {
            None => own(node),
            Some(_) => self.document.resolve(node).is_some_and(own),
        }
    }
}

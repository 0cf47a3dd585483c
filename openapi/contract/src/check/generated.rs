//! Schemas that are fine by the specification, and that the generator cannot make a type of.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Checker;
use crate::pointer::Path;

/// Keywords by the only type that they mean anything for.
const BY_TYPE: [(&str, &[&str]); 4] = [
    ("object", &["properties", "required", "additionalProperties", "minProperties", "maxProperties"]),
    ("array", &["items", "minItems", "maxItems", "uniqueItems"]),
    ("string", &["format", "pattern", "minLength", "maxLength"]),
    ("number", &["minimum", "maximum", "multipleOf"]),
];

impl<'d> Checker<'d> {
    pub(super) fn generated(&mut self, path: &Path<'_>, schema: &'d Map<String, Value>) {
        self.any_of(path, schema);
        self.all_of(path, schema);
        self.not(path, schema);
        match schema.get("type").and_then(Value::as_str) {
            Some(kind @ ("object" | "array" | "boolean")) if schema.contains_key("format") => {
                let message = format!("the generator does not support a `format` of type `{kind}`");
                self.report(&path.key("format"), message, "remove the format");
            }
            Some(_) => {}
            None => self.untyped(path, schema),
        }
    }

    /// Without a `type` the generator understands objects, arrays, texts and enums, each alone.
    fn untyped(&mut self, path: &Path<'_>, schema: &Map<String, Value>) {
        if ["allOf", "anyOf", "oneOf", "not"].iter().any(|key| schema.contains_key(*key)) {
            return;
        }
        let mut said = BY_TYPE
            .iter()
            .filter_map(|(kind, keys)| Some((*kind, *keys.iter().find(|key| schema.contains_key(**key))?)))
            .collect::<Vec<_>>();
        if schema.contains_key("enum") {
            let null = |value: &Value| value.as_array().is_some_and(|values| values.contains(&Value::Null));
            if schema.get("enum").is_some_and(null) || schema.get("nullable") == Some(&Value::Bool(true)) {
                self.report(
                    &path.key("enum"),
                    "an `enum` that allows null needs a `type`",
                    "add the type of the values",
                );
                return;
            }
            said.push(("", "enum"));
        }
        match said.as_slice() {
            [] | [("object" | "array" | "", _) | ("string", "pattern" | "minLength" | "maxLength")] => {}
            [(kind, key)] => {
                self.report(path, format!("the schema has `{key}`, but no `type`"), format!("add `type: {kind}`"));
            }
            [(_, one), (_, other), ..] => {
                let message = format!("the schema has both `{one}` and `{other}`, but no `type`");
                self.report(path, message, "add the `type`");
            }
        }
    }

    /// `anyOf` becomes one struct of flattened options, unless its members are of different types. With anything in it
    /// that is not an object, that struct compiles and can never be parsed.
    fn any_of(&mut self, path: &Path<'_>, schema: &'d Map<String, Value>) {
        let Some(members) = schema.get("anyOf").and_then(Value::as_array) else { return };
        let all_objects = schema.contains_key("properties") || schema.get("type").is_some_and(|kind| kind == "object");
        let kind = |member: &'d Value| {
            let member = self.document.resolve(member)?;
            let holds = |key: &str| member.get(key).is_some();
            match member.get("type").and_then(Value::as_str) {
                Some("integer") => Some("number"),
                None if all_objects || holds("properties") || holds("allOf") => Some("object"),
                kind => kind,
            }
        };
        let kinds: Vec<Option<&str>> = members.iter().map(kind).collect();
        let distinct = kinds.iter().flatten().collect::<HashSet<_>>().len() == kinds.len();
        if kinds.len() > 1 && !distinct && kinds.iter().any(|kind| *kind != Some("object")) {
            self.report(
                &path.key("anyOf"),
                "the generator makes a type of this `anyOf` that can never be parsed: its members are neither all \
                 objects nor of different types",
                "use `oneOf`, or one type that covers them all",
            );
        }
    }

    /// What asks for two types at once, nothing fits.
    fn all_of(&mut self, path: &Path<'_>, schema: &'d Map<String, Value>) {
        let members = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let kind = |node: &'d Map<String, Value>| match node.get("type").and_then(Value::as_str) {
            Some("integer") => Some("number"),
            kind => kind,
        };
        let mut kinds =
            members.filter_map(|member| self.document.resolve(member)?.as_object()).chain([schema]).filter_map(kind);
        let Some(first) = kinds.next() else { return };
        if let Some(other) = kinds.find(|other| *other != first) {
            let message = format!("nothing fits this `allOf`: it asks for the types `{first}` and `{other}` at once");
            self.report(&path.key("allOf"), message, "use `oneOf`, or correct the types");
        }
    }

    fn not(&mut self, path: &Path<'_>, schema: &'d Map<String, Value>) {
        let Some(not) = schema.get("not").and_then(Value::as_object) else { return };
        let fits = not.is_empty() || not.keys().all(|key| key == "type" || key == "enum") && not.contains_key("enum");
        if !fits {
            let help = "say what fits instead, or put it into the description";
            self.report(&path.key("not"), "the generator supports `not` only with an `enum` in it", help);
        }
    }
}

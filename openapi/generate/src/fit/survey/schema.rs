//! Schemas, and the schemas inside them.

use serde_json::{Map, Value, json};
use zerogate_contract::NoteKind;
use zerogate_contract::pointer::Path;
use zerogate_contract::reference;
use zerogate_contract::vocabulary::{Node, Release};
use zerogate_contract::walk::{Key, children};

use super::Survey;
use crate::fit::cycle::merged;
use crate::fit::enumeration::enumeration;
use crate::fit::finding::Remedy;
use crate::fit::names::type_name;
use crate::fit::schema::{bounds, default, required, schema_type};
use crate::fit::untypable::untypable;
use crate::fit::unused::discriminator;

impl<'d> Survey<'d> {
    pub(super) fn component_schema(&mut self, path: &Path<'_>, name: &str, node: &'d Value) {
        let composed = ["oneOf", "anyOf", "not"].iter().any(|key| node.get(key).is_some());
        let merged = match node.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            // An alias with additions.
            Some([only]) => reference(only).is_none(),
            other => other.is_some(),
        };
        if (composed || merged) && node.get("type").is_none() && node.get("nullable") == Some(&Value::Bool(true)) {
            self.limit(
                &path.key("nullable"),
                "the generator cannot make a composed schema nullable as a whole",
                "write `nullable: true` where the schema is used, next to an `allOf` with the reference",
                Remedy::NullWhereUsed { component: name.to_owned() },
            );
        }
        let found = self.types.inner(path, node, name);
        self.tell(found);
        let is_part = self.parts.contains(name);
        self.schema(path, node, Some(name), is_part);
    }

    /// Checks a schema.
    ///
    /// `name` is the name for a type of it. `is_part`: it is in an `allOf`, `anyOf` or `oneOf`, so other schemas may
    /// describe its properties.
    pub(super) fn schema(&mut self, path: &Path<'_>, node: &'d Value, name: Option<&str>, is_part: bool) {
        if self.is_reference(path, node, Node::Schema) {
            return;
        }
        if node.is_boolean() {
            let help = "use `{}` for anything, or `{not: {}}` for nothing";
            let meant = if *node == Value::Bool(true) { json!({}) } else { json!({ "not": {} }) };
            let remedy = Remedy::set(NoteKind::Exact, path.render(), meant, "it was read as in OpenAPI 3.1");
            self.mistake(path, "a schema that is true or false belongs to OpenAPI 3.1", help, remedy);
            return;
        }
        let Some(schema) = self.object(path, node, Node::Schema) else { return };
        self.tell(schema_type(path, schema));
        self.tell(discriminator(path, schema));
        self.tell(bounds(path, schema));
        self.tell(enumeration(path, schema));
        self.tell(default(self.document, path, schema));
        let required = required(self.document, path, schema, is_part, &mut self.searched);
        self.tell(required);
        self.tell(untypable(self.document, path, schema));
        self.below(path, schema, name);
    }

    pub(super) fn below(&mut self, path: &Path<'_>, schema: &'d Map<String, Value>, name: Option<&str>) {
        for key in ["allOf", "oneOf", "anyOf"] {
            if schema.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty) {
                let at = &path.key(key);
                let remedy = Remedy::remove(NoteKind::Widened, at.render(), "it was omitted");
                self.mistake(at, format!("`{key}` is empty"), format!("add a schema, or remove `{key}`"), remedy);
            }
        }
        if let Some(name) = name {
            for (at, property, node) in merged(self.document, schema, &mut self.merged) {
                self.inline_type(&Path::At(&at), node, Some(format!("{name}-{property}")), true);
            }
        }
        children(Node::Schema, schema, &mut |step, _, node| {
            let place = |suffix: &str| name.map(|name| format!("{name}-{suffix}"));
            let keyword = &path.key(step.field.name);
            let path = &step.key.below(keyword);
            match (step.field.name, step.key) {
                // Fields that 3.0 lacks were reported before.
                _ if !step.field.is_of(Release::V3_0) => {}
                // The parts of an `allOf` are merged, and keep the name of the whole.
                ("allOf", _) => self.schema(path, node, name, true),
                (_, Key::Index(_)) => self.schema(path, node, None, true),
                (_, Key::Name(property)) => self.inline_schema(path, node, place(property), true),
                ("items", _) => self.inline_schema(path, node, place("item"), false),
                ("additionalProperties", _) => self.inline_schema(path, node, place("value"), false),
                _ => self.inline_schema(path, node, None, false),
            }
        });
    }

    /// Checks an inline schema, which may become a separate type, named by its title or after `place`.
    pub(super) fn inline_schema(&mut self, path: &Path<'_>, node: &'d Value, place: Option<String>, is_property: bool) {
        let name = self.inline_type(path, node, place, is_property);
        self.schema(path, node, name.as_deref(), false);
    }

    /// The name of the type that an inline schema may become. If it does, the name must be free.
    pub(super) fn inline_type(
        &mut self,
        path: &Path<'_>,
        node: &'d Value,
        place: Option<String>,
        is_property: bool,
    ) -> Option<String> {
        let name = type_name(node, place)?;
        let found = self.types.inline(path, node, &name, is_property);
        self.tell(found);
        Some(name)
    }
}

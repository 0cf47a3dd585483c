//! Names that become one and the same in Rust.

use std::collections::HashMap;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Map, Value};

use super::Checker;
use super::reference::Section;
use crate::document::reference;
use crate::pointer::Path;

/// The name of a field, method or argument, as the generator makes it.
pub(crate) fn snake(name: &str) -> String {
    sanitized(name, |name| name.to_snake_case())
}

/// The name of a type or variant, as the generator makes it.
pub(super) fn pascal(name: &str) -> String {
    sanitized(name, |name| name.to_pascal_case())
}

/// As `typify_impl::util::sanitize`, less the underscore behind keywords: it makes no two names equal.
fn sanitized(name: &str, case: impl Fn(&str) -> String) -> String {
    let plain = name.replace('\'', "").replace(|character: char| !character.is_alphanumeric() && character != '_', "-");
    let cased = match name {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        _ => case(&plain),
    };
    match cased.chars().next() {
        None => case("x"),
        Some(first) if first.is_alphabetic() || first == '_' => cased,
        Some(_) => format!("{}{cased}", case("x")),
    }
}

/// Beyond this length a name is not made up: places nest.
const MAX_NAME: usize = 500;

impl<'d> Checker<'d> {
    /// Component schemas that would be one type.
    pub(super) fn component_types(&mut self, path: &Path<'_>, components: &'d Map<String, Value>) {
        let path = path.key(Section::Schemas.name());
        let mut names: Vec<_> = super::entries(components, Section::Schemas.name()).collect();
        names.sort_by_key(|(name, _)| *name);
        for (name, node) in names {
            let path = path.key(name);
            if let Some((other, _)) = self.types.get(&pascal(name)) {
                let message = format!("the schemas `{name}` and `{other}` would both be the type `{}`", pascal(name));
                self.report(&path, message, "rename one of the two");
            } else {
                self.types.insert(pascal(name), (name.clone(), node));
            }
        }
    }

    /// Checks a schema that is written inline, and may become a type of its own: named by its title, or after `place`.
    pub(super) fn inline_schema(&mut self, path: &Path<'_>, node: &'d Value, place: Option<String>) {
        let name = self.inline_type(path, node, place);
        self.schema(path, node, name.as_deref(), false);
    }

    /// The name of the type that an inline schema may become. If it does, the name has to be free.
    pub(super) fn inline_type(&mut self, path: &Path<'_>, node: &'d Value, place: Option<String>) -> Option<String> {
        let title = node.get("title").and_then(Value::as_str);
        let name = place.map(|place| title.map_or(place, str::to_owned)).filter(|name| name.len() <= MAX_NAME)?;
        if reference(node).is_none() && becomes_a_type(node) {
            let key = pascal(&name);
            match self.types.get(&key) {
                Some((other, found)) if *found != node => {
                    let message = format!("this inline schema would be the type `{key}`, and so would `{other}`");
                    self.report(path, message, "move it to `components/schemas` under a name of its own");
                }
                Some(_) => {}
                None => {
                    self.types.insert(key, (path.render(), node));
                }
            }
        }
        Some(name)
    }

    /// Properties that would be one field.
    pub(super) fn property_names(&mut self, path: &Path<'_>, schema: &'d Map<String, Value>) {
        let mut seen: HashMap<String, &str> = HashMap::new();
        let path = path.key("properties");
        let mut names: Vec<_> = super::entries(schema, "properties").map(|(name, _)| name).collect();
        names.sort();
        for name in names {
            if let Some(other) = seen.insert(snake(name), name) {
                let message =
                    format!("the properties `{name}` and `{other}` would both be the field `{}`", snake(name));
                self.report(&path.key(name), message, "rename one of the two");
            }
        }
        let open = schema.get("additionalProperties").is_some_and(Value::is_object);
        if let (true, Some(name)) = (open, seen.get("extra")) {
            let message = format!("the property `{name}` collides with the generated field for additional properties");
            self.report(&path.key(name), message, "rename it, or remove `additionalProperties`");
        }
    }
}

/// Whether the generator gives an inline schema a name.
fn becomes_a_type(node: &Value) -> bool {
    let holds = |key: &str| node.get(key).is_some_and(|value| !is_empty(value));
    let merged = match node.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) => becomes_a_type(only),
        Some(members) => !members.is_empty(),
        None => false,
    };
    merged || holds("properties") || holds("oneOf") || holds("anyOf") || holds("enum")
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{pascal, snake};

    #[test]
    fn names_are_made_as_the_generator_makes_them() {
        assert_eq!(pascal("gate-session"), "GateSession");
        assert_eq!(pascal("rails.Instruction"), "RailsInstruction");
        assert_eq!(pascal("3DSResult"), "X3dsResult");
        assert_eq!(pascal("it's"), "Its");
        assert_eq!(pascal("+"), "X");
        assert_eq!(snake("statusCode"), "status_code");
        assert_eq!(snake("X-Request-Id"), "x_request_id");
        assert_eq!(snake("1st"), "x1st");
        assert_eq!(snake("-1"), "minus1");
    }
}

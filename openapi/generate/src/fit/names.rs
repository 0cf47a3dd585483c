//! Names that become one and the same in Rust.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use zerogate_contract::names::{pascal, snake};
use zerogate_contract::pointer::Path;
use zerogate_contract::{NoteKind, reference};

use super::check::Checker;
use super::finding::{Edit, Finding, Remedy};

/// Beyond this length a name is not made up: places nest.
const MAX_NAME: usize = 500;

impl<'d> Checker<'d> {
    /// Component schemas that would be one type.
    pub(super) fn component_types(&mut self, path: &Path<'_>, components: &'d Map<String, Value>) {
        let path = path.key("schemas");
        let mut names: Vec<_> = super::check::entries(components, "schemas").collect();
        // Of two that would be one type, the one that is called like it keeps the name.
        names.sort_by_cached_key(|(name, _)| (pascal(name) != **name, *name));
        for (name, node) in names {
            let path = path.key(name);
            let key = pascal(name);
            let Some((other, _)) = self.types.get(&key) else {
                self.types.insert(key, (name.clone(), node));
                continue;
            };
            if self.is_full() {
                // Not worth the search for a name.
                self.left_out += 1;
            } else {
                let message = format!("the schemas `{name}` and `{other}` would both be the type `{}`", pascal(name));
                let free = self.free_name(&pascal(name));
                // So that a third one gets a name of its own.
                self.types.insert(free.clone(), (name.clone(), node));
                let remedy = Remedy::Rename { component: name.clone(), name: free };
                self.limit(&path, message, "rename one of the two", remedy);
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
            match self.types.get(&key).cloned() {
                Some((_, found)) if found != node && self.is_full() => self.left_out += 1,
                Some((other, found)) if found != node => {
                    let message = format!("this inline schema would be the type `{key}`, and so would `{other}`");
                    let remedy = self.renamed(path, node, &key, &other, found);
                    if let Remedy::Edit { edits, .. } = &remedy
                        && let [Edit::Set(_, Value::String(name))] = edits.as_slice()
                    {
                        self.types.insert(name.clone(), (path.render(), node));
                    }
                    self.limit(path, message, "move it to `components/schemas` under a name of its own", remedy);
                }
                Some(_) => {}
                None => {
                    self.types.insert(key, (path.render(), node));
                }
            }
        }
        Some(name)
    }

    /// What an inline schema can do whose name is taken: be the other, if the two are the same, or be called otherwise.
    fn renamed(&mut self, path: &Path<'_>, node: &Value, key: &str, other: &str, found: &Value) -> Remedy {
        let at = path.render();
        if !other.starts_with('/') && said(node) == said(found) {
            let mut reference = json!({ "$ref": zerogate_contract::pointer::reference_to(other) });
            if let Some(description) = node.get("description").filter(|_| at.contains("/properties/")) {
                reference = json!({ "allOf": [reference], "description": description });
            }
            return Remedy::set(NoteKind::Exact, at, reference, format!("it is the same as `{other}`"));
        }
        let name = self.free_name(key);
        let message = format!("its type is called `{name}`, as `{key}` is taken by `{other}`");
        Remedy::set(NoteKind::Exact, path.key("title").render(), Value::from(name), message)
    }

    /// A name for a type that nothing is called yet.
    fn free_name(&mut self, name: &str) -> String {
        // Component schemas have their names by now, or one that was free.
        let mut number = self.numbers.get(name).copied().unwrap_or(1);
        let free = loop {
            number += 1;
            let free = format!("{name}{number}");
            if !self.types.contains_key(&free) {
                break free;
            }
        };
        self.numbers.insert(name.to_owned(), number);
        free
    }
}

/// Properties that would be one field.
pub(super) fn property_names<'d>(path: &Path<'_>, schema: &Map<String, Value>) -> Vec<Finding<'d>> {
    let mut found = Vec::new();
    let mut seen: HashMap<String, &str> = HashMap::new();
    let whole = path;
    let path = path.key("properties");
    let mut names: Vec<_> = super::check::entries(schema, "properties").map(|(name, _)| name).collect();
    names.sort();
    for name in names {
        if let Some(other) = seen.insert(snake(name), name) {
            let message = format!("the properties `{name}` and `{other}` would both be the field `{}`", snake(name));
            let remedy = Remedy::Any { pointer: whole.render() };
            found.push(Finding::limit(&path.key(name), message, "rename one of the two", remedy));
        }
    }
    let open = schema.get("additionalProperties").is_some_and(Value::is_object);
    if let (true, Some(name)) = (open, seen.get("extra")) {
        let message = format!("the property `{name}` collides with the generated field for additional properties");
        let additional = whole.key("additionalProperties").render();
        let remedy = Remedy::remove(NoteKind::Dropped, additional, "additional properties are not kept");
        found.push(Finding::limit(&path.key(name), message, "rename it, or remove `additionalProperties`", remedy));
    }
    found
}

/// What a schema says of values, without what it says to people.
fn said(schema: &Value) -> Map<String, Value> {
    const FOR_PEOPLE: [&str; 6] = ["description", "title", "example", "externalDocs", "deprecated", "xml"];
    let mut said = schema.as_object().cloned().unwrap_or_default();
    said.retain(|key, _| !FOR_PEOPLE.contains(&key.as_str()) && !key.starts_with("x-"));
    said
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

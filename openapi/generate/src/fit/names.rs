//! Names that become equal in Rust.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};
use zerogate_contract::names::pascal;
use zerogate_contract::pointer::{self, Path, reference_to};
use zerogate_contract::vocabulary::{is_extension, is_prose};
use zerogate_contract::{NoteKind, reference};

use super::finding::{Finding, Remedy};
use super::value::entries;

/// The maximum length of a made-up name: places may nest deeply.
const MAX_NAME: usize = 500;

/// Names that generated code uses: a type with one of these names would shadow it.
pub(crate) const HIDING: [&str; 8] = ["Default", "Err", "From", "None", "Ok", "Result", "Some", "String"];

/// Schemas that become one type, by the name of the type.
pub(crate) type Shared = BTreeMap<String, BTreeSet<String>>;

/// The types that will be generated.
#[derive(Default)]
pub(super) struct Types<'d> {
    /// Their names, and where they come from.
    taken: HashMap<String, (String, &'d Value)>,
    /// The type name of each schema, by address.
    called: HashMap<usize, String>,
    /// The places of equal schemas that share a type, by its name.
    pub(super) shared: Shared,
    /// The last number that was appended to a name to make it unique.
    numbers: HashMap<String, usize>,
}

impl<'d> Types<'d> {
    /// Assigns names to component schemas, and reports those that would become the same type.
    pub(super) fn components(&mut self, path: &Path<'_>, components: &'d Map<String, Value>) -> Vec<Finding<'d>> {
        let mut found = Vec::new();
        let path = path.key("schemas");
        let mut names: Vec<_> = entries(components, "schemas").collect();
        // Of two, the one spelled like the type keeps the name.
        names.sort_by_cached_key(|(name, _)| (pascal(name) != **name, *name));
        for (name, node) in names {
            let key = pascal(name);
            let message = match self.taken.get(&key) {
                Some((other, _)) => format!("the schemas `{name}` and `{other}` would both become the type `{key}`"),
                None if HIDING.contains(&key.as_str()) => hides(&key),
                None => {
                    self.taken.insert(key, (name.clone(), node));
                    continue;
                }
            };
            let free = self.free_name(&key);
            // So that a third one gets yet another name.
            self.taken.insert(free.clone(), (name.clone(), node));
            let remedy = Remedy::Rename { component: name.clone(), name: free };
            found.push(Finding::limit(&path.key(name), message, "rename one of the two", remedy));
        }
        found
    }

    /// Assigns a name to an inline schema that becomes a type, and reports a conflict.
    pub(super) fn inline(
        &mut self,
        path: &Path<'_>,
        node: &'d Value,
        name: &str,
        is_property: bool,
    ) -> Option<Finding<'d>> {
        if reference(node).is_some() || !becomes_a_type(node) {
            return None;
        }
        let key = pascal(name);
        let Some((other, found)) = self.taken.get(&key).cloned() else {
            if HIDING.contains(&key.as_str()) {
                let remedy = self.titled(path, node, &key, hides(&key));
                return Some(Finding::limit(path, hides(&key), "rename it", remedy));
            }
            self.called.insert(std::ptr::from_ref(node).addr(), key.clone());
            self.taken.insert(key, (path.render(), node));
            return None;
        };
        if found == node {
            let first = if other.starts_with('/') { other } else { pointer::of_schema(&other) };
            self.shared.entry(key).or_default().extend([first, path.render()]);
            return None;
        }
        let message = format!("this inline schema and `{other}` would both become the type `{key}`");
        let remedy = self.renamed(path, node, &key, (&other, found), is_property);
        Some(Finding::limit(path, message, "move it to `components/schemas` with a different name", remedy))
    }

    /// Resolves a name conflict of an inline schema: share the type if the two are equal, or rename it.
    fn renamed(
        &mut self,
        path: &Path<'_>,
        node: &'d Value,
        key: &str,
        (other, found): (&str, &Value),
        is_property: bool,
    ) -> Remedy {
        let at = path.render();
        if !other.starts_with('/') && said(node) == said(found) {
            let mut reference = json!({ "$ref": reference_to(other) });
            if let Some(description) = node.get("description").filter(|_| is_property) {
                reference = json!({ "allOf": [reference], "description": description });
            }
            return Remedy::set(NoteKind::Exact, at, reference, format!("it is the same as `{other}`"));
        }
        self.titled(path, node, key, format!("`{key}` is taken by `{other}`"))
    }

    /// Assigns a name to the inner type of a nullable component, and reports a conflict.
    pub(super) fn inner(&mut self, path: &Path<'_>, node: &'d Value, component: &str) -> Option<Finding<'d>> {
        if node.get("nullable") != Some(&Value::Bool(true)) || !becomes_a_type(node) {
            return None;
        }
        let place = format!("{}Inner", pascal(component));
        let key = type_name(node, Some(place.clone())).map(|name| pascal(&name))?;
        let Some((other, _)) = self.taken.get(&key) else {
            self.taken.insert(key, (path.render(), node));
            return None;
        };
        let reason = format!("`{key}` is taken by `{other}`");
        let message =
            format!("the inner type of this nullable schema and `{other}` would both become the type `{key}`");
        let remedy = self.titled(path, node, &place, reason);
        Some(Finding::limit(path, message, "give it another `title`", remedy))
    }

    /// Gives a type a free name by setting its title.
    fn titled(&mut self, path: &Path<'_>, node: &'d Value, wanted: &str, reason: String) -> Remedy {
        // A schema that is also merged into another one keeps its first name.
        let own = self.called.get(&std::ptr::from_ref(node).addr()).cloned();
        let is_free = !self.taken.contains_key(wanted) && !HIDING.contains(&wanted);
        let name = own.unwrap_or_else(|| if is_free { wanted.to_owned() } else { self.free_name(wanted) });
        let message = format!("its type is named `{name}`, because {reason}");
        self.taken.insert(name.clone(), (path.render(), node));
        Remedy::set(NoteKind::Exact, path.key("title").render(), Value::from(name), message)
    }

    /// A name that no type has yet.
    fn free_name(&mut self, name: &str) -> String {
        // Component schemas already have their names.
        let mut number = self.numbers.get(name).copied().unwrap_or(1);
        let free = loop {
            number += 1;
            let free = format!("{name}{number}");
            if !self.taken.contains_key(&free) {
                break free;
            }
        };
        self.numbers.insert(name.to_owned(), number);
        free
    }
}

fn hides(name: &str) -> String {
    format!("the type `{name}` would shadow a name that generated code uses")
}

/// The type name of an inline schema: its title, or else a name made from its place.
pub(super) fn type_name(node: &Value, place: Option<String>) -> Option<String> {
    let title = node.get("title").and_then(Value::as_str);
    place.map(|place| title.map_or(place, str::to_owned)).filter(|name| name.len() <= MAX_NAME)
}

/// The keywords of a schema that matter for values.
fn said(schema: &Value) -> Map<String, Value> {
    let mut said = schema.as_object().cloned().unwrap_or_default();
    // The client does not use XML.
    said.retain(|key, _| !is_prose(key) && key != "xml" && !is_extension(key));
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

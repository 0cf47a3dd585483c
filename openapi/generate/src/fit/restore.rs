//! Replaces inline copies of components by references.
//!
//! The generator names types after their place. Without this, a vendor who writes out a component inline renames a
//! type, although nothing has changed.

use std::collections::HashMap;

use serde_json::{Value, json};
use zerogate_contract::vocabulary::{COMPOSITIONS, Node};
use zerogate_contract::walk::walk;
use zerogate_contract::{Document, Note, NoteKind, pointer, reference};

/// Replaces inline copies by references.
pub(crate) fn references(document: &Document, notes: &mut Vec<Note>) -> Document {
    let mut components: HashMap<&Value, Option<&str>> = HashMap::new();
    let schemas = document.value().pointer(pointer::SCHEMAS).and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten().filter(|(_, schema)| has_type(schema)) {
        // If two components are equal, neither is used.
        components.entry(schema).and_modify(|name| *name = None).or_insert(Some(name));
    }
    let mut same = Vec::new();
    walk(document.value(), &mut |node, at, value| {
        let is_component = pointer::entry(at, "schemas").is_some();
        if node == Node::Schema
            && !is_component
            && has_type(value)
            && let Some(Some(name)) = components.get(value)
        {
            same.push((at.to_owned(), *name));
            notes.push(Note::new(
                NoteKind::Exact,
                document.origin(at),
                format!("it equals `{name}`, and became a reference to it"),
            ));
        }
    });
    let mut restored = document.clone();
    restored.rewrite(|root| {
        for (at, name) in same {
            if let Some(schema) = root.pointer_mut(&at) {
                *schema = json!({ "$ref": pointer::reference_to(name) });
            }
        }
        Vec::new()
    });
    restored
}

/// Whether the generator gives the schema a name.
fn has_type(schema: &Value) -> bool {
    let holds = |key: &str| schema.get(key).is_some();
    // The tag of a union branch stays separate, even if another tag has the same value.
    if schema.get("enum").and_then(Value::as_array).is_some_and(|values| values.len() < 2) {
        return false;
    }
    reference(schema).is_none() && ["properties", "enum"].into_iter().chain(COMPOSITIONS).any(holds)
}

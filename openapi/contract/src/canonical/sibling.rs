//! Keywords next to a `$ref`: 3.1 applies them, 3.0 ignores them.

use serde_json::{Map, Value, json};

use super::rewriting::Rewriting;
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::refuses;
use crate::walk::field_at;

/// Annotations that are useful next to a reference.
const KEPT: [&str; 6] = ["default", "deprecated", "description", "nullable", "readOnly", "writeOnly"];

/// Rewrites a reference and the keywords next to it as an `allOf`.
pub(super) fn of_reference(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    if schema.len() == 1 || !schema.get("$ref").is_some_and(Value::is_string) {
        return;
    }
    let Some(target) = schema.remove("$ref") else { return };
    let target = json!({ "$ref": target });
    let (mut annotations, constraints): (Map<_, _>, Map<_, _>) =
        std::mem::take(schema).into_iter().partition(|(key, _)| key == "nullable" || !refuses(key));
    let is_property = field_at(at).is_some_and(|field| field.name == "properties");
    if constraints.is_empty() {
        if annotations.contains_key("default") && !is_property {
            rewriting.note(
                NoteKind::Widened,
                pointer::join(at, "default"),
                "a default next to a reference was omitted",
            );
        }
        annotations.retain(|key, _| KEPT.contains(&key.as_str()));
        // Elsewhere than on a property they would only produce a second, equal type.
        if !is_property {
            annotations.retain(|key, _| key == "nullable");
        }
    }
    if constraints.is_empty() && annotations.is_empty() {
        *schema = target.as_object().cloned().unwrap_or_default();
        rewriting.note(NoteKind::Exact, at, "the texts next to the reference were omitted");
        return;
    }
    let mut parts = vec![target];
    if !constraints.is_empty() {
        for key in constraints.keys() {
            rewriting.moved.push((pointer::join(&format!("{at}/allOf/1"), key), pointer::join(at, key)));
        }
        parts.push(Value::Object(constraints));
    }
    *schema = annotations;
    schema.insert("allOf".to_owned(), Value::Array(parts));
    rewriting.note(NoteKind::Exact, at, "the reference and the keywords next to it became an `allOf`");
}

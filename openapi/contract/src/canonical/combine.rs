//! `anyOf` and `oneOf` with a branch for null.

use serde_json::{Map, Value, json};

use super::null::{is_only_null, only_null};
use super::rewriting::Rewriting;
use crate::document::reference;
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::refuses;

/// Replaces a branch for null by `nullable`.
pub(super) fn null_branches(schema: &mut Map<String, Value>, at: &str, rewriting: &mut Rewriting) {
    for keyword in ["anyOf", "oneOf"] {
        let Some(branches) = schema.get_mut(keyword).and_then(Value::as_array_mut) else { continue };
        let before = branches.len();
        let kept: Vec<usize> = (0..before).filter(|index| !is_only_null(&branches[*index])).collect();
        if kept.len() == before {
            continue;
        }
        branches.retain(|branch| !is_only_null(branch));
        let at_keyword = pointer::join(at, keyword);
        let only = branches.first().cloned().filter(|_| branches.len() == 1);
        let nothing = branches.is_empty();
        rewriting.note(NoteKind::Exact, &at_keyword, "the branch for null became `nullable`");
        if nothing {
            schema.remove(keyword);
            only_null(schema);
            return;
        }
        schema.insert("nullable".to_owned(), Value::Bool(true));
        let is_alone = schema.keys().all(|key| key == keyword || key == "nullable" || !refuses(key));
        if let Some(only) = only.filter(|_| is_alone) {
            schema.remove(keyword);
            let from = pointer::join(&at_keyword, &kept[0].to_string());
            take_in(schema, only, at, &from, rewriting);
        } else {
            for (index, was) in kept.iter().enumerate() {
                if index != *was {
                    let moved = [index, *was].map(|index| pointer::join(&at_keyword, &index.to_string()));
                    rewriting.moved.push(moved.into());
                }
            }
        }
    }
}

/// Merges the only branch that is left into the schema around it.
fn take_in(schema: &mut Map<String, Value>, only: Value, at: &str, from: &str, rewriting: &mut Rewriting) {
    if reference(&only).is_some() {
        rewriting.moved.push((format!("{at}/allOf/0"), from.to_owned()));
        schema.insert("allOf".to_owned(), json!([only]));
        return;
    }
    let Value::Object(only) = only else { return };
    for (key, value) in only {
        if !schema.contains_key(&key) {
            rewriting.moved.push((pointer::join(at, &key), pointer::join(from, &key)));
            schema.insert(key, value);
        }
    }
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut)
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

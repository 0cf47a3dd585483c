//! Normalises spellings that mean the same: media types, status ranges, references.

use serde_json::{Map, Value};

use super::rewriting::Rewriting;
use crate::media::essence;
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::Node;
use crate::walk::walk_mut;

/// Normalises all spellings.
pub(super) fn uniform(value: &mut Value, rewriting: &mut Rewriting) {
    walk_mut(value, &mut |node, at, value| {
        let Some(object) = value.as_object_mut() else { return };
        if let Some(target) = object.get("$ref").and_then(Value::as_str).filter(|target| target.contains('%'))
            && let Some(plain) = pointer::of_reference(target).map(|plain| format!("#{plain}"))
            // A second decoding would change it.
            && !plain.contains('%')
        {
            object.insert("$ref".to_owned(), Value::from(plain));
            rewriting.note(NoteKind::Exact, at, "the escapes in the reference were decoded");
        }
        match node {
            Node::Operation => keys(object, "responses", at, rewriting, |status| {
                let upper = status.to_ascii_uppercase();
                matches!(upper.as_bytes(), [b'1'..=b'5', b'X', b'X']).then_some(upper)
            }),
            Node::RequestBody | Node::Response | Node::Parameter | Node::Header => {
                keys(object, "content", at, rewriting, |name| {
                    let parameters = name.find(';').and_then(|at| name.get(at..)).unwrap_or_default();
                    Some(essence(name) + parameters)
                });
            }
            _ => {}
        }
    });
}

/// Renames the keys of a mapping, unless two would become equal.
fn keys(
    object: &mut Map<String, Value>,
    mapping: &str,
    at: &str,
    rewriting: &mut Rewriting,
    spelt: impl Fn(&str) -> Option<String>,
) {
    let Some(entries) = object.get_mut(mapping).and_then(Value::as_object_mut) else { return };
    let odd: Vec<(String, String)> = entries
        .keys()
        .filter_map(|key| Some((key, spelt(key)?)))
        .filter(|(key, plain)| *key != plain && !entries.contains_key(plain))
        .map(|(key, plain)| (key.clone(), plain))
        .collect();
    if odd.is_empty() {
        return;
    }
    let at = pointer::join(at, mapping);
    for (key, plain) in odd {
        if let Some(entry) = entries.remove(&key).filter(|_| !plain.is_empty()) {
            rewriting.note(NoteKind::Exact, pointer::join(&at, &key), format!("it was normalised to `{plain}`"));
            rewriting.moved.push((pointer::join(&at, &plain), pointer::join(&at, &key)));
            entries.insert(plain, entry);
        }
    }
}

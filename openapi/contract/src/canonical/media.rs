//! Media types that are referenced, and those whose body is a sequence of items.

use serde_json::Value;

use super::reference::size;
use super::rewriting::Rewriting;
use crate::document::reference;
use crate::media::is_sequential;
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::Node;
use crate::walk::{walk, walk_mut};

/// The maximum length of a chain of references, and number of copied nodes.
const MAX_CHAIN: usize = 16;
const MAX_COPIED: usize = 200_000;

/// The section of `components` for media types, new in 3.2.
const SECTION: &str = "mediaTypes";

/// Whether the passes below may change the entry with this key.
pub(super) fn concerns(key: &str) -> bool {
    key == SECTION || is_sequential(key)
}

/// Copies referenced media types to where they are used.
pub(super) fn written_out(value: &mut Value, rewriting: &mut Rewriting) {
    let Some(section) = value.pointer(&home()).cloned() else { return };
    let find = |target: &str| {
        let at = pointer::of_reference(target)?;
        Some((section.pointer(at.strip_prefix(&home())?)?.clone(), at.into_owned()))
    };
    let mut copied = 0;
    walk_mut(value, &mut |node, at, value| {
        if node != Node::MediaType {
            return;
        }
        for _ in 0..MAX_CHAIN {
            let Some((found, from)) = reference(value).and_then(find) else { return };
            copied += size(&found);
            if copied > MAX_COPIED {
                return;
            }
            *value = found;
            rewriting.moved.push((at.to_owned(), from));
        }
    });
}

/// Removes the section, which nothing refers to any more.
pub(super) fn section(value: &mut Value, rewriting: &mut Rewriting) {
    let components = value.get_mut("components").and_then(Value::as_object_mut);
    if components.is_some_and(|components| components.remove(SECTION).is_some()) {
        rewriting.deliberate(NoteKind::Exact, home(), "media types were copied to where they are used");
    }
}

fn home() -> String {
    pointer::join("/components", SECTION)
}

/// Describes each item of a sequential media type, where the document describes the whole sequence.
pub(super) fn items(value: &mut Value, rewriting: &mut Rewriting) {
    let mut found = Vec::new();
    walk(value, &mut |node, at, media| {
        let name = pointer::tokens(at).last().unwrap_or_default();
        if node == Node::MediaType && media.get("itemSchema").is_none() && is_sequential(&name) {
            found.extend(items_of(value, at, media).map(|(items, from)| (at.to_owned(), items, from)));
        }
    });
    for (at, items, from) in found {
        if let Some(media) = value.pointer_mut(&at).and_then(Value::as_object_mut) {
            media.remove("schema");
            media.insert("itemSchema".to_owned(), items);
            rewriting.moved.push((pointer::join(&at, "itemSchema"), from));
        }
    }
}

/// The schema of the items and its pointer, if the media type describes nothing else.
fn items_of(root: &Value, at: &str, media: &Value) -> Option<(Value, String)> {
    const SAID: [&str; 4] = ["type", "items", "title", "description"];
    let (mut schema, mut at) = (media.get("schema")?, pointer::join(at, "schema"));
    for _ in 0..MAX_CHAIN {
        let Some(target) = reference(schema) else { break };
        at = pointer::of_reference(target)?.into_owned();
        schema = root.pointer(&at)?;
    }
    let schema = schema.as_object()?;
    let is_sequence = schema.get("type").is_some_and(|kind| kind == "array");
    let is_all = schema.keys().all(|key| SAID.contains(&key.as_str()));
    let items = schema.get("items").filter(|_| is_sequence && is_all)?;
    Some((items.clone(), pointer::join(&at, "items")))
}

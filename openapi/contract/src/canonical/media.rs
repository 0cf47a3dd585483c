//! Media types: those that are referred to, and those whose body is one item after the other.

use serde_json::Value;

use super::reference::size;
use super::rewriting::Rewriting;
use crate::document::reference;
use crate::media::is_sequential;
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::Node;
use crate::walk::{walk, walk_mut};

/// How many references may follow one another, and how many nodes may be written out again.
const MAX_CHAIN: usize = 16;
const MAX_COPIED: usize = 200_000;

/// The part of `components` that is for media types. Before 3.2 there is none.
const SECTION: &str = "mediaTypes";

/// Whether an entry of a mapping is one that the passes below may have something to do with.
pub(super) fn concerns(key: &str) -> bool {
    key == SECTION || is_sequential(key)
}

/// Writes out the media types that are referred to.
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

/// Takes out the part of `components` that nothing refers to any more.
pub(super) fn section(value: &mut Value, rewriting: &mut Rewriting) {
    let components = value.get_mut("components").and_then(Value::as_object_mut);
    if components.is_some_and(|components| components.remove(SECTION).is_some()) {
        rewriting.deliberate(NoteKind::Exact, home(), "media types were written out where they are referred to");
    }
}

fn home() -> String {
    pointer::join("/components", SECTION)
}

/// Describes the body of a sequential media type item by item, where it is described as the sequence of all of them.
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

/// What a media type says of each item of its sequence, if that is all that it says; and where.
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

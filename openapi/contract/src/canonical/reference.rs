//! References to anything but an entry of `components`: the generator finds targets only there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::rewriting::Rewriting;
use crate::document::reference;
use crate::names::pascal;
use crate::note::NoteKind;
use crate::pointer;
use crate::vocabulary::Node;
use crate::walk::{field_at, walk, walk_mut};

/// The maximum number of nodes that are copied. Usual documents need a handful.
const MAX_COPIED: usize = 200_000;

/// The maximum length of a chain of references.
const MAX_CHAIN: usize = 16;

/// Copies referenced path items to where they are used.
pub(super) fn path_items(value: &mut Value, rewriting: &mut Rewriting) {
    let paths = value.get("paths").and_then(Value::as_object);
    if !paths.into_iter().flatten().any(|(_, item)| reference(item).is_some()) {
        return;
    }
    let mut copied = 0;
    let original = value.clone();
    for (path, item) in value.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
        let Some(mut target) = reference(item) else { continue };
        let mut found = None;
        for _ in 0..MAX_CHAIN {
            found = pointer::of_reference(target).and_then(|at| Some((original.pointer(&at)?, at.into_owned())));
            match found.as_ref().and_then(|(node, _)| reference(node)) {
                Some(next) => target = next,
                None => break,
            }
        }
        let (Some((found, from)), Some(own)) = (found, item.as_object()) else { continue };
        let Some(mut whole) = found.as_object().cloned().filter(|found| !found.contains_key("$ref")) else { continue };
        copied += size(&Value::Object(whole.clone()));
        if copied > MAX_COPIED {
            return;
        }
        let at = pointer::join("/paths", path);
        for key in whole.keys().filter(|key| !own.contains_key(*key)) {
            rewriting.moved.push((pointer::join(&at, key), pointer::join(&from, key)));
        }
        whole.extend(own.iter().filter(|(key, _)| *key != "$ref").map(|(key, value)| (key.clone(), value.clone())));
        *item = Value::Object(whole);
        rewriting.note(NoteKind::Exact, at, "the path item was copied to where it is used");
    }
}

/// Moves referenced schemas to `components/schemas`, and copies other nodes to where they are used.
pub(super) fn hoist(value: &mut Value, rewriting: &mut Rewriting) {
    // Most documents refer only to components.
    let mut is_any = false;
    walk(value, &mut |node, _, value| is_any |= concerns_hoist(node, value));
    if !is_any {
        return;
    }
    let mut anchors = None;
    let mut targets: BTreeSet<String> = BTreeSet::new();
    let original = value.clone();
    let mut copied = 0;
    let mut nodes: HashMap<String, Node> = HashMap::new();
    walk(&original, &mut |node, at, _| {
        nodes.insert(at.to_owned(), node);
    });
    walk_mut(value, &mut |node, at, value| {
        let Some(object) = value.as_object_mut() else { return };
        if node == Node::Schema
            && !object.contains_key("$ref")
            && let Some(target) = object.remove("$dynamicRef")
        {
            object.insert("$ref".to_owned(), target);
            rewriting.note(
                NoteKind::Widened,
                at,
                "`$dynamicRef` was read as `$ref`: overrides of its target are ignored",
            );
        }
        let Some(target) = object.get("$ref").and_then(Value::as_str) else { return };
        let named = target.strip_prefix('#').filter(|name| !name.is_empty() && !name.starts_with('/'));
        let anchor = named
            .filter(|_| node == Node::Schema)
            .and_then(|name| anchors.get_or_insert_with(|| self::anchors(&original)).get(name).cloned());
        let Some(found) = anchor.or_else(|| pointer::of_reference(target).map(std::borrow::Cow::into_owned)) else {
            return;
        };
        // The check reports a reference to another kind of node.
        if nodes.get(&found) != Some(&node) {
            return;
        }
        if is_entry(node, &found) {
            if named.is_some() {
                object.insert("$ref".to_owned(), Value::from(format!("#{found}")));
                rewriting.note(NoteKind::Exact, at, "the reference to an anchor became a JSON pointer");
            }
            return;
        }
        if node == Node::Schema {
            object.insert("$ref".to_owned(), Value::from(format!("#{found}")));
            targets.insert(found);
        } else if let Some(target) = original.pointer(&found).filter(|target| reference(target).is_none()) {
            copied += size(target);
            if copied <= MAX_COPIED && !matches!(node, Node::PathItem | Node::Operation) {
                rewriting.moved.push((at.to_owned(), found));
                rewriting.note(
                    NoteKind::Exact,
                    at,
                    "the target of the reference is not a component: it was copied here",
                );
                *value = target.clone();
            }
        }
    });
    let names = move_to_components(value, targets, rewriting);
    walk_mut(value, &mut |node, at, value| {
        let Some(schema) = value.as_object_mut().filter(|_| node == Node::Schema) else { return };
        if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|target| names.get(target)) {
            let target = Value::from(pointer::reference_to(name));
            schema.insert("$ref".to_owned(), target);
        }
        for key in ["$defs", "definitions"] {
            if schema.remove(key).is_some() {
                let message = "the target of the reference was moved to the components";
                rewriting.note(NoteKind::Exact, pointer::join(at, key), message);
            }
        }
    });
}

/// Whether a node refers to anything but a component of its kind, or has definitions.
fn concerns_hoist(node: Node, value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let elsewhere = reference(value).is_some_and(|target| {
        // References with escapes are normalised first.
        target.contains('%') || target.strip_prefix('#').is_none_or(|target| !is_entry(node, target))
    });
    let is_definition = |key: &str| matches!(key, "$dynamicRef" | "$defs" | "definitions");
    elsewhere || (node == Node::Schema && object.keys().any(|key| is_definition(key)))
}

/// Moves schemas to `components`; returns the new name for each reference.
fn move_to_components(
    value: &mut Value,
    targets: BTreeSet<String>,
    rewriting: &mut Rewriting,
) -> HashMap<String, String> {
    let mut taken: BTreeSet<String> = value
        .pointer(pointer::SCHEMAS)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys)
        .map(|name| pascal(name))
        .collect();
    let mut names = HashMap::new();
    let mut moved: BTreeMap<String, Value> = BTreeMap::new();
    // Innermost first, so that the outer one moves with a reference inside.
    for target in targets.into_iter().rev() {
        let Some(node) = value.pointer_mut(&target) else { continue };
        let name = free_name(&target, &taken);
        taken.insert(name.clone());
        moved.insert(name.clone(), std::mem::replace(node, json!({ "$ref": pointer::reference_to(&name) })));
        let at = pointer::of_schema(&name);
        rewriting.note(NoteKind::Exact, &target, format!("references lead here: it became the component `{name}`"));
        rewriting.moved.push((at, target.clone()));
        names.insert(format!("#{target}"), name);
    }
    if !moved.is_empty()
        && let Some(root) = value.as_object_mut()
        && let Some(components) = root.entry("components").or_insert_with(|| json!({})).as_object_mut()
        && let Some(schemas) = components.entry("schemas").or_insert_with(|| json!({})).as_object_mut()
    {
        schemas.extend(moved);
    }
    names
}

/// Whether a pointer names an entry of the component section for a kind of node.
fn is_entry(node: Node, target: &str) -> bool {
    node.section().is_none_or(|section| pointer::entry(target, section).is_some())
}

/// A name for a schema by its pointer: its own key, after the name of its component if needed.
fn free_name(target: &str, taken: &BTreeSet<String>) -> String {
    let tokens: Vec<_> = pointer::tokens(target).collect();
    let last = tokens.last().map(|token| pascal(token)).unwrap_or_default();
    let is_definition = field_at(target).is_some_and(|field| matches!(field.name, "$defs" | "definitions"));
    let own = is_definition.then(|| last.clone());
    // The generator's own naming of inline schemas, so that the type keeps its name.
    let holder = tokens.strip_prefix(&["components".into(), "schemas".into()]).and_then(|rest| rest.first());
    let placed = format!("{}{last}", holder.map(|name| pascal(name)).unwrap_or_default());
    let numbered = (2..).map(|n| format!("{placed}{n}"));
    own.into_iter()
        .chain([placed.clone()])
        .chain(numbered.take(taken.len() + 2))
        .find(|name| !taken.contains(name))
        .unwrap_or(placed)
}

/// The pointer of each anchor; the first, if several are equal.
fn anchors(root: &Value) -> HashMap<String, String> {
    let mut found = HashMap::new();
    walk(root, &mut |node, at, value| {
        for key in ["$anchor", "$dynamicAnchor"] {
            if let Some(name) = value.get(key).and_then(Value::as_str).filter(|_| node == Node::Schema) {
                found.entry(name.to_owned()).or_insert_with(|| at.to_owned());
            }
        }
    });
    found
}

/// The number of nodes.
pub(super) fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum::<usize>(),
        Value::Object(entries) => entries.values().map(size).sum(),
        _ => 0,
    }
}

//! What of two contracts may differ in what callers can rely on: to measure that, nothing else has to be generated.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zerogate_contract::names::pascal;
use zerogate_contract::reach::{References, owner};
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::{walk, walk_mut};
use zerogate_contract::{part, pointer};

use crate::design::UNKNOWN;
use crate::fit::Shared;
use crate::lower::Lowered;

/// Leaves of two lowered contracts what differs, what leads to that, and what these refer to.
///
/// An operation or component that is written alike in both, with all that it leads to, has the same [`surface`] in both. So
/// has what the part refers to only with all that has a say in it.
///
/// [`surface`]: super::surface
pub fn leave_differing(old: &mut Lowered, new: &mut Lowered) {
    let shared = [&old.shared, &new.shared];
    let values = [&mut old.value, &mut new.value];
    let values = values.map(|value| {
        walk_mut(value, &mut without_prose);
        &*value
    });
    let references = values.map(References::within);
    let nodes: BTreeSet<&str> = references.iter().flat_map(References::nodes).collect();
    let differs = |node: &&str| values[0].pointer(node) != values[1].pointer(node);
    let changed: Vec<&str> = nodes.into_iter().filter(differs).collect();
    let [mut affected, others] = [0, 1].map(|side| references[side].towards(changed.iter().copied()));
    affected.extend(others);
    // What either side needs is in both: a component is generated whether something refers to it or not.
    let with_all = |nodes: &BTreeSet<String>| -> BTreeSet<String> {
        references.iter().flat_map(|references| references.from(nodes.iter().map(String::as_str))).collect()
    };
    let mut needed = with_all(&affected);
    for side in [0, 1] {
        let deciding = deciding(values[side], shared[side], &references[side], &needed);
        needed.extend(with_all(&deciding));
    }
    let operations = needed.iter().map(String::as_str).filter(|node| node.starts_with("/paths/")).collect();
    let [before, after] = values.map(|value| part(value, &operations, &needed));
    (old.value, new.value) = (before, after);
}

/// What has a say in the code of what it does not belong to: how that is generated, or that it is.
///
/// - Schemas that are the same, and would be called the same, are one type.
/// - An enum is closed if it is the tag of a union.
/// - Where a ring of types is cut is up to what leads into it.
/// - What an enum does not know is called after it, unless something has that name.
fn deciding(value: &Value, shared: &Shared, references: &References, needed: &BTreeSet<String>) -> BTreeSet<String> {
    let [mut enums, mut composed] = [BTreeSet::new(), BTreeSet::new()];
    walk(value, &mut |node, at, schema| {
        let Some(owner) = owner(at).filter(|_| node == Node::Schema) else { return };
        let Some(owner) = references.node(owner) else { return };
        if schema.get("enum").is_some() && needed.contains(owner) {
            enums.insert(owner);
        }
        if ["allOf", "anyOf", "oneOf"].iter().any(|key| schema.get(key).is_some()) {
            composed.insert(owner);
        }
    });
    let owners = shared.values().map(|schemas| schemas.iter().filter_map(|at| owner(at)).collect::<BTreeSet<_>>());
    let owners = owners.filter(|owners| owners.iter().any(|owner| needed.contains(*owner)));
    let mut deciding: BTreeSet<String> = owners.flatten().map(str::to_owned).collect();
    let unions = references.towards(enums).into_iter().filter(|node| composed.contains(node.as_str()));
    deciding.extend(unions);
    deciding.extend(references.towards(references.rings().filter(|node| needed.contains(*node))));
    let names = references.nodes().filter_map(|node| Some((type_name(value, node)?, node)));
    let names: BTreeMap<String, &str> = names.collect();
    for (name, node) in &names {
        let Some(known) = name.strip_prefix(UNKNOWN) else { continue };
        // An enum that is written in place is called after what it is in.
        let around = known.char_indices().filter_map(|(at, first)| known.get(..at + first.len_utf8()));
        let around = around.filter_map(|name| names.get(name));
        let both = around.filter(|other| needed.contains(**other) || needed.contains(*node));
        deciding.extend(both.flat_map(|other| [*other, *node]).map(str::to_owned));
    }
    deciding
}

/// What the types of a component or of an operation are called, or begin with.
fn type_name(value: &Value, node: &str) -> Option<String> {
    let name = pointer::schema_at(node).map(|name| pascal(&name));
    name.or_else(|| Some(pascal(value.pointer(node)?.get("operationId")?.as_str()?)))
}

/// Takes out what only people read.
fn without_prose(node: Node, _: &str, value: &mut Value) {
    let Some(object) = value.as_object_mut() else { return };
    match node {
        Node::Operation => object.retain(|key, _| key != "summary" && key != "description"),
        // It has to be there.
        Node::Response => drop(object.insert("description".to_owned(), Value::from(""))),
        Node::Schema | Node::Parameter | Node::Header | Node::RequestBody | Node::MediaType => {
            object.retain(|key, _| key != "description" && key != "example");
        }
        _ => {}
    }
}

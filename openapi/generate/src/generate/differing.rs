//! Reduces two contracts to the parts that may differ for callers, so that less has to be generated for a comparison.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zerogate_contract::names::pascal;
use zerogate_contract::reach::{References, owner};
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk;
use zerogate_contract::{part, pointer};

use crate::design::UNKNOWN;
use crate::fit::Shared;
use crate::lower::Lowered;

/// Reduces two lowered contracts to their differences, the nodes that refer to them, and the nodes that these refer to.
///
/// An operation or component that is equal in both, including all of its targets, has the same [`surface`] in both. For
/// the remaining part this holds only if everything that influences it is included.
///
/// [`surface`]: super::surface
pub fn leave_differing(old: &mut Lowered, new: &mut Lowered) {
    old.drop_prose();
    new.drop_prose();
    let shared = [&old.shared, &new.shared];
    let values = [&old.value, &new.value];
    let references = values.map(References::within);
    let nodes: BTreeSet<&str> = references.iter().flat_map(References::nodes).collect();
    let differs = |node: &&str| values[0].pointer(node) != values[1].pointer(node);
    let changed: Vec<&str> = nodes.into_iter().filter(differs).collect();
    let [mut affected, others] = [0, 1].map(|side| references[side].towards(changed.iter().copied()));
    affected.extend(others);
    // What one side needs is kept in both: a component is generated even if nothing refers to it.
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

/// The nodes that influence the code of others:
///
/// - Equal schemas with the same name share one type.
/// - An enum is closed if it is the tag of a union.
/// - Where a ring of types is boxed depends on what refers to it.
/// - The type of an enum's unknown values is named after it, unless the name is taken.
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
        // An inline enum is named after its parent.
        let around = known.char_indices().filter_map(|(at, first)| known.get(..at + first.len_utf8()));
        let around = around.filter_map(|name| names.get(name));
        let both = around.filter(|other| needed.contains(**other) || needed.contains(*node));
        deciding.extend(both.flat_map(|other| [*other, *node]).map(str::to_owned));
    }
    deciding
}

/// The name, or the prefix of the names, of the types of a component or operation.
fn type_name(value: &Value, node: &str) -> Option<String> {
    let name = pointer::schema_at(node).map(|name| pascal(&name));
    name.or_else(|| Some(pascal(value.pointer(node)?.get("operationId")?.as_str()?)))
}

//! What of two contracts may differ in what callers can rely on: to measure that, nothing else has to be generated.

use std::collections::BTreeSet;

use serde_json::Value;
use zerogate_contract::part;
use zerogate_contract::reach::References;
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk_mut;

use crate::lower::Lowered;

/// Leaves of two lowered contracts what differs, what leads to that, and what these refer to.
///
/// An operation or component that is written alike in both, with all that it leads to, has the same [`surface`] in both.
///
/// [`surface`]: super::surface
pub fn leave_differing(old: &mut Lowered, new: &mut Lowered) {
    let values = [&mut old.value, &mut new.value];
    let values = values.map(|value| {
        walk_mut(value, &mut without_prose);
        value
    });
    let references = [&*values[0], &*values[1]].map(References::within);
    let nodes: BTreeSet<&str> = references.iter().flat_map(References::nodes).collect();
    let differs = |node: &&str| values[0].pointer(node) != values[1].pointer(node);
    let changed: Vec<&str> = nodes.into_iter().filter(differs).collect();
    let [mut affected, others] = [0, 1].map(|side| references[side].towards(changed.iter().copied()));
    affected.extend(others);
    let parts = [0, 1].map(|side| {
        let needed = references[side].from(affected.iter().map(String::as_str));
        let operations = needed.iter().map(String::as_str).filter(|node| node.starts_with("/paths/")).collect();
        part(&*values[side], &operations, &needed)
    });
    let [before, after] = parts;
    (old.value, new.value) = (before, after);
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

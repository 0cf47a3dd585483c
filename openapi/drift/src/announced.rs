//! What the old contract announced about removed items.

use serde_json::Value;
use zerogate_contract::{methods, pointer};

use crate::change::Announced;
use crate::kind::{Area, Kind};
use crate::meaning::view;
use crate::node::{Node, Slot};
use crate::side::Side;
use crate::sunset::{DEPRECATED, SUNSET, alternative, announced};

/// The announcement for the item at a pointer; `None` if it was not deprecated.
pub(crate) fn of(side: &Side<'_>, kind: &Kind, at: &str) -> Option<Announced> {
    let node = |at: &str| Some(Node::new(side.document.value().pointer(at)?, at));
    let mut tokens = pointer::tokens(at);
    // The last operation of a path decides.
    if tokens.next().is_some_and(|first| first == "paths") && tokens.count() == 1 {
        let item = side.definition(&node(at)?)?;
        let operations = methods::operations(item.value);
        let said = operations.map(|(method, operation)| read(side, Node::new(operation, &method.at(&item.at))));
        return said.collect::<Option<Vec<_>>>()?.into_iter().max();
    }
    let node = node(alternative(at).unwrap_or(at))?;
    // A parameter may say it itself, or its schema may.
    let described = matches!(kind.area, Area::Parameter | Area::Header);
    let schema = || side.definition(&node).and_then(|node| node.get("schema")).filter(|_| described);
    read(side, node.clone()).or_else(|| read(side, schema()?))
}

/// The announcement of a node, or of what it refers to or joins.
fn read<'d>(side: &Side<'d>, node: Node<'d>) -> Option<Announced> {
    // The two keys are the same in any object.
    let docs = view(side, &Slot::of(node)).docs;
    let said = |key: &str| docs.get(key).into_iter().flatten().map(|doc| doc.value);
    said(DEPRECATED).any(|value| value == &Value::Bool(true)).then(|| announced(said(SUNSET).next()))
}

//! Inline schemas that contain themselves after the generator has merged them.
//!
//! `children: {allOf: [{$ref: Node}, {…}]}` inside `Node` is a valid description. But the generator writes out the
//! merged fields, and `children` is among them again: its stack overflows, which ends the process. A component in
//! between would be referred to by name.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};
use zerogate_contract::pointer::{self, Path};
use zerogate_contract::vocabulary::refuses;
use zerogate_contract::{Document, reference};

use super::finding::{Finding, Remedy};
use super::value::{inside, members};

/// The maximum nesting of merged schemas.
const MAX_DEPTH: usize = 128;

/// The maximum number of visited schemas.
const MAX_VISITS: usize = 500_000;

/// The component schemas on which the generator would never finish, and whether the search was given up.
pub(super) fn endless<'f>(document: &Document) -> (Vec<Finding<'f>>, bool) {
    let path = Path::At(pointer::SCHEMAS);
    let mut expansion = Expansion { document, done: HashMap::new(), visits: 0, too_much: false };
    let schemas = document.value().pointer(pointer::SCHEMAS).and_then(Value::as_object);
    let mut names: Vec<_> = schemas.into_iter().flatten().collect();
    names.sort_by_key(|(name, _)| *name);
    let endless = names.into_iter().filter(|(_, node)| !expansion.ends(node, 0)).map(|(name, _)| {
        Finding::limit(
            &path.key(name),
            "an `allOf` inside this schema merges the schema into itself: the generator would never finish",
            "move the inline schema that has the `allOf` to `components/schemas`, and refer to it",
            Remedy::Any { pointer: path.key(name).render() },
        )
    });
    (endless.collect(), expansion.too_much)
}

struct Expansion<'d> {
    document: &'d Document,
    /// The visited inline schemas, by address; false while they are in progress.
    done: HashMap<usize, bool>,
    visits: usize,
    /// Whether the search was given up.
    too_much: bool,
}

impl<'d> Expansion<'d> {
    /// Whether the generator finishes below this schema.
    fn ends(&mut self, node: &'d Value, depth: usize) -> bool {
        if reference(node).is_some() {
            return true;
        }
        let address = std::ptr::from_ref(node).addr();
        if let Some(done) = self.done.get(&address) {
            return *done;
        }
        if depth > MAX_DEPTH || self.visits > MAX_VISITS {
            self.too_much = true;
            return true;
        }
        self.done.insert(address, false);
        let ends = self.written_out(node).into_iter().all(|child| self.ends(child, depth + 1));
        // An endless schema was reported where it was first found.
        self.done.insert(address, true);
        ends
    }

    /// The schemas that are written out with this one when it becomes a type.
    fn written_out(&mut self, node: &'d Value) -> Vec<&'d Value> {
        if !merges(node) {
            let mut children = Vec::new();
            if let Some(schema) = node.as_object() {
                children.extend(inside(schema).into_iter().map(|(_, child)| child));
                children.extend(members(schema));
            }
            return children;
        }
        let mut children = Vec::new();
        let mut by_name: HashMap<&str, &Value> = HashMap::new();
        for part in self.parts(vec![node]) {
            for (name, child) in inside(part) {
                self.visits += 1;
                if self.visits > MAX_VISITS {
                    return children;
                }
                match name.and_then(|name| by_name.insert(name, child)) {
                    // Two descriptions of one property are merged too, whatever they refer to.
                    Some(other) if !std::ptr::eq(other, child) => {
                        let parts = self.parts(vec![other, child]);
                        children.extend(parts.into_iter().flat_map(inside).map(|(_, child)| child));
                    }
                    _ => children.push(child),
                }
            }
        }
        children
    }

    /// The schemas that references and compositions combine.
    fn parts(&mut self, mut open: Vec<&'d Value>) -> Vec<&'d Map<String, Value>> {
        let mut seen = HashSet::new();
        let mut parts = Vec::new();
        while let Some(node) = open.pop() {
            self.visits += 1;
            if self.visits > MAX_VISITS {
                break;
            }
            let Some(schema) = self.document.resolve(node).and_then(Value::as_object) else { continue };
            if seen.insert(std::ptr::from_ref(schema).addr()) {
                parts.push(schema);
                open.extend(members(schema));
            }
        }
        parts
    }
}

/// Whether the generator must merge this schema with others to make a type.
fn merges(node: &Value) -> bool {
    let Some(schema) = node.as_object() else { return false };
    let says_more = |beside: &str| {
        schema.keys().any(|key| key != beside && !matches!(key.as_str(), "nullable" | "type") && refuses(key))
    };
    match schema.get("allOf").and_then(Value::as_array).map(Vec::len) {
        Some(0 | 1) => says_more("allOf"),
        Some(_) => true,
        None => ["oneOf", "anyOf"].iter().any(|key| schema.contains_key(*key) && says_more(key)),
    }
}

//! Finds which operations and components refer to which components.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use crate::document::{Document, reference};
use crate::methods::{self, Method};
use crate::pointer;
use crate::vocabulary::{ADDITIONAL, Node};
use crate::walk::walk;

/// The references between nodes. A node is an operation (`/paths/~1a/get`), another part of a path item
/// (`/paths/~1a/parameters`), or an entry of `components` (`/components/schemas/A`), by its pointer.
pub struct References {
    /// Sorted.
    nodes: Vec<String>,
    /// The nodes that each node refers to, by index.
    to: Vec<Vec<usize>>,
    /// The nodes that refer to each node, by index.
    from: Vec<Vec<usize>>,
}

impl References {
    /// Collects the references in a document.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        Self::within(document.value())
    }

    /// Collects the references in a value that is not a document.
    #[must_use]
    pub fn within(root: &Value) -> Self {
        let mut to: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        // The nodes of one owner are consecutive.
        let mut current = (String::new(), BTreeSet::new());
        walk(root, &mut |_, at, value| {
            let Some(owner) = owner(at) else { return };
            if owner != current.0 {
                let (owner, targets) = std::mem::replace(&mut current, (owner.to_owned(), BTreeSet::new()));
                to.entry(owner).or_default().extend(targets);
            }
            let mut add = |target: &str| {
                if let Some(target) = pointer::of_reference(target)
                    && let Some(entry) = self::owner(&target)
                    && !current.1.contains(entry)
                {
                    current.1.insert(entry.to_owned());
                }
            };
            if let Some(target) = reference(value) {
                add(target);
            }
            let mapping =
                value.get("discriminator").and_then(|discriminator| discriminator.get("mapping")?.as_object());
            for target in mapping.into_iter().flatten().filter_map(|(_, target)| target.as_str()) {
                // A mapping may use only the name of a schema.
                if target.starts_with('#') { add(target) } else { add(&format!("#/components/schemas/{target}")) }
            }
        });
        to.entry(current.0).or_default().extend(current.1);
        to.remove("");
        // An operation includes the parts of its path item.
        for (path, item) in root.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let item_at = pointer::join("/paths", path);
            let shared = pointer::join(&item_at, "parameters");
            if to.contains_key(&shared) {
                for (method, _) in methods::operations(item) {
                    to.entry(method.at(&item_at)).or_default().insert(shared.clone());
                }
            }
        }
        let all = to.iter().flat_map(|(node, targets)| [node].into_iter().chain(targets));
        let nodes: Vec<String> = all.collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let mut references = Self { to: vec![Vec::new(); nodes.len()], from: vec![Vec::new(); nodes.len()], nodes };
        for (node, targets) in &to {
            let Some(node) = references.place(node) else { continue };
            let targets: Vec<usize> = targets.iter().filter_map(|target| references.place(target)).collect();
            for target in &targets {
                references.from.get_mut(*target).into_iter().for_each(|nodes| nodes.push(node));
            }
            references.to.get_mut(node).into_iter().for_each(|known| known.clone_from(&targets));
        }
        references
    }

    /// All nodes, sorted.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(String::as_str)
    }

    /// A node, borrowed from here.
    #[must_use]
    pub fn node(&self, node: &str) -> Option<&str> {
        self.nodes.get(self.place(node)?).map(String::as_str)
    }

    /// The nodes that refer back to themselves.
    pub fn rings(&self) -> impl Iterator<Item = &str> {
        let parts = parts(&self.to);
        let nodes = self.nodes.iter().zip(&self.to).enumerate();
        let in_ring = move |node: usize, to: &[usize]| {
            // A way back stays within the part.
            to.iter().any(|target| parts.get(*target) == parts.get(node))
        };
        nodes.filter(move |(node, (_, to))| in_ring(*node, to)).map(|(_, (name, _))| name.as_str())
    }

    fn place(&self, node: &str) -> Option<usize> {
        self.nodes.binary_search_by(|known| known.as_str().cmp(node)).ok()
    }

    /// The nodes, and everything that they refer to.
    pub fn from<'n>(&self, nodes: impl IntoIterator<Item = &'n str>) -> BTreeSet<String> {
        self.closure(nodes, &self.to)
    }

    /// The nodes, and everything that refers to them.
    pub fn towards<'n>(&self, nodes: impl IntoIterator<Item = &'n str>) -> BTreeSet<String> {
        self.closure(nodes, &self.from)
    }

    fn closure<'n>(&self, nodes: impl IntoIterator<Item = &'n str>, next: &[Vec<usize>]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = Vec::new();
        for node in nodes {
            found.insert(node.to_owned());
            open.extend(self.place(node));
        }
        let mut seen: HashSet<usize> = open.iter().copied().collect();
        while let Some(node) = open.pop() {
            found.extend(self.nodes.get(node).cloned());
            open.extend(next.get(node).into_iter().flatten().filter(|next| seen.insert(**next)));
        }
        found
    }

    /// For each node, which of the given nodes refer to it (a node refers to itself), by index. Nodes with the same
    /// users share a list.
    #[must_use]
    pub fn users(&self, of: &[String]) -> HashMap<&str, List> {
        // Nodes that refer to each other have the same users.
        let parts = parts(&self.to);
        let mut users: Vec<(Vec<usize>, Vec<List>)> = vec![Default::default(); self.nodes.len()];
        for (user, node) in of.iter().enumerate() {
            let part = self.place(node).and_then(|node| parts.get(node));
            part.and_then(|part| users.get_mut(*part)).into_iter().for_each(|(own, _)| own.push(user));
        }
        let mut inside: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (node, part) in parts.iter().enumerate() {
            inside.get_mut(*part).into_iter().for_each(|inside| inside.push(node));
        }
        let mut found = HashMap::new();
        // A part only refers to earlier parts.
        for (part, inside) in inside.iter().enumerate().rev() {
            let (own, mut above) = users.get_mut(part).map(std::mem::take).unwrap_or_default();
            above.sort_unstable_by_key(|list| Rc::as_ptr(list).addr());
            above.dedup_by(|one, other| Rc::ptr_eq(one, other));
            let list = match (own.as_slice(), above.as_slice()) {
                ([], [only]) => Rc::clone(only),
                _ => {
                    let all = own.iter().chain(above.iter().flat_map(|list| list.iter()));
                    all.copied().collect::<BTreeSet<_>>().into_iter().collect()
                }
            };
            for node in inside {
                found.extend(self.nodes.get(*node).map(|node| (node.as_str(), Rc::clone(&list))));
                let below = self.to.get(*node).into_iter().flatten().filter_map(|below| parts.get(*below));
                for below in below.filter(|below| **below != part) {
                    users.get_mut(*below).into_iter().for_each(|(_, lists)| lists.push(Rc::clone(&list)));
                }
            }
        }
        found
    }
}

/// Shared indices into a list.
pub type List = Rc<[usize]>;

/// The number of the part of each node of a graph: the nodes of a part refer to each other. A part only refers to parts
/// with lower numbers. (Tarjan's algorithm, without recursion.)
fn parts(to: &[Vec<usize>]) -> Vec<usize> {
    const OPEN: usize = usize::MAX;
    let mut part = vec![OPEN; to.len()];
    // When each node was visited, from 1 on, and the earliest node that it refers back to.
    let (mut order, mut low) = (vec![0; to.len()], vec![0; to.len()]);
    let (mut stack, mut way) = (Vec::new(), Vec::new());
    let (mut count, mut parts) = (0, 0);
    for root in 0..to.len() {
        if order[root] == 0 {
            way.push((root, 0));
        }
        while let Some((node, next)) = way.pop() {
            if next == 0 {
                count += 1;
                (order[node], low[node]) = (count, count);
                stack.push(node);
            }
            if let Some(target) = to[node].get(next).copied() {
                way.push((node, next + 1));
                if order[target] == 0 {
                    way.push((target, 0));
                } else if part[target] == OPEN {
                    low[node] = low[node].min(order[target]);
                }
                continue;
            }
            if low[node] == order[node] {
                while let Some(inside) = stack.pop() {
                    part[inside] = parts;
                    if inside == node {
                        break;
                    }
                }
                parts += 1;
            }
            if let Some((above, _)) = way.last() {
                low[*above] = low[*above].min(low[node]);
            }
        }
    }
    part
}

/// The direction of the values of each schema: to the server, from it, or both.
pub struct Directions {
    sent: BTreeSet<String>,
    received: BTreeSet<String>,
}

impl Directions {
    /// Finds the directions in a document. Examples, links and callbacks do not count.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let [mut sent, mut received] = [BTreeSet::new(), BTreeSet::new()];
        walk(document.value(), &mut |node, at, value| {
            let nodes = match node {
                Node::RequestBody | Node::Parameter => &mut sent,
                Node::Response | Node::Header => &mut received,
                _ => return,
            };
            nodes.insert(at.to_owned());
            targets(value, nodes);
        });
        let references = References::of(document);
        let all = |nodes: BTreeSet<String>| references.from(nodes.iter().map(String::as_str));
        Self { sent: all(sent), received: all(received) }
    }

    /// Whether the node at a pointer can be part of a request.
    #[must_use]
    pub fn is_sent(&self, at: &str) -> bool {
        leads_through(at, &self.sent)
    }

    /// Whether the node at a pointer can be part of a response.
    #[must_use]
    pub fn is_received(&self, at: &str) -> bool {
        leads_through(at, &self.received)
    }
}

fn leads_through(at: &str, nodes: &BTreeSet<String>) -> bool {
    let ends = at.match_indices('/').map(|(end, _)| end).chain([at.len()]);
    ends.filter_map(|end| at.get(..end)).any(|at| nodes.contains(at))
}

/// Collects the components that a value refers to.
fn targets(value: &Value, found: &mut BTreeSet<String>) {
    if let Some(target) = reference(value).and_then(pointer::of_reference) {
        found.extend(owner(&target).map(str::to_owned));
    }
    match value {
        Value::Object(entries) => entries.values().for_each(|value| targets(value, found)),
        Value::Array(items) => items.iter().for_each(|item| targets(item, found)),
        _ => {}
    }
}

/// The node that contains a pointer: its first three tokens, or four for an additional operation.
pub fn owner(at: &str) -> Option<&str> {
    let mut ends = at.match_indices('/').map(|(index, _)| index).chain([at.len()]).skip(1);
    let (home, end) = (at.get(..ends.nth(1)?)?, ends.next()?);
    let is_additional = is_path(home) && at.get(home.len() + 1..end) == Some(ADDITIONAL);
    let owner = at.get(..if is_additional { ends.next()? } else { end })?;
    (is_path(owner) || owner.starts_with("/components/")).then_some(owner)
}

fn is_path(node: &str) -> bool {
    node.starts_with("/paths/")
}

/// Every operation, with its pointer, path and method.
pub fn operations(root: &Value) -> impl Iterator<Item = (String, &str, Method<'_>, &Value)> {
    root.get("paths").and_then(Value::as_object).into_iter().flatten().flat_map(|(path, item)| {
        let operations = methods::operations(item).filter(|(_, operation)| operation.is_object());
        operations.map(move |(method, operation)| {
            (method.at(&pointer::join("/paths", path)), path.as_str(), method, operation)
        })
    })
}

/// The name of an operation: its id, or else its method and path.
pub fn name(path: &str, method: Method<'_>, operation: &Value) -> String {
    match operation.get("operationId").and_then(Value::as_str) {
        Some(id) => id.to_owned(),
        None => format!("{} {path}", method.sent()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_node_is_used_by_everything_that_refers_to_it() {
        let refer = |names: &[&str]| -> Vec<Value> {
            names.iter().map(|name| json!({ "$ref": format!("#/components/schemas/{name}") })).collect()
        };
        // Two rings, of which the first refers to the second, and a schema that both operations use in different ways.
        let edges: [(&str, &[&str]); 8] = [
            ("A", &["B"]),
            ("B", &["C", "D"]),
            ("C", &["A"]),
            ("D", &["E"]),
            ("E", &["D", "F"]),
            ("F", &[]),
            ("G", &["F", "H"]),
            ("H", &["H"]),
        ];
        let schemas: serde_json::Map<_, _> =
            edges.iter().map(|(name, to)| ((*name).to_owned(), json!({ "anyOf": refer(to) }))).collect();
        let operation = |to: &[&str]| json!({"post": {"parameters": refer(to).into_iter().map(|schema| json!({ "schema": schema })).collect::<Vec<_>>()}});
        let contract = json!({"paths": {"/a": operation(&["B"]), "/d": operation(&["E"]), "/g": operation(&["G", "G"])}, "components": {"schemas": schemas}});
        let document = Document::parse("gate.json", &contract.to_string()).unwrap();
        let operations = ["/paths/~1a/post", "/paths/~1d/post", "/paths/~1g/post"].map(str::to_owned);
        let references = References::of(&document);
        let users = references.users(&operations);
        for (name, of) in [("A", &[0][..]), ("C", &[0]), ("D", &[0, 1]), ("E", &[0, 1]), ("F", &[0, 1, 2]), ("G", &[2])]
        {
            let at = pointer::join("/components/schemas", name);
            assert_eq!(*users[at.as_str()], *of, "{name}");
            let towards = references.towards([at.as_str()]);
            let leading: Vec<usize> = (0..3).filter(|index| towards.contains(&operations[*index])).collect();
            assert_eq!(leading, of, "{name}");
        }
        assert!(Rc::ptr_eq(&users["/components/schemas/A"], &users["/components/schemas/C"]));
        let rings: Vec<&str> = references.rings().filter_map(|node| node.rsplit('/').next()).collect();
        assert_eq!(rings, ["A", "B", "C", "D", "E", "H"]);
    }
}

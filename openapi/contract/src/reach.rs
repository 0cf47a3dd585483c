//! Which operations and components lead to which components, by reference.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::document::{Document, reference};
use crate::methods::{self, Method};
use crate::pointer;
use crate::vocabulary::{ADDITIONAL, Node};
use crate::walk::walk;

/// What refers to what. A node is an operation (`/paths/~1a/get`), what a path item has beside them
/// (`/paths/~1a/parameters`), or an entry of `components` (`/components/schemas/A`), by its pointer.
pub struct References {
    to: BTreeMap<String, BTreeSet<String>>,
}

impl References {
    /// What refers to what in a document.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let mut to: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        // The nodes of one owner come one after the other.
        let mut current = (String::new(), BTreeSet::new());
        walk(document.value(), &mut |_, at, value| {
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
                // A mapping may name a schema without its place.
                if target.starts_with('#') { add(target) } else { add(&format!("#/components/schemas/{target}")) }
            }
        });
        to.entry(current.0).or_default().extend(current.1);
        to.remove("");
        // An operation has what its path item has.
        for (path, item) in document.value().get("paths").and_then(Value::as_object).into_iter().flatten() {
            let item_at = pointer::join("/paths", path);
            let shared = pointer::join(&item_at, "parameters");
            if to.contains_key(&shared) {
                for (method, _) in methods::operations(item) {
                    to.entry(method.at(&item_at)).or_default().insert(shared.clone());
                }
            }
        }
        Self { to }
    }

    /// Everything that the nodes lead to, themselves included.
    pub fn from<'n>(&self, nodes: impl IntoIterator<Item = &'n str>) -> BTreeSet<String> {
        closure(nodes, |node| self.to.get(node).into_iter().flatten())
    }

    /// Which of some nodes lead to each node, themselves included, by their places among them.
    #[must_use]
    pub fn users<'a>(&'a self, of: &'a [String]) -> HashMap<&'a str, Vec<usize>> {
        let all = self.to.iter().flat_map(|(node, targets)| [node].into_iter().chain(targets)).chain(of);
        let nodes: Vec<&str> = all.map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
        let place = |node: &String| nodes.binary_search(&node.as_str()).ok();
        let targets = |node: &&str| self.to.get(*node).into_iter().flatten().filter_map(place).collect();
        let mut to: Vec<(Vec<usize>, Vec<usize>)> = nodes.iter().map(|node| (targets(node), Vec::new())).collect();
        for (user, node) in of.iter().enumerate() {
            let mut open: Vec<usize> = place(node).into_iter().collect();
            while let Some((targets, users)) = open.pop().and_then(|node| to.get_mut(node)) {
                if users.last() != Some(&user) {
                    users.push(user);
                    open.extend(targets.iter());
                }
            }
        }
        nodes.into_iter().zip(to).map(|(node, (_, users))| (node, users)).collect()
    }

    /// Everything that leads to the nodes, themselves included.
    pub fn towards<'n>(&self, nodes: impl IntoIterator<Item = &'n str>) -> BTreeSet<String> {
        let mut from: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for (node, targets) in &self.to {
            for target in targets {
                from.entry(target.as_str()).or_default().push(node);
            }
        }
        closure(nodes, |node| from.get(node).into_iter().flatten().copied())
    }
}

/// Which way the values of a schema go: to the server, from it, or both.
pub struct Directions {
    sent: BTreeSet<String>,
    received: BTreeSet<String>,
}

impl Directions {
    /// The directions in a document. Examples, links and callbacks give none.
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

    /// Whether what is at a pointer can be a part of a request.
    #[must_use]
    pub fn is_sent(&self, at: &str) -> bool {
        leads_through(at, &self.sent)
    }

    /// Whether what is at a pointer can be a part of a response.
    #[must_use]
    pub fn is_received(&self, at: &str) -> bool {
        leads_through(at, &self.received)
    }
}

fn leads_through(at: &str, nodes: &BTreeSet<String>) -> bool {
    let ends = at.match_indices('/').map(|(end, _)| end).chain([at.len()]);
    ends.filter_map(|end| at.get(..end)).any(|at| nodes.contains(at))
}

/// Adds the components that a value refers to.
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

fn closure<'n, 'g, I: Iterator<Item = &'g String>>(
    nodes: impl IntoIterator<Item = &'n str>,
    next: impl Fn(&str) -> I,
) -> BTreeSet<String> {
    let mut open: Vec<String> = nodes.into_iter().map(str::to_owned).collect();
    let mut found: BTreeSet<String> = open.iter().cloned().collect();
    while let Some(node) = open.pop() {
        for target in next(&node) {
            if found.insert(target.clone()) {
                open.push(target.clone());
            }
        }
    }
    found
}

/// The node that a pointer leads into: its first three tokens, or four for an operation that its author's own method
/// has.
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

/// Every operation: its pointer, its path, its method and what it is.
pub fn operations(root: &Value) -> impl Iterator<Item = (String, &str, Method<'_>, &Value)> {
    root.get("paths").and_then(Value::as_object).into_iter().flatten().flat_map(|(path, item)| {
        let operations = methods::operations(item).filter(|(_, operation)| operation.is_object());
        operations.map(move |(method, operation)| {
            (method.at(&pointer::join("/paths", path)), path.as_str(), method, operation)
        })
    })
}

/// What an operation is called: its id, or else its method and path.
pub fn name(path: &str, method: Method<'_>, operation: &Value) -> String {
    match operation.get("operationId").and_then(Value::as_str) {
        Some(id) => id.to_owned(),
        None => format!("{} {path}", method.sent()),
    }
}

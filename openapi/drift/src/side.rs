//! The two documents, and the targets of their references.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;
use zerogate_contract::version::release;
use zerogate_contract::vocabulary::{self, Release};
use zerogate_contract::walk::children;
use zerogate_contract::{Document, component, pointer, reference};

use crate::node::Node;
use crate::renames::Renames;
use crate::seen::Seen;
use crate::text::is_doc;
use crate::value::same;

/// The maximum length of a chain of references.
pub(crate) const MAX_REFERENCES: usize = 64;

/// One of the two documents.
pub(crate) struct Side<'d> {
    pub(crate) document: &'d Document,
    /// OpenAPI 3.1 or later: schemas are JSON Schema 2020-12.
    pub(crate) modern: bool,
    /// The places of named schemas (`$anchor`, `$dynamicAnchor`); `None` for a name that occurs several times.
    anchors: OnceCell<HashMap<String, Option<String>>>,
    /// For each component schema with a discriminator, the schemas that include it by `allOf`.
    heirs: OnceCell<BTreeMap<String, BTreeSet<String>>>,
    /// The targets of references, and everything that contains them.
    referred_to: OnceCell<HashSet<String>>,
}

impl<'d> Side<'d> {
    pub(crate) fn new(document: &'d Document) -> Self {
        Side {
            document,
            modern: release(document) != Some(Release::V3_0),
            anchors: OnceCell::new(),
            heirs: OnceCell::new(),
            referred_to: OnceCell::new(),
        }
    }

    pub(crate) fn root(&self) -> Node<'d> {
        Node::new(self.document.value(), "")
    }

    /// The target of a reference; `None` if it cannot be resolved.
    pub(crate) fn target(&self, target: &str) -> Option<Node<'d>> {
        let at = pointer::of_reference(target).or_else(|| {
            let name = target.strip_prefix('#').filter(|_| self.modern)?;
            let anchors = self.anchors.get_or_init(|| anchors(self.root()));
            anchors.get(name)?.as_deref().map(Cow::Borrowed)
        })?;
        Some(Node { value: self.document.value().pointer(&at)?, at: Rc::from(&*at) })
    }

    /// The component schema with a name, if it is an object.
    pub(crate) fn schema(&self, name: &str) -> Option<&'d Value> {
        self.document.value().get("components")?.get("schemas")?.get(name).filter(|schema| schema.is_object())
    }

    /// The component schemas that include one with a discriminator by `allOf`, directly or not.
    pub(crate) fn heirs(&self, name: &str) -> &BTreeSet<String> {
        const NONE: &BTreeSet<String> = &BTreeSet::new();
        self.heirs.get_or_init(|| heirs(&self.section("schemas"))).get(name).unwrap_or(NONE)
    }

    /// The entries of a section of the components.
    pub(crate) fn section(&self, name: &str) -> Vec<(&'d str, Node<'d>)> {
        let section = self.root().get("components").and_then(|components| components.get(name));
        section.as_ref().map(Node::entries).unwrap_or_default()
    }

    /// The definition of a node.
    ///
    /// Returns `None` for a reference that cannot be resolved, or leads into a circle.
    pub(crate) fn definition(&self, node: &Node<'d>) -> Option<Node<'d>> {
        self.resolve(node, &mut Seen::default())
    }

    /// Like [`definition`](Self::definition), and marks bare references on the way as examined.
    pub(crate) fn resolve(&self, node: &Node<'d>, seen: &mut Seen) -> Option<Node<'d>> {
        let mut node = node.clone();
        for _ in 0..MAX_REFERENCES {
            let Some(target) = self.referred(&node) else {
                return Some(node);
            };
            let next = self.target(target)?;
            if node.object().is_some_and(|object| object.len() == 1) {
                seen.whole(&node);
            }
            node = next;
        }
        None
    }

    /// Whether anything refers to a node, or to a part of it.
    pub(crate) fn is_referred_to(&self, node: &Node<'_>) -> bool {
        self.referred_to.get_or_init(|| self.targets()).contains(&*node.at)
    }

    fn targets(&self) -> HashSet<String> {
        let mut found = HashSet::new();
        for target in written(self.document.value()).into_iter().filter_map(|target| self.target(target)) {
            let mut at = &*target.at;
            while !at.is_empty() && found.insert(at.to_owned()) {
                at = at.rsplit_once('/').map_or("", |(above, _)| above);
            }
        }
        found
    }

    /// The target of a node's reference to a schema. If only one schema has the name, a dynamic reference counts too.
    pub(crate) fn referred<'n>(&self, node: &Node<'n>) -> Option<&'n str> {
        let dynamic = || node.text("$dynamicRef").filter(|target| self.modern && self.target(target).is_some());
        reference(node.value).or_else(dynamic)
    }

    /// The target of a node that is only a reference, apart from texts.
    pub(crate) fn bare_reference<'n>(&self, node: &Node<'n>) -> Option<&'n str> {
        let target = self.referred(node)?;
        let is_word = |key: &String| matches!(key.as_str(), "$ref" | "$dynamicRef") || is_doc(key);
        let only_docs = || node.object().is_some_and(|object| object.keys().all(is_word));
        (!self.modern || only_docs()).then_some(target)
    }
}

fn heirs<'d>(schemas: &[(&'d str, Node<'d>)]) -> BTreeMap<String, BTreeSet<String>> {
    let members = |node: &Node<'d>| node.get("allOf").map(|members| members.items()).unwrap_or_default();
    let mut direct: BTreeMap<String, Vec<&'d str>> = BTreeMap::new();
    let mut bases = Vec::new();
    for (name, schema) in schemas {
        let members = members(schema);
        for base in members.iter().filter_map(|member| reference(member.value).and_then(component)) {
            direct.entry(base).or_default().push(*name);
        }
        if members.iter().chain([schema]).any(|node| node.value.get("discriminator").is_some()) {
            bases.push((*name).to_owned());
        }
    }
    let heirs = |base: String| {
        let (mut found, mut open) = (BTreeSet::new(), vec![base.clone()]);
        while let Some(name) = open.pop() {
            let fresh = direct.get(&name).into_iter().flatten().filter(|heir| **heir != base);
            open.extend(fresh.filter(|heir| found.insert(**heir)).map(|heir| (*heir).to_owned()));
        }
        (base, found.into_iter().map(str::to_owned).collect())
    };
    bases.into_iter().map(heirs).collect()
}

fn anchors(root: Node<'_>) -> HashMap<String, Option<String>> {
    let mut found: HashMap<String, Option<String>> = HashMap::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        for name in ["$anchor", "$dynamicAnchor"].into_iter().filter_map(|key| node.text(key)) {
            let here = node.place();
            let known = found.entry(name.to_owned()).or_insert_with(|| here.clone());
            if *known != here {
                *known = None;
            }
        }
        open.extend(node.items());
        open.extend(node.entries().into_iter().map(|(_, inner)| inner));
    }
    found
}

/// The two documents, and their corresponding components.
pub(crate) struct Sides<'d> {
    pub(crate) old: Side<'d>,
    pub(crate) new: Side<'d>,
    pub(crate) renames: Renames,
    /// Whether the new document belongs to a server that must implement the old one.
    pub(crate) provider: bool,
    /// The targets of references whose text differs, or that of schemas that they refer to.
    changed: OnceCell<HashSet<String>>,
}

impl<'d> Sides<'d> {
    pub(crate) fn new(old: &'d Document, new: &'d Document, renames: Renames) -> Self {
        let (old, new) = (Side::new(old), Side::new(new));
        Sides { old, new, renames, provider: false, changed: OnceCell::new() }
    }

    /// Whether the text of a schema differs, or that of schemas that it refers to, or the version, which says what the
    /// text means.
    pub(crate) fn differ(&self, old: &Node<'_>, new: &Node<'_>) -> bool {
        let changed = || self.changed.get_or_init(|| self.changed());
        let is_alike = self.old.modern == self.new.modern && same(old.value, new.value);
        !is_alike || references(old.value).iter().any(|target| changed().contains(*target))
    }

    fn changed(&self) -> HashSet<String> {
        let targets: HashSet<&str> = written(self.old.document.value()).into_iter().collect();
        // What refers to each target.
        let mut from: HashMap<&str, Vec<&str>> = HashMap::new();
        let (mut changed, mut next) = (HashSet::new(), Vec::new());
        for target in targets {
            let (old, new) = (self.old.target(target), self.new.target(target));
            if !old.as_ref().zip(new).is_some_and(|(old, new)| same(old.value, new.value)) {
                changed.insert(target);
                next.push(target);
            }
            let further = old.map(|old| references(old.value)).unwrap_or_default();
            further.into_iter().for_each(|further| from.entry(further).or_default().push(target));
        }
        while let Some(target) = next.pop() {
            next.extend(from.get(target).into_iter().flatten().filter(|target| changed.insert(target)));
        }
        changed.into_iter().map(str::to_owned).collect()
    }
}

/// The targets of everything that looks like a reference.
fn written(root: &Value) -> Vec<&str> {
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(value) = open.pop() {
        found.extend(references_in(value));
        match value {
            Value::Object(entries) => open.extend(entries.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// The targets of all references in a schema. Data in it may look like references, but has none.
fn references(schema: &Value) -> Vec<&str> {
    let mut found: Vec<&str> = references_in(schema).collect();
    if let Some(object) = schema.as_object() {
        children(vocabulary::Node::Schema, object, &mut |_, _, inner| found.extend(references(inner)));
    }
    found
}

/// The targets of the references of a schema itself.
fn references_in(schema: &Value) -> impl Iterator<Item = &str> {
    ["$ref", "$dynamicRef"].into_iter().filter_map(|word| schema.get(word)?.as_str())
}

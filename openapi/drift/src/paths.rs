//! Compares paths: which operations there are, and which of the one contract is which of the other.

use std::collections::{BTreeSet, HashMap};

use zerogate_contract::METHODS;

use super::change::{Source, Wire};
use super::engine::Engine;
use super::found::Found;
use super::operation::{Operation, template};
use super::side::{Node, Side};
use super::value::quote_text;

/// Whether two operations are counterparts.
type Test<'t, 'd> = &'t dyn Fn(&Operation<'d>, &Operation<'d>) -> bool;

fn operations<'d>(side: &Side<'d>) -> Vec<Operation<'d>> {
    let mut found = Vec::new();
    for (path, site) in side.root().get("paths").iter().flat_map(Node::entries) {
        if path.starts_with("x-") {
            continue;
        }
        let Some(item) = side.resolve(&site) else {
            continue;
        };
        for method in METHODS {
            if let Some(node) = item.get(method)
                && node.object().is_some()
            {
                found.push(Operation { path, method, item: item.clone(), node });
            }
        }
    }
    found
}

impl<'d> Engine<'d> {
    /// Compares all paths. Gives back each operation of the two documents that has a counterpart.
    pub(super) fn paths(&mut self) -> Vec<(Operation<'d>, Operation<'d>)> {
        let (before, after) = (operations(&self.old), operations(&self.new));
        let lost = self.lost_path_items(&before, &after);
        let known = |operation: &Operation<'d>| !lost.contains(operation.path);
        let (before, after): (Vec<_>, Vec<_>) =
            (before.into_iter().filter(known).collect(), after.into_iter().filter(known).collect());
        let mut free: Vec<Option<Operation<'d>>> = after.into_iter().map(Some).collect();
        let mut pairs = Vec::new();
        let mut alone = before;
        let same_path = |old: &Operation<'d>, new: &Operation<'d>| old.method == new.method && old.path == new.path;
        let same_shape = |old: &Operation<'d>, new: &Operation<'d>| {
            old.method == new.method && template(old.path).0 == template(new.path).0
        };
        let same_id = |old: &Operation<'d>, new: &Operation<'d>| old.id().is_some() && old.id() == new.id();
        let tests: [Test<'_, 'd>; 3] = [&same_path, &same_shape, &same_id];
        for (round, test) in tests.into_iter().enumerate() {
            let index = index(&free, round);
            let mut left = Vec::new();
            for old in alone {
                let places = index.get(&key(&old, round)).cloned().unwrap_or_default();
                let fits = |place: &usize| free.get(*place).and_then(Option::as_ref).is_some_and(|new| test(&old, new));
                match places.into_iter().find(fits).and_then(|place| free.get_mut(place)).and_then(Option::take) {
                    Some(new) => pairs.push((old, new)),
                    None => left.push(old),
                }
            }
            alone = left;
        }
        self.path_items(&pairs);
        self.operations_removed(&alone, &pairs);
        for new in free.into_iter().flatten() {
            self.operation_added(&new);
        }
        for (old, new) in &pairs {
            self.operation(old, new);
        }
        pairs
    }

    /// Paths whose item is a reference that leads nowhere, or to another file, on one side only.
    fn lost_path_items(&mut self, before: &[Operation<'d>], after: &[Operation<'d>]) -> BTreeSet<&'d str> {
        let mut lost = BTreeSet::new();
        let (Some(old), Some(new)) = (self.old.root().get("paths"), self.new.root().get("paths")) else {
            return lost;
        };
        for (path, was) in old.entries() {
            let Some(is) = new.get(path) else {
                continue;
            };
            if self.old.resolve(&was).is_some() == self.new.resolve(&is).is_some() {
                continue;
            }
            let operations = before.iter().chain(after).filter(|operation| operation.path == path);
            let reach = operations.flat_map(Operation::reach).collect();
            self.old.account(was.value);
            self.new.account(is.value);
            let found = Engine::cannot_judge(Some(was.at.to_string()), Some(is.at.to_string()), "").always();
            let what = "refers to what is not in the contract, so that its operations are not known";
            self.report(found.says(format!("the path {}", quote_text(path)), what).reaches(reach));
            lost.insert(path);
        }
        lost
    }

    /// The path items themselves, whichever operations they have.
    fn path_items(&mut self, pairs: &[(Operation<'d>, Operation<'d>)]) {
        let known: Vec<&str> = METHODS.into_iter().chain(["parameters", "servers"]).collect();
        let mut done = BTreeSet::new();
        for (old, new) in pairs {
            if done.insert((old.item.address(), new.item.address())) {
                self.others(&old.item, &new.item, &known, &[]);
            }
        }
        let (Some(before), Some(after)) = (self.old.root().get("paths"), self.new.root().get("paths")) else {
            return;
        };
        if before.object().is_none() || after.object().is_none() {
            return;
        }
        self.old.judge(before.value);
        self.new.judge(after.value);
        let extensions = before.entries().into_iter().chain(after.entries()).map(|(path, _)| path);
        for key in extensions.filter(|key| key.starts_with("x-")).collect::<BTreeSet<_>>() {
            let (was, is) = (before.get(key), after.get(key));
            if !Engine::alike(was.as_ref(), is.as_ref()) {
                let at = |node: Option<Node<'d>>| node.map(|node| node.at.to_string());
                self.report(super::docs::changed(key, at(was), at(is)));
            }
        }
        self.empty_paths(&before, &after);
    }

    /// Path items without operations: nobody calls them, and yet they came, went or changed.
    fn empty_paths(&mut self, before: &Node<'d>, after: &Node<'d>) {
        let used = |side: &Side<'d>, site: &Node<'d>| {
            let item = side.resolve(site);
            item.is_none_or(|item| {
                item.object().is_none_or(|item| METHODS.iter().any(|method| item.contains_key(*method)))
            })
        };
        for (path, site) in before.entries() {
            if path.starts_with("x-") || used(&self.old, &site) {
                continue;
            }
            match after.get(path) {
                None => {
                    self.old.account(site.value);
                    let found = Found::fixed("path-removed", Some(site.at.to_string()), None);
                    self.report(found.says(format!("the path {}", quote_text(path)), "was removed"));
                }
                Some(other) => {
                    if let (Some(old), Some(new)) = (self.old.resolve(&site), self.new.resolve(&other)) {
                        let known: Vec<&str> = METHODS.into_iter().chain(["parameters", "servers"]).collect();
                        self.others(&old, &new, &known, &[]);
                    }
                }
            }
        }
        for (path, site) in after.entries() {
            if !path.starts_with("x-") && before.get(path).is_none() && !used(&self.new, &site) {
                self.new.account(site.value);
                let found = Found::fixed("path-added", None, Some(site.at.to_string()));
                self.report(found.says(format!("the path {}", quote_text(path)), "was added"));
            }
        }
    }

    /// Operations that are gone: a path that is gone with all of its operations is told as such.
    fn operations_removed(&mut self, gone: &[Operation<'d>], pairs: &[(Operation<'d>, Operation<'d>)]) {
        let paths: BTreeSet<&str> =
            self.new.root().get("paths").iter().flat_map(Node::entries).map(|(path, _)| path).collect();
        let moved: BTreeSet<&str> = pairs.iter().map(|(old, _)| old.path).collect();
        let mut by_path: std::collections::BTreeMap<&str, Vec<&Operation<'d>>> = std::collections::BTreeMap::new();
        for operation in gone {
            by_path.entry(operation.path).or_default().push(operation);
        }
        for (path, operations) in by_path {
            if paths.contains(path) || moved.contains(path) {
                operations.into_iter().for_each(|operation| self.operation_removed(operation));
            } else {
                self.path_removed(path, &operations);
            }
        }
    }

    fn path_removed(&mut self, path: &str, operations: &[&Operation<'d>]) {
        let mut reach = Vec::new();
        let mut names = Vec::new();
        for operation in operations {
            self.old.judge(operation.item.value);
            self.old.account(operation.node.value);
            reach.extend(operation.reach());
            names.push(operation.name());
        }
        if let Some(site) = self.old.root().get("paths").and_then(|paths| paths.get(path)) {
            self.old.account(site.value);
        }
        let id = if operations.iter().all(|operation| operation.node.flag("deprecated")) {
            "api-path-removed-with-deprecation"
        } else {
            "api-path-removed-without-deprecation"
        };
        let names = super::value::quote_list(names.iter().map(String::as_str));
        let found = Found::fixed(id, Some(zerogate_contract::pointer::join("/paths", path)), None)
            .wire(Wire::Breaking)
            .source(Source::Breaking)
            .says(format!("the path {}", quote_text(path)), format!("was removed, and with it {names}"));
        self.report(found.reaches(reach));
    }

    fn operation_removed(&mut self, old: &Operation<'d>) {
        self.old.judge(old.item.value);
        self.old.account(old.node.value);
        let id = if old.node.flag("deprecated") {
            "api-removed-with-deprecation"
        } else {
            "api-removed-without-deprecation"
        };
        let found = Found::fixed(id, Some(old.node.at.to_string()), None)
            .wire(Wire::Breaking)
            .source(Source::Breaking)
            .says(format!("the operation {} ({})", quote_text(&old.name()), old.place()), "was removed");
        self.report(found.reaches(old.reach()));
    }

    fn operation_added(&mut self, new: &Operation<'d>) {
        self.new.judge(new.item.value);
        self.new.account(new.node.value);
        let found = Found::fixed("endpoint-added", None, Some(new.node.at.to_string()))
            .wire(Wire::Compatible)
            .source(Source::Compatible)
            .says(format!("the operation {} ({})", quote_text(&new.name()), new.place()), "was added");
        self.report(found.reaches(new.reach()));
    }
}

fn key(operation: &Operation<'_>, round: usize) -> String {
    match round {
        0 => operation.place(),
        1 => format!("{} {}", operation.method, template(operation.path).0),
        _ => operation.id().unwrap_or_default().to_owned(),
    }
}

fn index(free: &[Option<Operation<'_>>], round: usize) -> HashMap<String, Vec<usize>> {
    let mut index: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, operation) in free.iter().enumerate() {
        if let Some(operation) = operation {
            index.entry(key(operation, round)).or_default().push(place);
        }
    }
    index
}

//! Compares paths: finds the operations, and matches those of both contracts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use zerogate_contract::methods;
use zerogate_contract::pointer;
use zerogate_contract::vocabulary::{self, Field, Holds};

use crate::change::{Reach, Source};
use crate::found::{Findings, Found};
use crate::kind::kind;
use crate::node::Node;
use crate::operation::{self, Operation, template};
use crate::seen::Seen;
use crate::side::{Side, Sides};
use crate::text::{changed, is_extension, others};
use crate::value::{alike, quote_list, quote_text};

/// Two operations that correspond.
pub(crate) type Pair<'d> = (Operation<'d>, Operation<'d>);

/// Compares all paths. Also returns the pairs of corresponding operations.
pub(crate) fn judge<'d>(sides: &Sides<'d>) -> (Findings<'d>, Vec<Pair<'d>>) {
    let mut out = Findings::default();
    let mut before = operations(&sides.old, &mut out.seen);
    let mut after = operations(&sides.new, &mut out.seen);
    let (findings, lost) = lost_path_items(sides, &before, &after);
    out.add(findings);
    before.retain(|operation| !lost.contains(operation.path));
    after.retain(|operation| !lost.contains(operation.path));
    let (pairs, gone, fresh) = matched(sides, before, after, keys(sides));
    out.found.extend(operation::ids(&pairs, &fresh));
    out.add(path_items(sides, &pairs));
    out.add(operations_removed(sides, &gone, &pairs));
    let shared: BTreeSet<usize> = pairs.iter().map(|(_, new)| new.item.address()).collect();
    for new in &fresh {
        out.seen.keys(&new.item);
        out.seen.whole(&new.node);
        // What a path describes for its operations breaks nobody if all of them are new.
        if !shared.contains(&new.item.address()) {
            out.seen.whole(&new.item);
        }
        out.report(operation_added(new));
    }
    (out, pairs)
}

fn paths<'d>(side: &Side<'d>) -> Option<Node<'d>> {
    side.root().get("paths")
}

fn operations<'d>(side: &Side<'d>, seen: &mut Seen) -> Vec<Operation<'d>> {
    let mut found = Vec::new();
    for (path, site) in paths(side).iter().flat_map(Node::entries).filter(|(path, _)| !is_extension(path)) {
        let Some(item) = side.resolve(&site, seen) else {
            continue;
        };
        for (method, operation) in methods::operations(item.value).filter(|(_, operation)| operation.is_object()) {
            let node = Node::new(operation, &method.at(&item.at));
            found.push(Operation { path, method, item: item.clone(), node });
        }
    }
    found
}

/// The keys that identify an operation: for a server its URL, else its path, its path without parameter names, its id.
fn keys(sides: &Sides<'_>) -> &'static [fn(&Side<'_>, &Operation<'_>) -> Option<String>] {
    const KEYS: [fn(&Side<'_>, &Operation<'_>) -> Option<String>; 4] = [
        |side, operation| Some(format!("{} {}", operation.method.sent(), operation.served_at(side).first()?)),
        |_, operation| Some(operation.place()),
        |_, operation| Some(format!("{} {}", operation.method.sent(), template(operation.path).0)),
        |_, operation| operation.id().map(str::to_owned),
    ];
    if sides.provider { &KEYS } else { &KEYS[1..] }
}

/// A key that identifies an item on one side.
pub(crate) type KeyOf<T> = fn(&Side<'_>, &T) -> Option<String>;

/// Matches items: returns the pairs, the removed and the added ones.
pub(crate) fn matched<T>(
    sides: &Sides<'_>,
    old: Vec<T>,
    new: Vec<T>,
    keys: &[KeyOf<T>],
) -> (Vec<(T, T)>, Vec<T>, Vec<T>) {
    let (mut pairs, mut alone) = (Vec::new(), old);
    let mut free: Vec<Option<T>> = new.into_iter().map(Some).collect();
    for key in keys {
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, operation) in free.iter().enumerate().rev() {
            if let Some(key) = operation.as_ref().and_then(|operation| key(&sides.new, operation)) {
                places.entry(key).or_default().push(place);
            }
        }
        let mut left = Vec::new();
        for old in alone {
            let place = key(&sides.old, &old).and_then(|key| places.get_mut(&key)?.pop());
            match place.and_then(|place| free.get_mut(place)).and_then(Option::take) {
                Some(new) => pairs.push((old, new)),
                None => left.push(old),
            }
        }
        alone = left;
    }
    (pairs, alone, free.into_iter().flatten().collect())
}

/// Paths whose item is an unresolved reference on one side only.
fn lost_path_items<'d>(
    sides: &Sides<'d>,
    before: &[Operation<'d>],
    after: &[Operation<'d>],
) -> (Findings<'d>, BTreeSet<&'d str>) {
    let (mut out, mut lost) = (Findings::default(), BTreeSet::new());
    let (Some(old), Some(new)) = (paths(&sides.old), paths(&sides.new)) else {
        return (out, lost);
    };
    for (path, was) in old.entries() {
        let Some(is) = new.get(path) else {
            continue;
        };
        if sides.old.definition(&was).is_some() == sides.new.definition(&is).is_some() {
            continue;
        }
        let operations = before.iter().chain(after).filter(|operation| operation.path == path);
        let reach: Vec<Reach> = operations.map(Operation::reach).collect();
        out.seen.whole(&was);
        out.seen.whole(&is);
        let found = Found::cannot_judge(was.place(), is.place(), "").always();
        let what = "has a reference that cannot be resolved, so its operations are unknown";
        out.report(found.says(topic(path), what).reaches(&reach));
        lost.insert(path);
    }
    (out, lost)
}

fn topic(path: &str) -> String {
    format!("the path {}", quote_text(path))
}

/// Compares two path items, apart from their operations.
pub(crate) fn path_item<'d>(old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    // Operations, parameters and servers have judges of their own.
    let is_judged = |field: &&Field| !matches!(field.holds, Holds::Text | Holds::Reference);
    let known: Vec<&str> =
        vocabulary::Node::PathItem.object().fields.iter().filter(is_judged).map(|field| field.name).collect();
    others(old, new, &known, &[])
}

fn path_items<'d>(sides: &Sides<'d>, pairs: &[Pair<'d>]) -> Findings<'d> {
    let mut out = Findings::default();
    let mut done = BTreeSet::new();
    for (old, new) in pairs {
        if done.insert((old.item.address(), new.item.address())) {
            out.add(path_item(&old.item, &new.item));
        }
    }
    let (Some(before), Some(after)) = (paths(&sides.old), paths(&sides.new)) else {
        return out;
    };
    if before.object().is_none() || after.object().is_none() {
        return out;
    }
    out.seen.keys(&before);
    out.seen.keys(&after);
    let keys = before.entries().into_iter().chain(after.entries()).map(|(path, _)| path);
    for key in keys.filter(|key| is_extension(key)).collect::<BTreeSet<_>>() {
        if !alike(before.value.get(key), after.value.get(key)) {
            out.report(changed(key, before.place_of(key), after.place_of(key)));
        }
    }
    out.add(empty_paths(sides, &before, &after));
    out
}

/// Compares path items without operations: nobody uses them, but changes are still reported. What is left of an item
/// that lost its operations, or was there before them, is not.
fn empty_paths<'d>(sides: &Sides<'d>, before: &Node<'d>, after: &Node<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    let is_empty = |side: &Side<'d>, path: &str, site: &Node<'d>| {
        let item = side.definition(site).filter(|item| item.object().is_some());
        !is_extension(path) && item.is_some_and(|item| methods::operations(item.value).next().is_none())
    };
    for (path, site) in before.entries().into_iter().filter(|(path, site)| is_empty(&sides.old, path, site)) {
        match after.get(path) {
            None => {
                out.seen.whole(&site);
                let found = Found::new(kind!("path-removed"), site.place(), None, "");
                out.report(found.says(topic(path), "was removed"));
            }
            Some(other) => {
                if !is_empty(&sides.new, path, &other) {
                    out.seen.whole(&site);
                } else if let (Some(old), Some(new)) = (sides.old.definition(&site), sides.new.definition(&other)) {
                    out.add(path_item(&old, &new));
                }
            }
        }
    }
    for (path, site) in after.entries().into_iter().filter(|(path, site)| is_empty(&sides.new, path, site)) {
        let Some(other) = before.get(path) else {
            out.seen.whole(&site);
            let found = Found::new(kind!("path-added"), None, site.place(), "");
            out.report(found.says(topic(path), "was added"));
            continue;
        };
        if !is_empty(&sides.old, path, &other) {
            out.seen.whole(&site);
        }
    }
    out
}

/// Reports removed operations; a path that lost all of its operations is reported as a whole.
fn operations_removed<'d>(sides: &Sides<'d>, gone: &[Operation<'d>], pairs: &[Pair<'d>]) -> Findings<'d> {
    let kept = paths(&sides.new);
    let is_kept = |path: &str| kept.as_ref().is_some_and(|paths| paths.value.get(path).is_some());
    let shared: BTreeSet<usize> = pairs.iter().map(|(old, _)| old.item.address()).collect();
    let moved: BTreeSet<&str> = pairs.iter().map(|(old, _)| old.path).collect();
    let mut by_path: BTreeMap<&str, Vec<&Operation<'d>>> = BTreeMap::new();
    for operation in gone {
        by_path.entry(operation.path).or_default().push(operation);
    }
    let mut out = Findings::default();
    for (path, operations) in by_path {
        for operation in &operations {
            out.seen.keys(&operation.item);
            out.seen.whole(&operation.node);
            if !shared.contains(&operation.item.address()) {
                out.seen.whole(&operation.item);
            }
        }
        if is_kept(path) || moved.contains(path) {
            out.found.extend(operations.into_iter().map(operation_removed));
        } else {
            if let Some(site) = paths(&sides.old).and_then(|paths| paths.get(path)) {
                out.seen.whole(&site);
            }
            out.report(path_removed(path, &operations));
        }
    }
    out
}

fn path_removed(path: &str, operations: &[&Operation<'_>]) -> Found {
    let kind = kind!("api-path-removed-without-deprecation");
    let names: Vec<String> = operations.iter().map(|operation| operation.name()).collect();
    let reach: Vec<Reach> = operations.iter().map(|operation| operation.reach()).collect();
    let what = format!("was removed, and with it {}", quote_list(names.iter().map(String::as_str)));
    let found = Found::new(kind, Some(pointer::join("/paths", path)), None, "").source(Source::Breaking);
    found.says(topic(path), what).gone().reaches(&reach)
}

fn operation_removed(old: &Operation<'_>) -> Found {
    let kind = kind!("api-removed-without-deprecation");
    let found = Found::new(kind, old.node.place(), None, "").source(Source::Breaking);
    found.says(format!("{} ({})", old.topic(), old.place()), "was removed").gone().reaches(&[old.reach()])
}

fn operation_added(new: &Operation<'_>) -> Found {
    let found = Found::new(kind!("endpoint-added"), None, new.node.place(), "").source(Source::Compatible);
    found.says(format!("{} ({})", new.topic(), new.place()), "was added").came().reaches(&[new.reach()])
}

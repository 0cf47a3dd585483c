//! Compares the servers that operations are reached at.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::change::{Reach, Wire};
use crate::found::{Findings, Found};
use crate::kind::{Kind, kind};
use crate::node::{Node, place};
use crate::operation::Operation;
use crate::paths::Pair;
use crate::side::{Side, Sides};
use crate::text::others;
use crate::value::{quote_text, same};

/// Compares the servers in effect of every operation that both documents have.
pub(crate) fn judge<'d>(sides: &Sides<'d>, pairs: &[Pair<'d>]) -> Findings<'d> {
    let mut lists: BTreeMap<(String, String), (Node<'d>, Node<'d>, Vec<Reach>)> = BTreeMap::new();
    let mut add = |old: Node<'d>, new: Node<'d>, reach: Option<Reach>| {
        let key = (old.at.to_string(), new.at.to_string());
        lists.entry(key).or_insert_with(|| (old, new, Vec::new())).2.extend(reach);
    };
    add(listed(&sides.old.root()), listed(&sides.new.root()), None);
    for (old, new) in pairs {
        add(effective(&sides.old, old), effective(&sides.new, new), Some(old.reach()));
    }
    let mut out = Findings::default();
    for (old, new, reach) in lists.into_values() {
        out.add(server_lists(&old, &new, &reach));
    }
    out
}

/// Texts are compared where two servers stand at one place: a list that moves brings texts of its own.
fn server_lists<'d>(old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) -> Findings<'d> {
    let mut out = Findings::default();
    let (Some(before), Some(after)) = (urls(old), urls(new)) else {
        return out;
    };
    out.seen.keys(old);
    out.seen.keys(new);
    let find = |list: &[(&str, Option<Node<'d>>)], url: &str| list.iter().position(|(other, _)| *other == url);
    let gone: Vec<_> = before.iter().filter(|(url, _)| find(&after, url).is_none()).collect();
    let fresh: Vec<_> = after.iter().filter(|(url, _)| find(&before, url).is_none()).collect();
    let at = |server: &Option<Node<'d>>, list: &Node<'d>| server.as_ref().unwrap_or(list).place();
    let found = |kind, old, new, url: &str, what: &str| {
        let found = Found::new(kind, old, new, "").always();
        found.says(format!("the server {}", quote_text(url)), what).reaches(reach)
    };
    if let ([(from, was)], [(to, is)]) = (gone.as_slice(), fresh.as_slice()) {
        let what = format!("changed its URL to {}", quote_text(to));
        out.report(found(kind!("server-changed"), at(was, old), at(is, new), from, &what));
        if let (Some(was), Some(is)) = (was, is) {
            out.add(others(was, is, &KNOWN, reach));
            out.add(server(was, is, reach));
        }
    } else {
        for (url, server) in gone {
            out.report(found(kind!("server-removed"), at(server, old), None, url, "was removed"));
            server.iter().for_each(|server| out.seen.whole(server));
        }
        for (url, server) in fresh {
            out.report(found(kind!("server-added"), None, at(server, new), url, "was added"));
            server.iter().for_each(|server| out.seen.whole(server));
        }
    }
    let mut order = Vec::new();
    for (url, server) in &before {
        let Some(place) = find(&after, url) else {
            continue;
        };
        order.push(place);
        if let (Some(was), Some((_, Some(is)))) = (server, after.get(place)) {
            if old.at == new.at {
                out.add(others(was, is, &KNOWN, reach));
            }
            out.add(self::server(was, is, reach));
        }
    }
    if !order.is_sorted() || before.len() != after.len() && order.len() == before.len().max(after.len()) {
        let found = Found::new(kind!("server-order-changed"), old.place(), new.place(), "");
        out.report(found.says("", "the servers stand in another order").reaches(reach));
    }
    out
}

/// What is judged of a server.
const KNOWN: [&str; 2] = ["url", "variables"];

/// Compares the variables of a server's URL.
fn server<'d>(old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) -> Findings<'d> {
    let mut out = Findings::default();
    out.seen.keys(old);
    out.seen.keys(new);
    let variables = |node: &Node<'d>| -> BTreeMap<&'d str, Node<'d>> {
        node.get("variables").iter().flat_map(Node::entries).collect()
    };
    let (before, after) = (variables(old), variables(new));
    let changed = kind!("server-variable-changed");
    for (name, was) in &before {
        match after.get(name) {
            Some(is) => out.add(variable(name, was, is, reach)),
            None => {
                out.seen.whole(was);
                out.report(variable_changed(changed, name, Some(was), None, "was removed").reaches(reach));
            }
        }
    }
    for (name, is) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        out.seen.whole(is);
        out.report(variable_changed(changed, name, None, Some(is), "was added").reaches(reach));
    }
    out
}

fn variable<'d>(name: &str, old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) -> Findings<'d> {
    let mut out = others(old, new, &["enum", "default"], reach);
    let values = |node: &Node<'d>| node.value.get("enum").and_then(Value::as_array);
    let (before, after) = (values(old), values(new));
    let lacks = |list: &[Value], value: &Value| !list.iter().any(|other| same(other, value));
    let changed = kind!("server-variable-changed");
    let of = |kind, what| variable_changed(kind, name, Some(old), Some(new), what).reaches(reach);
    let written = |node: &Node<'d>, key: &str| -> &'d Value { node.value.get(key).unwrap_or(&Value::Null) };
    out.found.extend(match (before, after) {
        (None, Some(_)) => Some(of(changed, "is restricted to a list of values")),
        (Some(_), None) => Some(of(changed, "takes any value").wire(Wire::Compatible)),
        (Some(before), Some(after)) if before.iter().any(|value| lacks(after, value)) => {
            Some(of(kind!("server-variable-enum-value-removed"), "lost a value"))
        }
        (Some(before), Some(after)) if after.iter().any(|value| lacks(before, value)) => {
            Some(of(kind!("server-variable-enum-value-added"), "gained a value"))
        }
        (None, None) if !same(written(old, "enum"), written(new, "enum")) => {
            Some(of(changed, "lists its values in an odd way").wire(Wire::Risky))
        }
        _ => None,
    });
    let (was, is) = (written(old, "default"), written(new, "default"));
    if !same(was, is) {
        let at = |node: &Node<'d>| node.get("default").unwrap_or(node.clone());
        let (old, new) = (at(old), at(new));
        let changed = kind!("server-variable-default-changed");
        let found = variable_changed(changed, name, Some(&old), Some(&new), "has another default").reaches(reach);
        // Only where values are listed is it known that the old default still is one.
        let gone = after.is_none_or(|after| lacks(after, was));
        out.report(if gone { found } else { found.wire(Wire::Risky) });
    }
    out
}

fn variable_changed(
    kind: &'static Kind,
    name: &str,
    old: Option<&Node<'_>>,
    new: Option<&Node<'_>>,
    what: &str,
) -> Found {
    let found = Found::new(kind, place(old), place(new), "").always();
    found.says(format!("the server variable {}", quote_text(name)), what)
}

/// The servers of an operation: its own, its path's, or the contract's.
fn effective<'d>(side: &Side<'d>, operation: &Operation<'d>) -> Node<'d> {
    let own = |node: &Node<'d>| node.get("servers").filter(|servers| !servers.items().is_empty());
    own(&operation.node).or_else(|| own(&operation.item)).unwrap_or_else(|| listed(&side.root()))
}

/// The list of a node, or an empty one where it would stand.
fn listed<'d>(root: &Node<'d>) -> Node<'d> {
    root.get("servers").unwrap_or_else(|| Node::new(&Value::Null, "/servers"))
}

/// The URLs of a list. Without any, requests go to where the contract came from.
fn urls<'d>(list: &Node<'d>) -> Option<Vec<(&'d str, Option<Node<'d>>)>> {
    if list.value.is_null() || list.value.as_array().is_some_and(Vec::is_empty) {
        return Some(vec![("/", None)]);
    }
    list.value.as_array()?;
    list.items().into_iter().map(|server| Some((server.text("url")?, Some(server)))).collect()
}

//! Compares the servers that operations are reached at.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::{Reach, Wire};
use super::engine::Engine;
use super::found::Found;
use super::operation::{Operation, whole};
use super::side::{Node, Side};
use super::value::{quote_text, same};

impl<'d> Engine<'d> {
    /// Compares the servers in effect of every operation that both documents have.
    pub(super) fn servers(&mut self, pairs: &[(Operation<'d>, Operation<'d>)]) {
        let mut lists: BTreeMap<(String, String), (Node<'d>, Node<'d>, Vec<Reach>)> = BTreeMap::new();
        let mut add = |old: Node<'d>, new: Node<'d>, reach: Vec<Reach>| {
            let key = (old.at.to_string(), new.at.to_string());
            lists.entry(key).or_insert_with(|| (old, new, Vec::new())).2.extend(reach);
        };
        add(listed(&self.old.root()), listed(&self.new.root()), Vec::new());
        for (old, new) in pairs {
            add(effective(&self.old, old), effective(&self.new, new), whole(&old.name()));
        }
        for (old, new, reach) in lists.into_values() {
            self.server_lists(&old, &new, &reach);
        }
    }

    /// Texts are compared where two servers stand at one place: a list that moves brings texts of its own.
    fn server_lists(&mut self, old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) {
        let (Some(before), Some(after)) = (urls(old), urls(new)) else {
            return;
        };
        self.old.judge(old.value);
        self.new.judge(new.value);
        let find = |list: &[(String, Option<Node<'d>>)], url: &str| list.iter().position(|(other, _)| other == url);
        let gone: Vec<_> = before.iter().filter(|(url, _)| find(&after, url).is_none()).collect();
        let fresh: Vec<_> = after.iter().filter(|(url, _)| find(&before, url).is_none()).collect();
        let at = |server: &Option<Node<'d>>, list: &Node<'d>| {
            Some(server.as_ref().map_or_else(|| list.at.to_string(), |server| server.at.to_string()))
        };
        if let ([(from, was)], [(to, is)]) = (gone.as_slice(), fresh.as_slice()) {
            let what = format!("changed its URL to {}", quote_text(to));
            let found = Found::fixed("server-changed", at(was, old), at(is, new)).wire(Wire::Breaking).always();
            self.report(found.says(format!("the server {}", quote_text(from)), what).reaches(reach.to_vec()));
            if let (Some(was), Some(is)) = (was, is) {
                self.others(was, is, &["url", "variables"], reach);
                self.server(was, is, reach);
            }
        } else {
            for (url, server) in gone {
                let found = Found::fixed("server-removed", at(server, old), None).wire(Wire::Breaking).always();
                self.report(
                    found.says(format!("the server {}", quote_text(url)), "was removed").reaches(reach.to_vec()),
                );
                server.iter().for_each(|server| self.old.account(server.value));
            }
            for (url, server) in fresh {
                let found = Found::fixed("server-added", None, at(server, new)).wire(Wire::Compatible).always();
                self.report(found.says(format!("the server {}", quote_text(url)), "was added").reaches(reach.to_vec()));
                server.iter().for_each(|server| self.new.account(server.value));
            }
        }
        let mut order = Vec::new();
        let moved = old.at != new.at;
        for (url, server) in &before {
            let Some(place) = find(&after, url) else {
                continue;
            };
            order.push(place);
            if let (Some(was), Some((_, Some(is)))) = (server, after.get(place)) {
                if !moved {
                    self.others(was, is, &["url", "variables"], reach);
                }
                self.server(was, is, reach);
            }
        }
        if !order.is_sorted() || before.len() != after.len() && order.len() == before.len().max(after.len()) {
            let found = Found::fixed("server-order-changed", Some(old.at.to_string()), Some(new.at.to_string())).doc();
            self.report(found.says("", "the servers stand in another order").reaches(reach.to_vec()));
        }
    }

    fn server(&mut self, old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) {
        self.old.judge(old.value);
        self.new.judge(new.value);
        let variables = |node: &Node<'d>| -> BTreeMap<&'d str, Node<'d>> {
            node.get("variables").iter().flat_map(Node::entries).collect()
        };
        let (before, after) = (variables(old), variables(new));
        for (name, was) in &before {
            match after.get(name) {
                Some(is) => self.variable(name, was, is, reach),
                None => {
                    self.old.account(was.value);
                    let sides = (Some(was), None);
                    self.variable_changed("server-variable-changed", name, sides, Wire::Breaking, "was removed", reach);
                }
            }
        }
        for (name, is) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            self.new.account(is.value);
            let sides = (None, Some(is));
            self.variable_changed("server-variable-changed", name, sides, Wire::Breaking, "was added", reach);
        }
    }

    fn variable(&mut self, name: &str, old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) {
        self.others(old, new, &["enum", "default"], reach);
        let values = |node: &Node<'d>| node.value.get("enum").and_then(Value::as_array);
        let (before, after) = (values(old), values(new));
        let lacks = |list: &Vec<Value>, value: &Value| !list.iter().any(|other| same(other, value));
        let verdict = match (before, after) {
            (None, None) => None,
            (None, Some(_)) => Some(("server-variable-changed", Wire::Breaking, "is restricted to a list of values")),
            (Some(_), None) => Some(("server-variable-changed", Wire::Compatible, "takes any value")),
            (Some(before), Some(after)) => {
                if before.iter().any(|value| lacks(after, value)) {
                    Some(("server-variable-enum-value-removed", Wire::Breaking, "lost a value"))
                } else if after.iter().any(|value| lacks(before, value)) {
                    Some(("server-variable-enum-value-added", Wire::Compatible, "gained a value"))
                } else {
                    None
                }
            }
        };
        if let Some((id, wire, what)) = verdict {
            self.variable_changed(id, name, (Some(old), Some(new)), wire, what, reach);
        } else if !same(old.value.get("enum").unwrap_or(&Value::Null), new.value.get("enum").unwrap_or(&Value::Null))
            && (before.is_none() || after.is_none())
        {
            let what = "lists its values in an odd way";
            self.variable_changed("server-variable-changed", name, (Some(old), Some(new)), Wire::Risky, what, reach);
        }
        let default = |node: &Node<'d>| node.value.get("default").cloned().unwrap_or(Value::Null);
        if !same(&default(old), &default(new)) {
            // Only where values are listed is it known that the old default still is one.
            let gone = after.is_none_or(|after| lacks(after, &default(old)));
            let wire = if gone { Wire::Breaking } else { Wire::Risky };
            let (was, is) = (old.get("default").unwrap_or(old.clone()), new.get("default").unwrap_or(new.clone()));
            let (id, sides) = ("server-variable-default-changed", (Some(&was), Some(&is)));
            self.variable_changed(id, name, sides, wire, "has another default", reach);
        }
    }

    fn variable_changed(
        &mut self,
        id: &'static str,
        name: &str,
        (old, new): (Option<&Node<'d>>, Option<&Node<'d>>),
        wire: Wire,
        what: &str,
        reach: &[Reach],
    ) {
        let at = |node: Option<&Node<'d>>| node.map(|node| node.at.to_string());
        let found = Found::fixed(id, at(old), at(new)).wire(wire).always();
        self.report(found.says(format!("the server variable {}", quote_text(name)), what).reaches(reach.to_vec()));
    }
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
fn urls<'d>(list: &Node<'d>) -> Option<Vec<(String, Option<Node<'d>>)>> {
    if list.value.is_null() || list.value.as_array().is_some_and(Vec::is_empty) {
        return Some(vec![("/".to_owned(), None)]);
    }
    let servers = list.value.as_array()?;
    let mut found = Vec::new();
    for (server, node) in servers.iter().zip(list.items()) {
        found.push((server.get("url")?.as_str()?.to_owned(), Some(node)));
    }
    Some(found)
}

//! Compares the servers of operations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::address::{Server, effective, listed, servers, split};
use crate::change::{Reach, Wire};
use crate::found::{Findings, Found};
use crate::kind::{Effect, Kind, kind};
use crate::node::{Node, place};
use crate::operation::{is_served, stays, template};
use crate::paths::Pair;
use crate::side::Sides;
use crate::text::{changed, others};
use crate::value::{alike, quote_list, quote_text, same};

/// Two lists of servers, and the operations that use them: `None` if every operation has its own list.
struct Lists<'d> {
    old: Node<'d>,
    new: Node<'d>,
    reach: Option<Vec<Reach>>,
}

/// Compares the effective servers of every operation in both documents, and the unused lists.
pub(crate) fn judge<'d>(sides: &Sides<'d>, pairs: &[Pair<'d>]) -> Findings<'d> {
    if sides.provider {
        return provided(sides, pairs);
    }
    let mut lists: BTreeMap<(String, String), Lists<'d>> = BTreeMap::new();
    let mut used: BTreeSet<(bool, String)> = BTreeSet::new();
    for (old, new) in pairs {
        let (before, after) =
            (effective(&sides.old, &old.node, &old.item), effective(&sides.new, &new.node, &new.item));
        used.extend([(false, before.at.to_string()), (true, after.at.to_string())]);
        let lists = lists.entry((before.at.to_string(), after.at.to_string()));
        let lists = lists.or_insert_with(|| Lists { old: before, new: after, reach: None });
        if !stays(sides, old, new) {
            lists.reach.get_or_insert_default().push(old.reach());
        }
    }
    let mut out = Findings::default();
    let roots = (listed(&sides.old.root()), listed(&sides.new.root()));
    let items = pairs.iter().map(|(old, new)| (listed(&old.item), listed(&new.item)));
    for (old, new) in std::iter::once(roots).chain(items) {
        if used.contains(&(false, old.at.to_string())) || used.contains(&(true, new.at.to_string())) {
            // Used lists are compared with each other if both can be read.
            if servers(&old).is_some() && servers(&new).is_some() {
                [&old, &new].into_iter().for_each(|list| out.seen.whole(list));
            }
            continue;
        }
        let reach = pairs.is_empty().then(Vec::new);
        lists.entry((old.at.to_string(), new.at.to_string())).or_insert(Lists { old, new, reach });
    }
    for Lists { old, new, reach } in lists.into_values() {
        let mut found = server_lists(&old, &new, reach.as_deref().unwrap_or_default());
        if reach.is_none() {
            found.found.iter_mut().for_each(|found| found.effect = Effect::NONE);
        }
        out.add(found);
    }
    out
}

/// Hosts for local tests, which do not count.
const OWN_HOSTS: [&str; 4] = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"];

/// Compares the URLs of operations in a contract and in a server's document: once per list of servers.
fn provided<'d>(sides: &Sides<'d>, pairs: &[Pair<'d>]) -> Findings<'d> {
    let mut out = Findings::default();
    let mut told: BTreeMap<(String, String, bool), Found> = BTreeMap::new();
    let roots = [sides.old.root(), sides.new.root()];
    let nodes = pairs.iter().flat_map(|(old, new)| [&old.node, &old.item, &new.node, &new.item]);
    let lists = roots.iter().chain(nodes).filter_map(|node| node.get("servers"));
    lists.for_each(|servers| out.seen.whole(&servers));
    for (old, new) in pairs {
        let (wanted, given) =
            (effective(&sides.old, &old.node, &old.item), effective(&sides.new, &new.node, &new.item));
        let (Some(before), Some(after)) = (servers(&wanted), servers(&given)) else { continue };
        let is_elsewhere = !is_served(sides, old, new);
        let found = if is_elsewhere && template(old.path).0 == template(new.path).0 {
            let base =
                |list: &[Server<'d>]| list.first().map(|it| format!("{}/", split(&it.address).1)).unwrap_or_default();
            let (before, after) = (quote_text(&base(&before)), quote_text(&base(&after)));
            let what = format!("paths begin with {before} in the contract and with {after} in the server's document");
            Found::new(kind!("server-changed"), wanted.place(), given.place(), "").says("", what)
        } else if let Some((before, after)) = (!is_elsewhere).then(|| hosts(&before, &after)).flatten() {
            let what = format!("the contract is for {before}, and the server's document for {after}");
            let found = Found::new(kind!("server-changed"), wanted.place(), given.place(), "");
            found.wire(Wire::Risky).says("", what)
        } else {
            continue;
        };
        let key = (wanted.at.to_string(), given.at.to_string(), is_elsewhere);
        told.entry(key).or_insert(found).reach.push(old.reach());
    }
    out.found.extend(told.into_values());
    out
}

/// The hosts of two lists of servers, if both have hosts and none in common.
fn hosts(old: &[Server<'_>], new: &[Server<'_>]) -> Option<(String, String)> {
    let named = |list: &[Server<'_>]| -> BTreeSet<String> {
        let hosts = list.iter().filter_map(|server| split(&server.address).0);
        let is_own = |host: &str| {
            let (_, host) = host.rsplit_once("//").unwrap_or(("", host));
            OWN_HOSTS
                .iter()
                .any(|own| host.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
        };
        hosts.filter(|host| !is_own(host)).map(str::to_owned).collect()
    };
    let (old, new) = (named(old), named(new));
    let shown = |hosts: &BTreeSet<String>| quote_list(hosts.iter().map(String::as_str));
    (!old.is_empty() && !new.is_empty() && old.is_disjoint(&new)).then(|| (shown(&old), shown(&new)))
}

/// Texts are compared where both sides have a server at the same place: a moved list has its own texts.
fn server_lists<'d>(old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) -> Findings<'d> {
    let mut out = Findings::default();
    let (Some(before), Some(after)) = (servers(old), servers(new)) else {
        return out;
    };
    out.seen.keys(old);
    out.seen.keys(new);
    let find = |list: &[Server<'d>], server: &Server<'d>| {
        list.iter().position(|other| other.url == server.url || other.address == server.address)
    };
    let every = |list: &[Server<'d>]| -> BTreeSet<String> { list.iter().flat_map(Server::addresses).collect() };
    let (all_before, all_after) = (every(&before), every(&after));
    // Servers may be merged into one with a variable, and the other way round.
    let mut lacks = |list: &[Server<'d>], all: &BTreeSet<String>, server: &Server<'d>| {
        let is_covered = server.addresses().is_subset(all);
        server.node.iter().filter(|_| is_covered).for_each(|server| out.seen.whole(server));
        !is_covered && find(list, server).is_none()
    };
    let gone: Vec<_> = before.iter().filter(|server| lacks(&after, &all_after, server)).collect();
    let fresh: Vec<_> = after.iter().filter(|server| lacks(&before, &all_before, server)).collect();
    let at = |server: &Server<'d>, list: &Node<'d>| server.node.as_ref().unwrap_or(list).place();
    let found = |kind, old, new, url: &str, what: &str| {
        let found = Found::new(kind, old, new, "").always();
        found.says(format!("the server {}", quote_text(url)), what).reaches(reach)
    };
    if let ([from], [to]) = (gone.as_slice(), fresh.as_slice()) {
        let what = format!("changed URL to {}", quote_text(to.url));
        out.report(found(kind!("server-changed"), at(from, old), at(to, new), from.url, &what));
        if let (Some(was), Some(is)) = (&from.node, &to.node) {
            out.add(texts(was, is, reach));
            out.add(server(was, is, reach));
        }
    } else {
        for server in gone {
            out.report(found(kind!("server-removed"), at(server, old), None, server.url, "was removed"));
            server.node.iter().for_each(|server| out.seen.whole(server));
        }
        for server in fresh {
            out.report(found(kind!("server-added"), None, at(server, new), server.url, "was added"));
            server.node.iter().for_each(|server| out.seen.whole(server));
        }
    }
    let mut order = Vec::new();
    for was in &before {
        let Some(place) = find(&after, was) else {
            continue;
        };
        order.push(place);
        let Some(is) = after.get(place) else { continue };
        if let (Some(old_node), Some(new_node)) = (&was.node, &is.node) {
            if old.at == new.at {
                out.add(texts(old_node, new_node, reach));
            }
            let is_merged = template(was.url).0 != template(is.url).0
                && was.addresses().is_subset(&all_after)
                && is.addresses().is_subset(&all_before);
            if !is_merged {
                out.add(server(old_node, new_node, reach));
            }
        }
    }
    if !order.is_sorted() || before.len() != after.len() && order.len() == before.len().max(after.len()) {
        let found = Found::new(kind!("server-order-changed"), old.place(), new.place(), "");
        out.report(found.says("", "the servers have another order").reaches(reach));
    }
    out
}

/// The keys of a server that are judged.
const KNOWN: [&str; 3] = ["url", "name", "variables"];

/// Compares the texts of a server, and unknown keys.
fn texts<'d>(old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) -> Findings<'d> {
    let mut out = others(old, new, &KNOWN, reach);
    if !alike(old.value.get("name"), new.value.get("name")) {
        out.report(changed("name", old.place_of("name"), new.place_of("name")).reaches(reach));
    }
    out
}

/// Compares the variables of a server's URL.
fn server<'d>(old: &Node<'d>, new: &Node<'d>, reach: &[Reach]) -> Findings<'d> {
    let mut out = Findings::default();
    out.seen.keys(old);
    out.seen.keys(new);
    let variables = |node: &Node<'d>| -> BTreeMap<&'d str, Node<'d>> {
        node.get("variables").iter().flat_map(Node::entries).collect()
    };
    let (before, mut after) = (variables(old), variables(new));
    // At the same place of the URL, the name does not matter.
    let [(was, old_names), (is, new_names)] = [old, new].map(|node| template(node.text("url").unwrap_or_default()));
    let places = old_names.iter().zip(&new_names).filter(|_| was == is);
    let renamed: BTreeMap<&str, &str> = places.map(|(was, is)| (was.as_str(), is.as_str())).collect();
    let changed = kind!("server-variable-changed");
    for (name, was) in &before {
        match after.remove(renamed.get(name).unwrap_or(name)) {
            Some(is) => out.add(variable(name, was, &is, reach)),
            None => {
                out.seen.whole(was);
                let found = variable_changed(changed, name, Some(was), None, "was removed").reaches(reach);
                // A variable with one value is a constant.
                let one = was.get("enum").is_some_and(|values| values.items().len() == 1);
                out.report(if one { found.wire(Wire::Compatible) } else { found });
            }
        }
    }
    for (name, is) in after {
        out.seen.whole(&is);
        let found = variable_changed(changed, name, None, Some(&is), "was added");
        // Clients that do not know it use its default, which is compared as part of the URL.
        out.report(found.wire(Wire::Compatible).reaches(reach));
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
        (Some(_), None) => Some(of(changed, "accepts any value").wire(Wire::Compatible)),
        (Some(before), Some(after)) if before.iter().any(|value| lacks(after, value)) => {
            Some(of(kind!("server-variable-enum-value-removed"), "no longer accepts a value"))
        }
        (Some(before), Some(after)) if after.iter().any(|value| lacks(before, value)) => {
            Some(of(kind!("server-variable-enum-value-added"), "accepts a new value"))
        }
        (None, None) if !same(written(old, "enum"), written(new, "enum")) => {
            Some(of(changed, "has a malformed list of values").wire(Wire::Risky))
        }
        _ => None,
    });
    let (was, is) = (written(old, "default"), written(new, "default"));
    if !same(was, is) {
        let at = |node: &Node<'d>| node.get("default").unwrap_or(node.clone());
        let (old, new) = (at(old), at(new));
        let changed = kind!("server-variable-default-changed");
        let found = variable_changed(changed, name, Some(&old), Some(&new), "has another default").reaches(reach);
        // Only a list of values tells whether the old default is still valid.
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

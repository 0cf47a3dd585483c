//! Compares links, which describe follow-up requests to a response.

use std::collections::BTreeMap;

use serde_json::Value;
use zerogate_contract::methods::Method;
use zerogate_contract::{pointer, reach, template};

use crate::found::{Findings, Found};
use crate::kind::kind;
use crate::message::Whose;
use crate::node::Node;
use crate::side::{Side, Sides};
use crate::text::others;
use crate::value::{alike, quote_text, same};

/// Compares the links of two responses.
pub(crate) fn judge_all<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    let [before, after] = [old, new].map(|response| -> BTreeMap<&'d str, Node<'d>> {
        let links = response.get("links");
        links.iter().filter(|links| links.object().is_some()).for_each(|links| out.seen.whole(links));
        links.iter().flat_map(Node::entries).collect()
    });
    let reach = whose.reach();
    let says = |found: Found, name: &str, what: &str| {
        found.says(format!("the link {}", quote_text(name)), what).reaches(reach.as_slice())
    };
    for (name, site) in &before {
        let Some(other) = after.get(name) else {
            out.report(says(Found::new(kind!("link-removed"), site.place(), None, ""), name, "was removed"));
            continue;
        };
        let definitions = (sides.old.resolve(site, &mut out.seen), sides.new.resolve(other, &mut out.seen));
        let (Some(was), Some(is)) = definitions else {
            let found = Found::cannot_judge(site.place(), other.place(), "");
            let differs = !same(site.value, other.value);
            out.found.extend(differs.then(|| says(found, name, "has a reference that cannot be resolved")));
            continue;
        };
        out.add(others(&was, &is, &KNOWN, reach.as_slice()));
        [&was, &is].into_iter().for_each(|link| out.seen.whole(link));
        if let Some(what) = difference(sides, &was, &is) {
            out.report(says(Found::new(kind!("link-changed"), was.place(), is.place(), ""), name, what));
        }
    }
    for (name, site) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        out.report(says(Found::new(kind!("link-added"), None, site.place(), ""), name, "was added"));
    }
    out
}

/// The keys of a link that are judged.
const KNOWN: [&str; 5] = ["operationId", "operationRef", "parameters", "requestBody", "server"];

fn difference(sides: &Sides<'_>, was: &Node<'_>, is: &Node<'_>) -> Option<&'static str> {
    let (before, after) = (Target::of(&sides.old, was), Target::of(&sides.new, is));
    let differs = |key: &str| !alike(was.value.get(key), is.value.get(key));
    if !before.is(&after) {
        Some("leads to another operation")
    } else if before.parameters(was) != after.parameters(is) {
        Some("passes other parameters to its operation")
    } else if differs("requestBody") {
        Some("passes another body to its operation")
    } else if was.get("server").and_then(|it| it.text("url")) != is.get("server").and_then(|it| it.text("url")) {
        Some("leads to another server")
    } else {
        None
    }
}

/// The operation that a link leads to.
struct Target<'d> {
    /// How the link names it.
    said: [Option<&'d Value>; 2],
    id: Option<String>,
    /// Its method and path, without the names of its parameters.
    place: Option<(String, String)>,
    /// The names of its path parameters.
    names: Vec<String>,
}

impl<'d> Target<'d> {
    fn of(side: &Side<'d>, link: &Node<'d>) -> Self {
        let (id, reference) = (link.text("operationId"), link.text("operationRef"));
        let root = side.document.value();
        let by_id = || {
            let mut all = reach::operations(root);
            let (_, path, method, operation) =
                all.find(|(.., operation)| operation.get("operationId") == link.value.get("operationId"))?;
            Some((path.to_owned(), method.sent().into_owned(), operation))
        };
        let by_reference = |reference: &str| {
            let at = pointer::of_reference(reference)?;
            let tokens: Vec<_> = pointer::tokens(&at).collect();
            let [paths, path, rest @ ..] = tokens.as_slice() else { return None };
            let (method, _) = Method::at_tokens(rest).filter(|_| paths == "paths")?;
            Some((path.clone().into_owned(), method.sent().into_owned(), root.pointer(&at)?))
        };
        let found = match (id, reference) {
            (Some(_), _) => by_id(),
            (None, Some(reference)) => by_reference(reference),
            (None, None) => None,
        };
        let said = ["operationId", "operationRef"].map(|key| link.value.get(key));
        let Some((path, method, operation)) = found else {
            return Target { said, id: None, place: None, names: Vec::new() };
        };
        let id = operation.get("operationId").and_then(Value::as_str).map(str::to_owned);
        let (plain, names) = template(&path).unwrap_or_else(|_| (path.clone(), Vec::new()));
        let names = names.into_iter().map(str::to_owned).collect();
        Target { said, id, place: Some((method, plain)), names }
    }

    fn is(&self, other: &Target<'_>) -> bool {
        let equal = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        equal(&self.id, &other.id)
            || self.place.is_some() && self.place == other.place
            || self.said.into_iter().zip(other.said).all(|(one, other)| alike(one, other))
    }

    /// The parameters that the link passes. Names of path parameters do not matter.
    fn parameters(&self, link: &Node<'_>) -> BTreeMap<String, Value> {
        let name = |key: &str| {
            let qualified =
                ["path.", "query.", "header.", "cookie."].into_iter().find_map(|place| key.strip_prefix(place));
            let name = qualified.unwrap_or(key);
            self.names
                .iter()
                .position(|known| known == name)
                .map_or_else(|| name.to_owned(), |index| format!("{{{index}}}"))
        };
        let parameters = link.get("parameters");
        parameters.iter().flat_map(Node::entries).map(|(key, node)| (name(key), node.value.clone())).collect()
    }
}

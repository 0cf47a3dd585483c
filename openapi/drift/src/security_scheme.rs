//! Compares security schemes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::change::{Reach, Wire};
use crate::found::{Findings, Found};
use crate::kind::kind;
use crate::node::{Node, place};
use crate::side::{Side, Sides};
use crate::text::{changed, is_extension, others};
use crate::value::{alike, quote, quote_text, same};

/// The uses of security schemes.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// The operations that use each scheme, on either side.
    pub(crate) users: BTreeMap<String, Vec<Reach>>,
    /// In the new contract: the required scopes of each scheme, with the operations that require them.
    pub(crate) asked: BTreeMap<String, BTreeMap<String, Vec<Reach>>>,
}

/// The renamed schemes: old names to new names.
pub(crate) type Renamed<'d> = BTreeMap<&'d str, &'d str>;

fn schemes<'d>(side: &Side<'d>) -> BTreeMap<&'d str, Node<'d>> {
    side.section("securitySchemes").into_iter().filter(|(name, _)| !is_extension(name)).collect()
}

fn topic(name: &str) -> String {
    format!("the security scheme {}", quote_text(name))
}

/// Finds renamed schemes.
pub(crate) fn renamed<'d>(sides: &Sides<'d>) -> (Findings<'d>, Renamed<'d>) {
    let (mut out, mut renamed) = (Findings::default(), Renamed::new());
    let (before, after) = (schemes(&sides.old), schemes(&sides.new));
    let mut fresh: Vec<_> = after.iter().filter(|(name, _)| !before.contains_key(**name)).collect();
    for (name, scheme) in before.iter().filter(|(name, _)| !after.contains_key(**name)) {
        if let Some(place) = fresh.iter().position(|(_, other)| same(other.value, scheme.value)) {
            let (other, node) = fresh.remove(place);
            renamed.insert(*name, *other);
            out.seen.whole(scheme);
            out.seen.whole(node);
            let found = Found::new(kind!("api-security-component-renamed"), scheme.place(), node.place(), "");
            out.report(found.says(topic(name), format!("was renamed to {}", quote_text(other))));
        }
    }
    (out, renamed)
}

/// Compares all schemes.
pub(crate) fn judge_all<'d>(sides: &Sides<'d>, uses: &Uses, renamed: &Renamed<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    let (before, after) = (schemes(&sides.old), schemes(&sides.new));
    for (name, site) in &before {
        match after.get(name) {
            Some(other) => {
                let definitions = (sides.old.resolve(site, &mut out.seen), sides.new.resolve(other, &mut out.seen));
                if let (Some(old), Some(new)) = definitions {
                    out.add(judge(name, &old, &new, uses));
                }
            }
            None if renamed.contains_key(*name) => {}
            None => {
                out.seen.whole(site);
                let found = Found::new(kind!("api-security-component-removed"), site.place(), None, "");
                out.report(match (uses.asked.contains_key(*name), uses.users.get(*name)) {
                    (true, Some(reach)) => {
                        let what = "was removed, but operations still require it";
                        found.wire(Wire::Risky).says(topic(name), what).reaches(reach)
                    }
                    _ => found.says(topic(name), "was removed"),
                });
            }
        }
    }
    for (name, site) in after.iter().filter(|(name, _)| !before.contains_key(**name)) {
        if !renamed.values().any(|to| to == name) {
            out.seen.whole(site);
            let found = Found::new(kind!("api-security-component-added"), None, site.place(), "");
            out.report(found.says(topic(name), "was added"));
        }
    }
    out
}

/// The keys of a scheme that are judged.
const KNOWN: [&str; 9] =
    ["type", "scheme", "in", "name", "openIdConnectUrl", "oauth2MetadataUrl", "bearerFormat", "flows", "deprecated"];

fn judge<'d>(name: &str, old: &Node<'d>, new: &Node<'d>, uses: &Uses) -> Findings<'d> {
    let mut out = Findings::default();
    let reach = uses.users.get(name).map(Vec::as_slice).unwrap_or_default();
    let topic = topic(name);
    let (was, is) = (old.value.get("type"), new.value.get("type"));
    if was != is {
        // Everything in it is of another kind, so nothing else is a change.
        out.seen.whole(old);
        out.seen.whole(new);
        let at = |node: &Node<'d>| node.place_of("type").or_else(|| node.place());
        let shown = |kind: Option<&Value>| kind.map_or_else(|| "none".to_owned(), quote);
        let what = format!("changed `type` from {} to {}", shown(was), shown(is));
        let found = Found::new(kind!("api-security-component-type-changed"), at(old), at(new), "");
        out.report(found.says(topic, what).reaches(reach));
        return out;
    }
    out.add(others(old, new, &KNOWN, reach));
    for key in KNOWN.into_iter().filter(|key| !matches!(*key, "type" | "flows")) {
        let value = |node: &Node<'d>| match node.value.get(key) {
            // HTTP scheme names and header names are case-insensitive.
            Some(Value::String(text)) if key == "scheme" || (key == "name" && old.text("in") == Some("header")) => {
                Value::from(text.to_ascii_lowercase())
            }
            None | Some(Value::Bool(false)) if key == "deprecated" => Value::Null,
            other => other.cloned().unwrap_or(Value::Null),
        };
        if same(&value(old), &value(new)) {
            continue;
        }
        let kind = match key {
            "openIdConnectUrl" => kind!("api-security-component-open-id-url-changed"),
            "bearerFormat" | "oauth2MetadataUrl" | "deprecated" => kind!("description-changed"),
            _ => kind!("api-security-component-changed"),
        };
        let found = Found::new(kind, old.place_of(key), new.place_of(key), "");
        out.report(found.says(topic.clone(), format!("changed its `{key}`")).reaches(reach));
    }
    let asked = uses.asked.get(name).unwrap_or(const { &BTreeMap::new() });
    out.add(flows(&topic, old, new, reach, asked));
    out
}

/// The operations that require each scope.
type Asked = BTreeMap<String, Vec<Reach>>;

fn flows<'d>(topic: &str, old: &Node<'d>, new: &Node<'d>, reach: &[Reach], asked: &Asked) -> Findings<'d> {
    let mut out = Findings::default();
    let is_mapping = |flows: &Node<'d>| flows.object().is_some();
    let (old, new) = match (old.get("flows"), new.get("flows")) {
        (Some(old), Some(new)) if is_mapping(&old) && is_mapping(&new) => (old, new),
        (before, after) => {
            before.iter().chain(&after).for_each(|flows| out.seen.whole(flows));
            if !alike(old.value.get("flows"), new.value.get("flows")) {
                let (old_at, new_at) = (place(before.as_ref()), place(after.as_ref()));
                let found = Found::new(kind!("api-security-component-changed"), old_at, new_at, "");
                out.report(found.says(topic, "changed `flows`").reaches(reach));
            }
            return out;
        }
    };
    out.seen.whole(&old);
    out.seen.whole(&new);
    let names: BTreeSet<&str> = old.entries().into_iter().chain(new.entries()).map(|(name, _)| name).collect();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        let (old_at, new_at) = (place(before.as_ref()), place(after.as_ref()));
        let found = match (&before, &after) {
            _ if is_extension(name) => {
                let is_alike = alike(old.value.get(name), new.value.get(name));
                (!is_alike).then(|| changed(name, old_at, new_at)).into_iter().collect()
            }
            (Some(was), Some(is)) => flow(topic, name, was, is, asked),
            (_, after) => {
                let wire = if after.is_some() { Wire::Compatible } else { Wire::Breaking };
                let found = Found::new(kind!("api-security-component-changed"), old_at, new_at, "").wire(wire);
                vec![found.says(topic, format!("has the flow {} in only one of the contracts", quote_text(name)))]
            }
        };
        let reached = |found: Found| if found.reach.is_empty() { found.reaches(reach) } else { found };
        out.found.extend(found.into_iter().map(reached));
    }
    out
}

/// Compares one flow of both sides.
fn flow(topic: &str, name: &str, old: &Node<'_>, new: &Node<'_>, asked: &Asked) -> Vec<Found> {
    let keys: BTreeSet<&String> = old.object().into_iter().chain(new.object()).flat_map(|it| it.keys()).collect();
    if keys.is_empty() && !same(old.value, new.value) {
        let found = Found::cannot_judge(old.place(), new.place(), "");
        return vec![found.says(topic, "has a flow that is not a mapping")];
    }
    let mut out = Vec::new();
    for key in keys {
        if alike(old.value.get(key), new.value.get(key)) {
            continue;
        }
        let (old_at, new_at) = (old.place_of(key), new.place_of(key));
        let found = match key.as_str() {
            "scopes" => {
                out.extend(listed_scopes(topic, old.get(key).as_ref(), new.get(key).as_ref(), asked));
                continue;
            }
            "tokenUrl" | "refreshUrl" => {
                Found::new(kind!("api-security-component-oauth-token-url-changed"), old_at, new_at, "")
            }
            "authorizationUrl" | "deviceAuthorizationUrl" => {
                Found::new(kind!("api-security-component-oauth-url-changed"), old_at, new_at, "")
            }
            _ if is_extension(key) => changed(key, old_at, new_at),
            _ => Found::cannot_judge(old_at, new_at, ""),
        };
        out.push(found.says(topic, format!("changed {} of the flow {}", quote_text(key), quote_text(name))));
    }
    out
}

/// Compares the scopes that a flow lists. The required ones are compared with the operations.
fn listed_scopes(topic: &str, old: Option<&Node<'_>>, new: Option<&Node<'_>>, asked: &Asked) -> Vec<Found> {
    fn scopes<'n>(node: Option<&'n Node<'_>>) -> BTreeMap<&'n str, Node<'n>> {
        node.into_iter().flat_map(Node::entries).collect()
    }
    let (before, after) = (scopes(old), scopes(new));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let described = kind!("api-security-component-oauth-scope-changed");
    if names.is_empty() {
        return vec![Found::new(described, place(old), place(new), "").says(topic, "lists its scopes differently")];
    }
    let differs = |name: &&str| {
        let value = |scopes: &BTreeMap<&str, Node<'_>>| scopes.get(name).map(|node| node.value.clone());
        !alike(value(&before).as_ref(), value(&after).as_ref())
    };
    let told = |name: &str| {
        let (was, is) = (before.get(name), after.get(name));
        let (kind, what) = match (was, is) {
            (None, _) => (kind!("api-security-component-oauth-scope-added"), "lists the additional scope"),
            (_, None) => (kind!("api-security-component-oauth-scope-removed"), "no longer lists the scope"),
            _ => (described, "changed the description of the scope"),
        };
        let found = Found::new(kind, place(was), place(is), "");
        let what = format!("{what} {}", quote_text(name));
        match asked.get(name).filter(|_| is.is_none()) {
            // A token for it is no longer available.
            Some(reach) => {
                let found = Found { doc_only: false, ..found.wire(Wire::Risky) };
                found.says(topic, format!("{what}, which operations require")).reaches(reach)
            }
            None => found.says(topic, what),
        }
    };
    names.into_iter().filter(differs).map(told).collect()
}

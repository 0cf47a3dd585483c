//! Compares responses: their statuses, and the content of each.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zerogate_contract::{reference, statuses as statuses_of};

use crate::change::Wire;
use crate::found::{Findings, Found};
use crate::kind::kind;
use crate::message::{BodyType, Whose, by_media_type, is_success, media_types};
use crate::node::Node;
use crate::seen::Seen;
use crate::side::{Side, Sides};
use crate::text::{is_extension, others};
use crate::value::same;
use crate::{header, link};

/// Responses by normalised status.
pub(crate) type Statuses<'d> = BTreeMap<String, Node<'d>>;

/// Compares the responses of two operations.
pub(crate) fn judge_all<'d>(sides: &Sides<'d>, operation: &str, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let (Some(old), Some(new)) = (old.get("responses"), new.get("responses")) else {
        return Findings::default();
    };
    if old.object().is_none() || new.object().is_none() {
        return Findings::default();
    }
    let written: Vec<&str> =
        old.entries().into_iter().chain(new.entries()).map(|(key, _)| key).filter(|key| !is_extension(key)).collect();
    let mut out = others(&old, &new, &written, &[]);
    let (before, after) = (statuses(&old), statuses(&new));
    let other_type =
        success_types(&sides.old, &before, &mut out.seen) != success_types(&sides.new, &after, &mut out.seen);
    for (status, site) in &before {
        let whose = Whose::client(Some(operation), Some(status));
        match after.get(status) {
            Some(other) => {
                let definitions = (sides.old.resolve(site, &mut out.seen), sides.new.resolve(other, &mut out.seen));
                if let (Some(before), Some(after)) = definitions {
                    out.add(judge(sides, whose, &before, &after));
                }
            }
            None => {
                out.seen.whole(site);
                let found = removed(sides, status, site, &after).breaks_source_if(other_type && is_success(status));
                out.report(whose.says(once(found, status, site), "was removed").gone());
            }
        }
    }
    for (status, site) in after.iter().filter(|(status, _)| !before.contains_key(*status)) {
        let whose = Whose::client(Some(operation), Some(status));
        out.seen.whole(site);
        let covered = covering(status, &before).is_some_and(|cover| bodies_alike(sides, cover, site));
        let kind = if is_success(status) {
            kind!("response-success-status-added")
        } else {
            kind!("response-non-success-status-added")
        };
        let found = Found::new(kind, None, site.place(), "").breaks_source_if(other_type && is_success(status));
        let found = if covered { found.wire(Wire::Compatible) } else { found };
        out.report(whose.says(once(found, status, site), "was added").came());
    }
    out
}

/// A component that operations share for a status is added and removed with all of these references at once.
fn once(found: Found, status: &str, site: &Node<'_>) -> Found {
    match reference(site.value) {
        Some(target) => found.once(&format!("{status} {target}")),
        None => found,
    }
}

pub(crate) fn statuses<'d>(responses: &Node<'d>) -> Statuses<'d> {
    let entries = responses.entries().into_iter().filter(|(status, _)| !is_extension(status));
    let name = |status: &str| if status == "default" { status.to_owned() } else { status.to_ascii_uppercase() };
    entries.map(|(status, response)| (name(status), response)).collect()
}

/// The kinds of Rust type for the successes among some responses.
fn success_types<'d>(side: &Side<'d>, responses: &Statuses<'d>, seen: &mut Seen) -> BTreeSet<BodyType> {
    let successes = responses.iter().filter(|(status, _)| is_success(status));
    let body = |(status, site): (&String, &Node<'d>)| {
        Some(BodyType::of(&by_media_type(&side.resolve(site, seen)?), Some(status)))
    };
    successes.filter_map(body).collect()
}

fn removed<'d>(sides: &Sides<'d>, status: &str, site: &Node<'d>, after: &Statuses<'d>) -> Found {
    let covered = covering(status, after).is_some_and(|cover| bodies_alike(sides, site, cover));
    // Some statuses of a documented range may remain.
    let mut left = after.iter().filter(|(other, _)| status != "default" && covers(status, other)).peekable();
    let narrowed = left.peek().is_some() && left.all(|(_, other)| bodies_alike(sides, site, other));
    if is_success(status) {
        let found = Found::new(kind!("response-success-status-removed"), site.place(), None, "");
        match (narrowed, covered) {
            (true, _) => found.wire(Wire::Compatible),
            (false, true) => found.wire(Wire::Risky),
            (false, false) => found,
        }
    } else {
        let found = Found::new(kind!("response-non-success-status-removed"), site.place(), None, "");
        if covered { found.wire(Wire::Compatible) } else { found }
    }
}

/// The range or `default` that covers a status.
pub(crate) fn covering<'m, 'd>(status: &str, responses: &'m Statuses<'d>) -> Option<&'m Node<'d>> {
    // Sorted: ranges come before `default`.
    responses.iter().find(|(entry, _)| covers(entry, status)).map(|(_, response)| response)
}

/// Whether an entry covers all statuses of another one, and more.
fn covers(wide: &str, narrow: &str) -> bool {
    let both = statuses_of(wide).zip(statuses_of(narrow));
    both.is_some_and(|(wide, narrow)| wide != narrow && wide.contains(narrow.start()) && wide.contains(narrow.end()))
}

fn bodies_alike<'d>(sides: &Sides<'d>, old: &Node<'d>, new: &Node<'d>) -> bool {
    let content = |node: &Node<'d>| node.value.get("content").unwrap_or(&Value::Null);
    match (sides.old.definition(old), sides.new.definition(new)) {
        (Some(old), Some(new)) => same(content(&old), content(&new)),
        _ => false,
    }
}

/// Compares two definitions of one response.
pub(crate) fn judge<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let mut out = others(old, new, &["headers", "content", "links"], whose.reach().as_slice());
    out.add(media_types(sides, whose, old, new));
    out.add(link::judge_all(sides, whose, old, new));
    out.add(header::judge_all(sides, whose, old, new));
    out
}

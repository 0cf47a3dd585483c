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
                out.add(instead(sides, whose, Some(site), described_by(status, &after)));
                let found =
                    removed(sides, status, site, (&before, &after)).breaks_source_if(other_type && is_success(status));
                out.report(whose.says(once(found, status, site), "was removed").gone());
            }
        }
    }
    for (status, site) in after.iter().filter(|(status, _)| !before.contains_key(*status)) {
        let whose = Whose::client(Some(operation), Some(status));
        out.seen.whole(site);
        // Another description applies to it now.
        let covered = described_by(status, &before);
        out.add(instead(sides, whose, covered, Some(site)));
        let kind = if is_success(status) {
            kind!("response-success-status-added")
        } else {
            kind!("response-non-success-status-added")
        };
        let found = Found::new(kind, None, site.place(), "").breaks_source_if(other_type && is_success(status));
        let found = if covered.is_some() { found.wire(Wire::Compatible) } else { found };
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

fn removed<'d>(
    sides: &Sides<'d>,
    status: &str,
    site: &Node<'d>,
    (before, after): (&Statuses<'d>, &Statuses<'d>),
) -> Found {
    let covered = described_by(status, after).is_some();
    // Some statuses of a documented range may remain. Those without a description of their own before are compared
    // with that of the range.
    let mut left = after.iter().filter(|(other, _)| status != "default" && covers(status, other)).peekable();
    let is_alike = |(other, new): (&String, &Node<'d>)| !before.contains_key(other) || bodies_alike(sides, site, new);
    let narrowed = left.peek().is_some() && left.all(is_alike);
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

/// The range or `default` that describes the response with a status: beside successes, `default` describes errors.
fn described_by<'m, 'd>(status: &str, responses: &'m Statuses<'d>) -> Option<&'m Node<'d>> {
    let is_error = statuses_of(status).is_some_and(|statuses| *statuses.start() >= 400);
    let is_for_errors = responses.keys().any(|other| is_success(other));
    let covers = |entry: &str| covers(entry, status) && (entry != "default" || is_error || !is_for_errors);
    responses.iter().find(|(entry, _)| covers(entry)).map(|(_, response)| response)
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
    out.add(contents(sides, whose, old, new));
    out
}

/// Compares the descriptions of a response by its status and by a range or `default`.
fn instead<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: Option<&Node<'d>>, new: Option<&Node<'d>>) -> Findings<'d> {
    let old = old.and_then(|old| sides.old.definition(old));
    let definitions = old.zip(new.and_then(|new| sides.new.definition(new)));
    let found = definitions.map(|(old, new)| contents(sides, whose, &old, &new).apart(whose.direction()));
    found.unwrap_or_default()
}

/// Compares everything but the texts of two responses.
fn contents<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let mut out = media_types(sides, whose, old, new);
    out.add(link::judge_all(sides, whose, old, new));
    out.add(header::judge_all(sides, whose, old, new));
    out
}

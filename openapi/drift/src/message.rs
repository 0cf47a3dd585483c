//! Compares request bodies and responses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zerogate_contract::names::pascal;

use super::change::{Direction, Reach, Source, Wire};
use super::engine::{Engine, Place};
use super::found::Found;
use super::parameter::schemas;
use super::side::{Node, Side};
use super::value::{quote_text, same};

/// Who has a message: the operation, and the status for an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whose<'a> {
    pub(super) operation: Option<&'a str>,
    pub(super) status: Option<&'a str>,
}

impl Whose<'_> {
    pub(super) fn reach(self, field: &str) -> Option<Reach> {
        Some(Reach {
            operation: self.operation?.to_owned(),
            direction: Some(if self.status.is_some() { Direction::Response } else { Direction::Request }),
            status: self.status.map(str::to_owned),
            field: field.to_owned(),
        })
    }

    fn reaches(self, field: &str) -> Vec<Reach> {
        self.reach(field).into_iter().collect()
    }

    fn subject(self) -> String {
        match self.status {
            Some(status) => format!("the answer {}", quote_text(status)),
            None => "the request body".to_owned(),
        }
    }
}

/// A media type in the one spelling in which two of them are compared.
pub(super) fn media_name(name: &str) -> String {
    let mut parts = name.split(';').map(|part| part.trim().to_owned());
    let first = parts.next().unwrap_or_default().to_ascii_lowercase();
    let mut parameters: Vec<String> = parts
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once('=') {
            Some((name, value)) => format!("{}={}", name.trim().to_ascii_lowercase(), value.trim()),
            None => part,
        })
        .collect();
    parameters.sort();
    parameters.insert(0, first);
    parameters.join("; ")
}

/// A status in the one spelling in which two of them are compared.
pub(super) fn status_name(status: &str) -> String {
    if status == "default" { status.to_owned() } else { status.to_ascii_uppercase() }
}

fn is_xml(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.ends_with("/xml") || essence.ends_with("+xml")
}

/// What kind of Rust type a body with these media types has: a typed one, bytes, or none.
fn rust_body<'d>(content: &BTreeMap<String, Node<'d>>, status: Option<&str>) -> u8 {
    let has = |wanted: &str| content.keys().any(|name| name.split(';').next() == Some(wanted));
    // One error that is written otherwise is not read, and leaves the type of the others as it is.
    let is_error = status.is_some_and(|status| !is_success(status));
    let is_like_json = |name: &String| name.split(';').next().is_some_and(|essence| essence.ends_with("+json"));
    match content.is_empty() {
        true => 0,
        false if has("application/json") || (is_error && content.keys().any(is_like_json)) => 1,
        // A form has no lists and no objects: the type is one of its own.
        false if status.is_none() && has("application/x-www-form-urlencoded") => 2,
        false => 3,
    }
}

/// What kinds of Rust type the successes among some answers have.
fn success_types<'d>(side: &Side<'d>, responses: &BTreeMap<String, Node<'d>>) -> BTreeSet<u8> {
    let successes = responses.iter().filter(|(status, _)| is_success(status));
    successes
        .filter_map(|(status, site)| {
            let content = side.resolve(site)?.get("content");
            let content = content.iter().flat_map(Node::entries).map(|(name, media)| (media_name(name), media));
            Some(rust_body(&content.collect(), Some(status)))
        })
        .collect()
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

impl<'d> Engine<'d> {
    /// The request bodies of an operation.
    pub(super) fn request_body(&mut self, operation: &str, old: &Node<'d>, new: &Node<'d>) {
        let whose = Whose { operation: Some(operation), status: None };
        let (old_site, new_site) = (old.get("requestBody"), new.get("requestBody"));
        let before = old_site.as_ref().and_then(|site| self.old.resolve(site));
        let after = new_site.as_ref().and_then(|site| self.new.resolve(site));
        match (before, after) {
            (Some(before), Some(after)) => self.body(whose, &before, &after),
            (None, Some(after)) if old_site.is_none() && after.object().is_some() => {
                let (id, wire) = if after.flag("required") {
                    ("request-body-added-required", Wire::Breaking)
                } else {
                    ("request-body-added-optional", Wire::Compatible)
                };
                let at = new_site.map(|site| {
                    self.new.account(site.value);
                    site.at.to_string()
                });
                let found = Found::fixed(id, None, at).wire(wire).source(Source::Compatible);
                self.report(found.says("the request body", "was added").reaches(whose.reaches("")));
            }
            (Some(before), None) if new_site.is_none() && before.object().is_some() => {
                let at = old_site.map(|site| {
                    self.old.account(site.value);
                    site.at.to_string()
                });
                let found = Found::fixed("request-body-removed", at, None).wire(Wire::Risky).source(Source::Breaking);
                self.report(found.says("the request body", "was removed").reaches(whose.reaches("")));
            }
            // What cannot be followed is left to the comparison of what nobody judged.
            _ => {}
        }
    }

    /// Compares two definitions of one request body.
    pub(super) fn body(&mut self, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) {
        self.others(old, new, &["required", "content"], &whose.reaches(""));
        self.odd_flag("required", old, new, &whose.reaches(""));
        let at = |node: &Node<'d>| Some(node.below("required"));
        let (before, after) = (old.flag("required"), new.flag("required"));
        if before != after {
            let (id, wire, what) = if after {
                ("request-body-became-required", Wire::Breaking, "is now required")
            } else {
                ("request-body-became-optional", Wire::Compatible, "may now be left out")
            };
            let found = Found::fixed(id, at(old), at(new)).wire(wire);
            self.report(found.says("the request body", what).reaches(whose.reaches("")));
        }
        self.content(whose, old, new);
    }

    fn content(&mut self, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) {
        let media = |node: &Node<'d>| -> BTreeMap<String, Node<'d>> {
            let content = node.get("content");
            content.iter().flat_map(Node::entries).map(|(name, media)| (media_name(name), media)).collect()
        };
        let (before, after) = (media(old), media(new));
        let answer = whose.status.is_some();
        let breaks = rust_body(&before, whose.status) != rust_body(&after, whose.status);
        for (name, media) in &before {
            if let Some(other) = after.get(name) {
                self.media(whose, name, media, other);
                continue;
            }
            self.old.account(media.value);
            let id = if answer { "response-media-type-removed" } else { "request-body-media-type-removed" };
            let found = Found::fixed(id, Some(media.at.to_string()), None)
                .wire(Wire::Breaking)
                .breaks_source_if(breaks)
                .says(whose.subject(), format!("no longer has the media type {}", quote_text(name)));
            self.report(found.reaches(whose.reaches("")));
        }
        for (name, media) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            self.new.account(media.value);
            let id = if answer { "response-media-type-added" } else { "request-body-media-type-added" };
            let found = Found::fixed(id, None, Some(media.at.to_string()))
                .wire(Wire::Compatible)
                .breaks_source_if(breaks)
                .says(whose.subject(), format!("has the further media type {}", quote_text(name)));
            self.report(found.reaches(whose.reaches("")));
        }
    }

    fn media(&mut self, whose: Whose<'_>, name: &str, old: &Node<'d>, new: &Node<'d>) {
        self.others(old, new, &["schema"], &whose.reaches(""));
        if let Some((before, after)) = schemas(old, new) {
            let names = match (whose.operation, whose.status) {
                (Some(operation), Some(status)) => format!("{}{}Response", pascal(operation), pascal(status)),
                (Some(operation), None) => format!("{}Body", pascal(operation)),
                _ => String::new(),
            };
            self.root(before, after, Place::Body { xml: is_xml(name) }, whose.reach(""), (names.clone(), names));
        }
    }

    /// The responses of an operation.
    pub(super) fn responses(&mut self, operation: &str, old: &Node<'d>, new: &Node<'d>) {
        let (Some(old), Some(new)) = (old.get("responses"), new.get("responses")) else {
            return;
        };
        if old.object().is_none() || new.object().is_none() {
            return;
        }
        let statuses = |node: &Node<'d>| -> BTreeMap<String, Node<'d>> {
            let entries = node.entries().into_iter().filter(|(status, _)| !status.starts_with("x-"));
            entries.map(|(status, response)| (status_name(status), response)).collect()
        };
        let (before, after) = (statuses(&old), statuses(&new));
        let written: Vec<&str> = old
            .entries()
            .into_iter()
            .chain(new.entries())
            .map(|(status, _)| status)
            .filter(|status| !status.starts_with("x-"))
            .collect();
        self.others(&old, &new, &written, &[]);
        let other_type = success_types(&self.old, &before) != success_types(&self.new, &after);
        for (status, site) in &before {
            let whose = Whose { operation: Some(operation), status: Some(status) };
            match after.get(status) {
                Some(other) => {
                    if let (Some(before), Some(after)) = (self.old.resolve(site), self.new.resolve(other)) {
                        self.response(whose, &before, &after);
                    }
                }
                None => self.status_removed(whose, status, site, &after, other_type && is_success(status)),
            }
        }
        for (status, site) in after.iter().filter(|(status, _)| !before.contains_key(*status)) {
            let whose = Whose { operation: Some(operation), status: Some(status) };
            self.new.account(site.value);
            let covered = covering(status, &before)
                .is_some_and(|cover| bodies_alike(self.old.resolve(cover), self.new.resolve(site)));
            let (id, wire) = match (is_success(status), covered) {
                (true, true) => ("response-success-status-added", Wire::Compatible),
                (true, false) => ("response-success-status-added", Wire::Risky),
                (false, true) => ("response-non-success-status-added", Wire::Compatible),
                (false, false) => ("response-non-success-status-added", Wire::Risky),
            };
            let breaks = other_type && is_success(status);
            let found = Found::fixed(id, None, Some(site.at.to_string())).wire(wire).breaks_source_if(breaks);
            self.report(found.says(whose.subject(), "was added").reaches(whose.reaches("")));
        }
    }

    fn status_removed(
        &mut self,
        whose: Whose<'_>,
        status: &str,
        site: &Node<'d>,
        after: &BTreeMap<String, Node<'d>>,
        breaks: bool,
    ) {
        self.old.account(site.value);
        let covered =
            covering(status, after).is_some_and(|cover| bodies_alike(self.old.resolve(site), self.new.resolve(cover)));
        // Of a range that was documented, some statuses are left.
        let within = |other: &String| status.ends_with("XX") && other.get(..1) == status.get(..1);
        let mut left = after.iter().filter(|(other, _)| within(other)).peekable();
        let narrowed = left.peek().is_some()
            && left.all(|(_, other)| bodies_alike(self.old.resolve(site), self.new.resolve(other)));
        let (id, wire) = match (is_success(status), covered) {
            (true, _) if narrowed => ("response-success-status-removed", Wire::Compatible),
            (true, false) => ("response-success-status-removed", Wire::Breaking),
            (true, true) => ("response-success-status-removed", Wire::Risky),
            (false, true) => ("response-non-success-status-removed", Wire::Compatible),
            (false, false) => ("response-non-success-status-removed", Wire::Risky),
        };
        let found = Found::fixed(id, Some(site.at.to_string()), None).wire(wire).breaks_source_if(breaks);
        self.report(found.says(whose.subject(), "was removed").reaches(whose.reaches("")));
    }

    /// Compares two definitions of one response.
    pub(super) fn response(&mut self, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) {
        self.others(old, new, &["headers", "content", "links"], &whose.reaches(""));
        self.content(whose, old, new);
        let headers = |node: &Node<'d>| -> BTreeMap<String, Node<'d>> {
            let headers = node.get("headers");
            headers.iter().flat_map(Node::entries).map(|(name, header)| (name.to_ascii_lowercase(), header)).collect()
        };
        let (before, after) = (headers(old), headers(new));
        for (name, site) in &before {
            let shown = shown(site);
            let definition = self.old.resolve(site);
            match after.get(name) {
                Some(other) => {
                    if let (Some(before), Some(after)) = (definition, self.new.resolve(other)) {
                        self.header(&shown, &before, &after, whose.reach(&shown));
                    }
                }
                None => {
                    self.old.account(site.value);
                    let (id, wire) = if definition.is_some_and(|header| header.flag("required")) {
                        ("required-response-header-removed", Wire::Breaking)
                    } else {
                        ("optional-response-header-removed", Wire::Risky)
                    };
                    let subject = format!("the response header {}", quote_text(&shown));
                    let found = Found::fixed(id, Some(site.at.to_string()), None).wire(wire);
                    self.report(found.says(subject, "was removed").reaches(whose.reaches(&shown)));
                }
            }
        }
        for (_, site) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            self.new.account(site.value);
            let shown = shown(site);
            let subject = format!("the response header {}", quote_text(&shown));
            let found = Found::fixed("response-header-added", None, Some(site.at.to_string())).wire(Wire::Compatible);
            self.report(found.says(subject, "was added").reaches(whose.reaches(&shown)));
        }
    }
}

/// The name of an entry as it is written.
fn shown(site: &Node<'_>) -> String {
    zerogate_contract::pointer::tokens(&site.at).last().map(std::borrow::Cow::into_owned).unwrap_or_default()
}

/// The range or `default` that speaks for a status.
fn covering<'m, 'd>(status: &str, responses: &'m BTreeMap<String, Node<'d>>) -> Option<&'m Node<'d>> {
    let range = status.chars().next().filter(char::is_ascii_digit).map(|class| format!("{class}XX"));
    range
        .filter(|range| range != status)
        .and_then(|range| responses.get(&range))
        .or_else(|| (status != "default").then(|| responses.get("default")).flatten())
}

fn bodies_alike(old: Option<Node<'_>>, new: Option<Node<'_>>) -> bool {
    let content = |node: &Node<'_>| node.value.get("content").cloned().unwrap_or(Value::Null);
    match (old, new) {
        (Some(old), Some(new)) => same(&content(&old), &content(&new)),
        _ => false,
    }
}

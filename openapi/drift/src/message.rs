//! Compares request bodies, and what they have in common with responses.

use std::collections::BTreeMap;

use zerogate_contract::media::essence;
use zerogate_contract::names::pascal;
use zerogate_contract::statuses;

use crate::change::{Carrier, Direction, Reach, Source};
use crate::content::{self, Holder, media_name};
use crate::found::{Findings, Found};
use crate::kind::kind;
use crate::node::Node;
use crate::side::Sides;
use crate::text::{odd_flag, others};
use crate::value::quote_text;

/// Who has a message: the operation, and the status for a response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whose<'a> {
    pub(crate) operation: Option<&'a str>,
    pub(crate) status: Option<&'a str>,
}

impl Whose<'_> {
    /// The message as a whole.
    pub(crate) fn reach(self) -> Option<Reach> {
        Some(Reach {
            operation: self.operation?.to_owned(),
            direction: Some(if self.status.is_some() { Direction::Response } else { Direction::Request }),
            status: self.status.map(str::to_owned),
            field: String::new(),
            carrier: None,
        })
    }

    /// A part of the message.
    pub(crate) fn part(self, carrier: Carrier, field: &str) -> Option<Reach> {
        self.reach().map(|reach| Reach { carrier: Some(carrier), field: field.to_owned(), ..reach })
    }

    /// A difference of the message, or of a field of it.
    pub(crate) fn says(self, found: Found, what: impl Into<String>) -> Found {
        let topic = match self.status {
            Some(status) => format!("the answer {}", quote_text(status)),
            None => "the request body".to_owned(),
        };
        found.says(topic, what).reaches(self.reach().as_slice())
    }

    /// The name that a body gets in generated code.
    fn type_name(self) -> String {
        match (self.operation, self.status) {
            (Some(operation), Some(status)) => format!("{}{}Response", pascal(operation), pascal(status)),
            (Some(operation), None) => format!("{}Body", pascal(operation)),
            _ => String::new(),
        }
    }
}

/// Compares the request bodies of two operations.
pub(crate) fn request<'d>(sides: &Sides<'d>, operation: &str, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    let whose = Whose { operation: Some(operation), status: None };
    let (old_site, new_site) = (old.get("requestBody"), new.get("requestBody"));
    let before = old_site.as_ref().and_then(|site| sides.old.resolve(site, &mut out.seen));
    let after = new_site.as_ref().and_then(|site| sides.new.resolve(site, &mut out.seen));
    match (before, &old_site, after, &new_site) {
        (Some(before), _, Some(after), _) => out.add(body(whose, &before, &after)),
        (None, None, Some(after), Some(site)) if after.object().is_some() => {
            let kind = if after.flag("required") {
                kind!("request-body-added-required")
            } else {
                kind!("request-body-added-optional")
            };
            out.seen.whole(site);
            let found = Found::new(kind, None, site.place(), "").source(Source::Compatible);
            out.report(whose.says(found, "was added"));
        }
        (Some(before), Some(site), None, None) if before.object().is_some() => {
            out.seen.whole(site);
            let found = Found::new(kind!("request-body-removed"), site.place(), None, "");
            out.report(whose.says(found.source(Source::Breaking), "was removed"));
        }
        // What cannot be followed is left to the comparison of what nobody judged.
        _ => {}
    }
    out
}

/// Compares two definitions of one request body.
pub(crate) fn body<'d>(whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let reach = whose.reach();
    let mut out = others(old, new, &["required", "content"], reach.as_slice());
    out.found.extend(odd_flag("required", old, new, reach.as_slice()));
    let (before, after) = (old.flag("required"), new.flag("required"));
    if before != after {
        let (kind, what) = if after {
            (kind!("request-body-became-required"), "is now required")
        } else {
            (kind!("request-body-became-optional"), "may now be left out")
        };
        let found = Found::new(kind, Some(old.below("required")), Some(new.below("required")), "");
        out.report(whose.says(found, what));
    }
    out.add(media_types(whose, old, new));
    out
}

/// Compares the content of two messages, media type by media type.
pub(crate) fn media_types<'d>(whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let (added, removed) = match whose.status {
        Some(_) => (kind!("response-media-type-added"), kind!("response-media-type-removed")),
        None => (kind!("request-body-media-type-added"), kind!("request-body-media-type-removed")),
    };
    let (before, after) = (by_media_type(old), by_media_type(new));
    let breaks = BodyType::of(&before, whose.status) != BodyType::of(&after, whose.status);
    let mut out = Findings::default();
    for (name, media) in &before {
        if let Some(other) = after.get(name) {
            out.add(others(media, other, &["schema"], whose.reach().as_slice()));
            let (carrier, type_names) = (Carrier::Body, (whose.type_name(), whose.type_name()));
            let (written, reach) = (content::written(name, &[media, other]), whose.part(carrier, ""));
            let holder = Holder { carrier, written, always: false, reach, type_names };
            out.parts.extend(content::schema(media, other, holder));
            continue;
        }
        out.seen.whole(media);
        let found = Found::new(removed, media.place(), None, "").breaks_source_if(breaks);
        out.report(whose.says(found, format!("no longer has the media type {}", quote_text(name))));
    }
    for (name, media) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        out.seen.whole(media);
        let found = Found::new(added, None, media.place(), "").breaks_source_if(breaks);
        out.report(whose.says(found, format!("has the further media type {}", quote_text(name))));
    }
    out
}

/// The content of a message, by the one spelling of a media type in which two of them are compared.
pub(crate) fn by_media_type<'d>(message: &Node<'d>) -> BTreeMap<String, Node<'d>> {
    let content = message.get("content");
    content.iter().flat_map(Node::entries).map(|(name, media)| (media_name(name), media)).collect()
}

/// What kind of Rust type a body has.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum BodyType {
    None,
    Json,
    /// A form has no lists and no objects: the type is one of its own.
    Form,
    Bytes,
}

impl BodyType {
    pub(crate) fn of(content: &BTreeMap<String, Node<'_>>, status: Option<&str>) -> Self {
        let has = |wanted: &str| content.keys().any(|name| essence(name) == wanted);
        // One error that is written otherwise is not read, and leaves the type of the others as it is.
        let is_error = status.is_some_and(|status| !is_success(status));
        let like_json = || content.keys().any(|name| essence(name).ends_with("+json"));
        if content.is_empty() {
            Self::None
        } else if has("application/json") || (is_error && like_json()) {
            Self::Json
        } else if status.is_none() && has("application/x-www-form-urlencoded") {
            Self::Form
        } else {
            Self::Bytes
        }
    }
}

pub(crate) fn is_success(status: &str) -> bool {
    statuses(status).is_some_and(|statuses| *statuses.start() / 100 == 2)
}

//! Compares request bodies, and what they share with responses.

use std::collections::BTreeMap;

use zerogate_contract::media::essence;
use zerogate_contract::names::pascal;
use zerogate_contract::statuses;

use crate::change::{Caller, Carrier, Direction, Reach, Source, Wire};
use crate::content::{self, Holder};
use crate::found::{Findings, Found, Topic};
use crate::kind::{Kind, kind};
use crate::media::{Media, media_name};
use crate::node::Node;
use crate::side::Sides;
use crate::text::{odd_flag, others};
use crate::value::quote_text;

/// The owner of a message: the operation, and the status for a response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whose<'a> {
    pub(crate) operation: Option<&'a str>,
    pub(crate) status: Option<&'a str>,
    /// Who sends the request.
    pub(crate) caller: Caller,
}

impl<'a> Whose<'a> {
    /// A message of a client, or the response to it, for an operation or a component.
    pub(crate) fn client(operation: Option<&'a str>, status: Option<&'a str>) -> Self {
        Whose { operation, status, caller: Caller::Client }
    }

    /// The direction for the client: it receives the server's requests, and sends the responses to them.
    pub(crate) fn direction(self) -> Direction {
        if self.status.is_some() == self.is_of_client() { Direction::Response } else { Direction::Request }
    }

    fn is_of_client(self) -> bool {
        self.caller == Caller::Client
    }

    /// The whole message.
    pub(crate) fn reach(self) -> Option<Reach> {
        Some(Reach {
            direction: Some(self.direction()),
            status: self.status.map(str::to_owned),
            caller: self.caller,
            ..Reach::whole(self.operation?)
        })
    }

    /// A part of the message.
    pub(crate) fn part(self, carrier: Carrier, field: &str) -> Option<Reach> {
        self.reach().map(|reach| Reach { carrier: Some(carrier), field: field.to_owned(), ..reach })
    }

    /// A difference of the message, or of one of its fields.
    pub(crate) fn says(self, found: Found, what: impl Into<String>) -> Found {
        let topic = match self.status {
            // For a component, used anywhere.
            Some("") => Topic::Text("the response".to_owned()),
            Some(status) => Topic::OneOf(format!("the response {}", quote_text(status)), "each of several responses"),
            None if self.is_of_client() => Topic::Text("the request body".to_owned()),
            None => Topic::Text(format!("the body of the {}", self.caller)),
        };
        Found { topic, ..found.says("", what) }.reaches(self.reach().as_slice())
    }

    /// The name of a body in generated code.
    fn type_name(self) -> String {
        match (self.operation.filter(|_| self.is_of_client()), self.status) {
            (Some(operation), Some(status)) => format!("{}{}Response", pascal(operation), pascal(status)),
            (Some(operation), None) => format!("{}Body", pascal(operation)),
            _ => String::new(),
        }
    }
}

/// Compares the request bodies of two operations.
pub(crate) fn request<'d>(sides: &Sides<'d>, operation: &str, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let mut out = Findings::default();
    let whose = Whose::client(Some(operation), None);
    let (old_site, new_site) = (old.get("requestBody"), new.get("requestBody"));
    let before = old_site.as_ref().and_then(|site| sides.old.resolve(site, &mut out.seen));
    let after = new_site.as_ref().and_then(|site| sides.new.resolve(site, &mut out.seen));
    match (before, &old_site, after, &new_site) {
        (Some(before), _, Some(after), _) => out.add(body(sides, whose, &before, &after)),
        (None, None, Some(after), Some(site)) if after.object().is_some() => {
            let kind = if after.flag("required") {
                kind!("request-body-added-required")
            } else {
                kind!("request-body-added-optional")
            };
            out.seen.whole(site);
            let found = Found::new(kind, None, site.place(), "").source(Source::Compatible);
            out.report(whose.says(found, "was added").came());
        }
        (Some(before), Some(site), None, None) if before.object().is_some() => {
            out.seen.whole(site);
            let found = Found::new(kind!("request-body-removed"), site.place(), None, "");
            out.report(whose.says(found.source(Source::Breaking), "was removed").gone());
        }
        // Unresolved references are left to the comparison of leftovers.
        _ => {}
    }
    out
}

/// Compares two definitions of one request body.
pub(crate) fn body<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let reach = whose.reach();
    let mut out = others(old, new, &["required", "content"], reach.as_slice());
    out.found.extend(odd_flag("required", old, new, reach.as_slice()));
    let (before, after) = (old.flag("required"), new.flag("required"));
    if before != after {
        let (kind, what) = if after {
            (kind!("request-body-became-required"), "is now required")
        } else {
            (kind!("request-body-became-optional"), "is now optional")
        };
        let found = Found::new(kind, Some(old.below("required")), Some(new.below("required")), "");
        out.report(whose.says(found, what));
    }
    out.add(media_types(sides, whose, old, new));
    out
}

/// Compares the content of two messages by media type.
pub(crate) fn media_types<'d>(sides: &Sides<'d>, whose: Whose<'_>, old: &Node<'d>, new: &Node<'d>) -> Findings<'d> {
    let sent = whose.direction() == Direction::Request;
    let kinds = if sent { &REQUEST } else { &RESPONSE };
    let (before, after) = (by_media_type(old), by_media_type(new));
    // No code is generated for requests of the server.
    let breaks = whose.is_of_client() && BodyType::of(&before, whose.status) != BodyType::of(&after, whose.status);
    // A media type that many messages share is added and removed with all of them at once.
    let report = |found: Found, what: String| {
        let cause = format!("{} {sent} {what}", whose.caller);
        whose.says(found.breaks_source_if(breaks), what).once(&cause)
    };
    let mut out = Findings::default();
    let Pairs { pairs, gone, fresh } = Pairs::of(&before, &after);
    for (name, other, media) in pairs {
        let (Some(was), Some(is)) = (before.get(name), after.get(other)) else {
            continue;
        };
        // A range that stays, and one of its media types that the other side describes separately.
        let was_there = media == Media::Wider && before.contains_key(other);
        let carved_out = media == Media::Narrower && after.contains_key(name);
        let one = if media == Media::Narrower { other } else { name };
        let (carrier, type_names) = (Carrier::Body, (whose.type_name(), whose.type_name()));
        let (written, reach) = (content::written(one, &[was, is]), whose.part(carrier, ""));
        let holder = Holder { carrier, written, always: false, reach, type_names };
        let content = content::media_type(sides, one, (was, is), holder, sent);
        out.add(if carved_out { content.apart(whose.direction()) } else { content });
        let kind = match media {
            Media::Same => continue,
            _ if carved_out => {
                out.seen.whole(is);
                let found = Found::new(kinds.added, None, is.place(), "").wire(Wire::Compatible);
                out.report(report(found, format!("has the additional media type {}", quote_text(other))));
                continue;
            }
            Media::Parameters | Media::Suffix => kinds.changed,
            Media::Wider => kinds.generalized,
            Media::Narrower => kinds.specialized,
        };
        let found = Found::new(kind, was.place(), is.place(), "");
        let found = match media {
            // It allows nothing new.
            _ if was_there => found.wire(Wire::Compatible),
            Media::Suffix => found.wire(Wire::Breaking),
            _ => found,
        };
        let what = format!("has the media type {} instead of {}", quote_text(other), quote_text(name));
        out.report(report(found, what));
    }
    for (name, media) in gone.iter().filter_map(|name| before.get_key_value(*name)) {
        out.seen.whole(media);
        let what = format!("no longer has the media type {}", quote_text(name));
        out.report(report(Found::new(kinds.removed, media.place(), None, ""), what));
    }
    for (name, media) in fresh.iter().filter_map(|name| after.get_key_value(*name)) {
        out.seen.whole(media);
        let what = format!("has the additional media type {}", quote_text(name));
        let found = Found::new(kinds.added, None, media.place(), "");
        let found = match (whose.is_of_client(), sent) {
            // The client responds with a body where it needed none.
            (false, true) if before.is_empty() => found.wire(Wire::Breaking),
            // The receiver has not asked for it.
            (false, false) => found.wire(Wire::Risky),
            _ => found,
        };
        out.report(report(found, what));
    }
    out
}

/// The kinds for changes of a media type.
struct Kinds {
    added: &'static Kind,
    removed: &'static Kind,
    changed: &'static Kind,
    generalized: &'static Kind,
    specialized: &'static Kind,
}

static REQUEST: Kinds = Kinds {
    added: kind!("request-body-media-type-added"),
    removed: kind!("request-body-media-type-removed"),
    changed: kind!("request-body-media-type-name-changed"),
    generalized: kind!("request-body-media-type-name-generalized"),
    specialized: kind!("request-body-media-type-name-specialized"),
};
static RESPONSE: Kinds = Kinds {
    added: kind!("response-media-type-added"),
    removed: kind!("response-media-type-removed"),
    changed: kind!("response-media-type-name-changed"),
    generalized: kind!("response-media-type-name-generalized"),
    specialized: kind!("response-media-type-name-specialized"),
};

/// The pairs of media types of the old and the new message.
struct Pairs<'n> {
    pairs: Vec<(&'n str, &'n str, Media)>,
    gone: Vec<&'n str>,
    fresh: Vec<&'n str>,
}

impl<'n> Pairs<'n> {
    /// Matches by name, then by name without parameters, then by range, then by syntax.
    fn of(before: &'n BTreeMap<String, Node<'_>>, after: &'n BTreeMap<String, Node<'_>>) -> Self {
        let name = |name: &'n String| name.as_str();
        let (shared, mut gone): (Vec<&str>, Vec<&str>) =
            before.keys().map(name).partition(|it| after.contains_key(*it));
        let mut fresh: Vec<&str> = after.keys().map(name).filter(|it| !before.contains_key(*it)).collect();
        let mut pairs: Vec<(&str, &str, Media)> = shared.iter().map(|it| (*it, *it, Media::Same)).collect();
        gone.retain(|old| {
            let alike = |new: &str| matches!(Media::of(old, new), Some(Media::Same | Media::Parameters));
            let found = fresh.iter().position(|new| alike(new)).map(|index| fresh.remove(index));
            pairs.extend(found.and_then(|new| Some((*old, new, Media::of(old, new)?))));
            found.is_none()
        });
        let ranges: Vec<&str> = fresh.iter().chain(&shared).copied().collect();
        gone.retain(|old| {
            // The most specific one applies: `*/*` is the least in the order of the text.
            let found = ranges.iter().filter(|new| Media::of(old, new) == Some(Media::Wider)).max();
            pairs.extend(found.map(|new| (*old, *new, Media::Wider)));
            found.is_none()
        });
        let mut narrowed = Vec::new();
        fresh.retain(|new| {
            let is_taken = pairs.iter().any(|(_, other, _)| other == new);
            let ranges = gone.iter().chain(&shared).filter(|old| Media::of(old, new) == Some(Media::Narrower));
            let found = ranges.max().filter(|_| !is_taken);
            narrowed.extend(found.map(|old| (*old, *new, Media::Narrower)));
            found.is_none() && !is_taken
        });
        gone.retain(|old| !narrowed.iter().any(|(range, ..)| range == old));
        pairs.extend(narrowed);
        gone.retain(|old| {
            let found = fresh.iter().position(|new| Media::of(old, new) == Some(Media::Suffix));
            pairs.extend(found.map(|index| (*old, fresh.remove(index), Media::Suffix)));
            found.is_none()
        });
        Pairs { pairs, gone, fresh }
    }
}

/// The content of a message, by normalised media type.
pub(crate) fn by_media_type<'d>(message: &Node<'d>) -> BTreeMap<String, Node<'d>> {
    let content = message.get("content");
    content.iter().flat_map(Node::entries).map(|(name, media)| (media_name(name), media)).collect()
}

/// The kind of Rust type for a body.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum BodyType {
    None,
    Json,
    /// A form has no lists or objects, and its own type.
    Form,
    Bytes,
}

impl BodyType {
    pub(crate) fn of(content: &BTreeMap<String, Node<'_>>, status: Option<&str>) -> Self {
        let has = |wanted: &str| content.keys().any(|name| essence(name) == wanted);
        // An error in another format is not read, and does not change the type of the others.
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

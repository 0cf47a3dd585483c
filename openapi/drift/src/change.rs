//! The result of comparing two contracts: one [`Change`] for each cause.

use std::cmp::Reverse;
use std::fmt::{self, Display, Formatter};

use jiff::civil::Date;
use zerogate_contract::{Document, Position};

/// The effect of a change on requests and responses between a client of the old contract and a server of the new one.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Wire {
    /// No effect: the same requests are accepted, and the same responses returned.
    #[default]
    None,
    /// Everything that a client of the old contract sends is still accepted, and it knows every response.
    Compatible,
    /// A client may receive what the old contract did not promise, or the comparison cannot judge the change.
    Risky,
    /// A client of the old contract is rejected, or receives a response that the old contract rules out.
    Breaking,
}

/// The effect of a change on Rust code written against the crate generated from the old contract.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Source {
    /// The generated items stay the same.
    #[default]
    None,
    /// Items are added; existing code still compiles.
    Compatible,
    /// An item is removed, renamed, or has another type.
    Breaking,
}

/// The version bump that a change requires, by the rules for a crate at or above 1.0.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Bump {
    /// Nothing to publish.
    #[default]
    None,
    /// Only descriptions changed.
    Patch,
    /// Something was added, or may now be received.
    Minor,
    /// Something breaks, on the wire or in code.
    Major,
}

/// Whether a change affects what the client sends or what it receives.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Direction {
    /// What the client sends: path, parameters, credentials, body.
    Request,
    /// What the server returns: status, headers, body.
    Response,
}

/// The part of a message that a change is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Carrier {
    /// Its body.
    Body,
    /// A parameter of a request.
    Parameter,
    /// A header of a response.
    Header,
}

/// Who sends a request.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Caller {
    /// The client, by calling an operation.
    #[default]
    Client,
    /// The server, by a webhook.
    Webhook,
    /// The server, by a callback of an operation.
    Callback,
}

/// An operation that a change affects, and where in it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Reach {
    /// The operation's id, or the method and path if it has none, such as `GET /gate_sessions`. For requests of the
    /// server: `webhook paid`, or `callback paid of createSession`.
    pub operation: String,
    /// `None` if it concerns the operation as a whole, such as its id or its deprecation.
    pub direction: Option<Direction>,
    /// The status of the response as written in the contract: `201`, `5XX`, `default`. `None` in requests.
    pub status: Option<String>,
    /// The field of the message: the path of a property from the body (`status`, `data[].id`), or the name of a header
    /// or parameter; empty for the whole body, request or response.
    pub field: String,
    /// The part that has this field; `None` for the whole request, response or operation.
    pub carrier: Option<Carrier>,
    /// Who sends the request. The direction is always the client's: a webhook's body is a response to it.
    pub caller: Caller,
}

impl Direction {
    /// The noun for a message of this direction.
    pub(crate) fn noun(self, caller: Caller) -> &'static str {
        match (self, caller) {
            (_, Caller::Client) => self.name(),
            (Self::Response, _) => caller.name(),
            (Self::Request, Caller::Webhook) => "webhook response",
            (Self::Request, Caller::Callback) => "callback response",
        }
    }
}

impl Reach {
    /// Affects an operation as a whole.
    #[must_use]
    pub fn whole(operation: impl Into<String>) -> Self {
        let (direction, status, carrier) = (None, None, None);
        Reach { operation: operation.into(), direction, status, field: String::new(), carrier, caller: Caller::Client }
    }
}

/// A place in one of the two documents.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The JSON pointer.
    pub pointer: String,
    /// The position in the text, if known.
    pub position: Option<Position>,
    /// The file with this text, if the document has several files and it is not the first.
    pub file: Option<String>,
}

impl Place {
    /// The place of a pointer in a document that may have been rewritten.
    pub(crate) fn of(document: &Document, at: &str) -> Self {
        let file = Some(document.file_of(at)).filter(|file| *file != document.name());
        Self { pointer: document.origin(at), position: document.position(at), file: file.map(str::to_owned) }
    }
}

/// What the old contract announced about something removed: it was `deprecated`, and `x-sunset` may name a date.
///
/// The maximum of several announcements is the announcement for all of them together.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Announced {
    /// The date of removal.
    For(Date),
    /// A date that cannot be parsed, as written.
    Unreadable(String),
    /// No date.
    Undated,
}

/// A difference between two contracts, reported at its cause.
///
/// If a component changes once and ten operations use it, this is one change that affects ten operations.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The kind of change: a stable name in kebab case, the same as oasdiff's where the meaning is the same.
    pub id: &'static str,
    /// The effect on the wire.
    pub wire: Wire,
    /// The effect on Rust code.
    pub source: Source,
    /// Whether code that breaks still compiles, but does something else: the generated items do not show it.
    pub(crate) compiles: bool,
    /// Whether only texts for people changed: descriptions, summaries, examples, tags.
    pub doc_only: bool,
    /// The place in the old document; `None` for an addition.
    pub old: Option<Place>,
    /// The place in the new document; `None` for a removal.
    pub new: Option<Place>,
    /// The affected operations, sorted. Empty if no operation uses the item.
    pub reach: Vec<Reach>,
    /// What changed, as a sentence without a full stop, for the person who has to act on it.
    pub message: String,
    /// The end of the message, about the generated code, once that was measured.
    pub(crate) measured: String,
    /// The lines of generated code that were removed, if only generating it showed that the change breaks code; for a
    /// change that only shows there also those that were added.
    pub lines: Vec<String>,
    /// For a removal of something deprecated: what had been announced.
    pub announced: Option<Announced>,
}

impl Change {
    /// A change of this kind without effects, places and affected operations.
    #[must_use]
    pub fn new(id: &'static str, message: impl Into<String>) -> Self {
        Change {
            id,
            wire: Wire::None,
            source: Source::None,
            compiles: false,
            doc_only: false,
            old: None,
            new: None,
            reach: Vec::new(),
            message: message.into(),
            measured: String::new(),
            lines: Vec::new(),
            announced: None,
        }
    }

    /// The place to look at: in the new document, or for a removal in the old one.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// The severity over wire and source; greater means worse.
    #[must_use]
    pub fn gravity(&self) -> impl Ord + use<> {
        let source = if self.source == Source::Breaking { Wire::Breaking as u8 } else { self.source as u8 };
        Reverse(source.max(self.wire as u8))
    }

    /// The order in which changes are reported: the worst first, then in the order of the text.
    #[must_use]
    pub fn order(&self) -> impl Ord + use<> {
        let place = self.place().map(|place| (place.position, place.pointer.clone()));
        (self.gravity(), self.doc_only, place, self.id, self.message.clone())
    }

    /// Removes the source verdict, and what the message says about it.
    pub fn drop_source(&mut self) {
        self.source = Source::None;
        self.lines.clear();
        let measured = std::mem::take(&mut self.measured);
        if let Some(kept) = self.message.strip_suffix(&measured) {
            self.message.truncate(kept.len());
        }
    }

    /// Adds what was measured to the message.
    pub(crate) fn measured(&mut self, what: &str) {
        self.measured.push_str(what);
        self.message.push_str(what);
    }

    /// The version bump that this change alone requires.
    #[must_use]
    pub fn bump(&self) -> Bump {
        match (self.wire, self.source) {
            (Wire::Breaking, _) | (_, Source::Breaking) => Bump::Major,
            (Wire::None, Source::None) if self.doc_only => Bump::Patch,
            (Wire::None, Source::None) => Bump::None,
            _ => Bump::Minor,
        }
    }

    /// The ids of the affected operations, sorted, each once.
    #[must_use]
    pub fn operations(&self) -> Vec<&str> {
        let mut operations: Vec<&str> = self.reach.iter().map(|reach| reach.operation.as_str()).collect();
        operations.sort_unstable();
        operations.dedup();
        operations
    }
}

/// The verdict over all changes: the worst of each kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Overall {
    /// The worst effect on the wire.
    pub wire: Wire,
    /// The worst effect on Rust code.
    pub source: Source,
    /// Whether there are changes, but only to texts.
    pub doc_only: bool,
    /// The version bump that all changes together require.
    pub semver: Bump,
}

/// What the source verdicts are based on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Basis {
    /// What the generator is known to do with each change: nothing was generated.
    #[default]
    Reasoned,
    /// The same, because one of the contracts cannot be generated; holds which one, and why.
    NotGenerated(String),
    /// The generated clients of both contracts, compared with each other.
    Measured,
}

/// Everything that changed from one contract to another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Drift {
    /// The changes: the worst first, then in the order of the text.
    pub changes: Vec<Change>,
    /// What their source verdicts are based on.
    pub basis: Basis,
}

impl Drift {
    /// The verdict over all changes.
    #[must_use]
    pub fn overall(&self) -> Overall {
        Overall {
            wire: self.changes.iter().map(|change| change.wire).max().unwrap_or_default(),
            source: self.changes.iter().map(|change| change.source).max().unwrap_or_default(),
            doc_only: !self.changes.is_empty() && self.changes.iter().all(|change| change.doc_only),
            semver: self.changes.iter().map(Change::bump).max().unwrap_or_default(),
        }
    }

    /// Whether nothing relevant changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// The names that reports use.
macro_rules! names {
    ($type:ident, $doc:literal: $($variant:ident $name:literal),+) => {
        impl $type {
            #[doc = concat!("The name in reports: ", $doc, ".")]
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl Display for $type {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

names!(Wire, "`none`, `compatible`, `risky`, `breaking`":
    None "none", Compatible "compatible", Risky "risky", Breaking "breaking");
names!(Source, "`none`, `compatible`, `breaking`": None "none", Compatible "compatible", Breaking "breaking");
names!(Bump, "`none`, `patch`, `minor`, `major`": None "none", Patch "patch", Minor "minor", Major "major");
names!(Direction, "`request`, `response`": Request "request", Response "response");
names!(Caller, "`client`, `webhook`, `callback`": Client "client", Webhook "webhook", Callback "callback");

//! What a comparison of two contracts finds: one [`Change`] for each cause.

use std::cmp::Reverse;
use std::fmt::{self, Display, Formatter};

use jiff::civil::Date;
use zerogate_contract::{Document, Position};

/// What a change means for requests and responses between a client of the old contract and a server of the new one.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Wire {
    /// The same requests are accepted and the same responses are given.
    #[default]
    None,
    /// Everything that a client of the old contract sends is still accepted, and every response is one that it knows.
    Compatible,
    /// A client may meet what the old contract did not promise, or what this comparison cannot judge.
    Risky,
    /// A client that keeps to the old contract is refused, or gets a response that the old contract rules out.
    Breaking,
}

/// What a change means for Rust code that was written against the crate generated from the old contract.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Source {
    /// The generated items stay the same.
    #[default]
    None,
    /// Items are added; what compiled still does.
    Compatible,
    /// An item is gone, renamed, or of another type.
    Breaking,
}

/// The version bump that a change asks for, read as for a crate at or above 1.0.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Bump {
    /// Nothing to publish.
    #[default]
    None,
    /// Only descriptions changed.
    Patch,
    /// Something was added, or may be met.
    Minor,
    /// Something breaks: on the wire or in code.
    Major,
}

/// Whether a change is met in what the client sends or in what it gets.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Direction {
    /// In what the client sends: path, parameters, credentials, body.
    Request,
    /// In what the server responds with: status, headers, body.
    Response,
}

/// What of a message a change is about.
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

/// Who makes a request.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Caller {
    /// The client: an operation.
    #[default]
    Client,
    /// The server, by a webhook.
    Webhook,
    /// The server, by a callback of an operation.
    Callback,
}

/// One operation that a change reaches, and where in it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Reach {
    /// The operation's id; for one without an id its method and path, such as `GET /gate_sessions`. What the server calls
    /// is `webhook paid`, or `callback paid of createSession`.
    pub operation: String,
    /// `None` for what is about the operation as a whole, such as its id or its deprecation.
    pub direction: Option<Direction>,
    /// The status of the response as the contract writes it: `201`, `5XX`, `default`. `None` in requests.
    pub status: Option<String>,
    /// What of the message changed: the path of a property from the body (`status`, `data[].id`), the name of a header
    /// or parameter; empty for the body, or the request or response, as a whole.
    pub field: String,
    /// What has this field; `None` for the request or response as a whole, and for the operation.
    pub carrier: Option<Carrier>,
    /// Who makes the request. The direction is the client's in any case: what a webhook brings is a response to it.
    pub caller: Caller,
}

impl Direction {
    /// What a sentence calls a message of this direction.
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
    /// An operation as a whole.
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
    /// Where that is in the text, if it is known.
    pub position: Option<Position>,
    /// The file that has this text, if the document has several and it is not the first.
    pub file: Option<String>,
}

impl Place {
    /// The place of what is at a pointer of a document that may have been rewritten.
    pub(crate) fn of(document: &Document, at: &str) -> Self {
        let file = Some(document.file_of(at)).filter(|file| *file != document.name());
        Self { pointer: document.origin(at), position: document.position(at), file: file.map(str::to_owned) }
    }
}

/// What the old contract had announced of something that is gone: it was `deprecated`, and `x-sunset` may name a day.
///
/// Of several things that go together, the greatest is what is announced of all of them.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Announced {
    /// The day on which it goes.
    For(Date),
    /// A day that cannot be read, as it is written.
    Unreadable(String),
    /// No day.
    Undated,
}

/// One difference between two contracts, told at its cause.
///
/// A component that is used by ten operations and changes once is one change that reaches ten operations.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The kind of change: a stable name in kebab case; oasdiff's, where that means the same.
    pub id: &'static str,
    /// What it means on the wire.
    pub wire: Wire,
    /// What it means for Rust code.
    pub source: Source,
    /// Only what people read changed: descriptions, summaries, examples, tags.
    pub doc_only: bool,
    /// Where it stood in the old document; `None` for what was added.
    pub old: Option<Place>,
    /// Where it stands in the new document; `None` for what was removed.
    pub new: Option<Place>,
    /// The operations that it reaches, sorted. Empty for what no operation uses.
    pub reach: Vec<Reach>,
    /// What changed, in a sentence without a full stop, for the person who has to act on it.
    pub message: String,
    /// Of a change that only the generated code shows: its lines that are gone or new.
    pub lines: Vec<String>,
    /// Of what is gone and was deprecated: what had been announced.
    pub announced: Option<Announced>,
}

impl Change {
    /// A change of this kind that means nothing yet, stands nowhere, and reaches nothing.
    #[must_use]
    pub fn new(id: &'static str, message: impl Into<String>) -> Self {
        Change {
            id,
            wire: Wire::None,
            source: Source::None,
            doc_only: false,
            old: None,
            new: None,
            reach: Vec::new(),
            message: message.into(),
            lines: Vec::new(),
            announced: None,
        }
    }

    /// The place to look at: in the new document, or in the old one for what was removed.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// How grave it is, over wire and source: what breaks first.
    #[must_use]
    pub fn gravity(&self) -> impl Ord + use<> {
        let source = if self.source == Source::Breaking { Wire::Breaking as u8 } else { self.source as u8 };
        Reverse(source.max(self.wire as u8))
    }

    /// The version bump that this change alone asks for.
    #[must_use]
    pub fn bump(&self) -> Bump {
        match (self.wire, self.source) {
            (Wire::Breaking, _) | (_, Source::Breaking) => Bump::Major,
            (Wire::None, Source::None) if self.doc_only => Bump::Patch,
            (Wire::None, Source::None) => Bump::None,
            _ => Bump::Minor,
        }
    }

    /// The ids of the operations that it reaches, each once, sorted.
    #[must_use]
    pub fn operations(&self) -> Vec<&str> {
        let mut operations: Vec<&str> = self.reach.iter().map(|reach| reach.operation.as_str()).collect();
        operations.sort_unstable();
        operations.dedup();
        operations
    }
}

/// The verdict over all changes: the gravest of each kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Overall {
    /// The gravest on the wire.
    pub wire: Wire,
    /// The gravest for Rust code.
    pub source: Source,
    /// There are changes, and all of them are of descriptions only.
    pub doc_only: bool,
    /// The version bump that all of them ask for.
    pub semver: Bump,
}

/// What source verdicts rest on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Basis {
    /// What the generator is known to make of each change: nothing was generated.
    #[default]
    Reasoned,
    /// The same, because one of the contracts cannot be generated: which, and why.
    NotGenerated(String),
    /// The clients of both contracts, which were generated and compared.
    Measured,
}

/// All that changed from one contract to another, in the order of the new document.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Drift {
    /// The changes: the gravest first, then in the order of the text.
    pub changes: Vec<Change>,
    /// What their source verdicts rest on.
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

    /// Whether nothing changed that is worth telling.
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

//! The situations of an attempt: which session to cancel, and how.

use std::fmt;

use super::core::Lab;
use super::obstacle::Need;
use super::target::State;
use crate::wire::{Credential, KeyForm, KeyVariant, Operation, Request, Role, Written, kebab};

/// A kind of attempt to cancel a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Situation {
    /// An open session, by its owner: the normal case.
    Open,
    /// An open session that has every optional field.
    Full,
    /// An open session, by its owner, with this body.
    WithBody(Body),
    /// An open session, by its owner, with the `Idempotency-Key` of its creation.
    WithCreationKey,
    /// An open session, by its owner, with the `Idempotency-Key` of the cancellation of another session.
    WithUsedKey,
    /// An open session, by its owner, with `Accept: */*`, as curl sends.
    AcceptAll,
    /// An open session, by its owner, without an `Accept` header.
    AcceptUnsaid,
    /// A session in this state, by its owner.
    Terminal(State),
    /// A session that was just cancelled, by its owner.
    Again,
    /// An open session, by a caller with this credential.
    By(Credential),
    /// A cancelled session, by a caller with this credential.
    TerminalBy(Credential),
    /// An open session, with its owner's key where it does not belong.
    KeyIn(KeyPlace),
    /// An open session, with its client secret in place of a key.
    ByClientSecret,
    /// An open session, without a key, with headers that say that the request comes from the same machine.
    Forwarded,
    /// An open session, without a key, on a connection that the owner's key was used on.
    AfterOwnKey,
    /// A session that does not exist.
    Unknown,
    /// A session that does not exist, by a caller with this credential.
    UnknownBy(Credential),
    /// A session of another partner, by its index.
    Foreign(usize),
    /// The first session of another partner, with that partner's id in a header and in the query.
    ForeignNamed,
    /// An open session, while the target is made to return this status.
    Provoked(u16),
}

/// A body of a cancellation, which the contract does not describe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Body {
    /// That of a client that labels every request as JSON.
    Empty,
    /// JSON without content.
    EmptyObject,
    /// A field of a session that no cancellation takes over, and one that it would be refused with. A server may take
    /// others, such as metadata.
    Amount,
    Status,
}

impl Body {
    /// Its text, and the case of findings about it.
    fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty => ("", "empty"),
            Self::EmptyObject => ("{}", "empty-object"),
            Self::Amount => (r#"{"amount":"0.01"}"#, "with-amount"),
            Self::Status => (r#"{"status":"completed"}"#, "with-status"),
        }
    }
}

/// A place where a key does not belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum KeyPlace {
    Query,
    Cookie,
    Header,
    Body,
}

impl fmt::Display for Situation {
    /// Writes a description that follows "a cancellation".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("of an open session"),
            Self::Full => f.write_str("of an open session with every optional field"),
            Self::WithBody(Body::Empty) => f.write_str("of an open session, with an empty body labelled as JSON"),
            Self::WithBody(body) => write!(f, "of an open session, with the body `{}`", body.parts().0),
            Self::WithCreationKey => f.write_str("of an open session, with the `Idempotency-Key` of its creation"),
            Self::WithUsedKey => f.write_str("of an open session, with the `Idempotency-Key` of another cancellation"),
            Self::AcceptAll => f.write_str("of an open session, with `Accept: */*`"),
            Self::AcceptUnsaid => f.write_str("of an open session, without an `Accept` header"),
            Self::Terminal(state) => write!(f, "of a session that is {}", state.word()),
            Self::Again => f.write_str("of a session that was just cancelled"),
            Self::By(credential) => write!(f, "with {credential}"),
            Self::TerminalBy(credential) => write!(f, "of a cancelled session, with {credential}"),
            Self::KeyIn(place) => write!(f, "with the key {place} only"),
            Self::ByClientSecret => f.write_str("with the session's client secret in place of a key"),
            Self::Forwarded => f.write_str("without a key, as if forwarded from 127.0.0.1"),
            Self::AfterOwnKey => f.write_str("without a key, after a request with one on the same connection"),
            Self::Unknown => f.write_str("of a session that does not exist"),
            Self::UnknownBy(credential) => write!(f, "of a session that does not exist, with {credential}"),
            Self::Foreign(_) => f.write_str("of another partner's session"),
            Self::ForeignNamed => {
                f.write_str("of another partner's session, with that partner's id in a header and in the query")
            }
            Self::Provoked(status) => write!(f, "that provokes a {status}"),
        }
    }
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query => "in the query",
            Self::Cookie => "in a cookie",
            Self::Header => "in other headers, such as `X-Api-Key`,",
            Self::Body => "in the body",
        })
    }
}

impl Situation {
    /// The name that identifies it within a run.
    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }

    /// The case of its findings. That of a foreign session is its state, which only the lab knows.
    pub(crate) fn case(self) -> Option<String> {
        Some(match self {
            Self::Foreign(_) => return None,
            Self::WithBody(body) => body.parts().1.to_owned(),
            Self::Terminal(state) => state.word().to_owned(),
            Self::By(credential) | Self::UnknownBy(credential) => credential.case(),
            Self::TerminalBy(credential) => format!("{}-when-cancelled", credential.case()),
            Self::KeyIn(place) => format!("key-in-{}", kebab(&format!("{place:?}"))),
            Self::Provoked(status) => status.to_string(),
            other => kebab(&other.name()),
        })
    }

    /// Whether it must leave an open session unchanged: several such attempts, one after another, share a session.
    pub(super) fn leaves_it_open(self) -> bool {
        matches!(self, Self::By(_) | Self::KeyIn(_) | Self::Forwarded | Self::AfterOwnKey | Self::Provoked(_))
    }

    /// Whether it is an attempt on an open session.
    pub(super) fn takes_an_open_session(self) -> bool {
        self.leaves_it_open() || self.cancels()
    }

    /// Whether the attempt must succeed.
    pub(super) fn cancels(self) -> bool {
        use Situation::{AcceptAll, AcceptUnsaid, Full, Open, WithBody, WithCreationKey, WithUsedKey};
        matches!(self, Open | Full | WithBody(_) | WithCreationKey | WithUsedKey | AcceptAll | AcceptUnsaid)
    }

    fn credential(self) -> Credential {
        match self {
            Self::By(credential) | Self::TerminalBy(credential) | Self::UnknownBy(credential) => credential,
            Self::KeyIn(_) | Self::ByClientSecret | Self::Forwarded | Self::AfterOwnKey => Credential::Missing,
            _ => Credential::Key(Role::Partner),
        }
    }
}

const ACCEPT: &str = "accept";

impl Lab<'_> {
    /// The request of a situation.
    pub(super) fn attempt(&self, situation: Situation, id: &str) -> Result<Request, Need> {
        let request = self.request(Operation::CancelSession, id, situation.credential())?.called(&situation.name());
        Ok(match situation {
            // The contract describes neither a body nor an `Idempotency-Key`.
            Situation::WithBody(body) => request.with_body(body.parts().0).irregular(),
            Situation::WithCreationKey | Situation::WithUsedKey => request.irregular(),
            Situation::AcceptAll => request.without(ACCEPT).with(ACCEPT, "*/*"),
            Situation::AcceptUnsaid => request.without(ACCEPT),
            Situation::KeyIn(place) => self.misplaced(request, place)?,
            // The secret goes where it may be read, too.
            Situation::ByClientSecret if !self.target.has_test_key() => return Err(Need::TestKey),
            Situation::Forwarded => {
                FORWARDED.into_iter().fold(request, |request, (name, value)| request.with(name, value))
            }
            Situation::Provoked(status) => {
                let headers = self.target.provocation(status)?;
                headers.iter().fold(request, |request, (name, value)| request.with(name, value.as_str()))
            }
            _ => request,
        })
    }

    /// A request with the key where it does not belong, and where it may be read: a live one is not sent there.
    fn misplaced(&self, request: Request, place: KeyPlace) -> Result<Request, Need> {
        let key = self.target.key(Role::Partner)?.expose();
        if !self.target.has_test_key() {
            return Err(Need::TestKey);
        }
        let written = |before: &str, after: &str| Written::of_key(before, (Role::Partner, key), KeyForm::Whole, after);
        Ok(match place {
            KeyPlace::Query => {
                let parameters = ["?api_key=", "&access_token=", "&key=", "&token="];
                let target =
                    parameters.iter().fold(request.target.clone(), |target, name| target.and(written(name, "")));
                Request { target, ..request }
            }
            KeyPlace::Cookie => request.with("cookie", written("api_key=", "")),
            KeyPlace::Header => request
                .with("x-api-key", written("", ""))
                .with("x-auth-token", written("", ""))
                .with("x-embed-token", written("", ""))
                .with("proxy-authorization", written("Bearer ", "")),
            KeyPlace::Body => request.with_body(written(r#"{"api_key":""#, r#""}"#)),
        })
    }
}

/// The headers in which a proxy says where a request comes from.
const FORWARDED: [(&str, &str); 3] =
    [("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1"), ("forwarded", "for=127.0.0.1")];

/// Malformed credentials: no scheme, no key, something other than a key, or more than the key.
pub(crate) const MALFORMED: [Credential; 14] = [
    Credential::Literal("empty", ""),
    Credential::Literal("scheme-alone", "Bearer"),
    Credential::Literal("no-key-at-all", "Bearer not-a-secret-key"),
    Credential::Literal("kind-alone", "Bearer sk_test_"),
    // What JavaScript writes for a key that is not set.
    Credential::Literal("undefined", "Bearer undefined"),
    Credential::Variant(KeyVariant::Raw),
    Credential::Variant(KeyVariant::Glued),
    Credential::Variant(KeyVariant::Colon),
    Credential::Variant(KeyVariant::Quoted),
    Credential::Variant(KeyVariant::Followed),
    Credential::Variant(KeyVariant::Listed),
    Credential::Variant(KeyVariant::ListedFirst),
    Credential::Variant(KeyVariant::PercentEncoded),
    Credential::Variant(KeyVariant::Base64),
];

/// Schemes other than Bearer, with and without the key.
pub(crate) const OTHER_SCHEMES: [Credential; 7] = [
    // "user:password", which belongs to nobody.
    Credential::Literal("basic", "Basic dXNlcjpwYXNzd29yZA=="),
    Credential::Variant(KeyVariant::BasicUser),
    Credential::Variant(KeyVariant::BasicPassword),
    Credential::Variant(KeyVariant::BasicRaw),
    Credential::Variant(KeyVariant::Token),
    Credential::Variant(KeyVariant::ApiKey),
    Credential::Variant(KeyVariant::Digest),
];

/// The partner's key, altered by a character or in its prefix.
pub(crate) const ALTERED: [Credential; 8] = [
    Credential::Variant(KeyVariant::FirstChanged),
    Credential::Variant(KeyVariant::MiddleChanged),
    Credential::Variant(KeyVariant::LastChanged),
    Credential::Variant(KeyVariant::Prefixed),
    Credential::Variant(KeyVariant::Extended),
    Credential::Variant(KeyVariant::Truncated),
    Credential::Variant(KeyVariant::Bare),
    Credential::Variant(KeyVariant::CaseSwapped),
];

/// A well-formed key that belongs to nobody.
pub(crate) const UNKNOWN_KEY: Credential =
    Credential::Literal("unknown-key", "Bearer sk_test_fake_zerogate_conformance_unknown_key");

/// An unknown secret of another kind.
pub(crate) const UNKNOWN_WEBHOOK_SECRET: Credential =
    Credential::Literal("webhook-secret", "Bearer whsec_zerogate_conformance_unknown");

/// The places where a key must be ignored.
pub(crate) const WRONG_PLACES: [KeyPlace; 4] = [KeyPlace::Query, KeyPlace::Cookie, KeyPlace::Header, KeyPlace::Body];

/// The situations with an unauthorized caller.
pub(crate) fn unauthorized() -> Vec<Situation> {
    // The reference does not say how a key of the other mode is refused.
    let other_mode = Credential::Variant(KeyVariant::OtherMode);
    let known =
        [Credential::Missing, other_mode, UNKNOWN_KEY, UNKNOWN_WEBHOOK_SECRET, Credential::Key(Role::Publishable)];
    let credentials = known.into_iter().chain(MALFORMED).chain(OTHER_SCHEMES).chain(ALTERED);
    let others = [Situation::ByClientSecret, Situation::Forwarded, Situation::AfterOwnKey];
    credentials.map(Situation::By).chain(WRONG_PLACES.map(Situation::KeyIn)).chain(others).collect()
}

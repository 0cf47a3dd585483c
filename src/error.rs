mod of_call;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::attempt::{Attempt, AttemptOutcome};
use crate::base_url::BaseUrl;
use crate::cause::Cause;
use crate::delivery::Delivery;
use crate::operation::Operation;
use crate::types;

/// Why a call has no value to give.
///
/// It says what was seen and no more: [`kind`](Self::kind) to branch on, whether the request may have taken effect
/// ([`delivery`](Self::delivery)), every attempt ([`attempts`](Self::attempts)), and of the last answer, where there was one,
/// [`status`](Self::status), [`request_id`](Self::request_id), [`envelope`](Self::envelope) and
/// [`retry_after`](Self::retry_after).
///
/// `Display` is one short line without anything that came from the server but numbers; `Debug` adds the request id, and
/// neither shows a body, a header or a secret. The chain of [`source`](StdError::source)s keeps what the libraries below
/// said, without what they quote: no URL, no value, no line of a body.
///
/// (Reference, *Production rules*: branch on machine-readable status, error code, object id and request id; *Errors*: not on
/// the free-form message.)
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    delivery: Delivery,
    operation: Option<&'static Operation>,
    status: Option<u16>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    envelope: Option<types::Error>,
    code: Option<String>,
    contradiction: Option<String>,
    body: Option<Bytes>,
    detail: Option<String>,
    given_up: Option<String>,
    hint: Option<&'static str>,
    note: Option<String>,
    attempts: Vec<Attempt>,
    source: Option<Cause>,
}

/// What went wrong, to branch on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client cannot be built from what it was given.
    Configuration,
    /// The request is incomplete, or a value in it is not acceptable; it was not sent.
    Request,
    /// No connection to the server.
    Connect,
    /// The server's certificate is not trusted, or what answers does not speak TLS.
    Certificate,
    /// The time ran out while the answer was awaited.
    Timeout,
    /// The connection failed after the request may have been sent.
    Transport,
    /// What came back is not HTTP.
    Protocol,
    /// 401: the secret key is missing or not valid.
    Unauthorized,
    /// 403: the key may not do this; never the answer for another partner's session.
    Forbidden,
    /// 404: there is no such session, or it belongs to another partner.
    ///
    /// One without an [`envelope`](Error::envelope) is probably not 0Gate's: look at the base URL before you write a session
    /// off.
    NotFound,
    /// 409: the state does not allow it.
    ///
    /// Of a cancellation it means that the session is terminal already, which `cancel_session` reports as an outcome. There it
    /// is an error only if an earlier attempt may have taken effect and the session could not be read back.
    Conflict,
    /// 429: throttled. Back off, then retry.
    RateLimited,
    /// 5xx: a failure of the server, or of something behind it.
    Server,
    /// Any other 4xx: the server refused the request.
    Rejected,
    /// A status that the contract does not have for this operation: a redirect, or another success than the
    /// documented one.
    UnexpectedStatus,
    /// A success whose body cannot be read as what the contract says it is.
    UnreadableBody,
    /// An answer that contradicts itself: a success with another session in it, or with one that is not cancelled; a conflict
    /// over a session that reads as open.
    Contradiction,
}

impl ErrorKind {
    /// The name under which it is stored and logged, such as `rate_limited`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Request => "request",
            Self::Connect => "connect",
            Self::Certificate => "certificate",
            Self::Timeout => "timeout",
            Self::Transport => "transport",
            Self::Protocol => "protocol",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::Rejected => "rejected",
            Self::UnexpectedStatus => "unexpected_status",
            Self::UnreadableBody => "unreadable_body",
            Self::Contradiction => "contradiction",
        }
    }

    /// What is said of it, in a line that others join.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Configuration => "the client cannot be built",
            Self::Request => "the request was not sent",
            Self::Connect => "no connection to the server",
            Self::Certificate => "no trusted connection to the server",
            Self::Timeout => "no answer in time",
            Self::Transport => "the connection failed before there was an answer",
            Self::Protocol => "what came back is not HTTP",
            Self::Unauthorized => "the secret key is missing or not valid",
            Self::Forbidden => "the key may not do this",
            Self::NotFound => "not found, or another partner's",
            Self::Conflict => "a conflict with the present state",
            Self::RateLimited => "throttled, back off before the next attempt",
            Self::Server => "the server failed",
            Self::Rejected => "the server refused the request",
            Self::UnexpectedStatus => "not a status that the contract has for this operation",
            Self::UnreadableBody => "a success whose body cannot be read",
            Self::Contradiction => "an answer that contradicts itself",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    fn new(kind: ErrorKind, delivery: Delivery) -> Self {
        Self(Box::new(Inner {
            kind,
            delivery,
            operation: None,
            status: None,
            request_id: None,
            retry_after: None,
            envelope: None,
            code: None,
            contradiction: None,
            body: None,
            detail: None,
            given_up: None,
            hint: None,
            note: None,
            attempts: Vec::new(),
            source: None,
        }))
    }

    /// A client that cannot be built.
    pub(crate) fn configuration(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, Delivery::NotSent).with_detail(detail)
    }

    pub(crate) fn with_source(mut self, source: &(dyn StdError + 'static)) -> Self {
        self.0.source = Some(Cause::of(source));
        self
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds what else may be behind it.
    pub(crate) fn with_hint(mut self, hint: Option<&'static str>) -> Self {
        self.0.hint = hint;
        self
    }

    /// Adds what the person who reads the message should know besides.
    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.0.note = Some(note.into());
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Adds attempts that came after those it was made of.
    pub(crate) fn with_later(mut self, attempts: &[Attempt]) -> Self {
        self.0.attempts.extend_from_slice(attempts);
        self
    }

    /// Whether it would help to know which server was meant.
    pub(crate) fn is_about_the_host(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Connect | ErrorKind::Certificate)
    }

    /// Says which server was meant.
    pub(crate) fn with_host(self, base: &BaseUrl) -> Self {
        let port = base.url().port_or_known_default().unwrap_or_default();
        let host = format!("{}:{port}", base.url().host_str().unwrap_or_default());
        let detail = self.0.detail.as_deref().map_or(host.clone(), |detail| format!("{host}: {detail}"));
        self.with_detail(detail)
    }

    /// What went wrong, to branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the request may have taken effect: of the whole call, with all its attempts.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// The HTTP status of the operation's last attempt, if it was answered.
    ///
    /// What reading back was answered with is in [`attempts`](Self::attempts) alone.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The request id of the answer to the operation's last attempt: its `X-Request-Id` header, else what its envelope says.
    ///
    /// (Reference, *Errors*: all errors carry the header.) Those of the other attempts are in
    /// [`attempts`](Self::attempts).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The error envelope, if the answer had one; an HTML page of a gateway has none.
    ///
    /// The status decides what kind of error this is. Where the envelope is of another one,
    /// [`envelope_contradiction`](Self::envelope_contradiction) says so. Its type is [`Envelope`](crate::Envelope).
    #[must_use]
    pub fn envelope(&self) -> Option<&types::Error> {
        self.0.envelope.as_ref()
    }

    /// The envelope's `code`, to branch on and to log; `None` where it is no plain word of at most 64 characters.
    ///
    /// (Reference, *Errors*: branch on it, on the type and on the status, not on the message.)
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What the envelope says that the HTTP status denies, in words, if it does.
    #[must_use]
    pub fn envelope_contradiction(&self) -> Option<&str> {
        self.0.contradiction.as_deref()
    }

    /// Every attempt of the call, in the order in which they were made, reading back included.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    /// The wait that the last answer asked for in its `Retry-After`.
    ///
    /// Counted from that answer. The call itself has not waited for it: its status is not one that is tried again, its attempts
    /// were used up, or the deadline left less than that.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The last answer's body as far as it was read, at most [`CallOptions::max_body`](crate::CallOptions::max_body) bytes.
    ///
    /// It may hold whatever the server sent, customers' data included: look at it, and do not log it. Where it repeated the
    /// secret key, there are asterisks. There is none of a success of `createSession`, which may hold a client secret, nor of
    /// an operation that this crate does not know.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.0.body.as_deref()
    }

    /// Whether what is unknown is so because of one whole answer alone: an undocumented success, or a success that its body
    /// denies. Such an answer is reported as it was seen; it is not one that was lost.
    pub(crate) fn is_denied_success(&self) -> bool {
        let Some((last, earlier)) = self.0.attempts.split_last() else {
            return false;
        };
        matches!(last.status, Some(200..=299))
            && last.outcome == AttemptOutcome::Answered
            && earlier.iter().all(|attempt| attempt.delivery != Delivery::Unknown)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, delivery, operation, status, detail, .. } = self.0.as_ref();
        if let Some(operation) = operation {
            write!(f, "{}: ", operation.id)?;
        }
        if let Some(status) = status {
            write!(f, "{status}: ")?;
        }
        f.write_str(kind.phrase())?;
        if let Some(detail) = detail {
            write!(f, ": {detail}")?;
        }
        let more = [&self.0.given_up, &self.0.contradiction, &self.0.note].map(Option::as_deref);
        for more in more.into_iter().chain([self.0.hint]).flatten() {
            write!(f, "; {more}")?;
        }
        // Reading has no effect that could be in doubt.
        let is_read = operation.is_some_and(|operation| operation.method == "GET");
        match (delivery, kind) {
            (Delivery::Unknown, _) if !is_read => f.write_str("; the request may have taken effect"),
            (Delivery::NotSent, ErrorKind::Connect | ErrorKind::Certificate) => f.write_str("; nothing was sent"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("message", &self.to_string())
            .field("kind", &self.0.kind)
            .field("delivery", &self.0.delivery)
            .field("operation", &self.0.operation.map(|operation| operation.id))
            .field("status", &self.0.status)
            .field("request_id", &self.0.request_id)
            .field("code", &self.0.code)
            .field("envelope", &self.0.envelope.is_some())
            .field("retry_after", &self.0.retry_after)
            .field("attempts", &self.0.attempts)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}

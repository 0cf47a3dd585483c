use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::answer::{Answer, End};
use crate::attempt::{Attempt, AttemptOutcome};
use crate::cause::Cause;
use crate::delivery::Delivery;
use crate::hooks::Seen;
use crate::operation::Operation;
use crate::response::Response;
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
    contradiction: Option<String>,
    body: Option<Bytes>,
    detail: Option<String>,
    given_up: Option<String>,
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

/// The operations whose successes hold no client secret (reference, *Response*: never includes `client_secret`). Of any other
/// one the raw body of a success is not kept.
const WITHOUT_SECRET: &[&str] = &["cancelSession", "retrieveSession", "listSessions"];

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
            contradiction: None,
            body: None,
            detail: None,
            given_up: None,
            note: None,
            attempts: Vec::new(),
            source: None,
        }))
    }

    /// A client that cannot be built.
    pub(crate) fn configuration(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, Delivery::NotSent).with_detail(detail)
    }

    /// An answer whose body denies what its status says.
    pub(crate) fn contradiction<T>(operation: Option<&'static Operation>, answer: &Response<T>, denial: &str) -> Self {
        let mut error = Self::new(ErrorKind::Contradiction, Delivery::Unknown).with_detail(denial);
        error.0.operation = operation;
        error.0.status = Some(answer.status());
        error.0.request_id = answer.request_id().map(str::to_owned);
        error.0.attempts = answer.attempts().to_vec();
        error
    }

    pub(crate) fn with_source(mut self, source: &(dyn StdError + 'static)) -> Self {
        self.0.source = Some(Cause::of(source));
        self
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
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

    /// Reads a failed call off what was seen of it; progenitor's own error only says how far it came.
    pub(crate) fn of_call<E>(failure: progenitor_client::Error<E>, seen: Seen) -> Self {
        use progenitor_client::Error as Failure;

        let delivery = seen.delivery();
        let outcome = seen.outcome();
        let mut error = match (failure, seen.answer) {
            // Said before a request is sent; a call that has sent another one before has seen an answer to that.
            (Failure::InvalidRequest(detail) | Failure::Custom(detail), _) => {
                let mut error = Self::new(ErrorKind::Request, delivery).with_detail(detail);
                error.0.attempts = seen.attempts;
                return error;
            }
            (Failure::InvalidResponsePayload(_, cause), Some(answer)) => {
                // serde's own message quotes the value it stumbled over.
                let place = format!("{:?} error at line {} column {}", cause.classify(), cause.line(), cause.column());
                Self::of_answer(answer, Some(place), outcome)
            }
            (Failure::UnexpectedResponse(_), Some(answer)) if answer.is_success() => {
                Self::of_head(answer, ErrorKind::UnexpectedStatus, Delivery::Unknown)
            }
            (Failure::ErrorResponse(_) | Failure::UnexpectedResponse(_), Some(answer)) => {
                Self::of_answer(answer, None, outcome)
            }
            (
                Failure::CommunicationError(cause) | Failure::InvalidUpgrade(cause) | Failure::ResponseBodyError(cause),
                answer,
            ) => {
                // A URL holds the session id and perhaps a proxy's password.
                let cause = cause.without_url();
                let error = match answer {
                    Some(answer) => Self::of_answer(answer, None, outcome),
                    None if cause.is_builder() => Self::new(ErrorKind::Request, Delivery::NotSent),
                    None => Self::of_outcome(outcome),
                };
                error.with_source(&cause)
            }
            // What stands on an answer that nobody has seen the head of: nothing can be said of it.
            (
                Failure::ErrorResponse(_) | Failure::InvalidResponsePayload(..) | Failure::UnexpectedResponse(_),
                None,
            ) => Self::new(ErrorKind::Transport, Delivery::Unknown),
        };
        // What is said of the last attempt holds for the call, unless the attempts before it leave more open.
        if delivery == Delivery::Unknown || error.0.delivery == Delivery::NotSent {
            error.0.delivery = delivery;
        }
        error.0.operation = seen.operation;
        error.0.given_up = seen.given_up;
        error.0.attempts = seen.attempts;
        error.withhold();
        error
    }

    /// A success that was handed on although its body was not read to the end.
    pub(crate) fn of_incomplete(answer: Answer, seen: Seen) -> Self {
        let mut error = Self::of_answer(answer, None, seen.outcome());
        error.0.operation = seen.operation;
        error.0.attempts = seen.attempts;
        error.withhold();
        error
    }

    /// Forgets the body of a success that may hold a client secret.
    fn withhold(&mut self) {
        let is_success = matches!(self.0.status, Some(200..=299));
        if is_success && !self.0.operation.is_some_and(|operation| WITHOUT_SECRET.contains(&operation.id)) {
            self.0.body = None;
        }
    }

    fn of_outcome(outcome: Option<AttemptOutcome>) -> Self {
        let (kind, delivery) = match outcome {
            Some(
                AttemptOutcome::ConnectFailed | AttemptOutcome::ConnectTimedOut | AttemptOutcome::HandshakeDropped,
            ) => (ErrorKind::Connect, Delivery::NotSent),
            Some(AttemptOutcome::CertificateRefused) => (ErrorKind::Certificate, Delivery::NotSent),
            Some(AttemptOutcome::TimedOut) => (ErrorKind::Timeout, Delivery::Unknown),
            Some(AttemptOutcome::ProtocolError) => (ErrorKind::Protocol, Delivery::Unknown),
            _ => (ErrorKind::Transport, Delivery::Unknown),
        };
        Self::new(kind, delivery)
    }

    /// Reads an answer that is no value: the status decides, and a success is one whose body cannot be read.
    fn of_answer(answer: Answer, flaw: Option<String>, outcome: Option<AttemptOutcome>) -> Self {
        let (kind, delivery) = match answer.status {
            401 => (ErrorKind::Unauthorized, Delivery::Answered),
            403 => (ErrorKind::Forbidden, Delivery::Answered),
            404 => (ErrorKind::NotFound, Delivery::Answered),
            409 => (ErrorKind::Conflict, Delivery::Answered),
            429 => (ErrorKind::RateLimited, Delivery::Answered),
            400..=499 => (ErrorKind::Rejected, Delivery::Answered),
            500..=599 => (ErrorKind::Server, Delivery::Unknown),
            200..=299 => (ErrorKind::UnreadableBody, Delivery::Unknown),
            // These two ask for the same request elsewhere; other redirects may follow on an action.
            307 | 308 => (ErrorKind::UnexpectedStatus, Delivery::Answered),
            _ => (ErrorKind::UnexpectedStatus, Delivery::Unknown),
        };
        let flaw = match answer.end {
            End::CutOff => Some(match outcome {
                Some(AttemptOutcome::TimedOut) => "it did not end in time".to_owned(),
                Some(AttemptOutcome::ProtocolError) => "it is not put together as HTTP has it".to_owned(),
                _ => "it ends too early".to_owned(),
            }),
            End::TooLarge => Some("it is too large".to_owned()),
            End::Complete => flaw,
        };
        let mut error = Self::of_head(answer, kind, delivery);
        if kind == ErrorKind::UnreadableBody {
            error.0.detail = flaw;
        }
        error
    }

    /// Keeps of an answer what says which one it was.
    fn of_head(answer: Answer, kind: ErrorKind, delivery: Delivery) -> Self {
        let mut error = Self::new(kind, delivery);
        error.0.status = Some(answer.status);
        error.0.envelope = answer.envelope();
        error.0.contradiction = answer.contradiction();
        error.0.retry_after = answer.retry_after;
        error.0.request_id = answer.request_id;
        error.0.body = Some(answer.body);
        error
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

    /// The HTTP status of the last attempt, if it was answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The last answer's request id: its `X-Request-Id` header, else what its envelope says.
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
    /// [`envelope_contradiction`](Self::envelope_contradiction) says so.
    #[must_use]
    pub fn envelope(&self) -> Option<&types::Error> {
        self.0.envelope.as_ref()
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
    /// Counted from that answer. The call itself has not waited for it, either because its attempts were used up or because
    /// the deadline left less than that.
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
        for more in [&self.0.given_up, &self.0.contradiction, &self.0.note].into_iter().flatten() {
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

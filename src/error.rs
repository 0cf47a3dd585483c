use std::error::Error as StdError;
use std::fmt;

use crate::answer::{Answer, Body};
use crate::hooks::Seen;
use crate::operation::Operation;
use crate::response::Response;
use crate::types;

/// Why a call has no value to give.
///
/// It says what was seen and no more: [`kind`](Self::kind) to branch on, the answer's [`status`](Self::status),
/// [`request_id`](Self::request_id) and [`envelope`](Self::envelope) where there was an answer, and whether the request
/// may have taken effect ([`delivery`](Self::delivery)).
///
/// `Display` is one short line without anything that came from the server; `Debug` adds the request id, and neither shows
/// a body, a header or a secret.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    delivery: Delivery,
    operation: Option<&'static str>,
    status: Option<u16>,
    request_id: Option<String>,
    envelope: Option<types::Error>,
    detail: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What went wrong, to branch on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client cannot be built from what it was given.
    Configuration,
    /// The request is incomplete, or a value in it is not acceptable; it was not sent.
    Request,
    /// No connection to the server; nothing was sent.
    Connect,
    /// The time ran out while the answer was awaited.
    Timeout,
    /// The connection failed after the request may have been sent.
    Transport,
    /// 401: the secret key is missing or not valid.
    Unauthorized,
    /// 403: the key may not do this; never the answer for another partner's session.
    Forbidden,
    /// 404: there is no such session, or it belongs to another partner.
    NotFound,
    /// 409: the state does not allow it; of a cancellation, the session is terminal already. `cancel_session` reports this as an outcome instead.
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
    /// A success whose body contradicts it: another session, or one that is not cancelled.
    Contradiction,
}

/// Whether a request may have taken effect.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Delivery {
    /// Not a byte of it was sent.
    NotSent,
    /// It may have taken effect, and nothing that can be believed says whether it did: the answer is missing or cut off, it
    /// is a 5xx, or it is a success other than the documented one. After a cancellation, read the session.
    Unknown,
    /// The server answered with a status that says that it did nothing: a 4xx, or a redirect, which is not followed.
    Answered,
}

impl Error {
    fn new(kind: ErrorKind, delivery: Delivery) -> Self {
        Self(Box::new(Inner {
            kind,
            delivery,
            operation: None,
            status: None,
            request_id: None,
            envelope: None,
            detail: None,
            source: None,
        }))
    }

    /// A client that cannot be built.
    pub(crate) fn configuration(detail: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::Configuration, Delivery::NotSent);
        error.0.detail = Some(detail.into());
        error
    }

    /// A success whose body denies it.
    pub(crate) fn contradiction<T>(operation: &'static str, answer: &Response<T>, denial: &str) -> Self {
        let mut error = Self::new(ErrorKind::Contradiction, Delivery::Unknown);
        error.0.operation = Some(operation);
        error.0.status = Some(answer.status());
        error.0.request_id = answer.request_id().map(str::to_owned);
        error.0.detail = Some(denial.to_owned());
        error
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// Reads a failed call off what was seen of it; progenitor's own error only says how far it came.
    pub(crate) fn of_call<E>(failure: progenitor_client::Error<E>, seen: Seen) -> Self {
        use progenitor_client::Error as Failure;

        let operation = seen.operation.map(|operation| operation.id);
        let mut error = match (failure, seen.answer) {
            // Said before anything is sent, and so of nothing that was seen.
            (Failure::InvalidRequest(detail) | Failure::Custom(detail), _) => {
                let mut error = Self::new(ErrorKind::Request, Delivery::NotSent);
                error.0.detail = Some(detail);
                return error;
            }
            (Failure::InvalidResponsePayload(_, cause), Some(answer)) => {
                // serde's own message quotes the value it stumbled over.
                let place = format!("{:?} error at line {} column {}", cause.classify(), cause.line(), cause.column());
                Self::of_answer(answer, Some(place))
            }
            (Failure::UnexpectedResponse(_), Some(answer)) if answer.is_success() => {
                Self::of_head(answer, ErrorKind::UnexpectedStatus, Delivery::Unknown)
            }
            (
                Failure::CommunicationError(cause) | Failure::InvalidUpgrade(cause) | Failure::ResponseBodyError(cause),
                Some(answer),
            ) => Self::of_answer(answer, None).with_source(cause.without_url()),
            (Failure::ErrorResponse(_) | Failure::UnexpectedResponse(_), Some(answer)) => Self::of_answer(answer, None),
            (
                Failure::CommunicationError(cause) | Failure::InvalidUpgrade(cause) | Failure::ResponseBodyError(cause),
                None,
            ) => Self::of_transport(cause),
            // What stands on an answer that nobody has seen the head of: nothing can be said of it.
            (
                Failure::ErrorResponse(_) | Failure::InvalidResponsePayload(..) | Failure::UnexpectedResponse(_),
                None,
            ) => Self::new(ErrorKind::Transport, Delivery::Unknown),
        };
        error.0.operation = operation;
        error
    }

    /// A success that was handed on although its body was not read to the end.
    pub(crate) fn of_incomplete(answer: Answer, operation: Option<&'static Operation>) -> Self {
        let mut error = Self::of_answer(answer, None);
        error.0.operation = operation.map(|operation| operation.id);
        error
    }

    fn of_transport(cause: reqwest::Error) -> Self {
        let (kind, delivery) = if cause.is_builder() {
            (ErrorKind::Request, Delivery::NotSent)
        } else if cause.is_connect() {
            (ErrorKind::Connect, Delivery::NotSent)
        } else if cause.is_timeout() {
            (ErrorKind::Timeout, Delivery::Unknown)
        } else {
            (ErrorKind::Transport, Delivery::Unknown)
        };
        // A URL holds the session id and perhaps a proxy's password.
        Self::new(kind, delivery).with_source(cause.without_url())
    }

    /// Reads an answer that is no value: the status decides, and a success is one whose body cannot be read.
    fn of_answer(answer: Answer, flaw: Option<String>) -> Self {
        let (kind, delivery) = match answer.status {
            401 => (ErrorKind::Unauthorized, Delivery::Answered),
            403 => (ErrorKind::Forbidden, Delivery::Answered),
            404 => (ErrorKind::NotFound, Delivery::Answered),
            409 => (ErrorKind::Conflict, Delivery::Answered),
            429 => (ErrorKind::RateLimited, Delivery::Answered),
            400..=499 => (ErrorKind::Rejected, Delivery::Answered),
            500..=599 => (ErrorKind::Server, Delivery::Unknown),
            200..=299 => (ErrorKind::UnreadableBody, Delivery::Unknown),
            _ => (ErrorKind::UnexpectedStatus, Delivery::Answered),
        };
        let flaw = match answer.body {
            Body::CutOff => Some("it ends too early".to_owned()),
            Body::TooLarge => Some("it is too large".to_owned()),
            Body::Complete(_) => flaw,
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
        if !answer.is_success() {
            error.0.envelope = answer.envelope();
        }
        error.0.request_id = answer.request_id.clone().or_else(|| answer.request_id_in_body());
        error
    }

    /// What went wrong, to branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the request may have taken effect.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The answer's request id: its `X-Request-Id` header, else what its envelope says.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The error envelope, if the answer had one; an HTML page of a gateway has none.
    #[must_use]
    pub fn envelope(&self) -> Option<&types::Error> {
        self.0.envelope.as_ref()
    }

    /// Takes the error apart where a conflict is an outcome.
    pub(crate) fn into_answer(self) -> (Option<u16>, Option<String>, Option<types::Error>) {
        (self.0.status, self.0.request_id, self.0.envelope)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, delivery, operation, status, detail, .. } = self.0.as_ref();
        if let Some(operation) = operation {
            write!(f, "{operation}: ")?;
        }
        if let Some(status) = status {
            write!(f, "{status}: ")?;
        }
        f.write_str(match kind {
            ErrorKind::Configuration => "the client cannot be built",
            ErrorKind::Request => "the request was not sent",
            ErrorKind::Connect => "no connection to the server, nothing was sent",
            ErrorKind::Timeout => "no answer in time",
            ErrorKind::Transport => "the connection failed before there was an answer",
            ErrorKind::Unauthorized => "the secret key is missing or not valid",
            ErrorKind::Forbidden => "the key may not do this",
            ErrorKind::NotFound => "not found, or another partner's",
            ErrorKind::Conflict => "a conflict with the present state",
            ErrorKind::RateLimited => "throttled, back off before the next attempt",
            ErrorKind::Server => "the server failed",
            ErrorKind::Rejected => "the server refused the request",
            ErrorKind::UnexpectedStatus => "not a status that the contract has for this operation",
            ErrorKind::UnreadableBody => "a success whose body cannot be read",
            ErrorKind::Contradiction => "a success whose body contradicts it",
        })?;
        if let Some(detail) = detail {
            write!(f, ": {detail}")?;
        }
        match delivery {
            Delivery::Unknown => f.write_str("; the request may have taken effect"),
            Delivery::NotSent | Delivery::Answered => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("delivery", &self.0.delivery)
            .field("operation", &self.0.operation)
            .field("status", &self.0.status)
            .field("request_id", &self.0.request_id)
            .field("envelope", &self.0.envelope.is_some())
            .field("detail", &self.0.detail)
            .field("source", &self.0.source.as_ref().map(ToString::to_string))
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

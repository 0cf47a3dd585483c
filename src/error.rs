use std::error::Error as StdError;
use std::fmt;

use crate::answer::{Answer, Body};
use crate::hooks::Seen;
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
    /// 404: there is no such session, or it belongs to another partner.
    NotFound,
    /// 409: the session is terminal already. `cancel_session` reports this as an outcome instead.
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
    /// It may have been sent, and nothing says whether it took effect: the answer is missing or cut off, or it is a 5xx.
    Unknown,
    /// The server answered, and the answer counts.
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

    /// A success that says it did what its own body denies.
    pub(crate) fn contradiction(
        operation: &'static str,
        status: u16,
        request_id: Option<String>,
        detail: &str,
    ) -> Self {
        let mut error = Self::new(ErrorKind::Contradiction, Delivery::Answered);
        error.0.operation = Some(operation);
        error.0.status = Some(status);
        error.0.request_id = request_id;
        error.0.detail = Some(detail.to_owned());
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
        let mut error = match (seen.answer, failure) {
            (Some(answer), failure) => Self::of_answer(answer, failure),
            (None, Failure::InvalidRequest(detail) | Failure::Custom(detail)) => {
                let mut error = Self::new(ErrorKind::Request, Delivery::NotSent);
                error.0.detail = Some(detail);
                error
            }
            (
                None,
                Failure::CommunicationError(cause) | Failure::InvalidUpgrade(cause) | Failure::ResponseBodyError(cause),
            ) => Self::of_transport(cause),
            // What stands on an answer that nobody has seen the head of: nothing can be said of it.
            (
                None,
                Failure::ErrorResponse(_) | Failure::InvalidResponsePayload(..) | Failure::UnexpectedResponse(_),
            ) => Self::new(ErrorKind::Transport, Delivery::Unknown),
        };
        error.0.operation = operation;
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

    fn of_answer<E>(answer: Answer, failure: progenitor_client::Error<E>) -> Self {
        let (kind, delivery) = match (answer.status, &answer.body) {
            (401, _) => (ErrorKind::Unauthorized, Delivery::Answered),
            (404, _) => (ErrorKind::NotFound, Delivery::Answered),
            (409, _) => (ErrorKind::Conflict, Delivery::Answered),
            (429, _) => (ErrorKind::RateLimited, Delivery::Answered),
            (400..=499, _) => (ErrorKind::Rejected, Delivery::Answered),
            (500..=599, _) => (ErrorKind::Server, Delivery::Unknown),
            _ if matches!(failure, progenitor_client::Error::UnexpectedResponse(_)) => {
                (ErrorKind::UnexpectedStatus, Delivery::Answered)
            }
            (_, Body::Complete(_) | Body::TooLarge) => (ErrorKind::UnreadableBody, Delivery::Answered),
            (_, Body::CutOff) => (ErrorKind::UnreadableBody, Delivery::Unknown),
        };
        let mut error = Self::new(kind, delivery);
        let envelope = (answer.status >= 400).then(|| answer.envelope()).flatten();
        error.0.status = Some(answer.status);
        error.0.request_id =
            answer.request_id.or_else(|| envelope.as_ref().map(|envelope| envelope.request_id.clone()));
        error.0.envelope = envelope;
        if kind == ErrorKind::UnreadableBody {
            error.0.detail = Some(match (&answer.body, &failure) {
                (Body::CutOff, _) => "it ends too early".to_owned(),
                (Body::TooLarge, _) => "it is too large".to_owned(),
                // serde's own message quotes the value it stumbled over.
                (_, progenitor_client::Error::InvalidResponsePayload(_, cause)) => {
                    format!("{:?} error at line {} column {}", cause.classify(), cause.line(), cause.column())
                }
                _ => "it is not what the contract says".to_owned(),
            });
        }
        if let progenitor_client::Error::ResponseBodyError(cause)
        | progenitor_client::Error::CommunicationError(cause) = failure
        {
            error = error.with_source(cause.without_url());
        }
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
        let Inner { kind, operation, status, detail, .. } = self.0.as_ref();
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
            ErrorKind::Timeout => "no answer in time, the request may have taken effect",
            ErrorKind::Transport => "the connection failed, the request may have taken effect",
            ErrorKind::Unauthorized => "the secret key is missing or not valid",
            ErrorKind::NotFound => "no such session, or one of another partner",
            ErrorKind::Conflict => "the session is terminal already",
            ErrorKind::RateLimited => "throttled, back off before the next attempt",
            ErrorKind::Server => "the server failed, the request may have taken effect",
            ErrorKind::Rejected => "the server refused the request",
            ErrorKind::UnexpectedStatus => "not a status that the contract has for this operation",
            ErrorKind::UnreadableBody => "a success whose body cannot be read",
            ErrorKind::Contradiction => "a success whose body contradicts it",
        })?;
        match detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
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

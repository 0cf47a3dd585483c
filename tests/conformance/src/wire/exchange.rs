//! One request and what came of it, as it went over the wire.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::wire::curl;
use crate::wire::key_variants::KeyVariant;
use crate::wire::operation::Operation;
use crate::wire::secrets::{Key, Role};

/// How a request says who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Credential {
    /// A key of the target, as a bearer token.
    Key(Role),
    /// No `Authorization` header at all.
    Missing,
    /// An `Authorization` header with this value, which is nobody's secret.
    Literal(&'static str),
    /// The partner's key, written otherwise.
    Variant(KeyVariant),
}

/// A text as it is sent, and as it is shown: the second never had a secret in it.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) sent: String,
    pub(crate) shown: String,
}

impl Written {
    /// A text that is no secret.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        let sent = text.into();
        Self { shown: sent.clone(), sent }
    }
}

/// A request before it is sent.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    pub(crate) method: &'static str,
    /// The request target below the origin, sent byte for byte.
    pub(crate) target: Written,
    pub(crate) headers: Vec<(String, Written)>,
    pub(crate) body: Option<Written>,
    /// What it is sent for: a name that is the same in every run.
    pub(crate) name: String,
    /// Whether it is one that the contract describes, whoever sends it: what is answered to any other says nothing of
    /// the operation.
    pub(crate) is_regular: bool,
}

impl Request {
    pub(crate) fn new(operation: Operation, target: String) -> Self {
        let (method, target) = (operation.method(), Written::plain(target));
        let request =
            Self { operation, method, target, headers: Vec::new(), body: None, name: String::new(), is_regular: true };
        request
            .with("accept", "application/json")
            .with("user-agent", concat!("zerogate-conformance/", env!("CARGO_PKG_VERSION")))
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), Written::plain(value)));
        self
    }

    /// Adds a header with a secret in it.
    pub(crate) fn with_written(mut self, name: &str, value: Written) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }

    /// Adds the key, and forgets it in the same breath: what is shown of the request never had it.
    pub(crate) fn with_key(self, key: &Key, role: Role, shape: KeyVariant) -> Self {
        let (sent, shown) = (shape.value(key.expose()), shape.shown(key.expose(), role.placeholder()));
        self.with_written("authorization", Written { sent, shown })
    }

    pub(crate) fn with_body(mut self, body: impl ToString) -> Self {
        self.body = Some(Written::plain(body.to_string()));
        self.with("content-type", "application/json")
    }

    /// The same request under a name.
    pub(crate) fn called(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Whether the partner's key is where it belongs, and as it is.
    pub(crate) fn has_key(&self) -> bool {
        let shown = KeyVariant::Bearer.shown("", Role::Partner.placeholder());
        self.headers.iter().any(|(name, value)| name == "authorization" && value.shown == shown)
    }

    /// The same request in a way that the contract does not describe.
    pub(crate) fn irregular(mut self) -> Self {
        self.is_regular = false;
        self
    }
}

/// A request as it was sent, its keys replaced by `$GATE_KEY` and its like.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// The operation that it is for.
    pub operation: Operation,
    /// The method.
    pub method: String,
    /// Scheme, host and port of the target.
    pub origin: String,
    /// The request target: the path, byte for byte.
    pub target: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<String>,
    /// The request that created the session, if it takes an open one: this request has changed it since.
    pub created_by: Option<Box<Sent>>,
}

impl Sent {
    /// A command line that sends the request again; the key is left to the shell.
    #[must_use]
    pub fn curl(&self) -> String {
        curl::line(self)
    }

    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.origin, self.target)
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)
    }
}

/// An answer, with its body exactly as it came.
#[derive(Clone)]
pub(crate) struct Response {
    /// The version of HTTP, such as `HTTP/1.1`.
    pub(crate) version: String,
    /// The status.
    pub(crate) status: u16,
    /// The headers, their names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub(crate) body: Vec<u8>,
    /// The body as JSON, if it is, whatever its content type says.
    pub(crate) json: Option<Value>,
}

impl Response {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The `X-Request-Id`, unless it is missing or blank.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.header("x-request-id").map(str::trim).filter(|id| !id.is_empty())
    }

    /// How long the target wants to be left alone; none if it does not say, or not so that it can be read.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let values = self.headers.iter().filter(|(name, _)| name == "retry-after").map(|(_, value)| value.as_str());
        zerogate::retry_after::wait(values, self.header("date"), SystemTime::now())
    }

    /// Whether the status is a success, 2xx.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the status says nothing of the request: throttled, or a failure of the server.
    pub(crate) fn is_transient(&self) -> bool {
        self.status == 429 || self.status >= 500
    }
}

/// The body is left out: it may hold what a customer entered, or a secret.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// A request and its complete answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// The request.
    pub(crate) sent: Sent,
    /// The answer.
    pub(crate) response: Response,
    /// From the first byte of the connection to the last of the answer.
    pub(crate) elapsed: Duration,
    /// What the request was sent for.
    pub(crate) name: String,
    /// Whether it is one that the contract describes.
    pub(crate) is_regular: bool,
}

impl Exchange {
    /// What may be told of the answer.
    pub(crate) fn summary(&self) -> ResponseSummary {
        let Response { version, status, .. } = &self.response;
        ResponseSummary {
            version: version.clone(),
            status: *status,
            request_id: self.response.request_id().map(str::to_owned),
            elapsed: self.elapsed,
        }
    }
}

/// What may be told of an answer: nothing of its body, which may hold what a customer entered, or a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseSummary {
    /// The version of HTTP, such as `HTTP/1.1`.
    pub version: String,
    /// The status.
    pub status: u16,
    /// The request id, for whoever looks into the server's logs.
    pub request_id: Option<String>,
    /// From the first byte of the connection to the last of the answer.
    pub elapsed: Duration,
}

/// A request that got no complete answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{sent}: {kind}")]
#[non_exhaustive]
pub struct TransportFailure {
    /// The request.
    pub sent: Sent,
    /// How far it came.
    pub kind: TransportFailureKind,
}

/// How far a request came that got no complete answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportFailureKind {
    /// It is no request that HTTP can carry.
    #[error("it cannot be sent: {0}")]
    Unsendable(String),
    /// There is no connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// There is a connection, and no agreement on TLS.
    #[error("no TLS connection: {0}")]
    Tls(String),
    /// The time ran out.
    #[error("no complete answer within {0:?}")]
    TimedOut(Duration),
    /// The connection failed, or what came was not HTTP.
    #[error("the connection failed: {0}")]
    Broken(String),
    /// The body is larger than anybody needs.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_in_what_is_shown_of_a_request() {
        let request = Request::new(Operation::CancelSession, "/".to_owned()).with_key(
            &Key::new("canary"),
            Role::Partner,
            KeyVariant::Bearer,
        );
        let shown: Vec<_> = request.headers.iter().map(|(_, value)| value.shown.as_str()).collect();
        assert_eq!(shown.last(), Some(&"Bearer $GATE_KEY"));
        assert!(shown.iter().all(|value| !value.contains("canary")));
    }
}

//! Requests and responses, as sent over the wire.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::key_variants::KeyVariant;
use super::keys::{Key, Role};
use super::masked::{Masked, Written};
use super::operation::Operation;

/// The header that identifies a creation.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A request before it is sent.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    pub(crate) method: &'static str,
    /// The request target below the origin, sent byte for byte.
    pub(crate) target: Written,
    pub(crate) headers: Vec<(String, Written)>,
    pub(crate) body: Option<Written>,
    /// The purpose of the request: a name that is the same in every run.
    pub(crate) name: String,
    /// The key that it is sent with, and its form.
    pub(crate) key: Option<(Role, KeyVariant)>,
    /// Whether the contract describes the request, whoever sends it. Other responses say nothing about the operation.
    pub(crate) is_regular: bool,
}

impl Request {
    pub(crate) fn new(operation: Operation, target: impl Into<Masked>) -> Self {
        let request = Self {
            operation,
            method: operation.method(),
            target: Written::from(target),
            headers: Vec::new(),
            body: None,
            name: String::new(),
            key: None,
            is_regular: true,
        };
        request
            .with("accept", "application/json")
            .with("user-agent", concat!("zerogate-conformance/", env!("CARGO_PKG_VERSION")))
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Written>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Removes a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self
    }

    /// Adds the key. The shown request never contains it.
    pub(crate) fn with_key(self, key: &Key, role: Role, variant: KeyVariant) -> Self {
        let request = self.with("authorization", variant.written(role, key.expose()));
        Self { key: Some((role, variant)), ..request }
    }

    pub(crate) fn with_body(mut self, body: impl Into<Written>) -> Self {
        self.body = Some(body.into());
        self.with("content-type", "application/json")
    }

    /// Names the request.
    pub(crate) fn called(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Whether it has the partner's key in the right place and form.
    pub(crate) fn has_key(&self) -> bool {
        self.key == Some((Role::Partner, KeyVariant::Bearer))
    }

    /// Marks the request as one that the contract does not describe.
    pub(crate) fn irregular(mut self) -> Self {
        self.is_regular = false;
        self
    }
}

/// A request as sent, with its keys replaced by variables such as `$GATE_KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// The operation.
    pub operation: Operation,
    /// The method.
    pub method: String,
    /// Scheme, host and port of the target.
    pub origin: String,
    /// The request target: the path, byte for byte.
    pub target: Masked,
    /// The headers, in order.
    pub headers: Vec<(String, Masked)>,
    /// The body, if there is one.
    pub body: Option<Masked>,
    /// Its number within the run; parallel requests share one.
    pub(crate) number: u64,
    /// How many copies were sent in parallel.
    pub(crate) at_once: usize,
    /// The session that it created.
    pub(crate) created: Option<String>,
    /// The history of the session that it names: its creation, and the cancellations by its owner.
    pub(crate) history: Vec<Arc<Sent>>,
    /// The request before it on the same connection.
    pub(crate) is_after: Option<Box<Sent>>,
}

impl Sent {
    /// The `Idempotency-Key`, if there is one.
    pub(crate) fn idempotency_key(&self) -> Option<&Masked> {
        self.headers.iter().find(|(name, _)| name == IDEMPOTENCY_KEY).map(|(_, key)| key)
    }

    /// The same request, edited wherever a server may have had a part in it: a session id that it made up.
    pub(crate) fn edited(self, edit: &dyn Fn(&str) -> String) -> Self {
        let history = self.history.into_iter().map(|earlier| Arc::new((*earlier).clone().edited(edit))).collect();
        let created = self.created.map(|id| edit(&id));
        let is_after = self.is_after.map(|earlier| Box::new(earlier.edited(edit)));
        Self { history, target: self.target.edited(edit), created, is_after, ..self }
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)
    }
}

#[cfg(test)]
impl Sent {
    /// An example to build other requests from.
    pub(crate) fn example() -> Self {
        Self {
            operation: Operation::CancelSession,
            method: "POST".to_owned(),
            origin: "http://127.0.0.1:4010".to_owned(),
            target: Masked::default(),
            headers: Vec::new(),
            body: None,
            number: 0,
            at_once: 1,
            created: None,
            history: Vec::new(),
            is_after: None,
        }
    }
}

/// A response, with its body exactly as received.
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
    /// The body as JSON, if it is valid JSON, whatever its content type says.
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

    /// The wait that `Retry-After` asks for; none if it is missing or invalid.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let values = self.headers.iter().filter(|(name, _)| name == "retry-after").map(|(_, value)| value.as_str());
        zerogate::retry_after::wait(values, self.header("date"), SystemTime::now())
    }

    /// The body as a JSON object, if it is one: a session, a list, an error envelope.
    pub(crate) fn object(&self) -> Option<&Map<String, Value>> {
        self.json.as_ref().and_then(Value::as_object)
    }

    /// A field of that object.
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        self.object()?.get(name)
    }

    /// A field of that object that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.field(name)?.as_str()
    }

    /// Whether the status is a success, 2xx.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the status says nothing about the request: 429, or 5xx other than 501, which a retry does not change.
    pub(crate) fn is_transient(&self) -> bool {
        self.status == 429 || self.status >= 500 && self.status != 501
    }
}

/// Omits the body, which may contain customer data or a secret.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// A request and its complete response.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// The request.
    pub(crate) sent: Sent,
    /// The response.
    pub(crate) response: Response,
    /// The time from the start of the connection to the end of the response.
    pub(crate) elapsed: Duration,
    /// The purpose of the request.
    pub(crate) name: String,
    /// Whether the contract describes the request.
    pub(crate) is_regular: bool,
}

impl Exchange {
    /// Returns the parts of the response that reports may show.
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

/// The parts of a response that reports may show. Omits the body, which may contain customer data or a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseSummary {
    /// The version of HTTP, such as `HTTP/1.1`.
    pub version: String,
    /// The status.
    pub status: u16,
    /// The request id, to find the request in the server's logs.
    pub request_id: Option<String>,
    /// The time from the start of the connection to the end of the response.
    pub elapsed: Duration,
}

/// A request that got no complete response.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{sent}: {kind}")]
#[non_exhaustive]
pub struct TransportFailure {
    /// The request.
    pub sent: Sent,
    /// The stage at which it failed.
    pub kind: TransportFailureKind,
}

/// The stage at which a request failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportFailureKind {
    /// The request cannot be sent over HTTP.
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
    /// No connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// The TLS handshake failed.
    #[error("no TLS connection: {0}")]
    Tls(String),
    /// Timed out.
    #[error("no complete response within {0:?}")]
    TimedOut(Duration),
    /// The connection failed, or the response was not HTTP.
    #[error("the connection failed: {0}")]
    Broken(String),
    /// The body is larger than the limit.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The suite closed the connection, to lose the response.
    #[error("the suite closed the connection before it read the response")]
    Abandoned,
}

impl TransportFailureKind {
    /// Whether there was no connection, so that the request did not reach the target.
    pub(crate) fn is_unconnected(&self) -> bool {
        matches!(self, Self::Connect(_) | Self::Tls(_))
    }
}

/// When the connection of a request is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Closing {
    /// When the response was read.
    Read,
    /// When the response begins: the server is done with the request.
    Begun,
    /// When the request is written: the server may still handle it, at any time.
    Written,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_in_what_is_shown_of_a_request() {
        let request = Request::new(Operation::CancelSession, "/").with_key(
            &Key::new("canary"),
            Role::Partner,
            KeyVariant::Bearer,
        );
        let shown: Vec<_> = request.headers.iter().map(|(_, value)| value.shown.to_string()).collect();
        assert_eq!(shown.last().map(String::as_str), Some("Bearer $GATE_KEY"));
        assert!(shown.iter().all(|value| !value.contains("canary")));
    }
}

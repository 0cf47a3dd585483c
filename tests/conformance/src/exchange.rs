//! One request and what came of it, as it went over the wire.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::operation::Operation;
use crate::secrets::{Key, Role};

/// How a request says who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// A key of the target, as a bearer token.
    Key(Role),
    /// No `Authorization` header at all.
    Missing,
    /// An `Authorization` header with this value, which is nobody's secret.
    Literal(&'static str),
}

/// A request before it is sent.
pub(crate) struct Request {
    pub(crate) operation: Operation,
    /// The request target below the origin, sent byte for byte.
    pub(crate) target: String,
    pub(crate) body: Option<Value>,
    /// Each header as it is sent, and as it is shown.
    pub(crate) headers: Vec<(&'static str, String, String)>,
}

impl Request {
    pub(crate) fn new(operation: Operation, target: String) -> Self {
        let request = Self { operation, target, body: None, headers: Vec::new() };
        request
            .with("accept", "application/json")
            .with("user-agent", concat!("zerogate-conformance/", env!("CARGO_PKG_VERSION")))
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.headers.push((name, value.clone(), value));
        self
    }

    /// Adds the key, and forgets it in the same breath: what is shown of the request never had it.
    pub(crate) fn with_key(mut self, key: &Key, role: Role) -> Self {
        let shown = format!("Bearer {}", role.placeholder());
        self.headers.push(("authorization", format!("Bearer {}", key.expose()), shown));
        self
    }

    pub(crate) fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self.with("content-type", "application/json")
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
}

impl Sent {
    /// A command line that sends the request again; the key is left to the shell.
    #[must_use]
    pub fn curl(&self) -> String {
        let mut line = format!("curl -i -X {} --path-as-is {}", self.method, quoted(&self.url()));
        for (name, value) in &self.headers {
            // What curl sends by itself, in its own words.
            if !matches!(name.as_str(), "accept" | "host" | "user-agent" | "content-length") {
                line.push_str(&format!(" -H {}", quoted(&format!("{name}: {value}"))));
            }
        }
        if let Some(body) = &self.body {
            line.push_str(&format!(" -d {}", quoted(body)));
        }
        line
    }

    fn url(&self) -> String {
        format!("{}{}", self.origin, self.target)
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)
    }
}

/// One word for the shell. Only the variables that stand for keys are left to it.
fn quoted(text: &str) -> String {
    const KEYS: [Role; 3] = [Role::Partner, Role::OtherPartner, Role::Publishable];
    let quoted = format!("'{}'", text.replace('\'', r"'\''"));
    KEYS.into_iter().fold(quoted, |line, role| {
        let variable = role.placeholder();
        line.replace(&format!("Bearer {variable}'"), &format!("Bearer '\"{variable}\""))
    })
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
}

impl Exchange {
    /// What may be told of the answer.
    pub(crate) fn answer(&self) -> Answer {
        let Response { version, status, .. } = &self.response;
        Answer {
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
pub struct Answer {
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

    fn sent(headers: &[(&str, &str)], body: Option<&str>) -> Sent {
        Sent {
            operation: Operation::CancelSession,
            method: "POST".to_owned(),
            origin: "http://127.0.0.1:4010".to_owned(),
            target: "/v1/gate_sessions/it's/../cancel".to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.map(str::to_owned),
        }
    }

    #[test]
    fn curl_leaves_the_key_to_the_shell_and_nothing_else() {
        let sent = sent(&[("accept", "application/json"), ("authorization", "Bearer $GATE_KEY")], None);
        assert_eq!(
            sent.curl(),
            r#"curl -i -X POST --path-as-is 'http://127.0.0.1:4010/v1/gate_sessions/it'\''s/../cancel' -H 'authorization: Bearer '"$GATE_KEY""#
        );
    }

    #[test]
    fn curl_repeats_header_and_body_as_they_were() {
        let sent = sent(&[("authorization", "Bearer $(true)")], Some(r#"{"amount":"$1"}"#));
        let line = sent.curl();
        assert!(line.ends_with(r#" -H 'authorization: Bearer $(true)' -d '{"amount":"$1"}'"#), "{line}");
    }

    #[test]
    fn a_key_is_not_in_what_is_shown_of_a_request() {
        let request =
            Request::new(Operation::CancelSession, "/".to_owned()).with_key(&Key::new("canary"), Role::Partner);
        let shown: Vec<_> = request.headers.iter().map(|(_, _, shown)| shown.as_str()).collect();
        assert_eq!(shown.last(), Some(&"Bearer $GATE_KEY"));
        assert!(shown.iter().all(|value| !value.contains("canary")));
    }
}

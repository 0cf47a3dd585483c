//! Requests and responses as values that are easy to alter.

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Version};
use serde_json::{Map, Value, json};
use zerogate_conformance::Operation;

/// A request that arrived.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The number of its connection.
    pub(crate) connection: usize,
}

impl Asked {
    pub(crate) fn is(&self, operation: Operation) -> bool {
        self.operation() == Some(operation)
    }

    pub(crate) fn operation(&self) -> Option<Operation> {
        let path = self.target.split('?').next()?.strip_prefix("/v1/gate_sessions")?;
        match (self.method.as_str(), path.split('/').skip(1).collect::<Vec<_>>().as_slice()) {
            ("POST", []) => Some(Operation::CreateSession),
            ("GET", []) => Some(Operation::ListSessions),
            ("GET", [_]) => Some(Operation::RetrieveSession),
            ("POST", [_, "cancel"]) => Some(Operation::CancelSession),
            _ => None,
        }
    }

    /// The id of the session that the path names.
    pub(crate) fn id(&self) -> &str {
        self.target.split('/').nth(3).unwrap_or_default()
    }

    pub(crate) fn authorization(&self) -> Option<&str> {
        self.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn idempotency_key(&self) -> Option<&str> {
        self.headers.get("idempotency-key").map(|key| key.to_str().unwrap())
    }

    /// The same request with a valid key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        let mut asked = self.clone();
        asked.headers.insert(AUTHORIZATION, format!("Bearer {key}").parse().unwrap());
        asked
    }

    /// The same request with this body.
    pub(crate) fn with_body(&self, body: &Value) -> Self {
        let mut asked = self.clone();
        asked.headers.remove(CONTENT_LENGTH);
        asked.body = body.to_string().into();
        asked
    }

    /// The same request for another target.
    pub(crate) fn at(&self, target: impl Into<String>) -> Self {
        Self { target: target.into(), ..self.clone() }
    }

    /// The same request for the cancellation of this session.
    pub(crate) fn cancelling(&self, id: &str) -> Self {
        let mut asked = self.at(format!("/v1/gate_sessions/{id}/cancel"));
        asked.method = Method::POST;
        asked
    }

    /// The request that reads the session this one is about.
    pub(crate) fn reading(&self) -> Self {
        let path = self.target.split('?').next().unwrap_or_default();
        let target = path.trim_end_matches("/cancel").to_owned();
        let mut headers = self.headers.clone();
        headers.remove(CONTENT_LENGTH);
        Self { method: Method::GET, target, headers, body: Bytes::new(), connection: self.connection }
    }
}

/// A response before it is sent.
#[derive(Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) version: Version,
    /// Sends the body in pieces, without a length.
    pub(crate) chunked: bool,
}

impl Response {
    pub(crate) fn new(status: u16, headers: HeaderMap, body: Bytes) -> Self {
        Self { status, headers, body, version: Version::HTTP_11, chunked: false }
    }

    pub(crate) fn is_error(&self) -> bool {
        self.status >= 400
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn set_json(&mut self, value: &Value) {
        self.body = value.to_string().into();
    }

    /// Alters the fields of the body.
    pub(crate) fn alter(&mut self, alter: impl FnOnce(&mut Map<String, Value>)) {
        let mut value = self.json();
        alter(value.as_object_mut().unwrap());
        self.set_json(&value);
    }

    pub(crate) fn set(&mut self, field: &str, value: impl Into<Value>) {
        let value = value.into();
        self.alter(|body| {
            body.insert(field.to_owned(), value);
        });
    }

    pub(crate) fn remove(&mut self, field: &str) {
        self.alter(|body| {
            body.remove(field);
        });
    }

    /// Alters every session of the body: itself, or those of its list.
    pub(crate) fn alter_sessions(&mut self, alter: impl Fn(&mut Map<String, Value>)) {
        self.alter(|body| match body.get_mut("data").and_then(Value::as_array_mut) {
            Some(sessions) => sessions.iter_mut().filter_map(Value::as_object_mut).for_each(alter),
            None => alter(body),
        });
    }

    pub(crate) fn header(&mut self, name: &'static str, value: &str) {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }

    /// Becomes an error with a correct envelope and its own request id.
    pub(crate) fn become_error(&mut self, status: u16, kind: &str) {
        let request_id = self.headers["x-request-id"].to_str().unwrap();
        let envelope = json!({
            "type": kind,
            "code": kind,
            "message": "The proxy's own response.",
            "request_id": request_id,
            "doc_url": null,
            "statusCode": status,
        });
        self.set_json(&envelope);
        self.status = status;
    }

    /// Becomes an HTML page.
    pub(crate) fn become_html(&mut self) {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        self.body = Bytes::from_static(b"<html><body><h1>Something went wrong</h1></body></html>");
    }
}

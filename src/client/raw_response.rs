//! The response to a request, kept because progenitor's own error would lose it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER, TRANSFER_ENCODING};
use reqwest::{Error, Response, ResponseBuilderExt};
use serde::de::IgnoredAny;

use crate::client::envelope::EnvelopeFacts;
use crate::client::redact::Redactor;
use crate::client::retry_after;
use crate::types;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The maximum length of a request id.
const REQUEST_ID_LIMIT: usize = 256;

/// A response, as far as it has arrived.
#[derive(Clone)]
pub(crate) struct RawResponse {
    pub(crate) status: u16,
    /// The `X-Request-Id` header, if it has an id; else the request id in the body.
    pub(crate) request_id: Option<String>,
    /// The wait that the server asks for.
    pub(crate) retry_after: Option<Duration>,
    /// The body as far as it was read.
    pub(crate) body: Bytes,
    pub(crate) body_end: BodyEnd,
    /// The parts of the error envelope, if the body is one.
    pub(crate) envelope: EnvelopeFacts,
}

/// How reading a body ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BodyEnd {
    Complete,
    /// The connection ended, or the time ran out, before the end of the body.
    CutOff,
    /// The body is larger than the limit.
    TooLarge,
}

impl RawResponse {
    /// Builds the response from its head. Until its body is added, it counts as cut off.
    pub(crate) fn of_head(response: &Response) -> Self {
        Self {
            status: response.status().as_u16(),
            request_id: request_id(response.headers()),
            retry_after: retry_after(response.headers()),
            body: Bytes::new(),
            body_end: BodyEnd::CutOff,
            envelope: EnvelopeFacts::default(),
        }
    }

    /// Adds the body.
    pub(crate) fn complete(&mut self, body: Bytes, body_end: BodyEnd) {
        self.body = body;
        self.body_end = body_end;
        if self.may_be_envelope() {
            self.envelope = EnvelopeFacts::read(&self.body, self.status);
            let named = self.envelope.request_id.take();
            self.request_id = self.request_id.take().or_else(|| plain(&named?));
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..=299).contains(&self.status)
    }

    /// Whether part of the body is missing.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.body_end != BodyEnd::Complete
    }

    /// The error envelope, if the body is one.
    pub(crate) fn envelope(&self) -> Option<types::Error> {
        self.may_be_envelope().then(|| serde_json::from_slice(&self.body).ok()).flatten()
    }

    fn may_be_envelope(&self) -> bool {
        !self.is_success() && !self.is_incomplete()
    }
}

/// Reads a body to its end or to `limit`, and redacts the key; also returns the error that stopped it.
pub(crate) async fn read(
    response: &mut Response,
    limit: usize,
    redactor: &Redactor,
) -> (Bytes, BodyEnd, Option<Error>) {
    // Most bodies arrive in one chunk, which is kept without a copy.
    let mut body = Bytes::new();
    let mut joined = Vec::new();
    let (mut end, failure) = loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break (BodyEnd::Complete, None),
            Err(failure) => break (BodyEnd::CutOff, Some(failure)),
        };
        let room = limit - body.len().max(joined.len());
        let is_too_large = chunk.len() > room;
        let chunk = chunk.slice(..chunk.len().min(room));
        if body.is_empty() && joined.is_empty() {
            body = chunk;
        } else {
            joined.extend_from_slice(&std::mem::take(&mut body));
            joined.extend_from_slice(&chunk);
        }
        if is_too_large {
            break (BodyEnd::TooLarge, None);
        }
    };
    if !joined.is_empty() {
        body = joined.into();
    }
    if end == BodyEnd::Complete && ends_too_early(response.headers(), &body) {
        end = BodyEnd::CutOff;
    }
    (redactor.scrub_body(body, end == BodyEnd::Complete), end, failure)
}

/// The wait that a server asks for.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if !headers.contains_key(RETRY_AFTER) {
        return None;
    }
    let values = headers.get_all(RETRY_AFTER).iter().filter_map(|value| value.to_str().ok());
    let date = headers.get(DATE).and_then(|value| value.to_str().ok());
    retry_after::wait(values, date, SystemTime::now())
}

/// Whether a JSON body of unannounced length is cut off.
///
/// Such a body ends with its connection, so HTTP cannot tell a complete one from a truncated one.
fn ends_too_early(headers: &HeaderMap, body: &[u8]) -> bool {
    let is_announced = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = media_type.contains("json") || (media_type.is_empty() && body.starts_with(b"{"));
    !is_announced && is_json && serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

/// Returns the response with its body already read, for progenitor to decode.
pub(crate) fn rebuild(response: &Response, body: Bytes) -> Response {
    let mut rebuilt = http::Response::builder().status(response.status()).url(response.url().clone());
    if let Some(headers) = rebuilt.headers_mut() {
        headers.clone_from(response.headers());
    }
    match rebuilt.body(body) {
        Ok(rebuilt) => Response::from(rebuilt),
        // Cannot fail: all parts come from a received response.
        Err(_) => Response::from(http::Response::new(Bytes::new())),
    }
}

/// Returns the request id in the head of a response.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    plain(headers.get(REQUEST_ID)?.to_str().ok()?)
}

/// Returns a request id that is safe to log: visible ASCII without blanks, and of limited length. Other text is not an
/// id, and could be anything that the server knows.
fn plain(id: &str) -> Option<String> {
    let is_plain = (1..=REQUEST_ID_LIMIT).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_plain.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_visible_ascii_of_limited_length_is_a_request_id() {
        for id in [
            "req_test_000000000123",
            "0b7f8a52-6c1e-4c0e-9d4c-2f3f5a1e7b90",
            "Root=1-67891233-abcdef012345678912345678;Sampled=1",
            "8f3c2b7d1a9e4f60-FRA",
            "01J9Z3T4Q5R6S7V8W9X0Y1Z2A3",
            "dGVzdA+/0==",
            &"x".repeat(REQUEST_ID_LIMIT),
        ] {
            assert_eq!(plain(id).as_deref(), Some(id));
        }
        for other in ["", "req\n2026 INFO paid", "s k _ t", "req_\u{202e}x", &"x".repeat(REQUEST_ID_LIMIT + 1)] {
            assert_eq!(plain(other), None, "{other}");
        }
    }
}

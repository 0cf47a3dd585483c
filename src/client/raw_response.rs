//! What came back for a request, kept where progenitor's own error would lose it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER, TRANSFER_ENCODING};
use reqwest::{Response, ResponseBuilderExt, Result};
use serde::de::IgnoredAny;

use crate::client::envelope::EnvelopeFacts;
use crate::client::redact;
use crate::client::retry_after;
use crate::client::secret_key::SecretKey;
use crate::types;

/// A request id is cut off here: what is longer is no id, but its beginning may still help to find the response.
const REQUEST_ID_LIMIT: usize = 256;

/// What there is of a response.
#[derive(Clone)]
pub(crate) struct RawResponse {
    pub(crate) status: u16,
    /// The `X-Request-Id` header, if it was there and is text; else what the body names.
    pub(crate) request_id: Option<String>,
    /// The wait that the server asks for.
    pub(crate) retry_after: Option<Duration>,
    /// The body, as far as it was read.
    pub(crate) body: Bytes,
    pub(crate) body_end: BodyEnd,
    /// What the body says if it is an error envelope.
    pub(crate) envelope: EnvelopeFacts,
}

/// How the reading of a body ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BodyEnd {
    Complete,
    /// The connection ended, or the time ran out, before the body did.
    CutOff,
    /// There was more than is ever read.
    TooLarge,
}

impl RawResponse {
    pub(crate) fn is_success(&self) -> bool {
        (200..=299).contains(&self.status)
    }

    /// Whether there was more of it than is here.
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

/// Reads a response to its end or to `limit`, and gives it back for progenitor to decode; as it is, without its body, if
/// `is_raw`.
///
/// The head counts from the moment it is there: it is handed to `keep` even if the body then fails.
pub(crate) async fn read(
    mut response: Response,
    limit: usize,
    key: &SecretKey,
    is_raw: bool,
    mut keep: impl FnMut(RawResponse),
) -> Result<Response> {
    redact::scrub_headers(response.headers_mut(), key);
    let mut raw = RawResponse {
        status: response.status().as_u16(),
        request_id: request_id(response.headers()),
        retry_after: retry_after(response.headers()),
        body: Bytes::new(),
        body_end: BodyEnd::CutOff,
        envelope: EnvelopeFacts::default(),
    };
    // Also what is kept if the future is dropped while the body is being read.
    keep(raw.clone());
    let mut bytes = Vec::new();
    let failure = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = limit - bytes.len();
                bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    raw.body_end = BodyEnd::TooLarge;
                    break None;
                }
            }
            Ok(None) => {
                raw.body_end = BodyEnd::Complete;
                break None;
            }
            Err(failure) => break Some(failure),
        }
    };
    if raw.body_end == BodyEnd::Complete && ends_too_early(response.headers(), &bytes) {
        raw.body_end = BodyEnd::CutOff;
    }
    redact::scrub_body(&mut bytes, !raw.is_incomplete(), key);
    raw.body = bytes.into();
    if raw.may_be_envelope() {
        raw.envelope = EnvelopeFacts::read(&raw.body, raw.status);
        let named = raw.envelope.request_id.take();
        raw.request_id = raw.request_id.or_else(|| bounded(&named?));
    }
    let is_incomplete = raw.is_incomplete();
    let body = raw.body.clone();
    keep(raw);
    match failure {
        Some(failure) => Err(failure),
        None if is_raw => Ok(response),
        // A body that was not read to its end must not be decoded as if it had been.
        None => Ok(rebuild(&response, if is_incomplete { Bytes::new() } else { body })),
    }
}

/// The wait that a server asks for.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(RETRY_AFTER).iter().filter_map(|value| value.to_str().ok());
    let date = headers.get(DATE).and_then(|value| value.to_str().ok());
    retry_after::wait(values, date, SystemTime::now())
}

/// Whether JSON whose length nothing announced stops before its end.
///
/// Such a body ends with its connection, so that HTTP cannot tell a whole one from one that was cut off.
fn ends_too_early(headers: &HeaderMap, body: &[u8]) -> bool {
    let is_announced = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = media_type.contains("json") || (media_type.is_empty() && body.starts_with(b"{"));
    !is_announced && is_json && serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

/// The response with another body in it: one that has been read.
fn rebuild(response: &Response, body: Bytes) -> Response {
    let mut rebuilt = http::Response::builder().status(response.status()).url(response.url().clone());
    if let Some(headers) = rebuilt.headers_mut() {
        headers.clone_from(response.headers());
    }
    match rebuilt.body(body) {
        Ok(rebuilt) => Response::from(rebuilt),
        // All parts are those of a response that was received, so that none of them can be invalid.
        Err(_) => Response::from(http::Response::new(Bytes::new())),
    }
}

/// The request id in the head of a response.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    bounded(headers.get("x-request-id")?.to_str().ok()?)
}

/// A request id that can be logged: of bounded length, and on one line.
fn bounded(id: &str) -> Option<String> {
    (!id.is_empty() && !id.contains(char::is_control)).then(|| id.chars().take(REQUEST_ID_LIMIT).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_that_would_break_a_line_is_none() {
        assert_eq!(bounded("req\n2026 INFO paid"), None);
        assert_eq!(bounded(""), None);
        assert_eq!(bounded(&"x".repeat(1000)).map(|id| id.len()), Some(REQUEST_ID_LIMIT));
    }
}

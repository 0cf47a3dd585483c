//! What came back for a request, kept where progenitor's own error would lose it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use reqwest::{Response, ResponseBuilderExt, Result};
use serde_json::Value;

use crate::backoff;
use crate::secret_key::SecretKey;
use crate::types;

/// A request id is cut off here: what is longer is no id, but its beginning may still help to find the answer.
const REQUEST_ID_LIMIT: usize = 256;

/// What there is of an answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The `X-Request-Id` header, if it was there and is text; else what the body names.
    pub(crate) request_id: Option<String>,
    /// The wait that the server asks for.
    pub(crate) retry_after: Option<Duration>,
    /// The body, as far as it was read.
    pub(crate) body: Bytes,
    pub(crate) end: End,
}

/// How the reading of a body ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    Complete,
    /// The connection ended, or the time ran out, before the body did.
    CutOff,
    /// There was more than is ever read.
    TooLarge,
}

/// The types of the envelope, and the statuses that they stand for (reference, *Errors*).
const TYPES: &[(&str, u16, u16)] = &[
    ("unauthorized", 401, 401),
    ("not_found", 404, 404),
    ("conflict", 409, 409),
    ("rate_limited", 429, 429),
    ("server_error", 500, 599),
];

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..=299).contains(&self.status)
    }

    /// Whether there was more of it than is here.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.end != End::Complete
    }

    /// The error envelope, if the body is one.
    pub(crate) fn envelope(&self) -> Option<types::Error> {
        self.is_envelope().then(|| serde_json::from_slice(&self.body).ok()).flatten()
    }

    /// What an envelope says that the status denies, in words that hold nothing of it but a number.
    ///
    /// The status decides. Looked up in the JSON, so that an envelope that is not quite one can be caught too.
    pub(crate) fn contradiction(&self) -> Option<String> {
        if !self.is_envelope() {
            return None;
        }
        let envelope: Value = serde_json::from_slice(&self.body).ok()?;
        match envelope.get("statusCode").and_then(Value::as_u64) {
            Some(status) if status != u64::from(self.status) => {
                return Some(format!("its envelope says statusCode {status}"));
            }
            _ => {}
        }
        let type_ = envelope.get("type").and_then(Value::as_str)?;
        let (type_, ..) =
            TYPES.iter().find(|(name, first, last)| *name == type_ && !(*first..=*last).contains(&self.status))?;
        Some(format!("its envelope says type {type_}"))
    }

    fn is_envelope(&self) -> bool {
        self.end == End::Complete && !self.is_success()
    }
}

/// Reads an answer to its end or to `limit`, and gives it back for progenitor to decode.
///
/// The head counts from the moment it is there: it is handed to `keep` even if the body then fails.
pub(crate) async fn read(
    mut response: Response,
    limit: usize,
    key: &SecretKey,
    mut keep: impl FnMut(Answer),
) -> Result<Response> {
    scrub(response.headers_mut(), key);
    let mut answer = Answer {
        status: response.status().as_u16(),
        request_id: request_id(response.headers()),
        retry_after: backoff::retry_after(response.headers(), SystemTime::now()),
        body: Bytes::new(),
        end: End::CutOff,
    };
    // Also what is kept if the future is dropped while the body is being read.
    keep(answer.clone());
    let mut bytes = Vec::new();
    let failure = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = limit - bytes.len();
                bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    answer.end = End::TooLarge;
                    break None;
                }
            }
            Ok(None) => {
                answer.end = End::Complete;
                break None;
            }
            Err(failure) => break Some(failure),
        }
    };
    if answer.end == End::Complete && ends_too_early(response.headers(), &bytes) {
        answer.end = End::CutOff;
    }
    scrub_body(&mut bytes, answer.end, key);
    answer.body = bytes.into();
    if answer.request_id.is_none() {
        answer.request_id = request_id_in(&answer);
    }
    // A body that was not read to its end must not be decoded as if it had been.
    let body = if answer.end == End::Complete { answer.body.clone() } else { Bytes::new() };
    keep(answer);
    failure.map_or_else(|| Ok(rebuild(&response, body)), Err)
}

/// Whether JSON whose length nothing announced stops before its end.
///
/// Such a body ends with its connection, so that HTTP cannot tell a whole one from one that was cut off.
fn ends_too_early(headers: &HeaderMap, body: &[u8]) -> bool {
    let is_announced = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !is_announced
        && media_type.contains("json")
        && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err_and(|error| error.is_eof())
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

/// Blackens the key in a body, however JSON writes it.
fn scrub_body(bytes: &mut Vec<u8>, end: End, key: &SecretKey) {
    key.scrub(bytes);
    if end != End::Complete {
        key.scrub_end(bytes);
    }
    // Letters can be escaped. Only a body in which the key is found that way is written anew, as numbers may change by it.
    if bytes.contains(&b'\\')
        && let Ok(mut json) = serde_json::from_slice::<Value>(bytes)
        && scrub_json(&mut json, key)
    {
        *bytes = json.to_string().into_bytes();
    }
}

fn scrub_json(json: &mut Value, key: &SecretKey) -> bool {
    let scrub = |text: &mut String| {
        let mut bytes = std::mem::take(text).into_bytes();
        let found = key.scrub(&mut bytes);
        // A key is ASCII, and so is what replaces it.
        *text = String::from_utf8_lossy(&bytes).into_owned();
        found
    };
    match json {
        Value::String(text) => scrub(text),
        // No short cut: all of them are to be scrubbed.
        Value::Array(items) => items.iter_mut().fold(false, |found, item| scrub_json(item, key) | found),
        Value::Object(fields) => {
            let mut found = false;
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(mut name, mut value)| {
                    found |= scrub(&mut name) | scrub_json(&mut value, key);
                    (name, value)
                })
                .collect();
            found
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Takes out the headers in which a server sends the key back.
fn scrub(headers: &mut HeaderMap, key: &SecretKey) {
    let named: Vec<_> = headers.keys().filter(|name| key.is_in_name(name.as_str())).cloned().collect();
    for name in named {
        headers.remove(name);
    }
    for value in headers.values_mut() {
        if key.scrub(&mut value.as_bytes().to_vec()) {
            *value = HeaderValue::from_static("[redacted]");
        }
    }
}

/// The request id in the head of an answer.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    bounded(headers.get("x-request-id")?.to_str().ok()?)
}

/// The request id that a failure's body names, even if it is not quite an envelope.
fn request_id_in(answer: &Answer) -> Option<String> {
    if !answer.is_envelope() {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    bounded(body.get("request_id")?.as_str()?)
}

/// A request id that can be logged: of bounded length, and on one line.
fn bounded(id: &str) -> Option<String> {
    (!id.is_empty() && !id.contains(char::is_control)).then(|| id.chars().take(REQUEST_ID_LIMIT).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contradiction(status: u16, body: &'static str) -> Option<String> {
        let body = Bytes::from_static(body.as_bytes());
        Answer { status, request_id: None, retry_after: None, body, end: End::Complete }.contradiction()
    }

    #[test]
    fn an_envelope_of_another_status_is_said_to_be_one() {
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(contradiction(409, r#"{"type":"conflict","statusCode":409}"#), None);
        assert_eq!(contradiction(503, r#"{"type":"server_error","statusCode":503}"#), None);
        assert_eq!(contradiction(409, r#"{"statusCode":500}"#), said("its envelope says statusCode 500"));
        assert_eq!(contradiction(404, r#"{"type":"conflict"}"#), said("its envelope says type conflict"));
        // What the table does not have contradicts nothing.
        assert_eq!(contradiction(418, r#"{"type":"teapot"}"#), None);
        assert_eq!(contradiction(404, "<html>"), None);
        assert_eq!(contradiction(201, r#"{"statusCode":500}"#), None);
    }

    #[test]
    fn a_request_id_that_would_break_a_line_is_none() {
        assert_eq!(bounded("req\n2026 INFO paid"), None);
        assert_eq!(bounded(""), None);
        assert_eq!(bounded(&"x".repeat(1000)).map(|id| id.len()), Some(REQUEST_ID_LIMIT));
    }
}

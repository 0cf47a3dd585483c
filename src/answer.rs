//! What came back for a request, kept where progenitor's own error would lose it.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING};
use reqwest::{Response, ResponseBuilderExt, Result};
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::retry_after;
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

/// The fields of an envelope that are looked at one by one. What else there is takes no memory.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head {
    #[serde(rename = "type")]
    type_: Scalar,
    code: Scalar,
    request_id: Scalar,
    #[serde(rename = "statusCode")]
    status_code: Scalar,
}

/// A field's value, whatever it is.
#[derive(Default)]
enum Scalar {
    Text(String),
    Number(u64),
    #[default]
    Other,
}

impl Scalar {
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_str<E>(self, text: &str) -> std::result::Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }

            fn visit_u64<E>(self, number: u64) -> std::result::Result<Scalar, E> {
                Ok(Scalar::Number(number))
            }

            fn visit_i64<E>(self, _: i64) -> std::result::Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_f64<E>(self, _: f64) -> std::result::Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_bool<E>(self, _: bool) -> std::result::Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_unit<E>(self) -> std::result::Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> std::result::Result<Scalar, A::Error> {
                IgnoredAny.visit_seq(items).map(|_| Scalar::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> std::result::Result<Scalar, A::Error> {
                IgnoredAny.visit_map(fields).map(|_| Scalar::Other)
            }
        }

        deserializer.deserialize_any(Any)
    }
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

    /// The envelope's code, if it is a word that can be logged.
    ///
    /// Looked up in the JSON, like the rest of what is read of it here: an envelope need not be quite one.
    pub(crate) fn code(&self) -> Option<String> {
        let code = self.head()?.code.text()?;
        let is_word = (1..=64).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        is_word.then_some(code)
    }

    /// What an envelope says that the status denies, in words that hold nothing of it but a number.
    ///
    /// The status decides. Looked up in the JSON, so that an envelope that is not quite one can be caught too.
    pub(crate) fn contradiction(&self) -> Option<String> {
        let head = self.head()?;
        match head.status_code {
            Scalar::Number(status) if status != u64::from(self.status) => {
                return Some(format!("its envelope says statusCode {status}"));
            }
            _ => {}
        }
        let type_ = head.type_.text()?;
        let (type_, ..) =
            TYPES.iter().find(|(name, first, last)| *name == type_ && !(*first..=*last).contains(&self.status))?;
        Some(format!("its envelope says type {type_}"))
    }

    /// What is looked at of an envelope, even of one that is not quite one.
    fn head(&self) -> Option<Head> {
        self.is_envelope().then(|| serde_json::from_slice(&self.body).ok()).flatten()
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
        retry_after: retry_after(response.headers()),
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

/// Blackens the key in a body, however JSON writes it.
fn scrub_body(bytes: &mut [u8], end: End, key: &SecretKey) {
    key.scrub(bytes);
    if end != End::Complete {
        key.scrub_end(bytes);
    }
    if bytes.contains(&b'\\') {
        scrub_escaped(bytes, key);
    }
}

/// Blackens the key where letters of it are escaped as JSON does.
fn scrub_escaped(bytes: &mut [u8], key: &SecretKey) {
    // The text that is meant, and for each byte of it where that began; at the end the end.
    let mut meant = Vec::with_capacity(bytes.len());
    let mut begins = Vec::with_capacity(bytes.len() + 1);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        begins.push(at);
        let hex = || u8::from_str_radix(std::str::from_utf8(bytes.get(at + 2..at + 6)?).ok()?, 16).ok();
        let (letter, length) = match (byte, bytes.get(at + 1)) {
            (b'\\', Some(b'u')) => hex().map_or((byte, 1), |letter| (letter, 6)),
            (b'\\', Some(&escaped)) => (escaped, 2),
            _ => (byte, 1),
        };
        meant.push(letter);
        at += length;
    }
    begins.push(at);
    for found in key.places_in(&meant) {
        bytes[begins[found.start]..begins[found.end]].fill(b'*');
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
    bounded(&answer.head()?.request_id.text()?)
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
    fn a_code_is_a_word_or_none() {
        let code = |body: String| {
            let body = Bytes::from(body);
            Answer { status: 409, request_id: None, retry_after: None, body, end: End::Complete }.code()
        };
        assert_eq!(code(r#"{"code":"session_not-open.v2"}"#.to_owned()).as_deref(), Some("session_not-open.v2"));
        for none in [r#""""#, r#""two words""#, r#""a\nb""#, "7", "null", &format!("{:?}", "x".repeat(65))] {
            assert_eq!(code(format!(r#"{{"code":{none}}}"#)), None, "{none}");
        }
    }

    #[test]
    fn a_request_id_that_would_break_a_line_is_none() {
        assert_eq!(bounded("req\n2026 INFO paid"), None);
        assert_eq!(bounded(""), None);
        assert_eq!(bounded(&"x".repeat(1000)).map(|id| id.len()), Some(REQUEST_ID_LIMIT));
    }
}

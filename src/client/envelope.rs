//! What is read off an error envelope, even off one that is not quite one.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use crate::client::scalar::{self, Scalar};

/// What the client goes by in an envelope, read off even what is not quite one.
#[derive(Clone, Default)]
pub(crate) struct EnvelopeFacts {
    /// The code, if it is a word that can be logged.
    pub(crate) code: Option<String>,
    /// The request id as it stands there.
    pub(crate) request_id: Option<String>,
    /// What it says that the status denies.
    pub(crate) contradiction: Option<EnvelopeContradiction>,
    /// Whether it says of which status or type it is, without which it is no envelope.
    pub(crate) is_one: bool,
}

/// What an envelope says that the HTTP status denies. Holds nothing of it but a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EnvelopeContradiction {
    /// It names another status.
    StatusCode(u64),
    /// It is of a type that stands for another status.
    Type(&'static str),
}

/// The types of the envelope, and the statuses that they stand for (reference, *Errors*).
const TYPES: &[(&str, u16, u16)] = &[
    ("unauthorized", 401, 401),
    ("not_found", 404, 404),
    ("conflict", 409, 409),
    ("rate_limited", 429, 429),
    ("server_error", 500, 599),
];

impl EnvelopeFacts {
    /// Whether the response speaks for 0Gate: an envelope, and one of its own status.
    pub(crate) fn vouches(&self) -> bool {
        self.is_one && self.contradiction.is_none()
    }

    /// Reads the body of a response with this status.
    pub(crate) fn read(body: &[u8], status: u16) -> Self {
        let Some(fields) = std::str::from_utf8(body).ok().and_then(scalar::fields::<Fields<'_>>) else {
            return Self::default();
        };
        let is_one = matches!(fields.status_code, Scalar::Number(_)) || matches!(fields.type_, Scalar::Text(_));
        let contradiction = match (fields.status_code, fields.type_.text()) {
            (Scalar::Number(number), _) if number != u64::from(status) => {
                Some(EnvelopeContradiction::StatusCode(number))
            }
            (_, Some(name)) => TYPES
                .iter()
                .find(|(type_, first, last)| name == *type_ && !(*first..=*last).contains(&status))
                .map(|(type_, ..)| EnvelopeContradiction::Type(type_)),
            _ => None,
        };
        Self {
            code: fields.code.text().filter(|code| is_word(code)).map(Cow::into_owned),
            request_id: fields.request_id.text().map(Cow::into_owned),
            contradiction,
            is_one,
        }
    }
}

fn is_word(code: &str) -> bool {
    (1..=64).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

impl fmt::Display for EnvelopeContradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StatusCode(status) => write!(f, "its envelope says statusCode {status}"),
            Self::Type(type_) => write!(f, "its envelope says type {type_}"),
        }
    }
}

/// The fields that are looked at one by one. What else there is takes no memory.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields<'b> {
    #[serde(borrow, rename = "type")]
    type_: Scalar<'b>,
    #[serde(borrow)]
    code: Scalar<'b>,
    #[serde(borrow)]
    request_id: Scalar<'b>,
    #[serde(borrow, rename = "statusCode")]
    status_code: Scalar<'b>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_of_another_status_is_said_to_be_one() {
        let contradiction = |status, body: &str| EnvelopeFacts::read(body.as_bytes(), status).contradiction;
        let said = |status, body| contradiction(status, body).map(|contradiction| contradiction.to_string());
        assert_eq!(contradiction(409, r#"{"type":"conflict","statusCode":409}"#), None);
        assert_eq!(contradiction(503, r#"{"type":"server_error","statusCode":503}"#), None);
        assert_eq!(said(409, r#"{"statusCode":500}"#).as_deref(), Some("its envelope says statusCode 500"));
        assert_eq!(said(404, r#"{"type":"conflict"}"#).as_deref(), Some("its envelope says type conflict"));
        // What the table does not have contradicts nothing.
        assert_eq!(contradiction(418, r#"{"type":"teapot"}"#), None);
        assert_eq!(contradiction(404, "<html>"), None);
    }

    #[test]
    fn a_code_is_a_word_or_none() {
        let code = |body: String| EnvelopeFacts::read(body.as_bytes(), 409).code;
        assert_eq!(code(r#"{"code":"session_not-open.v2"}"#.to_owned()).as_deref(), Some("session_not-open.v2"));
        for none in [r#""""#, r#""two words""#, r#""a\nb""#, "7", "null", &format!("{:?}", "x".repeat(65))] {
            assert_eq!(code(format!(r#"{{"code":{none}}}"#)), None, "{none}");
        }
    }
}

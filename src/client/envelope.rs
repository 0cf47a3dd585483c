//! Reads error envelopes, even incomplete ones.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use crate::client::scalar::{self, Scalar};

/// The parts of an envelope that the client uses, read even from an incomplete one.
#[derive(Clone, Default)]
pub(crate) struct EnvelopeFacts {
    /// The code, if it is a plain word that is safe to log.
    pub(crate) code: Option<String>,
    /// The request id, unchanged.
    pub(crate) request_id: Option<String>,
    /// Where it contradicts the HTTP status.
    pub(crate) contradiction: Option<EnvelopeContradiction>,
    /// Whether its type is the documented one for the status. Frameworks and gateways also send JSON errors, often with
    /// their own `statusCode` or `type`: only the documented type identifies 0Gate.
    pub(crate) is_of_its_status: bool,
}

/// How an envelope contradicts the HTTP status. Contains nothing from it but a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EnvelopeContradiction {
    /// It has another status code.
    StatusCode(u64),
    /// Its type belongs to another status.
    Type(&'static str),
}

/// The envelope types and their statuses (reference, *Errors*).
const TYPES: &[(&str, u16, u16)] = &[
    ("unauthorized", 401, 401),
    ("not_found", 404, 404),
    ("conflict", 409, 409),
    ("rate_limited", 429, 429),
    ("server_error", 500, 599),
];

impl EnvelopeFacts {
    /// Whether the envelope shows that the response is from 0Gate: its type is documented, and nothing contradicts the
    /// status.
    pub(crate) fn vouches(&self) -> bool {
        self.is_of_its_status && self.contradiction.is_none()
    }

    /// Reads the body of a response with this status.
    pub(crate) fn read(body: &[u8], status: u16) -> Self {
        let Some(fields) = std::str::from_utf8(body).ok().and_then(scalar::fields::<Fields<'_>>) else {
            return Self::default();
        };
        let type_ = fields.type_.text().and_then(|name| TYPES.iter().find(|(type_, ..)| name == *type_));
        let is_of_its_status = type_.is_some_and(|(_, first, last)| (*first..=*last).contains(&status));
        let contradiction = match (fields.status_code, type_) {
            (Scalar::Number(number), _) if number != u64::from(status) => {
                Some(EnvelopeContradiction::StatusCode(number))
            }
            (_, Some((name, ..))) if !is_of_its_status => Some(EnvelopeContradiction::Type(name)),
            _ => None,
        };
        Self {
            code: fields.code.text().filter(|code| is_word(code)).map(Cow::into_owned),
            request_id: fields.request_id.text().map(Cow::into_owned),
            contradiction,
            is_of_its_status,
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

/// The fields that are read, each on its own. Other fields use no memory.
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
    fn only_the_documented_type_speaks_for_0gate() {
        let vouches = |status, body: &str| EnvelopeFacts::read(body.as_bytes(), status).vouches();
        assert!(vouches(404, r#"{"type":"not_found","statusCode":404}"#));
        assert!(vouches(409, r#"{"type":"conflict"}"#));
        for (status, body) in [
            // NestJS and Fastify, a gateway of Azure, RFC 9457 as ASP.NET writes it.
            (404, r#"{"message":"Cannot POST /v1","error":"Not Found","statusCode":404}"#),
            (404, r#"{"statusCode":404,"message":"Resource not found"}"#),
            (404, r#"{"type":"about:blank","title":"Not Found","status":404}"#),
            (409, r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.10","status":409}"#),
            (404, r#"{"type":"conflict","statusCode":404}"#),
            (404, r#"{"type":"not_found","statusCode":409}"#),
            (404, "<html>"),
        ] {
            assert!(!vouches(status, body), "{status} {body}");
        }
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

//! Reads error envelopes, even incomplete ones.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use crate::client::decode::BYTE_ORDER_MARK;
use crate::client::scalar::{self, Scalar};

/// The parts of an envelope, each read on its own: a missing or odd one does not affect the others.
#[derive(Clone, Default)]
pub(crate) struct EnvelopeFacts {
    /// The type, if it is a plain word that is safe to log.
    pub(crate) type_: Option<String>,
    /// The code, if it is a plain word that is safe to log.
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) doc_url: Option<String>,
    /// The request id, unchanged.
    pub(crate) request_id: Option<String>,
    /// Its own status code, also if it is written as a string.
    pub(crate) status_code: Option<u64>,
    /// Where it contradicts the HTTP status.
    pub(crate) contradiction: Option<EnvelopeContradiction>,
    is_of_its_status: bool,
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
    /// Whether this is an error envelope of 0Gate for the HTTP status, in complete JSON, and nothing in it contradicts
    /// the status.
    ///
    /// Frameworks and gateways also send JSON errors, often with their own `statusCode` or `type`. For a status with a
    /// documented type, only that type counts. For others, such as 403, the type must be a plain word, with the status
    /// itself or a code next to it.
    pub(crate) fn vouches(&self) -> bool {
        self.is_of_its_status && self.contradiction.is_none()
    }

    /// Reads the body of a response with this status.
    pub(crate) fn read(body: &[u8], status: u16) -> Self {
        let text = std::str::from_utf8(body).ok();
        let text = text.map(|text| text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text));
        let Some(fields) = text.and_then(scalar::fields::<Fields<'_>>) else {
            return Self::default();
        };
        let word = |value: Scalar<'_>| value.text().filter(|text| is_word(text)).map(Cow::into_owned);
        let text = |value: Scalar<'_>| value.text().map(Cow::into_owned);
        let (type_, code) = (word(fields.type_), word(fields.code));
        let status_code = match fields.status_code {
            Scalar::Number(number) => Some(number),
            other => other.text().and_then(|text| text.parse().ok()),
        };
        let known = type_.as_ref().and_then(|name| TYPES.iter().find(|(known, ..)| known == name));
        let holds = |(_, first, last): &(&str, u16, u16)| (*first..=*last).contains(&status);
        let is_of_its_status = match known {
            Some(known) => holds(known),
            None => !TYPES.iter().any(holds) && type_.is_some() && (status_code.is_some() || code.is_some()),
        };
        let contradiction = match (status_code, known) {
            (Some(number), _) if number != u64::from(status) => Some(EnvelopeContradiction::StatusCode(number)),
            (_, Some((name, ..))) if !is_of_its_status => Some(EnvelopeContradiction::Type(name)),
            _ => None,
        };
        Self {
            type_,
            code,
            message: text(fields.message),
            doc_url: text(fields.doc_url),
            request_id: text(fields.request_id),
            status_code,
            contradiction,
            is_of_its_status,
        }
    }
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

impl fmt::Display for EnvelopeContradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StatusCode(status) => write!(f, "its envelope says statusCode {status}"),
            Self::Type(type_) => write!(f, "its envelope says type {type_}"),
        }
    }
}

/// The fields that are read. Others use no memory.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields<'b> {
    #[serde(borrow, rename = "type")]
    type_: Scalar<'b>,
    #[serde(borrow)]
    code: Scalar<'b>,
    #[serde(borrow)]
    message: Scalar<'b>,
    #[serde(borrow)]
    doc_url: Scalar<'b>,
    #[serde(borrow)]
    request_id: Scalar<'b>,
    #[serde(borrow, rename = "statusCode")]
    status_code: Scalar<'b>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_of_another_status_is_reported_as_such() {
        let contradiction = |status, body: &str| EnvelopeFacts::read(body.as_bytes(), status).contradiction;
        let said = |status, body| contradiction(status, body).map(|contradiction| contradiction.to_string());
        assert_eq!(contradiction(409, r#"{"type":"conflict","statusCode":409}"#), None);
        assert_eq!(contradiction(503, r#"{"type":"server_error","statusCode":503}"#), None);
        assert_eq!(said(409, r#"{"statusCode":500}"#).as_deref(), Some("its envelope says statusCode 500"));
        assert_eq!(said(404, r#"{"type":"conflict"}"#).as_deref(), Some("its envelope says type conflict"));
        // A type that is not in the table contradicts nothing.
        assert_eq!(contradiction(418, r#"{"type":"teapot"}"#), None);
        assert_eq!(contradiction(404, "<html>"), None);
    }

    #[test]
    fn only_the_documented_type_speaks_for_0gate() {
        let vouches = |status, body: &str| EnvelopeFacts::read(body.as_bytes(), status).vouches();
        assert!(vouches(404, r#"{"type":"not_found","statusCode":404}"#));
        assert!(vouches(409, r#"{"type":"conflict"}"#));
        // No type is documented for these.
        assert!(vouches(403, r#"{"type":"forbidden","statusCode":403}"#));
        assert!(vouches(400, r#"{"type":"invalid_request","code":"amount_invalid","doc_url":7}"#));
        for (status, body) in [
            // NestJS and Fastify, a gateway of Azure, RFC 9457 as ASP.NET writes it.
            (404, r#"{"message":"Cannot POST /v1","error":"Not Found","statusCode":404}"#),
            (404, r#"{"statusCode":404,"message":"Resource not found"}"#),
            (404, r#"{"type":"about:blank","title":"Not Found","status":404}"#),
            (409, r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.10","status":409}"#),
            (404, r#"{"type":"conflict","statusCode":404}"#),
            (404, r#"{"type":"not_found","statusCode":409}"#),
            (404, "<html>"),
            (404, r#"{"type":"not_found","statusCode":404"#),
            (401, r#"{"type":"invalid_key","code":"invalid_key","statusCode":401}"#),
            (403, r#"{"statusCode":403,"message":"Forbidden resource","error":"Forbidden"}"#),
            (403, r#"{"code":"FST_ERR","error":"Forbidden","message":"","statusCode":403}"#),
            (403, r#"{"type":"about:blank","title":"Forbidden","status":403}"#),
            (403, r#"{"type":"forbidden"}"#),
            (403, r#"{"type":"forbidden","statusCode":"500"}"#),
            (400, r#"{"type":"conflict","code":"conflict"}"#),
        ] {
            assert!(!vouches(status, body), "{status} {body}");
        }
    }

    #[test]
    fn each_field_is_read_without_the_others() {
        let read = |body: &str| {
            let EnvelopeFacts { type_, code, message, doc_url, request_id, status_code, .. } =
                EnvelopeFacts::read(body.as_bytes(), 409);
            let texts = [type_, code, message, doc_url, request_id, status_code.map(|number| number.to_string())];
            texts.map(|text| text.unwrap_or_default()).join("|")
        };
        for (body, kept) in [
            (
                r#"{"type":"t","code":"c","message":"m","request_id":"r","doc_url":"d","statusCode":409}"#,
                "t|c|m|d|r|409",
            ),
            (r#"{"type":"t","code":null,"message":7,"doc_url":[],"statusCode":"409"}"#, "t|||||409"),
            (r#"{"message":"two words\n","request_id":{}}"#, "||two words\n|||"),
            ("\u{feff}{\"type\":\"t\"}", "t|||||"),
            (r#"{"type":"t","type":"t"}"#, "|||||"),
            (r#"{"type":"t""#, "|||||"),
            (r#"["t"]"#, "|||||"),
        ] {
            assert_eq!(read(body), kept, "{body}");
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

//! What is read off an error envelope, even off one that is not quite one.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What the client goes by in an envelope.
#[derive(Clone, Default)]
pub(crate) struct EnvelopeFacts {
    /// The code, if it is a word that can be logged.
    pub(crate) code: Option<String>,
    /// The request id as it stands there.
    pub(crate) request_id: Option<String>,
    /// What it says that the status denies.
    pub(crate) contradiction: Option<EnvelopeContradiction>,
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
    /// Reads the body of a response with this status.
    pub(crate) fn read(body: &[u8], status: u16) -> Self {
        let Ok(fields) = serde_json::from_slice::<Fields>(body) else {
            return Self::default();
        };
        let contradiction = match (fields.status_code, fields.type_.text()) {
            (Scalar::Number(number), _) if number != u64::from(status) => {
                Some(EnvelopeContradiction::StatusCode(number))
            }
            (_, Some(name)) => TYPES
                .iter()
                .find(|(type_, first, last)| *type_ == name && !(*first..=*last).contains(&status))
                .map(|(type_, ..)| EnvelopeContradiction::Type(type_)),
            _ => None,
        };
        Self {
            code: fields.code.text().filter(|code| is_word(code)),
            request_id: fields.request_id.text(),
            contradiction,
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
struct Fields {
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

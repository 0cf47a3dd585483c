//! Reads the fields that decide about a session: its id, object and status.

use std::borrow::Cow;

use serde::Deserialize;

use crate::client::decode::{BYTE_ORDER_MARK, DecodeError};
use crate::client::scalar::{self, Scalar};
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;

/// The deciding fields of a body, even if others are missing.
pub(crate) struct Essentials<'b> {
    pub(crate) status: SessionStatus,
    /// The whole JSON.
    pub(crate) json: &'b str,
    /// How it differs from the documented response, although the session is clear.
    pub(crate) oddity: Option<&'static str>,
}

/// Why a body does not decide about a session.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Doubt {
    /// It is about another session.
    OtherSession,
    /// It is not a complete JSON object in which the id and the status appear once, as strings.
    Unreadable,
}

/// The deciding fields. A repeated one is an error; others use no memory.
#[derive(Deserialize)]
struct Fields<'b> {
    #[serde(borrow, default)]
    id: Scalar<'b>,
    #[serde(borrow, default)]
    object: Scalar<'b>,
    #[serde(borrow, default)]
    status: Scalar<'b>,
}

/// The required fields, so that [`DecodeError`] can name a missing one.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only what keeps it from being decoded is of interest")]
struct Required {
    id: String,
    status: String,
}

impl<'b> Essentials<'b> {
    /// Returns why a body does not decide about a session.
    pub(crate) fn flaw(body: &[u8]) -> DecodeError {
        DecodeError::of::<Required>(body)
    }

    /// Reads `body`, which must be about the session `id`.
    pub(crate) fn read(body: &'b [u8], id: &SessionId) -> Result<Self, Doubt> {
        let (found, essentials) = Self::of(body)?;
        if found == id.as_str() { Ok(essentials) } else { Err(Doubt::OtherSession) }
    }

    /// Reads `body`, about any session.
    pub(crate) fn named(body: &'b [u8]) -> Result<(SessionId, Self), Doubt> {
        let (found, essentials) = Self::of(body)?;
        let id = SessionId::new(found).map_err(|_| Doubt::Unreadable)?;
        Ok((id, essentials))
    }

    fn of(body: &'b [u8]) -> Result<(Cow<'b, str>, Self), Doubt> {
        // Skipped fields are not parsed, but must also be UTF-8.
        let body = std::str::from_utf8(body).map_err(|_| Doubt::Unreadable)?;
        let json = body.strip_prefix(BYTE_ORDER_MARK);
        let text = json.unwrap_or(body);
        let fields: Fields<'_> = scalar::fields(text).ok_or(Doubt::Unreadable)?;
        let (Some(found), Some(status)) = (fields.id.text(), fields.status.text()) else {
            return Err(Doubt::Unreadable);
        };
        let oddity = if json.is_some() {
            Some("the body starts with a byte order mark")
        } else if fields.object.text().is_none_or(|object| object != "gate_session") {
            Some("the object in it is not a gate_session")
        } else {
            None
        };
        Ok((found, Self { status: SessionStatus::from(status.as_ref()), json: text, oddity }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_fields_decide_and_each_occurs_once() {
        let odd = Some("the object in it is not a gate_session");
        let bom = Some("the body starts with a byte order mark");
        let read = |body: &str| {
            let read = Essentials::read(body.as_bytes(), &SessionId::new("67a1").unwrap());
            read.map(|Essentials { status, oddity, .. }| (status.to_string(), oddity))
        };
        for (body, status, oddity) in [
            (r#"{"id":"67a1","object":"gate_session","status":"cancelled"}"#, "cancelled", None),
            (
                r#" {"status":"frozen","extra":{"id":"x","status":[]},"object":"gate_session","id":"67a1"} "#,
                "frozen",
                None,
            ),
            (r#"{"\u0069d":"67a\u0031","object":"gate_session","status":"op\u0065n"}"#, "open", None),
            (r#"{"id":"67a1","object":"session","status":"open"}"#, "open", odd),
            (r#"{"id":"67a1","object":null,"status":"open"}"#, "open", odd),
            (r#"{"id":"67a1","status":"open"}"#, "open", odd),
            ("\u{feff}{\"id\":\"67a1\",\"object\":\"gate_session\",\"status\":\"open\"}", "open", bom),
        ] {
            assert_eq!(read(body), Ok((status.to_owned(), oddity)), "{body}");
        }
        assert_eq!(read(r#"{"id":"67A1","object":"gate_session","status":"open"}"#), Err(Doubt::OtherSession));
        let broken = b"{\"id\":\"67a1\",\"status\":\"open\",\"amount\":\"\xff\"}";
        assert!(Essentials::read(broken, &SessionId::new("67a1").unwrap()).is_err());
        for body in [
            "",
            "null",
            "[]",
            r#"["67a1","gate_session","open"]"#,
            r#""67a1""#,
            "{}",
            r#"{"id":"67a1"}"#,
            r#"{"status":"open"}"#,
            r#"{"id":1,"status":"open"}"#,
            r#"{"id":"67a1","status":null}"#,
            r#"{"id":"67a1","status":"open","status":"cancelled"}"#,
            r#"{"id":"67a1","status":"open","\u0073tatus":"open"}"#,
            r#"{"id":"67a1","id":"67a1","status":"open"}"#,
            r#"{"id":"67a1","status":"open""#,
            r#"{"id":"67a1","status":"open"} {"id":"67a1","status":"cancelled"}"#,
            r#"{"session":{"id":"67a1","status":"open"}}"#,
            "{\"id\":\"67a1\",\"status\":\"open\"}\u{feff}",
        ] {
            assert_eq!(read(body), Err(Doubt::Unreadable), "{body}");
        }
    }
}

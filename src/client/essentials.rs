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

/// The fields of a creation, each on its own.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Creation<'b> {
    #[serde(borrow)]
    id: Scalar<'b>,
    #[serde(borrow)]
    client_secret: Scalar<'b>,
}

impl<'b> Creation<'b> {
    fn read(body: &'b [u8]) -> Option<Self> {
        let body = std::str::from_utf8(body).ok()?;
        scalar::fields(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body))
    }
}

/// Returns the id of the session that `body` is about, even if its other fields cannot be read.
pub(crate) fn id_of(body: &[u8]) -> Option<SessionId> {
    SessionId::new(Creation::read(body)?.id.text()?).ok()
}

/// Whether `body` has everything that the response to a creation must have.
pub(crate) fn is_all_of_a_creation(body: &[u8]) -> bool {
    let secret = Creation::read(body).and_then(|creation| creation.client_secret.text());
    Essentials::named(body).is_ok() && secret.is_some_and(|secret| !secret.is_empty())
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
    id: SessionId,
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
    fn the_id_alone_names_a_session() {
        for (body, id) in [
            (r#"{"id":"n1"}"#, Some("n1")),
            (r#"{"status":null,"id":"n1","data":[{"id":"n2"}]}"#, Some("n1")),
            ("\u{feff}{\"id\":\"n1\"}", Some("n1")),
            (r#"{"id":"n1","id":"n1"}"#, None),
            (r#"{"id":"n1""#, None),
            (r#"{"id":"a/b"}"#, None),
            (r#"{"id":7}"#, None),
            (r#"[{"id":"n1"}]"#, None),
        ] {
            assert_eq!(id_of(body.as_bytes()).as_ref().map(SessionId::as_str), id, "{body}");
        }
    }

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

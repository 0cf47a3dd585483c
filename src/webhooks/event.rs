use std::fmt;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::VerifyError;
use crate::session_id::SessionId;
use crate::types::GateSession;

/// The kind of an event. A kind that this version does not know is [`Unknown`](Self::Unknown), which keeps its name.
///
/// It is not checked against [`session_status`](Event::session_status): a `gate_session.completed` whose session is
/// `open` is accepted. Act on the session as you read it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// `gate_session.created`
    SessionCreated,
    /// `gate_session.completed`
    SessionCompleted,
    /// `gate_session.expired`
    SessionExpired,
    /// `gate_session.cancelled`
    SessionCancelled,
    /// Any other.
    Unknown(Box<str>),
}

impl EventKind {
    const KNOWN: [Self; 4] =
        [Self::SessionCreated, Self::SessionCompleted, Self::SessionExpired, Self::SessionCancelled];

    /// The name of the kind in the event.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::SessionCreated => "gate_session.created",
            Self::SessionCompleted => "gate_session.completed",
            Self::SessionExpired => "gate_session.expired",
            Self::SessionCancelled => "gate_session.cancelled",
            Self::Unknown(name) => name,
        }
    }
}

impl From<&str> for EventKind {
    fn from(name: &str) -> Self {
        Self::KNOWN.into_iter().find(|kind| kind.as_str() == name).unwrap_or_else(|| Self::Unknown(name.into()))
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An event with a valid signature; from [`Verifier::verify`](super::Verifier::verify).
///
/// `Debug` shows its id and kind, and only the id and status of its session.
#[derive(Clone, PartialEq)]
pub struct Event {
    id: String,
    kind: EventKind,
    created_at: Option<u64>,
    session_id: Option<SessionId>,
    data: Map<String, Value>,
}

/// The fields of a body that are checked. serde rejects repeated ones.
#[derive(Deserialize)]
struct Body<'b> {
    id: Option<Value>,
    r#type: Option<Value>,
    created_at: Option<Value>,
    #[serde(borrow)]
    data: Option<&'b RawValue>,
}

/// The fields of `data` that are checked.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only read to detect repeated fields")]
struct Data {
    id: Option<IgnoredAny>,
    status: Option<IgnoredAny>,
    tx_refid: Option<IgnoredAny>,
}

/// Parses a JSON object. For a struct, serde would also accept an array.
fn object<'b, T: Deserialize<'b>>(json: &'b str) -> Option<T> {
    json.trim_ascii_start().starts_with('{').then(|| serde_json::from_str(json).ok()).flatten()
}

impl Event {
    /// Parses a body.
    pub(super) fn read(body: &[u8]) -> Result<Self, VerifyError> {
        let unreadable = |field, expected| VerifyError::Unreadable { field, expected };
        let body = std::str::from_utf8(body).ok().and_then(object::<Body<'_>>);
        let body = body.ok_or_else(|| unreadable("", "a JSON object with no repeated field"))?;
        let text = |value: Option<Value>, field| match value {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            _ => Err(unreadable(field, "a string")),
        };
        let id = text(body.id, "id")?;
        let kind = EventKind::from(text(body.r#type, "type")?.as_str());
        let created_at = body.created_at.as_ref().and_then(Value::as_u64);
        let data = match body.data.map(RawValue::get) {
            Some(data) if data.starts_with('{') => object::<Data>(data)
                .and_then(|_| object(data))
                .ok_or_else(|| unreadable("data", "an object with no repeated field"))?,
            // The data of an unknown kind can be anything.
            _ if matches!(kind, EventKind::Unknown(_)) => Map::new(),
            _ => return Err(unreadable("data", "an object")),
        };
        let session_id = data.get("id").and_then(Value::as_str).and_then(|id| SessionId::new(id).ok());
        if session_id.is_none() && !matches!(kind, EventKind::Unknown(_)) {
            return Err(unreadable("data.id", "a session id"));
        }
        Ok(Self { id, kind, created_at, session_id, data })
    }

    /// The id of the event, which stays the same if the event is sent again.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The kind of the event.
    #[must_use]
    pub fn kind(&self) -> &EventKind {
        &self.kind
    }

    /// The time of the event, to the second, if it has one.
    #[must_use]
    pub fn created_at(&self) -> Option<SystemTime> {
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.created_at?))
    }

    /// The id of the event's session. Events of a known kind always have one.
    #[must_use]
    pub fn session_id(&self) -> Option<&SessionId> {
        self.session_id.as_ref()
    }

    /// The status of the session when the event was created. It may have changed since: read the session.
    #[must_use]
    pub fn session_status(&self) -> Option<&str> {
        self.text("status")
    }

    /// The session when the event was created; `None` if it does not match the contract. Its id and status are
    /// available anyway.
    #[must_use]
    pub fn session(&self) -> Option<GateSession> {
        serde_json::from_value(Value::Object(self.data.clone())).ok()
    }

    /// The transaction reference of a completed session.
    #[must_use]
    pub fn tx_refid(&self) -> Option<&str> {
        self.text("tx_refid")
    }

    /// All data of the event. It contains customer data: keep it out of logs.
    #[must_use]
    pub fn data(&self) -> &Map<String, Value> {
        &self.data
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.data.get(field)?.as_str().filter(|text| !text.is_empty())
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("kind", &self.kind.as_str())
            .field("session_id", &self.session_id())
            .field("session_status", &self.session_status())
            .finish_non_exhaustive()
    }
}

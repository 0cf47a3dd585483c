use std::fmt;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::VerifyError;
use crate::types::GateSession;

/// What an event tells. A kind that this version does not know is [`Unknown`](Self::Unknown), which keeps its name.
///
/// It is not compared with [`session_status`](Event::session_status): a `gate_session.completed` whose session is `open` is an
/// event as well. Go by the session as it reads.
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

    /// The name of the kind, as the event has it.
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

/// An event whose signature is good; from [`Verifier::verify`](super::Verifier::verify).
///
/// `Debug` names its id and kind, and the id and status of its session, and nothing else of the session.
#[derive(Clone, PartialEq)]
pub struct Event {
    id: String,
    kind: EventKind,
    created_at: Option<u64>,
    data: Map<String, Value>,
}

/// The fields of a body that decide. serde refuses one that stands twice.
#[derive(Deserialize)]
struct Body<'b> {
    id: Option<Value>,
    r#type: Option<Value>,
    created_at: Option<Value>,
    #[serde(borrow)]
    data: Option<&'b RawValue>,
}

/// Those of its `data`.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only whether one stands twice is of interest")]
struct Data {
    id: Option<IgnoredAny>,
    status: Option<IgnoredAny>,
    tx_refid: Option<IgnoredAny>,
}

/// Reads a JSON object. For a struct serde would also take an array.
fn object<'b, T: Deserialize<'b>>(json: &'b str) -> Option<T> {
    json.trim_ascii_start().starts_with('{').then(|| serde_json::from_str(json).ok()).flatten()
}

impl Event {
    /// Reads a body.
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
            // What an unknown kind tells may be anything.
            _ if matches!(kind, EventKind::Unknown(_)) => Map::new(),
            _ => return Err(unreadable("data", "an object")),
        };
        let event = Self { id, kind, created_at, data };
        if event.session_id().is_none() && !matches!(event.kind, EventKind::Unknown(_)) {
            return Err(unreadable("data.id", "a string"));
        }
        Ok(event)
    }

    /// The id of the event: the same where it is sent again.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it tells.
    #[must_use]
    pub fn kind(&self) -> &EventKind {
        &self.kind
    }

    /// When it happened, as far as the event says; to the second.
    #[must_use]
    pub fn created_at(&self) -> Option<SystemTime> {
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.created_at?))
    }

    /// The id of the session that it is about. Every event of a known kind has one.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.text("id")
    }

    /// The status that the session had when the event was made. What it has by now only reading it tells.
    #[must_use]
    pub fn session_status(&self) -> Option<&str> {
        self.text("status")
    }

    /// The session as it was when the event was made. `None` if it does not have all that the contract says: its id and status
    /// are there all the same.
    #[must_use]
    pub fn session(&self) -> Option<GateSession> {
        serde_json::from_value(Value::Object(self.data.clone())).ok()
    }

    /// What names the transaction of a session that was completed.
    #[must_use]
    pub fn tx_refid(&self) -> Option<&str> {
        self.text("tx_refid")
    }

    /// All that the event says of its session. Customer data: keep it out of logs.
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

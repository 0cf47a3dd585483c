//! The format of a webhook.

use axum::body::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::json;
use sha2::Sha256;

use super::outbox::{EventKind, Happened};
use crate::response::json_text;
use crate::session::Status;

/// An event, identical each time it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) event_id: String,
    pub(crate) kind: EventKind,
    pub(crate) session_id: String,
    pub(crate) body: Bytes,
}

impl Message {
    pub(crate) fn new(event_id: String, Happened { session, at }: Happened) -> Self {
        let kind = EventKind::of(session.status);
        let mut data = json!(session);
        if session.status == Status::Completed {
            data["tx_refid"] = format!("tx_test_{}", session.id).into();
        }
        let event = json!({ "id": event_id, "type": kind.0, "created_at": at.as_second(), "data": data });
        Self { kind, session_id: session.id, body: json_text(&event), event_id }
    }

    /// The value of the `Gate-Signature` header.
    pub(crate) fn signature(&self, secret: &str, at: Timestamp) -> String {
        let time = at.as_second().to_string();
        let mut hex = String::new();
        // HMAC accepts a key of any length.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
            mac.update(format!("{time}.").as_bytes());
            mac.update(&self.body);
            hex = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        }
        format!("t={time},v1={hex}")
    }
}

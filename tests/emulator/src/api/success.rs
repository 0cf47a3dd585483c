//! The result of a successful operation.

use axum::body::Bytes;
use axum::http::StatusCode;
use serde::Serialize;

use crate::response::json_text;

pub(super) struct Success {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    /// Whether this request itself created or cancelled a session.
    pub(super) committed: bool,
}

impl Success {
    pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, body: json_text(body), committed: false }
    }
}

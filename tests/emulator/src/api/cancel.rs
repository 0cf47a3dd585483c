//! `POST /v1/gate_sessions/{id}/cancel`

use axum::http::StatusCode;

use super::success::Success;
use crate::envelope::Refusal;
use crate::session::Owner;
use crate::store::{Store, TransitionError};

/// Ignores a body, a content type and an idempotency key.
pub(super) fn cancel(store: &Store, owner: Owner, id: &str) -> Result<Success, Refusal> {
    match store.cancel(owner, id) {
        Ok(session) => Ok(Success { committed: true, ..Success::json(StatusCode::CREATED, &session) }),
        Err(TransitionError::NotFound) => Err(Refusal::NoSuchSession),
        Err(TransitionError::Terminal(status)) => Err(Refusal::Terminal(status)),
    }
}

//! `GET /v1/gate_sessions/{id}`

use axum::http::StatusCode;

use super::success::Success;
use crate::envelope::Refusal;
use crate::session::Owner;
use crate::store::Store;

pub(super) fn retrieve(store: &Store, owner: Owner, id: &str) -> Result<Success, Refusal> {
    let session = store.retrieve(owner, id).ok_or(Refusal::NoSuchSession)?;
    Ok(Success::json(StatusCode::OK, &session))
}

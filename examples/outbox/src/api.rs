//! The HTTP API for the rest of a system: submit a cancellation, and look it up.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use zerogate::{SessionId, SessionRecord};

use crate::store::{Entry, Store};

/// A submitted cancellation.
#[derive(Deserialize)]
struct Cancellation {
    session_id: SessionId,
}

/// The state of a cancellation.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    entry: Entry,
    records: Vec<SessionRecord>,
}

/// Serves `PUT /cancellations/{reference}` and `GET /cancellations/{reference}`; the caller chooses the reference.
pub fn router(store: Arc<Store>) -> Router {
    Router::new().route("/cancellations/{reference}", put(accept).get(look_up)).with_state(store)
}

/// Returns 202 once the cancellation is stored. Repeating the request returns 202 and resumes a parked cancellation;
/// another session with the same reference returns 409.
async fn accept(
    State(store): State<Arc<Store>>,
    Path(reference): Path<String>,
    Json(Cancellation { session_id }): Json<Cancellation>,
) -> Response {
    match store.add(&reference, &session_id) {
        Ok(true) => StatusCode::ACCEPTED.into_response(),
        Ok(false) => StatusCode::CONFLICT.into_response(),
        Err(error) => failed(&error),
    }
}

/// Returns its state, and the records of all its calls.
async fn look_up(State(store): State<Arc<Store>>, Path(reference): Path<String>) -> Response {
    let shown = |entry| store.records(&reference).map(|records| Shown { entry, records });
    match store.get(&reference).and_then(|entry| entry.map(shown).transpose()) {
        Ok(Some(shown)) => Json(shown).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &rusqlite::Error) -> Response {
    eprintln!("error: database: {error}");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

//! The control plane under `/_emulator`: the methods of [`Emulator`](crate::Emulator) over HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::clock;
use crate::error::ControlError;
use crate::fault::{ArmedFault, Fault};
use crate::journal::JournalEntry;
use crate::seed::Seed;
use crate::session::GateSession;
use crate::shared::Shared;
use crate::store::Unmoved;

impl From<Unmoved> for ControlError {
    fn from(unmoved: Unmoved) -> Self {
        match unmoved {
            Unmoved::NotFound => Self::NotFound,
            Unmoved::Terminal(status) => Self::NotOpen { status },
        }
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotOpen { .. } => StatusCode::CONFLICT,
        };
        error(status, &self.to_string())
    }
}

fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

/// A control request that could not be read, or not be done.
enum Refused {
    Unreadable(String),
    Undone(ControlError),
}

impl From<ControlError> for Refused {
    fn from(error: ControlError) -> Self {
        Self::Undone(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Unreadable(reason) => error(StatusCode::BAD_REQUEST, &reason),
            Self::Undone(error) => error.into_response(),
        }
    }
}

type SentBody = Result<Bytes, BytesRejection>;

/// An id that is no UTF-8 is the id of no session.
type SentId = Result<Path<String>, PathRejection>;

/// A request body, whatever its content type; an empty one is `{}`, so that `curl -X POST` is enough.
fn read<T: DeserializeOwned>(body: SentBody) -> Result<T, Refused> {
    let body = body.map_err(|rejection| Refused::Unreadable(rejection.body_text()))?;
    let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
    match Json::from_bytes(body) {
        Ok(Json(value)) => Ok(value),
        // axum's text names the field by its path; what it puts before that says nothing.
        Err(rejection) => {
            let text = rejection.body_text();
            let reason = text.split_once("type: ").map_or(text.as_str(), |(_, reason)| reason);
            Err(Refused::Unreadable(reason.to_owned()))
        }
    }
}

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_emulator", get(describe))
        .route("/_emulator/", get(describe))
        .route("/_emulator/sessions", post(seed))
        .route("/_emulator/sessions/{id}", get(peek))
        .route("/_emulator/sessions/{id}/complete", post(complete))
        .route("/_emulator/journal", get(journal).delete(clear_journal))
        .route("/_emulator/faults", get(faults).post(arm).delete(disarm))
        .route("/_emulator/clock", get(now).post(advance))
        .route("/_emulator/reset", post(reset))
        .route("/_emulator/{*rest}", axum::routing::any(unknown))
        .method_not_allowed_fallback(wrong_method)
        // A refusal before the body was read would cut the client off while it is still sending.
        .layer(DefaultBodyLimit::disable())
}

/// What there is, for whoever asks `/_emulator`.
async fn describe(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({
        "name": "zerogate-emulator",
        "version": env!("CARGO_PKG_VERSION"),
        "base_url": format!("http://{}/v1", shared.addr),
        "control_url": format!("http://{}/_emulator", shared.addr),
        "keys": shared.keys,
        "operations": {
            "createSession": "POST /v1/gate_sessions",
            "listSessions": "GET /v1/gate_sessions",
            "retrieveSession": "GET /v1/gate_sessions/{id}",
            "cancelSession": "POST /v1/gate_sessions/{id}/cancel",
        },
        "control": [
            "GET /_emulator",
            "POST /_emulator/sessions",
            "GET /_emulator/sessions/{id}",
            "POST /_emulator/sessions/{id}/complete",
            "GET /_emulator/journal",
            "DELETE /_emulator/journal",
            "POST /_emulator/faults",
            "GET /_emulator/faults",
            "DELETE /_emulator/faults",
            "GET /_emulator/clock",
            "POST /_emulator/clock",
            "POST /_emulator/reset",
        ],
    }))
}

async fn seed(State(shared): State<Arc<Shared>>, body: SentBody) -> Result<(StatusCode, Json<GateSession>), Refused> {
    let seed: Seed = read(body)?;
    let session = shared.store.seed(seed)?;
    Ok((StatusCode::CREATED, Json(session)))
}

async fn peek(State(shared): State<Arc<Shared>>, id: SentId) -> Result<Json<GateSession>, ControlError> {
    let Path(id) = id.map_err(|_| ControlError::NotFound)?;
    shared.store.peek(&id).map(Json).ok_or(ControlError::NotFound)
}

async fn complete(State(shared): State<Arc<Shared>>, id: SentId) -> Result<Json<GateSession>, ControlError> {
    let Path(id) = id.map_err(|_| ControlError::NotFound)?;
    Ok(Json(shared.store.complete(&id)?))
}

async fn journal(State(shared): State<Arc<Shared>>) -> Json<Vec<JournalEntry>> {
    Json(shared.journal.entries())
}

async fn clear_journal(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.journal.clear();
    StatusCode::NO_CONTENT
}

async fn faults(State(shared): State<Arc<Shared>>) -> Json<Vec<ArmedFault>> {
    Json(shared.faults.list())
}

async fn arm(State(shared): State<Arc<Shared>>, body: SentBody) -> Result<(StatusCode, Json<ArmedFault>), Refused> {
    let fault: Fault = read(body)?;
    let armed = shared.faults.arm(fault)?;
    Ok((StatusCode::CREATED, Json(armed)))
}

async fn disarm(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.faults.clear();
    StatusCode::NO_CONTENT
}

async fn now(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({ "now": clock::text(shared.store.now()) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

async fn advance(State(shared): State<Arc<Shared>>, body: SentBody) -> Result<Json<Value>, Refused> {
    let Advance { advance_ms } = read(body)?;
    let now = shared.store.advance(Duration::from_millis(advance_ms))?;
    Ok(Json(json!({ "now": clock::text(now) })))
}

async fn reset(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.reset();
    StatusCode::NO_CONTENT
}

async fn unknown() -> Response {
    error(StatusCode::NOT_FOUND, "the control plane has nothing at this path; see /_emulator")
}

async fn wrong_method() -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "the control plane does not take this method here; see /_emulator")
}

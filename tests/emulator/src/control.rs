//! The control plane under `/_emulator`: the methods of [`Emulator`](crate::Emulator) over HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, delete, get, post};
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

/// A control request that was not carried out, as `{"error":"…"}`.
struct Failure(StatusCode, String);

impl From<ControlError> for Failure {
    fn from(error: ControlError) -> Self {
        let status = match error {
            ControlError::Invalid { .. } => StatusCode::BAD_REQUEST,
            ControlError::NotFound => StatusCode::NOT_FOUND,
            ControlError::NotOpen { .. } => StatusCode::CONFLICT,
        };
        Self(status, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

type SentBody = Result<Bytes, BytesRejection>;

/// An id that is no UTF-8 is the id of no session.
type SentId = Result<Path<String>, PathRejection>;

/// A request body, whatever its content type; an empty one is `{}`, so that `curl -X POST` is enough.
fn read<T: DeserializeOwned>(body: SentBody) -> Result<T, Failure> {
    let body = body.map_err(|rejection| Failure(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
    match Json::from_bytes(body) {
        Ok(Json(value)) => Ok(value),
        // axum's text names the field by its path; what it puts before that says nothing.
        Err(rejection) => {
            let text = rejection.body_text();
            let reason = text.split_once("type: ").map_or(text.as_str(), |(_, reason)| reason);
            Err(Failure(StatusCode::BAD_REQUEST, reason.to_owned()))
        }
    }
}

/// Every control request: its method, its path, and what carries it out.
fn routes() -> [(&'static str, &'static str, MethodRouter<Arc<Shared>>); 12] {
    [
        ("GET", "/_emulator", get(describe)),
        ("POST", "/_emulator/sessions", post(seed)),
        ("GET", "/_emulator/sessions/{id}", get(peek)),
        ("POST", "/_emulator/sessions/{id}/complete", post(complete)),
        ("GET", "/_emulator/journal", get(journal)),
        ("DELETE", "/_emulator/journal", delete(clear_journal)),
        ("POST", "/_emulator/faults", post(arm)),
        ("GET", "/_emulator/faults", get(faults)),
        ("DELETE", "/_emulator/faults", delete(disarm)),
        ("GET", "/_emulator/clock", get(now)),
        ("POST", "/_emulator/clock", post(advance)),
        ("POST", "/_emulator/reset", post(reset)),
    ]
}

pub(crate) fn router() -> Router<Arc<Shared>> {
    routes()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| router.route(path, handler))
        .route("/_emulator/", get(describe))
        .route("/_emulator/{*rest}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
        // A refusal before the body was read would cut the client off while it is still sending.
        .layer(DefaultBodyLimit::disable())
}

/// What there is, for whoever asks `/_emulator`.
async fn describe(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({
        "name": "zerogate-emulator",
        "version": env!("CARGO_PKG_VERSION"),
        "base_url": shared.base_url(),
        "control_url": shared.control_url(),
        "keys": shared.keys,
        "operations": {
            "createSession": "POST /v1/gate_sessions",
            "listSessions": "GET /v1/gate_sessions",
            "retrieveSession": "GET /v1/gate_sessions/{id}",
            "cancelSession": "POST /v1/gate_sessions/{id}/cancel",
        },
        "control": routes().map(|(method, path, _)| format!("{method} {path}")),
    }))
}

async fn seed(State(shared): State<Arc<Shared>>, body: SentBody) -> Result<(StatusCode, Json<GateSession>), Failure> {
    let seed: Seed = read(body)?;
    let session = shared.store.seed(seed)?;
    Ok((StatusCode::CREATED, Json(session)))
}

async fn peek(State(shared): State<Arc<Shared>>, id: SentId) -> Result<Json<GateSession>, Failure> {
    let Path(id) = id.map_err(|_| ControlError::NotFound)?;
    Ok(Json(shared.store.peek(&id).ok_or(ControlError::NotFound)?))
}

async fn complete(State(shared): State<Arc<Shared>>, id: SentId) -> Result<Json<GateSession>, Failure> {
    let Path(id) = id.map_err(|_| ControlError::NotFound)?;
    Ok(Json(shared.store.complete(&id).map_err(ControlError::from)?))
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

async fn arm(State(shared): State<Arc<Shared>>, body: SentBody) -> Result<(StatusCode, Json<ArmedFault>), Failure> {
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

async fn advance(State(shared): State<Arc<Shared>>, body: SentBody) -> Result<Json<Value>, Failure> {
    let Advance { advance_ms } = read(body)?;
    let now = shared.store.advance(Duration::from_millis(advance_ms))?;
    Ok(Json(json!({ "now": clock::text(now) })))
}

async fn reset(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.reset();
    StatusCode::NO_CONTENT
}

async fn unknown() -> Failure {
    Failure(StatusCode::NOT_FOUND, "the control plane has nothing at this path; see /_emulator".to_owned())
}

async fn wrong_method() -> Failure {
    let message = "the control plane does not take this method here; see /_emulator";
    Failure(StatusCode::METHOD_NOT_ALLOWED, message.to_owned())
}

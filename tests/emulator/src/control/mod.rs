//! The control plane under `/_emulator`: the methods of [`Emulator`](crate::Emulator) over HTTP.

mod failure;
mod guard;
mod sent;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, any, delete, get, post};
use axum::{Json, Router, middleware};
use serde_json::{Value, json};

use self::failure::Failure;
use self::sent::{SentBody, SentId};
use crate::clock::{self, ClockChange};
use crate::error::ControlError;
use crate::fault::{ArmedFault, Fault};
use crate::journal::JournalEntry;
use crate::seed::Seed;
use crate::session::GateSession;
use crate::shared::Shared;
use crate::webhook::{WebhookDelivery, WebhookFault};

/// The OpenAPI document of the control plane; a test compares it with the routes below.
const OPENAPI: &str = include_str!("../../control.yaml");

/// Every control request: method, path and handler.
fn routes() -> [(&'static str, &'static str, MethodRouter<Arc<Shared>>); 18] {
    [
        ("GET", "/_emulator", get(describe)),
        ("GET", "/_emulator/openapi.yaml", get(openapi)),
        ("POST", "/_emulator/sessions", post(seed)),
        ("GET", "/_emulator/sessions/{id}", get(peek)),
        ("POST", "/_emulator/sessions/{id}/complete", post(complete)),
        ("POST", "/_emulator/sessions/{id}/cancel", post(cancel)),
        ("GET", "/_emulator/journal", get(journal)),
        ("DELETE", "/_emulator/journal", delete(clear_journal)),
        ("POST", "/_emulator/faults", post(arm)),
        ("GET", "/_emulator/faults", get(faults)),
        ("DELETE", "/_emulator/faults", delete(disarm)),
        ("GET", "/_emulator/webhooks", get(webhooks)),
        ("POST", "/_emulator/webhooks/faults", post(arm_webhook)),
        ("GET", "/_emulator/webhooks/faults", get(webhook_faults)),
        ("DELETE", "/_emulator/webhooks/faults", delete(disarm_webhooks)),
        ("GET", "/_emulator/clock", get(now)),
        ("POST", "/_emulator/clock", post(set_clock)),
        ("POST", "/_emulator/reset", post(reset)),
    ]
}

pub(crate) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    routes()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| router.route(path, handler))
        .route("/_emulator/", get(describe))
        .route("/_emulator/{*rest}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(shared.clone(), guard::no_web_page))
}

/// The overview at `/_emulator`.
async fn describe(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({
        "name": "zerogate-emulator",
        "version": env!("CARGO_PKG_VERSION"),
        "base_url": shared.base_url(),
        "control_url": shared.control_url(),
        "openapi_url": format!("{}/openapi.yaml", shared.control_url()),
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

async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/yaml")], OPENAPI)
}

async fn seed(State(shared): State<Arc<Shared>>, body: SentBody) -> Result<(StatusCode, Json<GateSession>), Failure> {
    let seed: Seed = body.read()?;
    let session = shared.store.seed(seed)?;
    Ok((StatusCode::CREATED, Json(session)))
}

async fn peek(State(shared): State<Arc<Shared>>, id: SentId) -> Result<Json<GateSession>, Failure> {
    Ok(Json(shared.store.peek(&sent::id(id)?).ok_or(ControlError::NotFound)?))
}

async fn complete(State(shared): State<Arc<Shared>>, id: SentId) -> Result<Json<GateSession>, Failure> {
    Ok(Json(shared.store.complete(&sent::id(id)?).map_err(ControlError::from)?))
}

async fn cancel(State(shared): State<Arc<Shared>>, id: SentId) -> Result<Json<GateSession>, Failure> {
    Ok(Json(shared.store.cancel_of_any(&sent::id(id)?).map_err(ControlError::from)?))
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
    let fault: Fault = body.read()?;
    let armed = shared.faults.arm(fault)?;
    Ok((StatusCode::CREATED, Json(armed)))
}

async fn disarm(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.faults.clear();
    StatusCode::NO_CONTENT
}

async fn webhooks(State(shared): State<Arc<Shared>>) -> Json<Vec<WebhookDelivery>> {
    Json(shared.webhooks.log.list())
}

async fn arm_webhook(
    State(shared): State<Arc<Shared>>,
    body: SentBody,
) -> Result<(StatusCode, Json<WebhookFault>), Failure> {
    let fault: WebhookFault = body.read()?;
    shared.webhooks.faults.arm(fault);
    Ok((StatusCode::CREATED, Json(fault)))
}

async fn webhook_faults(State(shared): State<Arc<Shared>>) -> Json<Vec<WebhookFault>> {
    Json(shared.webhooks.faults.list())
}

async fn disarm_webhooks(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.webhooks.faults.clear();
    StatusCode::NO_CONTENT
}

async fn now(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(time(&shared))
}

async fn set_clock(State(shared): State<Arc<Shared>>, body: SentBody) -> Result<Json<Value>, Failure> {
    let change: ClockChange = body.read()?;
    shared.store.clock().change(&change)?;
    Ok(Json(time(&shared)))
}

fn time(shared: &Shared) -> Value {
    let clock = shared.store.clock();
    json!({ "now": clock::text(clock.now()), "frozen": clock.is_frozen() })
}

async fn reset(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.reset();
    StatusCode::NO_CONTENT
}

async fn unknown() -> Failure {
    Failure(StatusCode::NOT_FOUND, "no such path in the control plane; see /_emulator".to_owned())
}

async fn wrong_method() -> Failure {
    let message = "the control plane does not support this method here; see /_emulator";
    Failure(StatusCode::METHOD_NOT_ALLOWED, message.to_owned())
}

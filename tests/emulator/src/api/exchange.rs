//! The one pipeline that every request under `/v1` goes through.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use http_body_util::BodyExt;
use serde::Serialize;
use tokio::sync::oneshot;

use super::create::BODY_LIMIT;
use super::route::Route;
use super::{cancel, create, list, retrieve};
use crate::auth;
use crate::auth::Unauthenticated;
use crate::envelope::Refusal;
use crate::fault::{self, Outcome};
use crate::response::Answer;
use crate::server::{HangUp, Line};
use crate::session::Owner;
use crate::shared::Shared;

/// What an operation answers when it has not refused.
pub(crate) struct Success {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    /// Whether this very request created or cancelled a session.
    pub(crate) committed: bool,
}

impl Success {
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, body: crate::response::json(body), committed: false }
    }
}

/// A body as far as it is kept. All of it is read, so that a client can always finish sending before it reads.
#[derive(Debug, Default)]
pub(crate) struct ReadBody {
    pub(crate) start: Vec<u8>,
    pub(crate) length: u64,
    pub(crate) broken: bool,
}

impl ReadBody {
    pub(crate) fn too_large(&self) -> bool {
        self.length > self.start.len() as u64
    }

    async fn read(mut body: Body) -> Self {
        let mut read = Self::default();
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                read.broken = true;
                break;
            };
            if let Some(data) = frame.data_ref() {
                let room = BODY_LIMIT - read.start.len();
                read.start.extend_from_slice(&data[..data.len().min(room)]);
                read.length += data.len() as u64;
            }
        }
        read
    }
}

/// Answers any request that is not for the control plane.
///
/// The work is a task of its own: a client that hangs up while its request is being carried out does not undo it, just
/// as it would not on a real server. (hyper 1.12 does not look for a hang-up at that time if half-closing is on, but
/// does not promise that either.) A panic, too, ends only the task, and becomes an answer.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let line = request.extensions().get::<Line>().cloned();
    let (report, outcome) = oneshot::channel();
    let tasks = shared.clone();
    tasks.tasks.spawn(async move {
        let outcome = if under_v1(request.uri()) { exchange(&shared, request).await } else { elsewhere(&shared) };
        // The receiver is gone when the client is.
        let _ = report.send(outcome);
    });
    match (outcome.await, line) {
        (Ok(Outcome::Answer(response)), _) => response,
        (Ok(Outcome::HangUp(how)), Some(line)) => line.hang_up(how).await,
        (Ok(Outcome::HangUp(_)) | Err(_), _) => broken(&tasks),
    }
}

fn under_v1(uri: &Uri) -> bool {
    uri.path().strip_prefix("/v1").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Outside the API there is nothing to authenticate for.
fn elsewhere(shared: &Shared) -> Outcome {
    Outcome::Answer(Refusal::NoSuchPath.into_answer(&shared.store.request_id()).into_response())
}

fn broken(shared: &Shared) -> Response {
    Refusal::Broken.into_answer(&shared.store.request_id()).into_response()
}

async fn exchange(shared: &Shared, request: Request) -> Outcome {
    let (head, body) = request.into_parts();
    let route = Route::find(&head.method, head.uri.path());
    let operation = route.as_ref().ok().map(Route::operation);
    let request_id = shared.store.request_id();
    let entry = shared.journal.arrived(&head, operation, shared.store.now(), &shared.keys);
    let body = ReadBody::read(body).await;
    shared.journal.body(entry, &body, &shared.keys);

    let caller = auth::authenticate(&head.headers, &shared.keys);
    // A request that was cut is none yet: it uses up no fault.
    let provoked = fault::provoked(&head.headers).filter(|_| caller.is_ok() && operation.is_some());
    let armed =
        || operation.filter(|_| !body.broken).and_then(|operation| shared.faults.take(operation, caller.is_ok()));
    let fault = provoked.or_else(armed);
    let path_id = match &route {
        Ok(Route::Cancel(id) | Route::Retrieve(id)) => Some(id.clone()),
        _ => None,
    };
    let carry_out = || match handle(shared, caller, route, &head, &body) {
        Ok(success) => {
            if success.committed {
                shared.journal.committed(entry);
            }
            Answer::new(success.status, "application/json", success.body).identified(&request_id)
        }
        Err(refusal) => refusal.into_answer(&request_id),
    };
    let (outcome, kind) = match (fault, operation) {
        (Some(fault), Some(operation)) => {
            let kind = fault.kind.name();
            let spoiled = fault::apply(fault, operation, path_id, &request_id, carry_out).await;
            (spoiled, Some(kind))
        }
        _ => (Outcome::Answer(carry_out().into_response()), None),
    };
    shared.journal.answered(entry, &outcome, kind);
    outcome
}

/// Authentication first, whatever the path and the method; then the path; then the request itself.
fn handle(
    shared: &Shared,
    caller: Result<Owner, Unauthenticated>,
    route: Result<Route, Refusal>,
    head: &Parts,
    body: &ReadBody,
) -> Result<Success, Refusal> {
    let owner = caller.map_err(Refusal::Unauthenticated)?;
    let route = route?;
    if body.broken {
        return Err(Refusal::Invalid("The body could not be read to its end.".to_owned()));
    }
    match route {
        Route::Cancel(id) => cancel::cancel(&shared.store, owner, &id),
        Route::Retrieve(id) => retrieve::retrieve(&shared.store, owner, &id),
        Route::Create => create::create(&shared.store, owner, &head.headers, body),
        Route::List => list::list(&shared.store, owner, &head.uri),
    }
}

impl Line {
    /// Cuts the connection under the request. What it returns is never sent.
    async fn hang_up(self, how: HangUp) -> Response {
        self.cut(how);
        std::future::pending().await
    }
}

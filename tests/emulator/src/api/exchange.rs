//! The pipeline for every request under `/v1`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::http::request::Parts;
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use super::route::Route;
use super::success::Success;
use super::{cancel, create, list, retrieve};
use crate::auth;
use crate::auth::Unauthenticated;
use crate::body::ReadBody;
use crate::clock;
use crate::envelope::Refusal;
use crate::fault::{self, Fault, FaultKind, Outcome};
use crate::response::{self, json_text};
use crate::server::Connection;
use crate::session::{GateSession, Owner};
use crate::shared::Shared;

/// The maximum size of a creation's body, and of the part of any body that is kept.
const LIMIT: usize = 64 * 1024;

/// Responds to any request that is not for the control plane.
///
/// The work runs in its own task, so that a client that hangs up does not abort its request, as on a real server.
/// (hyper 1.12 does not check for a hang-up at that time if half-closing is on, but does not guarantee that.) A panic
/// ends only the task and becomes a response.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let connection = request.extensions().get::<Connection>().cloned();
    let (report, outcome) = oneshot::channel();
    let task = shared.clone();
    shared.server.spawn(async move {
        // Nothing outside the API needs authentication.
        let outcome = if under_v1(request.uri()) {
            exchange(&task, request).await
        } else {
            Outcome::Response(refuse(&task, Refusal::NoSuchPath))
        };
        // The receiver is gone when the client is.
        let _ = report.send(outcome);
    });
    match (outcome.await, connection) {
        (Ok(Outcome::Response(response)), _) => response,
        (Ok(Outcome::HangUp(how) | Outcome::Written(_, how)), Some(connection)) => connection.hang_up(how).await,
        (Ok(Outcome::HangUp(_) | Outcome::Written(..)) | Err(_), _) => refuse(&shared, Refusal::Broken),
    }
}

fn under_v1(uri: &Uri) -> bool {
    uri.path().strip_prefix("/v1").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn refuse(shared: &Shared, refusal: Refusal) -> Response {
    refusal.into_response(&shared.store.request_id()).map(Body::from)
}

async fn exchange(shared: &Shared, request: Request) -> Outcome {
    let (mut head, body) = request.into_parts();
    let route = Route::find(&head.method, head.uri.path());
    let operation = route.as_ref().ok().map(Route::operation);
    let request_id = shared.store.request_id();
    let entry = shared.journal.arrived(&head, operation, shared.store.now(), &shared.keys);
    let body = ReadBody::read(body, LIMIT).await;
    shared.journal.body(entry, &body.start, body.length, &shared.keys);

    let caller = auth::authenticate(&head.headers, &shared.keys);
    // An incomplete request does not use up a fault.
    let provoked = fault::provoked(&head.headers).filter(|_| caller.is_ok() && operation.is_some());
    let armed =
        || operation.filter(|_| !body.broken).and_then(|operation| shared.faults.take(operation, caller.is_ok()));
    let fault = provoked.or_else(armed);
    let path_id = match &route {
        Ok(Route::Cancel(id) | Route::Retrieve(id)) => Some(id.clone()),
        _ => None,
    };
    let session = || imagined(shared, caller.ok(), path_id.as_deref());
    let session = fault.as_ref().map(|_| session());
    let mut stored = None;
    match &fault {
        Some(Fault { kind: FaultKind::Ignore { names }, .. }) => ignore(&mut head, names),
        Some(Fault { kind: FaultKind::Store { set }, .. }) => stored = Some(set.clone()),
        _ => {}
    }
    let handle = || {
        let handled = handle(shared, caller, route, &head, &body);
        match stored {
            Some(fields) => keep(shared, path_id.as_deref(), handled, fields),
            None => handled,
        }
    };
    let carry_out = || match handle() {
        Ok(success) => {
            if success.committed {
                shared.journal.committed(entry);
            }
            let response = response::with_body(success.status, "application/json", success.body);
            response::with_request_id(response, &request_id)
        }
        Err(refusal) => refusal.into_response(&request_id),
    };
    let (outcome, kind) = match (fault, operation, session) {
        (Some(fault), Some(operation), Some(session)) => {
            let kind = fault.kind.name();
            let spoiled = fault::apply(fault, operation, session, &request_id, carry_out).await;
            (spoiled, Some(kind))
        }
        _ => (carry_out().into(), None),
    };
    let sent = match &outcome {
        Outcome::Response(response) => Some((response.status(), response.headers())),
        Outcome::Written(response, _) => Some((response.status(), response.headers())),
        Outcome::HangUp(_) => None,
    };
    shared.journal.finished(entry, sent, kind);
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
        return Err(Refusal::Invalid("The body could not be read completely.".to_owned()));
    }
    match route {
        Route::Cancel(id) => cancel::cancel(&shared.store, owner, &id),
        Route::Retrieve(id) => retrieve::retrieve(&shared.store, owner, &id),
        Route::Create => create::create(&shared.store, owner, &head.headers, body),
        Route::List => list::list(&shared.store, owner, &head.uri),
    }
}

/// The session for a made-up response, only if it is the caller's: a fault must not expose other sessions.
fn imagined(shared: &Shared, owner: Option<Owner>, id: Option<&str>) -> GateSession {
    let own = owner.zip(id).and_then(|(owner, id)| shared.store.retrieve(owner, id));
    own.unwrap_or_else(|| {
        let now = clock::text(shared.store.now());
        GateSession {
            id: id.unwrap_or("67a1f3b9e4b0c10001234567").to_owned(),
            expires_at: now.clone(),
            created_at: now,
            ..GateSession::example(Owner::Partner)
        }
    })
}

/// The request without these headers and query parameters.
fn ignore(head: &mut Parts, names: &[String]) {
    for name in names {
        head.headers.remove(name);
    }
    let Some(query) = head.uri.query() else { return };
    let is_kept = |pair: &&str| {
        let name = percent_decode_str(pair.split('=').next().unwrap_or_default()).decode_utf8_lossy();
        !names.iter().any(|ignored| *ignored == name)
    };
    let query: Vec<&str> = query.split('&').filter(is_kept).collect();
    if let Ok(uri) = format!("{}?{}", head.uri.path(), query.join("&")).parse() {
        head.uri = uri;
    }
}

/// Stores these fields in a session, and shows them in the response if it is a success.
fn keep(
    shared: &Shared,
    path_id: Option<&str>,
    handled: Result<Success, Refusal>,
    fields: Map<String, Value>,
) -> Result<Success, Refusal> {
    let mut shown =
        handled.as_ref().ok().and_then(|success| serde_json::from_slice::<Map<String, Value>>(&success.body).ok());
    let created = shown.as_ref().and_then(|shown| shown.get("id")?.as_str());
    if let Some(id) = path_id.or(created) {
        shared.store.overwrite(id, &fields);
    }
    let mut success = handled?;
    if let Some(shown) = &mut shown {
        shown.extend(fields);
        success.body = json_text(shown);
    }
    Ok(success)
}

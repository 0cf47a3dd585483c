//! The one pipeline that every request under `/v1` goes through.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::http::request::Parts;
use axum::response::Response;
use tokio::sync::oneshot;

use super::body::ReadBody;
use super::route::Route;
use super::success::Success;
use super::{cancel, create, list, retrieve};
use crate::auth;
use crate::auth::Unauthenticated;
use crate::envelope::Refusal;
use crate::fault::{self, Outcome};
use crate::response;
use crate::server::Connection;
use crate::session::Owner;
use crate::shared::Shared;

/// Responds to any request that is not for the control plane.
///
/// The work is a task of its own: a client that hangs up while its request is being carried out does not undo it, just
/// as it would not on a real server. (hyper 1.12 does not look for a hang-up at that time if half-closing is on, but
/// does not promise that either.) A panic, too, ends only the task, and becomes a response.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let connection = request.extensions().get::<Connection>().cloned();
    let (report, outcome) = oneshot::channel();
    let task = shared.clone();
    shared.server.spawn(async move {
        // Outside the API there is nothing to authenticate for.
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
        (Ok(Outcome::HangUp(how)), Some(connection)) => connection.hang_up(how).await,
        (Ok(Outcome::HangUp(_)) | Err(_), _) => refuse(&shared, Refusal::Broken),
    }
}

fn under_v1(uri: &Uri) -> bool {
    uri.path().strip_prefix("/v1").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn refuse(shared: &Shared, refusal: Refusal) -> Response {
    refusal.into_response(&shared.store.request_id()).map(Body::from)
}

async fn exchange(shared: &Shared, request: Request) -> Outcome {
    let (head, body) = request.into_parts();
    let route = Route::find(&head.method, head.uri.path());
    let operation = route.as_ref().ok().map(Route::operation);
    let request_id = shared.store.request_id();
    let entry = shared.journal.arrived(&head, operation, shared.store.now(), &shared.keys);
    let body = ReadBody::read(body).await;
    shared.journal.body(entry, &body.start, body.length, &shared.keys);

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
            let response = response::with_body(success.status, "application/json", success.body);
            response::with_request_id(response, &request_id)
        }
        Err(refusal) => refusal.into_response(&request_id),
    };
    let (outcome, kind) = match (fault, operation) {
        (Some(fault), Some(operation)) => {
            let kind = fault.kind.name();
            let spoiled = fault::apply(fault, operation, path_id, &request_id, carry_out).await;
            (spoiled, Some(kind))
        }
        _ => (carry_out().into(), None),
    };
    let sent = match &outcome {
        Outcome::Response(response) => Some(response),
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
        return Err(Refusal::Invalid("The body could not be read to its end.".to_owned()));
    }
    match route {
        Route::Cancel(id) => cancel::cancel(&shared.store, owner, &id),
        Route::Retrieve(id) => retrieve::retrieve(&shared.store, owner, &id),
        Route::Create => create::create(&shared.store, owner, &head.headers, body),
        Route::List => list::list(&shared.store, owner, &head.uri),
    }
}

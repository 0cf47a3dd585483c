//! Violations in the states of sessions and their transitions.

use std::sync::Arc;

use serde_json::{Value, json};
use zerogate_conformance::Operation::{self, CancelSession, CreateSession, RetrieveSession};

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Response, Serving, Upstream};

const CONFLICTS: &[&str] = &[
    "cancel-cancelled-conflicts",
    "cancel-completed-conflicts",
    "cancel-expired-conflicts",
    "cancel-parallel",
    "cancel-second-conflicts",
];

/// Fakes a successful cancellation.
pub(super) fn forge(response: &mut Response, session: &Value) {
    let mut session = session.clone();
    session["status"] = json!("cancelled");
    response.set_json(&session);
    response.status = 201;
}

/// Returns a success instead of a conflict for a session in this state.
fn cancels(upstream: Arc<Upstream>, asked: Asked, state: &'static str) -> Serving {
    Box::pin(async move {
        let before = upstream.peek(asked.id()).await;
        let mut response = upstream.respond(&asked).await;
        if let (true, 409, Some(before)) = (asked.is(CancelSession), response.status, before)
            && before["status"] == state
        {
            forge(&mut response, &before);
        }
        response
    })
}

/// Returns the correct conflict, but does this to the session.
fn refuses_but(upstream: Arc<Upstream>, asked: Asked, field: &'static str, value: &'static str) -> Serving {
    Box::pin(async move {
        let response = upstream.respond(&asked).await;
        if asked.is(CancelSession) && response.status == 409 {
            upstream.pretend(asked.id(), field, value);
        }
        response
    })
}

/// Edits the responses to a session's second and later cancellations.
fn repeated(
    upstream: Arc<Upstream>,
    asked: Asked,
    edit: impl FnOnce(u64, &mut Response, &Value) + Send + 'static,
) -> Serving {
    Box::pin(async move {
        let mut response = upstream.respond(&asked).await;
        if asked.is(CancelSession) && matches!(response.status, 201 | 409) {
            let count = upstream.count(asked.id());
            if let (true, Some(session)) = (count > 1, upstream.peek(asked.id()).await) {
                edit(count, &mut response, &session);
            }
        }
        response
    })
}

/// Returns a success for one of a session's cancellations.
fn forges(upstream: Arc<Upstream>, asked: Asked, which: u64) -> Serving {
    repeated(upstream, asked, move |count, response, session| {
        if count == which {
            forge(response, session);
        }
    })
}

/// Reads a cancelled session with another value of a field.
fn reads_otherwise(
    upstream: Arc<Upstream>,
    asked: Asked,
    field: &'static str,
    value: impl Into<Value> + Send + 'static,
) -> Serving {
    Box::pin(async move {
        let response = upstream.respond(&asked).await;
        if asked.is(CancelSession) && response.status == 201 {
            upstream.pretend(asked.id(), field, value);
        }
        response
    })
}

/// Replays the response of this operation to a cancellation with the same `Idempotency-Key`, whatever its path.
fn replays(upstream: Arc<Upstream>, asked: Asked, operation: Operation) -> Serving {
    Box::pin(async move {
        let Some(key) = asked.idempotency_key() else { return upstream.respond(&asked).await };
        let key = format!("{operation:?} with {key} by {:?}", asked.authorization());
        let stored = upstream.remembered(&key);
        if asked.is(CancelSession) && stored.is_object() {
            let mut response = upstream.respond(&asked.reading()).await;
            response.set_json(&stored);
            response.status = 201;
            return response;
        }
        let response = upstream.respond(&asked).await;
        if asked.is(operation) && !response.is_error() {
            upstream.remember(&key, response.json());
        }
        response
    })
}

pub(super) const ALL: &[Violation] = &[
    // The second cancellation also finds the session open and cannot conflict.
    violation(
        "cancel-has-no-effect",
        &["cancel-parallel", "cancel-second-conflicts", "cancel-visible-in-retrieve"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                if asked.is(CancelSession) {
                    let mut response = upstream.respond(&asked.reading()).await;
                    if !response.is_error() && response.json()["status"] == "open" {
                        let session = response.json();
                        forge(&mut response, &session);
                        return response;
                    }
                }
                upstream.respond(&asked).await
            })
        }),
    ),
    violation(
        "retrieve-is-stale",
        &["cancel-parallel", "cancel-visible-in-retrieve", "list-matches-retrieve"],
        Serve(|upstream, asked| reads_otherwise(upstream, asked, "status", "open")),
    ),
    violation(
        "retrieve-says-expired",
        &["cancel-parallel", "cancel-visible-in-retrieve", "list-matches-retrieve"],
        Serve(|upstream, asked| reads_otherwise(upstream, asked, "status", "expired")),
    ),
    violation(
        "completed-cancels",
        &["cancel-completed-conflicts"],
        Serve(|upstream, asked| cancels(upstream, asked, "completed")),
    ),
    violation(
        "expired-cancels",
        &["cancel-expired-conflicts"],
        Serve(|upstream, asked| cancels(upstream, asked, "expired")),
    ),
    violation(
        "cancelled-cancels",
        &["cancel-cancelled-conflicts", "cancel-second-conflicts"],
        Serve(|upstream, asked| cancels(upstream, asked, "cancelled")),
    ),
    violation(
        "second-cancels",
        &["cancel-parallel", "cancel-second-conflicts"],
        Serve(|upstream, asked| forges(upstream, asked, 2)),
    ),
    violation(
        "third-cancels",
        &["cancel-parallel", "cancel-second-conflicts"],
        Serve(|upstream, asked| forges(upstream, asked, 3)),
    ),
    violation(
        "second-is-fine-with-200",
        &["cancel-parallel", "cancel-second-conflicts"],
        Serve(|upstream, asked| {
            repeated(upstream, asked, |_, response, session| {
                forge(response, session);
                response.status = 200;
            })
        }),
    ),
    violation(
        "second-404",
        &["cancel-parallel", "cancel-second-conflicts"],
        Serve(|upstream, asked| repeated(upstream, asked, |_, response, _| response.become_error(404, "not_found"))),
    ),
    violation(
        "commits-late",
        &["cancel-parallel", "cancel-terminal-unchanged", "cancel-visible-in-retrieve", "list-matches-retrieve"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                if asked.is(CancelSession) && response.status == 201 {
                    upstream.remember(asked.id(), json!("late"));
                } else if asked.is(RetrieveSession) && upstream.remembered(asked.id()) == "late" {
                    upstream.remember(asked.id(), json!(null));
                    response.set("status", "open");
                }
                response
            })
        }),
    ),
    violation(
        "metadata-lost-after-the-response",
        &["cancel-changes-nothing-else", "list-matches-retrieve"],
        Serve(|upstream, asked| reads_otherwise(upstream, asked, "metadata", json!({}))),
    ),
    violation(
        "completed-turns-cancelled",
        &["cancel-completed-conflicts", "cancel-terminal-unchanged"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let was = upstream.peek(asked.id()).await;
                let response = cancels(upstream.clone(), asked.clone(), "completed").await;
                if asked.is(CancelSession)
                    && !response.is_error()
                    && was.is_some_and(|was| was["status"] == "completed")
                {
                    upstream.pretend(asked.id(), "status", "cancelled");
                }
                response
            })
        }),
    ),
    violation(
        "conflict-400",
        CONFLICTS,
        Edit(|_, response| {
            if response.status == 409 {
                response.become_error(400, "invalid_request");
            }
        }),
    ),
    violation(
        "conflict-404",
        CONFLICTS,
        Edit(|_, response| {
            if response.status == 409 {
                response.become_error(404, "not_found");
            }
        }),
    ),
    violation(
        "conflict-but-cancelled",
        &["cancel-terminal-unchanged"],
        Serve(|upstream, asked| refuses_but(upstream, asked, "status", "cancelled")),
    ),
    violation(
        "conflict-moves-expiry",
        &["cancel-terminal-unchanged"],
        Serve(|upstream, asked| refuses_but(upstream, asked, "expires_at", "2030-01-01T00:00:00.000Z")),
    ),
    violation(
        "conflict-reopens",
        &["cancel-parallel", "cancel-terminal-unchanged"],
        Serve(|upstream, asked| refuses_but(upstream, asked, "status", "open")),
    ),
    // The second reading after a cancellation comes from a replica that lags.
    violation(
        "replica-lags",
        &["cancel-visible-in-retrieve"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                let read = format!("readings of {}", asked.id());
                if asked.is(CancelSession) {
                    upstream.remember(&read, if response.status == 201 { json!(0) } else { json!(9) });
                } else if asked.is(RetrieveSession) && upstream.remembered(&read).is_u64() && upstream.count(&read) == 2
                {
                    response.set("status", "open");
                }
                response
            })
        }),
    ),
    violation(
        "fields-of-the-body-taken",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
                if asked.is(CancelSession)
                    && response.status == 201
                    && let Some(amount) = body["amount"].as_str()
                {
                    response.set("amount", amount);
                    upstream.pretend(asked.id(), "amount", amount);
                }
                response
            })
        }),
    ),
    // One store of responses for all operations.
    violation(
        "creation-replayed-by-its-key",
        &["cancel-marks-cancelled", "cancel-no-client-secret", "cancel-visible-in-retrieve"],
        Serve(|upstream, asked| replays(upstream, asked, CreateSession)),
    ),
    // A store of responses by operation, without the path.
    violation(
        "cancellation-replayed-by-its-key",
        &["cancel-changes-nothing-else", "cancel-equals-created", "cancel-id", "cancel-visible-in-retrieve"],
        Serve(|upstream, asked| replays(upstream, asked, CancelSession)),
    ),
];

//! Violations that affect other sessions than the request's.

use std::sync::Arc;

use hyper::Method;
use serde_json::{Value, json};
use zerogate_conformance::Operation::{CancelSession, CreateSession, RetrieveSession};

use super::{Violation, violation};
use crate::proxy::Act::Serve;
use crate::proxy::{Asked, Serving, Upstream};

/// Selects which of the partner's own sessions, in order of creation, are cancelled together with `id`.
type Victims = fn(created: &[Value], id: &str) -> Vec<String>;

fn others<'c>(created: &'c [Value], id: &'c str) -> impl DoubleEndedIterator<Item = &'c Value> {
    created.iter().filter(move |session| session["id"] != id)
}

fn id(session: &Value) -> String {
    session["id"].as_str().unwrap().to_owned()
}

/// Cancels other sessions together with the session.
fn cancels_too(upstream: Arc<Upstream>, asked: Asked, victims: Victims) -> Serving {
    Box::pin(async move {
        let response = upstream.respond(&asked).await;
        let mut created = upstream.remembered("created").as_array().cloned().unwrap_or_default();
        if asked.is(CreateSession) && !response.is_error() {
            created.push(response.json());
            upstream.remember("created", created.into());
        } else if asked.is(CancelSession) && !response.is_error() {
            let victims = victims(&created, asked.id());
            for victim in &victims {
                upstream.respond(&asked.cancelling(victim)).await;
            }
            let is_gone = |session: &Value| session["id"] == asked.id() || victims.contains(&id(session));
            created.retain(|session| !is_gone(session));
            upstream.remember("created", created.into());
        }
        response
    })
}

fn alike(created: &[Value], of: &str, field: &str) -> Vec<String> {
    let session = created.iter().find(|session| session["id"] == of).cloned().unwrap_or_default();
    others(created, of).filter(|other| other[field] == session[field]).map(id).collect()
}

/// Forwards another method on the path of a cancellation as a `POST`.
fn method_cancels(upstream: Arc<Upstream>, asked: Asked, method: &'static Method, is_told: bool) -> Serving {
    Box::pin(async move {
        let response = upstream.respond(&asked).await;
        if asked.method == *method && asked.target.ends_with("/cancel") {
            let cancelled = upstream.respond(&asked.cancelling(asked.id())).await;
            if is_told {
                return cancelled;
            }
        }
        response
    })
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "delete-removes-the-session",
        &["cancel-wrong-method"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                if asked.method == Method::DELETE && asked.target.ends_with("/cancel") {
                    upstream.remember(asked.id(), json!("removed"));
                } else if asked.is(RetrieveSession) && upstream.remembered(asked.id()) == "removed" {
                    response.become_error(404, "not_found");
                }
                response
            })
        }),
    ),
    violation(
        "cancels-same-reference",
        &["cancel-others-untouched"],
        Serve(|upstream, asked| cancels_too(upstream, asked, |created, id| alike(created, id, "user_reference"))),
    ),
    violation(
        "cancels-same-amount",
        &["cancel-others-untouched"],
        Serve(|upstream, asked| cancels_too(upstream, asked, |created, id| alike(created, id, "amount"))),
    ),
    violation(
        "cancels-newest-too",
        &["cancel-others-untouched"],
        Serve(|upstream, asked| {
            cancels_too(upstream, asked, |created, of| {
                created.last().map(id).into_iter().filter(|id| id != of).collect()
            })
        }),
    ),
    violation(
        "cancels-oldest-too",
        &["cancel-others-untouched"],
        Serve(|upstream, asked| {
            cancels_too(upstream, asked, |created, of| others(created, of).next().map(id).into_iter().collect())
        }),
    ),
    violation(
        "cancels-all",
        &["cancel-others-untouched"],
        Serve(|upstream, asked| cancels_too(upstream, asked, |created, of| others(created, of).map(id).collect())),
    ),
    violation(
        "extends-same-reference",
        &["cancel-others-untouched", "list-matches-retrieve"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if asked.is(CreateSession) && !response.is_error() {
                    let created = response.json();
                    upstream.remember(&created["user_reference"].to_string(), created["id"].clone());
                } else if asked.is(CancelSession) && !response.is_error() {
                    let latest = upstream.remembered(&response.json()["user_reference"].to_string());
                    if let Some(other) = latest.as_str().filter(|latest| *latest != asked.id()) {
                        upstream.pretend(other, "expires_at", json!("2030-01-01T00:00:00.000Z"));
                    }
                }
                response
            })
        }),
    ),
    violation(
        "get-cancels",
        &["cancel-wrong-method"],
        Serve(|upstream, asked| method_cancels(upstream, asked, &Method::GET, true)),
    ),
    violation(
        "put-cancels",
        &["cancel-wrong-method"],
        Serve(|upstream, asked| method_cancels(upstream, asked, &Method::PUT, true)),
    ),
    violation(
        "patch-cancels",
        &["cancel-wrong-method"],
        Serve(|upstream, asked| method_cancels(upstream, asked, &Method::PATCH, true)),
    ),
    violation(
        "delete-cancels-behind-405",
        &["cancel-wrong-method"],
        Serve(|upstream, asked| method_cancels(upstream, asked, &Method::DELETE, false)),
    ),
    violation(
        "delete-of-the-session-cancels",
        &["cancel-wrong-method"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let asked = if asked.method == Method::DELETE { asked.cancelling(asked.id()) } else { asked };
                upstream.respond(&asked).await
            })
        }),
    ),
    violation(
        "patch-of-the-status-cancels",
        &["cancel-wrong-method"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let is_status = asked.method == Method::PATCH && asked.body.starts_with(b"{\"status\":\"cancelled\"");
                let asked = if is_status { asked.cancelling(asked.id()) } else { asked };
                upstream.respond(&asked).await
            })
        }),
    ),
    violation(
        "put-of-the-session-cancels",
        &["cancel-wrong-method"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let is_session = asked.method == Method::PUT && !asked.target.ends_with("/cancel");
                let asked = if is_session { asked.cancelling(asked.id()) } else { asked };
                upstream.respond(&asked).await
            })
        }),
    ),
    violation(
        "overridden-get-cancels",
        &["cancel-wrong-method"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let is_overridden = asked.headers.contains_key("x-http-method-override");
                let asked = if is_overridden { asked.cancelling(asked.id()) } else { asked };
                upstream.respond(&asked).await
            })
        }),
    ),
];

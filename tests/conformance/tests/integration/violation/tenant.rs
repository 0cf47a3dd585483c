//! Violations in the handling of another partner's sessions.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::{Map, Value};
use zerogate_conformance::Operation::{self, CancelSession, CreateSession, ListSessions, RetrieveSession};

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Response, Serving, Upstream};

/// Edits a 404 if this is true of the session, which is another partner's if there is one.
pub(super) fn not_found(
    upstream: Arc<Upstream>,
    asked: Asked,
    operation: Operation,
    is_meant: fn(Option<&Value>) -> bool,
    edit: impl FnOnce(&mut Response) + Send + 'static,
) -> Serving {
    Box::pin(async move {
        let mut response = upstream.respond(&asked).await;
        if asked.is(operation) && response.status == 404 && is_meant(upstream.peek(asked.id()).await.as_ref()) {
            edit(&mut response);
        }
        response
    })
}

/// Returns this error instead of the 404 for a cancellation if this is true of the session.
fn gives_away(
    upstream: Arc<Upstream>,
    asked: Asked,
    is_meant: fn(Option<&Value>) -> bool,
    status: u16,
    kind: &'static str,
) -> Serving {
    not_found(upstream, asked, CancelSession, is_meant, move |response| response.become_error(status, kind))
}

/// Treats a request as the other partner's.
fn acts_for_the_other(upstream: Arc<Upstream>, asked: Asked, is_meant: fn(&Asked) -> bool) -> Serving {
    Box::pin(async move {
        let asked = if is_meant(&asked) { asked.with_key(&upstream.keys.other_partner) } else { asked };
        upstream.respond(&asked).await
    })
}

fn is_terminal(session: Option<&Value>) -> bool {
    session.is_some_and(|session| session["status"] != "open")
}

/// Whether a cancellation was refused because the session is another partner's.
async fn is_foreign(upstream: &Upstream, asked: &Asked, response: &Response) -> bool {
    asked.is(CancelSession) && response.status == 404 && upstream.peek(asked.id()).await.is_some()
}

/// Also lists the other partner's sessions, if they are few, each edited by `edit`.
fn lists_all(upstream: Arc<Upstream>, asked: Asked, edit: fn(&mut Map<String, Value>)) -> Serving {
    Box::pin(async move {
        let mut response = upstream.respond(&asked).await;
        if asked.target.ends_with("?limit=100") && response.status == 200 {
            let others = upstream.respond(&asked.with_key(&upstream.keys.other_partner)).await.json();
            let mut others = others["data"].as_array().unwrap().clone();
            others.iter_mut().filter_map(Value::as_object_mut).for_each(edit);
            response.alter(|page| {
                let sessions = page["data"].as_array_mut().unwrap();
                sessions.extend(others);
                sessions.sort_by_key(|session| Reverse(session["created_at"].to_string()));
            });
        }
        response
    })
}

/// Lets in some requests with an unknown key.
fn lets_in(upstream: Arc<Upstream>, asked: Asked, is_let_in: fn(&Asked) -> bool) -> Serving {
    Box::pin(async move {
        let is_unknown = asked.authorization().is_some_and(|key| key.ends_with("_unknown_key"));
        let asked = if is_unknown && is_let_in(&asked) { asked.with_key(&upstream.keys.partner) } else { asked };
        upstream.respond(&asked).await
    })
}

const FOUND_AND_TOLD_APART: &[&str] = &["cancel-foreign-indistinguishable", "cancel-foreign-session"];

pub(super) const ALL: &[Violation] = &[
    violation(
        "foreign-403",
        &["cancel-foreign-indistinguishable", "cancel-foreign-session"],
        Serve(|upstream, asked| gives_away(upstream, asked, |session| session.is_some(), 403, "forbidden")),
    ),
    violation(
        "partner-by-header",
        &["cancel-foreign-session", "cancel-foreign-untouched"],
        Serve(|upstream, asked| {
            acts_for_the_other(upstream, asked, |asked| asked.headers.contains_key("x-partner-id"))
        }),
    ),
    violation(
        "partner-by-query",
        &["cancel-foreign-session", "cancel-foreign-untouched"],
        Serve(|upstream, asked| acts_for_the_other(upstream, asked, |asked| asked.target.contains("?partner_id="))),
    ),
    violation(
        "foreign-409",
        &["cancel-foreign-indistinguishable", "cancel-foreign-session"],
        Serve(|upstream, asked| gives_away(upstream, asked, |session| session.is_some(), 409, "conflict")),
    ),
    violation(
        "foreign-401",
        &["cancel-foreign-indistinguishable", "cancel-foreign-session"],
        Serve(|upstream, asked| gives_away(upstream, asked, |session| session.is_some(), 401, "unauthorized")),
    ),
    violation(
        "foreign-cancelled-anyway",
        &["cancel-foreign-untouched"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if is_foreign(&upstream, &asked, &response).await {
                    upstream.respond(&asked.with_key(&upstream.keys.other_partner)).await;
                }
                response
            })
        }),
    ),
    violation(
        "foreign-cancels",
        &["cancel-foreign-indistinguishable", "cancel-foreign-session", "cancel-foreign-untouched"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if is_foreign(&upstream, &asked, &response).await {
                    return upstream.respond(&asked.with_key(&upstream.keys.other_partner)).await;
                }
                response
            })
        }),
    ),
    violation(
        "unknown-session-400",
        &["cancel-foreign-indistinguishable", "cancel-unknown-session"],
        Serve(|upstream, asked| gives_away(upstream, asked, |session| session.is_none(), 400, "invalid_request")),
    ),
    violation(
        "unknown-session-409",
        &["cancel-foreign-indistinguishable", "cancel-unknown-session"],
        Serve(|upstream, asked| gives_away(upstream, asked, |session| session.is_none(), 409, "conflict")),
    ),
    violation(
        "retrieve-foreign-shown",
        &["retrieve-foreign-indistinguishable", "retrieve-foreign-session"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if asked.is(RetrieveSession) && response.status == 404 {
                    return upstream.respond(&asked.with_key(&upstream.keys.other_partner)).await;
                }
                response
            })
        }),
    ),
    violation(
        "retrieve-foreign-403",
        &["retrieve-foreign-indistinguishable", "retrieve-foreign-session"],
        Serve(|upstream, asked| {
            let is_foreign = |session: Option<&Value>| session.is_some();
            not_found(upstream, asked, RetrieveSession, is_foreign, |response| response.become_error(403, "forbidden"))
        }),
    ),
    violation(
        "retrieve-unknown-shown",
        &["retrieve-foreign-indistinguishable", "retrieve-unknown-session"],
        Serve(|upstream, asked| {
            not_found(
                upstream,
                asked,
                RetrieveSession,
                |session| session.is_none(),
                |response| {
                    response.set_json(&serde_json::json!({}));
                    response.status = 200;
                },
            )
        }),
    ),
    violation(
        "retrieve-without-key",
        &["retrieve-missing-key"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let open = asked.is(RetrieveSession) && asked.authorization().is_none();
                let asked = if open { asked.with_key(&upstream.keys.partner) } else { asked };
                upstream.respond(&asked).await
            })
        }),
    ),
    violation(
        "retrieve-missing-key-403",
        &["retrieve-missing-key", "retrieve-publishable-key"],
        Edit(|asked, response| {
            if asked.is(RetrieveSession) && response.status == 401 {
                response.become_error(403, "forbidden");
            }
        }),
    ),
    violation(
        "foreign-403-when-terminal",
        FOUND_AND_TOLD_APART,
        Serve(|upstream, asked| gives_away(upstream, asked, is_terminal, 403, "forbidden")),
    ),
    violation(
        "foreign-409-when-terminal",
        FOUND_AND_TOLD_APART,
        Serve(|upstream, asked| gives_away(upstream, asked, is_terminal, 409, "conflict")),
    ),
    violation(
        "foreign-410-when-expired",
        FOUND_AND_TOLD_APART,
        Serve(|upstream, asked| {
            let is_expired = |session: Option<&Value>| session.is_some_and(|session| session["status"] == "expired");
            gives_away(upstream, asked, is_expired, 410, "gone")
        }),
    ),
    violation(
        "foreign-listed",
        &["list-cursor", "list-foreign-hidden"],
        Serve(|upstream, asked| lists_all(upstream, asked, |_| {})),
    ),
    violation(
        "foreign-listed-as-own",
        &["list-cursor", "list-foreign-hidden"],
        Serve(|upstream, asked| {
            lists_all(upstream, asked, |session| drop(session.insert("partner_id".to_owned(), Value::Null)))
        }),
    ),
    violation(
        "foreign-listed-that-was-not-known",
        &["list-cursor", "list-foreign-hidden"],
        Serve(|upstream, asked| {
            lists_all(upstream, asked, |session| {
                let id = session["id"].as_str().unwrap().replace(|digit: char| digit.is_ascii_digit(), "9");
                session.insert("id".to_owned(), id.into());
            })
        }),
    ),
    violation(
        "retrieve-with-unknown-key",
        &["retrieve-missing-key"],
        Serve(|upstream, asked| lets_in(upstream, asked, |asked| asked.is(RetrieveSession))),
    ),
    violation(
        "list-with-unknown-key",
        &["list-missing-key"],
        Serve(|upstream, asked| lets_in(upstream, asked, |asked| asked.is(ListSessions))),
    ),
    violation(
        "create-with-unknown-key",
        &["create-missing-key"],
        Serve(|upstream, asked| lets_in(upstream, asked, |asked| asked.is(CreateSession))),
    ),
    violation(
        "foreign-listed-when-completed",
        &["list-foreign-hidden"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                if asked.is(ListSessions) && asked.target.contains("status=completed") {
                    let others = upstream.respond(&asked.with_key(&upstream.keys.other_partner)).await;
                    response.set("data", others.json()["data"].clone());
                }
                response
            })
        }),
    ),
];

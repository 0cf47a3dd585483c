//! What answers give away: that a session exists, or something of a key.

use std::sync::Arc;

use serde_json::Value;
use zerogate_conformance::Operation::{CancelSession, RetrieveSession};

use super::auth::bearer;
use super::tenant::is_foreign;
use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Answer, Asked, Serving, Upstream};

/// Refuses a request otherwise where there is such a session.
fn gives_away(upstream: Arc<Upstream>, asked: Asked, edit: fn(&mut Answer)) -> Serving {
    Box::pin(async move {
        let mut answer = upstream.answer(&asked).await;
        if asked.is(CancelSession) && answer.status == 401 && upstream.peek(asked.id()).await.is_some() {
            edit(&mut answer);
        }
        answer
    })
}

/// Answers a little otherwise where the session exists and is another partner's.
fn differs(upstream: Arc<Upstream>, asked: Asked, edit: fn(&mut Answer)) -> Serving {
    Box::pin(async move {
        let mut answer = upstream.answer(&asked).await;
        if is_foreign(&upstream, &asked, &answer).await {
            edit(&mut answer);
        }
        answer
    })
}

/// The same for reading it.
fn reads_otherwise(upstream: Arc<Upstream>, asked: Asked, edit: fn(&mut Answer)) -> Serving {
    Box::pin(async move {
        let mut answer = upstream.answer(&asked).await;
        if asked.is(RetrieveSession) && answer.status == 404 && upstream.peek(asked.id()).await.is_some() {
            edit(&mut answer);
        }
        answer
    })
}

const TOLD_APART: &[&str] = &["cancel-foreign-indistinguishable"];
const READ_AND_TOLD_APART: &[&str] = &["retrieve-foreign-indistinguishable"];

pub(super) const ALL: &[Violation] = &[
    violation(
        "client-secret-in-conflict",
        &["cancel-key-not-echoed"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut answer = upstream.answer(&asked).await;
                upstream.remember_secret(&asked, &answer);
                if asked.is(CancelSession) && answer.status == 409 && upstream.remembered(asked.id()).is_string() {
                    answer.set("message", format!("see {}", upstream.remembered(asked.id()).as_str().unwrap()));
                }
                answer
            })
        }),
    ),
    violation(
        "401-names-the-session",
        &["cancel-unauthorized-hides-existence"],
        Serve(|upstream, asked| {
            gives_away(upstream, asked, |answer| answer.set("message", "This session is not yours."))
        }),
    ),
    violation(
        "401-with-a-header-of-the-session",
        &["cancel-unauthorized-hides-existence"],
        Serve(|upstream, asked| gives_away(upstream, asked, |answer| answer.header("x-session-status", "open"))),
    ),
    violation(
        "401-with-another-code-for-a-session",
        &["cancel-unauthorized-hides-existence"],
        Serve(|upstream, asked| gives_away(upstream, asked, |answer| answer.set("code", "key_required"))),
    ),
    violation(
        "unknown-session-before-missing-key",
        &["cancel-unauthorized-hides-existence"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut answer = upstream.answer(&asked).await;
                if asked.is(CancelSession) && answer.status == 401 && upstream.peek(asked.id()).await.is_none() {
                    answer.become_error(404, "not_found");
                }
                answer
            })
        }),
    ),
    violation(
        "key-in-message",
        &["cancel-key-not-echoed"],
        Edit(|asked, answer| {
            if let Some(key) = bearer(asked.authorization()).filter(|_| answer.status == 401) {
                answer.set("message", format!("The key {key} is not valid."));
            }
        }),
    ),
    violation(
        "key-masked-in-message",
        &["cancel-key-not-echoed"],
        Edit(|asked, answer| {
            let key = bearer(asked.authorization()).filter(|key| key.len() > 20 && answer.status == 401);
            if let Some(key) = key {
                answer.set("message", format!("Invalid key: {}****{}", &key[..8], &key[key.len() - 4..]));
            }
        }),
    ),
    violation(
        "key-begun-in-header",
        &["cancel-key-not-echoed"],
        Edit(|asked, answer| {
            if let Some(key) = bearer(asked.authorization()).filter(|key| key.len() > 20 && answer.status == 201) {
                answer.header("x-key-id", &key[..14]);
            }
        }),
    ),
    violation(
        "key-in-challenge",
        &["cancel-key-not-echoed"],
        Edit(|asked, answer| {
            if let Some(value) = asked.authorization().filter(|_| answer.status == 401) {
                answer.header("www-authenticate", &format!("Bearer error_description=\"{}\"", value.trim()));
            }
        }),
    ),
    violation(
        "foreign-named-in-message",
        TOLD_APART,
        Serve(|upstream, asked| differs(upstream, asked, |answer| answer.set("message", "This session is not yours."))),
    ),
    violation(
        "foreign-other-code",
        TOLD_APART,
        Serve(|upstream, asked| differs(upstream, asked, |answer| answer.set("code", "wrong_partner"))),
    ),
    violation(
        "foreign-other-header",
        TOLD_APART,
        Serve(|upstream, asked| differs(upstream, asked, |answer| answer.header("x-policy", "tenant"))),
    ),
    violation(
        "foreign-other-content-type",
        TOLD_APART,
        Serve(|upstream, asked| {
            differs(upstream, asked, |answer| answer.header("content-type", "application/json; charset=utf-8"))
        }),
    ),
    violation(
        "foreign-longer-body",
        TOLD_APART,
        Serve(|upstream, asked| {
            differs(upstream, asked, |answer| answer.body = [&*answer.body, b"\n"].concat().into())
        }),
    ),
    violation(
        "foreign-one-more-field",
        TOLD_APART,
        Serve(|upstream, asked| differs(upstream, asked, |answer| answer.set("hint", Value::Null))),
    ),
    violation(
        "foreign-without-request-id",
        &["cancel-foreign-indistinguishable", "error-request-id-header"],
        Serve(|upstream, asked| differs(upstream, asked, |answer| drop(answer.headers.remove("x-request-id")))),
    ),
    violation(
        "foreign-other-message-when-expired",
        TOLD_APART,
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut answer = upstream.answer(&asked).await;
                if is_foreign(&upstream, &asked, &answer).await {
                    let session = upstream.peek(asked.id()).await.unwrap();
                    if session["status"] == "expired" {
                        answer.set("message", "There is no such session any more.");
                    }
                }
                answer
            })
        }),
    ),
    violation(
        "retrieve-foreign-named-in-message",
        READ_AND_TOLD_APART,
        Serve(|upstream, asked| {
            reads_otherwise(upstream, asked, |answer| answer.set("message", "This session is not yours."))
        }),
    ),
    violation(
        "retrieve-foreign-other-header",
        READ_AND_TOLD_APART,
        Serve(|upstream, asked| reads_otherwise(upstream, asked, |answer| answer.header("cache-control", "no-store"))),
    ),
];

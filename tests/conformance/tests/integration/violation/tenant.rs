//! What is wrong with sessions that are not the caller's.

use std::sync::Arc;

use zerogate_conformance::Operation::{CancelSession, RetrieveSession};

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Answer, Asked, Serving, Upstream};

/// Answers with an error of its own where the session exists and is another partner's.
fn gives_away(upstream: Arc<Upstream>, asked: Asked, status: u16, kind: &'static str) -> Serving {
    Box::pin(async move {
        let mut answer = upstream.answer(&asked).await;
        if is_foreign(&upstream, &asked, &answer).await {
            answer.become_error(status, kind);
        }
        answer
    })
}

/// Whether a cancellation was refused because the session is another partner's.
async fn is_foreign(upstream: &Upstream, asked: &Asked, answer: &Answer) -> bool {
    asked.is(CancelSession) && answer.status == 404 && upstream.peek(asked.id()).await.is_some()
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "foreign-403",
        &["cancel-foreign-session"],
        Serve(|upstream, asked| gives_away(upstream, asked, 403, "forbidden")),
    ),
    violation(
        "foreign-409",
        &["cancel-foreign-session"],
        Serve(|upstream, asked| gives_away(upstream, asked, 409, "conflict")),
    ),
    violation(
        "foreign-401",
        &["cancel-foreign-session"],
        Serve(|upstream, asked| gives_away(upstream, asked, 401, "unauthorized")),
    ),
    violation(
        "foreign-cancelled-anyway",
        &["cancel-foreign-untouched"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let answer = upstream.answer(&asked).await;
                if is_foreign(&upstream, &asked, &answer).await {
                    upstream.answer(&asked.with_key(&upstream.keys.other_partner)).await;
                }
                answer
            })
        }),
    ),
    violation(
        "foreign-cancels",
        &["cancel-foreign-session", "cancel-foreign-untouched"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let answer = upstream.answer(&asked).await;
                if is_foreign(&upstream, &asked, &answer).await {
                    return upstream.answer(&asked.with_key(&upstream.keys.other_partner)).await;
                }
                answer
            })
        }),
    ),
    violation(
        "unknown-session-400",
        &["cancel-unknown-session"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut answer = upstream.answer(&asked).await;
                if asked.is(CancelSession) && answer.status == 404 && upstream.peek(asked.id()).await.is_none() {
                    answer.become_error(400, "invalid_request");
                }
                answer
            })
        }),
    ),
    violation(
        "unknown-session-409",
        &["cancel-unknown-session"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut answer = upstream.answer(&asked).await;
                if asked.is(CancelSession) && answer.status == 404 && upstream.peek(asked.id()).await.is_none() {
                    answer.become_error(409, "conflict");
                }
                answer
            })
        }),
    ),
    violation(
        "retrieve-foreign-shown",
        &["retrieve-foreign-session"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let answer = upstream.answer(&asked).await;
                if asked.is(RetrieveSession) && answer.status == 404 {
                    return upstream.answer(&asked.with_key(&upstream.keys.other_partner)).await;
                }
                answer
            })
        }),
    ),
    violation(
        "retrieve-foreign-403",
        &["retrieve-foreign-session"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut answer = upstream.answer(&asked).await;
                if asked.is(RetrieveSession) && answer.status == 404 && upstream.peek(asked.id()).await.is_some() {
                    answer.become_error(403, "forbidden");
                }
                answer
            })
        }),
    ),
    violation(
        "retrieve-unknown-shown",
        &["retrieve-unknown-session"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut answer = upstream.answer(&asked).await;
                if asked.is(RetrieveSession) && answer.status == 404 && upstream.peek(asked.id()).await.is_none() {
                    answer.set_json(&serde_json::json!({}));
                    answer.status = 200;
                }
                answer
            })
        }),
    ),
    violation(
        "retrieve-without-key",
        &["retrieve-missing-key"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let open = asked.is(RetrieveSession) && asked.authorization().is_none();
                let asked = if open { asked.with_key(&upstream.keys.partner) } else { asked };
                upstream.answer(&asked).await
            })
        }),
    ),
    violation(
        "retrieve-missing-key-403",
        &["retrieve-missing-key"],
        Edit(|asked, answer| {
            if asked.is(RetrieveSession) && answer.status == 401 {
                answer.become_error(403, "forbidden");
            }
        }),
    ),
];

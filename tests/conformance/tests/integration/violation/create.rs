//! What is wrong with creating a session.

use std::sync::Arc;

use serde_json::{Value, json};
use zerogate_conformance::Operation::CreateSession;

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Response, Serving, Upstream};

fn sent(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap_or_default()
}

/// The key of a creation, and how often it was used.
fn used(upstream: &Upstream, asked: &Asked) -> u64 {
    let key = asked.headers.get("idempotency-key").map_or("", |key| key.to_str().unwrap());
    upstream.count(key)
}

fn without_key(asked: &Asked) -> Asked {
    let mut asked = asked.clone();
    asked.headers.remove("idempotency-key");
    asked
}

/// Edits the refusal of a creation without a field.
fn refusal(asked: &Asked, response: &mut Response, edit: fn(&mut Response)) {
    if asked.is(CreateSession) && response.status == 400 {
        edit(response);
    }
}

/// Supplies a field that is missing.
fn supplies(upstream: Arc<Upstream>, asked: Asked, field: &'static str, value: &'static str, is_told: bool) -> Serving {
    Box::pin(async move {
        let response = upstream.answer(&asked).await;
        if asked.is(CreateSession) && response.status == 400 && sent(&asked).get(field).is_none() {
            let mut completed = without_key(&asked);
            let mut body = sent(&asked);
            body[field] = json!(value);
            completed.headers.remove("content-length");
            completed.body = body.to_string().into();
            let created = upstream.answer(&completed).await;
            if is_told {
                return created;
            }
        }
        response
    })
}

/// Creates a session with another value than the one that was sent.
fn sends(
    upstream: Arc<Upstream>,
    mut asked: Asked,
    field: &'static str,
    value: impl Into<Value> + Send + 'static,
) -> Serving {
    Box::pin(async move {
        if asked.is(CreateSession)
            && let Ok(Value::Object(mut body)) = serde_json::from_slice(&asked.body)
            && body.contains_key(field)
        {
            body.insert(field.to_owned(), value.into());
            asked.body = Value::Object(body).to_string().into();
            asked.headers.remove("content-length");
        }
        upstream.answer(&asked).await
    })
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "created-200",
        &["create-status-201"],
        Edit(|asked, response| {
            if asked.is(CreateSession) && !response.is_error() {
                response.status = 200;
            }
        }),
    ),
    violation(
        "created-without-secret",
        &["create-client-secret"],
        Edit(|asked, response| {
            if asked.is(CreateSession) && !response.is_error() {
                response.remove("client_secret");
            }
        }),
    ),
    violation(
        "created-with-null-secret",
        &["create-client-secret"],
        Edit(|asked, response| {
            if asked.is(CreateSession) && !response.is_error() {
                response.set("client_secret", Value::Null);
            }
        }),
    ),
    violation(
        "created-with-another-currency",
        &["create-keeps-what-was-sent"],
        Serve(|upstream, asked| sends(upstream, asked, "currency", "USD")),
    ),
    violation(
        "created-with-another-amount",
        &["create-keeps-what-was-sent"],
        Serve(|upstream, asked| sends(upstream, asked, "amount", "1.00")),
    ),
    violation(
        "replay-creates",
        &["create-idempotent-replay"],
        Serve(|upstream, asked| Box::pin(async move { upstream.answer(&without_key(&asked)).await })),
    ),
    violation(
        "replay-creates-behind-the-first",
        &["create-idempotent-replay"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.answer(&asked).await;
                if asked.is(CreateSession) && used(&upstream, &asked) > 1 {
                    upstream.answer(&without_key(&asked)).await;
                }
                response
            })
        }),
    ),
    violation(
        "replay-conflicts",
        &["create-idempotent-replay"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.answer(&asked).await;
                if asked.is(CreateSession) && used(&upstream, &asked) > 1 {
                    response.become_error(409, "conflict");
                }
                response
            })
        }),
    ),
    violation(
        "replay-renews",
        &["create-idempotent-replay"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.answer(&asked).await;
                if asked.is(CreateSession) && used(&upstream, &asked) > 1 {
                    response.set("expires_at", "2030-01-01T00:00:00.000Z");
                }
                response
            })
        }),
    ),
    violation(
        "amount-not-required",
        &["create-required-fields"],
        Serve(|upstream, asked| supplies(upstream, asked, "amount", "1.00", true)),
    ),
    violation(
        "return-url-not-required",
        &["create-required-fields"],
        Serve(|upstream, asked| supplies(upstream, asked, "return_url", "https://partner.example/", true)),
    ),
    violation(
        "refused-creation-creates",
        &["create-required-fields"],
        Serve(|upstream, asked| supplies(upstream, asked, "currency", "EUR", false)),
    ),
    violation(
        "missing-field-422",
        &["create-required-fields"],
        Edit(|asked, response| refusal(asked, response, |response| response.become_error(422, "invalid_request"))),
    ),
    violation(
        "missing-field-500",
        &["create-required-fields"],
        Edit(|asked, response| refusal(asked, response, |response| response.become_error(500, "server_error"))),
    ),
];

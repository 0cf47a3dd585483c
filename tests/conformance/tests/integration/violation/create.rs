//! Violations in createSession.

use std::sync::Arc;

use serde_json::{Value, json};
use zerogate_conformance::Operation::CreateSession;

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Response, Serving, Upstream};

pub(super) fn sent(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap_or_default()
}

fn key(asked: &Asked) -> &str {
    asked.idempotency_key().unwrap_or_default()
}

/// Counts how often the key of a creation was used.
pub(super) fn used(upstream: &Upstream, asked: &Asked) -> u64 {
    upstream.count(key(asked))
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

/// Adds a missing field.
fn supplies(upstream: Arc<Upstream>, asked: Asked, field: &'static str, value: &'static str, is_told: bool) -> Serving {
    Box::pin(async move {
        let response = upstream.respond(&asked).await;
        if asked.is(CreateSession) && response.status == 400 && sent(&asked).get(field).is_none() {
            let mut body = sent(&asked);
            body[field] = json!(value);
            let created = upstream.respond(&without_key(&asked).with_body(&body)).await;
            if is_told {
                return created;
            }
        }
        response
    })
}

/// Creates a session although a field is invalid, with a valid value in its place.
fn accepts(upstream: Arc<Upstream>, asked: Asked, field: &'static str, value: Value) -> Serving {
    Box::pin(async move {
        let response = upstream.respond(&asked).await;
        let mut body = sent(&asked);
        if !asked.is(CreateSession) || response.status != 400 || body.get(field).is_none() {
            return response;
        }
        body[field] = value;
        // Another field may be the invalid one.
        let created = upstream.respond(&without_key(&asked).with_body(&body)).await;
        if created.status == 201 { created } else { response }
    })
}

/// Creates a session with another value than the one sent.
pub(super) fn sends(
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
            asked = asked.with_body(&Value::Object(body));
        }
        upstream.respond(&asked).await
    })
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "keys-shared-by-partners",
        &["create-key-by-partner"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let is_known = asked.is(CreateSession) && used(&upstream, &asked) > 1;
                upstream.respond(&if is_known { asked.with_key(&upstream.keys.partner) } else { asked }).await
            })
        }),
    ),
    violation(
        "keys-of-others-conflict",
        &["create-key-by-partner"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let is_others = asked.authorization().is_some_and(|key| key.contains(&upstream.keys.other_partner));
                let mut response = upstream.respond(&asked).await;
                if asked.is(CreateSession) && used(&upstream, &asked) > 1 && is_others {
                    response.become_error(409, "conflict");
                }
                response
            })
        }),
    ),
    violation(
        "key-replayed-for-another-body",
        &["create-key-with-other-body"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                let name = format!("created {:?} {:?}", asked.authorization(), asked.headers.get("idempotency-key"));
                match response.status {
                    201 if asked.is(CreateSession) => upstream.remember(&name, response.json()),
                    409 if asked.is(CreateSession) => {
                        response.status = 201;
                        response.set_json(&upstream.remembered(&name));
                    }
                    _ => {}
                }
                response
            })
        }),
    ),
    violation(
        "key-creates-for-another-body",
        &["create-key-with-other-body"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                let is_reused = asked.is(CreateSession) && response.status == 409;
                if is_reused { upstream.respond(&without_key(&asked)).await } else { response }
            })
        }),
    ),
    violation(
        "key-creates-behind-a-409",
        &["create-key-with-other-body"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if asked.is(CreateSession) && response.status == 409 {
                    upstream.respond(&without_key(&asked)).await;
                }
                response
            })
        }),
    ),
    violation(
        "replay-races",
        &["create-parallel-replay"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                if !asked.is(CreateSession) {
                    return upstream.respond(&asked).await;
                }
                let is_first = used(&upstream, &asked) == 1;
                let kept = format!("kept {:?}", asked.headers.get("idempotency-key"));
                if is_first {
                    upstream.linger(&asked, |upstream| upstream.remembered(key(&asked)).as_u64() > Some(1)).await;
                }
                let is_kept = upstream.remembered(&kept) == true;
                let response = upstream.respond(&if is_first || is_kept { asked } else { without_key(&asked) }).await;
                upstream.remember(&kept, true.into());
                response
            })
        }),
    ),
    violation(
        "replay-without-secret",
        &["create-idempotent-replay"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                let is_own = asked.authorization().is_some_and(|key| key.contains(&upstream.keys.partner));
                if asked.is(CreateSession) && is_own && used(&upstream, &asked) > 1 && !response.is_error() {
                    response.remove("client_secret");
                }
                response
            })
        }),
    ),
    violation(
        "body-before-key",
        &["create-key-before-body"],
        Edit(|asked, response| {
            if asked.is(CreateSession) && response.status == 401 && sent(asked).get("amount").is_none() {
                response.become_error(400, "invalid_request");
            }
        }),
    ),
    violation(
        "local-time-as-utc",
        &["create-time-of-creation"],
        Edit(|_, response| {
            if !response.is_error() {
                response.alter_sessions(|session| {
                    for field in ["created_at", "expires_at"] {
                        let time: jiff::Timestamp = session[field].as_str().unwrap().parse().unwrap();
                        session.insert(
                            field.to_owned(),
                            format!("{:.3}", time + jiff::SignedDuration::from_hours(2)).into(),
                        );
                    }
                });
            }
        }),
    ),
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
        &["create-bad-fields", "create-keeps-what-was-sent"],
        Serve(|upstream, asked| sends(upstream, asked, "currency", "USD")),
    ),
    violation(
        "created-with-another-amount",
        &["create-amount-as-sent", "create-bad-fields", "create-keeps-what-was-sent"],
        Serve(|upstream, asked| sends(upstream, asked, "amount", "1.00")),
    ),
    violation(
        "keys-cut-to-32",
        &["create-idempotent-replay"],
        Serve(|upstream, mut asked| {
            Box::pin(async move {
                if asked.is(CreateSession) {
                    let key = key(&asked).chars().take(32).collect::<String>();
                    asked.headers.insert("idempotency-key", key.parse().unwrap());
                }
                upstream.respond(&asked).await
            })
        }),
    ),
    violation(
        "key-forgotten-once-cancelled",
        &["create-idempotent-replay"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if !asked.is(CreateSession) || response.is_error() {
                    return response;
                }
                let key = key(&asked);
                let id = response.json()["id"].as_str().unwrap().to_owned();
                let is_replay = upstream.remembered(key) == id.as_str();
                let is_cancelled = upstream.peek(&id).await.is_some_and(|session| session["status"] == "cancelled");
                upstream.remember(key, id.into());
                if is_replay && is_cancelled { upstream.respond(&without_key(&asked)).await } else { response }
            })
        }),
    ),
    violation(
        "replay-creates",
        &["create-idempotent-replay"],
        Serve(|upstream, asked| Box::pin(async move { upstream.respond(&without_key(&asked)).await })),
    ),
    violation(
        "replay-creates-behind-the-first",
        &["create-idempotent-replay"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if asked.is(CreateSession) && used(&upstream, &asked) > 1 {
                    upstream.respond(&without_key(&asked)).await;
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
                let mut response = upstream.respond(&asked).await;
                let is_own = asked.authorization().is_some_and(|key| key.contains(&upstream.keys.partner));
                if asked.is(CreateSession) && is_own && used(&upstream, &asked) > 1 {
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
                let mut response = upstream.respond(&asked).await;
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
        &["create-bad-fields", "create-required-fields"],
        Edit(|asked, response| refusal(asked, response, |response| response.become_error(422, "invalid_request"))),
    ),
    violation(
        "missing-field-500",
        &["create-bad-fields", "create-required-fields"],
        Edit(|asked, response| refusal(asked, response, |response| response.become_error(500, "server_error"))),
    ),
    violation(
        "create-without-key",
        &["create-missing-key"],
        Edit(|asked, response| {
            // Whatever the body, because another rule compares those.
            if asked.is(CreateSession) && asked.authorization().is_none() {
                response.become_error(202, "accepted");
            }
        }),
    ),
    violation(
        "own-fields-taken",
        &["create-own-fields"],
        Edit(|asked, response| {
            if asked.is(CreateSession) && !response.is_error() {
                for field in ["status", "partner_id", "created_at"] {
                    if let Some(value) = sent(asked).get(field) {
                        response.set(field, value.clone());
                    }
                }
            }
        }),
    ),
    violation(
        "bad-amount-accepted",
        &["create-bad-fields"],
        Serve(|upstream, asked| accepts(upstream, asked, "amount", json!("10.50"))),
    ),
    violation(
        "bad-currency-accepted",
        &["create-bad-fields"],
        Serve(|upstream, asked| accepts(upstream, asked, "currency", json!("EUR"))),
    ),
    violation(
        "bad-url-accepted",
        &["create-bad-fields"],
        Serve(|upstream, asked| accepts(upstream, asked, "return_url", json!("https://partner.example/"))),
    ),
    violation(
        "bad-flow-accepted",
        &["create-bad-fields"],
        Serve(|upstream, asked| accepts(upstream, asked, "flow", Value::Null)),
    ),
    violation(
        "bad-metadata-accepted",
        &["create-bad-fields"],
        Serve(|upstream, asked| accepts(upstream, asked, "metadata", json!({}))),
    ),
    violation(
        "bad-field-refused-but-created",
        &["create-bad-fields"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = accepts(upstream, asked.clone(), "flow", Value::Null).await;
                if asked.is(CreateSession) && sent(&asked)["flow"] == "sideways" {
                    response.become_error(400, "invalid_request");
                }
                response
            })
        }),
    ),
    violation(
        "bad-field-of-another-type",
        &["create-bad-fields"],
        Edit(|asked, response| {
            if asked.is(CreateSession) && response.status == 400 && sent(asked)["flow"] == "sideways" {
                response.set("type", "validation_error");
            }
        }),
    ),
    violation(
        "created-without-return-url",
        &["create-keeps-what-was-sent"],
        Edit(|asked, response| {
            if asked.is(CreateSession) && !response.is_error() {
                response.remove("return_url");
            }
        }),
    ),
    violation(
        "return-url-forgotten",
        &["cancel-field-types", "create-keeps-what-was-sent", "retrieve-field-types"],
        Edit(|_, response| {
            if !response.is_error() {
                response.alter_sessions(|session| {
                    session.insert("return_url".to_owned(), Value::Null);
                });
            }
        }),
    ),
];

//! Violations in createSession.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use zerogate_conformance::Operation::{CreateSession, RetrieveSession};

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Response, Serving, Upstream};

fn sent(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap_or_default()
}

fn key(asked: &Asked) -> &str {
    asked.headers.get("idempotency-key").map_or("", |key| key.to_str().unwrap())
}

/// Counts how often the key of a creation was used.
fn used(upstream: &Upstream, asked: &Asked) -> u64 {
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
            let mut completed = without_key(&asked);
            let mut body = sent(&asked);
            body[field] = json!(value);
            completed.headers.remove("content-length");
            completed.body = body.to_string().into();
            let created = upstream.respond(&completed).await;
            if is_told {
                return created;
            }
        }
        response
    })
}

/// Creates a session with another value than the one sent.
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
        upstream.respond(&asked).await
    })
}

/// Creates a session from an edited body.
fn keeps(upstream: Arc<Upstream>, mut asked: Asked, edit: fn(&mut Map<String, Value>)) -> Serving {
    Box::pin(async move {
        if asked.is(CreateSession)
            && let Ok(Value::Object(mut body)) = serde_json::from_slice(&asked.body)
        {
            edit(&mut body);
            asked.body = Value::Object(body).to_string().into();
            asked.headers.remove("content-length");
        }
        upstream.respond(&asked).await
    })
}

/// Rewrites a string field.
fn rewrite(body: &mut Map<String, Value>, field: &str, edit: impl Fn(&str) -> String) {
    if let Some(text) = body.get(field).and_then(Value::as_str).map(edit) {
        body.insert(field.to_owned(), text.into());
    }
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "amounts-rounded",
        &["create-amount-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| {
                rewrite(body, "amount", |amount| {
                    amount.parse::<f64>().map_or_else(|_| amount.to_owned(), |amount| format!("{amount:.2}"))
                });
            })
        }),
    ),
    violation(
        "amounts-of-eighteen-decimals",
        &["create-amount-as-sent"],
        Edit(|asked, response| {
            if asked.is(RetrieveSession) && !response.is_error() {
                let amount = response.json()["amount"].as_str().unwrap().to_owned();
                if !amount.contains('.') {
                    response.set("amount", format!("{amount}.000000000000000000"));
                }
            }
        }),
    ),
    violation(
        "metadata-values-made-text",
        &["create-metadata-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| {
                for value in
                    body.get_mut("metadata").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
                {
                    *value = value.as_str().map_or_else(|| value.to_string(), str::to_owned).into();
                }
            })
        }),
    ),
    violation(
        "text-mangled",
        &["create-text-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| {
                // UTF-8 decoded as Latin-1.
                rewrite(body, "user_reference", |text| text.bytes().map(char::from).collect());
            })
        }),
    ),
    violation(
        "addresses-in-lower-case",
        &["create-text-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| rewrite(body, "wallet_address", str::to_ascii_lowercase))
        }),
    ),
    violation(
        "urls-rewritten",
        &["create-url-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| rewrite(body, "return_url", |url| url.replace(".example?", ".example/?")))
        }),
    ),
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
        &["create-keeps-what-was-sent"],
        Serve(|upstream, asked| sends(upstream, asked, "currency", "USD")),
    ),
    violation(
        "created-with-another-amount",
        &["create-amount-as-sent", "create-keeps-what-was-sent"],
        Serve(|upstream, asked| sends(upstream, asked, "amount", "1.00")),
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
        &["create-required-fields"],
        Edit(|asked, response| refusal(asked, response, |response| response.become_error(422, "invalid_request"))),
    ),
    violation(
        "missing-field-500",
        &["create-required-fields"],
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
        "long-text-cut",
        &["create-text-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| {
                rewrite(body, "user_reference", |text| text.chars().take(64).collect());
            })
        }),
    ),
    violation(
        "long-urls-cut",
        &["create-url-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| rewrite(body, "return_url", |url| url.chars().take(255).collect()))
        }),
    ),
    violation(
        "amounts-through-a-double",
        &["create-amount-as-sent"],
        Serve(|upstream, asked| {
            keeps(upstream, asked, |body| {
                rewrite(body, "amount", |amount| {
                    let decimals = amount.split_once('.').map_or(0, |(_, decimals)| decimals.len());
                    amount.parse::<f64>().map_or_else(|_| amount.to_owned(), |amount| format!("{amount:.decimals$}"))
                });
            })
        }),
    ),
];

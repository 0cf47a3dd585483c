//! Violations that no rule can see, because they need an order of requests that no rule uses, or concurrent requests.

use std::sync::Arc;

use serde_json::json;
use zerogate_conformance::Operation::{CancelSession, CreateSession, RetrieveSession};

use crate::proxy::Act::Serve;
use crate::proxy::{Act, Asked, Response, Serving, Upstream};

/// A violation, the check that it fails, and the number of steps that show it.
pub(super) struct Violation {
    pub(super) name: &'static str,
    pub(super) check: &'static str,
    pub(super) steps: usize,
    pub(super) act: Act,
}

/// The identity of the creations with one key, by one partner.
fn key(asked: &Asked) -> String {
    format!("{:?} {:?}", asked.authorization(), asked.headers.get("idempotency-key"))
}

fn is_by(asked: &Asked, key: &str) -> bool {
    asked.authorization().is_some_and(|value| value.ends_with(key))
}

/// Ends a transaction, even if its caller does not wait for it.
struct Landing(Arc<Upstream>, String);

impl Drop for Landing {
    fn drop(&mut self) {
        self.0.remember(&self.1, false.into());
    }
}

/// Responds differently to cancellations by the owner once something was done to the session, according to `is_cause`.
fn afterwards(
    upstream: Arc<Upstream>,
    asked: Asked,
    is_cause: fn(&Upstream, &Asked, &Response) -> bool,
    edit: fn(&mut Response),
) -> Serving {
    Box::pin(async move {
        let mut response = upstream.respond(&asked).await;
        if !asked.is(CancelSession) {
            return response;
        }
        let name = format!("afterwards {}", asked.id());
        if is_cause(&upstream, &asked, &response) {
            upstream.remember(&name, true.into());
        } else if upstream.remembered(&name) == true && response.status == 201 {
            edit(&mut response);
        }
        response
    })
}

pub(super) const ALL: &[Violation] = &[
    // The replay stores the first response again.
    Violation {
        name: "replay-reopens-what-was-cancelled",
        check: "status-follows",
        steps: 4,
        act: Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if asked.is(CreateSession) && response.status == 201 {
                    let id = response.json()["id"].as_str().unwrap().to_owned();
                    if upstream.peek(&id).await.is_some_and(|session| session["status"] == "cancelled") {
                        upstream.pretend(&id, "status", "open");
                    }
                }
                response
            })
        }),
    },
    // A creation with a used key and another body loses the first session.
    Violation {
        name: "key-with-other-body-cancels-the-first",
        check: "status-follows",
        steps: 3,
        act: Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if asked.is(CreateSession) && response.status == 201 {
                    upstream.remember(&key(&asked), response.json()["id"].clone());
                } else if asked.is(CreateSession) && response.status == 409 {
                    let first = upstream.remembered(&key(&asked));
                    upstream.pretend(first.as_str().unwrap(), "status", "cancelled");
                }
                response
            })
        }),
    },
    Violation {
        name: "foreign-attempt-hides-the-session-from-its-owner",
        check: "cancel-status",
        steps: 3,
        act: Serve(|upstream, asked| {
            afterwards(
                upstream,
                asked,
                |upstream, asked, _| is_by(asked, &upstream.keys.other_partner),
                |response| response.become_error(404, "not_found"),
            )
        }),
    },
    Violation {
        name: "wrong-key-locks-the-owner-out",
        check: "cancel-status",
        steps: 3,
        act: Serve(|upstream, asked| {
            afterwards(
                upstream,
                asked,
                |_, asked, response| response.status == 401 && asked.authorization().is_some(),
                |response| response.become_error(401, "unauthorized"),
            )
        }),
    },
    // A transaction that others can see into.
    Violation {
        name: "cancelling-shows-as-expired-meanwhile",
        check: "status-follows",
        steps: 2,
        act: Serve(|upstream, asked| {
            Box::pin(async move {
                let flying = format!("flying {}", asked.id());
                if asked.is(CancelSession) {
                    upstream.remember(&flying, true.into());
                    let landing = Landing(upstream.clone(), flying);
                    upstream.linger(&asked, |upstream| upstream.remembered(&landing.1) == "seen").await;
                    return upstream.respond(&asked).await;
                }
                let mut response = upstream.respond(&asked).await;
                let is_flying = [json!(true), json!("seen")].contains(&upstream.remembered(&flying));
                if asked.is(RetrieveSession) && response.status == 200 && is_flying {
                    response.set("status", "expired");
                    upstream.remember(&flying, "seen".into());
                }
                response
            })
        }),
    },
    // The replay reads the session, and writes it back over the cancellation.
    Violation {
        name: "replay-undoes-a-cancellation-meanwhile",
        check: "status-follows",
        steps: 3,
        act: Serve(|upstream, asked| {
            Box::pin(async move {
                let replayed = upstream.remembered(&key(&asked));
                let Some(id) = replayed.as_str().filter(|_| asked.is(CreateSession)) else {
                    let response = upstream.respond(&asked).await;
                    if asked.is(CreateSession) && response.status == 201 {
                        upstream.remember(&key(&asked), response.json()["id"].clone());
                    } else if asked.is(CancelSession) && response.status == 201 {
                        upstream.remember(&format!("cancelled {}", asked.id()), true.into());
                    }
                    return response;
                };
                let before = upstream.peek(id).await;
                let cancelled = format!("cancelled {id}");
                upstream.linger(&asked, |upstream| upstream.remembered(&cancelled) == true).await;
                let after = upstream.peek(id).await;
                let is_open = |session: Option<serde_json::Value>| session.is_some_and(|it| it["status"] == "open");
                if is_open(before) && !is_open(after) {
                    upstream.pretend(id, "status", "open");
                }
                upstream.respond(&asked).await
            })
        }),
    },
];

//! Violations in authentication.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zerogate_conformance::Operation::CancelSession;

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Serving, Upstream};

/// Accepts these credentials as the partner's key.
fn accepts(upstream: Arc<Upstream>, asked: Asked, credential: fn(&Upstream, Option<&str>) -> bool) -> Serving {
    Box::pin(async move {
        let accepted = asked.is(CancelSession) && credential(&upstream, asked.authorization());
        let asked = if accepted { asked.with_key(&upstream.keys.partner) } else { asked };
        upstream.respond(&asked).await
    })
}

/// Treats a request as the partner's own.
fn takes(upstream: Arc<Upstream>, asked: Asked, is_taken: fn(&Asked) -> bool) -> Serving {
    Box::pin(async move {
        let is_taken = asked.is(CancelSession) && asked.authorization().is_none() && is_taken(&asked);
        let asked = if is_taken { asked.with_key(&upstream.keys.partner) } else { asked };
        upstream.respond(&asked).await
    })
}

/// Refuses a request, but carries it out.
fn acts(upstream: Arc<Upstream>, asked: Asked, is_done: fn(&Upstream, &Asked) -> bool) -> Serving {
    Box::pin(async move {
        let response = upstream.respond(&asked).await;
        if asked.is(CancelSession) && response.status == 401 && is_done(&upstream, &asked) {
            upstream.respond(&asked.with_key(&upstream.keys.partner)).await;
        }
        response
    })
}

fn is_live(authorization: Option<&str>) -> bool {
    bearer(authorization).is_some_and(|key| key.starts_with("sk_live_fake"))
}

/// The key of a bearer token.
pub(super) fn bearer(authorization: Option<&str>) -> Option<&str> {
    authorization?.strip_prefix("Bearer ")
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "missing-key-tells-conflict",
        &["cancel-missing-key"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                let is_open = asked.is(CancelSession) && asked.authorization().is_none();
                if is_open && upstream.peek(asked.id()).await.is_some_and(|session| session["status"] == "cancelled") {
                    response.become_error(409, "conflict");
                }
                response
            })
        }),
    ),
    violation(
        "digest-scheme-accepted",
        &["cancel-other-scheme", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                credential.and_then(|value| value.strip_prefix("Digest ")) == Some(&upstream.keys.partner)
            })
        }),
    ),
    violation(
        "key-of-the-other-mode-accepted",
        &["cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                let tail = upstream.keys.partner.trim_start_matches("sk_test_");
                bearer(credential).and_then(|key| key.strip_prefix("sk_live_")) == Some(tail)
            })
        }),
    ),
    violation(
        "key-first-of-a-list-accepted",
        &["cancel-malformed-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                let first = bearer(credential).and_then(|keys| keys.split_once(','));
                first.is_some_and(|(first, _)| first == upstream.keys.partner)
            })
        }),
    ),
    violation(
        "percent-encoded-key-accepted",
        &["cancel-malformed-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                bearer(credential).and_then(|key| key.strip_prefix("%73")) == upstream.keys.partner.strip_prefix('s')
            })
        }),
    ),
    violation(
        "key-in-base64-accepted",
        &["cancel-malformed-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                bearer(credential) == Some(&STANDARD.encode(&upstream.keys.partner))
            })
        }),
    ),
    violation(
        "client-secret-accepted",
        &["cancel-unauthorized-changes-nothing", "cancel-unknown-key"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |_, credential| {
                bearer(credential).is_some_and(|secret| secret.starts_with("gs_test_secret_"))
            })
        }),
    ),
    violation(
        "client-secret-in-query-accepted",
        &["cancel-unauthorized-changes-nothing", "cancel-unknown-key"],
        Serve(|upstream, asked| {
            let is_accepted = asked.target.contains("/cancel?client_secret=gs_test_secret_");
            let asked = if is_accepted { asked.with_key(&upstream.keys.partner) } else { asked };
            Box::pin(async move { upstream.respond(&asked).await })
        }),
    ),
    violation(
        "trusted-when-forwarded-locally",
        &["cancel-missing-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| takes(upstream, asked, |asked| asked.headers.contains_key("x-forwarded-for"))),
    ),
    violation(
        "trusted-by-real-ip",
        &["cancel-missing-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| takes(upstream, asked, |asked| asked.headers.contains_key("x-real-ip"))),
    ),
    violation(
        "trusted-by-forwarded",
        &["cancel-missing-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| takes(upstream, asked, |asked| asked.headers.contains_key("forwarded"))),
    ),
    violation(
        "embed-token-is-enough",
        &["cancel-key-elsewhere", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| takes(upstream, asked, |asked| asked.headers.contains_key("x-embed-token"))),
    ),
    violation(
        "key-remembered-by-connection",
        &["cancel-missing-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let connection = format!("connection {}", asked.connection);
                if asked.authorization() == Some(&format!("Bearer {}", upstream.keys.partner)) {
                    upstream.remember(&connection, true.into());
                }
                let is_known = asked.authorization().is_none() && upstream.remembered(&connection) == true;
                upstream.respond(&if is_known { asked.with_key(&upstream.keys.partner) } else { asked }).await
            })
        }),
    ),
    violation(
        "quoted-key-accepted",
        &["cancel-malformed-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                bearer(credential)
                    .is_some_and(|key| key.starts_with('"') && key.trim_matches('"') == upstream.keys.partner)
            })
        }),
    ),
    violation(
        "missing-key-accepted",
        &[
            "cancel-key-elsewhere",
            "cancel-missing-key",
            "cancel-unauthorized-changes-nothing",
            "cancel-unauthorized-hides-existence",
        ],
        Serve(|upstream, asked| accepts(upstream, asked, |_, credential| credential.is_none())),
    ),
    violation(
        "malformed-key-accepted",
        &["cancel-altered-key", "cancel-malformed-key", "cancel-unauthorized-changes-nothing", "cancel-unknown-key"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |_, credential| {
                bearer(credential).is_some_and(|key| !key.starts_with("sk_") && !key.starts_with("pk_"))
            })
        }),
    ),
    violation(
        "other-scheme-accepted",
        &["cancel-malformed-key", "cancel-other-scheme", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |_, credential| credential.is_some() && bearer(credential).is_none())
        }),
    ),
    violation(
        "unknown-key-accepted",
        &[
            "cancel-altered-key",
            "cancel-live-key",
            "cancel-malformed-key",
            "cancel-unauthorized-changes-nothing",
            "cancel-unauthorized-hides-existence",
            "cancel-unknown-key",
        ],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                let known = [upstream.keys.partner.as_str(), upstream.keys.other_partner.as_str()];
                bearer(credential).is_some_and(|key| key.starts_with("sk_") && !known.contains(&key))
            })
        }),
    ),
    violation(
        "publishable-key-accepted",
        &["cancel-publishable-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| bearer(credential) == Some(&upstream.keys.publishable))
        }),
    ),
    violation(
        "missing-key-400",
        &["cancel-key-elsewhere", "cancel-missing-key"],
        Edit(|asked, response| {
            if asked.is(CancelSession) && response.status == 401 && asked.authorization().is_none() {
                response.become_error(400, "invalid_request");
            }
        }),
    ),
    violation(
        "publishable-key-403",
        &["cancel-publishable-key"],
        Edit(|asked, response| {
            let publishable = bearer(asked.authorization()).is_some_and(|key| key.starts_with("pk_"));
            if asked.is(CancelSession) && response.status == 401 && publishable {
                response.become_error(403, "forbidden");
            }
        }),
    ),
    violation(
        "unknown-key-404",
        &["cancel-altered-key", "cancel-malformed-key", "cancel-unknown-key"],
        Edit(|asked, response| {
            let secret = bearer(asked.authorization()).is_some_and(|key| key.starts_with("sk_"));
            if asked.is(CancelSession) && response.status == 401 && secret {
                response.become_error(404, "not_found");
            }
        }),
    ),
    violation(
        "malformed-key-400",
        &["cancel-malformed-key", "cancel-other-scheme"],
        Edit(|asked, response| {
            let other_scheme = asked.authorization().is_some_and(|value| !value.starts_with("Bearer"));
            if asked.is(CancelSession) && response.status == 401 && other_scheme {
                response.become_error(400, "invalid_request");
            }
        }),
    ),
    violation(
        "altered-key-accepted",
        &["cancel-altered-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                let alike =
                    |key: &str| key.len() == upstream.keys.partner.len() && key[..20] == upstream.keys.partner[..20];
                bearer(credential).is_some_and(alike)
            })
        }),
    ),
    violation(
        "key-in-query-accepted",
        &["cancel-key-elsewhere", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let is_there = asked.is(CancelSession) && asked.target.contains(&upstream.keys.partner);
                let asked = if is_there { asked.with_key(&upstream.keys.partner) } else { asked };
                upstream.respond(&asked).await
            })
        }),
    ),
    violation(
        "refused-but-cancelled",
        &["cancel-live-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| acts(upstream, asked, |_, _| true)),
    ),
    violation(
        "refused-but-cancelled-for-one-key",
        &["cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            acts(upstream, asked, |upstream, asked| bearer(asked.authorization()) == Some(&upstream.keys.publishable))
        }),
    ),
    violation(
        "refused-but-cancelled-by-cookie",
        &["cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| acts(upstream, asked, |_, asked| asked.headers.contains_key("cookie"))),
    ),
    violation(
        "raw-key-accepted",
        &["cancel-malformed-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| credential == Some(&upstream.keys.partner))
        }),
    ),
    violation(
        "token-scheme-accepted",
        &["cancel-other-scheme", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                credential.and_then(|value| value.strip_prefix("Token ")) == Some(&upstream.keys.partner)
            })
        }),
    ),
    violation(
        "basic-user-accepted",
        &["cancel-other-scheme", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                let expected = STANDARD.encode(format!("{}:", upstream.keys.partner));
                credential.and_then(|value| value.strip_prefix("Basic ")) == Some(&expected)
            })
        }),
    ),
    violation(
        "key-in-any-case-accepted",
        &["cancel-altered-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                bearer(credential).is_some_and(|key| key.to_lowercase() == upstream.keys.partner)
            })
        }),
    ),
    violation(
        "truncated-key-accepted",
        &["cancel-altered-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                bearer(credential).is_some_and(|key| key.len() > 20 && upstream.keys.partner.starts_with(key))
            })
        }),
    ),
    violation(
        "key-with-suffix-accepted",
        &["cancel-altered-key", "cancel-malformed-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            accepts(upstream, asked, |upstream, credential| {
                bearer(credential).is_some_and(|key| key.starts_with(&upstream.keys.partner))
            })
        }),
    ),
    violation(
        "key-in-cookie-accepted",
        &["cancel-key-elsewhere", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| takes(upstream, asked, |asked| asked.headers.contains_key("cookie"))),
    ),
    violation(
        "key-in-header-accepted",
        &["cancel-key-elsewhere", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| takes(upstream, asked, |asked| asked.headers.contains_key("x-api-key"))),
    ),
    violation(
        "key-in-body-accepted",
        &["cancel-key-elsewhere", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| takes(upstream, asked, |asked| asked.body.starts_with(b"{\"api_key\""))),
    ),
    violation(
        "live-key-cancels",
        &["cancel-live-key"],
        Serve(|upstream, asked| accepts(upstream, asked, |_, credential| is_live(credential))),
    ),
    violation(
        "live-key-refused-but-cancelled",
        &["cancel-live-key"],
        Serve(|upstream, asked| acts(upstream, asked, |_, asked| is_live(asked.authorization()))),
    ),
    violation(
        "live-key-400",
        &["cancel-live-key"],
        Edit(|asked, response| {
            if asked.is(CancelSession) && is_live(asked.authorization()) {
                response.become_error(400, "invalid_request");
            }
        }),
    ),
];

//! What is wrong with the check of the key.

use std::sync::Arc;

use zerogate_conformance::Operation::CancelSession;

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Serving, Upstream};

/// Takes these credentials for the partner's key.
fn accepts(upstream: Arc<Upstream>, asked: Asked, credential: fn(&Upstream, Option<&str>) -> bool) -> Serving {
    Box::pin(async move {
        let accepted = asked.is(CancelSession) && credential(&upstream, asked.authorization());
        let asked = if accepted { asked.with_key(&upstream.keys.partner) } else { asked };
        upstream.answer(&asked).await
    })
}

/// The key of a bearer credential.
fn bearer(authorization: Option<&str>) -> Option<&str> {
    authorization?.strip_prefix("Bearer ")
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "missing-key-accepted",
        &["cancel-key-elsewhere", "cancel-missing-key", "cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| accepts(upstream, asked, |_, credential| credential.is_none())),
    ),
    violation(
        "malformed-key-accepted",
        &["cancel-altered-key", "cancel-malformed-key", "cancel-unauthorized-changes-nothing"],
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
        &["cancel-altered-key", "cancel-malformed-key", "cancel-unauthorized-changes-nothing", "cancel-unknown-key"],
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
        Edit(|asked, answer| {
            if asked.is(CancelSession) && answer.status == 401 && asked.authorization().is_none() {
                answer.become_error(400, "invalid_request");
            }
        }),
    ),
    violation(
        "publishable-key-403",
        &["cancel-publishable-key"],
        Edit(|asked, answer| {
            let publishable = bearer(asked.authorization()).is_some_and(|key| key.starts_with("pk_"));
            if asked.is(CancelSession) && answer.status == 401 && publishable {
                answer.become_error(403, "forbidden");
            }
        }),
    ),
    violation(
        "unknown-key-404",
        &["cancel-altered-key", "cancel-malformed-key", "cancel-unknown-key"],
        Edit(|asked, answer| {
            let secret = bearer(asked.authorization()).is_some_and(|key| key.starts_with("sk_"));
            if asked.is(CancelSession) && answer.status == 401 && secret {
                answer.become_error(404, "not_found");
            }
        }),
    ),
    violation(
        "malformed-key-400",
        &["cancel-malformed-key", "cancel-other-scheme"],
        Edit(|asked, answer| {
            let other_scheme = asked.authorization().is_some_and(|value| !value.starts_with("Bearer"));
            if asked.is(CancelSession) && answer.status == 401 && other_scheme {
                answer.become_error(400, "invalid_request");
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
                upstream.answer(&asked).await
            })
        }),
    ),
    violation(
        "refused-but-cancelled",
        &["cancel-unauthorized-changes-nothing"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let answer = upstream.answer(&asked).await;
                if asked.is(CancelSession) && answer.status == 401 {
                    upstream.answer(&asked.with_key(&upstream.keys.partner)).await;
                }
                answer
            })
        }),
    ),
];

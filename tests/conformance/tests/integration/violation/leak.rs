//! Responses that leak that a session exists, or a part of a key.

use std::sync::Arc;

use serde_json::Value;
use zerogate_conformance::Operation::{CancelSession, CreateSession, RetrieveSession};

use super::auth::bearer;
use super::tenant::not_found;
use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Response, Serving, Upstream};

/// Refuses a request differently if the session exists.
fn gives_away(upstream: Arc<Upstream>, asked: Asked, edit: fn(&mut Response)) -> Serving {
    Box::pin(async move {
        let mut response = upstream.respond(&asked).await;
        if asked.is(CancelSession) && response.status == 401 && upstream.peek(asked.id()).await.is_some() {
            edit(&mut response);
        }
        response
    })
}

/// Responds slightly differently if the session exists and is another partner's.
fn differs(upstream: Arc<Upstream>, asked: Asked, edit: fn(&mut Response)) -> Serving {
    not_found(upstream, asked, CancelSession, |session| session.is_some(), edit)
}

/// The same for reading it.
fn reads_otherwise(upstream: Arc<Upstream>, asked: Asked, edit: fn(&mut Response)) -> Serving {
    not_found(upstream, asked, RetrieveSession, |session| session.is_some(), edit)
}

const TOLD_APART: &[&str] = &["cancel-foreign-indistinguishable"];
const READ_AND_TOLD_APART: &[&str] = &["retrieve-foreign-indistinguishable"];

pub(super) const ALL: &[Violation] = &[
    violation(
        "secret-the-same-for-all",
        &["create-client-secret"],
        Edit(|asked, response| {
            if asked.is(CreateSession) && !response.is_error() {
                response.set("client_secret", "cs_fake_the_same_for_all");
            }
        }),
    ),
    violation(
        "client-secret-in-conflict",
        &["cancel-key-not-echoed"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                upstream.remember_secret(&asked, &response);
                if asked.is(CancelSession) && response.status == 409 && upstream.remembered(asked.id()).is_string() {
                    response.set("message", format!("see {}", upstream.remembered(asked.id()).as_str().unwrap()));
                }
                response
            })
        }),
    ),
    violation(
        "401-names-the-session",
        &["cancel-unauthorized-hides-existence"],
        Serve(|upstream, asked| {
            gives_away(upstream, asked, |response| response.set("message", "This session is not yours."))
        }),
    ),
    violation(
        "401-with-a-header-of-the-session",
        &["cancel-unauthorized-hides-existence"],
        Serve(|upstream, asked| gives_away(upstream, asked, |response| response.header("x-session-status", "open"))),
    ),
    violation(
        "401-with-another-code-for-a-session",
        &["cancel-unauthorized-hides-existence"],
        Serve(|upstream, asked| gives_away(upstream, asked, |response| response.set("code", "key_required"))),
    ),
    violation(
        "unknown-session-before-missing-key",
        &["cancel-unauthorized-hides-existence"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                if asked.is(CancelSession) && response.status == 401 && upstream.peek(asked.id()).await.is_none() {
                    response.become_error(404, "not_found");
                }
                response
            })
        }),
    ),
    violation(
        "key-in-message",
        &["cancel-key-not-echoed"],
        Edit(|asked, response| {
            if let Some(key) = bearer(asked.authorization()).filter(|_| response.status == 401) {
                response.set("message", format!("The key {key} is not valid."));
            }
        }),
    ),
    violation(
        "key-masked-in-message",
        &["cancel-key-not-echoed"],
        Edit(|asked, response| {
            let key = bearer(asked.authorization()).filter(|key| key.len() > 20 && response.status == 401);
            if let Some(key) = key {
                response.set("message", format!("Invalid key: {}****{}", &key[..8], &key[key.len() - 4..]));
            }
        }),
    ),
    violation(
        "key-begun-in-header",
        &["cancel-key-not-echoed"],
        Edit(|asked, response| {
            if let Some(key) = bearer(asked.authorization()).filter(|key| key.len() > 20 && response.status == 201) {
                response.header("x-key-id", &key[..14]);
            }
        }),
    ),
    violation(
        "key-in-challenge",
        &["cancel-key-not-echoed"],
        Edit(|asked, response| {
            if let Some(value) = asked.authorization().filter(|_| response.status == 401) {
                response.header("www-authenticate", &format!("Bearer error_description=\"{}\"", value.trim()));
            }
        }),
    ),
    violation(
        "foreign-named-in-message",
        TOLD_APART,
        Serve(|upstream, asked| {
            differs(upstream, asked, |response| response.set("message", "This session is not yours."))
        }),
    ),
    violation(
        "foreign-other-code",
        TOLD_APART,
        Serve(|upstream, asked| differs(upstream, asked, |response| response.set("code", "wrong_partner"))),
    ),
    violation(
        "foreign-other-header",
        TOLD_APART,
        Serve(|upstream, asked| differs(upstream, asked, |response| response.header("x-policy", "tenant"))),
    ),
    violation(
        "foreign-other-content-type",
        TOLD_APART,
        Serve(|upstream, asked| {
            differs(upstream, asked, |response| response.header("content-type", "application/json; charset=utf-8"))
        }),
    ),
    violation(
        "foreign-longer-body",
        TOLD_APART,
        Serve(|upstream, asked| {
            differs(upstream, asked, |response| response.body = [&*response.body, b"\n"].concat().into())
        }),
    ),
    violation(
        "foreign-one-more-field",
        TOLD_APART,
        Serve(|upstream, asked| differs(upstream, asked, |response| response.set("hint", Value::Null))),
    ),
    violation(
        "foreign-without-request-id",
        &["cancel-foreign-indistinguishable", "error-request-id-header"],
        Serve(|upstream, asked| differs(upstream, asked, |response| drop(response.headers.remove("x-request-id")))),
    ),
    violation(
        "foreign-other-message-when-expired",
        TOLD_APART,
        Serve(|upstream, asked| {
            let is_expired = |session: Option<&Value>| session.is_some_and(|session| session["status"] == "expired");
            not_found(upstream, asked, CancelSession, is_expired, |response| {
                response.set("message", "There is no such session any more.");
            })
        }),
    ),
    violation(
        "retrieve-foreign-named-in-message",
        READ_AND_TOLD_APART,
        Serve(|upstream, asked| {
            reads_otherwise(upstream, asked, |response| response.set("message", "This session is not yours."))
        }),
    ),
    violation(
        "retrieve-foreign-other-header",
        READ_AND_TOLD_APART,
        Serve(|upstream, asked| {
            reads_otherwise(upstream, asked, |response| response.header("cache-control", "no-store"))
        }),
    ),
];

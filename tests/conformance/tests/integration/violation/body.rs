//! Violations in the handling of a body, or of no body.

use std::sync::Arc;

use hyper::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::Value;
use zerogate_conformance::Operation::{CancelSession, CreateSession};

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Serving, Upstream};

/// Refuses a request because of its body, with this status.
fn refuses(upstream: Arc<Upstream>, asked: Asked, status: u16, is_refused: fn(&Asked) -> bool) -> Serving {
    Box::pin(async move {
        let has_key = asked.authorization() == Some(&format!("Bearer {}", upstream.keys.partner));
        let is_provoked = asked.headers.contains_key(zerogate_emulator::PROVOKE);
        if asked.is(CancelSession) && has_key && !is_provoked && is_refused(&asked) {
            let mut response = upstream.respond(&asked.reading()).await;
            if !response.is_error() && response.json()["status"] == "open" {
                response.become_error(status, "invalid_request");
                return response;
            }
        }
        upstream.respond(&asked).await
    })
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "byte-order-mark",
        &["cancel-json"],
        Edit(|asked, response| {
            if asked.is(CreateSession) && !response.is_error() {
                response.body = [b"\xEF\xBB\xBF", &response.body[..]].concat().into();
            }
        }),
    ),
    violation(
        "body-demanded",
        &["cancel-no-body-needed", "cancel-status-201"],
        Serve(|upstream, asked| refuses(upstream, asked, 400, |asked| asked.body.is_empty())),
    ),
    violation(
        "length-demanded",
        &["cancel-no-body-needed", "cancel-status-201"],
        Serve(|upstream, asked| refuses(upstream, asked, 411, |asked| !asked.headers.contains_key(CONTENT_LENGTH))),
    ),
    violation(
        "content-type-demanded",
        &["cancel-no-body-needed", "cancel-status-201"],
        Serve(|upstream, asked| refuses(upstream, asked, 415, |asked| !asked.headers.contains_key(CONTENT_TYPE))),
    ),
    violation(
        "empty-object-refused",
        &["cancel-body-tolerated"],
        Serve(|upstream, asked| refuses(upstream, asked, 400, |asked| !asked.body.is_empty())),
    ),
    violation(
        "body-taken-over",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        Edit(|asked, response| {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            if asked.is(CancelSession)
                && !response.is_error()
                && let Some(amount) = body.get("amount")
            {
                response.set("amount", amount.clone());
            }
        }),
    ),
    violation(
        "empty-json-refused",
        &["cancel-body-tolerated"],
        Serve(|upstream, asked| {
            refuses(upstream, asked, 400, |asked| asked.headers.contains_key(CONTENT_TYPE) && asked.body.is_empty())
        }),
    ),
    violation(
        "accept-demanded",
        &["cancel-any-accept"],
        Serve(|upstream, asked| {
            refuses(upstream, asked, 406, |asked| asked.headers.get(ACCEPT).is_none_or(|accept| accept == "*/*"))
        }),
    ),
];

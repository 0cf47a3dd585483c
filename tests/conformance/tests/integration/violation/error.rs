//! Violations in error responses.

use bytes::Bytes;
use serde_json::json;
use zerogate_conformance::Operation::{CancelSession, CreateSession, ListSessions, RetrieveSession};
use zerogate_emulator::PROVOKE;

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::Response;

/// Edits every error of a cancellation, or those of the given operation and statuses.
macro_rules! errors {
    ($edit:expr) => {
        errors!(400..=599 => $edit)
    };
    ($statuses:pat => $edit:expr) => {
        errors!(CancelSession, $statuses => $edit)
    };
    ($operation:ident, $statuses:pat => $edit:expr) => {
        Edit(|asked, response| {
            if asked.is($operation) && response.is_error() && matches!(response.status, $statuses) {
                let edit: fn(&mut Response) = $edit;
                edit(response);
            }
        })
    };
}

/// Sets the request id of a response, in its header and in its envelope.
fn identify(response: &mut Response, id: &str) {
    response.header("x-request-id", id);
    if response.is_error() {
        response.set("request_id", id);
    }
}

const UNREADABLE: &[&str] = &["error-envelope-fields", "error-json"];

pub(super) const ALL: &[Violation] = &[
    violation("error-doc-url-is-text", &["error-doc-url"], errors!(|response| response.set("doc_url", "see the docs"))),
    violation(
        "404-doc-url-relative",
        &["error-doc-url"],
        errors!(404 => |response| response.set("doc_url", "/docs/errors")),
    ),
    violation("error-content-type", &["error-json"], errors!(|response| response.header("content-type", "text/plain"))),
    violation(
        "error-without-content-type",
        &["error-json"],
        errors!(|response| drop(response.headers.remove("content-type"))),
    ),
    violation("error-html", UNREADABLE, errors!(|response| response.become_html())),
    violation("404-html", UNREADABLE, errors!(404 => |response| response.become_html())),
    violation("429-html", UNREADABLE, errors!(429 => |response| response.become_html())),
    violation("503-html", UNREADABLE, errors!(503 => |response| response.become_html())),
    violation("409-without-body", &["error-envelope-fields"], errors!(409 => |response| response.body = Bytes::new())),
    violation(
        "error-nested",
        &["error-envelope-fields"],
        errors!(|response| {
            let envelope = response.json();
            response.set_json(&json!({ "error": envelope }));
        }),
    ),
    violation("error-missing-field", &["error-envelope-fields"], errors!(|response| response.remove("doc_url"))),
    violation(
        "error-without-message",
        &["error-envelope-fields"],
        errors!(401 => |response| response.remove("message")),
    ),
    violation("error-without-type", &["error-envelope-fields"], errors!(404 => |response| response.remove("type"))),
    violation(
        "error-without-status-code",
        &["error-envelope-fields"],
        errors!(500 => |response| response.remove("statusCode")),
    ),
    violation(
        "error-snake-case",
        &["error-envelope-fields"],
        errors!(|response| {
            let status = response.status;
            response.remove("statusCode");
            response.set("status_code", status);
        }),
    ),
    violation(
        "error-status-code-string",
        &["error-envelope-fields"],
        errors!(|response| response.set("statusCode", response.status.to_string())),
    ),
    violation(
        "error-message-null",
        &["error-envelope-fields"],
        errors!(409 => |response| response.set("message", json!(null))),
    ),
    violation("error-doc-url-false", &["error-envelope-fields"], errors!(|response| response.set("doc_url", false))),
    violation("error-status-code-wrong", &["error-status-code"], errors!(|response| response.set("statusCode", 400))),
    violation(
        "429-status-code-wrong",
        &["error-status-code"],
        errors!(429 => |response| response.set("statusCode", 503)),
    ),
    violation("error-type-wrong", &["error-type"], errors!(|response| response.set("type", "api_error"))),
    violation(
        "401-type-wrong",
        &["error-type"],
        errors!(401 => |response| response.set("type", "authentication_error")),
    ),
    violation("404-type-wrong", &["error-type"], errors!(404 => |response| response.set("type", "invalid_request"))),
    violation("409-type-wrong", &["error-type"], errors!(409 => |response| response.set("type", "idempotency_error"))),
    violation("429-type-wrong", &["error-type"], errors!(429 => |response| response.set("type", "too_many_requests"))),
    violation("500-type-wrong", &["error-type"], errors!(500 => |response| response.set("type", "internal_error"))),
    violation("503-type-wrong", &["error-type"], errors!(503 => |response| response.set("type", "unavailable"))),
    violation("error-code-empty", &["error-code"], errors!(401 => |response| response.set("code", ""))),
    violation("500-code-blank", &["error-code"], errors!(500 => |response| response.set("code", " "))),
    violation(
        "409-code-otherwise",
        &["error-code-conflict"],
        errors!(409 => |response| response.set("code", "session_not_open")),
    ),
    violation(
        "error-without-request-id",
        &["error-request-id-header"],
        errors!(|response| drop(response.headers.remove("x-request-id"))),
    ),
    violation(
        "409-without-request-id",
        &["error-request-id-header"],
        errors!(409 => |response| drop(response.headers.remove("x-request-id"))),
    ),
    violation(
        "404-with-empty-request-id",
        &["error-request-id-header"],
        errors!(404 => |response| response.header("x-request-id", " ")),
    ),
    violation(
        "error-request-id-differs",
        &["error-request-id-mirrored"],
        errors!(|response| {
            let other = format!("{}-edge", response.headers["x-request-id"].to_str().unwrap());
            response.header("x-request-id", &other);
        }),
    ),
    violation(
        "429-request-id-differs",
        &["error-request-id-mirrored"],
        errors!(429 => |response| response.set("request_id", "req_test_of_another_response")),
    ),
    violation(
        "409-request-id-differs",
        &["error-request-id-mirrored"],
        errors!(409 => |response| {
            let other = response.headers["x-request-id"].to_str().unwrap().to_uppercase();
            response.header("x-request-id", &other);
        }),
    ),
    violation("error-message-empty", &["error-message"], errors!(|response| response.set("message", ""))),
    violation("401-message-blank", &["error-message"], errors!(401 => |response| response.set("message", " \n"))),
    violation(
        "request-id-always-the-same",
        &["error-request-id-unique"],
        Edit(|_, response| identify(response, "req_test_000000000123")),
    ),
    violation(
        "request-id-of-the-session",
        &["error-request-id-unique"],
        Edit(|asked, response| {
            if asked.is(CancelSession) {
                identify(response, &format!("req_{}", asked.id()));
            }
        }),
    ),
    violation(
        "retry-after-soon",
        &["error-retry-after"],
        errors!(429 => |response| response.header("retry-after", "soon")),
    ),
    violation(
        "retry-after-fraction",
        &["error-retry-after"],
        errors!(429 => |response| response.header("retry-after", "0.5")),
    ),
    violation(
        "503-retry-after-negative",
        &["error-retry-after"],
        errors!(503 => |response| response.header("retry-after", "-1")),
    ),
    violation(
        "throttled-but-cancelled",
        &["error-throttled-changes-nothing"],
        Serve(|upstream, mut asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if asked.is(CancelSession) && response.status == 429 {
                    asked.headers.remove(PROVOKE);
                    upstream.respond(&asked).await;
                }
                response
            })
        }),
    ),
    violation(
        "throttled-but-expiry-moved",
        &["error-throttled-changes-nothing"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let response = upstream.respond(&asked).await;
                if asked.is(CancelSession) && response.status == 429 {
                    upstream.pretend(asked.id(), "expires_at", "2030-01-01T00:00:00.000Z");
                }
                response
            })
        }),
    ),
    violation("retrieve-404-html", UNREADABLE, errors!(RetrieveSession, 404 => |response| response.become_html())),
    violation(
        "retrieve-401-without-code",
        &["error-envelope-fields"],
        errors!(RetrieveSession, 401 => |response| response.remove("code")),
    ),
    violation(
        "list-401-without-request-id",
        &["error-request-id-header"],
        errors!(ListSessions, 401 => |response| drop(response.headers.remove("x-request-id"))),
    ),
    violation(
        "list-401-type-wrong",
        &["error-type"],
        errors!(ListSessions, 401 => |response| response.set("type", "authentication_error")),
    ),
    violation(
        "create-401-status-code-wrong",
        &["error-status-code"],
        errors!(CreateSession, 401 => |response| response.set("statusCode", 403)),
    ),
    violation(
        "create-400-of-the-framework",
        &["error-envelope-fields"],
        errors!(CreateSession, 400 => |response| {
            response.set_json(&json!({ "statusCode": 400, "message": ["amount must be a string"], "error": "Bad Request" }));
        }),
    ),
];

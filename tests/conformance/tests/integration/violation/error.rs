//! What is wrong with errors.

use bytes::Bytes;
use serde_json::json;
use zerogate_conformance::Operation::{CancelSession, CreateSession, ListSessions, RetrieveSession};
use zerogate_emulator::PROVOKE;

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::Answer;

/// Edits every error of a cancellation, or those of the operation and of the statuses that are given.
macro_rules! errors {
    ($edit:expr) => {
        errors!(400..=599 => $edit)
    };
    ($statuses:pat => $edit:expr) => {
        errors!(CancelSession, $statuses => $edit)
    };
    ($operation:ident, $statuses:pat => $edit:expr) => {
        Edit(|asked, answer| {
            if asked.is($operation) && answer.is_error() && matches!(answer.status, $statuses) {
                let edit: fn(&mut Answer) = $edit;
                edit(answer);
            }
        })
    };
}

/// Gives an answer this id, in its header and in its envelope.
fn identify(answer: &mut Answer, id: &str) {
    answer.header("x-request-id", id);
    if answer.is_error() {
        answer.set("request_id", id);
    }
}

const UNREADABLE: &[&str] = &["error-envelope-fields", "error-json"];

pub(super) const ALL: &[Violation] = &[
    violation("error-doc-url-is-text", &["error-doc-url"], errors!(|answer| answer.set("doc_url", "see the docs"))),
    violation(
        "404-doc-url-relative",
        &["error-doc-url"],
        errors!(404 => |answer| answer.set("doc_url", "/docs/errors")),
    ),
    violation("error-content-type", &["error-json"], errors!(|answer| answer.header("content-type", "text/plain"))),
    violation(
        "error-without-content-type",
        &["error-json"],
        errors!(|answer| drop(answer.headers.remove("content-type"))),
    ),
    violation("error-html", UNREADABLE, errors!(|answer| answer.become_html())),
    violation("404-html", UNREADABLE, errors!(404 => |answer| answer.become_html())),
    violation("429-html", UNREADABLE, errors!(429 => |answer| answer.become_html())),
    violation("503-html", UNREADABLE, errors!(503 => |answer| answer.become_html())),
    violation("409-without-body", &["error-envelope-fields"], errors!(409 => |answer| answer.body = Bytes::new())),
    violation(
        "error-nested",
        &["error-envelope-fields"],
        errors!(|answer| {
            let envelope = answer.json();
            answer.set_json(&json!({ "error": envelope }));
        }),
    ),
    violation("error-missing-field", &["error-envelope-fields"], errors!(|answer| answer.remove("doc_url"))),
    violation("error-without-message", &["error-envelope-fields"], errors!(401 => |answer| answer.remove("message"))),
    violation("error-without-type", &["error-envelope-fields"], errors!(404 => |answer| answer.remove("type"))),
    violation(
        "error-without-status-code",
        &["error-envelope-fields"],
        errors!(500 => |answer| answer.remove("statusCode")),
    ),
    violation(
        "error-snake-case",
        &["error-envelope-fields"],
        errors!(|answer| {
            let status = answer.status;
            answer.remove("statusCode");
            answer.set("status_code", status);
        }),
    ),
    violation(
        "error-status-code-string",
        &["error-envelope-fields"],
        errors!(|answer| answer.set("statusCode", answer.status.to_string())),
    ),
    violation(
        "error-message-null",
        &["error-envelope-fields"],
        errors!(409 => |answer| answer.set("message", json!(null))),
    ),
    violation("error-doc-url-false", &["error-envelope-fields"], errors!(|answer| answer.set("doc_url", false))),
    violation("error-status-code-wrong", &["error-status-code"], errors!(|answer| answer.set("statusCode", 400))),
    violation("429-status-code-wrong", &["error-status-code"], errors!(429 => |answer| answer.set("statusCode", 503))),
    violation("error-type-wrong", &["error-type"], errors!(|answer| answer.set("type", "api_error"))),
    violation("401-type-wrong", &["error-type"], errors!(401 => |answer| answer.set("type", "authentication_error"))),
    violation("404-type-wrong", &["error-type"], errors!(404 => |answer| answer.set("type", "invalid_request"))),
    violation("409-type-wrong", &["error-type"], errors!(409 => |answer| answer.set("type", "idempotency_error"))),
    violation("429-type-wrong", &["error-type"], errors!(429 => |answer| answer.set("type", "too_many_requests"))),
    violation("500-type-wrong", &["error-type"], errors!(500 => |answer| answer.set("type", "internal_error"))),
    violation("503-type-wrong", &["error-type"], errors!(503 => |answer| answer.set("type", "unavailable"))),
    violation("error-code-empty", &["error-code"], errors!(401 => |answer| answer.set("code", ""))),
    violation("500-code-blank", &["error-code"], errors!(500 => |answer| answer.set("code", " "))),
    violation("409-code-otherwise", &["error-code"], errors!(409 => |answer| answer.set("code", "session_not_open"))),
    violation(
        "error-without-request-id",
        &["error-request-id-header"],
        errors!(|answer| drop(answer.headers.remove("x-request-id"))),
    ),
    violation(
        "409-without-request-id",
        &["error-request-id-header"],
        errors!(409 => |answer| drop(answer.headers.remove("x-request-id"))),
    ),
    violation(
        "404-with-empty-request-id",
        &["error-request-id-header"],
        errors!(404 => |answer| answer.header("x-request-id", " ")),
    ),
    violation(
        "error-request-id-differs",
        &["error-request-id-mirrored"],
        errors!(|answer| {
            let other = format!("{}-edge", answer.headers["x-request-id"].to_str().unwrap());
            answer.header("x-request-id", &other);
        }),
    ),
    violation(
        "429-request-id-differs",
        &["error-request-id-mirrored"],
        errors!(429 => |answer| answer.set("request_id", "req_test_of_another_answer")),
    ),
    violation(
        "409-request-id-differs",
        &["error-request-id-mirrored"],
        errors!(409 => |answer| {
            let other = answer.headers["x-request-id"].to_str().unwrap().to_uppercase();
            answer.header("x-request-id", &other);
        }),
    ),
    violation("error-message-empty", &["error-message"], errors!(|answer| answer.set("message", ""))),
    violation("401-message-blank", &["error-message"], errors!(401 => |answer| answer.set("message", " \n"))),
    violation(
        "request-id-always-the-same",
        &["error-request-id-unique"],
        Edit(|_, answer| identify(answer, "req_test_000000000123")),
    ),
    violation(
        "request-id-of-the-session",
        &["error-request-id-unique"],
        Edit(|asked, answer| {
            if asked.is(CancelSession) {
                identify(answer, &format!("req_{}", asked.id()));
            }
        }),
    ),
    violation(
        "retry-after-soon",
        &["error-retry-after"],
        errors!(429 => |answer| answer.header("retry-after", "soon")),
    ),
    violation(
        "retry-after-fraction",
        &["error-retry-after"],
        errors!(429 => |answer| answer.header("retry-after", "0.5")),
    ),
    violation(
        "503-retry-after-negative",
        &["error-retry-after"],
        errors!(503 => |answer| answer.header("retry-after", "-1")),
    ),
    violation(
        "throttled-but-cancelled",
        &["error-throttled-changes-nothing"],
        Serve(|upstream, mut asked| {
            Box::pin(async move {
                let answer = upstream.answer(&asked).await;
                if asked.is(CancelSession) && answer.status == 429 {
                    asked.headers.remove(PROVOKE);
                    upstream.answer(&asked).await;
                }
                answer
            })
        }),
    ),
    violation(
        "throttled-but-expiry-moved",
        &["error-throttled-changes-nothing"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let answer = upstream.answer(&asked).await;
                if asked.is(CancelSession) && answer.status == 429 {
                    upstream.pretend(asked.id(), "expires_at", "2030-01-01T00:00:00.000Z");
                }
                answer
            })
        }),
    ),
    violation("retrieve-404-html", UNREADABLE, errors!(RetrieveSession, 404 => |answer| answer.become_html())),
    violation(
        "retrieve-401-without-code",
        &["error-envelope-fields"],
        errors!(RetrieveSession, 401 => |answer| answer.remove("code")),
    ),
    violation(
        "list-401-without-request-id",
        &["error-request-id-header"],
        errors!(ListSessions, 401 => |answer| drop(answer.headers.remove("x-request-id"))),
    ),
    violation(
        "list-401-type-wrong",
        &["error-type"],
        errors!(ListSessions, 401 => |answer| answer.set("type", "authentication_error")),
    ),
    violation(
        "create-401-status-code-wrong",
        &["error-status-code"],
        errors!(CreateSession, 401 => |answer| answer.set("statusCode", 403)),
    ),
    violation(
        "create-400-of-the-framework",
        &["error-envelope-fields"],
        errors!(CreateSession, 400 => |answer| {
            answer.set_json(&json!({ "statusCode": 400, "message": ["amount must be a string"], "error": "Bad Request" }));
        }),
    ),
];

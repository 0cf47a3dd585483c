//! What is wrong with the errors of a cancellation.

use bytes::Bytes;
use serde_json::json;
use zerogate_conformance::Operation::CancelSession;

use super::{Violation, violation};
use crate::proxy::Act::Edit;
use crate::proxy::Answer;

/// Edits every error of a cancellation, or those of the statuses that are given.
macro_rules! errors {
    ($edit:expr) => {
        errors!(400..=599 => $edit)
    };
    ($statuses:pat => $edit:expr) => {
        Edit(|asked, answer| {
            if asked.is(CancelSession) && answer.is_error() && matches!(answer.status, $statuses) {
                let edit: fn(&mut Answer) = $edit;
                edit(answer);
            }
        })
    };
}

const UNREADABLE: &[&str] = &["error-envelope-fields", "error-json"];

pub(super) const ALL: &[Violation] = &[
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
        errors!(|answer| answer.header("x-request-id", "req_test_of_another_answer")),
    ),
    violation(
        "429-request-id-differs",
        &["error-request-id-mirrored"],
        errors!(429 => |answer| answer.set("request_id", "req_test_of_another_answer")),
    ),
];

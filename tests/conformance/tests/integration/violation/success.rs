//! What is wrong with a successful cancellation.

use serde_json::json;
use zerogate_conformance::Operation::{CancelSession, CreateSession};

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Answer, Asked};

fn is_cancelled(asked: &Asked, answer: &Answer) -> bool {
    asked.is(CancelSession) && !answer.is_error()
}

/// Edits the answer to a cancellation that succeeded.
macro_rules! cancelled {
    ($edit:expr) => {
        Edit(|asked, answer| {
            if is_cancelled(asked, answer) {
                let edit: fn(&mut Answer) = $edit;
                edit(answer);
            }
        })
    };
}

/// Gives a field of every session another value, whichever operation answers with it.
macro_rules! sessions {
    ($field:literal, $value:tt) => {
        Edit(|_, answer| {
            if !answer.is_error() {
                answer.alter_sessions(|session| drop(session.insert($field.to_owned(), json!($value))));
            }
        })
    };
}

pub(super) const ALL: &[Violation] = &[
    violation("success-200", &["cancel-status-201"], cancelled!(|answer| answer.status = 200)),
    violation("success-202", &["cancel-status-201"], cancelled!(|answer| answer.status = 202)),
    violation(
        "success-without-body",
        &["cancel-fields-present", "cancel-json"],
        cancelled!(|answer| answer.body = bytes::Bytes::new()),
    ),
    violation("success-is-a-list", &["cancel-fields-present"], cancelled!(|answer| answer.set_json(&json!([])))),
    violation(
        "success-as-text",
        &["cancel-json"],
        cancelled!(|answer| answer.header("content-type", "text/plain; charset=utf-8")),
    ),
    violation(
        "success-without-content-type",
        &["cancel-json"],
        cancelled!(|answer| drop(answer.headers.remove("content-type"))),
    ),
    violation(
        "undocumented-field",
        &["cancel-undocumented-fields"],
        cancelled!(|answer| answer.set("cancelled_at", "2026-05-26T12:00:00.000Z")),
    ),
    violation(
        "undocumented-null",
        &["cancel-undocumented-fields"],
        cancelled!(|answer| answer.set("internal_note", json!(null))),
    ),
    violation("missing-field", &["cancel-fields-present"], cancelled!(|answer| answer.remove("metadata"))),
    violation(
        "null-left-out",
        &["cancel-fields-present"],
        cancelled!(|answer| answer.alter(|session| session.retain(|_, value| !value.is_null()))),
    ),
    violation("wrong-type", &["cancel-field-types", "retrieve-field-types"], sessions!("kyc_pre_verified", "false")),
    violation(
        "amount-is-a-number",
        &["cancel-field-types", "create-keeps-what-was-sent", "retrieve-field-types"],
        sessions!("amount", 100.0),
    ),
    violation(
        "amount-is-null",
        &["cancel-field-types", "create-keeps-what-was-sent", "retrieve-field-types"],
        sessions!("amount", null),
    ),
    violation(
        "time-in-seconds",
        &["cancel-field-types", "retrieve-field-types"],
        sessions!("expires_at", 1_779_883_200),
    ),
    violation(
        "time-without-zone",
        &["cancel-field-types", "retrieve-field-types"],
        sessions!("created_at", "2026-05-26 12:00:00"),
    ),
    violation("unknown-mode", &["cancel-field-types", "retrieve-field-types"], sessions!("mode", "sandbox")),
    violation("unknown-flow", &["cancel-field-types", "retrieve-field-types"], sessions!("flow", "on-ramp")),
    violation("object-session", &["cancel-object"], cancelled!(|answer| answer.set("object", "session"))),
    violation("other-id", &["cancel-id"], cancelled!(|answer| answer.set("id", "67a1f3b9e4b0c10001234567"))),
    violation(
        "id-with-a-prefix",
        &["cancel-id"],
        cancelled!(|answer| {
            let id = format!("sess_{}", answer.json()["id"].as_str().unwrap());
            answer.set("id", id);
        }),
    ),
    violation(
        "status-stays-open-in-body",
        &["cancel-marks-cancelled"],
        cancelled!(|answer| answer.set("status", "open")),
    ),
    violation("status-canceled", &["cancel-marks-cancelled"], cancelled!(|answer| answer.set("status", "canceled"))),
    violation(
        "amount-altered",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|answer| answer.set("amount", "100.0")),
    ),
    violation(
        "metadata-dropped",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|answer| answer.set("metadata", json!({}))),
    ),
    violation(
        "expiry-set-to-now",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|answer| {
            let created = answer.json()["created_at"].clone();
            answer.set("expires_at", created);
        }),
    ),
    violation(
        "time-formatted-otherwise",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|answer| {
            let time = answer.json()["created_at"].as_str().unwrap().replace('Z', "+00:00");
            answer.set("created_at", time);
        }),
    ),
    violation(
        "reference-lost",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|answer| answer.set("user_reference", json!(null))),
    ),
    violation(
        "metadata-key-lost",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|answer| {
            let mut metadata = answer.json()["metadata"].clone();
            metadata.as_object_mut().unwrap().remove("run");
            answer.set("metadata", metadata);
        }),
    ),
    violation(
        "partner-of-another",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|answer| answer.set("partner_id", "507f1f77bcf86cd799439012")),
    ),
    violation(
        "created-at-another-time",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|answer| answer.set("created_at", "2026-05-26T12:00:00.000Z")),
    ),
    violation(
        "amount-of-another-session",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut answer = upstream.answer(&asked).await;
                if asked.is(CreateSession) && !answer.is_error() && upstream.remembered("first").is_null() {
                    upstream.remember("first", answer.json()["amount"].clone());
                } else if is_cancelled(&asked, &answer) {
                    answer.set("amount", upstream.remembered("first"));
                }
                answer
            })
        }),
    ),
    violation(
        "body-of-the-example",
        &["cancel-changes-nothing-else", "cancel-equals-created", "cancel-id"],
        cancelled!(|answer| {
            answer.alter(|session| {
                session.insert("id".to_owned(), json!("67a1f3b9e4b0c10001234567"));
                session.insert("amount".to_owned(), json!("100.00"));
                session.insert("user_reference".to_owned(), json!("order_abc123"));
                session.insert("created_at".to_owned(), json!("2026-05-26T12:00:00.000Z"));
                session.insert("expires_at".to_owned(), json!("2026-05-27T12:00:00.000Z"));
                session.insert("metadata".to_owned(), json!({}));
            });
        }),
    ),
    violation(
        "created-otherwise",
        &["cancel-equals-created"],
        Edit(|asked, answer| {
            if asked.is(CreateSession) && !answer.is_error() {
                answer.set("expires_at", "2030-01-01T00:00:00.000Z");
            }
        }),
    ),
    violation(
        "client-secret-leaked-in-cancel",
        &["cancel-no-client-secret"],
        cancelled!(|answer| answer.set("client_secret", "gs_test_secret_fake")),
    ),
    violation(
        "client-secret-null",
        &["cancel-no-client-secret"],
        cancelled!(|answer| answer.set("client_secret", json!(null))),
    ),
    violation(
        "client-secret-nested",
        &["cancel-no-client-secret", "cancel-undocumented-fields"],
        cancelled!(|answer| answer.set("widget", json!({ "client_secret": "gs_test_secret_fake" }))),
    ),
    violation(
        "client-secret-under-another-name",
        &["cancel-no-client-secret", "cancel-undocumented-fields"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut answer = upstream.answer(&asked).await;
                upstream.remember_secret(&asked, &answer);
                if is_cancelled(&asked, &answer) {
                    answer.set("widget_token", upstream.remembered(asked.id()));
                }
                answer
            })
        }),
    ),
    violation(
        "success-without-request-id",
        &["cancel-request-id"],
        cancelled!(|answer| drop(answer.headers.remove("x-request-id"))),
    ),
    violation(
        "success-with-empty-request-id",
        &["cancel-request-id"],
        cancelled!(|answer| answer.header("x-request-id", "")),
    ),
];

//! Violations in a successful cancellation.

use serde_json::json;
use zerogate_conformance::Operation::{CancelSession, CreateSession};

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Asked, Response};

fn is_cancelled(asked: &Asked, response: &Response) -> bool {
    asked.is(CancelSession) && !response.is_error()
}

/// Edits the response to a successful cancellation.
macro_rules! cancelled {
    ($edit:expr) => {
        Edit(|asked, response| {
            if is_cancelled(asked, response) {
                let edit: fn(&mut Response) = $edit;
                edit(response);
            }
        })
    };
}

/// Changes a field of every session, in the response of every operation.
macro_rules! sessions {
    ($field:literal, $value:tt) => {
        Edit(|_, response| {
            if !response.is_error() {
                response.alter_sessions(|session| drop(session.insert($field.to_owned(), json!($value))));
            }
        })
    };
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "names-twice",
        &["response-names-unique"],
        Edit(|_, response| {
            let text = String::from_utf8_lossy(&response.body).into_owned();
            response.body =
                text.replacen(r#""object":"gate_session""#, r#""object":"session","object":"gate_session""#, 1).into();
        }),
    ),
    violation(
        "request-id-twice",
        &["response-one-request-id"],
        Edit(|_, response| {
            let own = response.headers["x-request-id"].to_str().unwrap().to_owned();
            response.headers.append("x-request-id", format!("{own}-gateway").parse().unwrap());
        }),
    ),
    violation("success-200", &["cancel-status-201"], cancelled!(|response| response.status = 200)),
    violation("success-202", &["cancel-status-201"], cancelled!(|response| response.status = 202)),
    violation(
        "success-without-body",
        &["cancel-fields-present", "cancel-json"],
        cancelled!(|response| response.body = bytes::Bytes::new()),
    ),
    violation("success-is-a-list", &["cancel-fields-present"], cancelled!(|response| response.set_json(&json!([])))),
    violation(
        "success-as-text",
        &["cancel-json"],
        cancelled!(|response| response.header("content-type", "text/plain; charset=utf-8")),
    ),
    violation(
        "success-labelled-as-gzip",
        &["cancel-json"],
        cancelled!(|response| response.header("content-encoding", "gzip")),
    ),
    violation(
        "success-without-content-type",
        &["cancel-json"],
        cancelled!(|response| drop(response.headers.remove("content-type"))),
    ),
    violation(
        "undocumented-field",
        &["cancel-undocumented-fields"],
        cancelled!(|response| response.set("cancelled_at", "2026-05-26T12:00:00.000Z")),
    ),
    violation(
        "undocumented-null",
        &["cancel-undocumented-fields"],
        cancelled!(|response| response.set("internal_note", json!(null))),
    ),
    violation("missing-field", &["cancel-fields-present"], cancelled!(|response| response.remove("metadata"))),
    violation(
        "null-left-out",
        &["cancel-fields-present"],
        cancelled!(|response| response.alter(|session| session.retain(|_, value| !value.is_null()))),
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
    violation("object-session", &["cancel-object"], cancelled!(|response| response.set("object", "session"))),
    violation("other-id", &["cancel-id"], cancelled!(|response| response.set("id", "67a1f3b9e4b0c10001234567"))),
    violation(
        "id-with-a-prefix",
        &["cancel-id"],
        cancelled!(|response| {
            let id = format!("sess_{}", response.json()["id"].as_str().unwrap());
            response.set("id", id);
        }),
    ),
    violation(
        "status-stays-open-in-body",
        &["cancel-marks-cancelled"],
        cancelled!(|response| response.set("status", "open")),
    ),
    violation(
        "status-canceled",
        &["cancel-marks-cancelled"],
        cancelled!(|response| response.set("status", "canceled")),
    ),
    violation(
        "amount-altered",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|response| response.set("amount", "100.0")),
    ),
    violation(
        "metadata-dropped",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|response| response.set("metadata", json!({}))),
    ),
    violation(
        "expiry-set-to-now",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|response| {
            let created = response.json()["created_at"].clone();
            response.set("expires_at", created);
        }),
    ),
    violation(
        "time-formatted-otherwise",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|response| {
            let time = response.json()["created_at"].as_str().unwrap().replace('Z', "+00:00");
            response.set("created_at", time);
        }),
    ),
    violation(
        "reference-lost",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|response| response.set("user_reference", json!(null))),
    ),
    violation(
        "empty-metadata-null",
        &["cancel-changes-nothing-else", "cancel-equals-created", "cancel-field-types"],
        cancelled!(|response| {
            if response.json()["metadata"] == json!({}) {
                response.set("metadata", json!(null));
            }
        }),
    ),
    violation(
        "metadata-key-lost",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|response| {
            let mut metadata = response.json()["metadata"].clone();
            metadata.as_object_mut().unwrap().remove("run");
            response.set("metadata", metadata);
        }),
    ),
    violation(
        "partner-of-another",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|response| response.set("partner_id", "507f1f77bcf86cd799439012")),
    ),
    violation(
        "created-at-another-time",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        cancelled!(|response| response.set("created_at", "2026-05-26T12:00:00.000Z")),
    ),
    violation(
        "amount-of-another-session",
        &["cancel-changes-nothing-else", "cancel-equals-created"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                if asked.is(CreateSession) && !response.is_error() && upstream.remembered("first").is_null() {
                    upstream.remember("first", response.json()["amount"].clone());
                } else if is_cancelled(&asked, &response) {
                    response.set("amount", upstream.remembered("first"));
                }
                response
            })
        }),
    ),
    violation(
        "body-of-the-example",
        &["cancel-changes-nothing-else", "cancel-equals-created", "cancel-id"],
        cancelled!(|response| {
            response.alter(|session| {
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
        Edit(|asked, response| {
            if asked.is(CreateSession) && !response.is_error() {
                response.set("expires_at", "2030-01-01T00:00:00.000Z");
            }
        }),
    ),
    violation(
        "client-secret-leaked-in-cancel",
        &["cancel-no-client-secret"],
        cancelled!(|response| response.set("client_secret", "gs_test_secret_fake")),
    ),
    violation(
        "client-secret-null",
        &["cancel-no-client-secret"],
        cancelled!(|response| response.set("client_secret", json!(null))),
    ),
    violation(
        "client-secret-nested",
        &["cancel-no-client-secret", "cancel-undocumented-fields"],
        cancelled!(|response| response.set("widget", json!({ "client_secret": "gs_test_secret_fake" }))),
    ),
    violation(
        "client-secret-under-another-name",
        &["cancel-no-client-secret", "cancel-undocumented-fields"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                upstream.remember_secret(&asked, &response);
                if is_cancelled(&asked, &response) {
                    response.set("widget_token", upstream.remembered(asked.id()));
                }
                response
            })
        }),
    ),
    violation(
        "success-without-request-id",
        &["cancel-request-id"],
        cancelled!(|response| drop(response.headers.remove("x-request-id"))),
    ),
    violation(
        "success-with-empty-request-id",
        &["cancel-request-id"],
        cancelled!(|response| response.header("x-request-id", "")),
    ),
];

//! Violations in retrieveSession.

use serde_json::json;
use zerogate_conformance::Operation::RetrieveSession;

use super::{Violation, violation};
use crate::proxy::Act::{Edit, Serve};
use crate::proxy::Response;

/// Edits the session in the response.
macro_rules! read {
    ($edit:expr) => {
        Edit(|asked, response| {
            if asked.is(RetrieveSession) && !response.is_error() {
                let edit: fn(&mut Response) = $edit;
                edit(response);
            }
        })
    };
}

pub(super) const ALL: &[Violation] = &[
    violation(
        "expired-410",
        &["retrieve-status-200"],
        Edit(|asked, response| {
            if asked.is(RetrieveSession) && !response.is_error() && response.json()["status"] == "expired" {
                response.become_error(410, "not_found");
            }
        }),
    ),
    violation("retrieve-206", &["retrieve-status-200"], read!(|response| response.status = 206)),
    violation("retrieve-201", &["retrieve-status-200"], read!(|response| response.status = 201)),
    violation(
        "retrieve-example-id",
        &["retrieve-identity"],
        read!(|response| response.set("id", "67a1f3b9e4b0c10001234567")),
    ),
    violation(
        "retrieve-object-session",
        &["retrieve-field-types", "retrieve-identity"],
        read!(|response| {
            if response.json()["status"] == "expired" {
                response.set("object", "session");
            }
        }),
    ),
    violation(
        "retrieve-publishable-key-accepted",
        &["retrieve-publishable-key"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let is_publishable = asked.authorization().is_some_and(|value| value.contains(" pk_"));
                let is_let_in = asked.is(RetrieveSession) && is_publishable;
                let asked = if is_let_in { asked.with_key(&upstream.keys.partner) } else { asked };
                upstream.respond(&asked).await
            })
        }),
    ),
    violation(
        "retrieve-publishable-key-403",
        &["retrieve-publishable-key"],
        Edit(|asked, response| {
            let is_publishable = asked.authorization().is_some_and(|value| value.contains(" pk_"));
            if asked.is(RetrieveSession) && is_publishable {
                response.become_error(403, "forbidden");
            }
        }),
    ),
    violation(
        "client-secret-leaked-in-retrieve-of-terminal",
        &["retrieve-no-client-secret"],
        read!(|response| {
            if response.json()["status"] != "open" {
                response.set("client_secret", "gs_test_secret_fake");
            }
        }),
    ),
    violation(
        "retrieve-missing-field",
        &["retrieve-fields-present"],
        read!(|response| response.remove("target_network")),
    ),
    violation(
        "client-secret-leaked-in-retrieve",
        &["retrieve-no-client-secret"],
        read!(|response| response.set("client_secret", "gs_test_secret_fake")),
    ),
    violation(
        "client-secret-null-in-retrieve",
        &["retrieve-no-client-secret"],
        read!(|response| response.set("client_secret", json!(null))),
    ),
    violation(
        "amount-is-a-number-in-retrieve",
        &["cancel-changes-nothing-else", "list-matches-retrieve", "retrieve-field-types"],
        read!(|response| {
            let amount: f64 = response.json()["amount"].as_str().unwrap().parse().unwrap();
            response.set("amount", amount);
        }),
    ),
    violation(
        "open-is-called-active-in-retrieve",
        &["list-matches-retrieve", "retrieve-field-types"],
        read!(|response| {
            if response.json()["status"] == "open" {
                response.set("status", "active");
            }
        }),
    ),
    violation(
        "undocumented-field-in-retrieve",
        &["retrieve-undocumented-fields"],
        read!(|response| response.set("updated_at", "2026-05-26T12:00:00.000Z")),
    ),
    violation(
        "risk-in-retrieve",
        &["retrieve-undocumented-fields"],
        read!(|response| response.set("risk", json!({ "score": 7 }))),
    ),
    violation(
        "reading-renews-terminal-sessions",
        &[
            "cancel-foreign-untouched",
            "cancel-others-untouched",
            "cancel-terminal-unchanged",
            "retrieve-changes-nothing",
        ],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                if asked.is(RetrieveSession) && !response.is_error() && response.json()["status"] == "completed" {
                    let count = upstream.count(asked.id());
                    response.set("expires_at", format!("2030-01-01T00:00:00.{count:03}Z"));
                }
                response
            })
        }),
    ),
    violation(
        "client-secret-of-terminal-in-retrieve",
        &["retrieve-no-client-secret"],
        read!(|response| {
            if response.json()["status"] == "completed" {
                response.set("client_secret", "gs_test_secret_fake");
            }
        }),
    ),
    violation(
        "retrieve-extends",
        &["retrieve-changes-nothing"],
        Serve(|upstream, asked| {
            Box::pin(async move {
                let mut response = upstream.respond(&asked).await;
                if asked.is(RetrieveSession) && !response.is_error() {
                    let count = upstream.count(asked.id());
                    response.set("expires_at", format!("2030-01-01T00:00:00.{count:03}Z"));
                }
                response
            })
        }),
    ),
];

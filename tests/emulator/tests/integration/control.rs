use serde_json::{Value, json};
use zerogate_emulator::{ControlError, Emulator, Fault, FaultKind, Seed, Status};

use crate::wire::{Request, Response, cancel, create, emulator, list, minimal, seed};

async fn post(emulator: &Emulator, path: &str, body: &Value) -> Response {
    Request::new("POST", format!("/_emulator/{path}")).json(body).send(emulator).await
}

async fn get(emulator: &Emulator, path: &str) -> Response {
    Request::new("GET", format!("/_emulator/{path}")).send(emulator).await
}

async fn delete(emulator: &Emulator, path: &str) -> u16 {
    Request::new("DELETE", format!("/_emulator/{path}")).send(emulator).await.status
}

#[tokio::test]
async fn it_describes_itself() {
    let emulator = emulator().await;
    let response = Request::new("GET", "/_emulator").send(&emulator).await;
    assert_eq!(response.status, 200);
    let body = response.json();
    assert_eq!(body["base_url"], emulator.base_url());
    assert_eq!(body["control_url"], emulator.control_url());
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    let keys = emulator.keys();
    let expected = json!({ "partner": keys.partner, "other_partner": keys.other_partner, "publishable": keys.publishable,
        "webhook": keys.webhook });
    assert_eq!(body["keys"], expected);
    assert_eq!(serde_json::to_value(keys).unwrap(), expected);
}

#[tokio::test]
async fn a_session_is_seeded_and_peeked_over_http_as_from_rust() {
    let emulator = emulator().await;
    let response = post(&emulator, "sessions", &json!({})).await;
    assert_eq!((response.status, &response.json()["status"]), (201, &json!("open")));

    let seed = json!({
        "owner": "other_partner", "status": "completed", "id": "my/id", "amount": "7", "user_reference": "u",
        "metadata": { "a": 1 }, "kyc_pre_verified": true, "flow": "on_ramp", "mode": "live",
        "created_at": "2026-05-26T12:00:00+02:00", "expires_at": "2026-05-27T12:00:00.5Z"
    });
    let seeded = post(&emulator, "sessions", &seed).await.json();
    for field in ["status", "id", "amount", "user_reference", "metadata", "kyc_pre_verified", "flow", "mode"] {
        assert_eq!(seeded[field], seed[field], "{field}");
    }
    assert_eq!(seeded["created_at"], "2026-05-26T10:00:00.000Z");
    assert_eq!(seeded["expires_at"], "2026-05-27T12:00:00.500Z");
    assert_eq!(get(&emulator, "sessions/my%2Fid").await.json(), seeded);
    assert_eq!(serde_json::to_value(emulator.session("my/id")).unwrap(), seeded);
    assert_eq!(get(&emulator, "sessions/unknown").await.status, 404);
}

#[tokio::test]
async fn a_bad_control_request_is_400_with_one_line_that_names_the_field() {
    let emulator = emulator().await;
    seed(&emulator);
    let id = emulator.seed(Seed { id: Some("taken".to_owned()), ..Seed::default() }).unwrap().id;
    for (path, body, field) in [
        ("sessions", json!({ "statsu": "open" }), "statsu"),
        ("sessions", json!({ "status": "paused" }), "status"),
        ("sessions", json!({ "owner": "me" }), "owner"),
        ("sessions", json!({ "amount": 100 }), "amount"),
        ("sessions", json!({ "metadata": [] }), "metadata"),
        ("sessions", json!({ "id": id }), "id"),
        ("sessions", json!({ "id": "" }), "id"),
        ("sessions", json!({ "expires_at": "tomorrow" }), "expires_at"),
        ("sessions", json!({ "expires_at": "2026-05-27T12:00:00Z", "expires_in_ms": 1 }), "expires_in_ms"),
        ("faults", json!({}), "kind"),
        ("faults", json!({ "kind": "explode" }), "kind"),
        ("faults", json!({ "kind": "reset", "times": "two" }), "times"),
        ("faults", json!({ "kind": "reset", "times": 0 }), "times"),
        ("faults", json!({ "kind": "reset", "operation": "cancel" }), "operation"),
        ("faults", json!({ "kind": "reset", "when": "during" }), "when"),
        ("faults", json!({ "kind": "status" }), "status"),
        ("faults", json!({ "kind": "status", "status": 42 }), "status"),
        ("faults", json!({ "kind": "delay", "ms": -1 }), "ms"),
        ("faults", json!({ "kind": "delay", "milliseconds": 1 }), "milliseconds"),
        ("faults", json!({ "kind": "store", "set": { "amount": 1 } }), "set.amount"),
        ("faults", json!({ "kind": "ignore", "names": "limit" }), "names"),
        ("clock", json!({}), "advance_ms"),
        ("clock", json!({ "now": "soon" }), "now"),
        ("clock", json!({ "now": "9999-12-31T23:59:59Z" }), "now"),
        ("clock", json!({ "frozen": "yes" }), "frozen"),
        ("clock", json!({ "advance_ms": -1 }), "advance_ms"),
        ("clock", json!({ "advance_ms": u64::MAX }), "advance_ms"),
    ] {
        let response = post(&emulator, path, &body).await;
        assert_eq!(response.status, 400, "{path} {body}");
        let error = response.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(field) && !error.contains('\n'), "{path} {body}: {error}");
    }
    let huge = " ".repeat(1024 * 1024 + 1);
    for (body, status) in [("{", 400), ("[]", 400), ("nonsense", 400), (&huge[1..], 400), (&huge, 413)] {
        let response = Request::new("POST", "/_emulator/faults").body(body).send(&emulator).await;
        assert!(response.status == status && response.json()["error"].is_string(), "{response:?}");
    }
    assert!(emulator.faults().is_empty());
}

#[tokio::test]
async fn an_error_says_what_must_be_there_and_what_is() {
    let emulator = emulator().await;
    for (path, body, said) in [
        ("sessions", "", None),
        ("sessions", " ", Some("the body is empty")),
        ("sessions", "[]", Some("the body must be a JSON object")),
        ("sessions", r#"{"id":"#, Some("the body is incomplete JSON: it ends at line 1 column 6")),
        ("sessions", "{\n\"id\" 1}", Some("the body is not JSON: expected `:` at line 2 column 6")),
        ("sessions", r#"{"id":"a","id":"b"}"#, Some("the body repeats the name \"id\" at line 1 column 14")),
        (
            "faults",
            r#"{"kind":"alter","set":{"a":1,"a":2}}"#,
            Some("the body repeats the name \"a\" at line 1 column 32"),
        ),
        ("sessions", r#"{"id":5}"#, Some("id: must be a string, but is 5")),
        ("sessions", r#"{"metadata":"x"}"#, Some("metadata: must be an object, but is a string")),
        ("sessions", r#"{"kyc_pre_verified":null}"#, Some("kyc_pre_verified: must be true or false, but is null")),
        (
            "sessions",
            r#"{"expires_in_ms":1.5}"#,
            Some("expires_in_ms: must be a whole number from -9223372036854775808 to 9223372036854775807, but is 1.5"),
        ),
        ("sessions", r#"{"owner":"me"}"#, Some("owner: must be one of `partner`, `other_partner`, but is \"me\"")),
        ("sessions", r#"{"owner":[]}"#, Some("owner: must be one of `partner`, `other_partner`, but is an array")),
        ("clock", r#"{"advance":1}"#, Some("advance: is not a field; the fields are `now`, `advance_ms`, `frozen`")),
        (
            "clock",
            r#"{"advance_ms":-1}"#,
            Some("advance_ms: must be a whole number from 0 to 18446744073709551615, but is -1"),
        ),
        (
            "faults",
            r#"{"kind":"status","status":70000}"#,
            Some("status: must be a whole number from 0 to 65535, but is 70000"),
        ),
        ("faults", r#"{"kind":"alter","headers":{"a":{}}}"#, Some("headers.a: must be a string, but is an object")),
        ("faults", r#"{"kind":"ignore","names":[1]}"#, Some("names.0: must be a string, but is 1")),
        (
            "faults",
            r#"{"kind":"reset","times":-1}"#,
            Some("times: must be a whole number from 0 to 4294967295, but is -1"),
        ),
        ("faults", r#"{"kind":"store","set":{"amount":1}}"#, Some("set.amount: must be a string, but is 1")),
        (
            "webhooks/faults",
            r#"{"kind":"lat\u001be"}"#,
            Some("kind: must be one of `twice`, `late`, `out_of_order`, `wrong_secret`, but is \"lat\\u{1b}e\""),
        ),
    ] {
        let response = Request::new("POST", format!("/_emulator/{path}")).body(body).send(&emulator).await;
        assert_eq!(response.json()["error"].as_str(), said, "{path} {body}");
    }
}

#[tokio::test]
async fn not_found_errors_are_json() {
    let emulator = emulator().await;
    let response = get(&emulator, "nothing").await;
    assert_eq!(response.status, 404);
    assert!(response.json()["error"].is_string());
    let response = get(&emulator, "sessions/%ff").await;
    assert!(response.status == 404 && response.json()["error"].is_string());
    let response = Request::new("PUT", "/_emulator/faults").send(&emulator).await;
    assert_eq!(response.status, 405);
    assert!(response.json()["error"].is_string() && response.header("allow").is_some());
}

#[tokio::test]
async fn the_widget_completes_an_open_session_once() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    let complete = format!("sessions/{}/complete", session.id);
    let response = post(&emulator, &complete, &json!({})).await;
    assert_eq!((response.status, &response.json()["status"]), (200, &json!("completed")));
    assert_eq!(post(&emulator, &complete, &json!({})).await.status, 409);
    assert_eq!(post(&emulator, "sessions/unknown/complete", &json!({})).await.status, 404);
    assert_eq!(emulator.complete(&session.id), Err(ControlError::NotOpen { status: Status::Completed }));
    assert_eq!(cancel(&session.id).signed(&emulator).await.status, 409);
}

#[tokio::test]
async fn another_client_cancels_an_open_session_once() {
    let emulator = emulator().await;
    for by_http in [true, false] {
        let session = seed(&emulator);
        let path = format!("sessions/{}/cancel", session.id);
        if by_http {
            let response = post(&emulator, &path, &json!({})).await;
            assert_eq!((response.status, &response.json()["status"]), (200, &json!("cancelled")));
        } else {
            assert_eq!(emulator.cancel(&session.id).map(|session| session.status), Ok(Status::Cancelled));
        }
        assert_eq!(post(&emulator, &path, &json!({})).await.status, 409);
        assert_eq!(emulator.cancel(&session.id), Err(ControlError::NotOpen { status: Status::Cancelled }));
        assert_eq!(cancel(&session.id).signed(&emulator).await.status, 409);
    }
    assert_eq!(post(&emulator, "sessions/unknown/cancel", &json!({})).await.status, 404);
    assert!(emulator.journal().iter().all(|entry| !entry.committed), "it is no request of the API");
}

#[tokio::test]
async fn faults_are_armed_listed_and_disarmed_over_http_as_from_rust() {
    let emulator = emulator().await;
    emulator.arm(Fault::new(FaultKind::Close).until_reset()).unwrap();
    let body = json!({ "operation": "cancelSession", "times": 2, "when": "after", "kind": "status", "status": 429,
        "retry_after": "1" });
    let response = post(&emulator, "faults", &body).await;
    assert_eq!(response.status, 201);
    let listed = get(&emulator, "faults").await.json();
    assert_eq!(
        listed,
        json!([
            { "left": null, "operation": null, "times": null, "when": "before", "unauthenticated": false,
              "kind": "close" },
            { "left": 2, "operation": "cancelSession", "times": 2, "when": "after", "unauthenticated": false,
              "kind": "status", "status": 429, "envelope": true, "retry_after": "1" },
        ])
    );
    assert_eq!(listed[1], response.json());
    assert_eq!(serde_json::to_value(emulator.faults()).unwrap(), listed);
    assert_eq!(delete(&emulator, "faults").await, 204);
    assert!(emulator.faults().is_empty());
}

#[tokio::test]
async fn the_journal_is_read_and_cleared_over_http_as_from_rust() {
    let emulator = emulator().await;
    list("").signed(&emulator).await;
    let journal = get(&emulator, "journal").await.json();
    assert_eq!(journal, serde_json::to_value(emulator.journal()).unwrap());
    assert_eq!(journal[0]["headers"][1], json!(["authorization", "Bearer [partner]"]));
    assert_eq!(delete(&emulator, "journal").await, 204);
    assert_eq!(get(&emulator, "journal").await.json(), json!([]));
}

#[tokio::test]
async fn the_clock_is_read_and_advanced_over_http() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    let now = |response: Response| response.json()["now"].as_str().unwrap().to_owned();
    let before = now(get(&emulator, "clock").await);
    let after = now(post(&emulator, "clock", &json!({ "advance_ms": 86_400_000 })).await);
    assert!(after >= session.expires_at && before < session.expires_at);
    assert_eq!(emulator.session(&session.id).map(|s| s.status), Some(Status::Expired));
}

#[tokio::test]
async fn reset_clears_everything_but_reuses_no_id() {
    let emulator = emulator().await;
    let key = &emulator.keys().partner;
    let request = create(&minimal()).key(key).header("Idempotency-Key", "k");
    let first = request.send(&emulator).await.json();
    emulator.arm(Fault::new(FaultKind::Close)).unwrap();
    emulator.advance(std::time::Duration::from_secs(3600)).unwrap();
    assert_eq!(post(&emulator, "reset", &json!({})).await.status, 204);
    assert!(emulator.faults().is_empty() && emulator.journal().is_empty());
    assert_eq!(emulator.session(first["id"].as_str().unwrap()), None);
    assert_eq!(list("").signed(&emulator).await.json()["data"], json!([]));
    let second = request.send(&emulator).await.json();
    assert_ne!(second["id"], first["id"]);
    assert!(second["created_at"].as_str() < first["expires_at"].as_str());
}

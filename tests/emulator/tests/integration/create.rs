use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Barrier;
use zerogate_emulator::{Emulator, Status};

use crate::wire::{Connection, Request, Response, cancel, create, emulator, list, minimal, retrieve};

async fn created(emulator: &Emulator, body: &Value) -> Response {
    create(body).signed(emulator).await
}

#[tokio::test]
async fn a_minimal_body_creates_an_open_session_with_every_field() {
    let emulator = emulator().await;
    let response = created(&emulator, &minimal()).await;
    assert_eq!(response.status, 201);
    let mut body = response.json();
    let fields = body.as_object_mut().unwrap();
    let secret = fields.remove("client_secret").unwrap();
    assert!(secret.as_str().is_some_and(|secret| !secret.is_empty()));
    let id = fields["id"].as_str().unwrap().to_owned();
    assert!(id.len() == 24 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{id}");
    for (field, value) in [
        ("object", json!("gate_session")),
        ("mode", json!("test")),
        ("amount", json!("100.00")),
        ("status", json!("open")),
        ("cancel_url", Value::Null),
        ("flow", Value::Null),
        ("user_reference", Value::Null),
        ("kyc_pre_verified", json!(false)),
        ("metadata", json!({})),
    ] {
        assert_eq!(fields[field], value, "{field}");
    }
    assert_eq!(fields.len(), 18);
    let stored = retrieve(&id).signed(&emulator).await.json();
    assert_eq!(stored, body, "what is stored is what was sent back, less the client secret");
}

#[tokio::test]
async fn every_optional_field_is_kept_as_sent() {
    let emulator = emulator().await;
    let mut body = minimal();
    for (field, value) in [
        ("amount", json!("0.10")),
        ("cancel_url", json!("http://localhost:3000/back?x=1#y")),
        ("target_token", json!("USDC")),
        ("target_network", json!("ETHEREUM")),
        ("flow", json!("swap")),
        ("wallet_address", json!("0x0000000000000000000000000000000000000000")),
        ("user_reference", json!("order_é_1")),
        ("metadata", json!({ "nested": { "deep": [1, 2.5, null] } })),
    ] {
        body[field] = value;
    }
    let created = created(&emulator, &body).await.json();
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&created[field], value, "{field}");
    }
}

#[tokio::test]
async fn null_counts_as_absent_and_unknown_fields_are_ignored() {
    let emulator = emulator().await;
    let mut body = minimal();
    for field in ["cancel_url", "flow", "target_token", "user_reference", "metadata"] {
        body[field] = Value::Null;
    }
    body["status"] = json!("completed");
    body["id"] = json!("mine");
    let response = created(&emulator, &body).await;
    assert_eq!(response.status, 201);
    assert_eq!((&response.json()["status"], &response.json()["metadata"]), (&json!("open"), &json!({})));
}

#[tokio::test]
async fn a_bad_field_is_named_and_its_value_is_not_echoed() {
    let emulator = emulator().await;
    let cases = [
        ("amount", Value::Null),
        ("amount", json!(4711)),
        ("amount", json!("4711,00")),
        ("amount", json!("-4711")),
        ("currency", json!("")),
        ("currency", json!(4711)),
        ("return_url", json!("partner.4711")),
        ("return_url", json!("ftp://partner.4711/")),
        ("cancel_url", json!("javascript:4711")),
        ("flow", json!("flow_4711")),
        ("flow", json!(["4711"])),
        ("target_token", json!(4711)),
        ("target_network", json!({ "4711": 1 })),
        ("wallet_address", json!(["4711"])),
        ("user_reference", json!(4711)),
        ("metadata", json!("4711")),
        ("metadata", json!(["4711"])),
    ];
    for (field, value) in cases {
        let mut body = minimal();
        body[field] = value.clone();
        let response = created(&emulator, &body).await;
        assert_eq!(response.status, 400, "{field}: {value}");
        assert_eq!(response.envelope(), ("invalid_request".to_owned(), "invalid_request".to_owned()));
        let message = response.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(field) && !message.contains("4711"), "{message}");
    }
    for field in ["amount", "currency", "return_url"] {
        let mut body = minimal();
        body.as_object_mut().unwrap().remove(field);
        let response = created(&emulator, &body).await;
        assert_eq!(response.status, 400);
        assert!(response.json()["message"].as_str().unwrap().contains(field));
    }
    assert!(emulator.journal().iter().all(|entry| !entry.committed));
}

#[tokio::test]
async fn a_body_that_is_not_a_json_object_is_refused() {
    let emulator = emulator().await;
    let deep = "[".repeat(50_000);
    for body in ["", "{", "null", "[]", "\"x\"", "{\"amount\":}", "\u{feff}{}", deep.as_str()] {
        let request = Request::new("POST", "/v1/gate_sessions").key(&emulator.keys().partner).body(body);
        let response = request.send(&emulator).await;
        assert_eq!((response.status, response.envelope().0.as_str()), (400, "invalid_request"), "{body:.20}");
    }
    let request = Request::new("POST", "/v1/gate_sessions").key(&emulator.keys().partner);
    assert_eq!(request.clone().send(&emulator).await.status, 400, "no body at all");
    assert_eq!(request.body([b'"', 0xff, b'"']).send(&emulator).await.status, 400, "not UTF-8");
}

#[tokio::test]
async fn a_body_over_64_kib_is_413_and_the_connection_stays() {
    let emulator = emulator().await;
    let mut connection = Connection::open(&emulator).await;
    let key = &emulator.keys().partner;
    let padded = |length: usize| {
        let mut body = minimal().to_string();
        body.push_str(&" ".repeat(length - body.len()));
        Request::new("POST", "/v1/gate_sessions").key(key).body(body)
    };
    let response = connection.exchange(&padded(64 * 1024 + 1)).await.unwrap();
    assert_eq!(response.status, 413);
    assert_eq!(response.envelope(), ("invalid_request".to_owned(), "payload_too_large".to_owned()));
    assert_eq!(connection.exchange(&padded(64 * 1024)).await.unwrap().status, 201);
}

#[tokio::test]
async fn the_same_key_and_body_replay_the_first_response() {
    let emulator = emulator().await;
    let key = &emulator.keys().partner;
    let request = create(&minimal()).key(key).header("Idempotency-Key", "11111111-2222-4333-8444-555555555555");
    let first = request.send(&emulator).await;
    let id = first.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(cancel(&id).signed(&emulator).await.status, 201);
    let again = request.send(&emulator).await;
    assert_eq!(again.status, 201);
    assert_eq!(again.body, first.body, "the first response, although the session is cancelled by now");
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    let committed: Vec<bool> = emulator.journal().iter().map(|entry| entry.committed).collect();
    assert_eq!(committed, [true, true, false]);

    // Another spelling of the same JSON is the same body.
    let respelled = r#"{ "return_url":"https://partner.example/done",
        "currency":"EUR", "amount":"100.00" }"#;
    let respelled = Request::new("POST", "/v1/gate_sessions")
        .key(key)
        .header("idempotency-key", "11111111-2222-4333-8444-555555555555")
        .body(respelled);
    assert_eq!(respelled.send(&emulator).await.body, first.body);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused_and_creates_nothing() {
    let emulator = emulator().await;
    let key = &emulator.keys().partner;
    create(&minimal()).key(key).header("Idempotency-Key", "k").send(&emulator).await;
    let mut body = minimal();
    body["amount"] = json!("100.0");
    let response = create(&body).key(key).header("Idempotency-Key", "k").send(&emulator).await;
    assert_eq!((response.status, response.envelope().0.as_str()), (409, "conflict"));
    let page = list("").signed(&emulator).await.json();
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_partner_and_a_refusal_does_not_use_it_up() {
    let emulator = emulator().await;
    let keys = emulator.keys();
    let bad = create(&json!({})).key(&keys.partner).header("Idempotency-Key", "k").send(&emulator).await;
    assert_eq!(bad.status, 400);
    let mut ids = HashSet::new();
    for key in [&keys.partner, &keys.other_partner] {
        let response = create(&minimal()).key(key).header("Idempotency-Key", "k").send(&emulator).await;
        assert_eq!(response.status, 201);
        ids.insert(response.json()["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn without_a_key_or_with_an_empty_one_every_creation_is_new() {
    let emulator = emulator().await;
    let mut ids = HashSet::new();
    for key in [None, None, Some(""), Some("")] {
        let mut request = create(&minimal()).key(&emulator.keys().partner);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        ids.insert(request.send(&emulator).await.json()["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_creations_with_one_key_create_one_session() {
    let emulator = Arc::new(emulator().await);
    let barrier = Arc::new(Barrier::new(20));
    let mut tasks = Vec::new();
    for _ in 0..20 {
        let (emulator, barrier) = (emulator.clone(), barrier.clone());
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(&emulator).await;
            let request = create(&minimal()).key(&emulator.keys().partner).header("Idempotency-Key", "k");
            barrier.wait().await;
            connection.exchange(&request).await.expect("a response")
        }));
    }
    let mut bodies = HashSet::new();
    for task in tasks {
        let response = task.await.unwrap();
        assert_eq!(response.status, 201);
        bodies.insert(response.body);
    }
    assert_eq!(bodies.len(), 1);
    assert_eq!(emulator.journal().iter().filter(|entry| entry.committed).count(), 1);
}

#[tokio::test]
async fn a_created_session_can_be_cancelled() {
    let emulator = emulator().await;
    let id = created(&emulator, &minimal()).await.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(cancel(&id).signed(&emulator).await.status, 201);
    assert_eq!(emulator.session(&id).map(|s| s.status), Some(Status::Cancelled));
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_described() {
    let emulator = emulator().await;
    let nested = format!("{}{}", "[".repeat(128), "]".repeat(128));
    for (body, expected) in [
        ("", "The body is empty."),
        ("{", "The body is incomplete JSON: it ends at line 1 column 1."),
        ("canary", "The body is not JSON: expected value at line 1 column 1."),
        ("[1]", "The body is not a JSON object."),
        (
            &nested,
            "The body is nested more than 127 levels deep, or has a number that is too large or half a character, at ",
        ),
    ] {
        let request = Request::new("POST", "/v1/gate_sessions").key(&emulator.keys().partner).body(body);
        let response = request.send(&emulator).await;
        let envelope = response.json();
        assert_eq!(response.status, 400);
        assert!(envelope["message"].as_str().unwrap().starts_with(expected), "{envelope}");
    }
}

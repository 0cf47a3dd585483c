//! Creates a session once, even if responses are lost.

use zerogate::{
    CreateSession, CreationRecord, Delivery, ErrorKind, IdempotencyKey, NextStep, RecordedOutcome, SessionId,
    SessionStatus,
};
use zerogate_emulator::{Alteration, Emulator, Fault, FaultKind, Operation};

use crate::arrange::{client, client_with, emulator_and_client, quick};
use crate::examples::{json, session};
use crate::server::Server;

const RETURN_URL: &str = "https://partner.example/checkout/done";

fn creation() -> CreateSession {
    CreateSession::new("100.00", "EUR", RETURN_URL)
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new(kind).on(Operation::CreateSession)
}

/// The ids of all sessions.
async fn ids(emulator: &Emulator, client: &zerogate::Client) -> Vec<String> {
    let mut sessions = client.list_sessions().stream();
    let mut ids = Vec::new();
    while let Some(session) = sessions.next().await {
        ids.push(session.unwrap().id().to_string());
    }
    assert!(ids.iter().all(|id| emulator.session(id).is_some()));
    ids
}

fn created(status: &str) -> String {
    session(status).replacen('{', "{\"client_secret\": \"gs_secret_fake\",", 1)
}

fn header<'r>(request: &'r str, name: &str) -> &'r str {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap()
}

#[tokio::test]
async fn a_session_is_created_with_all_its_fields() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let metadata = serde_json::json!({ "order": 7, "fraction": "0.1" });
    let full = creation()
        .cancel_url("https://partner.example/checkout/cancel")
        .target_token("USDC")
        .target_network("arbitrum")
        .flow("on_ramp")
        .wallet_address("0xfake")
        .user_reference("order_abc123")
        .metadata(metadata.as_object().unwrap().clone());
    let response = client.create_session(&full).await.unwrap();
    let created = response.value();
    assert_eq!((response.status(), created.status()), (201, &SessionStatus::Open));
    assert!(!created.client_secret().expose().is_empty());
    let session = created.session().decode().unwrap();
    assert!(!session.status.is_terminal());
    let stored = serde_json::to_value(&session).unwrap();
    for (field, value) in serde_json::to_value(&full).unwrap()["body"].as_object().unwrap() {
        assert_eq!(stored[field], *value, "{field}");
    }
    // Only `client_secret` returns the secret.
    for text in [created.session().json().to_owned(), format!("{response:?}")] {
        assert!(!text.contains(created.client_secret().expose()), "{text}");
    }
    assert_eq!(ids(&emulator, &client).await, [created.id().as_str()]);
}

#[tokio::test]
async fn a_creation_is_retried_with_the_same_key() {
    for kind in [FaultKind::Reset, FaultKind::Close, FaultKind::Truncated, FaultKind::status(503)] {
        let (emulator, client) = emulator_and_client(quick()).await;
        emulator.arm(fault(kind.clone()).after().times(2)).unwrap();
        let creation = creation();
        let result = client.create_session(&creation).await;
        let response = result.as_ref().unwrap();
        assert_eq!(response.attempts().len(), 3, "{kind:?}");
        assert_eq!(ids(&emulator, &client).await, [response.value().id().as_str()], "{kind:?}");
        let record = CreationRecord::new("order_abc123", &creation, &result);
        assert_eq!((record.outcome, record.next), (RecordedOutcome::Created, NextStep::Done));
        assert_eq!(record.session_id.as_ref(), Some(response.value().id()));
        assert_eq!(&record.idempotency_key, creation.key());
    }
}

#[tokio::test]
async fn a_stored_creation_returns_the_existing_session() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
    emulator.arm(fault(FaultKind::Reset).after().times(2)).unwrap();
    let creation = creation();
    let stored = serde_json::to_string(&creation).unwrap();
    assert_eq!(CreationRecord::under_way("order_abc123", &creation).delivery, Some(Delivery::Unknown));
    let result = client.create_session(&creation).await;
    let record = CreationRecord::new("order_abc123", &creation, &result);
    assert_eq!((record.next, record.delivery), (NextStep::Retry, Some(Delivery::Unknown)));
    assert_eq!((record.outcome, &record.session_id), (RecordedOutcome::Failed, &None));
    let record: CreationRecord = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();

    let restored: CreateSession = serde_json::from_str(&stored).unwrap();
    let first = client.create_session(&restored).await.unwrap().into_value();
    // Also if only the record was kept and the body is built again.
    let same = CreateSession::new("100.00", "EUR", RETURN_URL).idempotency_key(record.idempotency_key);
    let second = client.create_session(&same).await.unwrap().into_value();
    assert_eq!(first.id(), second.id());
    assert_eq!(ids(&emulator, &client).await, [first.id().as_str()]);
}

#[tokio::test]
async fn every_attempt_sends_the_same_key() {
    let responses =
        [json("503 Busy", "{}"), json("201 Created", &created("open")), json("201 Created", &created("open"))];
    let server = Server::responding_in_turn(responses).await;
    let client = client_with(&server.base_url(), quick());
    let (first, second) = (creation(), creation());
    client.create_session(&first).await.unwrap();
    client.create_session(&second).await.unwrap();
    let requests = server.finish().await;
    let keys: Vec<_> = requests.iter().map(|request| header(request, "idempotency-key")).collect();
    assert_eq!(keys, [first.key().as_str(), first.key().as_str(), second.key().as_str()]);
    assert_ne!(first.key(), second.key());
    assert_eq!(requests[0], requests[1]);
}

#[tokio::test]
async fn a_key_with_another_body_creates_nothing() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let key = IdempotencyKey::new("order_abc123").unwrap();
    client.create_session(&creation().idempotency_key(key.clone())).await.unwrap();
    let other = CreateSession::new("200.00", "EUR", RETURN_URL).idempotency_key(key);
    let error = client.create_session(&other).await.unwrap_err();
    // The key has made a session, and another key would make a second one.
    assert_eq!((error.kind(), error.next_step()), (ErrorKind::Conflict, NextStep::ReadSession));
    assert_eq!(ids(&emulator, &client).await.len(), 1);
}

#[tokio::test]
async fn a_record_keeps_the_doubt_of_the_one_before() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(1)).await;
    emulator.arm(fault(FaultKind::Reset).after()).unwrap();
    emulator.arm(fault(FaultKind::status(401))).unwrap();
    let creation = creation();
    let lost = CreationRecord::new("order_abc123", &creation, &client.create_session(&creation).await);
    let refused = CreationRecord::new("order_abc123", &creation, &client.create_session(&creation).await);
    assert_eq!((lost.delivery, refused.delivery), (Some(Delivery::Unknown), Some(Delivery::Responded)));
    let refused = refused.following(&lost);
    assert_eq!((refused.http_status, refused.delivery), (Some(401), Some(Delivery::Unknown)));
    let created = CreationRecord::new("order_abc123", &creation, &client.create_session(&creation).await);
    let created = created.following(&refused);
    assert_eq!((created.outcome, created.delivery), (RecordedOutcome::Created, None));
    let other = CreateSession::new("1.00", "EUR", RETURN_URL);
    assert_eq!(CreationRecord::under_way("b", &other).following(&created).session_id, None);
}

#[tokio::test]
async fn unknown_fields_are_not_dropped_silently() {
    let (emulator, client) = emulator_and_client(quick()).await;
    for (creation, said) in [
        (creation().field("walet_address", "0xprivate"), "\"walet_address\""),
        (creation().field("amount", 100), "/amount is a number, expected a string"),
        (creation().field("metadata", "0xprivate"), "/metadata is a string"),
    ] {
        let result = client.create_session(&creation).await;
        let record = CreationRecord::new("order_abc123", &creation, &result);
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Request, Delivery::NotSent));
        assert_eq!(record.next, NextStep::FixRequest);
        let text = error.to_string();
        assert!(text.contains(said) && !text.contains("0xprivate"), "{text}");
    }
    let error = client.create_session(&creation().field("cancel_url", serde_json::Value::Null)).await.unwrap_err();
    assert!(error.to_string().ends_with("null is not sent: omit the field \"cancel_url\""), "{error}");
    assert!(emulator.journal().is_empty());
}

#[tokio::test]
async fn errors_name_the_created_session() {
    let without = |field: &str| Alteration { remove: vec![field.to_owned()], ..Alteration::default() };
    let with_status = |status| Alteration { status: Some(status), ..Alteration::default() };
    for field in ["kyc_pre_verified", "metadata", "amount", "object", "created_at", "partner_id"] {
        let (emulator, client) = emulator_and_client(quick()).await;
        emulator.arm(fault(FaultKind::Alter(without(field)))).unwrap();
        let created = client.create_session(&creation()).await.unwrap().into_value();
        let undecodable = created.session().decode().unwrap_err();
        assert_eq!(undecodable.fields()[0].pointer(), format!("/{field}"));
        assert_eq!(ids(&emulator, &client).await, [created.id().as_str()]);
    }
    // Another success counts if the session exists.
    let (emulator, client) = emulator_and_client(quick()).await;
    emulator.arm(fault(FaultKind::Alter(with_status(200)))).unwrap();
    let response = client.create_session(&creation()).await.unwrap();
    let operations: Vec<_> = response.attempts().iter().map(|attempt| attempt.operation.clone()).collect();
    assert_eq!(operations, ["createSession", "retrieveSession"]);
    assert_eq!(ids(&emulator, &client).await, [response.value().id().as_str()]);
    // Asking again helps where the response has everything, the client secret too.
    for (alteration, kind, next) in [
        (without("client_secret"), ErrorKind::UnreadableBody, NextStep::ReadSession),
        (with_status(200), ErrorKind::UnexpectedStatus, NextStep::Retry),
    ] {
        let (emulator, client) = emulator_and_client(quick()).await;
        emulator.arm(fault(FaultKind::Alter(alteration))).unwrap();
        emulator.arm(Fault::new(FaultKind::status(503)).on(Operation::RetrieveSession).times(4)).unwrap();
        let creation = creation();
        let result = client.create_session(&creation).await;
        let record = CreationRecord::new("order_abc123", &creation, &result);
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (kind, Delivery::Unknown), "{error}");
        assert_eq!((record.next, record.session_id), (next, error.created_session_id()));
        assert_eq!(ids(&emulator, &client).await, [error.created_session_id().unwrap().to_string()]);
        assert!(error.body().is_none());
    }
    // Also with the generated builder.
    let (emulator, client) = emulator_and_client(quick()).await;
    emulator.arm(fault(FaultKind::Alter(without("metadata")))).unwrap();
    let error = client
        .call(async |api| {
            let body = |body: zerogate::types::builder::CreateSessionRequest| {
                body.amount("100.00").currency("EUR").return_url(RETURN_URL)
            };
            api.create_session().body_map(body).send().await
        })
        .await
        .unwrap_err();
    assert_eq!(ids(&emulator, &client).await, [error.created_session_id().unwrap().to_string()]);
}

/// To repeat the creation replays its response, and to read the session fails again: only a higher limit helps.
#[tokio::test]
async fn a_created_session_that_is_too_large_to_read_back_is_a_matter_of_options() {
    let large = created("open").replace("{}", &format!("{{\"note\": \"{}\"}}", "x".repeat(2000)));
    let server = Server::responding_in_turn([json("200 OK", &created("open")), json("200 OK", &large)]).await;
    let client = client_with(&server.base_url(), quick().max_attempts(1).max_body(1000));
    let error = client.create_session(&creation()).await.unwrap_err();
    assert_eq!((error.next_step(), error.delivery()), (NextStep::FixRequest, Delivery::Unknown), "{error}");
    assert!(error.created_session_id().is_some() && error.to_string().contains("`CallOptions::max_body`"), "{error}");
    server.finish().await;
}

#[tokio::test]
async fn the_id_alone_names_the_created_session() {
    for (body, next) in [
        (r#"{"id":"n1"}"#, NextStep::ReadSession),
        (r#"{"id":"n1","status":null,"client_secret":"x"}"#, NextStep::ReadSession),
        (r#"{"id":"n1","status":"open","client_secret":""}"#, NextStep::ReadSession),
    ] {
        let server = Server::responding(1, json("201 Created", body)).await;
        let creation = creation();
        let result = client(&server.base_url()).create_session(&creation).await;
        let record = CreationRecord::new("order_abc123", &creation, &result);
        assert_eq!(record.session_id.as_ref().map(SessionId::as_str), Some("n1"), "{body}");
        assert_eq!((record.next, record.delivery), (next, Some(Delivery::Unknown)), "{body}");
        server.finish().await;
    }
}

#[tokio::test]
async fn errors_name_no_session_if_none_is_known() {
    for (status, body) in [
        ("201 Created", "[]".to_owned()),
        ("201 Created", created("open").replace("\"67a1f3b9e4b0c10001234567\"", "\"..\"")),
        ("409 Conflict", created("open")),
        ("503 Busy", created("open")),
    ] {
        let server = Server::responding(1, json(status, &body)).await;
        let error = client(&server.base_url()).create_session(&creation()).await.unwrap_err();
        assert_eq!(error.created_session_id(), None, "{status}: {body}");
        server.finish().await;
    }
    let server = Server::responding(1, json("200 OK", &created("open"))).await;
    let error = client(&server.base_url()).cancel_session(&crate::arrange::session_id()).await.unwrap_err();
    assert_eq!(error.created_session_id(), None);
}

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Barrier;
use zerogate_emulator::{Owner, Seed, Status};

use crate::wire::{Connection, Response, cancel, emulator, retrieve, seed};

#[tokio::test]
async fn an_open_session_cancels_with_201_and_nothing_else_changes() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    let before = retrieve(&session.id).signed(&emulator).await.json();
    let response = cancel(&session.id).signed(&emulator).await;
    assert_eq!(response.status, 201);
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert!(response.header("x-request-id").is_some_and(|id| id.starts_with("req_test_")));
    let mut expected = before;
    expected["status"] = json!("cancelled");
    assert_eq!(response.json(), expected);
    assert_eq!(retrieve(&session.id).signed(&emulator).await.json(), expected);
}

#[tokio::test]
async fn the_response_has_exactly_the_fields_of_the_reference_in_its_order() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    let response = cancel(&session.id).signed(&emulator).await;
    let body = String::from_utf8_lossy(&response.body).into_owned();
    let expected = format!(
        "{{\"id\":\"{}\",\"object\":\"gate_session\",\"partner_id\":\"507f1f77bcf86cd799439011\",\
         \"mode\":\"test\",\"amount\":\"100.00\",\"currency\":\"EUR\",\
         \"return_url\":\"https://partner.example/checkout/done\",\"cancel_url\":null,\"status\":\"cancelled\",\
         \"expires_at\":\"{}\",\"created_at\":\"{}\",\"flow\":null,\"target_token\":null,\
         \"target_network\":null,\"wallet_address\":null,\"user_reference\":null,\"kyc_pre_verified\":false,\
         \"metadata\":{{}}}}",
        session.id, session.expires_at, session.created_at,
    );
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_terminal_session_conflicts_and_keeps_its_status() {
    let emulator = emulator().await;
    for status in [Status::Completed, Status::Expired, Status::Cancelled] {
        let session = emulator.seed(Seed { status, ..Seed::default() }).unwrap();
        let response = cancel(&session.id).signed(&emulator).await;
        assert_eq!(response.status, 409, "{status}");
        assert_eq!(response.envelope(), ("conflict".to_owned(), "conflict".to_owned()));
        assert_eq!(emulator.session(&session.id), Some(session));
    }
}

#[tokio::test]
async fn a_foreign_session_is_indistinguishable_from_an_unknown_one() {
    let emulator = emulator().await;
    let unknown = "0123456789abcdef01234567";
    for status in [Status::Open, Status::Completed, Status::Expired, Status::Cancelled] {
        let theirs = emulator.seed(Seed { owner: Owner::OtherPartner, status, ..Seed::default() }).unwrap();
        for build in [cancel, retrieve] {
            let foreign = build(&theirs.id).signed(&emulator).await;
            let missing = build(unknown).signed(&emulator).await;
            assert_eq!(foreign.status, 404, "{status}");
            assert_eq!(foreign.envelope(), ("not_found".to_owned(), "not_found".to_owned()));
            assert_ne!(foreign.header("x-request-id"), missing.header("x-request-id"));
            assert_eq!(foreign.without_identity(), missing.without_identity(), "{status}");
        }
        assert_eq!(emulator.session(&theirs.id), Some(theirs));
    }
}

#[tokio::test]
async fn a_partner_cancels_its_own_session_after_the_other_tried() {
    let emulator = emulator().await;
    let keys = emulator.keys();
    let theirs = emulator.seed(Seed { owner: Owner::OtherPartner, ..Seed::default() }).unwrap();
    assert_eq!(cancel(&theirs.id).key(&keys.partner).send(&emulator).await.status, 404);
    assert_eq!(cancel(&theirs.id).key(&keys.other_partner).send(&emulator).await.status, 201);
}

#[tokio::test]
async fn a_body_a_content_type_and_an_idempotency_key_are_ignored() {
    let emulator = emulator().await;
    let key = &emulator.keys().partner;
    let bodies: [(&str, Vec<u8>); 5] = [
        ("application/json", b"{\"status\":\"completed\"}".to_vec()),
        ("application/json", b"{not json".to_vec()),
        ("text/plain", Vec::new()),
        ("nonsense", vec![0xff; 100]),
        ("application/octet-stream", vec![b'x'; 300_000]),
    ];
    for (content_type, body) in bodies {
        let session = seed(&emulator);
        let request = cancel(&session.id)
            .key(key)
            .header("Content-Type", content_type)
            .header("Idempotency-Key", "the-same-every-time")
            .body(body);
        let response = request.send(&emulator).await;
        assert_eq!((response.status, &response.json()["id"]), (201, &json!(session.id)));
        assert_eq!(request.send(&emulator).await.status, 409, "a cancellation is never replayed");
    }
}

async fn all_at_once(emulator: &Arc<zerogate_emulator::Emulator>, id: &str, count: usize) -> Vec<Response> {
    let barrier = Arc::new(Barrier::new(count));
    let mut tasks = Vec::new();
    for _ in 0..count {
        let (emulator, barrier) = (emulator.clone(), barrier.clone());
        let request = cancel(id).key(&emulator.keys().partner);
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(&emulator).await;
            barrier.wait().await;
            connection.exchange(&request).await.expect("a response")
        }));
    }
    let mut replies = Vec::new();
    for task in tasks {
        replies.push(task.await.expect("no panic"));
    }
    replies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_parallel_cancellations_exactly_one_wins() {
    let emulator = Arc::new(emulator().await);
    let session = seed(&emulator);
    let replies = all_at_once(&emulator, &session.id, 50).await;
    let count = |status| replies.iter().filter(|response| response.status == status).count();
    assert_eq!((count(201), count(409)), (1, 49));
    let ids: HashSet<_> = replies.iter().filter_map(|response| response.header("x-request-id")).collect();
    assert_eq!(ids.len(), 50, "every response has its own request id");
    let committed = emulator.journal().iter().filter(|entry| entry.committed).count();
    assert_eq!(committed, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancellation_and_a_completion_never_both_win() {
    let emulator = Arc::new(emulator().await);
    for _ in 0..30 {
        let session = seed(&emulator);
        let (widget, id) = (emulator.clone(), session.id.clone());
        let completing = tokio::task::spawn_blocking(move || widget.complete(&id).is_ok());
        let replies = all_at_once(&emulator, &session.id, 2).await;
        let completed = completing.await.unwrap();
        let cancelled = replies.iter().filter(|response| response.status == 201).count();
        assert_eq!(cancelled + usize::from(completed), 1);
        let status = emulator.session(&session.id).map(|s| s.status);
        assert_eq!(status, Some(if completed { Status::Completed } else { Status::Cancelled }));
    }
}

#[tokio::test]
async fn every_body_is_json_without_a_client_secret() {
    let emulator = emulator().await;
    let created = crate::wire::create(&crate::wire::minimal()).signed(&emulator).await.json();
    let secret = created["client_secret"].as_str().unwrap().to_owned();
    let id = created["id"].as_str().unwrap();
    for request in [retrieve(id), crate::wire::list(""), cancel(id), cancel(id), retrieve(id)] {
        let response = request.signed(&emulator).await;
        let text = String::from_utf8_lossy(&response.body).into_owned();
        assert!(matches!(response.json(), Value::Object(_)));
        assert!(!text.contains("client_secret") && !text.contains(&secret), "{text}");
    }
}

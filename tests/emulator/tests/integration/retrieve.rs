use serde_json::json;
use zerogate_emulator::{Flow, Seed};

use crate::wire::{Request, emulator, retrieve, seed};

#[tokio::test]
async fn retrieving_shows_the_session_and_changes_nothing() {
    let emulator = emulator().await;
    let seed = Seed {
        flow: Some(Flow::OffRamp),
        user_reference: Some("order_abc123".to_owned()),
        metadata: serde_json::from_value(json!({ "a": [1, null, "x"] })).unwrap(),
        ..Seed::default()
    };
    let session = emulator.seed(seed).unwrap();
    for _ in 0..2 {
        let response = retrieve(&session.id).signed(&emulator).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.json(), serde_json::to_value(&session).unwrap());
    }
    assert_eq!(emulator.session(&session.id), Some(session));
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    for target in [format!("/v1/gate_sessions/{}", session.id), "/v1/gate_sessions".to_owned(), "/v1/x".to_owned()] {
        let get = Request::new("GET", target.as_str()).signed(&emulator).await;
        let head = Request::new("HEAD", target.as_str()).signed(&emulator).await;
        assert_eq!(head.status, get.status);
        assert_eq!(head.without_identity().headers, get.without_identity().headers, "{target}");
    }
}

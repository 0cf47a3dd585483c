use std::time::Duration;

use serde_json::{Value, json};
use zerogate_emulator::{Emulator, Seed, Status};

use crate::wire::{cancel, create, emulator, list, minimal, retrieve, seed, until};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn an_open_session_is_expired_on_the_first_read_after_its_time() {
    for looker in 0..4 {
        let emulator = emulator().await;
        let session = seed(&emulator);
        emulator.advance(DAY).unwrap();
        let (status, found) = match looker {
            0 => {
                let response = retrieve(&session.id).signed(&emulator).await;
                (response.status, response.json()["status"].clone())
            }
            1 => {
                let response = list("").signed(&emulator).await;
                (response.status, response.json()["data"][0]["status"].clone())
            }
            2 => {
                let response = list("?status=expired").signed(&emulator).await;
                (response.status, response.json()["data"][0]["status"].clone())
            }
            _ => (200, serde_json::to_value(emulator.session(&session.id).map(|s| s.status)).unwrap()),
        };
        assert_eq!((status, found), (200, json!("expired")), "looker {looker}");
    }
}

#[tokio::test]
async fn an_expired_session_neither_cancels_nor_completes() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    emulator.advance(DAY).unwrap();
    let response = cancel(&session.id).signed(&emulator).await;
    assert_eq!(response.status, 409);
    assert!(emulator.complete(&session.id).is_err());
    assert_eq!(emulator.session(&session.id).map(|s| s.status), Some(Status::Expired));
}

#[tokio::test]
async fn a_filter_does_not_show_an_expired_session_as_open() {
    let emulator = emulator().await;
    seed(&emulator);
    emulator.advance(DAY).unwrap();
    let page = list("?status=open").signed(&emulator).await.json();
    assert_eq!(page["data"], json!([]));
}

#[tokio::test]
async fn a_session_stays_open_until_its_expiry() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    emulator.advance(DAY - Duration::from_secs(60)).unwrap();
    assert_eq!(cancel(&session.id).signed(&emulator).await.status, 201);
    emulator.advance(DAY).unwrap();
    assert_eq!(emulator.session(&session.id).map(|s| s.status), Some(Status::Cancelled), "terminal is terminal");
}

#[tokio::test]
async fn the_system_clock_expires_a_session() {
    let emulator = emulator().await;
    let session = emulator.seed(Seed { expires_in_ms: Some(30), ..Seed::default() }).unwrap();
    until(|| emulator.session(&session.id).is_some_and(|s| s.status == Status::Expired)).await;
    assert_eq!(cancel(&session.id).signed(&emulator).await.status, 409);
}

#[tokio::test]
async fn the_lifetime_of_a_session_is_24_hours_unless_it_is_built_otherwise() {
    let short = Emulator::builder().session_ttl(Duration::from_millis(1500)).start().await.unwrap();
    for (emulator, lifetime) in [(emulator().await, 24 * 60 * 60 * 1000), (short, 1500)] {
        let created = create(&minimal()).signed(&emulator).await.json();
        let at = |field: &str| {
            let text = created[field].as_str().unwrap();
            assert_eq!((text.len(), text.ends_with('Z')), ("2026-05-27T12:00:00.000Z".len(), true), "{text}");
            text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
        };
        assert_eq!(at("expires_at") - at("created_at"), lifetime);
        assert_eq!(created["status"], Value::from("open"));
    }
}

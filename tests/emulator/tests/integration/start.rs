//! The options of the builder.

use std::io::ErrorKind;
use std::net::IpAddr;

use serde_json::json;
use zerogate_emulator::{ClockSetting, Emulator, Seed, Status};

use crate::wire::{Request, create, list, minimal, retrieve};

#[tokio::test]
async fn a_remote_address_must_be_allowed() {
    for host in ["0.0.0.0", "::"] {
        let host: IpAddr = host.parse().unwrap();
        let error = Emulator::builder().host(host).start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(&host.to_string()), "{error}");
    }
    let emulator = Emulator::builder().host("0.0.0.0".parse().unwrap()).allow_remote().start().await.unwrap();
    assert!(emulator.base_url().starts_with("http://127.0.0.1:"), "{}", emulator.base_url());
    assert_eq!(list("").key(&emulator.keys().partner).send(&emulator).await.status, 200);
    let other = Emulator::builder().host("127.0.0.2".parse().unwrap()).start().await;
    assert!(other.is_ok_and(|emulator| emulator.base_url().starts_with("http://127.0.0.2:")));
}

#[tokio::test]
async fn the_date_and_every_other_time_follow_the_clock() {
    let clock = ClockSetting::at("2026-05-26T12:00:00.25Z").unwrap().frozen();
    let emulator = Emulator::builder().clock(clock).start().await.unwrap();
    for _ in 0..2 {
        let created = create(&minimal()).signed(&emulator).await;
        assert_eq!(created.header("date"), Some("Tue, 26 May 2026 12:00:00 GMT"));
        assert_eq!(created.json()["created_at"], "2026-05-26T12:00:00.250Z");
        assert_eq!(created.json()["expires_at"], "2026-05-27T12:00:00.250Z");
    }
    assert_eq!(emulator.journal()[0].time, "2026-05-26T12:00:00.250Z");
    let set = |body| Request::new("POST", "/_emulator/clock").json(&body);
    let later = set(json!({ "now": "2030-01-01T00:00:00Z" })).send(&emulator).await;
    assert_eq!(later.header("date"), Some("Tue, 01 Jan 2030 00:00:00 GMT"));
    assert_eq!(later.json(), json!({ "now": "2030-01-01T00:00:00.000Z", "frozen": true }));
    emulator.set_clock(ClockSetting::system());
    let now = set(json!({ "frozen": true })).send(&emulator).await.json();
    assert_ne!(now["now"], "2030-01-01T00:00:00.000Z");
    emulator.reset();
    let start = Request::new("GET", "/_emulator/clock").send(&emulator).await.json();
    assert_eq!(start, json!({ "now": "2026-05-26T12:00:00.250Z", "frozen": true }));
}

#[tokio::test]
async fn the_initial_sessions_exist_and_a_reset_restores_them() {
    let seeds = [
        Seed { id: Some("mine".to_owned()), ..Seed::default() },
        Seed { id: Some("done".to_owned()), status: Status::Completed, ..Seed::default() },
    ];
    let emulator = Emulator::builder().seeds(seeds.clone()).start().await.unwrap();
    for _ in 0..2 {
        assert_eq!(retrieve("mine").signed(&emulator).await.json()["status"], "open");
        assert_eq!(list("").signed(&emulator).await.json()["data"].as_array().unwrap().len(), 2);
        emulator.cancel("mine").unwrap();
        create(&minimal()).signed(&emulator).await;
        emulator.reset();
    }
    let twice = [seeds[0].clone(), seeds[1].clone(), seeds[0].clone()];
    let error = Emulator::builder().seeds(twice).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().starts_with("initial session 3 (--seed-file, or `seeds` in Rust): id: "), "{error}");
}

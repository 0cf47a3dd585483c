//! Tests webhooks with a raw socket receiver.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use zerogate_emulator::{ClockSetting, Emulator, WebhookFault};

use crate::wire::{cancel, create, minimal, seed, until};

/// A received webhook: its headers in lower case, and its body.
struct Received {
    head: String,
    body: String,
}

impl Received {
    fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("an event")
    }

    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("{name} in {}", self.head))
    }

    /// Whether it is signed with this secret.
    fn is_signed(&self, secret: &str) -> bool {
        let (time, v1) = self.header("gate-signature").split_once(",v1=").expect("a signature");
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        mac.update(format!("{}.{}", &time[2..], self.body).as_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>() == v1
    }
}

/// Receives webhooks and responds 204.
async fn receiver() -> (String, mpsc::UnboundedReceiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hooks?a=b", listener.local_addr().expect("an address"));
    let (sender, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                let (head, body) = loop {
                    assert!(stream.read_buf(&mut bytes).await.expect("bytes") > 0, "a whole request");
                    let text = String::from_utf8(bytes.clone()).expect("text");
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let head = head.to_ascii_lowercase();
                    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
                    if length.expect("a length").parse() == Ok(body.len()) {
                        break (head, body.to_owned());
                    }
                };
                sender.send(Received { head, body }).expect("somebody waits");
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("a response");
            });
        }
    });
    (url, received)
}

async fn next(received: &mut mpsc::UnboundedReceiver<Received>) -> Received {
    tokio::time::timeout(Duration::from_secs(20), received.recv()).await.expect("in time").expect("a webhook")
}

#[tokio::test]
async fn changes_of_sessions_are_sent_and_signed() {
    let (url, mut received) = receiver().await;
    let clock = ClockSetting::at("2026-05-26T12:00:00Z").expect("a time").frozen();
    let emulator = Emulator::builder().webhooks(url).clock(clock).start().await.expect("it starts");
    // A seeded session causes no event.
    let [done, due] = [seed(&emulator).id, seed(&emulator).id];
    let created = create(&minimal()).signed(&emulator).await.json();
    let id = created["id"].as_str().expect("an id").to_owned();
    assert_eq!(cancel(&id).signed(&emulator).await.status, 201);
    assert_eq!(cancel(&id).signed(&emulator).await.status, 409);
    emulator.complete(&done).expect("open");
    emulator.advance(Duration::from_secs(24 * 60 * 60)).expect("within reach");
    let mut ids = Vec::new();
    for (kind, session, status, created_at) in [
        ("gate_session.created", &id, "open", 1_779_796_800),
        ("gate_session.cancelled", &id, "cancelled", 1_779_796_800),
        ("gate_session.completed", &done, "completed", 1_779_796_800),
        ("gate_session.expired", &due, "expired", 1_779_883_200),
    ] {
        let webhook = next(&mut received).await;
        let event = webhook.event();
        assert_eq!((&event["type"], &event["data"]["id"]), (&json!(kind), &json!(session)));
        assert_eq!((&event["data"]["status"], &event["created_at"]), (&json!(status), &json!(created_at)));
        assert_eq!(event["data"].get("tx_refid").is_some(), status == "completed");
        assert_eq!(event["data"].get("client_secret"), None);
        assert_eq!(event.as_object().map(serde_json::Map::len), Some(4));
        assert!(webhook.is_signed(&emulator.keys().webhook) && !webhook.is_signed(&emulator.keys().partner));
        assert!(webhook.head.starts_with("post /hooks?a=b http/1.1\r\n"), "{}", webhook.head);
        assert_eq!(webhook.header("content-type"), "application/json");
        ids.push(event["id"].as_str().expect("an id").to_owned());
    }
    until(|| emulator.webhooks().len() == 4).await;
    let listed: Vec<_> = emulator.webhooks().into_iter().map(|sent| (sent.event_id, sent.status)).collect();
    assert_eq!(listed, ids.into_iter().map(|id| (id, Some(204))).collect::<Vec<_>>());
}

#[tokio::test]
async fn webhooks_can_be_sent_twice_late_out_of_order_and_with_another_secret() {
    let (url, mut received) = receiver().await;
    let emulator = Emulator::builder().webhooks(url).start().await.expect("it starts");
    for fault in
        [WebhookFault::Twice, WebhookFault::OutOfOrder, WebhookFault::WrongSecret, WebhookFault::Late { ms: 1000 }]
    {
        emulator.arm_webhook(fault);
    }
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(create(&minimal()).signed(&emulator).await.json()["id"].clone());
    }
    let mut seen = Vec::new();
    for _ in 0..6 {
        let webhook = next(&mut received).await;
        seen.push((
            webhook.event()["data"]["id"].clone(),
            webhook.is_signed(&emulator.keys().webhook),
            webhook.event()["id"].clone(),
        ));
    }
    let order: Vec<_> = seen.iter().map(|(id, signed, _)| (ids.iter().position(|made| made == id), *signed)).collect();
    let place = |place, signed| (Some(place), signed);
    assert_eq!(
        order,
        [place(0, true), place(0, true), place(2, false), place(1, true), place(4, true), place(3, true)],
        "the first twice, the second after the third, which is signed with another secret, the fourth late"
    );
    assert_eq!(seen[0].2, seen[1].2, "one event");
    assert!(emulator.webhook_faults().is_empty());
    until(|| emulator.webhooks().len() == 6).await;
    let faults: Vec<_> = emulator.webhooks().into_iter().map(|sent| sent.fault.unwrap_or_default()).collect();
    assert_eq!(faults, ["twice", "twice", "wrong_secret", "out_of_order", "", "late"]);
}

#[tokio::test]
async fn webhooks_go_to_this_machine_unless_others_are_allowed() {
    for (url, reason) in [
        ("http://10.0.0.7/canary", "10.0.0.7 may be another machine"),
        ("https://localhost/canary", "it is not an http URL"),
        ("localhost:3000", "it is not an http URL"),
        ("http://me:canary@localhost/", "it contains a user name or password"),
    ] {
        let error = Emulator::builder().webhooks(url).start().await.expect_err(url).to_string();
        // A URL may contain a password or a token.
        assert!(error.contains(reason) && !error.contains("canary"), "{error}");
    }
    assert!(Emulator::builder().allow_remote().webhooks("http://10.0.0.7/hooks").start().await.is_ok());
}

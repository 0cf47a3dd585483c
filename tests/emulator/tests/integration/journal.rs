use serde_json::{Value, json};
use zerogate_emulator::{Fault, FaultKind, JournalEntry, Operation};

use crate::wire::{Request, cancel, create, emulator, list, minimal, retrieve, seed};

#[tokio::test]
async fn requests_are_journalled_in_order_with_their_responses() {
    let emulator = emulator().await;
    let key = &emulator.keys().partner;
    let session = seed(&emulator);
    let mut ids = Vec::new();
    for request in [
        retrieve(&session.id).key(key),
        cancel(&session.id).key(key).header("X-One", "1").header("X-Two", "2").body("some text"),
        cancel(&session.id).key(key),
        Request::new("PUT", "/v1/no%2Fwhere?a=%20b").key(key),
        list(""),
    ] {
        ids.push(request.send(&emulator).await.header("x-request-id").map(str::to_owned));
    }
    let journal = emulator.journal();
    let column = |pick: fn(&JournalEntry) -> Value| journal.iter().map(pick).collect::<Value>();
    assert_eq!(column(|e| json!(e.sequence)), json!([1, 2, 3, 4, 5]));
    assert_eq!(column(|e| json!(e.method)), json!(["GET", "POST", "POST", "PUT", "GET"]));
    assert_eq!(column(|e| json!(e.status)), json!([200, 201, 409, 404, 401]));
    assert_eq!(column(|e| json!(e.committed)), json!([false, true, false, false, false]));
    assert_eq!(column(|e| json!(e.request_id)), json!(ids));
    assert_eq!(
        column(|e| json!(e.operation)),
        json!(["retrieveSession", "cancelSession", "cancelSession", null, "listSessions"])
    );
    assert_eq!(journal[1].target, format!("/v1/gate_sessions/{}/cancel", session.id));
    assert_eq!(journal[3].target, "/v1/no%2Fwhere?a=%20b");
    assert_eq!((journal[1].body.as_str(), journal[1].body_length), ("some text", 9));
    assert_eq!(journal[1].version, "HTTP/1.1");
    let headers: Vec<(&str, &str)> = journal[1].headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(
        headers,
        [
            ("host", "emulator"),
            ("authorization", "Bearer [partner]"),
            ("x-one", "1"),
            ("x-two", "2"),
            ("content-length", "9"),
        ]
    );
}

#[tokio::test]
async fn no_secret_enters_the_journal_from_anywhere() {
    let emulator = emulator().await;
    let keys = emulator.keys();
    let secret = create(&minimal()).key(&keys.partner).send(&emulator).await.json()["client_secret"]
        .as_str()
        .unwrap()
        .to_owned();
    let live = &format!("sk_live_{}", "f".repeat(24));
    for key in [&keys.partner, &keys.other_partner, &keys.publishable, live] {
        let mut body = minimal();
        body["metadata"] = json!({ "oops": key, "client_secret": "something else", "also": secret });
        create(&body).key(key).send(&emulator).await;
        list(&format!("?key={key}")).header("Authorization", key).send(&emulator).await;
        list(&format!("?key={}", key.replace('_', "%5F"))).send(&emulator).await;
        retrieve(key).header("X-Api-Key", key).header("Cookie", key).header("X-Other", key).send(&emulator).await;
        cancel("x").key(key).key(key).body(format!("client_secret={secret}")).send(&emulator).await;
        list("").header("Authorization", format!("Basic {key}")).send(&emulator).await;
    }
    let journal = serde_json::to_string(&emulator.journal()).unwrap();
    for secret in [&keys.partner, &keys.other_partner, &keys.publishable, live, &secret, "something else"] {
        assert!(!journal.contains(secret), "{secret} in {journal}");
        assert!(!journal.contains(&secret.replace('_', "%5F")));
    }
    for label in ["Bearer [partner]", "Bearer [other_partner]", "Bearer [publishable]", "Bearer [unknown]", "Basic ["] {
        assert!(journal.contains(label), "{label}");
    }
}

#[tokio::test]
async fn a_lost_response_has_no_status_but_shows_whether_it_committed() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    emulator.arm(Fault::new(FaultKind::Reset).on(Operation::CancelSession)).unwrap();
    emulator.arm(Fault::new(FaultKind::Close).on(Operation::CancelSession).after()).unwrap();
    for _ in 0..2 {
        assert!(cancel(&session.id).key(&emulator.keys().partner).try_send(&emulator).await.is_err());
    }
    let seen: Vec<_> = emulator
        .journal()
        .into_iter()
        .map(|entry| (entry.status, entry.request_id, entry.committed, entry.fault))
        .collect();
    let expected = [(None, None, false, Some("reset".to_owned())), (None, None, true, Some("close".to_owned()))];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn clearing_keeps_the_count() {
    let emulator = emulator().await;
    list("").send(&emulator).await;
    emulator.clear_journal();
    assert!(emulator.journal().is_empty());
    list("").send(&emulator).await;
    assert_eq!(emulator.journal().first().map(|entry| entry.sequence), Some(2));
}

#[tokio::test]
async fn an_entry_survives_json() {
    let emulator = emulator().await;
    list("").key(&emulator.keys().partner).send(&emulator).await;
    let journal = emulator.journal();
    let json = serde_json::to_string(&journal).unwrap();
    assert_eq!(serde_json::from_str::<Vec<JournalEntry>>(&json).unwrap(), journal);
}

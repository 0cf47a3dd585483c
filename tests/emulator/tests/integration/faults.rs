use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use serde_json::{Map, json};
use zerogate_emulator::{Alteration, Emulator, Fault, FaultKind, GateSession, Operation, Status};

use crate::wire::{Connection, Response, cancel, create, emulator, list, minimal, retrieve, seed, until};

/// An emulator, an open session, and a fault that waits for its cancellation.
async fn armed(kind: FaultKind, after: bool) -> (Emulator, GateSession) {
    let emulator = emulator().await;
    let session = seed(&emulator);
    let fault = Fault::new(kind).on(Operation::CancelSession);
    emulator.arm(if after { fault.after() } else { fault }).expect("a good fault");
    (emulator, session)
}

/// Checks that the fault is used up, that the session has the expected status, and that the journal shows the fault.
fn check(emulator: &Emulator, session: &GateSession, after: bool) {
    let expected = if after { Status::Cancelled } else { Status::Open };
    assert_eq!(emulator.session(&session.id).map(|s| s.status), Some(expected));
    assert_eq!(emulator.journal().first().map(|entry| entry.committed), Some(after));
    assert!(emulator.faults().is_empty());
}

async fn cancelled(emulator: &Emulator, session: &GateSession) -> std::io::Result<Response> {
    cancel(&session.id).key(&emulator.keys().partner).try_send(emulator).await
}

#[tokio::test]
async fn a_status_replaces_the_response_with_an_envelope() {
    for after in [false, true] {
        for (status, kind) in [(429, "rate_limited"), (500, "server_error"), (503, "server_error"), (403, "forbidden")]
        {
            let (emulator, session) = armed(FaultKind::status(status), after).await;
            let response = cancelled(&emulator, &session).await.unwrap();
            assert_eq!(response.status, status);
            assert_eq!(response.envelope(), (kind.to_owned(), kind.to_owned()));
            assert_eq!(response.header("retry-after"), None);
            check(&emulator, &session, after);
            let journal = emulator.journal();
            assert_eq!((journal[0].status, journal[0].fault.as_deref()), (Some(status), Some("status")));
            assert_eq!(journal[0].request_id.as_deref(), response.header("x-request-id"));
        }
    }
}

#[tokio::test]
async fn a_status_can_have_no_envelope_or_a_custom_type_and_code() {
    let bare = FaultKind::Status { status: 503, envelope: false, r#type: None, code: None, retry_after: None };
    let (emulator, session) = armed(bare, true).await;
    let response = cancelled(&emulator, &session).await.unwrap();
    assert_eq!((response.status, response.body.len(), response.header("content-type")), (503, 0, None));
    assert!(response.header("x-request-id").is_some());

    let named = FaultKind::Status {
        status: 409,
        envelope: true,
        r#type: Some("idempotency_error".to_owned()),
        code: Some("key_reused".to_owned()),
        retry_after: None,
    };
    let (emulator, session) = armed(named, false).await;
    let response = cancelled(&emulator, &session).await.unwrap();
    assert_eq!(response.envelope(), ("idempotency_error".to_owned(), "key_reused".to_owned()));
}

#[tokio::test]
async fn retry_after_is_sent_unchanged() {
    for value in ["1", "0", "Wed, 21 Oct 2065 07:28:00 GMT", "soon", "-1"] {
        for kind in [FaultKind::status(429), FaultKind::html()] {
            let (emulator, session) = armed(kind.with_retry_after(value), false).await;
            let response = cancelled(&emulator, &session).await.unwrap();
            assert_eq!(response.header("retry-after"), Some(value));
        }
    }
}

#[tokio::test]
async fn a_page_of_html_replaces_the_response() {
    for after in [false, true] {
        let (emulator, session) = armed(FaultKind::html(), after).await;
        let response = cancelled(&emulator, &session).await.unwrap();
        assert_eq!(response.status, 502);
        assert!(response.header("content-type").is_some_and(|value| value.starts_with("text/html")));
        assert!(String::from_utf8_lossy(&response.body).contains("<html>"));
        assert!(response.header("x-request-id").is_some());
        check(&emulator, &session, after);
    }
}

#[tokio::test]
async fn a_truncated_response_has_its_head_and_half_of_its_body() {
    for after in [false, true] {
        let (emulator, session) = armed(FaultKind::Truncated, after).await;
        let mut connection = Connection::open(&emulator).await;
        connection.send(&cancel(&session.id).key(&emulator.keys().partner)).await;
        let bytes = connection.read_to_end().await.expect("the connection ends in order");
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
        let response = Response::of_head(head);
        assert_eq!(response.status, 201);
        assert!(response.header("x-request-id").is_some());
        let promised: usize = response.header("content-length").unwrap().parse().unwrap();
        assert_eq!(body.len(), promised / 2);
        assert!(body.starts_with(&format!("{{\"id\":\"{}\"", session.id)), "{body}");
        check(&emulator, &session, after);
    }
}

#[tokio::test]
async fn a_response_in_drips_is_whole_and_late() {
    for after in [false, true] {
        let (emulator, session) = armed(FaultKind::Drip { ms: 3 }, after).await;
        let start = Instant::now();
        let response = cancelled(&emulator, &session).await.unwrap();
        assert!(start.elapsed() >= Duration::from_millis(30));
        assert_eq!((response.status, response.json()["id"].as_str()), (201, Some(session.id.as_str())));
        check(&emulator, &session, after);
    }
}

#[tokio::test]
async fn a_compressed_response_says_so_and_is_the_true_one() {
    for after in [false, true] {
        let (emulator, session) = armed(FaultKind::Gzip, after).await;
        let response = cancelled(&emulator, &session).await.unwrap();
        assert_eq!((response.status, response.header("content-encoding")), (201, Some("gzip")));
        let mut body = String::new();
        GzDecoder::new(response.body.as_slice()).read_to_string(&mut body).unwrap();
        assert!(body.starts_with(&format!("{{\"id\":\"{}\"", session.id)), "{body}");
        check(&emulator, &session, after);
    }
}

#[tokio::test]
async fn the_last_response_of_a_connection_does_not_announce_its_end() {
    let (emulator, session) = armed(FaultKind::Last { status: 503 }, false).await;
    let mut connection = Connection::open(&emulator).await;
    connection.send(&cancel(&session.id).key(&emulator.keys().partner)).await;
    let text = String::from_utf8(connection.read_to_end().await.expect("the connection ends in order")).unwrap();
    let response = Response::of_head(&text);
    assert_eq!((response.status, response.header("connection")), (503, None));
    assert!(text.contains("\"type\":\"server_error\""), "{text}");
    assert_eq!(emulator.journal()[0].status, Some(503));
    check(&emulator, &session, false);
}

#[tokio::test]
async fn after_an_extra_response_the_connection_goes_on() {
    let (emulator, session) = armed(FaultKind::Extra { status: 503, extra: 404 }, false).await;
    let mut connection = Connection::open(&emulator).await;
    let request = cancel(&session.id).key(&emulator.keys().partner);
    assert_eq!(connection.exchange(&request).await.unwrap().status, 503);
    assert_eq!(connection.response(true).await.unwrap().status, 404);
    assert_eq!(connection.exchange(&request).await.unwrap().status, 201);
    assert_eq!(emulator.session(&session.id).map(|it| it.status), Some(Status::Cancelled));
}

#[tokio::test]
async fn every_operation_has_a_response_to_truncate() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    emulator.arm(Fault::new(FaultKind::Truncated).times(4)).unwrap();
    for (request, status) in
        [(list(""), 200), (retrieve(&session.id), 200), (create(&minimal()), 201), (cancel("unknown"), 201)]
    {
        let mut connection = Connection::open(&emulator).await;
        connection.send(&request.key(&emulator.keys().partner)).await;
        let text = String::from_utf8(connection.read_to_end().await.unwrap()).unwrap();
        assert_eq!(Response::of_head(&text).status, status);
    }
    assert!(emulator.journal().iter().all(|entry| !entry.committed));
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    for after in [false, true] {
        let (emulator, session) = armed(FaultKind::Reset, after).await;
        let error = cancelled(&emulator, &session).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        check(&emulator, &session, after);
    }
}

#[tokio::test]
async fn a_close_is_an_end_without_a_byte() {
    for after in [false, true] {
        let (emulator, session) = armed(FaultKind::Close, after).await;
        let mut connection = Connection::open(&emulator).await;
        connection.send(&cancel(&session.id).key(&emulator.keys().partner)).await;
        assert_eq!(connection.read_to_end().await.expect("no reset"), b"");
        check(&emulator, &session, after);
    }
}

#[tokio::test]
async fn a_close_is_not_a_reset_even_with_unread_input() {
    let (emulator, session) = armed(FaultKind::Close, false).await;
    let mut connection = Connection::open(&emulator).await;
    // Far more than the emulator reads ahead while it carries out the first request.
    let request = cancel(&session.id).key(&emulator.keys().partner).body(b"x".repeat(100));
    connection.send_many(&request, 3000).await;
    assert_eq!(connection.read_to_end().await.expect("no reset"), b"");
}

#[tokio::test]
async fn a_delayed_response_is_the_true_one_later() {
    for after in [false, true] {
        let (emulator, session) = armed(FaultKind::delay(40), after).await;
        let start = Instant::now();
        let response = cancelled(&emulator, &session).await.unwrap();
        assert!(start.elapsed() >= Duration::from_millis(40));
        assert_eq!((response.status, &response.json()["status"]), (201, &json!("cancelled")));
    }
}

#[tokio::test]
async fn a_delay_before_delays_the_operation_and_one_after_only_its_response() {
    for after in [false, true] {
        let (emulator, session) = armed(FaultKind::delay(3_600_000), after).await;
        let mut connection = Connection::open(&emulator).await;
        connection.send(&cancel(&session.id).key(&emulator.keys().partner)).await;
        if after {
            until(|| emulator.journal().first().is_some_and(|entry| entry.committed)).await;
        } else {
            until(|| emulator.faults().is_empty()).await;
        }
        check(&emulator, &session, after);
        assert_eq!(emulator.journal()[0].status, None, "nothing has been sent yet");
    }
}

#[tokio::test]
async fn an_altered_response_is_the_true_one_with_changes() {
    let alteration = Alteration {
        status: Some(200),
        headers: [("x-request-id".to_owned(), None), ("Content-Type".to_owned(), Some("text/json".to_owned()))].into(),
        set: Map::from_iter([("client_secret".to_owned(), json!("oops")), ("status".to_owned(), json!("on_hold"))]),
        remove: vec!["metadata".to_owned()],
        ..Alteration::default()
    };
    let (emulator, session) = armed(FaultKind::Alter(alteration), true).await;
    let response = cancelled(&emulator, &session).await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!((response.header("x-request-id"), response.header("content-type")), (None, Some("text/json")));
    let body = response.json();
    assert_eq!((&body["client_secret"], &body["status"]), (&json!("oops"), &json!("on_hold")));
    assert_eq!((body.get("metadata"), &body["id"]), (None, &json!(session.id)));
    check(&emulator, &session, true);
    assert_eq!(emulator.journal()[0].request_id, None, "the journal tells what was sent");

    let alteration = Alteration { body: Some("not json".to_owned()), ..Alteration::default() };
    let (emulator, session) = armed(FaultKind::Alter(alteration), true).await;
    let response = cancelled(&emulator, &session).await.unwrap();
    assert_eq!((response.status, response.body.as_slice()), (201, &b"not json"[..]));
}

#[tokio::test]
async fn a_name_and_a_header_can_be_duplicated() {
    let alteration = Alteration {
        add_headers: [("X-Request-Id".to_owned(), "another".to_owned())].into(),
        set: Map::from_iter([("flow".to_owned(), json!("swap"))]),
        add: Map::from_iter([("status".to_owned(), json!("open"))]),
        ..Alteration::default()
    };
    let (emulator, session) = armed(FaultKind::Alter(alteration), true).await;
    let response = cancelled(&emulator, &session).await.unwrap();
    assert_eq!(response.headers.iter().filter(|(name, _)| name == "x-request-id").count(), 2);
    let body = String::from_utf8(response.body).unwrap();
    assert!(body.contains(r#""status":"cancelled""#) && body.ends_with(r#","status":"open"}"#), "{body}");
    assert!(body.contains(r#""flow":"swap""#));
}

#[tokio::test]
async fn a_success_can_be_faked() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    emulator.arm(Fault::new(FaultKind::Alter(Alteration::default())).before().until_reset()).unwrap();
    let claimed = cancelled(&emulator, &session).await.unwrap();
    let mut expected = serde_json::to_value(&session).unwrap();
    expected["status"] = json!("cancelled");
    assert_eq!((claimed.status, claimed.json()), (201, expected));
    assert_eq!(emulator.session(&session.id), Some(session));
    assert_eq!(list("").signed(&emulator).await.json()["has_more"], false);
    assert_eq!(retrieve("unknown").signed(&emulator).await.json()["id"], "unknown");
    assert_eq!(create(&minimal()).signed(&emulator).await.status, 201);
    assert!(emulator.journal().iter().all(|entry| !entry.committed));
}

#[tokio::test]
async fn a_session_can_be_stored_with_other_values() {
    let emulator = emulator().await;
    let set = json!({ "amount": "100", "metadata": { "order": "7" }, "user_reference": null });
    let store = |set: serde_json::Value| FaultKind::Store { set: set.as_object().unwrap().clone() };
    emulator.arm(Fault::new(store(set.clone())).on(Operation::CreateSession)).unwrap();
    let mut body = minimal();
    body["metadata"] = json!({ "order": 7 });
    let created = create(&body).signed(&emulator).await;
    let id = created.json()["id"].as_str().unwrap().to_owned();
    assert!(created.json()["client_secret"].is_string());
    for shown in [created.json(), retrieve(&id).signed(&emulator).await.json()] {
        for (field, value) in set.as_object().unwrap() {
            assert_eq!(&shown[field], value, "{field}");
        }
    }
    // An error response is the true one, but its session is changed.
    emulator.complete(&id).unwrap();
    let moved = store(json!({ "expires_at": "2030-01-01T00:00:00.000Z", "status": "cancelled" }));
    emulator.arm(Fault::new(moved).on(Operation::CancelSession)).unwrap();
    assert_eq!(cancel(&id).signed(&emulator).await.envelope().0, "conflict");
    let session = emulator.session(&id).unwrap();
    assert_eq!((session.status, session.expires_at.as_str()), (Status::Cancelled, "2030-01-01T00:00:00.000Z"));
}

#[tokio::test]
async fn a_header_or_a_parameter_can_be_ignored() {
    let emulator = emulator().await;
    let ignore = |name: &str| Fault::new(FaultKind::Ignore { names: vec![name.to_owned()] });
    let creation = create(&minimal()).key(&emulator.keys().partner).header("Idempotency-Key", "k");
    let first = creation.send(&emulator).await.json();
    emulator.arm(ignore("idempotency-key")).unwrap();
    assert_ne!(creation.send(&emulator).await.json()["id"], first["id"]);
    assert_eq!(creation.send(&emulator).await.json()["id"], first["id"]);

    let newest = list("?limit=1").signed(&emulator).await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    emulator.arm(ignore("starting_after").times(2)).unwrap();
    for query in ["?limit=1&starting%5Fafter=", "?starting_after="] {
        let page = list(&format!("{query}{newest}")).signed(&emulator).await.json();
        assert_eq!(page["data"][0]["id"], newest, "{query}");
        assert_eq!(
            page["data"].as_array().unwrap().len() == 1,
            query.contains("limit"),
            "the rest of the query counts"
        );
    }
    let target = emulator.journal().pop().unwrap().target;
    assert!(target.contains("starting_after"), "the journal tells what was sent: {target}");
}

#[tokio::test]
async fn a_retry_after_a_fault_after_conflicts_or_replays() {
    let (emulator, session) = armed(FaultKind::Reset, true).await;
    cancelled(&emulator, &session).await.unwrap_err();
    assert_eq!(cancelled(&emulator, &session).await.unwrap().status, 409, "the first attempt has cancelled it");

    emulator.arm(Fault::new(FaultKind::Reset).on(Operation::CreateSession).after()).unwrap();
    let request = create(&minimal()).key(&emulator.keys().partner).header("Idempotency-Key", "k");
    request.try_send(&emulator).await.unwrap_err();
    assert_eq!(request.send(&emulator).await.status, 201);
    let page = list("?status=open").signed(&emulator).await.json();
    assert_eq!(page["data"].as_array().unwrap().len(), 1, "the key has made one session of two attempts");
}

#[tokio::test]
async fn a_fault_waits_for_its_operation_and_its_turn() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    emulator.arm(Fault::new(FaultKind::status(503)).on(Operation::CancelSession).times(2)).unwrap();
    emulator.arm(Fault::new(FaultKind::status(429)).on(Operation::CancelSession)).unwrap();
    assert_eq!(retrieve(&session.id).signed(&emulator).await.status, 200);
    assert_eq!(list("").signed(&emulator).await.status, 200);
    for expected in [503, 503, 429, 201, 409] {
        assert_eq!(cancelled(&emulator, &session).await.unwrap().status, expected);
    }
}

#[tokio::test]
async fn an_unlimited_fault_stays_until_it_is_disarmed() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    emulator.arm(Fault::new(FaultKind::status(500)).until_reset()).unwrap();
    for _ in 0..5 {
        assert_eq!(cancelled(&emulator, &session).await.unwrap().status, 500);
    }
    emulator.disarm();
    assert_eq!(cancelled(&emulator, &session).await.unwrap().status, 201);
}

#[tokio::test]
async fn a_request_without_a_key_uses_only_unauthenticated_faults() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    emulator.arm(Fault::new(FaultKind::status(503))).unwrap();
    assert_eq!(cancel(&session.id).send(&emulator).await.status, 401);
    assert_eq!(emulator.faults().len(), 1);
    emulator.disarm();

    emulator.arm(Fault { unauthenticated: true, ..Fault::new(FaultKind::status(503)).after() }).unwrap();
    assert_eq!(cancel(&session.id).send(&emulator).await.status, 503);
    assert_eq!(emulator.session(&session.id).map(|s| s.status), Some(Status::Open), "a fault opens no door");
}

#[tokio::test]
async fn a_path_or_method_that_is_not_an_operation_triggers_no_fault() {
    let emulator = emulator().await;
    emulator.arm(Fault::new(FaultKind::Reset)).unwrap();
    let key = &emulator.keys().partner;
    let request = |method, target: &str| crate::wire::Request::new(method, target).key(key);
    assert_eq!(request("GET", "/v1/unknown").send(&emulator).await.status, 404);
    assert_eq!(request("DELETE", "/v1/gate_sessions").send(&emulator).await.status, 405);
    assert_eq!(emulator.faults().len(), 1);
}

#[tokio::test]
async fn other_connections_do_not_notice_a_reset() {
    let (emulator, session) = armed(FaultKind::Reset, false).await;
    let key = emulator.keys().partner.clone();
    let mut other = Connection::open(&emulator).await;
    assert_eq!(other.exchange(&list("").key(&key)).await.unwrap().status, 200);
    cancelled(&emulator, &session).await.unwrap_err();
    assert_eq!(other.exchange(&list("").key(&key)).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_request_can_provoke_its_own_failure() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    let key = emulator.keys().partner.clone();
    for (status, retry_after) in [(429, Some("1")), (503, None), (404, None)] {
        let asked = cancel(&session.id).key(&key).header(zerogate_emulator::PROVOKE, status.to_string());
        let response = asked.try_send(&emulator).await.unwrap();
        assert_eq!((response.status, response.header("retry-after")), (status, retry_after));
        assert_eq!(emulator.session(&session.id).map(|s| s.status), Some(Status::Open));
    }
    // Ignored without a valid key, and for a status that is not a failure.
    let stranger = cancel(&session.id).header(zerogate_emulator::PROVOKE, "503");
    assert_eq!(stranger.try_send(&emulator).await.unwrap().status, 401);
    for value in ["200", "600", "soon", ""] {
        let asked = cancel(&seed(&emulator).id).key(&key).header(zerogate_emulator::PROVOKE, value);
        assert_eq!(asked.try_send(&emulator).await.unwrap().status, 201, "{value}");
    }
}

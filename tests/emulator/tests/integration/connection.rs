use std::io::ErrorKind;
use std::net::TcpListener;

use zerogate_emulator::{Emulator, Fault, FaultKind, Operation, Seed, Status};

use crate::wire::{Connection, Request, cancel, create, emulator, list, minimal, retrieve, seed, until};

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let emulator = emulator().await;
    let key = emulator.keys().partner.clone();
    let mut connection = Connection::open(&emulator).await;
    for round in 0..50 {
        let created = connection.exchange(&create(&minimal()).key(&key)).await.unwrap();
        assert_eq!(created.status, 201, "round {round}");
        let id = created.json()["id"].as_str().unwrap().to_owned();
        for (request, status) in [
            (Request::new("HEAD", format!("/v1/gate_sessions/{id}")).key(&key), 200),
            (cancel(&id).key(&key), 201),
            (cancel(&id).key(&key).body("ignored"), 409),
            (cancel(&id), 401),
            (Request::new("PUT", "/v1/gate_sessions").key(&key), 405),
            (Request::new("GET", "/v1/gate_sessions/").key(&key), 404),
            (retrieve(&id).key(&key), 200),
        ] {
            assert_eq!(connection.exchange(&request).await.unwrap().status, status, "round {round}");
        }
    }
}

#[tokio::test]
async fn pipelined_requests_get_their_responses_in_order() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    let key = &emulator.keys().partner;
    let mut connection = Connection::open(&emulator).await;
    for request in [retrieve(&session.id).key(key), cancel(&session.id).key(key), retrieve(&session.id).key(key)] {
        connection.send(&request).await;
    }
    let mut seen = Vec::new();
    for _ in 0..3 {
        let response = connection.response(true).await.unwrap();
        seen.push((response.status, response.json()["status"].as_str().unwrap().to_owned()));
    }
    let expected = [(200, "open"), (201, "cancelled"), (200, "cancelled")];
    assert_eq!(seen, expected.map(|(code, status)| (code, status.to_owned())));
}

#[tokio::test]
async fn a_chunked_body_is_read_like_any_other() {
    let emulator = emulator().await;
    let mut connection = Connection::open(&emulator).await;
    let head = format!(
        "POST /v1/gate_sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        emulator.keys().partner
    );
    connection.write(head.as_bytes()).await.unwrap();
    for part in minimal().to_string().as_bytes().chunks(7) {
        let chunk = [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
        connection.write(&chunk).await.unwrap();
    }
    connection.write(b"0\r\n\r\n").await.unwrap();
    assert_eq!(connection.response(true).await.unwrap().status, 201);
}

#[tokio::test]
async fn a_client_may_close_its_half_after_its_request() {
    let emulator = emulator().await;
    // The delay lets the emulator see the end of the stream before it responds.
    emulator.arm(Fault::new(FaultKind::delay(30))).unwrap();
    let mut connection = Connection::open(&emulator).await;
    connection.send(&list("").key(&emulator.keys().partner)).await;
    connection.close_writing_half().await;
    assert_eq!(connection.response(true).await.unwrap().status, 200);
}

#[tokio::test]
async fn http_1_0_gets_a_response_and_a_close() {
    let emulator = emulator().await;
    let mut connection = Connection::open(&emulator).await;
    let request =
        format!("GET /v1/gate_sessions HTTP/1.0\r\nAuthorization: Bearer {}\r\n\r\n", emulator.keys().partner);
    connection.write(request.as_bytes()).await.unwrap();
    let response = String::from_utf8(connection.read_to_end().await.unwrap()).unwrap();
    assert!(response.starts_with("HTTP/1.0 200"), "{response}");
    assert_eq!(emulator.journal().first().map(|entry| entry.version.clone()), Some("HTTP/1.0".to_owned()));
}

#[tokio::test]
async fn a_complete_request_is_carried_out_even_if_its_client_is_gone() {
    for crashed in [false, true] {
        let emulator = emulator().await;
        let session = seed(&emulator);
        emulator.arm(Fault::new(FaultKind::delay(30)).on(Operation::CancelSession)).unwrap();
        let mut connection = Connection::open(&emulator).await;
        connection.send(&cancel(&session.id).key(&emulator.keys().partner)).await;
        until(|| emulator.faults().is_empty()).await;
        if crashed {
            connection.reset();
        } else {
            drop(connection);
        }
        until(|| emulator.session(&session.id).is_some_and(|s| s.status == Status::Cancelled)).await;
    }
}

#[tokio::test]
async fn an_incomplete_request_is_not_carried_out() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    let mut connection = Connection::open(&emulator).await;
    emulator.arm(Fault::new(FaultKind::Reset)).unwrap();
    let request = format!(
        "POST /v1/gate_sessions/{}/cancel HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 9\r\n\r\nhalf",
        session.id,
        emulator.keys().partner
    );
    connection.write(request.as_bytes()).await.unwrap();
    connection.close_writing_half().await;
    let _ = connection.read_to_end().await;
    until(|| emulator.journal().first().is_some_and(|entry| entry.body == "half")).await;
    assert_eq!(emulator.session(&session.id).map(|s| s.status), Some(Status::Open));
    assert_eq!(emulator.faults().len(), 1, "a fault waits for a whole request");
}

#[tokio::test]
async fn dropping_the_emulator_releases_the_port_at_once() {
    let emulator = emulator().await;
    let addr = emulator.addr();
    let mut idle = Connection::open(&emulator).await;
    assert_eq!(idle.exchange(&list("")).await.unwrap().status, 401);
    drop(emulator);
    let listener = TcpListener::bind(addr).expect("the port is free");
    drop(listener);
    // The open connection ends, with FIN or RST.
    match idle.read_to_end().await {
        Ok(rest) => assert!(rest.is_empty()),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    let again = Emulator::builder().port(addr.port()).start().await.expect("the same port again");
    assert_eq!(again.addr(), addr);
}

#[tokio::test]
async fn dropping_the_emulator_aborts_requests_in_progress() {
    let emulator = emulator().await;
    emulator.arm(Fault::new(FaultKind::delay(3_600_000))).unwrap();
    let mut waiting = Connection::open(&emulator).await;
    waiting.send(&list("").key(&emulator.keys().partner)).await;
    until(|| emulator.faults().is_empty()).await;
    drop(emulator);
    let _ = waiting.read_to_end().await;
    let left = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    until(|| left() == 0).await;
}

#[tokio::test]
async fn a_taken_port_is_an_error_and_two_emulators_are_independent() {
    let one = emulator().await;
    assert!(Emulator::builder().port(one.addr().port()).start().await.is_err());
    let two = emulator().await;
    let session = one.seed(Seed::default()).unwrap();
    assert_eq!(retrieve(&session.id).key(&two.keys().partner).send(&two).await.status, 404);
}

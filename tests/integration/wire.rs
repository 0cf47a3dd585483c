//! What the client writes to the socket, to the byte.

use std::io::ErrorKind as IoErrorKind;
use std::net::TcpListener;

use zerogate::ErrorKind;

use crate::snapshot::with_settings;
use crate::socket::{KEY, Server, answer, json, session_id};

/// The request as it was written, with what differs from run to run replaced.
fn readable(request: &str) -> String {
    let host = request.lines().find_map(|line| line.strip_prefix("host: ")).expect("every request names its host");
    request
        .replace(host, "[host]")
        .replace(KEY, "[key]")
        .replace(env!("CARGO_PKG_VERSION"), "[version]")
        .replace("\r\n", "\n")
}

fn assert_request(name: &str, request: &str) {
    with_settings("The exact request that the client sends", || {
        insta::assert_snapshot!(format!("request-{name}"), readable(request));
    });
}

#[tokio::test]
async fn cancel_session_sends_exactly_the_documented_request() {
    let server = Server::answering(1, json("409 Conflict", "{}")).await;
    let _ = server.client().cancel_session(&session_id()).await;
    assert_request("cancelSession", &server.requests().await[0]);
}

#[tokio::test]
async fn retrieve_session_sends_exactly_the_documented_request() {
    let server = Server::answering(1, json("404 Not Found", "{}")).await;
    let _ = server.client().retrieve_session(&session_id()).await;
    assert_request("retrieveSession", &server.requests().await[0]);
}

#[tokio::test]
async fn create_session_sends_exactly_the_documented_request() {
    let server = Server::answering(1, json("400 Bad Request", "{}")).await;
    let _ = server
        .client()
        .call(async |api| {
            api.create_session()
                .idempotency_key("00000000-0000-4000-8000-000000000000")
                .body_map(|body| {
                    body.amount("100.00").currency("EUR").return_url("https://partner.example/checkout/done")
                })
                .send()
                .await
        })
        .await;
    assert_request("createSession", &server.requests().await[0]);
}

#[tokio::test]
async fn list_sessions_sends_exactly_the_documented_request() {
    let server = Server::answering(1, json("400 Bad Request", "{}")).await;
    let _ = server
        .client()
        .call(async |api| {
            api.list_sessions().limit(20).starting_after("67a1f3b9e4b0c10001234567").status("open").send().await
        })
        .await;
    assert_request("listSessions", &server.requests().await[0]);
}

#[tokio::test]
async fn an_odd_id_stays_one_segment_of_the_path() {
    for (id, segment) in [
        ("%2e%2e", "%252e%252e"),
        ("a%2Fb", "a%252Fb"),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("a b", "a%20b"),
        ("é", "%C3%A9"),
        ("...", "..."),
    ] {
        let server = Server::answering(1, json("404 Not Found", "{}")).await;
        let id = zerogate::SessionId::new(id).unwrap();
        let _ = server.client().cancel_session(&id).await;
        let request = server.requests().await.remove(0);
        assert_eq!(
            request.lines().next(),
            Some(format!("POST /v1/gate_sessions/{segment}/cancel HTTP/1.1").as_str()),
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = elsewhere.local_addr().unwrap();
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let server = Server::answering(1, answer(status, &format!("location: http://{location}/\r\n"), "")).await;
        let error = server.client().cancel_session(&session_id()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedStatus, "{status}");
        assert_eq!(error.status().map(|status| status / 100), Some(3), "{status}");
    }
    // The call is over, so that a connection to the other place would be waiting by now.
    assert_eq!(elsewhere.accept().unwrap_err().kind(), IoErrorKind::WouldBlock);
}

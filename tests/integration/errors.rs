//! Calls without a response, and clients that cannot be built.

use std::error::Error as _;
use std::time::Duration;

use tokio::net::TcpListener;
use zerogate::{CallOptions, Client, Delivery, ErrorKind, SecretKey};

use crate::arrange::{builder, client, client_with, session_id};
use crate::examples::response;
use crate::server::Server;

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    // Bound and dropped, to find a port that nobody listens on.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = client(&format!("http://{address}")).cancel_session(&session_id()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent));
    let said = format!("cancelSession: no connection to the server: {address}; nothing was sent");
    assert_eq!(error.to_string(), said);
}

#[tokio::test]
async fn a_closed_connection_means_unknown_delivery() {
    let server = Server::responding(1, "").await;
    let error = server.client().cancel_session(&session_id()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Transport, Delivery::Unknown));
    let mut cause = error.source();
    assert!(cause.is_some(), "the cause is lost");
    while let Some(error) = cause {
        let text = error.to_string();
        assert!(!text.contains("67a1f3b9e4b0c10001234567") && !text.contains("127.0.0.1"), "{text}");
        cause = error.source();
    }
}

#[tokio::test]
async fn a_missing_response_means_unknown_delivery() {
    // The kernel accepts the connection, but nobody reads it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = CallOptions::default().deadline(Duration::from_millis(100));
    let client = client_with(&format!("http://{}", listener.local_addr().unwrap()), options);
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Timeout, Delivery::Unknown));
}

#[tokio::test]
async fn an_incomplete_request_is_not_sent() {
    let error = client("http://127.0.0.1:1").call(async |api| api.cancel_session().send().await).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Request, Delivery::NotSent));
    assert_eq!(error.to_string(), "the request was not sent: id was not initialized");
}

#[tokio::test]
async fn the_generated_builder_rejects_ids_that_change_the_path() {
    for id in ["..", ".", "", "a/b", "a\\b"] {
        let error =
            client("http://127.0.0.1:1").call(async |api| api.cancel_session().id(id).send().await).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Request, Delivery::NotSent), "{id}");
    }
}

#[test]
fn a_live_key_is_not_sent_in_plain_text() {
    for (key, url, built) in [
        ("sk_live_xxxxxxxx", "http://gate.example/v1", false),
        ("sk_other_xxxxxxxxxxxxxxx", "http://gate.example/v1", false),
        ("sk_live_xxxxxxxx", "https://gate.example/v1", true),
        ("sk_live_xxxxxxxx", "http://127.0.0.1:4000", true),
        ("sk_test_xxxxxxxxxxxxxxxx", "http://gate.example/v1", true),
        // The reference's own example: a test key, production.
        ("sk_test_xxxxxxxxxxxxxxxx", "https://gate-api.0bit.app/v1", true),
    ] {
        let client = builder(key).base_url(url).unwrap().build();
        assert_eq!(client.is_ok(), built, "{url}");
        if let Err(error) = client {
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(!error.to_string().contains("sk_"), "{error}");
        }
    }
}

#[test]
fn nothing_that_holds_the_key_prints_it() {
    let key: SecretKey = "sk_test_canary0000000000".parse().unwrap();
    let builder = Client::builder(key.clone());
    let client = Client::new(key.clone()).unwrap();
    assert!(!format!("{key:?} {builder:?} {client:?} {client:#?}").contains("canary"));
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
#[tokio::test]
async fn a_build_without_tls_says_so_once() {
    let client = client_with("https://127.0.0.1:9", CallOptions::default());
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Certificate, Delivery::NotSent), "{error}");
    assert!(error.to_string().contains("this build has no TLS"), "{error}");
    assert_eq!(error.attempts().len(), 1, "it was tried again");
}

#[tokio::test]
async fn a_truncated_undocumented_success_is_an_unexpected_status() {
    for (status, kind) in [("201 Created", ErrorKind::UnreadableBody), ("202 Accepted", ErrorKind::UnexpectedStatus)] {
        for body in ["{", ""] {
            let cut = format!("HTTP/1.1 {status}\r\ncontent-length: 99\r\n\r\n{body}");
            // Reading back fails.
            let server = Server::responding_in_turn([cut, response("500 X", "", "")]).await;
            let error = server.client().cancel_session(&session_id()).await.unwrap_err();
            assert_eq!((error.kind(), error.delivery()), (kind, Delivery::Unknown), "{status} {body:?}");
            server.finish().await;
        }
    }
}

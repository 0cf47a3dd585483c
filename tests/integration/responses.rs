//! The results of single responses, documented and undocumented.

use std::fmt::Write as _;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zerogate::{Cancellation, Client, CreateSession, Delivery, Error, ErrorKind, NextStep, Response};

use crate::arrange::{client_with, quick, session_id};
use crate::examples::{CONFLICT, SESSION, envelope, json, response, session};
use crate::server::Server;
use crate::snapshot::with_settings;

async fn cancel(response: impl Into<Vec<u8>>) -> Result<Response<Cancellation>, Error> {
    let server = Server::responding(1, response).await;
    server.client().cancel_session(&session_id()).await
}

fn describe(outcome: &Result<Response<Cancellation>, Error>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name}: {value}");
    };
    match outcome {
        Ok(response) => {
            line("status", response.status().to_string());
            line("request id", format!("{:?}", response.request_id()));
            match response.value() {
                Cancellation::Cancelled(session) => {
                    line("outcome", "cancelled".to_owned());
                    line("session", serde_json::to_string_pretty(&session.decode().unwrap()).unwrap());
                }
                Cancellation::AlreadyTerminal(terminal) => {
                    line("outcome", "already terminal".to_owned());
                    line("envelope", format!("{:#?}", terminal.envelope()));
                }
                other => line("outcome", format!("{other:?}")),
            }
        }
        Err(error) => {
            line("error", error.to_string());
            line("kind", format!("{:?}", error.kind()));
            line("delivery", format!("{:?}", error.delivery()));
            line("status", format!("{:?}", error.status()));
            line("request id", format!("{:?}", error.request_id()));
            line("envelope", format!("{:#?}", error.envelope()));
        }
    }
    text
}

fn assert_response(name: &str, outcome: &Result<Response<Cancellation>, Error>) {
    with_settings("The results of responses", || {
        insta::assert_snapshot!(format!("response-{name}"), describe(outcome));
    });
}

#[tokio::test]
async fn status_201_is_the_cancelled_session() {
    assert_response("201", &cancel(json("201 Created", SESSION)).await);
}

#[tokio::test]
async fn status_401_is_an_error_with_its_envelope() {
    assert_response("401", &cancel(json("401 Unauthorized", &envelope("unauthorized", 401))).await);
}

#[tokio::test]
async fn status_404_is_an_error_with_its_envelope() {
    assert_response("404", &cancel(json("404 Not Found", &envelope("not_found", 404))).await);
}

#[tokio::test]
async fn status_409_is_an_outcome_with_its_envelope() {
    assert_response("409", &cancel(json("409 Conflict", CONFLICT)).await);
}

#[tokio::test]
async fn status_429_is_an_error_with_its_envelope() {
    assert_response("429", &cancel(json("429 Too Many Requests", &envelope("rate_limited", 429))).await);
}

#[tokio::test]
async fn status_500_is_an_error_of_unknown_delivery() {
    assert_response("500", &cancel(json("500 Internal Server Error", &envelope("server_error", 500))).await);
}

#[tokio::test]
async fn an_html_502_keeps_status_and_request_id() {
    let page = response(
        "502 Bad Gateway",
        "content-type: text/html\r\nx-request-id: req_test_gateway\r\n",
        "<html><h1>502 Bad Gateway</h1></html>",
    );
    assert_response("502-html", &cancel(page).await);
}

#[tokio::test]
async fn a_409_without_an_envelope_decides_nothing() {
    let contradictory = CONFLICT.replace("409", "404");
    for body in [
        "",
        "<html>",
        "{}",
        r#"["conflict", "conflict"]"#,
        r#"{"message": "no"}"#,
        r#"{"message": "Cannot POST", "error": "Conflict", "statusCode": 409}"#,
        r#"{"type": "about:blank", "title": "Conflict", "status": 409}"#,
        contradictory.as_str(),
    ] {
        let error = cancel(response("409 Conflict", "x-request-id: req_test_gateway\r\n", body)).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Conflict, Delivery::Unknown), "{body}");
        assert_eq!((error.request_id(), error.next_step()), (Some("req_test_gateway"), NextStep::ReadSession));
    }
    // The fields of an envelope that are enough.
    for body in [r#"{"type": "conflict", "statusCode": 409}"#, r#"{"type": "conflict"}"#] {
        let outcome = cancel(response("409 Conflict", "", body)).await.unwrap();
        assert!(matches!(outcome.value(), Cancellation::AlreadyTerminal(_)), "{body}");
        assert_eq!(outcome.value().next_step(), NextStep::ReadSession, "{body}");
    }
}

/// Frameworks and gateways also send JSON: their 404 says nothing about the session, so it is read back.
#[tokio::test]
async fn a_404_that_is_not_from_the_api_decides_nothing() {
    for body in [
        r#"{"message": "Cannot POST /v1", "error": "Not Found", "statusCode": 404}"#,
        r#"{"statusCode": 404, "message": "Resource not found"}"#,
        r#"{"type": "about:blank", "title": "Not Found", "status": 404}"#,
    ] {
        let error = cancel(response("404 Not Found", "", body)).await.unwrap_err();
        assert_eq!((error.delivery(), error.next_step()), (Delivery::Unknown, NextStep::FixRequest), "{body}");
        assert_eq!(error.attempts().last().unwrap().operation, "retrieveSession", "{body}");
    }
}

#[tokio::test]
async fn a_truncated_201_keeps_status_and_request_id_and_claims_nothing() {
    let mut bytes = json("201 Created", SESSION).into_bytes();
    bytes.truncate(bytes.len() - 20);
    assert_response("201-truncated", &cancel(bytes).await);
}

#[tokio::test]
async fn a_truncated_404_is_still_a_404() {
    let mut bytes = json("404 Not Found", &envelope("not_found", 404)).into_bytes();
    bytes.truncate(bytes.len() - 20);
    let error = cancel(bytes).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.request_id(), Some("req_test_000000000123"));
}

#[tokio::test]
async fn an_unknown_value_and_an_unknown_field_are_decoded() {
    let body = SESSION
        .replace("\"mode\": \"test\"", "\"mode\": \"rehearsal\", \"surprise\": {\"a\": [1]}")
        .replace("\"flow\": null", "\"flow\": \"bridge\"");
    let outcome = cancel(json("201 Created", &body)).await.unwrap();
    let session = outcome.value().session().unwrap().decode().unwrap();
    // By name, so that these tests compile with a contract that lacks one of the fields.
    let session = serde_json::to_value(&session).unwrap();
    assert_eq!((&session["mode"], &session["flow"]), (&"rehearsal".into(), &"bridge".into()));
}

#[tokio::test]
async fn an_unknown_status_of_a_retrieved_session_is_decoded() {
    let body = SESSION.replace("\"cancelled\"", "\"frozen\"");
    let server = Server::responding(1, json("200 OK", &body)).await;
    let response = server.client().retrieve_session(&session_id()).await.unwrap();
    assert_eq!(response.value().status().as_str(), "frozen");
    assert!(matches!(response.value().status(), zerogate::SessionStatus::Unknown(_)));
    #[cfg(known_surface)]
    let status = response.value().decode().unwrap().status;
    #[cfg(known_surface)]
    assert!(matches!(status, zerogate::types::GateSessionStatus::Unknown(_)));
}

#[tokio::test]
async fn an_endless_body_is_not_awaited() {
    // The head promises more than the server sends, and the connection stays open: waiting for the end would take
    // forever.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = crate::arrange::client(&format!("http://{}", listener.local_addr().unwrap()));
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        let head = "HTTP/1.1 201 Created\r\ncontent-length: 100000000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        // Fails when the client has read enough and closes the connection.
        while stream.write_all(&[b' '; 4096]).await.is_ok() {}
    });
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    server.await.unwrap();
    assert_eq!(error.kind(), ErrorKind::UnreadableBody);
    assert_eq!(error.delivery(), Delivery::Unknown);
    let said = "it is larger than 1048576 bytes; if that is expected, raise `CallOptions::max_body`;";
    assert!(error.to_string().contains(said), "{error}");
}

#[tokio::test]
async fn the_next_step_and_the_text_lead_to_the_same_place() {
    const ELSEWHERE: &str = "this does not look like 0Gate, so check the base URL";
    const LIMIT: &str = "raise `CallOptions::max_body`, or request fewer per page with `limit`";
    let page = || response("200 OK", "content-type: text/html\r\n", "<!doctype html><title>Shop</title>");
    let open = || json("200 OK", &session("open"));
    let ssh = || "SSH-2.0-OpenSSH_9.6\r\n".to_owned();
    let large = || json("200 OK", &" ".repeat(2000));
    for (operation, responses, next, said) in [
        ("cancel", vec![page(), page()], NextStep::FixRequest, Some(ELSEWHERE)),
        ("cancel", vec![ssh(), ssh()], NextStep::FixRequest, Some(ELSEWHERE)),
        ("cancel", vec![page(), open()], NextStep::Retry, None),
        ("cancel", vec![page(), json("503 Busy", "")], NextStep::Retry, None),
        (
            "cancel",
            vec![json("407 Proxy", "{}"), json("407 Proxy", "{}")],
            NextStep::FixRequest,
            Some("a proxy requires"),
        ),
        ("read", vec![page()], NextStep::FixRequest, Some(ELSEWHERE)),
        ("list", vec![page()], NextStep::FixRequest, Some(ELSEWHERE)),
        ("list", vec![large()], NextStep::FixRequest, Some(LIMIT)),
        ("create", vec![page()], NextStep::FixRequest, Some(ELSEWHERE)),
        (
            "create",
            vec![response("409 Conflict", "", "<html>")],
            NextStep::Retry,
            Some("so it does not settle the outcome"),
        ),
    ] {
        let server = Server::responding_in_turn(responses).await;
        let client = client_with(&server.base_url(), quick().max_attempts(1).max_body(1000));
        let error = match operation {
            "cancel" => client.cancel_session(&session_id()).await.unwrap_err(),
            "read" => client.retrieve_session(&session_id()).await.unwrap_err(),
            "list" => client.list_sessions().send().await.unwrap_err().into_error(),
            _ => client.create_session(&CreateSession::new("1", "EUR", "https://x")).await.unwrap_err(),
        };
        assert_eq!(error.next_step(), next, "{operation}: {error}");
        let text = error.to_string();
        assert!(said.is_none_or(|said| text.contains(said)), "{operation}: {text}");
        assert_eq!(text.contains("check the base URL"), said == Some(ELSEWHERE), "{operation}: {text}");
    }
}

#[tokio::test]
async fn an_envelope_that_lacks_fields_is_read_as_far_as_it_goes() {
    let body = r#"{"type":"unauthorized","code":null,"message":"m\n","request_id":"r","statusCode":"401"}"#;
    let error = cancel(response("401 Unauthorized", "", body)).await.unwrap_err();
    assert!(error.envelope().is_none());
    assert_eq!((error.error_type(), error.code(), error.envelope_status()), (Some("unauthorized"), None, Some(401)));
    assert_eq!((error.server_message(), error.doc_url(), error.request_id()), (Some("m\n"), None, Some("r")));
}

#[tokio::test]
async fn a_read_rejects_a_response_about_another_session() {
    let body = SESSION.replace("67a1f3b9e4b0c10001234567", "67a1f3b9e4b0c10007654321");
    let server = Server::responding(1, json("200 OK", &body)).await;
    let error = server.client().retrieve_session(&session_id()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Contradiction);
    assert_eq!(
        error.to_string(),
        "retrieveSession: 200: the response contradicts itself: the response is about another session"
    );
}

#[tokio::test]
async fn a_second_operation_in_one_call_is_rejected() {
    let server = Server::responding(1, json("404 Not Found", &envelope("not_found", 404))).await;
    let id = session_id();
    let client = server.client();
    let call = client.call(async |api| {
        let first = api.retrieve_session().id(&id).send().await;
        assert!(first.is_err());
        api.cancel_session().id(&id).send().await
    });
    let error = call.await.unwrap_err();
    // The error is about the whole call, which has sent something.
    assert_eq!((error.kind(), error.delivery(), error.status()), (ErrorKind::Request, Delivery::Responded, None));
    assert_eq!(error.attempts().len(), 1);
    assert_eq!(server.finish().await.len(), 1);
}

#[tokio::test]
async fn a_second_operation_after_a_success_means_unknown_delivery() {
    let server = Server::responding(1, json("201 Created", SESSION)).await;
    let id = session_id();
    let client = server.client();
    let call = client.call(async |api| {
        api.cancel_session().id(&id).send().await.unwrap();
        api.cancel_session().id(&id).send().await
    });
    let error = call.await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Request, Delivery::Unknown), "{error}");
}

#[tokio::test]
async fn a_contradiction_keeps_the_body() {
    let body = SESSION.replace("\"cancelled\"", "\"open\"");
    let error = cancel(json("201 Created", &body)).await.unwrap_err();
    assert_eq!(error.body(), Some(body.as_bytes()));
}

#[tokio::test]
async fn the_request_id_is_read_from_an_incomplete_envelope() {
    let error = cancel(response("404 Not Found", "", "{\"request_id\": \"req_test_in_body\"}")).await.unwrap_err();
    assert_eq!(error.request_id(), Some("req_test_in_body"));
    assert!(error.envelope().is_none());
}

#[tokio::test]
async fn a_text_that_is_no_request_id_is_ignored() {
    for (text, length) in [("r".repeat(256), Some(256)), ("r".repeat(257), None), ("r r".to_owned(), None)] {
        let headers = format!("x-request-id: {text}\r\n");
        let error = cancel(response("404 Not Found", &headers, "")).await.unwrap_err();
        assert_eq!(error.request_id().map(str::len), length);
    }
}

#[tokio::test]
async fn a_binary_request_id_is_ignored() {
    let mut bytes = b"HTTP/1.1 404 Not Found\r\nx-request-id: ".to_vec();
    bytes.extend_from_slice(&[0xff, 0xfe]);
    bytes.extend_from_slice(b"\r\ncontent-length: 0\r\n\r\n");
    let error = cancel(bytes).await.unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::NotFound, None));
}

#[tokio::test]
async fn an_invalid_http_response_is_a_protocol_error() {
    let error = cancel("SSH-2.0-OpenSSH_9.6\r\n").await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Protocol, Delivery::Unknown));
}

#[test]
fn the_futures_of_the_client_can_be_spawned() {
    fn is_send(_: impl Send) {}
    fn spawn(client: Client) {
        is_send(async move {
            let id = session_id();
            let _ = client.cancel_session(&id).await;
            let _ = client.retrieve_session(&id).await;
            let _ = client.call(async |api| api.retrieve_session().id(&id).send().await).await;
        });
    }
    let _ = spawn;
}

#[tokio::test]
async fn a_success_without_length_and_type_that_stops_early_is_cut_off() {
    let error = cancel("HTTP/1.1 201 Created\r\n\r\n{\"id\": \"67a1").await.unwrap_err();
    assert_eq!(error.attempts()[0].outcome, zerogate::AttemptOutcome::ResponseTruncated, "{error}");
}

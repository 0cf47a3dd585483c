//! Servers with incomplete or different responses: which fields decide, and what is read back.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use zerogate::{Cancellation, Client, Delivery, Error, ErrorKind, NextStep, Response, SessionStatus};

use crate::arrange::{client, session_id};
use crate::examples::{self, SESSION, response};
use crate::server::{Server, script};

/// The responses to a cancellation and to a read.
type Replies = Arc<Mutex<(String, String)>>;

/// A server with changeable responses on kept-alive connections, and a client that makes one attempt.
async fn server() -> (Server, Client, Replies) {
    let replies = Replies::default();
    let current = Arc::clone(&replies);
    let server = Server::start(script(move |mut connection| {
        let current = Arc::clone(&current);
        async move {
            loop {
                let request = connection.request().await?;
                let (cancel, read) = current.lock().unwrap().clone();
                connection.write(if request.starts_with("POST") { cancel } else { read }).await?;
            }
        }
    }))
    .await;
    let client = client(&server.base_url());
    (server, client, replies)
}

async fn cancel(client: &Client) -> Result<Response<Cancellation>, Error> {
    client.cancel_session(&session_id()).await
}

fn fields() -> Vec<String> {
    let Value::Object(fields) = serde_json::from_str(SESSION).unwrap() else { panic!("the example is no object") };
    fields.into_iter().map(|(name, _)| name).collect()
}

/// The example session with one field changed to every other type, and without it.
fn changed(field: &str, status: &str) -> Vec<(Option<Value>, String)> {
    let whole: Value = serde_json::from_str(&examples::session(status)).unwrap();
    let others = [json!(null), json!(true), json!(7), json!(1.5), json!("x"), json!([]), json!({})];
    let changes = others.into_iter().map(Some).chain([None]);
    let with = |change: Option<Value>| {
        let mut changed = whole.clone();
        match &change {
            Some(value) => changed[field] = value.clone(),
            None => drop(changed.as_object_mut().unwrap().remove(field)),
        }
        (change, changed.to_string())
    };
    changes.map(with).collect()
}

#[tokio::test]
async fn only_id_object_and_status_decide() {
    let (_server, client, replies) = server().await;
    let fields = fields();
    assert_eq!(fields.len(), 18);
    for field in &fields {
        let pointer = format!("/{field}");
        for ((change, cancelled), (_, read)) in changed(field, "cancelled").into_iter().zip(changed(field, "cancelled"))
        {
            let about = format!("{field}: {change:?}");
            let read = examples::json("200 OK", &read);
            *replies.lock().unwrap() = (examples::json("201 Created", &cancelled), read.clone());
            let result = cancel(&client).await;
            match field.as_str() {
                "id" | "status" => {
                    let error = result.unwrap_err();
                    // The text `x` can be read: as another session, or as a status that the reference does not have.
                    let is_text = change == Some(json!("x"));
                    let kind = if is_text { ErrorKind::Contradiction } else { ErrorKind::UnreadableBody };
                    assert_eq!((error.kind(), error.delivery()), (kind, Delivery::Unknown), "{about}: {error}");
                    assert_eq!(error.next_step(), NextStep::Retry, "{about}");
                    let named: Vec<_> = error.field_errors().iter().map(|field| field.pointer()).collect();
                    assert_eq!(named, if is_text { vec![] } else { vec![pointer.as_str()] }, "{about}");
                    // If only the 201 lacks it, the session read back decides.
                    replies.lock().unwrap().1 = examples::json("200 OK", SESSION);
                    let response = cancel(&client).await.unwrap();
                    assert!(matches!(response.value(), Cancellation::FoundCancelled(_)), "{about}: {response:?}");
                }
                "object" => {
                    let response = result.unwrap();
                    assert!(matches!(response.value(), Cancellation::FoundCancelled(_)), "{about}: {response:?}");
                }
                _ => {
                    let response = result.unwrap();
                    let Cancellation::Cancelled(session) = response.value() else { panic!("{about}: {response:?}") };
                    assert_eq!((session.id(), session.status()), (&session_id(), &SessionStatus::Cancelled), "{about}");
                    assert_eq!(response.attempts().len(), 1, "{about}");
                    // The rest decodes if it is correct; otherwise the error names the field and nothing else.
                    match session.decode() {
                        Ok(_) => assert!(
                            matches!(change, Some(Value::Null | Value::String(_) | Value::Bool(_) | Value::Object(_))),
                            "{about}"
                        ),
                        Err(error) => {
                            let [named] = error.fields() else { panic!("{about}: {error}") };
                            assert_eq!(named.pointer(), pointer, "{about}");
                            assert_eq!(named.found() == "missing", change.is_none(), "{about}");
                            assert!(named.expected().starts_with('a'), "{about}: {named}");
                        }
                    }
                    assert_eq!(session.json(), cancelled);
                    assert_eq!(format!("{session:?}"), "Session(67a1f3b9e4b0c10001234567 cancelled)");
                }
            }
            // A read decides in the same way, but does not need `object`.
            replies.lock().unwrap().1 = read;
            let read = client.retrieve_session(&session_id()).await;
            let is_status = field == "status" && change == Some(json!("x"));
            assert_eq!(read.is_ok(), is_status || !matches!(field.as_str(), "id" | "status"), "{about}: {read:?}");
        }
    }
}

#[tokio::test]
async fn errors_name_every_wrong_field_but_no_value() {
    let (_server, client, replies) = server().await;
    let id = session_id();
    let sparse = format!(
        r#"{{"id": "{id}", "object": "gate_session", "status": "cancelled", "amount": 100, "metadata": ["canary"], "mode": "canary"}}"#
    );
    *replies.lock().unwrap() = (examples::json("201 Created", &sparse), String::new());
    let response = cancel(&client).await.unwrap();
    let error = response.value().session().unwrap().decode().unwrap_err();
    let mut named: Vec<_> = error.fields().iter().map(|field| field.pointer().trim_start_matches('/')).collect();
    named.sort_unstable();
    let mut expected = fields();
    expected.retain(|field| !["id", "object", "status", "mode"].contains(&field.as_str()));
    expected.sort_unstable();
    assert_eq!(named, expected);
    assert_eq!(
        error.to_string(),
        "/amount is a number, expected a string, and /metadata is an array, expected an object, \
         and /cancel_url is missing, expected a string, and 11 more"
    );
    assert!(!format!("{response:?} {error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn a_success_that_is_not_credible_is_read_back() {
    let (_server, client, replies) = server().await;
    let created = |body: &str| examples::json("201 Created", body);
    let bytes = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    let bom = format!("\u{feff}{SESSION}");
    let repeated = SESSION.replacen('{', "{\"status\": \"open\",", 1);
    for (reply, kind, said) in [
        (created(&examples::session("open")), ErrorKind::Contradiction, "the session in it is not cancelled"),
        (created(&examples::session("frozen")), ErrorKind::Contradiction, "the session in it is not cancelled"),
        (
            created(&SESSION.replace("67a1f3b9", "00000000")),
            ErrorKind::Contradiction,
            "the response is about another session",
        ),
        (
            created(&SESSION.replace("gate_session", "session")),
            ErrorKind::Contradiction,
            "the object in it is not a gate_session",
        ),
        (created(&bom), ErrorKind::Contradiction, "the body starts with a byte order mark"),
        (created(&repeated), ErrorKind::UnreadableBody, "/status is repeated, expected one value"),
        (created(&format!("[{SESSION}]")), ErrorKind::UnreadableBody, "the body is an array, expected an object"),
        (
            created(&format!("{{\"session\": {SESSION}}}")),
            ErrorKind::UnreadableBody,
            "/id is missing, expected a string, and /status is missing",
        ),
        (created("null"), ErrorKind::UnreadableBody, "the body is null, expected an object"),
        (created(""), ErrorKind::UnreadableBody, "it is empty"),
        (created("<html>canary"), ErrorKind::UnreadableBody, "it is not JSON, at line 1 column 1"),
        (created(&format!("{SESSION}{SESSION}")), ErrorKind::UnreadableBody, "it is not JSON"),
        (created(&bytes(b"\x1f\x8b")), ErrorKind::UnreadableBody, "it is not JSON"),
        (examples::json("200 OK", SESSION), ErrorKind::UnexpectedStatus, "the contract does not document this status"),
        (
            examples::json("202 Accepted", SESSION),
            ErrorKind::UnexpectedStatus,
            "the contract does not document this status",
        ),
        (
            "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            ErrorKind::UnexpectedStatus,
            "the contract does not document this status",
        ),
        (
            "HTTP/1.1 205 Reset\r\ncontent-length: 0\r\n\r\n".to_owned(),
            ErrorKind::UnexpectedStatus,
            "does not document",
        ),
    ] {
        let about = reply.lines().next().unwrap_or_default().to_owned() + " " + said;
        for read in ["cancelled", "completed", "expired", "open", "frozen"] {
            *replies.lock().unwrap() = (reply.clone(), examples::json("200 OK", &examples::session(read)));
            let result = cancel(&client).await;
            let attempts = result.as_ref().map_or_else(Error::attempts, Response::attempts);
            assert_eq!(attempts.len(), 2, "{about}");
            match (read, result) {
                ("cancelled", Ok(response)) => {
                    assert!(matches!(response.value(), Cancellation::FoundCancelled(_)), "{about}: {response:?}");
                    assert_eq!(response.value().next_step(), NextStep::Done, "{about}");
                }
                ("completed" | "expired", Ok(response)) => {
                    assert!(matches!(response.value(), Cancellation::AlreadyTerminal(_)), "{about}: {response:?}");
                    assert_eq!(response.value().session().unwrap().status().as_str(), read, "{about}");
                }
                ("open" | "frozen", Err(error)) => {
                    assert_eq!((error.kind(), error.delivery()), (kind, Delivery::Unknown), "{about}: {error}");
                    assert_eq!(error.session_status().unwrap().as_str(), read, "{about}");
                    assert_eq!(error.next_step(), NextStep::Retry, "{about}");
                    assert!(error.to_string().contains(said), "{about}: {error}");
                    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
                }
                (_, result) => panic!("{about}, and it reads {read}: {result:?}"),
            }
        }
        // The same with a server that is gone when the session is read.
        *replies.lock().unwrap() = (reply, response("503 Busy", "retry-after: 7\r\n", ""));
        let error = cancel(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (kind, Delivery::Unknown), "{about}");
        assert!(error.to_string().contains("reading the session back failed too, with 503"), "{error}");
    }
}

#[tokio::test]
async fn a_session_is_read_without_its_discriminator_and_with_a_byte_order_mark() {
    let (_server, client, replies) = server().await;
    for body in [SESSION.replace("gate_session", "session"), format!("\u{feff}{SESSION}")] {
        *replies.lock().unwrap() = (String::new(), examples::json("200 OK", &body));
        let session = client.retrieve_session(&session_id()).await.unwrap().into_value();
        assert_eq!(*session.status(), SessionStatus::Cancelled);
        assert!(session.decode().is_ok());
    }
}

/// The error of a creation that is sent without a key.
#[cfg(known_surface)]
async fn create_without_key(client: &Client) -> Error {
    let creation = client.call(async |api| {
        let full = |body: zerogate::types::builder::CreateSessionRequest| {
            body.amount("100.00").currency("EUR").return_url("https://partner.example/done")
        };
        api.create_session().body_map(full).send().await
    });
    creation.await.unwrap_err()
}

#[cfg(known_surface)]
#[tokio::test]
async fn every_decode_error_names_its_fields() {
    let (_server, client, replies) = server().await;
    let listed = SESSION.replace("\"100.00\"", "100").replace("\"EUR\"", "null");
    let page = format!(r#"{{"object": "list", "data": [{SESSION}, {listed}]}}"#);
    *replies.lock().unwrap() = (examples::json("201 Created", SESSION), examples::json("200 OK", &page));
    let error = client.call(async |api| api.list_sessions().send().await).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "listSessions: 200: the body of the successful response cannot be read: /data/1/amount is a number, expected a string, \
         and /data/1/currency is null, expected a string, and /has_more is missing, expected a boolean"
    );
    let error = create_without_key(&client).await;
    let named: Vec<_> = error.field_errors().iter().map(|field| field.to_string()).collect();
    assert_eq!(named, ["/client_secret is missing, expected a string"]);
    // It is unknown what was created, and it must not be created again: it was sent without a key.
    assert_eq!((error.delivery(), error.next_step()), (Delivery::Unknown, NextStep::ReadSession));
}

/// A creation without a key is not repeated, whatever comes back: it may have created a session.
#[cfg(known_surface)]
#[tokio::test]
async fn what_must_not_be_repeated_is_not_fixed_and_sent_again() {
    let (_server, client, replies) = server().await;
    let client = client.with_options(client.options().max_body(200));
    let large = examples::json("201 Created", SESSION);
    let page = examples::response("200 OK", "content-type: text/html\r\n", "<html></html>");
    for reply in [large, page] {
        *replies.lock().unwrap() = (reply.clone(), reply);
        let error = create_without_key(&client).await;
        assert_eq!((error.delivery(), error.next_step()), (Delivery::Unknown, NextStep::ReadSession), "{error}");
    }
}

#[tokio::test]
async fn without_connection_reuse_a_stray_response_is_ignored() {
    // A surplus 404 after a response, which HTTP cannot distinguish from the response to the next request.
    let stray = response("404 Not Found", "", &examples::envelope("not_found", 404));
    let server = Server::start(script(move |mut connection| {
        let stray = stray.clone();
        async move {
            connection.request().await?;
            let first = examples::json("201 Created", SESSION);
            connection.write(format!("{first}{stray}")).await?;
            connection.silence().await
        }
    }))
    .await;
    let client = crate::arrange::builder(crate::arrange::KEY)
        .base_url(&server.base_url())
        .unwrap()
        .reuse_connections(false)
        .build()
        .unwrap();
    for _ in 0..3 {
        let response = cancel(&client).await.unwrap();
        assert!(matches!(response.value(), Cancellation::Cancelled(_)), "{response:?}");
    }
    drop(client);
    assert_eq!(server.finish().await.len(), 3);
}

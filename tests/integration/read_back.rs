//! The outcome of a conflict or a lost response after the session is read back.

use std::time::Duration;

use zerogate::{Cancellation, Delivery, ErrorKind, NextStep, OnConflict, RecordedOutcome, SessionRecord};
use zerogate_emulator::{Fault, FaultKind, Operation, Status};

use crate::arrange::{client_with, emulator_and_client, fault, quick, requests, seeded, session_id};
use crate::examples::{CONFLICT, envelope, json, response, session};
use crate::server::Server;

#[tokio::test]
async fn a_conflict_is_read_back_once_and_the_status_is_that_of_the_session() {
    let (emulator, client) = emulator_and_client(quick()).await;
    for (status, text) in
        [(Status::Completed, "completed"), (Status::Expired, "expired"), (Status::Cancelled, "cancelled")]
    {
        let id = seeded(&emulator, status);
        let response = client.cancel_session(&id).await.unwrap();
        assert!(matches!(response.value(), Cancellation::AlreadyTerminal(_)), "{response:?}");
        assert_eq!(response.value().session().unwrap().status().as_str(), text);
        assert_eq!(response.value().is_cancelled(), status == Status::Cancelled);
        // The conflict decides; the attempts include the read.
        assert_eq!((response.status(), response.attempts().len()), (409, 2));
        assert_eq!(response.request_id(), response.attempts()[0].request_id.as_deref());
    }
    assert_eq!(requests(&emulator), ["POST", "GET", "POST", "GET", "POST", "GET"]);
}

#[tokio::test]
async fn a_conflict_is_not_read_back_if_that_is_turned_off() {
    let (emulator, client) = emulator_and_client(quick().on_conflict(OnConflict::Report)).await;
    let id = seeded(&emulator, Status::Completed);
    let response = client.cancel_session(&id).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = response.value() else { panic!("{response:?}") };
    assert!(terminal.session().is_none() && terminal.missing().is_none());
    assert_eq!(requests(&emulator), ["POST"]);
}

#[tokio::test]
async fn a_conflict_whose_session_cannot_be_read_is_reported_with_the_reason() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let id = seeded(&emulator, Status::Completed);
    emulator.arm(Fault::new(FaultKind::status(503)).on(Operation::RetrieveSession).until_reset()).unwrap();
    let response = client.cancel_session(&id).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = response.value() else { panic!("{response:?}") };
    assert!(terminal.session().is_none());
    let missing = terminal.missing().unwrap();
    assert_eq!((missing.kind(), missing.status()), (ErrorKind::Server, Some(503)));
    assert_eq!(serde_json::to_value(terminal.envelope().unwrap()).unwrap()["code"], "conflict");
    // As many reads as there may be attempts.
    assert_eq!(requests(&emulator), ["POST", "GET", "GET", "GET", "GET"]);
    let numbers: Vec<_> = response.attempts().iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 1, 2, 3, 4]);
}

#[tokio::test]
async fn reading_back_is_retried_like_any_read() {
    for kind in [
        FaultKind::Reset,
        FaultKind::status(503),
        FaultKind::status(429),
        FaultKind::Html { status: 502, retry_after: None },
    ] {
        let (emulator, client) = emulator_and_client(quick()).await;
        let id = seeded(&emulator, Status::Completed);
        emulator.arm(Fault::new(kind.clone()).on(Operation::RetrieveSession).times(3)).unwrap();
        let response = client.cancel_session(&id).await.unwrap();
        assert_eq!(response.value().session().unwrap().status().as_str(), "completed", "{kind:?}");
        assert_eq!(requests(&emulator), ["POST", "GET", "GET", "GET", "GET"], "{kind:?}");
        if kind == FaultKind::Reset {
            continue;
        }
        // Not after a wait that the deadline leaves no time for.
        emulator.arm(Fault::new(kind.with_retry_after("3600")).on(Operation::RetrieveSession)).unwrap();
        let response = client.cancel_session(&id).await.unwrap();
        assert!(response.value().session().is_none(), "{response:?}");
        assert_eq!(response.value().retry_after(), Some(Duration::from_secs(3600)));
        assert_eq!(requests(&emulator)[5..], ["POST", "GET"]);
    }
}

/// To fetch a session that exceeds the limit again does not help; to raise the limit does.
#[tokio::test]
async fn a_session_that_is_too_large_to_read_back_is_a_matter_of_options() {
    let large = |status: &str| session(status).replace("{}", &format!("{{\"note\": \"{}\"}}", "x".repeat(2000)));
    let small = || r#"{"id":"67a1f3b9e4b0c10001234567","object":"gate_session","status":"cancelled"}"#;
    let busy = || json("503 Busy", &envelope("server_error", 503));
    let foreign = |status: &str| response(status, "content-type: text/html\r\n", "<html>");
    let read = || json("200 OK", &large("cancelled"));
    for (replies, outcome, next) in [
        (vec![json("201 Created", &large("cancelled")), read()], RecordedOutcome::Failed, NextStep::FixRequest),
        (vec![busy(), read()], RecordedOutcome::Failed, NextStep::FixRequest),
        (vec![json("409 Conflict", CONFLICT), read()], RecordedOutcome::AlreadyTerminal, NextStep::FixRequest),
        (
            vec![json("201 Created", &large("cancelled")), json("200 OK", small())],
            RecordedOutcome::FoundCancelled,
            NextStep::Done,
        ),
        (vec![json("201 Created", &large("cancelled")), busy()], RecordedOutcome::Failed, NextStep::Retry),
        // To read the session is what the table says next, but that would fail again.
        (vec![foreign("409 Conflict"), read()], RecordedOutcome::Failed, NextStep::FixRequest),
        (vec![foreign("409 Conflict"), busy()], RecordedOutcome::Failed, NextStep::ReadSession),
    ] {
        let server = Server::responding_in_turn(replies.clone()).await;
        let client = client_with(&server.base_url(), quick().max_attempts(1).max_body(1000));
        let result = client.cancel_session(&session_id()).await;
        server.finish().await;
        let record = SessionRecord::new("order_abc123", &session_id(), &result);
        assert_eq!((record.outcome, record.next), (outcome, next), "{replies:?}");
        if let (Err(error), NextStep::FixRequest) = (&result, next) {
            assert_eq!(error.delivery(), Delivery::Unknown);
            assert!(error.to_string().contains("`CallOptions::max_body`"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_conflict_for_an_open_session_is_an_error() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let id = seeded(&emulator, Status::Open);
    emulator.arm(fault(FaultKind::status(409))).unwrap();
    let error = client.cancel_session(&id).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Contradiction, Delivery::Responded));
    assert_eq!((error.status(), error.attempts().len()), (Some(409), 2));
    assert_eq!(
        error.to_string(),
        "cancelSession: 409: the response contradicts itself; the conflict says that the session is terminal, but it is open"
    );
}

#[tokio::test]
async fn another_terminal_status_after_a_lost_response_is_already_terminal() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(1)).await;
    let id = seeded(&emulator, Status::Completed);
    emulator.arm(fault(FaultKind::status(503))).unwrap();
    let response = client.cancel_session(&id).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = response.value() else { panic!("{response:?}") };
    assert_eq!(terminal.session().unwrap().status().as_str(), "completed");
    // Without a conflict the read decides, and the envelope of the 503 is not part of the outcome.
    assert!(terminal.envelope().is_none());
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn an_open_session_proves_nothing_after_a_lost_response() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
    let id = seeded(&emulator, Status::Open);
    emulator.arm(fault(FaultKind::Reset).times(2)).unwrap();
    let error = client.cancel_session(&id).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Transport, Delivery::Unknown));
    assert_eq!(
        error.to_string(),
        "cancelSession: the connection failed before the response; after 2 attempts; the session is still open, \
         but an earlier request may yet cancel it; the request may have taken effect"
    );
    let operations: Vec<_> = error.attempts().iter().map(|attempt| attempt.operation.as_str()).collect();
    assert_eq!(operations, ["cancelSession", "cancelSession", "retrieveSession"]);
}

#[tokio::test]
async fn neither_a_401_nor_a_429_settles_an_attempt_before_it() {
    for status in [401, 429] {
        let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
        let id = seeded(&emulator, Status::Open);
        emulator.arm(fault(FaultKind::Reset)).unwrap();
        emulator.arm(fault(FaultKind::status(status))).unwrap();
        let error = client.cancel_session(&id).await.unwrap_err();
        assert_eq!((error.status(), error.delivery()), (Some(status), Delivery::Unknown), "{error}");
        assert_eq!(requests(&emulator), ["POST", "POST", "GET"], "{status}");
    }
}

/// The cancellation of a scripted server's session, in words: the outcome or the error's kind, delivery and next step.
async fn told(responses: impl IntoIterator<Item = String>) -> String {
    let server = Server::responding_in_turn(responses).await;
    let result = client_with(&server.base_url(), quick()).cancel_session(&session_id()).await;
    server.finish().await;
    let record = SessionRecord::new("order_abc123", &session_id(), &result);
    match record.error {
        Some(error) => format!("{error} {} {}", record.delivery.unwrap(), record.next),
        None => format!("{} {}", record.outcome, record.next),
    }
}

#[tokio::test]
async fn a_404_after_a_lost_attempt_is_read_back() {
    let missing = || json("404 Not Found", &envelope("not_found", 404));
    let reads = |status: &str| json("200 OK", &session(status));
    for (read, expected) in [
        (missing(), "not_found responded give_up"),
        (reads("cancelled"), "found_cancelled done"),
        (reads("completed"), "already_terminal done"),
        // The 404 was wrong.
        (reads("open"), "not_found unknown retry"),
        (response("404 Not Found", "", "<html>"), "not_found unknown read_session"),
    ] {
        // The first response is lost.
        assert_eq!(told([String::new(), missing(), read.clone()]).await, expected, "{read}");
    }
    assert_eq!(told([missing()]).await, "not_found responded give_up");
    let busy = || json("503 Busy", &envelope("server_error", 503));
    let expected = "not_found unknown read_session";
    assert_eq!(told([String::new(), missing(), busy(), busy(), busy(), busy()]).await, expected);
}

/// A gateway may have forwarded the request before it responds.
#[tokio::test]
async fn a_4xx_or_a_redirect_without_an_envelope_is_read_back() {
    for (status, kind) in [
        (307, "unexpected_status"),
        (308, "unexpected_status"),
        (400, "rejected"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (405, "rejected"),
        (410, "rejected"),
        (413, "rejected"),
        (421, "rejected"),
        (451, "rejected"),
        (460, "rejected"),
        (499, "rejected"),
    ] {
        for body in ["<html>", r#"{"message":"Forbidden"}"#, &envelope("conflict", 409)] {
            let page = || json(&format!("{status} Example"), body);
            assert_eq!(told([page(), json("200 OK", &session("cancelled"))]).await, "found_cancelled done", "{status}");
            assert_eq!(told([page(), json("200 OK", &session("expired"))]).await, "already_terminal done", "{status}");
            for read in [json("200 OK", &session("open")), page()] {
                assert_eq!(told([page(), read]).await, format!("{kind} unknown fix_request"), "{status}");
            }
        }
    }
    for (status, kind, body) in [
        (400, "rejected", envelope("invalid_request", 400)),
        (403, "forbidden", envelope("forbidden", 403)),
        (403, "forbidden", r#"{"type":"forbidden","statusCode":403}"#.to_owned()),
        (401, "unauthorized", r#"{"type":"unauthorized"}"#.to_owned()),
    ] {
        let told = told([json(&format!("{status} Example"), &body)]).await;
        assert_eq!(told, format!("{kind} responded fix_request"), "{body}");
    }
}

/// A limiter responds instead of forwarding the request, and a read would only add to the load.
#[tokio::test]
async fn a_429_without_an_envelope_is_retried_and_not_read_back() {
    let limited = || response("429 Too Many Requests", "", "<html>");
    assert_eq!(told([limited(), json("201 Created", &session("cancelled"))]).await, "cancelled done");
    assert_eq!(told([limited(), limited(), limited(), limited()]).await, "rate_limited responded retry");
}

#[tokio::test]
async fn an_envelope_that_contradicts_its_status_is_reported() {
    let client = |server: &Server| {
        let options = quick().max_attempts(1).on_conflict(OnConflict::Report);
        client_with(&server.base_url(), options)
    };
    let missing = json("404 Not Found", CONFLICT);
    let server = Server::responding_in_turn([missing, json("200 OK", &session("open"))]).await;
    let error = client(&server).cancel_session(&session_id()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::NotFound, Delivery::Unknown));
    assert_eq!(error.code(), Some("conflict"));
    assert_eq!(error.envelope_contradiction().as_deref(), Some("its envelope says statusCode 409"));
    assert_eq!(
        error.to_string(),
        "cancelSession: 404: not found, or belongs to another partner; its envelope says statusCode 409; the session is still open, but \
         an earlier request may yet cancel it; the request may have taken effect"
    );
    // Such a conflict may come from another server, so it is read back regardless of the options.
    let conflict = json("409 Conflict", &CONFLICT.replace("409", "404"));
    let server = Server::responding_in_turn([conflict, json("200 OK", &session("completed"))]).await;
    let response = client(&server).cancel_session(&session_id()).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = response.value() else { panic!("{response:?}") };
    assert_eq!(terminal.envelope_contradiction().as_deref(), Some("its envelope says statusCode 404"));
}

/// A status that this version does not know may still change.
#[tokio::test]
async fn a_conflict_with_an_unknown_status_must_be_read_again() {
    let replies = [json("409 Conflict", CONFLICT), json("200 OK", &session("frozen"))];
    let server = Server::responding_in_turn(replies).await;
    let response = client_with(&server.base_url(), quick()).cancel_session(&session_id()).await.unwrap();
    assert_eq!(response.value().session().unwrap().status().as_str(), "frozen");
    assert_eq!(response.value().next_step(), NextStep::ReadSession);
}

/// The 409 shows that the key and the URL are right, so the failure to read the session is temporary.
#[tokio::test]
async fn a_conflict_with_a_foreign_404_must_be_read_again() {
    let replies = [json("409 Conflict", CONFLICT), response("404 Not Found", "", "<html>")];
    let server = Server::responding_in_turn(replies).await;
    let response = client_with(&server.base_url(), quick()).cancel_session(&session_id()).await.unwrap();
    assert_eq!(response.value().next_step(), NextStep::ReadSession);
}

#[tokio::test]
async fn the_retry_after_of_reading_back_is_kept() {
    let replies = [response("302 Found", "", ""), response("429 Too Many Requests", "retry-after: 120\r\n", "")];
    let server = Server::responding_in_turn(replies).await;
    let error = client_with(&server.base_url(), quick()).cancel_session(&session_id()).await.unwrap_err();
    assert_eq!((error.delivery(), error.retry_after()), (Delivery::Unknown, Some(Duration::from_secs(120))));
}

/// After a creation that may have happened, the next step is to look for its session. A server that replays an
/// unreadable success replays it forever.
#[tokio::test]
async fn a_creation_that_may_have_happened_is_not_retried_in_vain() {
    let unreadable = json("201 Created", r#"{"id": "67a1", "object": "gate_session", "status": "open"}"#);
    for (key, reply, next) in [
        (Some("00000000-0000-4000-8000-000000000000"), unreadable.clone(), NextStep::ReadSession),
        (None, unreadable, NextStep::ReadSession),
        (None, response("302 Found", "", ""), NextStep::ReadSession),
        (Some("00000000-0000-4000-8000-000000000000"), response("302 Found", "", ""), NextStep::FixRequest),
        (None, json("404 Not Found", &envelope("not_found", 404)), NextStep::FixRequest),
    ] {
        let server = Server::responding_in_turn([reply]).await;
        let result = client_with(&server.base_url(), quick())
            .call(async |api| {
                let call = api.create_session();
                let call = if let Some(key) = key { call.idempotency_key(key) } else { call };
                let body = |body: zerogate::types::builder::CreateSessionRequest| {
                    body.amount("100.00").currency("EUR").return_url("https://partner.example/done")
                };
                call.body_map(body).send().await
            })
            .await;
        let error = result.unwrap_err();
        assert_eq!(error.next_step(), next, "{key:?}: {error}");
    }
}

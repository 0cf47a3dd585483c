//! What a conflict or a lost response comes to once the session has been read.

use zerogate::{Cancellation, Delivery, ErrorKind, OnConflict};
use zerogate_emulator::{Fault, FaultKind, Operation, Status};

use crate::arrange::{client_with, emulator_and_client, fault, quick, requests, seeded, session_id};
use crate::examples::{CONFLICT, json, session};
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
        // The conflict decided; the read is among the attempts.
        assert_eq!((response.status(), response.attempts().len()), (409, 2));
        assert_eq!(response.request_id(), response.attempts()[0].request_id.as_deref());
    }
    assert_eq!(requests(&emulator), ["POST", "GET", "POST", "GET", "POST", "GET"]);
}

#[tokio::test]
async fn a_conflict_is_not_read_back_where_that_is_turned_off() {
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
    emulator.arm(Fault::new(FaultKind::status(503)).on(Operation::RetrieveSession)).unwrap();
    let response = client.cancel_session(&id).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = response.value() else { panic!("{response:?}") };
    assert!(terminal.session().is_none());
    let missing = terminal.missing().unwrap();
    assert_eq!((missing.kind(), missing.status()), (ErrorKind::Server, Some(503)));
    assert_eq!(serde_json::to_value(terminal.envelope().unwrap()).unwrap()["code"], "conflict");
    // One retrieve, which is not tried again.
    assert_eq!(requests(&emulator), ["POST", "GET"]);
    assert_eq!(response.attempts().len(), 2);
}

#[tokio::test]
async fn a_conflict_over_a_session_that_reads_open_is_an_error() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let id = seeded(&emulator, Status::Open);
    emulator.arm(fault(FaultKind::status(409))).unwrap();
    let error = client.cancel_session(&id).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Contradiction, Delivery::Responded));
    assert_eq!((error.status(), error.attempts().len()), (Some(409), 2));
    assert_eq!(
        error.to_string(),
        "cancelSession: 409: a response that contradicts itself; the conflict says that the session is terminal, and it reads open"
    );
}

#[tokio::test]
async fn a_session_that_is_terminal_otherwise_after_a_lost_response_is_terminal_already() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(1)).await;
    let id = seeded(&emulator, Status::Completed);
    emulator.arm(fault(FaultKind::status(503))).unwrap();
    let response = client.cancel_session(&id).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = response.value() else { panic!("{response:?}") };
    assert_eq!(terminal.session().unwrap().status().as_str(), "completed");
    // There was no conflict; the reading has decided, and the envelope of the 503 is about something else.
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
        "cancelSession: the connection failed before there was a response; after 2 attempts; the session reads open, \
         which proves nothing while a request may be under way; the request may have taken effect"
    );
    let operations: Vec<_> = error.attempts().iter().map(|attempt| attempt.operation.as_str()).collect();
    assert_eq!(operations, ["cancelSession", "cancelSession", "retrieveSession"]);
}

#[tokio::test]
async fn neither_a_401_nor_a_429_settles_an_attempt_before_it_and_a_404_does() {
    for (status, delivery, reads) in
        [(401, Delivery::Unknown, 1), (429, Delivery::Unknown, 1), (404, Delivery::Responded, 0)]
    {
        let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
        let id = seeded(&emulator, Status::Open);
        emulator.arm(fault(FaultKind::Reset)).unwrap();
        emulator.arm(fault(FaultKind::status(status))).unwrap();
        let error = client.cancel_session(&id).await.unwrap_err();
        assert_eq!((error.status(), error.delivery()), (Some(status), delivery), "{error}");
        assert_eq!(requests(&emulator).iter().filter(|method| *method == "GET").count(), reads, "{status}");
    }
}

#[tokio::test]
async fn an_envelope_that_contradicts_its_status_is_kept_and_said() {
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
        "cancelSession: 404: not found, or another partner's; its envelope says statusCode 409; the session reads open, which \
         proves nothing while a request may be under way; the request may have taken effect"
    );
    // Such a conflict may be somebody else's: it is read back, whatever the options say.
    let conflict = json("409 Conflict", &CONFLICT.replace("409", "404"));
    let server = Server::responding_in_turn([conflict, json("200 OK", &session("completed"))]).await;
    let response = client(&server).cancel_session(&session_id()).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = response.value() else { panic!("{response:?}") };
    assert_eq!(terminal.envelope_contradiction().as_deref(), Some("its envelope says statusCode 404"));
}

//! The client with the emulator.

use zerogate::{Cancellation, Delivery, ErrorKind, SessionId};
use zerogate_emulator::{Emulator, FaultKind, Status};

use crate::arrange::{builder, client, emulator_and_client, fault, quick, seeded};

fn status_of(emulator: &Emulator, id: &SessionId) -> Status {
    emulator.session(id.as_str()).unwrap().status
}

#[tokio::test]
async fn a_session_is_created_listed_cancelled_and_read_back() {
    let (_emulator, client) = emulator_and_client(quick()).await;
    let created = client
        .call(async |api| {
            api.create_session()
                .idempotency_key("00000000-0000-4000-8000-000000000001")
                .body_map(|body| {
                    body.amount("100.00").currency("EUR").return_url("https://partner.example/checkout/done")
                })
                .send()
                .await
        })
        .await
        .unwrap();
    assert_eq!(created.status(), 201);
    assert!(created.request_id().is_some());
    assert!(!format!("{created:?}").contains(created.value().client_secret.expose()));
    let id = SessionId::new(&created.value().id).unwrap();

    let page = client.call(async |api| api.list_sessions().status("open").send().await).await.unwrap();
    assert_eq!(page.value().data.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), [id.as_str()]);

    let before = client.retrieve_session(&id).await.unwrap().into_value().decode().unwrap();
    let response = client.cancel_session(&id).await.unwrap();
    let cancelled = response.value().session().unwrap().decode().unwrap();
    assert_eq!(cancelled.status.as_str(), "cancelled");
    let mut expected = before;
    expected.status = "cancelled".into();
    assert_eq!(cancelled, expected);
    assert_eq!(client.retrieve_session(&id).await.unwrap().into_value().decode().unwrap(), expected);
}

#[tokio::test]
async fn a_terminal_session_is_an_outcome_and_stays_as_it_is() {
    let (emulator, client) = emulator_and_client(quick()).await;
    for status in [Status::Completed, Status::Expired, Status::Cancelled] {
        let id = seeded(&emulator, status);
        let response = client.cancel_session(&id).await.unwrap();
        assert_eq!(response.status(), 409);
        let Cancellation::AlreadyTerminal(terminal) = response.value() else {
            panic!("{response:?}");
        };
        assert_eq!(terminal.envelope().unwrap().code, "conflict");
        assert_eq!(terminal.envelope().unwrap().request_id, response.request_id().unwrap());
        assert_eq!(terminal.session().unwrap().status().to_string(), format!("{status:?}").to_lowercase());
        assert_eq!(status_of(&emulator, &id), status);
    }
}

#[tokio::test]
async fn a_session_of_another_partner_is_not_found() {
    let emulator = Emulator::start().await.unwrap();
    let id = seeded(&emulator, Status::Open);
    let other = builder(&emulator.keys().other_partner).base_url(&emulator.base_url()).unwrap().build().unwrap();
    let error = other.cancel_session(&id).await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.delivery()), (ErrorKind::NotFound, Some(404), Delivery::Responded));
    assert_eq!(error.envelope().unwrap().type_.as_str(), "not_found");
    assert_eq!(status_of(&emulator, &id), Status::Open);
}

#[tokio::test]
async fn a_key_that_the_server_does_not_know_is_unauthorized() {
    let emulator = Emulator::start().await.unwrap();
    let id = seeded(&emulator, Status::Open);
    let error = client(&emulator.base_url()).cancel_session(&id).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Some(401)));
    assert_eq!(error.request_id(), error.envelope().map(|envelope| envelope.request_id.as_str()));
    assert_eq!(status_of(&emulator, &id), Status::Open);
}

#[tokio::test]
async fn a_cancellation_whose_response_was_lost_is_found() {
    let (emulator, client) = emulator_and_client(quick()).await;
    for kind in [FaultKind::Reset, FaultKind::Close, FaultKind::Truncated, FaultKind::status(503), FaultKind::html()] {
        let id = seeded(&emulator, Status::Open);
        emulator.arm(fault(kind.clone()).after()).unwrap();
        let response = client.cancel_session(&id).await.unwrap();
        assert!(matches!(response.value(), Cancellation::FoundCancelled(_)), "{kind:?}: {response:?}");
        // The lost attempt, the retry that got a conflict, and the read that decided.
        let attempts: Vec<_> = response.attempts().iter().map(|attempt| attempt.operation.as_str()).collect();
        assert_eq!(attempts, ["cancelSession", "cancelSession", "retrieveSession"], "{kind:?}");
        assert_eq!((response.status(), response.request_id()), (200, response.attempts()[2].request_id.as_deref()));
    }
}

#[tokio::test]
async fn an_operation_sends_one_request_and_nothing_undocumented() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let id = seeded(&emulator, Status::Open);
    client.cancel_session(&id).await.unwrap();
    let journal = emulator.journal();
    assert_eq!(journal.len(), 1);
    let mut names: Vec<&str> = journal[0].headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "authorization", "content-length", "host", "user-agent"]);
}

//! Records of calls.

use zerogate::{AttemptOutcome, Delivery, NextStep, RecordedOutcome, SessionRecord};
use zerogate_emulator::{FaultKind, Status};

use crate::arrange::{emulator_and_client, fault, quick, seeded};
use crate::snapshot::with_settings;

/// A record with its variable parts replaced.
fn assert_record(name: &str, record: &SessionRecord) {
    let text = serde_json::to_string_pretty(record).unwrap();
    with_settings("What is stored about a call", || {
        let mut settings = insta::Settings::clone_current();
        for (fields, placeholder) in [
            ("session_id", "[session id]"),
            ("recorded_at|started_at", "[time]"),
            ("request_id", "[request id]"),
            ("elapsed_ms", "[milliseconds]"),
        ] {
            settings.add_filter(&format!(r#""({fields})": [^,\n]+"#), format!(r#""$1": "{placeholder}""#));
        }
        settings.bind(|| insta::assert_snapshot!(format!("record-{name}"), text));
    });
    let json = serde_json::to_string(record).unwrap();
    assert_eq!(serde_json::from_str::<SessionRecord>(&json).unwrap(), *record);
}

#[tokio::test]
async fn a_cancellation_is_recorded() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
    let id = seeded(&emulator, Status::Open);
    let result = client.cancel_session(&id).await;
    let record = SessionRecord::new("order_abc123", &id, &result);
    assert_eq!(record.request_id.as_deref(), result.unwrap().request_id());
    assert_record("cancelled", &record);
}

#[tokio::test]
async fn found_cancelled_is_recorded_with_all_request_ids() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
    let id = seeded(&emulator, Status::Open);
    emulator.arm(fault(FaultKind::status(503)).after()).unwrap();
    let record = SessionRecord::new("order_abc123", &id, &client.cancel_session(&id).await);
    let ids: Vec<_> = record.attempts.iter().map(|attempt| attempt.request_id.clone()).collect();
    let returned: Vec<_> = emulator.journal().iter().map(|entry| entry.request_id.clone()).collect();
    assert_eq!(ids, returned);
    assert_record("found-cancelled", &record);
}

#[tokio::test]
async fn an_already_terminal_session_is_recorded() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
    let id = seeded(&emulator, Status::Open);
    emulator.complete(id.as_str()).unwrap();
    assert_record("already-terminal", &SessionRecord::new("order_abc123", &id, &client.cancel_session(&id).await));
}

#[tokio::test]
async fn a_retrieved_session_is_recorded() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
    let id = seeded(&emulator, Status::Open);
    assert_record("retrieved", &SessionRecord::new("order_abc123", &id, &client.retrieve_session(&id).await));
}

#[tokio::test]
async fn a_failure_is_recorded_with_its_delivery() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
    let id = seeded(&emulator, Status::Open);
    emulator.arm(fault(FaultKind::Reset).times(2)).unwrap();
    let record = SessionRecord::new("order_abc123", &id, &client.cancel_session(&id).await);
    assert_eq!((record.outcome, record.delivery), (RecordedOutcome::Failed, Some(Delivery::Unknown)));
    assert_eq!(record.attempts[0].outcome, AttemptOutcome::ConnectionLost);
    assert_record("failed", &record);
}

#[test]
fn records_of_later_versions_are_readable() {
    let record = r#"{"reference_id": "order_abc123", "session_id": "67a1", "recorded_at": "2026-05-26T12:00:00.000Z",
        "outcome": "refunded", "next": "refund", "surprise": 1, "attempts": []}"#;
    let record: SessionRecord = serde_json::from_str(record).unwrap();
    assert_eq!((record.outcome, record.next, record.status), (RecordedOutcome::Other, NextStep::Other, None));
}

/// A record of a call, with the facts that decide what follows.
fn record(facts: &str) -> SessionRecord {
    let mut words = facts.split(' ').map(|word| (word != "-").then(|| word.to_owned()));
    let mut next = || words.next().unwrap();
    let mut record = SessionRecord::under_way("order_abc123", &crate::arrange::session_id());
    record.outcome = next().unwrap().parse().unwrap();
    record.status = next().map(|status| status.as_str().into());
    record.error = next().map(|error| error.parse().unwrap());
    record.delivery = next().map(|delivery| delivery.parse().unwrap());
    record.next = next().unwrap().parse().unwrap();
    record
}

fn facts(record: &SessionRecord) -> String {
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let status = text(record.status.as_ref().map(ToString::to_string));
    let (error, delivery) = (record.error.map(|it| it.to_string()), record.delivery.map(|it| it.to_string()));
    format!("{} {status} {} {} {}", record.outcome, text(error), text(delivery), record.next)
}

#[test]
fn a_record_keeps_the_doubt_of_an_earlier_call() {
    let lost = "failed - transport unknown retry";
    let conflict = "already_terminal - - - read_session";
    let ours = "cancelled cancelled - - done";
    for (previous, later, expected) in [
        // A terminal session does not change any more.
        (ours, "failed - unauthorized responded fix_request", ours),
        (ours, "failed - server unknown retry", ours),
        (ours, "failed - not_found responded give_up", ours),
        (ours, "already_terminal cancelled - - done", ours),
        (ours, "already_terminal - - - read_session", ours),
        (ours, "retrieved open - - retry", ours),
        ("retrieved expired - - done", "failed - connect not_sent retry", "retrieved expired - - done"),
        ("found_cancelled cancelled - - done", "retrieved cancelled - - done", "found_cancelled cancelled - - done"),
        // Nor does one whose status is missing.
        (conflict, "failed - transport unknown read_session", conflict),
        (conflict, "failed - rate_limited responded retry", conflict),
        (conflict, "failed - unauthorized responded fix_request", "already_terminal - - - fix_request"),
        (conflict, "already_terminal - - - read_session", conflict),
        (conflict, "already_terminal expired - - done", "already_terminal expired - - done"),
        (conflict, "retrieved completed - - done", "retrieved completed - - done"),
        (
            "already_terminal - - unknown read_session",
            "failed - server unknown retry",
            "already_terminal - - unknown read_session",
        ),
        // The latest of two contradicting responses counts.
        (ours, "retrieved completed - - done", "retrieved completed - - done"),
        (lost, "failed - unauthorized responded fix_request", "failed - unauthorized unknown fix_request"),
        (lost, "failed - rate_limited responded retry", "failed - rate_limited unknown retry"),
        (lost, "failed - connect not_sent retry", "failed - connect unknown retry"),
        (lost, "failed open contradiction responded read_session", "failed open contradiction unknown read_session"),
        (lost, "already_terminal - - - read_session", "already_terminal - - unknown read_session"),
        (lost, "already_terminal cancelled - - done", "found_cancelled cancelled - - done"),
        (lost, "already_terminal expired - - done", "already_terminal expired - - done"),
        (lost, "cancelled cancelled - - done", "cancelled cancelled - - done"),
        (lost, "retrieved open - - retry", "retrieved open - unknown retry"),
        (lost, "retrieved cancelled - - done", "found_cancelled cancelled - - done"),
        ("retrieved open - unknown retry", "failed - connect not_sent retry", "failed - connect unknown retry"),
        // A process has died.
        ("under_way - - unknown retry", "already_terminal cancelled - - done", "found_cancelled cancelled - - done"),
        // A session that is not found twice was not cancelled.
        (lost, "failed - not_found responded give_up", "failed - not_found unknown read_session"),
        (
            "failed - not_found unknown read_session",
            "failed - not_found responded give_up",
            "failed - not_found responded give_up",
        ),
        // Without a doubt nothing changes.
        ("failed - connect not_sent retry", "failed - connect not_sent retry", "failed - connect not_sent retry"),
        (
            "failed - rate_limited responded retry",
            "already_terminal cancelled - - done",
            "already_terminal cancelled - - done",
        ),
    ] {
        assert_eq!(facts(&record(later).following(&record(previous))), expected, "{previous}, then {later}");
    }
}

#[tokio::test]
async fn a_lost_response_is_not_forgotten_when_the_next_call_gets_nowhere() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(1)).await;
    let id = seeded(&emulator, Status::Open);
    let call = async |previous: Option<&SessionRecord>| {
        let record = SessionRecord::new("order_abc123", &id, &client.cancel_session(&id).await);
        if let Some(previous) = previous { record.following(previous) } else { record }
    };
    emulator.arm(fault(FaultKind::Reset).after()).unwrap();
    let retrieve = zerogate_emulator::Operation::RetrieveSession;
    emulator.arm(zerogate_emulator::Fault::new(FaultKind::status(503)).on(retrieve)).unwrap();
    emulator.arm(fault(FaultKind::status(401))).unwrap();
    let lost = call(None).await;
    let rejected = call(Some(&lost)).await;
    assert_eq!((rejected.next, rejected.delivery), (NextStep::FixRequest, Some(Delivery::Unknown)));
    assert_eq!(call(Some(&rejected)).await.outcome, RecordedOutcome::FoundCancelled);
}

/// In a record, `retry` is to cancel the session, and `read_session` to read it.
#[tokio::test]
async fn the_record_of_a_read_says_what_to_do_with_the_session() {
    let html = |status| FaultKind::Html { status, retry_after: None };
    for (status, fault, next) in [
        (Status::Open, None, NextStep::Retry),
        (Status::Completed, None, NextStep::Done),
        (Status::Cancelled, None, NextStep::Done),
        (Status::Open, Some(FaultKind::status(503)), NextStep::ReadSession),
        (Status::Open, Some(FaultKind::Reset), NextStep::ReadSession),
        (Status::Open, Some(FaultKind::status(401)), NextStep::FixRequest),
        (Status::Open, Some(html(403)), NextStep::FixRequest),
        (Status::Open, Some(FaultKind::status(404)), NextStep::GiveUp),
    ] {
        let (emulator, client) = emulator_and_client(quick().max_attempts(1)).await;
        let id = seeded(&emulator, status);
        if let Some(kind) = fault.clone() {
            emulator
                .arm(zerogate_emulator::Fault::new(kind).on(zerogate_emulator::Operation::RetrieveSession))
                .unwrap();
        }
        let record = SessionRecord::new("order_abc123", &id, &client.retrieve_session(&id).await);
        assert_eq!(record.next, next, "{status:?} {fault:?}: {record:?}");
        // A read has no effect, so it leaves no doubt.
        assert_ne!(record.delivery, Some(Delivery::Unknown), "{status:?} {fault:?}: {record:?}");
    }
}

#[tokio::test]
async fn every_result_has_one_next_step() {
    let emulator_fault = |kind: FaultKind| fault(kind).until_reset();
    for (fault, next, retry_after) in [
        (None, NextStep::Done, None),
        (Some(emulator_fault(FaultKind::status(400))), NextStep::FixRequest, None),
        (Some(emulator_fault(FaultKind::status(401))), NextStep::FixRequest, None),
        (Some(emulator_fault(FaultKind::status(403))), NextStep::FixRequest, None),
        (Some(emulator_fault(FaultKind::status(404))), NextStep::GiveUp, None),
        // The session reads as open, so the base URL is right.
        (Some(emulator_fault(FaultKind::Html { status: 404, retry_after: None })), NextStep::Retry, None),
        // A gateway rejects the call, whatever the session is.
        (Some(emulator_fault(FaultKind::Html { status: 401, retry_after: None })), NextStep::FixRequest, None),
        (Some(emulator_fault(FaultKind::Html { status: 403, retry_after: None })), NextStep::FixRequest, None),
        (Some(emulator_fault(FaultKind::status(408))), NextStep::Retry, None),
        (Some(emulator_fault(FaultKind::status(409))), NextStep::ReadSession, None),
        (Some(emulator_fault(FaultKind::Html { status: 409, retry_after: None })), NextStep::Retry, None),
        (Some(emulator_fault(FaultKind::status(429).with_retry_after("7"))), NextStep::Retry, Some(7_000)),
        (Some(emulator_fault(FaultKind::status(501))), NextStep::Retry, None),
        (Some(emulator_fault(FaultKind::status(503).with_retry_after("9"))), NextStep::Retry, Some(9_000)),
        (Some(emulator_fault(FaultKind::Reset)), NextStep::Retry, None),
        (Some(emulator_fault(FaultKind::status(204))), NextStep::Retry, None),
        (Some(emulator_fault(FaultKind::status(302))), NextStep::FixRequest, None),
    ] {
        let (emulator, client) = emulator_and_client(quick().max_attempts(1)).await;
        let id = seeded(&emulator, Status::Open);
        if let Some(fault) = &fault {
            emulator.arm(fault.clone()).unwrap();
        }
        let result = client.cancel_session(&id).await;
        let said = result.as_ref().map_or_else(|error| error.next_step(), |response| response.value().next_step());
        let record = SessionRecord::new("order_abc123", &id, &result);
        assert_eq!((said, record.next, record.retry_after_ms), (next, next, retry_after), "{fault:?}: {result:?}");
        assert_eq!(record.not_before().is_some(), retry_after.is_some(), "{fault:?}");
    }
}

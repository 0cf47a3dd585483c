//! Runs that send nothing more, because every session would fail.

use std::time::Duration;

use zerogate::{Delivery, ErrorKind, NextStep, RecordedOutcome, SessionRecord, SessionStatus};

use super::resumed::{conflict, failing, last, reads, scripted};
use super::{CancelTarget, cancelled, ids, run};
use crate::arrange::quick;
use crate::examples::{envelope, json, response};

type Respond = Box<dyn Fn(&str, &str) -> Option<String> + Send + Sync>;

fn not_implemented() -> Option<String> {
    Some(json("501 Not Implemented", &envelope("server_error", 501)))
}

fn page(status: &str) -> Option<String> {
    Some(response(status, "content-type: text/html\r\n", "<html>"))
}

/// The table of retries does not retry these, and nothing that is not from 0Gate says that it is about one session.
#[tokio::test]
async fn twenty_sessions_in_a_row_without_a_result_end_the_run() {
    let garbage = || Some("220 mail.example ready\r\n".to_owned());
    let rows: [(&str, Respond, ErrorKind, NextStep); 10] = [
        ("a 501", Box::new(|_, _| not_implemented()), ErrorKind::Server, NextStep::Retry),
        (
            "a 501, and the session is open",
            Box::new(|method, id| if method == "GET" { Some(reads("open", id)) } else { not_implemented() }),
            ErrorKind::Server,
            NextStep::Retry,
        ),
        ("not HTTP", Box::new(move |_, _| garbage()), ErrorKind::Protocol, NextStep::FixRequest),
        (
            "not HTTP, and the session is open",
            Box::new(move |method, id| if method == "GET" { Some(reads("open", id)) } else { garbage() }),
            ErrorKind::Protocol,
            NextStep::Retry,
        ),
        ("no response", Box::new(|_, _| None), ErrorKind::Transport, NextStep::Retry),
        ("a website", Box::new(|_, _| page("200 OK")), ErrorKind::UnexpectedStatus, NextStep::FixRequest),
        (
            "a page in place of a session",
            Box::new(|_, _| page("201 Created")),
            ErrorKind::UnreadableBody,
            NextStep::FixRequest,
        ),
        ("a gateway", Box::new(|_, _| page("403 Forbidden")), ErrorKind::Forbidden, NextStep::FixRequest),
        ("a redirect", Box::new(|_, _| page("302 Found")), ErrorKind::UnexpectedStatus, NextStep::FixRequest),
        (
            "a conflict, and the session cannot be read",
            Box::new(|method, _| Some(if method == "GET" { failing() } else { conflict() })),
            ErrorKind::Server,
            NextStep::Retry,
        ),
    ];
    for (what, respond, error, next) in rows {
        let (server, client, requests) = scripted(quick(), move |_, method, id| respond(method, id)).await;
        let records = run(&client, ids(200), 4).await;
        assert_eq!(records.len(), 200, "{what}");
        let last = records.last().unwrap();
        let told = (last.outcome, last.error, last.delivery, last.next, last.retry_after_ms);
        assert_eq!(told, (RecordedOutcome::Failed, Some(error), Some(Delivery::NotSent), next, None), "{what}");
        let asked = records.iter().filter(|record| !record.attempts.is_empty()).count();
        assert!((20..24).contains(&asked), "{what}: {asked} sessions");
        // Those were the requests: at most four for a session, and as many reads.
        assert!(requests.lock().unwrap().len() <= 8 * 24, "{what}");
        drop(client);
        server.finish().await;
    }
}

/// A 4xx with its envelope says why, and a session whose result is read back has one.
#[tokio::test]
async fn a_run_goes_on_while_0gate_explains_its_failures_or_reading_back_settles_them() {
    let missing = || Some(json("404 Not Found", &envelope("not_found", 404)));
    let rejected = || Some(json("400 Bad Request", &envelope("invalid_request", 400)));
    let rows: [(&str, Respond, RecordedOutcome); 5] = [
        ("a 404", Box::new(move |_, _| missing()), RecordedOutcome::Failed),
        ("a 400", Box::new(move |_, _| rejected()), RecordedOutcome::Failed),
        (
            "a conflict for an open session",
            Box::new(|method, id| Some(if method == "GET" { reads("open", id) } else { conflict() })),
            RecordedOutcome::Failed,
        ),
        (
            "a 501, and the session is cancelled",
            Box::new(|method, id| if method == "GET" { Some(reads("cancelled", id)) } else { not_implemented() }),
            RecordedOutcome::FoundCancelled,
        ),
        (
            "no response, and the session is completed",
            Box::new(|method, id| (method == "GET").then(|| reads("completed", id))),
            RecordedOutcome::AlreadyTerminal,
        ),
    ];
    for (what, respond, outcome) in rows {
        // Pauses would take minutes.
        let pause = Duration::from_secs(20);
        let options = quick().max_attempts(1).backoff(pause, pause);
        let (server, client, _) = scripted(options, move |_, method, id| respond(method, id)).await;
        let records = tokio::time::timeout(Duration::from_secs(60), run(&client, ids(50), 4)).await;
        let records = records.unwrap_or_else(|_| panic!("{what}: the run pauses"));
        assert_eq!(records.len(), 50);
        for record in records {
            assert!(record.outcome == outcome && !record.attempts.is_empty(), "{what}: {record:?}");
        }
        drop(client);
        server.finish().await;
    }
}

/// Sessions that are only read, and requests that are not sent.
#[tokio::test]
async fn a_run_of_reads_or_without_requests_ends_too() {
    let to_read = |id: &zerogate::SessionId| {
        let mut record = SessionRecord::under_way("order_1", id);
        record.next = NextStep::ReadSession;
        CancelTarget::from(record)
    };
    let (server, client, requests) = scripted(quick(), |_, _, _| Some("220 mail.example ready\r\n".to_owned())).await;
    let records = last(&client, ids(100).iter().map(to_read).collect()).await;
    assert_eq!((records.len(), requests.lock().unwrap().len()), (100, 20));
    let told = |record: &SessionRecord| (record.error, record.delivery, record.next);
    // They are in doubt, so nothing is known of them.
    let unread = (Some(ErrorKind::Protocol), Some(Delivery::Unknown), NextStep::ReadSession);
    assert_eq!(told(records.last().unwrap()), unread);

    let none = client.with_options(quick().deadline(Duration::ZERO));
    let records = last(&none, ids(100).iter().map(CancelTarget::from).collect()).await;
    let unsent = (Some(ErrorKind::OutOfTime), Some(Delivery::NotSent), NextStep::FixRequest);
    assert!(records.len() == 100 && records.iter().all(|record| told(record) == unsent), "{records:#?}");
    assert_eq!(requests.lock().unwrap().len(), 20);
    drop((client, none));
    server.finish().await;
}

/// One response in twenty is enough for the run to go on.
#[tokio::test]
async fn failures_that_are_not_in_a_row_do_not_end_the_run() {
    let (server, client, _) = scripted(quick(), |_, method, id| {
        let number: u32 = id[1..].parse().unwrap();
        match method {
            "POST" if number % 20 == 19 => Some(cancelled(id)),
            "POST" => not_implemented(),
            _ => Some(reads("open", id)),
        }
    })
    .await;
    let records = last(&client, ids(100).iter().map(CancelTarget::from).collect()).await;
    assert!(records.iter().all(|record| !record.attempts.is_empty()), "{records:#?}");
    let is_cancelled = |record: &&SessionRecord| record.status == Some(SessionStatus::Cancelled);
    assert_eq!(records.iter().filter(is_cancelled).count(), 5);
    drop(client);
    server.finish().await;
}

//! Runs that send nothing more, because every session would fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use zerogate::{Delivery, ErrorKind, NextStep, RecordedOutcome, SessionRecord, SessionStatus};

use super::resumed::{conflict, failing, last, reads, scripted};
use super::{CancelTarget, cancelled, ids, run, throttled};
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
    let rows: [(&str, Respond, ErrorKind, NextStep); 11] = [
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
            "a website after a 501",
            Box::new(|_, id| if id[1..].parse::<u32>().unwrap() < 10 { not_implemented() } else { page("200 OK") }),
            ErrorKind::UnexpectedStatus,
            NextStep::Retry,
        ),
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

/// The first session uses up the budget; a failure adds nothing to it.
#[tokio::test]
async fn all_sessions_share_a_hundred_retries() {
    let (server, client, requests) = scripted(quick().max_attempts(100), |_, method, id| {
        Some(if method == "GET" { reads("open", id) } else { failing() })
    })
    .await;
    let records = run(&client, ids(40), 1).await;
    let posts = requests.lock().unwrap().iter().filter(|request| request.starts_with("POST")).count();
    assert_eq!((records.len(), posts), (40, 20 + 100));
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn a_wait_does_not_count_as_an_attempt_whatever_the_status() {
    for (status, kind) in [(429, "rate_limited"), (503, "server_error"), (400, "invalid_request")] {
        let (server, client, _) = scripted(quick().max_attempts(1), move |number, method, id| {
            let wait = || response(&format!("{status} Wait"), "retry-after: 0\r\n", &envelope(kind, status));
            Some(match (number, method) {
                (1, _) => wait(),
                (_, "GET") => reads("open", id),
                _ => cancelled(id),
            })
        })
        .await;
        let records = run(&client, ids(3), 1).await;
        // A 400 is not retried.
        let first = if status == 400 { RecordedOutcome::Failed } else { RecordedOutcome::Cancelled };
        assert_eq!(records[0].outcome, first, "{status}");
        assert!(records[1..].iter().all(|record| record.outcome == RecordedOutcome::Cancelled), "{status}");
        drop(client);
        server.finish().await;
    }
}

/// A process that resumes from a record of it would cancel again after a conflict.
#[tokio::test]
async fn a_conflict_stays_the_last_record_while_reading_it_waits() {
    for status in ["completed", "frozen"] {
        let (server, client, requests) = scripted(quick(), move |number, method, id| {
            Some(match (method, number) {
                ("POST", _) => conflict(),
                (_, 2) => throttled("1"),
                _ => reads(status, id),
            })
        })
        .await;
        let records: Vec<_> = client.cancel_sessions(ids(1), 1).collect().await;
        let outcomes: Vec<_> = records.iter().map(|record| record.outcome).collect();
        assert_eq!(outcomes, [RecordedOutcome::UnderWay, RecordedOutcome::AlreadyTerminal]);
        // The wait is over.
        assert_eq!((records[1].status.as_ref().unwrap().as_str(), records[1].retry_after_ms), (status, None));
        assert_eq!(*requests.lock().unwrap(), ["POST s0", "GET s0", "GET s0"]);
        drop(client);
        server.finish().await;
    }
}

#[tokio::test]
async fn a_long_wait_to_read_one_session_is_recorded_and_does_not_stop_the_others() {
    let (server, client, _) =
        scripted(quick(), |_, method, id| Some(if method == "GET" { throttled("86400") } else { cancelled(id) })).await;
    let ids = ids(4);
    let record = |id, outcome| {
        let mut record = SessionRecord::under_way("order_1", id);
        (record.outcome, record.next) = (outcome, NextStep::ReadSession);
        CancelTarget::from(record)
    };
    let to_read = [record(&ids[0], RecordedOutcome::AlreadyTerminal), record(&ids[1], RecordedOutcome::Failed)];
    let records = last(&client, to_read.into_iter().chain(ids[2..].iter().map(Into::into)).collect()).await;
    for record in &records[..2] {
        assert_eq!((record.next, record.retry_after_ms), (NextStep::ReadSession, Some(86_400_000)), "{record:?}");
    }
    assert!(records[2..].iter().all(|record| record.outcome == RecordedOutcome::Cancelled), "{records:#?}");
    drop(client);
    server.finish().await;
}

/// The server asks for a wait that would last longer than the run.
#[tokio::test]
async fn the_deadline_ends_a_wait() {
    let (server, client, requests) = scripted(quick(), |_, _, _| Some(throttled("200"))).await;
    let stream = client.cancel_sessions(ids(3), 1).deadline(Duration::from_secs(1));
    // Without the deadline it would wait for 200 s.
    let records: Vec<_> = tokio::time::timeout(Duration::from_secs(40), stream.collect()).await.expect("it waits");
    let last: Vec<_> = records.iter().filter(|record| record.outcome != RecordedOutcome::UnderWay).collect();
    let errors: Vec<_> = last.iter().map(|record| record.error).collect();
    assert_eq!(errors, [ErrorKind::RateLimited, ErrorKind::OutOfTime, ErrorKind::OutOfTime].map(Some));
    // What the server asked for is known in the next run.
    let waits = |record: &&SessionRecord| record.retry_after_ms.is_some_and(|wait| (100_000..=200_000).contains(&wait));
    assert!(last.iter().all(waits), "{last:#?}");
    assert_eq!(requests.lock().unwrap().len(), 1);
    drop(client);
    server.finish().await;
}

/// Nothing was sent for them in this run, which another session has ended.
#[tokio::test]
async fn earlier_records_keep_their_waits_and_get_the_step_of_the_run() {
    use RecordedOutcome::{AlreadyTerminal, Failed, UnderWay};

    let unauthorized = || json("401 Unauthorized", &envelope("unauthorized", 401));
    type Halting = Box<dyn Fn() -> String + Send + Sync>;
    let rows: [(Halting, NextStep, NextStep); 2] = [
        (Box::new(unauthorized), NextStep::FixRequest, NextStep::FixRequest),
        (Box::new(|| throttled("86400")), NextStep::Retry, NextStep::ReadSession),
    ];
    for (halting, next, next_of_conflict) in rows {
        let (server, client, requests) = scripted(quick(), move |_, _, _| Some(halting())).await;
        let [first, failed, under_way, conflict] = &ids(4)[..] else { unreachable!() };
        let record = |id, outcome, next| {
            let mut record = SessionRecord::under_way("order_1", id);
            (record.outcome, record.next) = (outcome, next);
            record
        };
        let mut waiting = [record(failed, Failed, NextStep::Retry), record(under_way, UnderWay, NextStep::Retry)];
        waiting.iter_mut().for_each(|record| record.retry_after_ms = Some(200_000));
        // Its session is larger than the limit.
        let conflict = record(conflict, AlreadyTerminal, NextStep::FixRequest);
        let targets = std::iter::once(first.into()).chain(waiting.map(Into::into)).chain([conflict.into()]);
        let records = last(&client, targets.collect()).await;
        assert_eq!(requests.lock().unwrap().len(), 1);
        let next_steps: Vec<_> = records[1..].iter().map(|record| record.next).collect();
        assert_eq!(next_steps, [next, next, next_of_conflict]);
        for record in &records[1..3] {
            assert!(record.retry_after_ms.is_some_and(|wait| wait > 190_000), "{record:?}");
        }
        drop(client);
        server.finish().await;
    }
}

/// A server that throttles one session for ever, and no other.
#[tokio::test]
async fn a_session_gets_up_to_ten_waits() {
    let (server, client, requests) =
        scripted(quick(), |_, _, id| Some(if id == "s0" { throttled("0") } else { cancelled(id) })).await;
    let records = run(&client, ids(3), 1).await;
    let of_first = requests.lock().unwrap().iter().filter(|request| *request == "POST s0").count();
    assert_eq!((of_first, requests.lock().unwrap().len()), (11, 13));
    let errors: Vec<_> = records.iter().map(|record| record.error).collect();
    assert_eq!(errors, [Some(ErrorKind::RateLimited), None, None]);
    drop(client);
    server.finish().await;
}

/// Records whose waits are long are read ahead, but not without end.
#[tokio::test]
async fn a_limited_number_of_sessions_waits_without_a_slot() {
    let client = crate::arrange::client_with("http://127.0.0.1:9", quick());
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let waiting = std::iter::from_fn(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let mut record = SessionRecord::under_way("order_1", &ids(1)[0]);
        record.retry_after_ms = Some(250_000);
        Some(record)
    });
    let mut records = client.cancel_sessions(waiting, 4);
    for _ in 0..10_000 {
        let record = records.next().now_or_never();
        assert!(record.is_none_or(|record| record.unwrap().outcome == RecordedOutcome::UnderWay));
    }
    assert_eq!(taken.load(Ordering::SeqCst), 1024 + 4);
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

/// A failure before a session that got its result counts no more, nor does its next step.
#[tokio::test]
async fn only_the_failures_in_a_row_decide_whether_something_must_be_fixed() {
    let (server, client, requests) = scripted(quick(), |_, _, id| match id {
        "s0" => not_implemented(),
        "s1" => Some(cancelled(id)),
        _ => page("200 OK"),
    })
    .await;
    let records = run(&client, ids(40), 1).await;
    assert!(!requests.lock().unwrap().iter().any(|request| request.ends_with(" s39")));
    let last = records.last().unwrap();
    assert_eq!((last.error, last.next), (Some(ErrorKind::UnexpectedStatus), NextStep::FixRequest));
    drop(client);
    server.finish().await;
}

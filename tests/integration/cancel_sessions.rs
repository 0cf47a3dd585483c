//! Many cancellations: every session is accounted for, whatever happens to the server, the network or the stream.

mod ended;
mod killed;
mod resumed;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use zerogate::{
    CancelTarget, Client, Delivery, ErrorKind, NextStep, RecordedOutcome, SessionId, SessionRecord, SessionStatus,
};
use zerogate_emulator::{Emulator, FaultKind, Status};

use crate::arrange::{client_with, emulator_and_client, fault, quick, seeded};
use crate::examples::{envelope, json, response, session};
use crate::server::{Server, script};

fn open(emulator: &Emulator, number: usize) -> Vec<SessionId> {
    (0..number).map(|_| seeded(emulator, Status::Open)).collect()
}

/// Runs the cancellations and returns the final records. Each session must have one record when it starts and one with
/// its result.
async fn run(
    client: &Client,
    targets: impl IntoIterator<Item = impl Into<CancelTarget>>,
    concurrency: usize,
) -> Vec<SessionRecord> {
    let records: Vec<_> = client.cancel_sessions(targets, concurrency).collect().await;
    let mut under_way = HashSet::new();
    for record in &records {
        if record.outcome == RecordedOutcome::UnderWay {
            under_way.insert(&record.session_id);
        } else {
            under_way.remove(&record.session_id);
        }
        assert!(under_way.len() <= concurrency.max(1));
    }
    assert!(under_way.is_empty(), "{under_way:?}");
    records.into_iter().filter(|record| record.outcome != RecordedOutcome::UnderWay).collect()
}

fn count(records: &[SessionRecord]) -> BTreeMap<&'static str, usize> {
    let mut count = BTreeMap::new();
    for record in records {
        *count.entry(record.outcome.as_str()).or_default() += 1;
    }
    count
}

fn cancellations(emulator: &Emulator) -> usize {
    emulator.journal().iter().filter(|entry| entry.target.ends_with("/cancel")).count()
}

#[tokio::test]
async fn every_session_gets_two_records() {
    let (emulator, client) = emulator_and_client(quick()).await;
    for concurrency in [0, 1, 3, 16, 1000] {
        let ids = open(&emulator, 40);
        let mut records = run(&client, &ids, concurrency).await;
        assert_eq!(count(&records), [("cancelled", 40)].into());
        if concurrency <= 1 {
            assert!(records.iter().map(|record| &record.session_id).eq(&ids), "one at a time, in order");
        }
        records.sort_by(|one, other| one.session_id.cmp(&other.session_id));
        records.dedup_by(|one, other| one.session_id == other.session_id);
        assert_eq!(records.len(), 40);
        assert!(records.iter().all(|it| it.next == NextStep::Done && it.status == Some(SessionStatus::Cancelled)));
    }
    assert_eq!(run(&client, Vec::<SessionId>::new(), 4).await.len(), 0);
}

#[tokio::test]
async fn results_are_recorded_with_your_reference() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let ids = open(&emulator, 1);
    let targets = [
        ("order_1", ids[0].clone()),
        ("order_2", seeded(&emulator, Status::Completed)),
        ("order_3", seeded(&emulator, Status::Expired)),
        ("order_4", SessionId::new("nobodys").unwrap()),
        ("order_1", ids[0].clone()),
    ];
    let records = run(&client, targets, 1).await;
    let told: Vec<_> = records
        .iter()
        .map(|it| (it.reference_id.as_str(), it.outcome, it.status.as_ref().map(SessionStatus::as_str), it.next))
        .collect();
    assert_eq!(
        told,
        [
            ("order_1", RecordedOutcome::Cancelled, Some("cancelled"), NextStep::Done),
            ("order_2", RecordedOutcome::AlreadyTerminal, Some("completed"), NextStep::Done),
            ("order_3", RecordedOutcome::AlreadyTerminal, Some("expired"), NextStep::Done),
            ("order_4", RecordedOutcome::Failed, None, NextStep::GiveUp),
            ("order_1", RecordedOutcome::AlreadyTerminal, Some("cancelled"), NextStep::Done),
        ]
    );
    // A settled session is not requested again; its record is returned unchanged, once.
    let before = emulator.journal().len();
    let again: Vec<_> = client.cancel_sessions(records.clone(), 4).collect().await;
    assert_eq!(again, records);
    assert_eq!(emulator.journal().len(), before);
}

#[tokio::test]
async fn sessions_in_doubt_are_retried_and_found_cancelled() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(1)).await;
    let ids = open(&emulator, 3);
    // The response for the first session is lost, and reading it back fails.
    emulator.arm(fault(FaultKind::Reset).after()).unwrap();
    let retrieve = zerogate_emulator::Fault::new(FaultKind::status(503));
    emulator.arm(retrieve.on(zerogate_emulator::Operation::RetrieveSession)).unwrap();
    let records = run(&client, &ids[..1], 1).await;
    assert_eq!((records[0].outcome, records[0].delivery), (RecordedOutcome::Failed, Some(Delivery::Unknown)));
    assert_eq!(records[0].next, NextStep::Retry);
    // The second was under way in a process that has ended: that process or somebody else cancelled it.
    let under_way = SessionRecord::under_way("order_2", &ids[1]);
    let stored: SessionRecord = serde_json::from_str(&serde_json::to_string(&under_way).unwrap()).unwrap();
    emulator.cancel(ids[1].as_str()).unwrap();
    let third = SessionRecord::under_way("order_3", &ids[2]);
    let records = run(&client, [records[0].clone(), stored, third], 1).await;
    let outcomes: Vec<_> = records.iter().map(|record| record.outcome).collect();
    let (found, cancelled) = (RecordedOutcome::FoundCancelled, RecordedOutcome::Cancelled);
    assert_eq!(outcomes, [found, found, cancelled]);
    // A later failure does not settle an unknown result.
    emulator.arm(fault(FaultKind::status(401))).unwrap();
    let records = run(&client, [SessionRecord::under_way("order_4", &open(&emulator, 1)[0])], 1).await;
    assert_eq!((records[0].error, records[0].delivery), (Some(ErrorKind::Unauthorized), Some(Delivery::Unknown)));
}

#[tokio::test]
async fn faults_are_retried_and_all_attempts_are_listed() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let ids = open(&emulator, 60);
    for kind in [FaultKind::status(503), FaultKind::Reset, FaultKind::status(429), FaultKind::status(502)] {
        emulator.arm(fault(kind.clone()).times(5)).unwrap();
        emulator.arm(fault(kind).after().times(3)).unwrap();
    }
    let records = run(&client, &ids, 8).await;
    assert!(records.iter().all(|record| record.status == Some(SessionStatus::Cancelled)), "{records:#?}");
    let attempts: Vec<_> = records.iter().flat_map(|record| &record.attempts).collect();
    assert_eq!(attempts.len(), emulator.journal().len());
    for record in &records {
        let cancels: Vec<_> = record.attempts.iter().filter(|it| it.operation == "cancelSession").collect();
        let numbers: Vec<_> = cancels.iter().map(|attempt| attempt.number).collect();
        assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
        let pauses = record.attempts.iter().filter(|attempt| attempt.retry_in_ms.is_some()).count();
        assert_eq!(pauses + 1, cancels.len(), "{record:#?}");
    }
}

/// A server whose responses come from `respond`, given the number of the request and how many requests are under way.
async fn responding(
    respond: impl Fn(usize, &str) -> String + Send + Sync + 'static,
) -> (Server, Arc<Mutex<Vec<Instant>>>) {
    let (times, respond) = (Arc::<Mutex<Vec<Instant>>>::default(), Arc::new(respond));
    let seen = Arc::clone(&times);
    let server = Server::start(script(move |mut connection| {
        let (times, respond) = (Arc::clone(&times), Arc::clone(&respond));
        async move {
            loop {
                let request = connection.request().await?;
                let number = {
                    let mut times = times.lock().unwrap();
                    times.push(Instant::now());
                    times.len()
                };
                let id = request.split('/').nth(3).unwrap().split(' ').next().unwrap();
                let body = respond(number, id);
                connection.write(body).await?;
            }
        }
    }))
    .await;
    (server, seen)
}

fn cancelled(id: &str) -> String {
    json("201 Created", &session("cancelled").replace("67a1f3b9e4b0c10001234567", id))
}

fn throttled(wait: &str) -> String {
    let headers = format!("content-type: application/json\r\nretry-after: {wait}\r\n");
    response("429 Too Many Requests", &headers, &envelope("rate_limited", 429))
}

fn ids(number: usize) -> Vec<SessionId> {
    (0..number).map(|number| SessionId::new(format!("s{number}")).unwrap()).collect()
}

#[tokio::test]
async fn all_sessions_share_a_wait() {
    let (server, times) = responding(|number, id| if number == 20 { throttled("1") } else { cancelled(id) }).await;
    let client = client_with(&server.base_url(), quick());
    let records = run(&client, ids(100), 8).await;
    assert_eq!(count(&records), [("cancelled", 100)].into());
    let times = times.lock().unwrap().clone();
    assert_eq!(times.len(), 101);
    // Requests that were already under way may arrive a little later; after them, none for a second.
    let asked = times[19];
    let late = times[20..].iter().filter(|time| **time - asked < Duration::from_millis(900)).count();
    assert!(late < 8, "{late} requests in the second that the server asked for");
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn a_server_that_lets_few_through_gets_all_sessions_in_time() {
    // The server accepts `through` of `of` requests and throttles the rest.
    for (through, of) in [(3, 4), (1, 2)] {
        let (server, times) =
            responding(move |number, id| if number % of < through { cancelled(id) } else { throttled("0") }).await;
        let client = client_with(&server.base_url(), quick());
        let records = run(&client, ids(1000), 16).await;
        assert_eq!(count(&records), [("cancelled", 1000)].into(), "{through} of {of}");
        let requests = times.lock().unwrap().len();
        assert!(requests <= 1000 * of / through + 20, "{through} of {of}: {requests} requests");
        drop(client);
        server.finish().await;
    }
    // Three per second, with more than that under way at the same time.
    let window = Mutex::new((Instant::now(), 0));
    let limited = move |_, id: &str| {
        let mut window = window.lock().unwrap();
        if window.0.elapsed() >= Duration::from_secs(1) {
            *window = (Instant::now(), 0);
        }
        window.1 += 1;
        if window.1 > 3 { throttled("1") } else { cancelled(id) }
    };
    let (server, times) = responding(limited).await;
    let client = client_with(&server.base_url(), quick());
    let records = run(&client, ids(12), 6).await;
    assert_eq!(count(&records), [("cancelled", 12)].into());
    let requests = times.lock().unwrap().len();
    assert!(requests <= 30, "{requests} requests");
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn a_server_that_keeps_failing_is_left_alone() {
    for (what, response, kind) in [
        ("a 503", json("503 Busy", &envelope("server_error", 503)), ErrorKind::Server),
        ("a 429", throttled("0"), ErrorKind::RateLimited),
    ] {
        let (server, times) = responding(move |_, _| response.clone()).await;
        let client = client_with(&server.base_url(), quick());
        let records = run(&client, ids(500), 16).await;
        assert_eq!(records.len(), 500);
        assert!(records.iter().all(|record| record.error == Some(kind) && record.next == NextStep::Retry), "{what}");
        let attempts: usize = records.iter().map(|record| record.attempts.len()).sum();
        let cancels = records.iter().flat_map(|it| &it.attempts).filter(|it| it.operation == "cancelSession").count();
        assert_eq!(times.lock().unwrap().len(), attempts, "{what}");
        // At most a hundred retries, 20 sessions that fail in a row, and those that are under way then.
        assert!((80..=160).contains(&cancels), "{what}: {cancels} cancellations");
        drop(client);
        server.finish().await;
    }
}

#[tokio::test]
async fn a_server_that_fails_for_a_moment_costs_no_session() {
    let busy = || json("503 Busy", &envelope("server_error", 503));
    let failing = Instant::now() + Duration::from_secs(2);
    let (server, times) = responding(move |_, id| if Instant::now() < failing { busy() } else { cancelled(id) }).await;
    let backoff = (Duration::from_millis(100), Duration::from_secs(1));
    let client = client_with(&server.base_url(), quick().backoff(backoff.0, backoff.1));
    let records = run(&client, ids(200), 16).await;
    assert_eq!(count(&records), [("cancelled", 200)].into());
    let times = times.lock().unwrap().clone();
    let while_failing = times.iter().filter(|time| **time < failing).count();
    // The first ones, each with its read-back, and then one after each pause.
    assert!((20..=80).contains(&while_failing), "{while_failing} requests");
    drop(client);
    server.finish().await;
}

/// One in ten requests gets through, so the run would take an hour and more.
#[tokio::test]
async fn a_deadline_ends_a_run_that_is_throttled_for_ever() {
    let respond = |number: usize, id: &str| if number % 10 == 1 { cancelled(id) } else { throttled("1") };
    let (server, times) = responding(respond).await;
    let client = client_with(&server.base_url(), quick());
    let begin = Instant::now();
    let stream = client.cancel_sessions(ids(400), 4).deadline(Duration::from_secs(3));
    let mut records: Vec<_> = stream.collect().await;
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    records.retain(|record| record.outcome != RecordedOutcome::UnderWay);
    assert_eq!(records.len(), 400);
    let last = records.last().unwrap();
    let told = (last.outcome, last.error, last.delivery, last.next);
    let expected = (RecordedOutcome::Failed, Some(ErrorKind::OutOfTime), Some(Delivery::NotSent), NextStep::Retry);
    assert_eq!(told, expected);
    // What the server said is not lost.
    assert!(records.iter().any(|record| record.error == Some(ErrorKind::RateLimited)));
    assert!(times.lock().unwrap().len() < 20);
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn a_wait_that_begins_during_the_run_is_recorded() {
    let (server, _) = responding(|number, id| if number == 1 { throttled("1") } else { cancelled(id) }).await;
    let client = client_with(&server.base_url(), quick());
    let records: Vec<_> = client.cancel_sessions(ids(1), 1).collect().await;
    let outcomes: Vec<_> = records.iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [RecordedOutcome::UnderWay, RecordedOutcome::UnderWay, RecordedOutcome::Cancelled]);
    // After a crash, the next run waits as well, and keeps the attempt.
    let waiting = &records[1];
    assert!(waiting.retry_after_ms.is_some_and(|wait| (900..=1000).contains(&wait)), "{waiting:?}");
    assert_eq!((waiting.attempts.len(), waiting.attempts[0].status), (1, Some(429)));
    assert_eq!(records[2].attempts[0], waiting.attempts[0]);
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn nothing_more_is_sent_after_a_rejected_key_or_a_long_wait() {
    let unauthorized = json("401 Unauthorized", &envelope("unauthorized", 401));
    let forbidden = json("403 Forbidden", &envelope("forbidden", 403));
    for (response, error, next) in [
        (unauthorized, ErrorKind::Unauthorized, NextStep::FixRequest),
        (forbidden, ErrorKind::Forbidden, NextStep::FixRequest),
        (throttled("86400"), ErrorKind::RateLimited, NextStep::Retry),
    ] {
        let (server, times) =
            responding(move |number, id| if number > 50 { response.clone() } else { cancelled(id) }).await;
        let client = client_with(&server.base_url(), quick());
        let in_doubt = SessionRecord::under_way("order_1", &SessionId::new("doubt").unwrap());
        let targets = ids(500).into_iter().map(CancelTarget::from).chain([in_doubt.into()]);
        let records = run(&client, targets, 4).await;
        assert_eq!(records.len(), 501);
        assert!(times.lock().unwrap().len() <= 54, "{} requests", times.lock().unwrap().len());
        for record in &records[50..] {
            assert_eq!((record.outcome, record.error, record.next), (RecordedOutcome::Failed, Some(error), next));
            let wait = record.retry_after_ms.map(Duration::from_millis);
            assert_eq!(wait.is_some_and(|wait| wait > Duration::from_secs(80_000)), next == NextStep::Retry);
            let is_in_doubt = record.reference_id == "order_1";
            let unsent = if is_in_doubt { Delivery::Unknown } else { Delivery::NotSent };
            let expected = if record.attempts.is_empty() { unsent } else { Delivery::Responded };
            assert_eq!(record.delivery, Some(expected));
        }
        // A later run respects it, without a request.
        if next == NextStep::Retry {
            let before = times.lock().unwrap().len();
            let again: Vec<_> = client.cancel_sessions(records[50..].to_vec(), 4).collect().await;
            assert_eq!((again.len(), times.lock().unwrap().len()), (451, before));
        }
        drop(client);
        server.finish().await;
    }
}

#[tokio::test]
async fn dropping_the_stream_leaves_records_of_sessions_under_way() {
    for seed in 0..5_usize {
        let (emulator, client) = emulator_and_client(quick()).await;
        let ids = open(&emulator, 60);
        emulator.arm(fault(FaultKind::Reset).after().times(3)).unwrap();
        let mut last: HashMap<SessionId, SessionRecord> = HashMap::new();
        let mut stream = client.cancel_sessions(&ids, 6);
        for _ in 0..(17 + 11 * seed) {
            let record = stream.next().await.unwrap();
            last.insert(record.session_id.clone(), record);
        }
        drop(stream);
        let begun = last.len();
        let under_way = last.values().filter(|record| record.outcome == RecordedOutcome::UnderWay).count();
        assert!(under_way <= 6 && begun < 60, "{under_way} of {begun}");
        // Every session that the server got a request for has a record.
        for entry in emulator.journal() {
            let id = entry.target.split('/').nth(3).unwrap().to_owned();
            assert!(last.contains_key(&SessionId::new(id).unwrap()));
        }
        let targets = ids.iter().map(|id| last.remove(id).map_or_else(|| CancelTarget::from(id), CancelTarget::from));
        let records = run(&client, targets, 6).await;
        assert_eq!(records.len(), 60);
        assert!(records.iter().all(|record| record.status == Some(SessionStatus::Cancelled)));
        // Nobody else cancels here, so every session is either cancelled or found cancelled.
        assert!(!count(&records).contains_key("already_terminal"), "{:?}", count(&records));
        let successes = emulator.journal().iter().filter(|entry| entry.status == Some(201)).count();
        assert!(successes <= 60);
    }
}

#[tokio::test]
async fn the_input_is_read_as_slots_become_free() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let endless = std::iter::from_fn(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Some(SessionId::new("nobodys").unwrap())
    });
    let mut stream = client.cancel_sessions(endless, 5);
    assert_eq!(taken.load(Ordering::SeqCst), 0);
    let mut settled = 0;
    while settled < 100 {
        settled += usize::from(stream.next().await.unwrap().outcome != RecordedOutcome::UnderWay);
        assert!(taken.load(Ordering::SeqCst) <= settled + 6);
    }
    assert!(cancellations(&emulator) <= 105);
}

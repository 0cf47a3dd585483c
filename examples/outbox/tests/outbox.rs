//! The outbox with the emulator: no accepted cancellation is lost, and no session is cancelled twice.

#![expect(clippy::unwrap_used, reason = "a failed setup fails the test")]

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::slice;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use zerogate::{
    CallOptions, Client, Delivery, ErrorKind, NextStep, RecordedOutcome, SecretKey, SessionId, SessionRecord,
    SessionStatus,
};
use zerogate_emulator::{Alteration, Emulator, Fault, FaultKind, Operation, Seed, Status};
use zerogate_outbox::{Entry, Pace, State, Store, router, work};

/// The number of times the process is killed.
const KILLS: usize = 200;

const QUICK: Pace =
    Pace { at_a_time: 8, first_wait: Duration::from_millis(1), longest_wait: Duration::from_millis(5), tries: 200 };

fn client(emulator: &Emulator) -> Client {
    let key: SecretKey = emulator.keys().partner.parse().unwrap();
    // One attempt per call: the outbox does the retries.
    let options = CallOptions::default().max_attempts(1);
    Client::builder(key).base_url(&emulator.base_url()).unwrap().options(options).build().unwrap()
}

fn open_session(emulator: &Emulator) -> SessionId {
    SessionId::new(emulator.seed(Seed::default()).unwrap().id).unwrap()
}

fn cancel(kind: FaultKind) -> Fault {
    Fault::new(kind).on(Operation::CancelSession)
}

/// Works until none of these is due.
async fn settle(store: &Arc<Store>, client: Client, pace: Pace, references: &[String]) -> Vec<Entry> {
    let begun = Instant::now();
    let working = tokio::spawn(work(Arc::clone(store), client, pace));
    let entries = loop {
        let entries: Vec<_> = references.iter().map(|it| store.get(it).unwrap().unwrap()).collect();
        if entries.iter().all(|entry| entry.state != State::Due) {
            break entries;
        }
        assert!(!working.is_finished(), "it has stopped working");
        assert!(begun.elapsed() < Duration::from_secs(60), "still due: {entries:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    working.abort();
    entries
}

async fn settled(store: &Arc<Store>, client: Client, id: &SessionId) -> (Entry, SessionRecord) {
    let reference = format!("order_{id}");
    assert!(store.add(&reference, id).unwrap());
    let entry = settle(store, client, QUICK, slice::from_ref(&reference)).await.remove(0);
    let mut records = store.records(&reference).unwrap();
    (entry, records.pop().unwrap())
}

/// Serves this store; returns its address, and the URL of a cancellation in it.
async fn serve(store: &Arc<Store>) -> (SocketAddr, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, router(Arc::clone(store))).into_future());
    (address, format!("http://{address}/cancellations/order_1"))
}

async fn put(url: &str, id: &SessionId) -> u16 {
    let body = format!("{{\"session_id\": \"{id}\"}}");
    let request = reqwest::Client::new().put(url).header("content-type", "application/json").body(body);
    request.send().await.unwrap().status().as_u16()
}

fn store(folder: &Path) -> Arc<Store> {
    Arc::new(Store::open(&folder.join("outbox.sqlite")).unwrap())
}

#[tokio::test]
async fn every_next_step_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (store, emulator) = (store(folder.path()), Emulator::start().await.unwrap());
    let retrieve = |kind| Fault::new(kind).on(Operation::RetrieveSession);
    for (what, faults, outcome, tries) in [
        ("nothing wrong", vec![], RecordedOutcome::Cancelled, 1),
        ("reset after the commit", vec![cancel(FaultKind::Reset).after()], RecordedOutcome::FoundCancelled, 1),
        (
            "reset after the commit, and reading fails",
            vec![cancel(FaultKind::Reset).after(), retrieve(FaultKind::status(503))],
            RecordedOutcome::FoundCancelled,
            2,
        ),
        ("throttled", vec![cancel(FaultKind::status(429).with_retry_after("0"))], RecordedOutcome::Cancelled, 2),
        (
            "a proxy's 409",
            vec![cancel(FaultKind::Html { status: 409, retry_after: None })],
            RecordedOutcome::Cancelled,
            2,
        ),
        ("a proxy's 408", vec![cancel(FaultKind::status(408))], RecordedOutcome::Cancelled, 2),
    ] {
        let id = open_session(&emulator);
        for fault in faults {
            emulator.arm(fault).unwrap();
        }
        let (entry, record) = settled(&store, client(&emulator), &id).await;
        assert_eq!((entry.state, record.outcome, entry.tries), (State::Done, outcome, tries), "{what}: {record:?}");
        assert_eq!(record.status, Some(SessionStatus::Cancelled), "{what}");
        // The record names the request that cancelled it, whatever was sent afterwards.
        let mut records = store.records(&entry.reference).unwrap();
        records.retain(|record| record.outcome != RecordedOutcome::UnderWay);
        assert_eq!(records.len(), usize::try_from(tries).unwrap(), "{what}");
        let told = records.iter().flat_map(|record| &record.attempts);
        let told = told.filter(|attempt| attempt.operation == "cancelSession").count();
        let target = format!("/v1/gate_sessions/{id}/cancel");
        assert_eq!(told, emulator.journal().iter().filter(|entry| entry.target == target).count(), "{what}");
        assert_eq!(emulator.session(id.as_str()).unwrap().status, Status::Cancelled, "{what}");
    }
    // The customer completes it first.
    let id = open_session(&emulator);
    emulator.complete(id.as_str()).unwrap();
    let (entry, record) = settled(&store, client(&emulator), &id).await;
    assert_eq!((entry.state, record.status), (State::Done, Some(SessionStatus::Completed)));
    // An unknown session and a wrong key: for a person.
    let (entry, record) = settled(&store, client(&emulator), &SessionId::new("unknown").unwrap()).await;
    assert_eq!((entry.state, record.next, entry.tries), (State::Parked, NextStep::GiveUp, 1));
    let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse().unwrap();
    let stranger = Client::builder(key).base_url(&emulator.base_url()).unwrap().build().unwrap();
    let (entry, record) = settled(&store, stranger, &open_session(&emulator)).await;
    assert_eq!((entry.state, record.next, entry.tries), (State::Parked, NextStep::FixRequest, 1));
}

#[tokio::test]
async fn a_parked_cancellation_resumes_when_it_is_submitted_again() {
    let folder = tempfile::tempdir().unwrap();
    let (store, emulator) = (store(folder.path()), Emulator::start().await.unwrap());
    let (_, url) = serve(&store).await;
    let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse().unwrap();
    let stranger = Client::builder(key).base_url(&emulator.base_url()).unwrap().build().unwrap();
    let (id, reference) = (open_session(&emulator), ["order_1".to_owned()]);
    assert_eq!(put(&url, &id).await, 202);
    let entry = settle(&store, stranger, QUICK, &reference).await.remove(0);
    assert_eq!((entry.state, entry.tries), (State::Parked, 1));
    // Another session does not resume it.
    assert_eq!(put(&url, &open_session(&emulator)).await, 409);
    assert_eq!(store.get("order_1").unwrap().unwrap().state, State::Parked);
    assert_eq!(put(&url, &id).await, 202);
    let entry = settle(&store, client(&emulator), QUICK, &reference).await.remove(0);
    assert_eq!((entry.state, entry.tries), (State::Done, 1));
    // A finished cancellation stays finished, and the earlier records remain.
    assert_eq!(put(&url, &id).await, 202);
    assert_eq!(store.get("order_1").unwrap().unwrap().state, State::Done);
    let outcomes: Vec<_> = store.records("order_1").unwrap().iter().map(|record| record.outcome).collect();
    let (failed, cancelled) = (RecordedOutcome::Failed, RecordedOutcome::Cancelled);
    assert_eq!(outcomes, [RecordedOutcome::UnderWay, failed, RecordedOutcome::UnderWay, cancelled]);
}

#[tokio::test]
async fn the_doubt_of_an_earlier_call_remains() {
    let folder = tempfile::tempdir().unwrap();
    let (store, emulator) = (store(folder.path()), Emulator::start().await.unwrap());
    let lost = || {
        emulator.arm(cancel(FaultKind::Reset).after()).unwrap();
        emulator.arm(Fault::new(FaultKind::status(503)).on(Operation::RetrieveSession)).unwrap();
    };
    // It is cancelled, but the response and the read-back are lost. Then the key is rejected for a while.
    lost();
    emulator.arm(cancel(FaultKind::status(401))).unwrap();
    let id = open_session(&emulator);
    let (entry, record) = settled(&store, client(&emulator), &id).await;
    assert_eq!((entry.state, record.error), (State::Parked, Some(ErrorKind::Unauthorized)));
    assert_eq!(record.delivery, Some(Delivery::Unknown));
    let (entry, record) = settled(&store, client(&emulator), &id).await;
    assert_eq!((entry.state, record.outcome), (State::Done, RecordedOutcome::FoundCancelled));
    // A replica that lags behind does not make it give up.
    lost();
    emulator.arm(cancel(FaultKind::status(404))).unwrap();
    let (entry, record) = settled(&store, client(&emulator), &open_session(&emulator)).await;
    assert_eq!((entry.state, record.outcome), (State::Done, RecordedOutcome::FoundCancelled));
    // The process died during a call that had cancelled it.
    let id = open_session(&emulator);
    store.begin(&SessionRecord::under_way(format!("order_{id}"), &id)).unwrap();
    emulator.cancel(id.as_str()).unwrap();
    let (_, record) = settled(&store, client(&emulator), &id).await;
    assert_eq!(record.outcome, RecordedOutcome::FoundCancelled);
}

#[tokio::test]
async fn only_a_terminal_status_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, emulator) = (store(folder.path()), Emulator::start().await.unwrap());
    for status in ["processing", "frozen"] {
        let set = [("status".to_owned(), status.into())].into_iter().collect();
        let unsure = FaultKind::Alter(Alteration { set, ..Alteration::default() });
        let unsure = Fault::new(unsure).on(Operation::RetrieveSession);
        let id = open_session(&emulator);
        emulator.complete(id.as_str()).unwrap();
        // For the read-back after the 409, and for the next read.
        emulator.arm(unsure.clone().times(2)).unwrap();
        let (entry, record) = settled(&store, client(&emulator), &id).await;
        let found = (entry.state, record.status, entry.tries);
        assert_eq!(found, (State::Done, Some(SessionStatus::Completed), 3), "{status}");
        // If it persists, a person must look.
        emulator.arm(unsure.until_reset()).unwrap();
        let reference = [format!("order_{status}")];
        store.add(&reference[0], &id).unwrap();
        let entry = settle(&store, client(&emulator), Pace { tries: 4, ..QUICK }, &reference).await.remove(0);
        assert_eq!((entry.state, entry.tries), (State::Parked, 4), "{status}");
        assert_eq!(store.records(&reference[0]).unwrap().pop().unwrap().status, Some(status.into()));
        emulator.disarm();
    }
}

#[tokio::test]
async fn a_wait_of_more_than_a_day_parks_the_cancellation() {
    let folder = tempfile::tempdir().unwrap();
    let (store, emulator) = (store(folder.path()), Emulator::start().await.unwrap());
    for wait in ["86401", "31536000", "99999999999999999999"] {
        emulator.arm(cancel(FaultKind::Html { status: 503, retry_after: Some(wait.to_owned()) })).unwrap();
        let (entry, record) = settled(&store, client(&emulator), &open_session(&emulator)).await;
        assert_eq!((entry.state, entry.tries), (State::Parked, 1), "{wait}");
        assert!(record.retry_after_ms > Some(86_400_000), "{wait}: {record:?}");
    }
}

#[tokio::test]
async fn a_wait_that_the_server_requires_is_respected() {
    let folder = tempfile::tempdir().unwrap();
    let (store, emulator) = (store(folder.path()), Emulator::start().await.unwrap());
    emulator.arm(cancel(FaultKind::status(429).with_retry_after("86400"))).unwrap();
    let id = open_session(&emulator);
    store.add("order_1", &id).unwrap();
    let working = tokio::spawn(work(Arc::clone(&store), client(&emulator), QUICK));
    let entry = loop {
        let entry = store.get("order_1").unwrap().unwrap();
        if entry.tries > 0 {
            break entry;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    working.abort();
    let record = store.last("order_1").unwrap().unwrap();
    assert_eq!((record.next, record.retry_after_ms), (NextStep::Retry, Some(86_400_000)));
    let in_a_day = std::time::SystemTime::now() + Duration::from_secs(86_390);
    assert!(record.not_before().unwrap() > in_a_day && entry.due_at_ms > 0, "{record:?}");
    assert_eq!(entry.state, State::Due);
    assert_eq!(emulator.journal().len(), 1);
}

#[tokio::test]
async fn a_cancellation_outlives_the_connection_it_came_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, emulator) = (store(folder.path()), Emulator::start().await.unwrap());
    emulator.arm(cancel(FaultKind::Reset).after()).unwrap();
    let (address, url) = serve(&store).await;
    let id = open_session(&emulator);
    let body = format!("{{\"session_id\": \"{id}\"}}");
    let request = format!(
        "PUT /cancellations/order_1 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut caller = TcpStream::connect(address).await.unwrap();
    caller.write_all(request.as_bytes()).await.unwrap();
    // The connection drops before the response.
    store.changed().await;
    drop(caller);
    let entry = settle(&store, client(&emulator), QUICK, &["order_1".to_owned()]).await.remove(0);
    assert_eq!(entry.state, State::Done);
    assert_eq!(emulator.session(id.as_str()).unwrap().status, Status::Cancelled);
    // Another session with the same reference is rejected.
    assert_eq!(put(&url, &id).await, 202);
    assert_eq!(put(&url, &open_session(&emulator)).await, 409);
    let shown = reqwest::get(&url).await.unwrap().text().await.unwrap();
    assert!(shown.contains("\"state\":\"done\"") && shown.contains("\"outcome\":\"found_cancelled\""), "{shown}");
}

/// Starts the service as another process; returns its URL, unless it is killed before it prints it.
fn start(folder: &Path, emulator: &Emulator) -> Child {
    Command::new(env!("CARGO_BIN_EXE_zerogate-outbox"))
        .arg(folder.join("outbox.sqlite"))
        .arg("127.0.0.1:0")
        .env("GATE_API_BASE_URL", emulator.base_url())
        .env("GATE_KEY", &emulator.keys().partner)
        .env("OUTBOX_FIRST_WAIT_MS", "1")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_points_it_loses_no_session_and_cancels_none_twice() {
    let seed = std::env::var("ZEROGATE_SEED").ok().map_or_else(|| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("ZEROGATE_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::start().await.unwrap();
    let http = reqwest::Client::new();
    let mut accepted = Vec::new();
    let mut refused_by_death = 0;
    for number in 0..KILLS {
        let id = open_session(&emulator);
        let kinds =
            [FaultKind::Reset, FaultKind::Close, FaultKind::Truncated, FaultKind::status(503), FaultKind::delay(20)];
        let fault = cancel(kinds[random.usize(..kinds.len())].clone());
        emulator.arm(if random.bool() { fault.after() } else { fault }).unwrap();
        let mut service = start(folder.path(), &emulator);
        let mut said = BufReader::new(service.stdout.take().unwrap()).lines();
        let reference = format!("order_{number}");
        let mut is_accepted = false;
        let put = async {
            let url = said.next_line().await.unwrap()?;
            let body = format!("{{\"session_id\": \"{id}\"}}");
            let request = http.put(format!("{url}/cancellations/{reference}"));
            let response = request.header("content-type", "application/json").body(body).send().await.ok()?;
            assert_eq!(response.status(), 202);
            is_accepted = true;
            // Keeps running until it is killed at some point of its work.
            std::future::pending::<Option<()>>().await
        };
        // Some are killed before they listen, most while they work.
        let _ = tokio::time::timeout(Duration::from_micros(random.u64(..80_000)), put).await;
        service.kill().await.unwrap();
        let store = store(folder.path());
        match store.get(&reference).unwrap() {
            Some(_) => accepted.push((reference, id)),
            None => {
                assert!(!is_accepted, "{reference} was accepted, but is lost");
                refused_by_death += 1;
            }
        }
    }
    emulator.disarm();
    let references: Vec<_> = accepted.iter().map(|(reference, _)| reference.clone()).collect();
    let store = store(folder.path());
    let entries = settle(&store, client(&emulator), QUICK, &references).await;
    let journal = emulator.journal();
    for (entry, (reference, id)) in entries.iter().zip(&accepted) {
        assert_eq!(entry.state, State::Done, "{reference}");
        assert_eq!(emulator.session(id.as_str()).unwrap().status, Status::Cancelled, "{reference}");
        let mut records = store.records(reference).unwrap();
        records.retain(|record| record.outcome != RecordedOutcome::UnderWay);
        let last = records.last().unwrap();
        assert_eq!(last.status, Some(SessionStatus::Cancelled), "{reference}");
        // Nobody else cancels.
        assert_ne!(last.outcome, RecordedOutcome::AlreadyTerminal, "{reference}");
        // A record is stored together with its count.
        assert_eq!(records.len(), usize::try_from(entry.tries).unwrap(), "{reference}");
        let target = format!("/v1/gate_sessions/{id}/cancel");
        let committed = journal.iter().filter(|entry| entry.target == target && entry.committed).count();
        assert_eq!(committed, 1, "{reference}");
    }
    println!("killed {KILLS} times: {} were accepted, {refused_by_death} were not", accepted.len());
    assert!(accepted.len() > KILLS / 4, "too few were accepted: {}", accepted.len());
}

//! Servers that cannot be judged, or only in part.

use std::future::pending;
use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use zerogate_conformance::Operation::{CancelSession, CreateSession, ListSessions, RetrieveSession};
use zerogate_conformance::{
    BaseUrl, Conclusion, Event, Options, Reporter, RunError, Selection, Stop, Target, Verdict, run,
};
use zerogate_emulator::{Emulator, Fault, FaultKind, Operation as EmulatorOperation};

use crate::proxy::Act::{Edit, Serve};
use crate::proxy::Proxy;
use crate::run::{RunLog, against, behind, everything, open_sessions, rules_only};

fn base(emulator: &Emulator) -> BaseUrl {
    emulator.base_url().parse().unwrap()
}

/// A correct server, and the partner's key.
async fn emulator() -> (Target, String) {
    let emulator = Emulator::start().await.unwrap();
    let (key, base) = (emulator.keys().partner.clone(), base(&emulator));
    (Target::emulator(emulator, base), key)
}

#[tokio::test]
async fn a_server_that_is_down_cannot_be_judged() {
    let act = Edit(|_, response| response.become_error(503, "server_error"));
    let told = behind(act, &everything()).await;
    // Only the conversation has a result: the contract does not require the server to be up.
    assert_eq!(told.with("fail"), Vec::<&str>::new(), "{}", told.everything);
    assert_eq!(told.with("pass"), Vec::<&str>::new(), "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::NotJudged);
}

/// The verdict of the rule on the status of a cancellation.
fn status_201(told: &RunLog) -> &Verdict {
    told.verdicts.iter().find(|(rule, _)| *rule == "cancel-status-201").map(|(_, verdict)| verdict).unwrap()
}

fn received(told: &RunLog) -> &str {
    match status_201(told) {
        Verdict::Fail(findings) => &findings[0].received,
        verdict => panic!("{verdict:?}\n{}", told.everything),
    }
}

#[tokio::test]
async fn a_cancellation_without_a_response_is_a_finding_and_ends_in_time() {
    let act = Serve(|upstream, asked| {
        Box::pin(async move { if asked.is(CancelSession) { pending().await } else { upstream.respond(&asked).await } })
    });
    let mut options = everything();
    options.timeout = Duration::from_millis(200);
    let told = behind(act, &options).await;
    assert_eq!(
        received(&told),
        "no complete response within 200ms on every attempt, while other requests got a response"
    );
    // A few dozen attempts of 200 ms, with room for a slow machine.
    assert!(told.summary.elapsed < Duration::from_secs(40), "{:?}", told.summary.elapsed);
    // Only the rules on all responses have something to judge.
    let passed: Vec<_> = told.with("pass").into_iter().filter(|rule| rule.starts_with("cancel-")).collect();
    assert_eq!(passed, ["cancel-key-not-echoed"], "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::DoesNotConform);
}

#[tokio::test]
async fn a_temporary_failure_is_retried() {
    for kind in [
        FaultKind::Truncated,
        FaultKind::Reset,
        FaultKind::Close,
        FaultKind::status(503),
        FaultKind::status(429).with_retry_after("0"),
        FaultKind::html(),
    ] {
        let emulator = Emulator::start().await.unwrap();
        for operation in [EmulatorOperation::CreateSession, EmulatorOperation::CancelSession] {
            emulator.arm(Fault::new(kind.clone()).on(operation).times(2)).unwrap();
        }
        let base = base(&emulator);
        let told = against(&Target::emulator(emulator, base), &rules_only()).await;
        // A gateway's page is an error response: only its envelope is judged.
        let is_page = kind == FaultKind::html();
        let wrong = if is_page { vec!["error-envelope-fields", "error-json"] } else { Vec::new() };
        assert_eq!(told.with("fail"), wrong, "{kind:?}: {}", told.everything);
        assert_eq!(told.with("error"), Vec::<&str>::new(), "{kind:?}: {}", told.everything);
    }
}

#[tokio::test]
async fn a_persistent_failure_is_a_finding_while_other_requests_succeed() {
    let kinds = [
        (FaultKind::Truncated, "the connection failed: "),
        (FaultKind::Reset, "the connection failed: "),
        (FaultKind::status(503).with_retry_after("0"), "503"),
    ];
    let judged = kinds.map(|(kind, said)| async move {
        let emulator = Emulator::start().await.unwrap();
        emulator.arm(Fault::new(kind.clone()).on(EmulatorOperation::CancelSession).until_reset()).unwrap();
        let base = base(&emulator);
        let told = against(&Target::emulator(emulator, base), &rules_only()).await;
        assert!(received(&told).starts_with(said), "{kind:?}: {}", told.everything);
        assert_eq!(told.conclusion(), Conclusion::DoesNotConform);
    });
    join_all(judged).await;
}

#[tokio::test]
async fn an_endless_body_is_not_read_completely() {
    let act = Edit(|asked, response| {
        if asked.is(CancelSession) {
            response.body = Bytes::from(vec![b' '; 2 * 1024 * 1024]);
        }
    });
    let told = behind(act, &rules_only()).await;
    assert!(received(&told).starts_with("the body is larger than 1048576 bytes"), "{}", told.everything);
}

#[tokio::test]
async fn a_stopped_run_cancels_its_open_sessions() {
    let (target, key) = emulator().await;
    let options = rules_only();
    let mut reporter = StopsAt { rule: "cancel-id", stop: options.stop.clone(), is_aborted: false };
    let ended = run(&target, &options, &mut reporter).await;
    assert!(matches!(&ended, Err(RunError::Stopped { left, .. }) if left.is_empty()), "{ended:?}");
    assert!(reporter.is_aborted, "no report would say so");
    assert_eq!(open_sessions(&target.base_url().to_string(), &key).await, 0);
}

/// The server refuses to cancel, with a status that means success or a terminal session, or without a response.
#[tokio::test]
async fn every_session_that_stays_open_is_named() {
    let kinds = [403, 404, 409, 500, 200].map(FaultKind::status).into_iter().chain([FaultKind::Reset]);
    let runs = kinds.map(|kind| async move {
        let emulator = Emulator::start().await.unwrap();
        let (base, key) = (base(&emulator), emulator.keys().partner.clone());
        let fault = Fault::new(kind.clone()).before().on(EmulatorOperation::CancelSession);
        emulator.arm(fault.until_reset()).unwrap();
        let mut options = rules_only();
        options.selection = Selection::new(vec!["cancel-status-201".to_owned()], Vec::new()).unwrap();
        let target = Target::emulator(emulator, base.clone());
        let told = against(&target, &options).await;
        let left = &told.summary.left_open;
        assert!(!left.is_empty(), "{kind:?}");
        assert_eq!(left.len(), open_sessions(&base.to_string(), &key).await, "{kind:?}: {left:?}");
    });
    join_all(runs).await;
}

/// A reporter that stops the run at the verdict on a rule.
struct StopsAt {
    rule: &'static str,
    stop: Stop,
    is_aborted: bool,
}

impl Reporter for StopsAt {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RuleFinished(result) if result.rule.id == self.rule => self.stop.stop(),
            // Rules judged in parallel may still be reported.
            Event::RuleFinished(result) => assert!(result.rule.id < "create", "{} came after all", result.rule.id),
            Event::RunAborted { .. } => self.is_aborted = true,
            Event::RunFinished { .. } => panic!("it went on to its end"),
            _ => {}
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_refused_key_is_distinguished_from_an_unreachable_server() {
    let emulator = Emulator::start().await.unwrap();
    let target = Target::remote(base(&emulator), "sk_test_fake_and_unknown", false).unwrap();
    let refused = run(&target, &rules_only(), &mut RunLog::default()).await;
    assert!(matches!(refused, Err(RunError::KeyRefused { .. })), "{refused:?}");
}

/// What a bare socket sends.
#[derive(Clone, Copy)]
enum Says {
    Nothing,
    Once(&'static [u8]),
    /// This text again and again.
    Forever(&'static [u8]),
}

/// Runs the suite against a bare socket.
async fn against_socket(says: Says) -> RunError {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut streams = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            match says {
                Says::Once(bytes) => stream.write_all(bytes).await.unwrap(),
                // Until the suite closes the connection.
                Says::Forever(bytes) => while stream.write_all(bytes).await.is_ok() {},
                // Kept, so that the connection stays open.
                Says::Nothing => streams.push(stream),
            }
        }
    });
    let mut options = everything();
    // Only silence has to be waited for.
    options.timeout = if matches!(says, Says::Nothing) { Duration::from_millis(50) } else { Duration::from_secs(60) };
    let target = Target::remote(base, "sk_test_fake", false).unwrap();
    run(&target, &options, &mut RunLog::default()).await.unwrap_err()
}

#[tokio::test]
async fn a_server_without_http_is_reported_in_one_line() {
    for (says, reason) in [
        (Says::Once(b"SSH-2.0-OpenSSH_9.9\r\n"), "invalid HTTP version"),
        (Says::Once(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), "end of file before message length"),
        (Says::Once(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 5\r\n\r\nshort"), "content-length"),
        (Says::Once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"), "unexpected EOF"),
        (Says::Once(b"HTTP/1.1 1000 OK\r\n\r\n"), "invalid HTTP status-code"),
        (Says::Forever(b"HTTP/1.1 100 Continue\r\n\r\n"), "the response is larger than 2097152 bytes"),
        (Says::Forever(b"HTTP/1.1 200 OK\r\nA: "), "message head is too large"),
        (Says::Nothing, "no complete response within 50ms"),
    ] {
        let error = against_socket(says).await;
        assert!(matches!(error, RunError::Unreachable { .. }), "{error:?}");
        let told = error.to_string();
        assert!(told.contains("; check that the server is running") && told.lines().count() == 1, "{told}");
        assert!(told.contains(reason), "{told}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_every_list_says_nothing_about_limits() {
    let act = Edit(|asked, response| {
        if asked.is(ListSessions) && !response.is_error() {
            response.become_error(403, "forbidden");
        }
    });
    let told = behind(act, &rules_only()).await;
    assert_eq!(told.with("fail"), ["list-shape"], "{}", told.everything);
    let judged = ["list-missing-key", "list-shape"];
    let lists = zerogate_conformance::rules().map(|rule| rule.id).filter(|id| id.starts_with("list-"));
    let errors = told.with("error");
    assert!(lists.filter(|id| !judged.contains(id)).all(|id| errors.contains(&id)), "{}", told.everything);
}

/// No cancellation needs a list.
#[tokio::test]
async fn a_list_that_is_no_json_says_nothing_about_cancellations() {
    let act = Edit(|asked, response| {
        if asked.is(ListSessions) && !response.is_error() {
            response.become_html();
        } else if asked.is(CreateSession) && !response.is_error() {
            response.become_error(422, "invalid_request");
        }
    });
    let told = behind(act, &rules_only()).await;
    assert!(told.with("error").contains(&"cancel-json"), "{}", told.everything);
}

#[tokio::test]
async fn the_suite_cancels_the_sessions_that_it_opened() {
    let (target, key) = emulator().await;
    against(&target, &everything()).await;
    assert_eq!(open_sessions(&target.base_url().to_string(), &key).await, 0);
}

#[tokio::test]
async fn it_cancels_them_even_if_the_report_cannot_be_written() {
    let (target, key) = emulator().await;
    let ended = run(&target, &everything(), &mut Full { room: 15 }).await;
    assert!(matches!(ended, Err(RunError::Report(_))), "{ended:?}");
    assert_eq!(open_sessions(&target.base_url().to_string(), &key).await, 0);
}

/// A disk with space for this many events.
struct Full {
    room: usize,
}

impl Reporter for Full {
    fn report(&mut self, _: &Event) -> io::Result<()> {
        self.room = self.room.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        Ok(())
    }
}

#[tokio::test]
async fn every_rule_can_be_judged_alone() {
    for rule in zerogate_conformance::rules() {
        let emulator = Emulator::start().await.unwrap();
        let proxy = Proxy::start(&emulator, Edit(|_, _| {})).await;
        let mut options = Options::default();
        options.selection = zerogate_conformance::Selection::new(vec![rule.id.to_owned()], Vec::new()).unwrap();
        let told = against(&Target::emulator(emulator, proxy.base_url()), &options).await;
        assert_eq!(told.with("pass"), [rule.id], "{}", told.everything);
        assert_eq!(told.steps, []);
    }
}

/// The server is down from one request until it has returned 503 to another, so that the 503 does not count.
#[tokio::test]
async fn temporary_downtime_is_not_a_finding() {
    let act = Serve(|upstream, asked| {
        static STATE: AtomicUsize = AtomicUsize::new(UP);
        const UP: usize = 0;
        const DOWN: usize = 1;
        const UP_AGAIN: usize = 2;
        Box::pin(async move {
            let is_reading = asked.is(RetrieveSession);
            let before = STATE.load(Ordering::Relaxed);
            match (before, asked.authorization()) {
                (UP, None) if is_reading => STATE.store(DOWN, Ordering::Relaxed),
                (DOWN, Some(_)) if is_reading => STATE.store(UP_AGAIN, Ordering::Relaxed),
                _ => {}
            }
            if before == DOWN || STATE.load(Ordering::Relaxed) == DOWN {
                let mut down = upstream.respond(&asked.reading()).await;
                down.become_error(503, "server_error");
                return down;
            }
            upstream.respond(&asked).await
        })
    });
    let mut options = rules_only();
    let only = ["retrieve-missing-key", "retrieve-unknown-session"].map(str::to_owned);
    options.selection = Selection::new(only.into(), Vec::new()).unwrap();
    options.jobs = NonZero::new(1).unwrap();
    let told = behind(act, &options).await;
    assert_eq!(told.with("error"), ["retrieve-missing-key"], "{}", told.everything);
    assert_eq!(told.with("pass"), ["retrieve-unknown-session"], "{}", told.everything);
}

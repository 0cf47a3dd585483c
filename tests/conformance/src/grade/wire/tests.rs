use std::time::Instant;

use zerogate_emulator::Operation;

use super::*;
use crate::proxy::wiretap::Response;

/// A run of cancellations with these pauses between them, in milliseconds, each with this status after `took`
/// milliseconds.
fn run(pauses: &[u64], status: u16, took: u64) -> Run {
    let start = Instant::now();
    let mut at = start;
    let mut requests = Vec::new();
    for pause in [0].iter().chain(pauses) {
        let began = at + Duration::from_millis(*pause);
        at = began + Duration::from_millis(took);
        requests.push(request("POST", "/v1/gate_sessions/a/cancel", began, at, status));
    }
    Run {
        operation: Some(Operation::CancelSession),
        began: Some(start),
        elapsed: at - start,
        requests,
        ..Run::default()
    }
}

fn request(method: &str, target: &str, began: Instant, ended: Instant, status: u16) -> Request {
    Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        began,
        ended,
        response: Some(Response { status, began: ended, is_whole: true }),
    }
}

/// `pass`, `fail`, or why it is not judged.
fn word(judged: &Judged) -> &str {
    match judged {
        Ok(findings) if findings.is_empty() => "pass",
        Ok(_) => "fail",
        Err(NotJudged { is_trouble: true, .. }) => "trouble",
        Err(_) => "beside the point",
    }
}

fn runs(pauses: &[&[u64]]) -> Vec<Run> {
    pauses.iter().map(|pauses| run(pauses, 503, 1)).collect()
}

#[test]
fn constant_and_shorter_pauses_do_not_grow() {
    for (pauses, wanted) in [
        ([[50_u64, 50]; 6], "fail"),
        // One run on a busy machine does not change the verdict.
        ([[50, 50], [50, 52], [90, 50], [50, 50], [51, 50], [50, 50]], "fail"),
        ([[90, 50], [80, 40], [100, 60], [90, 30], [95, 50], [90, 45]], "fail"),
        ([[90, 50], [80, 40], [100, 60], [90, 130], [95, 50], [90, 45]], "pass"),
        ([[30, 60]; 6], "pass"),
        // A busy machine lengthens a first pause.
        ([[30, 60], [80, 60], [30, 61], [30, 60], [31, 60], [30, 60]], "pass"),
        ([[20, 300], [400, 30], [250, 120], [90, 480], [310, 200], [60, 10]], "pass"),
        ([[2, 2]; 6], "beside the point"),
        ([[0, 40]; 6], "beside the point"),
    ] {
        let pauses: Vec<&[u64]> = pauses.iter().map(|pauses| pauses.as_slice()).collect();
        assert_eq!(word(&grows(&runs(&pauses))), wanted, "{pauses:?}");
    }
    assert_eq!(word(&grows(&runs(&[&[50], &[50]]))), "beside the point");
}

#[test]
fn only_pauses_that_can_be_compared_have_a_random_part() {
    for (pauses, wanted) in [
        ([[50_u64]; 3], "fail"),
        ([[40], [60], [90]], "pass"),
        // Without a pause, only the time that the client needs differs.
        ([[2], [9], [5]], "beside the point"),
    ] {
        let pauses: Vec<&[u64]> = pauses.iter().map(|pauses| pauses.as_slice()).collect();
        assert_eq!(word(&jitters(&runs(&pauses))), wanted, "{pauses:?}");
    }
}

#[test]
fn retries_without_a_pause_or_without_an_end_are_unbounded() {
    assert_eq!(word(&bounded(&runs(&[&[40, 80], &[40, 80], &[40, 80]]))), "pass");
    // A random pause may be short, but not in all runs.
    assert_eq!(word(&bounded(&runs(&[&[1, 2], &[3, 60], &[1, 1]]))), "pass");
    assert_eq!(word(&bounded(&runs(&[&[1, 2], &[2, 1], &[1, 1]]))), "fail");
    assert_eq!(word(&bounded(&runs(&[&[], &[], &[]]))), "pass");
    // The first retry of a process may be slow, which is no pause.
    assert_eq!(word(&bounded(&runs(&[&[40, 6], &[30, 7], &[50, 6]]))), "fail");
    assert_eq!(word(&bounded(&runs(&[&[40], &[1], &[1]]))), "pass");
    let stopped = |pauses: &[u64], idle: u64| {
        let run = run(pauses, 503, 1);
        let elapsed = run.elapsed + Duration::from_millis(idle);
        bounded(&[Run { is_stopped: true, elapsed, ..run }])
    };
    assert_eq!(word(&stopped(&[300; 12], 200)), "fail");
    // It waits for something, or has made few attempts.
    assert_eq!(word(&stopped(&[300; 12], 5_000)), "beside the point");
    assert_eq!(word(&stopped(&[300; 3], 200)), "beside the point");
}

#[test]
fn one_request_is_enough_and_none_may_be_right() {
    let sent = |pauses: &[u64], took| vec![run(pauses, 409, took)];
    assert_eq!(word(&once(&sent(&[], 1))), "pass");
    assert_eq!(word(&once(&sent(&[40], 1))), "fail");
    // The client may have timed out on the first.
    assert_eq!(word(&once(&sent(&[40], 5_000))), "trouble");
    assert_eq!(word(&one_at_a_time(&sent(&[40], 1))), "pass");
    // A client that reads the session first may not cancel it.
    let mut runs = sent(&[], 1);
    runs[0].requests[0].method = "GET".to_owned();
    assert_eq!(word(&once(&runs)), "pass");
    runs[0].requests.clear();
    assert_eq!(word(&once(&runs)), "trouble");
}

#[test]
fn only_a_read_after_the_conflict_is_a_read_back() {
    let mut run = run(&[40], 409, 1);
    let (first, last) = (run.requests[0].began, run.requests[1].ended);
    let read = |at| request("GET", "/v1/gate_sessions/a", at, at, 200);
    run.requests[0].response = None;
    run.requests.insert(0, read(first));
    let mut runs = vec![run];
    assert_eq!(word(&reads_after_own_conflict(&runs)), "fail");
    runs[0].requests.push(read(last));
    assert_eq!(word(&reads_after_own_conflict(&runs)), "pass");
}

#[test]
fn a_creation_is_the_same_as_the_first_with_its_key() {
    const BODY: &str = r#"{"amount": "1.00", "currency": "EUR"}"#;
    const REORDERED: &str = r#"{"currency":"EUR","amount":"1.00"}"#;
    const OTHER: &str = r#"{"amount": "1.0", "currency": "EUR"}"#;
    let sent = |attempts: &[(&str, &str)]| {
        let mut run = run(&vec![40; attempts.len() - 1], 503, 1);
        for (request, (key, body)) in run.requests.iter_mut().zip(attempts) {
            request.headers.extend((!key.is_empty()).then(|| ("Idempotency-Key".to_owned(), (*key).to_owned())));
            request.body = body.as_bytes().to_vec();
        }
        same_creation(&[run])
    };
    for (attempts, wanted) in [
        (&[("a", BODY)][..], "pass"),
        (&[("a", BODY), ("a", REORDERED)], "pass"),
        (&[("a", BODY), ("a", OTHER)], "fail"),
        (&[("a", BODY), ("a", "")], "fail"),
        // Another key is another creation.
        (&[("a", BODY), ("b", OTHER)], "pass"),
        (&[("a", BODY), ("", OTHER)], "pass"),
        (&[("a", BODY), ("b", OTHER), ("a", OTHER)], "fail"),
        (&[("a", BODY), ("b", OTHER), ("a", REORDERED)], "pass"),
        // Without a key, nothing says that they are the same.
        (&[("", BODY), ("", OTHER)], "pass"),
        // A body that is not JSON is compared byte by byte.
        (&[("a", "{"), ("a", "{")], "pass"),
        (&[("a", "{"), ("a", "{ ")], "fail"),
    ] {
        assert_eq!(word(&sent(attempts)), wanted, "{attempts:?}");
    }
    assert_eq!(word(&same_creation(&[Run::default()])), "trouble");
}

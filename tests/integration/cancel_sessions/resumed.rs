//! Runs that resume from earlier records, and how the failure of one session affects the others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use serde_json::json;
use zerogate::{
    CallOptions, CancelTarget, Client, Delivery, ErrorKind, NextStep, RecordedOutcome, SessionRecord, SessionStatus,
};

use super::{cancelled, ids, throttled};
use crate::arrange::{client_with, quick};
use crate::examples::{envelope, json as http, response, session};
use crate::server::{Server, script};

/// A server that responds by method and id, and the method and id of each request it got.
pub(super) async fn scripted(
    options: CallOptions,
    respond: impl Fn(usize, &str, &str) -> Option<String> + Send + Sync + 'static,
) -> (Server, Client, Arc<Mutex<Vec<String>>>) {
    let (seen, respond) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(respond));
    let requests = Arc::clone(&seen);
    let server = Server::start(script(move |mut connection| {
        let (seen, respond) = (Arc::clone(&seen), Arc::clone(&respond));
        async move {
            loop {
                let request = connection.request().await?;
                let method = request.split(' ').next().unwrap().to_owned();
                let id = request.split('/').nth(3).unwrap().split(' ').next().unwrap().to_owned();
                let number = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(format!("{method} {id}"));
                    seen.len()
                };
                match respond(number, &method, &id) {
                    Some(response) => connection.write(response).await?,
                    None => return Ok(()),
                }
            }
        }
    }))
    .await;
    let client = client_with(&server.base_url(), options);
    (server, client, requests)
}

pub(super) fn conflict() -> String {
    http("409 Conflict", &envelope("conflict", 409))
}

pub(super) fn failing() -> String {
    http("503 Busy", &envelope("server_error", 503))
}

pub(super) fn reads(status: &str, id: &str) -> String {
    http("200 OK", &session(status).replace("67a1f3b9e4b0c10001234567", id))
}

/// The last records.
pub(super) async fn last(client: &Client, targets: Vec<CancelTarget>) -> Vec<SessionRecord> {
    let records: Vec<_> = client.cancel_sessions(targets, 1).collect().await;
    records.into_iter().filter(|record| record.outcome != RecordedOutcome::UnderWay).collect()
}

fn stored(record: &SessionRecord) -> SessionRecord {
    serde_json::from_str(&serde_json::to_string(record).unwrap()).unwrap()
}

#[tokio::test]
async fn a_conflict_is_never_followed_by_another_cancellation() {
    // How often reading fails, the status that is read after that, and the final record.
    for (failures, reading, is_in_doubt, outcome, status, error, next) in [
        (2, "cancelled", false, RecordedOutcome::AlreadyTerminal, Some("cancelled"), None, NextStep::Done),
        (2, "cancelled", true, RecordedOutcome::FoundCancelled, Some("cancelled"), None, NextStep::Done),
        (2, "completed", true, RecordedOutcome::AlreadyTerminal, Some("completed"), None, NextStep::Done),
        (2, "frozen", false, RecordedOutcome::AlreadyTerminal, Some("frozen"), None, NextStep::ReadSession),
        (
            2,
            "open",
            false,
            RecordedOutcome::Failed,
            Some("open"),
            Some(ErrorKind::Contradiction),
            NextStep::ReadSession,
        ),
        // Not in this run; the next one reads it.
        (4, "cancelled", false, RecordedOutcome::AlreadyTerminal, None, None, NextStep::ReadSession),
        (4, "cancelled", true, RecordedOutcome::AlreadyTerminal, None, None, NextStep::ReadSession),
    ] {
        let left = AtomicUsize::new(failures);
        let (server, client, requests) = scripted(quick(), move |_, method, id| {
            let fails = method == "GET"
                && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
            Some(if method == "POST" {
                conflict()
            } else if fails {
                failing()
            } else {
                reads(reading, id)
            })
        })
        .await;
        let id = ids(1).remove(0);
        let target = if is_in_doubt { SessionRecord::under_way("s0", &id).into() } else { CancelTarget::from(&id) };
        let record = last(&client, vec![target]).await.remove(0);
        let told = (record.outcome, record.status.as_ref().map(SessionStatus::as_str), record.error, record.next);
        assert_eq!(told, (outcome, status, error, next), "{reading}");
        // The result stays unknown until the status is known.
        let is_unknown = record.delivery == Some(Delivery::Unknown);
        assert_eq!(is_unknown, is_in_doubt && status.is_none(), "{reading}");
        let posts = || requests.lock().unwrap().iter().filter(|request| request.starts_with("POST")).count();
        assert_eq!(posts(), 1, "{reading}");
        let gets = requests.lock().unwrap().len() - 1;
        assert_eq!((record.attempts.len(), record.http_status), (gets + 1, Some(409)));
        if status.is_none() {
            let again: Vec<_> = client.cancel_sessions([stored(&record)], 1).collect().await;
            let found = if is_in_doubt { RecordedOutcome::FoundCancelled } else { RecordedOutcome::AlreadyTerminal };
            let told: Vec<_> = again.iter().map(|it| (it.outcome, it.status.clone(), it.delivery)).collect();
            assert_eq!(told, [(found, Some(SessionStatus::Cancelled), None)]);
            assert_eq!(posts(), 1);
        }
        drop(client);
        server.finish().await;
    }
}

#[tokio::test]
async fn a_session_that_is_refused_or_cannot_be_read_does_not_stop_the_others() {
    let refused = |status: &str, kind: &str, code| http(status, &envelope(kind, code));
    let (forbidden, unauthorized) =
        (refused("403 Forbidden", "forbidden", 403), refused("401 Unauthorized", "unauthorized", 401));
    for (what, of_cancel, of_read, next) in [
        ("403 of a gateway", Some(response("403 Forbidden", "", "<html>")), None, NextStep::FixRequest),
        ("read back: 403", Some(conflict()), Some(forbidden.clone()), NextStep::FixRequest),
        ("read back: 401", Some(conflict()), Some(unauthorized.clone()), NextStep::FixRequest),
        ("read back: a day", Some(conflict()), Some(throttled("86400")), NextStep::ReadSession),
        ("lost, and read back: 401", None, Some(unauthorized), NextStep::Retry),
        ("lost, and read back: a day", None, Some(throttled("86400")), NextStep::Retry),
    ] {
        let (server, client, _) = scripted(quick().max_attempts(1), move |_, method, id| match (id, method) {
            ("s0", "POST") => of_cancel.clone(),
            ("s0", _) => of_read.clone(),
            _ => Some(cancelled(id)),
        })
        .await;
        let records = last(&client, ids(5).into_iter().map(CancelTarget::from).collect()).await;
        assert_eq!((records[0].session_id.as_str(), records[0].next), ("s0", next), "{what}");
        assert!(records[1..].iter().all(|record| record.outcome == RecordedOutcome::Cancelled), "{what}: {records:#?}");
        drop(client);
        server.finish().await;
    }
}

#[tokio::test]
async fn earlier_results_survive_a_halt() {
    let unauthorized = http("401 Unauthorized", &envelope("unauthorized", 401));
    for (response, next) in [(unauthorized, NextStep::FixRequest), (throttled("86400"), NextStep::ReadSession)] {
        let (server, client, requests) = scripted(quick(), move |_, _, _| Some(response.clone())).await;
        let [first, known, doubted] = &ids(3)[..] else { unreachable!() };
        let terminal = |id| {
            let mut record = SessionRecord::under_way("order_1", id);
            (record.outcome, record.next, record.http_status) =
                (RecordedOutcome::AlreadyTerminal, NextStep::ReadSession, Some(409));
            record
        };
        let mut known = terminal(known);
        known.delivery = None;
        let doubted = terminal(doubted);
        let records = last(&client, vec![first.into(), known.into(), doubted.into()]).await;
        assert_eq!(requests.lock().unwrap().len(), 1);
        let told: Vec<_> = records[1..].iter().map(|it| (it.outcome, it.delivery, it.http_status, it.next)).collect();
        let expected = |delivery| (RecordedOutcome::AlreadyTerminal, delivery, Some(409), next);
        assert_eq!(told, [expected(None), expected(Some(Delivery::Unknown))]);
        drop(client);
        server.finish().await;
    }
}

#[tokio::test]
async fn sessions_that_were_given_up_are_requested_again_on_demand() {
    let missing = http("404 Not Found", &envelope("not_found", 404));
    let (server, client, requests) =
        scripted(quick(), move |number, _, id| Some(if number == 1 { missing.clone() } else { cancelled(id) })).await;
    let given_up = last(&client, vec![ids(1).remove(0).into()]).await.remove(0);
    assert_eq!(given_up.next, NextStep::GiveUp);
    assert_eq!(last(&client, vec![given_up.clone().into()]).await, std::slice::from_ref(&given_up));
    let done = last(&client, vec![CancelTarget::again(given_up)]).await.remove(0);
    assert_eq!((done.outcome, requests.lock().unwrap().len()), (RecordedOutcome::Cancelled, 2));
    // A terminal session stays terminal.
    assert_eq!(last(&client, vec![CancelTarget::again(done.clone())]).await, [done]);
    assert_eq!(requests.lock().unwrap().len(), 2);
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn a_request_is_sent_before_more_settled_records_are_given() {
    let (server, client, _) = scripted(quick(), |_, _, id| Some(cancelled(id))).await;
    let [settled, fresh] = &ids(2)[..] else { unreachable!() };
    let settled = last(&client, vec![settled.into()]).await.remove(0);
    // They are endless.
    let targets = std::iter::once(CancelTarget::from(fresh)).chain(std::iter::repeat(settled.into()));
    let mut stream = client.cancel_sessions(targets, 4);
    let cancelled = async {
        while let Some(record) = stream.next().await {
            if record.session_id == *fresh && record.outcome == RecordedOutcome::Cancelled {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), cancelled).await.expect("the request is sent");
    drop((stream, client));
    server.finish().await;
}

#[tokio::test]
async fn other_tasks_have_their_turn_while_nothing_is_sent() {
    let (server, client, _) =
        scripted(quick(), |_, _, _| Some(http("401 Unauthorized", &envelope("unauthorized", 401)))).await;
    let turns = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&turns);
    let other = tokio::spawn(async move {
        loop {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    });
    let mut stream = client.cancel_sessions(ids(2000), 4);
    let mut before = None;
    while let Some(record) = stream.next().await {
        if record.error == Some(ErrorKind::Unauthorized) && record.attempts.is_empty() {
            before.get_or_insert_with(|| turns.load(Ordering::SeqCst));
        }
    }
    assert!(turns.load(Ordering::SeqCst) >= before.unwrap() + 20);
    other.abort();
    drop((stream, client));
    server.finish().await;
}

#[tokio::test]
async fn after_a_wait_the_pace_rises_only_with_responses() {
    let busy = http("429 Too Many Requests", &envelope("rate_limited", 429));
    let open = |id: &str| Some(reads("open", id));
    let lost = |_: &str| None;
    type Respond = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;
    let rows: [(&str, bool, Respond, Respond, bool); 4] = [
        ("lost", true, Box::new(lost), Box::new(open), true),
        ("a 503", true, Box::new(|_| Some(failing())), Box::new(open), true),
        ("a 429 to reading back", false, Box::new(lost), Box::new(move |_| Some(busy.clone())), true),
        ("a response", true, Box::new(|id| Some(cancelled(id))), Box::new(open), false),
    ];
    for (what, begins_with_a_wait, of_cancel, of_read, is_slow) in rows {
        let (server, client, _) = scripted(quick().max_attempts(1), move |number, method, id| match method {
            "POST" if number == 1 && begins_with_a_wait => Some(throttled("0")),
            "POST" => of_cancel(id),
            _ => of_read(id),
        })
        .await;
        let mut stream = client.cancel_sessions(ids(5), 1);
        while stream.next().await.is_some() {}
        let debug = format!("{stream:?}");
        assert_eq!(debug.contains("allowed: 1,") || debug.contains("allowed: 1 }"), is_slow, "{what}: {debug}");
        drop((stream, client));
        server.finish().await;
    }
}

#[tokio::test]
async fn earlier_attempts_and_an_earlier_wait_are_carried_on() {
    let (server, client, requests) =
        scripted(quick(), |number, _, id| Some(if number == 1 { throttled("3600") } else { cancelled(id) })).await;
    let asked = last(&client, vec![ids(1).remove(0).into()]).await.remove(0);
    assert_eq!((asked.attempts.len(), asked.next), (1, NextStep::Retry));
    // The process is killed several times while it waits, and its store keeps one record per session.
    let mut record = asked.clone();
    for _ in 0..3 {
        let mut stream = client.cancel_sessions([stored(&record)], 1).longest_wait(Duration::from_secs(7200));
        record = stream.next().await.unwrap();
        assert_eq!(record.outcome, RecordedOutcome::UnderWay);
        assert_eq!(record.attempts, asked.attempts);
        let wait = record.not_before().unwrap().duration_since(SystemTime::now()).unwrap();
        assert!(wait > Duration::from_secs(3500), "{wait:?}");
    }
    assert_eq!(requests.lock().unwrap().len(), 1);
    // At most twenty of them.
    record.retry_after_ms = None;
    record.attempts = vec![record.attempts[0].clone(); 50];
    let done = last(&client, vec![record.into()]).await.remove(0);
    assert_eq!((done.outcome, done.attempts.len()), (RecordedOutcome::Cancelled, 21));
    let last = done.attempts.last().unwrap();
    assert_eq!((last.number, last.status), (2, Some(201)));
    drop(client);
    server.finish().await;
}

/// A stored record, changed as if another version, process or clock had written it.
fn rewritten(record: &SessionRecord, changes: serde_json::Value) -> SessionRecord {
    let mut json = serde_json::to_value(record).unwrap();
    json.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn a_wait_counts_from_now_and_one_that_is_too_long_ends_with_a_failure() {
    let (server, client, requests) = scripted(quick(), |_, _, id| Some(cancelled(id))).await;
    let future = "2222-01-01T00:00:00.000Z";
    for (changes, is_sent) in [
        (json!({ "retry_after_ms": 600_000 }), false),
        (json!({ "retry_after_ms": 600_000, "recorded_at": future }), false),
        (json!({ "retry_after_ms": u64::MAX, "recorded_at": future }), false),
        (json!({ "retry_after_ms": 600_000, "recorded_at": "2001-01-01T00:00:00.000Z" }), true),
        (json!({ "retry_after_ms": 0, "recorded_at": future }), true),
        (json!({ "retry_after_ms": 20, "recorded_at": future }), true),
        (json!({ "recorded_at": future }), true),
    ] {
        let before = requests.lock().unwrap().len();
        let record = rewritten(&SessionRecord::under_way("order_1", &ids(1)[0]), changes.clone());
        let record = last(&client, vec![record.into()]).await.remove(0);
        assert_eq!(requests.lock().unwrap().len() - before, usize::from(is_sent), "{changes}");
        if is_sent {
            assert_eq!(record.outcome, RecordedOutcome::Cancelled, "{changes}");
            continue;
        }
        let told = (record.outcome, record.error, record.delivery, record.next);
        let unknown = Some(Delivery::Unknown);
        assert_eq!(
            told,
            (RecordedOutcome::Failed, Some(ErrorKind::RateLimited), unknown, NextStep::Retry),
            "{changes}"
        );
        let wait = Duration::from_millis(record.retry_after_ms.unwrap());
        assert!(wait > Duration::from_secs(590) && record.not_before().is_none_or(|at| at > SystemTime::now()));
    }
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn a_session_to_read_is_read_before_it_is_cancelled_again() {
    use RecordedOutcome::{AlreadyTerminal, Cancelled, Failed, FoundCancelled, Retrieved};

    let missing = || http("404 Not Found", &envelope("not_found", 404));
    for (in_doubt, read, requests, outcome, next, delivery) in [
        (true, reads("cancelled", "s0"), "GET", FoundCancelled, NextStep::Done, None),
        (false, reads("cancelled", "s0"), "GET", AlreadyTerminal, NextStep::Done, None),
        (true, reads("expired", "s0"), "GET", AlreadyTerminal, NextStep::Done, None),
        (true, reads("open", "s0"), "GET POST", Cancelled, NextStep::Done, None),
        (true, reads("frozen", "s0"), "GET", Retrieved, NextStep::ReadSession, Some(Delivery::Unknown)),
        (true, missing(), "GET", Failed, NextStep::ReadSession, Some(Delivery::Unknown)),
        (false, missing(), "GET", Failed, NextStep::GiveUp, Some(Delivery::Responded)),
    ] {
        let what = format!("{in_doubt} {read}");
        let (server, client, sent) =
            scripted(quick(), move |_, method, id| Some(if method == "GET" { read.clone() } else { cancelled(id) }))
                .await;
        // A conflict without its envelope, and no status.
        let delivery_before = if in_doubt { "unknown" } else { "responded" };
        let before =
            json!({ "outcome": "failed", "error": "conflict", "next": "read_session", "delivery": delivery_before });
        let record = rewritten(&SessionRecord::under_way("order_1", &ids(1)[0]), before);
        let records: Vec<_> = client.cancel_sessions([record], 1).collect().await;
        // The session may be cancelled after the read.
        assert_eq!((records[0].outcome, records[0].next), (RecordedOutcome::UnderWay, NextStep::ReadSession));
        let told = (records[1].outcome, records[1].next, records[1].delivery);
        assert_eq!((told, records.len()), ((outcome, next, delivery), 2), "{what}");
        let methods: Vec<_> = sent.lock().unwrap().iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect();
        assert_eq!(methods.join(" "), requests, "{what}");
        assert_eq!(records[1].attempts.len(), methods.len(), "{what}");
        drop(client);
        server.finish().await;
    }
}

#[tokio::test]
async fn a_404_for_a_session_in_doubt_is_read_back() {
    use RecordedOutcome::{Failed, FoundCancelled};

    let missing = || http("404 Not Found", &envelope("not_found", 404));
    for (read, outcome, next, delivery) in [
        (Some(reads("cancelled", "s0")), FoundCancelled, NextStep::Done, None),
        (Some(missing()), Failed, NextStep::GiveUp, Some(Delivery::Responded)),
        (None, Failed, NextStep::ReadSession, Some(Delivery::Unknown)),
    ] {
        let (server, client, sent) =
            scripted(quick(), move |_, method, _| if method == "GET" { read.clone() } else { Some(missing()) }).await;
        let in_doubt = SessionRecord::under_way("order_1", &ids(1)[0]);
        let record = last(&client, vec![in_doubt.into()]).await.remove(0);
        assert_eq!((record.outcome, record.next, record.delivery), (outcome, next, delivery), "{sent:?}");
        // Read again, it settles; without a doubt, one request does.
        if next == NextStep::ReadSession {
            assert_eq!(last(&client, vec![record.into()]).await[0].next, NextStep::ReadSession);
        }
        sent.lock().unwrap().clear();
        assert_eq!(last(&client, vec![(&ids(1)[0]).into()]).await[0].next, NextStep::GiveUp);
        assert_eq!(sent.lock().unwrap().len(), 1);
        drop(client);
        server.finish().await;
    }
}

#[tokio::test]
async fn sessions_that_wait_do_not_hold_up_the_others() {
    let (server, client, requests) = scripted(quick(), |_, _, id| Some(cancelled(id))).await;
    let waits = |id| rewritten(&SessionRecord::under_way("order_1", id), json!({ "retry_after_ms": 100_000 })).into();
    let ids = ids(5);
    let targets: Vec<CancelTarget> = ids[..4].iter().map(waits).chain([(&ids[4]).into()]).collect();
    let mut stream = client.cancel_sessions(targets, 1);
    let fresh = async { while stream.next().await.unwrap().outcome != RecordedOutcome::Cancelled {} };
    tokio::time::timeout(Duration::from_secs(50), fresh).await.expect("it does not wait for the others");
    assert_eq!(*requests.lock().unwrap(), ["POST s4"]);
    drop((stream, client));
    server.finish().await;
}

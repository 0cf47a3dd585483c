//! Repeated creations on a server with several faults.

use std::num::NonZero;
use std::sync::Arc;

use zerogate_conformance::Operation::{CancelSession, CreateSession, ListSessions};
use zerogate_conformance::{Selection, Verdict};

use crate::proxy::Act::{self, Serve};
use crate::proxy::{Asked, Serving, Upstream};
use crate::run::{RunLog, behind, rules_only};
use crate::violation;

const REPLAY: &str = "create-idempotent-replay";
const STATUS: &str = "create-status-201";
const LACKING: &str = "a creation that is repeated once its session is cancelled (";

/// Runs these rules, one after the other.
async fn judged(act: Act, rules: &[&str]) -> RunLog {
    let mut options = rules_only();
    options.selection = Selection::new(rules.iter().map(|rule| (*rule).to_owned()).collect(), Vec::new()).unwrap();
    options.jobs = NonZero::new(1).unwrap();
    behind(act, &options).await
}

/// What the suite did not check of a rule that passed.
fn lacking(told: &RunLog, rule: &str) -> Vec<String> {
    match told.verdicts.iter().find(|(id, _)| *id == rule) {
        Some((_, Verdict::Pass { lacking })) => lacking.iter().map(ToString::to_string).collect(),
        _ => panic!("{}", told.everything),
    }
}

fn cases(told: &RunLog, rule: &str) -> Vec<String> {
    told.findings().into_iter().filter(|(id, _)| *id == rule).filter_map(|(_, finding)| finding.case).collect()
}

fn is_key_used(upstream: &Upstream, asked: &Asked) -> bool {
    let key = asked.idempotency_key().unwrap_or_default();
    upstream.count(key) > 1
}

/// Whether the suite has cancelled a session.
fn is_cancelled(upstream: &Upstream, asked: &Asked) -> bool {
    if asked.is(CancelSession) {
        upstream.remember("cancelled", true.into());
        return false;
    }
    upstream.remembered("cancelled") == true
}

#[tokio::test]
async fn without_a_cancellation_the_repetition_after_it_is_not_judged() {
    let act = Serve(|upstream: Arc<Upstream>, asked| {
        Box::pin(async move {
            let mut response = upstream.respond(&asked).await;
            if asked.is(CancelSession) {
                response.become_error(500, "server_error");
            }
            response
        })
    });
    let lacking = lacking(&judged(act, &[REPLAY]).await, REPLAY);
    assert!(lacking.len() == 1 && lacking[0].starts_with(LACKING), "{lacking:?}");
}

#[tokio::test]
async fn a_repetition_that_fails_is_not_judged() {
    let act = Serve(|upstream: Arc<Upstream>, asked| {
        Box::pin(async move {
            let fails = is_cancelled(&upstream, &asked) && asked.is(CreateSession) && is_key_used(&upstream, &asked);
            let mut response = upstream.respond(&asked).await;
            if fails {
                response.become_error(500, "server_error");
            } else if asked.is(CreateSession) {
                is_key_used(&upstream, &asked);
            }
            response
        })
    });
    let lacking = lacking(&judged(act, &[REPLAY]).await, REPLAY);
    assert!(lacking.len() == 1 && lacking[0].starts_with(LACKING), "{lacking:?}");
}

#[tokio::test]
async fn a_server_that_goes_down_keeps_the_findings_of_creations() {
    let act = Serve(|upstream: Arc<Upstream>, asked| {
        Box::pin(async move {
            let is_down = is_cancelled(&upstream, &asked);
            let mut response = upstream.respond(&asked).await;
            if is_down {
                response.become_error(503, "server_error");
                response.header("retry-after", "0");
            } else if asked.is(CreateSession) && response.status == 201 {
                response.status = 200;
            }
            response
        })
    });
    let told = judged(act, &[STATUS]).await;
    assert_eq!(told.with("fail"), [STATUS], "{}", told.everything);
}

#[tokio::test]
async fn a_server_that_does_not_repeat_a_creation_is_judged_for_the_other_cases() {
    let act = Serve(|upstream: Arc<Upstream>, mut asked| {
        Box::pin(async move {
            let is_repeated = asked.is(CreateSession) && is_key_used(&upstream, &asked);
            if let Some(key) = asked.headers.get_mut("idempotency-key") {
                *key = key.to_str().unwrap().chars().take(32).collect::<String>().parse().unwrap();
            }
            let mut response = upstream.respond(&asked).await;
            if is_repeated {
                response.become_error(409, "conflict");
            }
            response
        })
    });
    let told = judged(act, &[REPLAY]).await;
    assert_eq!(cases(&told, REPLAY), ["refused", "near-key"], "{}", told.everything);
    let told = judged(violation::act("replay-creates"), &[REPLAY]).await;
    assert_eq!(cases(&told, REPLAY), ["another-session", "once-cancelled"], "{}", told.everything);
}

/// A creation with another key cannot be judged; an earlier finding can.
#[tokio::test]
async fn a_server_that_goes_down_before_another_key_is_judged_for_the_replay() {
    let told = judged(Serve(|upstream, asked| down_once_listed(upstream, asked, true)), &[REPLAY]).await;
    assert_eq!(cases(&told, REPLAY), ["refused"], "{}", told.everything);
    let told = judged(Serve(|upstream, asked| down_once_listed(upstream, asked, false)), &[REPLAY]).await;
    assert_eq!((told.with("pass"), told.with("error")), (vec![], vec![REPLAY]), "{}", told.everything);
}

fn down_once_listed(upstream: Arc<Upstream>, asked: Asked, is_replay_refused: bool) -> Serving {
    Box::pin(async move {
        if upstream.remembered("listed") == true {
            let mut response = upstream.respond(&asked).await;
            response.become_error(503, "server_error");
            response.header("retry-after", "0");
            return response;
        }
        upstream.remember("listed", (asked.is(ListSessions) && asked.target.contains("limit=100")).into());
        let is_replay = asked.is(CreateSession) && is_key_used(&upstream, &asked);
        let mut response = upstream.respond(&asked).await;
        if is_replay && is_replay_refused {
            response.become_error(409, "conflict");
        }
        response
    })
}

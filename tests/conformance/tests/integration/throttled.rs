//! Servers that throttle. The reference allows a 429 for every request, so no rule fails because of one.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use zerogate_conformance::Operation::CancelSession;
use zerogate_conformance::{Conclusion, Selection};

use crate::proxy::Act::{Edit, Serve};
use crate::proxy::{Act, Asked, Response};
use crate::run::{behind, everything, rules_only};

#[tokio::test]
async fn a_server_that_throttles_everything_cannot_be_judged() {
    let act = Edit(|_, response| {
        response.become_error(429, "rate_limited");
        response.header("retry-after", "0");
    });
    let told = behind(act, &everything()).await;
    assert_eq!(told.with("fail"), Vec::<&str>::new(), "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::NotJudged);
}

/// Every second request.
#[tokio::test]
async fn a_server_that_throttles_half_of_all_requests_is_judged() {
    let act = Serve(|upstream, asked| {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        Box::pin(async move {
            if COUNT.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
                // Reads a session instead, which changes nothing.
                let mut refused = upstream.respond(&asked.reading()).await;
                refused.become_error(429, "rate_limited");
                refused.header("retry-after", "0");
                return refused;
            }
            upstream.respond(&asked).await
        })
    });
    let told = behind(act, &everything()).await;
    assert_eq!(told.with("fail"), Vec::<&str>::new(), "{}", told.everything);
    assert_eq!(told.with("error"), Vec::<&str>::new(), "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::Conforms, "{}", told.everything);
}

/// How many requests are being served, how many have arrived, and how many arrived beside another one since the first
/// was throttled.
static SERVED: [AtomicUsize; 3] = [const { AtomicUsize::new(0) }; 3];

#[tokio::test]
async fn a_throttled_run_goes_on_with_one_observation_at_a_time() {
    // The observations that run when the first request is throttled may overlap.
    const SETTLED: usize = 60;
    let act = Serve(|upstream, asked| {
        let [serving, arrived, beside] = &SERVED;
        Box::pin(async move {
            let number = arrived.fetch_add(1, Ordering::SeqCst);
            if serving.fetch_add(1, Ordering::SeqCst) > 0 && number > SETTLED {
                beside.fetch_add(1, Ordering::SeqCst);
            }
            let mut response = upstream.respond(&asked).await;
            // Otherwise they would not overlap.
            tokio::time::sleep(Duration::from_millis(5)).await;
            if number < SETTLED / 2 && asked.is(CancelSession) {
                response.become_error(429, "rate_limited");
                response.header("retry-after", "0");
            }
            serving.fetch_sub(1, Ordering::SeqCst);
            response
        })
    });
    let mut options = rules_only();
    options.jobs = NonZero::new(8).unwrap();
    let rules = ["cancel-altered-key", "cancel-key-elsewhere", "cancel-malformed-key", "cancel-other-scheme"];
    options.selection = Selection::new(rules.map(str::to_owned).into(), Vec::new()).unwrap();
    let told = behind(act, &options).await;
    assert_eq!(told.with("pass"), rules, "{}", told.everything);
    let [_, arrived, beside] = SERVED.each_ref().map(|count| count.load(Ordering::SeqCst));
    assert!(arrived > SETTLED + 20 && beside == 0, "{beside} of {arrived} requests arrived beside another");
}

/// Protection against guessed keys. The reference allows a 429 for every request.
#[tokio::test]
async fn a_server_that_throttles_wrong_keys_is_not_blamed() {
    let act = Serve(|upstream, asked| {
        Box::pin(async move {
            let has_key = asked.authorization() == Some(&format!("Bearer {}", upstream.keys.partner));
            let mut response = upstream.respond(&asked).await;
            if !has_key {
                response.become_error(429, "rate_limited");
                response.header("retry-after", "0");
            }
            response
        })
    });
    let mut options = rules_only();
    options.selection =
        Selection::new(["cancel-status-201", "cancel-altered-key"].map(str::to_owned).into(), Vec::new()).unwrap();
    let told = behind(act, &options).await;
    assert_eq!(told.with("pass"), ["cancel-status-201"], "{}", told.everything);
    assert_eq!(told.with("error"), ["cancel-altered-key"], "{}", told.everything);
    assert!(told.everything.contains("only such requests are throttled; --rate"), "{}", told.everything);
}

/// The losers of a race are throttled: one success is all that the reference allows.
#[tokio::test]
async fn parallel_cancellations_may_be_throttled_or_fail_if_one_succeeds() {
    for status in [429, 503] {
        let act: Act = match status {
            429 => Edit(|asked, response| loses(asked, response, 429)),
            _ => Edit(|asked, response| loses(asked, response, 503)),
        };
        let mut options = rules_only();
        options.selection = Selection::new(vec!["cancel-parallel".to_owned()], Vec::new()).unwrap();
        let told = behind(act, &options).await;
        assert_eq!(told.with("pass"), ["cancel-parallel"], "{status}: {}", told.everything);
    }
}

fn loses(asked: &Asked, response: &mut Response, status: u16) {
    if asked.is(CancelSession) && response.status == 409 {
        response.become_error(status, if status == 429 { "rate_limited" } else { "server_error" });
    }
}

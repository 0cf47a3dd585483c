//! Servers with complete or partial fixtures.

use std::fmt::Write;
use std::time::Duration;

use serde_json::json;
use zerogate_conformance::Operation::{CancelSession, CreateSession, ListSessions, RetrieveSession};
use zerogate_conformance::{BaseUrl, Conclusion, Fixtures, Need, Rule, Supply, Target, Verdict, rules};
use zerogate_emulator::{Emulator, Keys, Owner, Seed, Status};

use crate::proxy::Act::{self, Edit, Serve};
use crate::proxy::{Asked, Proxy, Response};
use crate::recording::Recording;
use crate::run::{RunLog, against, everything, rules_only};

fn seeded(emulator: &Emulator, status: Status, owner: Owner) -> String {
    let mut seed = Seed::default();
    (seed.status, seed.owner) = (status, owner);
    emulator.seed(seed).unwrap().id
}

/// A server with fixtures, with this many open sessions.
fn target(emulator: &Emulator, base: BaseUrl, open: usize) -> Target {
    let own = |status| seeded(emulator, status, Owner::Partner);
    let open: Vec<String> = (0..open).map(|_| own(Status::Open)).collect();
    let foreign = [Status::Open, Status::Completed].map(|status| seeded(emulator, status, Owner::OtherPartner));
    let text = json!({
        "keys": { "partner": "PARTNER", "other_partner": "OTHER", "publishable": "PUBLISHABLE", "live": "LIVE" },
        "sessions": {
            "open": open,
            "completed": [own(Status::Completed)],
            "expired": [own(Status::Expired)],
            "cancelled": [own(Status::Cancelled)],
            "foreign": foreign,
        },
        "provoke": {
            "429": { "Zerogate-Emulator-Response": "429" },
            "500": { "Zerogate-Emulator-Response": "500" },
            "503": { "Zerogate-Emulator-Response": "503" },
        },
    });
    let fixtures = Fixtures::parse("fixtures.json", &text.to_string(), |name| variable(emulator.keys(), name)).unwrap();
    Target::supplied_with(base, "sk_test_not_looked_at", fixtures, true).unwrap()
}

fn variable(keys: &Keys, name: &str) -> Option<String> {
    match name {
        "PARTNER" => Some(keys.partner.clone()),
        "OTHER" => Some(keys.other_partner.clone()),
        "PUBLISHABLE" => Some(keys.publishable.clone()),
        "LIVE" => Some("sk_live_fake_and_unknown".to_owned()),
        _ => None,
    }
}

/// A server without createSession.
const BARREN: Act = Edit(|asked, response| {
    if asked.is(CreateSession) {
        response.become_error(404, "not_found");
    }
});

/// The skipped rules, and why.
fn skipped(told: &RunLog) -> String {
    let mut skipped = String::new();
    for (rule, verdict) in &told.verdicts {
        if let Verdict::Skip(need) = verdict {
            writeln!(skipped, "{rule}: {need}").unwrap();
        }
    }
    skipped
}

#[tokio::test]
async fn with_everything_supplied_nothing_is_skipped() {
    let emulator = Emulator::start().await.unwrap();
    let target = target(&emulator, emulator.base_url().parse().unwrap(), 0);
    let told = against(&target, &everything()).await;
    assert!(told.is_spotless(), "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::Conforms);
}

/// The rules whose files declare this need.
fn declared(need: Supply) -> Vec<&'static str> {
    rules().filter(|rule| rule.needs.contains(&need)).map(|rule| rule.id).collect()
}

/// The rules that are skipped on a server that can create sessions and cannot read them.
async fn skipped_for_want_of_retrieval() -> Vec<&'static str> {
    let act = Edit(|asked, response| {
        if asked.is(RetrieveSession) {
            response.become_error(404, "not_found");
        }
    });
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, act).await;
    let told = against(&target(&emulator, proxy.base_url(), 0), &rules_only()).await;
    assert_eq!([told.with("fail"), told.with("error")].concat(), Vec::<&str>::new(), "{}", told.everything);
    let mut skipped = told.with("skip");
    skipped.sort_unstable();
    skipped
}

/// With only a key, and without the optional operations.
#[tokio::test]
async fn a_skipped_rule_declares_its_needs_in_its_file() {
    let emulator = Emulator::start().await.unwrap();
    let lacks_all = Edit(|asked, response| {
        if asked.is(ListSessions) {
            response.become_error(404, "not_found");
        }
    });
    let proxy = Proxy::start(&emulator, lacks_all).await;
    let target = Target::remote(proxy.base_url(), &emulator.keys().partner, false).unwrap();
    let told = against(&target, &rules_only()).await;
    assert_eq!(skipped_for_want_of_retrieval().await, declared(Supply::Retrieval));
    let needs = |rule: &&Rule| {
        // Sessions can be created here, and the key is a test key.
        rule.needs.iter().any(|need| !matches!(need, Supply::Creation | Supply::TestKey | Supply::Retrieval))
    };
    let mut expected: Vec<_> = rules().filter(needs).map(|rule| rule.id).collect();
    let mut skipped = told.with("skip");
    expected.sort_unstable();
    skipped.sort_unstable();
    assert_eq!(skipped, expected, "{}", told.everything);
}

#[tokio::test]
async fn without_a_creation_the_supplied_sessions_are_used_and_given_back() {
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, BARREN).await;
    // Some of these have to be used twice.
    let target = target(&emulator, proxy.base_url(), 9);
    let mut options = everything();
    options.selection = zerogate_conformance::Selection::new(Vec::new(), vec!["conversation".to_owned()]).unwrap();
    let told = against(&target, &options).await;
    assert_eq!(told.with("fail"), Vec::<&str>::new(), "{}", told.everything);
    assert_eq!(told.with("error"), Vec::<&str>::new(), "{}", told.everything);
    assert!(!skipped(&told).contains("used up"), "{}", skipped(&told));
    for rule in ["cancel-status-201", "cancel-missing-key", "cancel-foreign-session", "cancel-changes-nothing-else"] {
        assert!(told.with("pass").contains(&rule), "{rule}: {}", skipped(&told));
    }
    assert!(
        skipped(&told)
            .contains("cancel-equals-created: a session that the suite can create, but createSession returned 404"),
        "{}",
        skipped(&told)
    );
    assert_eq!(told.conclusion(), Conclusion::Conforms);
}

#[tokio::test]
async fn rules_without_sessions_left_are_skipped_and_never_passed() {
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, BARREN).await;
    let told = against(&target(&emulator, proxy.base_url(), 1), &everything()).await;
    assert_eq!(told.with("fail"), Vec::<&str>::new(), "{}", told.everything);
    let used_up = "an open session: /sessions/open of the fixtures (createSession returned 404, and the one of the fixtures is used up; 12 are enough)";
    assert!(skipped(&told).contains(used_up), "{}", skipped(&told));
    // The success, its fields and the second cancellation need no more.
    for rule in ["cancel-status-201", "cancel-marks-cancelled", "cancel-fields-present", "cancel-second-conflicts"] {
        assert!(told.with("pass").contains(&rule), "{rule}: {}", skipped(&told));
    }
    assert_eq!(told.conclusion(), Conclusion::Conforms);
}

#[tokio::test]
async fn without_an_open_session_there_is_no_verdict() {
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, BARREN).await;
    let told = against(&target(&emulator, proxy.base_url(), 0), &everything()).await;
    assert_eq!(told.with("fail"), Vec::<&str>::new(), "{}", told.everything);
    assert!(told.with("pass").contains(&"cancel-completed-conflicts"), "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::NotJudged);
}

/// Servers with only cancelSession: how they refuse the rest.
const CANCEL_ONLY: [(&str, Act); 4] = [
    ("404", Edit(|asked, response| only_cancel(asked, response, |response| response.become_error(404, "not_found")))),
    (
        "405",
        Edit(|asked, response| only_cancel(asked, response, |response| response.become_error(405, "server_error"))),
    ),
    (
        "501",
        Edit(|asked, response| only_cancel(asked, response, |response| response.become_error(501, "server_error"))),
    ),
    (
        "html",
        Edit(|asked, response| {
            only_cancel(asked, response, |response| {
                response.become_html();
                response.status = 404;
            });
        }),
    ),
];

fn only_cancel(asked: &Asked, response: &mut Response, refuse: fn(&mut Response)) {
    let is_other = [CreateSession, ListSessions, RetrieveSession].into_iter().any(|operation| asked.is(operation));
    if is_other && response.status != 401 {
        refuse(response);
    }
}

#[tokio::test]
async fn a_server_with_only_the_cancellation_is_judged() {
    for (name, act) in CANCEL_ONLY {
        for open in [1, 3, 12] {
            let emulator = Emulator::start().await.unwrap();
            let proxy = Proxy::start(&emulator, act).await;
            let told = against(&target(&emulator, proxy.base_url(), open), &everything()).await;
            let unjudged = [told.with("fail"), told.with("error")].concat();
            assert_eq!(unjudged, Vec::<&str>::new(), "{name}, {open}: {}", told.everything);
            assert_eq!(
                (told.summary.steps_failed, told.summary.steps_not_judged),
                (0, 0),
                "{name}: {}",
                told.everything
            );
            let judged = [
                "cancel-cancelled-conflicts",
                "cancel-completed-conflicts",
                "cancel-expired-conflicts",
                "cancel-fields-present",
                "cancel-foreign-session",
                "cancel-second-conflicts",
                "cancel-status-201",
                "cancel-unknown-session",
                "error-envelope-fields",
                "error-type",
            ];
            let more = ["cancel-altered-key", "cancel-missing-key", "cancel-parallel", "error-retry-after"];
            for rule in judged.iter().chain(if open == 12 { &more[..] } else { &[] }) {
                assert!(told.with("pass").contains(rule), "{name}, {open}, {rule}: {}", skipped(&told));
            }
            let read = "retrieve-identity: retrieveSession, which returned";
            assert!(skipped(&told).contains(read), "{name}: {}", skipped(&told));
            assert!(skipped(&told).contains(": is it missing, or are the ids stale?"), "{name}: {}", skipped(&told));
            assert_eq!(told.conclusion(), Conclusion::Conforms);
        }
    }
}

#[tokio::test]
async fn sessions_that_a_server_does_not_know_are_the_fixtures_fault() {
    let emulator = Emulator::start().await.unwrap();
    let act = Edit(|asked, response| {
        if asked.is(CreateSession) || !asked.id().is_empty() && response.status != 401 {
            response.become_error(404, "not_found");
        }
    });
    let proxy = Proxy::start(&emulator, act).await;
    let told = against(&target(&emulator, proxy.base_url(), 3), &rules_only()).await;
    assert_eq!(told.with("fail"), Vec::<&str>::new(), "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::NotJudged);
    let unread = told.summary.unread.as_ref().map(ToString::to_string).unwrap_or_default();
    assert!(told.summary.is_nobody && unread.contains("404 for all 6 sessions of the fixtures"), "{unread}");
    for (rule, what) in
        [("cancel-status-201", "/sessions/open/2 of"), ("cancel-completed-conflicts", "/sessions/completed/0 of")]
    {
        let verdict = told.verdicts.iter().find(|(id, _)| *id == rule).map(|(_, verdict)| verdict);
        assert!(matches!(verdict, Some(Verdict::Error(trouble)) if trouble.what.contains(what)), "{rule}: {verdict:?}");
    }
}

/// The first session of the fixtures is stale or was cancelled by an earlier run.
#[tokio::test]
async fn an_open_session_that_is_no_longer_open_is_passed_over() {
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, BARREN).await;
    let open = seeded(&emulator, Status::Open, Owner::Partner);
    let text = json!({
        "keys": { "partner": "PARTNER" },
        "sessions": { "open": ["000000000000000000000000", seeded(&emulator, Status::Cancelled, Owner::Partner), open] },
    });
    let fixtures = Fixtures::parse("fixtures.json", &text.to_string(), |name| variable(emulator.keys(), name)).unwrap();
    let target = Target::supplied_with(proxy.base_url(), "sk_test_not_looked_at", fixtures, false).unwrap();
    let told = against(&target, &rules_only()).await;
    assert_eq!(told.with("fail"), Vec::<&str>::new(), "{}", told.everything);
    assert!(told.with("pass").contains(&"cancel-status-201"), "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::Conforms);
}

/// One session is cancelled for it, which is an observation too, and supplied sessions are observed one at a time.
#[tokio::test]
async fn a_rule_that_alone_needs_a_cancelled_session_is_judged_with_supplied_ones() {
    let act = Edit(|asked, response| {
        if asked.is(CreateSession) {
            response.become_error(404, "not_found");
        }
    });
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, act).await;
    for rule in ["cancel-missing-key", "cancel-cancelled-conflicts", "cancel-second-conflicts"] {
        let mut options = rules_only();
        options.selection = zerogate_conformance::Selection::new(vec![rule.to_owned()], Vec::new()).unwrap();
        let target = target(&emulator, proxy.base_url(), 2);
        let told = tokio::time::timeout(Duration::from_secs(60), against(&target, &options)).await;
        let told = told.unwrap_or_else(|_| panic!("{rule}: the run does not end"));
        assert_eq!(told.with("pass"), [rule], "{}", told.everything);
    }
}

/// The session is cancelled, although the suite got no success.
#[tokio::test]
async fn a_session_whose_cancellation_failed_is_not_used_again() {
    let act = Serve(|upstream, asked| {
        Box::pin(async move {
            let mut response = upstream.respond(&asked).await;
            if asked.is(CreateSession) {
                response.become_error(404, "not_found");
            } else if asked.is(CancelSession) {
                if response.status == 201 && upstream.remembered("first").is_null() {
                    upstream.remember("first", asked.id().into());
                }
                if upstream.remembered("first") == asked.id() {
                    response.become_error(500, "server_error");
                }
            }
            response
        })
    });
    let emulator = Emulator::start().await.unwrap();
    let proxy = Proxy::start(&emulator, act).await;
    let mut options = rules_only();
    // The first takes all sessions, and the others what it has given back.
    let rules = ["cancel-others-untouched", "cancel-missing-key"].map(str::to_owned);
    options.selection = zerogate_conformance::Selection::new(rules.to_vec(), Vec::new()).unwrap();
    let told = against(&target(&emulator, proxy.base_url(), 4), &options).await;
    assert_eq!(told.with("error"), ["cancel-others-untouched"], "{}", told.everything);
    assert!(told.everything.contains("the rule needs a cancelled session"), "{}", told.everything);
    let journal = emulator.journal();
    let first =
        journal.iter().position(|entry| entry.status == Some(201) && entry.target.ends_with("/cancel")).unwrap();
    let session = journal[first].target.strip_suffix("/cancel").unwrap();
    let uses: Vec<&str> =
        journal[first..].iter().filter(|entry| entry.target == session).map(|entry| entry.method.as_str()).collect();
    assert_eq!(uses, Vec::<&str>::new(), "{}", told.everything);
}

#[tokio::test]
async fn a_server_without_any_session_is_not_judged() {
    let emulator = Emulator::start().await.unwrap();
    // Every response says that the path does not exist.
    let base = emulator.base_url().replace("/v1", "/v1/elsewhere");
    let target = Target::remote(base.parse().unwrap(), &emulator.keys().partner, false).unwrap();
    let mut options = everything();
    options.selection = zerogate_conformance::Selection::new(Vec::new(), vec!["conversation".to_owned()]).unwrap();
    let told = against(&target, &options).await;
    assert_eq!(told.with("fail"), Vec::<&str>::new(), "{}", told.everything);
    let status = told.verdicts.iter().find(|(rule, _)| *rule == "cancel-status-201").map(|(_, verdict)| verdict);
    assert!(matches!(status, Some(Verdict::Skip(Need::OpenSession(_)))), "{status:?}");
    assert!(told.with("pass").contains(&"cancel-unknown-session"), "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::NotJudged);
}

/// Many rules need a session of the fixtures.
#[tokio::test]
async fn a_stale_id_is_told_by_its_place_and_not_once_per_rule() {
    let emulator = Emulator::start().await.unwrap();
    let own = |status| seeded(&emulator, status, Owner::Partner);
    let unknown = |end: u32| format!("{end:024}");
    let text = json!({
        "keys": { "partner": "PARTNER" },
        "sessions": {
            "completed": [unknown(1), own(Status::Cancelled)],
            "expired": [unknown(2)],
            "foreign": [own(Status::Open)],
        },
    });
    let fixtures = Fixtures::parse("fixtures.json", &text.to_string(), |name| variable(emulator.keys(), name)).unwrap();
    let base = emulator.base_url().parse().unwrap();
    let target = Target::supplied_with(base, "sk_test_not_looked_at", fixtures, false).unwrap();
    let recording = Recording::of(&target, &rules_only()).await;
    for (format, report) in recording.reports() {
        // Where the rules are listed, and again above the conclusion.
        let times = match format {
            "text" => 2,
            "markdown" | "github" => 1,
            _ => continue,
        };
        let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
        for told in [
            "/sessions/completed/1 of the fixtures must be completed, but is cancelled; replace the id",
            "/sessions/expired/0 of the fixtures must be expired, but retrieveSession returned 404; replace the id",
            "key can read it; replace the id, or add the other partner",
        ] {
            assert_eq!(report.matches(told).count(), times, "{format}: {told}\n{report}");
        }
        let rules = ["list-order", "error-type", "retrieve-changes-nothing"];
        assert!(rules.iter().all(|rule| report.contains(rule)), "{format}: {report}");
    }
}

#[tokio::test]
async fn foreign_sessions_that_do_not_exist_prove_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let text = json!({
        "keys": { "partner": "PARTNER", "other_partner": "OTHER" },
        "sessions": { "foreign": ["000000000000000000000000"] },
    });
    let fixtures = Fixtures::parse("fixtures.json", &text.to_string(), |name| variable(emulator.keys(), name)).unwrap();
    let base = emulator.base_url().parse().unwrap();
    let target = Target::supplied_with(base, "sk_test_not_looked_at", fixtures, false).unwrap();
    let told = against(&target, &rules_only()).await;
    for rule in ["cancel-foreign-session", "cancel-foreign-indistinguishable", "retrieve-foreign-session"] {
        assert!(told.with("error").contains(&rule), "{rule}: {}", told.everything);
    }
}

#[tokio::test]
async fn the_partners_own_session_is_not_cancelled_as_a_foreign_one() {
    let emulator = Emulator::start().await.unwrap();
    let own = seeded(&emulator, Status::Open, Owner::Partner);
    let text = json!({ "keys": { "partner": "PARTNER" }, "sessions": { "foreign": [own] } });
    let fixtures = Fixtures::parse("fixtures.json", &text.to_string(), |name| variable(emulator.keys(), name)).unwrap();
    let base = emulator.base_url().parse().unwrap();
    let target = Target::supplied_with(base, "sk_test_not_looked_at", fixtures, false).unwrap();
    let told = against(&target, &rules_only()).await;
    assert!(told.with("error").contains(&"cancel-foreign-session"), "{}", told.everything);
    let journal = told.everything.contains(&format!("/{own}/cancel"));
    assert!(!journal, "{}", told.everything);
}

#[test]
fn the_other_partners_key_must_differ() {
    let text = r#"{ "keys": { "partner": "PARTNER", "other_partner": "PARTNER" } }"#;
    let variable = |_: &str| Some("sk_test_fake".to_owned());
    let fixtures = Fixtures::parse("fixtures.json", text, variable).unwrap();
    let refused = Target::supplied_with("http://127.0.0.1:1".parse().unwrap(), "sk_test_fake", fixtures, false);
    assert!(matches!(refused, Err(zerogate_conformance::RefusedKey::Same)), "{refused:?}");
}

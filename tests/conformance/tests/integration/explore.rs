//! Random sequences: what they find, in how many steps, and where they find nothing.

mod violations;

use std::env;
use std::process::Command;

use futures_util::{StreamExt as _, future, stream};
use serde_json::Value;
use zerogate::{Client, SecretKey};
use zerogate_conformance::Operation::{CancelSession, CreateSession, ListSessions};
use zerogate_conformance::report::run_schema;
use zerogate_conformance::{
    Conclusion, CoverageKind, EXPLORATION, Event, Exploration, Explored, Level, Options, Selection, Target,
};
use zerogate_emulator::Emulator;

use crate::proxy::{Act, Proxy};
use crate::recording::Recording;
use crate::replay::TOOLS;
use crate::run::{behind, everything, rules_only};
use crate::{harmless, schema, violation};

/// One in this many violations is tried by default.
const SAMPLE: usize = 6;

/// So many violations are explored at the same time.
const AT_ONCE: usize = 12;

/// Whether to try all of them, as CI does.
fn is_all() -> bool {
    env::var_os("ZEROGATE_ALL").is_some()
}

/// Options for this many sequences with this seed, and nothing else.
fn sequences(count: usize, seed: u64) -> Options {
    let mut options = everything();
    options.selection = Selection::new(vec![EXPLORATION.to_owned()], Vec::new()).unwrap();
    (options.explore, options.seed) = (count, seed);
    options
}

fn exploration(recording: &Recording) -> Exploration {
    let mut told = recording.0.iter();
    let explored = told.find_map(|event| if let Event::Explored(explored) = event { Some(explored) } else { None });
    explored.unwrap().clone()
}

/// Explores a correct emulator behind a layer that may change requests and responses.
async fn explored(act: Act, options: &Options) -> Exploration {
    exploration(&Recording::behind(act, options).await)
}

/// The findings, without what differs from run to run.
fn findings(exploration: &Exploration) -> Vec<(&'static str, usize, Vec<String>)> {
    exploration.findings.iter().map(|found| (found.check.id, found.sequence, found.steps.clone())).collect()
}

#[tokio::test]
async fn a_correct_server_has_no_findings_and_no_session_left_open() {
    let emulator = Emulator::start().await.unwrap();
    let (base, keys) = (emulator.base_url(), emulator.keys().clone());
    let target = Target::emulator(emulator, base.parse().unwrap());
    for seed in 1..=if is_all() { 50 } else { 3 } {
        let recording = Recording::of(&target, &sequences(8, seed)).await;
        let Exploration { held, findings, not_held, .. } = exploration(&recording);
        assert_eq!((held, not_held, findings.len()), (8, 0, 0), "seed {seed}: {findings:?}");
    }
    for key in [&keys.partner, &keys.other_partner] {
        let client = Client::builder(SecretKey::new(key).unwrap()).base_url(&base).unwrap().build().unwrap();
        for (status, is_none) in [("open", true), ("cancelled", false)] {
            let first = client.list_sessions().status(status.into()).stream().next().await.transpose().unwrap();
            assert_eq!(first.is_none(), is_none, "{status}: {first:?}");
        }
    }
}

/// Nothing but the sequences makes these requests.
#[tokio::test]
async fn what_the_sequences_send_counts_in_the_coverage() {
    let recording = Recording::behind(Act::TitleCase, &sequences(8, 1)).await;
    let coverage = recording.0.iter().find_map(|event| match event {
        Event::Coverage(coverage) => coverage.iter().find(|coverage| coverage.kind == CoverageKind::Operations),
        _ => None,
    });
    assert_eq!(coverage.map(|coverage| (coverage.seen, coverage.total)), Some((4, 4)));
}

#[tokio::test]
async fn correct_servers_of_other_kinds_have_no_findings() {
    for (variant, _, act) in harmless::ALL.iter().step_by(if is_all() { 1 } else { 2 * SAMPLE }) {
        let Exploration { held, findings, .. } = explored(*act, &sequences(6, 3)).await;
        assert_eq!((held, findings.len()), (6, 0), "{variant}: {findings:?}");
    }
}

/// The suite waits when throttled; after a failure both results are possible.
#[tokio::test]
async fn throttling_and_occasional_failures_are_no_findings() {
    for status in [429, 503] {
        let act = match status {
            429 => Act::Serve(|upstream, asked| {
                Box::pin(async move {
                    let mut response = upstream.respond(&asked.at("/v1/gate_sessions?limit=1")).await;
                    if upstream.count("all") % 4 != 0 {
                        return upstream.respond(&asked).await;
                    }
                    response.become_error(429, "rate_limited");
                    response.header("retry-after", "0");
                    response
                })
            }),
            _ => Act::Serve(|upstream, asked| {
                Box::pin(async move {
                    let mut response = upstream.respond(&asked).await;
                    if upstream.count("all") % 5 == 0 && !asked.target.contains("limit=") {
                        response.become_error(503, "server_error");
                    }
                    response
                })
            }),
        };
        let Exploration { held, findings, .. } = explored(act, &sequences(10, 5)).await;
        assert_eq!((held, findings.len()), (10, 0), "{status}: {findings:?}");
    }
}

#[tokio::test]
async fn what_the_reference_does_not_require_is_not_a_finding() {
    // A gateway gives up on a cancellation that the server carries out during the next request.
    let late = Act::Serve(|upstream, asked| {
        Box::pin(async move {
            let is_late = asked.is(CancelSession) && upstream.count("cancellations") % 2 == 1;
            if is_late && upstream.remembered("late").is_null() {
                let mut response = upstream.respond(&asked.reading()).await;
                if !response.is_error() {
                    upstream.remember("late", asked.id().into());
                    response.become_error(504, "server_error");
                }
                return response;
            }
            let response = upstream.respond(&asked).await;
            if let Some(id) = upstream.remembered("late").as_str().filter(|_| !asked.is(CreateSession)) {
                upstream.respond(&asked.cancelling(id).with_key(&upstream.keys.partner)).await;
                upstream.remember("late", Value::Null);
            }
            response
        })
    });
    // A field that the reference does not have says when a session was last changed.
    let own_field = Act::Serve(|upstream, asked| {
        Box::pin(async move {
            let mut response = upstream.respond(&asked).await;
            if !response.is_error() && !asked.is(ListSessions) {
                let version = upstream.count("version");
                response.alter(|session| drop(session.insert("version".to_owned(), version.into())));
            }
            response
        })
    });
    // The second partner's key was revoked.
    let revoked = Act::Serve(|upstream, asked| {
        Box::pin(async move {
            let is_revoked = asked.authorization() == Some(&format!("Bearer {}", upstream.keys.other_partner));
            let asked = if is_revoked { asked.with_key("sk_test_revoked0000000000000000000000") } else { asked };
            upstream.respond(&asked).await
        })
    });
    let mut complaints = Vec::new();
    for (what, act, count) in
        [("a late effect", late, 40), ("its own field", own_field, 10), ("a revoked key", revoked, 10)]
    {
        let exploration = explored(act, &sequences(count, 11)).await;
        if (exploration.held, exploration.findings.len()) != (count, 0) {
            complaints.push(format!("{what}: {} held, {:?}", exploration.held, findings(&exploration)));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Violations of the matrix, and the steps that show them.
const MATRIX: &[(&str, &str, usize)] = &[
    ("cancelled-cancels", "cancels-once", 3),
    ("success-200", "cancel-status", 2),
    ("other-id", "cancel-body", 2),
    ("conflict-400", "cancel-status", 3),
    ("amount-altered", "cancel-keeps-fields", 3),
    ("cancel-has-no-effect", "status-follows", 3),
    ("client-secret-leaked-in-cancel", "no-client-secret", 2),
    ("client-secret-leaked-in-retrieve-of-terminal", "no-client-secret", 3),
    ("third-cancels", "cancels-once", 4),
    ("foreign-403", "foreign-cancel", 2),
    ("foreign-409-when-terminal", "foreign-cancel", 3),
    ("foreign-cancelled-anyway", "status-follows", 3),
    ("refused-but-cancelled", "status-follows", 3),
    ("missing-key-400", "unauthorized-cancel", 2),
    ("retrieve-foreign-403", "foreign-retrieve", 2),
    ("retrieve-without-key", "unauthorized", 2),
    ("created-otherwise", "keeps-fields", 2),
    ("key-replayed-for-another-body", "key-with-other-body", 2),
    ("key-creates-behind-a-409", "created-once", 3),
    ("replay-creates", "replays", 2),
];

#[tokio::test]
async fn violations_are_found_and_shortened() {
    let matrix = MATRIX.iter().map(|(name, check, steps)| (25, *name, *check, *steps, violation::act(name)));
    // They need more sequences.
    let own = violations::ALL.iter().map(|it| (100, it.name, it.check, it.steps, it.act));
    // The slowest first.
    let tried = own.chain(matrix).step_by(if is_all() { 1 } else { SAMPLE });
    let complaints = stream::iter(tried).map(async |(count, name, check, steps, act)| {
        let exploration = explored(act, &sequences(if is_all() { 200 } else { count }, 7)).await;
        match exploration.findings.iter().find(|found| found.check.id == check) {
            Some(found) if found.is_repeatable && found.steps.len() == steps => None,
            Some(found) => Some(format!("{name}: {:#?} of {}", found.steps, found.sequence)),
            None => Some(format!("{name}: not found: {:?}", findings(&exploration))),
        }
    });
    // Mostly they wait, some of them for requests that do not come.
    let complaints: Vec<String> = complaints.buffer_unordered(AT_ONCE).filter_map(future::ready).collect().await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Otherwise sequences would not be needed.
#[tokio::test]
async fn no_rule_finds_what_needs_an_order_or_concurrency() {
    for it in violations::ALL.iter().step_by(if is_all() { 1 } else { SAMPLE }) {
        let told = behind(it.act, &rules_only()).await;
        assert_eq!(told.with("fail"), [""; 0], "{}", it.name);
    }
}

#[tokio::test]
async fn the_same_seed_finds_the_same() {
    let act = violation::act("cancelled-cancels");
    let first = explored(act, &sequences(3, 7)).await;
    let again = explored(act, &sequences(3, 7)).await;
    assert!(!first.findings.is_empty());
    assert_eq!(findings(&first), findings(&again));
    // A run that ends with the first sequence that shows it finds it too.
    let alone = explored(act, &sequences(first.findings[0].sequence, 7)).await;
    assert_eq!(findings(&first)[0], findings(&alone)[0]);
}

/// A failure that does not show again is reported with all steps.
#[tokio::test]
async fn a_failure_seen_once_is_reported_with_all_steps() {
    let act = Act::Serve(|upstream, asked| {
        Box::pin(async move {
            let mut response = upstream.respond(&asked).await;
            let is_read = asked.is(zerogate_conformance::Operation::RetrieveSession) && response.status == 200;
            if is_read && upstream.count("read") == 40 {
                response.set("client_secret", "gs_test_secret_of_somebody");
            }
            response
        })
    });
    let found = explored(act, &sequences(20, 7)).await.findings;
    let [Explored { is_repeatable: false, times: 1, steps, .. }] = found.as_slice() else { panic!("{found:?}") };
    assert!(steps.last().unwrap().contains("retrieve"), "{steps:?}");
}

#[tokio::test]
async fn the_command_line_of_a_finding_repeats_the_sequence() {
    if TOOLS.is_err() {
        return;
    }
    let names = ["replay-reopens-what-was-cancelled", "replay-undoes-a-cancellation-meanwhile"];
    for name in names.into_iter().take(if is_all() { 2 } else { 1 }) {
        let act = violations::ALL.iter().find(|it| it.name == name).unwrap().act;
        let emulator = Emulator::start().await.unwrap();
        let keys = emulator.keys().clone();
        let proxy = Proxy::start(&emulator, act).await;
        let target = Target::emulator(emulator, proxy.base_url());
        let count = if is_all() { 60 } else { 3 };
        let explored = exploration(&Recording::of(&target, &sequences(count, 7)).await);
        let found = explored.findings.iter().find(|found| found.check.id == "status-follows").unwrap();
        // Concurrent requests race: it may take several tries.
        let mut text = String::new();
        for _ in 0..10 {
            let mut command = Command::new("sh");
            command.args(["-c", &found.curl]).env("GATE_KEY", &keys.partner).env("GATE_OTHER_KEY", &keys.other_partner);
            let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
            text = String::from_utf8_lossy(&output.stdout).into_owned();
            let last = text.rsplit("\r\n\r\n").next().unwrap();
            let session: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{}\n{text}", found.curl));
            if session["status"] == "open" {
                break;
            }
        }
        assert!(
            text.trim_end().ends_with('}') && text.rsplit("\r\n\r\n").next().unwrap().contains(r#""status":"open""#),
            "{}\n{text}",
            found.curl
        );
        assert!(text.contains(r#""status":"cancelled""#), "{}\n{text}", found.curl);
    }
}

#[tokio::test]
async fn every_report_format_has_the_findings() {
    let mut options = sequences(2, 7);
    let recording = Recording::behind(violation::act("cancelled-cancels"), &options).await;
    for (format, report) in recording.reports() {
        for part in ["cancels-once", "1. create A", "--explore", "--seed 7"] {
            assert!(
                report.contains(part.trim_start_matches("1. ")) || format == "json" && part.starts_with("--"),
                "{format}: {part}\n{report}"
            );
        }
        if format == "json" {
            schema::check(&run_schema(), &report, &["exploration"]);
        }
    }
    let summary = recording.clone_summary();
    assert_eq!(summary.conclusion(Level::Must), Conclusion::DoesNotConform);
    options.known = zerogate_conformance::KnownFailures::parse(
        "known.toml",
        "[[known]]\nrule = \"exploration\"\ncase = \"cancels-once\"\nreason = \"a race\"\nexpires = \"2999-01-01\"\n",
    )
    .unwrap();
    let recording = Recording::behind(violation::act("cancelled-cancels"), &options).await;
    let summary = recording.clone_summary();
    assert_eq!((summary.conclusion(Level::Must), summary.explored_known), (Conclusion::Conforms, 1));
}

#[tokio::test]
async fn a_server_that_creates_nothing_is_skipped_and_one_that_goes_away_is_not_judged() {
    let without = Act::Edit(|asked, response| {
        if asked.is(zerogate_conformance::Operation::CreateSession) {
            response.become_error(404, "not_found");
        }
    });
    let skipped = explored(without, &sequences(5, 1)).await;
    assert!(skipped.lacking.is_some() && skipped.held == 0 && !skipped.is_cut());
    let away = Act::Serve(|upstream, asked| {
        Box::pin(async move {
            let mut response = upstream.respond(&asked).await;
            if upstream.count("all") > 60 {
                response.become_error(429, "rate_limited");
                response.header("retry-after", "0");
            }
            response
        })
    });
    let recording = Recording::behind(away, &sequences(500, 1)).await;
    assert!(exploration(&recording).is_cut());
    assert_eq!(recording.clone_summary().conclusion(Level::Must), Conclusion::NotJudged);
}

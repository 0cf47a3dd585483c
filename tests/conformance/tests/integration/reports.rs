//! Every report, for every kind of run.

use zerogate_conformance::report::run_schema;
use zerogate_conformance::{Event, KnownFailures, Lapse, Options, Selection, Step, StepVerdict, Target, Verdict};
use zerogate_emulator::Emulator;

use crate::proxy::Act;
use crate::recording::Recording;
use crate::run::everything;
use crate::{markup, schema, snapshot, violation};

/// A few rules of several operations and both levels, to keep the snapshots readable.
const RULES: [&str; 7] = [
    "cancel-foreign-session",
    "cancel-malformed-key",
    "cancel-request-id",
    "cancel-status-201",
    "error-json",
    "error-type",
    "retrieve-fields-present",
];

/// The required fields.
const FIELDS: [&str; 13] = [
    "schema_version",
    "tool",
    "target",
    "seed",
    "conclusion",
    "exit_code",
    "headline",
    "fail_on",
    "summary",
    "results",
    "conversation",
    "coverage",
    "lapsed_known_failures",
];

fn a_few() -> Options {
    let mut options = everything();
    let only = RULES.iter().chain(&["conversation"]).map(|name| (*name).to_owned()).collect();
    options.selection = Selection::new(only, Vec::new()).unwrap();
    options.seed = 7;
    options
}

fn check(name: &str, description: &str, recording: &Recording) {
    for (format, report) in recording.reports() {
        if format == "html" {
            assert_eq!(markup::complaint(&report), None);
        }
        let report = report.replace(concat!('"', env!("CARGO_PKG_VERSION"), '"'), "\"[version]\"");
        snapshot::check(&format!("reports-{name}-{format}"), &format!("{description} As {format}."), &report);
        if format == "json" {
            schema::check(&run_schema(), &report, &FIELDS);
        }
    }
}

#[test]
fn the_schema_equals_the_published_one() {
    let published = include_str!("../../schemas/conform.schema.json");
    let help = "`cargo run -- conform --schema >tests/conformance/schemas/conform.schema.json` updates it";
    assert!(run_schema() == published, "the published schema is out of date; {help}");
}

#[tokio::test]
async fn a_run_that_passes() {
    let emulator = Emulator::start().await.unwrap();
    // A server without fixtures has no session of another partner.
    let base = emulator.base_url().parse().unwrap();
    let target = Target::remote(base, &emulator.keys().partner, false).unwrap();
    let recording = Recording::of(&target, &a_few()).await;
    check("kept", "The report on a server that keeps everything and lacks some means.", &recording);
}

#[tokio::test]
async fn a_run_with_a_failed_must() {
    let recording = Recording::behind(violation::act("other-scheme-accepted"), &a_few()).await;
    check("broken-must", "The report on a server that accepts any scheme.", &recording);
}

#[tokio::test]
async fn a_run_with_a_should_failed_by_html() {
    let recording = Recording::behind(violation::act("503-html"), &a_few()).await;
    check("broken-should", "The report on a server whose gateway returns HTML.", &recording);
}

#[tokio::test]
async fn a_run_with_many_errors() {
    let unreadable = Act::Edit(|asked, response| {
        if asked.is(zerogate_conformance::Operation::CreateSession) {
            response.become_html();
        }
    });
    let mut options = a_few();
    options.selection = Selection::new(RULES.map(str::to_owned).to_vec(), Vec::new()).unwrap();
    let recording = Recording::behind(unreadable, &options).await;
    check("not-judged", "The report on a server that creates no readable session, without a conversation.", &recording);
}

#[test]
fn an_aborted_run() {
    let rules = RULES.iter().map(|id| zerogate_conformance::rule(id).unwrap()).collect();
    let recording = Recording(vec![
        Event::RunStarted { target: "a server at http://gate.example/v1".to_owned(), seed: 7, rules },
        Event::RunAborted { reason: "http://gate.example cannot be judged: no connection: refused".to_owned() },
    ]);
    check("aborted", "The report on a server that is not there.", &recording);
}

const KNOWN: &str = r#"
[[known]]
rule = "cancel-malformed-key"
reason = "the <gateway> lets it through; see #12 | ask @ops"
expires = "2026-12-31"

[[known]]
rule = "conversation"
reason = "the mock lists nothing"
expires = "2027-01-31"

[[known]]
rule = "error-type"
reason = "was settled"
expires = "2026-06-30"

[[known]]
rule = "error-json"
reason = "the gateway returns HTML"
expires = "2026-12-31"

[[known]]
rule = "no-such-rule"
reason = "it was called so once"
expires = "2026-12-31"
"#;

/// Events as the runner emits them for a run with a list of known failures.
#[tokio::test]
async fn a_run_with_known_failures_and_lapsed_entries() {
    let list = KnownFailures::parse("known.toml", KNOWN).unwrap();
    let day = "2026-11-01".parse().unwrap();
    let mut recording = Recording::behind(violation::act("other-scheme-accepted"), &a_few()).await;
    for event in &mut recording.0 {
        match event {
            Event::RuleFinished(result) if matches!(result.verdict, Verdict::Fail(_)) => {
                result.known = list.excuses(result.rule.id, day).cloned().collect();
                assert!(result.is_known(), "{result:?}");
            }
            Event::ConversationStep(Step { name: "list sessions", verdict, message, known, .. }) => {
                *verdict = StepVerdict::Fail;
                "expected this one, got nothing".clone_into(message);
                *known = list.excuses("conversation", day).next().cloned();
            }
            _ => {}
        }
    }
    let summary = recording.summary();
    (summary.known, summary.failed) = (summary.failed, summary.known);
    (summary.steps_passed, summary.steps_known) = (summary.steps_passed - 1, 1);
    check("known", "The report on a server whose failures are known.", &recording);

    let lapsed = list.lapsed(day, |entry| ["error-json", "no-such-rule"].contains(&entry.rule.as_str()));
    assert_eq!(lapsed.iter().map(|it| it.lapse).collect::<Vec<_>>(), [Lapse::Expired, Lapse::Unused, Lapse::Unused]);
    recording.summary().lapsed = lapsed.len();
    let before_last = recording.0.len() - 1;
    recording.0.insert(before_last, Event::KnownFailuresLapsed(lapsed));
    check("lapsed", "The report on a server with expired or unused known failures.", &recording);
}

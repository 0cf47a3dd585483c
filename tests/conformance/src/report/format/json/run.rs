//! The types of the report on a run. Its schema is generated from them, including their documentation.

use std::io;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::schema::schema;
use crate::evidence::body;
use crate::evidence::coverage::Coverage;
use crate::exceptions::known::{KnownFailure, LapsedFailure};
use crate::exceptions::list::Lapse;
use crate::explore;
use crate::report::outcome::Outcome;
use crate::report::record::RunRecord;
use crate::report::wording::run as wording;
use crate::rules::rule::Level;
use crate::rules::verdict;
use crate::run::conversation;
use crate::run::event::RuleResult;
use crate::run::summary::Conclusion;
use crate::wire::exchange::Sent;

/// The version of the report's format. It changes when a field is removed or changes its meaning, not when one is
/// added.
const VERSION: u32 = 1;

pub(in crate::report) fn run(record: &RunRecord) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(&Report::of(record))? + "\n")
}

/// The JSON Schema of the report on a run, as text. It is also `schemas/conform.schema.json`.
///
/// ```
/// let schema: serde_json::Value = serde_json::from_str(&zerogate_conformance::report::run_schema())?;
/// assert_eq!(schema["properties"]["schema_version"]["const"], 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn run_schema() -> String {
    schema::<Report<'_>>()
}

/// The result of `zerogate conform`. Within one `schema_version`, fields and values may be added; none is removed or
/// changes its meaning.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "zerogate conform --report json")]
struct Report<'r> {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    schema_version: u32,
    tool: Tool,
    /// The target and its base URL.
    target: &'r str,
    /// The seed of the run's random values: the same seed gives the same values.
    seed: u64,
    conclusion: Conclusion,
    /// The matching exit code: 0 conforms, 1 does not conform, 3 could not be judged.
    exit_code: u8,
    /// The conclusion and its reasons, in a line.
    headline: String,
    /// The lowest level at which a finding counts; null if the run was aborted.
    fail_on: Option<Level>,
    /// Why the run was aborted, if it was: every rule is then an error for this reason.
    aborted: Option<&'r str>,
    summary: Summary,
    /// The result of each rule, in the order of the run.
    results: Vec<Result<'r>>,
    /// The steps of the conversation through the generated client; empty if there was none.
    conversation: Vec<Step<'r>>,
    /// The result of the exploration; null if none was requested.
    exploration: Option<Exploration<'r>>,
    /// Sessions that the run created and that may still be open; `aborted` names them if the run was aborted.
    left_open: &'r [String],
    /// How much of the contract was seen, by kind; empty if the run was aborted.
    coverage: &'r [Coverage],
    /// Expired or unused entries of the list of known failures. Each of them fails the run.
    lapsed_known_failures: Vec<Lapsed<'r>>,
}

/// The program that wrote the report.
#[derive(Serialize, JsonSchema)]
struct Tool {
    /// The command.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

/// How many rules and steps have each verdict.
#[derive(Serialize, JsonSchema)]
struct Summary {
    /// Rules that passed.
    passed: usize,
    /// Rules that failed, without the known failures.
    failed: usize,
    /// Rules that could not be judged.
    errors: usize,
    /// Rules that were skipped: the target lacks a prerequisite.
    skipped: usize,
    /// Rules that failed and that the list of known failures excuses.
    known: usize,
    /// Expired or unused entries of the list of known failures.
    lapsed: usize,
    steps: Steps,
    /// Requests of the rules that got a response.
    exchanges: usize,
    /// How long the run took, in milliseconds.
    elapsed_ms: u64,
}

/// How many steps of the conversation have each verdict.
#[derive(Serialize, JsonSchema)]
struct Steps {
    /// Steps that passed.
    passed: usize,
    /// Steps that failed, without the known failures.
    failed: usize,
    /// Steps that could not be judged.
    not_judged: usize,
    /// Steps that failed and that the list of known failures excuses.
    known: usize,
    /// Steps that were skipped, because of an earlier step or because the target lacks a prerequisite.
    skipped: usize,
}

/// A rule and its result.
#[derive(Serialize, JsonSchema)]
struct Result<'r> {
    /// The rule's stable id.
    rule: &'static str,
    level: Level,
    verdict: Verdict,
    /// The result, in a sentence.
    message: String,
    /// What the rule requires, in a line.
    title: &'static str,
    /// The heading and row of the reference that the rule is based on.
    clause: &'static str,
    /// The operations that the rule judges.
    operations: &'static [String],
    /// How long the rule took, in milliseconds, without work shared with earlier rules.
    elapsed_ms: u64,
    /// The first reason why the failure is excused, if every finding is.
    known: Option<Known<'r>>,
    /// Where the target breaks the rule; at least one if the verdict is `fail`.
    findings: Vec<Finding<'r>>,
    /// The request that could not be judged, if the verdict is `error` and a request caused it.
    obstacle: Option<Request>,
    /// Missing prerequisites: of the rule if the verdict is `skip`, else of a part of its checks.
    lacking: Vec<String>,
    /// What the failure means for a partner, if the verdict is `fail`.
    why: Option<&'static str>,
    /// What the server's team should do about it, if the verdict is `fail`.
    fix: Option<&'static str>,
}

/// The verdict on a rule, or on a step of the conversation.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// Everything that was checked passed.
    Pass,
    /// It failed. It counts unless `known` excuses it.
    Fail,
    /// It could not be judged.
    Error,
    /// The target lacks a prerequisite, or an earlier step failed.
    Skip,
}

/// Why a failure is excused.
#[derive(Serialize, JsonSchema)]
struct Known<'r> {
    /// The reason given in the list of known failures.
    reason: &'r str,
    /// The last day of the excuse, in UTC.
    #[schemars(extend("format" = "date"))]
    expires: String,
}

/// One place where a target breaks a rule.
#[derive(Serialize, JsonSchema)]
struct Finding<'r> {
    /// The rule's case, if the rule has cases. An entry of the list of known failures may name it.
    case: Option<&'r str>,
    /// Why it is excused, if it is.
    known: Option<Known<'r>>,
    /// What the rule requires here.
    expected: &'r str,
    /// What was received instead.
    received: &'r str,
    /// How often it was found; this is the first occurrence.
    times: usize,
    #[serde(flatten)]
    sent: Request,
    /// The status of the response, if there was one.
    status: Option<u16>,
    /// The request id of the response, if it had one.
    request_id: Option<&'r str>,
}

/// A request.
#[derive(Serialize, JsonSchema)]
struct Request {
    /// Method and path.
    request: String,
    /// A command line that repeats the request, with `$GATE_KEY` in place of the key. For a finding, a command line
    /// that reproduces it: it creates the sessions and sends every request that it needs.
    curl: String,
}

/// A step of the conversation.
#[derive(Serialize, JsonSchema)]
struct Step<'r> {
    /// What was done.
    name: &'static str,
    verdict: Verdict,
    /// The status of the response, if there was one.
    status: Option<u16>,
    /// The request id of the response, if it had one.
    request_id: Option<&'r str>,
    /// The result, in a few words.
    message: &'r str,
    /// Why a failure is excused, if it is.
    known: Option<Known<'r>>,
}

/// The result of an exploration: random sequences.
#[derive(Serialize, JsonSchema)]
struct Exploration<'r> {
    verdict: Verdict,
    /// The result, in a sentence.
    message: String,
    /// How many sequences were requested.
    asked: usize,
    /// How many were completed.
    held: usize,
    /// How many requests they sent, without those sent to shorten one.
    requests: usize,
    /// How long they took, in milliseconds.
    elapsed_ms: u64,
    /// The findings, at most one per check.
    findings: Vec<Explored<'r>>,
}

/// A finding of a random sequence.
#[derive(Serialize, JsonSchema)]
struct Explored<'r> {
    /// The stable id of the check. An entry of the list of known failures may name it as the case.
    check: &'static str,
    level: Level,
    /// What the check requires, in a line.
    title: &'static str,
    /// The heading and row of the reference that the check is based on.
    clause: &'static str,
    /// Why it is excused, if it is.
    known: Option<Known<'r>>,
    /// What was expected after the earlier steps.
    expected: &'r str,
    /// What was received instead.
    received: &'r str,
    /// The shortest sequence that shows it: a line for each request or group of concurrent requests.
    steps: &'r [String],
    /// A command line that repeats it, with `$GATE_KEY` in place of the key.
    curl: String,
    /// The status of the response that shows it, if there was one.
    status: Option<u16>,
    /// The request id of that response, if it had one.
    request_id: Option<&'r str>,
    /// The number of the first sequence that showed it: with the same seed, `--explore` with this number ends with it.
    sequence: usize,
    /// How many sequences showed it.
    times: usize,
    /// Whether a repetition of the sequence showed it again. If not, the steps are all requests of the
    /// sequence.
    repeatable: bool,
}

/// An expired or unused entry of the list of known failures.
#[derive(Serialize, JsonSchema)]
struct Lapsed<'r> {
    lapse: Lapse,
    /// The list's file.
    file: &'r str,
    /// The line that the entry begins on.
    line: usize,
    /// The rule that it names.
    rule: &'r str,
    /// The case that it names, if any.
    case: Option<&'r str>,
    /// What to do about it, in a sentence.
    message: String,
    #[serde(flatten)]
    known: Known<'r>,
}

impl<'r> Report<'r> {
    fn of(record: &'r RunRecord) -> Self {
        let RunRecord {
            target, seed, results, steps, coverage, lapsed, summary, fail_on, aborted, exploration, ..
        } = record;
        let conclusion = record.conclusion();
        Self {
            schema_version: VERSION,
            tool: Tool { name: "zerogate", version: env!("CARGO_PKG_VERSION") },
            target,
            seed: *seed,
            conclusion,
            exit_code: conclusion.exit_code(),
            headline: record.headline(),
            fail_on: *fail_on,
            aborted: aborted.as_deref(),
            summary: Summary {
                passed: summary.passed.total(),
                failed: summary.failed.total(),
                errors: summary.errors.total(),
                skipped: summary.skipped.total(),
                known: summary.known.total(),
                lapsed: summary.lapsed,
                steps: Steps {
                    passed: summary.steps_passed,
                    failed: summary.steps_failed,
                    not_judged: summary.steps_not_judged,
                    known: summary.steps_known,
                    skipped: summary.steps_skipped,
                },
                exchanges: summary.exchanges,
                elapsed_ms: milliseconds(summary.elapsed),
            },
            results: results.iter().map(Result::of).collect(),
            conversation: steps.iter().map(Step::of).collect(),
            exploration: exploration.as_ref().map(Exploration::of),
            left_open: &summary.left_open,
            coverage,
            lapsed_known_failures: lapsed.iter().map(Lapsed::of).collect(),
        }
    }
}

impl<'r> Result<'r> {
    fn of(result: &'r RuleResult) -> Self {
        let RuleResult { rule, verdict, elapsed, known } = result;
        let known = known.first().filter(|_| result.is_known());
        let (findings, obstacle, lacking): (&[_], _, _) = match verdict {
            verdict::Verdict::Pass { lacking } => (&[], None, lacking.iter().map(ToString::to_string).collect()),
            verdict::Verdict::Fail(findings) => (findings, None, Vec::new()),
            verdict::Verdict::Error(trouble) => (&[], trouble.sent.as_ref().map(Request::of), Vec::new()),
            verdict::Verdict::Skip(need) => (&[], None, vec![need.to_string()]),
        };
        let fails = matches!(verdict, verdict::Verdict::Fail(_));
        Self {
            rule: rule.id,
            level: rule.level,
            verdict: Outcome::of(result).into(),
            message: wording::message(result),
            title: &rule.title,
            clause: &rule.clause,
            operations: &rule.operations,
            elapsed_ms: milliseconds(*elapsed),
            known: known.map(Known::of),
            findings: findings.iter().map(|finding| Finding::of(finding, result.excuse(finding))).collect(),
            obstacle,
            lacking,
            why: fails.then_some(&rule.why),
            fix: fails.then_some(&rule.fix),
        }
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Pass,
            Outcome::Fail | Outcome::Known => Self::Fail,
            Outcome::Error => Self::Error,
            Outcome::Skip => Self::Skip,
        }
    }
}

impl<'r> Known<'r> {
    fn of(KnownFailure { reason, expires, .. }: &'r KnownFailure) -> Self {
        Self { reason, expires: expires.to_string() }
    }
}

impl<'r> Finding<'r> {
    fn of(finding: &'r verdict::Finding, excuse: Option<&'r KnownFailure>) -> Self {
        let verdict::Finding { case, expected, received, sent, response, times, .. } = finding;
        Self {
            case: case.as_deref(),
            known: excuse.map(Known::of),
            expected,
            received,
            times: *times,
            sent: Request { curl: body::one_line(&finding.curl()), ..Request::of(sent) },
            status: response.as_ref().map(|response| response.status),
            request_id: response.as_ref().and_then(|response| response.request_id.as_deref()),
        }
    }
}

impl Request {
    fn of(sent: &Sent) -> Self {
        Self { request: body::one_line(&sent.to_string()), curl: wording::curl(sent) }
    }
}

impl<'r> Step<'r> {
    fn of(step: &'r conversation::Step) -> Self {
        let conversation::Step { name, status, request_id, message, known, .. } = step;
        Self {
            name,
            verdict: Outcome::of_step(step).into(),
            status: *status,
            request_id: request_id.as_deref(),
            message,
            known: known.as_ref().map(Known::of),
        }
    }
}

impl<'r> Exploration<'r> {
    fn of(exploration: &'r explore::Exploration) -> Self {
        let explore::Exploration { asked, held, requests, findings, elapsed, .. } = exploration;
        Self {
            verdict: Outcome::of_exploration(exploration).into(),
            message: wording::exploration(exploration),
            asked: *asked,
            held: *held,
            requests: *requests,
            elapsed_ms: milliseconds(*elapsed),
            findings: findings.iter().map(Explored::of).collect(),
        }
    }
}

impl<'r> Explored<'r> {
    fn of(found: &'r explore::Explored) -> Self {
        let explore::Check { id, level, title, clause, .. } = found.check;
        Self {
            check: id,
            level: *level,
            title,
            clause,
            known: found.known.as_ref().map(Known::of),
            expected: &found.expected,
            received: &found.received,
            steps: &found.steps,
            curl: body::one_line(&found.curl),
            status: found.response.as_ref().map(|response| response.status),
            request_id: found.response.as_ref().and_then(|response| response.request_id.as_deref()),
            sequence: found.sequence,
            times: found.times,
            repeatable: found.is_repeatable,
        }
    }
}

impl<'r> Lapsed<'r> {
    fn of(lapsed: &'r LapsedFailure) -> Self {
        let LapsedFailure { file, entry, lapse } = lapsed;
        Self {
            lapse: *lapse,
            file,
            line: entry.line,
            rule: &entry.rule,
            case: entry.case.as_deref(),
            message: wording::lapsed(lapsed),
            known: Known::of(entry),
        }
    }
}

/// Saturates at `u64::MAX`, which no run reaches.
fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

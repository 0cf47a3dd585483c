//! The report on a run, type by type. Its schema is made from them: their documentation is what the schema says.

use std::io;
use std::time::Duration;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::evidence::body;
use crate::evidence::coverage::Coverage;
use crate::exceptions::known::{KnownFailure, LapsedFailure};
use crate::exceptions::list::Lapse;
use crate::report::outcome::Outcome;
use crate::report::record::RunRecord;
use crate::report::wording::run as wording;
use crate::rules::rule::Level;
use crate::rules::verdict;
use crate::run::conversation;
use crate::run::event::RuleResult;
use crate::run::summary::Conclusion;
use crate::wire::exchange::Sent;

/// The version of the report's form. It changes when something is removed or gets another meaning; not for additions.
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
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Report<'_>>();
    format!("{:#}\n", schema.as_value())
}

/// What `zerogate conform` found out about a server. Within one `schema_version` fields and values may be added; none is
/// removed or gets another meaning.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "zerogate conform --report json")]
struct Report<'r> {
    /// The version of this form.
    #[schemars(extend("const" = VERSION))]
    schema_version: u32,
    tool: Tool,
    /// What was judged, and where it is.
    target: &'r str,
    /// What the run drew its accidental values from: the same seed draws the same.
    seed: u64,
    conclusion: Conclusion,
    /// The exit code that says the same: 0 conforms, 1 does not conform, 3 not judged.
    exit_code: u8,
    /// The conclusion and what it rests on, in a line.
    headline: String,
    /// The level from which on a finding counts; null if the run came to nothing.
    fail_on: Option<Level>,
    /// Why the run came to nothing, if it did: every rule is then an error for this reason.
    aborted: Option<&'r str>,
    summary: Summary,
    /// What came of each rule, in the order of the run.
    results: Vec<Result<'r>>,
    /// The steps of the conversation through the generated client; empty if it was not held.
    conversation: Vec<Step<'r>>,
    /// How much of the contract was seen, kind by kind; empty if the run came to nothing.
    coverage: &'r [Coverage],
    /// Entries of the list of known failures that should not be there any more. Each of them fails the run.
    lapsed_known_failures: Vec<Lapsed<'r>>,
}

/// What wrote the report.
#[derive(Serialize, JsonSchema)]
struct Tool {
    /// The command.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

/// How many rules and steps there are of each verdict.
#[derive(Serialize, JsonSchema)]
struct Summary {
    /// Rules that are kept.
    passed: usize,
    /// Rules that are broken, other than those that are known to fail.
    failed: usize,
    /// Rules that could not be judged.
    errors: usize,
    /// Rules that need what the target could not supply.
    skipped: usize,
    /// Rules that are broken and that the list of known failures excuses.
    known: usize,
    /// Entries of the list of known failures that should not be there any more.
    lapsed: usize,
    steps: Steps,
    /// Requests of the rules that got a response.
    exchanges: usize,
    /// How long the run took, in milliseconds.
    elapsed_ms: u64,
}

/// How many steps of the conversation there are of each verdict.
#[derive(Serialize, JsonSchema)]
struct Steps {
    /// Those that went as they should.
    passed: usize,
    /// Those that did not, other than those that are known to fail.
    failed: usize,
    /// Those that could not be judged, or not be taken.
    not_judged: usize,
    /// Those that did not go as they should and that the list of known failures excuses.
    known: usize,
    /// Those that the target could not supply what they need for.
    skipped: usize,
}

/// A rule and what came of it.
#[derive(Serialize, JsonSchema)]
struct Result<'r> {
    /// The rule's id, which is stable.
    rule: &'static str,
    level: Level,
    verdict: Verdict,
    /// What came of it, in a sentence.
    message: String,
    /// What the rule demands, in a line.
    title: &'static str,
    /// Where the reference says it: heading and row.
    clause: &'static str,
    /// The operations that it judges.
    operations: &'static [String],
    /// How long it took, in milliseconds, what it shares with rules before it left out.
    elapsed_ms: u64,
    /// Why a failure is excused, if everything that was found is: the first reason.
    known: Option<Known<'r>>,
    /// Where the target breaks the rule; at least one if the verdict is `fail`.
    findings: Vec<Finding<'r>>,
    /// The request that could not be judged, if the verdict is `error` and it was one.
    obstacle: Option<Request>,
    /// What was lacking: all that was needed for a verdict if it is `skip`, else for a closer look.
    lacking: Vec<String>,
    /// What the failure means for a partner, if the verdict is `fail`.
    why: Option<&'static str>,
    /// What the server's team should do about it, if the verdict is `fail`.
    fix: Option<&'static str>,
}

/// What came of a rule, or of a step of the conversation.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// It is kept, as far as it was looked at; the step went as it should.
    Pass,
    /// It is broken; the step did not go as it should. It counts unless `known` excuses it.
    Fail,
    /// It could not be judged.
    Error,
    /// What it needs could not be supplied; the step was not taken.
    Skip,
}

/// Why a failure is excused.
#[derive(Serialize, JsonSchema)]
struct Known<'r> {
    /// Why it is to be lived with.
    reason: &'r str,
    /// The last day on which it is, in UTC.
    #[schemars(extend("format" = "date"))]
    expires: String,
}

/// One place where a target breaks a rule.
#[derive(Serialize, JsonSchema)]
struct Finding<'r> {
    /// Which of the rule's cases it is, if it is one: an entry of the list of known failures may name it.
    case: Option<&'r str>,
    /// Why it is excused, if it is.
    known: Option<Known<'r>>,
    /// What the rule demands here.
    expected: &'r str,
    /// What was received instead.
    received: &'r str,
    /// How often it was found; this is the first time.
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
    /// A command line that sends it again, with `$GATE_KEY` in place of the key; of a finding, one that shows it again: on
    /// sessions that it creates for that, with every request that it takes.
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
    /// What came of it, in a few words.
    message: &'r str,
    /// Why a failure is excused, if it is.
    known: Option<Known<'r>>,
}

/// An entry of the list of known failures that should not be there any more.
#[derive(Serialize, JsonSchema)]
struct Lapsed<'r> {
    lapse: Lapse,
    /// The list's file.
    file: &'r str,
    /// The line that the entry begins on.
    line: usize,
    /// The rule that it names.
    rule: &'r str,
    /// The case of it that it names, if it does.
    case: Option<&'r str>,
    /// What to do about it, in a sentence.
    message: String,
    #[serde(flatten)]
    known: Known<'r>,
}

impl<'r> Report<'r> {
    fn of(record: &'r RunRecord) -> Self {
        let RunRecord { target, seed, results, steps, coverage, lapsed, summary, fail_on, aborted, .. } = record;
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

/// As many as the number holds, which is more than any run takes.
fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

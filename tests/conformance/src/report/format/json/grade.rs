//! The types of the report on a client. Its schema is generated from them, including their documentation.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use super::schema::schema;
use crate::grade::{Finding, Graded, Grades, Step, Verdict};
use crate::report::wording::grade as wording;
use crate::rules::rule::Level;
use crate::run::summary::Conclusion;

/// The version of the report's format. It changes when a field is removed or changes its meaning, not when one is
/// added.
const VERSION: u32 = 1;

pub(in crate::report) fn grade(grades: &Grades) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(&Report::of(grades))? + "\n")
}

/// The JSON Schema of the report on a client, as text. It is also `schemas/grade.schema.json`.
#[must_use]
pub fn grade_schema() -> String {
    schema::<Report<'_>>()
}

/// The result of `zerogate grade`. Within one `schema_version`, fields and values may be added; none is removed or
/// changes its meaning.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "zerogate grade --report json")]
struct Report<'g> {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    schema_version: u32,
    /// The command line of the client, without keys.
    client: &'g str,
    conclusion: Conclusion,
    /// The matching exit code: 0 conforms, 1 does not conform, 3 could not be judged.
    exit_code: u8,
    /// The conclusion and its reasons, in a line.
    headline: String,
    /// The lowest level at which a failed case counts.
    fail_on: Level,
    /// Whether the client prints outcomes; otherwise it is graded only by what it sends.
    prints_outcomes: bool,
    /// How long it took, in milliseconds.
    elapsed_ms: u128,
    /// The cases, in their order.
    results: Vec<Case<'g>>,
    /// The cases of expired or unused entries of the list of known failures.
    lapsed_known_failures: Vec<&'g str>,
}

/// A case and its verdict.
#[derive(Serialize, JsonSchema)]
struct Case<'g> {
    /// The case's stable id.
    case: &'static str,
    level: Level,
    /// What the case requires.
    title: &'static str,
    /// The heading and row of the reference.
    clause: &'static str,
    /// Why it matters.
    why: &'static str,
    verdict: Word,
    /// The verdict in a line; empty for a pass.
    message: String,
    /// Whether something went wrong. If false, a case that is not judged does not apply, because the client does not do
    /// what it is about.
    is_trouble: bool,
    /// The findings.
    findings: Vec<Wrong<'g>>,
    /// Why a failure is excused, if it is.
    known: Option<&'g str>,
    /// How many times the case was run.
    runs: usize,
    /// What the client printed in the first run; null if it printed nothing.
    outcome: Option<&'static str>,
    /// The first 20 requests of the first run.
    requests: Vec<Request<'g>>,
}

/// The verdict.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Pass,
    Fail,
    NotJudged,
}

/// A finding.
#[derive(Serialize, JsonSchema)]
struct Wrong<'g> {
    /// What is required.
    expected: &'g str,
    /// What the client did instead.
    received: &'g str,
}

/// A request on the wire.
#[derive(Serialize, JsonSchema)]
struct Request<'g> {
    /// When it began, in milliseconds since the client was started.
    at_ms: u128,
    method: &'g str,
    /// Its target, without keys.
    target: &'g str,
    /// The status of the response; null if there was none.
    status: Option<u16>,
    /// Whether the response is complete.
    is_whole: bool,
}

impl<'g> Report<'g> {
    fn of(grades: &'g Grades) -> Self {
        Self {
            schema_version: VERSION,
            client: &grades.client,
            conclusion: grades.conclusion(),
            exit_code: grades.conclusion().exit_code(),
            headline: grades.headline(),
            fail_on: grades.fail_on,
            prints_outcomes: grades.prints_outcomes,
            elapsed_ms: grades.elapsed.as_millis(),
            results: grades.results.iter().map(Case::of).collect(),
            lapsed_known_failures: grades.lapsed.iter().map(|lapsed| lapsed.entry.rule.as_str()).collect(),
        }
    }
}

impl<'g> Case<'g> {
    fn of(result: &'g Graded) -> Self {
        let case = result.case;
        let wrong = |finding: &'g Finding| Wrong { expected: &finding.expected, received: &finding.received };
        let request = |step: &'g Step| Request {
            at_ms: step.at.as_millis(),
            method: &step.method,
            target: &step.target,
            status: step.status,
            is_whole: step.is_whole,
        };
        Self {
            case: case.id,
            level: case.level,
            title: case.title,
            clause: case.clause,
            why: case.why,
            verdict: match &result.verdict {
                Verdict::Pass => Word::Pass,
                Verdict::Fail(_) => Word::Fail,
                Verdict::NotJudged(_) => Word::NotJudged,
            },
            message: wording::message(result),
            is_trouble: result.is_trouble(),
            findings: result.findings().iter().map(wrong).collect(),
            known: result.known.as_ref().filter(|_| result.is_known()).map(|known| known.reason.as_str()),
            runs: result.runs,
            outcome: result.said.map(|said| said.name()),
            requests: result.steps.iter().map(request).collect(),
        }
    }
}

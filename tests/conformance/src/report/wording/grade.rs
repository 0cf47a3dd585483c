//! The wording of the report on a client.

use crate::grade::{Graded, Grades, Verdict};
use crate::report::wording::run as wording;

/// The note on a client that prints no outcomes.
const WIRE_ALONE: &str = "the client prints no outcome, so it is graded only by what it sends";

/// How often the client ran, and what it is judged by.
pub(in crate::report) fn basis(grades: &Grades) -> String {
    let ran = wording::counted(grades.runs, "run of the client", "runs of the client");
    let seconds = grades.elapsed.as_secs_f64();
    let basis = if grades.prints_outcomes { String::new() } else { format!("; {WIRE_ALONE}") };
    format!("{ran} in {seconds:.1} s{basis}")
}

/// The labelled lines that explain a result; none for a pass.
pub(in crate::report) fn details(result: &Graded) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    match &result.verdict {
        Verdict::Pass => return lines,
        Verdict::NotJudged(left) => {
            lines.push(("because", left.why.clone()));
            if left.is_trouble {
                lines.extend(transcript(result));
            }
            return lines;
        }
        Verdict::Fail(findings) => {
            for finding in findings {
                lines.push(("expected", finding.expected.clone()));
                lines.push(("received", finding.received.clone()));
            }
        }
    }
    lines.extend(transcript(result));
    lines.push(("clause", result.case.clause.to_owned()));
    lines.push(("why", result.case.why.to_owned()));
    if let Some(known) = &result.known {
        lines.push(("known", wording::excuse(known)));
    }
    lines
}

/// What was on the wire and what the client printed.
fn transcript(result: &Graded) -> Vec<(&'static str, String)> {
    let mut lines: Vec<_> = result.steps.iter().map(|step| ("sent", step.to_string())).collect();
    if !result.printed.is_empty() {
        lines.push(("printed", result.printed.clone()));
    }
    lines
}

/// A result in a line.
pub(in crate::report) fn message(result: &Graded) -> String {
    match &result.verdict {
        Verdict::Pass => String::new(),
        Verdict::NotJudged(left) => left.why.clone(),
        Verdict::Fail(findings) => {
            let all = findings.iter().map(|it| format!("expected {}, received {}", it.expected, it.received));
            all.collect::<Vec<_>>().join("; ")
        }
    }
}

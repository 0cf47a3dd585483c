//! The report on a run.

use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::xml::{lapsed, lines, xml};
use crate::explore::{CHECKS, Exploration};
use crate::report::outcome::Outcome;
use crate::report::record::RunRecord;
use crate::report::wording::run::{self as wording, Label};
use crate::rules::verdict::Verdict;
use crate::run::conversation::Step;
use crate::run::event::RuleResult;

/// The suite of the conversation's steps.
const CONVERSATION: &str = "conversation";

/// The suite of the checks of random sequences; omitted if none were requested.
const EXPLORATION: &str = "exploration";

/// The suite of the lapsed entries, present only if an entry lapsed.
const KNOWN_FAILURES: &str = "known failures";

pub(in crate::report) fn run(record: &RunRecord) -> io::Result<String> {
    let mut report = Report::new("zerogate conform");
    report.set_time(record.summary.elapsed);
    for (name, results) in groups(record) {
        let mut suite = suite(record, name);
        suite.set_time(results.iter().map(|result| result.elapsed).sum::<Duration>());
        suite.add_test_cases(results.into_iter().map(rule));
        report.add_test_suite(suite);
    }
    for (name, cases) in [
        (CONVERSATION, record.steps.iter().map(step).collect::<Vec<_>>()),
        (EXPLORATION, record.exploration.iter().flat_map(|it| explored(it, record.seed)).collect()),
        (KNOWN_FAILURES, lapsed(&record.lapsed).collect()),
    ] {
        if !cases.is_empty() {
            let mut suite = suite(record, name);
            suite.add_test_cases(cases);
            report.add_test_suite(suite);
        }
    }
    // Coverage belongs to the whole run, but JUnit has properties only on suites.
    if let Some(first) = report.test_suites.first_mut() {
        coverage(record, first);
    }
    xml(&report)
}

/// The results by group, even if the rules of a group are not adjacent in the run.
fn groups(record: &RunRecord) -> Vec<(&str, Vec<&RuleResult>)> {
    let mut groups: Vec<(&str, Vec<&RuleResult>)> = Vec::new();
    for result in &record.results {
        let name = result.rule.group();
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, results)) => results.push(result),
            None => groups.push((name, vec![result])),
        }
    }
    groups
}

/// A suite with the run's target, seed and conclusion as properties.
fn suite(record: &RunRecord, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.add_property(("target", record.target.as_str()));
    suite.add_property(("seed", record.seed.to_string().as_str()));
    suite.add_property(("conclusion", record.headline().as_str()));
    suite
}

fn coverage(record: &RunRecord, suite: &mut TestSuite) {
    for (coverage, seen) in wording::coverage(&record.coverage) {
        suite.add_property((format!("coverage: {}", coverage.kind).as_str(), seen.as_str()));
    }
}

fn status(outcome: Outcome) -> TestCaseStatus {
    match outcome {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        // Neither may fail a build.
        Outcome::Known | Outcome::Skip => TestCaseStatus::skipped(),
    }
}

fn rule(result: &RuleResult) -> TestCase {
    let RuleResult { rule, verdict, elapsed, known } = result;
    let mut status = status(Outcome::of(result));
    let message = if result.is_known() { wording::excused(known) } else { wording::message(result) };
    let mut details = wording::details(result);
    if let Verdict::Error(trouble) = verdict {
        details.extend(trouble.sent.as_ref().map(|sent| (Label::Again, wording::curl(sent))));
    }
    let description = lines(&rule.title, details);
    status.set_type(rule.level.to_string()).set_message(message.as_str()).set_description(description);
    let mut case = TestCase::new(rule.id, status);
    case.set_classname(format!("zerogate.{}", rule.group())).set_time(*elapsed);
    if let Verdict::Pass { lacking } = verdict
        && !lacking.is_empty()
    {
        case.set_system_out(message);
    }
    case
}

fn step(step: &Step) -> TestCase {
    let mut status = status(Outcome::of_step(step));
    let known = step.known.as_ref().map(|known| format!("; {}", wording::excused([known])));
    let request_id = step.request_id.as_ref().map(|id| format!(" (request {id})"));
    let message = [Some(step.message.clone()), request_id, known].into_iter().flatten().collect::<String>();
    status.set_type("step").set_message(message);
    let mut case = TestCase::new(step.name, status);
    case.set_classname("zerogate.conversation");
    case
}

/// A case for each check.
fn explored(exploration: &Exploration, seed: u64) -> impl Iterator<Item = TestCase> {
    CHECKS.iter().copied().map(move |check| {
        let found = exploration.findings.iter().find(|found| found.check == check);
        let case = |status| {
            let mut case = TestCase::new(check.id, status);
            case.set_classname("zerogate.exploration");
            case
        };
        match found {
            Some(found) => {
                let mut status = status(Outcome::of_explored(found));
                status.set_type(check.level.to_string()).set_message(wording::explored(found));
                status.set_description(lines(check.title, wording::explored_details(found, exploration, seed)));
                case(status)
            }
            None => {
                let outcome = match Outcome::of_exploration(exploration) {
                    Outcome::Skip => Outcome::Skip,
                    _ if exploration.is_cut() => Outcome::Error,
                    _ => Outcome::Pass,
                };
                let mut status = status(outcome);
                status.set_message(wording::exploration(exploration));
                case(status)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::Event;

    #[test]
    fn nothing_in_a_text_is_markup_or_a_character_that_xml_forbids() {
        let mut record = RunRecord::default();
        let rules = crate::rules::registry::rules().take(1).collect();
        record.take(&Event::RunStarted { target: "\u{1}<a href=\"'>&\u{1b}[2J\u{fffe}".to_owned(), seed: 0, rules });
        record.take(&Event::RunAborted { reason: "]]></error><x>&#0;".to_owned() });
        let xml = run(&record).unwrap();
        assert!(xml.contains("value=\"&lt;a href=&quot;&apos;&gt;&amp;\u{fffd}\""), "{xml}");
        assert!(xml.contains("not judged: ]]&gt;&lt;/error&gt;&lt;x&gt;&amp;#0;"), "{xml}");
        assert!(xml.chars().all(|it| it == '\n' || !it.is_control()), "{xml}");
    }
}

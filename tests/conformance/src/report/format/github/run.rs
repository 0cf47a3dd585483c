//! Annotations of a run, the most severe first.

use std::io;

use super::annotation::{Annotation, ERROR, NOTICE, WARNING, lapsed, lines, shown};
use crate::evidence::body;
use crate::explore::Explored;
use crate::report::outcome::Outcome;
use crate::report::record::RunRecord;
use crate::report::wording::obstacles::{Obstacles, ids};
use crate::report::wording::run as wording;
use crate::rules::rule::{Level, Rule};
use crate::rules::verdict::Verdict;
use crate::run::event::RuleResult;
use crate::run::summary::Conclusion;

pub(in crate::report) fn run(record: &RunRecord) -> io::Result<String> {
    Ok(shown(&annotations(record)))
}

/// All annotations, the most severe of each level first.
fn annotations(record: &RunRecord) -> Vec<Annotation> {
    let level = if record.conclusion() == Conclusion::Conforms { NOTICE } else { ERROR };
    let counts = match &record.aborted {
        Some(_) => record.target.clone(),
        None => format!("{}: {}", record.target, wording::counts(&record.summary)),
    };
    let mut annotations = vec![Annotation::new(level, record.headline(), counts)];
    annotations.extend(lapsed(&wording::lapsed_lines(&record.lapsed), "known failure"));
    annotations.extend(broken(record, Level::Must, ERROR));
    annotations.extend(broken(record, Level::Should, WARNING));
    annotations.extend(conversation(record));
    annotations.extend(explored(record));
    annotations.extend(obstacles(record));
    annotations.extend(
        record
            .with(Outcome::Known)
            .map(|result| Annotation::new(NOTICE, format!("known to fail: {}", result.rule.id), details(result))),
    );
    annotations.extend(skipped(record));
    annotations.extend(coverage(record));
    annotations
}

fn broken(record: &RunRecord, level: Level, as_what: &'static str) -> impl Iterator<Item = Annotation> {
    let broken = record.with(Outcome::Fail).filter(move |result| result.rule.level == level);
    broken.map(move |result| Annotation::new(as_what, format!("{level} {}", result.rule.id), details(result)))
}

fn details(result: &RuleResult) -> String {
    lines(&result.rule.title, wording::details(result))
}

fn conversation(record: &RunRecord) -> impl Iterator<Item = Annotation> {
    record.steps.iter().filter_map(|step| {
        let level = match Outcome::of_step(step) {
            Outcome::Known => NOTICE,
            Outcome::Fail => ERROR,
            Outcome::Error => WARNING,
            Outcome::Pass | Outcome::Skip => return None,
        };
        Some(Annotation::new(level, format!("conversation: {}", step.name), body::one_line(&step.message)))
    })
}

/// The findings of random sequences, and why any could not be held.
fn explored(record: &RunRecord) -> Vec<Annotation> {
    let Some(exploration) = &record.exploration else { return Vec::new() };
    let annotation = |found: &Explored| {
        let level = match (Outcome::of_explored(found), found.check.level) {
            (Outcome::Known, _) => NOTICE,
            (_, Level::Must) => ERROR,
            (_, Level::Should) => WARNING,
        };
        let message = lines(found.check.title, wording::explored_details(found, exploration, record.seed));
        Annotation::new(level, format!("exploration: {}", found.check.id), message)
    };
    let level = match Outcome::of_exploration(exploration) {
        Outcome::Skip => Some(NOTICE),
        _ if exploration.not_held > 0 => Some(WARNING),
        _ => None,
    };
    let whole = level.map(|level| Annotation::new(level, "exploration", wording::exploration(exploration)));
    exploration.findings.iter().map(annotation).chain(whole).collect()
}

/// One annotation per obstacle, since many rules may hit the same one. The reason for an aborted run is already in the
/// headline.
fn obstacles(record: &RunRecord) -> Vec<Annotation> {
    let annotation = |(what, rules): (String, &[&Rule])| {
        let title = format!("{} could not be judged", wording::counted(rules.len(), "rule", "rules"));
        Annotation::new(WARNING, title, format!("{what}\nrules: {}", ids(rules)))
    };
    Obstacles::of(record.results.iter().filter(|_| record.aborted.is_none())).all().map(annotation).collect()
}

fn skipped(record: &RunRecord) -> Option<Annotation> {
    let skipped: Vec<String> = record
        .results
        .iter()
        .filter_map(|result| match &result.verdict {
            Verdict::Skip(need) => Some(format!("{} needs {}", result.rule.id, body::one_line(&need.to_string()))),
            _ => None,
        })
        .collect();
    let title = format!(
        "{} skipped: the target lacks a prerequisite",
        wording::counted(skipped.len(), "rule was", "rules were")
    );
    (!skipped.is_empty()).then(|| Annotation::new(NOTICE, title, skipped.join("\n")))
}

fn coverage(record: &RunRecord) -> Option<Annotation> {
    let lines: Vec<String> =
        wording::coverage(&record.coverage).map(|(coverage, seen)| format!("{}: {seen}", coverage.kind)).collect();
    (!lines.is_empty()).then(|| Annotation::new(NOTICE, "coverage of the contract", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lab::obstacle::Trouble;
    use crate::rules::registry;
    use crate::run::event::Event;
    use crate::run::summary::Summary;

    /// The warnings of a run in which this many rules hit different obstacles.
    fn said(obstacles: usize) -> Vec<String> {
        let mut record = RunRecord::default();
        record.take(&Event::RunStarted { target: "a server".to_owned(), seed: 0, rules: Vec::new() });
        for (index, rule) in registry::rules().take(obstacles).enumerate() {
            let verdict = Verdict::Error(Trouble::new(format!("obstacle {index}")));
            record.take(&Event::RuleFinished(RuleResult { rule, verdict, elapsed: Duration::ZERO, known: Vec::new() }));
        }
        record.take(&Event::RunFinished { summary: Summary::default(), fail_on: Level::Must });
        let text = run(&record).unwrap();
        text.lines().filter(|line| line.starts_with("::warning")).map(str::to_owned).collect()
    }

    #[test]
    fn annotations_that_github_would_drop_are_counted_and_named() {
        assert_eq!(said(10).len(), 10);
        assert!(said(10).iter().all(|line| line.contains("title=1 rule could not be judged::obstacle")));
        let many = said(12);
        assert_eq!(many.len(), 10);
        assert!(many[9].starts_with("::warning title=3 more of this kind::GitHub shows 10"), "{}", many[9]);
    }
}

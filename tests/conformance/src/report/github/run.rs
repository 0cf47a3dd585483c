//! The report for GitHub Actions: annotations of the run, the gravest first.

use std::io;

use zerogate_contract::Position;

use super::command::command;
use crate::evidence::body;
use crate::report::record::Told;
use crate::report::wording::run as phrase;
use crate::rules::rule::Level;
use crate::rules::verdict::Verdict;
use crate::run::conversation::StepVerdict;
use crate::run::event::RuleResult;
use crate::run::summary::Conclusion;

/// How many annotations of a level GitHub shows of a step. It drops the rest without a word.
const SHOWN: usize = 10;

const ERROR: &str = "error";
const WARNING: &str = "warning";
const NOTICE: &str = "notice";

/// An annotation.
struct Annotation {
    level: &'static str,
    place: Option<(String, usize)>,
    title: String,
    message: String,
}

impl Annotation {
    fn new(level: &'static str, title: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level, place: None, title: title.into(), message: message.into() }
    }
}

pub(in crate::report) fn text(told: &Told) -> io::Result<String> {
    let annotations = annotations(told);
    let mut lines = String::new();
    for level in [ERROR, WARNING, NOTICE] {
        let all: Vec<&Annotation> = annotations.iter().filter(|annotation| annotation.level == level).collect();
        let room = if all.len() > SHOWN { SHOWN - 1 } else { SHOWN };
        let (shown, others) = all.split_at(room.min(all.len()));
        for Annotation { level, place, title, message } in shown {
            let place = place.as_ref().map(|(file, line)| (file.as_str(), Some(Position { line: *line, column: 1 })));
            lines.push_str(&command(level, place, title, message));
            lines.push('\n');
        }
        if !others.is_empty() {
            let titles: Vec<&str> = others.iter().map(|annotation| annotation.title.as_str()).collect();
            let title = format!("{} more of this kind", others.len());
            let message = format!("GitHub shows {SHOWN} of a kind; not shown: {}", titles.join("; "));
            lines.push_str(&command(level, None, &title, &message));
            lines.push('\n');
        }
    }
    Ok(lines)
}

/// Everything there is to say, the gravest of each level first.
fn annotations(told: &Told) -> Vec<Annotation> {
    let level = if told.conclusion() == Conclusion::Conforms { NOTICE } else { ERROR };
    let counts = match &told.aborted {
        Some(_) => told.target.clone(),
        None => format!("{}: {}", told.target, phrase::counts(&told.summary)),
    };
    let mut annotations = vec![Annotation::new(level, told.headline(), counts)];
    annotations.extend(told.lapsed.iter().map(|lapsed| Annotation {
        place: Some((body::one_line(&lapsed.file), lapsed.entry.line)),
        ..Annotation::new(ERROR, format!("{} known failure", lapsed.lapse.name()), phrase::lapsed(lapsed))
    }));
    annotations.extend(broken(told, Level::Must, ERROR));
    annotations.extend(broken(told, Level::Should, WARNING));
    annotations.extend(conversation(told));
    annotations.extend(obstacles(told));
    annotations.extend(
        told.with("known")
            .map(|result| Annotation::new(NOTICE, format!("known to fail: {}", result.rule.id), details(result))),
    );
    annotations.extend(skipped(told));
    annotations.extend(coverage(told));
    annotations
}

fn broken(told: &Told, level: Level, as_what: &'static str) -> impl Iterator<Item = Annotation> {
    let broken = told.with("fail").filter(move |result| result.rule.level == level);
    broken.map(move |result| Annotation::new(as_what, format!("{level} {}", result.rule.id), details(result)))
}

fn details(result: &RuleResult) -> String {
    let details = phrase::details(result).into_iter().map(|(label, text)| format!("{label}: {text}"));
    std::iter::once(result.rule.title.clone()).chain(details).collect::<Vec<_>>().join("\n")
}

fn conversation(told: &Told) -> impl Iterator<Item = Annotation> {
    told.steps.iter().filter_map(|step| {
        let level = match step.verdict {
            StepVerdict::Fail if step.known.is_some() => NOTICE,
            StepVerdict::Fail => ERROR,
            StepVerdict::Error => WARNING,
            StepVerdict::Pass | StepVerdict::NotTaken | StepVerdict::Skip => return None,
        };
        Some(Annotation::new(level, format!("conversation: {}", step.name), body::one_line(&step.message)))
    })
}

/// An annotation an obstacle: many rules may meet the same. The one that stopped a run is told already.
fn obstacles(told: &Told) -> Vec<Annotation> {
    let mut obstacles: Vec<(&str, Vec<&str>)> = Vec::new();
    for result in told.results.iter().filter(|_| told.aborted.is_none()) {
        let Verdict::Error(trouble) = &result.verdict else { continue };
        match obstacles.iter_mut().find(|(what, _)| *what == trouble.what) {
            Some((_, rules)) => rules.push(result.rule.id),
            None => obstacles.push((&trouble.what, vec![result.rule.id])),
        }
    }
    let annotation = |(what, rules): (&str, Vec<&str>)| {
        let title = format!("{} could not be judged", phrase::counted(rules.len(), "rule", "rules"));
        Annotation::new(WARNING, title, format!("{}\nrules: {}", body::one_line(what), rules.join(", ")))
    };
    obstacles.into_iter().map(annotation).collect()
}

fn skipped(told: &Told) -> Option<Annotation> {
    let skipped: Vec<String> = told
        .results
        .iter()
        .filter_map(|result| match &result.verdict {
            Verdict::Skip(need) => Some(format!("{} needs {}", result.rule.id, body::one_line(&need.to_string()))),
            _ => None,
        })
        .collect();
    let title = format!("{} skipped for want of means", phrase::counted(skipped.len(), "rule was", "rules were"));
    (!skipped.is_empty()).then(|| Annotation::new(NOTICE, title, skipped.join("\n")))
}

fn coverage(told: &Told) -> Option<Annotation> {
    let lines: Vec<String> = phrase::unseen(&told.coverage)
        .map(|(coverage, unseen)| {
            let seen = format!("{}: {} of {}", coverage.kind, coverage.seen, coverage.total);
            if unseen.is_empty() { seen } else { format!("{seen}; not seen: {unseen}") }
        })
        .collect();
    (!lines.is_empty()).then(|| Annotation::new(NOTICE, "coverage of the contract", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::rules::registry;
    use crate::rules::verdict::Trouble;
    use crate::run::event::Event;
    use crate::run::summary::Summary;

    /// What is said of a run in which so many rules met an obstacle each of their own.
    fn said(obstacles: usize) -> Vec<String> {
        let mut told = Told::default();
        told.take(&Event::RunStarted { target: "a server".to_owned(), seed: 0, rules: Vec::new() });
        for (index, rule) in registry::rules().take(obstacles).enumerate() {
            let verdict = Verdict::Error(Trouble::new(format!("obstacle {index}")));
            told.take(&Event::RuleFinished(RuleResult { rule, verdict, elapsed: Duration::ZERO, known: None }));
        }
        told.take(&Event::RunFinished { summary: Summary::default(), fail_on: Level::Must });
        let text = text(&told).unwrap();
        text.lines().filter(|line| line.starts_with("::warning")).map(str::to_owned).collect()
    }

    #[test]
    fn what_github_would_drop_is_counted_and_named() {
        assert_eq!(said(10).len(), 10);
        assert!(said(10).iter().all(|line| line.contains("title=1 rule could not be judged::obstacle")));
        let many = said(12);
        assert_eq!(many.len(), 10);
        assert!(many[9].starts_with("::warning title=3 more of this kind::GitHub shows 10"), "{}", many[9]);
    }
}

//! The report for a person.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::Style;
use textwrap::{Options as Wrap, WordSplitter};

use super::style::{Styles, styled};
use crate::conversation::{Step, StepVerdict};
use crate::coverage::{Coverage, Kind};
use crate::event::{Event, Reporter, RuleResult};
use crate::exchange::Sent;
use crate::rule::{Level, Rule};
use crate::summary::{Conclusion, Summary};
use crate::verdict::{Finding, Need, Verdict};

/// How wide running text may become.
const WIDTH: usize = 120;

/// Before the explanation of a line.
const INDENT: &str = "            ";

/// Writes a report for a person, line by line as things happen.
pub struct Text<W> {
    writer: W,
    styles: Styles,
    id_width: usize,
    /// The operations of the group that is being written.
    group: String,
    in_conversation: bool,
    /// Obstacles that were shown with their request.
    troubles: BTreeSet<String>,
}

impl<W: Write> Text<W> {
    /// A report that is written to `writer`.
    pub fn new(writer: W, styles: Styles) -> Self {
        Self { writer, styles, id_width: 0, group: String::new(), in_conversation: false, troubles: BTreeSet::new() }
    }

    fn rule(&mut self, result: &RuleResult) -> io::Result<()> {
        let RuleResult { rule, verdict, .. } = result;
        let group = rule.operations.first().map_or("", String::as_str);
        if group != self.group {
            writeln!(self.writer, "\n{}", styled(self.styles.heading, group))?;
            group.clone_into(&mut self.group);
        }
        let style = match verdict {
            Verdict::Pass { .. } => self.styles.good,
            Verdict::Fail(_) => self.styles.bad,
            Verdict::Error(_) => self.styles.doubtful,
            Verdict::Skip(_) => self.styles.quiet,
        };
        let needs = match verdict {
            Verdict::Skip(need) => format!(" (needs {need})"),
            Verdict::Pass { lacking } if !lacking.is_empty() => format!(" (not looked at without {})", list(lacking)),
            _ => String::new(),
        };
        let name = styled(style, format_args!("{:<5}", verdict.name()));
        let Rule { id, level, title, .. } = rule;
        let width = self.id_width;
        writeln!(self.writer, "  {name}  {level:<6}  {id:<width$}  {title}{}", styled(self.styles.quiet, needs))?;
        match verdict {
            Verdict::Fail(findings) => self.failure(rule, findings),
            Verdict::Error(trouble) => {
                self.detail("because", &trouble.what)?;
                // Many rules may meet the same obstacle.
                match &trouble.sent {
                    Some(sent) if self.troubles.insert(trouble.what.clone()) => self.curl(sent),
                    _ => Ok(()),
                }
            }
            Verdict::Pass { .. } | Verdict::Skip(_) => Ok(()),
        }
    }

    fn failure(&mut self, rule: &Rule, findings: &[Finding]) -> io::Result<()> {
        for Finding { expected, received, sent, answer } in findings {
            let request_id = answer.as_ref().and_then(|answer| answer.request_id.as_ref());
            let request_id = request_id.map(|id| format!(" (request {id})")).unwrap_or_default();
            self.detail("expected", expected)?;
            self.detail("received", &format!("{received}{request_id}"))?;
            self.curl(sent)?;
        }
        self.detail("clause", &rule.clause)?;
        self.detail("why", &rule.why)?;
        self.detail("fix", &rule.fix)
    }

    /// A line of explanation, wrapped under itself.
    fn detail(&mut self, label: &str, text: &str) -> io::Result<()> {
        writeln!(self.writer, "{}", wrapped(&format!("{INDENT}{label:<9} "), text))
    }

    /// Never wrapped: it is to be copied.
    fn curl(&mut self, sent: &Sent) -> io::Result<()> {
        writeln!(self.writer, "{INDENT}{:<9} {}", "again", sent.curl())
    }

    fn step(&mut self, step: &Step) -> io::Result<()> {
        if !self.in_conversation {
            self.in_conversation = true;
            writeln!(self.writer, "\n{}", styled(self.styles.heading, "conversation through the generated client"))?;
        }
        let Step { name, verdict, status, request_id, message } = step;
        let (word, style) = match verdict {
            StepVerdict::Pass => ("pass", self.styles.good),
            StepVerdict::Fail => ("fail", self.styles.bad),
            StepVerdict::Error => ("error", self.styles.doubtful),
            StepVerdict::NotTaken => ("skip", self.styles.quiet),
        };
        let word = styled(style, format_args!("{word:<5}"));
        let status = status.map_or("—".to_owned(), |status| status.to_string());
        let request_id = match (request_id, step.status) {
            (Some(id), _) => format!(" ({id})"),
            (None, Some(_)) => " (no request id)".to_owned(),
            (None, None) => String::new(),
        };
        let request_id = styled(self.styles.quiet, request_id);
        writeln!(self.writer, "  {word}  {name:<27}  {status:<3}  {message}{request_id}")
    }

    fn coverage(&mut self, coverage: &[Coverage]) -> io::Result<()> {
        writeln!(self.writer, "\n{}", styled(self.styles.heading, "coverage of the contract"))?;
        let statuses: Vec<&str> = coverage
            .iter()
            .filter(|coverage| coverage.kind == Kind::Statuses)
            .flat_map(|coverage| coverage.unseen.iter().map(String::as_str))
            .collect();
        for Coverage { kind, seen, total, unseen } in coverage {
            writeln!(self.writer, "  {kind:<11}  {seen:>3} of {total:>3}")?;
            let unseen = match kind {
                Kind::Statuses => by_operation(unseen),
                Kind::Headers => headers(unseen, &statuses),
                _ => unseen.join(", "),
            };
            if !unseen.is_empty() {
                let unseen = wrapped("               not seen: ", &unseen);
                writeln!(self.writer, "{}", styled(self.styles.quiet, unseen))?;
            }
        }
        Ok(())
    }

    fn summary(&mut self, summary: &Summary, fail_on: Level) -> io::Result<()> {
        writeln!(
            self.writer,
            "\n{} {}: {} passed, {} failed, {} not judged, {} skipped; {}; {} exchanges in {:.2} s",
            summary.rules(),
            if summary.rules() == 1 { "rule" } else { "rules" },
            summary.passed.total(),
            summary.failed.total(),
            summary.errors.total(),
            summary.skipped.total(),
            match summary.steps() {
                0 => "no conversation".to_owned(),
                steps => format!("conversation: {} of {steps} steps passed", summary.steps_passed),
            },
            summary.exchanges,
            summary.elapsed.as_secs_f64(),
        )?;
        let conclusion = summary.conclusion(fail_on);
        let reasons = reasons(summary, fail_on, conclusion);
        let verdict = styled(self.conclusion_style(conclusion), conclusion);
        writeln!(self.writer, "{verdict}: {reasons}")?;
        self.writer.flush()
    }

    fn conclusion_style(&self, conclusion: Conclusion) -> Style {
        match conclusion {
            Conclusion::Conforms => self.styles.good,
            Conclusion::DoesNotConform => self.styles.bad,
            Conclusion::NotJudged => self.styles.doubtful,
        }
    }
}

/// Running text behind `start`, its further lines under its first.
pub(super) fn wrapped(start: &str, text: &str) -> String {
    let rest = " ".repeat(start.len());
    let wrap = Wrap::new(WIDTH).initial_indent(start).subsequent_indent(&rest).break_words(false);
    // A header's name is one word.
    textwrap::fill(text, wrap.word_splitter(WordSplitter::NoHyphenation))
}

/// Statuses such as `createSession 400`, with each operation named once.
fn by_operation(statuses: &[String]) -> String {
    let mut text = String::new();
    let mut last = "";
    for entry in statuses {
        let (operation, status) = entry.split_once(' ').unwrap_or(("", entry));
        if operation == last {
            text.push_str(&format!(", {status}"));
        } else {
            let separator = if text.is_empty() { "" } else { "; " };
            text.push_str(&format!("{separator}{entry}"));
        }
        last = operation;
    }
    text
}

/// Headers such as `createSession 400: header Retry-After`. Those of a status that was not seen go without saying.
fn headers(unseen: &[String], statuses: &[&str]) -> String {
    let (hidden, told): (Vec<&String>, Vec<&String>) =
        unseen.iter().partition(|header| header.split_once(':').is_some_and(|(status, _)| statuses.contains(&status)));
    let hidden = (!hidden.is_empty()).then(|| format!("{} of the statuses not seen", hidden.len()));
    let told = told.into_iter().map(ToString::to_string);
    told.chain(hidden).collect::<Vec<_>>().join(", ")
}

/// What the conclusion rests on.
fn reasons(summary: &Summary, fail_on: Level, conclusion: Conclusion) -> String {
    let mut reasons = Vec::new();
    let mut count = |number: usize, one: &str, many: &str| {
        if number > 0 {
            reasons.push(format!("{number} {}", if number == 1 { one } else { many }));
        }
    };
    match conclusion {
        Conclusion::Conforms => {
            let kept = if fail_on == Level::Must { summary.passed.must } else { summary.passed.total() };
            let of = if fail_on == Level::Must { "must " } else { "" };
            count(kept, &format!("{of}rule is kept, none broken"), &format!("{of}rules are kept, none broken"));
            let should = summary.failed.total() - summary.failed.from(fail_on);
            count(should, "should rule is broken", "should rules are broken");
            let skipped = summary.skipped.total();
            count(skipped, "rule was skipped for want of means", "rules were skipped for want of means");
        }
        Conclusion::DoesNotConform => {
            count(summary.failed.must, "must rule is broken", "must rules are broken");
            count(summary.failed.should, "should rule is broken", "should rules are broken");
            count(summary.steps_failed, "step of the conversation failed", "steps of the conversation failed");
        }
        Conclusion::NotJudged => {
            let errors = summary.errors.from(fail_on);
            count(errors, "rule that counts met an obstacle", "rules that count met an obstacle");
            let steps = summary.steps_not_judged;
            count(steps, "step of the conversation met an obstacle", "steps of the conversation met an obstacle");
            if summary.essential == 0 {
                reasons.push("no must rule of cancelSession was judged".to_owned());
            }
        }
    }
    reasons.join("; ")
}

/// Needs in a row, the statuses to provoke as one.
fn list(needs: &[Need]) -> String {
    let mut list = String::new();
    let mut provocation = false;
    for need in needs {
        let separator = if list.is_empty() { "" } else { ", " };
        match need {
            Need::Provocation(status) if provocation => list.push_str(&format!(", {status}")),
            need => list.push_str(&format!("{separator}{need}")),
        }
        provocation = matches!(need, Need::Provocation(_));
    }
    list
}

impl<W: Write> Reporter for Text<W> {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { target, rules, .. } => {
                self.id_width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
                writeln!(self.writer, "target: {target}")?;
                // The first line is to be seen before anything is waited for.
                self.writer.flush()
            }
            Event::RuleFinished(result) => self.rule(result),
            Event::ConversationStep(step) => self.step(step),
            Event::Coverage(coverage) => self.coverage(coverage),
            Event::KnownFailuresLapsed(_) | Event::RunAborted { .. } => Ok(()),
            Event::RunFinished { summary, fail_on } => self.summary(summary, *fail_on),
        }
    }
}

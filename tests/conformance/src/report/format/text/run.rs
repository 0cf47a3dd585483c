//! The report on a run.

use std::io::{self, Write};

use crate::evidence::body;
use crate::evidence::coverage::Coverage;
use crate::exceptions::known::LapsedFailure;
use crate::explore::{Check, Exploration};
use crate::report::inert::Inert;
use crate::report::outcome::Outcome;
use crate::report::style::{Styles, styled, wrapped};
use crate::report::wording::obstacles::{Obstacles, ids};
use crate::report::wording::run::{self as wording, Label};
use crate::rules::rule::{Level, Rule};
use crate::rules::verdict::Verdict;
use crate::run::conversation::Step;
use crate::run::event::{Event, Reporter, RuleResult};
use crate::run::summary::{Conclusion, Summary};

/// The indent of a line's explanation.
const INDENT: &str = "            ";

/// Writes a report for a person, line by line during the run.
pub struct Text<W: Write> {
    writer: Inert<W>,
    styles: Styles,
    id_width: usize,
    seed: u64,
    /// The operations of the group that is being written.
    group: String,
    in_conversation: bool,
    obstacles: Obstacles,
}

impl<W: Write> Text<W> {
    /// Creates a report that writes to `writer`.
    pub fn new(writer: W, styles: Styles) -> Self {
        Self {
            writer: Inert::new(writer, styles.output()),
            styles,
            id_width: 0,
            seed: 0,
            group: String::new(),
            in_conversation: false,
            obstacles: Obstacles::default(),
        }
    }

    fn rule(&mut self, result: &RuleResult) -> io::Result<()> {
        let RuleResult { rule, verdict, .. } = result;
        let group = rule.group();
        if group != self.group {
            writeln!(self.writer, "\n{}", styled(self.styles.heading, group))?;
            group.clone_into(&mut self.group);
        }
        let needs = match verdict {
            Verdict::Skip(need) => format!(" (needs {})", wording::needs(std::slice::from_ref(need))),
            Verdict::Pass { lacking } if !lacking.is_empty() => {
                format!(" (not checked without {})", wording::needs(lacking))
            }
            _ => String::new(),
        };
        let outcome = self.outcome(Outcome::of(result));
        let Rule { id, level, title, .. } = rule;
        let width = self.id_width;
        writeln!(self.writer, "  {outcome}  {level:<6}  {id:<width$}  {title}{}", styled(self.styles.quiet, needs))?;
        for (label, text) in wording::details(result) {
            self.detail(label, &text)?;
        }
        let Verdict::Error(trouble) = verdict else { return Ok(()) };
        let because = Label::Other("because");
        match self.obstacles.add(result) {
            Some(first) if first != *rule => self.detail(because, &format!("the same as for {}", first.id)),
            _ => {
                self.detail(because, &body::one_line(&trouble.what))?;
                trouble.sent.as_ref().map_or(Ok(()), |sent| self.detail(Label::Again, &wording::curl(sent)))
            }
        }
    }

    /// A line of explanation, wrapped unless users copy it.
    fn detail(&mut self, label: Label, text: &str) -> io::Result<()> {
        let start = format!("{INDENT}{label:<9} ");
        if label == Label::Again {
            return writeln!(self.writer, "{start}{text}");
        }
        writeln!(self.writer, "{}", wrapped(&start, text))
    }

    fn step(&mut self, step: &Step) -> io::Result<()> {
        if !self.in_conversation {
            self.in_conversation = true;
            writeln!(self.writer, "\n{}", styled(self.styles.heading, "conversation through the generated client"))?;
        }
        let Step { name, status, request_id, message, known, .. } = step;
        let outcome = self.outcome(Outcome::of_step(step));
        let status = status.map_or("—".to_owned(), |status| status.to_string());
        let request_id = match (request_id, step.status) {
            (Some(id), _) => format!(" ({})", body::one_line(id)),
            (None, Some(_)) => " (no request id)".to_owned(),
            (None, None) => String::new(),
        };
        let request_id = styled(self.styles.quiet, request_id);
        writeln!(self.writer, "  {outcome}  {name:<27}  {status:<3}  {}{request_id}", body::one_line(message))?;
        match known {
            Some(known) => self.detail(Label::Other("known"), &wording::excuse(known)),
            None => Ok(()),
        }
    }

    fn exploration(&mut self, exploration: &Exploration) -> io::Result<()> {
        writeln!(self.writer, "\n{}", styled(self.styles.heading, "exploration"))?;
        let outcome = Outcome::of_exploration(exploration);
        writeln!(self.writer, "  {}  {}", self.outcome(outcome), wording::exploration(exploration))?;
        for found in &exploration.findings {
            let (outcome, Check { id, level, title, .. }) = (Outcome::of_explored(found), found.check);
            writeln!(self.writer, "  {}  {level:<6}  {id:<19}  {title}", self.outcome(outcome))?;
            for (label, text) in wording::explored_details(found, exploration, self.seed) {
                self.detail(label, &text)?;
            }
        }
        Ok(())
    }

    fn coverage(&mut self, coverage: &[Coverage]) -> io::Result<()> {
        writeln!(self.writer, "\n{}", styled(self.styles.heading, "coverage of the contract"))?;
        for (Coverage { kind, seen, total, .. }, unseen) in wording::unseen(coverage) {
            writeln!(self.writer, "  {kind:<11}  {seen:>3} of {total:>3}")?;
            if !unseen.is_empty() {
                let unseen = wrapped("               not seen: ", &unseen);
                writeln!(self.writer, "{}", styled(self.styles.quiet, unseen))?;
            }
        }
        Ok(())
    }

    fn lapsed(&mut self, lapsed: &[LapsedFailure]) -> io::Result<()> {
        let heading = format!("expired or unused entries of --known-failures ({})", lapsed.len());
        writeln!(self.writer, "\n{}", styled(self.styles.heading, heading))?;
        for lapsed in lapsed {
            let name = styled(self.styles.bad, format_args!("{:<7}", lapsed.lapse.name()));
            writeln!(self.writer, "  {name}  {}:{}", body::one_line(&lapsed.file), lapsed.entry.line)?;
            self.detail(Label::Other("what"), &wording::lapsed(lapsed))?;
        }
        Ok(())
    }

    /// Those that kept several rules from being judged.
    fn obstacles(&mut self) -> io::Result<()> {
        let mut heading = Some("what kept several rules from being judged");
        for (what, rules) in std::mem::take(&mut self.obstacles).all().filter(|(_, rules)| rules.len() > 1) {
            if let Some(heading) = heading.take() {
                writeln!(self.writer, "\n{}", styled(self.styles.heading, heading))?;
            }
            writeln!(self.writer, "{}", wrapped("  ", &what))?;
            self.detail(Label::Other("rules"), &format!("{}: {}", rules.len(), ids(rules)))?;
        }
        Ok(())
    }

    fn summary(&mut self, summary: &Summary, fail_on: Level) -> io::Result<()> {
        self.obstacles()?;
        // The seed matters only for reproducing a finding.
        let is_well = summary.failed.total() + summary.errors.total() + summary.explored.total() == 0;
        let seed = if is_well { String::new() } else { format!("; seed {}", self.seed) };
        writeln!(self.writer, "\n{}{seed}", wording::counts(summary))?;
        self.conclusion(summary.conclusion(fail_on), &wording::reasons(summary, fail_on))
    }

    fn conclusion(&mut self, conclusion: Conclusion, reasons: &str) -> io::Result<()> {
        writeln!(self.writer, "{}: {reasons}", styled(self.styles.of(conclusion), conclusion))?;
        self.writer.flush()
    }

    fn outcome(&self, outcome: Outcome) -> String {
        let style = match outcome {
            Outcome::Pass => self.styles.good,
            Outcome::Fail => self.styles.bad,
            Outcome::Skip => self.styles.quiet,
            Outcome::Known | Outcome::Error => self.styles.doubtful,
        };
        styled(style, format_args!("{:<5}", outcome.word()))
    }
}

impl<W: Write> Reporter for Text<W> {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { target, rules, seed } => {
                self.seed = *seed;
                self.id_width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
                writeln!(self.writer, "target: {}", body::one_line(target))?;
                // Show the first line before the run waits for anything.
                self.writer.flush()
            }
            Event::RuleFinished(result) => self.rule(result),
            Event::ConversationStep(step) => self.step(step),
            Event::Exploring { .. } => Ok(()),
            Event::Explored(exploration) => self.exploration(exploration),
            Event::Coverage(coverage) => self.coverage(coverage),
            // For readers who look at only one of them.
            Event::Responses(_) => Ok(()),
            Event::KnownFailuresLapsed(lapsed) => self.lapsed(lapsed),
            Event::RunAborted { reason } => {
                writeln!(self.writer)?;
                self.conclusion(Conclusion::NotJudged, &body::one_line(reason))
            }
            Event::RunFinished { summary, fail_on } => self.summary(summary, *fail_on),
        }
    }
}

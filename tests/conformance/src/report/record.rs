//! Everything that happened in a run, for the reports that are written at its end.

use std::time::Duration;

use super::outcome::Outcome;
use super::wording::run as wording;
use crate::evidence::body;
use crate::evidence::coverage::Coverage;
use crate::exceptions::known::LapsedFailure;
use crate::explore::Exploration;
use crate::lab::obstacle::Trouble;
use crate::rules::rule::{Level, Rule};
use crate::rules::verdict::Verdict;
use crate::run::conversation::Step;
use crate::run::event::{Event, Responses, RuleResult};
use crate::run::summary::{Conclusion, Summary};

/// What happened in a run.
#[derive(Debug, Default)]
pub struct RunRecord {
    pub(super) target: String,
    pub(super) seed: u64,
    rules: Vec<&'static Rule>,
    /// One for every rule, in order.
    pub(super) results: Vec<RuleResult>,
    pub(super) steps: Vec<Step>,
    /// The result of the exploration, if one was requested.
    pub(super) exploration: Option<Exploration>,
    pub(super) coverage: Vec<Coverage>,
    pub(super) responses: Vec<Responses>,
    pub(super) lapsed: Vec<LapsedFailure>,
    pub(super) summary: Summary,
    /// The lowest level at which a finding counts; none if the run was aborted.
    pub(super) fail_on: Option<Level>,
    /// Why the run was aborted, if it was.
    pub(super) aborted: Option<String>,
}

impl RunRecord {
    /// Records the next event, and returns whether it was the last.
    pub(super) fn take(&mut self, event: &Event) -> bool {
        match event {
            Event::RunStarted { target, seed, rules } => {
                *self = Self { target: target.clone(), seed: *seed, rules: rules.clone(), ..Self::default() };
            }
            Event::RuleFinished(result) => self.results.push(result.clone()),
            Event::ConversationStep(step) => self.steps.push(step.clone()),
            Event::Exploring { .. } => {}
            Event::Explored(exploration) => self.exploration = Some(exploration.clone()),
            Event::Coverage(coverage) => self.coverage.clone_from(coverage),
            Event::Responses(responses) => self.responses.clone_from(responses),
            Event::KnownFailuresLapsed(lapsed) => self.lapsed.clone_from(lapsed),
            Event::RunAborted { reason } => self.abort(reason),
            Event::RunFinished { summary, fail_on } => {
                self.summary = summary.clone();
                self.fail_on = Some(*fail_on);
            }
        }
        matches!(event, Event::RunFinished { .. } | Event::RunAborted { .. })
    }

    /// Records every rule as an error with this reason, so that none is missing from the report.
    fn abort(&mut self, reason: &str) {
        self.aborted = Some(reason.to_owned());
        self.summary = Summary::default();
        self.results.clear();
        self.exploration = None;
        for rule in &self.rules {
            let verdict = Verdict::Error(Trouble::new(reason));
            self.summary.count(rule, &verdict, false);
            self.results.push(RuleResult { rule, verdict, elapsed: Duration::ZERO, known: Vec::new() });
        }
    }

    pub(super) fn conclusion(&self) -> Conclusion {
        // If nothing was judged, the level makes no difference.
        self.summary.conclusion(self.fail_on.unwrap_or(Level::Should))
    }

    /// The conclusion and its reasons, in a line.
    pub(super) fn headline(&self) -> String {
        let reasons = match &self.aborted {
            Some(reason) => body::one_line(reason),
            None => wording::reasons(&self.summary, self.fail_on.unwrap_or(Level::Should)),
        };
        format!("{}: {reasons}", self.conclusion())
    }

    /// The results with this outcome.
    pub(super) fn with(&self, outcome: Outcome) -> impl Iterator<Item = &RuleResult> {
        self.results.iter().filter(move |result| Outcome::of(result) == outcome)
    }
}

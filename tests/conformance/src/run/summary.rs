//! The summary and the conclusion of a run.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::body;
use crate::exit;
use crate::explore::Exploration;
use crate::lab::Need;
use crate::rules::rule::{Level, Rule};
use crate::rules::verdict::Verdict;
use crate::run::conversation::{Step, StepVerdict};

/// Counts by level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// `must` rules.
    pub must: usize,
    /// `should` rules.
    pub should: usize,
}

impl Tally {
    /// Returns the sum of both levels.
    #[must_use]
    pub fn total(self) -> usize {
        self.must + self.should
    }

    /// Returns the count at this level and above.
    #[must_use]
    pub fn from(self, level: Level) -> usize {
        match level {
            Level::Must => self.must,
            Level::Should => self.total(),
        }
    }

    fn count(&mut self, level: Level) {
        match level {
            Level::Must => self.must += 1,
            Level::Should => self.should += 1,
        }
    }
}

/// The results of the rules and of the steps of the conversation, as counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Rules that passed.
    pub passed: Tally,
    /// Rules that failed, without known failures.
    pub failed: Tally,
    /// Rules that failed and that the list of known failures excuses.
    pub known: Tally,
    /// Expired or unused entries of the list of known failures.
    pub lapsed: usize,
    /// Rules that could not be judged.
    pub errors: Tally,
    /// Rules that were skipped: the target lacks a prerequisite.
    pub skipped: Tally,
    /// Whether no session was found at all, so that the target may not be a 0Gate API.
    pub is_nobody: bool,
    /// The missing operation that reads a session, if none could be read.
    pub unread: Option<Need>,
    /// How many essential rules were judged: `cancel-status-201`, or without it the `must` rules of `cancelSession`.
    pub essential: usize,
    /// Whether `cancel-status-201` is one of the rules of the run.
    pub is_success_selected: bool,
    /// Steps of the conversation that passed.
    pub steps_passed: usize,
    /// Steps that failed, without known failures.
    pub steps_failed: usize,
    /// Steps that failed and that the list of known failures excuses.
    pub steps_known: usize,
    /// Steps that could not be judged.
    pub steps_not_judged: usize,
    /// Steps that did not run, because of an earlier step or because the target lacks a prerequisite.
    pub steps_skipped: usize,
    /// How many random sequences were run.
    pub sequences: usize,
    /// What they show, other than what is known to fail.
    pub explored: Tally,
    /// What they show and the list of known failures excuses.
    pub explored_known: usize,
    /// Whether there were fewer of them than were asked for, because the target could not be judged.
    pub is_exploration_cut: bool,
    /// Sessions that the run created and that may still be open: no response showed that they are not.
    pub left_open: Vec<String>,
    /// How many requests of the rules got a response.
    pub exchanges: usize,
    /// How long the run took.
    pub elapsed: Duration,
}

/// The sessions that a run created and that may still be open, if there are any.
pub(crate) fn left_open(ids: &[String]) -> Option<String> {
    let shown: Vec<String> = ids.iter().map(|id| body::one_line(id)).collect();
    (!shown.is_empty()).then(|| format!("sessions of this run that may still be open: {}", shown.join(", ")))
}

/// The conclusion of a run about its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// Everything that counts was judged and passed.
    Conforms,
    /// There is a finding that counts.
    DoesNotConform,
    /// There is no finding that counts, but something that counts could not be judged.
    NotJudged,
}

impl Conclusion {
    /// Returns the matching exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Conforms => exit::CONFORMS,
            Self::DoesNotConform => exit::DOES_NOT_CONFORM,
            Self::NotJudged => exit::NOT_JUDGED,
        }
    }
}

impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conforms => "conforms",
            Self::DoesNotConform => "does not conform",
            Self::NotJudged => "could not be judged",
        })
    }
}

impl Summary {
    pub(crate) fn count(&mut self, rule: &Rule, verdict: &Verdict, known: bool) {
        let tally = match verdict {
            Verdict::Pass { .. } => &mut self.passed,
            Verdict::Fail(_) if known => &mut self.known,
            Verdict::Fail(_) => &mut self.failed,
            Verdict::Error(_) => &mut self.errors,
            Verdict::Skip(_) => &mut self.skipped,
        };
        tally.count(rule.level);
        let is_essential = if self.is_success_selected { rule.essential } else { rule.is_must_of_cancellation() };
        if is_essential && matches!(verdict, Verdict::Pass { .. } | Verdict::Fail(_)) {
            self.essential += 1;
        }
    }

    pub(crate) fn count_step(&mut self, step: &Step, known: bool) {
        match step.verdict {
            StepVerdict::Pass => self.steps_passed += 1,
            StepVerdict::Fail if known => self.steps_known += 1,
            StepVerdict::Fail => self.steps_failed += 1,
            StepVerdict::Error => self.steps_not_judged += 1,
            // The earlier step counts instead.
            StepVerdict::NotTaken | StepVerdict::Skip => self.steps_skipped += 1,
        }
    }

    pub(crate) fn count_explored(&mut self, exploration: &Exploration) {
        self.sequences = exploration.held;
        self.is_exploration_cut = exploration.is_cut();
        self.essential += usize::from(exploration.has_cancelled);
        for found in &exploration.findings {
            match found.known {
                Some(_) => self.explored_known += 1,
                None => self.explored.count(found.check.level),
            }
        }
    }

    /// Returns the number of rules.
    #[must_use]
    pub fn rules(&self) -> usize {
        let Self { passed, failed, known, errors, skipped, .. } = self;
        [passed, failed, known, errors, skipped].into_iter().map(|tally| tally.total()).sum()
    }

    /// Returns the number of steps of the conversation; zero if it did not run.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps_passed + self.steps_failed + self.steps_known + self.steps_not_judged + self.steps_skipped
    }

    /// Returns the conclusion, where rules of `fail_on` and above count.
    ///
    /// The conversation counts like a `should`, since a failure there may be the bindings' fault as well.
    #[must_use]
    pub fn conclusion(&self, fail_on: Level) -> Conclusion {
        let steps = |count: usize| if fail_on == Level::Should { count } else { 0 };
        if (self.failed.from(fail_on) + self.explored.from(fail_on)) > 0
            || steps(self.steps_failed) > 0
            || self.lapsed > 0
        {
            Conclusion::DoesNotConform
        } else if self.is_nobody
            || self.errors.from(fail_on) > 0
            || steps(self.steps_not_judged) > 0
            || self.essential == 0
            || self.is_exploration_cut
        {
            Conclusion::NotJudged
        } else {
            Conclusion::Conforms
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::registry::rule;

    fn sound() -> Summary {
        Summary { passed: Tally { must: 2, should: 1 }, essential: 2, steps_passed: 8, ..Summary::default() }
    }

    #[test]
    fn a_run_without_a_finding_conforms() {
        assert_eq!(sound().conclusion(Level::Must), Conclusion::Conforms);
        assert_eq!(sound().conclusion(Level::Should), Conclusion::Conforms);
    }

    #[test]
    fn a_failed_should_counts_only_when_asked_for() {
        let summary = Summary { failed: Tally { must: 0, should: 1 }, ..sound() };
        assert_eq!(summary.conclusion(Level::Must), Conclusion::Conforms);
        assert_eq!(summary.conclusion(Level::Should), Conclusion::DoesNotConform);
    }

    #[test]
    fn a_finding_outweighs_an_error() {
        let one = Tally { must: 1, should: 0 };
        let summary = Summary { failed: one, errors: one, ..sound() };
        assert_eq!(summary.conclusion(Level::Must), Conclusion::DoesNotConform);
    }

    #[test]
    fn without_any_session_there_is_no_verdict_unless_a_rule_that_counts_failed() {
        let summary = Summary { failed: Tally { must: 0, should: 3 }, is_nobody: true, ..sound() };
        assert_eq!(summary.conclusion(Level::Must), Conclusion::NotJudged);
        assert_eq!(summary.conclusion(Level::Should), Conclusion::DoesNotConform);
        let summary = Summary { failed: Tally { must: 1, should: 0 }, ..summary };
        assert_eq!(summary.conclusion(Level::Must), Conclusion::DoesNotConform);
    }

    #[test]
    fn a_run_with_the_essential_rule_needs_its_judgement() {
        let pass = Verdict::Pass { lacking: Vec::new() };
        let [success, other] = ["cancel-status-201", "cancel-missing-key"].map(|id| rule(id).unwrap());
        for (is_success_selected, judged, conclusion) in [
            (true, other, Conclusion::NotJudged),
            (true, success, Conclusion::Conforms),
            (false, other, Conclusion::Conforms),
        ] {
            let mut summary = Summary { is_success_selected, ..Summary::default() };
            summary.count(judged, &pass, false);
            assert_eq!(summary.conclusion(Level::Must), conclusion, "{}", judged.id);
        }
    }

    #[test]
    fn the_conversation_counts_like_a_should() {
        let summary = Summary { steps_failed: 1, ..sound() };
        assert_eq!(summary.conclusion(Level::Must), Conclusion::Conforms);
        assert_eq!(summary.conclusion(Level::Should), Conclusion::DoesNotConform);
        let summary = Summary { steps_not_judged: 1, ..sound() };
        assert_eq!(summary.conclusion(Level::Must), Conclusion::Conforms);
        assert_eq!(summary.conclusion(Level::Should), Conclusion::NotJudged);
    }

    #[test]
    fn an_error_that_counts_is_not_success() {
        for summary in [
            Summary { errors: Tally { must: 1, should: 0 }, ..sound() },
            Summary { essential: 0, ..sound() },
            Summary::default(),
        ] {
            assert_eq!(summary.conclusion(Level::Must), Conclusion::NotJudged, "{summary:?}");
        }
        let summary = Summary { errors: Tally { must: 0, should: 1 }, ..sound() };
        assert_eq!(summary.conclusion(Level::Must), Conclusion::Conforms);
        assert_eq!(summary.conclusion(Level::Should), Conclusion::NotJudged);
    }
}

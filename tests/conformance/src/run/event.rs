//! The one stream of events that every report is made from.

use std::io;
use std::time::Duration;

use crate::evidence::coverage::Coverage;
use crate::exceptions::known::{KnownFailure, LapsedFailure};
use crate::rules::rule::{Level, Rule};
use crate::rules::verdict::{Finding, Verdict};
use crate::run::conversation::Step;
use crate::run::summary::Summary;

/// Something that a report may tell. Nothing in it holds a secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The first event. Nothing was sent yet.
    RunStarted {
        /// What is judged, and where it is.
        target: String,
        /// What the run draws its accidental values from: the same seed draws the same.
        seed: u64,
        /// The rules that will be judged, in order.
        rules: Vec<&'static Rule>,
    },
    /// A rule was judged.
    RuleFinished(RuleResult),
    /// A step of the conversation was taken.
    ConversationStep(Step),
    /// How much of the contract was seen, kind by kind.
    Coverage(Vec<Coverage>),
    /// Entries of the list of known failures that should not be there any more. Told only if there are any.
    KnownFailuresLapsed(Vec<LapsedFailure>),
    /// Instead of everything after the first event: nothing can be judged, and why.
    RunAborted {
        /// What happened, in a line.
        reason: String,
    },
    /// The last event.
    RunFinished {
        /// What it came to.
        summary: Summary,
        /// The level from which on a finding counts.
        fail_on: Level,
    },
}

/// A rule and what came of judging it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RuleResult {
    /// The rule.
    pub rule: &'static Rule,
    /// What it says of the target.
    pub verdict: Verdict,
    /// How long it took, what it shares with rules before it left out.
    pub elapsed: Duration,
    /// The entries of the list of known failures that excuse something that it found.
    pub known: Vec<KnownFailure>,
}

impl RuleResult {
    /// The entry that excuses a finding.
    #[must_use]
    pub fn excuse(&self, finding: &Finding) -> Option<&KnownFailure> {
        self.known.iter().find(|entry| entry.covers(finding.case.as_deref()))
    }

    /// Whether it failed, and everything that it found is excused.
    #[must_use]
    pub fn is_known(&self) -> bool {
        match &self.verdict {
            Verdict::Fail(findings) => findings.iter().all(|finding| self.excuse(finding).is_some()),
            _ => false,
        }
    }
}

/// A consumer of the events.
pub trait Reporter {
    /// Takes the next event.
    ///
    /// # Errors
    ///
    /// If the report cannot be written. The run then ends, after clearing up.
    fn report(&mut self, event: &Event) -> io::Result<()>;
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        (**self).report(event)
    }
}

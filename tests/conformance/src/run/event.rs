//! The stream of events that every report consumes.

use std::io;
use std::time::Duration;

use crate::evidence::coverage::Coverage;
use crate::exceptions::known::{KnownFailure, LapsedFailure};
use crate::explore::Exploration;
use crate::rules::rule::{Level, Rule};
use crate::rules::verdict::{Finding, Verdict};
use crate::run::conversation::Step;
use crate::run::summary::Summary;
use crate::wire::{Operation, Sent};

/// An event of a run. It contains no secrets.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The first event, before any request is sent.
    RunStarted {
        /// The target and its base URL.
        target: String,
        /// The seed of the run's random values: the same seed gives the same values.
        seed: u64,
        /// The rules that will be judged, in order.
        rules: Vec<&'static Rule>,
    },
    /// A rule was judged.
    RuleFinished(RuleResult),
    /// A step of the conversation ended.
    ConversationStep(Step),
    /// Another one of so many random sequences is over.
    Exploring {
        /// How many are over.
        over: usize,
        /// How many there will be.
        of: usize,
    },
    /// The random sequences are over. Told only if any were asked for.
    Explored(Exploration),
    /// How much of the contract was seen, by kind.
    Coverage(Vec<Coverage>),
    /// The responses to requests that the contract describes, by operation and status, in their order; without those
    /// of the exploration.
    Responses(Vec<Responses>),
    /// Expired or unused entries of the list of known failures. Emitted only if there are any.
    KnownFailuresLapsed(Vec<LapsedFailure>),
    /// Nothing can be judged. This replaces every event after the first.
    RunAborted {
        /// The reason, in a line.
        reason: String,
    },
    /// The last event.
    RunFinished {
        /// The summary of the run.
        summary: Summary,
        /// The lowest level at which a finding counts.
        fail_on: Level,
    },
}

/// A rule and its result.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RuleResult {
    /// The rule.
    pub rule: &'static Rule,
    /// The verdict.
    pub verdict: Verdict,
    /// How long it took, without work shared with earlier rules.
    pub elapsed: Duration,
    /// The known failures that excuse one of its findings.
    pub known: Vec<KnownFailure>,
}

impl RuleResult {
    /// Returns the known failure that excuses a finding.
    #[must_use]
    pub fn excuse(&self, finding: &Finding) -> Option<&KnownFailure> {
        self.known.iter().find(|entry| entry.covers(finding.case.as_deref()))
    }

    /// Whether it failed and every finding is excused.
    #[must_use]
    pub fn is_known(&self) -> bool {
        match &self.verdict {
            Verdict::Fail(findings) => findings.iter().all(|finding| self.excuse(finding).is_some()),
            _ => false,
        }
    }
}

/// The responses of an operation that had the same status.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Responses {
    /// The operation.
    pub operation: Operation,
    /// The status.
    pub status: u16,
    /// How many there were.
    pub count: usize,
    /// The first 20 of them.
    pub first: Vec<Met>,
}

/// A request that got a response.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Met {
    /// What it was sent for.
    pub name: String,
    /// The request.
    pub sent: Sent,
    /// The request id of the response.
    pub request_id: Option<String>,
}

/// A consumer of the events.
pub trait Reporter {
    /// Takes the next event.
    ///
    /// # Errors
    ///
    /// If the report cannot be written. The run then cleans up and ends.
    fn report(&mut self, event: &Event) -> io::Result<()>;
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        (**self).report(event)
    }
}

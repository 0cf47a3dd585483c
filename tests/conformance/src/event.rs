//! The one stream of events that every report is made from.

use std::io;
use std::time::Duration;

use crate::conversation::Step;
use crate::coverage::Coverage;
use crate::rule::{Level, Rule};
use crate::summary::Summary;
use crate::verdict::Verdict;

/// Something that a report may tell. Nothing in it holds a secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The first event. Nothing was sent yet.
    RunStarted {
        /// What is judged, and where it is.
        target: String,
        /// The rules that will be judged, in order.
        rules: Vec<&'static Rule>,
    },
    /// A rule was judged.
    RuleFinished(RuleResult),
    /// A step of the conversation was taken.
    ConversationStep(Step),
    /// How much of the contract was seen, kind by kind.
    Coverage(Vec<Coverage>),
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

//! What comes of judging a rule.

use crate::lab::{Attempt, Need, Obstacle, Trouble};
use crate::wire::{Exchange, ResponseSummary, Sent};

/// What a rule says of a target.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The target keeps the rule, as far as it was looked at.
    Pass {
        /// What was lacking to look at everything.
        lacking: Vec<Need>,
    },
    /// The target breaks the rule. There is at least one finding.
    Fail(Vec<Finding>),
    /// The rule could not be judged: it says why.
    Error(Trouble),
    /// The target cannot supply what the rule needs: it says what.
    Skip(Need),
}

impl Verdict {
    /// The verdict in a word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass { .. } => "pass",
            Self::Fail(_) => "fail",
            Self::Error(_) => "error",
            Self::Skip(_) => "skip",
        }
    }
}

/// One place where a target breaks a rule.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// What the rule demands here.
    pub expected: String,
    /// What was received instead.
    pub received: String,
    /// The request.
    pub sent: Sent,
    /// The response to it; none if that is the finding.
    pub response: Option<ResponseSummary>,
}

impl Finding {
    pub(crate) fn new(expected: impl Into<String>, received: impl Into<String>, exchange: &Exchange) -> Self {
        Self {
            expected: expected.into(),
            received: received.into(),
            sent: exchange.sent.clone(),
            response: Some(exchange.summary()),
        }
    }
}

impl Finding {
    /// The attempt came to something else, or to nothing.
    pub(crate) fn of(expected: impl Into<String>, attempt: &Attempt) -> Self {
        let received = attempt.received();
        match attempt {
            Attempt::Completed(exchange) => Self::new(expected, received, exchange),
            Attempt::Failed(failure) => {
                let received = format!("{received}, each time that it was asked, while other requests were answered");
                Self { expected: expected.into(), received, sent: failure.sent.clone(), response: None }
            }
        }
    }
}

/// What a probe found.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) findings: Vec<Finding>,
    /// What was lacking to look at everything, where the rest was enough to judge.
    pub(crate) lacking: Vec<Need>,
}

impl Judgement {
    /// Nothing to find fault with.
    pub(crate) fn fine() -> Self {
        Self::default()
    }

    /// A finding unless `fine`.
    pub(crate) fn unless(fine: bool, finding: impl FnOnce() -> Finding) -> Self {
        if fine { Self::fine() } else { finding().into() }
    }
}

impl From<Finding> for Judgement {
    fn from(finding: Finding) -> Self {
        vec![finding].into()
    }
}

impl From<Vec<Finding>> for Judgement {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, lacking: Vec::new() }
    }
}

/// What a probe returns.
pub(crate) type Judged = Result<Judgement, Obstacle>;

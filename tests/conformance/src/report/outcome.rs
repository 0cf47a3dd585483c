//! The outcome of a rule or of a step of the conversation, as reports show it.

use crate::explore::{Exploration, Explored};
use crate::rules::verdict::Verdict;
use crate::run::conversation::{Step, StepVerdict};
use crate::run::event::RuleResult;

/// A verdict, with known failures as a separate outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Pass,
    Fail,
    /// It failed, but the list of known failures excuses it.
    Known,
    /// It could not be judged.
    Error,
    Skip,
}

impl Outcome {
    pub(super) fn of(result: &RuleResult) -> Self {
        match &result.verdict {
            _ if result.is_known() => Self::Known,
            Verdict::Pass { .. } => Self::Pass,
            Verdict::Fail(_) => Self::Fail,
            Verdict::Error(_) => Self::Error,
            Verdict::Skip(_) => Self::Skip,
        }
    }

    pub(super) fn of_step(step: &Step) -> Self {
        match step.verdict {
            _ if step.known.is_some() => Self::Known,
            StepVerdict::Pass => Self::Pass,
            StepVerdict::Fail => Self::Fail,
            StepVerdict::Error => Self::Error,
            StepVerdict::NotTaken | StepVerdict::Skip => Self::Skip,
        }
    }

    /// The outcome of the exploration as a whole.
    pub(super) fn of_exploration(exploration: &Exploration) -> Self {
        match exploration {
            Exploration { lacking: Some(_), .. } => Self::Skip,
            Exploration { findings, .. } if findings.iter().any(|found| found.known.is_none()) => Self::Fail,
            Exploration { findings, .. } if !findings.is_empty() => Self::Known,
            exploration if exploration.is_cut() => Self::Error,
            _ => Self::Pass,
        }
    }

    /// The outcome of a finding of a random sequence.
    pub(super) fn of_explored(found: &Explored) -> Self {
        if found.known.is_some() { Self::Known } else { Self::Fail }
    }

    /// The outcome in a word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Known => "known",
            Self::Error => "error",
            Self::Skip => "skip",
        }
    }
}

//! What is asked of every request that is to be refused.

use crate::lab::{Attempt, Observation, Situation};
use crate::rules::verdict::{Finding, Judgement};

/// What the findings of these attempts are told apart by.
pub(super) fn cases_of(situations: &[Situation]) -> Vec<String> {
    situations.iter().filter_map(|situation| situation.case()).collect()
}

/// The attempt was refused with this status.
pub(super) fn with(status: u16, observation: &Observation) -> Judgement {
    let to = format!("to a cancellation {}", observation.words);
    has_status(status, &to, &observation.attempt).in_case(&observation.case)
}

/// The response has this status; none has another one.
pub(super) fn has_status(status: u16, to: &str, attempt: &Attempt) -> Judgement {
    Judgement::unless(attempt.status() == Some(status), || Finding::of(format!("{status} {to}"), attempt))
}

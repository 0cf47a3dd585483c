//! Checks on requests that the server must refuse.

use crate::lab::{Attempt, Observation, Situation};
use crate::rules::verdict::{Finding, Judgement};

/// The cases of these situations.
pub(super) fn cases_of(situations: &[Situation]) -> Vec<String> {
    situations.iter().filter_map(|situation| situation.case()).collect()
}

/// Checks that the attempt was refused with this status.
pub(super) fn with(status: u16, observation: &Observation) -> Judgement {
    let to = format!("for a cancellation {}", observation.words);
    has_status(status, &to, &observation.attempt).in_case(&observation.case)
}

/// Checks that there is a response and that it has this status.
pub(super) fn has_status(status: u16, to: &str, attempt: &Attempt) -> Judgement {
    Judgement::unless(attempt.status() == Some(status), || Finding::of(format!("{status} {to}"), attempt))
}

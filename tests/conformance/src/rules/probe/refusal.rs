//! Checks on requests that the server must refuse.

use crate::lab::{Attempt, Lab, Observation, Refused, refused};
use crate::rules::verdict::{Finding, Judged, Judgement};

/// Checks that the attempt was refused with this status.
pub(super) fn with(status: u16, observation: &Observation) -> Judgement {
    let to = format!("for a cancellation {}", observation.words);
    has_status(status, &to, &observation.attempt).in_case(&observation.case)
}

/// Checks that these requests get a 401. Each has its case, and words that follow "401".
pub(super) async fn unauthorized(lab: &Lab<'_>, requests: [(Refused, &str, &str); 2]) -> Judged {
    let mut judgement = Judgement::fine();
    for (index, (request, case, to)) in requests.into_iter().enumerate() {
        let attempt = refused(lab, request).await?;
        if index == 0 {
            attempt.offered()?;
        }
        let found = has_status(401, to, &attempt);
        judgement.findings.extend(found.in_case(case).findings);
    }
    Ok(judgement)
}

/// Checks that there is a response and that it has this status.
pub(super) fn has_status(status: u16, to: &str, attempt: &Attempt) -> Judgement {
    Judgement::unless(attempt.status() == Some(status), || Finding::of(format!("{status} {to}"), attempt))
}

//! Unknown sessions and another partner's sessions, which must be indistinguishable to a partner.

use std::sync::Arc;

use super::core::Lab;
use super::observation::observe;
use super::obstacle::Obstacle;
use super::sessions::Foreign;
use super::situation::Situation;
use crate::evidence::response_diff::Sample;
use crate::wire::{Credential, Operation, Role};

/// The minimum number of responses of a kind to compare.
const SAMPLES: usize = 3;

/// The responses to requests for sessions that are not the partner's.
pub(crate) struct Strangers {
    /// For unknown ids; two of them for the same id.
    pub(crate) unknown: Vec<Sample>,
    /// For another partner's sessions, each with its case.
    pub(crate) foreign: Vec<(&'static str, Sample)>,
}

/// Requests sessions that are not the partner's; done once.
pub(crate) async fn strangers(lab: &Lab<'_>, operation: Operation) -> Result<Arc<Strangers>, Obstacle> {
    lab.once(operation.id(), ask_all(lab, operation)).await
}

async fn ask_all(lab: &Lab<'_>, operation: Operation) -> Result<Strangers, Obstacle> {
    if operation == Operation::RetrieveSession {
        lab.readable().await?;
    }
    let sessions = lab.foreign_sessions().await?;
    let mut foreign = Vec::new();
    for (number, Foreign { id, case }) in sessions.iter().enumerate() {
        let sample = match operation {
            // The observation reads it with its owner's key.
            Operation::CancelSession => {
                let observation = observe(lab, Situation::Foreign(number)).await?;
                Sample { id: id.clone(), exchange: observation.attempt.exchange()?.clone() }
            }
            _ => sample(lab, operation, id, Credential::Key(Role::Partner)).await?,
        };
        foreign.push((*case, sample));
    }
    // Repeat some if there are few.
    for Foreign { id, case } in sessions.iter().cycle().take(SAMPLES.saturating_sub(sessions.len())) {
        foreign.push((*case, sample(lab, operation, id, Credential::Key(Role::Partner)).await?));
    }
    let mut unknown = Vec::new();
    for (number, Foreign { id, .. }) in sessions.iter().cycle().take(SAMPLES).enumerate() {
        let id = lab.id_like(id, &format!("stranger {number}")).await?;
        let again = if number == 0 { 2 } else { 1 };
        for _ in 0..again {
            unknown.push(sample(lab, operation, &id, Credential::Key(Role::Partner)).await?);
        }
    }
    Ok(Strangers { unknown, foreign })
}

/// Returns the response to a request for a session.
pub(crate) async fn sample(lab: &Lab<'_>, operation: Operation, id: &str, who: Credential) -> Result<Sample, Obstacle> {
    let request = lab.request(operation, id, who)?.called("sample");
    Ok(Sample { id: id.to_owned(), exchange: lab.insist(request).await? })
}

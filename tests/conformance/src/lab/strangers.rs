//! Sessions that nobody has, and sessions that another partner has: a partner is to see the same of both.

use std::sync::Arc;

use super::core::Lab;
use super::observation::observe;
use super::obstacle::Obstacle;
use super::situation::Situation;
use crate::evidence::response_diff::Sample;
use crate::wire::{Credential, Operation, Role};

/// How many responses of a kind are compared at least.
const SAMPLES: usize = 3;

/// What was answered about sessions that are not the partner's.
pub(crate) struct Strangers {
    /// About ids that nobody has; two of them about the same.
    pub(crate) unknown: Vec<Sample>,
    /// About sessions of another partner.
    pub(crate) foreign: Vec<Sample>,
}

/// Asks for sessions that are not the partner's, or remembers what was answered.
pub(crate) async fn strangers(lab: &Lab<'_>, operation: Operation) -> Result<Arc<Strangers>, Obstacle> {
    lab.once(operation.id(), ask_all(lab, operation)).await
}

async fn ask_all(lab: &Lab<'_>, operation: Operation) -> Result<Strangers, Obstacle> {
    let ids = lab.foreign_sessions().await?;
    let mut foreign = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        foreign.push(match operation {
            // It is cancelled under the eyes of its owner.
            Operation::CancelSession => {
                let observation = observe(lab, Situation::Foreign(number)).await?;
                Sample { id: id.clone(), exchange: observation.attempt.exchange()?.clone() }
            }
            _ => sample(lab, operation, id, Credential::Key(Role::Partner)).await?,
        });
    }
    // The first of each again, where there are few.
    for id in ids.iter().cycle().take(SAMPLES.saturating_sub(ids.len())) {
        foreign.push(sample(lab, operation, id, Credential::Key(Role::Partner)).await?);
    }
    let mut unknown = Vec::new();
    for (number, id) in ids.iter().cycle().take(SAMPLES).enumerate() {
        let id = lab.id_like(id, &format!("stranger {number}")).await?;
        let again = if number == 0 { 2 } else { 1 };
        for _ in 0..again {
            unknown.push(sample(lab, operation, &id, Credential::Key(Role::Partner)).await?);
        }
    }
    Ok(Strangers { unknown, foreign })
}

/// What is answered to a request about a session.
pub(crate) async fn sample(lab: &Lab<'_>, operation: Operation, id: &str, who: Credential) -> Result<Sample, Obstacle> {
    let request = lab.request(operation, id, who)?.called("sample");
    Ok(Sample { id: id.to_owned(), exchange: lab.insist(request).await? })
}

//! The error responses of a run, including those that the suite provokes.

use std::sync::Arc;

use super::attempt::{Attempt, offered};
use super::call_log::LoggedResponse;
use super::core::Lab;
use super::observation::observe_all;
use super::obstacle::{Need, Obstacle, Trouble};
use super::refusals::{Refused, refused};
use super::situation::{self, Situation};
use super::strangers::strangers;
use super::target::State;
use crate::wire::{Exchange, Operation};

/// The statuses that only the target's fixtures can provoke.
const PROVOKED: [u16; 3] = [429, 500, 503];

/// The statuses that are cases of findings on errors.
pub(crate) const ERROR_STATUSES: [u16; 13] = [400, 401, 403, 404, 405, 409, 415, 422, 429, 500, 502, 503, 504];

/// The error responses that the rules on errors judge.
pub(crate) struct ErrorResponses {
    pub(crate) responses: Vec<Arc<Exchange>>,
    /// The statuses that could not be provoked, as needs.
    pub(crate) lacking: Vec<Need>,
    /// Why a response that every target can give is missing.
    pub(crate) trouble: Option<Trouble>,
}

/// Provokes the errors of every operation, and collects all error responses so far.
///
/// The rules that use this are judged last, so it is complete.
pub(crate) async fn error_responses(lab: &Lab<'_>) -> Result<Arc<ErrorResponses>, Obstacle> {
    lab.once("errors", collect_errors(lab)).await
}

async fn collect_errors(lab: &Lab<'_>) -> Result<ErrorResponses, Obstacle> {
    let mut lacking = Vec::new();
    let mut trouble = None;
    let situations = error_situations();
    for (observation, situation) in observe_all(lab, &situations).await.into_iter().zip(situations) {
        match (observation, situation) {
            (Ok(observation), Situation::Provoked(status)) if observation.attempt.status() != Some(status) => {
                let what = format!("the suite provoked a {status}, but received {}", observation.attempt.received());
                trouble = trouble.or(Some(Trouble::at(what, observation.attempt.sent())));
            }
            // Other situations have the same status, and every target can supply those.
            (Err(Obstacle::Lack(need @ Need::Provocation(_))), _) => lacking.push(need),
            (Ok(_) | Err(Obstacle::Lack(_)), _) => {}
            (Err(Obstacle::Trouble(found)), _) => trouble = trouble.or(Some(*found)),
        }
    }
    trouble = trouble.or(collect_refusals(lab).await);
    let mut responses = lab.log.errors();
    // An operation that does not exist has no errors.
    let lacks_retrieval = matches!(lab.readable().await, Err(Obstacle::Lack(_)));
    responses.retain(|response| {
        let is_retrieval = response.sent.operation == Operation::RetrieveSession;
        offered(response).is_ok() && !(lacks_retrieval && is_retrieval)
    });
    Ok(ErrorResponses { responses, lacking, trouble })
}

/// Provokes the errors of the other operations, and returns what went wrong.
async fn collect_refusals(lab: &Lab<'_>) -> Option<Trouble> {
    let mut trouble = None;
    for request in Refused::ALL {
        let attempt = refused(lab, request).await;
        if let Err(Obstacle::Trouble(found)) = attempt.as_deref().map_err(Clone::clone).and_then(Attempt::exchange) {
            trouble = trouble.or(Some(*found));
        }
    }
    // Not every target has foreign sessions, and there are enough errors without them.
    match strangers(lab, Operation::RetrieveSession).await {
        Err(Obstacle::Trouble(found)) => trouble.or(Some(*found)),
        _ => trouble,
    }
}

fn error_situations() -> Vec<Situation> {
    let states = State::ALL.map(Situation::Terminal);
    let others = [Situation::Again, Situation::Unknown, Situation::Foreign(0)];
    let provoked = PROVOKED.map(Situation::Provoked);
    states.into_iter().chain(others).chain(situation::unauthorized()).chain(provoked).collect()
}

/// Every response of the run, after the errors were provoked.
pub(crate) async fn met(lab: &Lab<'_>) -> Vec<LoggedResponse> {
    // Other rules judge the result.
    let _ = error_responses(lab).await;
    lab.log.met()
}

//! Every error answer that the target can be brought to give, and those that it gave by itself.

use std::sync::Arc;

use super::Lab;
use super::refusals::Refused;
use super::situation::{self, Situation};
use super::trial::Attempt;
use crate::lab::target::State;
use crate::rules::verdict::{Need, Obstacle, Trouble};
use crate::wire::exchange::Exchange;
use crate::wire::operation::Operation;

/// The statuses that only a target's own means can provoke.
const PROVOKED: [u16; 3] = [429, 500, 503];

/// What the rules on errors are judged by.
pub(crate) struct ErrorAnswers {
    pub(crate) answers: Vec<Arc<Exchange>>,
    /// The statuses that could not be provoked, as needs.
    pub(crate) lacking: Vec<Need>,
    /// What went wrong on the way to an answer that every target can give.
    pub(crate) trouble: Option<Trouble>,
}

impl Lab<'_> {
    /// Brings about the errors of every operation, and collects all that were met so far.
    ///
    /// Who asks is judged last, so that those are all there will be.
    pub(crate) async fn error_answers(&self) -> Result<Arc<ErrorAnswers>, Obstacle> {
        self.errors.get("errors", self.collect_errors()).await
    }

    async fn collect_errors(&self) -> Result<ErrorAnswers, Obstacle> {
        let mut lacking = Vec::new();
        let mut trouble = None;
        let situations = error_situations();
        for (observation, situation) in self.observations(&situations).await.into_iter().zip(situations) {
            match (observation, situation) {
                (Ok(observation), Situation::Provoked(status)) if observation.attempt.status() != Some(status) => {
                    let what = format!("a {status} was provoked, and {} came", observation.attempt.received());
                    trouble = trouble.or(Some(Trouble::at(what, observation.attempt.sent())));
                }
                // Another situation is answered with the same status, and every target can supply that.
                (Err(Obstacle::Lack(need @ Need::Provocation(_))), _) => lacking.push(need),
                (Ok(_) | Err(Obstacle::Lack(_)), _) => {}
                (Err(Obstacle::Trouble(found)), _) => trouble = trouble.or(Some(*found)),
            }
        }
        trouble = trouble.or(self.collect_refusals().await);
        let mut answers: Vec<Arc<Exchange>> = self.lock().errors.values().flatten().cloned().collect();
        answers.retain(|answer| !is_of_nobody(answer));
        // Not in the order in which they came, which is an accident.
        answers.sort_by_key(|answer| {
            let Exchange { sent, response, name, .. } = &**answer;
            // Of two, the one of cancelSession is shown.
            (std::cmp::Reverse(sent.operation), response.status, name.clone())
        });
        Ok(ErrorAnswers { answers, lacking, trouble })
    }

    /// Brings about the errors of the other operations, and says what went wrong.
    async fn collect_refusals(&self) -> Option<Trouble> {
        let mut trouble = None;
        for refused in Refused::ALL {
            let attempt = self.refused(refused).await;
            if let Err(Obstacle::Trouble(found)) = attempt.as_deref().map_err(Clone::clone).and_then(Attempt::exchange)
            {
                trouble = trouble.or(Some(*found));
            }
        }
        // Not every target has foreign sessions to supply, and there are errors enough without them.
        match self.strangers(Operation::RetrieveSession).await {
            Err(Obstacle::Trouble(found)) => trouble.or(Some(*found)),
            _ => trouble,
        }
    }
}

fn error_situations() -> Vec<Situation> {
    let states = [State::Completed, State::Expired, State::Cancelled].map(Situation::Terminal);
    let others = [Situation::Again, Situation::Unknown, Situation::Foreign(0)];
    let provoked = PROVOKED.map(Situation::Provoked);
    states.into_iter().chain(others).chain(situation::unauthorized()).chain(provoked).collect()
}

/// Whether an answer says that there is no such operation: it is not one of the operation's own, and a target need not
/// have the other operations.
fn is_of_nobody(answer: &Exchange) -> bool {
    let is_optional = matches!(answer.sent.operation, Operation::CreateSession | Operation::ListSessions);
    is_optional && matches!(answer.response.status, 404 | 405 | 501)
}

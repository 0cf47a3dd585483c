//! Every error answer that the target can be brought to give, and those that it gave by itself.

use std::sync::Arc;

use super::Stage;
use super::situation::{self, Situation};
use crate::exchange::Exchange;
use crate::target::State;
use crate::verdict::{Need, Obstacle, Trouble};

/// The statuses that only a target's own means can provoke.
pub(crate) const PROVOKED: [u16; 3] = [429, 500, 503];

/// What the rules on errors are judged by.
pub(crate) struct ErrorAnswers {
    pub(crate) answers: Vec<Arc<Exchange>>,
    /// The statuses that could not be provoked, as needs.
    pub(crate) lacking: Vec<Need>,
    /// What went wrong on the way to an answer that every target can give.
    pub(crate) trouble: Option<Trouble>,
}

impl Stage<'_> {
    /// Brings about the errors of cancelSession, and collects all that were met so far.
    ///
    /// Who asks is judged last, so that those are all there will be.
    pub(crate) async fn error_answers(&self) -> Result<Arc<ErrorAnswers>, Obstacle> {
        self.errors.get("errors", self.collect_errors()).await
    }

    async fn collect_errors(&self) -> Result<ErrorAnswers, Obstacle> {
        let mut lacking = Vec::new();
        let mut trouble = None;
        let situations = error_situations();
        for (scene, situation) in self.scenes(&situations).await.into_iter().zip(situations) {
            match (scene, situation) {
                (Ok(scene), Situation::Provoked(status)) if scene.attempt.status() != Some(status) => {
                    let what = format!("a {status} was provoked, and {} came", scene.attempt.received());
                    trouble = trouble.or(Some(Trouble::at(what, scene.attempt.sent())));
                }
                // Another situation is answered with the same status, and every target can supply that.
                (Err(Obstacle::Lack(need @ Need::Provocation(_))), _) => lacking.push(need),
                (Ok(_) | Err(Obstacle::Lack(_)), _) => {}
                (Err(Obstacle::Trouble(found)), _) => trouble = trouble.or(Some(*found)),
            }
        }
        let mut answers: Vec<Arc<Exchange>> = self.lock().errors.values().flatten().cloned().collect();
        // Not in the order in which they came, which is an accident.
        answers.sort_by_key(|answer| (answer.sent.operation, answer.response.status, answer.name.clone()));
        Ok(ErrorAnswers { answers, lacking, trouble })
    }
}

fn error_situations() -> Vec<Situation> {
    let states = [State::Completed, State::Expired, State::Cancelled].map(Situation::Terminal);
    let others = [Situation::Again, Situation::Unknown, Situation::Foreign(0)];
    let provoked = PROVOKED.map(Situation::Provoked);
    states.into_iter().chain(others).chain(situation::unauthorized()).chain(provoked).collect()
}

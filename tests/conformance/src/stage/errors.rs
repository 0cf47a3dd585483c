//! Every error answer of cancelSession that the target can be brought to give.

use std::sync::Arc;

use super::scene::Situation;
use super::{Stage, once};
use crate::exchange::{Credential, Exchange};
use crate::operation::Operation;
use crate::secrets::Role;
use crate::verdict::{Need, Obstacle, Trouble};

/// The statuses that only a target's own means can provoke.
const PROVOKED: [u16; 3] = [429, 500, 503];

/// What the rules on errors are judged by.
#[derive(Default)]
pub(crate) struct ErrorAnswers {
    pub(crate) answers: Vec<Arc<Exchange>>,
    /// The statuses that could not be provoked, as needs.
    pub(crate) lacking: Vec<Need>,
    /// What went wrong on the way to an answer that every target can give.
    pub(crate) trouble: Option<Trouble>,
}

impl Stage<'_> {
    /// Collects the error answers, or remembers them.
    pub(crate) async fn error_answers(&self) -> Result<Arc<ErrorAnswers>, Obstacle> {
        once(&self.errors, async {
            let mut errors = ErrorAnswers::default();
            for situation in Situation::ALL.into_iter().filter(|situation| *situation != Situation::Open) {
                match self.scene(situation).await {
                    Ok(scene) => errors.add(Ok(scene.cancel.clone())),
                    // Another situation is answered with the same status, and every target can supply that.
                    Err(Obstacle::Lack(_)) => {}
                    Err(trouble) => errors.add(Err(trouble)),
                }
            }
            for status in PROVOKED {
                errors.add(self.provoked(status).await);
            }
            Ok(errors)
        })
        .await
    }

    /// Makes the target answer a cancellation with this status.
    async fn provoked(&self, status: u16) -> Result<Arc<Exchange>, Obstacle> {
        // Asked for twice, so that no session is made for nothing.
        drop(self.target.provoke(status)?);
        let id = self.open_session().await?;
        let _provocation = self.target.provoke(status)?;
        let answer = self.call(Operation::CancelSession, &id, Credential::Key(Role::Partner)).await?;
        if answer.response.status == status {
            Ok(answer)
        } else {
            let what = format!("a {status} was provoked, and {} answered", answer.response.status);
            Err(Trouble::at(what, &answer.sent).into())
        }
    }
}

impl ErrorAnswers {
    fn add(&mut self, answer: Result<Arc<Exchange>, Obstacle>) {
        match answer {
            Ok(answer) if answer.response.status >= 400 => self.answers.push(answer),
            // That it is no error is for another rule to say.
            Ok(_) => {}
            Err(Obstacle::Lack(need)) => self.lacking.push(need),
            Err(Obstacle::Trouble(trouble)) => self.trouble = self.trouble.take().or(Some(*trouble)),
        }
    }
}

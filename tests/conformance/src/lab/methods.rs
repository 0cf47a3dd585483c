//! The path of a cancellation, asked with other methods.

use super::Lab;
use super::session::{Contents, Opened};
use super::trial::Attempt;
use super::watch::Watched;
use crate::rules::verdict::Obstacle;
use crate::wire::exchange::{Credential, Request};
use crate::wire::operation::Operation;
use crate::wire::secrets::Role;

/// The methods that an application may have something behind.
const WRONG: [&str; 6] = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];

/// A request with a wrong method, and the session that its path names.
pub(crate) struct Misused {
    pub(crate) attempt: Attempt,
    pub(crate) session: Watched,
}

impl Lab<'_> {
    /// Asks the path of a cancellation with every wrong method, each of an open session.
    pub(crate) async fn misuse(&self) -> Result<Vec<Misused>, Obstacle> {
        let restless = self.restless_fields().await;
        let mut misused = Vec::new();
        let mut idle = None;
        for method in WRONG {
            let eyed = match idle.take() {
                Some(eyed) => eyed,
                None => {
                    let Opened { id, .. } = self.open_session("wrong-method", Contents::Plain).await?;
                    self.eye("the session", id, Role::Partner).await?
                }
            };
            let request = self.request(Operation::CancelSession, &eyed.id, Credential::Key(Role::Partner))?;
            let request = Request { method, ..request.called(method).irregular() };
            let attempt = self.tested(request).await?;
            let session = self.watched(&eyed).await?;
            if !session.is_changed(&restless) {
                // As it is now, it is what the next method finds.
                idle = Some(eyed.again(&session));
            }
            misused.push(Misused { attempt, session });
        }
        if let Some(eyed) = idle {
            self.give_back(&eyed.id);
        }
        Ok(misused)
    }
}

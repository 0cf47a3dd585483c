//! Requests to the path of a cancellation with other methods.

use super::attempt::Attempt;
use super::contents::Contents;
use super::core::Lab;
use super::obstacle::Obstacle;
use super::reading::restless_fields;
use super::sessions::Opened;
use super::watch::{Eyed, Watched};
use crate::wire::{Operation, Request, Role};

/// The methods that an application may implement.
pub(crate) const WRONG: [&str; 6] = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];

/// A request with a wrong method, and the session that its path names.
pub(crate) struct Misused {
    pub(crate) attempt: Attempt,
    pub(crate) session: Watched,
}

/// Sends every wrong method to the path of a cancellation, each for an open session.
pub(crate) async fn misuse(lab: &Lab<'_>) -> Result<Vec<Misused>, Obstacle> {
    let restless = restless_fields(lab).await;
    let mut misused = Vec::new();
    let mut idle = None;
    for method in WRONG {
        let eyed = match idle.take() {
            Some(eyed) => eyed,
            None => {
                let Opened { id, .. } = lab.open_session("wrong-method", Contents::Plain).await?;
                Eyed::begin(lab, "the session", id, Role::Partner).await?
            }
        };
        let request = lab.own_request(Operation::CancelSession, &eyed.id)?;
        let request = Request { method, ..request.called(method).irregular() };
        let attempt = lab.tested(request).await?;
        let session = eyed.look_again(lab).await?;
        if !session.is_changed(&restless) {
            // Reuse the unchanged session for the next method.
            idle = Some(eyed.again(&session));
        }
        misused.push(Misused { attempt, session });
    }
    if let Some(eyed) = idle {
        lab.sessions.give_back(&eyed.id);
    }
    Ok(misused)
}

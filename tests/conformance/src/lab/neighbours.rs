//! A cancellation with other sessions around.

use std::sync::Arc;

use super::contents::Contents;
use super::core::Lab;
use super::obstacle::{Need, Obstacle};
use super::reading::one_that_is;
use super::sessions::{Opened, unusable};
use super::situation::Situation;
use super::target::State;
use super::watch::{Eyed, Watched};
use crate::wire::{Exchange, Role};

/// A cancellation, and what became of the sessions around.
pub(crate) struct Neighbours {
    /// The cancellation.
    pub(crate) cancellation: Arc<Exchange>,
    /// The sessions that it was not for.
    pub(crate) watched: Vec<Watched>,
    /// The partner's own sessions of this observation, the cancelled one among them.
    pub(crate) own: Vec<String>,
    /// What could not be watched.
    pub(crate) lacking: Vec<Need>,
}

/// How many sessions of a kind are watched at most: one of each state.
const MOST: usize = 4;

/// Cancels a session and watches others, or remembers it.
///
/// It is the first cancellation of a run: whom others' cancellations also concern may be gone after them.
pub(crate) async fn neighbours(lab: &Lab<'_>) -> Result<Arc<Neighbours>, Obstacle> {
    lab.once("neighbours", cancel_among(lab)).await
}

async fn cancel_among(lab: &Lab<'_>) -> Result<Neighbours, Obstacle> {
    let mut lacking = Vec::new();
    let older = neighbour(lab, "a session that was created before it", "neighbour", &mut lacking).await?;
    let Opened { id, .. } = lab.open_session("cancelled-neighbour", Contents::Plain).await?;
    // The same name draws the same contents: reference, amount, and all the rest.
    let twin =
        neighbour(lab, "a session that was created after it, alike", "cancelled-neighbour", &mut lacking).await?;
    let opened: Vec<Eyed> = [older, twin].into_iter().flatten().collect();
    let own = opened.iter().map(|eyed| eyed.id.clone()).chain([id.clone()]).collect();

    let mut supplied = idle_neighbours(lab).await;
    for found in [completed_neighbour(lab).await.map(|eyed| vec![eyed]), foreign_neighbours(lab).await] {
        match found {
            Ok(eyed) => supplied.extend(eyed),
            Err(Obstacle::Lack(need)) => lacking.push(need),
            Err(trouble) => return Err(trouble),
        }
    }

    let cancellation = lab.insist(lab.attempt(Situation::Open, &id)?).await?;
    // A response that was lost may have been the success.
    if !cancellation.response.is_success() && cancellation.response.status != 409 {
        return Err(unusable("a cancelled session is needed", &cancellation));
    }
    lab.sessions.forget(&id);
    let mut watched = Vec::new();
    for eyed in opened.iter().chain(&supplied) {
        watched.push(eyed.look_again(lab).await?);
    }
    // One that was supplied would be cancelled by somebody else, while the list is looked at.
    for eyed in opened.iter().filter(|_| lab.sessions.cannot_create().is_none()) {
        lab.sessions.give_back(&eyed.id);
    }
    match lacking.first() {
        Some(need) if watched.is_empty() => Err(need.clone().into()),
        _ => Ok(Neighbours { cancellation, watched, own, lacking }),
    }
}

/// An open session that is to stay so.
async fn neighbour(
    lab: &Lab<'_>,
    words: &'static str,
    name: &str,
    lacking: &mut Vec<Need>,
) -> Result<Option<Eyed>, Obstacle> {
    match lab.open_session(name, Contents::Plain).await {
        Ok(Opened { id, .. }) => Eyed::begin(lab, words, id, Role::Partner).await.map(Some),
        Err(Obstacle::Lack(need)) => {
            lacking.push(need);
            Ok(None)
        }
        Err(trouble) => Err(trouble),
    }
}

async fn completed_neighbour(lab: &Lab<'_>) -> Result<Eyed, Obstacle> {
    let id = one_that_is(lab, State::Completed, lab.target.terminal(State::Completed)?).await?;
    Eyed::begin(lab, "a completed session", id, Role::Partner).await
}

/// Open sessions that were supplied and that nobody takes, because others can be created: they may be the oldest.
async fn idle_neighbours(lab: &Lab<'_>) -> Vec<Eyed> {
    let mut eyed = Vec::new();
    if lab.sessions.cannot_create().is_none() {
        for id in lab.target.open().iter().take(MOST) {
            // One that is not there any more is missed by nobody: others are created.
            eyed.extend(Eyed::begin(lab, "an older session that was supplied", id.clone(), Role::Partner).await.ok());
        }
    }
    eyed
}

async fn foreign_neighbours(lab: &Lab<'_>) -> Result<Vec<Eyed>, Obstacle> {
    let ids = lab.foreign_sessions().await?;
    let mut eyed = Vec::new();
    for id in ids.iter().take(MOST) {
        eyed.push(Eyed::begin(lab, "another partner's session", id.clone(), Role::OtherPartner).await?);
    }
    if eyed.is_empty() { Err(Need::ForeignSession.into()) } else { Ok(eyed) }
}

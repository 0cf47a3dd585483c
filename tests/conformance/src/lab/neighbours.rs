//! A cancellation while other sessions are watched.

use std::sync::Arc;

use super::contents::Contents;
use super::core::Lab;
use super::obstacle::{Need, Obstacle, or_lacking};
use super::reading::one_that_is;
use super::sessions::{Foreign, Opened};
use super::target::State;
use super::watch::{Eyed, Watched};
use crate::wire::{Exchange, Role};

/// A cancellation, and the state of other sessions before and after it.
pub(crate) struct Neighbours {
    /// The cancellation.
    pub(crate) cancellation: Arc<Exchange>,
    /// The other sessions, each with the case of findings about it.
    pub(crate) watched: Vec<(&'static str, Watched)>,
    /// The partner's own sessions of this observation, including the cancelled one.
    pub(crate) own: Vec<String>,
    /// Those of them that were supplied and are still open.
    kept: Vec<String>,
    /// Missing prerequisites: what could not be watched.
    pub(crate) lacking: Vec<Need>,
}

/// A kind of session to watch.
#[derive(Clone, Copy)]
pub(crate) struct Neighbour {
    /// The case of findings about it.
    pub(crate) case: &'static str,
    /// A description of the session.
    pub(crate) words: &'static str,
}

impl Neighbour {
    /// Starts to watch such a session; returns it with the case of findings about it.
    async fn watch(self, lab: &Lab<'_>, id: String, role: Role) -> Result<(&'static str, Eyed), Obstacle> {
        Ok((self.case, Eyed::begin(lab, self.words, id, role).await?))
    }
}

const EARLIER: Neighbour = Neighbour { case: "earlier", words: "a session created earlier" };
const IDENTICAL: Neighbour = Neighbour { case: "identical", words: "an identical session created later" };
const OLDER: Neighbour = Neighbour { case: "older", words: "an older supplied session" };
const COMPLETED: Neighbour = Neighbour { case: "completed", words: "a completed session" };
const FOREIGN: Neighbour = Neighbour { case: "foreign", words: "another partner's session" };

/// Every kind of session to watch.
pub(crate) const NEIGHBOURS: [Neighbour; 5] = [EARLIER, IDENTICAL, OLDER, COMPLETED, FOREIGN];

/// The maximum number of sessions of a kind to watch: one of each state.
const MOST: usize = 4;

/// Cancels a session and watches others; done once.
///
/// This is the first cancellation of a run, so no earlier one has changed the watched sessions.
pub(crate) async fn neighbours(lab: &Lab<'_>) -> Result<Arc<Neighbours>, Obstacle> {
    lab.once("neighbours", async {
        let mut taken = Vec::new();
        let neighbours = cancel_among(lab, &mut taken).await;
        if neighbours.is_err() {
            taken.iter().for_each(|id| lab.sessions.untake(id));
        }
        neighbours
    })
    .await
}

/// Adds every session that it takes to `taken`.
async fn cancel_among(lab: &Lab<'_>, taken: &mut Vec<String>) -> Result<Neighbours, Obstacle> {
    lab.readable().await?;
    let mut lacking = Vec::new();
    let older = or_lacking(opened(lab, EARLIER, "neighbour").await, &mut lacking)?;
    taken.extend(older.iter().map(|(_, eyed)| eyed.id.clone()));
    let Opened { id, .. } = lab.open_session("cancelled-neighbour", Contents::Plain).await?;
    taken.push(id.clone());
    // The same name draws the same contents: reference, amount, and everything else.
    let twin = or_lacking(opened(lab, IDENTICAL, "cancelled-neighbour").await, &mut lacking)?;
    taken.extend(twin.iter().map(|(_, eyed)| eyed.id.clone()));
    let opened: Vec<(&str, Eyed)> = [older, twin].into_iter().flatten().collect();
    let own = taken.clone();

    let mut supplied = idle_neighbours(lab).await;
    for found in [completed_neighbour(lab).await.map(|eyed| vec![eyed]), foreign_neighbours(lab).await] {
        supplied.extend(or_lacking(found, &mut lacking)?.into_iter().flatten());
    }

    taken.retain(|taken| *taken != id);
    let cancellation = lab.cancel(&id).await?;
    let mut watched = Vec::new();
    let mut kept = Vec::new();
    for (case, eyed) in opened.iter().chain(&supplied) {
        watched.push((*case, eyed.look_again(lab).await?));
    }
    for ((_, eyed), (_, watched)) in opened.iter().zip(&watched) {
        if eyed.created.is_some() {
            lab.sessions.give_back(&eyed.id);
        } else if watched.is_open() {
            kept.push(eyed.id.clone());
        }
    }
    match lacking.first() {
        Some(need) if watched.is_empty() => Err(need.clone().into()),
        _ => Ok(Neighbours { cancellation, watched, own, kept, lacking }),
    }
}

impl Neighbours {
    /// Returns the supplied sessions, once they are listed: another rule may cancel them.
    pub(super) fn release(&self, lab: &Lab<'_>) {
        self.kept.iter().for_each(|id| lab.sessions.give_back(id));
    }
}

/// An open session that must stay open.
async fn opened(lab: &Lab<'_>, kind: Neighbour, name: &str) -> Result<(&'static str, Eyed), Obstacle> {
    Ok((kind.case, Eyed::open(lab, kind.words, name).await?))
}

async fn completed_neighbour(lab: &Lab<'_>) -> Result<(&'static str, Eyed), Obstacle> {
    let id = one_that_is(lab, State::Completed, lab.target.terminal(State::Completed)?).await?;
    COMPLETED.watch(lab, id, Role::Partner).await
}

/// Supplied open sessions that no rule uses, because others can be created. They may be the oldest.
async fn idle_neighbours(lab: &Lab<'_>) -> Vec<(&'static str, Eyed)> {
    let mut eyed = Vec::new();
    if lab.sessions.cannot_create().is_none() {
        for id in lab.target.open().iter().take(MOST) {
            // Ignore one that no longer exists.
            eyed.extend(OLDER.watch(lab, id.clone(), Role::Partner).await.ok());
        }
    }
    eyed
}

async fn foreign_neighbours(lab: &Lab<'_>) -> Result<Vec<(&'static str, Eyed)>, Obstacle> {
    let foreign = lab.foreign_sessions().await?;
    let mut eyed = Vec::new();
    for Foreign { id, .. } in foreign.iter().take(MOST) {
        eyed.push(FOREIGN.watch(lab, id.clone(), Role::OtherPartner).await?);
    }
    if eyed.is_empty() { Err(Need::ForeignSession.into()) } else { Ok(eyed) }
}

//! A cancellation with other sessions around.

use std::sync::Arc;

use super::Lab;
use super::session::{Contents, Opened, unusable};
use super::situation::Situation;
use super::watch::{Eyed, Watched};
use crate::lab::target::State;
use crate::rules::verdict::{Need, Obstacle};
use crate::wire::exchange::Exchange;
use crate::wire::secrets::Role;

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

impl Lab<'_> {
    /// Cancels a session and watches others, or remembers it.
    ///
    /// It is the first cancellation of a run: whom others' cancellations also concern may be gone after them.
    pub(crate) async fn neighbours(&self) -> Result<Arc<Neighbours>, Obstacle> {
        self.neighbours.get("neighbours", self.play_neighbours()).await
    }

    async fn play_neighbours(&self) -> Result<Neighbours, Obstacle> {
        let mut lacking = Vec::new();
        let older = self.neighbour("a session that was created before it", "neighbour", &mut lacking).await?;
        let Opened { id, .. } = self.open_session("cancelled-neighbour", Contents::Plain).await?;
        // The same name draws the same contents: reference, amount, and all the rest.
        let twin =
            self.neighbour("a session that was created after it, alike", "cancelled-neighbour", &mut lacking).await?;
        let opened: Vec<Eyed> = [older, twin].into_iter().flatten().collect();
        let own = opened.iter().map(|eyed| eyed.id.clone()).chain([id.clone()]).collect();

        let mut supplied = self.idle_neighbours().await;
        for found in [self.completed_neighbour().await.map(|eyed| vec![eyed]), self.foreign_neighbours().await] {
            match found {
                Ok(eyed) => supplied.extend(eyed),
                Err(Obstacle::Lack(need)) => lacking.push(need),
                Err(trouble) => return Err(trouble),
            }
        }

        let cancellation = self.insist(self.attempt(Situation::Open, &id)?).await?;
        // An answer that was lost may have been the success.
        if !cancellation.response.is_success() && cancellation.response.status != 409 {
            return Err(unusable("a cancelled session is needed", &cancellation));
        }
        self.forget(&id);
        let mut watched = Vec::new();
        for eyed in opened.iter().chain(&supplied) {
            watched.push(self.watched(eyed).await?);
        }
        // One that was supplied would be cancelled by somebody else, while the list is looked at.
        for eyed in opened.iter().filter(|_| self.cannot_create().is_none()) {
            self.give_back(&eyed.id);
        }
        match lacking.first() {
            Some(need) if watched.is_empty() => Err(need.clone().into()),
            _ => Ok(Neighbours { cancellation, watched, own, lacking }),
        }
    }

    /// An open session that is to stay so.
    async fn neighbour(
        &self,
        words: &'static str,
        name: &str,
        lacking: &mut Vec<Need>,
    ) -> Result<Option<Eyed>, Obstacle> {
        match self.open_session(name, Contents::Plain).await {
            Ok(Opened { id, .. }) => self.eye(words, id, Role::Partner).await.map(Some),
            Err(Obstacle::Lack(need)) => {
                lacking.push(need);
                Ok(None)
            }
            Err(trouble) => Err(trouble),
        }
    }

    async fn completed_neighbour(&self) -> Result<Eyed, Obstacle> {
        let id = self.one_that_is(State::Completed, self.target().terminal(State::Completed)?).await?;
        self.eye("a completed session", id, Role::Partner).await
    }

    /// Open sessions that were supplied and that nobody takes, because others can be created: they may be the oldest.
    async fn idle_neighbours(&self) -> Vec<Eyed> {
        let mut eyed = Vec::new();
        if self.cannot_create().is_none() {
            for id in self.target().open().iter().take(MOST) {
                // One that is not there any more is missed by nobody: others are created.
                eyed.extend(self.eye("an older session that was supplied", id.clone(), Role::Partner).await.ok());
            }
        }
        eyed
    }

    async fn foreign_neighbours(&self) -> Result<Vec<Eyed>, Obstacle> {
        let ids = self.foreign_sessions().await?;
        let mut eyed = Vec::new();
        for id in ids.iter().take(MOST) {
            eyed.push(self.eye("another partner's session", id.clone(), Role::OtherPartner).await?);
        }
        if eyed.is_empty() { Err(Need::ForeignSession.into()) } else { Ok(eyed) }
    }
}

//! The observations: an attempt to cancel, watched before and after.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;

use super::Lab;
use super::session::{Contents, Look, Opened, session, usable};
use super::situation::Situation;
use super::trial::{Attempt, Next};
use serde_json::Value;

use crate::evidence::body;
use crate::evidence::contract::CONTRACT;
use crate::lab::target::State;
use crate::rules::verdict::{Need, Obstacle, Trouble};
use crate::wire::exchange::Exchange;
use crate::wire::secrets::Role;

/// An attempt to cancel a session, and the session before and after it.
pub(crate) struct Observation {
    /// What was attempted, in words that follow "a cancellation".
    pub(crate) words: String,
    pub(crate) id: String,
    /// The answer to the creation of the session, if it was created for this.
    pub(crate) created: Option<Arc<Exchange>>,
    before: Look,
    pub(crate) attempt: Attempt,
    after: Look,
}

impl Observation {
    /// The answer to the attempt; without one there is nothing to judge.
    pub(crate) fn answer(&self) -> Result<&Exchange, Obstacle> {
        self.attempt.exchange().map(AsRef::as_ref)
    }

    /// The session before the attempt.
    pub(crate) fn before(&self) -> Result<&Exchange, Obstacle> {
        self.before.as_deref().map_err(Clone::clone)
    }

    /// The session after the attempt.
    pub(crate) fn after(&self) -> Result<&Exchange, Obstacle> {
        let seen = self.after.as_ref().map_err(Clone::clone)?;
        usable(seen.clone())?;
        Ok(seen)
    }

    /// What was answered in place of the session after the attempt, where it was there before.
    pub(crate) fn gone(&self) -> Option<&Exchange> {
        let seen = self.after.as_deref().ok()?;
        let is_gone = !seen.response.is_success() && !seen.response.is_transient();
        (is_gone && self.before.is_ok()).then_some(seen)
    }
}

/// How often a session is read to see whether that changes it.
const LOOKS: usize = 4;

/// A session, read several times with nothing in between.
pub(crate) struct Reading {
    pub(crate) id: String,
    pub(crate) first: Arc<Exchange>,
    pub(crate) last: Arc<Exchange>,
}

impl Lab<'_> {
    /// Plays an observation, or remembers it.
    ///
    /// A 429, a 5xx or no answer at all is met with patience, and another session. It is the observation's answer if it
    /// persists although the target answers otherwise.
    pub(crate) async fn observation(&self, situation: Situation) -> Result<Arc<Observation>, Obstacle> {
        let play = async {
            // It is never closed.
            let _slot = self.slots.acquire().await;
            self.play(situation).await
        };
        self.observations.get(&situation.name(), play).await
    }

    /// Plays observations, as many at a time as there are to be.
    pub(crate) async fn observations(&self, situations: &[Situation]) -> Vec<Result<Arc<Observation>, Obstacle>> {
        join_all(situations.iter().map(|situation| self.observation(*situation))).await
    }

    /// Reads an open session several times, or remembers what was read.
    pub(crate) async fn reading(&self) -> Result<Arc<Reading>, Obstacle> {
        let read = async {
            let Opened { id, .. } = self.open_session("reading", Contents::Plain).await?;
            let (first, last) = self.read(&id).await?;
            self.give_back(&id);
            Ok(Reading { id, first, last })
        };
        self.readings.get("reading", read).await
    }

    /// Reads a terminal session several times, or remembers what was read.
    pub(crate) async fn terminal_reading(&self) -> Result<Arc<Reading>, Obstacle> {
        let read = async {
            let states = [State::Completed, State::Expired, State::Cancelled];
            let state = states.into_iter().find_map(|state| Some((state, self.target.terminal(state).ok()?)));
            let (state, ids) = state.ok_or(Need::Session(State::Completed.word()))?;
            let id = self.one_that_is(state, ids).await?;
            let (first, last) = self.read(&id).await?;
            Ok(Reading { id, first, last })
        };
        self.readings.get("terminal", read).await
    }

    /// The first and the last of so many looks.
    async fn read(&self, id: &str) -> Result<(Arc<Exchange>, Arc<Exchange>), Obstacle> {
        let first = self.look(id, Role::Partner).await?;
        let mut last = first.clone();
        for _ in 1..LOOKS {
            last = self.look(id, Role::Partner).await?;
        }
        Ok((first, last))
    }

    /// The fields that change while nothing happens but reading: their change proves nothing else.
    pub(crate) async fn restless_fields(&self) -> BTreeSet<&'static str> {
        match self.reading().await {
            Ok(reading) => match (session(&reading.first), session(&reading.last)) {
                (Some(first), Some(second)) => body::differing(&CONTRACT.session_fields, first, second),
                _ => BTreeSet::new(),
            },
            Err(_) => BTreeSet::new(),
        }
    }

    async fn play(&self, situation: Situation) -> Result<Observation, Obstacle> {
        // Before a session is made for nothing.
        let mut trial = self.trial(&self.attempt(situation, "none")?)?;
        loop {
            let Opened { id, created } = self.cast(situation).await?;
            let before = self.watch(situation, &id).await.and_then(usable);
            if let (Situation::Terminal(state), Ok(seen)) = (situation, &before) {
                check_state(state, seen)?;
            }
            if trial.is_to_be_put_out_of_step() {
                self.once(self.greeting()).await;
            }
            let attempt = self.once(self.attempt(situation, &id)?).await;
            if situation.cancels() && attempt.status().is_some_and(|status| status < 300) {
                self.forget(&id);
            }
            let is_wanted = matches!(situation, Situation::Provoked(status) if attempt.status() == Some(status));
            if is_wanted || self.next(&mut trial, &attempt).await? == Next::Settled {
                let after = self.watch(situation, &id).await;
                if situation.needs_an_open_session() && !situation.cancels() && is_open(&after) {
                    self.give_back(&id);
                }
                return Ok(Observation { words: situation.to_string(), id, created, before, attempt, after });
            }
        }
    }

    /// The session that the observation is about.
    async fn cast(&self, situation: Situation) -> Result<Opened, Obstacle> {
        let name = situation.name();
        let supplied = |id| Opened { id, created: None };
        match situation {
            Situation::Terminal(State::Cancelled) => match self.target.terminal(State::Cancelled) {
                Ok(ids) => self.one_that_is(State::Cancelled, ids).await.map(supplied),
                Err(_) => self.cancelled_session(&name).await,
            },
            Situation::Terminal(state) => self.one_that_is(state, self.target.terminal(state)?).await.map(supplied),
            Situation::Again | Situation::TerminalBy(_) => self.cancelled_session(&name).await,
            Situation::Foreign(number) => {
                let ids = self.foreign_sessions().await?;
                let id = ids.get(number).ok_or_else(|| Trouble::new("there are not as many foreign sessions"))?;
                Ok(supplied(id.clone()))
            }
            Situation::Unknown | Situation::UnknownBy(_) => Ok(supplied(self.unknown_id(&name).await)),
            // Some take no other metadata than flat texts.
            Situation::Full => match self.open_session(&name, Contents::Rich).await {
                Ok(opened) => Ok(opened),
                Err(_) => self.open_session(&name, Contents::Full).await,
            },
            _ => self.open_session(&name, Contents::Plain).await,
        }
    }

    /// A session that was open and is cancelled.
    async fn cancelled_session(&self, name: &str) -> Result<Opened, Obstacle> {
        let opened = self.open_session(name, Contents::Plain).await?;
        let first = self.insist(self.attempt(Situation::Open, &opened.id)?).await?;
        // An answer that was lost may have been the success.
        if !first.response.is_success() && first.response.status != 409 {
            let what = format!("a cancelled session is needed, and cancelSession answered {}", first.response.status);
            return Err(Trouble::at(what, &first.sent).into());
        }
        self.forget(&opened.id);
        Ok(opened)
    }

    /// Of the sessions that were supplied as being in a state, the first that is.
    pub(super) async fn one_that_is(&self, state: State, ids: Vec<String>) -> Result<String, Obstacle> {
        let mut last = None;
        for id in ids {
            match self.look(&id, Role::Partner).await.and_then(|seen| check_state(state, &seen)) {
                Ok(()) => return Ok(id),
                Err(obstacle) => last = Some(obstacle),
            }
        }
        Err(last.unwrap_or_else(|| Trouble::new(format!("there is no session that is {}", state.word())).into()))
    }

    /// Looks at the observation's session with the eyes of its owner.
    async fn watch(&self, situation: Situation, id: &str) -> Look {
        match situation {
            Situation::Unknown | Situation::UnknownBy(_) => Err(Trouble::new("there is no session to look at").into()),
            Situation::Foreign(_) => self.glance(id, Role::OtherPartner).await,
            _ => self.glance(id, Role::Partner).await,
        }
    }
}

fn is_open(look: &Look) -> bool {
    let seen = look.as_deref().ok().and_then(session);
    seen.and_then(|session| session.get("status")).is_some_and(|status| status == "open")
}

/// A session that the target supplied must be what it was supplied as.
fn check_state(state: State, seen: &Exchange) -> Result<(), Obstacle> {
    let wanted = state.word();
    let status = session(seen).and_then(|session| session.get("status"));
    match status.and_then(Value::as_str) {
        // A status that there is none of is for a rule to find.
        Some(status)
            if status != wanted && (status == "open" || State::ALL.iter().any(|state| state.word() == status)) =>
        {
            let what = format!("a session that is {wanted} is needed, and this one is {status}");
            Err(Trouble::at(what, &seen.sent).into())
        }
        _ => Ok(()),
    }
}

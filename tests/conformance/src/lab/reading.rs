//! Reads a session several times, to see what changes by itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::contents::Contents;
use super::core::Lab;
use super::obstacle::{Need, Obstacle, Trouble};
use super::sessions::Opened;
use super::target::{STATUSES, State};
use crate::evidence::body;
use crate::evidence::contract::CONTRACT;
use crate::wire::{Exchange, Role};

/// How often a session is read.
const LOOKS: usize = 4;

/// A session, read several times with nothing in between.
pub(crate) struct Reading {
    pub(crate) id: String,
    pub(crate) first: Arc<Exchange>,
    pub(crate) last: Arc<Exchange>,
}

impl Reading {
    /// Reads an open session; done once.
    pub(crate) async fn open(lab: &Lab<'_>) -> Result<Arc<Self>, Obstacle> {
        let read = async {
            let Opened { id, .. } = lab.open_session("reading", Contents::Plain).await?;
            let reading = Self::of(lab, id).await?;
            lab.sessions.give_back(&reading.id);
            Ok(reading)
        };
        lab.once("open", read).await
    }

    /// Reads a terminal session; done once.
    pub(crate) async fn terminal(lab: &Lab<'_>) -> Result<Arc<Self>, Obstacle> {
        let read = async {
            let state = State::ALL.into_iter().find_map(|state| Some((state, lab.target.terminal(state).ok()?)));
            let (state, ids) = state.ok_or(Need::Session(State::Completed.word()))?;
            Self::of(lab, one_that_is(lab, state, ids).await?).await
        };
        lab.once("terminal", read).await
    }

    async fn of(lab: &Lab<'_>, id: String) -> Result<Self, Obstacle> {
        let first = lab.look(&id, Role::Partner).await?;
        let mut last = first.clone();
        for _ in 1..LOOKS {
            last = lab.look(&id, Role::Partner).await?;
        }
        Ok(Self { id, first, last })
    }
}

/// The fields that change without any write, so that a change of them proves nothing.
pub(crate) async fn restless_fields(lab: &Lab<'_>) -> BTreeSet<&'static str> {
    let reading = Reading::open(lab).await.ok();
    let differing = reading.as_ref().and_then(|reading| {
        let (first, last) = (reading.first.response.object()?, reading.last.response.object()?);
        Some(body::differing(&CONTRACT.session_fields, first, last))
    });
    differing.unwrap_or_default()
}

/// The first of the sessions supplied for a state that is in that state.
pub(super) async fn one_that_is(lab: &Lab<'_>, state: State, ids: Vec<String>) -> Result<String, Obstacle> {
    let mut last = None;
    for id in ids {
        match lab.look(&id, Role::Partner).await.and_then(|seen| check_state(state, &seen)) {
            Ok(()) => return Ok(id),
            Err(obstacle) => last = Some(obstacle),
        }
    }
    Err(last.unwrap_or_else(|| Trouble::new(format!("there is no session that is {}", state.word())).into()))
}

/// Checks that a supplied session is in the state that it was supplied for.
pub(super) fn check_state(state: State, seen: &Exchange) -> Result<(), Obstacle> {
    let wanted = state.word();
    match seen.response.text("status") {
        // A rule judges an unknown status.
        Some(status) if status != wanted && STATUSES.contains(&status) => {
            let what = format!("the rule needs a session that is {wanted}, but this one is {status}");
            Err(Trouble::at(what, &seen.sent).into())
        }
        _ => Ok(()),
    }
}

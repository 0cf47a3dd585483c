//! Reads a session several times, to see what changes by itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::time::sleep;
use zerogate_judge::is_no_such_operation;

use super::contents::Contents;
use super::core::Lab;
use super::obstacle::{Need, Obstacle, Trouble};
use super::patience::FIRST_WAIT;
use super::sessions::{Opened, usable};
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
            let first_look = lab.first_look().await?;
            first_look.offered()?;
            let (id, first) = first_look.open.clone()?;
            // The session stays open, whatever reading it shows.
            lab.sessions.give_back(&id);
            Self::of(lab, id, usable(first)?).await
        };
        lab.once("open", read).await
    }

    /// Reads a terminal session; done once.
    pub(crate) async fn terminal(lab: &Lab<'_>) -> Result<Arc<Self>, Obstacle> {
        let read = async {
            let state = State::ALL.into_iter().find_map(|state| Some((state, lab.target.terminal(state).ok()?)));
            let (state, ids) = state.ok_or(Need::Session(State::Completed.word()))?;
            let id = one_that_is(lab, state, ids).await?;
            let first = lab.look(&id, Role::Partner).await?;
            Self::of(lab, id, first).await
        };
        lab.once("terminal", read).await
    }

    async fn of(lab: &Lab<'_>, id: String, first: Arc<Exchange>) -> Result<Self, Obstacle> {
        let mut last = first.clone();
        for _ in 1..LOOKS {
            last = lab.look(&id, Role::Partner).await?;
        }
        Ok(Self { id, first, last })
    }
}

/// How often reading a session that was just created is repeated before the operation counts as missing.
const REPEATED: u32 = 4;

/// How many supplied sessions of each state are read before the operation counts as missing.
const TRIED: usize = 12;

/// The first open session of a run, and whether the target can read sessions.
pub(super) struct FirstLook {
    /// Its id, and the response to reading it; if the operation is missing, the last one.
    open: Result<(String, Arc<Exchange>), Obstacle>,
    /// Why no session can be read, if none can.
    missing: Option<Need>,
}

impl FirstLook {
    fn offered(&self) -> Result<(), Need> {
        self.missing.clone().map_or(Ok(()), Err)
    }

    /// The id of a known session, if there is one.
    pub(super) fn id(&self) -> Option<&str> {
        self.open.as_ref().ok().map(|(id, _)| id.as_str())
    }
}

impl Lab<'_> {
    /// Reads the first open session; done once.
    pub(super) async fn first_look(&self) -> Result<Arc<FirstLook>, Obstacle> {
        self.once("first look", self.look_first()).await
    }

    /// Checks that the target has the operation that reads a session.
    pub(crate) async fn readable(&self) -> Result<(), Obstacle> {
        Ok(self.first_look().await?.offered()?)
    }

    async fn look_first(&self) -> Result<FirstLook, Obstacle> {
        let denied = |seen: &Exchange| is_no_such_operation(seen.response.status);
        match self.open_session("reading", Contents::Plain).await {
            Ok(Opened { id, created: Some(_) }) => {
                let mut seen = self.read(&id, Role::Partner).await;
                for round in 0..REPEATED {
                    match &seen {
                        Ok(found) if denied(found) => sleep(FIRST_WAIT * 2_u32.pow(round)).await,
                        _ => break,
                    }
                    seen = self.read(&id, Role::Partner).await;
                }
                let missing = seen.as_deref().ok().filter(|seen| denied(seen)).map(|seen| Need::Retrieval {
                    sessions: "a session that createSession had created".to_owned(),
                    status: seen.response.status,
                });
                Ok(FirstLook { open: seen.map(|seen| (id, seen)), missing })
            }
            Ok(Opened { id, created: None }) => self.look_at_supplied(Some(id)).await,
            Err(Obstacle::Lack(need)) => {
                let first_look = self.look_at_supplied(None).await?;
                Ok(FirstLook { open: Err(need.into()), ..first_look })
            }
            Err(obstacle) => Ok(FirstLook { open: Err(obstacle), missing: None }),
        }
    }

    /// Reads supplied sessions until one is found. Open ones that are not found are not used if another one is.
    async fn look_at_supplied(&self, first: Option<String>) -> Result<FirstLook, Obstacle> {
        let mut open: Vec<String> = Vec::new();
        let mut last = None;
        let mut next = first;
        while let Some(id) = next {
            let seen = self.read(&id, Role::Partner).await;
            match seen {
                Ok(seen) if is_no_such_operation(seen.response.status) => last = Some((id.clone(), seen)),
                // An earlier run may have cancelled it.
                Ok(seen)
                    if seen.response.text("status").is_some_and(|status| status != "open")
                        && self.sessions.has_supplied() => {}
                seen => return Ok(FirstLook { open: seen.map(|seen| (id, seen)), missing: None }),
            }
            open.push(id);
            next = if open.len() < TRIED { self.sessions.supplied() } else { None };
        }
        let mut count = open.len();
        for id in open.iter().rev() {
            self.sessions.untake(id);
        }
        for state in State::ALL {
            for id in self.target.terminal(state).unwrap_or_default().into_iter().take(TRIED) {
                let seen = self.read(&id, Role::Partner).await?;
                count += 1;
                if !is_no_such_operation(seen.response.status) {
                    let none = || Trouble::new("no open session of the fixtures was found").into();
                    return Ok(FirstLook { open: last.ok_or_else(none), missing: None });
                }
                last = last.or(Some((id, seen)));
            }
        }
        let missing = last.as_ref().map(|(_, seen)| Need::Retrieval {
            sessions: match count {
                1 => "the session of the fixtures: is it missing, or is the id stale?".to_owned(),
                _ => format!(
                    "all {count} sessions of the fixtures that were tried: is it missing, or are the ids stale?"
                ),
            },
            status: seen.response.status,
        });
        let none = || Trouble::new("there is no session to read").into();
        Ok(FirstLook { open: last.ok_or_else(none), missing })
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
    // Without the operation, nobody can check them.
    if let (Err(Obstacle::Lack(_)), Some(id)) = (lab.readable().await, ids.first()) {
        return Ok(id.clone());
    }
    let mut refused = None;
    for id in ids {
        let seen = lab.glance(&id, Role::Partner).await;
        if let Ok(found) = &seen
            && matches!(found.response.status, 400..=403 | 405..500)
        {
            // It may exist: an unknown session is a 404.
            refused = refused.or(Some(id.clone()));
        }
        let seen = seen.and_then(|seen| lab.found(&id, state.word(), seen));
        match seen.and_then(|seen| check_state(lab, &id, state, &seen)) {
            Ok(()) => return Ok(id),
            Err(obstacle) => last = Some(obstacle),
        }
    }
    if let Some(refused) = refused {
        return Ok(refused);
    }
    Err(last.unwrap_or_else(|| Trouble::new(format!("there is no session that is {}", state.word())).into()))
}

/// Checks that a supplied session is in the state that it was supplied for.
pub(super) fn check_state(lab: &Lab<'_>, id: &str, state: State, seen: &Exchange) -> Result<(), Obstacle> {
    let wanted = state.word();
    match seen.response.text("status") {
        // A rule judges an unknown status.
        Some(status) if status != wanted && STATUSES.contains(&status) => {
            Err(lab.stale(id, wanted, &format!("is {status}"), seen))
        }
        _ => Ok(()),
    }
}

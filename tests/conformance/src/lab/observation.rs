//! Observations: an attempt to cancel, the session watched before and after.

use std::sync::Arc;

use futures_util::future::join_all;

use super::attempt::Attempt;
use super::contents::Contents;
use super::core::Lab;
use super::obstacle::{Obstacle, Trouble};
use super::reading::{check_state, one_that_is};
use super::sessions::{Look, Opened, usable};
use super::situation::Situation;
use super::target::State;
use super::trial::Next;
use crate::evidence::body;
use crate::evidence::contract::CONTRACT;
use crate::wire::{Exchange, Role};

/// An attempt to cancel a session, and the session before and after it.
pub(crate) struct Observation {
    /// What was attempted, in words that follow "a cancellation".
    pub(crate) words: String,
    /// What findings of it are told apart by.
    pub(crate) case: Option<String>,
    pub(crate) id: String,
    /// The response to the creation of the session, if it was created for this.
    pub(crate) created: Option<Arc<Exchange>>,
    before: Look,
    pub(crate) attempt: Attempt,
    after: Look,
}

impl Observation {
    /// The exchange; without a response there is nothing to judge.
    pub(crate) fn exchange(&self) -> Result<&Exchange, Obstacle> {
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

    /// What came in place of the session after the attempt, where it was there before.
    pub(crate) fn gone(&self) -> Option<&Exchange> {
        let seen = self.after.as_deref().ok()?;
        let is_gone = !seen.response.is_success() && !seen.response.is_transient();
        (is_gone && self.before.is_ok()).then_some(seen)
    }
}

/// Attempts a cancellation and watches the session; made once.
///
/// A 429, a 5xx or no response at all is met with patience, and another session. It is the response that counts if it
/// persists although the target answers otherwise.
pub(crate) async fn observe(lab: &Lab<'_>, situation: Situation) -> Result<Arc<Observation>, Obstacle> {
    let name = situation.name();
    let make = async {
        // One that was supplied may be needed elsewhere.
        let is_shared = situation.leaves_it_open() && lab.sessions.cannot_create().is_none();
        let mut shared = if is_shared { Some(lab.sessions.shared(&name).await) } else { None };
        let _slot = lab.slot().await;
        make(lab, situation, shared.as_deref_mut()).await
    };
    lab.once(&name, make).await
}

/// Makes observations, as many at a time as there are to be.
pub(crate) async fn observe_all(lab: &Lab<'_>, situations: &[Situation]) -> Vec<Result<Arc<Observation>, Obstacle>> {
    join_all(situations.iter().map(|situation| observe(lab, *situation))).await
}

async fn make(
    lab: &Lab<'_>,
    situation: Situation,
    mut shared: Option<&mut Option<String>>,
) -> Result<Observation, Obstacle> {
    // Before a session is made for nothing.
    let mut trial = lab.trial(&lab.attempt(situation, "none")?)?;
    loop {
        let kept = match shared.as_mut().and_then(|shared| shared.take()) {
            Some(id) => watch(lab, situation, &id).await.ok().filter(|seen| is_open(seen)).map(|seen| (id, seen)),
            None => None,
        };
        let (Opened { id, created }, before) = match kept {
            Some((id, seen)) => (Opened { id, created: None }, Ok(seen)),
            // None is kept, or somebody else's cancellation has reached it meanwhile.
            None => {
                let opened = arrange(lab, situation).await?;
                let before = watch(lab, situation, &opened.id).await.and_then(usable);
                (opened, before)
            }
        };
        if let (Situation::Terminal(state), Ok(seen)) = (situation, &before) {
            check_state(state, seen)?;
        }
        if trial.is_to_be_put_out_of_step() {
            lab.send(lab.greeting()).await;
        }
        let attempt = lab.send(lab.attempt(situation, &id)?).await;
        if situation.cancels() && attempt.status().is_some_and(|status| status < 300) {
            lab.sessions.forget(&id);
        }
        let is_wanted = matches!(situation, Situation::Provoked(status) if attempt.status() == Some(status));
        if is_wanted || lab.next(&mut trial, &attempt).await? == Next::Settled {
            let after = watch(lab, situation, &id).await;
            if situation.leaves_it_open() {
                hand_on(lab, &id, (&before, &after), shared).await;
            }
            return Ok(Observation {
                words: situation.to_string(),
                case: situation.case(),
                id,
                created,
                before,
                attempt,
                after,
            });
        }
    }
}

/// Keeps a session for the next attempt that shares it, or another one if it is not what it was.
async fn hand_on(lab: &Lab<'_>, id: &str, (before, after): (&Look, &Look), shared: Option<&mut Option<String>>) {
    let open = after.as_ref().ok().filter(|seen| is_open(seen));
    let Some(shared) = shared else {
        if open.is_some() {
            lab.sessions.give_back(id);
        }
        return;
    };
    let is_as_it_was = |seen: &Exchange| {
        let was = before.as_ref().ok();
        was.is_some_and(|was| body::is_alike(&CONTRACT.session_fields, &was.response, &seen.response))
    };
    *shared = match open.filter(|seen| is_as_it_was(seen)) {
        Some(_) => Some(id.to_owned()),
        // Now, so that it does not depend on which attempt comes last how many are created.
        None => lab.open_session(SHARED_BY_ALL, Contents::Plain).await.ok().map(|opened| opened.id),
    };
}

fn is_open(seen: &Exchange) -> bool {
    seen.response.text("status") == Some("open")
}

/// What a session is created as that attempts share: none of them is to be told by it.
const SHARED_BY_ALL: &str = "shared";

/// The session that the observation is of.
async fn arrange(lab: &Lab<'_>, situation: Situation) -> Result<Opened, Obstacle> {
    let name = situation.name();
    let supplied = |id| Opened { id, created: None };
    match situation {
        Situation::Terminal(State::Cancelled) => match lab.target.terminal(State::Cancelled) {
            Ok(ids) => one_that_is(lab, State::Cancelled, ids).await.map(supplied),
            Err(_) => cancelled_session(lab, &name).await,
        },
        Situation::Terminal(state) => one_that_is(lab, state, lab.target.terminal(state)?).await.map(supplied),
        Situation::Again | Situation::TerminalBy(_) => cancelled_session(lab, &name).await,
        Situation::Foreign(number) => {
            let ids = lab.foreign_sessions().await?;
            let id = ids.get(number).ok_or_else(|| Trouble::new("there are not as many foreign sessions"))?;
            Ok(supplied(id.clone()))
        }
        Situation::Unknown | Situation::UnknownBy(_) => Ok(supplied(lab.unknown_id(&name).await)),
        // Some take no other metadata than flat texts.
        Situation::Full => match lab.open_session(&name, Contents::Rich).await {
            Ok(opened) => Ok(opened),
            Err(_) => lab.open_session(&name, Contents::Full).await,
        },
        _ if situation.leaves_it_open() => lab.open_session(SHARED_BY_ALL, Contents::Plain).await,
        _ => lab.open_session(&name, Contents::Plain).await,
    }
}

/// A session that was open and is cancelled.
async fn cancelled_session(lab: &Lab<'_>, name: &str) -> Result<Opened, Obstacle> {
    let opened = lab.open_session(name, Contents::Plain).await?;
    let first = lab.insist(lab.attempt(Situation::Open, &opened.id)?).await?;
    // A response that was lost may have been the success.
    if !first.response.is_success() && first.response.status != 409 {
        let what = format!("a cancelled session is needed, and cancelSession answered {}", first.response.status);
        return Err(Trouble::at(what, &first.sent).into());
    }
    lab.sessions.forget(&opened.id);
    Ok(opened)
}

/// Looks at the session with the eyes of its owner.
async fn watch(lab: &Lab<'_>, situation: Situation, id: &str) -> Look {
    match situation {
        Situation::Unknown | Situation::UnknownBy(_) => Err(Trouble::new("there is no session to look at").into()),
        Situation::Foreign(_) => lab.glance(id, Role::OtherPartner).await,
        _ => lab.glance(id, Role::Partner).await,
    }
}

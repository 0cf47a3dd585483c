//! Observations: an attempt to cancel, and the session before and after it.

use std::sync::Arc;

use futures_util::future::join_all;
use uuid::Uuid;

use super::attempt::Attempt;
use super::contents::Contents;
use super::core::Lab;
use super::obstacle::{Need, Obstacle, Trouble};
use super::reading::{check_state, one_that_is};
use super::sessions::{Look, Opened, unusable, usable};
use super::situation::{Body, Situation};
use super::target::{STATUSES, State};
use super::trial::Next;
use crate::evidence::body;
use crate::evidence::contract::CONTRACT;
use crate::wire::{Exchange, IDEMPOTENCY_KEY, Masked, Operation, Request, Role, Sent, Written, escaped};

/// An attempt to cancel a session, and the session before and after it.
pub(crate) struct Observation {
    /// A description that follows "a cancellation".
    pub(crate) words: String,
    /// The case of its findings.
    pub(crate) case: String,
    pub(crate) id: String,
    /// The response to the creation, if the session was created for this.
    pub(crate) created: Option<Arc<Exchange>>,
    /// The request whose `Idempotency-Key` the attempt has, if it has one.
    pub(crate) same_key: Option<Sent>,
    /// The response to reading the session before the attempt, whatever it is.
    before: Look,
    pub(crate) attempt: Attempt,
    after: Look,
}

impl Observation {
    /// Returns the exchange, or an obstacle if there was no response.
    pub(crate) fn exchange(&self) -> Result<&Exchange, Obstacle> {
        self.attempt.exchange().map(AsRef::as_ref)
    }

    /// The session before the attempt.
    pub(crate) fn before(&self) -> Result<&Exchange, Obstacle> {
        let seen = self.before.as_ref().map_err(Clone::clone)?;
        usable(seen.clone())?;
        Ok(seen)
    }

    /// The response in place of the session before the attempt, if it is not the session.
    pub(crate) fn refused_before(&self) -> Option<&Exchange> {
        let seen = self.before.as_deref().ok()?;
        (!seen.response.is_success() && !seen.response.is_transient()).then_some(seen)
    }

    /// The session after the attempt.
    pub(crate) fn after(&self) -> Result<&Exchange, Obstacle> {
        let seen = self.after.as_ref().map_err(Clone::clone)?;
        usable(seen.clone())?;
        Ok(seen)
    }

    /// The response in place of the session after the attempt, if the session existed before.
    pub(crate) fn gone(&self) -> Option<&Exchange> {
        let seen = self.after.as_deref().ok()?;
        let is_gone = !seen.response.is_success() && !seen.response.is_transient();
        (is_gone && self.before().is_ok()).then_some(seen)
    }
}

/// Attempts a cancellation, and reads the session before and after; done once.
///
/// A 429, a 5xx or a missing response is retried with another session. It counts only if it persists while a neutral
/// request gets a response.
pub(crate) async fn observe(lab: &Lab<'_>, situation: Situation) -> Result<Arc<Observation>, Obstacle> {
    let name = situation.name();
    let make = async {
        // Supplied sessions may be needed elsewhere.
        let is_shared = situation.leaves_it_open() && lab.sessions.cannot_create().is_none();
        let mut shared = if is_shared { Some(lab.sessions.shared(&name).await) } else { None };
        let cancelled = supplied_and_cancelled(lab, situation).await;
        let _slot = lab.slot().await;
        make(lab, situation, cancelled, shared.as_deref_mut()).await
    };
    lab.once(&name, make).await
}

/// Makes observations in parallel, up to the limit.
pub(crate) async fn observe_all(lab: &Lab<'_>, situations: &[Situation]) -> Vec<Result<Arc<Observation>, Obstacle>> {
    join_all(situations.iter().map(|situation| observe(lab, *situation))).await
}

async fn make(
    lab: &Lab<'_>,
    situation: Situation,
    cancelled: Option<Result<String, Obstacle>>,
    mut shared: Option<&mut Option<String>>,
) -> Result<Observation, Obstacle> {
    let name = situation.name();
    // Check this before creating a session.
    let mut trial = lab.trial(&lab.attempt(situation, "none")?)?;
    // Why the last supplied session was of no use.
    let mut stale = None;
    loop {
        let kept = match shared.as_mut().and_then(|shared| shared.take()) {
            Some(id) => watch(lab, situation, &id).await.ok().filter(|seen| is_open(seen)).map(|seen| (id, seen)),
            None => None,
        };
        let (Opened { id, created }, before) = match kept {
            Some((id, seen)) => (Opened { id, created: None }, Ok(seen)),
            // No session is shared yet, or another cancellation changed it meanwhile.
            None => {
                let arranged = match &cancelled {
                    Some(id) => id.clone().map(|id| Opened { id, created: None }),
                    None => arrange(lab, situation).await,
                };
                let opened = match (arranged, stale.take()) {
                    (Err(Obstacle::Lack(Need::OpenSession(_))), Some(stale)) => return Err(stale),
                    (opened, _) => opened?,
                };
                let before = watch(lab, situation, &opened.id).await;
                (opened, before)
            }
        };
        let is_supplied =
            created.is_none() && situation.takes_an_open_session() && lab.sessions.cannot_create().is_some();
        if let Some(status) = before.as_ref().ok().and_then(|seen| seen.response.text("status"))
            && is_supplied
            && status != "open"
            && STATUSES.contains(&status)
        {
            stale = Some(Need::OpenSession(format!("the last one that was tried is {status}")).into());
            continue;
        }
        if let (Situation::Terminal(state), Ok(seen)) = (situation, &before) {
            check_state(lab, &id, state, seen)?;
        }
        if trial.is_to_be_put_out_of_step() {
            lab.send(lab.greeting()).await;
        }
        let mut request = lab.attempt(situation, &id)?;
        let same_key = match situation {
            Situation::WithCreationKey => created.as_ref().map(|created| created.sent.clone()),
            Situation::WithUsedKey => Some(cancelled_with_a_key(lab, &name).await?),
            _ => None,
        };
        if let Some(key) = same_key.as_ref().and_then(Sent::idempotency_key) {
            request = request.with(IDEMPOTENCY_KEY, key.to_string());
        }
        if situation == Situation::ByClientSecret {
            request = by_client_secret(request, &id, created.as_deref())?;
        }
        if situation == Situation::ForeignNamed {
            request = naming_the_partner(request, before.as_deref().ok())?;
        }
        let attempt = match situation {
            Situation::AfterOwnKey => {
                let own = lab.own_request(Operation::RetrieveSession, &id)?;
                lab.send_after(own.called(&name), request).await
            }
            _ => lab.send(request).await,
        };
        let is_wanted = matches!(situation, Situation::Provoked(status) if attempt.status() == Some(status));
        if is_wanted || lab.next(&mut trial, &attempt).await? == Next::Settled {
            if matches!(before, Err(Obstacle::Lack(_)))
                && let Some(doubt) = doubt(lab, situation, (&id, created.is_none()), &attempt)
            {
                if !situation.cancels() {
                    return Err(doubt);
                }
                stale = Some(doubt);
                continue;
            }
            let after = watch(lab, situation, &id).await;
            if matches!(after, Err(Obstacle::Lack(_))) {
                if situation.leaves_it_open() && !attempt.is_success() {
                    lab.sessions.give_back(&id);
                }
            } else if situation.leaves_it_open() {
                hand_on(lab, &id, (&before, &after), shared).await;
            }
            return Ok(Observation {
                words: situation.to_string(),
                case: case_of(lab, situation).await?,
                id,
                created,
                same_key,
                before,
                attempt,
                after,
            });
        }
    }
}

/// The request with the client secret of its session in place of a key: as a bearer token, and in the query.
fn by_client_secret(request: Request, id: &str, created: Option<&Exchange>) -> Result<Request, Need> {
    let secret = created.and_then(|created| created.response.text("client_secret"));
    let secret = secret.filter(|secret| !secret.is_empty()).ok_or(Need::ClientSecret)?;
    let shown = |before: &str| Masked::from(before).and(Masked::client_secret(id));
    let query = Written::with_secret(shown("?client_secret="), &escaped(secret));
    let target = request.target.clone().and(query);
    Ok(Request { target, ..request }.with("authorization", Written::with_secret(shown("Bearer "), secret)))
}

/// The request with the id of the session's partner where a server might read for whom it is.
fn naming_the_partner(request: Request, seen: Option<&Exchange>) -> Result<Request, Need> {
    let partner = seen.and_then(|seen| seen.response.text("partner_id")).filter(|partner| !partner.is_empty());
    let partner = escaped(partner.ok_or(Need::OtherKey)?);
    let target = request.target.clone().and(Written::from(format!("?partner_id={partner}")));
    Ok(Request { target, ..request }.with("x-partner-id", partner).irregular())
}

/// Why the response may be due to the fixtures, if the session was supplied and could not be read.
fn doubt(lab: &Lab<'_>, situation: Situation, (id, is_supplied): (&str, bool), attempt: &Attempt) -> Option<Obstacle> {
    let (state, statuses): (&str, &[u16]) = match situation {
        situation if situation.cancels() => ("open", &[404, 409]),
        Situation::Terminal(state) => (state.word(), &[404]),
        _ => return None,
    };
    let status = attempt.status().filter(|status| is_supplied && statuses.contains(status))?;
    let what = format!(
        "cancelSession returned {status} for {}, and retrieveSession cannot show whether it is {state}: is the id stale?",
        lab.target.place(id)?
    );
    Some(Trouble::at(what, attempt.sent()).into())
}

/// The case of findings on a situation.
async fn case_of(lab: &Lab<'_>, situation: Situation) -> Result<String, Obstacle> {
    let case = match situation {
        Situation::Foreign(number) => lab.foreign_sessions().await?.get(number).map(|one| one.case.to_owned()),
        other => other.case(),
    };
    Ok(case.unwrap_or_default())
}

/// Keeps a session for the next attempt that shares it, or a new one if it changed.
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
        // Create it now, so that the number of creations does not depend on which attempt comes last.
        None => lab.open_session(SHARED_BY_ALL, Contents::Plain).await.ok().map(|opened| opened.id),
    };
}

fn is_open(seen: &Exchange) -> bool {
    seen.response.text("status") == Some("open")
}

/// The name of a shared session, which must not depend on the attempt.
const SHARED_BY_ALL: &str = "shared";

/// Creates or supplies the session for the observation.
async fn arrange(lab: &Lab<'_>, situation: Situation) -> Result<Opened, Obstacle> {
    let name = situation.name();
    let supplied = |id| Opened { id, created: None };
    match situation {
        // Only a creation shows the secret.
        Situation::ByClientSecret if lab.sessions.cannot_create().is_some() => Err(Need::ClientSecret.into()),
        Situation::Terminal(State::Cancelled) => match lab.target.terminal(State::Cancelled) {
            Ok(ids) => one_that_is(lab, State::Cancelled, ids).await.map(supplied),
            Err(_) => cancelled_session(lab, &name).await,
        },
        Situation::Terminal(state) => one_that_is(lab, state, lab.target.terminal(state)?).await.map(supplied),
        Situation::Again | Situation::TerminalBy(_) => cancelled_session(lab, &name).await,
        Situation::Foreign(_) | Situation::ForeignNamed => {
            let number = if let Situation::Foreign(number) = situation { number } else { 0 };
            let foreign = lab.foreign_sessions().await?;
            let one = foreign.get(number).ok_or_else(|| Trouble::new("there are fewer foreign sessions"))?;
            Ok(supplied(one.id.clone()))
        }
        Situation::Unknown | Situation::UnknownBy(_) => Ok(supplied(lab.unknown_id(&name).await)),
        // Some servers accept only flat strings as metadata.
        Situation::Full => one_of(lab, &name, [Contents::Rich, Contents::Full]).await,
        Situation::WithBody(Body::Amount) => one_of(lab, &name, [Contents::Bare, Contents::Plain]).await,
        _ if situation.leaves_it_open() => lab.open_session(SHARED_BY_ALL, Contents::Plain).await,
        _ => lab.open_session(&name, Contents::Plain).await,
    }
}

/// Opens a session with the first contents, or with the others if the target does not take these.
async fn one_of(lab: &Lab<'_>, name: &str, [first, other]: [Contents; 2]) -> Result<Opened, Obstacle> {
    match lab.open_session(name, first).await {
        Ok(opened) => Ok(opened),
        Err(_) => lab.open_session(name, other).await,
    }
}

/// Opens a session and cancels it.
async fn cancelled_session(lab: &Lab<'_>, name: &str) -> Result<Opened, Obstacle> {
    let opened = lab.open_session(name, Contents::Plain).await?;
    lab.cancel(&opened.id).await?;
    Ok(opened)
}

/// Cancels a session of its own with an `Idempotency-Key`, and returns the request.
async fn cancelled_with_a_key(lab: &Lab<'_>, name: &str) -> Result<Sent, Obstacle> {
    let Opened { id, .. } = lab.open_session(&format!("before {name}"), Contents::Plain).await?;
    let request = lab.attempt(Situation::WithUsedKey, &id)?.with(IDEMPOTENCY_KEY, Uuid::new_v4().to_string());
    let cancellation = lab.insist(request).await?;
    if !cancellation.response.is_success() {
        return Err(unusable("the rule needs a cancellation with an `Idempotency-Key`", &cancellation));
    }
    Ok(cancellation.sent.clone())
}

/// The cancelled session for a situation, if sessions are supplied: they are few, and a cancelled one stays cancelled.
///
/// Called before the situation takes its slot: the cancellation needs one too.
async fn supplied_and_cancelled(lab: &Lab<'_>, situation: Situation) -> Option<Result<String, Obstacle>> {
    let is_needed = match situation {
        Situation::Terminal(State::Cancelled) => lab.target.terminal(State::Cancelled).is_err(),
        other => matches!(other, Situation::Again | Situation::TerminalBy(_)),
    };
    if !is_needed || lab.sessions.cannot_create().is_none() {
        return None;
    }
    let id = |cancelled: &Observation| match cancelled.attempt.exchange()? {
        exchange if exchange.response.is_success() => Ok(cancelled.id.clone()),
        exchange => Err(unusable("the rule needs a cancelled session", exchange)),
    };
    Some(Box::pin(observe(lab, Situation::Open)).await.and_then(|cancelled| id(&cancelled)))
}

/// Reads the session with its owner's key.
async fn watch(lab: &Lab<'_>, situation: Situation, id: &str) -> Look {
    match situation {
        Situation::Unknown | Situation::UnknownBy(_) => Err(Trouble::new("there is no session to read").into()),
        Situation::Foreign(_) | Situation::ForeignNamed => lab.glance(id, Role::OtherPartner).await,
        _ => lab.glance(id, Role::Partner).await,
    }
}

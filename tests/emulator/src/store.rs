//! The sessions and their transitions, each atomic under one lock.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::clock::{self, Clock, ClockSetting};
use crate::error::ControlError;
use crate::ids::{self, Ids};
use crate::response::json_text;
use crate::seed::Seed;
use crate::session::{GateSession, Owner, Status};
use crate::webhook::Outbox;

/// Why a session did not leave `open`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TransitionError {
    /// Unknown or foreign; the caller cannot tell which.
    NotFound,
    Terminal(Status),
}

impl From<TransitionError> for ControlError {
    fn from(error: TransitionError) -> Self {
        match error {
            TransitionError::NotFound => Self::NotFound,
            TransitionError::Terminal(status) => Self::NotOpen { status },
        }
    }
}

/// The key was already used with another body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeyReused;

/// The cursor is not a session of the caller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownCursor;

pub(crate) struct Created {
    pub(crate) body: Bytes,
    /// False if it is a replay.
    pub(crate) committed: bool,
}

#[derive(Serialize)]
struct WithClientSecret<'a> {
    #[serde(flatten)]
    session: &'a GateSession,
    client_secret: String,
}

#[derive(Debug)]
pub(crate) struct Store {
    inner: Mutex<Inner>,
    clock: Clock,
    ids: Ids,
    lifetime: SignedDuration,
    /// The sessions at the start and after a reset.
    seeds: Vec<Seed>,
    outbox: Outbox,
}

#[derive(Debug, Default)]
struct Inner {
    sessions: HashMap<String, Record>,
    /// The number of sessions so far, which orders those of the same millisecond.
    count: u64,
    replays: HashMap<(Owner, Vec<u8>), Replay>,
}

#[derive(Debug)]
struct Record {
    session: GateSession,
    owner: Owner,
    created: Timestamp,
    expires: Timestamp,
    order: u64,
}

#[derive(Debug)]
struct Replay {
    request: Value,
    response: Bytes,
}

impl Record {
    /// A session expires when it is first read after its time, and stays expired even if the clock is set back.
    fn expire_if_due(&mut self, now: Timestamp, outbox: &Outbox) -> &mut GateSession {
        if self.session.status == Status::Open && now >= self.expires {
            self.session.status = Status::Expired;
            outbox.put(&self.session, now);
        }
        &mut self.session
    }

    fn leave_open(&mut self, now: Timestamp, to: Status, outbox: &Outbox) -> Result<GateSession, TransitionError> {
        let session = self.expire_if_due(now, outbox);
        if session.status != Status::Open {
            return Err(TransitionError::Terminal(session.status));
        }
        session.status = to;
        outbox.put(session, now);
        Ok(session.clone())
    }
}

impl Inner {
    fn insert(&mut self, session: GateSession, owner: Owner, created: Timestamp, expires: Timestamp) {
        self.count += 1;
        let record = Record { owner, created, expires, order: self.count, session };
        self.sessions.insert(record.session.id.clone(), record);
    }

    fn owned_by(&mut self, owner: Owner, id: &str) -> Option<&mut Record> {
        self.sessions.get_mut(id).filter(|record| record.owner == owner)
    }
}

impl Store {
    /// Creates a store with these sessions. Returns the number of the first invalid one, starting at 1, and why.
    pub(crate) fn new(
        lifetime: SignedDuration,
        clock: ClockSetting,
        seeds: Vec<Seed>,
        outbox: Outbox,
    ) -> Result<Self, (usize, ControlError)> {
        let clock = Clock::new(clock);
        let store = Self { inner: Mutex::default(), clock, ids: Ids::new(), lifetime, seeds, outbox };
        let (mut inner, now) = store.lock();
        for (number, seed) in (1..).zip(&store.seeds) {
            store.put(&mut inner, now, seed.clone()).map_err(|error| (number, error))?;
        }
        drop(inner);
        Ok(store)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn event_id(&self) -> String {
        self.ids.event_id(self.now())
    }

    pub(crate) fn request_id(&self) -> String {
        self.ids.request_id(self.now())
    }

    /// Reads the clock under the lock, so that no request can cancel a session that another has seen expired.
    fn lock(&self) -> (MutexGuard<'_, Inner>, Timestamp) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        (inner, now)
    }

    pub(crate) fn retrieve(&self, owner: Owner, id: &str) -> Option<GateSession> {
        let (mut inner, now) = self.lock();
        inner.owned_by(owner, id).map(|record| record.expire_if_due(now, &self.outbox).clone())
    }

    pub(crate) fn cancel(&self, owner: Owner, id: &str) -> Result<GateSession, TransitionError> {
        let (mut inner, now) = self.lock();
        inner.owned_by(owner, id).ok_or(TransitionError::NotFound)?.leave_open(now, Status::Cancelled, &self.outbox)
    }

    /// Creates a session, or replays the first response if the key was used before. `request` is the body, compared as
    /// JSON.
    pub(crate) fn create(
        &self,
        owner: Owner,
        session: GateSession,
        key: Option<Vec<u8>>,
        request: Value,
    ) -> Result<Created, KeyReused> {
        let (mut inner, now) = self.lock();
        let key = key.map(|key| (owner, key));
        if let Some(replay) = key.as_ref().and_then(|key| inner.replays.get(key)) {
            return if replay.request == request {
                Ok(Created { body: replay.response.clone(), committed: false })
            } else {
                Err(KeyReused)
            };
        }
        let expires = now.checked_add(self.lifetime).unwrap_or(Timestamp::MAX);
        let id = self.free_id(&inner, now);
        let (created_at, expires_at) = (clock::text(now), clock::text(expires));
        let session = GateSession { id, created_at, expires_at, ..session };
        let body = json_text(&WithClientSecret { session: &session, client_secret: ids::client_secret() });
        self.outbox.put(&session, now);
        inner.insert(session, owner, now, expires);
        if let Some(key) = key {
            inner.replays.insert(key, Replay { request, response: body.clone() });
        }
        Ok(Created { body, committed: true })
    }

    /// A page of the owner's sessions, newest first, and whether there are more.
    ///
    /// The cursor is a position among all sessions, so it stays valid when its session no longer passes the filter.
    pub(crate) fn list(
        &self,
        owner: Owner,
        status: Option<Status>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<GateSession>, bool), UnknownCursor> {
        let (mut inner, now) = self.lock();
        let mut own: Vec<&mut Record> = inner.sessions.values_mut().filter(|record| record.owner == owner).collect();
        for record in &mut own {
            record.expire_if_due(now, &self.outbox);
        }
        own.sort_unstable_by_key(|record| std::cmp::Reverse((record.created, record.order)));
        let start = match after {
            None => 0,
            Some(id) => own.iter().position(|record| record.session.id == id).ok_or(UnknownCursor)? + 1,
        };
        let mut matching = own[start..]
            .iter()
            .map(|record| &record.session)
            .filter(|session| status.is_none_or(|status| session.status == status));
        let page = matching.by_ref().take(limit).cloned().collect();
        let has_more = matching.next().is_some();
        Ok((page, has_more))
    }

    pub(crate) fn seed(&self, seed: Seed) -> Result<GateSession, ControlError> {
        let (mut inner, now) = self.lock();
        self.put(&mut inner, now, seed)
    }

    fn put(&self, inner: &mut Inner, now: Timestamp, seed: Seed) -> Result<GateSession, ControlError> {
        let owner = seed.owner;
        let (mut session, created, expires) = seed.into_session(now, self.lifetime)?;
        if inner.sessions.contains_key(&session.id) {
            return Err(ControlError::invalid("id", "a session with this id already exists"));
        }
        if session.id.is_empty() {
            session.id = self.free_id(inner, now);
        }
        let id = session.id.clone();
        inner.insert(session, owner, created, expires);
        inner
            .sessions
            .get_mut(&id)
            .map(|record| record.expire_if_due(now, &self.outbox).clone())
            .ok_or(ControlError::NotFound)
    }

    /// The current state of a session, of any partner.
    pub(crate) fn peek(&self, id: &str) -> Option<GateSession> {
        let (mut inner, now) = self.lock();
        inner.sessions.get_mut(id).map(|record| record.expire_if_due(now, &self.outbox).clone())
    }

    /// Completes an open session, as the widget would.
    pub(crate) fn complete(&self, id: &str) -> Result<GateSession, TransitionError> {
        self.leave_open(id, Status::Completed)
    }

    /// Cancels an open session of any partner.
    pub(crate) fn cancel_of_any(&self, id: &str) -> Result<GateSession, TransitionError> {
        self.leave_open(id, Status::Cancelled)
    }

    fn leave_open(&self, id: &str, to: Status) -> Result<GateSession, TransitionError> {
        let (mut inner, now) = self.lock();
        inner.sessions.get_mut(id).ok_or(TransitionError::NotFound)?.leave_open(now, to, &self.outbox)
    }

    /// Replaces fields of a session, as a faulty server does. The actual time of expiry does not change, whatever the
    /// session shows.
    pub(crate) fn overwrite(&self, id: &str, fields: &Map<String, Value>) {
        let (mut inner, _) = self.lock();
        if let Some(record) = inner.sessions.get_mut(id)
            && let Ok(session) = record.session.with(fields)
        {
            record.session = session;
        }
    }

    /// Expires every session that is due.
    pub(crate) fn sweep(&self) {
        let (mut inner, now) = self.lock();
        for record in inner.sessions.values_mut() {
            record.expire_if_due(now, &self.outbox);
        }
    }

    /// Resets sessions, idempotency keys and the clock. Ids are never reused.
    pub(crate) fn reset(&self) {
        self.clock.reset();
        let (mut inner, now) = self.lock();
        *inner = Inner { count: inner.count, ..Inner::default() };
        for seed in &self.seeds {
            // Cannot fail: the same seeds were valid at the start, and the store is empty.
            let _ = self.put(&mut inner, now, seed.clone());
        }
    }

    /// A new id that no seeded session has.
    fn free_id(&self, inner: &Inner, now: Timestamp) -> String {
        loop {
            let id = self.ids.object_id(now);
            if !inner.sessions.contains_key(&id) {
                return id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ClockChange;

    const MINE: Owner = Owner::Partner;

    fn store() -> Store {
        Store::new(SignedDuration::from_hours(24), ClockSetting::default(), Vec::new(), Outbox::default())
            .expect("no seeds")
    }

    #[test]
    fn a_session_seen_expired_stays_expired_when_the_clock_is_set_back() {
        let store = store();
        let id = store.seed(Seed::default()).expect("a good seed").id;
        let day = ClockChange { advance_ms: Some(24 * 60 * 60 * 1000), ..ClockChange::default() };
        store.clock.change(&day).expect("within reach");
        assert_eq!(store.retrieve(MINE, &id).map(|s| s.status), Some(Status::Expired));
        store.clock.reset();
        assert_eq!(store.cancel(MINE, &id), Err(TransitionError::Terminal(Status::Expired)));
    }

    #[test]
    fn a_session_expires_at_its_exact_millisecond() {
        let store = store();
        let id = store.seed(Seed { expires_in_ms: Some(0), ..Seed::default() }).expect("a good seed").id;
        assert_eq!(store.cancel(MINE, &id), Err(TransitionError::Terminal(Status::Expired)));
    }

    #[test]
    fn cancelling_changes_nothing_but_the_status() {
        let store = store();
        let before = store.seed(Seed::default()).expect("a good seed");
        let after = store.cancel(MINE, &before.id).expect("an open session cancels");
        assert_eq!(after, GateSession { status: Status::Cancelled, ..before });
    }
}

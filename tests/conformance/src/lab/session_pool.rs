//! The sessions that the suite may use: created ones and supplied ones.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard};

use crate::wire::Role;

/// The open sessions that the suite knows.
pub(crate) struct SessionPool {
    /// The open sessions that were supplied.
    supplied: Vec<String>,
    /// Sessions shared by attempts that must not change them.
    shared: [AsyncMutex<Option<String>>; SHARED],
    state: Mutex<State>,
}

/// A session that the suite created.
struct Created {
    owner: Role,
    id: String,
    /// Whether it is open, according to the last response that shows it.
    is_open: bool,
}

/// How many are shared: more need more creations, fewer take longer.
const SHARED: usize = 4;

#[derive(Default)]
struct State {
    /// The sessions that the suite created.
    created: Vec<Created>,
    /// Those of them that no observation uses any more: only time may change them.
    idle: Vec<String>,
    /// The supplied sessions that are not used yet.
    unused: VecDeque<String>,
    /// Why no session can be created, if none can.
    cannot_create: Option<String>,
    /// Whether two open sessions cannot have the same `user_reference`.
    has_unique_references: bool,
}

impl SessionPool {
    pub(super) fn new(supplied: &[String]) -> Self {
        let unused = supplied.iter().cloned().collect();
        let state = Mutex::new(State { unused, ..State::default() });
        Self { supplied: supplied.to_vec(), shared: Default::default(), state }
    }

    /// Why no session can be created, if none can.
    pub(crate) fn cannot_create(&self) -> Option<String> {
        self.lock().cannot_create.clone()
    }

    pub(super) fn give_up_creating(&self, why: &str) {
        self.lock().cannot_create = Some(why.to_owned());
    }

    /// Whether two open sessions cannot have the same `user_reference`.
    pub(super) fn has_unique_references(&self) -> bool {
        self.lock().has_unique_references
    }

    pub(super) fn require_unique_references(&self) {
        self.lock().has_unique_references = true;
    }

    /// Returns a supplied session that was taken and not used after all.
    pub(super) fn untake(&self, id: &str) {
        if self.supplied.iter().any(|open| open == id) {
            self.lock().unused.push_front(id.to_owned());
        }
    }

    /// Whether a supplied open session is left.
    pub(super) fn has_supplied(&self) -> bool {
        !self.lock().unused.is_empty()
    }

    /// Takes a supplied open session, if one is left.
    pub(crate) fn supplied(&self) -> Option<String> {
        self.lock().unused.pop_front()
    }

    /// Locks the session that this attempt shares with others that must not change it.
    ///
    /// Which attempts share a session depends only on their names, so every run creates the same number.
    pub(super) async fn shared(&self, name: &str) -> AsyncMutexGuard<'_, Option<String>> {
        let sum: usize = name.bytes().map(usize::from).sum();
        self.shared[sum % SHARED].lock().await
    }

    /// Returns a session that is still open; a supplied one can be used again.
    pub(crate) fn give_back(&self, id: &str) {
        let is_supplied = self.supplied.iter().any(|open| open == id);
        let mut state = self.lock();
        if is_supplied {
            state.unused.push_back(id.to_owned());
        } else {
            state.idle.push(id.to_owned());
        }
    }

    /// The suite's own open sessions that were returned and must stay untouched.
    pub(super) fn idle(&self) -> Vec<String> {
        self.lock().idle.clone()
    }

    /// Records that the suite created a session for this partner.
    pub(crate) fn created(&self, owner: Role, id: &str) {
        let mut state = self.lock();
        // A creation may be replayed.
        if !state.created.iter().any(|known| known.id == id) {
            state.created.push(Created { owner, id: id.to_owned(), is_open: true });
        }
    }

    /// Records what a response shows of a session. The last one counts: a cancellation may be claimed and not done.
    pub(crate) fn shows(&self, id: &str, is_open: bool) {
        if let Some(created) = self.lock().created.iter_mut().find(|created| created.id == id) {
            created.is_open = is_open;
        }
    }

    /// Whether a session that the suite created may still be open.
    pub(super) fn may_be_open(&self, id: &str) -> bool {
        self.lock().created.iter().any(|created| created.id == id && created.is_open)
    }

    /// The sessions that the suite created and that may still be open, with their owners.
    pub(crate) fn open(&self) -> Vec<(Role, String)> {
        let state = self.lock();
        let open = state.created.iter().filter(|created| created.is_open);
        open.map(|created| (created.owner, created.id.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

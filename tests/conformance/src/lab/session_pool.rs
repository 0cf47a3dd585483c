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

/// How many are shared: more need more creations, fewer take longer.
const SHARED: usize = 4;

#[derive(Default)]
struct State {
    /// The open sessions that the suite created, with their owners.
    open: Vec<(Role, String)>,
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

    /// Records that a session that the suite created for this partner is open.
    pub(crate) fn keep_open(&self, owner: Role, id: &str) {
        let mut state = self.lock();
        // A creation may be replayed.
        if !state.open.iter().any(|(_, open)| open == id) {
            state.open.push((owner, id.to_owned()));
        }
    }

    /// Removes a session that is no longer open.
    pub(crate) fn forget(&self, id: &str) {
        self.lock().open.retain(|(_, open)| open != id);
    }

    /// The open sessions that the suite created.
    pub(crate) fn open(&self) -> Vec<(Role, String)> {
        self.lock().open.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

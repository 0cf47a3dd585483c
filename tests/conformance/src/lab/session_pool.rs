//! The sessions that the suite may use: those that it created, and those that were supplied.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard};

use crate::wire::Role;

/// Which sessions are open, as far as the suite knows.
pub(crate) struct SessionPool {
    /// The open sessions that were supplied.
    supplied: Vec<String>,
    /// Sessions that attempts share which are to leave them as they were.
    shared: [AsyncMutex<Option<String>>; SHARED],
    state: Mutex<State>,
}

/// How many there are: more cost more, fewer take longer.
const SHARED: usize = 4;

#[derive(Default)]
struct State {
    /// The sessions that the suite created and that are open, and whose they are.
    open: Vec<(Role, String)>,
    /// Those of them that no observation is about any more: nothing but time may change them.
    idle: Vec<String>,
    /// Those that were supplied and are not used yet.
    unused: VecDeque<String>,
    /// Why no session can be created, if that is so.
    cannot_create: Option<String>,
}

impl SessionPool {
    pub(super) fn new(supplied: &[String]) -> Self {
        let unused = supplied.iter().cloned().collect();
        let state = Mutex::new(State { unused, ..State::default() });
        Self { supplied: supplied.to_vec(), shared: Default::default(), state }
    }

    /// Why no session can be created, if that is so.
    pub(crate) fn cannot_create(&self) -> Option<String> {
        self.lock().cannot_create.clone()
    }

    pub(super) fn give_up_creating(&self, why: &str) {
        self.lock().cannot_create = Some(why.to_owned());
    }

    /// An open session that was supplied, if there is one left.
    pub(crate) fn supplied(&self) -> Option<String> {
        self.lock().unused.pop_front()
    }

    /// The session that attempts share which are to leave it as it was, for one of them at a time.
    ///
    /// Which attempt shares it with which depends on its name alone, so that every run creates as many.
    pub(super) async fn shared(&self, name: &str) -> AsyncMutexGuard<'_, Option<String>> {
        let sum: usize = name.bytes().map(usize::from).sum();
        self.shared[sum % SHARED].lock().await
    }

    /// Gives a session back that is as open as it was: one that was supplied can be used again.
    pub(crate) fn give_back(&self, id: &str) {
        let is_supplied = self.supplied.iter().any(|open| open == id);
        let mut state = self.lock();
        if is_supplied {
            state.unused.push_back(id.to_owned());
        } else {
            state.idle.push(id.to_owned());
        }
    }

    /// The open sessions of the suite's own that were given back: nobody is to touch them any more.
    pub(super) fn idle(&self) -> Vec<String> {
        self.lock().idle.clone()
    }

    /// Remembers that a session that the suite created for this partner is open.
    pub(crate) fn keep_open(&self, owner: Role, id: &str) {
        let mut state = self.lock();
        // A creation may be replayed.
        if !state.open.iter().any(|(_, open)| open == id) {
            state.open.push((owner, id.to_owned()));
        }
    }

    /// Forgets a session that is not open any more.
    pub(crate) fn forget(&self, id: &str) {
        self.lock().open.retain(|(_, open)| open != id);
    }

    /// The sessions that the suite created and that are open.
    pub(crate) fn open(&self) -> Vec<(Role, String)> {
        self.lock().open.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! What the API, the control plane and the [`Emulator`](crate::Emulator) work on together.

use std::net::SocketAddr;

use crate::auth::Keys;
use crate::fault::Queue;
use crate::journal::Journal;
use crate::server::{Door, Tasks};
use crate::store::Store;

/// Everything that the handlers, the control plane and the [`Emulator`](crate::Emulator) share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) addr: SocketAddr,
    pub(crate) keys: Keys,
    pub(crate) store: Store,
    pub(crate) faults: Queue,
    pub(crate) journal: Journal,
    pub(crate) tasks: Tasks,
    pub(crate) door: Door,
}

impl Shared {
    pub(crate) fn reset(&self) {
        self.faults.clear();
        self.store.reset();
        self.journal.clear();
    }
}

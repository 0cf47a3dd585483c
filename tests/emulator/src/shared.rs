//! What the API, the control plane and the [`Emulator`](crate::Emulator) work on together.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::auth::Keys;
use crate::fault::Queue;
use crate::journal::Journal;
use crate::server::Server;
use crate::store::Store;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) addr: SocketAddr,
    pub(crate) keys: Keys,
    pub(crate) store: Store,
    pub(crate) faults: Queue,
    pub(crate) journal: Journal,
    pub(crate) server: Arc<Server>,
}

impl Shared {
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.addr)
    }

    pub(crate) fn control_url(&self) -> String {
        format!("http://{}/_emulator", self.addr)
    }

    pub(crate) fn reset(&self) {
        self.faults.clear();
        self.store.reset();
        self.journal.clear();
    }
}

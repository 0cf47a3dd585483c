//! What the API, the control plane and the [`Emulator`](crate::Emulator) work on together.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use crate::auth::Keys;
use crate::fault::Queue;
use crate::journal::Journal;
use crate::server::Server;
use crate::store::Store;
use crate::webhook::Webhooks;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) addr: SocketAddr,
    pub(crate) keys: Keys,
    pub(crate) store: Store,
    pub(crate) faults: Queue,
    pub(crate) journal: Journal,
    pub(crate) webhooks: Webhooks,
    pub(crate) server: Arc<Server>,
    /// The names beside the local ones under which the control plane can be reached.
    pub(crate) allowed_hosts: Vec<String>,
}

impl Shared {
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.reachable())
    }

    pub(crate) fn control_url(&self) -> String {
        format!("http://{}/_emulator", self.reachable())
    }

    /// Where this machine reaches it: an address that stands for all of a machine's is none to connect to.
    fn reachable(&self) -> SocketAddr {
        let ip = match self.addr.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.addr.port())
    }

    pub(crate) fn reset(&self) {
        self.faults.clear();
        self.webhooks.reset();
        self.store.reset();
        self.journal.clear();
    }
}

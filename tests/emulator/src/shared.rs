//! The state that the API, the control plane and the [`Emulator`](crate::Emulator) share.

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
    /// Further host names for which the control plane accepts requests.
    pub(crate) allowed_hosts: Vec<String>,
}

impl Shared {
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.reachable())
    }

    pub(crate) fn control_url(&self) -> String {
        format!("http://{}/_emulator", self.reachable())
    }

    /// The address at which this machine reaches it, since an unspecified address cannot be connected to.
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

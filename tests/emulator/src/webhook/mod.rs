//! Webhooks: what has happened to a session, how it is signed, where it goes, what may go wrong, and what was sent.

mod fault;
mod log;
mod message;
mod outbox;
mod target;

pub use fault::WebhookFault;
use log::Log;
pub use log::WebhookDelivery;
pub(crate) use message::Message;
pub(crate) use outbox::{Happened, Outbox};
pub(crate) use target::Target;

/// What of webhooks can be armed and read while the emulator runs.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    pub(crate) faults: fault::Queue,
    pub(crate) log: Log,
}

impl Webhooks {
    pub(crate) fn reset(&self) {
        self.faults.clear();
        self.log.clear();
    }
}

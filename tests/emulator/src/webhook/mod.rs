//! Webhooks: events, signatures, the target URL, faults, and the log.

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

/// The faults and the log of webhooks, which can be used while the emulator runs.
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

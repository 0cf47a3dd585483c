//! The queue of session events for the webhook sender.

use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::session::{GateSession, Status};

/// The content of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventKind(pub(crate) &'static str);

impl EventKind {
    /// A session changed.
    pub(crate) fn of(status: Status) -> Self {
        Self(match status {
            Status::Open => "gate_session.created",
            Status::Completed => "gate_session.completed",
            Status::Expired => "gate_session.expired",
            Status::Cancelled => "gate_session.cancelled",
        })
    }
}

/// A session changed.
#[derive(Debug)]
pub(crate) struct Happened {
    pub(crate) session: GateSession,
    pub(crate) at: Timestamp,
}

/// Receives events; discards them if no webhooks are sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox(Option<UnboundedSender<Happened>>);

impl Outbox {
    pub(crate) fn open() -> (Self, UnboundedReceiver<Happened>) {
        let (sender, receiver) = unbounded_channel();
        (Self(Some(sender)), receiver)
    }

    pub(crate) fn put(&self, session: &GateSession, at: Timestamp) {
        if let Some(sender) = &self.0 {
            // The receiver is gone when the emulator is.
            let _ = sender.send(Happened { session: session.clone(), at });
        }
    }
}

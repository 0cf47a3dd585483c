//! The webhooks that were sent.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// Older ones make way for newer ones.
const KEPT: usize = 10_000;

/// A webhook that was sent, or could not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// The id of the event.
    pub event_id: String,
    /// What it tells, such as `gate_session.cancelled`.
    pub r#type: String,
    /// The session that it is about.
    pub session_id: String,
    /// When it was sent: RFC 3339 with milliseconds and `Z`.
    pub time: String,
    /// The status of the response; none if there was none within ten seconds.
    pub status: Option<u16>,
    /// The kind of the fault that it met.
    pub fault: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<VecDeque<WebhookDelivery>>);

impl Log {
    fn lock(&self) -> MutexGuard<'_, VecDeque<WebhookDelivery>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, delivery: WebhookDelivery) {
        let mut log = self.lock();
        if log.len() == KEPT {
            log.pop_front();
        }
        log.push_back(delivery);
    }

    pub(crate) fn list(&self) -> Vec<WebhookDelivery> {
        self.lock().iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}

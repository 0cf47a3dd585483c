//! The log of sent webhooks.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// The maximum number of entries; older ones are dropped.
const KEPT: usize = 10_000;

/// A webhook that was sent, or that could not be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// The id of the event.
    pub event_id: String,
    /// The type of event, such as `gate_session.cancelled`.
    pub r#type: String,
    /// The id of the session.
    pub session_id: String,
    /// When it was sent: RFC 3339 with milliseconds and `Z`.
    pub time: String,
    /// The status of the response; `None` without a response within ten seconds.
    pub status: Option<u16>,
    /// The kind of fault that affected it.
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

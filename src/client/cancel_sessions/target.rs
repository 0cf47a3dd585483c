//! A session to cancel, with its last record if there is one.

use std::time::{Duration, SystemTime};

use crate::client::session::Session;
use crate::delivery::Delivery;
use crate::next_step::NextStep;
use crate::record::SessionRecord;
use crate::session_id::SessionId;

/// An input of [`Client::cancel_sessions`](crate::Client::cancel_sessions): a session's id, your reference and the id,
/// or the session's last record.
///
/// Without a reference, the session's id is used as the reference.
#[derive(Clone, Debug)]
pub struct CancelTarget {
    pub(super) reference_id: String,
    pub(super) session_id: SessionId,
    pub(super) record: Option<SessionRecord>,
    /// Whether `GiveUp` is retried.
    is_again: bool,
}

impl SessionRecord {
    pub(super) fn has_terminal_status(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.is_terminal())
    }

    /// Whether a request may have cancelled the session.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.delivery == Some(Delivery::Unknown)
    }

    /// The wait that is left at `now`; at most all of it, even if the clock has been set back since.
    pub(super) fn wait_left(&self, now: SystemTime) -> Duration {
        let left = self.not_before().and_then(|at| at.duration_since(now).ok()).unwrap_or_default();
        left.min(Duration::from_millis(self.retry_after_ms.unwrap_or_default()))
    }
}

impl CancelTarget {
    /// Cancels a session again although its last record says [`GiveUp`](NextStep::GiveUp), for example after a change
    /// of the key.
    ///
    /// A session whose record has a terminal status is skipped all the same.
    ///
    /// ```
    /// # fn run(client: &zerogate::Client, records: Vec<zerogate::SessionRecord>) {
    /// use zerogate::{CancelTarget, NextStep};
    ///
    /// let given_up = records.into_iter().filter(|record| record.next == NextStep::GiveUp);
    /// let retried = client.cancel_sessions(given_up.map(CancelTarget::again), 4);
    /// # }
    /// ```
    pub fn again(record: SessionRecord) -> Self {
        Self { is_again: true, ..record.into() }
    }

    /// The record, if nothing is left to do: it has a terminal status, or says that the session does not exist.
    pub(super) fn settled(&self) -> Option<&SessionRecord> {
        let is_given_up = |record: &SessionRecord| record.next == NextStep::GiveUp && !self.is_again;
        self.record.as_ref().filter(|record| is_given_up(record) || record.has_terminal_status())
    }
}

impl From<SessionId> for CancelTarget {
    fn from(id: SessionId) -> Self {
        Self { reference_id: id.to_string(), session_id: id, record: None, is_again: false }
    }
}

impl From<&SessionId> for CancelTarget {
    fn from(id: &SessionId) -> Self {
        id.clone().into()
    }
}

impl From<&Session> for CancelTarget {
    fn from(session: &Session) -> Self {
        session.id().into()
    }
}

impl<R: Into<String>> From<(R, SessionId)> for CancelTarget {
    fn from((reference_id, session_id): (R, SessionId)) -> Self {
        Self { reference_id: reference_id.into(), session_id, record: None, is_again: false }
    }
}

impl From<SessionRecord> for CancelTarget {
    fn from(record: SessionRecord) -> Self {
        let (reference_id, session_id) = (record.reference_id.clone(), record.session_id.clone());
        Self { reference_id, session_id, record: Some(record), is_again: false }
    }
}

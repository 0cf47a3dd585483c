//! A session that is to be cancelled, and what is known of it from before.

use crate::client::session::Session;
use crate::delivery::Delivery;
use crate::next_step::NextStep;
use crate::record::SessionRecord;
use crate::session_id::SessionId;

/// A session for [`Client::cancel_sessions`](crate::Client::cancel_sessions): by its id, by your reference and its id, or by the
/// last record that there is of it.
///
/// A session without a reference has its own id for one.
#[derive(Clone, Debug)]
pub struct CancelTarget {
    pub(super) reference_id: String,
    pub(super) session_id: SessionId,
    pub(super) record: Option<SessionRecord>,
}

impl CancelTarget {
    /// What is recorded already and leaves nothing to ask for: a terminal status, or that there is no such session.
    pub(super) fn settled(&self) -> Option<&SessionRecord> {
        self.record.as_ref().filter(|record| {
            record.next == NextStep::GiveUp || record.status.as_ref().is_some_and(|status| status.is_terminal())
        })
    }

    /// Whether an earlier request may have cancelled it.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.delivery == Some(Delivery::Unknown))
    }
}

impl From<SessionId> for CancelTarget {
    fn from(id: SessionId) -> Self {
        Self { reference_id: id.to_string(), session_id: id, record: None }
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
        Self { reference_id: reference_id.into(), session_id, record: None }
    }
}

impl From<SessionRecord> for CancelTarget {
    fn from(record: SessionRecord) -> Self {
        let (reference_id, session_id) = (record.reference_id.clone(), record.session_id.clone());
        Self { reference_id, session_id, record: Some(record) }
    }
}

//! Whether a response holds the session that was asked for, and how a session is named in logs.

use std::fmt;

use crate::session_id::SessionId;
use crate::types::GateSession;

/// What speaks against a response about `id`, if anything does.
///
/// The discriminator and the id are always there (reference, *Response*), so that a mix-up in a cache or a proxy can be
/// told. Enums are compared through their text: a contract that names its enums otherwise needs no change here.
#[allow(clippy::cmp_owned, reason = "an id that the contract gives a type of its own compares no other way")]
pub(crate) fn denial(session: &GateSession, id: &SessionId) -> Option<&'static str> {
    if session.object.to_string() != "gate_session" {
        Some("what it holds is not a gate_session")
    } else if session.id.to_string() != id.as_str() {
        Some("it holds another session")
    } else {
        None
    }
}

/// Whether a session says that it is cancelled.
pub(crate) fn is_cancelled(session: &GateSession) -> bool {
    session.status.to_string() == "cancelled"
}

/// A session as it may stand in a log: its id and its status, no wallet, no reference, no metadata.
pub(crate) struct Label<'s>(pub(crate) &'s GateSession);

impl fmt::Debug for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.id, self.0.status)
    }
}

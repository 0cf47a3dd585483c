use serde::{Deserialize, Serialize};

use crate::named::named;

/// What to do after a call, for example in a scheduler.
///
/// A success is `Done`, with three exceptions. It is `ReadSession` if the session is terminal, but its status is
/// missing or not in the reference. It is `FixRequest` if the status is missing because the key or the certificate was
/// rejected when the session was read, or because the session is larger than the size limit. In the record of reading
/// an open session it is `Retry`: cancel the session.
///
/// For an error, the table in the module `retry` decides. If there is a `retry_after`, wait that long first.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NextStep {
    /// Nothing: the result is known.
    Done,
    /// Make the same call again, a creation with the same `Idempotency-Key`. It is safe.
    ///
    /// In a [`SessionRecord`](crate::SessionRecord): cancel the session, also if the record is about reading it.
    Retry,
    /// Read the session and act on its status; if it is still open, make the call again.
    ///
    /// After a creation: read the session that the error or the record names. If they name none, list the sessions
    /// before you create another one.
    ReadSession,
    /// Fix the input of the call: the key, the base URL, an option or the request. The same call would fail in the same
    /// way.
    ///
    /// If the delivery is unknown, then make the call again. A creation of unknown delivery may have created a session:
    /// fix only the key or the base URL, and repeat the same value.
    FixRequest,
    /// Stop: the session does not exist under this key.
    ///
    /// Check that the key has the right partner and mode before you write the session off.
    GiveUp,
    /// A step written by a later version of this crate.
    #[serde(other)]
    Other,
}

named! { NextStep:
    Done = "done",
    Retry = "retry",
    ReadSession = "read_session",
    FixRequest = "fix_request",
    GiveUp = "give_up",
    Other = "other",
}

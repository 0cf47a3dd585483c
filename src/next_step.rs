use serde::{Deserialize, Serialize};

use crate::named::named;

/// What to do after a call, for example in a scheduler.
///
/// A success is `Done`, with these exceptions: a session that is terminal without a known status, or has a status that
/// is not in the reference, is `ReadSession`, or `FixRequest` if the key or the certificate was rejected when it was read,
/// or if it is larger than the size limit; and the record of reading an open session is `Retry`. For an error, the table
/// in the module `retry` decides. If there is a `retry_after`, wait that long first.
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
    /// If the delivery is unknown, then make the call again.
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

use serde::{Deserialize, Serialize};

use crate::named::named;

/// What to do after a call: all that a scheduler needs to know.
///
/// A success is `Done`, or `ReadSession` if the status is missing or not terminal. For an error it follows from the table in the
/// module `retry`. Do nothing sooner than `retry_after` says.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NextStep {
    /// Nothing: what was asked for is known.
    Done,
    /// Make the same call again, a creation under the same `Idempotency-Key`. It is safe.
    Retry,
    /// Read the session, and go by its status; if it is still open, make the call again.
    ///
    /// Of a creation: read the session that the error or the record names; if none is named, list the sessions before you create
    /// another one.
    ReadSession,
    /// Fix what the call was made with: the key, the base URL, an option, the request. The same call would fail the same way.
    ///
    /// If the delivery is unknown, make the call again after that.
    FixRequest,
    /// Stop: there is no such session under this key.
    ///
    /// Check that the key is of the right partner and mode before you write the session off.
    GiveUp,
    /// A step that a later version of this crate has written.
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

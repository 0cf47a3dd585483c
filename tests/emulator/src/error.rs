//! Why the emulator cannot be controlled in the way that was asked for.

use crate::session::Status;

/// Why the control plane did not do what it was asked for.
///
/// Over HTTP it is `{"error":"…"}` with this message, under the status that each variant names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// A field cannot be used (400).
    #[error("{field}: {reason}")]
    Invalid {
        /// The field, as it is written in JSON.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No session has this id (404).
    #[error("no session has this id")]
    NotFound,
    /// The session has left `open` already (409).
    #[error("the session is {status}, not open")]
    NotOpen {
        /// Where it stands.
        status: Status,
    },
}

impl ControlError {
    pub(crate) fn invalid(field: &str, reason: impl ToString) -> Self {
        Self::Invalid { field: field.to_owned(), reason: reason.to_string() }
    }
}

//! Errors of the control plane.

use crate::json::Flaw;
use crate::session::Status;

/// An error of a control request.
///
/// Over HTTP it is `{"error":"…"}` with this message, and with the status that each variant names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// A field is invalid (400).
    #[error("{field}: {reason}")]
    Invalid {
        /// The field, as in JSON.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No session has this id (404).
    #[error("no session has this id")]
    NotFound,
    /// The session is no longer open (409).
    #[error("the session is {status}, not open")]
    NotOpen {
        /// Its status.
        status: Status,
    },
}

impl From<Flaw> for ControlError {
    fn from(Flaw { path, reason }: Flaw) -> Self {
        Self::Invalid { field: path.join("."), reason }
    }
}

impl ControlError {
    pub(crate) fn invalid(field: &str, reason: impl ToString) -> Self {
        Self::Invalid { field: field.to_owned(), reason: reason.to_string() }
    }
}

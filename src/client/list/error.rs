//! The error of a list, with its place in it.

use std::fmt;

use crate::client::error::Error;
use crate::session_id::SessionId;

/// The place of an error in a list.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) page: u32,
    pub(super) starting_after: Option<SessionId>,
}

/// The error of a page, or of one session on it, with its place in the list.
#[derive(Debug)]
pub struct ListError {
    pub(super) place: Place,
    pub(super) position: Option<usize>,
    pub(super) error: Error,
}

impl ListError {
    /// The number of the page, counted from 1 for the first page of the query.
    #[must_use]
    pub fn page(&self) -> u32 {
        self.place.page
    }

    /// The session after which the page begins; `None` for the beginning of the list.
    ///
    /// To continue with this page, build a query that [starts after](crate::ListSessions::starting_after) it.
    #[must_use]
    pub fn starting_after(&self) -> Option<&SessionId> {
        self.place.starting_after.as_ref()
    }

    /// The position of the session on the page, counted from 1; `None` if the error is about the whole page.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// The underlying error, to branch on.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the underlying error, without the place.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page {}", self.place.page)?;
        if let Some(id) = &self.place.starting_after {
            write!(f, ", which starts after {}", id.as_str().escape_debug())?;
        }
        if let Some(position) = self.position {
            write!(f, ", session {position}")?;
        }
        write!(f, ": {}", self.error)
    }
}

impl std::error::Error for ListError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

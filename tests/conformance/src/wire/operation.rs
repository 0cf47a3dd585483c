//! The operations of the API.

use std::fmt;

use super::masked::{IdForm, Masked, Piece};

/// An operation, by its operation id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// `POST /gate_sessions`
    CreateSession,
    /// `GET /gate_sessions`
    ListSessions,
    /// `GET /gate_sessions/{id}`
    RetrieveSession,
    /// `POST /gate_sessions/{id}/cancel`
    CancelSession,
}

impl Operation {
    /// The operation id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::CreateSession => "createSession",
            Self::ListSessions => "listSessions",
            Self::RetrieveSession => "retrieveSession",
            Self::CancelSession => "cancelSession",
        }
    }

    /// The method.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::CreateSession | Self::CancelSession => "POST",
            Self::ListSessions | Self::RetrieveSession => "GET",
        }
    }

    /// Returns the request target below this path of a base URL, for a session or for none.
    ///
    /// The id is escaped, so it is always one segment.
    pub(crate) fn target(self, base: &str, id: &str) -> Masked {
        let after = match self {
            Self::CreateSession | Self::ListSessions => return format!("{base}/gate_sessions").into(),
            Self::RetrieveSession => "",
            Self::CancelSession => "/cancel",
        };
        let before = Piece::Literal(format!("{base}/gate_sessions/"));
        [before, Piece::Session(id.to_owned(), IdForm::Whole), Piece::Literal(after.to_owned())].into()
    }

    /// Returns the path below the base URL, with `id` unescaped.
    #[must_use]
    pub fn path(self, id: &str) -> String {
        match self {
            Self::CreateSession | Self::ListSessions => "/gate_sessions".to_owned(),
            Self::RetrieveSession => format!("/gate_sessions/{id}"),
            Self::CancelSession => format!("/gate_sessions/{id}/cancel"),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

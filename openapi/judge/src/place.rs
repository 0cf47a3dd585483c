//! The parts of an exchange.

use std::fmt;

/// The part of an exchange that a finding is about, or that was not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The exchange as a whole.
    Exchange,
    /// The path of the request.
    Path,
    /// The query of the request.
    Query,
    /// A header of the request.
    RequestHeader,
    /// A cookie of the request.
    Cookie,
    /// The credentials of the request.
    Credentials,
    /// The body of the request.
    RequestBody,
    /// The status of the response.
    Status,
    /// A header of the response.
    ResponseHeader,
    /// The body of the response.
    ResponseBody,
}

impl Place {
    /// The name in reports: `response.body`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Path => "request.path",
            Self::Query => "request.query",
            Self::RequestHeader => "request.header",
            Self::Cookie => "request.cookie",
            Self::Credentials => "request.credentials",
            Self::RequestBody => "request.body",
            Self::Status => "response.status",
            Self::ResponseHeader => "response.header",
            Self::ResponseBody => "response.body",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

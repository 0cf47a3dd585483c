use serde::{Deserialize, Serialize};

use crate::named::named;

/// What went wrong, to branch on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client cannot be built from what it was given.
    Configuration,
    /// The request is incomplete, or a value in it is not acceptable; it was not sent.
    Request,
    /// No connection to the server.
    Connect,
    /// The server's certificate is not trusted, or the other side does not speak TLS.
    Certificate,
    /// The time ran out before there was a response.
    Timeout,
    /// The connection failed after the request may have been sent.
    Transport,
    /// What came back is not HTTP.
    Protocol,
    /// 401: the secret key is missing or not valid.
    Unauthorized,
    /// 403: the key may not do this; never the response for another partner's session.
    Forbidden,
    /// 404: there is no such session, or it belongs to another partner.
    ///
    /// One without an envelope is probably not 0Gate's: look at the base URL before you write a session
    /// off.
    NotFound,
    /// 409: the state does not allow it.
    ///
    /// Of a cancellation it means that the session is terminal already, which `cancel_session` reports as an outcome. There it
    /// is an error only if the 409 has no error envelope of its own, or an earlier attempt may have taken effect, and reading
    /// the session did not settle it.
    ///
    /// Of a creation it means that its `Idempotency-Key` came with another body before.
    Conflict,
    /// 429: throttled. Back off, then retry.
    RateLimited,
    /// 5xx: a failure of the server, or of something behind it.
    Server,
    /// Any other 4xx: the server refused the request.
    Rejected,
    /// A status that the contract does not have for this operation: a redirect, or another success than the
    /// documented one.
    UnexpectedStatus,
    /// A success whose body cannot be read as what the contract says it is.
    UnreadableBody,
    /// A response that contradicts itself: a success with another session in it, or with one that is not cancelled; a conflict
    /// over a session that reads as open.
    Contradiction,
    /// A kind that a later version of this crate has written.
    #[serde(other)]
    Other,
}

named! { ErrorKind:
    Configuration = "configuration",
    Request = "request",
    Connect = "connect",
    Certificate = "certificate",
    Timeout = "timeout",
    Transport = "transport",
    Protocol = "protocol",
    Unauthorized = "unauthorized",
    Forbidden = "forbidden",
    NotFound = "not_found",
    Conflict = "conflict",
    RateLimited = "rate_limited",
    Server = "server",
    Rejected = "rejected",
    UnexpectedStatus = "unexpected_status",
    UnreadableBody = "unreadable_body",
    Contradiction = "contradiction",
    Other = "other",
}

#[cfg(feature = "client")]
impl ErrorKind {
    /// What is said of it, in a line that others join.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Configuration => "the client cannot be built",
            Self::Request => "the request was not sent",
            Self::Connect => "no connection to the server",
            Self::Certificate => "no trusted connection to the server",
            Self::Timeout => "no response in time",
            Self::Transport => "the connection failed before there was a response",
            Self::Protocol => "what came back is not HTTP",
            Self::Unauthorized => "the secret key is missing or not valid",
            Self::Forbidden => "the key may not do this",
            Self::NotFound => "not found, or another partner's",
            Self::Conflict => "a conflict with the present state",
            Self::RateLimited => "throttled, back off before the next attempt",
            Self::Server => "the server failed",
            Self::Rejected => "the server refused the request",
            Self::UnexpectedStatus => "not a status that the contract has for this operation",
            Self::UnreadableBody => "a success whose body cannot be read",
            Self::Contradiction => "a response that contradicts itself",
            Self::Other => "something that this version does not know",
        }
    }
}

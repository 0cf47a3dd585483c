use serde::{Deserialize, Serialize};

use crate::named::named;

/// The kind of an error, to branch on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client cannot be built with these settings.
    Configuration,
    /// The request is incomplete, has an invalid value, or exceeds a limit of yours, such as that on pages; it was not
    /// sent.
    Request,
    /// The deadline left no time to send the request.
    OutOfTime,
    /// No connection to the server.
    Connect,
    /// The server's certificate is not trusted, the server rejects the client's certificate or requires one, or the
    /// other side does not speak TLS.
    Certificate,
    /// No response arrived in time.
    Timeout,
    /// The connection failed, and the request may have been sent.
    Transport,
    /// The response is not valid HTTP.
    Protocol,
    /// 401: the secret key is missing or invalid.
    Unauthorized,
    /// 403: the key is not allowed to do this. Never the response for another partner's session.
    Forbidden,
    /// 404: the session does not exist or belongs to another partner.
    ///
    /// A 404 without an envelope is probably not from 0Gate: check the base URL before you write a session off.
    NotFound,
    /// 409: the state does not allow it.
    ///
    /// For a cancellation it means that the session is already terminal, which `cancel_session` reports as an outcome.
    /// It is an error there only if the 409 has no envelope, or if an earlier attempt may have taken effect, and
    /// reading the session did not settle it.
    ///
    /// For a creation it means that its `Idempotency-Key` was used with another body before, as far as is known: the
    /// vendor does not document it.
    Conflict,
    /// 429: too many requests. Back off, then retry.
    RateLimited,
    /// 5xx: the server failed, or something behind it.
    Server,
    /// Any other 4xx: the server rejected the request.
    Rejected,
    /// A status that the contract does not document for this operation: a redirect or another success.
    UnexpectedStatus,
    /// A success whose body does not match the contract or cannot be read.
    UnreadableBody,
    /// A response that contradicts itself: a success with another session or one that is not cancelled, or a conflict
    /// for a session that is open.
    Contradiction,
    /// A kind written by a later version of this crate.
    #[serde(other)]
    Other,
}

named! { ErrorKind:
    Configuration = "configuration",
    Request = "request",
    OutOfTime = "out_of_time",
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
    /// The kind in words, as part of a message.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Configuration => "the client cannot be built",
            Self::Request => "the request was not sent",
            Self::OutOfTime => "the deadline left no time to send the request",
            Self::Connect => "no connection to the server",
            Self::Certificate => "no trusted connection to the server",
            Self::Timeout => "no response in time",
            Self::Transport => "the connection failed before the response",
            Self::Protocol => "the response is not valid HTTP",
            Self::Unauthorized => "the secret key is missing or invalid",
            Self::Forbidden => "the key is not allowed to do this",
            Self::NotFound => "not found, or belongs to another partner",
            Self::Conflict => "a conflict with the current state",
            Self::RateLimited => "too many requests, back off before the next attempt",
            Self::Server => "the server failed",
            Self::Rejected => "the server rejected the request",
            Self::UnexpectedStatus => "the contract does not document this status",
            Self::UnreadableBody => "the body of the successful response cannot be read",
            Self::Contradiction => "the response contradicts itself",
            Self::Other => "an error unknown to this version",
        }
    }
}

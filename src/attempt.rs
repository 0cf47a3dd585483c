use serde::{Deserialize, Serialize};

use crate::delivery::Delivery;
use crate::named::named;
use crate::timestamp::Timestamp;

/// One request on its way to the server, and what came of it.
///
/// A call makes one attempt or several (see the table of the module `retry`); every result and every error lists them all, in the
/// order in which they were made. An attempt names no header, no body and no key, so that it can be logged and stored.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Attempt {
    /// The operation id as the contract writes it; `retrieveSession` where a cancellation was read back.
    pub operation: String,
    /// 1 for the first attempt of an operation.
    pub number: u32,
    /// When it began, by this machine's clock.
    pub started_at: Timestamp,
    /// How long it took, from the beginning of the connection to the last byte of the response, in milliseconds.
    pub elapsed_ms: u64,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The response's request id: its `X-Request-Id` header, else what its envelope says.
    pub request_id: Option<String>,
    /// Whether this attempt, looked at alone, may have taken effect.
    pub delivery: Delivery,
    /// The pause before the next attempt in milliseconds, if there was to be one.
    pub retry_in_ms: Option<u64>,
}

/// How far an attempt came.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// The transport would not take the request, as one for https alone does with http.
    Unsendable,
    /// There is no connection: refused, unreachable, or the host's name has no address.
    ConnectFailed,
    /// The connection did not come about in its time.
    ConnectTimedOut,
    /// The connection ended while TLS was being set up.
    HandshakeDropped,
    /// TLS was refused: the certificate is not trusted, or one of the two sides does not speak it.
    CertificateRefused,
    /// The response did not come in its time, or not all of it.
    TimedOut,
    /// The connection was reset or closed before there was a response.
    ConnectionLost,
    /// What came back is not HTTP.
    ProtocolError,
    /// The documented success came, but not all of it.
    ResponseTruncated,
    /// A success came that is larger than what is read.
    ResponseTooLarge,
    /// The server responded; see the status.
    Responded,
    /// The caller gave up: the call's future was dropped while the attempt was under way.
    Abandoned,
    /// An outcome that a later version of this crate has written.
    #[serde(other)]
    Other,
}

named! { AttemptOutcome:
    Unsendable = "unsendable",
    ConnectFailed = "connect_failed",
    ConnectTimedOut = "connect_timed_out",
    HandshakeDropped = "handshake_dropped",
    CertificateRefused = "certificate_refused",
    TimedOut = "timed_out",
    ConnectionLost = "connection_lost",
    ProtocolError = "protocol_error",
    ResponseTruncated = "response_truncated",
    ResponseTooLarge = "response_too_large",
    Responded = "responded",
    Abandoned = "abandoned",
    Other = "other",
}

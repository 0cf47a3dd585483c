use serde::{Deserialize, Serialize};

use crate::delivery::Delivery;
use crate::named::named;
use crate::timestamp::Timestamp;

/// One request to the server and its outcome.
///
/// A call makes one or more attempts (see the table in the module `retry`); every result and every error lists them all
/// in order. An attempt contains no header, body or key, so it is safe to log and store.
///
/// ```
/// # fn run(attempts: &[zerogate::Attempt]) {
/// for attempt in attempts {
///     println!("{} #{}: {} in {} ms", attempt.operation, attempt.number, attempt.outcome, attempt.elapsed_ms);
/// }
/// # }
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Attempt {
    /// The operation id in the contract; `retrieveSession` for the read-back of a cancellation.
    pub operation: String,
    /// 1 for the first attempt of an operation.
    pub number: u32,
    /// The start time, by this machine's clock.
    pub started_at: Timestamp,
    /// The duration in milliseconds, from the start of the connection to the last byte of the response.
    pub elapsed_ms: u64,
    /// The outcome.
    pub outcome: AttemptOutcome,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The request id of the response: its `X-Request-Id` header, or else the one in its envelope.
    pub request_id: Option<String>,
    /// Whether this attempt alone may have taken effect.
    pub delivery: Delivery,
    /// The planned pause before the next attempt, in milliseconds, if there was a next one.
    pub retry_in_ms: Option<u64>,
}

/// How far an attempt got.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// The transport rejected the request, for example an HTTPS-only transport for `http`.
    Unsendable,
    /// Could not connect: refused, unreachable, or no address for the host name.
    ConnectFailed,
    /// Connecting timed out.
    ConnectTimedOut,
    /// The proxy requires credentials (407), and did not connect to the server.
    ProxyUnauthorized,
    /// The connection closed during the TLS handshake.
    HandshakeDropped,
    /// TLS failed: one side rejects the other's certificate, or does not use TLS.
    CertificateRefused,
    /// The response timed out, or only part of it arrived in time.
    TimedOut,
    /// The connection was reset or closed before the response.
    ConnectionLost,
    /// The response is not valid HTTP.
    ProtocolError,
    /// A documented success was cut off.
    ResponseTruncated,
    /// A success is larger than the size limit.
    ResponseTooLarge,
    /// The server responded: see the status.
    Responded,
    /// The call's future was dropped during the attempt.
    Abandoned,
    /// An outcome written by a later version of this crate.
    #[serde(other)]
    Other,
}

named! { AttemptOutcome:
    Unsendable = "unsendable",
    ConnectFailed = "connect_failed",
    ConnectTimedOut = "connect_timed_out",
    ProxyUnauthorized = "proxy_unauthorized",
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

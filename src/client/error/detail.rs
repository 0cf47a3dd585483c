//! The details of an error beyond its kind: facts, from which `Display` composes the message.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::client::decode::DecodeError;
use crate::client::outcome::ProxyFailure;
use crate::error_kind::ErrorKind;
use crate::session_status::SessionStatus;

const NO_TLS: &str = "this build has no TLS: enable the feature `rustls`, or a TLS feature of reqwest";

/// The detail of an error.
pub(crate) enum Detail {
    /// The fault of the configuration, the request or a success.
    Text(Cow<'static, str>),
    /// The server that could not be reached, and the library's reason if that is about TLS.
    Host {
        address: String,
        is_without_tls: bool,
        proxy: Option<ProxyFailure>,
        reason: Option<Cow<'static, str>>,
        /// Whether the handshake was complete for the client, so that it may have sent its request, encrypted.
        is_established: bool,
    },
    /// How a complete success differs from the contract.
    Undecodable(DecodeError),
    /// The production host rejected a test key.
    TestKeyInProduction,
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Host { address, is_without_tls: true, .. } => write!(f, "{address}: {NO_TLS}"),
            Self::Host { address, proxy: Some(proxy), .. } => write!(f, "{address}: {proxy}"),
            Self::Host { address, reason: Some(reason), .. } => write!(f, "{address}: {reason}"),
            Self::Host { address, .. } => f.write_str(address),
            Self::Undecodable(error) => error.fmt(f),
            Self::TestKeyInProduction => f.write_str(
                "according to the public documentation, test keys are for the sandbox host, and this is the production host",
            ),
        }
    }
}

/// The result of reading a session back, if it settled nothing.
pub(crate) enum ReadBack {
    /// The read failed.
    Failed {
        status: Option<u16>,
        kind: ErrorKind,
        retry_after: Option<Duration>,
        /// Whether neither response can be from 0Gate.
        is_foreign: bool,
        /// Whether the session is larger than the limit.
        is_too_large: bool,
    },
    /// The session is open, or has a status that is not in the reference.
    Reads(SessionStatus),
    /// The session is open, although the response said that it is terminal.
    OpenInSpiteOfConflict,
}

impl fmt::Display for ReadBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { status, kind, is_too_large, .. } => {
                f.write_str("reading the session back failed too")?;
                status.map_or(Ok(()), |status| write!(f, ", with {status}"))?;
                let why = if *is_too_large { "it exceeds `CallOptions::max_body`: raise that" } else { kind.phrase() };
                write!(f, ": {why}")
            }
            Self::Reads(SessionStatus::Open) => {
                f.write_str("the session is still open, but an earlier request may yet cancel it")
            }
            Self::Reads(_) => f.write_str("the session has an undocumented status"),
            Self::OpenInSpiteOfConflict => {
                f.write_str("the conflict says that the session is terminal, but it is open")
            }
        }
    }
}

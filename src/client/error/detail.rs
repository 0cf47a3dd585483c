//! What an error says beyond its kind: facts, of which its one text is composed when it is shown.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::client::decode::DecodeError;
use crate::error_kind::ErrorKind;
use crate::session_status::SessionStatus;

const NO_TLS: &str = "this build speaks no TLS: take the feature `rustls`, or reqwest with the TLS that you want";

/// What exactly went wrong.
pub(crate) enum Detail {
    /// What is wrong with the configuration, the request, or what a success says.
    Text(Cow<'static, str>),
    /// The server that could not be reached.
    Host { address: String, is_without_tls: bool },
    /// What a whole success is instead of what it should be.
    Undecodable(DecodeError),
    /// The key was refused, a test key by the production host.
    TestKeyInProduction,
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Host { address, is_without_tls: false } => f.write_str(address),
            Self::Host { address, is_without_tls: true } => write!(f, "{address}: {NO_TLS}"),
            Self::Undecodable(error) => error.fmt(f),
            Self::TestKeyInProduction => f.write_str(
                "the public documentation binds a test key to the sandbox host, and this is the production host",
            ),
        }
    }
}

/// What reading a session back has added, where it has settled nothing.
pub(crate) enum ReadBack {
    /// It failed.
    Failed { status: Option<u16>, kind: ErrorKind, retry_after: Option<Duration> },
    /// The session is open, or has a status that the reference does not have.
    Reads(SessionStatus),
    /// The session is open, and the response said that it is terminal.
    OpenInSpiteOfConflict,
}

impl fmt::Display for ReadBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { status: Some(status), kind, .. } => {
                write!(f, "reading the session back failed too, with {status}: {}", kind.phrase())
            }
            Self::Failed { status: None, kind, .. } => {
                write!(f, "reading the session back failed too: {}", kind.phrase())
            }
            Self::Reads(SessionStatus::Open) => {
                f.write_str("the session reads open, which proves nothing while a request may be under way")
            }
            Self::Reads(_) => f.write_str("the session reads as a status that the reference does not have"),
            Self::OpenInSpiteOfConflict => {
                f.write_str("the conflict says that the session is terminal, and it reads open")
            }
        }
    }
}

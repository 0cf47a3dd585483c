use std::fmt;
use std::io::ErrorKind as IoErrorKind;

use reqwest::{Error, Response, Result};

use crate::attempt::AttemptOutcome;
use crate::client::cause;
use crate::client::operation::Operation;
use crate::client::raw_response::{BodyEnd, RawResponse};

/// Returns the outcome of an attempt. If there is a response head that is not a success, its status decides.
///
/// `is_tls` is whether the connection uses TLS.
pub(crate) fn outcome(
    operation: &Operation,
    is_tls: bool,
    result: &Result<Response>,
    response: Option<&RawResponse>,
) -> AttemptOutcome {
    match (result, response) {
        (_, Some(response)) if !response.is_success() || !operation.documents(response.status) => {
            AttemptOutcome::Responded
        }
        (_, Some(response)) if response.body_end == BodyEnd::TooLarge => AttemptOutcome::ResponseTooLarge,
        (Ok(_), Some(response)) if response.body_end == BodyEnd::CutOff => AttemptOutcome::ResponseTruncated,
        (Ok(_), _) => AttemptOutcome::Responded,
        (Err(error), Some(_)) if error.is_timeout() => AttemptOutcome::TimedOut,
        (Err(error), None) if !error.is_connect() && tls_failure(error) == Some(TlsFailure::Rejected) => {
            AttemptOutcome::CertificateRefused
        }
        (Err(error), _) if !error.is_connect() && is_malformed(error) => AttemptOutcome::ProtocolError,
        (Err(_), Some(_)) => AttemptOutcome::ResponseTruncated,
        (Err(error), None) if error.is_builder() => AttemptOutcome::Unsendable,
        (Err(error), None) if error.is_connect() => no_connection(error, is_tls),
        (Err(error), None) if error.is_timeout() => AttemptOutcome::TimedOut,
        (Err(_), None) => AttemptOutcome::ConnectionLost,
    }
}

/// The outcome of a failed connection.
fn no_connection(error: &Error, is_tls: bool) -> AttemptOutcome {
    match io_kind(error) {
        _ if error.is_timeout() => AttemptOutcome::ConnectTimedOut,
        _ if is_without_tls(error) => AttemptOutcome::CertificateRefused,
        _ if proxy_failure(error) == Some(ProxyFailure::NeedsCredentials) => AttemptOutcome::ProxyUnauthorized,
        // rustls rejects the certificate, or receives something other than TLS.
        Some(IoErrorKind::InvalidData) if is_tls => AttemptOutcome::CertificateRefused,
        Some(
            IoErrorKind::UnexpectedEof
            | IoErrorKind::ConnectionReset
            | IoErrorKind::ConnectionAborted
            | IoErrorKind::BrokenPipe,
        ) if is_tls => AttemptOutcome::HandshakeDropped,
        // Other TLS libraries have their own error types, with only this word in common.
        _ if is_tls && causes_of(error).any(|cause| cause.to_string().contains("certificate")) => {
            AttemptOutcome::CertificateRefused
        }
        _ => AttemptOutcome::ConnectFailed,
    }
}

/// The causes of an error without the error itself: reqwest's own text contains the URL.
fn causes_of(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    cause::chain(error).skip(1)
}

/// Whether connecting failed because this build has no TLS.
pub(crate) fn is_without_tls(error: &Error) -> bool {
    // The text of hyper-util for `https` without TLS; it has no error type for it.
    error.is_connect() && causes_of(error).any(|cause| cause.to_string().contains("scheme is not http"))
}

/// Why a proxy did not connect to the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ProxyFailure {
    /// It cannot be reached.
    Unreachable,
    /// It wants credentials: a 407.
    NeedsCredentials,
    /// It refused for another reason, or failed.
    Refused,
}

impl fmt::Display for ProxyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "the proxy cannot be reached",
            Self::NeedsCredentials => "the proxy requires credentials (407)",
            Self::Refused => "the proxy did not connect to it",
        })
    }
}

/// Returns why a proxy did not connect to the server, if it is the reason of this error.
pub(crate) fn proxy_failure(error: &Error) -> Option<ProxyFailure> {
    // hyper-util does not export the type of these errors.
    let failure = |cause: &(dyn std::error::Error + 'static)| match cause.to_string().as_str() {
        "tunnel error: failed to create underlying connection" => Some(ProxyFailure::Unreachable),
        "tunnel error: proxy authorization required" => Some(ProxyFailure::NeedsCredentials),
        "tunnel error: unsuccessful"
        | "tunnel error: unexpected end of file"
        | "tunnel error: proxy response headers too long"
        | "tunnel error: io error establishing tunnel" => Some(ProxyFailure::Refused),
        _ => None,
    };
    causes_of(error).find_map(failure).filter(|_| error.is_connect())
}

/// How TLS failed on a connection that was established for the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum TlsFailure {
    /// The server rejects the client's certificate, or requires one. In TLS 1.3, it says so when the client may already
    /// have sent its request, which it then does not read: it has ended the handshake that comes first.
    Rejected,
    /// Anything else, such as damaged data.
    #[cfg_attr(
        not(any(feature = "rustls", feature = "rustls-no-provider")),
        expect(dead_code, reason = "only rustls has a type for it")
    )]
    Other,
}

/// Returns how TLS failed on an established connection, if it did.
#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
fn tls_failure(error: &Error) -> Option<TlsFailure> {
    Some(match causes_of(error).find_map(|cause| cause.downcast_ref::<rustls::Error>())? {
        rustls::Error::AlertReceived(alert) if cause::rejects_certificate(*alert) => TlsFailure::Rejected,
        _ => TlsFailure::Other,
    })
}

/// Other TLS libraries have their own error types.
#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
fn tls_failure(_: &Error) -> Option<TlsFailure> {
    None
}

/// Whether the other side responds to the TLS handshake with something other than TLS.
#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
pub(crate) fn is_plain(error: &Error) -> bool {
    use rustls::{Error as Tls, InvalidMessage};

    let is_plain = |cause: &Tls| matches!(cause, Tls::InvalidMessage(InvalidMessage::InvalidContentType));
    cause::chain(error).filter_map(|cause| cause.downcast_ref()).any(is_plain)
}

/// Other TLS libraries have their own error types.
#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
pub(crate) fn is_plain(_: &Error) -> bool {
    false
}

/// The innermost I/O error kind: libraries nest them.
fn io_kind(error: &Error) -> Option<IoErrorKind> {
    cause::chain(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>()).last().map(std::io::Error::kind)
}

/// Whether the response is not valid HTTP, in its head or in the chunks of its body.
fn is_malformed(error: &Error) -> bool {
    cause::chain(error).any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse))
        || (tls_failure(error).is_none()
            && matches!(io_kind(error), Some(IoErrorKind::InvalidData | IoErrorKind::InvalidInput)))
}

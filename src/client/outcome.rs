use std::io::ErrorKind as IoErrorKind;

use reqwest::{Error, Response, Result};

use crate::attempt::AttemptOutcome;
use crate::client::cause;
use crate::client::operation::Operation;
use crate::client::raw_response::{BodyEnd, RawResponse};

/// What an attempt came to. Where there is the head of a response that is no success, its status decides.
///
/// `is_tls` tells whether TLS was to be spoken.
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
        (Err(error), _) if !error.is_connect() && is_malformed(error) => AttemptOutcome::ProtocolError,
        (Err(_), Some(_)) => AttemptOutcome::ResponseTruncated,
        (Err(error), None) if error.is_builder() => AttemptOutcome::Unsendable,
        (Err(error), None) if error.is_connect() => no_connection(error, is_tls),
        (Err(error), None) if error.is_timeout() => AttemptOutcome::TimedOut,
        (Err(_), None) => AttemptOutcome::ConnectionLost,
    }
}

/// Why there is no connection.
fn no_connection(error: &Error, is_tls: bool) -> AttemptOutcome {
    match io_kind(error) {
        _ if error.is_timeout() => AttemptOutcome::ConnectTimedOut,
        _ if is_without_tls(error) => AttemptOutcome::CertificateRefused,
        // What rustls has against a certificate, or against what it was sent instead of TLS.
        Some(IoErrorKind::InvalidData) if is_tls => AttemptOutcome::CertificateRefused,
        Some(
            IoErrorKind::UnexpectedEof
            | IoErrorKind::ConnectionReset
            | IoErrorKind::ConnectionAborted
            | IoErrorKind::BrokenPipe,
        ) if is_tls => AttemptOutcome::HandshakeDropped,
        // Other libraries have types of their own for it, and only this in common.
        _ if is_tls && causes_of(error).any(|cause| cause.to_string().contains("certificate")) => {
            AttemptOutcome::CertificateRefused
        }
        _ => AttemptOutcome::ConnectFailed,
    }
}

/// The causes of an error, without itself: reqwest's own text has the URL in it.
fn causes_of(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    cause::chain(error).skip(1)
}

/// Whether there is no connection because nothing in this build can speak TLS.
pub(crate) fn is_without_tls(error: &Error) -> bool {
    // What hyper-util says of `https` when plain HTTP is all that there is; it has no type for it.
    error.is_connect() && causes_of(error).any(|cause| cause.to_string().contains("scheme is not http"))
}

/// The innermost kind of input or output error: libraries wrap one in another.
fn io_kind(error: &Error) -> Option<IoErrorKind> {
    cause::chain(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>()).last().map(std::io::Error::kind)
}

/// Whether what came is not HTTP: in the head, or in the chunks of a body.
fn is_malformed(error: &Error) -> bool {
    cause::chain(error).any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse))
        || matches!(io_kind(error), Some(IoErrorKind::InvalidData | IoErrorKind::InvalidInput))
}

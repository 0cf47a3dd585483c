//! Builds the error of a failed call from its log.

use std::borrow::Cow;

use progenitor_client::Error as Failure;

use super::Error;
use super::detail::Detail;
use crate::attempt::AttemptOutcome;
use crate::client::call::Shared;
use crate::client::call_log::{CallLog, GaveUp};
use crate::client::cause::Cause;
use crate::client::decode::DecodeError;
use crate::client::essentials::{Doubt, Essentials};
use crate::client::outcome;
use crate::client::raw_response::RawResponse;
use crate::client::secret_key::KeyMode;
use crate::delivery::Delivery;
use crate::error_kind::ErrorKind;

const PLAIN: &str = "the server does not speak TLS on this port; use http:// for a local emulator";

impl Error {
    /// A success that its body contradicts.
    pub(crate) fn denied(log: CallLog, denial: &'static str) -> Self {
        Self::seen(ErrorKind::Contradiction, Delivery::Unknown, log).with_text(denial)
    }

    /// A success that does not show the session's result.
    pub(crate) fn doubted(log: CallLog, doubt: &Doubt) -> Self {
        match doubt {
            Doubt::OtherSession => Self::denied(log, "the response is about another session"),
            Doubt::Unreadable => {
                let flaw = Essentials::flaw(log.body());
                Self::unreadable(log, flaw)
            }
        }
    }

    /// A complete success that does not match the contract.
    pub(crate) fn unreadable(log: CallLog, flaw: DecodeError) -> Self {
        let mut error = Self::seen(ErrorKind::UnreadableBody, Delivery::Unknown, log);
        error.0.detail = Some(Detail::Undecodable(flaw));
        error
    }

    /// A request that must not be sent.
    #[cfg_attr(not(known_surface), expect(dead_code, reason = "unused if the contract lacks the operations"))]
    pub(crate) fn unsent(kind: ErrorKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self::seen(kind, Delivery::NotSent, CallLog::default()).with_text(text)
    }

    /// A success whose body was not read to its end.
    ///
    /// Drops the reason why there was no further attempt: with a success it does not matter.
    pub(crate) fn incomplete(log: CallLog) -> Self {
        let log = CallLog { gave_up: None, ..log };
        Self::seen(ErrorKind::UnreadableBody, Delivery::Unknown, log)
    }

    /// Builds the error from the log; progenitor's own error only says how far the call got.
    pub(crate) fn of_call<E>(failure: Failure<E>, log: CallLog, shared: &Shared) -> Self {
        let is_success = log.response.as_ref().is_some_and(RawResponse::is_success);
        let (kind, detail, source) = match failure {
            // Raised before a request is sent; the log may still have the response to an earlier request of the call.
            Failure::InvalidRequest(text) | Failure::Custom(text) => {
                let delivery = if is_success { Delivery::Unknown } else { log.delivery() };
                let is_out_of_time = matches!(log.gave_up, Some(GaveUp::NoTime)) && log.attempts.is_empty();
                let log = CallLog { attempts: log.attempts, ..CallLog::default() };
                if is_out_of_time {
                    return Self::seen(ErrorKind::OutOfTime, delivery, log);
                }
                return Self::seen(ErrorKind::Request, delivery, log).with_text(text);
            }
            Failure::UnexpectedResponse(_) if is_success => (ErrorKind::UnexpectedStatus, None, None),
            Failure::InvalidResponsePayload(..) => {
                let flaw = log.operation.and_then(|operation| operation.flaw);
                let flaw = flaw.filter(|_| log.is_documented_success()).map(|flaw| flaw(log.body()));
                (of_response(&log), flaw.map(Detail::Undecodable), None)
            }
            Failure::ErrorResponse(_) | Failure::UnexpectedResponse(_) => (of_response(&log), None, None),
            Failure::CommunicationError(cause) | Failure::InvalidUpgrade(cause) | Failure::ResponseBodyError(cause) => {
                // The URL contains the session id, and perhaps a proxy's password.
                let cause = cause.without_url();
                let (is_without_tls, proxy) = (outcome::is_without_tls(&cause), outcome::proxy_failure(&cause));
                let (is_established, is_plain) = (!cause.is_connect(), outcome::is_plain(&cause));
                let kind = match (&log.response, log.outcome()) {
                    (Some(_), _) => of_response(&log),
                    (None, _) if cause.is_builder() => ErrorKind::Request,
                    (None, outcome) => of_outcome(outcome),
                };
                let cause = Cause::of(&cause);
                let detail = match kind {
                    ErrorKind::Connect | ErrorKind::Certificate => {
                        let (host, port) = (shared.base.url().host_str().unwrap_or_default(), shared.base.port());
                        let reason = (kind == ErrorKind::Certificate)
                            .then(|| if is_plain { PLAIN.into() } else { cause.root().to_owned().into() });
                        let address = format!("{host}:{port}");
                        Some(Detail::Host { address, is_without_tls, proxy, reason, is_established })
                    }
                    ErrorKind::Request => Some(Detail::Text(cause.root().to_owned().into())),
                    _ => None,
                };
                (kind, detail, Some(cause))
            }
        };
        Self::made(kind, detail, source, log, shared)
    }

    /// Builds the error for a response that is not a complete documented success.
    pub(crate) fn of_response(log: CallLog, shared: &Shared) -> Self {
        let Some(response) = log.response.as_ref().filter(|response| response.is_success()) else {
            return Self::made(of_response(&log), None, None, log, shared);
        };
        if log.operation.is_some_and(|operation| operation.documents(response.status)) {
            return Self::incomplete(log);
        }
        Self::made(ErrorKind::UnexpectedStatus, None, None, log, shared)
    }

    fn made(kind: ErrorKind, detail: Option<Detail>, source: Option<Cause>, log: CallLog, shared: &Shared) -> Self {
        let is_success = log.response.as_ref().is_some_and(RawResponse::is_success);
        // The table does not inspect the body of a success, and this body is wrong.
        let delivery = if is_success { Delivery::Unknown } else { log.delivery() };
        // The reference's own example sends a test key to the production host, so the key is not rejected here.
        // According to the vendor's public documentation, each host accepts only keys of its own mode.
        let is_refused = matches!(kind, ErrorKind::Unauthorized | ErrorKind::Forbidden);
        let hint = (is_refused && shared.key.mode() == KeyMode::Test && shared.base.is_production())
            .then_some(Detail::TestKeyInProduction);
        let mut error = Self::seen(kind, delivery, log);
        error.0.detail = detail.or(hint);
        error.0.source = source;
        error
    }
}

/// The error kind of a response: the status decides, and a success has an unreadable body.
fn of_response(log: &CallLog) -> ErrorKind {
    match log.status() {
        Some(401) => ErrorKind::Unauthorized,
        Some(403) => ErrorKind::Forbidden,
        Some(404) => ErrorKind::NotFound,
        Some(409) => ErrorKind::Conflict,
        Some(429) => ErrorKind::RateLimited,
        Some(400..=499) => ErrorKind::Rejected,
        Some(500..=599) => ErrorKind::Server,
        // For an undocumented success it does not matter that the body is cut off.
        Some(status @ 200..=299) if log.operation.is_some_and(|operation| operation.documents(status)) => {
            ErrorKind::UnreadableBody
        }
        Some(_) => ErrorKind::UnexpectedStatus,
        // Without a response head, nothing is known.
        None => ErrorKind::Transport,
    }
}

fn of_outcome(outcome: Option<AttemptOutcome>) -> ErrorKind {
    match outcome {
        Some(
            AttemptOutcome::ConnectFailed
            | AttemptOutcome::ConnectTimedOut
            | AttemptOutcome::ProxyUnauthorized
            | AttemptOutcome::HandshakeDropped,
        ) => ErrorKind::Connect,
        Some(AttemptOutcome::CertificateRefused) => ErrorKind::Certificate,
        Some(AttemptOutcome::TimedOut) => ErrorKind::Timeout,
        Some(AttemptOutcome::ProtocolError) => ErrorKind::Protocol,
        _ => ErrorKind::Transport,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incomplete_success_does_not_say_why_there_was_no_further_attempt() {
        let log = CallLog { gave_up: Some(GaveUp::Attempts(4)), ..CallLog::default() };
        let text = Error::incomplete(log).to_string();
        assert!(!text.contains("attempts"), "{text}");
    }
}

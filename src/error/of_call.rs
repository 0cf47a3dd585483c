//! What is to be said of a call that has failed, by what was seen of it.

use super::{Error, ErrorKind};
use crate::answer::{Answer, End};
use crate::attempt::AttemptOutcome;
use crate::call_log::Seen;
use crate::delivery::Delivery;
use crate::outcome;
use crate::response::Response;

const NO_TLS: &str = "this build speaks no TLS: take the feature `rustls`, or reqwest with the TLS that you want";

/// The operations whose successes hold no client secret (reference, *Response*: never includes `client_secret`). Of any other
/// one the raw body of a success is not kept.
const WITHOUT_SECRET: &[&str] = &["cancelSession", "retrieveSession", "listSessions"];

impl Error {
    /// An answer whose body denies what its status says.
    pub(crate) fn contradiction<T>(response: &Response<T>, seen: Seen, denial: &str) -> Self {
        let mut error = match seen.answer {
            Some(answer) => Self::of_head(answer, ErrorKind::Contradiction),
            None => Self::new(ErrorKind::Contradiction, Delivery::Unknown),
        };
        error.0.delivery = Delivery::Unknown;
        error.0.operation = seen.operation;
        error.0.status = Some(response.status());
        error.0.attempts = seen.attempts;
        error.withhold();
        error.with_detail(denial)
    }

    /// Reads a failed call off what was seen of it; progenitor's own error only says how far it came.
    pub(crate) fn of_call<E>(failure: progenitor_client::Error<E>, seen: Seen) -> Self {
        use progenitor_client::Error as Failure;

        let delivery = seen.delivery();
        let outcome = seen.outcome();
        let mut error = match (failure, seen.answer) {
            // Said before a request is sent; a call that has sent another one before has seen an answer to that.
            (Failure::InvalidRequest(detail) | Failure::Custom(detail), _) => {
                let has_succeeded = matches!(seen.attempts.last().and_then(|last| last.status), Some(200..=299));
                let delivery = if has_succeeded { Delivery::Unknown } else { delivery };
                let mut error = Self::new(ErrorKind::Request, delivery).with_detail(detail);
                error.0.attempts = seen.attempts;
                return error;
            }
            (Failure::InvalidResponsePayload(_, cause), Some(answer)) => {
                // serde's own message quotes the value it stumbled over.
                let place = format!("{:?} error at line {} column {}", cause.classify(), cause.line(), cause.column());
                Self::of_answer(answer, Some(place), outcome)
            }
            (Failure::UnexpectedResponse(_), Some(answer)) if answer.is_success() => {
                Self::of_head(answer, ErrorKind::UnexpectedStatus)
            }
            (Failure::ErrorResponse(_) | Failure::UnexpectedResponse(_), Some(answer)) => {
                Self::of_answer(answer, None, outcome)
            }
            (
                Failure::CommunicationError(cause) | Failure::InvalidUpgrade(cause) | Failure::ResponseBodyError(cause),
                answer,
            ) => {
                // A URL holds the session id and perhaps a proxy's password.
                let cause = cause.without_url();
                let error = match answer {
                    None if outcome::is_without_tls(&cause) => Self::of_outcome(outcome).with_detail(NO_TLS),
                    Some(answer) => Self::of_answer(answer, None, outcome),
                    None if cause.is_builder() => Self::new(ErrorKind::Request, delivery),
                    None => Self::of_outcome(outcome),
                };
                error.with_source(&cause)
            }
            // What stands on an answer that nobody has seen the head of: nothing can be said of it.
            (
                Failure::ErrorResponse(_) | Failure::InvalidResponsePayload(..) | Failure::UnexpectedResponse(_),
                None,
            ) => Self::new(ErrorKind::Transport, Delivery::Unknown),
        };
        // The table speaks for every attempt, but does not look into a success: this one is not what it should be.
        let is_success = matches!(error.0.status, Some(200..=299));
        error.0.delivery = if is_success { Delivery::Unknown } else { delivery };
        error.0.operation = seen.operation;
        error.0.given_up = seen.given_up;
        error.0.attempts = seen.attempts;
        error.withhold();
        error
    }

    /// A success that was handed on although its body was not read to the end.
    pub(crate) fn of_incomplete(answer: Answer, seen: Seen) -> Self {
        let mut error = Self::of_answer(answer, None, seen.outcome());
        error.0.delivery = Delivery::Unknown;
        error.0.operation = seen.operation;
        error.0.attempts = seen.attempts;
        error.withhold();
        error
    }

    /// Forgets the body of a success that may hold a client secret.
    fn withhold(&mut self) {
        let is_success = matches!(self.0.status, Some(200..=299));
        if is_success && !self.0.operation.is_some_and(|operation| WITHOUT_SECRET.contains(&operation.id)) {
            self.0.body = None;
        }
    }

    fn of_outcome(outcome: Option<AttemptOutcome>) -> Self {
        let kind = match outcome {
            Some(
                AttemptOutcome::ConnectFailed | AttemptOutcome::ConnectTimedOut | AttemptOutcome::HandshakeDropped,
            ) => ErrorKind::Connect,
            Some(AttemptOutcome::CertificateRefused) => ErrorKind::Certificate,
            Some(AttemptOutcome::TimedOut) => ErrorKind::Timeout,
            Some(AttemptOutcome::ProtocolError) => ErrorKind::Protocol,
            _ => ErrorKind::Transport,
        };
        Self::new(kind, Delivery::Unknown)
    }

    /// Reads an answer that is no value: the status decides, and a success is one whose body cannot be read.
    fn of_answer(answer: Answer, flaw: Option<String>, outcome: Option<AttemptOutcome>) -> Self {
        let kind = match answer.status {
            401 => ErrorKind::Unauthorized,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            429 => ErrorKind::RateLimited,
            400..=499 => ErrorKind::Rejected,
            500..=599 => ErrorKind::Server,
            200..=299 => ErrorKind::UnreadableBody,
            _ => ErrorKind::UnexpectedStatus,
        };
        let flaw = match answer.end {
            End::CutOff => Some(match outcome {
                Some(AttemptOutcome::TimedOut) => "it did not end in time".to_owned(),
                Some(AttemptOutcome::ProtocolError) => "it is not put together as HTTP has it".to_owned(),
                _ => "it ends too early".to_owned(),
            }),
            End::TooLarge => Some("it is too large".to_owned()),
            End::Complete => flaw,
        };
        let mut error = Self::of_head(answer, kind);
        if kind == ErrorKind::UnreadableBody {
            error.0.detail = flaw;
        } else if kind == ErrorKind::NotFound && error.0.envelope.is_none() {
            error.0.detail = Some("without an envelope, so look whether the base URL is 0Gate's".to_owned());
        }
        error
    }

    /// Keeps of an answer what says which one it was; its delivery is for the caller to say.
    fn of_head(answer: Answer, kind: ErrorKind) -> Self {
        let mut error = Self::new(kind, Delivery::Unknown);
        error.0.status = Some(answer.status);
        error.0.envelope = answer.envelope();
        error.0.code = answer.code();
        error.0.contradiction = answer.contradiction();
        error.0.retry_after = answer.retry_after;
        error.0.request_id = answer.request_id;
        error.0.body = Some(answer.body);
        error
    }
}

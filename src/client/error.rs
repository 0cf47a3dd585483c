mod detail;
mod of_call;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Display};
use std::time::Duration;

use bytes::Bytes;

use self::detail::Detail;
pub(crate) use self::detail::ReadBack;
use crate::attempt::{Attempt, AttemptOutcome};
use crate::client::call_log::CallLog;
use crate::client::cause::Cause;
use crate::client::decode::FieldError;
use crate::client::envelope::EnvelopeContradiction;
use crate::client::essentials::Essentials;
use crate::client::operation::Operation;
use crate::client::options::CallOptions;
use crate::client::raw_response::{BodyEnd, RawResponse};
use crate::client::retry::When;
use crate::delivery::Delivery;
use crate::error_kind::ErrorKind;
use crate::next_step::NextStep;
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;
use crate::types;

/// Why a call has no value to give.
///
/// It says what was seen and no more: [`kind`](Self::kind) to branch on, whether the request may have taken effect
/// ([`delivery`](Self::delivery)), every attempt ([`attempts`](Self::attempts)), and of the last response, where there was one,
/// [`status`](Self::status), [`request_id`](Self::request_id), [`envelope`](Self::envelope) and
/// [`retry_after`](Self::retry_after).
///
/// `Display` is one short line without anything that came from the server but numbers; `Debug` adds the request id, and
/// neither shows a body, a header or a secret. The chain of [`source`](StdError::source)s keeps what the libraries below
/// said, without what they quote: no URL, no value, no line of a body.
///
/// (Reference, *Production rules*: branch on machine-readable status, error code, object id and request id; *Errors*: not on
/// the free-form message.)
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    delivery: Delivery,
    /// What the call has seen: its operation, its last response, and its attempts.
    log: CallLog,
    envelope: Option<types::Error>,
    detail: Option<Detail>,
    read_back: Option<ReadBack>,
    source: Option<Cause>,
}

impl Error {
    fn seen(kind: ErrorKind, delivery: Delivery, mut log: CallLog) -> Self {
        if let Some(response) = &mut log.response {
            // An error may be kept for long, and must not keep what the connection has read into.
            response.body = Bytes::copy_from_slice(&response.body);
        }
        let envelope = log.response.as_ref().and_then(RawResponse::envelope);
        Self(Box::new(Inner { kind, delivery, log, envelope, detail: None, read_back: None, source: None }))
    }

    /// A client that cannot be built.
    pub(crate) fn configuration(text: impl Into<Cow<'static, str>>) -> Self {
        Self::seen(ErrorKind::Configuration, Delivery::NotSent, CallLog::default()).with_text(text)
    }

    pub(crate) fn with_source(mut self, source: &(dyn StdError + 'static)) -> Self {
        self.0.source = Some(Cause::of(source));
        self
    }

    fn with_text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(Detail::Text(text.into()));
        self
    }

    /// Adds what reading the session back has shown, and the attempts that it took.
    pub(crate) fn with_read_back(mut self, read_back: ReadBack, attempts: &[Attempt]) -> Self {
        if let ReadBack::OpenInSpiteOfConflict = read_back {
            self.0.kind = ErrorKind::Contradiction;
        }
        self.0.read_back = Some(read_back);
        self.with_later(attempts)
    }

    /// Adds that reading the session back has failed.
    pub(crate) fn with_failed_read_back(self, failure: &Self) -> Self {
        let (status, kind, retry_after) = (failure.status(), failure.kind(), failure.retry_after());
        self.with_read_back(ReadBack::Failed { status, kind, retry_after }, failure.attempts())
    }

    /// Adds attempts that came after those it was made of.
    pub(crate) fn with_later(mut self, attempts: &[Attempt]) -> Self {
        self.0.log.attempts.extend_from_slice(attempts);
        self
    }

    /// What went wrong, to branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the request may have taken effect: of the whole call, with all its attempts.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// What to do next.
    ///
    /// It follows from the last attempt, by the table in the module [`retry`](crate::retry) and the rules above it. [`Retry`](NextStep::Retry) is there
    /// only where repeating is safe; wait as long as [`retry_after`](Self::retry_after) says, if it says something.
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        let log = &self.0.log;
        let is_unknown = self.0.delivery == Delivery::Unknown;
        // Reading it back has shown that the base URL is right, and that the session is still to be cancelled.
        let is_found_open = self.session_status() == Some(&SessionStatus::Open);
        let is_bare = log.policy.is_some_and(|policy| matches!(policy.when, When::WithoutEnvelope(_)));
        match log.policy.map(|policy| policy.next) {
            None => NextStep::FixRequest,
            Some(_) if is_unknown && is_found_open && is_bare => NextStep::Retry,
            // It is there, and the same call would be told the same of it.
            Some(NextStep::Retry) if self.created_session_id().is_some() => NextStep::ReadSession,
            // A whole success that cannot be read is as unreadable the next time.
            Some(NextStep::Retry) if log.is_documented_success() && !log.is_cancellation() => {
                if log.is_read() {
                    NextStep::FixRequest
                } else {
                    NextStep::ReadSession
                }
            }
            Some(NextStep::Retry | NextStep::FixRequest | NextStep::GiveUp) if is_unknown && !log.is_repeatable => {
                NextStep::ReadSession
            }
            // Nothing is known to be out of reach while an attempt may have taken effect, or where no session is named.
            Some(NextStep::GiveUp) if is_unknown || !log.names_a_session() => NextStep::FixRequest,
            // Only a cancellation's conflict is about what a session reads as.
            Some(NextStep::ReadSession) if !log.is_cancellation() && !is_unknown => NextStep::FixRequest,
            Some(NextStep::ReadSession) if !log.is_cancellation() && log.is_repeatable => NextStep::Retry,
            Some(next) => next,
        }
    }

    /// Whether the table has the operation repeated after what its last attempt came to.
    pub(crate) fn is_repeated(&self, options: &CallOptions) -> bool {
        let log = &self.0.log;
        log.is_repeatable && log.policy.is_some_and(|policy| policy.repeated.holds_with(options))
    }

    /// The status that the session was read back with, where that has not settled what the call was about.
    #[must_use]
    pub fn session_status(&self) -> Option<&SessionStatus> {
        match self.0.read_back.as_ref()? {
            ReadBack::Reads(status) => Some(status),
            ReadBack::OpenInSpiteOfConflict => Some(&SessionStatus::Open),
            ReadBack::Failed { .. } => None,
        }
    }

    /// The id of the session that a creation has made, where its success could not be read otherwise; store it, and do not create
    /// another one.
    ///
    /// It is read off any success of `createSession` that is whole JSON with an `id` and a `status` in it, each once, whatever
    /// else is missing.
    #[must_use]
    pub fn created_session_id(&self) -> Option<SessionId> {
        Essentials::named(self.creation()?).ok().map(|(id, _)| id)
    }

    /// The body of a creation's success.
    pub(crate) fn creation(&self) -> Option<&[u8]> {
        let log = &self.0.log;
        let is_success = log.response.as_ref().is_some_and(RawResponse::is_success);
        (log.is_creation() && is_success).then(|| log.body())
    }

    /// The fields that keep a success from being what the contract describes, each with what was expected.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        match &self.0.detail {
            Some(Detail::Undecodable(error)) => error.fields(),
            _ => &[],
        }
    }

    /// The HTTP status of the operation's last attempt, if it got a response.
    ///
    /// The response to reading back is in [`attempts`](Self::attempts) alone.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.log.status()
    }

    /// The request id of the response to the operation's last attempt: its `X-Request-Id` header, else what its envelope says.
    ///
    /// (Reference, *Errors*: all errors carry the header.) Those of the other attempts are in
    /// [`attempts`](Self::attempts).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.log.response.as_ref()?.request_id.as_deref()
    }

    /// The error envelope, if the response had one with all its fields; an HTML page of a gateway has none.
    ///
    /// [`code`](Self::code) is read even if another field is missing.
    ///
    /// The status decides what kind of error this is. Where the envelope is of another one,
    /// [`envelope_contradiction`](Self::envelope_contradiction) says so. Its type is [`Envelope`](crate::Envelope).
    #[must_use]
    pub fn envelope(&self) -> Option<&types::Error> {
        self.0.envelope.as_ref()
    }

    /// The envelope's `code`, to branch on and to log; `None` where it is no plain word of at most 64 characters.
    ///
    /// (Reference, *Errors*: branch on it, on the type and on the status, not on the message.)
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.log.response.as_ref()?.envelope.code.as_deref()
    }

    /// What the envelope says that the HTTP status denies, in words, if it does.
    #[must_use]
    pub fn envelope_contradiction(&self) -> Option<String> {
        self.contradiction().map(|contradiction| contradiction.to_string())
    }

    pub(crate) fn contradiction(&self) -> Option<EnvelopeContradiction> {
        self.0.log.response.as_ref()?.envelope.contradiction
    }

    /// Whether the last response is 0Gate's own, by its envelope.
    pub(crate) fn is_vouched_for(&self) -> bool {
        self.0.log.is_vouched_for()
    }

    /// Every attempt of the call, in the order in which they were made, reading back included.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.log.attempts
    }

    /// The wait that the last response asked for in its `Retry-After`, or that to reading back, whichever is longer.
    ///
    /// Counted from that response. The call itself has not waited for it: its status is not one that is tried again, its attempts
    /// were used up, or the deadline left less than that.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let of_read_back = match self.0.read_back {
            Some(ReadBack::Failed { retry_after, .. }) => retry_after,
            _ => None,
        };
        let of_response = self.0.log.response.as_ref().and_then(|response| response.retry_after);
        of_response.max(of_read_back)
    }

    /// The last response's body as far as it was read, at most [`CallOptions::max_body`](crate::CallOptions::max_body) bytes.
    ///
    /// It may hold whatever the server sent, customers' data included: look at it, and do not log it. Where it repeated the
    /// secret key, there are asterisks. There is none of a success of `createSession`, which may hold a client secret, nor of
    /// an operation that this crate does not know.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        let response = self.0.log.response.as_ref()?;
        let may_hold_a_secret = self.0.log.operation.is_none_or(Operation::holds_secret);
        (!response.is_success() || !may_hold_a_secret).then_some(&response.body)
    }

    /// Why the body of a success could not be read to its end.
    fn body_flaw(&self) -> Option<&'static str> {
        let log = &self.0.log;
        match (log.response.as_ref()?.body_end, log.outcome()) {
            (BodyEnd::Complete, _) => None,
            (BodyEnd::TooLarge, _) => Some("it is too large"),
            (BodyEnd::CutOff, Some(AttemptOutcome::TimedOut)) => Some("it did not end in time"),
            (BodyEnd::CutOff, Some(AttemptOutcome::ProtocolError)) => Some("it is not put together as HTTP has it"),
            (BodyEnd::CutOff, _) => Some("it ends too early"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn also(f: &mut fmt::Formatter<'_>, fact: Option<impl Display>) -> fmt::Result {
            fact.map_or(Ok(()), |fact| write!(f, "; {fact}"))
        }

        let Inner { kind, delivery, log, detail, read_back, .. } = self.0.as_ref();
        if let Some(operation) = log.operation {
            write!(f, "{}: ", operation.id)?;
        }
        if let Some(status) = log.status() {
            write!(f, "{status}: ")?;
        }
        f.write_str(kind.phrase())?;
        let (hint, detail) = match detail {
            Some(hint @ Detail::TestKeyInProduction) => (Some(hint), None),
            detail => (None, detail.as_ref()),
        };
        match (kind, detail) {
            (_, Some(detail)) => write!(f, ": {detail}")?,
            (ErrorKind::UnreadableBody, None) => {
                self.body_flaw().map_or(Ok(()), |flaw| write!(f, ": {flaw}"))?;
            }
            (ErrorKind::NotFound | ErrorKind::Conflict, None)
                if !log.is_vouched_for() && self.contradiction().is_none() =>
            {
                f.write_str(": without an error envelope of 0Gate, so check the base URL")?;
            }
            _ => {}
        }
        also(f, log.gave_up)?;
        also(f, self.contradiction())?;
        also(f, read_back.as_ref())?;
        also(f, hint)?;
        // Reading has no effect that could be in doubt.
        match (delivery, kind) {
            (Delivery::Unknown, _) if !log.is_read() => f.write_str("; the request may have taken effect"),
            (Delivery::NotSent, ErrorKind::Connect | ErrorKind::Certificate) => f.write_str("; nothing was sent"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("message", &self.to_string())
            .field("kind", &self.0.kind)
            .field("delivery", &self.0.delivery)
            .field("operation", &self.0.log.operation.map(|operation| operation.id))
            .field("status", &self.status())
            .field("request_id", &self.request_id())
            .field("code", &self.code())
            .field("created_session_id", &self.created_session_id())
            .field("envelope", &self.0.envelope.is_some())
            .field("retry_after", &self.retry_after())
            .field("attempts", &self.0.log.attempts)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}

mod detail;
mod of_call;
mod text;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;

use self::detail::Detail;
pub(crate) use self::detail::ReadBack;
use crate::attempt::{Attempt, AttemptOutcome};
use crate::client::call_log::CallLog;
use crate::client::cause::Cause;
use crate::client::decode::{self, FieldError};
use crate::client::envelope::{EnvelopeContradiction, EnvelopeFacts};
use crate::client::essentials;
use crate::client::operation::Operation;
use crate::client::options::CallOptions;
use crate::client::raw_response::RawResponse;
use crate::client::retry::When;
use crate::delivery::Delivery;
use crate::error_kind::ErrorKind;
use crate::next_step::NextStep;
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;
use crate::types;

/// The error of a call.
///
/// It reports only what was observed: [`kind`](Self::kind) to branch on, whether the request may have taken effect
/// ([`delivery`](Self::delivery)), every attempt ([`attempts`](Self::attempts)), and for the last response, if there
/// was one, its [`status`](Self::status), [`request_id`](Self::request_id), [`envelope`](Self::envelope) and
/// [`retry_after`](Self::retry_after).
///
/// `Display` is one short line, which contains only numbers from the server's response. `Debug` adds the request id and
/// the envelope's type and code. Neither shows a body, a header or a secret. The chain of [`source`](StdError::source)s
/// keeps the messages of the libraries below, without the data that they quote: no URL, no value, no line of a body.
///
/// (Reference, *Production rules*: branch on the machine-readable status, error code, object id and request id;
/// *Errors*: not on the free-form message.)
///
/// ```
/// # fn run(error: zerogate::Error) {
/// use zerogate::ErrorKind;
///
/// match error.kind() {
///     ErrorKind::NotFound => println!("no such session under this key"),
///     ErrorKind::Unauthorized => println!("replace the key"),
///     kind => println!("{kind}, code {:?}, after {} attempts", error.code(), error.attempts().len()),
/// }
/// println!("request {:?}", error.request_id()); // for the vendor's support
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    delivery: Delivery,
    /// The log of the call: its operation, its last response, and its attempts.
    log: CallLog,
    envelope: Option<types::Error>,
    detail: Option<Detail>,
    read_back: Option<ReadBack>,
    source: Option<Cause>,
}

impl Error {
    fn seen(kind: ErrorKind, delivery: Delivery, mut log: CallLog) -> Self {
        if let Some(response) = &mut log.response {
            // An error may live long, and must not keep the connection's read buffer alive.
            response.body = Bytes::copy_from_slice(&response.body);
        }
        let envelope = log.response.as_ref().and_then(RawResponse::envelope);
        Self(Box::new(Inner { kind, delivery, log, envelope, detail: None, read_back: None, source: None }))
    }

    /// The error of a client that cannot be built.
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

    /// Adds the result of reading the session back, with its attempts.
    pub(crate) fn with_read_back(mut self, read_back: ReadBack, attempts: &[Attempt]) -> Self {
        if let ReadBack::OpenInSpiteOfConflict = read_back {
            self.0.kind = ErrorKind::Contradiction;
        }
        self.0.read_back = Some(read_back);
        self.with_later(attempts)
    }

    /// The same error, with an earlier request that may have taken effect.
    pub(crate) fn in_doubt(mut self) -> Self {
        self.0.delivery = Delivery::Unknown;
        self
    }

    /// The same error, which the attempts of reading the session back have confirmed: no request has taken effect.
    pub(crate) fn confirmed(mut self, attempts: &[Attempt]) -> Self {
        self.0.delivery = Delivery::Responded;
        self.with_later(attempts)
    }

    /// Whether the last response says that the session does not exist, with its envelope.
    pub(crate) fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound && self.is_vouched_for()
    }

    /// Adds the failure of reading the session back.
    pub(crate) fn with_failed_read_back(self, failure: &Self) -> Self {
        let (status, kind, retry_after) = (failure.status(), failure.kind(), failure.retry_after());
        let is_foreign = self.is_foreign() && failure.is_foreign();
        let is_too_large = failure.is_too_large();
        let failed = ReadBack::Failed { status, kind, retry_after, is_foreign, is_too_large };
        self.with_read_back(failed, failure.attempts())
    }

    /// Whether the last response cannot be from 0Gate: it is not HTTP, or a complete success that is not JSON.
    fn is_foreign(&self) -> bool {
        let is_page = |response: &RawResponse| {
            response.is_success() && !response.is_incomplete() && decode::is_other_than_json(&response.body)
        };
        self.0.kind == ErrorKind::Protocol || self.0.log.response.as_ref().is_some_and(is_page)
    }

    /// Whether the last response, and that to reading back, show that this is not 0Gate.
    fn is_elsewhere(&self) -> bool {
        match self.0.read_back {
            Some(ReadBack::Failed { is_foreign, .. }) => is_foreign,
            Some(_) => false,
            // One response that is not HTTP may be left over from an earlier request. A creation that got a 201 may
            // have taken effect, whatever an intermediary did to its body.
            None => {
                let log = &self.0.log;
                let is_created = log.is_creation() && log.is_documented_success();
                self.0.kind != ErrorKind::Protocol && !log.is_cancellation() && !is_created && self.is_foreign()
            }
        }
    }

    /// Adds later attempts.
    pub(crate) fn with_later(mut self, attempts: &[Attempt]) -> Self {
        self.0.log.attempts.extend_from_slice(attempts);
        self
    }

    /// The kind of error, to branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the request may have taken effect, for the whole call with all its attempts.
    ///
    /// ```
    /// # fn run(error: zerogate::Error) {
    /// use zerogate::Delivery;
    ///
    /// if error.delivery() == Delivery::NotSent {
    ///     println!("nothing reached the server: {error}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// What to do next.
    ///
    /// It follows from the last attempt, by the table and rules in [`retry`](crate::retry). [`Retry`](NextStep::Retry)
    /// appears only where repeating the call is safe. If [`retry_after`](Self::retry_after) has a value, wait that long
    /// first.
    ///
    /// ```
    /// # fn run(error: zerogate::Error) {
    /// use zerogate::NextStep;
    ///
    /// match error.next_step() {
    ///     NextStep::Retry => println!("again, in {:?}", error.retry_after()),
    ///     NextStep::ReadSession => println!("read the session first"),
    ///     _ => println!("for a person: {error}"),
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        let log = &self.0.log;
        let is_unknown = self.0.delivery == Delivery::Unknown;
        // Reading back has shown that the base URL is right, and that the session is still open.
        let is_found_open = self.session_status() == Some(&SessionStatus::Open);
        let is_refuted =
            log.policy.is_some_and(|policy| matches!(policy.when, When::WithoutEnvelope(_) | When::Status(404)));
        match log.policy.map(|policy| policy.next) {
            None => NextStep::FixRequest,
            // Every later read would be as large.
            Some(_) if matches!(self.0.read_back, Some(ReadBack::Failed { is_too_large: true, .. })) => {
                NextStep::FixRequest
            }
            Some(_) if is_unknown && is_found_open && is_refuted => NextStep::Retry,
            // The session exists. The same call replays this response: that helps only if the response has all of it.
            Some(NextStep::Retry) if self.created_session_id().is_some() => {
                if log.is_repeatable && self.is_all_of_a_creation() { NextStep::Retry } else { NextStep::ReadSession }
            }
            // Before all else: to mend the request and send it again could do twice what it does.
            Some(NextStep::Retry | NextStep::FixRequest | NextStep::GiveUp) if is_unknown && !log.is_repeatable => {
                NextStep::ReadSession
            }
            Some(NextStep::Retry) if self.is_elsewhere() => NextStep::FixRequest,
            // The next response would be as large.
            Some(NextStep::Retry) if self.is_too_large() => NextStep::FixRequest,
            // A complete success that cannot be read would be unreadable again.
            Some(NextStep::Retry) if log.is_documented_success() && !log.is_cancellation() => {
                if log.is_read() {
                    NextStep::FixRequest
                } else {
                    NextStep::ReadSession
                }
            }
            // No reason to give up if the operation has no session id, or while an attempt may have taken effect.
            Some(NextStep::GiveUp) if !log.names_a_session() => NextStep::FixRequest,
            Some(NextStep::GiveUp) if is_unknown => NextStep::ReadSession,
            // An earlier request used the key, and may have created a session: another key could create a second one.
            Some(NextStep::ReadSession) if log.is_creation() && !is_unknown => NextStep::ReadSession,
            // Only the conflict of a cancellation is about the session's status.
            Some(NextStep::ReadSession) if !log.is_cancellation() && !is_unknown => NextStep::FixRequest,
            Some(NextStep::ReadSession) if !log.is_cancellation() && log.is_repeatable => NextStep::Retry,
            Some(next) => next,
        }
    }

    /// Whether the session does not fit into the limit for a body. A cancellation whose own response does not fit is
    /// read back.
    pub(crate) fn is_too_large(&self) -> bool {
        match self.0.read_back {
            Some(ReadBack::Failed { is_too_large, .. }) => is_too_large,
            Some(_) => false,
            None => {
                let log = &self.0.log;
                log.outcome() == Some(AttemptOutcome::ResponseTooLarge) && !log.is_cancellation()
            }
        }
    }

    /// Whether the call only reads.
    pub(crate) fn is_read(&self) -> bool {
        self.0.log.is_read()
    }

    /// Whether 0Gate itself says why the call failed: a 4xx with its envelope.
    pub(crate) fn is_explained(&self) -> bool {
        self.is_vouched_for() && self.status().is_some_and(|status| (400..500).contains(&status))
    }

    /// Whether the table allows a retry after the last attempt.
    pub(crate) fn is_repeated(&self, options: &CallOptions) -> bool {
        let log = &self.0.log;
        log.is_repeatable && log.policy.is_some_and(|policy| policy.repeated.holds_with(options))
    }

    /// The status of the session when it was read back, if that did not settle the result.
    #[must_use]
    pub fn session_status(&self) -> Option<&SessionStatus> {
        match self.0.read_back.as_ref()? {
            ReadBack::Reads(status) => Some(status),
            ReadBack::OpenInSpiteOfConflict => Some(&SessionStatus::Open),
            ReadBack::Failed { .. } => None,
        }
    }

    /// The id of a created session whose response could not be read completely; store it, and do not create another
    /// session.
    ///
    /// It is available for any success of `createSession` whose body is complete JSON with exactly one `id`, even if
    /// other fields are missing.
    #[must_use]
    pub fn created_session_id(&self) -> Option<SessionId> {
        essentials::id_of(self.creation()?)
    }

    /// Whether the response has everything that a creation needs.
    fn is_all_of_a_creation(&self) -> bool {
        self.creation().is_some_and(essentials::is_all_of_a_creation)
    }

    /// The body of a creation's success.
    pub(crate) fn creation(&self) -> Option<&[u8]> {
        let log = &self.0.log;
        let is_success = log.response.as_ref().is_some_and(RawResponse::is_success);
        (log.is_creation() && is_success).then(|| log.body())
    }

    /// The fields of a success that do not match the contract, each with the expected type.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        match &self.0.detail {
            Some(Detail::Undecodable(error)) => error.fields(),
            _ => &[],
        }
    }

    /// The HTTP status of the operation's last attempt, if it got a response.
    ///
    /// The status of reading back is only in [`attempts`](Self::attempts).
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.log.status()
    }

    /// The request id of the response to the operation's last attempt: its `X-Request-Id` header, or else the one in
    /// its envelope. Text of more than 256 characters, or with any but visible ASCII characters, is not accepted as an
    /// id.
    ///
    /// (Reference, *Errors*: all errors carry the header.) [`attempts`](Self::attempts) has the request ids of the
    /// others.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.log.response.as_ref()?.request_id.as_deref()
    }

    /// The error envelope, if the response had one that matches the contract. A gateway's HTML page has none.
    ///
    /// [`error_type`](Self::error_type), [`code`](Self::code), [`server_message`](Self::server_message),
    /// [`doc_url`](Self::doc_url) and [`envelope_status`](Self::envelope_status) work even if other fields are missing
    /// or have another type.
    ///
    /// The HTTP status decides the kind of the error. If the envelope contradicts it,
    /// [`envelope_contradiction`](Self::envelope_contradiction) says how. The type is also exported as
    /// [`Envelope`](crate::Envelope).
    #[must_use]
    pub fn envelope(&self) -> Option<&types::Error> {
        self.0.envelope.as_ref()
    }

    /// The envelope's `type`, to branch on and to log, such as `conflict`; `None` if it is not a plain word of at most
    /// 64 characters.
    ///
    /// (Reference, *Errors*: branch on it, the code and the status, not on the message.)
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        self.facts()?.type_.as_deref()
    }

    /// The envelope's `code`, to branch on and to log; `None` if it is not a plain word of at most 64 characters.
    ///
    /// (Reference, *Errors*: branch on it, the type and the status, not on the message.)
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.facts()?.code.as_deref()
    }

    /// The envelope's `message`, for people. It may contain anything, so do not branch on it, and log it escaped.
    #[must_use]
    pub fn server_message(&self) -> Option<&str> {
        self.facts()?.message.as_deref()
    }

    /// The envelope's `doc_url`, which may contain anything.
    #[must_use]
    pub fn doc_url(&self) -> Option<&str> {
        self.facts()?.doc_url.as_deref()
    }

    /// The envelope's `statusCode`. If it is not the HTTP status,
    /// [`envelope_contradiction`](Self::envelope_contradiction) says so.
    #[must_use]
    pub fn envelope_status(&self) -> Option<u64> {
        self.facts()?.status_code
    }

    /// The parts of the last response's envelope.
    fn facts(&self) -> Option<&EnvelopeFacts> {
        Some(&self.0.log.response.as_ref()?.envelope)
    }

    /// Where the envelope contradicts the HTTP status, in words.
    #[must_use]
    pub fn envelope_contradiction(&self) -> Option<String> {
        self.contradiction().map(|contradiction| contradiction.to_string())
    }

    pub(crate) fn contradiction(&self) -> Option<EnvelopeContradiction> {
        self.facts()?.contradiction
    }

    /// Whether the envelope shows that the last response is from 0Gate.
    pub(crate) fn is_vouched_for(&self) -> bool {
        self.0.log.is_vouched_for()
    }

    /// All attempts of the call in order, including reading back.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.log.attempts
    }

    /// The wait that the server asked for in `Retry-After`: in the last response or in the response to reading back,
    /// whichever is longer.
    ///
    /// It counts from that response. The call itself did not wait: the status is not retried, the attempts were used
    /// up, or the deadline left less time.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let of_read_back = match self.0.read_back {
            Some(ReadBack::Failed { retry_after, .. }) => retry_after,
            _ => None,
        };
        self.own_retry_after().max(of_read_back)
    }

    /// The wait that the last response asked for, without the response to reading back.
    pub(crate) fn own_retry_after(&self) -> Option<Duration> {
        self.0.log.response.as_ref()?.retry_after
    }

    /// The body of the last response as far as it was read, at most
    /// [`CallOptions::max_body`](crate::CallOptions::max_body) bytes.
    ///
    /// It may contain anything the server sent, including customer data: inspect it, but do not log it. If it repeated
    /// the secret key, the key is replaced by asterisks. `None` for a success of `createSession`, which may contain a
    /// client secret, and for a success of operations that this crate does not know.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        let response = self.0.log.response.as_ref()?;
        let may_hold_a_secret = self.0.log.operation.is_none_or(Operation::holds_secret);
        (!response.is_success() || !may_hold_a_secret).then_some(&response.body)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}

//! Decides what the response to a cancellation means, together with the session as it was read back.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::client::call_log::CallLog;
use crate::client::envelope::EnvelopeContradiction;
use crate::client::error::{Error, ReadBack};
use crate::client::essentials::Essentials;
use crate::client::options::OnConflict;
use crate::client::response::Response;
use crate::client::session::Session;
use crate::delivery::Delivery;
use crate::error_kind::ErrorKind;
use crate::next_step::NextStep;
use crate::record::RecordedOutcome;
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;
use crate::types;

/// The outcome of a cancellation.
///
/// (Reference, *Cancel is only valid from open*: 201 with the session, or 409 if it is already terminal.)
///
/// `Debug` shows only the session's id and status, so it is safe to log.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Cancellation {
    /// This call cancelled the session, here as the server returned it (201).
    Cancelled(Session),
    /// The session is cancelled, but the response to the cancellation was lost or not credible. **The client cannot
    /// tell who cancelled it:** an attempt of this call, or somebody else. The contract provides no way to tell the two
    /// apart.
    FoundCancelled(Session),
    /// The session was already terminal (completed, expired or cancelled) when the server responded.
    ///
    /// This is not a failure, and a retry does not help: act on the session's status (reference, *Cancel is only valid
    /// from open*).
    AlreadyTerminal(AlreadyTerminal),
}

impl Cancellation {
    /// The session from the deciding response; `None` if it was already terminal and was not read, or could not be.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Cancelled(session) | Self::FoundCancelled(session) => Some(session),
            Self::AlreadyTerminal(terminal) => terminal.session(),
        }
    }

    /// The id of the session.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        match self {
            Self::Cancelled(session) | Self::FoundCancelled(session) => session.id(),
            Self::AlreadyTerminal(terminal) => &terminal.id,
        }
    }

    /// Whether the session is known to be cancelled, by this call or another.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.session().is_some_and(|session| *session.status() == SessionStatus::Cancelled)
    }

    /// What to do next: `Done`, or `ReadSession` if the session's status is missing or not terminal; `FixRequest` if it
    /// is missing because the key or the certificate was rejected when the session was read, or because the session is
    /// larger than [`max_body`](crate::CallOptions::max_body).
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        match self {
            Self::AlreadyTerminal(AlreadyTerminal { session: None, missing, .. }) => {
                missing.as_ref().map_or(NextStep::ReadSession, |missing| next_step_without(missing))
            }
            // The conflict says terminal, but this version does not know the session's status as terminal.
            Self::AlreadyTerminal(AlreadyTerminal { session: Some(session), .. })
                if !session.status().is_terminal() =>
            {
                NextStep::ReadSession
            }
            _ => NextStep::Done,
        }
    }

    /// How long the server asked to wait before reading the session again, if reading it failed.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::AlreadyTerminal(terminal) => terminal.missing()?.retry_after(),
            Self::Cancelled(_) | Self::FoundCancelled(_) => None,
        }
    }

    /// The outcome for records and logs.
    pub(crate) fn outcome(&self) -> RecordedOutcome {
        match self {
            Self::Cancelled(_) => RecordedOutcome::Cancelled,
            Self::FoundCancelled(_) => RecordedOutcome::FoundCancelled,
            Self::AlreadyTerminal(_) => RecordedOutcome::AlreadyTerminal,
        }
    }
}

/// The next step for a session that is terminal, if `missing` prevents reading its state.
pub(crate) fn next_step_without(missing: &Error) -> NextStep {
    match missing.kind() {
        // The 409 shows that the URL is right, so only the key, the certificate or the size limit can prevent the read.
        ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::Certificate => NextStep::FixRequest,
        _ if missing.is_too_large() => NextStep::FixRequest,
        _ => NextStep::ReadSession,
    }
}

/// A session that was already terminal, with the details of the conflict.
#[derive(Clone)]
pub struct AlreadyTerminal {
    id: SessionId,
    session: Option<Session>,
    missing: Option<Arc<Error>>,
    envelope: Option<types::Error>,
    contradiction: Option<EnvelopeContradiction>,
}

impl AlreadyTerminal {
    /// The session as read after the conflict; its status is authoritative (reference, *Cancel is only valid from
    /// open*).
    ///
    /// `None` if [reading it is turned off](OnConflict::Report), or if the read failed: then [`missing`](Self::missing)
    /// has the error.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The error of reading the session, if that failed.
    #[must_use]
    pub fn missing(&self) -> Option<&Error> {
        self.missing.as_deref()
    }

    /// The error envelope of the 409, if the outcome comes from a 409 that had one.
    #[must_use]
    pub fn envelope(&self) -> Option<&types::Error> {
        self.envelope.as_ref()
    }

    /// Where the envelope contradicts the 409, in words. In that case the session was read, and its status decided.
    #[must_use]
    pub fn envelope_contradiction(&self) -> Option<String> {
        self.contradiction.map(|contradiction| contradiction.to_string())
    }

    /// Builds the outcome from the `error` of the cancellation of `id`.
    fn of(id: &SessionId, error: &Error, read: Result<Session, Option<Error>>) -> Cancellation {
        let is_conflict = error.kind() == ErrorKind::Conflict;
        let (session, missing) = match read {
            Ok(session) => (Some(session), None),
            Err(missing) => (None, missing.map(Into::into)),
        };
        Cancellation::AlreadyTerminal(Self {
            id: id.clone(),
            session,
            missing,
            // After a lost response, the envelope may be from another attempt, such as a 503.
            envelope: error.envelope().filter(|_| is_conflict).cloned(),
            contradiction: error.contradiction().filter(|_| is_conflict),
        })
    }
}

impl fmt::Debug for AlreadyTerminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlreadyTerminal")
            .field("id", &self.id)
            .field("session", &self.session)
            .field("missing", &self.missing)
            .field("envelope", &self.envelope.is_some())
            .finish_non_exhaustive()
    }
}

/// The result of `cancelSession` alone.
#[expect(clippy::large_enum_variant, reason = "moved once")]
pub(crate) enum CancelResult {
    /// The result is final.
    Decided(Result<Response<Cancellation>, Error>),
    /// The session must be read first; holds the error so far.
    ToReadBack(Error),
}

/// Decides what the response to `cancelSession` for `id` means; `is_in_doubt` if an earlier call may have cancelled the
/// session.
pub(crate) fn decide(
    id: &SessionId,
    seen: Result<CallLog, Error>,
    on_conflict: OnConflict,
    is_in_doubt: bool,
) -> CancelResult {
    let error = match seen {
        // A 201 counts only if the session in it is cancelled.
        Ok(log) => match Essentials::read(log.body(), id) {
            Ok(Essentials { status: SessionStatus::Cancelled, oddity: None, json }) => {
                let session = Session::new(id.clone(), SessionStatus::Cancelled, json);
                return CancelResult::Decided(Ok(Response::of(Cancellation::Cancelled(session), log)));
            }
            Ok(Essentials { oddity, .. }) => Error::denied(log, oddity.unwrap_or("the session in it is not cancelled")),
            Err(doubt) => Error::doubted(log, &doubt),
        },
        // It is read back, as after a lost attempt of this call.
        Err(error) if is_in_doubt && error.is_not_found() => error.in_doubt(),
        Err(error) => error,
    };
    let is_open = error.delivery() == Delivery::Unknown;
    let is_conflict = error.kind() == ErrorKind::Conflict;
    if is_open || (is_conflict && on_conflict == OnConflict::ReadBack) {
        CancelResult::ToReadBack(error)
    } else if is_conflict {
        let value = AlreadyTerminal::of(id, &error, Err(None));
        CancelResult::Decided(Ok(respond(&error, value)))
    } else {
        CancelResult::Decided(Err(error))
    }
}

/// Decides the result from `error` and the session as read back.
pub(crate) fn read_back(
    id: &SessionId,
    error: Error,
    read: Result<Response<Session>, Error>,
) -> Result<Response<Cancellation>, Error> {
    // A conflict without its envelope probably comes from another server, and does not settle the outcome.
    let is_conflict = error.kind() == ErrorKind::Conflict && error.is_vouched_for();
    let is_open = error.delivery() == Delivery::Unknown;
    let read = match read {
        Ok(read) => read,
        Err(failure) if error.is_not_found() && failure.is_not_found() => {
            return Err(error.confirmed(failure.attempts()));
        }
        Err(failure) if is_open => return Err(error.with_failed_read_back(&failure)),
        Err(failure) => {
            // The conflict says that the session is terminal; only the status is missing.
            let error = error.with_later(failure.attempts());
            let value = AlreadyTerminal::of(id, &error, Err(Some(failure)));
            return Ok(respond(&error, value));
        }
    };
    match read.value().status() {
        SessionStatus::Cancelled if is_open => Ok(read.after(error.attempts()).map(Cancellation::FoundCancelled)),
        SessionStatus::Completed | SessionStatus::Expired if !is_conflict => {
            Ok(read.after(error.attempts()).map(|session| AlreadyTerminal::of(id, &error, Ok(session))))
        }
        status if is_conflict && *status != SessionStatus::Open => {
            let error = error.with_later(read.attempts());
            let value = AlreadyTerminal::of(id, &error, Ok(read.into_value()));
            Ok(respond(&error, value))
        }
        status => {
            let read_back = if is_conflict { ReadBack::OpenInSpiteOfConflict } else { ReadBack::Reads(status.clone()) };
            Err(error.with_read_back(read_back, read.attempts()))
        }
    }
}

/// Returns an outcome with the response of `error`.
fn respond(error: &Error, value: Cancellation) -> Response<Cancellation> {
    let request_id = error.request_id().map(str::to_owned);
    Response::new(value, error.status().unwrap_or(409), request_id, error.attempts().to_vec())
}

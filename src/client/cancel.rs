//! What a response to a cancellation means, and what reading the session back adds to it.

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

/// What became of a cancellation.
///
/// (Reference, *Cancel is only valid from open*: 201 with the session, or 409 when it is terminal already.)
///
/// `Debug` names a session by its id and its status, so that it can be logged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Cancellation {
    /// This call cancelled the session; here it is, as the server returned it (201).
    Cancelled(Session),
    /// The session is cancelled: it reads so after a response that was lost, or that could not be believed. **We cannot tell by
    /// whom.**
    ///
    /// An attempt of this call may have reached the server and cancelled the session, or somebody else was faster. The contract
    /// has nothing that would tell the two apart.
    FoundCancelled(Session),
    /// The session had reached a terminal state (completed, expired, or cancelled) before the server responded.
    ///
    /// That is no failure, and not to be retried: go by the status of the session (reference, *Cancel is only valid from open*).
    AlreadyTerminal(AlreadyTerminal),
}

impl Cancellation {
    /// The session as the deciding response has it; `None` if it was terminal already and was not read, or could not be.
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

    /// Whether the session is known to be cancelled, whoever did it.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.session().is_some_and(|session| *session.status() == SessionStatus::Cancelled)
    }

    /// What to do next: nothing, unless the session's status is missing or is none of the terminal ones.
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        match self {
            Self::AlreadyTerminal(AlreadyTerminal { session: None, missing, .. }) => {
                // The 409 has shown that the URL is right: only the key can keep the session from being read.
                let is_refused = |missing: &Arc<Error>| {
                    matches!(missing.kind(), ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::Certificate)
                };
                if missing.as_ref().is_some_and(is_refused) { NextStep::FixRequest } else { NextStep::ReadSession }
            }
            // The conflict says terminal, and the session reads as a status that this version does not know as such.
            Self::AlreadyTerminal(AlreadyTerminal { session: Some(session), .. })
                if !session.status().is_terminal() =>
            {
                NextStep::ReadSession
            }
            _ => NextStep::Done,
        }
    }

    /// The wait that the server has asked for before the session is read again, where it could not be.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::AlreadyTerminal(terminal) => terminal.missing()?.retry_after(),
            Self::Cancelled(_) | Self::FoundCancelled(_) => None,
        }
    }

    /// What is stored and logged of it.
    pub(crate) fn outcome(&self) -> RecordedOutcome {
        match self {
            Self::Cancelled(_) => RecordedOutcome::Cancelled,
            Self::FoundCancelled(_) => RecordedOutcome::FoundCancelled,
            Self::AlreadyTerminal(_) => RecordedOutcome::AlreadyTerminal,
        }
    }
}

/// A session that was terminal already, and how that is known.
#[derive(Clone)]
pub struct AlreadyTerminal {
    id: SessionId,
    session: Option<Session>,
    missing: Option<Arc<Error>>,
    envelope: Option<types::Error>,
    contradiction: Option<EnvelopeContradiction>,
}

impl AlreadyTerminal {
    /// The session as it reads now; its status is authoritative (reference, *Cancel is only valid from open*).
    ///
    /// `None` if it was [not to be read](OnConflict::Report), or could not be: then [`missing`](Self::missing) says why.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Why the session is missing, if reading it failed.
    #[must_use]
    pub fn missing(&self) -> Option<&Error> {
        self.missing.as_deref()
    }

    /// The error envelope of the 409, if there was one and it had one.
    #[must_use]
    pub fn envelope(&self) -> Option<&types::Error> {
        self.envelope.as_ref()
    }

    /// What the envelope says that the 409 denies, in words, if it does. The session was read then, and decided.
    #[must_use]
    pub fn envelope_contradiction(&self) -> Option<String> {
        self.contradiction.map(|contradiction| contradiction.to_string())
    }

    /// By what was said of the cancellation of `id`, `error`.
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
            // After a lost reply there may be the envelope of some other attempt, which is not about this.
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

/// What is known once `cancelSession` has ended.
#[expect(clippy::large_enum_variant, reason = "moved once")]
pub(crate) enum CancelResult {
    /// The outcome.
    Decided(Result<Response<Cancellation>, Error>),
    /// Nothing before the session has been read; here is what was said instead.
    ToReadBack(Error),
}

/// Reads off the response to `cancelSession` for `id` what it decides.
pub(crate) fn decide(id: &SessionId, seen: Result<CallLog, Error>, on_conflict: OnConflict) -> CancelResult {
    let error = match seen {
        // A 201 is believed only if the session in it says the same.
        Ok(log) => match Essentials::read(log.body(), id) {
            Ok(Essentials { status: SessionStatus::Cancelled, oddity: None, json }) => {
                let session = Session::new(id.clone(), SessionStatus::Cancelled, json);
                return CancelResult::Decided(Ok(Response::of(Cancellation::Cancelled(session), log)));
            }
            Ok(Essentials { oddity, .. }) => Error::denied(log, oddity.unwrap_or("the session in it is not cancelled")),
            Err(doubt) => Error::doubted(log, &doubt),
        },
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

/// Settles what `error` has left open of the cancellation of `id`, by what reading the session gave.
pub(crate) fn read_back(
    id: &SessionId,
    error: Error,
    read: Result<Response<Session>, Error>,
) -> Result<Response<Cancellation>, Error> {
    // Without its envelope a conflict is something else's, and decides nothing.
    let is_conflict = error.kind() == ErrorKind::Conflict && error.is_vouched_for();
    let is_open = error.delivery() == Delivery::Unknown;
    let read = match read {
        Ok(read) => read,
        Err(failure) if is_open => return Err(error.with_failed_read_back(&failure)),
        Err(failure) => {
            // The server has said that it is terminal; only in which state is missing.
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

/// An outcome that the response in `error` has decided.
fn respond(error: &Error, value: Cancellation) -> Response<Cancellation> {
    let request_id = error.request_id().map(str::to_owned);
    Response::new(value, error.status().unwrap_or(409), request_id, error.attempts().to_vec())
}

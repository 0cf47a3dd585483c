//! What a response to a cancellation means, and what reading the session back adds to it.

use std::fmt;

use crate::client::call_log::CallLog;
use crate::client::envelope::EnvelopeContradiction;
use crate::client::error::{Error, ErrorKind, ReadBack};
use crate::client::options::OnConflict;
use crate::client::response::Response;
use crate::client::session;
use crate::delivery::Delivery;
use crate::session_id::SessionId;
use crate::types;

/// What became of a cancellation.
///
/// (Reference, *Cancel is only valid from open*: 201 with the session, or 409 when it is terminal already.)
///
/// `Debug` names a session by its id and its status, so that it can be logged.
#[derive(Clone)]
#[non_exhaustive]
pub enum Cancellation {
    /// This call cancelled the session; here it is, as the server returned it (201).
    Cancelled(types::GateSession),
    /// The session is cancelled: it reads so after a reply was lost. **Whose cancellation it was, nothing tells.**
    ///
    /// An attempt of this call may have reached the server and cancelled the session, or somebody else was faster. The contract
    /// has nothing that would tell the two apart.
    FoundCancelled(types::GateSession),
    /// The session had reached a terminal state (completed, expired, or cancelled) before the server responded.
    ///
    /// That is no failure, and not to be retried: go by the status of the session (reference, *Cancel is only valid from open*).
    AlreadyTerminal(AlreadyTerminal),
}

impl Cancellation {
    /// The session as the deciding response has it; `None` if it was terminal already and was not read, or could not be.
    #[must_use]
    pub fn session(&self) -> Option<&types::GateSession> {
        match self {
            Self::Cancelled(session) | Self::FoundCancelled(session) => Some(session),
            Self::AlreadyTerminal(terminal) => terminal.session(),
        }
    }

    /// Whether the session is known to be cancelled, whoever did it.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.session().is_some_and(session::is_cancelled)
    }

    /// The name under which it is stored and logged, such as `already_terminal`.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Cancelled(_) => "cancelled",
            Self::FoundCancelled(_) => "found_cancelled",
            Self::AlreadyTerminal(_) => "already_terminal",
        }
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled(session) => f.debug_tuple("Cancelled").field(&session::Label(session)).finish(),
            Self::FoundCancelled(session) => f.debug_tuple("FoundCancelled").field(&session::Label(session)).finish(),
            Self::AlreadyTerminal(terminal) => terminal.fmt(f),
        }
    }
}

/// A session that was terminal already, and how that is known.
#[derive(Clone)]
pub struct AlreadyTerminal {
    session: Option<Box<types::GateSession>>,
    missing: Option<std::sync::Arc<Error>>,
    envelope: Option<types::Error>,
    contradiction: Option<EnvelopeContradiction>,
}

impl AlreadyTerminal {
    /// The session as it reads now; its status is authoritative (reference, *Cancel is only valid from open*).
    ///
    /// `None` if it was [not to be read](OnConflict::Report), or could not be: then [`missing`](Self::missing) says why.
    #[must_use]
    pub fn session(&self) -> Option<&types::GateSession> {
        self.session.as_deref()
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

    /// What the envelope says that the 409 denies, in words, if it does. The HTTP status decides.
    #[must_use]
    pub fn envelope_contradiction(&self) -> Option<String> {
        self.contradiction.map(|contradiction| contradiction.to_string())
    }

    /// By what was said of the cancellation, `error`.
    fn of(error: &Error, read: Result<types::GateSession, Option<Error>>) -> Cancellation {
        let is_conflict = error.kind() == ErrorKind::Conflict;
        let (session, missing) = match read {
            Ok(session) => (Some(Box::new(session)), None),
            Err(missing) => (None, missing.map(Into::into)),
        };
        Cancellation::AlreadyTerminal(Self {
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
            .field("session", &self.session().map(session::Label))
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
pub(crate) fn decide(
    id: &SessionId,
    result: Result<(Response<types::GateSession>, CallLog), Error>,
    on_conflict: OnConflict,
) -> CancelResult {
    let error = match result {
        Ok((response, log)) => {
            // A 201 is believed only if the session in it says the same.
            let denial = session::denial(response.value(), id)
                .or_else(|| (!session::is_cancelled(response.value())).then_some("the session in it is not cancelled"));
            let Some(denial) = denial else {
                return CancelResult::Decided(Ok(response.map(Cancellation::Cancelled)));
            };
            Error::denied(log, denial)
        }
        Err(error) => error,
    };
    let is_conflict = error.kind() == ErrorKind::Conflict;
    let is_open = error.delivery() == Delivery::Unknown && !error.is_denied_success();
    if is_open || (is_conflict && on_conflict == OnConflict::ReadBack) {
        CancelResult::ToReadBack(error)
    } else if is_conflict {
        CancelResult::Decided(Ok(respond(&error, AlreadyTerminal::of(&error, Err(None)))))
    } else {
        CancelResult::Decided(Err(error))
    }
}

/// Settles what `error` has left open, by what reading the session gave.
pub(crate) fn read_back(
    error: Error,
    read: Result<Response<types::GateSession>, Error>,
) -> Result<Response<Cancellation>, Error> {
    let is_conflict = error.kind() == ErrorKind::Conflict;
    let is_open = error.delivery() == Delivery::Unknown;
    let read = match read {
        Ok(read) => read,
        Err(failure) => {
            return if is_open {
                let read_back = ReadBack::Failed { status: failure.status(), kind: failure.kind() };
                Err(error.with_read_back(read_back, failure.attempts()))
            } else {
                // The server has said that it is terminal; only in which state is missing.
                let error = error.with_later(failure.attempts());
                let value = AlreadyTerminal::of(&error, Err(Some(failure)));
                Ok(respond(&error, value))
            };
        }
    };
    let later = read.attempts().to_vec();
    // Compared as text: which values the contract has is the contract's business.
    let status = read.value().status.to_string();
    match status.as_str() {
        "open" if is_conflict => Err(error
            .into_contradiction("a conflict says that it is terminal, and the session reads open")
            .with_later(&later)),
        "open" => Err(error.with_read_back(ReadBack::Open, &later)),
        "cancelled" if is_open => Ok(read.after(error.attempts()).map(Cancellation::FoundCancelled)),
        "completed" | "expired" if !is_conflict => {
            Ok(read.after(error.attempts()).map(|session| AlreadyTerminal::of(&error, Ok(session))))
        }
        _ if is_conflict => {
            let error = error.with_later(&later);
            let value = AlreadyTerminal::of(&error, Ok(read.into_value()));
            Ok(respond(&error, value))
        }
        _ => Err(error.with_read_back(ReadBack::UnknownStatus, &later)),
    }
}

/// An outcome that the response in `error` has decided.
fn respond(error: &Error, value: Cancellation) -> Response<Cancellation> {
    let request_id = error.request_id().map(str::to_owned);
    Response::new(value, error.status().unwrap_or(409), request_id, error.attempts().to_vec())
}

//! What an answer to a cancellation means.

use crate::error::{Error, ErrorKind};
use crate::response::Response;
use crate::session;
use crate::session_id::SessionId;
use crate::types;

/// What became of a cancellation.
///
/// (Reference, *Cancel is only valid from open*: 201 with the session, or 409 when it is terminal already.)
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "the large one is the usual one, and is moved once")]
pub enum Cancellation {
    /// This call cancelled the session; here it is, as the server answered it.
    Cancelled(types::GateSession),
    /// The server answered 409: the session was completed, expired or cancelled already, and this call changed nothing.
    ///
    /// That is no failure, and not to be retried: read the session's status with
    /// [`retrieve_session`](crate::Client::retrieve_session) and go by that.
    AlreadyTerminal(AlreadyTerminal),
}

impl Cancellation {
    /// The session that this call cancelled, if it did.
    #[must_use]
    pub fn cancelled(&self) -> Option<&types::GateSession> {
        match self {
            Self::Cancelled(session) => Some(session),
            Self::AlreadyTerminal(_) => None,
        }
    }
}

/// What the server said of a session that was terminal already.
#[derive(Clone, Debug)]
pub struct AlreadyTerminal {
    envelope: Option<types::Error>,
}

impl AlreadyTerminal {
    /// The error envelope of the 409, if the answer had one.
    #[must_use]
    pub fn envelope(&self) -> Option<&types::Error> {
        self.envelope.as_ref()
    }
}

/// Reads the outcome off the answer to `cancelSession` for `id`.
pub(crate) fn outcome(
    id: &SessionId,
    answer: Result<Response<types::GateSession>, Error>,
) -> Result<Response<Cancellation>, Error> {
    match answer {
        Ok(answer) => {
            // A 201 is believed only if the session in it says the same.
            let denial = session::denial(answer.value(), id)
                .or_else(|| (!session::is_cancelled(answer.value())).then_some("the session in it is not cancelled"));
            match denial {
                None => Ok(answer.map(Cancellation::Cancelled)),
                Some(denial) => Err(Error::contradiction("cancelSession", &answer, denial)),
            }
        }
        Err(error) if error.kind() == ErrorKind::Conflict => {
            let (status, request_id, envelope) = error.into_answer();
            let value = Cancellation::AlreadyTerminal(AlreadyTerminal { envelope });
            Ok(Response::new(value, status.unwrap_or(409), request_id))
        }
        Err(error) => Err(error),
    }
}

use std::fmt;

use crate::client::decode::{self, DecodeError};
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;
use crate::types::GateSession;

/// A session as a response has it: its id, its status, and the rest as far as it can be decoded.
///
/// What became of a session hangs on its id and its status alone. A server that leaves out another field, or has it null or
/// of another type, changes nothing about that; [`decode`](Self::decode) then names the field.
///
/// `Debug` shows id and status: no wallet, no reference, no metadata.
///
/// ```no_run
/// # async fn run(client: zerogate::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let id = zerogate::SessionId::new("67a1f3b9e4b0c10001234567")?;
/// let session = client.retrieve_session(&id).await?.into_value();
/// println!("{} is {}", session.id(), session.status());
/// match session.decode() {
///     Ok(session) => println!("created at {}", session.created_at),
///     Err(error) => println!("the rest cannot be read: {error}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Session {
    id: SessionId,
    status: SessionStatus,
    json: Box<str>,
}

impl Session {
    pub(crate) fn new(id: SessionId, status: SessionStatus, json: impl Into<Box<str>>) -> Self {
        Self { id, status, json: json.into() }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> &SessionStatus {
        &self.status
    }

    /// All of it, decoded anew by each call.
    ///
    /// # Errors
    ///
    /// If a field is missing or is not of the type that the contract has. The error names every such field and what was
    /// expected, and no value; [`json`](Self::json) is there all the same.
    pub fn decode(&self) -> Result<GateSession, DecodeError> {
        decode::decode(&self.json)
    }

    /// The JSON that it came as, with fields that the contract does not have.
    ///
    /// It holds customer data: do not log it. Where it repeated the secret key, there are asterisks.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({} {})", self.id.as_str().escape_debug(), self.status.as_str().escape_debug())
    }
}

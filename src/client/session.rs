use std::fmt;

use crate::client::decode::{self, DecodeError};
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;
use crate::types::GateSession;

/// A session from a response: its id, its status, and the rest as far as it can be decoded.
///
/// Only the id and status decide about results. If the server omits another field, or sends it as null or with another
/// type, that changes nothing; [`decode`](Self::decode) then names the field.
///
/// `Debug` shows only the id and status: no wallet, no reference, no metadata.
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

    /// The id of the session.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The status of the session.
    #[must_use]
    pub fn status(&self) -> &SessionStatus {
        &self.status
    }

    /// Decodes all fields; each call decodes them again.
    ///
    /// ```
    /// # fn run(session: &zerogate::Session) {
    /// match session.decode() {
    ///     Ok(all) => println!("{} is {}, until {}", all.id, all.status, all.expires_at),
    ///     Err(error) => println!("{} is {}, but {error}", session.id(), session.status()),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if a field is missing or does not have the type of the contract. The error names every such field and the
    /// expected type, but no value; [`json`](Self::json) still works.
    pub fn decode(&self) -> Result<GateSession, DecodeError> {
        decode::decode(&self.json)
    }

    /// The JSON as received, including fields that the contract does not have.
    ///
    /// It contains customer data: do not log it. If it repeated the secret key, the key is replaced by asterisks.
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

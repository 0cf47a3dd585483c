//! createSession and listSessions for the conformance suite, which must compile even if the contract lacks them.

use serde_json::Value;

use crate::client::error::Error;
use crate::client::methods::Client;
use crate::client::response::Response;
use crate::client_secret::ClientSecret;

/// A created session.
pub struct Created {
    /// The id of the session.
    pub id: String,
    /// The value that is only for the widget.
    pub client_secret: ClientSecret,
}

/// A session of a list.
pub struct Listed {
    /// The id of the session.
    pub id: String,
    /// The status of the session.
    pub status: String,
}

/// Creates a session. Returns `None` if the contract lacks the operation, or if the request does not match it.
///
/// # Errors
///
/// Fails like [`Client::call`].
#[cfg(known_surface)]
pub async fn create(client: &Client, key: &str, session: Value) -> Option<Result<Response<Created>, Error>> {
    let body: crate::types::CreateSessionRequest = serde_json::from_value(session).ok()?;
    let created = client.call(async |api| api.create_session().idempotency_key(key).body(body).send().await).await;
    Some(
        created
            .map(|response| response.map(|session| Created { id: session.id, client_secret: session.client_secret })),
    )
}

/// Lists the first sessions. Returns `None` if the contract lacks the operation.
///
/// # Errors
///
/// Fails like [`Client::call`].
#[cfg(known_surface)]
pub async fn list(client: &Client) -> Option<Result<Response<Vec<Listed>>, Error>> {
    let listed = client.call(async |api| api.list_sessions().limit(100).send().await).await;
    let of = |session: crate::types::GateSession| Listed { id: session.id, status: session.status.to_string() };
    Some(listed.map(|response| response.map(|page| page.data.into_iter().map(of).collect())))
}

/// The same for a contract without the operation.
#[cfg(not(known_surface))]
pub async fn create(_: &Client, _: &str, _: Value) -> Option<Result<Response<Created>, Error>> {
    None
}

/// The same for a contract without the operation.
#[cfg(not(known_surface))]
pub async fn list(_: &Client) -> Option<Result<Response<Vec<Listed>>, Error>> {
    None
}

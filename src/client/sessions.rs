//! createSession and listSessions as the conformance suite calls them, for which no generated name may be missing.

use serde_json::Value;

use crate::client::error::Error;
use crate::client::methods::Client;
use crate::client::response::Response;
use crate::client_secret::ClientSecret;

/// A session that was created.
pub struct Created {
    /// Its id.
    pub id: String,
    /// What is for the widget alone.
    pub client_secret: ClientSecret,
}

/// A session of a list.
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its status.
    pub status: String,
}

/// Creates a session. `None` if the contract has no such operation, or the request does not fit it.
///
/// # Errors
///
/// As of [`Client::call`].
#[cfg(known_surface)]
pub async fn create(client: &Client, key: &str, session: Value) -> Option<Result<Response<Created>, Error>> {
    let body: crate::types::CreateSessionRequest = serde_json::from_value(session).ok()?;
    let created = client.call(async |api| api.create_session().idempotency_key(key).body(body).send().await).await;
    Some(
        created
            .map(|response| response.map(|session| Created { id: session.id, client_secret: session.client_secret })),
    )
}

/// Lists the first sessions. `None` if the contract has no such operation.
///
/// # Errors
///
/// As of [`Client::call`].
#[cfg(known_surface)]
pub async fn list(client: &Client) -> Option<Result<Response<Vec<Listed>>, Error>> {
    let listed = client.call(async |api| api.list_sessions().limit(100).send().await).await;
    let of = |session: crate::types::GateSession| Listed { id: session.id, status: session.status.to_string() };
    Some(listed.map(|response| response.map(|page| page.data.into_iter().map(of).collect())))
}

/// The same of a contract that is without it.
#[cfg(not(known_surface))]
pub async fn create(_: &Client, _: &str, _: Value) -> Option<Result<Response<Created>, Error>> {
    None
}

/// The same of a contract that is without it.
#[cfg(not(known_surface))]
pub async fn list(_: &Client) -> Option<Result<Response<Vec<Listed>>, Error>> {
    None
}

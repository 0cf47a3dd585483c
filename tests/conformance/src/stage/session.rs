//! Making the sessions that scenes are about, looking at them, and clearing up.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Stage, untransported};
use crate::body;
use crate::exchange::{Credential, Exchange};
use crate::operation::Operation;
use crate::secrets::{CLIENT_SECRET, Role};
use crate::verdict::{Obstacle, Trouble};

/// The header that names a creation.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What came of looking at a session.
pub(crate) type Look = Result<Arc<Exchange>, Obstacle>;

impl Stage<'_> {
    /// Creates a session and returns its id.
    pub(crate) async fn open_session(&self) -> Result<String, Obstacle> {
        let request = self
            .request(Operation::CreateSession, "", Credential::Key(Role::Partner))?
            .with(IDEMPOTENCY_KEY, Uuid::new_v4().to_string())
            .with_body(new_session());
        let created = self.send(request).await.map_err(|failure| untransported(&failure))?;
        let id = created.response.json.as_ref().and_then(|body| body.get("id")).and_then(Value::as_str);
        let secret = created.response.json.as_ref().and_then(|body| body.get("client_secret"));
        self.secrets.learn(secret.and_then(Value::as_str).unwrap_or_default(), CLIENT_SECRET);
        match id {
            Some(id) if created.response.is_success() && is_addressable(id) => {
                self.keep_open(id);
                Ok(id.to_owned())
            }
            _ => Err(unusable("an open session is needed", &created)),
        }
    }

    /// Looks at a session that must be there.
    pub(crate) async fn look(&self, id: &str, role: Role) -> Look {
        let seen = self.call(Operation::RetrieveSession, id, Credential::Key(role)).await?;
        if seen.response.is_success() && session(&seen).is_some() {
            Ok(seen)
        } else {
            Err(unusable("the session as it stands is needed", &seen))
        }
    }

    /// The id of an open session of another partner.
    pub(crate) fn foreign_session(&self) -> Result<String, Obstacle> {
        self.target.foreign()
    }

    /// Remembers that a session of the suite's own is open.
    pub(crate) fn keep_open(&self, id: &str) {
        self.lock().open.push(id.to_owned());
    }

    /// Forgets a session that is not open any more.
    pub(crate) fn forget(&self, id: &str) {
        self.lock().open.retain(|open| open != id);
    }

    /// Cancels every session that the suite created and left open; what comes of it changes no verdict.
    pub(crate) async fn clear_up(&self) {
        let open = std::mem::take(&mut self.lock().open);
        for id in open {
            let _ = self.call(Operation::CancelSession, &id, Credential::Key(Role::Partner)).await;
        }
    }
}

/// The values of the reference's example: nothing that a real target could take for more than a test.
pub(crate) fn new_session() -> Value {
    json!({
        "amount": "100.00",
        "currency": "EUR",
        "return_url": "https://partner.example/checkout/done",
        "user_reference": "zerogate-conformance",
        "metadata": { "created_by": "zerogate-conformance" },
    })
}

/// An id that no session has: as long as those of the reference's example, and random.
pub(crate) fn unknown_id() -> String {
    let mut id = Uuid::new_v4().simple().to_string();
    id.truncate(24);
    id
}

/// The session in a body, if there is one.
pub(crate) fn session(exchange: &Exchange) -> Option<&Map<String, Value>> {
    exchange.response.json.as_ref().and_then(Value::as_object)
}

/// Whether an id can be one segment of a path: what is read as a step of the path cannot be escaped.
fn is_addressable(id: &str) -> bool {
    !matches!(id, "" | "." | "..")
}

/// An answer that a scene cannot go on from.
fn unusable(need: &str, exchange: &Exchange) -> Obstacle {
    let response = &exchange.response;
    let code = response.json.as_ref().and_then(|body| body.get("code")).and_then(Value::as_str);
    let code = code.map(|code| format!(" {}", body::one_line(code))).unwrap_or_default();
    let detail = if response.is_success() { " without a JSON object that says so" } else { "" };
    let operation = exchange.sent.operation;
    Trouble::at(format!("{need}, and {operation} answered {}{code}{detail}", response.status), &exchange.sent).into()
}

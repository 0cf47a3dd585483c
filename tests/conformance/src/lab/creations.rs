//! Creations that are repeated, and creations that are to be refused.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::Lab;
use super::listing::page;
use super::session::{Contents, session, unusable};
use super::trial::Attempt;
use crate::rules::verdict::{Need, Obstacle};
use crate::wire::exchange::Exchange;
use crate::wire::operation::Operation;

/// The fields that a creation must have.
pub(crate) const REQUIRED: [&str; 3] = ["amount", "currency", "return_url"];

/// What became of creations, each with a `user_reference` of its own.
pub(crate) struct Creations {
    pub(crate) first: Arc<Exchange>,
    /// The same creation under the same key.
    pub(crate) replay: Attempt,
    pub(crate) refused: Vec<Incomplete>,
    /// The newest sessions after all of that; none on a target that does not list them.
    pub(crate) listed: Option<Arc<Exchange>>,
    reference: Value,
}

/// A creation without a field that it must have.
pub(crate) struct Incomplete {
    pub(crate) field: &'static str,
    pub(crate) attempt: Attempt,
    reference: Value,
}

impl Creations {
    /// The sessions of the list that the replay made.
    pub(crate) fn replayed(&self) -> impl Iterator<Item = &str> {
        let first = id(&self.first);
        self.made_with(&self.reference).filter(move |found| Some(*found) != first)
    }

    /// The sessions of the list that a refused creation made.
    pub(crate) fn made_by<'c>(&'c self, refused: &'c Incomplete) -> impl Iterator<Item = &'c str> {
        self.made_with(&refused.reference)
    }

    /// The sessions of the list with this reference. One that is older than the first is from an earlier run.
    fn made_with<'c>(&'c self, reference: &'c Value) -> impl Iterator<Item = &'c str> {
        let start = session(&self.first).and_then(super::listing::created_at);
        let sessions = self.listed.iter().filter_map(|exchange| page(exchange)).flat_map(|page| page.data);
        sessions
            .filter_map(Value::as_object)
            .filter(move |session| session.get("user_reference") == Some(reference))
            .filter(move |session| start.is_some() && super::listing::created_at(session) >= start)
            .filter_map(|session| session.get("id")?.as_str())
    }
}

impl Lab<'_> {
    /// Creates a session twice under one key, and none without what it needs; or remembers it.
    pub(crate) async fn creations(&self) -> Result<Arc<Creations>, Obstacle> {
        self.creations.get("creations", self.play_creations()).await
    }

    async fn play_creations(&self) -> Result<Creations, Obstacle> {
        if self.cannot_create().is_some() {
            return Err(Need::Creation.into());
        }
        let body = self.new_session("replay", Contents::Plain);
        let request = self.creation("replay", &Uuid::new_v4().to_string(), &body)?;
        let first = self.insist(request.clone()).await?;
        let status = first.response.status;
        if matches!(status, 404 | 405 | 501) || !first.response.is_success() && !self.target().open().is_empty() {
            return Err(Need::Creation.into());
        }
        if !first.response.is_success() || id(&first).is_none() {
            return Err(unusable("a session is to be created twice", &first));
        }
        self.adopt(&first);
        let replay = self.tested(request).await?;
        if let Ok(exchange) = replay.exchange()
            && id(exchange) != id(&first)
        {
            self.adopt(exchange);
        }
        let mut refused = Vec::new();
        for field in REQUIRED {
            let name = format!("without-{field}");
            let mut body = self.new_session(&name, Contents::Plain);
            body.as_object_mut().and_then(|body| body.remove(field));
            let request = self.creation(&name, &Uuid::new_v4().to_string(), &body)?;
            let attempt = self.tested(request).await?;
            if let Ok(exchange) = attempt.exchange() {
                self.adopt(exchange);
            }
            refused.push(Incomplete { field, attempt, reference: body["user_reference"].clone() });
        }
        let listed = self.list("limit=100").await.ok();
        let creations = Creations { first, replay, refused, listed, reference: body["user_reference"].clone() };
        let secretly = creations.refused.iter().flat_map(|refused| creations.made_by(refused));
        for made in creations.replayed().chain(secretly) {
            self.keep_open(made);
        }
        Ok(creations)
    }

    /// Takes care of what a creation made, if it made anything: it is to be cancelled, and its secret is one.
    fn adopt(&self, created: &Exchange) {
        let secret = session(created).and_then(|session| session.get("client_secret")).and_then(Value::as_str);
        self.secrets().learn_client_secret(secret.unwrap_or_default());
        if let (Operation::CreateSession, true, Some(id)) =
            (created.sent.operation, created.response.is_success(), id(created))
        {
            self.keep_open(id);
        }
    }
}

fn id(exchange: &Exchange) -> Option<&str> {
    session(exchange)?.get("id")?.as_str()
}

//! Creations that are repeated, and creations that are to be refused.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::attempt::Attempt;
use super::contents::Contents;
use super::core::Lab;
use super::listing::list;
use super::obstacle::{Need, Obstacle};
use super::sessions::{is_no_such_operation, unusable};
use crate::evidence::page::{created_at, page};
use crate::wire::Exchange;

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
        let start = self.first.response.object().and_then(created_at);
        let sessions = self.listed.iter().filter_map(|exchange| page(exchange)).flat_map(|page| page.data);
        sessions
            .filter_map(Value::as_object)
            .filter(move |session| session.get("user_reference") == Some(reference))
            .filter(move |session| start.is_some() && created_at(session) >= start)
            .filter_map(|session| session.get("id")?.as_str())
    }
}

/// Creates a session twice under one key, and none without what it needs; or remembers it.
pub(crate) async fn creations(lab: &Lab<'_>) -> Result<Arc<Creations>, Obstacle> {
    lab.once("creations", create_all(lab)).await
}

async fn create_all(lab: &Lab<'_>) -> Result<Creations, Obstacle> {
    if lab.sessions.cannot_create().is_some() {
        return Err(Need::Creation.into());
    }
    let body = lab.new_session("replay", Contents::Plain);
    let request = lab.creation("replay", &Uuid::new_v4().to_string(), &body)?;
    let first = lab.insist(request.clone()).await?;
    let status = first.response.status;
    if is_no_such_operation(status) || !first.response.is_success() && !lab.target.open().is_empty() {
        return Err(Need::Creation.into());
    }
    if !first.response.is_success() || id(&first).is_none() {
        return Err(unusable("a session is to be created twice", &first));
    }
    lab.learn_created(&first);
    let replay = lab.tested(request).await?;
    if let Ok(exchange) = replay.exchange()
        && id(exchange) != id(&first)
    {
        lab.learn_created(exchange);
    }
    let mut refused = Vec::new();
    for field in REQUIRED {
        let name = format!("without-{field}");
        let mut body = lab.new_session(&name, Contents::Plain);
        body.as_object_mut().and_then(|body| body.remove(field));
        let request = lab.creation(&name, &Uuid::new_v4().to_string(), &body)?;
        let attempt = lab.tested(request).await?;
        if let Ok(exchange) = attempt.exchange() {
            lab.learn_created(exchange);
        }
        refused.push(Incomplete { field, attempt, reference: body["user_reference"].clone() });
    }
    let listed = list(lab, "limit=100").await.ok();
    let creations = Creations { first, replay, refused, listed, reference: body["user_reference"].clone() };
    let secretly = creations.refused.iter().flat_map(|refused| creations.made_by(refused));
    for made in creations.replayed().chain(secretly) {
        lab.sessions.keep_open(made);
    }
    Ok(creations)
}

fn id(exchange: &Exchange) -> Option<&str> {
    exchange.response.text("id")
}

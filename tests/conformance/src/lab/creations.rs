//! Repeated creations, and creations that the server must refuse.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;
use zerogate_judge::is_no_such_operation;

use super::attempt::Attempt;
use super::contents::{Contents, remove, set};
use super::core::Lab;
use super::listing::list;
use super::obstacle::{Need, Obstacle};
use super::sessions::unusable;
use crate::evidence::page::{created_at, page};
use crate::wire::{Credential, Exchange, Role};

/// The required fields of a creation.
pub(crate) const REQUIRED: [&str; 3] = ["amount", "currency", "return_url"];

/// The fields that a server sets itself, whatever a body says.
pub(crate) const OWN: [&str; 4] = ["id", "partner_id", "status", "created_at"];

/// How many creations are sent in parallel.
pub(crate) const AT_ONCE: usize = 4;

/// The results of creations, each with its own `user_reference`.
pub(crate) struct Creations {
    pub(crate) first: Arc<Exchange>,
    /// The same request with the same key.
    pub(crate) replay: Attempt,
    /// Another body with the same key.
    pub(crate) with_other_body: Attempt,
    /// The same request with the same key, by another partner.
    pub(crate) by_other: Result<Attempt, Need>,
    /// One request, sent [`AT_ONCE`] times in parallel with one key.
    pub(crate) at_once: Vec<Attempt>,
    pub(crate) refused: Vec<Incomplete>,
    /// A creation whose body has the fields of [`OWN`], and their values.
    pub(crate) with_own_fields: Result<Attempt, Obstacle>,
    pub(crate) own_fields: Value,
    /// The newest sessions afterwards; none if the target does not list sessions.
    pub(crate) listed: Option<Arc<Exchange>>,
    reference: Value,
    reference_of_other: Value,
    reference_at_once: Value,
}

/// A creation without a required field.
pub(crate) struct Incomplete {
    pub(crate) field: &'static str,
    pub(crate) attempt: Attempt,
    reference: Value,
}

impl Creations {
    /// The listed sessions that the replay created.
    pub(crate) fn replayed(&self) -> impl Iterator<Item = &str> {
        let first = id(&self.first);
        self.made_with(&self.reference).filter(move |found| Some(*found) != first)
    }

    /// The listed sessions that the creation with another body created.
    pub(crate) fn made_with_other_body(&self) -> impl Iterator<Item = &str> {
        self.made_with(&self.reference_of_other)
    }

    /// The listed sessions that a refused creation created.
    pub(crate) fn made_by<'c>(&'c self, refused: &'c Incomplete) -> impl Iterator<Item = &'c str> {
        self.made_with(&refused.reference)
    }

    /// The listed sessions that the parallel creations created.
    pub(crate) fn made_at_once(&self) -> impl Iterator<Item = &str> {
        self.made_with(&self.reference_at_once)
    }

    /// The listed sessions with this reference, without those older than the first, which are from an earlier run.
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

/// Makes the repeated and the invalid creations; done once.
pub(crate) async fn creations(lab: &Lab<'_>) -> Result<Arc<Creations>, Obstacle> {
    lab.once("creations", create_all(lab)).await
}

async fn create_all(lab: &Lab<'_>) -> Result<Creations, Obstacle> {
    if lab.sessions.cannot_create().is_some() {
        return Err(Need::Creation.into());
    }
    let body = lab.new_session("replay", Contents::Plain);
    let key = Uuid::new_v4().to_string();
    let request = lab.creation("replay", &key, &body)?;
    let first = lab.insist(request.clone()).await?;
    let status = first.response.status;
    if is_no_such_operation(status) || !first.response.is_success() && !lab.target.open().is_empty() {
        return Err(Need::Creation.into());
    }
    if !first.response.is_success() || id(&first).is_none() {
        return Err(unusable("the rule needs to create a session twice", &first));
    }
    let replay = lab.tested(request).await?;
    let other_body = lab.new_session("other-body", Contents::Plain);
    let with_other_body = lab.tested(lab.creation("other-body", &key, &other_body)?).await?;
    let body_at_once = lab.new_session("at-once", Contents::Plain);
    let request = lab.creation("at-once", &Uuid::new_v4().to_string(), &body_at_once)?;
    let at_once = lab.volley(vec![request; AT_ONCE]).await;
    let mut refused = Vec::new();
    for field in REQUIRED {
        let name = format!("without-{field}");
        let mut body = lab.new_session(&name, Contents::Plain);
        remove(&mut body, field);
        let request = lab.creation(&name, &Uuid::new_v4().to_string(), &body)?;
        let attempt = lab.tested(request).await?;
        refused.push(Incomplete { field, attempt, reference: body["user_reference"].clone() });
    }
    let mut body_with_own_fields = lab.new_session("own-fields", Contents::Plain);
    let own_fields = json!({
        "id": lab.drawn_id("own id"),
        "partner_id": lab.drawn_id("own partner"),
        "status": "completed",
        "created_at": "2001-02-03T04:05:06.000Z",
    });
    set(&mut body_with_own_fields, own_fields.clone());
    let request = lab.creation("own-fields", &Uuid::new_v4().to_string(), &body_with_own_fields)?;
    // Only one rule needs it.
    let with_own_fields = lab.tested(request.irregular()).await;
    let listed = list(lab, "limit=100").await.ok();
    // After the list, so that its sessions with this reference are the partner's own.
    let by_other = match lab.creation_by(Credential::Key(Role::OtherPartner), "replay-by-other", &key, &body) {
        Ok(request) => Ok(lab.tested(request).await?),
        Err(need) => Err(need),
    };
    let creations = Creations {
        first,
        replay,
        with_other_body,
        by_other,
        at_once,
        refused,
        with_own_fields,
        own_fields,
        listed,
        reference: body["user_reference"].clone(),
        reference_of_other: other_body["user_reference"].clone(),
        reference_at_once: body_at_once["user_reference"].clone(),
    };
    let secretly = creations.refused.iter().flat_map(|refused| creations.made_by(refused));
    let repeated = creations.replayed().chain(creations.made_with_other_body());
    let made: BTreeSet<&str> = creations.made_at_once().chain(repeated).chain(secretly).collect();
    for made in made {
        lab.sessions.keep_open(Role::Partner, made);
    }
    Ok(creations)
}

fn id(exchange: &Exchange) -> Option<&str> {
    exchange.response.text("id")
}

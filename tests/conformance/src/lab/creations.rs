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
use super::sessions::{cannot_create, unusable};
use crate::evidence::page::{created_at, page};
use crate::wire::{Credential, Exchange, Request, Role};

/// A creation that the server must refuse for one of its fields.
#[derive(Clone, Copy)]
pub(crate) struct Flaw {
    /// The case of its findings.
    pub(crate) case: &'static str,
    /// A description that follows "for a creation".
    pub(crate) words: &'static str,
    field: &'static str,
    /// The value of the field; none if it is omitted.
    value: Option<fn() -> Value>,
}

/// A creation without each of the required fields.
pub(crate) const REQUIRED: [Flaw; 3] = [
    without("amount", "without `amount`"),
    without("currency", "without `currency`"),
    without("return_url", "without `return_url`"),
];

/// Creations with a value that the contract excludes. It excludes no currency, and no amount that is a number.
pub(crate) const BAD_FIELDS: [Flaw; 6] = [
    with("amount-no-number", "with an `amount` that is not a number", "amount", || json!("ten")),
    with("amount-no-string", "with an `amount` that is not a string", "amount", || json!(10.5)),
    with("currency-no-string", "with a `currency` that is not a string", "currency", || json!(978)),
    with("return-url-no-url", "with a `return_url` that is not a URL", "return_url", || json!("done")),
    with("flow-unknown", "with a `flow` that the contract does not list", "flow", || json!("sideways")),
    with("metadata-no-object", "with `metadata` that is not an object", "metadata", || json!("none")),
];

const fn without(field: &'static str, words: &'static str) -> Flaw {
    Flaw { case: field, words, field, value: None }
}

const fn with(case: &'static str, words: &'static str, field: &'static str, value: fn() -> Value) -> Flaw {
    Flaw { case, words, field, value: Some(value) }
}

impl Flaw {
    /// The name of its request.
    fn name(self) -> String {
        if self.value.is_some() { self.case.to_owned() } else { format!("without-{}", self.case) }
    }

    fn apply(self, body: &mut Value) {
        match self.value {
            Some(value) => set(body, json!({ self.field: value() })),
            None => remove(body, self.field),
        }
    }
}

/// The fields that a server sets itself, whatever a body says.
pub(crate) const OWN: [&str; 4] = ["id", "partner_id", "status", "created_at"];

/// How many creations are sent in parallel.
pub(crate) const AT_ONCE: usize = 4;

/// The results of creations, each with its own `user_reference`.
pub(crate) struct Creations {
    pub(crate) first: Arc<Exchange>,
    /// The same request with the same key.
    pub(crate) replay: Made,
    /// Another body with the same key.
    pub(crate) with_other_body: Made,
    /// The same request with the same key, by another partner.
    pub(crate) by_other: Result<Attempt, Obstacle>,
    /// Another request, with a key that differs from the first in its last character.
    pub(crate) near: Result<Attempt, Obstacle>,
    /// The same request with the same key, once its session is cancelled; none if it made no session of its own.
    pub(crate) once_cancelled: Result<Option<AfterCancellation>, Obstacle>,
    /// One request, sent [`AT_ONCE`] times in parallel with one key.
    pub(crate) at_once: Vec<Made>,
    /// The creations of [`REQUIRED`] and of [`BAD_FIELDS`].
    pub(crate) flawed: Vec<(Flaw, Made)>,
    /// The newest sessions afterwards; none if the target does not list sessions.
    pub(crate) listed: Option<Arc<Exchange>>,
}

/// The cancellation of a created session, and the repetition of its creation.
pub(crate) struct AfterCancellation {
    pub(crate) cancellation: Arc<Exchange>,
    pub(crate) again: Arc<Exchange>,
}

/// A creation, and the reference of what it made.
pub(crate) struct Made {
    pub(crate) attempt: Attempt,
    reference: Value,
}

impl Made {
    fn new(attempt: Attempt, body: &Value) -> Self {
        Self { attempt, reference: body["user_reference"].clone() }
    }
}

impl Creations {
    /// The listed sessions that the replay created.
    pub(crate) fn replayed(&self) -> impl Iterator<Item = &str> {
        let first = id(&self.first);
        self.made(&self.replay).filter(move |found| Some(*found) != first)
    }

    /// The listed sessions that a creation created, without those older than the first, which are from an earlier run,
    /// and those in the response to another creation: a server may give a session the reference of an earlier one.
    pub(crate) fn made<'c>(&'c self, made: &'c Made) -> impl Iterator<Item = &'c str> {
        let start = self.first.response.object().and_then(created_at);
        let sessions = self.listed.iter().filter_map(|exchange| page(exchange)).flat_map(|page| page.data);
        sessions
            .filter_map(Value::as_object)
            .filter(|session| session.get("user_reference") == Some(&made.reference))
            .filter(move |session| start.is_some() && created_at(session) >= start)
            .filter_map(|session| session.get("id")?.as_str())
            .filter(move |found| !self.others(made).any(|other| other == *found))
    }

    /// The sessions in the responses to the creations with a key other than the first, except this one.
    fn others<'c>(&'c self, except: &'c Made) -> impl Iterator<Item = &'c str> {
        let made = self.at_once.iter().chain(self.flawed.iter().map(|(_, made)| made));
        made.filter(move |made| made.reference != except.reference)
            .filter_map(|made| id(made.attempt.exchange().ok()?))
    }
}

/// Makes the repeated and the invalid creations; done once.
pub(crate) async fn creations(lab: &Lab<'_>) -> Result<Arc<Creations>, Obstacle> {
    lab.once("creations", create_all(lab)).await
}

async fn create_all(lab: &Lab<'_>) -> Result<Creations, Obstacle> {
    if let Some(why) = lab.sessions.cannot_create() {
        return Err(Need::Creation(why).into());
    }
    let new_key = || Uuid::new_v4().to_string();
    let (body, key) = (lab.new_session("replay", Contents::Plain), new_key());
    let request = lab.creation("replay", &key, &body)?;
    let first = lab.insist(request.clone()).await?;
    let status = first.response.status;
    if is_no_such_operation(status) || !first.response.is_success() && !lab.target.open().is_empty() {
        return Err(Need::Creation(cannot_create(status)).into());
    }
    if !first.response.is_success() || id(&first).is_none() {
        return Err(unusable("the rule needs to create a session twice", &first));
    }
    let replay = Made::new(lab.tested(request).await?, &body);
    let other = lab.new_session("other-body", Contents::Plain);
    let with_other_body = Made::new(lab.tested(lab.creation("other-body", &key, &other)?).await?, &other);
    let raced = lab.new_session("at-once", Contents::Plain);
    let attempts = lab.volley(vec![lab.creation("at-once", &new_key(), &raced)?; AT_ONCE]).await;
    let at_once: Vec<Made> = attempts.into_iter().map(|attempt| Made::new(attempt, &raced)).collect();
    let mut flawed = Vec::new();
    for flaw in REQUIRED.into_iter().chain(BAD_FIELDS) {
        let name = flaw.name();
        let mut body = lab.new_session(&name, Contents::Plain);
        flaw.apply(&mut body);
        flawed.push((flaw, Made::new(lab.tested(lab.creation(&name, &new_key(), &body)?).await?, &body)));
    }
    let listed = list(lab, "limit=100").await.ok();
    // After the list, so that it has no session of these requests.
    let near = lab.creation("near-key", &near(&key), &lab.new_session("near-key", Contents::Plain))?;
    let (near, once_cancelled) = created_and_cancelled(lab, near, &first).await;
    let by_other = match lab.creation_by(Credential::Key(Role::OtherPartner), "replay-by-other", &key, &body) {
        Ok(request) => lab.tested(request).await,
        Err(need) => Err(need.into()),
    };
    let creations =
        Creations { first, replay, with_other_body, by_other, near, once_cancelled, at_once, flawed, listed };
    let Creations { with_other_body, at_once, flawed, .. } = &creations;
    let others = at_once.iter().chain(flawed.iter().map(|(_, made)| made)).chain([with_other_body]);
    let made: BTreeSet<&str> = others.flat_map(|other| creations.made(other)).chain(creations.replayed()).collect();
    for made in made {
        lab.sessions.created(Role::Partner, made);
    }
    Ok(creations)
}

/// A creation whose body has the fields of [`OWN`].
pub(crate) struct WithOwnFields {
    pub(crate) attempt: Attempt,
    /// The values that were sent.
    pub(crate) fields: Value,
}

/// Creates a session with fields that the server sets itself; done once.
pub(crate) async fn with_own_fields(lab: &Lab<'_>) -> Result<Arc<WithOwnFields>, Obstacle> {
    lab.once("own fields", async {
        creations(lab).await?;
        let fields = json!({
            "id": lab.drawn_id("own id"),
            "partner_id": lab.drawn_id("own partner"),
            "status": "completed",
            "created_at": "2001-02-03T04:05:06.000Z",
        });
        let mut body = lab.new_session("own-fields", Contents::Plain);
        set(&mut body, fields.clone());
        let request = lab.creation("own-fields", &Uuid::new_v4().to_string(), &body)?;
        Ok(WithOwnFields { attempt: lab.tested(request.irregular()).await?, fields })
    })
    .await
}

/// Creates a session, cancels it, and creates it again. What cannot be done does not discard the other creations.
async fn created_and_cancelled(
    lab: &Lab<'_>,
    request: Request,
    first: &Exchange,
) -> (Result<Attempt, Obstacle>, Result<Option<AfterCancellation>, Obstacle>) {
    let created = match lab.tested(request.clone()).await {
        Ok(created) => created,
        Err(obstacle) => return (Err(obstacle.clone()), Err(obstacle)),
    };
    let made = created.exchange().ok().filter(|made| made.response.is_success()).and_then(|made| id(made));
    let after = match made.filter(|made| id(first) != Some(*made)) {
        Some(made) => cancelled_and_repeated(lab, made, request).await.map(Some),
        None => Ok(None),
    };
    (Ok(created), after)
}

async fn cancelled_and_repeated(lab: &Lab<'_>, id: &str, creation: Request) -> Result<AfterCancellation, Obstacle> {
    let cancellation = lab.cancel(id).await?;
    let again = lab.insist(creation).await?;
    if again.response.is_transient() {
        return Err(unusable("the rule needs to repeat a creation", &again));
    }
    Ok(AfterCancellation { cancellation, again })
}

/// Another key of the same form.
fn near(key: &str) -> String {
    let (most, last) = key.split_at(key.len().saturating_sub(1));
    format!("{most}{}", if last == "0" { "1" } else { "0" })
}

fn id(exchange: &Exchange) -> Option<&str> {
    exchange.response.text("id")
}

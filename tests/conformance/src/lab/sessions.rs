//! Creates sessions, reads them, and cancels them.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;
use zerogate_judge::is_no_such_operation;

use super::contents::{Contents, set};
use super::core::{Lab, created_id};
use super::obstacle::{Need, Obstacle, Trouble};
use super::situation::Situation;
use super::target::STATUSES;
use super::trial::Next;
use crate::evidence::body;
use crate::wire::{Credential, Exchange, IDEMPOTENCY_KEY, Operation, Request, Role};

/// How many foreign sessions are read: more than there are states.
const FOREIGN: usize = 8;

/// How many supplied open sessions are enough for every rule.
pub(crate) const ENOUGH: usize = 12;

/// The other partner.
const OTHER: Credential = Credential::Key(Role::OtherPartner);

/// The result of reading a session.
pub(crate) type Look = Result<Arc<Exchange>, Obstacle>;

/// The cases of findings about another partner's sessions: the state, if its owner's key shows one.
pub(crate) fn foreign_cases() -> impl Iterator<Item = &'static str> {
    STATUSES.into_iter().chain([UNKNOWN_STATE])
}

const UNKNOWN_STATE: &str = "unknown-state";

/// A session of another partner.
#[derive(Clone)]
pub(crate) struct Foreign {
    pub(crate) id: String,
    /// One of [`foreign_cases`].
    pub(crate) case: &'static str,
}

impl Foreign {
    fn new(id: String, status: Option<&str>) -> Self {
        let case = STATUSES.into_iter().find(|case| Some(*case) == status).unwrap_or(UNKNOWN_STATE);
        Self { id, case }
    }
}

/// An open session.
pub(crate) struct Opened {
    pub(crate) id: String,
    /// The response to its creation, unless it was supplied.
    pub(crate) created: Option<Arc<Exchange>>,
}

impl Lab<'_> {
    /// Creates a session, or takes a supplied one.
    pub(crate) async fn open_session(&self, name: &str, contents: Contents) -> Result<Opened, Obstacle> {
        match self.sessions.cannot_create() {
            Some(why) if contents != Contents::Plain => return Err(Need::Creation(why).into()),
            Some(why) => return self.supplied_session(&why),
            None => {}
        }
        let mut body = self.new_session(name, contents);
        let mut is_unique = self.sessions.has_unique_references();
        if is_unique {
            make_unique(&mut body);
        }
        let mut key = Uuid::new_v4().to_string();
        let mut trial = self.trial(&self.creation(name, &key, &body)?)?;
        let created = loop {
            let attempt = self.send(self.creation(name, &key, &body)?).await;
            // Another session may have the same reference.
            let is_conflict = attempt.status() == Some(409) && !is_unique;
            if is_conflict {
                make_unique(&mut body);
                is_unique = true;
            } else if self.next(&mut trial, &attempt).await? == Next::Settled {
                break attempt.exchange()?.clone();
            }
            // A new key after a refusal, which could be replayed; the same key after a lost response.
            if attempt.status().is_some() {
                key = Uuid::new_v4().to_string();
            }
        };
        match created_id(&created) {
            Some(id) => {
                if is_unique {
                    self.sessions.require_unique_references();
                }
                Ok(Opened { id: id.to_owned(), created: Some(created) })
            }
            None => {
                let unusable = unusable("the rule needs an open session", &created);
                let status = created.response.status;
                // The operation is missing, or the fixtures have open sessions in case it fails.
                let is_foreseen = is_no_such_operation(status) || !self.target.open().is_empty();
                if contents == Contents::Plain && is_foreseen {
                    let why = cannot_create(status);
                    self.sessions.give_up_creating(&why);
                    return self.supplied_session(&why);
                }
                Err(unusable)
            }
        }
    }

    /// Builds the request that creates a session.
    pub(crate) fn creation(&self, name: &str, key: &str, body: &Value) -> Result<Request, Need> {
        self.creation_by(Credential::Key(Role::Partner), name, key, body)
    }

    /// Builds the request with which a caller creates a session.
    pub(super) fn creation_by(
        &self,
        who: Credential,
        name: &str,
        key: &str,
        body: &impl ToString,
    ) -> Result<Request, Need> {
        let request = self.request(Operation::CreateSession, "", who)?;
        Ok(request.called(name).with(IDEMPOTENCY_KEY, key).with_body(body.to_string()))
    }

    fn supplied_session(&self, why: &str) -> Result<Opened, Obstacle> {
        self.sessions.supplied().map(|id| Opened { id, created: None }).ok_or_else(|| {
            let supplied = match self.target.open().len() {
                0 => "the fixtures have none".to_owned(),
                1 => "the one of the fixtures is used up".to_owned(),
                number => format!("the {number} of the fixtures are used up"),
            };
            Need::OpenSession(format!("{why}, and {supplied}; {ENOUGH} are enough")).into()
        })
    }

    /// The body of the creation with this name.
    pub(super) fn new_session(&self, name: &str, contents: Contents) -> Value {
        contents.drawn(&mut self.draw(name))
    }

    /// Reads a session that must exist.
    pub(crate) async fn look(&self, id: &str, role: Role) -> Look {
        usable(self.glance(id, role).await?)
    }

    /// Reads a session that may not exist.
    pub(super) async fn glance(&self, id: &str, role: Role) -> Look {
        self.readable().await?;
        self.read(id, role).await
    }

    /// Reads a session, whether or not the target has the operation.
    pub(super) async fn read(&self, id: &str, role: Role) -> Look {
        self.insist(self.request(Operation::RetrieveSession, id, Credential::Key(role))?).await
    }

    /// Cancels an open session of the partner.
    pub(super) async fn cancel(&self, id: &str) -> Look {
        let cancellation = self.insist(self.attempt(Situation::Open, id)?).await?;
        // The lost response may have been the success.
        if !cancellation.response.is_success() && cancellation.response.status != 409 {
            return Err(unusable("the rule needs a cancelled session", &cancellation));
        }
        Ok(cancellation)
    }

    /// Another partner's sessions, up to a limit.
    pub(crate) async fn foreign_sessions(&self) -> Result<Arc<Vec<Foreign>>, Obstacle> {
        let supplied = async {
            let mut ids = match self.target.foreign() {
                Err(Obstacle::Lack(Need::ForeignSession)) if self.target.key(Role::OtherPartner).is_ok() => {
                    return self.create_foreign().await;
                }
                ids => ids?,
            };
            ids.truncate(FOREIGN);
            // Without the operation, nobody can check them.
            if matches!(self.readable().await, Err(Obstacle::Lack(_))) {
                return Ok(ids.into_iter().map(|id| Foreign::new(id, None)).collect());
            }
            if self.target.key(Role::OtherPartner).is_err() {
                for id in &ids {
                    self.check_foreign(id).await?;
                }
                return Ok(ids.into_iter().map(|id| Foreign::new(id, None)).collect());
            }
            // Only the owner can tell whether the session exists: an unknown id looks like a foreign one.
            let mut there = Vec::new();
            let mut last = None;
            for id in ids {
                let seen = self.glance(&id, Role::OtherPartner).await;
                match seen.and_then(|seen| self.found(&id, "another partner's", seen)) {
                    Ok(seen) => {
                        let status = seen.response.text("status");
                        if status == Some("open") && self.sessions.cannot_create().is_none() {
                            let body = self.new_session("foreign-open", Contents::Plain);
                            let request = self.creation_by(OTHER, "foreign-open", "", &body)?;
                            self.could_create(&id, Role::OtherPartner, &request);
                        }
                        there.push(Foreign::new(id, status));
                    }
                    Err(obstacle) => last = Some(obstacle),
                }
            }
            match last {
                Some(obstacle) if there.is_empty() => Err(obstacle),
                _ => Ok(there),
            }
        };
        self.once("foreign", supplied).await
    }

    /// Creates sessions with the other partner's key, and cancels one of them.
    async fn create_foreign(&self) -> Result<Vec<Foreign>, Obstacle> {
        let mut foreign = Vec::new();
        for name in ["foreign-open", "foreign-cancelled"] {
            let body = self.new_session(name, Contents::Plain);
            let request = self.creation_by(OTHER, name, &Uuid::new_v4().to_string(), &body)?;
            let created = self.insist(request).await?;
            match created_id(&created) {
                Some(id) => foreign.push(Foreign::new(id.to_owned(), Some("open"))),
                None if is_no_such_operation(created.response.status) => return Err(Need::ForeignSession.into()),
                None => return Err(unusable("the rule needs another partner's session", &created)),
            }
        }
        if let Some(last) = foreign.last_mut() {
            let request = self.request(Operation::CancelSession, &last.id, OTHER)?;
            if self.insist(request.called("foreign-cancelled")).await?.response.is_success() {
                *last = Foreign::new(last.id.clone(), Some("cancelled"));
            }
        }
        Ok(foreign)
    }

    /// The response to reading a supplied session, if it contains the session.
    pub(super) fn found(&self, id: &str, wanted: &str, seen: Arc<Exchange>) -> Look {
        if seen.response.status == 404 {
            return Err(self.stale(id, wanted, "retrieveSession returned 404", &seen));
        }
        usable(seen)
    }

    /// The obstacle for a supplied session that is not what it was supplied for.
    pub(super) fn stale(&self, id: &str, wanted: &str, found: &str, seen: &Exchange) -> Obstacle {
        let what = match self.target.place(id) {
            Some(place) => format!("{place} must be {wanted}, but {found}; replace the id"),
            None => format!("the session must be {wanted}, but {found}"),
        };
        Trouble::at(what, &seen.sent).into()
    }

    /// Checks that the partner cannot read a foreign session: it could be the partner's own, and would be cancelled.
    async fn check_foreign(&self, id: &str) -> Result<(), Obstacle> {
        let seen = self.glance(id, Role::Partner).await?;
        if !seen.response.is_success() {
            return Ok(());
        }
        let what = format!(
            "{} must be another partner's, but the partner's key can read it; replace the id, or add the other partner's \
             key to the fixtures to show whose it is",
            self.target.place(id).unwrap_or_default()
        );
        Err(Trouble::at(what, &seen.sent).into())
    }
}

/// Why no session can be created.
pub(super) fn cannot_create(status: u16) -> String {
    format!("createSession returned {status}")
}

/// Gives the session a `user_reference` that no other one has.
fn make_unique(body: &mut Value) {
    set(body, json!({ "user_reference": format!("zerogate-conformance-{}", Uuid::new_v4()) }));
}

/// The response, if it contains the session.
pub(super) fn usable(seen: Arc<Exchange>) -> Look {
    if seen.response.is_success() && seen.response.object().is_some() {
        Ok(seen)
    } else {
        Err(unusable("the rule needs the current session", &seen))
    }
}

/// The obstacle for a response that an observation cannot use.
pub(crate) fn unusable(need: &str, exchange: &Exchange) -> Obstacle {
    let response = &exchange.response;
    let code = response.text("code").map(|code| format!(" {}", body::one_line(code))).unwrap_or_default();
    let is_refusal = (400..500).contains(&response.status);
    let message = response.text("message").filter(|message| is_refusal && !message.trim().is_empty());
    let detail = match (body::astray(response), message) {
        (Some(way), _) => format!(": {way}"),
        (None, Some(message)) => format!(": {}", body::one_line(message)),
        (None, None) if response.json.is_none() => format!(" with {}", body::describe(exchange)),
        (None, None) if response.is_success() => " without a usable JSON object".to_owned(),
        (None, None) => String::new(),
    };
    let operation = exchange.sent.operation;
    Trouble::at(format!("{need}, but {operation} returned {}{code}{detail}", response.status), &exchange.sent).into()
}

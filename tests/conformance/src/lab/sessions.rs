//! Making sessions, looking at them, and clearing up.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::contents::{Contents, IDEMPOTENCY_KEY};
use super::core::{Lab, created_id};
use super::obstacle::{Need, Obstacle, Trouble};
use super::trial::Next;
use crate::evidence::body;
use crate::wire::{Credential, Exchange, Operation, Request, Role};

/// How many foreign sessions are looked at: more than there are states.
const FOREIGN: usize = 8;

/// What came of looking at a session.
pub(crate) type Look = Result<Arc<Exchange>, Obstacle>;

/// An open session.
pub(crate) struct Opened {
    pub(crate) id: String,
    /// The response to its creation, unless it was supplied.
    pub(crate) created: Option<Arc<Exchange>>,
}

impl Lab<'_> {
    /// Creates a session, or takes one that was supplied.
    pub(crate) async fn open_session(&self, name: &str, contents: Contents) -> Result<Opened, Obstacle> {
        match self.sessions.cannot_create() {
            Some(_) if contents != Contents::Plain => return Err(Need::Creation.into()),
            Some(why) => return self.supplied_session(&why),
            None => {}
        }
        let body = self.new_session(name, contents);
        let mut key = Uuid::new_v4().to_string();
        let mut trial = self.trial(&self.creation(name, &key, &body)?)?;
        let created = loop {
            let attempt = self.send(self.creation(name, &key, &body)?).await;
            if self.next(&mut trial, &attempt).await? == Next::Settled {
                break attempt.exchange()?.clone();
            }
            // A refusal may be replayed; a response that was lost is to be.
            if attempt.status().is_some() {
                key = Uuid::new_v4().to_string();
            }
        };
        match created_id(&created) {
            Some(id) => Ok(Opened { id: id.to_owned(), created: Some(created) }),
            None => {
                let unusable = unusable("an open session is needed", &created);
                let status = created.response.status;
                // It has no such operation; or it was foreseen that it would not do.
                let is_foreseen = is_no_such_operation(status) || !self.target.open().is_empty();
                if contents == Contents::Plain && is_foreseen {
                    let why = format!("createSession answered {status}");
                    self.sessions.give_up_creating(&why);
                    return self.supplied_session(&why);
                }
                Err(unusable)
            }
        }
    }

    /// The request that creates a session.
    pub(crate) fn creation(&self, name: &str, key: &str, body: &Value) -> Result<Request, Need> {
        self.creation_by(Role::Partner, name, key, body)
    }

    /// The request by which a partner creates a session.
    pub(super) fn creation_by(&self, owner: Role, name: &str, key: &str, body: &Value) -> Result<Request, Need> {
        let request = self.request(Operation::CreateSession, "", Credential::Key(owner))?;
        Ok(request.called(name).with(IDEMPOTENCY_KEY, key).with_body(body.to_string()))
    }

    fn supplied_session(&self, why: &str) -> Result<Opened, Obstacle> {
        self.sessions.supplied().map(|id| Opened { id, created: None }).ok_or_else(|| {
            let supplied = match self.target.open().len() {
                0 => "none is among the fixtures".to_owned(),
                count => format!("the {count} of the fixtures are used up"),
            };
            Need::OpenSession(format!("{why}, and {supplied}")).into()
        })
    }

    /// What a session of this name is created with.
    pub(super) fn new_session(&self, name: &str, contents: Contents) -> Value {
        contents.drawn(&mut self.draw(name))
    }

    /// Looks at a session that must be there.
    pub(crate) async fn look(&self, id: &str, role: Role) -> Look {
        usable(self.glance(id, role).await?)
    }

    /// Looks at a session that may have gone.
    pub(super) async fn glance(&self, id: &str, role: Role) -> Look {
        self.insist(self.request(Operation::RetrieveSession, id, Credential::Key(role))?).await
    }

    /// The ids of sessions of another partner; of many, the first.
    pub(crate) async fn foreign_sessions(&self) -> Result<Arc<Vec<String>>, Obstacle> {
        let supplied = async {
            let mut ids = match self.target.foreign() {
                Err(Obstacle::Lack(Need::ForeignSession)) if self.target.key(Role::OtherPartner).is_ok() => {
                    return self.create_foreign().await;
                }
                ids => ids?,
            };
            ids.truncate(FOREIGN);
            if self.target.key(Role::OtherPartner).is_err() {
                for id in &ids {
                    self.check_foreign(id).await?;
                }
                return Ok(ids);
            }
            // An id that nobody has is answered like a foreign one: only its owner can tell.
            let mut there = Vec::new();
            let mut last = None;
            for id in ids {
                match self.look(&id, Role::OtherPartner).await {
                    Ok(seen) => {
                        if seen.response.text("status") == Some("open") && self.sessions.cannot_create().is_none() {
                            let body = self.new_session("foreign-open", Contents::Plain);
                            let request = self.creation_by(Role::OtherPartner, "foreign-open", "", &body)?;
                            self.could_create(&id, Role::OtherPartner, &request);
                        }
                        there.push(id);
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

    /// Creates sessions with the other partner's key, one of which it cancels.
    async fn create_foreign(&self) -> Result<Vec<String>, Obstacle> {
        let mut ids = Vec::new();
        for name in ["foreign-open", "foreign-cancelled"] {
            let body = self.new_session(name, Contents::Plain);
            let request = self.creation_by(Role::OtherPartner, name, &Uuid::new_v4().to_string(), &body)?;
            let created = self.insist(request).await?;
            match created_id(&created) {
                Some(id) => ids.push(id.to_owned()),
                None if is_no_such_operation(created.response.status) => return Err(Need::ForeignSession.into()),
                None => return Err(unusable("a session of another partner is needed", &created)),
            }
        }
        if let Some(id) = ids.last() {
            let request = self.request(Operation::CancelSession, id, Credential::Key(Role::OtherPartner))?;
            if self.insist(request.called("foreign-cancelled")).await?.response.is_success() {
                self.sessions.forget(id);
            }
        }
        Ok(ids)
    }

    /// What the partner itself can read may be its own, and would be cancelled.
    async fn check_foreign(&self, id: &str) -> Result<(), Obstacle> {
        let seen = self.glance(id, Role::Partner).await?;
        if !seen.response.is_success() {
            return Ok(());
        }
        let what = "a session that is listed as another partner's can be read with the partner's key; with the key of the other \
                    partner among the fixtures it could be told whose it is";
        Err(Trouble::at(what, &seen.sent).into())
    }

    /// Cancels every session that the suite created and left open; what comes of it changes no verdict.
    pub(crate) async fn clear_up(&self) {
        for (owner, id) in self.sessions.open() {
            if let Ok(request) = self.request(Operation::CancelSession, &id, Credential::Key(owner)) {
                // As often as it takes, but not for ever, and not of a target that is gone.
                match self.tested(request).await {
                    Err(_) if self.patience.is_down() => return,
                    Err(_) => {}
                    Ok(_) => self.sessions.forget(&id),
                }
            }
        }
    }
}

/// Whether a status says that the target has no such operation.
pub(crate) fn is_no_such_operation(status: u16) -> bool {
    matches!(status, 404 | 405 | 501)
}

/// The response to a look, if it shows the session.
pub(super) fn usable(seen: Arc<Exchange>) -> Look {
    if seen.response.is_success() && seen.response.object().is_some() {
        Ok(seen)
    } else {
        Err(unusable("the session as it stands is needed", &seen))
    }
}

/// A response that an observation cannot go on from.
pub(crate) fn unusable(need: &str, exchange: &Exchange) -> Obstacle {
    let response = &exchange.response;
    let code = response.text("code").map(|code| format!(" {}", body::one_line(code))).unwrap_or_default();
    let detail = match body::astray(response) {
        Some(way) => format!(": {way}"),
        None if response.is_success() => " without a JSON object that says so".to_owned(),
        None => String::new(),
    };
    let operation = exchange.sent.operation;
    Trouble::at(format!("{need}, and {operation} answered {}{code}{detail}", response.status), &exchange.sent).into()
}

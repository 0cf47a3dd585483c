//! Making the sessions that observations are about, looking at them, and clearing up.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Lab;
use super::trial::Next;
use crate::evidence::body;
use crate::rules::verdict::{Need, Obstacle, Trouble};
use crate::wire::exchange::{Credential, Exchange, Request};
use crate::wire::operation::Operation;
use crate::wire::secrets::Role;

/// How many foreign sessions are looked at: more than there are states.
const FOREIGN: usize = 8;

/// The header that names a creation.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What came of looking at a session.
pub(crate) type Look = Result<Arc<Exchange>, Obstacle>;

/// An open session.
pub(crate) struct Opened {
    pub(crate) id: String,
    /// The answer to its creation, unless it was supplied.
    pub(crate) created: Option<Arc<Exchange>>,
}

/// What a session is created with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// What every session has.
    Plain,
    /// That, and every optional field.
    Full,
    /// That, and metadata of every kind.
    Rich,
}

impl Lab<'_> {
    /// Creates a session, or takes one that was supplied.
    pub(crate) async fn open_session(&self, name: &str, contents: Contents) -> Result<Opened, Obstacle> {
        match self.cannot_create() {
            Some(_) if contents != Contents::Plain => return Err(Need::Creation.into()),
            Some(why) => return self.supplied_session(&why),
            None => {}
        }
        let body = self.new_session(name, contents);
        let mut key = Uuid::new_v4().to_string();
        let mut trial = self.trial(&self.creation(name, &key, &body)?)?;
        let created = loop {
            let attempt = self.once(self.creation(name, &key, &body)?).await;
            if self.next(&mut trial, &attempt).await? == Next::Settled {
                break attempt.exchange()?.clone();
            }
            // A refusal may be replayed; an answer that was lost is to be.
            if attempt.status().is_some() {
                key = Uuid::new_v4().to_string();
            }
        };
        match self.learn_created(&created) {
            Some(id) => Ok(Opened { id, created: Some(created) }),
            None => {
                let unusable = unusable("an open session is needed", &created);
                let status = created.response.status;
                // It has no such operation; or it was foreseen that it would not do.
                let is_foreseen = matches!(status, 404 | 405 | 501) || !self.target.open().is_empty();
                if contents == Contents::Plain && is_foreseen {
                    let why = format!("createSession answered {status}");
                    self.lock().cannot_create = Some(why.clone());
                    return self.supplied_session(&why);
                }
                Err(unusable)
            }
        }
    }

    /// Learns of a session from the answer to its creation: its secret, and that it is open.
    pub(super) fn learn_created(&self, created: &Exchange) -> Option<String> {
        let answer = created.response.json.as_ref();
        let secret = answer.and_then(|body| body.get("client_secret")).and_then(Value::as_str);
        self.secrets.learn_client_secret(secret.unwrap_or_default());
        let id = answer.and_then(|body| body.get("id")).and_then(Value::as_str);
        let id = id.filter(|id| created.response.is_success() && is_addressable(id))?;
        self.keep_open(id);
        Some(id.to_owned())
    }

    /// The request that creates a session.
    pub(crate) fn creation(&self, name: &str, key: &str, body: &Value) -> Result<Request, Need> {
        let request = self.request(Operation::CreateSession, "", Credential::Key(Role::Partner))?;
        Ok(request.called(name).with(IDEMPOTENCY_KEY, key).with_body(body))
    }

    /// Why no session can be created, if that is so.
    pub(crate) fn cannot_create(&self) -> Option<String> {
        self.lock().cannot_create.clone()
    }

    fn supplied_session(&self, why: &str) -> Result<Opened, Obstacle> {
        self.supplied().map(|id| Opened { id, created: None }).ok_or_else(|| {
            let supplied = match self.target.open().len() {
                0 => "none is among the fixtures".to_owned(),
                count => format!("the {count} of the fixtures are used up"),
            };
            Need::OpenSession(format!("{why}, and {supplied}")).into()
        })
    }

    /// An open session that was supplied, if there is one left.
    pub(crate) fn supplied(&self) -> Option<String> {
        self.lock().pool.pop_front()
    }

    /// Gives a session back that is as open as it was: one that was supplied can be used again.
    pub(crate) fn give_back(&self, id: &str) {
        let is_supplied = self.target.open().iter().any(|open| open == id);
        let mut seen = self.lock();
        if is_supplied {
            seen.pool.push_back(id.to_owned());
        } else {
            seen.idle.push(id.to_owned());
        }
    }

    /// The open sessions of the suite's own that were given back: nobody is to touch them any more.
    pub(super) fn idle(&self) -> Vec<String> {
        self.lock().idle.clone()
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
            let mut ids = self.target.foreign()?;
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
                    Ok(_) => there.push(id),
                    Err(obstacle) => last = Some(obstacle),
                }
            }
            match last {
                Some(obstacle) if there.is_empty() => Err(obstacle),
                _ => Ok(there),
            }
        };
        self.foreign.get("foreign", supplied).await
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
            if let Ok(request) = self.request(Operation::CancelSession, &id, Credential::Key(Role::Partner)) {
                // As often as it takes, but not for ever, and not of a target that is gone.
                if self.tested(request).await.is_err() && self.is_down() {
                    return;
                }
            }
        }
    }

    /// What a session of this name is created with.
    pub(super) fn new_session(&self, name: &str, contents: Contents) -> Value {
        let mut rng = self.draw(name);
        let mut body = new_session();
        // A server that answers with fixed values is not to be taken for one that answers with those of the session. A zero
        // at the end is lost where an amount becomes a number.
        let accidental = format!("{:08x}", rng.u32(..));
        body["amount"] = format!("{}.{}0", rng.u32(100..200), rng.u32(1..10)).into();
        body["user_reference"] = format!("zerogate-conformance-{accidental}").into();
        body["metadata"]["run"] = accidental.into();
        if matches!(contents, Contents::Full | Contents::Rich) {
            set(&mut body, optional());
        }
        if contents == Contents::Rich {
            set(&mut body["metadata"], rich());
        }
        body
    }
}

fn set(object: &mut Value, fields: Value) {
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
}

/// Every field that may be left out.
fn optional() -> Value {
    json!({
        "cancel_url": "https://partner.example/checkout/cancelled",
        "flow": "on_ramp",
        "target_token": "USDC",
        "target_network": "arbitrum",
        "wallet_address": "0x0000000000000000000000000000000000000000",
    })
}

/// Whatever a partner may attach, and a careless server loses.
fn rich() -> Value {
    json!({
        "Order Id": " 00123 ",
        "note": "Zo\u{eb} & <Sons> \u{201c}\u{1f4b6}\u{201d} e\u{301}",
        "nested": { "z": [1, 2.5, "3", null, true, []], "a": {} },
        "list": ["c", "a", "b"],
        "empty": "",
        "nothing": null,
    })
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

/// The session in a body, if there is one.
pub(crate) fn session(exchange: &Exchange) -> Option<&Map<String, Value>> {
    exchange.response.json.as_ref().and_then(Value::as_object)
}

/// Whether an id can be one segment of a path: what is read as a step of the path cannot be escaped.
fn is_addressable(id: &str) -> bool {
    !matches!(id, "" | "." | "..")
}

/// The answer to a look, if it shows the session.
pub(super) fn usable(seen: Arc<Exchange>) -> Look {
    if seen.response.is_success() && session(&seen).is_some() {
        Ok(seen)
    } else {
        Err(unusable("the session as it stands is needed", &seen))
    }
}

/// An answer that an observation cannot go on from.
pub(crate) fn unusable(need: &str, exchange: &Exchange) -> Obstacle {
    let response = &exchange.response;
    let code = response.json.as_ref().and_then(|body| body.get("code")).and_then(Value::as_str);
    let code = code.map(|code| format!(" {}", body::one_line(code))).unwrap_or_default();
    let detail = if response.is_success() { " without a JSON object that says so" } else { "" };
    let operation = exchange.sent.operation;
    Trouble::at(format!("{need}, and {operation} answered {}{code}{detail}", response.status), &exchange.sent).into()
}

//! Where the rules' scenes are played.
//!
//! A scene is played once, when the first rule asks for it, and then judged by every rule that it concerns: a rule is
//! no more than a question to what was seen.

mod errors;
mod scene;
mod session;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::OnceCell;
use zerogate_contract::Item;

use crate::coverage;
use crate::exchange::{Credential, Exchange, Request, TransportFailure};
use crate::operation::Operation;
use crate::secrets::{Role, Secrets};
use crate::target::Target;
use crate::verdict::{Need, Obstacle, Trouble};
use crate::wire::{NoTls, Wire};

pub(crate) use errors::ErrorAnswers;
pub(crate) use scene::{Reading, Scene, Situation, UNAUTHORIZED};
pub(crate) use session::{IDEMPOTENCY_KEY, new_session, session, unknown_id};

/// A target, the way to it, and everything that was seen of it.
pub(crate) struct Stage<'t> {
    target: &'t Target,
    wire: Wire,
    secrets: Secrets,
    seen: Mutex<Seen>,
    scenes: [Played<Scene>; Situation::COUNT],
    reading: Played<Reading>,
    errors: Played<ErrorAnswers>,
}

/// Everything but the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A scene that is played at most once.
type Played<T> = OnceCell<Result<Arc<T>, Obstacle>>;

#[derive(Default)]
struct Seen {
    items: BTreeSet<Item>,
    exchanges: usize,
    /// The sessions that the suite created and that are open, as far as it knows.
    open: Vec<String>,
}

impl<'t> Stage<'t> {
    pub(crate) fn new(target: &'t Target, timeout: Duration) -> Result<Self, NoTls> {
        let secrets = Secrets::default();
        for role in [Role::Partner, Role::OtherPartner, Role::Publishable] {
            if let Ok(key) = target.key(role) {
                secrets.learn(key.expose(), role.placeholder());
            }
        }
        Ok(Self {
            target,
            wire: Wire::new(target.base_url().clone(), timeout)?,
            secrets,
            seen: Mutex::default(),
            scenes: Default::default(),
            reading: OnceCell::new(),
            errors: OnceCell::new(),
        })
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Everything of the contract that was seen so far.
    pub(crate) fn seen(&self) -> BTreeSet<Item> {
        self.lock().items.clone()
    }

    /// How many requests were answered so far.
    pub(crate) fn exchanges(&self) -> usize {
        self.lock().exchanges
    }

    /// Sends a request and waits for its answer, whatever it is.
    pub(crate) async fn call(
        &self,
        operation: Operation,
        id: &str,
        credential: Credential,
    ) -> Result<Arc<Exchange>, Obstacle> {
        let request = self.request(operation, id, credential)?;
        self.send(request).await.map_err(|failure| untransported(&failure))
    }

    /// Sends a request and waits for an answer that says something of it: a 429 or a 5xx is an obstacle.
    pub(crate) async fn conclusive(
        &self,
        operation: Operation,
        id: &str,
        credential: Credential,
    ) -> Result<Arc<Exchange>, Obstacle> {
        let answer = self.call(operation, id, credential).await?;
        if answer.response.is_transient() {
            return Err(Trouble::at(format!("it was answered {}", answer.response.status), &answer.sent).into());
        }
        Ok(answer)
    }

    /// Whether the target answers at all, and to this key: with a request that changes nothing.
    pub(crate) async fn greet(&self) -> Result<Arc<Exchange>, TransportFailure> {
        let target = format!("{}?limit=1", self.path(Operation::ListSessions, ""));
        let request = Request::new(Operation::ListSessions, target);
        // The partner's key is the one that every target has.
        let request = match self.target.key(Role::Partner) {
            Ok(key) => request.with_key(&key, Role::Partner),
            Err(_) => request,
        };
        self.send(request).await
    }

    /// The request target for an id that stays one segment of the path, whatever is in it.
    fn path(&self, operation: Operation, id: &str) -> String {
        let segment = utf8_percent_encode(id, ESCAPED).to_string();
        format!("{}{}", self.target.base_url().path(), operation.path(&segment))
    }

    fn request(&self, operation: Operation, id: &str, credential: Credential) -> Result<Request, Need> {
        let request = Request::new(operation, self.path(operation, id));
        Ok(match credential {
            Credential::Key(role) => request.with_key(&self.target.key(role)?, role),
            Credential::Missing => request,
            Credential::Literal(value) => request.with("authorization", value),
        })
    }

    async fn send(&self, request: Request) -> Result<Arc<Exchange>, TransportFailure> {
        let exchange = self.wire.exchange(request).await?;
        let mut seen = self.lock();
        seen.exchanges += 1;
        seen.items.append(&mut coverage::of(&exchange));
        Ok(Arc::new(exchange))
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Plays a scene, or remembers how it went.
async fn once<T>(played: &Played<T>, play: impl Future<Output = Result<T, Obstacle>>) -> Result<Arc<T>, Obstacle> {
    played.get_or_init(|| async { play.await.map(Arc::new) }).await.clone()
}

fn untransported(failure: &TransportFailure) -> Obstacle {
    Trouble::at(failure.kind.to_string(), &failure.sent).into()
}

//! The lab itself: a target, the way to it, and what was seen of it.

use std::any::Any;
use std::future::Future;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;
use tokio::sync::{RwLock, RwLockReadGuard, Semaphore, SemaphorePermit};

use super::attempt::Attempt;
use super::call_log::CallLog;
use super::memo::Memo;
use super::obstacle::{Need, Obstacle};
use super::patience::Patience;
use super::session_pool::SessionPool;
use super::target::Target;
use crate::evidence::key_leak::{self, KeyTraces, Leak};
use crate::wire::{
    Credential, Exchange, Key, KeyVariant, NoTls, Operation, Request, Role, Secrets, TransportFailure, Wire,
};

/// A target, the way to it, and everything that was seen of it.
///
/// It sends requests and remembers. What is attempted, and what is looked at, is for the modules beside it.
pub(crate) struct Lab<'t> {
    pub(crate) target: &'t Target,
    pub(crate) secrets: Secrets,
    pub(crate) log: CallLog,
    pub(crate) sessions: SessionPool,
    pub(super) patience: Patience,
    wire: Wire,
    /// What is looked for of the target's keys in every response.
    keys: Vec<KeyTraces>,
    seed: u64,
    memo: Memo,
    /// Held to read while a creation is under way.
    creating: RwLock<()>,
    /// One for each observation that may be made at a time.
    slots: Semaphore,
}

/// How a lab is to treat its target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Treatment {
    /// How long the target may take for one response.
    pub(crate) timeout: Duration,
    /// How many requests a second it is sent at most.
    pub(crate) rate: Option<f64>,
    /// How many things are done at a time.
    pub(crate) jobs: NonZero<usize>,
    /// What accidental values are drawn from.
    pub(crate) seed: u64,
}

impl<'t> Lab<'t> {
    pub(crate) fn new(target: &'t Target, treatment: Treatment) -> Result<Self, NoTls> {
        let Treatment { timeout, rate, jobs, seed } = treatment;
        let secrets = Secrets::default();
        for (role, key) in target.keys() {
            secrets.learn_key(key, role.placeholder());
        }
        Ok(Self {
            target,
            secrets,
            log: CallLog::default(),
            sessions: SessionPool::new(target.open()),
            patience: Patience::new(rate),
            wire: Wire::new(target.base_url().clone(), timeout, rate)?,
            keys: target.keys().flat_map(|(_, key)| traces(key)).collect(),
            seed,
            memo: Memo::default(),
            creating: RwLock::default(),
            slots: Semaphore::new(jobs.get().min(Semaphore::MAX_PERMITS)),
        })
    }

    /// What is to be done once in a run, or what came of it.
    pub(super) fn once<'l, T: Any + Send + Sync>(
        &'l self,
        name: &str,
        make: impl Future<Output = Result<T, Obstacle>> + 'l,
    ) -> impl Future<Output = Result<Arc<T>, Obstacle>> + 'l {
        self.memo.get(name, make)
    }

    /// Waits until there may be another observation.
    pub(super) async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.slots.acquire().await.ok()
    }

    /// From now on one thing at a time: sessions that are lent out are not to be taken for used up.
    pub(crate) fn slow_down(&self) {
        self.slots.forget_permits(self.slots.available_permits().saturating_sub(1));
    }

    /// What is accidental in a request of this name: the same for the same seed.
    pub(crate) fn draw(&self, name: &str) -> Rng {
        // FNV-1a, written down: the standard library keeps free to hash otherwise one day.
        let bytes = self.seed.to_le_bytes().into_iter().chain(name.bytes());
        let mixed =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Rng::with_seed(mixed)
    }

    /// A request as the contract describes it, for an operation on a session, or on none.
    pub(crate) fn request(&self, operation: Operation, id: &str, credential: Credential) -> Result<Request, Need> {
        let request = Request::new(operation, operation.target(self.target.base_url().path(), id));
        Ok(match credential {
            Credential::Key(role) => request.with_key(self.target.key(role)?, role, KeyVariant::Bearer),
            Credential::Variant(variant) => request.with_key(self.target.key(Role::Partner)?, Role::Partner, variant),
            Credential::Missing => request,
            Credential::Literal(_, value) => request.with("authorization", value),
        })
    }

    /// The same with the partner's key.
    pub(crate) fn own_request(&self, operation: Operation, id: &str) -> Result<Request, Need> {
        self.request(operation, id, Credential::Key(Role::Partner))
    }

    /// Waits for the turn of a request that somebody else sends.
    pub(crate) async fn turn(&self) {
        self.wire.turn().await;
    }

    /// Sends a request once.
    pub(crate) async fn send(&self, request: Request) -> Attempt {
        let _creating = self.creating_by(&request).await;
        let sender = Sender::of(&request);
        self.attempted(self.wire.exchange(request).await, sender)
    }

    /// Says how a session like this one can be created, which the suite did not.
    pub(super) fn could_create(&self, id: &str, owner: Role, request: &Request) {
        self.log.keep(&mut self.wire.unsent(request), Some(id), Some(owner));
    }

    /// Sends requests at once, each over a connection of its own.
    pub(super) async fn volley(&self, requests: Vec<Request>) -> Vec<Attempt> {
        let _creating = match requests.first() {
            Some(request) => self.creating_by(request).await,
            None => None,
        };
        let senders: Vec<_> = requests.iter().map(Sender::of).collect();
        let responses = self.wire.volley(requests).await.into_iter().zip(senders);
        responses.map(|(response, sender)| self.attempted(response, sender)).collect()
    }

    /// Says that a creation is under way, for as long as what it returns is kept.
    pub(crate) async fn creating(&self) -> RwLockReadGuard<'_, ()> {
        self.creating.read().await
    }

    async fn creating_by(&self, request: &Request) -> Option<RwLockReadGuard<'_, ()>> {
        if request.operation == Operation::CreateSession { Some(self.creating().await) } else { None }
    }

    /// Waits until no creation is under way, so that it is known what there is to clear up. None begins meanwhile.
    pub(crate) async fn all_created(&self) {
        let _ = self.creating.write().await;
    }

    fn attempted(&self, response: Result<Exchange, TransportFailure>, sender: Sender) -> Attempt {
        match response {
            Ok(exchange) => Attempt::Completed(self.record(exchange, sender)),
            Err(mut failure) => {
                self.log.trace(&mut failure.sent);
                Attempt::Failed(Arc::new(failure))
            }
        }
    }

    fn record(&self, mut exchange: Exchange, sender: Sender) -> Arc<Exchange> {
        self.log.trace(&mut exchange.sent);
        let mut created = None;
        // Before anything of this response, or of another one, is told; and before anybody can forget to clear it up.
        if exchange.sent.operation == Operation::CreateSession {
            self.secrets.learn_client_secret(exchange.response.text("client_secret").unwrap_or_default());
            created = created_id(&exchange).map(str::to_owned);
            if let Some(id) = &created {
                self.sessions.keep_open(sender.role.unwrap_or(Role::Partner), id);
            }
        }
        if exchange.is_regular {
            self.log.keep(&mut exchange.sent, created.as_deref(), sender.role);
        }
        let exchange = Arc::new(exchange);
        let leak = key_leak::find(&exchange.response, sender.credential.iter().chain(&self.keys))
            .or_else(|| self.client_secret_told(&exchange));
        self.log.add(&exchange, leak);
        exchange
    }

    /// A client secret in a refusal; of successes rules of their own speak.
    fn client_secret_told(&self, exchange: &Exchange) -> Option<Leak> {
        let body = String::from_utf8_lossy(&exchange.response.body);
        let is_told = exchange.response.status >= 400 && self.secrets.client_secret_in(&body);
        is_told.then(|| Leak { what: "a client secret", place: "in the body".to_owned() })
    }
}

/// Who sends a request.
struct Sender {
    /// Whose key it has where it belongs, and as it is.
    role: Option<Role>,
    /// What is looked for of the credential in the response.
    credential: Option<KeyTraces>,
}

impl Sender {
    fn of(request: &Request) -> Self {
        let role = request.key.filter(|(_, variant)| *variant == KeyVariant::Bearer).map(|(role, _)| role);
        Self { role, credential: key_leak::credential(request) }
    }
}

/// The session that a creation made, if it made one that a path can name.
pub(super) fn created_id(created: &Exchange) -> Option<&str> {
    created.response.text("id").filter(|id| created.response.is_success() && is_addressable(id))
}

/// Whether an id can be one segment of a path: what is read as a step of the path cannot be escaped.
fn is_addressable(id: &str) -> bool {
    !matches!(id, "" | "." | "..")
}

/// What is looked for of a key, as it is and as headers and logs like to carry it.
fn traces(key: &Key) -> impl Iterator<Item = KeyTraces> {
    [key.expose().to_owned(), STANDARD.encode(key.expose())].into_iter().filter_map(|text| KeyTraces::of(&text))
}

//! The core of the lab: a target, the connection to it, and the log.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
use super::target::{State, Target};
use super::unsettled::Unsettled;
use crate::evidence::key_leak::{self, KeyTraces, Leak};
use crate::wire::{
    Closing, Credential, Exchange, Key, KeyVariant, NoTls, Operation, Request, Role, Secrets, TransportFailure, Wire,
};

/// A target, the connection to it, and the log of everything that was seen.
///
/// It sends requests and records responses. The other modules decide what to attempt and what to read.
pub(crate) struct Lab<'t> {
    pub(crate) target: &'t Target,
    pub(crate) secrets: Secrets,
    pub(crate) log: CallLog,
    pub(crate) sessions: SessionPool,
    pub(super) patience: Patience,
    wire: Wire,
    /// The traces of the target's keys to look for in every response.
    keys: Vec<KeyTraces>,
    seed: u64,
    memo: Memo,
    /// Read-locked while a creation is in flight.
    creating: RwLock<()>,
    pub(super) unsettled: Unsettled,
    /// Whether responses are for the rules.
    is_logging: AtomicBool,
    /// Limits how many observations run in parallel.
    slots: Semaphore,
    /// The number of slots.
    jobs: u32,
    /// Whether an observation needs all of them.
    is_slow: AtomicBool,
}

/// How a lab treats its target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Treatment {
    /// The time limit for one response.
    pub(crate) timeout: Duration,
    /// The maximum number of requests per second.
    pub(crate) rate: Option<f64>,
    /// How many observations run in parallel.
    pub(crate) jobs: NonZero<usize>,
    /// The seed of random values.
    pub(crate) seed: u64,
}

impl<'t> Lab<'t> {
    pub(crate) fn new(target: &'t Target, treatment: Treatment) -> Result<Self, NoTls> {
        let Treatment { timeout, rate, jobs, seed } = treatment;
        let secrets = Secrets::default();
        let jobs = u32::try_from(jobs.get().min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
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
            unsettled: Unsettled::default(),
            is_logging: AtomicBool::new(true),
            slots: Semaphore::new(jobs as usize),
            jobs,
            is_slow: AtomicBool::new(false),
        })
    }

    /// Runs something once per run, and returns its result.
    pub(super) fn once<'l, T: Any + Send + Sync>(
        &'l self,
        name: &str,
        make: impl Future<Output = Result<T, Obstacle>> + 'l,
    ) -> impl Future<Output = Result<Arc<T>, Obstacle>> + 'l {
        self.memo.get(name, make)
    }

    /// Waits until another observation may run.
    pub(super) async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        let one = self.slots.acquire().await.ok();
        if !self.is_slow.load(Ordering::Relaxed) {
            return one;
        }
        drop(one);
        self.slots.acquire_many(self.jobs).await.ok()
    }

    /// From now on, starts an observation only when no other one runs.
    pub(crate) fn slow_down(&self) {
        self.is_slow.store(true, Ordering::Relaxed);
    }

    /// The random generator for a request of this name: the same for the same seed.
    pub(crate) fn draw(&self, name: &str) -> Rng {
        // FNV-1a, since the standard library's hash may change between versions.
        let bytes = self.seed.to_le_bytes().into_iter().chain(name.bytes());
        let mixed =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Rng::with_seed(mixed)
    }

    /// Builds a request as the contract describes it.
    pub(crate) fn request(&self, operation: Operation, id: &str, credential: Credential) -> Result<Request, Need> {
        let request = Request::new(operation, operation.target(self.target.base_url().path(), id));
        Ok(match credential {
            Credential::Key(role) => request.with_key(self.target.key(role)?, role, KeyVariant::Bearer),
            Credential::Variant(variant) => request.with_key(self.target.key(Role::Partner)?, Role::Partner, variant),
            Credential::Missing => request,
            Credential::Literal(_, value) => request.with("authorization", value),
        })
    }

    /// Builds a request with the partner's key.
    pub(crate) fn own_request(&self, operation: Operation, id: &str) -> Result<Request, Need> {
        self.request(operation, id, Credential::Key(Role::Partner))
    }

    /// Waits for the rate limit on behalf of a request that something else sends.
    pub(crate) async fn turn(&self) {
        self.wire.turn().await;
    }

    /// Sends a request once.
    pub(crate) async fn send(&self, request: Request) -> Attempt {
        let _creating = self.creating_by(&request).await;
        let sender = Sender::of(&request);
        self.attempted(self.wire.exchange(request).await, sender)
    }

    /// Sends a request once, on the connection of another one that precedes it, if the server keeps that open.
    pub(super) async fn send_after(&self, first: Request, request: Request) -> Attempt {
        let senders = [Sender::of(&first), Sender::of(&request)];
        let [first, second] = self.wire.one_after_the_other(first, request).await;
        let [first_sender, second_sender] = senders;
        self.attempted(first, first_sender);
        self.attempted(second, second_sender)
    }

    /// Records how to create a session like this supplied one.
    pub(super) fn could_create(&self, id: &str, owner: Role, request: &Request) {
        self.log.keep(&mut self.wire.unsent(request), Some(id), Some(owner));
    }

    /// Sends requests in parallel, each over its own connection.
    pub(super) async fn volley(&self, requests: Vec<Request>) -> Vec<Attempt> {
        let _creating = match requests.first() {
            Some(request) => self.creating_by(request).await,
            None => None,
        };
        let senders: Vec<_> = requests.iter().map(Sender::of).collect();
        let responses = self.wire.volley(requests).await.into_iter().zip(senders);
        responses.map(|(response, sender)| self.attempted(response, sender)).collect()
    }

    /// How long it took to create each session of the suite, by id.
    pub(crate) fn creations(&self) -> HashMap<String, Duration> {
        self.log.creations()
    }

    /// From now on responses are not kept for the rules. They still cover the contract.
    pub(crate) fn stop_logging(&self) {
        self.is_logging.store(false, Ordering::Relaxed);
    }

    /// Sends different requests at once, each over its own connection, which is closed as the request says.
    ///
    /// A creation whose response is lost is sent again at the clean-up, to learn which session it opened.
    pub(crate) async fn together(&self, requests: Vec<(Request, Closing)>) -> Vec<Attempt> {
        let _creating = self.creating().await;
        let sent: Vec<_> =
            requests.iter().map(|(request, _)| (Sender::of(request), self.unsettled.add(request))).collect();
        let responses = self.wire.together(requests).await.into_iter().zip(sent);
        responses
            .map(|(response, (sender, creation))| {
                let attempt = self.attempted(response, sender);
                if let Some(creation) = creation {
                    self.unsettled.settle(creation, &attempt);
                }
                attempt
            })
            .collect()
    }

    /// Marks a creation as in flight while the returned guard lives.
    pub(crate) async fn creating(&self) -> RwLockReadGuard<'_, ()> {
        self.creating.read().await
    }

    async fn creating_by(&self, request: &Request) -> Option<RwLockReadGuard<'_, ()>> {
        if request.operation == Operation::CreateSession { Some(self.creating().await) } else { None }
    }

    /// Waits until no creation is in flight, so that all sessions to clean up are known. None starts meanwhile.
    pub(crate) async fn all_created(&self) {
        let _ = self.creating.write().await;
    }

    fn attempted(&self, response: Result<Exchange, TransportFailure>, sender: Sender) -> Attempt {
        match &response {
            Ok(exchange) => self.log.reached(&exchange.sent),
            Err(failure) if !failure.kind.is_unconnected() => self.log.reached(&failure.sent),
            Err(_) => {}
        }
        match response {
            Ok(exchange) => Attempt::Completed(self.record(exchange, sender)),
            Err(mut failure) => {
                if self.is_logging() {
                    self.log.trace(&mut failure.sent);
                }
                Attempt::Failed(Arc::new(failure))
            }
        }
    }

    fn record(&self, mut exchange: Exchange, sender: Sender) -> Arc<Exchange> {
        let is_logging = self.is_logging();
        if is_logging {
            self.log.trace(&mut exchange.sent);
        }
        let mut created = None;
        // Do this first, so that the secret is redacted in every report and the session is always cleaned up.
        if exchange.sent.operation == Operation::CreateSession {
            self.secrets.learn_client_secret(exchange.response.text("client_secret").unwrap_or_default());
            created = created_id(&exchange).map(str::to_owned);
            if let Some(id) = &created {
                self.sessions.created(sender.role.unwrap_or(Role::Partner), id);
            }
        } else if let Some((id, status)) = shown_session(&exchange) {
            self.sessions.shows(id, State::ALL.iter().all(|state| state.word() != status));
        }
        if !is_logging {
            self.log.cover(&exchange);
            exchange.sent.created = created;
            return Arc::new(exchange);
        }
        if exchange.is_regular {
            self.log.keep(&mut exchange.sent, created.as_deref(), sender.role);
        }
        let exchange = Arc::new(exchange);
        let leak = key_leak::find(&exchange.response, sender.credential.iter().chain(&self.keys))
            .or_else(|| self.leaked_client_secret(&exchange));
        self.log.add(&exchange, leak);
        exchange
    }

    fn is_logging(&self) -> bool {
        self.is_logging.load(Ordering::Relaxed)
    }

    /// A client secret in an error response; other rules judge successes.
    fn leaked_client_secret(&self, exchange: &Exchange) -> Option<Leak> {
        let body = String::from_utf8_lossy(&exchange.response.body);
        // A server may quote the path.
        if exchange.sent.target.session_of_secret().is_some() {
            return None;
        }
        let is_leaked = exchange.response.status >= 400 && self.secrets.client_secret_in(&body);
        let (what, place) = ("a client secret", "in the body".to_owned());
        is_leaked.then_some(Leak { what, is_of_a_session: true, place })
    }
}

/// The sender of a request.
struct Sender {
    /// The role of its key, if the key is valid and in the right place.
    role: Option<Role>,
    /// The traces of the credential to look for in the response.
    credential: Option<KeyTraces>,
}

impl Sender {
    fn of(request: &Request) -> Self {
        let role = request.key.filter(|(_, variant)| *variant == KeyVariant::Bearer).map(|(role, _)| role);
        Self { role, credential: key_leak::credential(request) }
    }
}

/// The id of the created session, if a path can contain it.
pub(super) fn created_id(created: &Exchange) -> Option<&str> {
    created.response.text("id").filter(|id| created.response.is_success() && is_addressable(id))
}

/// The id and the status of the session in a success of an operation on one session.
fn shown_session(exchange: &Exchange) -> Option<(&str, &str)> {
    let is_of_one = matches!(exchange.sent.operation, Operation::CancelSession | Operation::RetrieveSession);
    let response = Some(&exchange.response).filter(|response| is_of_one && response.is_success())?;
    Some((response.text("id")?, response.text("status")?))
}

/// Whether an id can be a segment of a path: dot segments cannot be escaped.
fn is_addressable(id: &str) -> bool {
    !matches!(id, "" | "." | "..")
}

/// The traces of a key to look for, plain and as base64.
fn traces(key: &Key) -> impl Iterator<Item = KeyTraces> {
    [key.expose().to_owned(), STANDARD.encode(key.expose())].into_iter().filter_map(|text| KeyTraces::of(&text))
}

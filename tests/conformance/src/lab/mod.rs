//! Where the rules' observations are made.
//!
//! An observation is made once, when the first rule asks for it, and then judged by every rule that it concerns: a rule is
//! no more than a question to what was seen.

pub(crate) mod fixtures;
pub(crate) mod target;

mod creations;
mod errors;
mod listing;
mod memo;
mod met;
mod methods;
mod neighbours;
mod observation;
mod odd;
mod race;
mod refusals;
mod session;
mod situation;
mod strangers;
mod trial;
mod watch;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use zerogate_contract::Item;

use crate::evidence::coverage;
use crate::evidence::key_leak::{self, Leak, Needles};
use crate::lab::target::Target;
use crate::rules::verdict::Need;
use crate::run::options::Options;
use crate::wire::connection::{NoTls, Wire};
use crate::wire::exchange::{Credential, Exchange, Request, Sent, TransportFailure};
use crate::wire::key_variants::KeyVariant;
use crate::wire::operation::Operation;
use crate::wire::secrets::{Key, Role, Secrets};

pub(crate) use creations::Creations;
pub(crate) use errors::ErrorAnswers;
pub(crate) use listing::{Listing, Page, SHORT, WHOLE, created_at, page};
pub(crate) use met::Met;
pub(crate) use neighbours::Neighbours;
pub(crate) use observation::{Observation, Reading};
pub(crate) use odd::{Batch, Oddities, Oddity, PathKind};
pub(crate) use race::{RUNNERS, Race};
pub(crate) use refusals::Refused;
pub(crate) use session::{IDEMPOTENCY_KEY, new_session, session, unusable};
pub(crate) use situation::{
    ALTERED, MALFORMED, OTHER_SCHEMES, Situation, UNKNOWN_KEY, UNKNOWN_WEBHOOK_SECRET, WRONG_PLACES, unauthorized,
};
pub(crate) use trial::Attempt;
use trial::{RequestKind, Strikes};
pub(crate) use watch::Watched;

use memo::Memo;
use strangers::Strangers;

/// A target, the way to it, and everything that was seen of it.
pub(crate) struct Lab<'t> {
    target: &'t Target,
    wire: Wire,
    secrets: Secrets,
    /// What is looked for of the target's keys in every answer.
    keys: Vec<Needles>,
    seed: u64,
    start: Instant,
    rate: Option<f64>,
    seen: Mutex<Seen>,
    observations: Memo<Observation>,
    /// One for each observation that may be played at a time.
    slots: Semaphore,
    readings: Memo<Reading>,
    foreign: Memo<Vec<String>>,
    strangers: Memo<Strangers>,
    refusals: Memo<Attempt>,
    errors: Memo<ErrorAnswers>,
    neighbours: Memo<Neighbours>,
    listings: Memo<Listing>,
    oddities: Memo<Oddities>,
    creations: Memo<Creations>,
}

/// Everything but the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as one segment of a path, or one value of a query.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

#[derive(Default)]
struct Seen {
    items: BTreeSet<Item>,
    exchanges: usize,
    /// Whether any session was met at all.
    session: bool,
    /// The sessions that the suite created and that are open, as far as it knows.
    open: Vec<String>,
    /// Those of them that no observation is about any more: nothing but time may change them.
    idle: Vec<String>,
    /// The requests that created sessions, by the path that cancels those.
    creations: HashMap<String, Sent>,
    /// Open sessions that were supplied and are not used yet.
    pool: VecDeque<String>,
    /// Why no session can be created, if that is so.
    cannot_create: Option<String>,
    strikes: HashMap<RequestKind, Strikes>,
    /// Whether the target last answered nothing that counts, not even to a neutral request.
    down: bool,
    /// Whether anything has persisted in not being answered.
    persisted: bool,
    /// The errors that regular requests were answered with.
    errors: BTreeMap<(Operation, u16), Vec<Arc<Exchange>>>,
    /// Every answer that was met.
    met: Vec<Met>,
}

impl<'t> Lab<'t> {
    pub(crate) fn new(target: &'t Target, options: &Options) -> Result<Self, NoTls> {
        let secrets = Secrets::default();
        for (role, key) in target.keys() {
            secrets.learn_key(key, role.placeholder());
        }
        let pool = target.open().iter().cloned().collect();
        Ok(Self {
            target,
            wire: Wire::new(target.base_url().clone(), options.timeout, options.rate)?,
            secrets,
            keys: target.keys().flat_map(|(_, key)| needles(key)).collect(),
            seed: options.seed,
            start: trial::start(),
            seen: Mutex::new(Seen { pool, ..Seen::default() }),
            observations: Memo::default(),
            slots: Semaphore::new(options.jobs.get().min(Semaphore::MAX_PERMITS)),
            rate: options.rate,
            readings: Memo::default(),
            foreign: Memo::default(),
            strangers: Memo::default(),
            refusals: Memo::default(),
            errors: Memo::default(),
            neighbours: Memo::default(),
            listings: Memo::default(),
            oddities: Memo::default(),
            creations: Memo::default(),
        })
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub(crate) fn target(&self) -> &'t Target {
        self.target
    }

    /// Everything of the contract that was seen so far.
    pub(crate) fn seen(&self) -> BTreeSet<Item> {
        self.lock().items.clone()
    }

    /// How many requests were answered so far.
    pub(crate) fn exchanges(&self) -> usize {
        self.lock().exchanges
    }

    /// Whether any session was met: without one, nothing is known of cancelling.
    pub(crate) fn has_met_a_session(&self) -> bool {
        self.lock().session
    }

    /// What is accidental in a request of this name: the same for the same seed.
    pub(crate) fn draw(&self, name: &str) -> Rng {
        // FNV-1a, written down: the standard library keeps free to hash otherwise one day.
        let bytes = self.seed.to_le_bytes().into_iter().chain(name.bytes());
        let mixed =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Rng::with_seed(mixed)
    }

    /// An id that no session has: like those of the target, or of the reference's example if none is known.
    ///
    /// A server may refuse an id that cannot be one of its own for just that.
    pub(crate) async fn unknown_id(&self, name: &str) -> String {
        if let Ok(reading) = self.reading().await
            && let Ok(id) = self.id_like(&reading.id, name).await
        {
            return id;
        }
        self.drawn_id(name)
    }

    /// An id like that of the reference's example.
    fn drawn_id(&self, name: &str) -> String {
        let mut rng = self.draw(name);
        (0..24).map(|_| rng.digit(16)).collect()
    }

    /// The path for an id that stays one segment of it, whatever is in it.
    pub(crate) fn path(&self, operation: Operation, id: &str) -> String {
        format!("{}{}", self.target.base_url().path(), operation.path(&escaped(id)))
    }

    /// A request as the contract describes it, for an operation on a session, or on none.
    pub(crate) fn request(&self, operation: Operation, id: &str, credential: Credential) -> Result<Request, Need> {
        let request = Request::new(operation, self.path(operation, id));
        Ok(match credential {
            Credential::Key(role) => request.with_key(self.target.key(role)?, role, KeyVariant::Bearer),
            Credential::Variant(shape) => request.with_key(self.target.key(Role::Partner)?, Role::Partner, shape),
            Credential::Missing => request,
            Credential::Literal(value) => request.with("authorization", value),
        })
    }

    /// Waits for the turn of a request that somebody else sends.
    pub(crate) async fn turn(&self) {
        self.wire.turn().await;
    }

    /// From now on one thing at a time: sessions that are lent out are not to be taken for used up.
    pub(crate) fn slow_down(&self) {
        self.slots.forget_permits(self.slots.available_permits().saturating_sub(1));
    }

    async fn send(&self, request: Request) -> Result<Arc<Exchange>, TransportFailure> {
        let credential = key_leak::credential(&request);
        Ok(self.record(self.wire.exchange(request).await?, credential))
    }

    fn record(&self, mut exchange: Exchange, credential: Option<Needles>) -> Arc<Exchange> {
        self.trace(&mut exchange);
        let exchange = Arc::new(exchange);
        let echo = key_leak::find(&exchange.response, credential.iter().chain(&self.keys))
            .or_else(|| self.client_secret_told(&exchange));
        let mut seen = self.lock();
        seen.met.push(Met::new(&exchange, echo));
        seen.exchanges += 1;
        seen.items.append(&mut coverage::of(&exchange));
        let (operation, status) = (exchange.sent.operation, exchange.response.status);
        if exchange.is_regular && status >= 400 {
            seen.errors.entry((operation, status)).or_default().push(exchange.clone());
        }
        let is_of_a_session = matches!(operation, Operation::CancelSession | Operation::RetrieveSession);
        seen.session |= exchange.is_regular && is_of_a_session && matches!(status, 200..=299 | 409);
        drop(seen);
        exchange
    }

    /// Keeps how a session was created, and says so of the request that ends its being open.
    fn trace(&self, exchange: &mut Exchange) {
        let mut seen = self.lock();
        let sent = &mut exchange.sent;
        match sent.operation {
            Operation::CreateSession => {
                let id = exchange.response.json.as_ref().and_then(|body| body.get("id")?.as_str());
                if let Some(id) = id.filter(|_| exchange.response.is_success()) {
                    seen.creations.insert(self.path(Operation::CancelSession, id), sent.clone());
                }
            }
            Operation::CancelSession if situation::ends_being_open(&exchange.name) => {
                sent.created_by = seen.creations.get(&sent.target).cloned().map(Box::new);
            }
            _ => {}
        }
    }

    /// A client secret in a refusal; of successes rules of their own speak.
    fn client_secret_told(&self, exchange: &Exchange) -> Option<Leak> {
        let body = String::from_utf8_lossy(&exchange.response.body);
        let is_told = exchange.response.status >= 400 && self.secrets.client_secret_in(&body);
        is_told.then(|| Leak { what: "a client secret", place: "in the body".to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is looked for of a key, as it is and as headers and logs like to carry it.
fn needles(key: &Key) -> impl Iterator<Item = Needles> {
    [key.expose().to_owned(), STANDARD.encode(key.expose())].into_iter().filter_map(|text| Needles::of(&text))
}

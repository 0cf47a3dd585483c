//! The log of a run: every response, and the parts of the contract that it covers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zerogate_contract::Item;

use crate::evidence::coverage;
use crate::evidence::key_leak::Leak;
use crate::wire::{Exchange, Operation, Response, Role, Sent, escaped};

/// The log of everything so far.
#[derive(Default)]
pub(crate) struct CallLog(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    items: BTreeSet<Item>,
    exchanges: usize,
    /// Whether any session was found.
    session: bool,
    /// The histories of the sessions that the suite created, by id.
    histories: HashMap<String, History>,
    /// The error responses to regular requests.
    errors: BTreeMap<(Operation, u16), Vec<Arc<Exchange>>>,
    met: Vec<LoggedResponse>,
    /// The first success whose body is not JSON.
    undecodable: Option<Arc<Exchange>>,
    /// The last request that reached the target, in a few words.
    last_reached: Option<String>,
}

/// The history of a session.
struct History {
    owner: Role,
    /// Its creation, and the cancellations by its owner.
    requests: Vec<Arc<Sent>>,
}

/// A response of the run.
#[derive(Clone)]
pub(crate) struct LoggedResponse {
    /// The exchange, without its body to save memory.
    pub(crate) exchange: Exchange,
    /// A part of a key that the response leaks.
    pub(crate) leak: Option<Leak>,
    /// A name that occurs twice in one object of the body.
    pub(crate) repeated: Option<String>,
}

impl LoggedResponse {
    fn new(exchange: &Exchange, leak: Option<Leak>) -> Self {
        let Exchange { sent, response, elapsed, name, is_regular } = exchange;
        let Response { version, status, headers, .. } = response;
        let response = Response {
            version: version.clone(),
            status: *status,
            headers: headers.clone(),
            body: Vec::new(),
            json: None,
        };
        let (sent, name) = (sent.clone(), name.clone());
        let (elapsed, is_regular) = (*elapsed, *is_regular);
        let repeated = zerogate_judge::repeated_name(&exchange.response.body);
        Self { exchange: Exchange { sent, response, elapsed, name, is_regular }, leak, repeated }
    }
}

impl CallLog {
    /// The parts of the contract that were seen.
    pub(crate) fn items(&self) -> BTreeSet<Item> {
        self.lock().items.clone()
    }

    /// The first success of a regular request whose body is not JSON.
    pub(crate) fn undecodable(&self) -> Option<Arc<Exchange>> {
        self.lock().undecodable.clone()
    }

    /// The last request that reached the target, in a few words.
    pub(super) fn last_reached(&self) -> Option<String> {
        self.lock().last_reached.clone()
    }

    /// Records that a request reached the target.
    pub(super) fn reached(&self, sent: &Sent) {
        let authorization = sent.headers.iter().find(|(name, _)| name == "authorization");
        let with = authorization
            .map_or(" without `Authorization`".to_owned(), |(_, value)| format!(" with `Authorization: {value}`"));
        self.lock().last_reached = Some(format!("{sent}{with}"));
    }

    /// How long it took to create each session of the suite, by id.
    pub(super) fn creations(&self) -> HashMap<String, Duration> {
        let took =
            |LoggedResponse { exchange, .. }: &LoggedResponse| Some((exchange.sent.created.clone()?, exchange.elapsed));
        self.lock().met.iter().filter_map(took).collect()
    }

    /// How many requests got a response.
    pub(crate) fn exchanges(&self) -> usize {
        self.lock().exchanges
    }

    /// Whether any session was found; without one, cancelling cannot be judged.
    pub(crate) fn has_met_a_session(&self) -> bool {
        self.lock().session
    }

    /// The error responses to regular requests, in the same order in every run.
    pub(crate) fn errors(&self) -> Vec<Arc<Exchange>> {
        let mut errors: Vec<Arc<Exchange>> = self.lock().errors.values().flatten().cloned().collect();
        errors.sort_by_key(|error| {
            let Exchange { sent, response, name, .. } = &**error;
            // An error of cancelSession comes first, so that it is the one shown.
            (std::cmp::Reverse(sent.operation), response.status, name.clone())
        });
        errors
    }

    /// Every response, in the same order in every run.
    pub(crate) fn met(&self) -> Vec<LoggedResponse> {
        let mut met = self.lock().met.clone();
        met.sort_by_cached_key(|LoggedResponse { exchange, .. }| {
            let Exchange { sent, response, name, .. } = exchange;
            (sent.operation, response.status, name.clone(), sent.method.clone())
        });
        met
    }

    /// Records what of the contract an exchange covers.
    pub(super) fn cover(&self, exchange: &Exchange) {
        // Not `append`, which rebuilds the whole set.
        self.lock().items.extend(coverage::of(exchange));
    }

    pub(super) fn add(&self, exchange: &Arc<Exchange>, leak: Option<Leak>) {
        self.cover(exchange);
        let mut seen = self.lock();
        seen.met.push(LoggedResponse::new(exchange, leak));
        seen.exchanges += 1;
        let (operation, status) = (exchange.sent.operation, exchange.response.status);
        if exchange.is_regular && status >= 400 {
            seen.errors.entry((operation, status)).or_default().push(exchange.clone());
        }
        let response = &exchange.response;
        if exchange.is_regular && response.is_success() && response.json.is_none() && seen.undecodable.is_none() {
            seen.undecodable = Some(exchange.clone());
        }
        let is_of_a_session = matches!(operation, Operation::CancelSession | Operation::RetrieveSession);
        seen.session |= exchange.is_regular && is_of_a_session && matches!(status, 200..=299 | 409);
    }

    /// Adds the history of the session that a request names.
    pub(super) fn trace(&self, sent: &mut Sent) {
        let seen = self.lock();
        let history = sent.target.named_session().and_then(|id| seen.histories.get(id));
        sent.history = history.map(|history| history.requests.clone()).unwrap_or_default();
    }

    /// Records a request in the history of a session: its creation, or a request of its owner to cancel it.
    pub(super) fn keep(&self, sent: &mut Sent, created: Option<&str>, by: Option<Role>) {
        let Some(by) = by else { return };
        let mut seen = self.lock();
        // Skip an id that needs escaping in a path.
        if let Some(id) = created.filter(|id| escaped(id) == *id) {
            sent.created = Some(id.to_owned());
            let begin = || History { owner: by, requests: vec![Arc::new(sent.clone())] };
            seen.histories.entry(id.to_owned()).or_insert_with(begin);
        } else if sent.operation == Operation::CancelSession
            && let Some(history) = sent.target.named_session().and_then(|id| seen.histories.get_mut(id))
            && history.owner == by
            && history.requests.last().is_none_or(|last| last.number != sent.number)
        {
            history.requests.push(Arc::new(Sent { history: Vec::new(), ..sent.clone() }));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

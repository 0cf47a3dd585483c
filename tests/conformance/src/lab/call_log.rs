//! What was seen of the target: every response, and what it shows of the contract.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zerogate_contract::Item;

use crate::evidence::coverage;
use crate::evidence::key_leak::Leak;
use crate::wire::{Exchange, Operation, Response, Sent, escaped};

/// Everything that was seen so far.
#[derive(Default)]
pub(crate) struct CallLog(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    items: BTreeSet<Item>,
    exchanges: usize,
    /// Whether any session was met at all.
    session: bool,
    /// The requests that created sessions, by those as they stand in a path.
    creations: HashMap<String, Sent>,
    /// The errors that regular requests got.
    errors: BTreeMap<(Operation, u16), Vec<Arc<Exchange>>>,
    met: Vec<LoggedResponse>,
}

/// A response of the run.
#[derive(Clone)]
pub(crate) struct LoggedResponse {
    /// The exchange, without its body: there are many.
    pub(crate) exchange: Exchange,
    /// What of a key came back in it.
    pub(crate) leak: Option<Leak>,
    /// A name that an object of the body has twice.
    pub(crate) repeated: Option<String>,
}

impl LoggedResponse {
    fn new(exchange: &Exchange, leak: Option<Leak>) -> Self {
        let Exchange { sent, response, elapsed, name, uses_up, is_regular } = exchange;
        let Response { version, status, headers, .. } = response;
        let response = Response {
            version: version.clone(),
            status: *status,
            headers: headers.clone(),
            body: Vec::new(),
            json: None,
        };
        let (sent, name) = (sent.clone(), name.clone());
        let (elapsed, uses_up, is_regular) = (*elapsed, *uses_up, *is_regular);
        let repeated = zerogate_judge::repeated_name(&exchange.response.body);
        Self { exchange: Exchange { sent, response, elapsed, name, uses_up, is_regular }, leak, repeated }
    }
}

impl CallLog {
    /// Everything of the contract that was seen.
    pub(crate) fn items(&self) -> BTreeSet<Item> {
        self.lock().items.clone()
    }

    /// How many requests got a response.
    pub(crate) fn exchanges(&self) -> usize {
        self.lock().exchanges
    }

    /// Whether any session was met: without one, nothing is known of cancelling.
    pub(crate) fn has_met_a_session(&self) -> bool {
        self.lock().session
    }

    /// The errors that regular requests got, in an order that is the same in every run.
    pub(crate) fn errors(&self) -> Vec<Arc<Exchange>> {
        let mut errors: Vec<Arc<Exchange>> = self.lock().errors.values().flatten().cloned().collect();
        errors.sort_by_key(|error| {
            let Exchange { sent, response, name, .. } = &**error;
            // Of two, the one of cancelSession is shown.
            (std::cmp::Reverse(sent.operation), response.status, name.clone())
        });
        errors
    }

    /// Every response, in an order that is the same in every run.
    pub(crate) fn met(&self) -> Vec<LoggedResponse> {
        let mut met = self.lock().met.clone();
        met.sort_by_cached_key(|LoggedResponse { exchange, .. }| {
            let Exchange { sent, response, name, .. } = exchange;
            (sent.operation, response.status, name.clone(), sent.method.clone())
        });
        met
    }

    pub(super) fn add(&self, exchange: &Arc<Exchange>, leak: Option<Leak>) {
        let mut seen = self.lock();
        seen.met.push(LoggedResponse::new(exchange, leak));
        seen.exchanges += 1;
        // Not `append`, which builds the whole set anew.
        seen.items.extend(coverage::of(exchange));
        let (operation, status) = (exchange.sent.operation, exchange.response.status);
        if exchange.is_regular && status >= 400 {
            seen.errors.entry((operation, status)).or_default().push(exchange.clone());
        }
        let is_of_a_session = matches!(operation, Operation::CancelSession | Operation::RetrieveSession);
        seen.session |= exchange.is_regular && is_of_a_session && matches!(status, 200..=299 | 409);
    }

    /// Keeps how a session was created, and says so of the request that ends its being open.
    pub(super) fn trace(&self, exchange: &mut Exchange) {
        let mut seen = self.lock();
        let sent = &mut exchange.sent;
        match sent.operation {
            Operation::CreateSession => {
                if let Some(id) = exchange.response.text("id").filter(|_| exchange.response.is_success()) {
                    seen.creations.insert(escaped(id), sent.clone());
                }
            }
            Operation::CancelSession if exchange.uses_up => {
                let creation = sent.target.session().and_then(|id| seen.creations.get(id));
                sent.created_by = creation.cloned().map(Box::new);
            }
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

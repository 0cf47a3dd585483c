//! Creations that may have happened without a response that says so.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::attempt::Attempt;
use crate::wire::{IDEMPOTENCY_KEY, Operation, Request};

/// These creations, by their keys. Only a replay shows which session they opened.
#[derive(Default)]
pub(super) struct Unsettled(Mutex<BTreeMap<String, Vec<Request>>>);

impl Unsettled {
    /// Remembers a creation until its response shows its result. Returns its key, and how many there were under that
    /// key before.
    pub(super) fn add(&self, request: &Request) -> Option<(String, usize)> {
        let key = creation_key(request)?;
        let mut unsettled = self.lock();
        let sent = unsettled.entry(key.clone()).or_default();
        let before = sent.len();
        let body = |request: &Request| request.body.as_ref().map(|body| body.sent.clone());
        if sent.iter().all(|known| body(known) != body(request)) {
            sent.push(request.clone());
        }
        Some((key, before))
    }

    /// Forgets a creation if its result is known.
    pub(super) fn settle(&self, (key, before): (String, usize), attempt: &Attempt) {
        let mut unsettled = self.lock();
        // Otherwise nothing was created, unless by another request under the key.
        let is_only = || before == 0 && unsettled.get(&key).is_some_and(|sent| sent.len() == 1);
        if attempt.is_success() || attempt.is_conclusive() && is_only() {
            unsettled.remove(&key);
        }
    }

    /// One key, and the creations under it.
    pub(super) fn first(&self) -> Option<(String, Vec<Request>)> {
        self.lock().first_key_value().map(|(key, sent)| (key.clone(), sent.clone()))
    }

    pub(super) fn forget(&self, key: &str) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Request>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The identity of a creation: its sender and its key.
fn creation_key(request: &Request) -> Option<String> {
    let (role, _) = request.key.filter(|_| request.operation == Operation::CreateSession)?;
    let (_, key) = request.headers.iter().find(|(name, _)| name == IDEMPOTENCY_KEY)?;
    Some(format!("{role:?} {}", key.shown))
}

//! How often, and for how long, requests are retried.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::Attempt;
use crate::wire::{Operation, Request, TransportFailureKind};

/// The maximum number of attempts if the request is throttled, gets a 5xx, or gets no response.
const THROTTLED: u32 = 12;
pub(super) const FAILED: u32 = 6;
const UNANSWERED: u32 = 3;

/// The first wait, and the limit up to which it doubles, without a `Retry-After`.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(50);
const LAST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait, whatever `Retry-After` says.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How long after the start of the run requests are still retried.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often in a row requests to an operation may get no response before the suite stops sending them.
pub(super) const GIVEN_UP: u32 = 4;

/// The retry policy, and how retries have fared.
pub(crate) struct Patience {
    start: Instant,
    rate: Option<f64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    strikes: HashMap<RequestKind, Strikes>,
    /// Whether even the last neutral request got no conclusive response.
    down: bool,
    /// Whether any request failed despite its retries.
    persisted: bool,
}

/// The properties of a request that decide whether a retry is useful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct RequestKind {
    operation: Operation,
    has_key: bool,
    is_regular: bool,
}

/// How often in a row a kind of request failed despite its retries.
#[derive(Clone, Copy, Default)]
struct Strikes {
    lasting: u32,
    /// Of those, without any response.
    silent: u32,
}

/// A sequence of attempts.
pub(super) struct Trial {
    kind: RequestKind,
    pub(super) attempts: u32,
    /// Whether it was retried after a neutral request succeeded.
    pub(super) is_confirmed: bool,
}

impl Trial {
    /// Whether to send an extra request before the next attempt.
    ///
    /// Otherwise a target that refuses every second request would always refuse the same request of an attempt.
    pub(super) fn is_to_be_put_out_of_step(&self) -> bool {
        self.attempts % 2 == 1
    }
}

/// What to do after an attempt.
pub(super) enum Turn {
    /// The result counts.
    Settled,
    /// Retry after this long.
    Again(Duration),
    /// There is no time left to retry.
    Late,
    /// The failure persists; whether it counts depends on a neutral request.
    Persisted,
}

impl Patience {
    pub(super) fn new(rate: Option<f64>) -> Self {
        Self { start: Instant::now(), rate, state: Mutex::default() }
    }

    /// Begins a sequence of attempts; none if similar requests got no response too often.
    pub(super) fn begin(&self, request: &Request) -> Option<Trial> {
        let &Request { operation, is_regular, .. } = request;
        let kind = RequestKind { operation, has_key: request.has_key(), is_regular };
        (self.strikes(kind).silent < GIVEN_UP).then_some(Trial { kind, attempts: 0, is_confirmed: false })
    }

    /// Decides what to do after an attempt; `exchanges` is the number of requests so far.
    pub(super) fn after(&self, trial: &mut Trial, attempt: &Attempt, exchanges: usize) -> Turn {
        trial.attempts += 1;
        if attempt.is_conclusive() {
            let mut state = self.lock();
            state.strikes.remove(&trial.kind);
            state.down = false;
            return Turn::Settled;
        }
        let (most, asked) = match attempt {
            Attempt::Completed(exchange) => {
                let most = if exchange.response.status == 429 { THROTTLED } else { FAILED };
                let asked = exchange.response.retry_after();
                // A target that demands a longer wait than ours will refuse again.
                (if asked.is_some_and(|asked| asked > LONGEST_WAIT) { 2 } else { most }, asked)
            }
            // A retry cannot help.
            Attempt::Failed(failure) => match failure.kind {
                TransportFailureKind::Unsendable(_) | TransportFailureKind::TooLarge(_) => (1, None),
                // A timeout already took long.
                TransportFailureKind::TimedOut(_) => (UNANSWERED - 1, None),
                _ => (UNANSWERED, None),
            },
        };
        // After one persistent failure, expect the next.
        let most = match self.strikes(trial.kind) {
            _ if self.is_down() => 1,
            Strikes { lasting: 0, .. } => most,
            Strikes { silent: 0, .. } => most.min(2),
            Strikes { .. } => 1,
        };
        let own = (FIRST_WAIT * 2_u32.saturating_pow(trial.attempts - 1)).min(LAST_WAIT);
        let wait = asked.unwrap_or(own).min(LONGEST_WAIT);
        if trial.attempts >= most {
            Turn::Persisted
        } else if self.start.elapsed() + wait > self.end(exchanges) {
            Turn::Late
        } else {
            Turn::Again(wait)
        }
    }

    /// Records a persistent failure, and whether the target is down.
    pub(super) fn strike(&self, trial: &Trial, has_no_response: bool, is_down: bool) {
        let mut state = self.lock();
        let strikes = state.strikes.entry(trial.kind).or_default();
        strikes.lasting += 1;
        strikes.silent += u32::from(has_no_response);
        state.down = is_down;
        state.persisted |= trial.kind.is_regular;
    }

    /// How long after the start of the run requests are retried; a rate limit extends it.
    pub(super) fn end(&self, exchanges: usize) -> Duration {
        let paced = self.rate.map_or(0.0, |rate| exchanges as f64 / rate);
        PATIENCE + Duration::try_from_secs_f64(paced).unwrap_or_default()
    }

    /// Whether the target is down.
    pub(super) fn is_down(&self) -> bool {
        self.lock().down
    }

    /// Whether retries have eventually succeeded so far.
    pub(super) fn is_worthwhile(&self) -> bool {
        let state = self.lock();
        !state.down && !state.persisted
    }

    fn strikes(&self, kind: RequestKind) -> Strikes {
        self.lock().strikes.get(&kind).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

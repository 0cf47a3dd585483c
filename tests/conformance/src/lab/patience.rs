//! How often, and for how long, something is tried again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::Attempt;
use crate::wire::{Operation, Request, TransportFailureKind};

/// How often a request is sent that is throttled, or answered with a failure, or not at all.
const THROTTLED: u32 = 12;
pub(super) const FAILED: u32 = 6;
const UNANSWERED: u32 = 3;

/// The first wait, and the one up to which it doubles, where the target does not say how long to wait.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(50);
const LAST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait, whatever `Retry-After` says.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How long after the start of the run there is still patience with a target that wants to be asked again.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often in a row an operation may persist in not answering before it is not asked any more.
pub(super) const GIVEN_UP: u32 = 4;

/// What has become of requests that were tried again.
pub(crate) struct Patience {
    start: Instant,
    rate: Option<f64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    strikes: HashMap<RequestKind, Strikes>,
    /// Whether the target last answered nothing that counts, not even to a neutral request.
    down: bool,
    /// Whether anything has persisted in not being answered.
    persisted: bool,
}

/// Who asks what, as far as it matters for whether there is any use in asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct RequestKind {
    operation: Operation,
    has_key: bool,
    is_regular: bool,
}

/// How often in a row a kind of request has persisted in not being answered with anything that counts.
#[derive(Clone, Copy, Default)]
struct Strikes {
    lasting: u32,
    /// Of those, with nothing at all.
    silent: u32,
}

/// The attempts at one thing.
pub(super) struct Trial {
    kind: RequestKind,
    pub(super) attempts: u32,
    /// Whether it was asked again after others were answered.
    pub(super) is_confirmed: bool,
}

impl Trial {
    /// Whether the next attempt is to be put out of step.
    ///
    /// A target that refuses every second request would otherwise always meet the same one of those that an attempt takes.
    pub(super) fn is_to_be_put_out_of_step(&self) -> bool {
        self.attempts % 2 == 1
    }
}

/// What to do after an attempt.
pub(super) enum Turn {
    /// It counts.
    Settled,
    /// To try again after this long.
    Again(Duration),
    /// There is no time left to try again.
    Late,
    /// It has persisted; whether it counts depends on what others get.
    Persisted,
}

impl Patience {
    pub(super) fn new(rate: Option<f64>) -> Self {
        Self { start: Instant::now(), rate, state: Mutex::default() }
    }

    /// Begins the attempts at something; none if requests like it have got no response too often.
    pub(super) fn begin(&self, request: &Request) -> Option<Trial> {
        let &Request { operation, is_regular, .. } = request;
        let kind = RequestKind { operation, has_key: request.has_key(), is_regular };
        (self.strikes(kind).silent < GIVEN_UP).then_some(Trial { kind, attempts: 0, is_confirmed: false })
    }

    /// What to do after an attempt, when so many requests were sent.
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
                // Who wants to be left alone for longer than anybody waits will say so again.
                (if asked.is_some_and(|asked| asked > LONGEST_WAIT) { 2 } else { most }, asked)
            }
            // What cannot be sent, or is never read, is so the next time too.
            Attempt::Failed(failure) => match failure.kind {
                TransportFailureKind::Unsendable(_) | TransportFailureKind::TooLarge(_) => (1, None),
                // That cost time already.
                TransportFailureKind::TimedOut(_) => (UNANSWERED - 1, None),
                _ => (UNANSWERED, None),
            },
        };
        // Once it has persisted, it is expected to.
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

    /// Notes that something has persisted, and whether the target is down.
    pub(super) fn strike(&self, trial: &Trial, has_no_response: bool, is_down: bool) {
        let mut state = self.lock();
        let strikes = state.strikes.entry(trial.kind).or_default();
        strikes.lasting += 1;
        strikes.silent += u32::from(has_no_response);
        state.down = is_down;
        state.persisted |= trial.kind.is_regular;
    }

    /// How long after the start of the run something is asked again; a pace that was asked for takes its time.
    pub(super) fn end(&self, exchanges: usize) -> Duration {
        let paced = self.rate.map_or(0.0, |rate| exchanges as f64 / rate);
        PATIENCE + Duration::try_from_secs_f64(paced).unwrap_or_default()
    }

    /// Whether the target last answered nothing that counts.
    pub(super) fn is_down(&self) -> bool {
        self.lock().down
    }

    /// Whether what is tried again is answered sooner or later, as far as it was seen.
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

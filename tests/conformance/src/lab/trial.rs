//! Trying again what was not answered, or only with "not now".
//!
//! A 429, a 5xx and a failed connection say nothing of what a rule asks. They are tried again, after as long as the
//! target wants, and count as its answer only if they persist where a neutral request is answered.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Lab;
use crate::evidence::key_leak;
use crate::rules::verdict::{Obstacle, Trouble};
use crate::wire::exchange::{Credential, Exchange, Request, Sent, TransportFailure, TransportFailureKind};
use crate::wire::key_variants::KeyVariant;
use crate::wire::operation::Operation;
use crate::wire::secrets::Role;

/// How often a request is sent that is throttled, or answered with a failure, or not at all.
const THROTTLED: u32 = 12;
const FAILED: u32 = 6;
const UNANSWERED: u32 = 3;

/// The first wait, and the one up to which it doubles, where the target does not say how long to wait.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LAST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait, whatever `Retry-After` says.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How long after the start of the run there is still patience with a target that wants to be asked again.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often in a row an operation may persist in not answering before it is not asked any more.
const GIVEN_UP: u32 = 4;

/// A request and what came of it.
#[derive(Clone)]
pub(crate) enum Attempt {
    Answered(Arc<Exchange>),
    Unanswered(Arc<TransportFailure>),
}

impl Attempt {
    pub(crate) fn sent(&self) -> &Sent {
        match self {
            Self::Answered(exchange) => &exchange.sent,
            Self::Unanswered(failure) => &failure.sent,
        }
    }

    /// The answer; without one there is nothing to judge.
    pub(crate) fn exchange(&self) -> Result<&Arc<Exchange>, Obstacle> {
        match self {
            Self::Answered(exchange) => Ok(exchange),
            Self::Unanswered(failure) => Err(Trouble::at(failure.kind.to_string(), &failure.sent).into()),
        }
    }

    /// The status, if there is an answer.
    pub(crate) fn status(&self) -> Option<u16> {
        self.exchange().ok().map(|exchange| exchange.response.status)
    }

    /// What came, in a few words.
    pub(crate) fn received(&self) -> String {
        match self {
            Self::Answered(exchange) => exchange.response.status.to_string(),
            Self::Unanswered(failure) => failure.kind.to_string(),
        }
    }

    /// Whether it says something of the request.
    pub(crate) fn is_conclusive(&self) -> bool {
        self.exchange().is_ok_and(|exchange| !exchange.response.is_transient())
    }
}

/// Who asks what, as far as it matters for whether there is any use in asking again.
pub(super) type RequestKind = (Operation, bool, bool);

/// How often in a row a kind of request has persisted in not being answered with anything that counts.
#[derive(Clone, Copy, Default)]
pub(super) struct Strikes {
    lasting: u32,
    /// Of those, with nothing at all.
    silent: u32,
}

/// The attempts at one thing.
pub(super) struct Trial {
    line: RequestKind,
    attempts: u32,
    /// Whether it was asked again after others were answered.
    is_confirmed: bool,
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
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It counts.
    Settled,
    Again,
}

impl Lab<'_> {
    /// Sends a request that may be sent again, until it is answered with something that counts.
    pub(crate) async fn tested(&self, request: Request) -> Result<Attempt, Obstacle> {
        let mut trial = self.trial(&request)?;
        loop {
            let attempt = self.once(request.clone()).await;
            if self.next(&mut trial, &attempt).await? == Next::Settled {
                return Ok(attempt);
            }
        }
    }

    /// The same for a request without whose answer there is nothing to judge.
    pub(crate) async fn insist(&self, request: Request) -> Result<Arc<Exchange>, Obstacle> {
        Ok(self.tested(request).await?.exchange()?.clone())
    }

    /// Begins the attempts at something, unless there is no use in it.
    pub(super) fn trial(&self, request: &Request) -> Result<Trial, Obstacle> {
        let line = (request.operation, request.has_key(), request.is_regular);
        if self.strikes(line).silent >= GIVEN_UP {
            let what = format!(
                "{} has not answered {GIVEN_UP} requests like it, each tried again; it is not asked any more",
                request.operation
            );
            return Err(Trouble::new(what).into());
        }
        Ok(Trial { line, attempts: 0, is_confirmed: false })
    }

    /// Waits if there is to be another attempt.
    ///
    /// What persists counts if a neutral request is answered meanwhile; otherwise it is the target that cannot be judged.
    pub(super) async fn next(&self, trial: &mut Trial, attempt: &Attempt) -> Result<Next, Obstacle> {
        trial.attempts += 1;
        if attempt.is_conclusive() {
            let mut seen = self.lock();
            seen.strikes.remove(&trial.line);
            seen.down = false;
            return Ok(Next::Settled);
        }
        let (most, asked) = match attempt {
            Attempt::Answered(exchange) => {
                let most = if exchange.response.status == 429 { THROTTLED } else { FAILED };
                let asked = exchange.response.retry_after();
                // Who wants to be left alone for longer than anybody waits will say so again.
                (if asked.is_some_and(|asked| asked > LONGEST_WAIT) { 2 } else { most }, asked)
            }
            // What cannot be sent, or is never read, is so the next time too.
            Attempt::Unanswered(failure) => match failure.kind {
                TransportFailureKind::Unsendable(_) | TransportFailureKind::TooLarge(_) => (1, None),
                // That cost time already.
                TransportFailureKind::TimedOut(_) => (UNANSWERED - 1, None),
                _ => (UNANSWERED, None),
            },
        };
        // Once it has persisted, it is expected to.
        let was_down = self.is_down();
        let most = match self.strikes(trial.line) {
            _ if was_down => 1,
            Strikes { lasting: 0, .. } => most,
            Strikes { silent: 0, .. } => most.min(2),
            Strikes { .. } => 1,
        };
        let own = (FIRST_WAIT * 2_u32.saturating_pow(trial.attempts - 1)).min(LAST_WAIT);
        let wait = asked.unwrap_or(own).min(LONGEST_WAIT);
        let is_late = self.start.elapsed() + wait > self.patience();
        if trial.attempts < most && !is_late {
            sleep(wait).await;
            return Ok(Next::Again);
        }
        if trial.attempts < most && is_late {
            let what = format!(
                "{}, and there is no time left to ask again: after {:?} of a run",
                attempt.received(),
                self.patience()
            );
            return Err(
                Trouble::at(format!("{what}, nothing is tried again; see --rate and --only"), attempt.sent()).into()
            );
        }
        let neutral = self.neutral().await;
        let mut seen = self.lock();
        let strikes = seen.strikes.entry(trial.line).or_default();
        strikes.lasting += 1;
        strikes.silent += u32::from(matches!(attempt, Attempt::Unanswered(_)));
        seen.down = neutral.is_err();
        seen.persisted |= trial.line.2;
        drop(seen);
        let is_unanswered = matches!(attempt, Attempt::Unanswered(_));
        match neutral {
            // A connection may fail by accident; so it is asked once more where others are answered.
            Ok(()) if is_unanswered && !trial.is_confirmed && !was_down => {
                trial.is_confirmed = true;
                Ok(Next::Again)
            }
            // It is up again, and what came before that does not count.
            Ok(()) if was_down => {
                trial.attempts = 0;
                Ok(Next::Again)
            }
            Ok(()) => Ok(Next::Settled),
            Err(other) => {
                let times = if trial.attempts == 1 { "once".to_owned() } else { format!("{} times", trial.attempts) };
                let what = format!(
                    "it was answered {times} with: {}; and a neutral request with: {other}",
                    attempt.received()
                );
                Err(Trouble::at(what, attempt.sent()).into())
            }
        }
    }

    /// How long after the start of the run something is asked again; a pace that was asked for takes its time.
    fn patience(&self) -> Duration {
        let paced = self.rate.map_or(0.0, |rate| self.exchanges() as f64 / rate);
        PATIENCE + Duration::try_from_secs_f64(paced).unwrap_or_default()
    }

    /// Whether the target last answered nothing that counts.
    pub(crate) fn is_down(&self) -> bool {
        self.lock().down
    }

    /// Whether what is tried again is answered sooner or later, as far as it was seen.
    pub(crate) fn is_worth_patience(&self) -> bool {
        let seen = self.lock();
        !seen.down && !seen.persisted
    }

    fn strikes(&self, line: RequestKind) -> Strikes {
        self.lock().strikes.get(&line).copied().unwrap_or_default()
    }

    /// Whether a request is answered that nothing is wrong with and that changes nothing.
    async fn neutral(&self) -> Result<(), String> {
        let mut last = String::new();
        let most = if self.is_down() { 1 } else { FAILED };
        for attempt in 0..most {
            let attempted = self.greet().await;
            if attempted.is_conclusive() {
                return Ok(());
            }
            last = attempted.received();
            if matches!(attempted, Attempt::Unanswered(_)) {
                break;
            }
            sleep(FIRST_WAIT * 2_u32.pow(attempt)).await;
        }
        Err(last)
    }

    /// Whether the target answers at all, and to this key: with a request that changes nothing, and if that gets no answer
    /// with another one.
    pub(crate) async fn greet(&self) -> Attempt {
        let first = self.once(self.greeting()).await;
        let is_silent = matches!(&first, Attempt::Unanswered(failure)
            if !matches!(failure.kind, TransportFailureKind::Connect(_) | TransportFailureKind::Tls(_)));
        let id = self.drawn_id("greeting");
        match self.request(Operation::RetrieveSession, &id, Credential::Key(Role::Partner)) {
            Ok(request) if is_silent => self.once(request).await,
            _ => first,
        }
    }

    /// A request that nothing is wrong with and that changes nothing.
    pub(super) fn greeting(&self) -> Request {
        let target = format!("{}?limit=1", self.path(Operation::ListSessions, ""));
        let request = Request::new(Operation::ListSessions, target);
        // The partner's key is the one that every target has.
        match self.target.key(Role::Partner) {
            Ok(key) => request.with_key(key, Role::Partner, KeyVariant::Bearer),
            Err(_) => request,
        }
    }

    /// Sends requests at once, each over a connection of its own.
    pub(super) async fn volley(&self, requests: Vec<Request>) -> Vec<Attempt> {
        let credentials: Vec<_> = requests.iter().map(key_leak::credential).collect();
        let answers = self.wire.volley(requests).await.into_iter().zip(credentials);
        let attempts = answers.map(|(answer, credential)| match answer {
            Ok(exchange) => Attempt::Answered(self.record(exchange, credential)),
            Err(failure) => Attempt::Unanswered(Arc::new(failure)),
        });
        attempts.collect()
    }

    /// Sends a request once.
    pub(crate) async fn once(&self, request: Request) -> Attempt {
        match self.send(request).await {
            Ok(exchange) => Attempt::Answered(exchange),
            Err(failure) => Attempt::Unanswered(Arc::new(failure)),
        }
    }
}

/// When the run began.
pub(super) fn start() -> Instant {
    Instant::now()
}

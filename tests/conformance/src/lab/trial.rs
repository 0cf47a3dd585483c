//! Trying again what was not answered, or only with "not now".
//!
//! A 429, a 5xx and a failed connection say nothing of what a rule asks. They are tried again, after as long as the
//! target wants, and count as its response only if they persist where a neutral request is answered.

use std::sync::Arc;

use tokio::time::sleep;

use super::attempt::Attempt;
use super::core::Lab;
use super::obstacle::{Obstacle, Trouble};
use super::patience::{FAILED, FIRST_WAIT, GIVEN_UP, Trial, Turn};
use crate::wire::{Exchange, KeyVariant, Operation, Request, Role, TransportFailureKind};

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
            let attempt = self.send(request.clone()).await;
            if self.next(&mut trial, &attempt).await? == Next::Settled {
                return Ok(attempt);
            }
        }
    }

    /// The same for a request without whose response there is nothing to judge.
    pub(crate) async fn insist(&self, request: Request) -> Result<Arc<Exchange>, Obstacle> {
        Ok(self.tested(request).await?.exchange()?.clone())
    }

    /// Begins the attempts at something, unless there is no use in it.
    pub(super) fn trial(&self, request: &Request) -> Result<Trial, Obstacle> {
        self.patience.begin(request).ok_or_else(|| {
            let operation = request.operation;
            let what = format!(
                "{operation} has not answered {GIVEN_UP} requests like it, each tried again; it is not asked any more"
            );
            Trouble::new(what).into()
        })
    }

    /// Waits if there is to be another attempt.
    ///
    /// What persists counts if a neutral request is answered meanwhile; otherwise it is the target that cannot be judged.
    pub(super) async fn next(&self, trial: &mut Trial, attempt: &Attempt) -> Result<Next, Obstacle> {
        let was_down = self.patience.is_down();
        match self.patience.after(trial, attempt, self.log.exchanges()) {
            Turn::Settled => return Ok(Next::Settled),
            Turn::Again(wait) => {
                sleep(wait).await;
                return Ok(Next::Again);
            }
            Turn::Late => {
                let what = format!(
                    "{}, and there is no time left to ask again: after {:?} of a run, nothing is tried again; see --rate \
                     and --only",
                    attempt.received(),
                    self.patience.end(self.log.exchanges())
                );
                return Err(Trouble::at(what, attempt.sent()).into());
            }
            Turn::Persisted => {}
        }
        let neutral = self.neutral().await;
        let has_no_response = matches!(attempt, Attempt::Failed(_));
        self.patience.strike(trial, has_no_response, neutral.is_err());
        match neutral {
            // A connection may fail by accident; so it is asked once more where others are answered.
            Ok(()) if has_no_response && !trial.is_confirmed && !was_down => {
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

    /// Whether what is tried again is answered sooner or later, as far as it was seen.
    pub(crate) fn is_worth_patience(&self) -> bool {
        self.patience.is_worthwhile()
    }

    /// Whether a request is answered that nothing is wrong with and that changes nothing.
    async fn neutral(&self) -> Result<(), String> {
        let mut last = String::new();
        let most = if self.patience.is_down() { 1 } else { FAILED };
        for attempt in 0..most {
            let attempted = self.greet().await;
            if attempted.is_conclusive() {
                return Ok(());
            }
            last = attempted.received();
            if matches!(attempted, Attempt::Failed(_)) {
                break;
            }
            sleep(FIRST_WAIT * 2_u32.pow(attempt)).await;
        }
        Err(last)
    }

    /// Whether the target answers at all, and to this key: with a request that changes nothing, and if that gets no response
    /// with another one.
    pub(crate) async fn greet(&self) -> Attempt {
        let first = self.send(self.greeting()).await;
        let is_silent = matches!(&first, Attempt::Failed(failure)
            if !matches!(failure.kind, TransportFailureKind::Connect(_) | TransportFailureKind::Tls(_)));
        match self.own_request(Operation::RetrieveSession, &self.drawn_id("greeting")) {
            Ok(request) if is_silent => self.send(request).await,
            _ => first,
        }
    }

    /// A request that nothing is wrong with and that changes nothing.
    pub(super) fn greeting(&self) -> Request {
        let target = Operation::ListSessions.target(self.target.base_url().path(), "").and("?limit=1");
        let request = Request::new(Operation::ListSessions, target);
        // The partner's key is the one that every target has.
        match self.target.key(Role::Partner) {
            Ok(key) => request.with_key(key, Role::Partner, KeyVariant::Bearer),
            Err(_) => request,
        }
    }

    /// An id like that of the reference's example.
    pub(super) fn drawn_id(&self, name: &str) -> String {
        let mut rng = self.draw(name);
        (0..24).map(|_| rng.digit(16)).collect()
    }
}

//! Retries of requests without a conclusive response.
//!
//! A 429, a 5xx and a failed connection say nothing about a rule. They are retried, after the wait that the target asks
//! for. A 429 never counts as the response: the reference allows it for every request (*Errors*, 429). The others count
//! only if they persist while a neutral request succeeds.

use std::sync::Arc;

use tokio::time::sleep;

use super::attempt::Attempt;
use super::core::Lab;
use super::obstacle::{Obstacle, Trouble};
use super::patience::{FAILED, FIRST_WAIT, GIVEN_UP, Trial, Turn};
use crate::wire::{Exchange, KeyVariant, Operation, Request, Role};

/// What to do after an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It counts.
    Settled,
    Again,
}

impl Lab<'_> {
    /// Sends a request that may be repeated, until the result counts.
    pub(crate) async fn tested(&self, request: Request) -> Result<Attempt, Obstacle> {
        let mut trial = self.trial(&request)?;
        loop {
            let attempt = self.send(request.clone()).await;
            if self.next(&mut trial, &attempt).await? == Next::Settled {
                return Ok(attempt);
            }
        }
    }

    /// The same for a request whose response is needed to judge anything.
    pub(crate) async fn insist(&self, request: Request) -> Result<Arc<Exchange>, Obstacle> {
        Ok(self.tested(request).await?.exchange()?.clone())
    }

    /// Begins a sequence of attempts, unless it is futile.
    pub(super) fn trial(&self, request: &Request) -> Result<Trial, Obstacle> {
        self.patience.begin(request).ok_or_else(|| {
            let operation = request.operation;
            let what = format!(
                "{operation} did not respond to {GIVEN_UP} similar requests, each retried; the suite no longer sends them"
            );
            Trouble::new(what).into()
        })
    }

    /// Decides whether to retry, and waits if so.
    ///
    /// A persistent failure counts if a neutral request succeeds; otherwise the target cannot be judged.
    pub(super) async fn next(&self, trial: &mut Trial, attempt: &Attempt) -> Result<Next, Obstacle> {
        let was_down = self.patience.is_down();
        match self.patience.after(trial, attempt, self.log.exchanges()) {
            Turn::Settled => return Ok(Next::Settled),
            Turn::Again(wait) => {
                // Requests in parallel may be what the target cannot take.
                if attempt.is_throttled() {
                    self.slow_down();
                }
                sleep(wait).await;
                return Ok(Next::Again);
            }
            Turn::Late => {
                let what = format!(
                    "{}, and there is no time left to retry: nothing is retried after {:?} of a run; see --rate \
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
        let neutral = neutral.and_then(|()| match attempt.status() {
            Some(429) if !was_down => Err("a response, so only such requests are throttled".to_owned()),
            _ => Ok(()),
        });
        match neutral {
            // A connection may fail by accident, so retry once more while others succeed.
            Ok(()) if has_no_response && !trial.is_confirmed && !was_down => {
                trial.is_confirmed = true;
                Ok(Next::Again)
            }
            // It is up again; earlier failures do not count.
            Ok(()) if was_down => {
                trial.attempts = 0;
                Ok(Next::Again)
            }
            Ok(()) => Ok(Next::Settled),
            Err(other) => {
                let times = if trial.attempts == 1 { "once".to_owned() } else { format!("{} times", trial.attempts) };
                let is_unconnected = matches!(attempt, Attempt::Failed(failure) if failure.kind.is_unconnected());
                let last = self.log.last_reached().filter(|_| is_unconnected);
                let last = last.map(|last| format!("; the last request that reached it: {last}")).unwrap_or_default();
                let received = attempt.received();
                let advice = if attempt.is_throttled() { "; --rate N/s sends fewer requests per second" } else { "" };
                let what =
                    format!("the request got, {times}: {received}; a neutral request got: {other}{last}{advice}");
                Err(Trouble::at(what, attempt.sent()).into())
            }
        }
    }

    /// Whether retries have eventually succeeded so far.
    pub(crate) fn is_worth_patience(&self) -> bool {
        self.patience.is_worthwhile()
    }

    /// Checks that a correct request without side effects succeeds.
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
            if attempt + 1 < most {
                sleep(FIRST_WAIT * 2_u32.pow(attempt)).await;
            }
        }
        Err(last)
    }

    /// Checks that the target responds, and accepts the key, with a request without side effects. Without a response,
    /// tries another operation.
    pub(crate) async fn greet(&self) -> Attempt {
        let first = self.send(self.greeting()).await;
        let is_silent = matches!(&first, Attempt::Failed(failure)
            if !failure.kind.is_unconnected());
        match self.own_request(Operation::RetrieveSession, &self.drawn_id("greeting")) {
            Ok(request) if is_silent => self.send(request).await,
            _ => first,
        }
    }

    /// A correct request without side effects.
    pub(super) fn greeting(&self) -> Request {
        let target = Operation::ListSessions.target(self.target.base_url().path(), "").and("?limit=1");
        let request = Request::new(Operation::ListSessions, target);
        // The partner's key is the one that every target has.
        match self.target.key(Role::Partner) {
            Ok(key) => request.with_key(key, Role::Partner, KeyVariant::Bearer),
            Err(_) => request,
        }
    }

    /// A random id in the format of the reference's example.
    pub(super) fn drawn_id(&self, name: &str) -> String {
        let mut rng = self.draw(name);
        (0..24).map(|_| rng.digit(16)).collect()
    }
}

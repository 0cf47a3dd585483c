//! One session that is under way: its requests and its records.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::attempt::Attempt;
use crate::client::cancel::{Cancellation, next_step_without};
use crate::client::cancel_sessions::target::CancelTarget;
use crate::client::error::Error;
use crate::client::methods::Client;
use crate::client::record::millis;
use crate::client::response::Response;
use crate::client::session::Session;
use crate::delivery::Delivery;
use crate::error_kind::ErrorKind;
use crate::next_step::NextStep;
use crate::record::{RecordedOutcome, SessionRecord};
use crate::session_status::SessionStatus;

/// How many attempts of an earlier record are kept.
const EARLIER_ATTEMPTS: usize = 20;

/// A session that is under way.
pub(super) struct Job {
    target: CancelTarget,
    pub(super) due: Instant,
    pub(super) attempts: Vec<Attempt>,
    pub(super) tries: u32,
    pub(super) throttles: u32,
    /// The record of the last request.
    pub(super) record: Option<SessionRecord>,
}

/// The result of a request.
pub(super) struct Seen {
    pub(super) record: SessionRecord,
    pub(super) heard: Heard,
    /// Why the session has no result: the error of its cancellation, or of reading it.
    pub(super) error: Option<ErrorKind>,
    /// Whether the key or the certificate was rejected, so that every other cancellation would fail too.
    pub(super) is_refused: bool,
    /// Whether 0Gate has not said why there is no result, so that it may be the same for every other session.
    pub(super) is_unexplained: bool,
    /// The wait that the response to the cancellation itself asked for.
    pub(super) own_wait: Option<Duration>,
    /// Whether the request may be repeated.
    pub(super) is_repeated: bool,
}

/// What a request says about the server.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Heard {
    /// It asks to wait.
    Wait,
    /// It responds, and not with a 5xx.
    Response,
    /// It responds with a 5xx, or not at all.
    Failure,
    /// Nothing: no request was sent, or reading the session back made up for a failure.
    Nothing,
}

/// The reason why nothing more is sent.
pub(super) struct Halt {
    pub(super) error: ErrorKind,
    pub(super) until: Option<Instant>,
}

impl Job {
    pub(super) fn new(target: CancelTarget, due: Instant) -> Self {
        let earlier = target.record.as_ref().map_or(&[][..], |record| &record.attempts);
        let attempts = earlier[earlier.len().saturating_sub(EARLIER_ATTEMPTS)..].to_vec();
        Self { target, due, attempts, tries: 0, throttles: 0, record: None }
    }

    /// The last record, of this run or an earlier one.
    fn last(&self) -> Option<&SessionRecord> {
        self.record.as_ref().or(self.target.record.as_ref())
    }

    /// Whether an earlier request may have cancelled the session.
    fn is_in_doubt(&self) -> bool {
        self.last().is_some_and(SessionRecord::is_in_doubt)
    }

    /// Whether the session is read before it is cancelled.
    fn is_read_first(&self) -> bool {
        self.last().is_some_and(|record| record.next == NextStep::ReadSession)
    }

    /// The last record, if it says that the session is terminal, but not in which state. The session is then only read
    /// (reference, *Cancel is only valid from open*: do not retry the cancel).
    pub(super) fn terminal(&self) -> Option<&SessionRecord> {
        self.last().filter(|record| record.outcome == RecordedOutcome::AlreadyTerminal && !record.has_terminal_status())
    }

    /// Whether it waits as its earlier record says, and nothing has been sent in this run.
    pub(super) fn is_held(&self, now: Instant) -> bool {
        self.record.is_none() && self.due > now
    }

    /// The `UnderWay` record of a session whose request is sent after `wait`.
    pub(super) fn under_way(&self, wait: Duration) -> SessionRecord {
        let mut record = SessionRecord::under_way(&self.target.reference_id, &self.target.session_id);
        record.attempts.clone_from(&self.attempts);
        record.retry_after_ms = (!wait.is_zero()).then(|| millis(wait));
        if self.is_read_first() {
            record.next = NextStep::ReadSession;
        }
        record
    }

    /// Sends the next request: a cancellation, or a read if the last record says so. A session that is read as open is
    /// then cancelled, unless it is known to be terminal.
    pub(super) async fn ask(&mut self, client: &Client) -> Seen {
        let id = &self.target.session_id;
        if self.is_read_first() || self.terminal().is_some() {
            let read = client.retrieve_session(id).await;
            let terminal = self.terminal().cloned();
            match &read {
                Ok(response) if *response.value().status() == SessionStatus::Open && terminal.is_none() => {
                    let attempts = response.attempts().to_vec();
                    self.attempts.extend(self.numbered(attempts));
                }
                _ => {
                    let record = match terminal {
                        Some(terminal) => read_again(terminal, &read),
                        None => self.of_read(&read),
                    };
                    return self.seen(client, record, read.as_ref().err(), None);
                }
            }
        }
        let result = client.cancel(&self.target.session_id, self.is_in_doubt()).await;
        let missing = result.as_ref().ok().and_then(|response| missing(response.value()));
        let record = SessionRecord::new(&self.target.reference_id, &self.target.session_id, &result);
        self.seen(client, record, result.as_ref().err(), missing)
    }

    /// The record of a read that decides.
    fn of_read(&self, read: &Result<Response<Session>, Error>) -> SessionRecord {
        let record = SessionRecord::new(&self.target.reference_id, &self.target.session_id, read);
        if record.has_terminal_status() {
            return SessionRecord { outcome: RecordedOutcome::AlreadyTerminal, ..record };
        }
        record
    }

    /// What a request came to. `error` is that of the request itself, and `missing` why a session that is terminal
    /// could not be read back.
    fn seen(&mut self, client: &Client, record: SessionRecord, error: Option<&Error>, missing: Option<&Error>) -> Seen {
        let is_settled = matches!(record.next, NextStep::Done | NextStep::GiveUp);
        let is_throttled =
            record.retry_after_ms.is_some() || record.attempts.iter().any(|attempt| attempt.status == Some(429));
        let heard = match record.attempts.first() {
            _ if is_throttled => Heard::Wait,
            // The first attempt is the request itself; the read-back comes after it.
            Some(Attempt { status: Some(..500), .. }) => Heard::Response,
            Some(_) if !is_settled => Heard::Failure,
            _ => Heard::Nothing,
        };
        // The failure to read a session concerns that session alone.
        let of_cancellation = error.filter(|error| !error.is_read());
        let is_refused = of_cancellation.is_some_and(|error| match error.kind() {
            ErrorKind::Unauthorized | ErrorKind::Certificate => true,
            // Without its envelope, it may concern this request alone.
            ErrorKind::Forbidden => error.is_vouched_for(),
            _ => false,
        });
        let failure = error.or(missing);
        Seen {
            record: self.recorded(record),
            heard,
            error: failure.map(Error::kind),
            is_refused,
            is_unexplained: error.is_some_and(|error| !error.is_explained()),
            own_wait: of_cancellation.and_then(Error::own_retry_after),
            is_repeated: failure.is_some_and(|failure| failure.is_repeated(&client.options())),
        }
    }

    /// These attempts, numbered after the earlier ones.
    fn numbered(&self, mut attempts: Vec<Attempt>) -> Vec<Attempt> {
        for attempt in &mut attempts {
            let earlier = self.attempts.iter().filter(|earlier| earlier.operation == attempt.operation);
            attempt.number =
                attempt.number.saturating_add(earlier.map(|earlier| earlier.number).max().unwrap_or_default());
        }
        attempts
    }

    /// The record of a request, with the earlier attempts and doubt.
    fn recorded(&mut self, mut record: SessionRecord) -> SessionRecord {
        if let Some(last) = self.last() {
            record = record.following(last);
        }
        let attempts = self.numbered(std::mem::take(&mut record.attempts));
        record.attempts = std::mem::take(&mut self.attempts);
        record.attempts.extend(attempts);
        record
    }

    /// The last record if nothing more is sent.
    pub(super) fn halted(self, halt: &Halt, now: Instant) -> SessionRecord {
        if let Some(record) = self.target.settled() {
            return record.clone();
        }
        let recorded_at = SystemTime::now();
        let own_wait = self.last().map(|last| last.wait_left(recorded_at));
        let is_result = |record: &&SessionRecord| record.outcome != RecordedOutcome::UnderWay;
        let known = self.last().filter(is_result).cloned();
        let mut record = known.unwrap_or_else(|| SessionRecord {
            outcome: RecordedOutcome::Failed,
            error: Some(halt.error),
            delivery: Some(if self.is_in_doubt() { Delivery::Unknown } else { Delivery::NotSent }),
            ..self.under_way(Duration::ZERO)
        });
        let wait = halt.until.map(|until| until.saturating_duration_since(now));
        record.next = match record.outcome {
            _ if wait.is_none() => NextStep::FixRequest,
            RecordedOutcome::AlreadyTerminal => NextStep::ReadSession,
            _ if record.next == NextStep::ReadSession => NextStep::ReadSession,
            _ => NextStep::Retry,
        };
        record.retry_after_ms = wait.max(own_wait).filter(|wait| !wait.is_zero()).map(millis);
        record.recorded_at = recorded_at.into();
        record
    }
}

/// Adds the result of a read to the `record` of a session that is terminal.
fn read_again(mut record: SessionRecord, read: &Result<Response<Session>, Error>) -> SessionRecord {
    record.recorded_at = SystemTime::now().into();
    record.delivery = None;
    match read {
        Ok(response) => {
            let status = response.value().status();
            record.next = if status.is_terminal() { NextStep::Done } else { NextStep::ReadSession };
            if *status == SessionStatus::Open {
                record.outcome = RecordedOutcome::Failed;
                record.error = Some(ErrorKind::Contradiction);
                record.delivery = Some(Delivery::Responded);
            }
            record.status = Some(status.clone());
            record.retry_after_ms = None;
            record.attempts = response.attempts().to_vec();
        }
        Err(error) => {
            record.next = next_step_without(error);
            record.retry_after_ms = error.retry_after().map(millis);
            record.attempts = error.attempts().to_vec();
        }
    }
    record
}

/// The error that prevented reading a session known to be terminal.
fn missing(cancellation: &Cancellation) -> Option<&Error> {
    match cancellation {
        Cancellation::AlreadyTerminal(terminal) => terminal.missing(),
        Cancellation::Cancelled(_) | Cancellation::FoundCancelled(_) => None,
    }
}

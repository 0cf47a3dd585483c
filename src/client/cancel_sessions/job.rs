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
    /// Whether an earlier request may have cancelled the session.
    is_in_doubt: bool,
    /// The record of the last request.
    pub(super) record: Option<SessionRecord>,
}

/// The result of a request.
pub(super) struct Seen {
    pub(super) record: SessionRecord,
    /// Why the cancellation itself failed.
    pub(super) error: Option<ErrorKind>,
    /// The wait that the response to the cancellation itself asked for.
    pub(super) own_wait: Option<Duration>,
    /// Whether any response asked to wait.
    pub(super) is_throttled: bool,
    /// Whether the request may be repeated.
    pub(super) is_repeated: bool,
    /// Whether the server responded, and not with a 5xx.
    pub(super) has_responded: bool,
}

/// The reason why nothing more is sent.
pub(super) struct Halt {
    pub(super) error: ErrorKind,
    pub(super) until: Option<Instant>,
}

impl Job {
    pub(super) fn new(target: CancelTarget, due: Instant) -> Self {
        let is_in_doubt = target.is_in_doubt();
        let earlier = target.record.as_ref().map_or(&[][..], |record| &record.attempts);
        let attempts = earlier[earlier.len().saturating_sub(EARLIER_ATTEMPTS)..].to_vec();
        Self { target, due, attempts, tries: 0, throttles: 0, is_in_doubt, record: None }
    }

    /// The last record, if it says that the session is terminal, but not in which state. The session is then only read
    /// (reference, *Cancel is only valid from open*: do not retry the cancel).
    pub(super) fn terminal(&self) -> Option<&SessionRecord> {
        self.record
            .as_ref()
            .or(self.target.record.as_ref())
            .filter(|record| record.outcome == RecordedOutcome::AlreadyTerminal && !record.has_terminal_status())
    }

    /// The `UnderWay` record of a session whose request is sent after `wait`.
    pub(super) fn under_way(&self, wait: Duration) -> SessionRecord {
        let mut record = SessionRecord::under_way(&self.target.reference_id, &self.target.session_id);
        record.attempts.clone_from(&self.attempts);
        record.retry_after_ms = (!wait.is_zero()).then(|| millis(wait));
        record
    }

    /// Sends the next request: a cancellation, or a read if the session is known to be terminal.
    pub(super) async fn ask(&mut self, client: &Client) -> Seen {
        let id = &self.target.session_id;
        let (record, error, own_wait, is_repeated);
        if let Some(terminal) = self.terminal() {
            let read = client.retrieve_session(id).await;
            (error, own_wait) = (None, None);
            is_repeated = read.as_ref().is_err_and(|error| error.is_repeated(&client.options()));
            record = read_again(terminal.clone(), &read);
        } else {
            let result = client.cancel(id, self.is_in_doubt).await;
            let failure = result.as_ref().map_or_else(Some, |response| missing(response.value()));
            error = result.as_ref().err().map(Error::kind);
            own_wait = result.as_ref().err().and_then(Error::own_retry_after);
            is_repeated = failure.is_some_and(|failure| failure.is_repeated(&client.options()));
            record = SessionRecord::new(&self.target.reference_id, id, &result);
        }
        let status = |attempt: &Attempt| attempt.status;
        let is_throttled =
            record.retry_after_ms.is_some() || record.attempts.iter().filter_map(status).any(|status| status == 429);
        // The first attempt is the request itself; the read-back comes after it.
        let has_responded = record.attempts.first().and_then(status).is_some_and(|status| status < 500);
        Seen { record: self.recorded(record), error, own_wait, is_throttled, is_repeated, has_responded }
    }

    /// The record of a request, with the earlier attempts and doubt.
    fn recorded(&mut self, mut record: SessionRecord) -> SessionRecord {
        for attempt in &mut record.attempts {
            let earlier = self.attempts.iter().filter(|earlier| earlier.operation == attempt.operation);
            attempt.number =
                attempt.number.saturating_add(earlier.map(|earlier| earlier.number).max().unwrap_or_default());
        }
        record.attempts.splice(..0, self.attempts.drain(..));
        if self.is_in_doubt {
            match record.outcome {
                // The earlier request may have cancelled it.
                RecordedOutcome::AlreadyTerminal if record.status == Some(SessionStatus::Cancelled) => {
                    record.outcome = RecordedOutcome::FoundCancelled;
                }
                // The doubt remains until the status is known.
                RecordedOutcome::AlreadyTerminal if !record.has_terminal_status() => {
                    record.delivery = Some(Delivery::Unknown);
                }
                // A session that does not exist was not cancelled; other failures do not resolve the doubt.
                RecordedOutcome::Failed if record.next != NextStep::GiveUp => record.delivery = Some(Delivery::Unknown),
                _ => {}
            }
        }
        self.is_in_doubt |= record.delivery == Some(Delivery::Unknown);
        record
    }

    /// The last record if nothing more is sent.
    pub(super) fn halted(self, halt: &Halt, now: Instant) -> SessionRecord {
        if let Some(record) = self.target.settled() {
            return record.clone();
        }
        let is_result = |record: &&SessionRecord| record.outcome != RecordedOutcome::UnderWay;
        let known = self.record.as_ref().or(self.target.record.as_ref()).filter(is_result).cloned();
        let mut record = known.unwrap_or_else(|| SessionRecord {
            outcome: RecordedOutcome::Failed,
            error: Some(halt.error),
            delivery: Some(if self.is_in_doubt { Delivery::Unknown } else { Delivery::NotSent }),
            ..self.under_way(Duration::ZERO)
        });
        let recorded_at = SystemTime::now();
        let own_wait = record.not_before().and_then(|at| at.duration_since(recorded_at).ok());
        let wait = halt.until.map(|until| until.saturating_duration_since(now));
        record.next = match record.outcome {
            _ if wait.is_none() => NextStep::FixRequest,
            RecordedOutcome::AlreadyTerminal => NextStep::ReadSession,
            _ => NextStep::Retry,
        };
        record.retry_after_ms = wait.max(own_wait).map(millis);
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

//! Cancels many sessions: a limited number at a time, at the server's pace, with a record of each.

mod pace;
mod target;

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::iter::Fuse;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use futures_core::Stream;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, Sleep, sleep_until};

use self::pace::Pace;
pub use self::target::CancelTarget;
use crate::attempt::Attempt;
use crate::client::backoff::full_jitter;
use crate::client::cancel::Cancellation;
use crate::client::error::Error;
use crate::client::methods::Client;
use crate::client::options::{CallOptions, OnConflict};
use crate::client::record::millis;
use crate::client::response::Response;
use crate::delivery::Delivery;
use crate::error_kind::ErrorKind;
use crate::next_step::NextStep;
use crate::record::{RecordedOutcome, SessionRecord};
use crate::session_status::SessionStatus;

/// The default for the longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// The maximum of that setting: the clock would panic on instants too far in the future.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// The retries of one session after throttling. A throttled session goes first after the wait, so even if the server
/// lets one request through at a time, each session gets its turn long before it reaches this limit.
const THROTTLES: u32 = 10;

/// A [`Stream`] that cancels many sessions and yields their records: from [`Client::cancel_sessions`].
///
/// Its own [`next`](Self::next) works without a crate for streams.
#[must_use = "a stream does nothing unless it is polled"]
pub struct CancelSessions<I> {
    /// Makes one attempt per call: this stream decides about retries.
    client: Client,
    options: CallOptions,
    concurrency: usize,
    longest_wait: Duration,
    targets: Fuse<I>,
    /// Sessions under way without a running request: not sent yet, or waiting for a retry.
    waiting: VecDeque<Job>,
    running: FuturesUnordered<Running>,
    pace: Pace,
    halt: Option<Halt>,
    sleep: Option<Pin<Box<Sleep>>>,
}

type Running = Pin<Box<dyn Future<Output = (Job, Instant, CallResult)> + Send>>;
type CallResult = Result<Response<Cancellation>, Error>;

// The iterator is never pinned.
impl<I> Unpin for CancelSessions<I> {}

/// A session that is under way.
struct Job {
    target: CancelTarget,
    due: Instant,
    attempts: Vec<Attempt>,
    tries: u32,
    throttles: u32,
    /// Whether an earlier request may have cancelled the session.
    is_in_doubt: bool,
    /// The record of the last request.
    record: Option<SessionRecord>,
}

/// The reason why nothing more is sent.
struct Halt {
    error: ErrorKind,
    until: Option<Instant>,
}

/// The next thing to do, apart from waiting for responses.
#[expect(clippy::large_enum_variant, reason = "moved once")]
enum Next {
    Yield(SessionRecord),
    Send(Job),
    Wait(Instant),
    /// Nothing to do until a response arrives.
    Nothing,
}

impl Client {
    /// Cancels many sessions, `concurrency` of them at a time, and yields records of each.
    ///
    /// ```no_run
    /// # async fn run(client: zerogate::Client, ids: Vec<zerogate::SessionId>) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::io::Write;
    ///
    /// let mut file = std::fs::OpenOptions::new().create(true).append(true).open("records.jsonl")?;
    /// let mut records = client.cancel_sessions(ids, 16);
    /// while let Some(record) = records.next().await {
    ///     writeln!(file, "{}", serde_json::to_string(&record)?)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Records.** Each session gets two records: [`UnderWay`](RecordedOutcome::UnderWay) before its first request,
    /// and a final one with the result. Store each record before you ask for the next. The last record of a session is
    /// then its state, even after a crash: without a record, nothing was sent; after `UnderWay`, the session may be
    /// cancelled.
    ///
    /// **Order and completeness.** Sessions start in the order of the input and finish in any order. When the stream
    /// ends, each session has exactly one record that is not `UnderWay`. The iterator is read only as slots become
    /// free, so memory use depends on `concurrency`, not on the number of ids. An id that appears twice is cancelled
    /// twice.
    ///
    /// **Resuming.** The input can be ids, ids with your references, or records ([`CancelTarget`]). A session whose
    /// last record has a terminal status or [`GiveUp`](NextStep::GiveUp) is not sent again: the stream yields its
    /// record unchanged, and no other. All others are sent again, because cancelling again is safe. A session that was
    /// `UnderWay` or had an unknown delivery, and is cancelled now, is recorded as
    /// [`FoundCancelled`](RecordedOutcome::FoundCancelled).
    ///
    /// **Dropping** the stream stops everything under way, as with any call, and sends nothing more. Nothing runs while
    /// the stream is not polled, and requests may time out before their responses are read, so store records quickly.
    ///
    /// **Pace.** Retries follow [`retry`](crate::retry) and the client's [`options`](CallOptions): its attempts, its
    /// pauses, and its deadline for each request and its read-back. A conflict is always read back. In addition:
    ///
    /// - A 429, or any response with `Retry-After`, makes all sessions wait. Then one request goes ahead, and each
    ///   response that does not ask to wait allows one more concurrent request. Such waits do not count as attempts;
    ///   each session gets up to ten.
    /// - Retries have a shared budget: a hundred, plus one for every five sessions settled. A 429 uses it only if it
    ///   directly follows another one. When the budget is used up, a failure becomes the session's last record, so that
    ///   you can resume later.
    /// - Nothing more is sent if the server rejects the key (401, 403), if its certificate is not trusted, or if it
    ///   asks for a wait longer than [`longest_wait`](CancelSessions::longest_wait). All remaining sessions then get a
    ///   record that says so, with `NotSent` unless an earlier request may have taken effect.
    pub fn cancel_sessions<I>(&self, sessions: I, concurrency: usize) -> CancelSessions<I::IntoIter>
    where
        I: IntoIterator,
        I::Item: Into<CancelTarget>,
    {
        let options = self.options();
        CancelSessions {
            client: self.with_options(options.clone().max_attempts(1).on_conflict(OnConflict::ReadBack)),
            options,
            concurrency: concurrency.max(1),
            longest_wait: LONGEST_WAIT,
            targets: sessions.into_iter().fuse(),
            waiting: VecDeque::new(),
            running: FuturesUnordered::new(),
            pace: Pace::new(),
            halt: None,
            sleep: None,
        }
    }
}

impl<I> CancelSessions<I> {
    /// The longest wait that the server may ask for; the default is 5 minutes. After a request for a longer wait,
    /// nothing more is sent.
    pub fn longest_wait(self, longest_wait: Duration) -> Self {
        Self { longest_wait: longest_wait.min(YEAR), ..self }
    }

    /// Handles the result of a request: returns the session's last record, unless the request is retried.
    fn ended(&mut self, mut job: Job, sent: Instant, result: &CallResult) -> Option<SessionRecord> {
        let now = Instant::now();
        let record = job.record(result);
        let failure = result.as_ref().map_or_else(Some, |response| missing(response.value()));
        let wait = record.retry_after_ms.map(Duration::from_millis);
        let is_throttled = wait.is_some() || failure.is_some_and(|failure| failure.kind() == ErrorKind::RateLimited);
        let is_allowed = if is_throttled {
            job.throttles += 1;
            self.pace.throttled(sent, now, wait, self.options.backoff) && job.throttles <= THROTTLES
        } else {
            self.pace.responded(sent);
            job.tries += 1;
            job.tries < self.options.max_attempts
        };
        let error = failure.map_or(ErrorKind::Other, Error::kind);
        if wait.is_some_and(|wait| wait > self.longest_wait) {
            self.halt = Some(Halt { error, until: wait.and_then(|wait| now.checked_add(wait)) });
        } else if matches!(error, ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::Certificate) {
            self.halt = Some(Halt { error, until: None });
        }
        let is_wanted = failure.is_some_and(|failure| failure.is_repeated(&self.options));
        if matches!(record.next, NextStep::Done | NextStep::GiveUp) {
            self.pace.settled();
        }
        if !is_wanted || !is_allowed || self.halt.is_some() || !(is_throttled || self.pace.take()) {
            return Some(record);
        }
        let (first, longest) = self.options.backoff;
        job.due = if is_throttled { now } else { now + full_jitter(first, longest, job.tries) };
        let pause = self.pace.open_at(now).map_or(job.due, |open| open.max(job.due)) - now;
        job.attempts.clone_from(&record.attempts);
        if let Some(last) = job.attempts.last_mut() {
            last.retry_in_ms = Some(millis(pause));
        }
        job.record = Some(record);
        if is_throttled {
            // It goes first: a server that lets some requests through in turn could otherwise throttle it every time.
            self.waiting.push_front(job);
        } else {
            self.waiting.push_back(job);
        }
        None
    }
}

impl<I> CancelSessions<I>
where
    I: Iterator,
    I::Item: Into<CancelTarget>,
{
    /// Returns the next record; `None` when every session has its last one. Cancel safe.
    pub async fn next(&mut self) -> Option<SessionRecord> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn next_step(&mut self) -> Next {
        let now = Instant::now();
        if let Some(halt) = &self.halt {
            let left = self.waiting.pop_front().or_else(|| self.targets.next().map(|it| Job::new(it.into(), now)));
            return left.map_or(Next::Nothing, |job| Next::Yield(job.halted(halt, now)));
        }
        if self.running.len() + self.waiting.len() < self.concurrency
            && let Some(target) = self.targets.next()
        {
            let target = target.into();
            if let Some(record) = target.settled() {
                return Next::Yield(record.clone());
            }
            let not_before = target.record.as_ref().and_then(SessionRecord::not_before);
            let wait = not_before.and_then(|at| at.duration_since(SystemTime::now()).ok()).unwrap_or_default();
            if let Some(record) = target.record.as_ref().filter(|_| wait > self.longest_wait) {
                return Next::Yield(record.clone());
            }
            let record = SessionRecord::under_way(&target.reference_id, &target.session_id);
            self.waiting.push_back(Job::new(target, now + wait));
            return Next::Yield(record);
        }
        let Some(due) = self.waiting.iter().map(|job| job.due).min() else {
            return Next::Nothing;
        };
        if self.running.len() >= self.pace.concurrency(self.concurrency) {
            return Next::Nothing;
        }
        match self.pace.open_at(now) {
            Some(at) => Next::Wait(at),
            None => {
                let place = self.waiting.iter().position(|job| job.due <= now);
                place.and_then(|place| self.waiting.remove(place)).map_or(Next::Wait(due), Next::Send)
            }
        }
    }

    fn send(&self, job: Job) {
        let client = self.client.clone();
        self.running.push(Box::pin(async move {
            let sent = Instant::now();
            let result = client.cancel_session(&job.target.session_id).await;
            (job, sent, result)
        }));
    }
}

impl<I> Stream for CancelSessions<I>
where
    I: Iterator,
    I::Item: Into<CancelTarget>,
{
    type Item = SessionRecord;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<SessionRecord>> {
        let this = self.get_mut();
        loop {
            if let Poll::Ready(Some((job, sent, result))) = Pin::new(&mut this.running).poll_next(context) {
                match this.ended(job, sent, &result) {
                    Some(record) => return Poll::Ready(Some(record)),
                    None => continue,
                }
            }
            match this.next_step() {
                Next::Yield(record) => return Poll::Ready(Some(record)),
                Next::Send(job) => this.send(job),
                Next::Wait(at) => {
                    let sleep = this.sleep.insert(Box::pin(sleep_until(at)));
                    if sleep.as_mut().poll(context).is_pending() {
                        return Poll::Pending;
                    }
                }
                Next::Nothing if this.running.is_empty() => return Poll::Ready(None),
                Next::Nothing => return Poll::Pending,
            }
        }
    }
}

impl<I> fmt::Debug for CancelSessions<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelSessions")
            .field("concurrency", &self.concurrency)
            .field("under_way", &(self.waiting.len() + self.running.len()))
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

impl Job {
    fn new(target: CancelTarget, due: Instant) -> Self {
        let is_in_doubt = target.is_in_doubt();
        Self { target, due, attempts: Vec::new(), tries: 0, throttles: 0, is_in_doubt, record: None }
    }

    /// The record of a request, with the earlier attempts.
    fn record(&mut self, result: &CallResult) -> SessionRecord {
        let mut record = SessionRecord::new(&self.target.reference_id, &self.target.session_id, result);
        for attempt in &mut record.attempts {
            let earlier = self.attempts.iter().filter(|earlier| earlier.operation == attempt.operation);
            attempt.number += earlier.map(|earlier| earlier.number).max().unwrap_or_default();
        }
        record.attempts.splice(..0, self.attempts.drain(..));
        if self.is_in_doubt {
            match record.outcome {
                // An earlier request of unknown delivery may have cancelled it.
                RecordedOutcome::AlreadyTerminal if record.status == Some(SessionStatus::Cancelled) => {
                    record.outcome = RecordedOutcome::FoundCancelled;
                }
                // A session that does not exist was not cancelled; nothing else rules it out.
                RecordedOutcome::Failed if record.next != NextStep::GiveUp => record.delivery = Some(Delivery::Unknown),
                _ => {}
            }
        }
        self.is_in_doubt |= record.delivery == Some(Delivery::Unknown);
        record
    }

    /// The record of a session that is not sent any more.
    fn halted(self, halt: &Halt, now: Instant) -> SessionRecord {
        if let Some(record) = self.target.settled() {
            return record.clone();
        }
        let wait = halt.until.map(|until| millis(until.saturating_duration_since(now)));
        let mut record =
            self.record.unwrap_or_else(|| SessionRecord::under_way(&self.target.reference_id, &self.target.session_id));
        if record.outcome == RecordedOutcome::UnderWay {
            record.outcome = RecordedOutcome::Failed;
            record.error = Some(halt.error);
            record.delivery = Some(if self.is_in_doubt { Delivery::Unknown } else { Delivery::NotSent });
        }
        record.recorded_at = SystemTime::now().into();
        record.next = if wait.is_some() { NextStep::Retry } else { NextStep::FixRequest };
        record.retry_after_ms = wait;
        record
    }
}

/// The error of reading the session, if it is known to be terminal but could not be read.
fn missing(cancellation: &Cancellation) -> Option<&Error> {
    match cancellation {
        Cancellation::AlreadyTerminal(terminal) => terminal.missing(),
        Cancellation::Cancelled(_) | Cancellation::FoundCancelled(_) => None,
    }
}

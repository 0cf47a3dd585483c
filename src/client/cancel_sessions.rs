//! Cancels many sessions: a limited number at a time, at the server's pace, with a record of each.

mod job;
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

use self::job::{Halt, Heard, Job, Seen};
use self::pace::Pace;
pub use self::target::CancelTarget;
use crate::client::backoff::full_jitter;
use crate::client::methods::Client;
use crate::client::options::{CallOptions, OnConflict};
use crate::client::record::millis;
use crate::error_kind::ErrorKind;
use crate::next_step::NextStep;
use crate::record::SessionRecord;

/// The default for the longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// The maximum of that setting: the clock would panic on instants too far in the future.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// The retries of one session after throttling. A throttled session goes first after the wait, so even if the server
/// lets one request through at a time, each session gets its turn long before it reaches this limit.
const THROTTLES: u32 = 10;
/// The number of sessions in a row without a result, for a reason that can be retried or that 0Gate has not explained,
/// after which nothing more is sent.
const FAILURES: u32 = 20;
/// How many sessions may wait, as their earlier records say, without a slot.
const HELD: usize = 1024;
/// How many records that need no request are yielded before other tasks get their turn.
const AT_ONCE: u32 = 64;

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
    /// When nothing more is sent.
    until: Option<Instant>,
    targets: Fuse<I>,
    /// Sessions under way without a running request: not sent yet, or waiting for a retry.
    waiting: VecDeque<Job>,
    running: FuturesUnordered<Running>,
    pace: Pace,
    /// How many sessions have failed in a row.
    failures: u32,
    /// Whether each of those says that something must be fixed.
    is_to_fix: bool,
    halt: Option<Halt>,
    sleep: Option<Pin<Box<Sleep>>>,
    /// How many records were yielded without waiting.
    at_once: u32,
}

type Running = Pin<Box<dyn Future<Output = (Job, Instant, Seen)> + Send>>;

// The iterator is never pinned.
impl<I> Unpin for CancelSessions<I> {}

/// The next thing to do, apart from waiting for responses.
#[expect(clippy::large_enum_variant, reason = "moved once")]
enum Next {
    Yield(SessionRecord),
    Send(Job),
    /// A session was started that has no record yet.
    Again,
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
    /// # Records
    ///
    /// Each session gets two records: [`UnderWay`](crate::RecordedOutcome::UnderWay) before its first request, and a
    /// final one with the result. It gets only the final one if nothing is sent for it, or if it is only read. If the
    /// server asks for a wait, the session gets another `UnderWay` with that wait and the attempts so far.
    ///
    /// Store each record before you ask for the next. The last record of a session is then its state, even after a
    /// crash: without a record, nothing was sent; after `UnderWay`, the session may be cancelled. A record keeps the
    /// last twenty attempts of the record that it was resumed from, so a store may keep only the latest record of each
    /// session.
    ///
    /// Sessions start in the order of the input and finish in any order. When the stream ends, each session has exactly
    /// one record that is not `UnderWay`. The iterator is read only as slots become free, so memory use depends on
    /// `concurrency`, not on the number of ids; up to 1,024 sessions whose records ask for a wait need no slot while
    /// they wait. Give each id once: an id that appears twice is cancelled twice, perhaps at the same time.
    ///
    /// Dropping the stream stops everything under way, as with any call. Nothing runs while the stream is not polled,
    /// and requests may time out before their responses are read, so store records quickly.
    ///
    /// # Resuming
    ///
    /// The input can be ids, ids with your references, or records ([`CancelTarget`]).
    ///
    /// | the last record of a session | what happens |
    /// |---|---|
    /// | a terminal status, or [`GiveUp`](NextStep::GiveUp) | nothing is sent, and the record is repeated; [`CancelTarget::again`] retries after `GiveUp` |
    /// | [`ReadSession`](NextStep::ReadSession) | it is read first, and cancelled if it is open |
    /// | [`AlreadyTerminal`](crate::RecordedOutcome::AlreadyTerminal) without a terminal status | it is only read: its cancellation must not be retried |
    /// | `UnderWay`, or an unknown delivery | it is cancelled again, which is safe. If it turns out to be cancelled, it is [`FoundCancelled`](crate::RecordedOutcome::FoundCancelled); after a 404, it is read |
    /// | any other, or none | it is cancelled |
    ///
    /// A wait in a record is respected. It counts from now if the record is from the future because a clock was wrong.
    /// If it is longer than [`longest_wait`](CancelSessions::longest_wait), nothing is sent for that session: its last
    /// record is its earlier result, or else [`Failed`](crate::RecordedOutcome::Failed), with the rest of the wait.
    ///
    /// # Pace
    ///
    /// Retries follow [`retry`](crate::retry) and the client's [`options`](CallOptions): its attempts, its pauses, and
    /// its deadline for each request and its read-back. A conflict is always read back. In addition:
    ///
    /// - A 429, or any failure with `Retry-After`, makes all sessions wait. Then one request goes ahead, and each
    ///   response that is no failure allows one more concurrent request. Such waits do not count as attempts; each
    ///   session gets up to ten.
    /// - Five requests in a row that get a 5xx or no response, unless reading the session back settles it, make all
    ///   sessions wait in the same way, each time longer, up to the longest pause of the options. They do count as
    ///   attempts.
    /// - All sessions share a budget of a hundred retries. Every five settled sessions add one retry again, up to a
    ///   hundred. A 429 uses the budget only if it directly follows another 429. When the budget is used up, a failure
    ///   becomes the session's last record, so that you can resume later.
    ///
    /// # End
    ///
    /// The run ends when each session has its last record. It sends nothing more as soon as
    ///
    /// - a cancellation fails because the server rejects the key (401, or 403 with its envelope), because one side
    ///   rejects the other's certificate, or because one side does not use TLS;
    /// - the response to a cancellation asks for a wait longer than [`longest_wait`](CancelSessions::longest_wait);
    /// - 20 sessions in a row have got no result after the retries that the table allows, and not because of a 4xx
    ///   other than 429 with its envelope: the server is down or throttles everything, the responses are not from
    ///   0Gate, or they cannot be read; or
    /// - the [`deadline`](CancelSessions::deadline) has passed.
    ///
    /// Sessions under way end as usual: they are read back, or cancelled after they have been read. Each remaining
    /// session gets its last record without a request: the result of an earlier record or request, if it has one, or
    /// else `Failed` with the error that stopped the run. Its delivery is [`NotSent`](crate::Delivery::NotSent) unless
    /// an earlier request may have taken effect. Its next step is [`FixRequest`](NextStep::FixRequest) if something
    /// must be fixed first, such as the key; otherwise resume from the records later. Any other failure, and a failed
    /// read-back, concerns its session alone.
    ///
    /// | if every request | the run ends after |
    /// |---|---|
    /// | is throttled, or fails in a way that is retried, such as a 503 | about 120 cancellations, in about four minutes with the default pauses, plus the waits that the server asks for |
    /// | fails in a way that is not retried, such as a 501 or a response that is not HTTP | 20 sessions, in about half a minute |
    ///
    /// If the server lets one through now and then, only the `deadline` limits the run.
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
            until: None,
            targets: sessions.into_iter().fuse(),
            waiting: VecDeque::new(),
            running: FuturesUnordered::new(),
            pace: Pace::new(),
            failures: 0,
            is_to_fix: true,
            halt: None,
            sleep: None,
            at_once: 0,
        }
    }
}

impl<I> CancelSessions<I> {
    /// The longest wait that the server may ask for; the default is 5 minutes. After a request for a longer wait,
    /// nothing more is sent, and a session whose record has a longer wait left is not sent either.
    ///
    /// ```
    /// # fn run(client: &zerogate::Client, ids: Vec<zerogate::SessionId>) {
    /// use std::time::Duration;
    ///
    /// let records = client.cancel_sessions(ids, 16).longest_wait(Duration::from_secs(60));
    /// # }
    /// ```
    pub fn longest_wait(self, longest_wait: Duration) -> Self {
        Self { longest_wait: longest_wait.min(YEAR), ..self }
    }

    /// The time after which no request for another session is sent, counted from this call; the default is none.
    ///
    /// Requests that are under way are not cut off: each takes at most the [deadline](CallOptions::deadline) of a call
    /// more, or twice that if a session is read first and then cancelled. Sessions that wait for a retry keep the
    /// result of their last request. Each session for which nothing was sent gets a record with the error
    /// [`OutOfTime`](ErrorKind::OutOfTime), or, if it has an earlier record with a result, that result again. Resume
    /// from the records later.
    ///
    /// The clock is checked only while the stream is polled.
    ///
    /// ```
    /// # fn run(client: &zerogate::Client, ids: Vec<zerogate::SessionId>) {
    /// use std::time::Duration;
    ///
    /// let records = client.cancel_sessions(ids, 16).deadline(Duration::from_secs(3600));
    /// # }
    /// ```
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { until: Some(Instant::now() + deadline.min(YEAR)), ..self }
    }

    /// Sends nothing more, because of `error`. The server may ask for a wait before the next run; none helps if
    /// something must be fixed first.
    fn stop(&mut self, error: ErrorKind, next: NextStep, now: Instant) {
        let until = (next != NextStep::FixRequest).then(|| self.pace.open_at(now).unwrap_or(now));
        self.halt.get_or_insert(Halt { error, until });
    }

    /// Handles the result of a request: returns the session's last record, or one with the wait before a retry.
    fn ended(&mut self, mut job: Job, sent: Instant, seen: Seen) -> Option<SessionRecord> {
        let now = Instant::now();
        let Seen { record, heard, error, is_refused, is_unexplained, own_wait, is_repeated } = seen;
        let is_throttled = heard == Heard::Wait;
        let wait = record.retry_after_ms.map(Duration::from_millis);
        let is_too_long = wait.is_some_and(|wait| wait > self.longest_wait);
        let is_allowed = if is_throttled {
            job.throttles += 1;
            // Too long a wait halts all sessions if the cancellation itself got it; after a read it concerns one
            // session.
            let wait = wait.filter(|_| !is_too_long);
            self.pace.throttled(sent, now, wait, self.options.backoff) && job.throttles <= THROTTLES && !is_too_long
        } else {
            match heard {
                Heard::Response => self.pace.responded(sent),
                Heard::Failure => self.pace.failed(sent, now, self.options.backoff),
                Heard::Wait | Heard::Nothing => {}
            }
            job.tries += 1;
            job.tries < self.options.max_attempts
        };
        let own_wait = own_wait.filter(|wait| *wait > self.longest_wait);
        if let Some(error) = error
            && (own_wait.is_some() || is_refused)
        {
            self.halt = Some(Halt { error, until: own_wait.and_then(|wait| now.checked_add(wait)) });
        }
        if matches!(record.next, NextStep::Done | NextStep::GiveUp) {
            self.pace.settled();
        }
        if !is_repeated || !is_allowed || self.halt.is_some() || !(is_throttled || self.pace.take()) {
            if is_repeated || is_unexplained {
                self.failures += 1;
                self.is_to_fix &= record.next == NextStep::FixRequest;
            } else {
                (self.failures, self.is_to_fix) = (0, true);
            }
            if let Some(error) = error
                && self.failures >= FAILURES
            {
                self.stop(error, if self.is_to_fix { NextStep::FixRequest } else { NextStep::Retry }, now);
            }
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
        // Stored, so that a run that resumes after a crash respects the wait. A conflict must stay the last record.
        let waits = wait.is_some_and(|wait| !wait.is_zero()) && job.terminal().is_none();
        let record = waits.then(|| job.under_way(pause));
        if is_throttled {
            // It goes first: a server that lets some requests through in turn could otherwise throttle it every time.
            self.waiting.push_front(job);
        } else {
            self.waiting.push_back(job);
        }
        record
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
        if self.until.is_some_and(|until| until <= now) {
            self.stop(ErrorKind::OutOfTime, NextStep::Retry, now);
        }
        if let Some(halt) = &self.halt {
            let left = self.waiting.pop_front().or_else(|| self.targets.next().map(|it| Job::new(it.into(), now)));
            return left.map_or(Next::Nothing, |job| Next::Yield(job.halted(halt, now)));
        }
        let is_full = self.running.len() >= self.pace.concurrency(self.concurrency);
        let open_at = self.pace.open_at(now);
        // Before more records are yielded: many of them may need no request.
        if !is_full
            && open_at.is_none()
            && let Some(place) = self.waiting.iter().position(|job| job.due <= now)
            && let Some(job) = self.waiting.remove(place)
        {
            return Next::Send(job);
        }
        // Sessions that only wait must not keep others from being sent.
        let held = self.waiting.iter().filter(|job| job.is_held(now)).take(HELD).count();
        if self.running.len() + self.waiting.len() - held < self.concurrency
            && let Some(target) = self.targets.next()
        {
            let target = target.into();
            if let Some(record) = target.settled() {
                return Next::Yield(record.clone());
            }
            let wait = target.record.as_ref().map_or(Duration::ZERO, |record| record.wait_left(SystemTime::now()));
            if wait > self.longest_wait {
                let halt = Halt { error: ErrorKind::RateLimited, until: now.checked_add(wait.min(YEAR)) };
                return Next::Yield(Job::new(target, now).halted(&halt, now));
            }
            let job = Job::new(target, now + wait);
            // A read changes nothing, so the earlier record remains valid until the next.
            let record = job.terminal().is_none().then(|| job.under_way(open_at.map_or(wait, |at| wait.max(at - now))));
            self.waiting.push_back(job);
            return record.map_or(Next::Again, Next::Yield);
        }
        match self.waiting.iter().map(|job| job.due).min() {
            Some(due) if !is_full => {
                let at = open_at.unwrap_or(due);
                Next::Wait(self.until.map_or(at, |until| until.min(at)))
            }
            _ => Next::Nothing,
        }
    }

    fn send(&self, mut job: Job) {
        let client = self.client.clone();
        self.running.push(Box::pin(async move {
            let sent = Instant::now();
            let seen = job.ask(&client).await;
            (job, sent, seen)
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
        if this.at_once >= AT_ONCE {
            this.at_once = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            if let Poll::Ready(Some((job, sent, seen))) = Pin::new(&mut this.running).poll_next(context) {
                match this.ended(job, sent, seen) {
                    Some(record) => return Poll::Ready(Some(record)),
                    None => continue,
                }
            }
            match this.next_step() {
                Next::Yield(record) => {
                    this.at_once += 1;
                    return Poll::Ready(Some(record));
                }
                Next::Again => {}
                Next::Send(job) => this.send(job),
                Next::Wait(at) => {
                    let sleep = this.sleep.insert(Box::pin(sleep_until(at)));
                    if sleep.as_mut().poll(context).is_pending() {
                        this.at_once = 0;
                        return Poll::Pending;
                    }
                }
                Next::Nothing if this.running.is_empty() => return Poll::Ready(None),
                Next::Nothing => {
                    this.at_once = 0;
                    return Poll::Pending;
                }
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

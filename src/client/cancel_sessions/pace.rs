//! Decides when requests may be sent and retried, for all sessions together.

use std::time::Duration;

use tokio::time::Instant;

use crate::client::backoff::full_jitter;

/// The price of a retry.
const COST: u32 = 5;
/// The initial and maximum budget: a hundred retries. Each settled session returns one token, so that in the long run
/// one request in five may be a retry. The figures are those of the AWS SDKs.
const CAPACITY: u32 = 500;
/// How many requests in a row may fail before all calls wait.
const FAILING: u32 = 5;

/// The pace of many calls.
///
/// If the server asks for a wait, or fails several times in a row, all calls wait. Then one request goes ahead, and
/// each response that does not ask for a wait allows one more at a time. Retries have a budget, so that a failing
/// server does not get several times the requests.
#[derive(Debug)]
pub(super) struct Pace {
    tokens: u32,
    /// When requests may be sent again.
    open_at: Option<Instant>,
    /// When the server last asked for a wait.
    closed_at: Option<Instant>,
    /// How many times in a row it has asked.
    in_a_row: u32,
    /// The number of concurrent requests that is allowed.
    allowed: usize,
    /// How many requests in a row have failed.
    failures: u32,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { tokens: CAPACITY, open_at: None, closed_at: None, in_a_row: 0, allowed: usize::MAX, failures: 0 }
    }

    /// The number of concurrent requests that is allowed, at most `usual`.
    pub(super) fn concurrency(&self, usual: usize) -> usize {
        self.allowed.min(usual)
    }

    /// When the next request may be sent; `None` if it may be sent now.
    pub(super) fn open_at(&self, now: Instant) -> Option<Instant> {
        self.open_at.filter(|at| *at > now)
    }

    /// Notes that the response to a request sent at `sent` asked for a wait. Returns whether that request may be
    /// retried.
    pub(super) fn throttled(
        &mut self,
        sent: Instant,
        now: Instant,
        wait: Option<Duration>,
        backoff: (Duration, Duration),
    ) -> bool {
        self.failures = 0;
        let is_again = self.close(sent, now, wait, backoff);
        // With other responses in between, this is the server's pace and not a failure.
        self.in_a_row < 2 || !is_again || self.take()
    }

    /// Notes that a request sent at `sent` got a 5xx or no response.
    pub(super) fn failed(&mut self, sent: Instant, now: Instant, backoff: (Duration, Duration)) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILING {
            self.close(sent, now, None, backoff);
        }
    }

    /// Makes all calls wait. Returns whether this is a new wait.
    fn close(&mut self, sent: Instant, now: Instant, wait: Option<Duration>, backoff: (Duration, Duration)) -> bool {
        // Requests that were already under way belong to the same wait.
        let is_again = self.closed_at.is_none_or(|closed| sent >= closed);
        if is_again {
            self.in_a_row = self.in_a_row.saturating_add(1);
            self.closed_at = Some(now);
            self.allowed = 1;
        }
        let pause = full_jitter(backoff.0, backoff.1, self.in_a_row).saturating_add(wait.unwrap_or_default());
        self.open_at = self.open_at.max(Some(now + pause));
        is_again
    }

    /// Notes that the response to a request sent at `sent` did not ask for a wait.
    pub(super) fn responded(&mut self, sent: Instant) {
        (self.in_a_row, self.failures) = (0, 0);
        // A request sent before the wait says nothing about the server's capacity now.
        if self.closed_at.is_none_or(|closed| sent >= closed) {
            self.allowed = self.allowed.saturating_add(1);
        }
    }

    /// Notes that a session is settled.
    pub(super) fn settled(&mut self) {
        self.tokens = (self.tokens + 1).min(CAPACITY);
    }

    /// Takes the price of a retry from the budget, if it is available.
    pub(super) fn take(&mut self) -> bool {
        let left = self.tokens.checked_sub(COST);
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_BACKOFF: (Duration, Duration) = (Duration::ZERO, Duration::ZERO);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_failing_server_gets_a_hundred_retries_and_then_one_per_five_settled() {
        let mut pace = Pace::new();
        assert_eq!((0..1000).filter(|_| pace.take()).count(), 100);
        for _ in 0..4 {
            pace.settled();
            assert!(!pace.take());
        }
        pace.settled();
        assert!(pace.take() && !pace.take());
        (0..10_000).for_each(|_| pace.settled());
        assert_eq!((0..1000).filter(|_| pace.take()).count(), 100);
    }

    #[test]
    fn all_share_a_wait_and_concurrency_grows_one_by_one_after_it() {
        let (mut pace, start) = (Pace::new(), Instant::now());
        assert_eq!((pace.open_at(start), pace.concurrency(16)), (None, 16));
        // For concurrent requests it is a single wait, the longest, and uses no budget.
        for seconds in [3, 7, 5] {
            assert!(pace.throttled(start, start + SECOND, Some(seconds * SECOND), NO_BACKOFF));
        }
        assert_eq!((pace.open_at(start + SECOND), pace.concurrency(16)), (Some(start + 8 * SECOND), 1));
        // A request sent before the wait does not count.
        pace.responded(start);
        assert_eq!(pace.concurrency(16), 1);
        assert_eq!(pace.open_at(start + 8 * SECOND), None);
        for allowed in 2..=16 {
            pace.responded(start + 8 * SECOND);
            assert_eq!((pace.concurrency(16), pace.tokens), (allowed, CAPACITY));
        }
        pace.responded(start + 8 * SECOND);
        assert_eq!(pace.concurrency(16), 16);
        // Right after another wait, only the first of concurrent requests uses the budget.
        let mut pace = Pace::new();
        for _ in 0..3 {
            assert!(pace.throttled(start, start + SECOND, Some(SECOND), NO_BACKOFF));
        }
        for _ in 0..3 {
            assert!(pace.throttled(start + SECOND, start + 2 * SECOND, Some(SECOND), NO_BACKOFF));
        }
        assert_eq!((pace.in_a_row, pace.tokens), (2, CAPACITY - COST));
    }

    #[test]
    fn a_server_that_always_asks_to_wait_uses_up_the_budget() {
        let (mut pace, mut now) = (Pace::new(), Instant::now());
        let mut repeated = 0;
        while pace.throttled(now, now, Some(SECOND), NO_BACKOFF) {
            now += SECOND;
            repeated += 1;
            assert!(repeated < 1000);
        }
        assert_eq!(repeated, 101);
        // A server that lets requests through between its waits does not.
        let mut pace = Pace::new();
        for _ in 0..1000 {
            now += SECOND;
            assert!(pace.throttled(now, now, Some(SECOND), NO_BACKOFF));
            now += SECOND;
            pace.responded(now);
        }
        assert_eq!(pace.tokens, CAPACITY);
    }

    #[test]
    fn after_failures_in_a_row_one_request_at_a_time_goes_ahead() {
        let (mut pace, start) = (Pace::new(), Instant::now());
        let backoff = (SECOND, 60 * SECOND);
        // With a response in between they are not in a row.
        for _ in 0..10 {
            (0..4).for_each(|_| pace.failed(start, start, backoff));
            pace.responded(start);
        }
        assert_eq!((pace.open_at, pace.concurrency(16)), (None, 16));
        // Nor with a wait in between.
        let mut other = Pace::new();
        (0..4).for_each(|_| other.failed(start, start, backoff));
        assert!(other.throttled(start, start, None, NO_BACKOFF));
        (0..4).for_each(|_| other.failed(start + SECOND, start + SECOND, backoff));
        assert_eq!(other.in_a_row, 1);
        other.failed(start + SECOND, start + SECOND, backoff);
        assert_eq!(other.in_a_row, 2);
        // Sixteen requests at the same time, and then one after each wait.
        (0..16).for_each(|_| pace.failed(start, start + SECOND, backoff));
        assert_eq!((pace.in_a_row, pace.concurrency(16)), (1, 1));
        let mut now = start + 2 * SECOND;
        let mut waits = Vec::new();
        for _ in 0..20 {
            pace.failed(now, now, backoff);
            let open = pace.open_at(now).unwrap_or(now);
            waits.push(open - now);
            now = open + SECOND;
        }
        assert_eq!((pace.in_a_row, pace.concurrency(16)), (21, 1));
        // Most may be up to a minute long; the chance that all are shorter than this is below 10^-15.
        assert!(waits.iter().max() > Some(&(4 * SECOND)), "{waits:?}");
        pace.responded(now);
        assert_eq!((pace.in_a_row, pace.failures, pace.concurrency(16)), (0, 0, 2));
        // Waits take nothing from the budget: retries do.
        assert_eq!(pace.tokens, CAPACITY);
    }

    #[test]
    fn without_retry_after_the_pause_grows() {
        let (mut pace, start) = (Pace::new(), Instant::now());
        let backoff = (Duration::from_secs(1), Duration::from_secs(60));
        let mut longest = Duration::ZERO;
        for _ in 0..50 {
            pace.open_at = None;
            assert!(pace.throttled(start, start, None, backoff));
            longest = longest.max(pace.open_at(start).map_or(Duration::ZERO, |at| at - start));
        }
        assert!(longest > Duration::from_secs(2), "{longest:?}");
    }
}

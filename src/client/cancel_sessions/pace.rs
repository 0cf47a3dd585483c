//! When a request may be sent, and whether it may be repeated: for all sessions together.

use std::time::Duration;

use tokio::time::Instant;

use crate::client::backoff::full_jitter;

/// What a repetition costs.
const COST: u32 = 5;
/// What there is at the beginning, and at the most: a hundred repetitions. Each session that is settled gives one back, so that in
/// the long run one request in five may be a repetition; the figures are those of the AWS SDKs.
const CAPACITY: u32 = 500;

/// The pace of many calls.
///
/// A server that asks to wait makes all of them wait. Then one request goes ahead, and with each that is not asked to wait another
/// one may be under way. And repetitions have a budget, so that a server never gets a multiple of the requests that it fails at.
#[derive(Debug)]
pub(super) struct Pace {
    tokens: u32,
    /// When it may go on.
    open_at: Option<Instant>,
    /// Since when the server has asked to wait.
    closed_at: Option<Instant>,
    /// How often it has asked again, with nothing else between.
    in_a_row: u32,
    /// How many requests may be under way.
    allowed: usize,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { tokens: CAPACITY, open_at: None, closed_at: None, in_a_row: 0, allowed: usize::MAX }
    }

    /// How many requests may be under way at a time, of `usual`.
    pub(super) fn concurrency(&self, usual: usize) -> usize {
        self.allowed.min(usual)
    }

    /// When the next request may be sent; `None` for at once.
    pub(super) fn open_at(&self, now: Instant) -> Option<Instant> {
        self.open_at.filter(|at| *at > now)
    }

    /// The server has asked to wait, in response to a request that was sent at `sent`: everybody does. Whether that request may be
    /// repeated.
    pub(super) fn throttled(
        &mut self,
        sent: Instant,
        now: Instant,
        wait: Option<Duration>,
        backoff: (Duration, Duration),
    ) -> bool {
        // Those that were under way when it first asked are part of the same.
        let is_again = self.closed_at.is_none_or(|closed| sent >= closed);
        if is_again {
            self.in_a_row = self.in_a_row.saturating_add(1);
            self.closed_at = Some(now);
            self.allowed = 1;
        }
        let pause = full_jitter(backoff.0, backoff.1, self.in_a_row).saturating_add(wait.unwrap_or_default());
        self.open_at = self.open_at.max(Some(now + pause));
        // As long as something else comes between, it is a server's pace and no failure.
        self.in_a_row < 2 || !is_again || self.take()
    }

    /// The server has responded to a request that was sent at `sent`, and has not asked to wait.
    pub(super) fn responded(&mut self, sent: Instant) {
        self.in_a_row = 0;
        // One that was under way says nothing of how many it takes now.
        if self.closed_at.is_none_or(|closed| sent >= closed) {
            self.allowed = self.allowed.saturating_add(1);
        }
    }

    /// A session is settled.
    pub(super) fn settled(&mut self) {
        self.tokens = (self.tokens + 1).min(CAPACITY);
    }

    /// Takes what a repetition costs, if it is there.
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
    fn a_failing_server_is_asked_a_hundred_times_more_and_then_one_time_in_five() {
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
    fn a_wait_is_shared_and_one_request_goes_ahead_after_it_then_two() {
        let (mut pace, start) = (Pace::new(), Instant::now());
        assert_eq!((pace.open_at(start), pace.concurrency(16)), (None, 16));
        // Sixteen were under way: it is one wait, the longest, and costs nothing.
        for seconds in [3, 7, 5] {
            assert!(pace.throttled(start, start + SECOND, Some(seconds * SECOND), NO_BACKOFF));
        }
        assert_eq!((pace.open_at(start + SECOND), pace.concurrency(16)), (Some(start + 8 * SECOND), 1));
        // What was sent before says nothing of after.
        pace.responded(start);
        assert_eq!(pace.concurrency(16), 1);
        assert_eq!(pace.open_at(start + 8 * SECOND), None);
        for allowed in 2..=16 {
            pace.responded(start + 8 * SECOND);
            assert_eq!((pace.concurrency(16), pace.tokens), (allowed, CAPACITY));
        }
        pace.responded(start + 8 * SECOND);
        assert_eq!(pace.concurrency(16), 16);
    }

    #[test]
    fn a_server_that_only_ever_asks_to_wait_uses_the_budget_up() {
        let (mut pace, mut now) = (Pace::new(), Instant::now());
        let mut repeated = 0;
        while pace.throttled(now, now, Some(SECOND), NO_BACKOFF) {
            now += SECOND;
            repeated += 1;
            assert!(repeated < 1000);
        }
        assert_eq!(repeated, 101);
        // And a server that lets two through between its waits never does.
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
    fn without_a_wait_of_the_servers_own_it_grows() {
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

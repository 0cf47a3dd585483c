//! The rate limit for requests.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A maximum number of requests per second, evenly spaced.
pub(crate) struct Pace {
    interval: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// `rate` is in requests per second and positive.
    pub(crate) fn new(rate: f64) -> Self {
        Self { interval: Duration::try_from_secs_f64(1.0 / rate).unwrap_or(Duration::MAX), next: Mutex::default() }
    }

    /// Waits for the next turn.
    pub(crate) async fn keep(&self) {
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
            *next = turn.checked_add(self.interval);
            turn
        };
        sleep_until(turn).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_are_evenly_spaced_however_many_wait() {
        let pace = Pace::new(4.0);
        let start = Instant::now();
        let turn = || async {
            pace.keep().await;
            start.elapsed()
        };
        let turns: [Duration; 3] = tokio::join!(turn(), turn(), turn()).into();
        // The timer rounds up to milliseconds.
        assert_eq!(turns.map(|turn| turn.as_millis() / 10), [0, 25, 50]);
        tokio::time::advance(Duration::from_secs(9)).await;
        let late = start.elapsed();
        pace.keep().await;
        assert!(start.elapsed() - late < Duration::from_millis(10), "a missed turn is not made up for");
    }
}

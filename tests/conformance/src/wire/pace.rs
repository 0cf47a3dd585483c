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
        sleep_until(self.turn(Instant::now())).await;
    }

    /// Takes the next turn that is not before `now`.
    fn turn(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.map_or(now, |next| next.max(now));
        *next = turn.checked_add(self.interval);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_evenly_spaced_however_many_wait() {
        let pace = Pace::new(4.0);
        let start = Instant::now();
        let turns = [pace.turn(start), pace.turn(start), pace.turn(start)];
        assert_eq!(turns.map(|turn| (turn - start).as_millis()), [0, 250, 500]);
        let late = start + Duration::from_secs(9);
        assert_eq!(pace.turn(late), late, "a missed turn is not made up for");
        assert_eq!((pace.turn(late) - late).as_millis(), 250);
    }
}

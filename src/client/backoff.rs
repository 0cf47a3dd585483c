//! The pause before the next attempt.
//!
//! Written by hand: backon adds its jitter to a pause, and supports neither `Retry-After` nor a deadline, so only a
//! loop would remain.

use std::time::Duration;

/// Returns a random part of a maximum that doubles with every attempt (full jitter), so that clients that failed
/// together do not retry together.
///
/// `attempt` is the number of the attempt that just failed. The pause is at most `base` after the first, and never more
/// than `cap`.
pub(crate) fn full_jitter(base: Duration, cap: Duration, attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    base.saturating_mul(1 << doublings).min(cap).mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_its_cap_and_is_a_part_of_that() {
        let (base, cap) = (Duration::from_millis(100), Duration::from_millis(500));
        for (attempt, ceiling) in [(1, 100), (2, 200), (3, 400), (4, 500), (40, 500), (u32::MAX, 500)] {
            let pauses: Vec<Duration> = (0..1000).map(|_| full_jitter(base, cap, attempt)).collect();
            let ceiling = Duration::from_millis(ceiling);
            assert!(pauses.iter().all(|pause| *pause <= ceiling), "attempt {attempt}");
            // Full jitter uses both ends of the range. The chance that none of a thousand pauses is there is 10^-45.
            assert!(pauses.iter().any(|pause| *pause < ceiling / 10), "attempt {attempt}");
            assert!(pauses.iter().any(|pause| *pause > ceiling - ceiling / 10), "attempt {attempt}");
        }
        // Must not panic.
        let longest = (0..1000).map(|_| full_jitter(Duration::MAX, Duration::MAX, 2)).max();
        assert!(longest < Some(Duration::MAX));
    }
}

//! How long to wait before the next attempt.
//!
//! By hand, because what backon calls jitter is added to a pause, and neither `Retry-After` nor a deadline has a place in
//! it: what would be left of it is a loop.

use std::time::Duration;

/// A random part of a time that doubles with every attempt: full jitter, so that clients which failed together do not come
/// back together.
///
/// `attempt` is the number of the one that has just failed. The pause lies between nothing and `base` after the first, and
/// never beyond `cap`.
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
            // Full jitter: both ends of the range are used. That none of a thousand is there happens once in 10^45.
            assert!(pauses.iter().any(|pause| *pause < ceiling / 10), "attempt {attempt}");
            assert!(pauses.iter().any(|pause| *pause > ceiling - ceiling / 10), "attempt {attempt}");
        }
        // Whatever it gives, it is no panic.
        let longest = (0..1000).map(|_| full_jitter(Duration::MAX, Duration::MAX, 2)).max();
        assert!(longest < Some(Duration::MAX));
    }
}

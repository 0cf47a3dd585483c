//! The emulator's time: the system's, plus what the control plane has advanced it by.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use crate::error::ControlError;

/// A hundred years: far enough for any session, and no overflow anywhere.
const FURTHEST_AHEAD_MS: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_ms: AtomicI64,
}

impl Clock {
    /// Now, in whole milliseconds: what is written is exactly what is compared.
    pub(crate) fn now(&self) -> Timestamp {
        let ms = Timestamp::now().as_millisecond() + self.ahead_ms.load(Ordering::Relaxed);
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn advance(&self, by: Duration) -> Result<(), ControlError> {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead_ms
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |ahead| {
                ahead.checked_add(by).filter(|sum| *sum <= FURTHEST_AHEAD_MS)
            })
            .map(drop)
            .map_err(|_| ControlError::invalid("advance_ms", "further than a hundred years ahead"))
    }

    pub(crate) fn reset(&self) {
        self.ahead_ms.store(0, Ordering::Relaxed);
    }
}

/// RFC 3339 with milliseconds and `Z`, as in the reference's example.
pub(crate) fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_second_keeps_its_milliseconds() {
        assert_eq!(text(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn the_clock_cannot_be_advanced_beyond_a_hundred_years() {
        let clock = Clock::default();
        assert!(clock.advance(Duration::MAX).is_err());
        assert!(clock.advance(Duration::from_secs(60)).is_ok());
        assert!(clock.now() > Timestamp::now());
        clock.reset();
        assert!(clock.now() <= Timestamp::now());
    }
}

//! How long to wait before the next attempt.
//!
//! By hand, because what backon calls jitter is added to a pause, and neither `Retry-After` nor a deadline has a place in
//! it: what would be left of it is a loop.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// A random part of a time that doubles with every attempt: full jitter, so that clients which failed together do not come
/// back together.
///
/// `attempt` is the number of the one that has just failed. The pause lies between nothing and `base` after the first, and
/// never beyond `cap`.
pub(crate) fn full_jitter(base: Duration, cap: Duration, attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    base.saturating_mul(1 << doublings).min(cap).mul_f64(fastrand::f64())
}

/// The longest wait that is believed; a server that asks for more asks for never.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The wait that a server asks for: seconds, or a date.
///
/// A date is counted from the answer's own `Date`, which the same clock has written; without one, from this machine's. Of
/// several values the longest counts, and one that cannot be read counts as none.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let sent = headers.get(DATE).and_then(|value| date(value.to_str().ok()?.trim())).unwrap_or(now);
    let wait = |text: &str| {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // More digits than fit are a long time all the same.
            Some(text.parse().map_or(LONGEST, Duration::from_secs))
        } else {
            date(text).map(|at| at.duration_since(sent).unwrap_or_default())
        }
    };
    let waits = headers.get_all(RETRY_AFTER).iter().filter_map(|value| wait(value.to_str().ok()?.trim()));
    waits.max().map(|wait| wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(retry_after: &[&str], sent: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for value in retry_after {
            headers.append(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
        }
        if let Some(sent) = sent {
            headers.insert(DATE, HeaderValue::from_str(sent).unwrap());
        }
        super::retry_after(&headers, SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777))
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(asked(&["0"], None), seconds(0));
        assert_eq!(asked(&["120"], None), seconds(120));
        assert_eq!(asked(&[" 7 "], None), seconds(7));
        // 784111777 is Sun, 06 Nov 1994 08:49:37 GMT.
        assert_eq!(asked(&["Sun, 06 Nov 1994 08:49:40 GMT"], None), seconds(3));
        assert_eq!(asked(&["Sunday, 06-Nov-94 08:49:40 GMT"], None), seconds(3));
        assert_eq!(asked(&["Sun, 06 Nov 1994 08:00:00 GMT"], None), seconds(0));
        assert_eq!(asked(&["5", "9", "soon"], None), seconds(9));
    }

    #[test]
    fn a_date_is_counted_from_the_clock_that_wrote_it() {
        // The server is an hour ahead of this machine.
        let sent = Some("Sun, 06 Nov 1994 09:49:37 GMT");
        assert_eq!(asked(&["Sun, 06 Nov 1994 09:49:40 GMT"], sent), Some(Duration::from_secs(3)));
    }

    #[test]
    fn what_cannot_be_read_asks_for_nothing_and_what_is_endless_for_a_year() {
        for text in ["", "soon", "-1", "1.5", "0x10", "1 2"] {
            assert_eq!(asked(&[text], None), None, "{text:?}");
        }
        assert_eq!(asked(&[], None), None);
        assert_eq!(asked(&["99999999999999999999999999"], None), Some(LONGEST));
    }

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

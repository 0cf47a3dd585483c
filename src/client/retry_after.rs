//! Parses `Retry-After` (RFC 9110, 10.2.3): a number of seconds, or a date.

use std::time::{Duration, SystemTime};

/// The maximum wait: a server that asks for more means never.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the wait that the values of `Retry-After` ask for.
///
/// A date is relative to the response's own `Date`, which comes from the same clock, or else to `now`. If the two differ
/// by more than a day, one of the clocks is wrong, and the shorter wait counts. Seconds may have a fraction. Of several values
/// the longest counts; unreadable ones are ignored.
pub fn wait<'v>(values: impl IntoIterator<Item = &'v str>, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let sent = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok()).unwrap_or(now);
    let difference = now.duration_since(sent).unwrap_or_else(|ahead| ahead.duration());
    let sent = if difference > DAY { sent.max(now) } else { sent };
    values.into_iter().filter_map(|value| parse(value, sent).or_else(|| fraction(value))).max()
}

/// Whether a value has one of the two forms.
#[must_use]
pub fn is_valid(value: &str) -> bool {
    parse(value, SystemTime::UNIX_EPOCH).is_some()
}

fn parse(value: &str, sent: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit mean a very long time.
        Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST))
    } else {
        let at = httpdate::parse_http_date(value).ok()?;
        Some(at.duration_since(sent).unwrap_or_default().min(LONGEST))
    }
}

/// Reads seconds with a fraction, which the standard does not have, but which servers send: to ignore them would be to retry too
/// soon.
fn fraction(value: &str) -> Option<Duration> {
    let value = value.trim();
    let (whole, part) = value.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: f64 = value.parse().ok().filter(|_| is_number(whole) && is_number(part))?;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(values: &[&str], date: Option<&str>) -> Option<Duration> {
        wait(values.iter().copied(), date, SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777))
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
    fn a_date_is_relative_to_the_servers_clock() {
        // The server is an hour ahead of this machine.
        let sent = Some("Sun, 06 Nov 1994 09:49:37 GMT");
        assert_eq!(asked(&["Sun, 06 Nov 1994 09:49:40 GMT"], sent), Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_clock_that_is_years_off_asks_for_no_wait_of_years() {
        for (date, wait) in [
            // The server's clock has never been set.
            ("Thu, 01 Jan 1970 00:00:07 GMT", 3),
            // This machine's clock is behind.
            ("Wed, 06 Nov 2024 08:49:37 GMT", 0),
        ] {
            let asked = asked(&["Sun, 06 Nov 1994 08:49:40 GMT"], Some(date));
            assert_eq!(asked, Some(Duration::from_secs(wait)), "{date}");
        }
    }

    #[test]
    fn fractions_count_other_values_are_ignored_and_huge_ones_are_limited_to_a_year() {
        for valid in ["0", "120", " 1 ", "99999999999999999999999", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert!(is_valid(valid), "{valid}");
        }
        for (fraction, millis) in [("1.5", 1500), (" 2.0 ", 2000), ("0.25", 250)] {
            assert!(!is_valid(fraction), "{fraction}");
            assert_eq!(asked(&[fraction], None), Some(Duration::from_millis(millis)));
        }
        let huge = format!("{}.5", "9".repeat(400));
        assert_eq!(asked(&[&huge], None), Some(LONGEST));
        for invalid in [
            "",
            "soon",
            "-1",
            "+1",
            "-1.5",
            "1.",
            ".5",
            "1.5.5",
            "1.5e3",
            "1s",
            "0x10",
            "1 2",
            "1994-11-06T08:49:37Z",
            "Sun, 06 Nov 1994",
        ] {
            assert!(!is_valid(invalid), "{invalid}");
            assert_eq!(asked(&[invalid], None), None, "{invalid}");
        }
        assert_eq!(asked(&[], None), None);
        assert_eq!(asked(&["99999999999999999999999999"], None), Some(LONGEST));
    }
}

//! Parses `Retry-After` (RFC 9110, 10.2.3): a number of seconds, or a date.

use std::time::{Duration, SystemTime};

/// The maximum wait: a server that asks for more means never.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the wait that the values of `Retry-After` ask for.
///
/// A date is relative to the response's own `Date`, which comes from the same clock, or else to `now`. If the two
/// differ by more than a day, one of the clocks is wrong, and the one nearer to the date counts. Seconds may have a
/// fraction. Of several values the longest counts; unreadable ones are ignored.
pub fn wait<'v>(values: impl IntoIterator<Item = &'v str>, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let sent = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok()).unwrap_or(now);
    values.into_iter().filter_map(|value| parse(value, sent, now).or_else(|| fraction(value))).max()
}

/// Returns the time until `at`, if the response was sent at `sent` by its own clock, and arrived at `now` by ours.
///
/// If the clocks are more than a day apart, the one that is nearer to `at` counts.
fn until(at: SystemTime, sent: SystemTime, now: SystemTime) -> Duration {
    let apart = |one: SystemTime, other: SystemTime| one.duration_since(other).unwrap_or_else(|ahead| ahead.duration());
    let is_ours = apart(sent, now) > DAY && apart(at, now) < apart(at, sent);
    at.duration_since(if is_ours { now } else { sent }).unwrap_or_default()
}

/// Whether a value has one of the two forms.
#[must_use]
pub fn is_valid(value: &str) -> bool {
    parse(value, SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH).is_some()
}

fn parse(value: &str, sent: SystemTime, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit mean a very long time.
        Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST))
    } else {
        let at = httpdate::parse_http_date(value).ok()?;
        Some(until(at, sent, now).min(LONGEST))
    }
}

/// Reads seconds with a fraction, which the standard does not have, but which servers send: to ignore them would be to
/// retry too soon.
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
    fn if_the_clocks_are_more_than_a_day_apart_the_nearer_one_counts() {
        // It is Sun, 06 Nov 1994 08:49:37 GMT by this machine's clock.
        for (what, date, until, wait) in [
            ("behind, the date is right", "Thu, 01 Jan 1970 00:00:07 GMT", "Sun, 06 Nov 1994 08:49:40 GMT", 3),
            (
                "behind, the date is right, and over",
                "Thu, 01 Jan 1970 00:00:07 GMT",
                "Sun, 06 Nov 1994 08:49:36 GMT",
                0,
            ),
            ("behind", "Thu, 01 Jan 1970 00:00:07 GMT", "Thu, 01 Jan 1970 00:00:37 GMT", 30),
            ("behind, and over", "Thu, 01 Jan 1970 00:00:07 GMT", "Thu, 01 Jan 1970 00:00:06 GMT", 0),
            ("two days behind", "Fri, 04 Nov 1994 08:49:37 GMT", "Fri, 04 Nov 1994 08:50:07 GMT", 30),
            ("ahead, the date is right", "Wed, 06 Nov 2024 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:40 GMT", 3),
            ("ahead", "Wed, 06 Nov 2024 08:49:37 GMT", "Wed, 06 Nov 2024 08:50:07 GMT", 30),
            ("ahead, and over", "Wed, 06 Nov 2024 08:49:37 GMT", "Wed, 06 Nov 2024 08:49:36 GMT", 0),
            ("two days ahead", "Tue, 08 Nov 1994 08:49:37 GMT", "Tue, 08 Nov 1994 08:50:07 GMT", 30),
            ("two days ahead, and over", "Tue, 08 Nov 1994 08:49:37 GMT", "Tue, 08 Nov 1994 08:49:36 GMT", 0),
            // Less than a day: the server's clock counts.
            ("an hour ahead, and over", "Sun, 06 Nov 1994 09:49:37 GMT", "Sun, 06 Nov 1994 09:49:36 GMT", 0),
            ("an hour behind", "Sun, 06 Nov 1994 07:49:37 GMT", "Sun, 06 Nov 1994 09:49:37 GMT", 7200),
        ] {
            assert_eq!(asked(&[until], Some(date)), Some(Duration::from_secs(wait)), "{what}");
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

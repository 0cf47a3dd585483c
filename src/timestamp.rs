use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, kept as the text that the server sent.
///
/// The text is kept exactly (`…00.000Z` does not become `…00Z`), so that a stored session equals the received one. A
/// text that is not an RFC 3339 timestamp is kept as well, without an instant: it must not make the response
/// unreadable.
///
/// Two timestamps are equal if their texts are; compare [`to_system_time`](Self::to_system_time) for the same instant.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let at = zerogate::Timestamp::from("2026-05-26T12:00:00.000Z");
/// assert_eq!(at.to_string(), "2026-05-26T12:00:00.000Z");
/// assert_eq!(at.to_system_time(), Some(UNIX_EPOCH + Duration::from_secs(1_779_796_800)));
/// assert_eq!(zerogate::Timestamp::from("soon").to_system_time(), None);
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Timestamp {
    text: Box<str>,
}

impl Timestamp {
    /// The text as the server sent it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant of the text, or `None` if it is not an RFC 3339 timestamp.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use zerogate::Timestamp;
    ///
    /// let expected = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
    /// assert_eq!(Timestamp::from("1970-01-01T00:00:01.500Z").to_system_time(), Some(expected));
    /// assert_eq!(Timestamp::from("tomorrow").to_system_time(), None);
    /// ```
    #[must_use]
    pub fn to_system_time(&self) -> Option<SystemTime> {
        instant(&self.text)
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self { text: text.into() }
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self { text: text.into() }
    }
}

/// Writes the instant in UTC with milliseconds, as the server does.
impl From<SystemTime> for Timestamp {
    fn from(instant: SystemTime) -> Self {
        let millis = match instant.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_nanos().div_ceil(1_000_000)).map_or(i64::MIN, |millis| -millis)
            }
        };
        // RFC 3339 only covers the years 0000 to 9999: other instants become the nearest one in that range.
        let millis = millis.clamp(YEAR_ZERO * 1000, YEAR_TEN_THOUSAND * 1000 - 1);
        let (seconds, millis) = (millis.div_euclid(1000), millis.rem_euclid(1000));
        let (year, month, day) = date(seconds.div_euclid(DAY));
        let second = seconds.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        Self::from(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({:?})", self.text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

const DAY: i64 = 24 * 60 * 60;
/// The first second of the year 0000.
const YEAR_ZERO: i64 = -62_167_219_200;
const YEAR_TEN_THOUSAND: i64 = 253_402_300_800;

/// The days from 1970 to a date of the Gregorian calendar, and [`date`] the other way.
///
/// By hand (Howard Hinnant, *chrono-Compatible Low-Level Date Algorithms*), because this is all of a calendar that
/// users of the types would have to compile.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years start in March, so that the leap day is the last day.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468
}

/// Returns the date for a number of days since 1970.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Parses an RFC 3339 timestamp, strictly.
fn instant(text: &str) -> Option<SystemTime> {
    let (local, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(local) => (local, 0),
        None => {
            let (local, offset) = text.split_at_checked(text.len().checked_sub("+00:00".len())?)?;
            (local, offset_seconds(offset)?)
        }
    };
    let (seconds, fraction) = match local.split_once('.') {
        Some((seconds, fraction)) => (seconds, Some(fraction)),
        None => (local, None),
    };
    let is_shaped = seconds.len() == "0000-00-00T00:00:00".len()
        && seconds.bytes().zip("0000-00-00T00:00:00".bytes()).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't'),
            other => byte == other,
        })
        && fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_shaped {
        return None;
    }
    let mut numbers = seconds.split(['-', 'T', 't', ':']).map_while(|number| number.parse().ok());
    let [year, month, day, hour, minute, second] = std::array::from_fn(|_| numbers.next().unwrap_or(i64::MAX));
    // A leap second is allowed, and read as the 59th second.
    if !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = Some(days(year, month, day)).filter(|days| date(*days) == (year, month, day))?;
    let seconds = days * DAY + hour * 3600 + minute * 60 + second.min(59) - offset;
    let nanoseconds = fraction.map_or("0", |digits| digits.get(..9).unwrap_or(digits));
    let nanoseconds: u32 = format!("{nanoseconds:0<9}").parse().ok()?;
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let whole = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(whole)?
    } else {
        SystemTime::UNIX_EPOCH.checked_add(whole)?
    };
    whole.checked_add(Duration::from_nanos(nanoseconds.into()))
}

/// `+02:00` in seconds.
fn offset_seconds(offset: &str) -> Option<i64> {
    let (sign, rest) = match offset.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let two_digits = |text: &str| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<i64>().ok()).flatten()
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn an_instant_is_written_as_the_server_writes_it() {
        let at = Timestamp::from(UNIX_EPOCH + Duration::from_millis(1_779_796_800_007));
        assert_eq!(at.as_str(), "2026-05-26T12:00:00.007Z");
    }

    #[test]
    fn an_offset_names_the_same_instant_and_keeps_its_text() {
        let utc = Timestamp::from("2026-05-26T12:00:00.000Z");
        let offset = Timestamp::from("2026-05-26T14:00:00+02:00");
        assert_eq!(utc.to_system_time(), offset.to_system_time());
        assert_eq!(offset.as_str(), "2026-05-26T14:00:00+02:00");
        assert_ne!(utc, offset);
    }

    #[test]
    fn only_rfc_3339_names_an_instant() {
        for text in [
            "9999-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "2026-05-26t12:00:00.123456789123z",
            "2026-05-26T12:00:00-23:59",
            "2024-02-29T00:00:00Z",
        ] {
            assert!(Timestamp::from(text).to_system_time().is_some(), "{text}");
        }
        for text in [
            "",
            "Z",
            "é+00:00",
            "2026-05-26",
            "2026-05-26 12:00:00Z",
            "2026-05-26T12:00Z",
            "20260526T120000Z",
            "2026-05-26T12:00:00",
            "2026-05-26T12:00:00.Z",
            "2026-05-26T12:00:00+0200",
            "2026-05-26T12:00:00+24:00",
            "2026-02-30T12:00:00Z",
            "2026-05-26T12:00:00Z[Europe/Paris]",
            "-000001-01-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::from(text).to_system_time(), None, "{text}");
        }
    }

    #[test]
    fn written_values_are_read_back() {
        for millis in [0, 7, 1_779_796_800_007, 253_370_764_800_000] {
            let at = UNIX_EPOCH + Duration::from_millis(millis);
            assert_eq!(Timestamp::from(at).to_system_time(), Some(at));
        }
        let early = UNIX_EPOCH - Duration::from_millis(1_500);
        assert_eq!(Timestamp::from(early).to_system_time(), Some(early));
    }

    #[test]
    fn the_calendar_is_that_of_jiff() {
        // Every eleventh day of ten thousand years: each day of the year comes up.
        let mut at = jiff::civil::date(0, 1, 1);
        let epoch = jiff::civil::date(1970, 1, 1);
        loop {
            let known = (at.year().into(), at.month().into(), at.day().into());
            let counted = i64::from(at.since((jiff::Unit::Day, epoch)).unwrap().get_days());
            assert_eq!((days(known.0, known.1, known.2), date(counted)), (counted, known), "{at}");
            match at.checked_add(jiff::ToSpan::days(11)) {
                Ok(next) => at = next,
                Err(_) => break,
            }
        }
        for (year, month, day) in
            [(2026, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 1, 0), (2026, 0, 1), (2026, 13, 1)]
        {
            let text = format!("{year}-{month:02}-{day:02}T00:00:00Z");
            assert_eq!(Timestamp::from(text.as_str()).to_system_time(), None, "{text}");
        }
        let (before, after) =
            (UNIX_EPOCH.checked_sub(Duration::from_secs(1 << 40)), UNIX_EPOCH + Duration::from_secs(1 << 40));
        assert!(before.is_none_or(|before| Timestamp::from(before).as_str() == "0000-01-01T00:00:00.000Z"));
        assert_eq!(Timestamp::from(after).as_str(), "9999-12-31T23:59:59.999Z");
        assert_eq!(
            Timestamp::from("2016-12-31T23:59:60Z").to_system_time(),
            Timestamp::from("2016-12-31T23:59:59Z").to_system_time()
        );
    }

    #[test]
    fn text_that_is_not_a_timestamp_is_kept() {
        let odd: Timestamp = serde_json::from_str("\"2026-05-26 at noon\"").unwrap();
        assert_eq!(odd.to_system_time(), None);
        assert_eq!(serde_json::to_string(&odd).unwrap(), "\"2026-05-26 at noon\"");
    }
}

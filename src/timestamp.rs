use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time as the server wrote it: its text, and what the text means.
///
/// The text is kept to the letter (`…00.000Z` does not come back as `…00Z`), so that a session that is stored and
/// compared later is the session that was received. Text that is no RFC 3339 timestamp is kept as well, without a
/// meaning: it must not make the response around it unreadable.
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
    /// The text as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant that the text names, or `None` if it is no RFC 3339 timestamp.
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
        // Outside of the years 0000 to 9999 there is no RFC 3339 text; the nearest end of the range stands for it.
        let before = instant < SystemTime::UNIX_EPOCH;
        let instant = jiff::Timestamp::try_from(instant);
        let instant = instant.unwrap_or(if before { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX });
        if instant.as_second() < YEAR_ZERO {
            return Self::from("0000-01-01T00:00:00.000Z");
        }
        Self::from(format!("{instant:.3}"))
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

/// The first second of the year 0000.
const YEAR_ZERO: i64 = -62_167_219_200;

/// Reads a timestamp of RFC 3339, and nothing else that looks like one.
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
    let civil: jiff::civil::DateTime = seconds.to_ascii_uppercase().parse().ok()?;
    let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
    let seconds = civil.duration_since(epoch).as_secs().checked_sub(offset)?;
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
    fn what_is_written_is_read_back() {
        for millis in [0, 7, 1_779_796_800_007, 253_370_764_800_000] {
            let at = UNIX_EPOCH + Duration::from_millis(millis);
            assert_eq!(Timestamp::from(at).to_system_time(), Some(at));
        }
        let early = UNIX_EPOCH - Duration::from_millis(1_500);
        assert_eq!(Timestamp::from(early).to_system_time(), Some(early));
    }

    #[test]
    fn text_that_is_no_timestamp_is_kept() {
        let odd: Timestamp = serde_json::from_str("\"2026-05-26 at noon\"").unwrap();
        assert_eq!(odd.to_system_time(), None);
        assert_eq!(serde_json::to_string(&odd).unwrap(), "\"2026-05-26 at noon\"");
    }
}

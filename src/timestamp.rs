use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time as the server wrote it: its text, and what the text means.
///
/// The text is kept to the letter (`…00.000Z` does not come back as `…00Z`), so that a session that is stored and
/// compared later is the session that was received. Text that is no RFC 3339 timestamp is kept as well, without a
/// meaning: it must not make the answer around it unreadable.
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
        self.text.parse::<jiff::Timestamp>().ok().map(SystemTime::from)
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
        // Out of the range of years 1 to 9999 there is no RFC 3339 text; the nearest end of the range stands for it.
        let instant = jiff::Timestamp::try_from(instant).unwrap_or_else(|_| {
            if instant < SystemTime::UNIX_EPOCH { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX }
        });
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
    fn text_that_is_no_timestamp_is_kept() {
        let odd: Timestamp = serde_json::from_str("\"2026-05-26 at noon\"").unwrap();
        assert_eq!(odd.to_system_time(), None);
        assert_eq!(serde_json::to_string(&odd).unwrap(), "\"2026-05-26 at noon\"");
    }
}

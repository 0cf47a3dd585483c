use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The status of a session.
///
/// Only an open session changes; the other three documented statuses are terminal (reference, *Cancel is only valid
/// from open*). A status that is not in the reference is kept; one of more than 64 characters is cut off between words,
/// and control characters are escaped, so that it is safe to print. The JSON of the session keeps it unchanged.
///
/// ```
/// use zerogate::SessionStatus;
///
/// assert!(SessionStatus::Completed.is_terminal());
/// let frozen = SessionStatus::from("frozen");
/// assert_eq!(frozen.as_str(), "frozen");
/// assert!(!frozen.is_terminal());
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SessionStatus {
    /// The session can be completed, be cancelled or expire.
    Open,
    /// The customer completed the session.
    Completed,
    /// The session expired.
    Expired,
    /// The session was cancelled.
    Cancelled,
    /// A status that is not in the reference, as the server sent it: at most 64 characters, control characters escaped.
    Unknown(UnknownStatus),
}

/// The maximum number of characters of a status.
const LONGEST: usize = 64;

/// A status that is not in the reference. It is safe to print.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct UnknownStatus(Box<str>);

impl SessionStatus {
    /// The status as the server writes it, such as `cancelled`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Unknown(status) => &status.0,
        }
    }

    /// Whether the status is final: `completed`, `expired` or `cancelled`.
    ///
    /// ```
    /// use zerogate::SessionStatus;
    ///
    /// assert!(SessionStatus::Completed.is_terminal());
    /// assert!(!SessionStatus::Open.is_terminal());
    /// ```
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed | Self::Expired | Self::Cancelled)
    }
}

impl From<&str> for SessionStatus {
    fn from(text: &str) -> Self {
        let known = [Self::Open, Self::Completed, Self::Expired, Self::Cancelled];
        known
            .into_iter()
            .find(|status| status.as_str() == text)
            .unwrap_or_else(|| Self::Unknown(UnknownStatus(printable(text))))
    }
}

/// Escapes characters that do not print, and cuts the text between words. Leaves a text that is already like that
/// unchanged.
fn printable(text: &str) -> Box<str> {
    let mut shown = String::new();
    let mut length = 0;
    for letter in text.chars() {
        // Quotes and backslashes print.
        let is_plain = matches!(letter, '"' | '\'' | '\\');
        let new = if is_plain { letter.to_string() } else { letter.escape_debug().to_string() };
        length += new.chars().count();
        if length > LONGEST {
            // Half a word could be half a secret, which nobody who looks for the whole one would find.
            shown.truncate(shown.rfind(' ').map_or(0, |blank| blank + 1));
            shown.push('…');
            break;
        }
        shown.push_str(&new);
    }
    shown.into()
}

impl FromStr for SessionStatus {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text))
    }
}

impl fmt::Display for UnknownStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for SessionStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SessionStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for SessionStatus {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SessionStatus".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_is_short_and_printable() {
        let long = "A".repeat(900_000);
        for (text, shown) in [
            ("frozen", "frozen".to_owned()),
            ("on hold \"é\" \\", "on hold \"é\" \\".to_owned()),
            ("", String::new()),
            ("\u{1b}[2J\n2026 INFO paid", "\\u{1b}[2J\\n2026 INFO paid".to_owned()),
            ("\u{202e}nepo", "\\u{202e}nepo".to_owned()),
            (&"A".repeat(LONGEST), "A".repeat(LONGEST)),
            (&long, "…".to_owned()),
            (&format!("Bearer {} ", "B".repeat(70)), "Bearer …".to_owned()),
            (&format!("{} {long}", "B".repeat(LONGEST - 1)), format!("{} …", "B".repeat(LONGEST - 1))),
            ("Cancelled", "Cancelled".to_owned()),
        ] {
            let status = SessionStatus::from(text);
            assert_eq!(status.as_str(), shown);
            assert!(!status.is_terminal());
            // A record that is read again stays the same, up to the mark of the cut.
            assert_eq!(SessionStatus::from(shown.as_str()), status);
        }
    }
}

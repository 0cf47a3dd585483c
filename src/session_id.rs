use std::fmt;
use std::str::FromStr;

use serde::de::{self, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The id of a gate session, safe to use in a URL path.
///
/// Ids are opaque (reference, *Request*: a string). Only texts that cannot be the id of a session are rejected:
///
/// - an id that would change the path of the request: an empty one, `.`, `..`, one with a slash or backslash;
/// - one that starts or ends with whitespace, as if it was read from a file with its line break;
/// - one with a control character, or an invisible character that changes the direction of text;
/// - one of more than 1,024 bytes;
/// - one that starts like an API key.
///
/// All others are sent as one percent-encoded path segment.
///
/// ```
/// use zerogate::SessionId;
///
/// let id = SessionId::new("67a1f3b9e4b0c10001234567")?;
/// assert_eq!(id.as_str(), "67a1f3b9e4b0c10001234567");
/// assert!(SessionId::new("..").is_err());
/// # Ok::<(), zerogate::InvalidSessionId>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SessionId(Box<str>);

/// The error for a text that is not a session id. Does not repeat the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a session id: {reason}")]
pub struct InvalidSessionId {
    reason: &'static str,
}

/// The maximum length in bytes. The reference names none; 24 characters are usual, and servers accept URLs of about
/// 8,000.
const LONGEST: usize = 1024;

/// How API keys and webhook secrets start. Ids are sent in URLs, logged and stored.
const KEYS: [&str; 3] = ["sk_", "pk_", "whsec_"];

/// Whether a character changes the direction of the text around it (Unicode, UAX #9).
fn is_bidi(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl SessionId {
    /// Creates a session id from the server's text.
    ///
    /// ```
    /// use zerogate::SessionId;
    ///
    /// assert_eq!(SessionId::new("67a1f3b9e4b0c10001234567")?.as_str(), "67a1f3b9e4b0c10001234567");
    /// assert!(SessionId::new("../other").is_err());
    /// # Ok::<(), zerogate::InvalidSessionId>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the id is empty, `.` or `..`, contains a slash, a backslash, a control character or one that changes
    /// the direction of text, starts or ends with whitespace, has more than 1,024 bytes, or starts like an API key
    /// (`sk_`, `pk_`, `whsec_`): a key in place of an id would be sent in the URL, logged and stored.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidSessionId> {
        let id = id.into();
        let reason = if id.is_empty() {
            "it is empty, and the request would address the list of sessions"
        } else if id == "." || id == ".." {
            "`.` and `..` are steps in a path, and the request would address something else"
        } else if id.contains(['/', '\\']) {
            "a slash or backslash in it would make the request address something else"
        } else if id.contains(char::is_control) {
            "it contains a control character, perhaps a line end from a file; remove it"
        } else if id.contains(is_bidi) {
            "it contains an invisible character that changes the direction of text"
        } else if id.trim().len() != id.len() {
            "it starts or ends with whitespace, perhaps from a file; remove it"
        } else if id.len() > LONGEST {
            "it has more than 1,024 bytes"
        } else if KEYS.iter().any(|prefix| id.starts_with(prefix)) {
            "it looks like an API key, which must not be in a URL: perhaps two variables are swapped"
        } else {
            return Ok(Self(id.into()));
        };
        Err(InvalidSessionId { reason })
    }

    /// The id as the server sent it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for SessionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        Self::new(id)
    }
}

impl TryFrom<&str> for SessionId {
    type Error = InvalidSessionId;

    fn try_from(id: &str) -> Result<Self, Self::Error> {
        Self::new(id)
    }
}

impl TryFrom<String> for SessionId {
    type Error = InvalidSessionId;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        Self::new(id)
    }
}

impl TryFrom<&String> for SessionId {
    type Error = InvalidSessionId;

    fn try_from(id: &String) -> Result<Self, Self::Error> {
        Self::new(id.as_str())
    }
}

impl From<&SessionId> for SessionId {
    fn from(id: &SessionId) -> Self {
        id.clone()
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        // Not its text, which a log may show.
        let refuse = |error: InvalidSessionId| {
            de::Error::invalid_value(
                Unexpected::Other("string"),
                &format!("a session id, but {}", error.reason).as_str(),
            )
        };
        Self::new(id).map_err(refuse)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for SessionId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SessionId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": LONGEST })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_would_change_the_path_is_refused() {
        for id in ["", ".", "..", "a/b", "/", "a\\b", "a\nb", "\u{7f}", "\0"] {
            assert!(SessionId::new(id).is_err(), "{id:?} was taken");
        }
    }

    #[test]
    fn an_id_that_no_server_makes_is_refused() {
        for id in [" ", "67a1 ", "\u{a0}67a1", "67a1\u{202e}", "\u{2066}67a1", &"x".repeat(LONGEST + 1)] {
            assert!(SessionId::new(id).is_err(), "{id:?} was taken");
        }
    }

    #[test]
    fn a_key_in_place_of_an_id_is_refused() {
        for id in ["sk_test_canary", "sk_live_canary", "pk_test_canary", "whsec_canary"] {
            assert!(SessionId::new(id).is_err(), "{id:?} was taken");
        }
    }

    #[test]
    fn an_odd_id_that_stays_one_segment_is_taken() {
        for id in ["%2e%2e", "a%2Fb", "a?b", "a#b", "a b", "é", "...", "-", "sess_1", &"x".repeat(LONGEST)] {
            assert!(SessionId::new(id).is_ok(), "{id:?} was refused");
        }
    }

    #[test]
    fn the_message_says_what_to_do_and_does_not_repeat_the_text() {
        for id in ["a\n", " a"] {
            assert!(SessionId::new(id).unwrap_err().to_string().ends_with(" from a file; remove it"), "{id:?}");
        }
        let error = SessionId::new("sk_test_pasted/by/mistake").unwrap_err();
        assert!(!error.to_string().contains("sk_test"), "{error}");
    }
}

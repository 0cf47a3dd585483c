use std::env::{self, VarError};
use std::fmt;
use std::str::FromStr;

use http::HeaderValue;
use zeroize::Zeroizing;

/// A partner's secret key, `sk_test_…` or `sk_live_…`.
///
/// It is never printed: `Debug` shows the mode and `[redacted]`, there is no `Display`, and no error repeats a
/// rejected key. Its memory is wiped on drop. (Reference, *Production rules*: this endpoint requires an `sk_*` key, on
/// your server.)
///
/// ```
/// use zerogate::SecretKey;
///
/// let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
/// assert_eq!(format!("{key:?}"), "SecretKey(test, [redacted])");
/// assert!("pk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse::<SecretKey>().is_err());
/// # Ok::<(), zerogate::InvalidSecretKey>(())
/// ```
#[derive(Clone)]
pub struct SecretKey(Zeroizing<String>);

/// The mode of a key, according to its prefix.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KeyMode {
    /// `sk_test_…`: no real money.
    Test,
    /// `sk_live_…`: real money.
    Live,
    /// Any other `sk_…`: unknown, so treat it as live.
    Unknown,
}

impl fmt::Display for KeyMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Test => "test",
            Self::Live => "live",
            Self::Unknown => "unknown mode",
        })
    }
}

/// The error for a text that is not a secret key. Does not repeat the text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{place}{reason}")]
pub struct InvalidSecretKey {
    place: String,
    reason: &'static str,
}

impl SecretKey {
    /// Creates a secret key from its text.
    ///
    /// ```
    /// use zerogate::{KeyMode, SecretKey};
    ///
    /// let key = SecretKey::new("sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")?;
    /// assert_eq!(key.mode(), KeyMode::Test);
    /// assert!(!format!("{key:?}").contains("xxxx"));
    /// # Ok::<(), zerogate::InvalidSecretKey>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the text does not start with `sk_`, has nothing after the prefix, or contains a space, a line end or
    /// another character that is not allowed in a header. The error does not repeat the text.
    pub fn new(key: impl Into<String>) -> Result<Self, InvalidSecretKey> {
        // In the wiping wrapper from the start, so that a rejected key is wiped too.
        let key = Zeroizing::new(key.into());
        match refusal(&key) {
            None => Ok(Self(key)),
            Some(reason) => Err(InvalidSecretKey { place: String::new(), reason }),
        }
    }

    /// Reads a secret key from an environment variable, by convention `GATE_KEY`.
    ///
    /// ```no_run
    /// let key = zerogate::SecretKey::from_env("GATE_KEY")?;
    /// # Ok::<(), zerogate::InvalidSecretKey>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the variable is not set, or like [`new`](Self::new); the error names the variable.
    pub fn from_env(variable: &str) -> Result<Self, InvalidSecretKey> {
        // If somebody passes the key instead of the variable's name, it must not end up in a log.
        let is_name = variable.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        let place =
            if is_name { format!("environment variable {variable}: ") } else { "environment variable: ".to_owned() };
        let refuse = |reason| InvalidSecretKey { place: place.clone(), reason };
        match env::var(variable) {
            Ok(key) => Self::new(key).map_err(|error| refuse(error.reason)),
            Err(VarError::NotPresent) => Err(refuse("not set; it must contain the secret key")),
            Err(VarError::NotUnicode(_)) => Err(refuse("its value is not text")),
        }
    }

    /// The mode of the key, according to its prefix.
    #[must_use]
    pub fn mode(&self) -> KeyMode {
        if self.0.starts_with(TEST) {
            KeyMode::Test
        } else if self.0.starts_with(LIVE) {
            KeyMode::Live
        } else {
            KeyMode::Unknown
        }
    }

    /// The key itself, to search for it in other texts.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The public prefix: `sk_test_`, `sk_live_` or only `sk_`.
    pub(crate) fn kind(&self) -> &'static str {
        match self.mode() {
            KeyMode::Test => TEST,
            KeyMode::Live => LIVE,
            KeyMode::Unknown => "sk_",
        }
    }

    /// The value of the `Authorization` header, marked sensitive.
    pub(crate) fn authorization(&self) -> HeaderValue {
        let text = Zeroizing::new(format!("Bearer {}", self.0.as_str()));
        // `refusal` allows only visible ASCII, which is valid in a header value.
        let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

pub(crate) const TEST: &str = "sk_test_";
pub(crate) const LIVE: &str = "sk_live_";

/// Returns why a text is not a secret key.
fn refusal(key: &str) -> Option<&'static str> {
    if key.is_empty() {
        Some("not a secret key: it is empty; pass the key that starts with `sk_`")
    } else if key.trim().is_empty() {
        Some("not a secret key: it is only whitespace")
    } else if key.contains(char::is_whitespace) {
        Some("not a secret key: it contains whitespace, perhaps a line end from a file; pass only the key")
    } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some("not a secret key: it contains a character that is not allowed in a header")
    } else if key.starts_with("pk_") {
        Some(
            "not a secret key: `pk_` is a publishable key, for browsers; a server needs the key that starts with `sk_`",
        )
    } else if key.starts_with("whsec_") {
        Some(
            "not a secret key: `whsec_` is a webhook secret, for checking signatures; a server needs the key that starts with `sk_`",
        )
    } else if !key.starts_with("sk_") {
        Some("not a secret key: a secret key starts with `sk_`")
    } else if key.trim_end_matches('_').len() <= "sk".len() || matches!(key, TEST | LIVE) {
        Some("not a secret key: nothing follows its prefix; pass the whole key")
    } else {
        None
    }
}

impl FromStr for SecretKey {
    type Err = InvalidSecretKey;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::new(key)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, [redacted])", self.mode())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_mode_are_accepted() {
        for (key, mode) in [
            ("sk_test_xxxxxxxx", KeyMode::Test),
            ("sk_live_xxxxxxxx", KeyMode::Live),
            ("sk_other_xxxxxxx", KeyMode::Unknown),
        ] {
            assert_eq!(SecretKey::new(key).unwrap().mode(), mode);
        }
    }

    #[test]
    fn other_texts_are_rejected_and_not_repeated() {
        for text in [
            "",
            " ",
            "pk_test_canary",
            "whsec_canary",
            "Bearer sk_test_canary",
            "sk_test_canary\n",
            " sk_test_canary",
            "SK_TEST_canary",
            "sk-test-canary",
            "sk_",
            "sk_test_",
            "sk_test_cänary",
            "canary",
        ] {
            let error = SecretKey::new(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn it_does_not_print_itself() {
        let key = SecretKey::new("sk_test_canary").unwrap();
        assert_eq!(format!("{key:?}"), "SecretKey(test, [redacted])");
        assert_eq!(format!("{:?}", key.authorization()), "Sensitive");
    }

    #[test]
    fn the_error_names_a_variable_that_is_not_set() {
        let error = SecretKey::from_env("ZEROGATE_TEST_NO_SUCH_VARIABLE").unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment variable ZEROGATE_TEST_NO_SUCH_VARIABLE: not set; it must contain the secret key"
        );
    }

    #[test]
    fn a_key_passed_as_the_variable_name_is_not_repeated() {
        let error = SecretKey::from_env("sk_live_canary").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}

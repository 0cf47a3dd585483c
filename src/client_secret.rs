use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text that replaces a secret.
const REDACTED: &str = "[redacted]";

/// A session's client secret, the only value of a created session that is meant for the browser.
///
/// Only the response to a creation contains it, so pass it to the widget from there. `Debug` and serialisation show
/// `[redacted]`, so that you can log or store a created session as a whole; [`expose`](Self::expose) returns the value.
/// (Reference, *Production rules*: only browser-safe values leave the server.)
///
/// ```
/// let secret: zerogate::ClientSecret = serde_json::from_str(r#""gs_secret_fake""#)?;
/// assert_eq!(format!("{secret:?}"), "ClientSecret([redacted])");
/// assert_eq!(serde_json::to_string(&secret)?, r#""[redacted]""#);
/// assert_eq!(secret.expose(), "gs_secret_fake");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct ClientSecret(Box<str>);

impl ClientSecret {
    /// The secret itself, only for the widget.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for ClientSecret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for ClientSecret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientSecret({REDACTED})")
    }
}

impl Serialize for ClientSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

impl<'de> Deserialize<'de> for ClientSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for ClientSecret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ClientSecret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "password" })
    }
}

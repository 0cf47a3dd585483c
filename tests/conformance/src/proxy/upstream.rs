//! The upstream of a proxy.

use std::fmt;
use std::str::FromStr;

use zerogate::{BaseUrl, InvalidBaseUrl};

/// The server that a proxy relays to.
///
/// ```
/// use zerogate_conformance::Upstream;
///
/// let upstream: Upstream = "https://gate-api-sandbox.0bit.app/v1/".parse()?;
/// assert_eq!(upstream.to_string(), "https://gate-api-sandbox.0bit.app/v1");
/// assert!(!upstream.is_plain_text());
/// # Ok::<(), zerogate_conformance::InvalidBaseUrl>(())
/// ```
#[derive(Debug, Clone)]
pub struct Upstream {
    base: BaseUrl,
    /// The path as written, without a trailing slash; `None` if there was not even a slash.
    path: Option<String>,
}

impl Upstream {
    /// Whether others can read the traffic: `http` to another machine.
    #[must_use]
    pub fn is_plain_text(&self) -> bool {
        self.base.is_plain_text()
    }

    pub(super) fn base(&self) -> &BaseUrl {
        &self.base
    }

    pub(super) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or_default()
    }

    /// The URL below which everything is judged; `None` to use the paths of the contract's servers.
    pub(super) fn judged_at(&self) -> Option<String> {
        self.path.as_ref().map(|path| format!("{}{path}", self.base.origin()))
    }
}

impl FromStr for Upstream {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let base: BaseUrl = text.parse()?;
        let path =
            text.split_once("://").and_then(|(_, rest)| Some(rest.get(rest.find('/')?..)?.trim_end_matches('/')));
        Ok(Self { base, path: path.map(str::to_owned) })
    }
}

/// The upstream's URL.
impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.base.origin(), self.path())
    }
}

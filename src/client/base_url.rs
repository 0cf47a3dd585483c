use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

use crate::client::redact::unescaped_forms;
use crate::client::secret_key::{LIVE, TEST};

/// The production host, from the reference (*Endpoint*).
const PRODUCTION_HOST: &str = "gate-api.0bit.app";
/// The sandbox host, from the vendor's public documentation.
const SANDBOX_HOST: &str = "gate-api-sandbox.0bit.app";

/// The base URL of a server's operations, such as `https://gate-api.0bit.app/v1`.
///
/// Parsing accepts it with or without `/v1` at the end and keeps any other path.
/// [`Environment::custom`](crate::Environment::custom) creates an environment from it.
///
/// ```
/// use zerogate::BaseUrl;
///
/// let base: BaseUrl = "http://localhost:4000".parse()?;
/// assert_eq!(base.to_string(), "http://localhost:4000/v1");
/// assert!(!base.is_plain_text(), "it stays on this machine");
/// # Ok::<(), zerogate::InvalidBaseUrl>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct BaseUrl(Url);

/// The error for a text that is not a base URL. Does not repeat the text, which may contain a password.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{place}not a base URL: {reason}")]
pub struct InvalidBaseUrl {
    place: String,
    reason: &'static str,
}

impl InvalidBaseUrl {
    pub(crate) fn not_text() -> Self {
        Self { place: String::new(), reason: "its value is not text" }
    }

    /// Adds the environment variable that the text came from.
    pub(crate) fn of_variable(self, variable: &str) -> Self {
        Self { place: format!("environment variable {variable}: "), ..self }
    }
}

impl BaseUrl {
    pub(crate) fn production() -> Self {
        Self::of_host(PRODUCTION_HOST)
    }

    pub(crate) fn sandbox() -> Self {
        Self::of_host(SANDBOX_HOST)
    }

    /// Cannot fail: both hosts are constants, and a test parses them.
    fn of_host(host: &str) -> Self {
        Self(Url::parse(&format!("https://{host}/v1")).expect("a known host makes a URL"))
    }

    /// Whether this is the production host, with any port and path.
    pub(crate) fn is_production(&self) -> bool {
        self.has_host(PRODUCTION_HOST)
    }

    /// Whether this is the sandbox host, with any port and path.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.has_host(SANDBOX_HOST)
    }

    /// Whether the URL has this host. A trailing dot makes no difference.
    fn has_host(&self, host: &str) -> bool {
        self.0.host_str().is_some_and(|found| found.trim_end_matches('.') == host)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// The scheme, host and port: everything before the path.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.0.scheme(), self.authority())
    }

    /// The host, and the port unless it is the scheme's default: the value of a `Host` header.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.authority()
    }

    /// The host to connect to; an IPv6 address has no brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// The path, without a trailing slash.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether requests stay on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host.trim_end_matches('.') == "localhost"
            || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
    }

    /// Whether others can read the traffic: `http` to another machine.
    #[must_use]
    pub fn is_plain_text(&self) -> bool {
        !self.is_secure() && !self.is_loopback()
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |reason| Err(InvalidBaseUrl { place: String::new(), reason });
        let text = text.trim();
        if text.is_empty() {
            return refuse("it is empty; unset it, or write it like https://gate-api.0bit.app/v1");
        }
        if unescaped_forms(text).any(|form| has_key(&form)) {
            return refuse(HAS_KEY);
        }
        if text.contains(['?', '#']) {
            return refuse("it contains a `?` or `#`; remove the query or fragment");
        }
        // `Url` drops tabs and line breaks anywhere in the text.
        if text.contains(char::is_control) {
            return refuse("it contains a control character, perhaps a line end from a file; remove it");
        }
        // Checks the text itself: `Url` also accepts `http:host` and `http:///host`, and drops the colon of an empty
        // port.
        let Some((scheme, rest)) = text.split_once("://") else {
            return refuse("it has no scheme; write it like https://gate-api.0bit.app/v1");
        };
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return refuse("its scheme is neither https nor http; write it like http://localhost:4000");
        }
        let authority = rest.split(['/', '\\']).next().unwrap_or_default();
        if authority.is_empty() {
            return refuse("it has no host; write it like https://gate-api.0bit.app/v1");
        }
        let Ok(mut url) = Url::parse(text) else {
            return refuse("it cannot be read as a URL; write it like https://gate-api.0bit.app/v1");
        };
        // `Url` also translates the host, for example from full-width letters.
        if has_key(url.as_str()) {
            return refuse(HAS_KEY);
        }
        // An empty user name is only visible in the text.
        if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
            return refuse("it contains a user name or password; remove it: the secret key is sent in its own header");
        }
        if authority.ends_with(':') || url.port() == Some(0) {
            return refuse("its port is not a number from 1 to 65535; write it like http://localhost:4000");
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if path.contains("//") {
            return refuse("its path contains an empty segment (`//`); remove a slash");
        }
        if path.split('/').any(|segment| segment == "gate_sessions") {
            return refuse("its path contains `gate_sessions`, which each request adds by itself; remove it");
        }
        url.set_path(if path.is_empty() { "/v1" } else { &path });
        Ok(Self(url))
    }
}

const HAS_KEY: &str =
    "it contains something like an API key, which would be logged; remove it: the secret key is sent in its own header";

/// How keys and webhook secrets start. A bare `sk_` is also the end of a word, as in `desk_1`.
const KEYS: [&str; 5] = [TEST, LIVE, "pk_test_", "pk_live_", "whsec_"];

/// The number of letters and digits from which something is a key, even if it is the end of a word, as in
/// `task_test_env`. Keys have 32.
const LONG: usize = 20;

/// Whether a text contains something like a key, also directly after a digit, as in `/v1sk_live_…`.
fn has_key(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    KEYS.iter().any(|prefix| {
        text.match_indices(prefix).any(|(at, _)| {
            let is_start = !text[..at].ends_with(|letter: char| letter.is_ascii_alphabetic());
            is_start || text.bytes().skip(at + prefix.len()).take_while(u8::is_ascii_alphanumeric).count() >= LONG
        })
    })
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_optional_and_other_paths_are_kept() {
        for (text, read) in [
            ("https://gate-api.0bit.app", "https://gate-api.0bit.app/v1"),
            ("https://gate-api.0bit.app/", "https://gate-api.0bit.app/v1"),
            ("https://gate-api.0bit.app/v1", "https://gate-api.0bit.app/v1"),
            ("https://gate-api.0bit.app/v1/", "https://gate-api.0bit.app/v1"),
            (" http://localhost:4000/ ", "http://localhost:4000/v1"),
            ("http://gateway/0gate/v1", "http://gateway/0gate/v1"),
            ("http://gateway/0gate/../v2", "http://gateway/v2"),
            ("http://[::1]:4000", "http://[::1]:4000/v1"),
            ("HTTP://localhost", "http://localhost/v1"),
            ("https://host/task_test_env", "https://host/task_test_env"),
            ("https://desk_live_chat.example/risk_test_1", "https://desk_live_chat.example/risk_test_1"),
            (
                "https://host/helpdesk_test_environment-for-partners",
                "https://host/helpdesk_test_environment-for-partners",
            ),
            ("https://task-runner/desk_1/gate_sessions_v1", "https://task-runner/desk_1/gate_sessions_v1"),
        ] {
            assert_eq!(text.parse::<BaseUrl>().map(|base| base.to_string()).as_deref(), Ok(read), "{text}");
        }
    }

    #[test]
    fn host_and_port_are_those_to_connect_to() {
        for (text, host, port, authority) in [
            ("https://a.example", "a.example", 443, "a.example"),
            ("http://a.example", "a.example", 80, "a.example"),
            ("http://a.example:80", "a.example", 80, "a.example"),
            ("http://[::1]:4000", "::1", 4000, "[::1]:4000"),
        ] {
            let base: BaseUrl = text.parse().unwrap();
            assert_eq!((base.host(), base.port(), base.authority()), (host, port, authority));
            assert_eq!(base.to_string(), base.origin() + base.path());
        }
    }

    #[test]
    fn other_texts_are_rejected_and_not_repeated() {
        for text in [
            "",
            "canary",
            "/canary",
            "canary:4000",
            "http://",
            "http:canary",
            "http:/canary",
            "ftp://canary/",
            "https://canary:secret@host/",
            "https://@canary/",
            "https://host/?key=canary",
            "https://host/#canary",
            "https://host/canary//v1",
            "http://canary:99999",
            "http://canary:0",
            "http://canary:x",
            "http://canary:",
            "http://can ary/",
            "http:///canary:x@host",
            "http:///user:canary@127.0.0.1:1",
            "http:///canary@host",
            "http:////@canary",
            "http:///canary",
            "http://\\user:canary@host",
            "http:\\\\user:canary@host",
            "http:/\\user:canary@host",
            "http:user:canary@host",
            "http:canary://x/../..",
            "http://\t/canary@host",
            "http://\t/user:canary@host",
            "http://\n/canary@host",
            "ht\ttp:///canary@host",
            "http:/\t/user:canary@host",
            "http://canary:\t/",
            "http://canary:\r\n/v1",
            "http://canary/v1\n/x",
            "\0http://canary",
            "https://canary/v1/gate_sessions",
            "https://canary/v1/gate_sessions/67a1/cancel",
            "https://host/sk_test_canary",
            "https://SK_LIVE_canary.example",
            "https://host/v1sk_live_canary",
            "https://host/v1/pk_live_canary",
            "https://host/v1pk_test_canary",
            "https://host/whsec_canary",
            "https://host:4000sk_test_canary",
            "https://sk_test_canary@host/v1",
            "https://host/v1?key=sk_test_canary",
            "https://host/%73k_live_canary",
            "https://host/sk%5Flive%5fcanary",
            "https://host/sk%255Flive%25255Fcanary",
            "https://sk%5flive_canary.example",
            "https://\u{ff53}k_live_canary.example",
            "https://host/apisk_test_canary0canary0canary",
            "https://host/proxy-of-deskSK_LIVE_canary0canary0canary",
        ] {
            let error = text.parse::<BaseUrl>().expect_err(text);
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_known_host_is_recognised_in_every_spelling() {
        for text in ["https://gate-api-sandbox.0bit.app", "HTTPS://Gate-API-Sandbox.0bit.app.:8443/proxy"] {
            assert!(text.parse::<BaseUrl>().unwrap().is_sandbox(), "{text}");
        }
        assert!(BaseUrl::sandbox().is_sandbox() && !BaseUrl::sandbox().is_production());
        assert!(BaseUrl::production().is_production() && !BaseUrl::production().is_sandbox());
        assert!(!"https://gate-api-sandbox.0bit.app.example".parse::<BaseUrl>().unwrap().is_sandbox());
    }

    #[test]
    fn only_http_to_another_machine_is_plain_text() {
        for (text, is_loopback, is_plain_text) in [
            ("http://localhost:4000", true, false),
            ("http://localhost.:4000", true, false),
            ("http://127.0.0.1:1", true, false),
            ("http://127.8.8.8", true, false),
            ("http://[::1]:4000", true, false),
            ("http://[::ffff:127.0.0.1]:4000", true, false),
            ("https://a.example", false, false),
            ("http://127.0.0.1.example", false, true),
            ("http://localhost.example", false, true),
            ("http://10.0.0.1", false, true),
        ] {
            let base = text.parse::<BaseUrl>().unwrap();
            assert_eq!((base.is_loopback(), base.is_plain_text()), (is_loopback, is_plain_text), "{text}");
        }
    }
}

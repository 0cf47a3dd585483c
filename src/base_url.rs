use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// Production, as the reference's *Endpoint* has it.
const PRODUCTION_HOST: &str = "gate-api.0bit.app";
/// The sandbox, as the vendor's public documentation has it.
const SANDBOX_HOST: &str = "gate-api-sandbox.0bit.app";

/// Where a server's operations are, such as `https://gate-api.0bit.app/v1`.
///
/// Made by [`Environment::custom`](crate::Environment::custom).
#[derive(Clone)]
pub struct BaseUrl(Url);

/// Why a text is no base URL. Does not repeat the text, which may hold a password.
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

    /// Says which environment variable the text came from.
    pub(crate) fn of_variable(self, variable: &str) -> Self {
        Self { place: format!("environment variable {variable}: "), ..self }
    }
}

impl BaseUrl {
    /// Takes a base URL with or without the `/v1` at its end; a URL with another path is taken as it is.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let refuse = |reason| Err(InvalidBaseUrl { place: String::new(), reason });
        if text.trim().is_empty() {
            return refuse("it is empty; unset it, or write it like https://gate-api.0bit.app/v1");
        }
        let Ok(mut url) = Url::parse(text.trim()) else {
            return refuse("it cannot be read as a URL; write it like https://gate-api.0bit.app/v1");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("its scheme is neither https nor http; write it like http://localhost:4000");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("there is a user name or password in it; the secret key travels in a header of its own");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("there is a `?` or `#` in it");
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if path.contains("//") {
            return refuse("there is an empty segment (`//`) in its path");
        }
        url.set_path(if path.is_empty() { "/v1" } else { &path });
        Ok(Self(url))
    }

    pub(crate) fn production() -> Self {
        Self::of_host(PRODUCTION_HOST)
    }

    pub(crate) fn sandbox() -> Self {
        Self::of_host(SANDBOX_HOST)
    }

    /// Both hosts are constants, and a test parses them.
    fn of_host(host: &str) -> Self {
        Self(Url::parse(&format!("https://{host}/v1")).expect("a known host makes a URL"))
    }

    /// Whether this is the production host, at whatever port and path.
    pub(crate) fn is_production(&self) -> bool {
        self.has_host(PRODUCTION_HOST)
    }

    /// Whether this is the sandbox's host, at whatever port and path.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.has_host(SANDBOX_HOST)
    }

    /// Whether this is a host, however its name is written: a dot at its end makes no other host of it.
    fn has_host(&self, host: &str) -> bool {
        self.0.host_str().is_some_and(|found| found.trim_end_matches('.') == host)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// Whether requests stay on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let Some(host) = self.0.host_str() else {
            return false;
        };
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host.trim_end_matches('.') == "localhost"
            || address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
    }

    /// Whether what is sent can be read on the way.
    pub(crate) fn is_plain_text(&self) -> bool {
        self.0.scheme() == "http" && !self.is_loopback()
    }
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
    fn the_version_may_be_left_out() {
        for text in [
            "https://gate-api.0bit.app",
            "https://gate-api.0bit.app/",
            "https://gate-api.0bit.app/v1",
            "https://gate-api.0bit.app/v1/",
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().to_string(), BaseUrl::production().to_string());
        }
        assert_eq!(BaseUrl::parse("http://gateway/0gate/v1").unwrap().to_string(), "http://gateway/0gate/v1");
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_being_repeated() {
        for text in [
            "",
            "canary",
            "ftp://canary/",
            "https://canary:secret@host/",
            "https://host/?key=canary",
            "https://host/#canary",
            "https://host/canary//v1",
        ] {
            let error = BaseUrl::parse(text).unwrap_err();
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_known_host_is_recognised_however_it_is_written() {
        for text in ["https://gate-api-sandbox.0bit.app", "HTTPS://Gate-API-Sandbox.0bit.app.:8443/proxy"] {
            assert!(BaseUrl::parse(text).unwrap().is_sandbox(), "{text}");
        }
        assert!(BaseUrl::sandbox().is_sandbox() && !BaseUrl::sandbox().is_production());
        assert!(BaseUrl::production().is_production() && !BaseUrl::production().is_sandbox());
        assert!(!BaseUrl::parse("https://gate-api-sandbox.0bit.app.example").unwrap().is_sandbox());
    }

    #[test]
    fn loopback_is_recognised() {
        for (text, loopback) in [
            ("http://localhost:4000", true),
            ("http://127.0.0.1:1", true),
            ("http://127.8.8.8", true),
            ("http://[::1]:4000", true),
            ("http://[::ffff:127.0.0.1]:4000", true),
            ("http://localhost.:4000", true),
            ("http://127.0.0.1.example", false),
            ("http://localhost.example", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().is_loopback(), loopback, "{text}");
        }
    }
}

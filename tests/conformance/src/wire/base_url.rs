//! Where a target's operations are.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use hyper::Uri;

/// The base URL of a target, with or without the `/v1` at its end.
///
/// It is taken apart once and never put through a type that rewrites paths: what is sent to a target is exactly what a
/// probe says.
///
/// ```
/// use zerogate_conformance::BaseUrl;
///
/// let base: BaseUrl = "http://localhost:4000".parse()?;
/// assert_eq!(base.to_string(), "http://localhost:4000/v1");
/// # Ok::<(), zerogate_conformance::InvalidBaseUrl>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    secure: bool,
    /// Host and port as they were given: what `Host` says.
    authority: String,
    host: String,
    port: u16,
    path: String,
}

/// Why a text is no base URL. It does not repeat the text, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a base URL: {reason}")]
pub struct InvalidBaseUrl {
    reason: &'static str,
}

impl BaseUrl {
    /// Scheme, host and port: what comes before the path.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.authority)
    }

    /// The path, without a slash at its end.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// The host, an IPv6 address without its brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether what is sent can be read on its way: over `http`, to another machine.
    #[must_use]
    pub fn is_plain_text(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        let loopback = self.host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|it| it.is_loopback());
        !self.secure && !loopback
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |reason| Err(InvalidBaseUrl { reason });
        let text = text.trim();
        if text.is_empty() {
            return refuse("it is empty");
        }
        // `Uri` would drop a fragment in silence.
        if text.contains(['?', '#']) {
            return refuse("there is a `?` or `#` in it");
        }
        let Ok(uri) = text.parse::<Uri>() else {
            return refuse("it cannot be read as a URL; write it like https://gate-api.0bit.app/v1");
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return refuse("there is no scheme in it; write it like https://gate-api.0bit.app/v1");
        };
        let secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return refuse("its scheme is neither https nor http"),
        };
        if authority.as_str().contains('@') {
            return refuse("there is a user name or password in it; the secret key travels in a header of its own");
        }
        let host = authority.host();
        let port = match authority.as_str().strip_prefix(host).and_then(|rest| rest.strip_prefix(':')) {
            None => {
                if secure {
                    443
                } else {
                    80
                }
            }
            Some(port) => match port.parse() {
                Ok(port) if port > 0 => port,
                _ => return refuse("its port is not a number from 1 to 65535"),
            },
        };
        let path = uri.path().trim_end_matches('/');
        Ok(Self {
            secure,
            authority: authority.as_str().to_owned(),
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port,
            path: if path.is_empty() { "/v1" } else { path }.to_owned(),
        })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_may_be_left_out_and_another_path_is_taken_as_it_is() {
        for (text, read) in [
            ("https://gate-api.0bit.app", "https://gate-api.0bit.app/v1"),
            ("https://gate-api.0bit.app/v1/", "https://gate-api.0bit.app/v1"),
            (" http://localhost:4000/ ", "http://localhost:4000/v1"),
            ("http://gateway/0gate/../v2", "http://gateway/0gate/../v2"),
            ("http://[::1]:4000", "http://[::1]:4000/v1"),
            ("HTTP://localhost", "http://localhost/v1"),
        ] {
            assert_eq!(text.parse::<BaseUrl>().map(|base| base.to_string()).as_deref(), Ok(read), "{text}");
        }
    }

    #[test]
    fn host_and_port_are_those_to_connect_to() {
        for (text, host, port) in [
            ("https://a.example", "a.example", 443),
            ("http://a.example", "a.example", 80),
            ("http://[::1]:4000", "::1", 4000),
        ] {
            let base: BaseUrl = text.parse().unwrap();
            assert_eq!((base.host(), base.port()), (host, port));
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_being_repeated() {
        for text in [
            "",
            "canary",
            "/canary",
            "canary:4000",
            "http://",
            "http:canary",
            "ftp://canary/",
            "https://canary:secret@host/",
            "https://host/?key=canary",
            "https://host/#canary",
            "http://canary:99999",
            "http://canary:0",
            "http://canary:x",
            "http://canary:",
            "http://can ary/",
        ] {
            let error = text.parse::<BaseUrl>().expect_err(text);
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }

    #[test]
    fn only_http_to_another_machine_is_plain_text() {
        for (text, plain) in [
            ("http://localhost:4000", false),
            ("http://127.8.8.8", false),
            ("http://[::1]:4000", false),
            ("https://a.example", false),
            ("http://127.0.0.1.example", true),
            ("http://10.0.0.1", true),
        ] {
            assert_eq!(text.parse::<BaseUrl>().unwrap().is_plain_text(), plain, "{text}");
        }
    }
}

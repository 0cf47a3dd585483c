//! The target URL of webhooks.

use std::io;
use std::net::IpAddr;

use axum::http::Uri;
use tokio::net::{TcpStream, lookup_host};

/// An `http` URL, on this machine unless remote addresses are allowed.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) authority: String,
    pub(crate) path: String,
    host: String,
    port: u16,
    allow_remote: bool,
}

impl Target {
    /// Parses a URL as a target, or returns why it is invalid. Of the URL it names only the host: the rest may contain
    /// a password or a token.
    pub(crate) fn parse(url: &str, allow_remote: bool) -> Result<Self, String> {
        let refuse = |reason: &str| format!("cannot send webhooks to this URL: {reason}");
        let odd = |reason: &str| refuse(&format!("{reason}; write one like http://127.0.0.1:3000/webhooks"));
        let uri: Uri = url.parse().map_err(|_| odd("it is not a URL"))?;
        let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(odd("it is not an http URL"));
        };
        if authority.as_str().contains('@') {
            return Err(refuse("it contains a user name or password; remove it"));
        }
        // What follows the host is its port.
        let has_port = authority.as_str().len() > authority.host().len();
        if has_port && authority.port_u16().is_none_or(|port| port == 0) {
            return Err(odd("its port is not a number from 1 to 65535"));
        }
        let host = authority.host();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_here = host.parse::<IpAddr>().map_or(host.eq_ignore_ascii_case("localhost"), |ip| ip.is_loopback());
        if !(is_here || allow_remote) {
            return Err(refuse(&format!(
                "{host} may be another machine; to allow it, pass --allow-remote (in Rust, call `allow_remote`)"
            )));
        }
        Ok(Self {
            authority: authority.to_string(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            port: authority.port_u16().unwrap_or(80),
            host: host.to_owned(),
            allow_remote,
        })
    }

    pub(crate) async fn connect(&self) -> io::Result<TcpStream> {
        let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in lookup_host((self.host.as_str(), self.port)).await? {
            // The name of this machine does not resolve to this machine everywhere.
            if !(self.allow_remote || address.ip().is_loopback()) {
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_an_http_url_of_this_machine() {
        for good in ["http://127.0.0.1:3000", "http://localhost/hooks?a=b", "http://[::1]:1/x"] {
            assert!(Target::parse(good, false).is_ok(), "{good}");
        }
        for (remote, host) in [
            ("http://10.0.0.7/", "10.0.0.7"),
            ("http://shop.example/hooks/canary?token=canary", "shop.example"),
            ("http://localhost.example/", "localhost.example"),
        ] {
            let error = Target::parse(remote, false).expect_err(remote);
            assert!(error.contains(&format!(": {host} may be")) && !error.contains("canary"), "{error}");
            assert!(Target::parse(remote, true).is_ok(), "{remote}");
        }
        for bad in [
            "",
            "/canary",
            "canary:3000",
            "https://localhost/canary",
            "ftp://localhost/canary",
            "http://u:canary@localhost/",
            "http://u:canary@[localhost/",
            "http://127.0.0.1:canary/",
            "http://127.0.0.1:/canary",
            "http://[::1]:65536/canary",
            "http://localhost:0/canary",
        ] {
            let error = Target::parse(bad, true).expect_err(bad);
            assert!(!error.contains("canary"), "{error}");
        }
    }
}

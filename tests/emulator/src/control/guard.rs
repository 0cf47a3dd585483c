//! Refuses control requests from web pages, since any page that the user visits can send requests to this machine.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::failure::Failure;
use crate::shared::Shared;

/// The header in which browsers state a request's source, even without an `Origin`.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a request from a web page.
pub(super) async fn no_web_page(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    match refusal(request.headers(), &shared.allowed_hosts) {
        Some(reason) => Failure(StatusCode::FORBIDDEN, reason).into_response(),
        None => next.run(request).await,
    }
}

/// Why a request may come from a web page.
///
/// `Origin` or `Sec-Fetch-Site` reveals a page of another origin. A page whose name resolves to this machine (DNS
/// rebinding) has the emulator as its own origin, but its name is in `Host`. A request without `Host` does not come
/// from a browser.
fn refusal(headers: &HeaderMap, allowed: &[String]) -> Option<String> {
    let is_from_elsewhere = headers.get(SEC_FETCH_SITE).is_some_and(|site| site != "none");
    if headers.contains_key(ORIGIN) || is_from_elsewhere {
        return Some("control requests from web pages are refused".to_owned());
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next()?;
    let name = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    match name {
        Some(name) if hosts.next().is_none() => {
            let name = name.host();
            let is_allowed = is_local(name) || allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name));
            (!is_allowed)
                .then(|| format!("control requests for the host name {name:?} are refused; allow it with --allow-host"))
        }
        _ => Some("the Host header must contain one host name".to_owned()),
    }
}

/// An IP address, or a name that is never looked up in DNS (RFC 6761).
fn is_local(name: &str) -> bool {
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let name = name.to_ascii_lowercase();
    address.parse::<IpAddr>().is_ok() || name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a header value"));
        }
        refusal(&map, &["emulator".to_owned()]).is_some()
    }

    #[test]
    fn the_host_is_an_address_a_local_name_or_an_allowed_one() {
        for host in [
            "127.0.0.1:4010",
            "localhost",
            "LocalHost:1",
            "a.localhost",
            "[::1]:4010",
            "10.0.0.7",
            "emulator:80",
            "Emulator",
        ] {
            assert!(!refused(&[("host", host)]), "{host}");
        }
        assert!(!refused(&[]), "every browser sends it");
        for host in
            ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "emulator.example", "xlocalhost", ""]
        {
            assert!(refused(&[("host", host)]), "{host}");
        }
        assert!(refused(&[("host", "localhost"), ("host", "evil.example")]));
    }

    #[test]
    fn the_headers_of_a_browser_are_enough() {
        for (name, value, is_refused) in [
            ("origin", "https://evil.example", true),
            ("origin", "null", true),
            ("origin", "http://localhost", true),
            ("sec-fetch-site", "cross-site", true),
            ("sec-fetch-site", "same-site", true),
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", false),
            ("sec-fetch-mode", "cors", false),
        ] {
            assert_eq!(refused(&[("host", "localhost"), (name, value)]), is_refused, "{name}: {value}");
        }
    }
}

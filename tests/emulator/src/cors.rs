//! CORS: which web pages may call the API.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Method, Uri};
use tower_http::cors::{AllowHeaders, CorsLayer};

use crate::response::X_REQUEST_ID;

/// Allows pages of these origins to read the API's responses. Returns a message for the first invalid origin.
pub(crate) fn layer(origins: &[String]) -> Result<CorsLayer, String> {
    let origins = origins.iter().map(|origin| {
        let value = HeaderValue::try_from(origin).ok().filter(|_| is_origin(origin));
        value.ok_or_else(|| format!("{origin:?} is not an origin; write one like http://localhost:3000"))
    });
    Ok(CorsLayer::new()
        .allow_origin(origins.collect::<Result<Vec<_>, _>>()?)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([X_REQUEST_ID, RETRY_AFTER]))
}

/// Parses an origin as browsers write it: scheme, host and, unless it is the default, port.
fn is_origin(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| match (uri.scheme_str(), uri.authority()) {
        (Some(scheme @ ("http" | "https")), Some(authority)) => {
            text == format!("{scheme}://{authority}").to_ascii_lowercase() && !text.contains('@')
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        for good in ["http://localhost:3000", "https://partner.example", "http://[::1]:8080"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "*",
            "null",
            "localhost:3000",
            "http://a.example/",
            "http://a.example/x",
            "HTTP://a.example",
            "http://u@a.example",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}

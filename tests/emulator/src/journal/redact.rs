//! Redacts secrets before they reach the journal.

use axum::http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use axum::http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::auth::Keys;
use crate::ids::CLIENT_SECRET_PREFIX;

/// The maximum size of a stored body.
const BODY_KEPT: usize = 16 * 1024;

const REDACTED: &str = "[redacted]";

/// The prefixes of the vendor's keys, to find them anywhere.
const PREFIXES: [&str; 6] = ["sk_test_", "sk_live_", "pk_test_", "pk_live_", "whsec_", CLIENT_SECRET_PREFIX];

/// The headers in order, redacted.
pub(crate) fn headers(headers: &HeaderMap, keys: &Keys) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = match name {
                name if *name == AUTHORIZATION => authorization(&value, keys),
                name if is_secret(name) => REDACTED.to_owned(),
                _ => text(&value, keys),
            };
            (name.as_str().to_owned(), value)
        })
        .collect()
}

fn is_secret(name: &HeaderName) -> bool {
    [PROXY_AUTHORIZATION, COOKIE].contains(name) || ["x-api-key", "x-embed-token"].contains(&name.as_str())
}

/// The scheme, and a label instead of the credential. Without a scheme, the whole value is replaced.
fn authorization(value: &str, keys: &Keys) -> String {
    match value.split_once([' ', '\t']) {
        Some((scheme, credential)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) && scheme.len() <= 20 => {
            format!("{scheme} {}", keys.label(credential.trim_matches([' ', '\t'])))
        }
        None if value.is_empty() || value.eq_ignore_ascii_case("bearer") => value.to_owned(),
        _ => keys.label(value).to_owned(),
    }
}

/// The path and query. A part with a percent-encoded key is replaced as a whole.
pub(crate) fn target(target: &str, keys: &Keys) -> String {
    let part = |raw: &str| {
        let plain = text(raw, keys);
        let decoded = percent_decode_str(&plain).decode_utf8_lossy();
        if text(&decoded, keys) == decoded { plain } else { REDACTED.to_owned() }
    };
    match target.split_once('?') {
        Some((path, query)) => format!("{}?{}", part(path), part(query)),
        None => part(target),
    }
}

/// The body as text, bounded and redacted.
pub(crate) fn body(bytes: &[u8], keys: &Keys) -> String {
    let mut kept = match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            if hide_client_secrets(&mut value) {
                text(&value.to_string(), keys)
            } else {
                text(&String::from_utf8_lossy(bytes), keys)
            }
        }
        // The secret could be anywhere in it.
        Err(_) if find(bytes, b"client_secret") => REDACTED.to_owned(),
        Err(_) => text(&String::from_utf8_lossy(bytes), keys),
    };
    let end = (0..=BODY_KEPT.min(kept.len())).rev().find(|end| kept.is_char_boundary(*end));
    kept.truncate(end.unwrap_or(0));
    kept
}

fn find(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Whether something was redacted.
fn hide_client_secrets(value: &mut Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter_mut().fold(false, |found, (name, value)| {
            if name == "client_secret" {
                *value = Value::from(REDACTED);
                true
            } else {
                hide_client_secrets(value) | found
            }
        }),
        Value::Array(items) => items.iter_mut().fold(false, |found, item| hide_client_secrets(item) | found),
        _ => false,
    }
}

/// Replaces everything that looks like a key by a label.
fn text(text: &str, keys: &Keys) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = PREFIXES.iter().filter_map(|prefix| rest.find(prefix)).min() {
        let (before, from_key) = rest.split_at(start);
        let end =
            from_key.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(from_key.len());
        clean.push_str(before);
        clean.push_str(keys.label(&from_key[..end]));
        rest = &from_key[end..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authorization_keeps_its_scheme_and_loses_its_credential() {
        let keys = Keys::fake();
        for (value, kept) in [
            (format!("Bearer {}", keys.partner), "Bearer [partner]"),
            (format!("bearer   {}", keys.other_partner), "bearer [other_partner]"),
            (format!("Bearer {}", keys.publishable), "Bearer [publishable]"),
            ("Bearer sk_live_0000000000".to_owned(), "Bearer [unknown]"),
            ("Basic dXNlcjpwYXNz".to_owned(), "Basic [unknown]"),
            (keys.partner.clone(), "[partner]"),
            ("sk_live_0000 0000".to_owned(), "[unknown]"),
            ("Bearer".to_owned(), "Bearer"),
            (String::new(), ""),
        ] {
            assert_eq!(authorization(&value, &keys), kept);
        }
    }

    #[test]
    fn headers_that_are_secret_by_name_lose_their_value() {
        let mut given = HeaderMap::new();
        for name in ["cookie", "x-api-key", "proxy-authorization", "x-embed-token", "x-other"] {
            given.insert(name, "anything".parse().expect("a header value"));
        }
        let kept: Vec<String> = headers(&given, &Keys::fake()).into_iter().map(|(_, value)| value).collect();
        assert_eq!(kept, [REDACTED, REDACTED, REDACTED, REDACTED, "anything"]);
    }

    #[test]
    fn a_key_is_found_anywhere() {
        let keys = Keys::fake();
        let query = |query: &str| target(&format!("/v1/gate_sessions?{query}"), &keys);
        assert_eq!(query(&format!("key={}&a=b", keys.partner)), "/v1/gate_sessions?key=[partner]&a=b");
        assert_eq!(query("key=sk%5Flive%5F0000"), "/v1/gate_sessions?[redacted]");
        assert_eq!(target("/v1/gate_sessions/sk%5Flive%5F0000", &keys), "[redacted]");
        assert_eq!(query("starting_after=a%2Fb"), "/v1/gate_sessions?starting_after=a%2Fb");
        assert_eq!(body(br#"{"key":"whsec_0000","a":1}"#, &keys), r#"{"key":"[unknown]","a":1}"#);
        assert_eq!(body(b"key=sk_test_0000", &keys), "key=[unknown]");
    }

    #[test]
    fn a_client_secret_is_removed_from_a_body() {
        let keys = Keys::fake();
        let nested = body(br#"{"a":[{"client_secret":"anything"}]}"#, &keys);
        assert_eq!(nested, r#"{"a":[{"client_secret":"[redacted]"}]}"#);
        assert_eq!(body(br#"{"client_secret":"anythi"#, &keys), "[redacted]");
        let elsewhere = format!("x={}", crate::ids::client_secret());
        assert_eq!(body(elsewhere.as_bytes(), &keys), "x=[unknown]");
    }

    #[test]
    fn a_body_is_bounded_at_a_character() {
        let kept = body("é".repeat(BODY_KEPT).as_bytes(), &Keys::fake());
        assert_eq!(kept.len(), BODY_KEPT);
        let kept = body(format!("a{}", "é".repeat(BODY_KEPT)).as_bytes(), &Keys::fake());
        assert_eq!(kept.len(), BODY_KEPT - 1);
    }
}

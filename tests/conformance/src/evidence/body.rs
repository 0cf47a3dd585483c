//! Compares bodies as JSON values, and shows parts of them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
pub(crate) use zerogate_contract::json::same;
use zerogate_contract::media::essence;
pub(crate) use zerogate_contract::media::is_json;

use crate::wire::{Exchange, Response};

/// Fields with data that a customer or a partner entered. Reports may say that they differ, but not show their values.
const PRIVATE: [&str; 4] = ["client_secret", "metadata", "user_reference", "wallet_address"];

/// The maximum length of a server's text in reports.
const SHOWN: usize = 400;

/// Those of `fields` that both objects have with different values.
pub(crate) fn differing<'f>(
    fields: impl IntoIterator<Item = &'f String>,
    one: &Map<String, Value>,
    other: &Map<String, Value>,
) -> BTreeSet<&'f str> {
    fields
        .into_iter()
        .filter(|field| match (one.get(*field), other.get(*field)) {
            (Some(one), Some(other)) => !same(one, other),
            _ => false,
        })
        .map(String::as_str)
        .collect()
}

/// Whether two responses contain objects that differ in none of these fields.
pub(crate) fn is_alike(fields: &[String], one: &Response, other: &Response) -> bool {
    let objects = one.object().zip(other.object());
    objects.is_some_and(|(one, other)| differing(fields, one, other).is_empty())
}

/// A field's value, or only its type if it is private.
pub(crate) fn shown(field: &str, value: &Value) -> String {
    if PRIVATE.contains(&field) && !value.is_null() {
        return format!("{}, not shown", kind(value));
    }
    one_line(&value.to_string())
}

/// A text from a body, unless it is in a private field.
pub(crate) fn shown_within(pointer: &str, text: &str) -> String {
    let is_private = pointer.split('/').any(|part| PRIVATE.contains(&part));
    if is_private { "a value, not shown".to_owned() } else { one_line(text) }
}

/// The JSON type of a value.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Describes the body of a response in a few words.
pub(crate) fn describe(exchange: &Exchange) -> String {
    let response = &exchange.response;
    match &response.json {
        Some(value) => kind(value).to_owned(),
        None => astray(response).unwrap_or_else(|| match response.header("content-type") {
            Some(content_type) => format!("a body that is not JSON ({})", one_line(content_type)),
            None => "a body that is not JSON".to_owned(),
        }),
    }
}

/// Describes an unusual response, such as a redirect, if it is one.
pub(crate) fn astray(response: &Response) -> Option<String> {
    let header = |name| response.header(name).map(str::trim).filter(|value| !value.is_empty());
    if let Some(coding) = header("content-encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Some(format!("a body with `Content-Encoding: {}`, which the request did not accept", one_line(coding)));
    }
    if let Some(location) = header("location").filter(|_| (300..400).contains(&response.status)) {
        return Some(format!("a redirect to {}", short(&one_line(location))));
    }
    if response.body.is_empty() {
        return Some("an empty body".to_owned());
    }
    let is_page = header("content-type").is_some_and(|content_type| essence(content_type) == "text/html");
    (is_page && response.json.is_none()).then(|| "an HTML page, probably from a proxy or a framework".to_owned())
}

/// Untrusted text on one line, without control characters.
pub(crate) fn one_line(text: &str) -> String {
    zerogate_contract::one_line(&text.trim().replace(['\n', '\r', '\t'], " ")).into_owned()
}

/// The beginning of a long text. Redact first: half a secret would not be recognised.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_compared_as_json() {
        assert!(same(&json!({"a": 1, "b": [2.0]}), &json!({"b": [2], "a": 1.0})));
        for (one, other) in [
            (json!("100.00"), json!("100.0")),
            (json!(1), json!("1")),
            (json!(null), json!(false)),
            (json!({"a": null}), json!({})),
            (json!([1, 2]), json!([2, 1])),
        ] {
            assert!(!same(&one, &other), "{one} {other}");
        }
    }

    #[test]
    fn only_fields_that_both_have_differ() {
        let fields = ["a", "b", "c", "d"].map(str::to_owned);
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        let one = object(json!({"a": 1, "b": 1, "c": 1}));
        let other = object(json!({"a": 1, "b": 2, "d": 1, "e": 1}));
        assert_eq!(differing(&fields, &one, &other).into_iter().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn private_fields_are_not_shown() {
        assert_eq!(shown("metadata", &json!({"name": "canary"})), "an object, not shown");
        assert_eq!(shown("wallet_address", &json!(null)), "null");
        assert_eq!(shown("amount", &json!("100.00")), r#""100.00""#);
    }

    #[test]
    fn a_servers_text_cannot_command_the_terminal() {
        assert_eq!(one_line("a\x1b[2Jb\u{202e}\r\nc"), r"a\u{1b}[2Jb\u{202e}  c");
        assert_eq!(short(&"é".repeat(10_000)).chars().count(), SHOWN + 1);
        assert_eq!(short("é"), "é");
    }
}

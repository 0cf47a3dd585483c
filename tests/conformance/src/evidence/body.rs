//! Compares bodies as JSON values, and shows parts of them.

use std::collections::BTreeSet;

use serde::de::IgnoredAny;
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
        Some(Value::String(text)) if serde_json::from_str::<Map<String, Value>>(text).is_ok() => {
            "a string with JSON in it, encoded twice".to_owned()
        }
        Some(value) => kind(value).to_owned(),
        None => astray(response).unwrap_or_else(|| unread(&response.body, response.header("content-type"))),
    }
}

/// Describes a body that cannot be read as JSON.
fn unread(body: &[u8], content_type: Option<&str>) -> String {
    // JSON that serde_json does not read.
    if serde_json::from_slice::<IgnoredAny>(body).is_ok() {
        return "JSON that is nested more than 127 levels deep, or has a number that is too large or half a character"
            .to_owned();
    }
    let flaw = flaw(body).map(|flaw| format!(": {flaw}")).unwrap_or_default();
    let content_type = content_type.map(|name| format!(" ({})", one_line(name))).unwrap_or_default();
    format!("a body that is not JSON{content_type}{flaw}")
}

/// Why a body is not JSON, if it nearly is.
fn flaw(body: &[u8]) -> Option<String> {
    if body.starts_with(b"\xEF\xBB\xBF") {
        return Some("it begins with a byte order mark".to_owned());
    }
    let text = match std::str::from_utf8(body) {
        Ok(text) => text.trim_start(),
        Err(error) => return Some(format!("it is not UTF-8 at byte {}", error.valid_up_to() + 1)),
    };
    let is_name = |character: char| character.is_ascii_alphanumeric() || "_$.".contains(character);
    let rest = text.trim_start_matches(is_name);
    let name = &text[..text.len() - rest.len()];
    if rest.starts_with('(') && (1..=NAME).contains(&name.len()) {
        return Some(format!("it begins with `{name}(`, as JSONP does"));
    }
    if text.starts_with(")]}'") {
        return Some("it begins with `)]}'`".to_owned());
    }
    if text.starts_with("{'") {
        return Some("its strings are in single quotes".to_owned());
    }
    let is_cut = serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof());
    is_cut.then(|| format!("it ends after {}, in the middle of a value", counted(body.len(), "byte", "bytes")))
}

/// The maximum length of the name of a JSONP callback in reports.
const NAME: usize = 40;

/// A value in place of an expected one; of a private one only where they differ.
pub(crate) fn shown_in_place_of(field: &str, expected: &Value, found: &Value) -> String {
    match contrast(expected, found).filter(|_| PRIVATE.contains(&field) && field != "client_secret") {
        Some(contrast) => format!("{}, not shown: {contrast}", kind(found)),
        None => shown(field, found),
    }
}

/// How many names of an object's fields are reported.
const NAMES: usize = 4;

/// How a text or an object differs from the expected one: its length and the first difference, or the names of its
/// fields.
pub(crate) fn contrast(expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::String(expected), Value::String(found)) => {
            let (expected, found): (Vec<char>, Vec<char>) = (expected.chars().collect(), found.chars().collect());
            let at = expected.iter().zip(&found).take_while(|(expected, found)| expected == found).count();
            let point = |text: &[char]| {
                text.get(at).map_or("the end".to_owned(), |character| format!("U+{:04X}", u32::from(*character)))
            };
            Some(format!(
                "{} in place of {}, and {} in place of {} as character {}",
                counted(found.len(), "character", "characters"),
                expected.len(),
                point(&found),
                point(&expected),
                at + 1
            ))
        }
        (Value::Object(expected), Value::Object(found)) => {
            let names = |names: Vec<&String>| {
                let shown: Vec<String> = names.iter().take(NAMES).map(|name| format!("`{}`", one_line(name))).collect();
                let more = if names.len() > NAMES { " and more" } else { "" };
                format!("{}{more}", shown.join(", "))
            };
            let missing: Vec<&String> = expected.keys().filter(|name| !found.contains_key(*name)).collect();
            let added: Vec<&String> = found.keys().filter(|name| !expected.contains_key(*name)).collect();
            let other =
                expected.iter().filter(|(name, value)| found.get(*name).is_some_and(|found| !same(value, found)));
            let other: Vec<&String> = other.map(|(name, _)| name).collect();
            let parts = [("missing", missing), ("added", added), ("another value of", other)];
            let parts: Vec<String> = parts
                .into_iter()
                .filter(|(_, fields)| !fields.is_empty())
                .map(|(what, fields)| format!("{what} {}", names(fields)))
                .collect();
            Some(parts.join("; "))
        }
        _ => None,
    }
}

/// Describes a content coding, which no request accepts, if the response names one.
pub(crate) fn coded(response: &Response) -> Option<String> {
    let coding = response.header("content-encoding").map(str::trim);
    let coding = coding.filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))?;
    Some(format!("a body with `Content-Encoding: {}`, which the request did not accept", one_line(coding)))
}

/// Describes an unusual response, such as a redirect, if it is one.
pub(crate) fn astray(response: &Response) -> Option<String> {
    let header = |name| response.header(name).map(str::trim).filter(|value| !value.is_empty());
    if let Some(coded) = coded(response) {
        return Some(coded);
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

/// A number and what it counts.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
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
    fn json_that_cannot_be_read_is_not_called_something_else() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(serde_json::from_str::<Value>(&nested(127)).is_ok());
        for body in [&nested(128), "[1e999]", r#"["\ud800"]"#] {
            let told = unread(body.as_bytes(), Some("application/json"));
            assert!(told.starts_with("JSON that is nested more than 127 levels deep, or has a number"), "{told}");
        }
        assert_eq!(unread(b"[}", Some("text/plain")), "a body that is not JSON (text/plain)");
    }

    #[test]
    fn what_keeps_a_body_from_being_json_is_named() {
        for (body, named) in [
            (&b"\xEF\xBB\xBF{}"[..], Some("it begins with a byte order mark")),
            (b"{\"a\": \"Zo\xEB\"}", Some("it is not UTF-8 at byte 10")),
            (b"callback({});", Some("it begins with `callback(`, as JSONP does")),
            (b")]}',\n{}", Some("it begins with `)]}'`")),
            (b"{'a': None}", Some("its strings are in single quotes")),
            (b"{\"a\": [1", Some("it ends after 8 bytes, in the middle of a value")),
            (b"nonsense", None),
            (b"(1)", None),
        ] {
            assert_eq!(flaw(body).as_deref(), named, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn of_a_private_value_only_the_difference_is_shown() {
        for (field, expected, found, shown) in [
            (
                "user_reference",
                json!("Zoe\u{301} 1"),
                json!("Zo\u{e9} 1"),
                "a string, not shown: 5 characters in place of 6, and U+00E9 in place of U+0065 as character 3",
            ),
            (
                "user_reference",
                json!("ab"),
                json!("a"),
                "a string, not shown: 1 character in place of 2, and the end in place of U+0062 as character 2",
            ),
            (
                "metadata",
                json!({"Order Id": 1, "note": "a"}),
                json!({"order id": 1, "note": "b"}),
                "an object, not shown: missing `Order Id`; added `order id`; another value of `note`",
            ),
            ("metadata", json!({}), json!([]), "an array, not shown"),
            ("client_secret", json!("cs_ab"), json!("cs_ac"), "a string, not shown"),
            ("amount", json!("1.0"), json!("1"), r#""1""#),
        ] {
            assert_eq!(shown_in_place_of(field, &expected, &found), shown);
        }
    }

    #[test]
    fn a_servers_text_cannot_command_the_terminal() {
        assert_eq!(one_line("a\x1b[2Jb\u{202e}\r\nc"), r"a\u{1b}[2Jb\u{202e}  c");
        assert_eq!(short(&"é".repeat(10_000)).chars().count(), SHOWN + 1);
        assert_eq!(short("é"), "é");
    }
}

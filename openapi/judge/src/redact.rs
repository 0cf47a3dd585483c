//! Decides what of a message is shown. Anyone may read a report, so what a customer entered is described only by its
//! kind.

use serde_json::Value;
use zerogate_contract::{mask_keys, one_line, pointer};

/// How many characters of a text are shown.
const SHOWN: usize = 200;

/// The length of the longest name that is shown.
const NAME: usize = 40;

/// Describes a value by its kind and size.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) if text.is_empty() => "an empty string".to_owned(),
        Value::String(text) => format!("a string of {}", counted(text.chars().count(), "character")),
        Value::Array(items) => format!("an array of {}", counted(items.len(), "item")),
        Value::Object(fields) => format!("an object of {}", counted(fields.len(), "field")),
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A name within a message, or `…`: the keys of a map may be what a customer entered.
pub(crate) fn name(name: &str) -> &str {
    let is_word = |byte: u8| byte.is_ascii_alphabetic() || b"_-.$@".contains(&byte);
    let is_plain = !name.is_empty() && name.len() <= NAME && name.bytes().all(is_word) && !name.contains(['@', '.']);
    if is_plain && mask_keys(name) == name { name } else { "…" }
}

/// A pointer into a body, with `…` for names that may come from a customer.
pub(crate) fn place(at: &str) -> String {
    let is_index =
        |token: &str| !token.is_empty() && token.len() < 10 && token.bytes().all(|byte| byte.is_ascii_digit());
    pointer::tokens(at)
        .fold(String::new(), |shown, token| pointer::join(&shown, if is_index(&token) { &token } else { name(&token) }))
}

/// The path of a URL: words and versions are shown, other segments (ids, keys, addresses) become `…`.
pub(crate) fn path(path: &str) -> String {
    let is_version = |segment: &str| segment.len() <= 4 && segment.starts_with('v');
    let shown = path.split('/').map(|part| if part.is_empty() || is_version(part) { part } else { name(part) });
    shown.collect::<Vec<_>>().join("/")
}

/// A text from the contract or a header: shortened, on one line, and without keys.
pub(crate) fn text(text: &str) -> String {
    let text = mask_keys(text);
    let line = one_line(&text);
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into_owned(),
    }
}

/// A status code, or a description of a value that is not one.
pub(crate) fn status(value: &Value) -> String {
    match value.as_u64() {
        Some(status @ 100..=599) => status.to_string(),
        _ => shown(value),
    }
}

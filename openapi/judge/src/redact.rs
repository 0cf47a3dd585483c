//! What of a message may be shown. Everybody may read a report: what a customer entered is told by its kind alone.

use serde_json::Value;
use zerogate_contract::{mask_keys, one_line, pointer};

/// How much of a text of the contract is shown.
const SHOWN: usize = 200;

/// How long a name may be that is shown.
const NAME: usize = 40;

/// A value by its kind and size.
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

/// A name within a message, or `…`: a map may be keyed by what a customer entered.
pub(crate) fn name(name: &str) -> &str {
    let is_word = |byte: u8| byte.is_ascii_alphabetic() || b"_-.$@".contains(&byte);
    let is_plain = !name.is_empty() && name.len() <= NAME && name.bytes().all(is_word) && !name.contains(['@', '.']);
    if is_plain && mask_keys(name) == name { name } else { "…" }
}

/// A pointer into a body, of which nobody's names are shown.
pub(crate) fn place(at: &str) -> String {
    let is_index =
        |token: &str| !token.is_empty() && token.len() < 10 && token.bytes().all(|byte| byte.is_ascii_digit());
    pointer::tokens(at)
        .fold(String::new(), |shown, token| pointer::join(&shown, if is_index(&token) { &token } else { name(&token) }))
}

/// A path of a URL with segments that are words or versions, and `…` for the others: ids, keys, addresses.
pub(crate) fn path(path: &str) -> String {
    let is_version = |segment: &str| segment.len() <= 4 && segment.starts_with('v');
    let shown = path.split('/').map(|part| if part.is_empty() || is_version(part) { part } else { name(part) });
    shown.collect::<Vec<_>>().join("/")
}

/// A text that the contract or a header supplies, in short, on one line and without keys.
pub(crate) fn text(text: &str) -> String {
    let text = mask_keys(text);
    let line = one_line(&text);
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into_owned(),
    }
}

/// A number that is to be a status.
pub(crate) fn status(value: &Value) -> String {
    match value.as_u64() {
        Some(status @ 100..=599) => status.to_string(),
        _ => shown(value),
    }
}

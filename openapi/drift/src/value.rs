//! Lists of values compared, and values as messages quote them.

use std::collections::HashSet;

use serde_json::{Number, Value};
use zerogate_contract::json::Key;
pub(crate) use zerogate_contract::json::{compare, same};
use zerogate_contract::{mask_keys, one_line};

/// Whether two values that may be missing mean the same.
pub(crate) fn alike(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Whether a number is a multiple of another one.
pub(crate) fn is_multiple(number: &Number, of: &Number) -> bool {
    let (number, of) = (number.as_f64().unwrap_or(0.0), of.as_f64().unwrap_or(0.0));
    of != 0.0 && (number / of).fract() == 0.0
}

/// Whether two lists hold the same values, in whatever order.
pub(crate) fn same_set<'v>(a: &[&'v Value], b: &[&'v Value]) -> bool {
    let set = |values: &[&'v Value]| values.iter().copied().map(Key).collect::<HashSet<_>>();
    set(a) == set(b)
}

/// A value as a message quotes it: its beginning, if it is long.
pub(crate) fn quote(value: &Value) -> String {
    match value {
        Value::String(text) => quote_text(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        other => quote_text(&other.to_string()),
    }
}

/// A text as a message quotes it: on one line, and only its beginning if it is long.
pub(crate) fn quote_text(text: &str) -> String {
    const SHOWN: usize = 60;
    let text = mask_keys(text);
    let end = text.char_indices().nth(SHOWN).map(|(end, _)| end);
    let shown = one_line(end.and_then(|end| text.get(..end)).unwrap_or(&text));
    if end.is_some() { format!("`{shown}…`") } else { format!("`{shown}`") }
}

/// Several texts as a message quotes them.
pub(crate) fn quote_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 6;
    let texts: Vec<&str> = texts.into_iter().collect();
    let mut shown: Vec<String> = texts.iter().take(SHOWN).map(|text| quote_text(text)).collect();
    if let Some(more @ 1..) = texts.len().checked_sub(SHOWN) {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_passwords_are_not_quoted() {
        assert_eq!(quote_text("Bearer sk_live_xxxxxxxx now"), "`Bearer sk_live_… now`");
        assert_eq!(quote_text("sk_live_a sk_live_b pk_test_c"), "`sk_live_… sk_live_… pk_test_…`");
        assert_eq!(quote_text("https://me:xxxx@gate.example/a@b"), "`https://…@gate.example/a@b`");
        assert_eq!(quote_text("https://gate.example/a@b"), "`https://gate.example/a@b`");
    }

    #[test]
    fn what_acts_on_the_text_around_it_is_escaped() {
        assert_eq!(quote_text("a\u{202e}b\nc"), r"`a\u{202e}b\nc`");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(quote_text(&"a".repeat(80)).chars().count(), 63);
    }
}

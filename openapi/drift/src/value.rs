//! Values as JSON Schema sees them: `1` and `1.0` are one number, and the order of keys says nothing.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// Whether two values mean the same.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b) == Ordering::Equal,
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

/// The order of two numbers. Integers are compared as such: a float does not hold every one of 64 bits.
pub(super) fn compare(a: &Number, b: &Number) -> Ordering {
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.as_f64().unwrap_or(f64::NAN).total_cmp(&b.as_f64().unwrap_or(f64::NAN)),
    }
}

fn integer(number: &Number) -> Option<i128> {
    if let Some(number) = number.as_i64() {
        return Some(i128::from(number));
    }
    if let Some(number) = number.as_u64() {
        return Some(i128::from(number));
    }
    let float = number.as_f64()?;
    // Beyond this a float stands for many integers, and is compared as what it is.
    (float.fract() == 0.0 && float.abs() < 9.0e15).then_some(float as i128)
}

/// Whether two lists hold the same values, in whatever order.
pub(super) fn same_set(a: &[&Value], b: &[&Value]) -> bool {
    a.iter().all(|a| b.iter().any(|b| same(a, b))) && b.iter().all(|b| a.iter().any(|a| same(a, b)))
}

/// A value as a message quotes it: its beginning, if it is long.
pub(super) fn quote(value: &Value) -> String {
    match value {
        Value::String(text) => quote_text(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        other => quote_text(&other.to_string()),
    }
}

/// A text as a message quotes it: on one line, and only its beginning if it is long.
pub(super) fn quote_text(text: &str) -> String {
    const SHOWN: usize = 60;
    let text = &masked(text);
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// A text without the keys and passwords that somebody has left in it: reports end up in public logs.
fn masked(text: &str) -> String {
    let mut shown = text.to_owned();
    for mark in ["sk_live_", "sk_test_"] {
        if let Some((before, key)) = shown.split_once(mark) {
            let rest = key.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
            shown = format!("{before}{mark}…{rest}");
        }
    }
    if let Some((scheme, rest)) = shown.split_once("://")
        && let Some((user, host)) = rest.split_once('@')
        && !user.contains('/')
    {
        shown = format!("{scheme}://…@{host}");
    }
    shown
}

/// Several texts as a message quotes them.
pub(super) fn quote_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
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
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_and_passwords_are_not_quoted() {
        assert_eq!(quote_text("Bearer sk_live_xxxxxxxx now"), "`Bearer sk_live_… now`");
        assert_eq!(quote_text("https://me:xxxx@gate.example/a@b"), "`https://…@gate.example/a@b`");
        assert_eq!(quote_text("https://gate.example/a@b"), "`https://gate.example/a@b`");
    }

    #[test]
    fn a_number_is_its_value_not_its_spelling() {
        assert!(same(&json!({"a": [1, 2.0]}), &json!({"a": [1.0, 2]})));
        assert!(!same(&json!(1), &json!("1")));
    }

    #[test]
    fn integers_that_one_float_stands_for_are_told_apart() {
        assert!(!same(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992_u64)));
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(quote_text(&"a".repeat(80)).chars().count(), 63);
    }
}

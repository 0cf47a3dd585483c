//! Compares lists of values, and quotes values in messages.

use std::collections::HashSet;

use serde_json::{Number, Value};
use zerogate_contract::json::Key;
pub(crate) use zerogate_contract::json::{compare, same};
use zerogate_contract::{mask_keys, one_line};

/// Whether two optional values mean the same.
pub(crate) fn alike(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Whether a number is a multiple of another one.
pub(crate) fn is_multiple(number: &Number, of: &Number) -> bool {
    match decimal(number).zip(decimal(of)) {
        // In decimal: a binary 0.3 is not a multiple of a binary 0.1.
        Some(((digits, places), (other, others))) => {
            let scaled = |digits: i128, by: u32| digits.checked_mul(10_i128.checked_pow(by)?);
            let most = places.max(others);
            let (number, of) = (scaled(digits, most - places), scaled(other, most - others));
            number.zip(of).is_some_and(|(number, of)| of != 0 && number % of == 0)
        }
        None => {
            let (number, of) = (number.as_f64().unwrap_or(0.0), of.as_f64().unwrap_or(0.0));
            of != 0.0 && (number / of).fract() == 0.0
        }
    }
}

/// The least number that is a multiple of both, if it has few digits.
pub(crate) fn common_multiple(one: &Number, other: &Number) -> Option<Number> {
    let ((digits, places), (others, other_places)) = (decimal(one)?, decimal(other)?);
    let most = places.max(other_places);
    let scaled = |digits: i128, places: u32| digits.checked_abs()?.checked_mul(10_i128.checked_pow(most - places)?);
    let (one, other) = (scaled(digits, places)?, scaled(others, other_places)?);
    let (mut divisor, mut rest) = (one, other);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    let least = one.checked_div(divisor)?.checked_mul(other)?;
    if most == 0 { Number::from_i128(least) } else { Number::from_f64(format!("{least}e-{most}").parse().ok()?) }
}

/// The largest integer that is not greater than a number, and whether it is that number. Beyond 128 bits, it is the
/// least or the greatest of them.
pub(crate) fn floor(number: &Number) -> (i128, bool) {
    let exact = decimal(number).and_then(|(digits, places)| {
        let unit = 10_i128.checked_pow(places)?;
        Some((digits.div_euclid(unit), digits.rem_euclid(unit) == 0))
    });
    exact.unwrap_or_else(|| {
        let number = number.as_f64().unwrap_or(0.0);
        (number.floor() as i128, number.fract() == 0.0)
    })
}

/// The digits of a number, and how many of them follow the point; `None` if there are too many.
fn decimal(number: &Number) -> Option<(i128, u32)> {
    let text = number.to_string();
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let places = i64::try_from(fraction.len()).ok()? - exponent.parse::<i64>().ok()?;
    match u32::try_from(places) {
        Ok(places) => Some((digits, places)),
        Err(_) => Some((digits.checked_mul(10_i128.checked_pow(u32::try_from(-places).ok()?)?)?, 0)),
    }
}

/// Whether two lists contain the same values, in any order.
pub(crate) fn same_set<'v>(a: &[&'v Value], b: &[&'v Value]) -> bool {
    let set = |values: &[&'v Value]| values.iter().copied().map(Key).collect::<HashSet<_>>();
    set(a) == set(b)
}

/// Quotes a value, shortened if it is long.
pub(crate) fn quote(value: &Value) -> String {
    match value {
        Value::String(text) => quote_text(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        other => quote_text(&other.to_string()),
    }
}

/// Quotes a text on one line, shortened if it is long.
pub(crate) fn quote_text(text: &str) -> String {
    const SHOWN: usize = 60;
    let text = mask_keys(text);
    let end = text.char_indices().nth(SHOWN).map(|(end, _)| end);
    let shown = one_line(end.and_then(|end| text.get(..end)).unwrap_or(&text));
    if end.is_some() { format!("`{shown}…`") } else { format!("`{shown}`") }
}

/// Quotes several texts.
pub(crate) fn quote_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 6;
    let texts: Vec<&str> = texts.into_iter().collect();
    let mut shown: Vec<String> = texts.iter().take(SHOWN).map(|text| quote_text(text)).collect();
    if let Some(more @ 1..) = texts.len().checked_sub(SHOWN) {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

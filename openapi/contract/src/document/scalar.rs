//! Types plain YAML scalars by the core schema of YAML 1.2.

use serde_json::{Number, Value};

/// Why a scalar cannot be represented in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Untypable {
    /// `.nan`, `.inf`, or a number out of the range of a 64-bit float.
    NotFinite,
    /// The text does not match its tag.
    WrongTag,
    /// A tag outside the core schema.
    UnknownTag,
}

/// The value of a scalar: `plain` means without quotes; `tag` is for example `tag:yaml.org,2002:str`.
pub(super) fn typed(text: &str, plain: bool, tag: Option<&str>) -> Result<Value, Untypable> {
    let Some(tag) = tag else {
        return if plain { core(text) } else { Ok(Value::String(text.to_owned())) };
    };
    if tag == "!" {
        return Ok(Value::String(text.to_owned()));
    }
    let value = match tag.strip_prefix("tag:yaml.org,2002:") {
        Some("str") => return Ok(Value::String(text.to_owned())),
        Some("null" | "bool" | "int" | "float") => core(text)?,
        Some("map" | "seq") => return Err(Untypable::WrongTag),
        _ => return Err(Untypable::UnknownTag),
    };
    let fits = match tag.rsplit(':').next() {
        Some("null") => value.is_null(),
        Some("bool") => value.is_boolean(),
        Some("int") => value.is_number() && !is_float(text),
        _ => value.is_number(),
    };
    if fits { Ok(value) } else { Err(Untypable::WrongTag) }
}

fn core(text: &str) -> Result<Value, Untypable> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Err(Untypable::NotFinite),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Err(Untypable::NotFinite);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        if !digits.is_empty() && digits.bytes().all(|digit| matches!(digit, b'0'..=b'7')) {
            return radix(digits, 8);
        }
    } else if let Some(digits) = text.strip_prefix("0x") {
        if !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return radix(digits, 16);
        }
    } else if is_integer(text) || is_float(text) {
        return number(text);
    }
    Ok(Value::String(text.to_owned()))
}

fn radix(digits: &str, radix: u32) -> Result<Value, Untypable> {
    u64::from_str_radix(digits, radix).map(Value::from).map_err(|_| Untypable::NotFinite)
}

/// An integer that fits 64 bits stays an integer; all other numbers become floats, as in serde_json.
fn number(text: &str) -> Result<Value, Untypable> {
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if is_integer(text) {
        if let Ok(integer) = unsigned.parse::<u64>() {
            return Ok(Value::from(integer));
        }
        if let Ok(integer) = unsigned.parse::<i64>() {
            return Ok(Value::from(integer));
        }
    }
    let float = unsigned.parse::<f64>().map_err(|_| Untypable::NotFinite)?;
    Number::from_f64(float).map(Value::Number).ok_or(Untypable::NotFinite)
}

/// `[-+]?[0-9]+`
pub(super) fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, except integers.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    if exponent.is_some_and(|exponent| !is_integer(exponent)) {
        return false;
    }
    let all_digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => exponent.is_some() && !mantissa.is_empty() && all_digits(mantissa),
    }
}

/// The text of a plain scalar as a key, if that is its only spelling.
///
/// True for `201`; not for `0x1F`, `007`, `true` and `~`.
pub(super) fn key(text: &str) -> Option<String> {
    match core(text).ok()? {
        Value::String(text) => Some(text),
        Value::Number(number) if number.to_string() == text => Some(text.to_owned()),
        _ => None,
    }
}

//! Names as the generator makes them. Used to detect names of the contract that become equal in Rust.

use heck::{ToPascalCase, ToSnakeCase};

/// The name of a field, method or argument.
#[must_use]
pub fn snake(name: &str) -> String {
    // Most names are in this form already.
    if is_snake(name) { name.to_owned() } else { sanitized(name, |name| name.to_snake_case()) }
}

/// Whether a name consists of lower-case words, separated by single underscores.
fn is_snake(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && !name.contains("__")
        && !name.ends_with('_')
}

/// The name of a type or variant.
#[must_use]
pub fn pascal(name: &str) -> String {
    sanitized(name, |name| name.to_pascal_case())
}

/// Like `typify_impl::util::sanitize`, but without the underscore after keywords: it makes no two names equal.
fn sanitized(name: &str, case: impl Fn(&str) -> String) -> String {
    let plain = name.replace('\'', "").replace(|character: char| !character.is_alphanumeric() && character != '_', "-");
    let cased = match name {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        _ => case(&plain),
    };
    match cased.chars().next() {
        None => case("x"),
        Some(first) if first.is_alphabetic() || first == '_' => cased,
        Some(_) => format!("{}{cased}", case("x")),
    }
}

#[cfg(test)]
mod tests {
    use super::{pascal, snake};

    #[test]
    fn names_are_made_as_the_generator_makes_them() {
        assert_eq!(pascal("gate-session"), "GateSession");
        assert_eq!(pascal("rails.Instruction"), "RailsInstruction");
        assert_eq!(pascal("3DSResult"), "X3dsResult");
        assert_eq!(pascal("it's"), "Its");
        assert_eq!(pascal("+"), "X");
        assert_eq!(snake("statusCode"), "status_code");
        assert_eq!(snake("line_2_a1b"), "line_2_a1b");
        assert_eq!(snake("a__b_"), "a_b");
        assert_eq!(snake("X-Request-Id"), "x_request_id");
        assert_eq!(snake("1st"), "x1st");
        assert_eq!(snake("-1"), "minus1");
    }
}

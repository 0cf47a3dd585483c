//! Decodes the contract's types, and names the fields that do not match.
//!
//! Written by hand: serde_json's errors quote the value and stop at the first mismatch, and serde_path_to_error only
//! adds the path to that text. This code only runs after decoding has failed.

mod json;
mod tree;

use std::fmt;

use serde::de::{DeserializeOwned, IgnoredAny};

use self::json::{Json, Path, Step};
use self::tree::Tree;

/// The byte order mark, which RFC 8259 (8.1) allows a reader to ignore.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";
/// The first bytes of gzip data (RFC 1952, 2.3.1).
const GZIP: &[u8] = b"\x1f\x8b";
/// The maximum number of mismatches that are repaired to find further ones.
const ROUNDS: usize = 64;
/// The maximum body length for which fields are named: the search needs many times its length in memory.
const LONGEST: usize = 128 << 10;
/// The maximum number of fields that `Display` names.
const SHOWN: usize = 3;

/// How a body differs from the contract.
///
/// `Display` and `Debug` name fields and kinds of values, but never a value.
///
/// ```
/// # fn run(error: zerogate::DecodeError) {
/// for field in error.fields() {
///     println!("{}: expected {}, found {}", field.pointer(), field.expected(), field.found());
/// }
/// # }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DecodeError {
    flaw: Flaw,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Flaw {
    Empty,
    Compressed,
    NotJson {
        line: usize,
        column: usize,
    },
    /// JSON that serde_json does not read: nested more than 127 levels deep, or with a number beyond the range of a float,
    /// or with half of a surrogate pair.
    Extreme {
        line: usize,
        column: usize,
    },
    /// Too long to search for its fields.
    Long {
        line: usize,
        column: usize,
    },
    Fields(Vec<FieldError>),
}

/// A field that does not match the contract.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldError {
    pointer: String,
    expected: String,
    found: &'static str,
}

impl DecodeError {
    /// The fields that do not match the contract; empty if the text is not JSON, or longer than 128 KiB.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        match &self.flaw {
            Flaw::Fields(fields) => fields,
            Flaw::Empty | Flaw::Compressed | Flaw::NotJson { .. } | Flaw::Extreme { .. } | Flaw::Long { .. } => &[],
        }
    }

    /// Returns how `json` differs from `T`.
    pub(crate) fn of<T: DeserializeOwned>(json: &[u8]) -> Self {
        let text = json.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(json);
        let flaw = match serde_json::from_slice::<IgnoredAny>(text) {
            Ok(_) if text.len() > LONGEST => match serde_json::from_slice::<T>(text) {
                Err(error) => Flaw::Long { line: error.line(), column: error.column() },
                Ok(_) => Flaw::Fields(Vec::new()),
            },
            Ok(_) => match serde_json::from_slice(text) {
                Ok(json) => Flaw::Fields(field_errors::<T>(json)),
                Err(error) if std::str::from_utf8(text).is_ok() => {
                    Flaw::Extreme { line: error.line(), column: error.column() }
                }
                Err(error) => Flaw::NotJson { line: error.line(), column: error.column() },
            },
            Err(_) if text.trim_ascii().is_empty() => Flaw::Empty,
            Err(_) if text.starts_with(GZIP) => Flaw::Compressed,
            Err(error) => Flaw::NotJson { line: error.line(), column: error.column() },
        };
        Self { flaw }
    }
}

impl FieldError {
    /// The location of the field as a JSON pointer (RFC 6901), such as `/created_at`, also if it is missing.
    ///
    /// Keys that the contract does not name, such as those of a map, appear as `*`: they may be customer data.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The type in the contract, such as `a string`.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What was found: `missing`, `repeated`, or the kind of the value, such as `null` or `a number`.
    #[must_use]
    pub fn found(&self) -> &str {
        self.found
    }
}

/// Decodes `json` as a `T`.
pub(crate) fn decode<T: DeserializeOwned>(json: &str) -> Result<T, DecodeError> {
    serde_json::from_str(json).map_err(|_| DecodeError::of::<T>(json.as_bytes()))
}

/// Whether a body is something other than JSON, such as a page of a website. Compressed JSON is not,
/// nor is an empty body.
pub(crate) fn is_other_than_json(body: &[u8]) -> bool {
    let text = body.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(body);
    !text.trim_ascii().is_empty() && !text.starts_with(GZIP) && serde_json::from_slice::<IgnoredAny>(text).is_err()
}

/// Returns the fields of `json` that do not match `T`.
///
/// serde stops at the first one, so each mismatch is replaced by a stand-in that fits, and decoding is repeated.
fn field_errors<T: DeserializeOwned>(mut json: Json) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut replaced: Vec<Path> = Vec::new();
    for _ in 0..ROUNDS {
        let Err(mismatch) = T::deserialize(Tree::of(&json)) else { break };
        let (path, mut expected) = (mismatch.path, mismatch.expected);
        let found = if mismatch.is_repeated { "repeated" } else { json.kind_at(&path) };
        let fits = Json::stand_ins().into_iter().any(|stand_in| {
            json.put(&path, stand_in);
            match T::deserialize(Tree::of(&json)) {
                Err(next) if next.path == path => {
                    // For a missing field, this shows what is expected.
                    expected = expected.take().or(next.expected);
                    false
                }
                Ok(_) | Err(_) => true,
            }
        });
        // A mismatch inside a stand-in is not the sender's fault.
        if !replaced.iter().any(|earlier| path.starts_with(earlier)) {
            let some = if found == "missing" { "a value" } else { "another value" };
            let expected = expected.map_or_else(|| some.to_owned(), in_words);
            errors.push(FieldError { pointer: pointer(&path), expected, found });
        }
        replaced.push(path);
        if !fits {
            break;
        }
    }
    errors
}

/// Replaces the names of Rust's types.
fn in_words(expected: String) -> String {
    match expected.as_str() {
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => {
            "a whole number".to_owned()
        }
        "f32" | "f64" => "a number".to_owned(),
        _ => expected,
    }
}

/// Returns a path as a JSON pointer.
fn pointer(path: &[Step]) -> String {
    use fmt::Write as _;

    let mut pointer = String::new();
    for step in path {
        let _ = match step {
            Step::Field(name) => write!(pointer, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Entry(_) => write!(pointer, "/*"),
            Step::Item(number) => write!(pointer, "/{number}"),
        };
    }
    pointer
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = match &self.flaw {
            Flaw::Empty => return f.write_str("it is empty"),
            Flaw::Compressed => return f.write_str("it is compressed, although the request did not ask for that"),
            Flaw::NotJson { line, column } => return write!(f, "it is not JSON, at line {line} column {column}"),
            Flaw::Extreme { line, column } => {
                return write!(
                    f,
                    "it is nested more than 127 levels deep, or has a number that is too large or half a character, at line \
                     {line} column {column}"
                );
            }
            Flaw::Long { line, column } => {
                return write!(f, "it is not what the contract describes, at line {line} column {column}");
            }
            Flaw::Fields(fields) => fields,
        };
        for (number, field) in fields.iter().take(SHOWN).enumerate() {
            write!(f, "{}{field}", if number == 0 { "" } else { ", and " })?;
        }
        match fields.len().checked_sub(SHOWN) {
            None | Some(0) if !fields.is_empty() => Ok(()),
            None | Some(0) => f.write_str("it is not what the contract describes"),
            Some(more) => write!(f, ", and {more} more"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = if self.pointer.is_empty() { "the body" } else { &self.pointer };
        write!(f, "{pointer} is {}, expected {}", self.found, self.expected)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "decoded and not looked at")]
    struct Page {
        data: Vec<Item>,
        has_more: bool,
        #[serde(default)]
        tags: BTreeMap<String, u64>,
        #[serde(deserialize_with = "Option::deserialize")]
        next: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "decoded and not looked at")]
    struct Item {
        id: String,
        size: f64,
        kind: Kind,
        link: Link,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Plain,
        Sized(#[expect(dead_code, reason = "decoded and not looked at")] u8),
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "decoded and not looked at")]
    enum Link {
        Text(String),
        Full { href: String },
    }

    fn told(json: &str) -> String {
        decode::<Page>(json).unwrap_err().to_string()
    }

    #[test]
    fn every_field_that_is_wrong_is_named_with_what_was_expected() {
        let item = r#"{"id": "a", "size": 1.5, "kind": "plain", "link": {"href": "x"}}"#;
        let whole = format!(r#"{{"data": [{item}, {item}], "has_more": true, "tags": {{"secret": 1}}, "next": null}}"#);
        assert!(decode::<Page>(&whole).is_ok());
        for (was, is, said) in [
            ("true", "\"secret\"", "/has_more is a string, expected a boolean"),
            (r#""has_more": true, "#, "", "/has_more is missing, expected a boolean"),
            (r#", "next": null"#, "", "/next is missing, expected a string"),
            ("true", "true, \"has_more\": false", "/has_more is repeated, expected one value"),
            (r#"{"secret": 1}"#, r#"{"secret": "secret"}"#, "/tags/* is a string, expected a whole number"),
            (r#"{"secret": 1}"#, "7", "/tags is a number, expected an object"),
            (
                r#""id": "a""#,
                r#""id": 1"#,
                "/data/0/id is a number, expected a string, and /data/1/id is a number, expected a string",
            ),
            (r#""plain""#, r#""secret""#, "/data/0/kind is a string, expected one of plain, sized"),
            (r#""plain""#, "null", "/data/0/kind is null, expected a string or an object"),
            (
                r#""plain""#,
                r#"{"sized": "secret"}"#,
                "/data/0/kind/* is a string, expected a whole number, and /data/1/kind/* is a string, expected a whole number",
            ),
            (
                r#"{"href": "x"}"#,
                "3",
                "/data/0/link is a number, expected another value, and /data/1/link is a number, expected another value",
            ),
        ] {
            assert_eq!(told(&whole.replace(was, is)), said);
        }
        assert_eq!(told("[]"), "the body is an array, expected an object");
        assert_eq!(
            told("{}"),
            "/data is missing, expected a value, and /has_more is missing, expected a boolean, \
             and /next is missing, expected a string"
        );
        assert_eq!(told(r#"{"data": 1, "has_more": 1, "tags": 1, "next": 1}"#).matches(" is a number").count(), SHOWN);
        assert!(told(r#"{"data": 1, "has_more": 1, "tags": 1, "next": 1}"#).ends_with(", and 1 more"));
    }

    #[test]
    fn a_body_that_is_not_json_is_described() {
        assert_eq!(told(""), "it is empty");
        assert_eq!(told(" \n"), "it is empty");
        assert_eq!(told("<html>"), "it is not JSON, at line 1 column 1");
        assert_eq!(told("{} {}"), "it is not JSON, at line 1 column 4");
        assert!(told(&"[".repeat(100_000)).starts_with("it is not JSON, at line 1"));
        let long = format!("{{\"data\": [{}1]}}", "1, ".repeat(LONGEST));
        assert_eq!(told(&long), "it is not what the contract describes, at line 1 column 11");
        let broken = DecodeError::of::<Page>(b"{\"data\": \"\xff\"}");
        assert!(broken.to_string().starts_with("it is not JSON, at line 1"), "{broken}");
        let nested = |levels: usize| format!("{{\"data\": {}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(told(&nested(127)).starts_with("/data/0 is an array, expected an object"), "{}", told(&nested(127)));
        for extreme in [&nested(128), "{\"data\": \"\\ud800\"}", "{\"data\": 1e999}"] {
            let text = told(extreme);
            let expected =
                "it is nested more than 127 levels deep, or has a number that is too large or half a character";
            assert!(text.starts_with(&format!("{expected}, at line 1 column ")), "{text}");
        }
        let gzip = DecodeError::of::<Page>(&[0x1f, 0x8b, 8, 0]);
        assert_eq!(gzip.to_string(), "it is compressed, although the request did not ask for that");
    }
}

//! Reads JSON. YAML is almost a superset, but not for escapes: `"\ud83d\ude00"` is one character.

use serde_json::Value;
use serde_json::value::RawValue;

use super::build::{Builder, Parsed};
use crate::problem::{ContractError, Position, Problem};

/// Parses a text that is meant as JSON; `None` leaves it to the YAML reader.
pub(super) fn parse(name: &str, text: &str) -> Option<Result<Parsed, ContractError>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    // `RawValue` only checks the syntax. The tree is built below, with positions and limits.
    match serde_json::from_str::<&RawValue>(text) {
        Ok(_) => Some(Walk::new(text).run(name)),
        // YAML's flow style also begins with a brace: only the file name tells which was meant.
        Err(_) if !name.to_ascii_lowercase().ends_with(".json") => None,
        Err(error) => Some(Err(ContractError::from(Problem {
            file: name.to_owned(),
            position: Some(Position { line: error.line(), column: error.column() }),
            pointer: String::new(),
            message: format!("not well-formed JSON: {error}"),
            help: "correct the text at that position or just before it".to_owned(),
        }))),
    }
}

/// The text of a string token without escapes.
fn plain(token: &str) -> Option<String> {
    let text = token.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then(|| text.to_owned())
}

/// Walks over a text that is known to be valid JSON: finds tokens and positions, and checks nothing.
struct Walk<'t> {
    text: &'t str,
    offset: usize,
    at: Position,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str) -> Self {
        Walk { text, offset: 0, at: Position { line: 1, column: 1 } }
    }

    fn run(mut self, name: &str) -> Result<Parsed, ContractError> {
        let mut builder = Builder::new(name);
        while let Some((token, at)) = self.token() {
            let step = match token.as_bytes().first() {
                Some(b'{') => builder.begin_mapping(at, 0),
                Some(b'[') => builder.begin_sequence(at, 0),
                Some(b'}' | b']') => builder.end(),
                Some(b',' | b':') => Ok(()),
                _ => match plain(token).map_or_else(|| serde_json::from_str(token), |text| Ok(Value::String(text))) {
                    Ok(Value::String(key)) if builder.wants_key() => builder.key(key, at, 0),
                    Ok(value) => builder.written(token, value, at, 0),
                    Err(_) if token.starts_with('"') => Err(builder.problem(
                        at,
                        "the string has half of a surrogate pair",
                        "write both halves, or the character itself",
                    )),
                    Err(_) => Err(builder.problem(
                        at,
                        "the number is too large",
                        "use a number that fits into 64 bits, or a string",
                    )),
                },
            };
            if let Err(problem) = step {
                return Err(builder.stop(*problem));
            }
        }
        builder.finish()
    }

    /// The next token, and its position.
    // Build scripts are not optimised, so this reads each byte once and makes no call per byte.
    fn token(&mut self) -> Option<(&'t str, Position)> {
        let bytes = self.text.as_bytes();
        while let Some(blank) = bytes.get(self.offset) {
            match blank {
                b'\n' => self.at = Position { line: self.at.line + 1, column: 1 },
                b' ' | b'\t' | b'\r' => self.at.column += 1,
                _ => break,
            }
            self.offset += 1;
        }
        let (begin, at) = (self.offset, self.at);
        let mut columns = 1;
        self.offset += 1;
        match bytes.get(begin)? {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => {}
            b'"' => {
                let mut escaped = false;
                while let Some(byte) = bytes.get(self.offset) {
                    self.offset += 1;
                    // A continuation byte does not count as a column.
                    if !matches!(byte, 0x80..=0xbf) {
                        columns += 1;
                    }
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            _ => {
                while let Some(byte) = bytes.get(self.offset)
                    && !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'}' | b']' | b':')
                {
                    self.offset += 1;
                    columns += 1;
                }
            }
        }
        self.at.column += columns;
        Some((self.text.get(begin..self.offset)?, at))
    }
}

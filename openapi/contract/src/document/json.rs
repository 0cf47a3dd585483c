//! Reads JSON. YAML is nearly a superset of it, but not in its escapes: `"\ud83d\ude00"` is one character.

use serde_json::Value;
use serde_json::value::RawValue;

use super::build::{Builder, Place};
use crate::problem::{ContractError, Position, Problem};

/// The tree of a text if it is meant to be JSON; `None` leaves it to YAML.
pub(super) fn parse(name: &str, text: &str) -> Option<Result<(Value, Place), ContractError>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    // Raw: this only checks the form. The tree is built below, with positions and within bounds.
    match serde_json::from_str::<&RawValue>(text) {
        Ok(_) => Some(Walk::new(text).run(name)),
        // YAML's flow style begins with a brace, too: only the file's name says what was meant.
        Err(_) if !name.to_ascii_lowercase().ends_with(".json") => None,
        Err(error) => Some(Err(ContractError::from(Problem {
            file: name.to_owned(),
            position: Some(Position { line: error.line(), column: error.column() }),
            pointer: String::new(),
            message: format!("not well-formed JSON: {error}"),
            help: "correct the text there or just before".to_owned(),
        }))),
    }
}

/// A walk over a text that is known to be JSON: it finds tokens and their positions, and checks nothing.
struct Walk<'t> {
    text: &'t str,
    offset: usize,
    at: Position,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str) -> Self {
        Walk { text, offset: 0, at: Position { line: 1, column: 1 } }
    }

    fn run(mut self, name: &str) -> Result<(Value, Place), ContractError> {
        let mut builder = Builder::new(name);
        while let Some((token, at)) = self.token() {
            let step = match token.as_bytes().first() {
                Some(b'{') => builder.begin_mapping(at, 0),
                Some(b'[') => builder.begin_sequence(at, 0),
                Some(b'}' | b']') => builder.end(),
                Some(b',' | b':') => Ok(()),
                _ => match serde_json::from_str(token) {
                    Ok(Value::String(key)) if builder.wants_key() => builder.key(key, at, 0),
                    Ok(value) => builder.scalar(value, at, 0),
                    // A number that is too large, or half of a surrogate pair.
                    Err(error) => Err(builder.problem(
                        at,
                        format!("the value cannot be read: {error}"),
                        "write a value that JSON can hold",
                    )),
                },
            };
            if let Err(problem) = step {
                return Err(builder.stop(*problem));
            }
        }
        builder.finish()
    }

    /// The next token and where it begins.
    fn token(&mut self) -> Option<(&'t str, Position)> {
        let blank = |character: char| matches!(character, ' ' | '\t' | '\r' | '\n');
        let rest = self.text.get(self.offset..)?;
        self.advance(rest.len() - rest.trim_start_matches(blank).len());
        let rest = self.text.get(self.offset..)?;
        let length = match rest.chars().next()? {
            '"' => string_length(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest
                .find(|character: char| blank(character) || matches!(character, ',' | '}' | ']' | ':'))
                .unwrap_or(rest.len()),
        };
        let at = self.at;
        let token = rest.get(..length)?;
        self.advance(length);
        Some((token, at))
    }

    fn advance(&mut self, bytes: usize) {
        let passed = self.text.get(self.offset..self.offset + bytes).unwrap_or_default();
        for character in passed.chars() {
            if character == '\n' {
                self.at = Position { line: self.at.line + 1, column: 1 };
            } else {
                self.at.column += 1;
            }
        }
        self.offset += bytes;
    }
}

/// The length of the string that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

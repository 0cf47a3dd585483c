//! Generated code as a flat list of tokens, which can be read many times without a parser and without a copy.

use std::fmt::Write as _;
use std::ops::Range;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A token. A group is a token where it opens, its content, and a token where it closes.
#[derive(Clone, Copy)]
pub(super) enum Token<'t> {
    Word(&'t str),
    /// A punctuation character, and whether the next one belongs to it.
    Mark(char, bool),
    Literal(&'t str),
    Open(Delimiter),
    Close(Delimiter),
}

impl Token<'_> {
    pub(super) fn is_word(self, word: &str) -> bool {
        matches!(self, Token::Word(found) if found == word)
    }

    pub(super) fn is_mark(self, mark: char) -> bool {
        matches!(self, Token::Mark(found, _) if found == mark)
    }

    pub(super) fn opens(self, delimiter: Delimiter) -> bool {
        matches!(self, Token::Open(found) if found == delimiter)
    }
}

/// Tokens whose text is kept in one piece.
#[derive(Default)]
struct Flat {
    text: String,
    parts: Vec<Part>,
}

enum Part {
    Word(Range<usize>),
    Literal(Range<usize>),
    Other(Token<'static>),
}

/// Reads code as a list of tokens. A stream with one owner is taken apart, and not copied.
pub(super) fn read<T>(code: TokenStream, read: impl FnOnce(&[Token<'_>]) -> T) -> T {
    let mut flat = Flat::default();
    flat.add(code);
    let text = |range: &Range<usize>| flat.text.get(range.clone()).unwrap_or_default();
    let tokens = flat.parts.iter().map(|part| match part {
        Part::Word(range) => Token::Word(text(range)),
        Part::Literal(range) => Token::Literal(text(range)),
        Part::Other(token) => *token,
    });
    read(&tokens.collect::<Vec<_>>())
}

impl Flat {
    fn add(&mut self, code: TokenStream) {
        for token in code {
            let begin = self.text.len();
            // Writing to a text does not fail.
            let part = match token {
                TokenTree::Ident(word) => {
                    let _ = write!(self.text, "{word}");
                    Part::Word(begin..self.text.len())
                }
                TokenTree::Literal(literal) => {
                    let _ = write!(self.text, "{literal}");
                    Part::Literal(begin..self.text.len())
                }
                TokenTree::Punct(mark) => Part::Other(Token::Mark(mark.as_char(), mark.spacing() == Spacing::Joint)),
                TokenTree::Group(group) => {
                    let (delimiter, inside) = (group.delimiter(), group.stream());
                    drop(group);
                    if delimiter == Delimiter::None {
                        self.add(inside);
                        continue;
                    }
                    self.parts.push(Part::Other(Token::Open(delimiter)));
                    self.add(inside);
                    Part::Other(Token::Close(delimiter))
                }
            };
            self.parts.push(part);
        }
    }
}

/// The index after the group that opens at `begin`.
pub(super) fn group_end(tokens: &[Token<'_>], begin: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(begin) {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// The tokens outside of groups and angle brackets, with their indices. In a group, `<` may be a comparison.
pub(super) fn outermost<'t>(tokens: &'t [Token<'t>]) -> impl Iterator<Item = (usize, Token<'t>)> {
    let (mut groups, mut angles, mut before) = (0_usize, 0_usize, None);
    tokens.iter().copied().enumerate().filter(move |(_, token)| {
        let is_arrow = before == Some('-');
        before = if let Token::Mark(mark, true) = token { Some(*mark) } else { None };
        match token {
            Token::Open(_) => {
                groups += 1;
                return groups == 1 && angles == 0;
            }
            Token::Close(_) => groups = groups.saturating_sub(1),
            _ if groups > 0 => {}
            Token::Mark('<', _) => angles += 1,
            Token::Mark('>', _) if !is_arrow => angles = angles.saturating_sub(1),
            _ => return angles == 0,
        }
        false
    })
}

/// Formats tokens as a person would write them: without spaces between tokens, and without well-known paths.
pub(super) fn written(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    let (mut before, mut sticks) = (None, false);
    for token in tokens.iter().copied() {
        let parts = text.ends_with(is_word) && !sticks;
        (sticks, before) = match token {
            Token::Mark(mark, joint) => {
                match mark {
                    ',' => text.push_str(", "),
                    ':' if !joint && before != Some(':') => text.push_str(": "),
                    '\'' if parts => text.push_str(" '"),
                    other => text.push(other),
                }
                (joint, Some(mark).filter(|_| joint))
            }
            Token::Word(word) => {
                text.push_str(if parts { " " } else { "" });
                text.push_str(word);
                (false, None)
            }
            Token::Literal(literal) => {
                push_literal(&mut text, parts, literal);
                (false, None)
            }
            Token::Open(delimiter) => {
                text.push_str(brackets(delimiter).0);
                (false, None)
            }
            Token::Close(delimiter) => {
                text.push_str(brackets(delimiter).1);
                (false, None)
            }
        };
    }
    let text = without_known_paths(text);
    let text = [(", >", ">"), ("<::", "<"), (" ::", " ")]
        .into_iter()
        .fold(text, |text, (from, to)| if text.contains(from) { text.replace(from, to) } else { text });
    text.trim_start_matches("::").trim_end_matches([',', ' ']).to_owned()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '\'')
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// Adds a literal. Words in it are separated like those of code.
fn push_literal(text: &mut String, parts: bool, literal: &str) {
    text.push_str(if parts && literal.starts_with(is_word) { " " } else { "" });
    let mut before = None;
    let mut characters = literal.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        match character {
            ' ' if before.is_some_and(is_word) && after.is_some_and(is_word) => text.push(' '),
            ' ' => {}
            ',' => text.push_str(", "),
            ':' if before != Some(':') && after != Some(':') => text.push_str(": "),
            other => text.push(other),
        }
        before = Some(character);
    }
}

/// Modules of the standard library with well-known types.
const KNOWN: [&str; 8] = ["option", "result", "string", "vec", "boxed", "convert", "collections", "fmt"];

fn without_known_paths(text: String) -> String {
    const STD: &str = "std::";
    let mut short = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(STD) {
        match KNOWN.iter().find_map(|known| after.strip_prefix(known)?.strip_prefix("::")) {
            Some(tail) => {
                short.push_str(before.strip_suffix("::").unwrap_or(before));
                rest = tail;
            }
            None => {
                short.push_str(before);
                short.push_str(STD);
                rest = after;
            }
        }
    }
    if short.is_empty() && rest.len() == text.len() {
        return text;
    }
    short.push_str(rest);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: &str) -> String {
        read(code.parse().unwrap(), written)
    }

    #[test]
    fn code_is_written_as_a_person_would() {
        for (code, text) in [
            ("::std::option::Option<::std::vec::Vec<super::A>,>", "Option<Vec<super::A>>"),
            ("mut self, value : T,", "mut self, value: T"),
            ("& 'a mut ::serde_json::Value", "&'a mut::serde_json::Value"),
            (
                "where T : ::std::convert::TryInto< ::bytes::Bytes >, T::Error : ::std::fmt::Display,",
                "where T: TryInto<bytes::Bytes>, T::Error: Display",
            ),
            ("<V as std::convert::TryInto<types::A>>::Error", "<V as TryInto<types::A>>::Error"),
            ("::std::pin::Pin<(A, [u8; 4])>", "std::pin::Pin<(A, [u8;4])>"),
            ("{ #[serde(rename = \"a b: c\")] a : A , }", "{#[serde(rename=\"a b: c\")]a: A, }"),
            ("impl Fn(A) -> B + 'static", "impl Fn(A)->B+'static"),
        ] {
            assert_eq!(told(code), text, "{code}");
        }
    }
}

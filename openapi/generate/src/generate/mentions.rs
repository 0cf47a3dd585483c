//! The paths that code uses. Whether each is defined can be checked once all code has been read.

use proc_macro2::Delimiter;

use super::tokens::{Token, group_end};

/// Crates that generated code may use: the bindings depend on these.
const CRATES: [&str; 8] = ["bytes", "http", "progenitor_client", "reqwest", "schemars", "serde", "serde_json", "std"];

/// Modules and primitive types that a path may begin with.
const KNOWN: [&str; 12] =
    ["Self", "bool", "builder", "crate", "defaults", "error", "f64", "i64", "self", "super", "types", "u64"];

/// The names of the prelude that generated code uses.
const PRELUDE: [&str; 16] = [
    "Box", "Clone", "Default", "Err", "From", "Into", "None", "Ok", "Option", "Result", "Some", "String", "ToString",
    "TryFrom", "TryInto", "Vec",
];

/// Keywords that may precede a path.
const KEYWORDS: [&str; 16] = [
    "as", "async", "await", "dyn", "else", "for", "if", "impl", "in", "let", "match", "move", "mut", "ref", "return",
    "where",
];

/// A path that may be undefined.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    /// The type, or the builder of an operation, whose code uses it.
    pub(super) item: String,
    pub(super) of: Named,
}

/// What a path refers to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Named {
    /// A crate that the bindings do not have.
    Crate(String),
    /// An item of the module `types`.
    OfTypes(String),
    /// An item of the same module.
    Own(String),
    /// The same, or a crate that the bindings do not have.
    OwnOrCrate(String),
}

/// Keywords that precede a definition.
const DEFINING: [&str; 7] = ["const", "enum", "fn", "mod", "static", "struct", "type"];

/// The paths in some code. Macros are only tokens, and attributes name no items of this code.
pub(super) fn mentions(tokens: &[Token<'_>], item: &str) -> Vec<Mention> {
    let generics = generics(tokens);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = |by: usize| tokens.get(at + by);
        let Token::Word(word) = *token else {
            let is_attribute = token.is_mark('#') && next(1).is_some_and(|next| next.opens(Delimiter::Bracket));
            at = if is_attribute { group_end(tokens, at + 1) } else { at + 1 };
            continue;
        };
        let is_macro = next(1).is_some_and(|next| next.is_mark('!')) && matches!(next(2), Some(Token::Open(_)));
        if is_macro {
            at = group_end(tokens, at + 2);
            continue;
        }
        let second = match (next(1), next(2), next(3)) {
            (Some(Token::Mark(':', true)), Some(Token::Mark(':', _)), Some(Token::Word(second))) => Some(*second),
            _ => None,
        };
        let place = Place::of(tokens, at);
        at += 1;
        let of = match place {
            Place::Within => continue,
            Place::Global if CRATES.contains(&word) => continue,
            Place::Global => Named::Crate(word.to_owned()),
            // A variable, a function or a primitive type.
            Place::First if second.is_none() && !is_type(word) => continue,
            Place::First if word == "types" => match second {
                Some(second) if is_type(second) => Named::OfTypes(second.to_owned()),
                _ => continue,
            },
            Place::First if [&KNOWN[..], &PRELUDE, &CRATES, &KEYWORDS].iter().any(|known| known.contains(&word)) => {
                continue;
            }
            Place::First if generics.contains(&word) => continue,
            Place::First if is_type(word) => Named::Own(word.to_owned()),
            Place::First => Named::OwnOrCrate(word.to_owned()),
        };
        found.push(Mention { item: item.to_owned(), of });
    }
    found
}

/// Whether a name looks like that of a type.
pub(super) fn is_type(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

/// Whether a path that begins with this word needs a crate that the bindings do not have.
pub(super) fn is_missing_crate(first: &str) -> bool {
    !CRATES.contains(&first) && !KNOWN.contains(&first)
}

/// The role of a word in a path.
enum Place {
    First,
    /// The first one, after a leading `::`.
    Global,
    /// A later one, or no path: a field, a method, a lifetime or a definition.
    Within,
}

impl Place {
    fn of(tokens: &[Token<'_>], at: usize) -> Self {
        let before = |by: usize| at.checked_sub(by).and_then(|at| tokens.get(at).copied());
        match (before(1), before(2)) {
            (Some(Token::Mark(':', _)), Some(Token::Mark(':', true))) => match before(3) {
                Some(Token::Word(word)) if !KEYWORDS.contains(&word) => Place::Within,
                Some(Token::Mark('>', _)) if !matches!(before(4), Some(Token::Mark('-' | '=', true))) => Place::Within,
                _ => Place::Global,
            },
            (Some(Token::Mark('.' | '\'', _)), _) => Place::Within,
            (Some(Token::Word(word)), _) if DEFINING.contains(&word) => Place::Within,
            // An associated type: `Item = A`.
            _ if matches!(tokens.get(at + 1), Some(Token::Mark('=', false))) => Place::Within,
            _ => Place::First,
        }
    }
}

/// The names of generic parameters.
fn generics<'t>(tokens: &[Token<'t>]) -> Vec<&'t str> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let begin = match token {
            Token::Word("impl") => at + 1,
            Token::Word("fn" | "struct") => at + 2,
            _ => continue,
        };
        let mut depth = 0_usize;
        let mut is_next = false;
        for token in tokens.get(begin..).unwrap_or_default() {
            match *token {
                Token::Mark('<', _) => {
                    depth += 1;
                    is_next = depth == 1;
                }
                Token::Mark('>', _) => depth = depth.saturating_sub(1),
                Token::Mark(',', _) => is_next = depth == 1,
                Token::Mark('\'', _) => is_next = false,
                Token::Word(word) if is_next && word != "const" => {
                    found.push(word);
                    is_next = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tokens::read;
    use super::*;

    #[test]
    fn paths_are_found_that_something_has_to_define() {
        let named = |code: &str| -> Vec<Named> {
            let found = read(code.parse().unwrap(), |tokens| mentions(tokens, ""));
            found.into_iter().map(|mention| mention.of).collect()
        };
        let [a, b] = ["A", "B"].map(|name| Named::Own(name.to_owned()));
        for (code, found) in [
            (
                "impl<'a, T: B, const N: i64> A<'a, T> { fn f<E>(self, e: E) -> T { e.f::<N>().Bare } }",
                vec![b, a.clone()],
            ),
            ("return ::uuid::Uuid::new(::std::mem::take(x))", vec![Named::Crate("uuid".to_owned())]),
            ("<Vec<u8> as ::std::A>::Missing; self::B; types::f; types::A::b", vec![Named::OfTypes("A".to_owned())]),
            ("#[doc(A)] format!(\"{}\", B); 'A: loop {}", vec![]),
            (
                "impl Iterator<Item = Self> for u8 { type Other = Self; const C: u8 = 1; }",
                vec![Named::Own("Iterator".to_owned())],
            ),
            ("futures::stream::iter(f()) + a::<u8>()", vec![Named::OwnOrCrate("futures".to_owned())]),
            ("fn f() -> ::uuid::Uuid { A { a: 1 } }", vec![Named::Crate("uuid".to_owned()), a]),
        ] {
            assert_eq!(named(code), found, "{code}");
        }
    }
}

//! Text of a request that names keys and does not hold them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::keys::Role;

/// A text of a request without its keys: what stands for one is an expression of the shell, such as `$GATE_KEY`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Masked(Vec<Piece>);

/// A part of such a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    /// The id of a session, as a segment of a path.
    Session(String),
    Key(Role, KeyForm),
}

/// What is made of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyForm {
    Whole,
    /// Without what it begins with.
    Without(&'static str),
    WithoutLast,
    /// In base64, as the name of a user without a password.
    BasicUser,
    CaseSwapped,
    /// With another character in one place, counted from 1.
    Changed {
        position: usize,
        to: char,
    },
}

impl KeyForm {
    /// What becomes of the key.
    pub(crate) fn of(self, key: &str) -> String {
        match self {
            Self::Whole => key.to_owned(),
            Self::Without(start) => key.strip_prefix(start).unwrap_or(key).to_owned(),
            Self::WithoutLast => key.char_indices().next_back().map_or("", |(last, _)| &key[..last]).to_owned(),
            Self::BasicUser => STANDARD.encode(format!("{key}:")),
            Self::CaseSwapped => key.chars().map(swapped).collect(),
            Self::Changed { position, to } => {
                let numbered = key.chars().zip(1..);
                numbered.map(|(character, at)| if at == position { to } else { character }).collect()
            }
        }
    }

    /// The expression of the shell that makes the same of the variable of this role; `next` is what follows it.
    fn expression(self, role: Role, next: Option<char>) -> String {
        let name = role.variable();
        match self {
            Self::Whole if next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_') => {
                format!("${{{name}}}")
            }
            Self::Whole => format!("${name}"),
            Self::Without(start) => format!("${{{name}#{start}}}"),
            Self::WithoutLast => format!("${{{name}%?}}"),
            Self::BasicUser => format!(r#"$(printf %s "${name}:" | base64 | tr -d '\n')"#),
            Self::CaseSwapped => format!(r#"$(printf %s "${name}" | tr a-zA-Z A-Za-z)"#),
            Self::Changed { position, to } => format!(r#"$(printf %s "${name}" | sed s/./{to}/{position})"#),
        }
    }
}

fn swapped(character: char) -> char {
    if character.is_ascii_lowercase() { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() }
}

impl Masked {
    /// One word for the shell, to which only the keys are left.
    pub(crate) fn shell_word(&self) -> String {
        let mut word = String::new();
        let mut plain = String::new();
        for (piece, shown) in self.pieces() {
            if let Piece::Key(..) = piece {
                if !plain.is_empty() {
                    word.push_str(&single_quoted(&std::mem::take(&mut plain)));
                }
                word.push_str(&format!("\"{shown}\""));
            } else {
                plain.push_str(&shown);
            }
        }
        if plain.is_empty() && !word.is_empty() { word } else { word + &single_quoted(&plain) }
    }

    /// Every part, with how it is shown.
    fn pieces(&self) -> impl Iterator<Item = (&Piece, String)> {
        let following = self.0.iter().skip(1).map(Some).chain([None]);
        self.0.iter().zip(following).map(|(piece, next)| {
            let shown = match piece {
                Piece::Literal(text) | Piece::Session(text) => text.clone(),
                Piece::Key(role, form) => {
                    let next = match next {
                        Some(Piece::Literal(text) | Piece::Session(text)) => text.chars().next(),
                        _ => None,
                    };
                    form.expression(*role, next)
                }
            };
            (piece, shown)
        })
    }

    /// Whether a key stands in it.
    pub(crate) fn has_key(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Key(..)))
    }

    /// The session that it names.
    pub(crate) fn session(&self) -> Option<&str> {
        self.0.iter().find_map(|piece| if let Piece::Session(id) = piece { Some(id.as_str()) } else { None })
    }

    /// This, and another text behind it.
    pub(crate) fn and(mut self, other: impl Into<Self>) -> Self {
        self.0.extend(other.into().0);
        self
    }

    /// The same with everything but the keys edited.
    pub(crate) fn edited(self, edit: impl Fn(&str) -> String) -> Self {
        let edited = self.0.into_iter().map(|piece| match piece {
            Piece::Literal(text) => Piece::Literal(edit(&text)),
            Piece::Session(id) => Piece::Session(edit(&id)),
            Piece::Key(..) => piece,
        });
        Self(edited.collect())
    }

    /// What stands before the session that it names, and what stands behind it.
    pub(crate) fn around_session(&self) -> Option<[Self; 2]> {
        let at = self.0.iter().position(|piece| matches!(piece, Piece::Session(_)))?;
        Some([self.0.get(..at)?, self.0.get(at + 1..)?].map(|pieces| Self(pieces.to_vec())))
    }
}

/// A word for the shell that it takes as it is.
fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl<const COUNT: usize> From<[Piece; COUNT]> for Masked {
    fn from(pieces: [Piece; COUNT]) -> Self {
        let is_there = |piece: &Piece| !matches!(piece, Piece::Literal(text) if text.is_empty());
        Self(pieces.into_iter().filter(is_there).collect())
    }
}

impl From<String> for Masked {
    fn from(text: String) -> Self {
        [Piece::Literal(text)].into()
    }
}

impl From<&str> for Masked {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().try_for_each(|(_, shown)| f.write_str(&shown))
    }
}

/// A text as it is sent, and as it is shown: the second never had a secret in it.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) sent: String,
    pub(crate) shown: Masked,
}

impl Written {
    /// A key in what is made of it, between two texts.
    pub(crate) fn of_key(before: &str, (role, key): (Role, &str), form: KeyForm, after: &str) -> Self {
        Self {
            sent: format!("{before}{}{after}", form.of(key)),
            shown: [Piece::Literal(before.to_owned()), Piece::Key(role, form), Piece::Literal(after.to_owned())].into(),
        }
    }

    /// This, and another text behind it.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.sent.push_str(&other.sent);
        self.shown = self.shown.and(other.shown);
        self
    }
}

/// A text that is no secret.
impl<T: Into<Masked>> From<T> for Written {
    fn from(text: T) -> Self {
        let shown = text.into();
        Self { sent: shown.to_string(), shown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(form: KeyForm) -> Piece {
        Piece::Key(Role::Partner, form)
    }

    fn text(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    #[test]
    fn only_what_stands_for_a_key_is_left_to_the_shell() {
        let changed = KeyForm::Changed { position: 12, to: '0' };
        let other = Piece::Key(Role::OtherPartner, KeyForm::Whole);
        let pieces = |pieces: &[Piece]| Masked(pieces.to_vec());
        for (masked, shown, word) in [
            (Masked::from(""), "", "''"),
            (pieces(&[key(KeyForm::Whole)]), "$GATE_KEY", r#""$GATE_KEY""#),
            (
                pieces(&[text("a "), key(KeyForm::Whole), text(" b"), other]),
                "a $GATE_KEY b$GATE_OTHER_KEY",
                r#"'a '"$GATE_KEY"' b'"$GATE_OTHER_KEY""#,
            ),
            (
                Masked::from("$GATE_KEY $(true) `true` it's"),
                "$GATE_KEY $(true) `true` it's",
                r"'$GATE_KEY $(true) `true` it'\''s'",
            ),
            (
                pieces(&[text("Bearer "), key(KeyForm::Without("sk_test_"))]),
                "Bearer ${GATE_KEY#sk_test_}",
                r#"'Bearer '"${GATE_KEY#sk_test_}""#,
            ),
            (
                pieces(&[text("Bearer "), key(KeyForm::Whole), text("0")]),
                "Bearer ${GATE_KEY}0",
                r#"'Bearer '"${GATE_KEY}"'0'"#,
            ),
            (pieces(&[key(KeyForm::WithoutLast)]), "${GATE_KEY%?}", r#""${GATE_KEY%?}""#),
            (
                pieces(&[key(changed), text("!")]),
                r#"$(printf %s "$GATE_KEY" | sed s/./0/12)!"#,
                r#""$(printf %s "$GATE_KEY" | sed s/./0/12)"'!'"#,
            ),
        ] {
            assert_eq!((masked.to_string().as_str(), masked.shell_word().as_str()), (shown, word));
        }
    }
}

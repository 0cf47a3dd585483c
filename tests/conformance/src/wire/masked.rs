//! Request text that refers to keys without containing them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};

use super::keys::Role;

/// Request text in which a shell expression such as `$GATE_KEY` replaces each key.
///
/// It also knows which session it names, so that a command line can name another session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Masked(Vec<Piece>);

/// A part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    /// The id of a session, as a part of a path or of a query.
    Session(String, IdForm),
    /// The client secret of the session with this id.
    ClientSecret(String),
    Key(Role, KeyForm),
}

/// Every character except the unreserved ones of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the name of a session's variable is followed by in that of its client secret.
pub(crate) const SECRET_OF: &str = "_SECRET";

/// The replacement for a client secret.
pub(crate) const CLIENT_SECRET: &str = "[client secret]";

/// Escapes a text as a path segment or a query value.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// A form of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyForm {
    Whole,
    /// Without its prefix.
    Without(&'static str),
    WithoutLast,
    /// In base64.
    Base64,
    /// With its first byte percent-encoded.
    PercentEncoded,
    /// In base64, as a user name without a password.
    BasicUser,
    /// In base64, as the password of a user.
    BasicPassword,
    CaseSwapped,
    /// With another character at this position, starting at 1.
    Changed {
        position: usize,
        to: char,
    },
}

/// A form of a session's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdForm {
    Whole,
    WithoutFirst,
    WithoutLast,
    /// With another last character: a letter that sequential ids do not use.
    AnotherLast,
    OtherCase,
    /// In full-width characters, which NFKC maps to the same id.
    FullWidth,
    /// With the first byte escaped twice: decoded once it is another id, decoded twice it is this one.
    EscapedTwice,
}

impl IdForm {
    /// Returns the id in this form, escaped for a path.
    pub(crate) fn of(self, id: &str) -> String {
        let mut characters = id.chars();
        match self {
            Self::Whole => escaped(id),
            Self::WithoutFirst => {
                characters.next();
                escaped(characters.as_str())
            }
            Self::WithoutLast => {
                characters.next_back();
                escaped(characters.as_str())
            }
            Self::AnotherLast => {
                let last = characters.next_back();
                escaped(characters.as_str()) + if last == Some('z') { "y" } else { "z" }
            }
            Self::OtherCase => escaped(&characters.map(swapped).collect::<String>()),
            Self::FullWidth => escaped(&characters.map(full_width).collect::<String>()),
            Self::EscapedTwice => {
                let (first, rest) = id.as_bytes().split_at(id.len().min(1));
                let first: String = first.iter().map(|byte| format!("%25{byte:02X}")).collect();
                first + &percent_encode(rest, ESCAPED).to_string()
            }
        }
    }

    /// Returns the shell expression for this form of the id in a variable. The id needs no escaping.
    fn expression(self, name: &str) -> String {
        match self {
            Self::Whole => format!("${name}"),
            Self::WithoutFirst => format!("${{{name}#?}}"),
            Self::WithoutLast => format!("${{{name}%?}}"),
            Self::AnotherLast => format!("${{{name}%?}}$(case ${name} in *z) echo y;; *) echo z;; esac)"),
            Self::OtherCase => format!(r#"$(printf %s "${name}" | tr a-zA-Z A-Za-z)"#),
            Self::FullWidth => {
                let awk = r#"{for(i=1;i<=NF;i++)printf "%%EF%%B%s%%%X",($i<96)?"C":"D",128+($i+32)%64}"#;
                format!(r#"$(printf %s "${name}" | od -An -v -tu1 | awk '{awk}')"#)
            }
            Self::EscapedTwice => {
                let first = format!(r#"$(printf %.1s "${name}" | od -An -tx1 | tr -d ' \n' | tr a-f A-F)"#);
                format!("%25{first}${{{name}#?}}")
            }
        }
    }
}

/// The full-width form of a character, if it has one.
fn full_width(character: char) -> char {
    match character {
        '!'..='~' => char::from_u32(u32::from(character) + 0xFEE0).unwrap_or(character),
        other => other,
    }
}

impl KeyForm {
    /// Returns the key in this form.
    pub(crate) fn of(self, key: &str) -> String {
        match self {
            Self::Whole => key.to_owned(),
            Self::Without(start) => key.strip_prefix(start).unwrap_or(key).to_owned(),
            Self::WithoutLast => key.char_indices().next_back().map_or("", |(last, _)| &key[..last]).to_owned(),
            Self::Base64 => STANDARD.encode(key),
            Self::PercentEncoded => {
                let (first, rest) = key.split_at(key.chars().next().map_or(0, char::len_utf8));
                first.bytes().map(|byte| format!("%{byte:02x}")).chain([rest.to_owned()]).collect()
            }
            Self::BasicUser => STANDARD.encode(format!("{key}:")),
            Self::BasicPassword => STANDARD.encode(format!("sk:{key}")),
            Self::CaseSwapped => key.chars().map(swapped).collect(),
            Self::Changed { position, to } => {
                let numbered = key.chars().zip(1..);
                numbered.map(|(character, at)| if at == position { to } else { character }).collect()
            }
        }
    }

    /// Returns the shell expression for this form of the role's variable; `next` is the text that follows.
    fn expression(self, role: Role, next: Option<char>) -> String {
        let name = role.variable();
        match self {
            Self::Whole if next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_') => {
                format!("${{{name}}}")
            }
            Self::Whole => format!("${name}"),
            Self::Without(start) => format!("${{{name}#{start}}}"),
            Self::WithoutLast => format!("${{{name}%?}}"),
            Self::Base64 => format!(r#"$(printf %s "${name}" | base64 | tr -d '\n')"#),
            Self::PercentEncoded => {
                format!(r#"%$(printf %.1s "${name}" | od -An -tx1 | tr -d ' \n')${{{name}#?}}"#)
            }
            Self::BasicUser => format!(r#"$(printf %s "${name}:" | base64 | tr -d '\n')"#),
            Self::BasicPassword => format!(r#"$(printf %s "sk:${name}" | base64 | tr -d '\n')"#),
            Self::CaseSwapped => format!(r#"$(printf %s "${name}" | tr a-zA-Z A-Za-z)"#),
            Self::Changed { position, to } => format!(r#"$(printf %s "${name}" | sed s/./{to}/{position})"#),
        }
    }
}

fn swapped(character: char) -> char {
    if character.is_ascii_lowercase() { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() }
}

impl Masked {
    /// Creates text from the id of a session, in a form.
    pub(crate) fn session(id: &str, form: IdForm) -> Self {
        [Piece::Session(id.to_owned(), form)].into()
    }

    /// Creates text from the client secret of a session.
    pub(crate) fn client_secret(id: &str) -> Self {
        [Piece::ClientSecret(id.to_owned())].into()
    }

    /// One shell word, in which only keys and session variables are expanded.
    pub(crate) fn shell_word<'v>(&self, variable: impl Fn(&str) -> Option<&'v str>) -> String {
        let mut word = String::new();
        let mut plain = String::new();
        for (piece, shown) in self.pieces() {
            let expression = match piece {
                Piece::Key(..) => Some(shown.clone()),
                Piece::Session(id, form) => variable(id).map(|name| form.expression(name)),
                Piece::ClientSecret(id) => variable(id).map(|name| format!("${name}{SECRET_OF}")),
                Piece::Literal(_) => None,
            };
            match expression {
                Some(expression) => {
                    if !plain.is_empty() {
                        word.push_str(&single_quoted(&std::mem::take(&mut plain)));
                    }
                    word.push_str(&format!("\"{expression}\""));
                }
                None => plain.push_str(&shown),
            }
        }
        if plain.is_empty() && !word.is_empty() { word } else { word + &single_quoted(&plain) }
    }

    /// Every part, as shown.
    fn pieces(&self) -> impl Iterator<Item = (&Piece, String)> {
        let following = self.0.iter().skip(1).map(Some).chain([None]);
        self.0.iter().zip(following).map(|(piece, next)| {
            let shown = match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Session(id, form) => form.of(id),
                Piece::ClientSecret(_) => CLIENT_SECRET.to_owned(),
                Piece::Key(role, form) => {
                    let next = match next {
                        Some(Piece::Literal(text) | Piece::Session(text, _)) => text.chars().next(),
                        _ => None,
                    };
                    form.expression(*role, next)
                }
            };
            (piece, shown)
        })
    }

    /// Whether it contains a key.
    pub(crate) fn has_key(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Key(..)))
    }

    /// The session that it names, or whose id it is built from.
    pub(crate) fn named_session(&self) -> Option<&str> {
        self.0.iter().find_map(|piece| match piece {
            Piece::Session(id, _) | Piece::ClientSecret(id) => Some(id.as_str()),
            Piece::Literal(_) | Piece::Key(..) => None,
        })
    }

    /// The session whose client secret it contains.
    pub(crate) fn session_of_secret(&self) -> Option<&str> {
        self.0.iter().find_map(|piece| if let Piece::ClientSecret(id) = piece { Some(id.as_str()) } else { None })
    }

    /// Appends another text.
    pub(crate) fn and(mut self, other: impl Into<Self>) -> Self {
        self.0.extend(other.into().0);
        self
    }

    /// Edits everything except the keys.
    pub(crate) fn edited(self, edit: impl Fn(&str) -> String) -> Self {
        let edited = self.0.into_iter().map(|piece| match piece {
            Piece::Literal(text) => Piece::Literal(edit(&text)),
            Piece::Session(id, form) => Piece::Session(edit(&id), form),
            Piece::ClientSecret(id) => Piece::ClientSecret(edit(&id)),
            Piece::Key(..) => piece,
        });
        Self(edited.collect())
    }
}

/// Quotes a word for the shell, if needed.
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

/// A text as sent and as shown. The shown text never contains a secret.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) sent: String,
    pub(crate) shown: Masked,
}

impl Written {
    /// Creates a text from a form of a key, between two texts.
    pub(crate) fn of_key(before: &str, (role, key): (Role, &str), form: KeyForm, after: &str) -> Self {
        Self {
            sent: format!("{before}{}{after}", form.of(key)),
            shown: [Piece::Literal(before.to_owned()), Piece::Key(role, form), Piece::Literal(after.to_owned())].into(),
        }
    }

    /// Creates a text with a client secret, escaped if it must be, where its place is.
    pub(crate) fn with_secret(shown: Masked, secret: &str) -> Self {
        let sent = shown.pieces().map(|(piece, shown)| match piece {
            Piece::ClientSecret(_) => secret.to_owned(),
            _ => shown,
        });
        Self { sent: sent.collect(), shown }
    }

    /// Appends another text.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.sent.push_str(&other.sent);
        self.shown = self.shown.and(other.shown);
        self
    }
}

/// A text without a secret.
impl<T: Into<Masked>> From<T> for Written {
    fn from(text: T) -> Self {
        let shown = text.into();
        Self { sent: shown.to_string(), shown }
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;

    fn key(form: KeyForm) -> Piece {
        Piece::Key(Role::Partner, form)
    }

    fn text(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    #[test]
    fn the_shell_expands_only_the_variables_of_keys() {
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
            assert_eq!((masked.to_string().as_str(), masked.shell_word(|_| None).as_str()), (shown, word));
        }
    }

    const FORMS: [IdForm; 7] = [
        IdForm::Whole,
        IdForm::WithoutFirst,
        IdForm::WithoutLast,
        IdForm::AnotherLast,
        IdForm::OtherCase,
        IdForm::FullWidth,
        IdForm::EscapedTwice,
    ];

    #[test]
    fn a_twice_escaped_id_is_the_id_when_decoded_twice() {
        let once = percent_decode_str(&IdForm::EscapedTwice.of("67a é")).decode_utf8().unwrap().into_owned();
        assert_eq!(once, "%367a é");
        assert_eq!(percent_decode_str(&once).decode_utf8().unwrap(), "67a é");
        assert_eq!(IdForm::EscapedTwice.of(""), "");
    }

    #[test]
    fn full_width_characters_are_compatible_with_those_of_the_id() {
        assert_eq!("a1-Zé".chars().map(full_width).collect::<String>(), "\u{ff41}\u{ff11}\u{ff0d}\u{ff3a}é");
    }

    /// A user who copies the line names the session that the suite named.
    #[test]
    #[cfg(unix)]
    fn the_shell_makes_the_same_of_the_id() {
        for id in ["67a1f3b9e4b0c10001234567", "gs_test-A0z.9~Z", "z"] {
            for form in FORMS {
                let script = format!("printf %s {}", Masked::session(id, form).shell_word(|_| Some("ID")));
                let output = std::process::Command::new("sh").args(["-c", &script]).env("ID", id).output().unwrap();
                assert_eq!(String::from_utf8(output.stdout).unwrap(), form.of(id), "{form:?}: {script}");
            }
        }
    }
}

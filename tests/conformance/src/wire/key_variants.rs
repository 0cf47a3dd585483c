//! What is made of a key to see whether it is still taken for one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A way to write a key into the `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum KeyVariant {
    /// As it should be.
    Bearer,
    /// Without any scheme.
    Raw,
    /// Under the scheme `Token`.
    Token,
    /// Under the scheme `Basic`, as the name of a user without a password.
    BasicUser,
    /// Under the scheme `Basic`, as it is.
    BasicRaw,
    /// Under the scheme `ApiKey`.
    ApiKey,
    /// Under the scheme `Digest`.
    Digest,
    /// As a live key, if it is a test key, and the other way round.
    OtherMode,
    /// Right behind the scheme.
    Glued,
    /// Behind the scheme and a colon.
    Colon,
    /// Between quotation marks.
    Quoted,
    /// With something else behind it.
    Followed,
    /// As the second of a list, behind one that is nobody's.
    Listed,
    /// With another first character behind `sk_test_`.
    FirstChanged,
    /// With something before it.
    Prefixed,
    /// Without `sk_test_`.
    Bare,
    /// With another last character.
    LastChanged,
    /// With another character in its middle.
    MiddleChanged,
    /// With one character more at its end.
    Extended,
    /// Without its last character.
    Truncated,
    /// With letters of the other case.
    CaseSwapped,
}

/// What is no key at all.
const NOBODYS: &str = "nobodys";

/// What stands in the place of a character that is changed: one of the two is another one.
const OTHERS: [char; 2] = ['0', '1'];

impl KeyVariant {
    /// What goes over the wire.
    pub(crate) fn value(self, key: &str) -> String {
        match self {
            Self::Bearer => format!("Bearer {key}"),
            Self::Raw => key.to_owned(),
            Self::Token => format!("Token {key}"),
            Self::BasicUser => format!("Basic {}", STANDARD.encode(format!("{key}:"))),
            Self::BasicRaw => format!("Basic {key}"),
            Self::ApiKey => format!("ApiKey {key}"),
            Self::Digest => format!("Digest {key}"),
            Self::OtherMode => format!("Bearer {}{}", other_kind(key), key.get(kind(key)..).unwrap_or_default()),
            Self::Glued => format!("Bearer{key}"),
            Self::Colon => format!("Bearer: {key}"),
            Self::Quoted => format!("Bearer \"{key}\""),
            Self::Followed => format!("Bearer {key} {NOBODYS}"),
            Self::Listed => format!("Bearer {NOBODYS}, Bearer {key}"),
            Self::FirstChanged => format!("Bearer {}", changed(key, kind(key))),
            Self::Prefixed => format!("Bearer x{key}"),
            Self::Bare => format!("Bearer {}", key.get(kind(key)..).unwrap_or_default()),
            Self::LastChanged => format!("Bearer {}", changed(key, last(key))),
            Self::MiddleChanged => format!("Bearer {}", changed(key, middle(key))),
            Self::Extended => format!("Bearer {key}0"),
            Self::Truncated => format!("Bearer {}", truncated(key)),
            Self::CaseSwapped => format!("Bearer {}", key.chars().map(swapped).collect::<String>()),
        }
    }

    /// The same for a person, the key itself left to the shell's `variable`.
    pub(crate) fn shown(self, key: &str, variable: &str) -> String {
        let name = variable.trim_start_matches('$');
        let substituted = |at: usize| {
            let position = key.chars().take(at).count() + 1;
            let other = other(key, at);
            format!(r#"Bearer $(printf %s "{variable}" | sed s/./{other}/{position})"#)
        };
        match self {
            Self::Bearer => format!("Bearer {variable}"),
            Self::Raw => variable.to_owned(),
            Self::Token => format!("Token {variable}"),
            Self::BasicUser => format!(r#"Basic $(printf %s "{variable}:" | base64 | tr -d '\n')"#),
            Self::BasicRaw => format!("Basic {variable}"),
            Self::ApiKey => format!("ApiKey {variable}"),
            Self::Digest => format!("Digest {variable}"),
            Self::OtherMode => {
                format!("Bearer {}${{{name}#{}}}", other_kind(key), key.get(..kind(key)).unwrap_or_default())
            }
            Self::Glued => format!("Bearer{variable}"),
            Self::Colon => format!("Bearer: {variable}"),
            Self::Quoted => format!("Bearer \"{variable}\""),
            Self::Followed => format!("Bearer {variable} {NOBODYS}"),
            Self::Listed => format!("Bearer {NOBODYS}, Bearer {variable}"),
            Self::FirstChanged => substituted(kind(key)),
            Self::Prefixed => format!("Bearer x{variable}"),
            Self::Bare => format!("Bearer ${{{name}#{}}}", key.get(..kind(key)).unwrap_or_default()),
            Self::LastChanged => substituted(last(key)),
            Self::MiddleChanged => substituted(middle(key)),
            Self::Extended => format!("Bearer ${{{name}}}0"),
            Self::Truncated => format!("Bearer ${{{name}%?}}"),
            Self::CaseSwapped => format!(r#"Bearer $(printf %s "{variable}" | tr a-zA-Z A-Za-z)"#),
        }
    }

    /// What was done, to follow "with".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Bearer => "the key",
            Self::Raw => "the key, and no scheme before it",
            Self::Token => "the key under the scheme Token",
            Self::BasicUser => "the key under the scheme Basic",
            Self::BasicRaw => "the key as it is under the scheme Basic",
            Self::ApiKey => "the key under the scheme ApiKey",
            Self::Digest => "the key under the scheme Digest",
            Self::OtherMode => "the key, called live if it is for tests",
            Self::Glued => "the key right behind the scheme",
            Self::Colon => "the key behind the scheme and a colon",
            Self::Quoted => "the key in quotation marks",
            Self::Followed => "the key and something behind it",
            Self::Listed => "the key behind one that is nobody's",
            Self::FirstChanged => "the key, the first character behind its kind changed",
            Self::Prefixed => "the key and something before it",
            Self::Bare => "the key without what tells its kind",
            Self::LastChanged => "the key, its last character changed",
            Self::MiddleChanged => "the key, a character in its middle changed",
            Self::Extended => "the key and one character more",
            Self::Truncated => "the key without its last character",
            Self::CaseSwapped => "the key, upper case for lower and lower for upper",
        }
    }
}

/// The byte that the last character begins at.
fn last(key: &str) -> usize {
    key.char_indices().last().map_or(0, |(at, _)| at)
}

fn middle(key: &str) -> usize {
    key.char_indices().nth(key.chars().count() / 2).map_or(0, |(at, _)| at)
}

/// The byte behind what tells the kind of a key, such as `sk_test_`.
pub(crate) fn kind(key: &str) -> usize {
    let kinds = ["sk_test_", "sk_live_", "pk_test_", "pk_live_", "sk_"];
    kinds.into_iter().find(|kind| key.starts_with(kind)).map_or(0, str::len)
}

/// What tells the other kind.
fn other_kind(key: &str) -> &'static str {
    if key.starts_with("sk_test_") { "sk_live_" } else { "sk_test_" }
}

fn truncated(key: &str) -> &str {
    key.get(..last(key)).unwrap_or_default()
}

/// Another character than the one that begins at this byte.
fn other(key: &str, at: usize) -> char {
    let here = key.get(at..).and_then(|rest| rest.chars().next());
    OTHERS.into_iter().find(|other| Some(*other) != here).unwrap_or_default()
}

fn changed(key: &str, at: usize) -> String {
    key.char_indices().map(|(index, character)| if index == at { other(key, at) } else { character }).collect()
}

fn swapped(character: char) -> char {
    if character.is_ascii_lowercase() { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const ALL: [KeyVariant; 21] = [
        KeyVariant::Bearer,
        KeyVariant::Raw,
        KeyVariant::Token,
        KeyVariant::BasicUser,
        KeyVariant::BasicRaw,
        KeyVariant::ApiKey,
        KeyVariant::Digest,
        KeyVariant::OtherMode,
        KeyVariant::Glued,
        KeyVariant::Colon,
        KeyVariant::Quoted,
        KeyVariant::Followed,
        KeyVariant::Listed,
        KeyVariant::FirstChanged,
        KeyVariant::Prefixed,
        KeyVariant::Bare,
        KeyVariant::LastChanged,
        KeyVariant::MiddleChanged,
        KeyVariant::Extended,
        KeyVariant::Truncated,
        KeyVariant::CaseSwapped,
    ];

    #[test]
    fn only_bearer_is_the_key_as_it_should_be() {
        let key = "sk_test_Fake0";
        for shape in ALL {
            assert_eq!(shape.value(key) == "Bearer sk_test_Fake0", shape == KeyVariant::Bearer, "{shape:?}");
        }
        assert_eq!(KeyVariant::LastChanged.value(key), "Bearer sk_test_Fake1");
        assert_eq!(KeyVariant::MiddleChanged.value(key), "Bearer sk_tes0_Fake0");
        assert_eq!(KeyVariant::Truncated.value(key), "Bearer sk_test_Fake");
        assert_eq!(KeyVariant::CaseSwapped.value(key), "Bearer SK_TEST_fAKE0");
    }

    #[test]
    fn a_short_key_breaks_nothing() {
        for shape in ALL {
            for key in ["", "é"] {
                assert!(!format!("{}{}", shape.value(key), shape.shown(key, "$GATE_KEY")).is_empty());
            }
        }
    }

    /// A person who copies the line sends what the suite sent.
    #[test]
    #[cfg(unix)]
    fn the_shell_makes_the_same_of_the_key() {
        let key = "sk_test_Fake_key_that_is_so_long_that_base64_would_break_the_line_of_it_1";
        for shape in ALL {
            let shown = shape.shown(key, "$GATE_KEY");
            // Outside of what is left to the shell, a quotation mark is one.
            let shown = if shape == KeyVariant::Quoted { shown.replace('"', "\\\"") } else { shown };
            let script = format!("printf %s \"{shown}\"");
            let output = Command::new("sh").args(["-c", &script]).env("GATE_KEY", key).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), shape.value(key), "{shape:?}: {script}");
        }
    }
}

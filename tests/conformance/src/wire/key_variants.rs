//! Altered forms of a key that a server must refuse.

use std::borrow::Cow;

use super::keys::{Role, kind, other_kind};
use super::masked::{KeyForm, Written};

/// A way to write a key in the `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum KeyVariant {
    /// Correct.
    Bearer,
    /// Without any scheme.
    Raw,
    /// Under the scheme `Token`.
    Token,
    /// Under the scheme `Basic`, as a user name without a password.
    BasicUser,
    /// Under the scheme `Basic`, as the password of a user.
    BasicPassword,
    /// Under the scheme `Basic`, unencoded.
    BasicRaw,
    /// Under the scheme `ApiKey`.
    ApiKey,
    /// Under the scheme `Digest`.
    Digest,
    /// With the prefix of a live key if it is a test key, and vice versa.
    OtherMode,
    /// Directly after the scheme, without a space.
    Glued,
    /// After the scheme and a colon.
    Colon,
    /// Between quotation marks.
    Quoted,
    /// Followed by something else.
    Followed,
    /// As the second of a list, after an unknown one.
    Listed,
    /// As the first of a list, before an unknown one.
    ListedFirst,
    /// With its first character percent-encoded.
    PercentEncoded,
    /// In base64.
    Base64,
    /// With another first character after `sk_test_`.
    FirstChanged,
    /// Preceded by something else.
    Prefixed,
    /// Without `sk_test_`.
    Bare,
    /// With another last character.
    LastChanged,
    /// With another character in its middle.
    MiddleChanged,
    /// With an extra character at its end.
    Extended,
    /// Without its last character.
    Truncated,
    /// With letters of the other case.
    CaseSwapped,
}

/// The replacement characters: at least one of them differs from the original.
const OTHERS: [char; 2] = ['0', '1'];

impl KeyVariant {
    /// The value of the header for a key.
    pub(crate) fn written(self, role: Role, key: &str) -> Written {
        let (before, form, after, _) = self.parts(key);
        Written::of_key(&before, (role, key), form, after)
    }

    /// A description that follows "with".
    pub(crate) fn words(self) -> &'static str {
        let (.., words) = self.parts("");
        words
    }

    /// The text before the key, the form of the key, the text after it, and a description.
    fn parts(self, key: &str) -> (Cow<'static, str>, KeyForm, &'static str, &'static str) {
        use KeyForm::{Base64, BasicPassword, BasicUser, CaseSwapped, PercentEncoded, Whole, Without, WithoutLast};
        let (before, form, after, words) = match self {
            Self::Bearer => ("Bearer ", Whole, "", "the key"),
            Self::Raw => ("", Whole, "", "the key without a scheme"),
            Self::Token => ("Token ", Whole, "", "the key under the scheme Token"),
            Self::BasicUser => ("Basic ", BasicUser, "", "the key under the scheme Basic"),
            Self::BasicPassword => ("Basic ", BasicPassword, "", "the key as a password under the scheme Basic"),
            Self::BasicRaw => ("Basic ", Whole, "", "the unencoded key under the scheme Basic"),
            Self::ApiKey => ("ApiKey ", Whole, "", "the key under the scheme ApiKey"),
            Self::Digest => ("Digest ", Whole, "", "the key under the scheme Digest"),
            Self::OtherMode => {
                return (
                    format!("Bearer {}", other_kind(key)).into(),
                    Without(kind(key)),
                    "",
                    "the key with the prefix of the other mode",
                );
            }
            Self::Glued => ("Bearer", Whole, "", "the key directly after the scheme"),
            Self::Colon => ("Bearer: ", Whole, "", "the key after the scheme and a colon"),
            Self::Quoted => ("Bearer \"", Whole, "\"", "the key in quotation marks"),
            // After it, or before it, something that is not a key.
            Self::Followed => ("Bearer ", Whole, " nobodys", "the key followed by something else"),
            Self::Listed => ("Bearer nobodys, Bearer ", Whole, "", "the key after an unknown one"),
            Self::ListedFirst => ("Bearer ", Whole, ", Bearer nobodys", "the key before an unknown one"),
            Self::PercentEncoded => ("Bearer ", PercentEncoded, "", "the key with its first character percent-encoded"),
            Self::Base64 => ("Bearer ", Base64, "", "the key in base64"),
            Self::FirstChanged => (
                "Bearer ",
                changed(key, kind(key).chars().count()),
                "",
                "the key with its first character after the prefix changed",
            ),
            Self::Prefixed => ("Bearer x", Whole, "", "the key preceded by something else"),
            Self::Bare => ("Bearer ", Without(kind(key)), "", "the key without its prefix"),
            Self::LastChanged => (
                "Bearer ",
                changed(key, key.chars().count().saturating_sub(1)),
                "",
                "the key with its last character changed",
            ),
            Self::MiddleChanged => {
                ("Bearer ", changed(key, key.chars().count() / 2), "", "the key with a character in the middle changed")
            }
            Self::Extended => ("Bearer ", Whole, "0", "the key with an extra character"),
            Self::Truncated => ("Bearer ", WithoutLast, "", "the key without its last character"),
            Self::CaseSwapped => ("Bearer ", CaseSwapped, "", "the key with upper and lower case swapped"),
        };
        (before.into(), form, after, words)
    }
}

/// Replaces the character at this index.
fn changed(key: &str, before: usize) -> KeyForm {
    let here = key.chars().nth(before);
    let to = OTHERS.into_iter().find(|other| Some(*other) != here).unwrap_or_default();
    KeyForm::Changed { position: before + 1, to }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const ALL: [KeyVariant; 25] = [
        KeyVariant::Bearer,
        KeyVariant::Raw,
        KeyVariant::Token,
        KeyVariant::BasicUser,
        KeyVariant::BasicPassword,
        KeyVariant::BasicRaw,
        KeyVariant::ApiKey,
        KeyVariant::Digest,
        KeyVariant::OtherMode,
        KeyVariant::Glued,
        KeyVariant::Colon,
        KeyVariant::Quoted,
        KeyVariant::Followed,
        KeyVariant::Listed,
        KeyVariant::ListedFirst,
        KeyVariant::PercentEncoded,
        KeyVariant::Base64,
        KeyVariant::FirstChanged,
        KeyVariant::Prefixed,
        KeyVariant::Bare,
        KeyVariant::LastChanged,
        KeyVariant::MiddleChanged,
        KeyVariant::Extended,
        KeyVariant::Truncated,
        KeyVariant::CaseSwapped,
    ];

    fn sent(variant: KeyVariant, key: &str) -> String {
        variant.written(Role::Partner, key).sent
    }

    #[test]
    fn only_bearer_is_the_key_as_it_should_be() {
        let key = "sk_test_Fake0";
        for variant in ALL {
            assert_eq!(sent(variant, key) == "Bearer sk_test_Fake0", variant == KeyVariant::Bearer, "{variant:?}");
        }
        assert_eq!(sent(KeyVariant::LastChanged, key), "Bearer sk_test_Fake1");
        assert_eq!(sent(KeyVariant::MiddleChanged, key), "Bearer sk_tes0_Fake0");
        assert_eq!(sent(KeyVariant::Truncated, key), "Bearer sk_test_Fake");
        assert_eq!(sent(KeyVariant::CaseSwapped, key), "Bearer SK_TEST_fAKE0");
    }

    #[test]
    fn a_short_key_breaks_nothing() {
        for variant in ALL {
            for key in ["", "é"] {
                let written = variant.written(Role::Partner, key);
                assert!(!format!("{}{}", written.sent, written.shown).is_empty());
            }
        }
    }

    /// A user who copies the line sends what the suite sent.
    #[test]
    #[cfg(unix)]
    fn the_shell_makes_the_same_of_the_key() {
        let key = "sk_test_Fake_key_that_is_so_long_that_base64_would_break_the_line_of_it_1";
        for variant in ALL {
            let written = variant.written(Role::Partner, key);
            let script = format!("printf %s {}", written.shown.shell_word(|_| None));
            let output = Command::new("sh").args(["-c", &script]).env("GATE_KEY", key).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), written.sent, "{variant:?}: {script}");
        }
    }
}

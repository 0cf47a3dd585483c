//! Redacts everything that is printed.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zerogate_contract::mask_keys;

use super::escapes;
use super::keys::{Key, kind};
use super::masked::{CLIENT_SECRET, KeyForm};

/// The secrets that must not be printed, and their replacements.
///
/// Shown requests never contain a key: it is replaced when they are built. This is for everything else, above all for a
/// target that sends a key back.
#[derive(Default)]
pub(crate) struct Secrets(Mutex<Vec<Secret>>);

struct Secret {
    text: String,
    placeholder: &'static str,
    is_of_a_session: bool,
}

impl Secrets {
    fn learn(&self, text: &str, placeholder: &'static str, is_of_a_session: bool) {
        if text.is_empty() {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push(Secret { text: text.to_owned(), placeholder, is_of_a_session });
        // A secret may be the prefix of another.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.text.len()));
    }

    /// Learns a key, plain and in the forms in which the suite sends it.
    pub(crate) fn learn_key(&self, key: &Key, placeholder: &'static str) {
        let key = key.expose();
        let learn = |text: &str| self.learn(text, placeholder, false);
        learn(key);
        let bare = KeyForm::Without(kind(key)).of(key);
        if bare.len() >= SHORTEST {
            learn(&bare);
        }
        for encoded in [STANDARD.encode(key), KeyForm::BasicUser.of(key), KeyForm::BasicPassword.of(key)] {
            learn(encoded.trim_end_matches('='));
        }
        learn(&KeyForm::CaseSwapped.of(key));
    }

    /// Learns a client secret, unless it is too short to be unique.
    pub(crate) fn learn_client_secret(&self, secret: &str) {
        if secret.len() >= SHORTEST {
            self.learn(secret, CLIENT_SECRET, true);
        }
    }

    /// Replaces every known secret in the text, and everything else that looks like a key: a server may send back a
    /// part of one, or a separate one. It may escape their characters.
    pub(crate) fn redact(&self, text: &str) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut redacted = text.to_owned();
        for Secret { text, placeholder, .. } in &*known {
            let mut done = 0;
            while let Some(found) = redacted.get(done..).and_then(|rest| escapes::find(rest, text)) {
                redacted.replace_range(done + found.start..done + found.end, placeholder);
                done += found.start + placeholder.len();
            }
        }
        mask_keys(&redacted).into_owned()
    }

    /// Whether `text` contains a client secret from the response to a creation, escaped or not.
    pub(crate) fn client_secret_in(&self, text: &str) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().any(|secret| secret.is_of_a_session && escapes::find(text, &secret.text).is_some())
    }
}

/// A shorter secret could occur in a text by accident.
const SHORTEST: usize = 8;

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_secret_is_replaced_the_longest_first() {
        let secrets = Secrets::default();
        secrets.learn("sk_test_fake", "$GATE_KEY", false);
        secrets.learn("sk_test_fake_other", "$GATE_OTHER_KEY", false);
        secrets.learn("", "nothing", false);
        assert_eq!(
            secrets.redact("sk_test_fake_other and sk_test_fake, sk_test_fake"),
            "$GATE_OTHER_KEY and $GATE_KEY, $GATE_KEY"
        );
    }

    #[test]
    fn a_key_is_recognised_in_every_form_that_it_is_sent_in() {
        let (secrets, key) = (Secrets::default(), "sk_test_FakeCanaryOfSomebody1");
        secrets.learn_key(&Key::new(key), "$GATE_KEY");
        for form in ["FakeCanaryOfSomebody1".to_owned(), STANDARD.encode(key), STANDARD.encode(format!("{key}:"))] {
            let told = secrets.redact(&format!("<{form}>"));
            assert!(told.starts_with("<$GATE_KEY"), "{form}: {told}");
        }
        assert!(!secrets.redact("SK_TEST_fAKEcANARYoFsOMEBODY1").contains("cANARY"));
    }

    #[test]
    fn a_secret_is_replaced_however_it_is_escaped() {
        let secrets = Secrets::default();
        secrets.learn_key(&Key::new("sk_test_FakeCanary"), "$GATE_KEY");
        secrets.learn_client_secret("gs_secret_a/b+c");
        let text = r"gs_secret_a\/b+c gs_secret_a%2Fb%2Bc \u0067s_secret_a/b&#43;c sk\u005ftest_FakeC&#x61;nary";
        assert_eq!(secrets.redact(text), "[client secret] [client secret] [client secret] $GATE_KEY");
        assert!(secrets.client_secret_in("gs_secret_a&#x2F;b+c") && !secrets.client_secret_in("gs_secret_a%2Fb%2B"));
    }

    #[test]
    fn a_short_client_secret_is_no_reason_to_black_out_a_word() {
        let secrets = Secrets::default();
        secrets.learn_client_secret("test");
        assert_eq!(secrets.redact(r#""mode":"test""#), r#""mode":"test""#);
        assert!(!secrets.client_secret_in("test"));
    }

    #[test]
    fn text_that_looks_like_a_key_is_cut_after_its_prefix() {
        let secrets = Secrets::default();
        assert_eq!(
            secrets.redact(r#"{"key":"sk_live_canary-1","other":"Bearer pk_test_canary"} sk_test_"#),
            r#"{"key":"sk_live_…","other":"Bearer pk_test_…"} sk_test_…"#
        );
    }

    #[test]
    fn neither_a_key_nor_the_redactor_prints_a_secret() {
        let secrets = Secrets::default();
        secrets.learn("canary", CLIENT_SECRET, true);
        assert!(!format!("{:?} {secrets:?}", Key::new("canary")).contains("canary"));
        assert!(secrets.client_secret_in("a canary in text"));
    }
}

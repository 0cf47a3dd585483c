//! Detects parts of a key in a response.

use std::collections::BTreeSet;

use memchr::memmem;
use serde_json::Value;

use crate::wire::{Request, Response, is_key};

/// A leaked secret, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leak {
    /// A description that does not repeat it.
    pub(crate) what: &'static str,
    /// Whether it is a session's client secret, not a part of a key.
    pub(crate) is_of_a_session: bool,
    pub(crate) place: String,
}

/// How many characters identify a key, next to its prefix or a mask.
const TELLING: usize = 4;

/// The minimum length of a key's end that identifies it alone, and its minimum number of different characters: a key
/// may end in zeros, as many ids do.
const TAIL: usize = 10;
const VARIETY: usize = 5;

/// The characters of a mask.
const MASK: [char; 5] = ['*', '•', '.', 'x', 'X'];

/// Finds the first part of these keys in a response's body or header values.
pub(crate) fn find<'k>(response: &Response, keys: impl Iterator<Item = &'k KeyTraces> + Clone) -> Option<Leak> {
    let header = response.headers.iter().find_map(|(name, value)| {
        let what = keys.clone().find_map(|key| key.found_in(value))?;
        Some(Leak { what, is_of_a_session: false, place: format!("in the header `{name}`") })
    });
    header.or_else(|| {
        // As received, and without JSON escapes.
        let is_escaped = response.body.contains(&b'\\');
        let unescaped = response.json.as_ref().filter(|_| is_escaped).map(Value::to_string);
        let raw = String::from_utf8_lossy(&response.body);
        let texts = unescaped.as_deref().into_iter().chain([&*raw]);
        let what = texts.into_iter().find_map(|text| keys.clone().find_map(|key| key.found_in(text)))?;
        Some(Leak { what, is_of_a_session: false, place: "in the body".to_owned() })
    })
}

/// The traces of the credential of a request, if it contains a key or a form of one.
pub(crate) fn credential(request: &Request) -> Option<KeyTraces> {
    let (_, value) = request.headers.iter().find(|(name, _)| name == "authorization")?;
    let credential = value.sent.rsplit(' ').next()?;
    let is_of_a_key = value.shown.has_key() || secret(credential).len() < credential.len();
    if is_of_a_key { KeyTraces::of(credential) } else { None }
}

/// A key without its prefix, such as `sk_test_`.
fn secret(key: &str) -> &str {
    key.splitn(3, '_').nth(2).filter(|_| is_key(key)).unwrap_or(key)
}

/// The parts of a key to look for.
pub(crate) struct KeyTraces {
    key: String,
    /// Whether to look for parts of it as well; not for a short key.
    is_long: bool,
    /// Its beginning, with enough characters after the prefix.
    start: Option<String>,
    /// Its end, if that is unique enough.
    tail: Option<String>,
    /// The last characters, to look for after a mask.
    end: Option<String>,
}

impl KeyTraces {
    /// Returns `None` if the key is too short to recognise.
    pub(crate) fn of(key: &str) -> Option<Self> {
        // In base64, the last characters do not belong to the key alone.
        let key = key.trim_end_matches('=');
        let secret = secret(key);
        if !key.is_ascii() || secret.len() < TELLING {
            return None;
        }
        let is_long = secret.len() >= 2 * TELLING;
        let part = |part: Option<&str>| part.filter(|_| is_long).map(str::to_owned);
        let has_kind = secret.len() < key.len();
        let start = key.get(..key.len() - secret.len() + TELLING).filter(|_| has_kind);
        let mut different = BTreeSet::new();
        let tail = key.bytes().rev().zip(1..secret.len()).find_map(|(byte, length)| {
            different.insert(byte);
            key.get(key.len() - length..).filter(|_| length >= TAIL && different.len() >= VARIETY)
        });
        let end = key.get(key.len() - TELLING..);
        Some(Self { key: key.to_owned(), is_long, start: part(start), tail: part(tail), end: part(end) })
    }

    fn found_in(&self, text: &str) -> Option<&'static str> {
        let has = |part: &String| memmem::find(text.as_bytes(), part.as_bytes()).is_some();
        // Checks the last characters first, since most texts do not contain them.
        let shows_end = self.end.as_ref().is_none_or(has);
        if shows_end && self.is_whole_in(text) {
            Some("a whole key")
        } else if self.start.as_ref().is_some_and(has) {
            Some("the beginning of a key")
        } else if shows_end && self.tail.as_ref().is_some_and(has) {
            Some("the end of a key")
        } else if shows_end && self.end.as_ref().is_some_and(|end| is_masked(text, end)) {
            Some("the last characters of a key, after a mask")
        } else {
            None
        }
    }

    /// A short key may be the beginning of a longer word.
    fn is_whole_in(&self, text: &str) -> bool {
        let is_part = |next: char| next.is_ascii_alphanumeric() || matches!(next, '_' | '-');
        let mut found = text.match_indices(&self.key);
        found.any(|(at, _)| {
            self.is_long || !text.get(at + self.key.len()..).is_some_and(|rest| rest.starts_with(is_part))
        })
    }
}

/// Whether the last characters of a key are at the end of a word, directly after a mask.
fn is_masked(text: &str, end: &str) -> bool {
    text.match_indices(end).any(|(at, _)| {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + end.len()..).unwrap_or_default());
        let mut before = before.chars().rev();
        let is_mask = match (before.next(), before.next()) {
            (Some('…'), _) => true,
            (Some(last), other) => MASK.contains(&last) && other == Some(last),
            (None, _) => false,
        };
        is_mask && !after.starts_with(|next: char| next.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 3] = [
        "sk_test_emulator_partner_0000000000000000",
        "sk_test_67a1f3b9e4b0c10001234567_9fQ2mZ7kL0aB4cD8",
        "c2tfdGVzdF9lbXVsYXRvcl9wYXJ0bmVyOg==",
    ];

    fn response(header: &str, body: &str) -> Response {
        Response {
            version: String::new(),
            status: 401,
            headers: vec![("x-header".to_owned(), header.to_owned())],
            body: body.as_bytes().to_vec(),
            json: serde_json::from_str(body).ok(),
        }
    }

    fn found(header: &str, body: &str) -> Option<(&'static str, String)> {
        let keys: Vec<KeyTraces> = KEYS.into_iter().filter_map(KeyTraces::of).collect();
        find(&response(header, body), keys.iter()).map(|Leak { what, place, .. }| (what, place))
    }

    #[test]
    fn a_key_is_found_whole_and_in_part() {
        for (text, what) in [
            ("the key sk_test_emulator_partner_0000000000000000 is unknown", "a whole key"),
            (r#"{"message":"sk_test_emulator\u005fpartner_0000000000000000"}"#, "a whole key"),
            ("Basic c2tfdGVzdF9lbXVsYXRvcl9wYXJ0bmVyOg==", "a whole key"),
            ("sk_test_emul…", "the beginning of a key"),
            ("Incorrect key: sk_test_67a1********", "the beginning of a key"),
            ("mZ7kL0aB4cD8", "the end of a key"),
            ("the key ending in ner_0000000000000000", "the end of a key"),
            ("sk_test_****************************cD8", ""),
            ("sk_test_****************************4cD8", "the last characters of a key, after a mask"),
            ("****4cD8.", "the last characters of a key, after a mask"),
            ("sk_test_…4cD8", "the last characters of a key, after a mask"),
            ("key ..4cD8", "the last characters of a key, after a mask"),
            ("sk_test_xxxx4cD8", "the last characters of a key, after a mask"),
        ] {
            let expected = Some(what).filter(|what| !what.is_empty());
            assert_eq!(found("", text).map(|(what, _)| what), expected, "{text}");
        }
    }

    #[test]
    fn other_text_is_not_taken_for_a_key() {
        for text in [
            "Send it in the header `Authorization: Bearer sk_test_...`.",
            concat!("Use sk_test_… or sk_live_", "xxxxxxxxxxxxxxxxxxxxxxxx."),
            "req_test_000000000000000000000123",
            "0x0000000000000000000000000000000000000000",
            "2026-05-26T12:00:00.0000Z and 100..100",
            // A key may contain its owner's name.
            r#"{"partner_id":"67a1f3b9e4b0c10001234567"}"#,
            "the 0Gate emulator knows no such partner",
            "4cD8 is a word, and **4cD80 another",
        ] {
            assert_eq!(found(text, text), None, "{text}");
        }
    }

    #[test]
    fn a_short_key_is_found_only_as_a_word() {
        let key = KeyTraces::of("sk_test_fake").unwrap();
        let found = |text: &str| find(&response("", text), [&key].into_iter()).is_some();
        assert!(found("the key `sk_test_fake`"));
        assert!(!found("sk_test_fake_partner_key") && !found("****fake") && !found("sk_test_fak"));
    }

    #[test]
    fn a_leak_names_the_place_and_not_the_key() {
        let (what, place) = found(KEYS[0], "").unwrap();
        assert_eq!((what, place.as_str()), ("a whole key", "in the header `x-header`"));
        assert_eq!(found("", KEYS[0]).unwrap().1, "in the body");
    }
}

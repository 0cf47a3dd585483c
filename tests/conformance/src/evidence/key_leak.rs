//! Whether anything of a key comes back in a response.

use std::collections::BTreeSet;

use memchr::memmem;
use serde_json::Value;

use crate::wire::{Request, Response, is_key};

/// What of a key came back, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leak {
    /// In words that do not repeat it.
    pub(crate) what: &'static str,
    pub(crate) place: String,
}

/// How many characters of a key are enough to give it away, beside what says that it is a part of one: how keys begin, or
/// a mask.
const TELLING: usize = 4;

/// How long the end of a key is that is recognised by nothing but itself, and of how many different characters: a key may
/// end in zeros, as many an id does.
const TAIL: usize = 10;
const VARIETY: usize = 5;

/// What stands for the characters of a key that are not shown.
const MASK: [char; 5] = ['*', '•', '.', 'x', 'X'];

/// The first thing of these keys that stands in a response: in its body, or in the value of a header.
pub(crate) fn find<'k>(response: &Response, keys: impl Iterator<Item = &'k KeyTraces> + Clone) -> Option<Leak> {
    let header = response.headers.iter().find_map(|(name, value)| {
        let what = keys.clone().find_map(|key| key.found_in(value))?;
        Some(Leak { what, place: format!("in the header `{name}`") })
    });
    header.or_else(|| {
        // As it came, and without the escapes that it may have come with.
        let is_escaped = response.body.contains(&b'\\');
        let unescaped = response.json.as_ref().filter(|_| is_escaped).map(Value::to_string);
        let raw = String::from_utf8_lossy(&response.body);
        let texts = unescaped.as_deref().into_iter().chain([&*raw]);
        let what = texts.into_iter().find_map(|text| keys.clone().find_map(|key| key.found_in(text)))?;
        Some(Leak { what, place: "in the body".to_owned() })
    })
}

/// What a request says of who sends it, where that is a key, or was made of one.
pub(crate) fn credential(request: &Request) -> Option<KeyTraces> {
    let (_, value) = request.headers.iter().find(|(name, _)| name == "authorization")?;
    let credential = value.sent.rsplit(' ').next()?;
    let is_of_a_key = value.shown.has_key() || secret(credential).len() < credential.len();
    if is_of_a_key { KeyTraces::of(credential) } else { None }
}

/// A key without what tells its kind, such as `sk_test_`.
fn secret(key: &str) -> &str {
    key.splitn(3, '_').nth(2).filter(|_| is_key(key)).unwrap_or(key)
}

/// What is looked for of one key.
pub(crate) struct KeyTraces {
    key: String,
    /// Whether parts of it are recognised too: of a short one a part is nothing much.
    is_long: bool,
    /// Its beginning, with enough behind what tells its kind.
    start: Option<String>,
    /// Its end, where that cannot be anything else.
    tail: Option<String>,
    /// The last characters, which are shown behind a mask.
    end: Option<String>,
}

impl KeyTraces {
    /// None if there is too little of it to be recognised.
    pub(crate) fn of(key: &str) -> Option<Self> {
        // Of base64 the last characters are not those of the key alone.
        let key = key.trim_end_matches('=');
        let secret = secret(key);
        if !key.is_ascii() || secret.len() < TELLING {
            return None;
        }
        let is_long = secret.len() >= 2 * TELLING;
        let part = |part: Option<&str>| part.filter(|_| is_long).map(str::to_owned);
        let has_kind = secret.len() < key.len();
        let start = key.get(..key.len() - secret.len() + TELLING).filter(|_| has_kind);
        let mut tails = (TAIL..secret.len()).filter_map(|length| key.get(key.len() - length..));
        let tail = tails.find(|tail| tail.bytes().collect::<BTreeSet<u8>>().len() >= VARIETY);
        let end = key.get(key.len() - TELLING..);
        Some(Self { key: key.to_owned(), is_long, start: part(start), tail: part(tail), end: part(end) })
    }

    fn found_in(&self, text: &str) -> Option<&'static str> {
        let has = |part: &String| memmem::find(text.as_bytes(), part.as_bytes()).is_some();
        // Whatever shows the end of the key shows its last characters, which most texts do not have.
        let shows_end = self.end.as_ref().is_none_or(has);
        if shows_end && self.is_whole_in(text) {
            Some("a whole key")
        } else if self.start.as_ref().is_some_and(has) {
            Some("the beginning of a key")
        } else if shows_end && self.tail.as_ref().is_some_and(has) {
            Some("the end of a key")
        } else if shows_end && self.end.as_ref().is_some_and(|end| is_masked(text, end)) {
            Some("the last characters of a key, behind a mask")
        } else {
            None
        }
    }

    /// A short one may be how a longer word begins.
    fn is_whole_in(&self, text: &str) -> bool {
        let is_part = |next: char| next.is_ascii_alphanumeric() || matches!(next, '_' | '-');
        let mut found = text.match_indices(&self.key);
        found.any(|(at, _)| {
            self.is_long || !text.get(at + self.key.len()..).is_some_and(|rest| rest.starts_with(is_part))
        })
    }
}

/// Whether the last characters of a key stand at the end of a word, with a mask right before them.
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
        find(&response(header, body), keys.iter()).map(|Leak { what, place }| (what, place))
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
            ("sk_test_****************************4cD8", "the last characters of a key, behind a mask"),
            ("****4cD8.", "the last characters of a key, behind a mask"),
            ("sk_test_…4cD8", "the last characters of a key, behind a mask"),
            ("key ..4cD8", "the last characters of a key, behind a mask"),
            ("sk_test_xxxx4cD8", "the last characters of a key, behind a mask"),
        ] {
            let expected = Some(what).filter(|what| !what.is_empty());
            assert_eq!(found("", text).map(|(what, _)| what), expected, "{text}");
        }
    }

    #[test]
    fn what_is_of_no_key_is_not_taken_for_one() {
        for text in [
            "Send it in the header `Authorization: Bearer sk_test_...`.",
            concat!("Use sk_test_… or sk_live_", "xxxxxxxxxxxxxxxxxxxxxxxx."),
            "req_test_000000000000000000000123",
            "0x0000000000000000000000000000000000000000",
            "2026-05-26T12:00:00.0000Z and 100..100",
            // Of whom a key is may stand in it.
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
    fn the_place_is_told_and_the_key_is_not() {
        let (what, place) = found(KEYS[0], "").unwrap();
        assert_eq!((what, place.as_str()), ("a whole key", "in the header `x-header`"));
        assert_eq!(found("", KEYS[0]).unwrap().1, "in the body");
    }
}

//! Redacts the key in responses, in the spellings that servers and gateways produce.
//!
//! Written by hand: multi-pattern search libraries keep copies of the patterns that nobody wipes.

use std::ops::Range;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use crate::client::secret_key::SecretKey;

/// Finds the secret key in plain text, hex and base64; each of them also with JSON escapes, percent-encoding or HTML
/// entities, up to [`ROUNDS`] of these on top of each other, such as JSON within JSON.
///
/// Half of the key is enough, from any position; its public prefix (`sk_test_`) is not secret. Other spellings, such as
/// base32, are not found.
///
/// Texts without the key are fast: half of a spelling is long, so that checking a few bytes at every
/// [`stride`](Self::stride)th position shows whether there can be one. Texts full of parts of it take linear time too:
/// [`places`](Self::places) leads from these bytes to the only places in the spellings that are compared.
pub(crate) struct Redactor {
    spellings: Vec<Spelling>,
    /// One bit for the hash of each window of bytes that occurs in a spelling.
    hashes: Zeroizing<Vec<u64>>,
    /// The hash, the spelling and the position in it of each such window, in order, as [`place`] packs them.
    places: Zeroizing<Vec<u64>>,
    stride: usize,
}

/// A spelling of the key.
struct Spelling {
    text: Zeroizing<Vec<u8>>,
    /// The length of its public prefix.
    public: usize,
    /// The minimum length of a part that reveals the key.
    shortest: usize,
    /// Whether it is case-insensitive.
    folds: bool,
}

/// The number of bytes checked at each position.
const WINDOW: usize = 4;
/// The number of bits of a hash.
const HASH_BITS: u32 = 15;
/// The number of times that a text is unescaped.
const ROUNDS: usize = 3;
/// The number of secret bytes that a part must have.
const SECRET: usize = 8;

impl Redactor {
    pub(crate) fn new(key: &SecretKey) -> Self {
        let (key, public) = (key.expose().as_bytes(), key.kind().len());
        let half = (key.len() / 2).max(WINDOW);
        let hex =
            key.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| b"0123456789abcdef"[usize::from(digit)]);
        let mut spellings = vec![
            Spelling { text: Zeroizing::new(key.to_vec()), public, shortest: half, folds: true },
            Spelling { text: Zeroizing::new(hex.collect()), public: 2 * public, shortest: 2 * half, folds: true },
        ];
        // The offset in bits of the first letter that encodes only the key: earlier letters also encode what precedes
        // it.
        for skipped in [0, 2, 4] {
            let letters = |bytes: usize| (8 * bytes - skipped) / 6;
            let standard: Vec<u8> = (0..letters(key.len())).map(|number| base64(key, skipped + 6 * number)).collect();
            let url_safe = standard.iter().map(|letter| match letter {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            });
            let mut texts = vec![url_safe.collect(), standard];
            texts.dedup();
            spellings.extend(texts.into_iter().map(Zeroizing::new).map(|text| Spelling {
                text,
                public: letters(public),
                // A half that was encoded by itself begins and ends within a letter.
                shortest: (8 * half - 4) / 6,
                folds: false,
            }));
        }
        let mut hashes = Zeroizing::new(vec![0; 1 << (HASH_BITS - 6)]);
        let windows = spellings.iter().map(|spelling| spelling.text.len()).sum();
        let mut places = Zeroizing::new(Vec::with_capacity(windows));
        for (number, spelling) in spellings.iter().enumerate() {
            for (offset, window) in spelling.text.windows(WINDOW).enumerate() {
                let hash = hash(window);
                hashes[hash >> 6] |= 1 << (hash & 63);
                places.push(place(hash, number, offset));
            }
        }
        places.sort_unstable();
        let shortest = spellings.iter().map(|spelling| spelling.shortest).min().unwrap_or(WINDOW);
        Self { spellings, hashes, places, stride: shortest - WINDOW + 1 }
    }

    /// Redacts the key in a body; if the body was cut off, also a beginning of the key at its end.
    pub(crate) fn scrub_body(&self, body: Bytes, is_whole: bool) -> Bytes {
        let places = self.found(&body, is_whole);
        if places.is_empty() {
            return body;
        }
        let mut body = Vec::from(body);
        for place in places {
            body[place].fill(b'*');
        }
        body.into()
    }

    /// Redacts the headers that contain the key.
    pub(crate) fn scrub_headers(&self, headers: &mut HeaderMap) {
        let named: Vec<_> = headers.keys().filter(|name| self.is_in(name.as_str().as_bytes())).cloned().collect();
        for name in named {
            headers.remove(name);
        }
        for value in headers.values_mut().filter(|value| self.is_in(value.as_bytes())) {
            *value = HeaderValue::from_static("[redacted]");
        }
    }

    /// Whether a text contains the key.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        !self.found(text, true).is_empty()
    }

    /// Returns the positions of the key in the text, also in its unescaped forms.
    fn found(&self, text: &[u8], is_whole: bool) -> Vec<Range<usize>> {
        let mut places = self.found_in(text, is_whole);
        // Checks the whole text, many bytes at once, which is faster than stopping early.
        let is_escape = |byte: &u8| u8::from(*byte == b'\\') | u8::from(*byte == b'%') | u8::from(*byte == b'&');
        if text.iter().fold(0, |found, byte| found | is_escape(byte)) == 0 {
            return places;
        }
        let mut forms: Vec<Vec<u8>> = Vec::new();
        while forms.len() < ROUNDS {
            let Some(next) = unescaped_once(forms.last().map_or(text, Vec::as_slice)) else { break };
            let mut found = self.found_in(&next, is_whole);
            if !found.is_empty() {
                // Only now, because the positions take eight times the memory of the text.
                for form in forms.iter().rev().map(Vec::as_slice).chain([text]) {
                    let begins: Vec<_> = unescaped(form).map(|(_, begin)| begin).chain([form.len()]).collect();
                    for place in &mut found {
                        *place = begins[place.start]..begins[place.end];
                    }
                }
                places.append(&mut found);
            }
            forms.push(next);
        }
        places
    }

    fn found_in(&self, text: &[u8], is_whole: bool) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let mut next = 0;
        while let Some(window) = text.get(next..next + WINDOW) {
            let at = next;
            next += self.stride;
            let hash = hash(window);
            if self.hashes[hash >> 6] & 1 << (hash & 63) == 0 {
                continue;
            }
            if let Some(place) =
                self.with_hash(hash).filter_map(|(it, offset)| it.around(text, at, offset)).max_by_key(Range::len)
            {
                next = next.max(place.end);
                places.push(place);
            }
        }
        if !is_whole {
            places.extend(self.spellings.first().and_then(|key| key.begun_at_end_of(text)));
        }
        places
    }

    /// Returns the spellings that have a window with this hash, and where.
    fn with_hash(&self, hash: usize) -> impl Iterator<Item = (&Spelling, usize)> {
        let begin = self.places.partition_point(|packed| *packed < place(hash, 0, 0));
        let end = self.places.partition_point(|packed| *packed < place(hash + 1, 0, 0));
        let places = self.places.get(begin..end).unwrap_or_default();
        places.iter().filter_map(|packed| {
            let (number, offset) = (packed >> OFFSET_BITS & 0xff, packed & ((1 << OFFSET_BITS) - 1));
            Some((self.spellings.get(usize::try_from(number).ok()?)?, usize::try_from(offset).ok()?))
        })
    }
}

impl Spelling {
    /// Returns the part of the spelling around a position in a text, if it is long enough; `offset` is the position in
    /// the spelling.
    fn around(&self, text: &[u8], at: usize, offset: usize) -> Option<Range<usize>> {
        let same = |here: &u8, there: &u8| if self.folds { here.eq_ignore_ascii_case(there) } else { here == there };
        let after = text[at..].iter().zip(&self.text[offset..]).take_while(|(a, b)| same(a, b)).count();
        if after < WINDOW {
            return None;
        }
        let (before_text, before) = (text[..at].iter().rev(), self.text[..offset].iter().rev());
        let before = before_text.zip(before).take_while(|(a, b)| same(a, b)).count();
        let secret = (offset + after).saturating_sub(self.public.max(offset - before));
        let wanted = SECRET.min(self.text.len() - self.public);
        (before + after >= self.shortest && secret >= wanted).then(|| at - before..at + after)
    }

    /// Returns a beginning of the spelling at the end of a text, if part of that is secret.
    fn begun_at_end_of(&self, text: &[u8]) -> Option<Range<usize>> {
        let longest = self.text.len().min(text.len());
        let length = (self.public + 1..=longest).rev().find(|length| text.ends_with(&self.text[..*length]))?;
        Some(text.len() - length..text.len())
    }
}

/// The number of bits for a position in a spelling.
const OFFSET_BITS: u32 = 32;

/// Packs a place in a spelling so that those with the same hash follow each other.
fn place(hash: usize, spelling: usize, offset: usize) -> u64 {
    (hash as u64) << (OFFSET_BITS + 8) | (spelling as u64) << OFFSET_BITS | offset as u64
}

/// Returns a hash of a window, regardless of case.
fn hash(window: &[u8]) -> usize {
    let folded = window.iter().fold(0, |folded, byte| folded << 8 | u32::from(*byte)) | 0x2020_2020;
    (folded.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}

/// Returns the base64 letter for six bits of a text.
fn base64(text: &[u8], bit: usize) -> u8 {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let [first, second] = [0, 1].map(|more| text.get(bit / 8 + more).copied().map_or(0, u16::from));
    LETTERS[usize::from((first << 8 | second) >> (10 - bit % 8) & 63)]
}

/// Returns a text and what it is without its escapes, if it has any, up to [`ROUNDS`] times.
pub(crate) fn unescaped_forms(text: &str) -> impl Iterator<Item = String> {
    let forms = std::iter::successors(Some(text.as_bytes().to_vec()), |form| unescaped_once(form));
    forms.take(ROUNDS + 1).map(|form| String::from_utf8_lossy(&form).into_owned())
}

/// Undoes the escapes of a text once, if it has any.
fn unescaped_once(text: &[u8]) -> Option<Vec<u8>> {
    let mut letters = Vec::with_capacity(text.len());
    letters.extend(unescaped(text).map(|(letter, _)| letter));
    (letters.len() < text.len()).then_some(letters)
}

/// Undoes JSON escapes, percent-encoding and HTML entities once. Returns the bytes of the result, each with the
/// position in the text where it starts.
fn unescaped(text: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let at = next;
        let byte = *text.get(at)?;
        let hex = |from: usize, to: usize| {
            let digits = std::str::from_utf8(text.get(at + from..at + to)?).ok()?;
            u8::from_str_radix(digits, 16).ok()
        };
        let (letter, length) = match (byte, text.get(at + 1)) {
            (b'\\', Some(b'u')) => hex(2, 6).map_or((byte, 1), |letter| (letter, 6)),
            (b'\\', Some(&escaped)) => (escaped, 2),
            (b'%', _) => hex(1, 3).map_or((byte, 1), |letter| (letter, 3)),
            (b'&', _) => entity(&text[at + 1..]).map_or((byte, 1), |(letter, length)| (letter, length + 1)),
            _ => (byte, 1),
        };
        next += length;
        Some((letter, at))
    })
}

/// Returns the letter of an HTML entity, without its ampersand, and the length of the rest.
fn entity(text: &[u8]) -> Option<(u8, usize)> {
    const LONGEST: usize = 10;
    const NAMED: &[(&[u8], u8)] = &[(b"amp", b'&'), (b"lt", b'<'), (b"gt", b'>'), (b"quot", b'"'), (b"apos", b'\'')];

    let end = text.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let name = &text[..end];
    let number = |digits: &[u8], radix| u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    let letter = match name {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => NAMED.iter().find(|(known, _)| *known == name).map(|(_, letter)| *letter),
    };
    letter.map(|letter| (letter, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk_test_Canary0key~Fedcba9876>>>";

    fn redactor(key: &str) -> Redactor {
        Redactor::new(&key.parse().unwrap())
    }

    fn scrubbed(key: &str, text: &str, is_whole: bool) -> String {
        let body = redactor(key).scrub_body(Bytes::copy_from_slice(text.as_bytes()), is_whole);
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// The key between other bytes, encoded by the base64 library.
    fn encoded(engine: &impl base64::Engine, before: &str, after: &str) -> String {
        engine.encode(format!("{before}{KEY}{after}"))
    }

    #[test]
    fn the_key_is_found_in_every_spelling() {
        use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

        let escape = |format: &dyn Fn(u8) -> String| KEY.bytes().map(format).collect::<String>();
        let (first, second) = KEY.split_at(KEY.len() / 2);
        let mut spellings = vec![
            KEY.to_owned(),
            KEY.to_ascii_uppercase(),
            escape(&|byte| format!("{byte:02x}")),
            escape(&|byte| format!("{byte:02X}")),
            escape(&|byte| format!("%{byte:02x}")),
            escape(&|byte| format!("%{byte:02X}")),
            escape(&|byte| format!("\\u{byte:04x}")),
            KEY.replace('_', "%5F").replace('>', "%3e"),
            KEY.replace('_', "\\u005f"),
            escape(&|byte| format!("\\\\u{byte:04x}")),
            escape(&|byte| format!("\\\\\\\\u{byte:04x}")),
            escape(&|byte| format!("%25{byte:02x}")),
            escape(&|byte| format!("&#{byte};")),
            escape(&|byte| format!("&#x{byte:04X};")),
            escape(&|byte| format!("&amp;#{byte};")),
            KEY.replace('_', "&#95;").replace('>', "&gt;"),
            first.to_owned(),
            second.to_owned(),
        ];
        for before in ["", "a", "ab", "Bearer "] {
            for after in ["", ":", "::"] {
                spellings.push(encoded(&STANDARD, before, after));
                spellings.push(encoded(&STANDARD_NO_PAD, before, after));
                spellings.push(encoded(&URL_SAFE, before, after));
                spellings.push(encoded(&URL_SAFE_NO_PAD, before, after));
            }
        }
        for half in [first, second] {
            spellings.push(base64::Engine::encode(&STANDARD, half));
            spellings.push(half.bytes().map(|byte| format!("{byte:02x}")).collect());
        }
        let any = |byte: u8| byte.is_ascii_alphanumeric();
        for spelling in spellings {
            for before in 0..40 {
                // Preceded by text of every length, so that it occurs at every position.
                let text = format!("{}\"{spelling}\"}}", ".".repeat(before));
                let left = scrubbed(KEY, &text, true);
                assert_eq!(left.len(), text.len());
                // The letters that encode the text around it and its ends.
                let readable = left.bytes().filter(|byte| any(*byte)).count();
                assert!(readable <= 14 && left.contains("**********"), "{spelling}: {left}");
            }
        }
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "sk_test_",
            "sk_test_Canary0",
            "c2tfdGVzdF8",
            r#"{"id":"67a1f3b9e4b0c10001234567"}"#,
            "%",
            "\\",
            "&",
            "&#",
            "&#x;",
            "&#300;",
            "&amp;",
            "",
        ] {
            assert_eq!(scrubbed(KEY, text, true), text);
        }
        // Parts of a key with hardly any secret in it are not redacted.
        assert_eq!(scrubbed("sk_x", "sk_ sk_x x", true), "sk_ **** x");
        assert_eq!(scrubbed("sk_test_canary", "sk_test_canar canary", true), "sk_test_canar canary");
    }

    #[test]
    fn the_key_is_redacted_anywhere_in_a_text() {
        let text = "a sk_test_canary, sk_test_canarsk_test_canary";
        assert_eq!(scrubbed("sk_test_canary", text, true), "a **************, sk_test_canar**************");
    }

    #[test]
    fn its_beginning_is_redacted_at_the_end_of_a_truncated_text() {
        for (cut, left) in [
            ("it is sk_test_canar", "it is *************"),
            ("sk_test_c", "*********"),
            ("it is sk\\u005ftest_c", "it is **************"),
            ("it is sk_test_", "it is sk_test_"),
            ("", ""),
        ] {
            assert_eq!(scrubbed("sk_test_canary", cut, false), left);
        }
    }

    #[test]
    fn a_text_full_of_parts_of_the_key_is_compared_in_few_places() {
        let (redactor, text) = (redactor(KEY), "Canary0".repeat(1000));
        let compared = text.as_bytes().windows(WINDOW).map(|window| redactor.with_hash(hash(window)).count());
        assert!((1000..2 * text.len()).contains(&compared.sum()));
        assert_eq!(scrubbed(KEY, &text, true), text);
    }

    #[test]
    fn the_key_is_redacted_in_header_names_and_values() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("x-sk_test_canary", "1"), ("x-echo", "Bearer sk_test_canary"), ("x-other", "sk_test_")] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        redactor("sk_test_canary").scrub_headers(&mut headers);
        let mut left: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        left.sort_unstable();
        assert_eq!(left, [("x-echo", "[redacted]"), ("x-other", "sk_test_")]);
    }
}

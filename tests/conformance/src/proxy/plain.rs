//! A text with its escapes undone, and what could be a secret in it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::iter;
use std::ops::Range;

use memchr::{memchr_iter, memchr3, memmem};

use crate::wire::escape;

/// The secret field of a response.
pub(super) const CLIENT_SECRET: &str = "client_secret";

/// The maximum length of a client secret. Without a limit, a body of nothing but their beginnings takes a time that is
/// quadratic in its length.
const LONGEST: usize = 4096;

/// How many bytes a word may be compared with client secrets, for each of its own. More would take an escape at nearly
/// every character of a long word, and client secrets of hundreds of lengths.
const MOST_COMPARED: usize = 4096;

/// A text with its escapes undone, as in JSON, in a URL or in HTML, and in any of them again.
pub(super) struct Plain<'b> {
    pub(super) text: Cow<'b, [u8]>,
    bytes: &'b [u8],
    /// The end of each escaped character, in the text and in the bytes.
    escapes: Vec<(usize, usize)>,
}

impl<'b> Plain<'b> {
    pub(super) fn of(bytes: &'b [u8]) -> Self {
        let mut text = Vec::new();
        let mut escapes = Vec::new();
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            let mut rest = chunk.valid();
            while let Some(mark) = memchr3(b'\\', b'%', b'&', rest.as_bytes()) {
                let (before, marked) = rest.split_at(mark);
                text.extend_from_slice(before.as_bytes());
                let (character, length) = match escape(marked) {
                    Some((character, length)) => (character, length),
                    // Not an escape; the marks are ASCII.
                    None => (char::from(marked.as_bytes().first().copied().unwrap_or_default()), 1),
                };
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                at += mark + length;
                if length > 1 {
                    escapes.push((text.len(), at));
                }
                rest = marked.get(length..).unwrap_or_default();
            }
            text.extend_from_slice(rest.as_bytes());
            text.extend_from_slice(chunk.invalid());
            at += rest.len() + chunk.invalid().len();
        }
        let text = if escapes.is_empty() { Cow::Borrowed(bytes) } else { Cow::Owned(text) };
        Self { text, bytes, escapes }
    }

    /// The text in which nothing counts as an escape.
    pub(super) fn as_is(bytes: &'b [u8]) -> Self {
        Self { text: Cow::Borrowed(bytes), bytes, escapes: Vec::new() }
    }

    pub(super) fn has_escapes(&self) -> bool {
        !self.escapes.is_empty()
    }

    /// The place in the bytes of a place in the text.
    pub(super) fn place(&self, at: usize) -> usize {
        let before = self.escapes.partition_point(|(end, _)| *end <= at);
        match before.checked_sub(1).and_then(|last| self.escapes.get(last)) {
            Some((end, place)) => place + at - end,
            None => at,
        }
    }

    /// The character at a place of the text, as it is written.
    fn written(&self, at: usize) -> &[u8] {
        self.bytes.get(self.place(at)..self.place(at + 1)).unwrap_or_default()
    }

    /// The values of the fields `client_secret`, also in JSON within JSON. The text may be truncated.
    pub(super) fn client_secrets(&self) -> impl Iterator<Item = Range<usize>> {
        let found = memmem::find_iter(&self.text, CLIENT_SECRET.as_bytes());
        found.filter_map(|at| self.client_secret(at)).collect::<Vec<_>>().into_iter()
    }

    fn client_secret(&self, name: usize) -> Option<Range<usize>> {
        let is = |at: usize, byte: u8| self.text.get(at) == Some(&byte);
        let behind = |at: usize| {
            let rest = self.text.get(at..)?;
            Some(at + rest.iter().position(|byte| !byte.is_ascii_whitespace())?)
        };
        let end = name + CLIENT_SECRET.len();
        name.checked_sub(1).filter(|quote| is(*quote, b'"') && is(end, b'"'))?;
        let colon = behind(end + 1).filter(|at| is(*at, b':'))?;
        let quote = behind(colon + 1).filter(|at| is(*at, b'"'))?;
        // A quotation mark that is escaped once more is a part of the value.
        let start = quote + 1;
        let longest = start..self.text.len().min(start + LONGEST);
        let is_end = |at: &usize| self.written(start + at) == self.written(quote);
        let end = memchr_iter(b'"', self.text.get(longest.clone())?).find(is_end);
        Some(start..end.map_or(longest.end, |end| start + end)).filter(|value| !value.is_empty())
    }

    /// The client secrets, which have one of these lengths: words, and parts of words between escapes, any of which may
    /// belong to what is beside a secret. A word with too many of such parts counts as a secret.
    pub(super) fn words(&self, lengths: &BTreeSet<usize>, is_secret: impl Fn(&[u8]) -> bool) -> Vec<Range<usize>> {
        let shortest = lengths.first().copied().unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(begin) = self.text.get(at..).and_then(|rest| rest.iter().position(is_part)) {
            let word = at + begin..self.end_of_word(at + begin);
            at = word.end;
            if word.len() < shortest {
                continue;
            }
            let edges = self.edges(word.clone());
            let compared = lengths.range(..=word.len()).sum::<usize>().saturating_mul(edges.len() - 1);
            if compared > word.len() * MOST_COMPARED {
                found.push(word);
                continue;
            }
            let parts = |start: usize| lengths.range(..=word.end - start).map(move |length| start..start + length);
            let parts = edges.iter().flat_map(|start| parts(*start));
            let parts = parts.filter(|part| edges.binary_search(&part.end).is_ok());
            found.extend(parts.filter(|part| self.text.get(part.clone()).is_some_and(&is_secret)));
        }
        found
    }

    /// Where a word begins and ends, and where an escape in it does.
    fn edges(&self, word: Range<usize>) -> Vec<usize> {
        let first = self.escapes.partition_point(|(end, _)| *end <= word.start);
        let escapes = self.escapes.iter().skip(first).map(|(end, _)| *end).take_while(|end| *end <= word.end);
        // A character that can be in a word is one byte.
        let mut edges: Vec<usize> =
            iter::once(word.start).chain(escapes.flat_map(|end| [end - 1, end])).chain([word.end]).collect();
        edges.dedup();
        edges
    }

    /// Where the word at a place ends.
    pub(super) fn end_of_word(&self, start: usize) -> usize {
        let length = self.text.get(start..).and_then(|rest| rest.iter().position(|byte| !is_part(byte)));
        length.map_or(self.text.len(), |length| start + length)
    }
}

/// Whether a byte can be part of a key or a client secret.
pub(super) fn is_part(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn secrets(text: &str) -> Vec<String> {
        let plain = Plain::of(text.as_bytes());
        let found = plain.client_secrets().map(|range| String::from_utf8(plain.text[range].to_vec()).unwrap());
        found.collect()
    }

    #[test]
    fn a_client_secret_is_found_in_every_notation() {
        for (text, secret) in [
            (r#"{"client_secret" : "gs_a"}"#, "gs_a"),
            (r#"{"\u0063lient_secret":"gs_\u0061"}"#, "gs_a"),
            (r#"{"client\x5fsecret":"gs\/a"}"#, "gs/a"),
            (r#"{"note":"{\"client_secret\":\"gs_a\"}"}"#, "gs_a"),
            (r#"{"note":"{\"client_secret\":\"gs_\\\"a\"}"}"#, "gs_\"a"),
            (r#"{"client_secret":"gs_\"a"}"#, "gs_\"a"),
            ("{&quot;client_secret&quot;:&#34;gs_a&#34;}", "gs_a"),
            ("%7B%22client_secret%22%3A%22gs_a%22%7D", "gs_a"),
            ("%257B%2522client%255Fsecret%2522%253A%2522gs_a%2522%257D", "gs_a"),
            (r#"{"client_secret":"gs_a"#, "gs_a"),
        ] {
            assert_eq!(secrets(text), [secret], "{text}");
        }
        for text in [
            "",
            r#""client_secret""#,
            r#"{"client_secret":""}"#,
            r#"{"client_secret":null}"#,
            r#"{"a_client_secret":"b"}"#,
        ] {
            assert_eq!(secrets(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_client_secret_ends_at_the_latest_after_the_longest() {
        for quote in ['"', '\''] {
            for (length, found) in [(4000, 4000), (4096, 4096), (4097, 4096), (9000, 4096)] {
                let value = format!("{}{quote}", "a".repeat(length));
                let found = if quote == '"' { found } else { 4096.min(length + 1) };
                assert_eq!(secrets(&format!(r#"{{"client_secret":"{value}"#)), [&value[..found]], "{quote}");
            }
        }
    }

    /// The number of bytes that are compared.
    fn compared(text: &str, lengths: &BTreeSet<usize>) -> usize {
        let compared = Cell::new(0);
        let count = |part: &[u8]| {
            compared.set(compared.get() + part.len());
            false
        };
        Plain::of(text.as_bytes()).words(lengths, count);
        compared.get()
    }

    #[test]
    fn what_is_compared_is_linear_in_the_length_of_a_word() {
        for (part, times) in [("%41", 1), ("%41A", 1), ("%41", 16), ("%41", 512), (r"\u0041", 1), ("AAAAAAAA%41", 1)] {
            for count in [1, 3, 60, 1000] {
                let lengths: BTreeSet<usize> = (8..8 + count).collect();
                let text = |size: usize| format!("{} ", part.repeat(times)).repeat(size / part.len() / times);
                let (once, twice) = (compared(&text(1 << 13), &lengths), compared(&text(1 << 14), &lengths));
                assert!(twice <= 3 * once && twice <= MOST_COMPARED << 14, "{part} {times} {count}: {once}, {twice}");
                let whole = |size: usize| compared(&part.repeat(size / part.len()), &lengths);
                let (once, twice) = (whole(1 << 13), whole(1 << 14));
                assert!(twice <= 3 * once && twice <= MOST_COMPARED << 14, "{part} {count}: {once}, {twice}");
            }
        }
    }

    #[test]
    fn a_word_with_too_many_parts_counts_as_a_secret() {
        let words = |count: usize| {
            let lengths = (8..8 + count).collect();
            Plain::of("a %41%41%41%41%41%41%41%41%41%41%41%41 b".as_bytes()).words(&lengths, |_| false)
        };
        assert_eq!((words(1000), words(1)), (vec![], vec![]), "a short word");
        let long = format!("a {0} b {0}", "%41".repeat(2000));
        let words = |count: usize| Plain::of(long.as_bytes()).words(&(8..8 + count).collect(), |_| false);
        assert_eq!((words(50), words(1000)), (vec![], vec![2..2002, 2005..4005]));
    }

    #[test]
    fn a_place_is_that_of_the_bytes() {
        let bytes = b"a\\u0063\xffb%C3%A9&amp;c";
        let plain = Plain::of(bytes);
        assert_eq!(&*plain.text, b"ac\xffb\xc3\xa9&c");
        let places: Vec<usize> = [0, 1, 2, 3, 4, 6, 7, 8].map(|at| plain.place(at)).to_vec();
        assert_eq!(places, [0, 1, 7, 8, 9, 15, 20, 21]);
    }
}

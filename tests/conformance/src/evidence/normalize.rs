//! Normalizes a server's text: replaces the requested id, request ids, and times.

use serde_json::Value;

use crate::wire::{Response, escaped};

/// Replaces the parts that are specific to one response.
pub(crate) struct Normalizer(Vec<(String, &'static str)>);

/// A shorter id could occur anywhere by accident.
const SHORTEST: usize = 4;

impl Normalizer {
    /// For the response to a request for this id.
    pub(crate) fn of(id: &str, response: &Response) -> Self {
        let field = response.json.as_ref().and_then(|body| body.get("request_id")).and_then(Value::as_str);
        let headers = response.headers.iter().filter(|(name, _)| name == "x-request-id");
        let request_ids = headers.map(|(_, value)| value.as_str()).chain(field).map(|id| (id.to_owned(), "[request]"));
        let ids = [id.to_owned(), id.to_lowercase(), id.to_uppercase(), escaped(id)].map(|id| (id, "[id]"));
        let mut known: Vec<_> = request_ids.chain(ids).filter(|(text, _)| text.trim().len() >= SHORTEST).collect();
        // One may be the prefix of another.
        known.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Self(known)
    }

    pub(crate) fn text(&self, text: &str) -> String {
        let text = self.0.iter().fold(text.to_owned(), |text, (known, instead)| text.replace(known, instead));
        without_times(&text)
    }
}

/// Replaces every time in the text: RFC 3339, HTTP dates, and Unix times.
fn without_times(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut previous = ' ';
    while let Some(next) = rest.chars().next() {
        // Not inside a longer word, such as an id.
        let time = if previous.is_ascii_alphanumeric() { None } else { time_at(rest) };
        let taken = if let Some(length) = time {
            plain.push_str("[time]");
            length
        } else {
            plain.push(next);
            next.len_utf8()
        };
        previous = rest.get(..taken).and_then(|taken| taken.chars().next_back()).unwrap_or(' ');
        rest = rest.get(taken..).unwrap_or_default();
    }
    plain
}

/// The length of the time at the start of a text.
fn time_at(text: &str) -> Option<usize> {
    // In a pattern, `0` is any digit, `a` any letter, and everything else itself.
    const PATTERNS: [&str; 3] = ["0000-00-00T00:00:00", "0000-00-00 00:00:00", "aaa, 00 aaa 0000 00:00:00 GMT"];
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let fraction = |from: usize| match (bytes.get(from), digits(from + 1)) {
        (Some(b'.'), count @ 1..) => 1 + count,
        _ => 0,
    };
    let found = PATTERNS.iter().find(|pattern| is_of(bytes, pattern.as_bytes()));
    if let Some(pattern) = found {
        let length = pattern.len() + fraction(pattern.len());
        let rest = bytes.get(length..).unwrap_or_default();
        let zone = match rest.first() {
            Some(b'Z' | b'z') => 1,
            _ if is_of(rest, b"+00:00") || is_of(rest, b"-00:00") => 6,
            _ => 0,
        };
        return Some(length + zone);
    }
    // From 2001 to 2286, in seconds, milliseconds, microseconds.
    let count = digits(0);
    let is_instant = matches!(count, 10 | 13 | 16) && matches!(bytes.first(), Some(b'1'..=b'9'));
    let is_word = bytes.get(count).is_none_or(|next| !next.is_ascii_alphanumeric());
    (is_instant && is_word).then(|| count + fraction(count))
}

fn is_of(text: &[u8], pattern: &[u8]) -> bool {
    let is_one = |(byte, form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_alphabetic(),
        other => byte == other,
    };
    text.len() >= pattern.len() && text.iter().zip(pattern).all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_times_are_replaced_and_nothing_else() {
        let response = Response {
            version: String::new(),
            status: 404,
            headers: vec![("x-request-id".to_owned(), "req_1".to_owned())],
            body: Vec::new(),
            json: None,
        };
        let normalizer = Normalizer::of("Ab/12", &response);
        for (text, wanted) in [
            ("no session Ab/12, ab/12 or Ab%2F12 (req_1)", "no session [id], [id] or [id] ([request])"),
            ("at 2026-05-26T12:00:00.000Z and 2026-05-26 12:00:00+02:00!", "at [time] and [time]!"),
            ("Sun, 06 Nov 1994 08:49:37 GMT", "[time]"),
            (r#"{"at":1780000000,"ms":1780000000123.5}"#, r#"{"at":[time],"ms":[time]}"#),
            (
                "12345678901 0123456789 a1234567890 1234567890a 404 é",
                "12345678901 0123456789 a1234567890 1234567890a 404 é",
            ),
        ] {
            assert_eq!(normalizer.text(text), wanted, "{text}");
        }
    }
}

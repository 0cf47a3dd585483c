//! Finds a text in another one, however its characters are escaped: as in JSON, in a URL or in HTML, and in any of them
//! again.

use std::ops::Range;

use memchr::{memchr_iter, memchr3, memchr3_iter};

/// The characters whose names are usual in HTML, apart from `&`.
const NAMED: [(&str, char); 4] = [("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("apos;", '\'')];

/// The letters of escapes in JSON.
const LETTERS: [(char, char); 5] = [('b', '\u{8}'), ('f', '\u{c}'), ('n', '\n'), ('r', '\r'), ('t', '\t')];

/// How many backslashes may escape a character, how often it may be escaped again, and how many digits may code it: more
/// than any software writes. Without a limit, a body of nothing else takes a time that is quadratic in its length.
const MOST_BACKSLASHES: usize = 64;
const MOST_TIMES: usize = 64;
const MOST_DIGITS: usize = 16;

/// The first place of a text in another one.
pub(crate) fn find(text: &str, sought: &str) -> Option<Range<usize>> {
    // What is sought may look like an escape itself, and then an escape of it like one that was escaped again.
    let undone = Some(undone(sought)).filter(|undone| undone != sought).and_then(|undone| find_as_is(text, &undone));
    [find_as_is(text, sought), undone].into_iter().flatten().min_by_key(|place| place.start)
}

/// A text with its escapes undone.
fn undone(text: &str) -> String {
    let mut undone = String::new();
    let mut rest = text;
    while let Some((before, marked)) = memchr3(b'\\', b'%', b'&', rest.as_bytes()).map(|mark| rest.split_at(mark)) {
        let (character, length) = escape(marked).unwrap_or((marked.chars().next().unwrap_or_default(), 1));
        undone.push_str(before);
        undone.push(character);
        rest = marked.get(length..).unwrap_or_default();
    }
    undone + rest
}

fn find_as_is(text: &str, sought: &str) -> Option<Range<usize>> {
    let first = *sought.as_bytes().first()?;
    let at = |start: usize| {
        let mut rest = text.get(start..)?;
        for character in sought.chars() {
            rest = after(rest, character)?;
        }
        Some(start..text.len() - rest.len())
    };
    // Every response is searched for every secret, so that most of the time goes by here.
    let written = memchr_iter(first, text.as_bytes()).find_map(at);
    let escaped = memchr3_iter(b'\\', b'%', b'&', text.as_bytes()).find_map(at);
    [written, escaped].into_iter().flatten().min_by_key(|place| place.start)
}

/// The text after this character, if it begins with it.
fn after(text: &str, character: char) -> Option<&str> {
    unescaped(text, character).or_else(|| text.strip_prefix(character))
}

/// The text after an escape of this character, if it begins with one.
fn unescaped(text: &str, character: char) -> Option<&str> {
    escape(text).filter(|(escaped, _)| *escaped == character).and_then(|(_, length)| text.get(length..))
}

/// The character that an escape at the start of a text stands for, and the length of the escape.
pub(crate) fn escape(text: &str) -> Option<(char, usize)> {
    let (character, rest) = match text.chars().next()? {
        '\\' => {
            // Two for each time that the text was escaped again.
            let count = text.bytes().take(MOST_BACKSLASHES).take_while(|byte| *byte == b'\\').count();
            let rest = text.get(count..)?;
            let mut marks = [('u', 4), ('x', 2)].into_iter();
            let coded = marks.find_map(|(mark, digits)| code(rest.strip_prefix(mark)?, digits, 16));
            let itself = || rest.chars().next().filter(|it| !it.is_alphanumeric());
            let letter = || LETTERS.into_iter().find_map(|(letter, it)| Some((it, rest.strip_prefix(letter)?)));
            coded
                .or_else(|| itself().and_then(|it| Some((it, rest.strip_prefix(it)?))))
                .or_else(letter)
                // A backslash that was escaped.
                .or_else(|| Some(('\\', rest)).filter(|_| count > 1))
        }
        '%' => percent(text),
        '&' => {
            let entity = text.strip_prefix('&')?;
            // One for each time that the text was escaped.
            let rest = behind(entity, "amp;");
            let number = rest.strip_prefix('#').and_then(|number| {
                let (number, radix) = number.strip_prefix(['x', 'X']).map_or((number, 10), |number| (number, 16));
                let digits = number.bytes().take(MOST_DIGITS).position(|byte| byte == b';')?;
                let (character, rest) = code(number, digits, radix)?;
                Some((character, rest.strip_prefix(';')?))
            });
            let named = || NAMED.iter().find_map(|(name, named)| Some((*named, rest.strip_prefix(name)?)));
            number.or_else(named).or_else(|| Some(('&', rest)).filter(|_| rest.len() < entity.len()))
        }
        _ => None,
    }?;
    Some((character, text.len() - rest.len()))
}

/// The character of the percent-encoded bytes at the start of a text, and the text after them.
fn percent(text: &str) -> Option<(char, &str)> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while bytes.len() < 4 {
        let escaped = rest.strip_prefix('%')?;
        // Two digits more for each time that the text was escaped again.
        let coded = code(behind(escaped, "25"), 2, 16).or_else(|| code(escaped, 2, 16));
        let (byte, after) = coded?;
        bytes.push(u8::try_from(u32::from(byte)).ok()?);
        rest = after;
        if let Some(character) = str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
            return Some((character, rest));
        }
    }
    None
}

/// A text without what it begins with, up to [`MOST_TIMES`].
fn behind<'t>(text: &'t str, mark: &str) -> &'t str {
    let times = text.as_bytes().chunks(mark.len()).take(MOST_TIMES).take_while(|chunk| *chunk == mark.as_bytes());
    text.get(times.count() * mark.len()..).unwrap_or_default()
}

/// The character with a number of this many digits, and the text after it.
fn code(text: &str, digits: usize, radix: u32) -> Option<(char, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    // Not a sign, which `from_str_radix` accepts.
    let is_number = number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let character = char::from_u32(u32::from_str_radix(number, radix).ok().filter(|_| is_number)?)?;
    Some((character, rest))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    const SECRET: &str = "gs_a/B=&é-9";

    #[test]
    fn a_text_is_found_in_every_notation() {
        let each = |write: &dyn Fn(char) -> String| SECRET.chars().map(write).collect::<String>();
        let bytes = |character: char, before: &str| {
            let mut buffer = [0; 4];
            character.encode_utf8(&mut buffer).bytes().map(|byte| format!("{before}{byte:02X}")).collect::<String>()
        };
        for escaped in [
            SECRET.to_owned(),
            each(&|character| format!("\\u{:04x}", u32::from(character))),
            each(&|character| format!("\\\\u{:04X}", u32::from(character))),
            SECRET.replace('/', "\\/").replace('é', "\\u00e9"),
            each(&|character| format!("\\x{:02x}", u32::from(character))),
            each(&|character| bytes(character, "%")),
            each(&|character| bytes(character, "%25")),
            SECRET.replace('/', "%2f").replace('=', "%3d").replace('é', "%c3%a9"),
            each(&|character| format!("&#{};", u32::from(character))),
            each(&|character| format!("&#x{:X};", u32::from(character))),
            each(&|character| format!("&amp;#x{:x};", u32::from(character))),
            SECRET.replace('&', "&amp;").replace('é', "&#233;"),
            SECRET.replace('&', "&amp;amp;"),
        ] {
            let text = format!("<%&{escaped}>");
            assert_eq!(find(&text, SECRET), Some(3..text.len() - 1), "{text}");
        }
    }

    #[test]
    fn an_escape_stands_for_a_character() {
        for (text, character) in [
            (r"\b", '\u{8}'),
            (r"\f", '\u{c}'),
            (r"\n", '\n'),
            (r"\r", '\r'),
            (r"\t", '\t'),
            (r"\\\n", '\n'),
            (r#"\""#, '"'),
            (r"\/", '/'),
            (r"\\", '\\'),
            (r"\u0041", 'A'),
            (r"\x41", 'A'),
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&quot;", '"'),
            ("&apos;", '\''),
            ("&amp;", '&'),
            ("&amp;apos;", '\''),
            ("&#65;", 'A'),
            ("&#x41;", 'A'),
            ("&#X41;", 'A'),
            ("%41", 'A'),
            ("%2541", 'A'),
            ("%c3%A9", 'é'),
        ] {
            for rest in ["", "z"] {
                assert_eq!(escape(&format!("{text}{rest}")), Some((character, text.len())), "{text}{rest}");
            }
        }
        for text in
            ["", "n", r"\", r"\a", r"\0", r"\X41", r"\U0041", "&LT;", "&lt", "&nbsp;", "&#65", "&#y41;", "%", "%4"]
        {
            assert_eq!(escape(text), None, "{text}");
        }
    }

    #[test]
    fn another_text_is_not_found() {
        for text in
            ["", "\\", "%", "%6", "&", "&#", "&#;", "&#x;", "\\u006", "gs_a/B=&é-8", "gs_a%2FB%3D", "&#103", "%+6"]
        {
            assert_eq!(find(text, SECRET), None, "{text}");
        }
        // Each is longer than any software writes.
        for text in [
            format!("s{}u0067", "\\".repeat(65)),
            format!("s&#{:016};", 103),
            format!("s&{}#103;", "amp;".repeat(65)),
            format!("s%{}67", "25".repeat(65)),
        ] {
            assert_eq!(find(&text, "sg"), None, "{text}");
        }
        assert_eq!((find("a", ""), find("\\u+067", "g"), find("%25", "%")), (None, None, Some(0..3)));
    }

    /// Its escape is not taken for one that was escaped again.
    #[test]
    fn a_text_that_looks_like_an_escape_is_found() {
        for (secret, texts) in [
            ("gs_a%41b", ["gs_a%41b", "gs_a%2541b", "gs_a%252541b", "gs_a\\u002541b", "%67s_a%25%34%31b"]),
            ("gs_a&lt;b", ["gs_a&lt;b", "gs_a&amp;lt;b", "gs_a&amp;amp;lt;b", "gs_a\\u0026lt;b", "gs_a%26lt%3Bb"]),
            ("gs_a\\nb", ["gs_a\\nb", "gs_a\\\\nb", "gs_a\\\\\\\\nb", "gs_a%5Cnb", "gs_a&#92;nb"]),
            ("gs_a\\db", ["gs_a\\db", "gs_a\\\\db", "gs_a\\\\\\\\db", "gs_a%5Cdb", "gs_a&#92;db"]),
        ] {
            for text in texts {
                assert_eq!(find(&format!("<{text}>"), secret), Some(1..text.len() + 1), "{secret} in {text}");
            }
        }
    }

    #[test]
    fn the_time_is_linear_in_the_length_of_a_body() {
        for part in ["\\", "&#", "&#0", "&#x", "&amp;", "amp;", "%", "%25", "25", "gs_", "\\u0067", "&"] {
            let text = part.repeat((1 << 20) / part.len());
            let (done, is_done) = mpsc::channel();
            thread::spawn(move || done.send(find(&text, SECRET)));
            // With a quadratic one, hours.
            assert_eq!(is_done.recv_timeout(Duration::from_secs(60)), Ok(None), "{part}");
        }
    }
}

//! Text from outside, made safe to show.

use std::borrow::Cow;

/// A text that can break neither the line nor the terminal that shows it, and reads as it is written: control
/// characters, those that turn the direction of writing, and those that nobody sees are escaped.
///
/// Whatever a document, a server or a file supplies goes through here before it is shown.
///
/// ```
/// use zerogate_contract::one_line;
///
/// assert_eq!(one_line("a\x1b[2J\r\nb"), r"a\u{1b}[2J\r\nb");
/// assert_eq!(one_line("resu\u{202e}tl"), r"resu\u{202e}tl");
/// ```
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unsafe(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    Cow::Owned(line)
}

/// Whether a character acts on the text around it, or is not seen at all.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// How keys and other secrets of 0Gate begin.
pub const KEY_PREFIXES: [&str; 5] = ["sk_test_", "sk_live_", "pk_test_", "pk_live_", "whsec_"];

/// A text without the keys and passwords that somebody has left in it: reports end up in public logs.
///
/// What follows the prefix of a key, and what stands before the `@` of a URL, becomes `…`, wherever it stands.
///
/// ```
/// use zerogate_contract::mask_keys;
///
/// assert_eq!(mask_keys("Bearer sk_test_abc for https://me:word@gate.example"), "Bearer sk_test_… for https://…@gate.example");
/// ```
#[must_use]
pub fn mask_keys(text: &str) -> Cow<'_, str> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    let without = KEY_PREFIXES.iter().fold(Cow::Borrowed(text), |text, prefix| {
        mask_after(text, prefix, |rest| Some(rest.trim_start_matches(is_part)))
    });
    mask_after(without, "://", |rest| {
        // What reads URLs skips further slashes.
        let rest = rest.trim_start_matches(['/', '\\']);
        let authority =
            rest.split(|character: char| character.is_whitespace() || "/?#\"<>".contains(character)).next()?;
        rest.get(authority.rfind('@')?..)
    })
}

/// The text with `…` after each `mark`, in place of what is before the rest that `rest` leaves; as it is, where it
/// leaves none.
fn mask_after<'t>(text: Cow<'t, str>, mark: &str, rest: impl Fn(&str) -> Option<&str>) -> Cow<'t, str> {
    if !text.contains(mark) {
        return text;
    }
    let mut parts = text.split(mark);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.push_str(mark);
        match rest(part) {
            Some(rest) => {
                masked.push('…');
                masked.push_str(rest);
            }
            None => masked.push_str(part),
        }
    }
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::{mask_keys, one_line};

    #[test]
    fn every_key_and_every_password_is_masked() {
        assert_eq!(
            mask_keys(r#"{"key":"sk_live_canary-1","other":"Bearer pk_test_canary"} sk_test_ sk_live_b whsec_c"#),
            r#"{"key":"sk_live_…","other":"Bearer pk_test_…"} sk_test_… sk_live_… whsec_…"#
        );
        assert_eq!(
            mask_keys("https://a:b@one.example/x http://c@two.example, https://d:e@f@three.example"),
            "https://…@one.example/x http://…@two.example, https://…@three.example"
        );
    }

    #[test]
    fn an_at_sign_elsewhere_in_a_url_hides_nothing() {
        for text in ["https://gate.example/a@b", "https://gate.example?a@b", "https://gate.example me@gate.example"] {
            assert_eq!(mask_keys(text), text);
        }
    }

    #[test]
    fn what_a_terminal_obeys_and_what_nobody_sees_is_escaped() {
        assert_eq!(one_line("a\x1b[2J\u{9b}2J\tb\n"), r"a\u{1b}[2J\u{9b}2J\tb\n");
        assert_eq!(one_line("\u{202e}\u{2066}\u{200b}\u{feff}\u{61c}"), r"\u{202e}\u{2066}\u{200b}\u{feff}\u{61c}");
        assert_eq!(one_line("\u{e0041}"), r"\u{e0041}");
    }

    #[test]
    fn a_password_behind_more_slashes_is_masked_too() {
        assert_eq!(mask_keys("http:///me:word@gate.example"), "http://…@gate.example");
        assert_eq!(mask_keys("http:////me:word@gate.example/a"), "http://…@gate.example/a");
    }

    #[test]
    fn a_text_that_is_safe_stays_as_it_is() {
        assert_eq!(one_line(r"Zoë paid 100 € \n 支払い"), r"Zoë paid 100 € \n 支払い");
    }
}

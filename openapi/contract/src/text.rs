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

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn what_a_terminal_obeys_and_what_nobody_sees_is_escaped() {
        assert_eq!(one_line("a\x1b[2J\u{9b}2J\tb\n"), r"a\u{1b}[2J\u{9b}2J\tb\n");
        assert_eq!(one_line("\u{202e}\u{2066}\u{200b}\u{feff}\u{61c}"), r"\u{202e}\u{2066}\u{200b}\u{feff}\u{61c}");
        assert_eq!(one_line("\u{e0041}"), r"\u{e0041}");
    }

    #[test]
    fn a_text_that_is_safe_stays_as_it_is() {
        assert_eq!(one_line(r"Zoë paid 100 € \n 支払い"), r"Zoë paid 100 € \n 支払い");
    }
}

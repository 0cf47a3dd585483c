//! Escapes text for Markdown, including tables, so that none of it becomes markup.

use crate::evidence::body;

/// Text as code. A code span could not hold every text within a table; the element can, with its text escaped.
pub(super) fn code(text: &str) -> String {
    let text = body::one_line(text);
    if text.is_empty() { text } else { format!("<code>{}</code>", escaped(&text)) }
}

/// Running text, with text between backticks as code.
pub(super) fn prose(text: &str) -> String {
    let text = body::one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick belongs to the text itself.
    if parts.len().is_multiple_of(2) {
        return words(&text);
    }
    let is_code = |index: usize| index % 2 == 1;
    parts.into_iter().enumerate().map(|(index, part)| if is_code(index) { code(part) } else { words(part) }).collect()
}

/// Text that mentions nobody: GitHub looks for mentions after it resolves character references.
fn words(text: &str) -> String {
    escaped(text).replace("&#64;", "&#64;&#8203;")
}

/// A line without Markdown, HTML or table markup.
fn escaped(line: &str) -> String {
    let mut safe = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '&' | '<' | '>' | '"' | '\'' | '`' | '*' | '_' | '[' | ']' | '|' | '\\' | '~' | '@' | '#' | '!' => {
                safe.push_str(&format!("&#{};", u32::from(character)));
            }
            // Either would become a link.
            ':' => safe.push_str("&#58;"),
            '.' if ends_with_www(&safe) => safe.push_str("&#46;"),
            other => safe.push(other),
        }
    }
    safe
}

fn ends_with_www(text: &str) -> bool {
    text.get(text.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

/// Text to copy, in a code block that no line of the text can close.
pub(super) fn block(language: &str, text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        for text in ["a|b", "<img src=x>", "**b**", "[a](b)", "a\\|b", "@octocat", "https://a.example", "~~a~~", "&lt;"]
        {
            let escaped = prose(text);
            let bare = |it: char| "|<>*[]\\@~_".contains(it);
            assert!(!escaped.contains(bare) && !escaped.contains("://"), "{escaped}");
        }
        assert_eq!(prose("`a` was\n\u{1b}removed"), "<code>a</code> was &#92;u{1b}removed");
        assert_eq!(prose("WWW.a.example"), "WWW&#46;a.example");
        assert_eq!(prose("an odd ` stays"), "an odd &#96; stays");
        assert_eq!(prose("`<b>` is"), "<code>&#60;b&#62;</code> is");
    }

    #[test]
    fn nothing_in_a_block_ends_it() {
        assert_eq!(block("sh", "curl"), "```sh\ncurl\n```\n");
        assert_eq!(block("sh", "a ```` b ``"), "`````sh\na ```` b ``\n`````\n");
    }
}

//! Untrusted text, and lists with a limit.

use maud::{Markup, PreEscaped, html};

use crate::evidence::body;
use crate::report::wording::run as wording;

/// The maximum length of a text, in characters.
const LONGEST: usize = 4_000;

/// The maximum length of a list, in bytes: browsers can show more, but nobody reads it.
const MOST: usize = 2_000_000;

/// Running text, with text between backticks as code.
pub(super) fn prose(text: &str) -> Markup {
    let text = shown(text);
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick belongs to the text itself.
    if parts.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! {
        @for (index, part) in parts.into_iter().enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A name, a place or a value, as code.
pub(super) fn code(text: &str) -> Markup {
    html! { code { (shown(text)) } }
}

/// Plain text, for an attribute or a place without elements.
pub(super) fn plain(text: &str) -> String {
    shown(text)
}

/// A text with a capital at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn shown(text: &str) -> String {
    let line = body::one_line(text);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            format!("{}… ({} more characters)", &line[..end], line[end..].chars().count())
        }
        None => line,
    }
}

/// As much of a list as fits, and a line about the rest.
pub(super) fn list<T>(
    items: &[T],
    (one, many): (&str, &str),
    class: &str,
    mut render: impl FnMut(usize, &T) -> Markup,
) -> Markup {
    let mut written = String::new();
    let mut left = 0;
    for (index, item) in items.iter().enumerate() {
        let piece = render(index, item).into_string();
        if written.len() + piece.len() > MOST {
            left = items.len() - index;
            break;
        }
        written += &piece;
    }
    html! {
        ul class=(class) role="list" { (PreEscaped(written)) }
        @if left > 0 { p.left { "… and " (wording::counted(left, one, many)) " more: too many for a page. The other reports list everything." } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup_and_nothing_turns_it_around() {
        assert_eq!(prose("`<b>` & \u{202e}\n\"").into_string(), r"<code>&lt;b&gt;</code> &amp; \u{202e} &quot;");
        assert_eq!(prose("an odd ` stays").into_string(), "an odd ` stays");
    }

    #[test]
    fn long_text_is_cut_visibly() {
        assert!(code(&"é".repeat(LONGEST + 3)).into_string().ends_with("é… (3 more characters)</code>"));
        let items = vec!["x".repeat(MOST / 3); 5];
        let written = list(&items, ("line", "lines"), "rows", |_, item| html! { li { (item) } }).into_string();
        assert!(written.len() < MOST + 1_000 && written.contains("… and 3 lines more: too many"), "{}", written.len());
    }
}

//! Makes text from outside safe to show.

use std::borrow::Cow;

/// Escapes characters that could break the line or the terminal, or hide or reorder text: control characters,
/// bidirectional controls, and invisible characters.
///
/// Use this for everything from a document, a server or a file before it is shown.
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

/// Whether a character changes the text around it, or is invisible: control characters, bidirectional controls, and
/// what Unicode calls default ignorable.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The reader of an output, which decides how [`inert`] escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// A person, or a program that shows it to one: `\u{23}` for `#`.
    Text,
    /// A terminal: like `Text`, and colours stay.
    Styled,
    /// A JSON parser: `\u0023` for `#`, so that the value stays the same.
    Json,
    /// GitHub Actions: like `Text`, and a line may begin with `::error `, `::warning ` or `::notice `.
    Commands,
}

/// Escapes a whole output so that it contains no commands for the terminal or for the CI system that logs it.
///
/// CI systems read commands from their logs: GitHub Actions reads lines that begin with `::`, also after whitespace,
/// and `##[`; Azure Pipelines `##vso[`; TeamCity `##teamcity[`. The result has none of these, and no character that
/// [`one_line`] escapes except line feeds and tabs. Safe text stays unchanged, so applying this twice changes nothing.
///
/// Apply it last, to the whole output. Pass each text in it through [`one_line`] first, which also keeps it on its
/// line.
///
/// ```
/// use zerogate_contract::{OutputKind, inert};
///
/// assert_eq!(inert("see\n  ::error::x", OutputKind::Text), "see\n  \\u{3a}:error::x");
/// assert_eq!(inert(r##"{"a": " ##vso[x]"}"##, OutputKind::Json), r##"{"a": " \u0023#vso[x]"}"##);
/// ```
#[must_use]
pub fn inert(output: &str, kind: OutputKind) -> Cow<'_, str> {
    if output.split_inclusive('\n').all(is_inert) {
        return Cow::Borrowed(output);
    }
    let mut safe = String::with_capacity(output.len() + 16);
    for line in output.split_inclusive('\n') {
        if is_inert(line) { safe.push_str(line) } else { push_inert(line, kind, &mut safe) }
    }
    Cow::Owned(safe)
}

/// Whether [`inert`] leaves a line unchanged.
fn is_inert(line: &str) -> bool {
    !line.trim_start().starts_with("::") && !line.contains("##") && !line.contains(is_out_of_place)
}

fn push_inert(line: &str, kind: OutputKind, safe: &mut String) {
    // Whether only whitespace and colours precede; our own command may begin its line.
    let mut begins = !(kind == OutputKind::Commands && is_annotation(line));
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        let style = if kind == OutputKind::Styled { style(rest) } else { None };
        let (here, after) = rest.split_at(style.unwrap_or(character.len_utf8()));
        let commands = (begins && here == ":" && after.starts_with(':')) || is_hashed(rest);
        if style.is_none() && (commands || is_out_of_place(character)) {
            escape(character, kind, safe);
        } else {
            safe.push_str(here);
        }
        begins &= style.is_some() || character.is_whitespace();
        rest = after;
    }
}

fn is_out_of_place(character: char) -> bool {
    is_unsafe(character) && !matches!(character, '\n' | '\t')
}
/// Whether a text begins with a command in hash marks: `##[`, or with a word in between.
fn is_hashed(text: &str) -> bool {
    let word = text.strip_prefix("##").map(|rest| rest.trim_start_matches(|it: char| it.is_ascii_alphabetic()));
    word.is_some_and(|rest| rest.starts_with('['))
}

/// Whether a line is an annotation for GitHub Actions.
fn is_annotation(line: &str) -> bool {
    ["::error ", "::warning ", "::notice "].iter().any(|command| line.starts_with(command))
}

/// The length of the colour code that a text begins with, if any.
fn style(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?;
    let end = parameters.trim_start_matches(|it: char| it.is_ascii_digit() || it == ';').strip_prefix('m')?;
    Some(text.len() - end.len())
}

fn escape(character: char, kind: OutputKind, safe: &mut String) {
    if kind == OutputKind::Json {
        let units = character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
        safe.push_str(&units);
    } else if is_unsafe(character) {
        safe.extend(character.escape_default());
    } else {
        safe.extend(character.escape_unicode());
    }
}

/// The prefixes of keys and other secrets of 0Gate.
pub const KEY_PREFIXES: [&str; 5] = ["sk_test_", "sk_live_", "pk_test_", "pk_live_", "whsec_"];

/// Removes keys and passwords from a text: reports end up in public logs.
///
/// Replaces what follows the prefix of a key, and what precedes the `@` of a URL, by `…`, anywhere in the text.
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
        // URL parsers skip extra slashes.
        let rest = rest.trim_start_matches(['/', '\\']);
        let authority =
            rest.split(|character: char| character.is_whitespace() || "/?#\"<>".contains(character)).next()?;
        rest.get(authority.rfind('@')?..)
    })
}

/// Replaces the text between each `mark` and what `rest` returns by `…`; leaves it where `rest` returns `None`.
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
    use super::OutputKind::{Commands, Json, Styled, Text};
    use super::{inert, mask_keys, one_line};

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
    fn control_and_invisible_characters_are_escaped() {
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
    fn safe_text_does_not_change() {
        assert_eq!(one_line(r"Zoë paid 100 € \n 支払い"), r"Zoë paid 100 € \n 支払い");
    }

    #[test]
    fn invisible_characters_are_escaped_and_letters_of_any_script_are_not() {
        for hidden in ["\u{34f}", "\u{115f}", "\u{180e}", "\u{3164}", "\u{fe0f}", "\u{e0101}", "\u{1d173}"] {
            assert!(one_line(hidden).is_ascii(), "{hidden:?}");
            assert!(inert(hidden, Text).is_ascii() && inert(hidden, Json).is_ascii(), "{hidden:?}");
        }
        for seen in ["é", "е\u{301}", "支払い", "שלום", "हिन्दी", "😀"] {
            assert_eq!((one_line(seen), inert(seen, Text)), (seen.into(), seen.into()));
        }
    }

    #[test]
    fn no_line_and_no_hash_marks_begin_a_command() {
        for (output, text) in [
            ("a ::b", "a ::b"),
            ("::error::x", r"\u{3a}:error::x"),
            (" \t\u{3000}::x\n::y\na::", " \t\u{3000}\\u{3a}:x\n\\u{3a}:y\na::"),
            ("a\r::x", r"a\r::x"),
            ("a\u{2028}::x", r"a\u{2028}::x"),
            ("a ##[b", r"a \u{23}#[b"),
            ("###[ ##VSO[ ##teamcity[", r"#\u{23}#[ \u{23}#VSO[ \u{23}#teamcity["),
            ("## a [b] ##a #[", "## a [b] ##a #["),
            ("##\u{ad}vso[", r"##\u{ad}vso["),
            ("::error title=a::b", r"\u{3a}:error title=a::b"),
            ("\x1b[1ma", r"\u{1b}[1ma"),
        ] {
            assert_eq!(inert(output, Text), text);
            assert_eq!(inert(text, Text), text);
        }
    }

    #[test]
    fn json_stays_the_same_value() {
        for value in ["##[x]##vso[y]", "\u{202e}\u{e0041}\u{fe0f}\u{85}", r"\##[", "::\n::"] {
            let json = serde_json::to_string_pretty(&[value]).unwrap();
            let safe = inert(&json, Json);
            assert!(safe.is_ascii() && !safe.contains("##"), "{safe}");
            assert_eq!(serde_json::from_str::<[String; 1]>(&safe).unwrap(), [value]);
        }
        assert_eq!(inert("\"\u{e0041}#\"", Json), r#""\udb40\udc41#""#);
    }

    #[test]
    fn only_our_own_colours_and_annotations_stay() {
        assert_eq!(inert("\x1b[1;31ma\x1b[0m\x1b[2J", Styled), "\x1b[1;31ma\x1b[0m\\u{1b}[2J");
        assert_eq!(inert(" \x1b[1m::x\x1b[0m", Styled), " \x1b[1m\\u{3a}:x\x1b[0m");
        let annotations = "::error title=a::b\n::warning title=a::b\n::notice title=a::b\n";
        assert_eq!(inert(annotations, Commands), annotations);
        for command in ["::add-mask::a", "::stop-commands::a", " ::error title=a::b", "\u{a0}::notice title=a::b"] {
            assert!(inert(command, Commands).contains(r"\u{3a}:"), "{command}");
        }
    }
}

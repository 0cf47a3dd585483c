//! Rust text as tokens with their lines, without comments and literals: enough to read paths.

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) line: usize,
    pub(super) text: &'a str,
}

pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let (mut rest, mut line, mut tokens) = (source, 1, Vec::new());
    while let Some(first) = rest.chars().next() {
        let name = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let ignored = comment(rest).or_else(|| literal(rest));
        let length = ignored.unwrap_or(if rest.starts_with("::") { 2 } else { name.max(first.len_utf8()) });
        let (text, after) = rest.split_at(length);
        if ignored.is_none() && !first.is_whitespace() {
            tokens.push(Token { line, text });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

fn comment(text: &str) -> Option<usize> {
    let (_, end) = [("//", "\n"), ("/*", "*/")].into_iter().find(|(start, _)| text.starts_with(start))?;
    Some(text.find(end).map_or(text.len(), |at| at + end.len()))
}

/// The length of the string or character literal that `text` starts with; a lifetime is neither. Only raw literals
/// start at their prefix.
fn literal(text: &str) -> Option<usize> {
    let raw = ["r", "br", "cr"].into_iter().find_map(|prefix| {
        let hashes = text.strip_prefix(prefix)?;
        let quoted = hashes.trim_start_matches('#');
        let end = format!("\"{}", "#".repeat(hashes.len() - quoted.len()));
        let body = quoted.strip_prefix('"')?;
        Some(text.len() - body.len() + body.find(&end)? + end.len())
    });
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    raw.or_else(|| {
        let mut letters = text.char_indices().skip(1);
        let is_lifetime = quote? == '\'' && text.chars().nth(1) != Some('\\') && text.chars().nth(2) != Some('\'');
        while let Some((at, letter)) = letters.next().filter(|_| !is_lifetime) {
            match letter {
                '\\' => drop(letters.next()),
                _ if Some(letter) == quote => return Some(at + 1),
                _ => {}
            }
        }
        None
    })
}

#[test]
fn literals_and_comments_are_no_tokens() {
    let source = "a /* b \" */ 'd' 'e: \"f\\\"\nf\" r#\"g\"h\"# '\\'' br\"\\\" i::r#type // j\nk '\"' '\\\\' l";
    let found: Vec<String> = tokens(source).iter().map(|token| format!("{}{}", token.line, token.text)).collect();
    assert_eq!(found, ["1a", "1'", "1e", "1:", "2i", "2::", "2r", "2#", "2type", "3k", "3l"]);
}

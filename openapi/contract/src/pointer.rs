//! JSON pointers (RFC 6901), built only when they are shown.

use std::borrow::Cow;

/// The path from the root to a node, as a list on the stack.
///
/// A walk visits every node and reports few: extending a path costs nothing, and it is rendered only for a problem.
/// (With a string per node, one long key above many nodes could use up all memory.)
#[derive(Debug, Clone, Copy)]
pub enum Path<'p> {
    /// The document as a whole.
    Root,
    /// The value of a key.
    Key(&'p Path<'p>, &'p str),
    /// An item of a sequence.
    Item(&'p Path<'p>, usize),
    /// A node whose pointer was rendered before.
    At(&'p str),
}

impl<'p> Path<'p> {
    /// Appends a key.
    #[must_use]
    pub fn key(&'p self, key: &'p str) -> Path<'p> {
        Path::Key(self, key)
    }

    /// Appends the index of an item.
    #[must_use]
    pub fn item(&'p self, index: usize) -> Path<'p> {
        Path::Item(self, index)
    }

    /// The JSON pointer.
    #[must_use]
    pub fn render(&self) -> String {
        match self {
            Path::Root => String::new(),
            Path::At(pointer) => (*pointer).to_owned(),
            Path::Key(parent, key) => {
                let mut pointer = parent.render();
                push(&mut pointer, key);
                pointer
            }
            Path::Item(parent, index) => {
                let mut pointer = parent.render();
                push_index(&mut pointer, *index);
                pointer
            }
        }
    }
}

/// Appends one token to a rendered pointer.
pub fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    if !token.contains('~') && !token.contains('/') {
        return pointer.push_str(token);
    }
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// Appends the index of an item to a rendered pointer.
pub(crate) fn push_index(pointer: &mut String, index: usize) {
    pointer.push('/');
    pointer.push_str(&index.to_string());
}

/// Returns `pointer` with one more token.
pub fn join(pointer: &str, token: &str) -> String {
    let mut joined = pointer.to_owned();
    push(&mut joined, token);
    joined
}

/// The pointer of the component schemas.
pub const SCHEMAS: &str = "/components/schemas";

/// The pointer of a component schema.
pub fn of_schema(name: &str) -> String {
    join(SCHEMAS, name)
}

/// The reference to a component schema.
pub fn reference_to(schema: &str) -> String {
    format!("#{}", of_schema(schema))
}

/// The tokens of a pointer, unescaped.
pub fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(unescape)
}

/// Unescapes a token.
fn unescape(token: &str) -> Cow<'_, str> {
    // The order matters: `~01` is a tilde and a one, not a slash.
    if token.contains('~') { Cow::Owned(token.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(token) }
}

/// The name of the component schema at a pointer.
#[must_use]
pub fn schema_at(pointer: &str) -> Option<Cow<'_, str>> {
    entry(pointer, "schemas").filter(|name| !name.is_empty()).map(unescape)
}

/// The last token of a pointer to an entry of a section of `components`, escaped.
#[must_use]
pub fn entry<'p>(pointer: &'p str, section: &str) -> Option<&'p str> {
    let token = pointer.strip_prefix("/components/")?.strip_prefix(section)?.strip_prefix('/')?;
    (!token.contains('/')).then_some(token)
}

/// The pointer in a local `$ref`: `#/components/schemas/Error` is `/components/schemas/Error`.
///
/// Returns `None` for a reference to another document or to an anchor (`#Error`).
pub fn of_reference(reference: &str) -> Option<Cow<'_, str>> {
    let fragment = reference.strip_prefix('#')?;
    if !fragment.is_empty() && !fragment.starts_with('/') {
        return None;
    }
    if !fragment.contains('%') {
        return Some(Cow::Borrowed(fragment));
    }
    percent_decode(fragment).map(Cow::Owned)
}

/// Percent-decodes a text of a URI; `None` if an escape is invalid.
#[must_use]
pub fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'%' {
            let (digits, tail) = tail.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = tail;
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_renders_as_a_pointer_with_escapes() {
        let root = Path::Root;
        let paths = root.key("paths");
        let path = paths.key("/a~b");
        assert_eq!(path.item(3).render(), "/paths/~1a~0b/3");
    }

    #[test]
    fn tokens_are_unescaped_in_the_right_order() {
        assert_eq!(tokens("/~01/~1").collect::<Vec<_>>(), ["~1", "/"]);
    }

    #[test]
    fn the_empty_pointer_has_no_token() {
        assert_eq!(tokens("").count(), 0);
    }

    #[test]
    fn a_reference_is_percent_decoded() {
        assert_eq!(of_reference("#/paths/~1a%7Bid%7D").as_deref(), Some("/paths/~1a{id}"));
    }

    #[test]
    fn a_reference_with_a_bad_escape_has_no_pointer() {
        assert_eq!(of_reference("#/a%+1"), None);
        assert_eq!(of_reference("#/a%é"), None);
    }

    #[test]
    fn a_reference_to_another_document_has_no_pointer() {
        assert_eq!(of_reference("other.yaml#/a"), None);
        assert_eq!(of_reference("#anchor"), None);
    }
}

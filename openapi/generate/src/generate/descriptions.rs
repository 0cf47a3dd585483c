//! Prepares the descriptions of the contract for rustdoc.

use std::borrow::Cow;

use syn::visit_mut::VisitMut;
use syn::{Attribute, Block, Expr, ExprLit, Generics, Item, Lit, LitStr, Meta, Signature, Type};

/// Trims the texts of an item, and keeps its examples from being run as tests.
pub(super) fn tidy(item: &mut Item) {
    Tidy.visit_item_mut(item);
}

/// Removes what rustc rejects in a comment: lone carriage returns, and characters that change the text direction.
fn plain(text: &str) -> Cow<'_, str> {
    let refused = |character: char| matches!(character, '\r' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(refused) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n").replace(refused, ""))
}

/// Marks the code blocks of a text as text.
///
/// The generator's examples use a `client` and arguments that do not exist: they only show the usage, and do not
/// compile. Code blocks of a contract without a language are not Rust either.
fn as_text(text: &str) -> String {
    if !text.contains("```") {
        return text.to_owned();
    }
    let mut within = false;
    let lines = text.lines().map(|line| {
        let Some(info) = line.trim_start().strip_prefix("```") else {
            return line.to_owned();
        };
        within = !within;
        if within && matches!(info.trim(), "" | "ignore" | "rust") {
            format!("{}```text", &line[..line.len() - line.trim_start().len()])
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

struct Tidy;

impl VisitMut for Tidy {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let Meta::NameValue(meta) = &mut attribute.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &mut meta.value
        {
            let before = text.value();
            let after = as_text(&plain(before.trim()));
            if after != before {
                *text = LitStr::new(&after, text.span());
            }
        }
    }

    // There are no descriptions inside.
    fn visit_block_mut(&mut self, _: &mut Block) {}
    fn visit_generics_mut(&mut self, _: &mut Generics) {}
    fn visit_signature_mut(&mut self, _: &mut Signature) {}
    fn visit_type_mut(&mut self, _: &mut Type) {}
}

#[cfg(test)]
mod tests {
    use super::{as_text, plain};

    #[test]
    fn characters_that_rustc_rejects_in_a_comment_are_removed() {
        assert_eq!(plain("a\rb\r\nc\u{202e}d\u{2066}e"), "a\nb\ncde");
    }

    #[test]
    fn code_blocks_without_a_language_are_text() {
        assert_eq!(as_text("a\n```\nb\n```\nc\n  ```ignore\nd\n  ```"), "a\n```text\nb\n```\nc\n  ```text\nd\n  ```");
        assert_eq!(as_text("```json\n{}\n```"), "```json\n{}\n```");
    }
}

//! The contract's descriptions, as rustdoc is to show them.

use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, ExprLit, Item, Lit, LitStr, Meta};

/// Trims the texts of an item, and keeps its examples from being counted as tests.
pub(super) fn tidy(item: &mut Item) {
    Tidy.visit_item_mut(item);
}

struct Tidy;

impl VisitMut for Tidy {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let Meta::NameValue(meta) = &mut attribute.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &mut meta.value
        {
            // The generator's examples name a `client` and arguments that are not there: they show a shape, and are
            // neither compiled nor meant to be.
            let tidied = text.value().trim().replace("```ignore", "```text");
            *text = LitStr::new(&tidied, text.span());
        }
        visit_mut::visit_attribute_mut(self, attribute);
    }
}

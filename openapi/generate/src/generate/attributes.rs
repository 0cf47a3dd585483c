//! Reads the attributes of generated items.

use proc_macro2::{Literal, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Item, Lit, LitStr, Meta, Path, Token};

use crate::fit::WireNames;

/// The words of the serde attributes, with their string values.
pub(super) fn serde(attributes: &[Attribute]) -> Vec<(String, Option<String>)> {
    let mut words = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // An attribute that cannot be parsed is skipped.
        let _ = attribute.parse_nested_meta(|meta| {
            let value = match meta.input.peek(Token![=]).then(|| meta.value()?.parse::<Lit>()).transpose()? {
                Some(Lit::Str(text)) => Some(text.value()),
                _ => None,
            };
            words.extend(meta.path.get_ident().map(|word| (word.to_string(), value)));
            Ok(())
        });
    }
    words
}

/// Gives the properties of a data type their wire names.
pub(super) fn restore(item: &mut Item, wire_names: &WireNames) {
    if !wire_names.is_empty() && matches!(item, Item::Struct(_) | Item::Enum(_)) {
        Restore(wire_names).visit_item_mut(item);
    }
}

struct Restore<'n>(&'n WireNames);

impl VisitMut for Restore<'_> {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if attribute.path().is_ident("serde")
            && let Meta::List(list) = &mut attribute.meta
        {
            let tokens = std::mem::take(&mut list.tokens).into_iter().map(|token| match &token {
                TokenTree::Literal(literal) => match syn::parse_str::<LitStr>(&literal.to_string()) {
                    Ok(text) => self.0.get(&text.value()).map_or(token, |name| Literal::string(name).into()),
                    Err(_) => token,
                },
                _ => token,
            });
            list.tokens = tokens.collect();
        }
    }
}

/// Whether the words include this one.
pub(super) fn has(words: &[(String, Option<String>)], word: &str) -> bool {
    words.iter().any(|(name, _)| name == word)
}

/// The serde name of a field or variant, if it has one.
pub(super) fn renamed(words: Vec<(String, Option<String>)>) -> Option<String> {
    words.into_iter().find(|(word, _)| word == "rename").and_then(|(_, name)| name)
}

/// Whether a trait with this name is derived.
pub(super) fn derives(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|attribute| match &attribute.meta {
        Meta::List(list) => {
            list.tokens.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(found) if found == name))
        }
        _ => false,
    })
}

/// The names of the derived traits, including those behind a feature.
pub(super) fn derived(attributes: &[Attribute]) -> Vec<String> {
    fn of(meta: &Meta, names: &mut Vec<String>) {
        let Meta::List(list) = meta else { return };
        // An attribute that cannot be parsed derives nothing.
        if list.path.is_ident("derive") {
            let paths = list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).unwrap_or_default();
            names.extend(paths.iter().filter_map(|path| path.segments.last()).map(|last| last.ident.to_string()));
        } else if list.path.is_ident("cfg_attr") {
            let metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
            metas.iter().for_each(|meta| of(meta, names));
        }
    }
    let mut names = Vec::new();
    attributes.iter().for_each(|attribute| of(&attribute.meta, &mut names));
    names
}

/// Whether a `match` on an enum needs no `_`, or a struct literal is possible.
pub(super) fn is_exhaustive(attributes: &[Attribute]) -> bool {
    !attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"))
}

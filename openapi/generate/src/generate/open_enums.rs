//! Opens the generated string enums.
//!
//! typify generates closed enums, so a new `status` from the server would make a *successful* cancellation undecodable.
//! Each enum is rewritten to accept any string: named values are variants, and any other value is `Unknown`. Its text
//! can be read, but not be built or matched on: code that matches on the text would silently stop working on the day
//! the value gets a name.

mod template;

use std::collections::{BTreeMap, BTreeSet};

use quote::format_ident;
use syn::{Fields, Ident, Item, ItemEnum};

use super::conversions::{self, Wanted};
use super::implementations::Implementations;
use super::unions;
use crate::design::UNKNOWN;
use template::{Filling, Template, wire_text};

/// Rewrites every string enum in the `types` module. `fallbacks` are the types of default branches of unions.
pub(super) fn open(
    mut items: Vec<Item>,
    implementations: &mut Implementations,
    fallbacks: &BTreeSet<String>,
    wanted: Wanted,
) -> syn::Result<Vec<Item>> {
    let texts = items.iter().filter_map(|item| match item {
        Item::Enum(item) if is_string_enum(item) => {
            Some((item.ident.to_string(), item.variants.iter().map(wire_text).collect()))
        }
        _ => None,
    });
    let mut texts: BTreeMap<String, BTreeSet<String>> = texts.collect();
    for tag in unions::close_tags(&mut items, &texts, fallbacks) {
        texts.remove(&tag);
    }
    let mut taken: BTreeSet<String> = items.iter().filter_map(type_name).collect();
    let template = Template::new(wanted);
    // The template contains those of an open enum.
    implementations.retain("types", |item| {
        let converts = item.implemented.as_ref().is_some_and(|it| conversions::NAMES.contains(&it.name.as_str()));
        !(converts && item.name.as_ref().is_some_and(|name| texts.contains_key(name)))
    });
    let mut opened = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Item::Enum(found) if texts.contains_key(&found.ident.to_string()) => {
                let filling = filling(found, &mut taken);
                template.implementations(&filling, implementations);
                opened.extend(filling.fill(&template));
            }
            Item::Verbatim(held) => {
                let tokens: Vec<_> = held.clone().into_iter().collect();
                if !conversions::target(&tokens).is_some_and(|name| texts.contains_key(&name)) {
                    opened.push(syn::parse2(held)?);
                }
            }
            other => opened.push(other),
        }
    }
    Ok(opened)
}

fn type_name(item: &Item) -> Option<String> {
    match item {
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Type(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// Whether an enum represents a set of strings: only unit variants, and no serde representation.
fn is_string_enum(item: &ItemEnum) -> bool {
    let bare = item.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
    let represented = item.attrs.iter().any(|attribute| attribute.path().is_ident("serde"));
    bare && !represented && !item.variants.is_empty()
}

fn filling(item: ItemEnum, taken: &mut BTreeSet<String>) -> Filling {
    let is_taken = |candidate: &str| item.variants.iter().any(|variant| variant.ident == candidate);
    let unknown = free_name(UNKNOWN, is_taken);
    let payload = free_name(&format!("{UNKNOWN}{}", item.ident), |candidate| taken.contains(candidate));
    taken.insert(payload.to_string());
    Filling::new(item, unknown, payload)
}

fn free_name(wanted: &str, is_taken: impl Fn(&str) -> bool) -> Ident {
    let mut name = wanted.to_owned();
    while is_taken(&name) {
        name.push_str("Value");
    }
    format_ident!("{name}")
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn opened(source: &str) -> String {
        let mut implementations = Implementations::default();
        let items = conversions::items("types", source.parse().unwrap(), Wanted::Text, &mut implementations).unwrap();
        let items = open(items, &mut implementations, &BTreeSet::new(), Wanted::Text).unwrap();
        quote!(#(#items)*).to_string()
    }

    #[test]
    fn a_string_enum_accepts_any_string() {
        let text = opened("pub enum Status { #[serde(rename = \"open\")] Open, #[serde(rename = \"done\")] Done }");
        assert!(text.contains("Unknown (UnknownStatus)"), "{text}");
        assert!(text.contains("\"open\" => Self :: Open"), "{text}");
    }

    #[test]
    fn only_the_conversions_of_string_enums_are_replaced() {
        let text = opened(
            "pub enum Status { Open } impl ::std::fmt::Display for Status { fn replaced() {} } use a::{b, c};
             impl ::std::convert::TryFrom<&str> for Status { fn replaced() {} } impl From<&Self> for Status { fn kept() {} }
             pub struct Name(String); impl ::std::fmt::Display for Name { fn shown() {} } pub struct Last;",
        );
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
        assert!(
            !text.contains("replaced") && at("use a") < at("fn kept") && at("fn kept") < at("struct Name"),
            "{text}"
        );
        assert!(at("struct Name") < at("shown") && at("shown") < at("struct Last"), "{text}");
    }

    #[test]
    fn a_variant_named_unknown_keeps_its_name() {
        let text = opened("pub enum Status { #[serde(rename = \"unknown\")] Unknown }");
        assert!(text.contains("UnknownValue (UnknownStatus)"), "{text}");
    }

    #[test]
    fn a_type_named_like_the_payload_keeps_its_name() {
        let text = opened("pub enum Status { Open } pub struct UnknownStatus { }");
        assert!(text.contains("Unknown (UnknownStatusValue)"), "{text}");
    }

    #[test]
    fn an_enum_of_alternatives_does_not_change() {
        let text = opened("#[serde(untagged)] pub enum Either { A(String), B(i64) }");
        assert!(!text.contains("Unknown") && text.contains("B (i64)"), "{text}");
    }

    #[test]
    fn two_payloads_do_not_get_the_same_name() {
        let text = opened("pub enum Foo { A } pub enum UnknownFoo { B } pub enum FooValue { C }");
        let payloads: Vec<&str> = text.split("pub struct ").skip(1).filter_map(|rest| rest.split(' ').next()).collect();
        let distinct: BTreeSet<&str> = payloads.iter().copied().collect();
        assert_eq!((payloads.len(), distinct.len()), (3, 3), "{payloads:?}");
    }
}

//! What is added to generated data types.

use quote::ToTokens;
use syn::{Attribute, Field, Fields, Item, ItemStruct, parse_quote};

/// Finishes the items of the `types` module.
///
/// Structs become `#[non_exhaustive]`, so that a field that is added to the contract breaks nobody's struct literal,
/// and every type derives `JsonSchema` when the feature `schemars` is on.
pub(super) fn finish(mut items: Vec<Item>) -> Vec<Item> {
    for item in &mut items {
        match item {
            Item::Struct(item) if is_serialised(&item.attrs) => {
                if matches!(item.fields, Fields::Named(_)) {
                    item.attrs.push(parse_quote!(#[non_exhaustive]));
                }
                derive_schema(&mut item.attrs);
                if let Some(required) = required_where_nullable(item) {
                    item.attrs
                        .push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(extend("required" = [#(#required),*])))]));
                }
            }
            Item::Enum(item) if is_serialised(&item.attrs) => derive_schema(&mut item.attrs),
            _ => {}
        }
    }
    items
}

fn is_serialised(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|a| a.path().is_ident("derive") && a.to_token_stream().to_string().contains("Serialize"))
}

fn derive_schema(attributes: &mut Vec<Attribute>) {
    attributes.push(parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]));
}

/// The required fields of a struct, if one of them is nullable.
///
/// schemars takes an `Option` for a field that may be missing; these may be null, but not missing.
fn required_where_nullable(item: &ItemStruct) -> Option<Vec<String>> {
    let nullable = item.fields.iter().any(|field| serde(field, "deserialize_with"));
    nullable.then(|| {
        item.fields
            .iter()
            .filter(|field| {
                !serde(field, "skip_serializing_if") && !serde(field, "default") && !serde(field, "flatten")
            })
            .filter_map(wire_name)
            .collect()
    })
}

/// Whether a field's serde attributes have this word: as a word, and not within the name of a field.
fn serde(field: &Field, word: &str) -> bool {
    let mut found = false;
    visit_serde(field, |name, _| found |= name == word);
    found
}

fn wire_name(field: &Field) -> Option<String> {
    let mut name = field.ident.as_ref()?.to_string();
    visit_serde(field, |word, value| {
        if let ("rename", Some(renamed)) = (word, value) {
            name = renamed;
        }
    });
    Some(name)
}

/// Calls `visit` with each word of a field's serde attributes, and its value if that is a text.
fn visit_serde(field: &Field, mut visit: impl FnMut(&str, Option<String>)) {
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("serde")) {
        // An attribute that is not understood says nothing.
        let _ = attribute.parse_nested_meta(|meta| {
            let value = if meta.input.peek(syn::Token![=]) {
                match meta.value()?.parse::<syn::Lit>()? {
                    syn::Lit::Str(text) => Some(text.value()),
                    _ => None,
                }
            } else {
                None
            };
            if let Some(word) = meta.path.get_ident() {
                visit(&word.to_string(), value);
            }
            Ok(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_judged_by_its_attributes_and_not_by_its_name() {
        let item: ItemStruct = parse_quote! {
            struct A {
                #[serde(rename = "defaultCurrency")]
                default_currency: String,
                #[serde(deserialize_with = "::std::option::Option::deserialize")]
                flow: Option<String>,
                #[serde(default, skip_serializing_if = "Option::is_none")]
                note: Option<String>,
            }
        };
        assert_eq!(required_where_nullable(&item), Some(vec!["defaultCurrency".to_owned(), "flow".to_owned()]));
    }
}

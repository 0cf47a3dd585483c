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
    let serde = |field: &Field, word: &str| {
        field.attrs.iter().any(|a| a.path().is_ident("serde") && a.to_token_stream().to_string().contains(word))
    };
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

fn wire_name(field: &Field) -> Option<String> {
    let mut name = field.ident.as_ref()?.to_string();
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = meta.value()?.parse::<syn::LitStr>()?.value();
            } else if meta.input.peek(syn::Token![=]) {
                let _: syn::Expr = meta.value()?.parse()?;
            }
            Ok(())
        });
    }
    Some(name)
}

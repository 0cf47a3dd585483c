//! Additions to generated data types.

use syn::{Attribute, Fields, Item, ItemStruct, parse_quote};

use super::attributes::{derives, has, is_exhaustive, renamed, serde};
use super::conversions::Wanted;

/// Finishes the items of the `types` module.
///
/// Structs and enums become `#[non_exhaustive]`, so that a new field, value or branch in the contract breaks no struct
/// literal and no `match`, and every type derives `JsonSchema` if the feature `schemars` is enabled.
pub(super) fn finish(mut items: Vec<Item>, wanted: Wanted) -> Vec<Item> {
    let [non_exhaustive, schema]: [Attribute; 2] = [
        parse_quote!(#[non_exhaustive]),
        parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]),
    ];
    let open = |attributes: &mut Vec<Attribute>| {
        if is_exhaustive(attributes) {
            attributes.push(non_exhaustive.clone());
        }
    };
    for item in &mut items {
        match item {
            Item::Struct(item) if derives(&item.attrs, "Serialize") => {
                if matches!(item.fields, Fields::Named(_)) {
                    open(&mut item.attrs);
                }
                item.attrs.push(schema.clone());
                // This changes the schema of a type, and not its surface.
                if wanted == Wanted::Text
                    && let Some(required) = required_where_nullable(item)
                {
                    item.attrs
                        .push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(extend("required" = [#(#required),*])))]));
                }
            }
            Item::Enum(item) if derives(&item.attrs, "Serialize") => {
                open(&mut item.attrs);
                item.attrs.push(schema.clone());
            }
            _ => {}
        }
    }
    items
}

/// The required fields of a struct, if one of them is nullable.
///
/// schemars treats an `Option` as a field that may be missing; these may be null, but not missing.
fn required_where_nullable(item: &ItemStruct) -> Option<Vec<String>> {
    let fields: Vec<_> = item.fields.iter().map(|field| (&field.ident, serde(&field.attrs))).collect();
    let may_be_missing =
        |words: &[_]| ["skip_serializing_if", "default", "flatten"].iter().any(|word| has(words, word));
    fields.iter().any(|(_, words)| has(words, "deserialize_with")).then(|| {
        let required = fields.into_iter().filter(|(_, words)| !may_be_missing(words));
        required.filter_map(|(name, words)| renamed(words).or_else(|| Some(name.as_ref()?.to_string()))).collect()
    })
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

//! Opens the generated string enums.
//!
//! typify generates closed enums, so that one new `status` from the server would make a *successful* cancellation
//! undecodable. Each is rewritten to take any string: what the contract names is a variant, anything else is
//! `Unknown`, whose text can be read but not be built or matched on; else code that matches on the text would silently
//! stop to do so on the day the value gets a name.

use std::collections::{BTreeMap, BTreeSet};

use quote::format_ident;
use syn::{Attribute, Fields, Ident, Item, ItemEnum, ItemImpl, LitStr, Type};

use super::unions;

/// Rewrites every string enum among the items of the `types` module.
pub(super) fn open(mut items: Vec<Item>) -> Vec<Item> {
    let texts = items.iter().filter_map(|item| match item {
        Item::Enum(item) if is_string_enum(item) => {
            Some((item.ident.to_string(), item.variants.iter().map(wire_text).collect()))
        }
        _ => None,
    });
    let texts = texts.collect();
    let tags = unions::close_tags(&mut items, &texts);
    let mut taken: BTreeSet<String> = items.iter().filter_map(type_name).collect();
    let enums: BTreeMap<String, ItemEnum> = items
        .iter()
        .filter_map(|item| match item {
            Item::Enum(item) if is_string_enum(item) && !tags.contains(&item.ident.to_string()) => {
                Some((item.ident.to_string(), item.clone()))
            }
            _ => None,
        })
        .collect();
    let mut opened = Vec::with_capacity(items.len());
    for item in items {
        match &item {
            Item::Enum(found) if enums.contains_key(&found.ident.to_string()) => {
                opened.extend(open_enum(found, &mut taken));
            }
            Item::Impl(found) if is_text_conversion(found, &enums) => {}
            _ => opened.push(item),
        }
    }
    opened
}

fn type_name(item: &Item) -> Option<String> {
    match item {
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Type(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// Whether an enum stands for a set of strings: all variants bare, and serde not told to represent it otherwise.
fn is_string_enum(item: &ItemEnum) -> bool {
    let bare = item.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
    let represented = item.attrs.iter().any(|attribute| attribute.path().is_ident("serde"));
    bare && !represented && !item.variants.is_empty()
}

/// Whether an impl is one of those that are written anew for an open enum.
fn is_text_conversion(item: &ItemImpl, enums: &BTreeMap<String, ItemEnum>) -> bool {
    let Type::Path(target) = item.self_ty.as_ref() else {
        return false;
    };
    let of_enum = target.path.get_ident().is_some_and(|name| enums.contains_key(&name.to_string()));
    let converts = item.trait_.as_ref().is_some_and(|(path, _)| {
        path.segments
            .last()
            .is_some_and(|last| matches!(last.ident.to_string().as_str(), "Display" | "FromStr" | "TryFrom"))
    });
    of_enum && converts
}

fn open_enum(item: &ItemEnum, taken: &mut BTreeSet<String>) -> Vec<Item> {
    let name = &item.ident;
    let docs: Vec<&Attribute> = item.attrs.iter().filter(|a| a.path().is_ident("doc")).collect();
    let variants: Vec<&Ident> = item.variants.iter().map(|variant| &variant.ident).collect();
    let texts: Vec<String> = item.variants.iter().map(wire_text).collect();
    let variant_docs: Vec<Vec<&Attribute>> = item
        .variants
        .iter()
        .map(|variant| variant.attrs.iter().filter(|a| a.path().is_ident("doc")).collect())
        .collect();
    let labels = texts.iter().map(|text| format!("`{text}`"));
    let unknown = free_name("Unknown", |candidate| variants.iter().any(|variant| *variant == candidate));
    let payload = free_name(&format!("Unknown{name}"), |candidate| taken.contains(candidate));
    taken.insert(payload.to_string());
    let payload_docs = format!(
        "The text of a [`{name}`] that the contract does not name.\n\nIt can be read, not built: only decoding and parsing make one."
    );
    let schema_name = name.to_string();
    let expecting = format!("a string: a {name}");

    let file: syn::File = syn::parse_quote! {
        #(#docs)*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum #name {
            #(#(#variant_docs)* #[doc = #labels] #variants,)*
            /// A value that the contract does not name. It is kept, and sent back, as it is.
            #unknown(#payload),
        }

        impl #name {
            /// The value as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #texts,)*
                    Self::#unknown(other) => other.as_str(),
                }
            }
        }

        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for #name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::result::Result::Ok(Self::from(text))
            }
        }

        impl ::std::convert::From<&str> for #name {
            fn from(text: &str) -> Self {
                match text {
                    #(#texts => Self::#variants,)*
                    other => Self::#unknown(#payload(other.into())),
                }
            }
        }

        impl ::std::convert::From<&::std::string::String> for #name {
            fn from(text: &::std::string::String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::std::convert::From<::std::string::String> for #name {
            fn from(text: ::std::string::String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::serde::Serialize for #name {
            fn serialize<__S: ::serde::Serializer>(&self, serializer: __S) -> ::std::result::Result<__S::Ok, __S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        // Not derived: a derived implementation also takes `{"open": null}` for `"open"`.
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<__D: ::serde::Deserializer<'de>>(deserializer: __D) -> ::std::result::Result<Self, __D::Error> {
                struct __Visitor;

                impl ::serde::de::Visitor<'_> for __Visitor {
                    type Value = #name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(#expecting)
                    }

                    fn visit_str<__E: ::serde::de::Error>(self, text: &str) -> ::std::result::Result<#name, __E> {
                        ::std::result::Result::Ok(#name::from(text))
                    }
                }

                deserializer.deserialize_str(__Visitor)
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for #name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                #schema_name.into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({
                    "anyOf": [{ "type": "string", "enum": [#(#texts),*] }, { "type": "string" }]
                })
            }
        }

        #[doc = #payload_docs]
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct #payload(::std::boxed::Box<str>);

        impl #payload {
            /// The value as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for #payload {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
    file.items
}

/// The value that a variant stands for: its serde name, else its own.
fn wire_text(variant: &syn::Variant) -> String {
    let mut text = variant.ident.to_string();
    for attribute in variant.attrs.iter().filter(|a| a.path().is_ident("serde")) {
        // An attribute that is not understood leaves the name as it is; typify writes `rename` only.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                text = meta.value()?.parse::<LitStr>()?.value();
            }
            Ok(())
        });
    }
    text
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
        let file: syn::File = syn::parse_str(source).unwrap();
        let items = open(file.items);
        quote!(#(#items)*).to_string()
    }

    #[test]
    fn a_string_enum_takes_any_string() {
        let text = opened("pub enum Status { #[serde(rename = \"open\")] Open, #[serde(rename = \"done\")] Done }");
        assert!(text.contains("Unknown (UnknownStatus)"), "{text}");
        assert!(text.contains("\"open\" => Self :: Open"), "{text}");
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
    fn an_enum_of_alternatives_is_left_alone() {
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

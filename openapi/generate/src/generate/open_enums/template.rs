//! The code of an open enum, as a template that is parsed once.

use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Arm, Attribute, ExprMatch, Ident, Item, ItemEnum, LitStr, Macro, Variant};

use crate::generate::attributes::{renamed, serde};
use crate::generate::conversions::Wanted;
use crate::generate::implementations::{Implementation, Implementations};

/// The parts of an open enum.
pub(super) struct Template {
    items: Vec<Item>,
    /// The implementations, by the placeholder of their type, where only the surface is wanted.
    implementations: Vec<(&'static str, Implementation)>,
}

impl Template {
    pub(super) fn new(wanted: Wanted) -> Self {
        let mut template = Self { items: items(), implementations: Vec::new() };
        if wanted == Wanted::Surface {
            let (held, items) = template.items.into_iter().partition(|item| matches!(item, Item::Impl(_)));
            let held: Vec<Item> = held;
            let read = held.into_iter().map(|item| Implementation::read(item.into_token_stream()));
            let named = read.filter_map(|mut item| {
                // The template uses only defined names.
                item.mentions.clear();
                Some(([ENUM, PAYLOAD].into_iter().find(|name| item.name.as_deref() == Some(name))?, item))
            });
            template = Self { items, implementations: named.collect() };
        }
        template
    }

    /// Adds the implementations of an open enum that are not among the items of the template.
    pub(super) fn implementations(&self, filling: &Filling, implementations: &mut Implementations) {
        for (placeholder, implementation) in &self.implementations {
            let mut implementation = implementation.clone();
            implementation.call(placeholder, &filling.name(placeholder));
            implementations.add("types", implementation);
        }
    }
}

const ENUM: &str = "__Enum";
const PAYLOAD: &str = "__Payload";

/// The items of an open enum. `__Enum`, `__Unknown`, `__Payload` and names in capitals are placeholders; lines with
/// `__Variant` are repeated for each value.
fn items() -> Vec<Item> {
    let file: syn::File = syn::parse_quote! {
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum __Enum {
            #[doc = "LABEL"]
            __Variant,
            /// A value that the contract does not name. It is kept, and sent back, as it is.
            __Unknown(__Payload),
        }

        impl __Enum {
            /// The value as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    Self::__Variant => "TEXT",
                    Self::__Unknown(other) => other.as_str(),
                }
            }
        }

        impl ::std::fmt::Display for __Enum {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for __Enum {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> ::std::result::Result<Self, ::std::convert::Infallible> {
                ::std::result::Result::Ok(Self::from(text))
            }
        }

        impl ::std::convert::From<&str> for __Enum {
            fn from(text: &str) -> Self {
                match text {
                    "TEXT" => Self::__Variant,
                    other => Self::__Unknown(__Payload(other.into())),
                }
            }
        }

        impl ::std::convert::From<&::std::string::String> for __Enum {
            fn from(text: &::std::string::String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::std::convert::From<::std::string::String> for __Enum {
            fn from(text: ::std::string::String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::serde::Serialize for __Enum {
            fn serialize<__S: ::serde::Serializer>(&self, serializer: __S) -> ::std::result::Result<__S::Ok, __S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        // Not derived: a derived implementation also takes `{"open": null}` for `"open"`.
        impl<'de> ::serde::Deserialize<'de> for __Enum {
            fn deserialize<__D: ::serde::Deserializer<'de>>(deserializer: __D) -> ::std::result::Result<Self, __D::Error> {
                struct __Visitor;

                impl ::serde::de::Visitor<'_> for __Visitor {
                    type Value = __Enum;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str("EXPECTING")
                    }

                    fn visit_str<__E: ::serde::de::Error>(self, text: &str) -> ::std::result::Result<__Enum, __E> {
                        ::std::result::Result::Ok(__Enum::from(text))
                    }
                }

                deserializer.deserialize_str(__Visitor)
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for __Enum {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                "NAME".into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!()
            }
        }

        #[doc = "PAYLOAD"]
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct __Payload(::std::boxed::Box<str>);

        impl __Payload {
            /// The value as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for __Payload {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
    file.items
}

/// The wire value of a variant: its serde name, or else its own name.
pub(super) fn wire_text(variant: &Variant) -> String {
    renamed(serde(&variant.attrs)).unwrap_or_else(|| variant.ident.to_string())
}

/// The replacements for the template's placeholders.
pub(super) struct Filling {
    names: [(&'static str, Ident); 3],
    texts: [(&'static str, String); 3],
    docs: Vec<Attribute>,
    values: Vec<ValueOf>,
}

/// One value of the enum.
struct ValueOf {
    name: Ident,
    text: String,
    docs: Vec<Attribute>,
}

impl Filling {
    pub(super) fn new(item: ItemEnum, unknown: Ident, payload: Ident) -> Self {
        let docs = |attributes: Vec<Attribute>| attributes.into_iter().filter(|a| a.path().is_ident("doc")).collect();
        let name = item.ident;
        let payload_docs = format!(
            "The text of a [`{name}`] that the contract does not name.\n\nIt can be read, not built: only decoding and \
             parsing make one."
        );
        let values = item.variants.into_iter().map(|variant| {
            let text = wire_text(&variant);
            ValueOf { name: variant.ident, text, docs: docs(variant.attrs) }
        });
        Self {
            values: values.collect(),
            docs: docs(item.attrs),
            texts: [("PAYLOAD", payload_docs), ("NAME", name.to_string()), ("EXPECTING", "a string".to_owned())],
            names: [(ENUM, name), (PAYLOAD, payload), ("__Unknown", unknown)],
        }
    }

    /// The name for a placeholder.
    fn name(&self, placeholder: &str) -> String {
        let found = self.names.iter().find(|(known, _)| *known == placeholder);
        found.map_or_else(|| placeholder.to_owned(), |(_, name)| name.to_string())
    }

    pub(super) fn fill(mut self, template: &Template) -> Vec<Item> {
        let mut items = template.items.clone();
        items.iter_mut().for_each(|item| self.visit_item_mut(item));
        items
    }
}

impl VisitMut for Filling {
    // Replacements are not visited again: a value may have the name of a placeholder.
    fn visit_item_enum_mut(&mut self, item: &mut ItemEnum) {
        visit_mut::visit_item_enum_mut(self, item);
        item.attrs.splice(..0, std::mem::take(&mut self.docs));
        let mut template = std::mem::take(&mut item.variants).into_iter();
        if let Some(one) = template.next() {
            item.variants.extend(self.values.iter_mut().map(|value| value.variant(one.clone())));
        }
        item.variants.extend(template);
    }

    fn visit_expr_match_mut(&mut self, expression: &mut ExprMatch) {
        visit_mut::visit_expr_match_mut(self, expression);
        let one = expression.arms.remove(0);
        expression.arms.splice(..0, self.values.iter().map(|value| value.arm(one.clone())));
    }

    fn visit_macro_mut(&mut self, schema: &mut Macro) {
        let texts = self.values.iter().map(|value| &value.text);
        // The macro recurses over the items of a literal list, and fails beyond about a hundred.
        schema.tokens = quote!({ "anyOf": [{ "type": "string", "enum": &[#(#texts),*][..] }, { "type": "string" }] });
    }

    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        if let Some((_, name)) = self.names.iter().find(|(placeholder, _)| ident == placeholder) {
            ident.clone_from(name);
        }
    }

    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        let text = literal.value();
        if let Some((_, text)) = self.texts.iter().find(|(placeholder, _)| text == *placeholder) {
            *literal = LitStr::new(text, literal.span());
        }
    }
}

impl ValueOf {
    fn variant(&mut self, mut variant: Variant) -> Variant {
        let label = format!("`{}`", self.text);
        variant.ident = self.name.clone();
        variant.attrs = std::mem::take(&mut self.docs);
        variant.attrs.push(syn::parse_quote!(#[doc = #label]));
        variant
    }

    fn arm(&self, mut arm: Arm) -> Arm {
        One(self).visit_arm_mut(&mut arm);
        arm
    }
}

/// Fills in the placeholders for one value.
struct One<'v>(&'v ValueOf);

impl VisitMut for One<'_> {
    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        if ident == "__Variant" {
            ident.clone_from(&self.0.name);
        }
    }

    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        *literal = LitStr::new(&self.0.text, literal.span());
    }
}

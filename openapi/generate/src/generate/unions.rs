//! Unions whose branches are identified by a tag.
//!
//! The generator ignores discriminators: an untagged enum is read as the first branch that fits, and with open string
//! enums every branch fits. A payout to a vault would be read as one to a wallet. So enums that are tags stay closed,
//! and a value that fits no branch is kept as JSON, so that a new tag does not make a response undecodable.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens, format_ident};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Attribute, ExprMatch, Fields, Ident, Item, ItemEnum, Path, Token, Type, Variant, parse_quote};

use super::attributes::{derives, has, serde};
use super::conversions;

/// Gives the unions among the items a branch for unknown values; returns the names of the enums that are their tags.
///
/// The default branch may have a type in the contract, and is the last branch then: one of `fallbacks`.
pub(super) fn close_tags(
    items: &mut [Item],
    texts: &BTreeMap<String, BTreeSet<String>>,
    fallbacks: &BTreeSet<String>,
) -> BTreeSet<String> {
    let structs = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some((item.ident.to_string(), &item.fields)),
        _ => None,
    });
    let structs: BTreeMap<String, &Fields> = structs.collect();
    let mut closed = BTreeSet::new();
    let mut unions = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Item::Enum(union) = item else { continue };
        let words = serde(&union.attrs);
        let is_untagged = has(&words, "untagged");
        let has_data = union.variants.iter().any(|variant| !matches!(variant.fields, Fields::Unit));
        // For inline branches the generator makes enums with a tag. These reject values with another tag, or with a
        // field next to the one that is the tag.
        if has(&words, "tag") || (has_data && !is_untagged && derives(&union.attrs, "Deserialize")) {
            unions.push((index, true));
        } else if is_untagged {
            let tags = tags(union, &structs, texts, fallbacks);
            if !tags.is_empty() {
                closed.extend(tags);
                unions.push((index, false));
            }
        }
    }
    let mut of_tags_alone = BTreeMap::new();
    for (index, is_tagged) in unions {
        if let Some(Item::Enum(union)) = items.get_mut(index) {
            let has_data = union.variants.iter().any(|variant| !matches!(variant.fields, Fields::Unit));
            let unknown = add_unknown(union, is_tagged);
            if !has_data {
                union.attrs.iter_mut().for_each(underive);
                of_tags_alone.insert(union.ident.to_string(), unknown);
            }
        }
    }
    show_unknown(items, &of_tags_alone);
    closed
}

/// Removes traits from a derive that arbitrary JSON cannot implement.
fn underive(attribute: &mut Attribute) {
    const KEPT: [&str; 5] = ["Clone", "Debug", "Deserialize", "PartialEq", "Serialize"];
    if !attribute.path().is_ident("derive") {
        return;
    }
    let listed = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).unwrap_or_default();
    let kept =
        listed.iter().filter(|path| path.segments.last().is_some_and(|last| KEPT.iter().any(|it| last.ident == it)));
    *attribute = parse_quote!(#[derive(#(#kept),*)]);
}

/// Makes `Display` support unknown values, for the enums that have only a tag, and so a text.
fn show_unknown(items: &mut [Item], unknown: &BTreeMap<String, Ident>) {
    for item in items.iter_mut().filter(|_| !unknown.is_empty()) {
        let Item::Verbatim(held) = item else { continue };
        let tokens: Vec<_> = held.clone().into_iter().collect();
        let Some(unknown) = conversions::target(&tokens).and_then(|name| unknown.get(&name)) else { continue };
        if let Ok(mut shown) = syn::parse2::<syn::ItemImpl>(held.clone())
            && shown
                .trait_
                .as_ref()
                .is_some_and(|(path, _)| path.segments.last().is_some_and(|it| it.ident == "Display"))
        {
            Shown(unknown).visit_item_impl_mut(&mut shown);
            *held = shown.into_token_stream();
        }
    }
}

struct Shown<'n>(&'n Ident);

impl VisitMut for Shown<'_> {
    fn visit_expr_match_mut(&mut self, expression: &mut ExprMatch) {
        let name = self.0;
        *expression.expr = parse_quote!(self);
        expression.arms.push(parse_quote!(Self::#name(other) => ::std::fmt::Display::fmt(other, f),));
    }
}

/// The enums of a field that every branch has, with values that no two branches share.
fn tags(
    union: &ItemEnum,
    structs: &BTreeMap<String, &Fields>,
    texts: &BTreeMap<String, BTreeSet<String>>,
    fallbacks: &BTreeSet<String>,
) -> BTreeSet<String> {
    let last = union.variants.last().and_then(payload);
    let has_fallback = last.is_some_and(|name| fallbacks.contains(&name));
    let tagged = union.variants.len() - usize::from(has_fallback);
    let branches: Option<Vec<BTreeMap<String, String>>> =
        union.variants.iter().take(tagged).map(|variant| fields(variant, structs)).collect();
    let Some(branches) = branches.filter(|_| union.variants.len() > 1) else { return BTreeSet::new() };
    let Some(first) = branches.first() else { return BTreeSet::new() };
    for field in first.keys() {
        let enums: Option<Vec<&String>> = branches.iter().map(|branch| branch.get(field)).collect();
        let values: Option<Vec<&BTreeSet<String>>> =
            enums.iter().flatten().map(|name| texts.get(name.as_str())).collect();
        let (Some(enums), Some(values)) = (enums, values) else { continue };
        let distinct = values.iter().flat_map(|values| values.iter()).collect::<BTreeSet<_>>().len();
        if distinct == values.iter().map(|values| values.len()).sum::<usize>() {
            return enums.into_iter().cloned().collect();
        }
    }
    BTreeSet::new()
}

/// The fields of a branch with the names of their types, if it is an object.
fn fields(variant: &Variant, structs: &BTreeMap<String, &Fields>) -> Option<BTreeMap<String, String>> {
    let fields = match &variant.fields {
        Fields::Named(_) => &variant.fields,
        _ => structs.get(&payload(variant)?)?,
    };
    let Fields::Named(fields) = fields else { return None };
    let named = fields.named.iter();
    Some(named.filter_map(|field| Some((field.ident.as_ref()?.to_string(), type_name(&field.ty)?))).collect())
}

/// The name of the type that a variant holds, if it holds only that.
fn payload(variant: &Variant) -> Option<String> {
    match &variant.fields {
        Fields::Unnamed(payload) if payload.unnamed.len() == 1 => type_name(&payload.unnamed.first()?.ty),
        _ => None,
    }
}

fn type_name(kind: &Type) -> Option<String> {
    match kind {
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            if last.arguments.is_empty() {
                return Some(last.ident.to_string());
            }
            // A recursive type is boxed.
            let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            match arguments.args.first() {
                Some(syn::GenericArgument::Type(inner)) if last.ident == "Box" => type_name(inner),
                _ => None,
            }
        }
        _ => None,
    }
}

fn add_unknown(union: &mut ItemEnum, is_tagged: bool) -> Ident {
    let taken = |name: &str| union.variants.iter().any(|variant| variant.ident == name);
    let name =
        ["Unknown", "UnknownValue", "UnknownJson"].into_iter().find(|name| !taken(name)).unwrap_or("UnknownOther");
    let name = format_ident!("{name}");
    let untagged: Option<syn::Attribute> = is_tagged.then(|| parse_quote!(#[serde(untagged)]));
    union.variants.push(parse_quote! {
        /// A value that fits none of the others, kept and sent back unchanged.
        #untagged
        #name(::serde_json::Value)
    });
    name
}

#[cfg(test)]
mod tests {
    use super::super::implementations::Implementations;
    use super::conversions::Wanted;
    use super::*;

    fn closed(source: &str) -> (BTreeSet<String>, String) {
        let file: syn::File = syn::parse_str(source).unwrap();
        let mut items = file.items;
        let texts = [("AKind", "a"), ("BKind", "b"), ("Same", "a")];
        let texts = texts.map(|(name, text)| (name.to_owned(), BTreeSet::from([text.to_owned()])));
        let closed = close_tags(&mut items, &BTreeMap::from(texts), &BTreeSet::from(["Other".to_owned()]));
        (closed, items.iter().map(|item| item.to_token_stream().to_string()).collect())
    }

    #[test]
    fn enums_that_tell_branches_apart_are_tags() {
        let (closed, source) = closed(
            "struct A { kind: AKind, x: String } struct B { kind: BKind }
             #[serde(untagged)] enum Union { A(A), B(Box<B>) }",
        );
        assert_eq!(closed, BTreeSet::from(["AKind".to_owned(), "BKind".to_owned()]));
        assert!(source.contains("Unknown (:: serde_json :: Value)"), "{source}");
    }

    #[test]
    fn a_union_of_tags_derives_only_what_json_supports() {
        let items = "
            #[derive(::serde::Serialize, Clone, Copy, Ord, PartialEq)] #[serde(tag = \"kind\")] enum Union { A, B }
            impl ::std::fmt::Display for Union { fn fmt(&self) { match *self { Self::A => 1, Self::B => 2, } } }";
        let mut items =
            conversions::items("types", items.parse().unwrap(), Wanted::Text, &mut Implementations::default()).unwrap();
        close_tags(&mut items, &BTreeMap::new(), &BTreeSet::new());
        let source: String = items.iter().map(|item| item.to_token_stream().to_string()).collect();
        assert!(source.contains("derive (:: serde :: Serialize , Clone , PartialEq)"), "{source}");
        assert!(source.contains("Self :: Unknown (other) => ::"), "{source}");
    }

    #[test]
    fn the_last_branch_may_be_the_default() {
        let source = |last: &str| {
            format!(
                "struct A {{ kind: AKind }} struct Other {{ kind: Option<String> }} #[serde(untagged)] enum Union {{ {last} }}"
            )
        };
        assert_eq!(closed(&source("A(A), Other(Other)")).0, BTreeSet::from(["AKind".to_owned()]));
        assert!(closed(&source("Other(Other), A(A)")).0.is_empty());
    }

    #[test]
    fn enums_that_share_a_value_are_not_tags() {
        let (closed, source) =
            closed("struct A { kind: AKind } struct B { kind: Same } #[serde(untagged)] enum Union { A(A), B(B) }");
        assert!(closed.is_empty() && !source.contains("Unknown"), "{source}");
    }

    #[test]
    fn an_optional_tag_is_not_a_tag() {
        let (closed, _) = closed(
            "struct A { kind: AKind } struct B { kind: Option<BKind> } #[serde(untagged)] enum Union { A(A), B(B) }",
        );
        assert!(closed.is_empty());
    }
}

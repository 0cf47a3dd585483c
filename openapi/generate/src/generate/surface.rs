//! The public surface of generated code, a line an item: what a review of a regenerated client has to see.

use std::fmt::Write as _;

use quote::ToTokens;
use syn::{Fields, FnArg, ImplItem, Item, ItemImpl, ReturnType, Type, Visibility};

/// The surface of the `types` module and of the client.
///
/// Builders of data types have a setter for each field of the type, and are not listed again.
pub(super) fn lines(types: &[Item], client: &[Item]) -> String {
    let mut lines = String::new();
    for item in types {
        describe(item, "types", &mut lines);
    }
    for item in client {
        match item {
            Item::Mod(module) if module.ident == "builder" => {
                for item in module.content.iter().flat_map(|(_, items)| items) {
                    describe(item, "api::builder", &mut lines);
                }
            }
            other => describe(other, "api", &mut lines),
        }
    }
    lines
}

fn describe(item: &Item, module: &str, lines: &mut String) {
    let mut line = |text: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{text}");
    };
    match item {
        Item::Struct(item) if is_public(&item.vis) => {
            let name = format!("{module}::{}", item.ident);
            let payload = match &item.fields {
                Fields::Unnamed(fields) => {
                    let shown = fields.unnamed.iter().map(|field| match field.vis {
                        Visibility::Public(_) => type_text(&field.ty),
                        _ => "_".to_owned(),
                    });
                    format!("({})", shown.collect::<Vec<_>>().join(", "))
                }
                Fields::Named(_) | Fields::Unit => String::new(),
            };
            line(format!("struct {name}{payload}"));
            if let Fields::Named(fields) = &item.fields {
                for field in fields.named.iter().filter(|field| is_public(&field.vis)) {
                    let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    line(format!("  {name}.{ident}: {}", type_text(&field.ty)));
                }
            }
        }
        Item::Enum(item) if is_public(&item.vis) => {
            let name = format!("{module}::{}", item.ident);
            line(format!("enum {name}"));
            for variant in &item.variants {
                let payload = match &variant.fields {
                    Fields::Unit => String::new(),
                    fields => tidy(&fields.to_token_stream().to_string()),
                };
                line(format!("  {name}::{}{payload}", variant.ident));
            }
        }
        Item::Type(item) if is_public(&item.vis) => {
            line(format!("type {module}::{} = {}", item.ident, type_text(&item.ty)));
        }
        Item::Impl(item) if item.trait_.is_none() => {
            for method in methods(item) {
                line(format!("  {module}::{method}"));
            }
        }
        Item::Impl(item) => {
            if let Some((path, _)) = &item.trait_ {
                let name = tidy(&path.to_token_stream().to_string());
                line(format!("  {module}::{}: {name}", type_text(&item.self_ty)));
            }
        }
        Item::Use(item) if is_public(&item.vis) => {
            line(format!("use {}", tidy(&item.tree.to_token_stream().to_string())))
        }
        _ => {}
    }
}

fn methods(item: &ItemImpl) -> Vec<String> {
    let target = type_text(&item.self_ty);
    item.items
        .iter()
        .filter_map(|member| match member {
            ImplItem::Fn(method) if is_public(&method.vis) => {
                let arguments: Vec<String> = method
                    .sig
                    .inputs
                    .iter()
                    .map(|argument| match argument {
                        FnArg::Typed(argument) => format!(
                            "{}: {}",
                            tidy(&argument.pat.to_token_stream().to_string()),
                            type_text(&argument.ty)
                        ),
                        FnArg::Receiver(receiver) => tidy(&receiver.to_token_stream().to_string()),
                    })
                    .collect();
                let bounds = method
                    .sig
                    .generics
                    .where_clause
                    .as_ref()
                    .map(|clause| format!(" {}", tidy(&clause.to_token_stream().to_string())))
                    .unwrap_or_default();
                let returns = match &method.sig.output {
                    ReturnType::Default => String::new(),
                    ReturnType::Type(_, returned) => format!(" -> {}", type_text(returned)),
                };
                let asynchronous = if method.sig.asyncness.is_some() { "async " } else { "" };
                Some(format!("{target}::{asynchronous}{}({}){returns}{bounds}", method.sig.ident, arguments.join(", ")))
            }
            _ => None,
        })
        .collect()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn type_text(ty: &Type) -> String {
    tidy(&ty.to_token_stream().to_string())
}

/// Token text as a person would write it: without the spaces between tokens, and without the paths that everyone knows.
fn tidy(tokens: &str) -> String {
    let characters: Vec<char> = tokens.chars().collect();
    let is_word = |character: Option<&char>| character.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '\''));
    let mut text = String::with_capacity(tokens.len());
    for (index, &character) in characters.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|before| characters.get(before));
        let next = characters.get(index + 1);
        match character {
            ' ' if is_word(previous) && is_word(next) => text.push(' '),
            ' ' => {}
            ',' => text.push_str(", "),
            ':' if previous != Some(&':') && next != Some(&':') => text.push_str(": "),
            other => text.push(other),
        }
    }
    for known in [
        "std::option::",
        "std::result::",
        "std::string::",
        "std::vec::",
        "std::boxed::",
        "std::convert::",
        "std::collections::",
        "std::fmt::",
    ] {
        text = text.replace(&format!("::{known}"), "").replace(known, "");
    }
    text.replace(", >", ">")
        .replace("<::", "<")
        .replace(" ::", " ")
        .trim_start_matches("::")
        .trim_end_matches([',', ' '])
        .to_owned()
}

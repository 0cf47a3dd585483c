//! The public surface of generated code, a line an item: what a review of a regenerated client has to see.

use std::fmt::Write as _;

use quote::ToTokens;
use syn::{Fields, FnArg, ImplItem, Item, ItemImpl, ReturnType, Visibility};

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
                        Visibility::Public(_) => written(&field.ty),
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
                    line(format!("  {name}.{ident}: {}", written(&field.ty)));
                }
            }
        }
        Item::Enum(item) if is_public(&item.vis) => {
            let name = format!("{module}::{}", item.ident);
            line(format!("enum {name}"));
            for variant in &item.variants {
                let payload = match &variant.fields {
                    Fields::Unit => String::new(),
                    fields => written(&fields),
                };
                line(format!("  {name}::{}{payload}", variant.ident));
            }
        }
        Item::Type(item) if is_public(&item.vis) => {
            line(format!("type {module}::{} = {}", item.ident, written(&item.ty)));
        }
        Item::Impl(item) if item.trait_.is_none() => {
            for method in methods(item) {
                line(format!("  {module}::{method}"));
            }
        }
        Item::Impl(item) => {
            if let Some((path, _)) = &item.trait_ {
                let name = written(&path);
                line(format!("  {module}::{}: {name}", written(&item.self_ty)));
            }
        }
        Item::Use(item) if is_public(&item.vis) => line(format!("use {}", written(&item.tree))),
        _ => {}
    }
}

fn methods(item: &ItemImpl) -> Vec<String> {
    let target = written(&item.self_ty);
    item.items
        .iter()
        .filter_map(|member| match member {
            ImplItem::Fn(method) if is_public(&method.vis) => {
                let arguments: Vec<String> = method
                    .sig
                    .inputs
                    .iter()
                    .map(|argument| match argument {
                        FnArg::Typed(argument) => format!("{}: {}", written(&argument.pat), written(&argument.ty)),
                        FnArg::Receiver(receiver) => written(&receiver),
                    })
                    .collect();
                let bounds = method
                    .sig
                    .generics
                    .where_clause
                    .as_ref()
                    .map(|clause| format!(" {}", written(&clause)))
                    .unwrap_or_default();
                let returns = match &method.sig.output {
                    ReturnType::Default => String::new(),
                    ReturnType::Type(_, returned) => format!(" -> {}", written(returned)),
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

/// Token text as a person would write it: without the spaces between tokens, and without the paths that everyone knows.
fn written(tokens: &impl ToTokens) -> String {
    let tokens = tokens.to_token_stream().to_string();
    let is_word = |character: char| character.is_alphanumeric() || matches!(character, '_' | '\'');
    let mut text = String::with_capacity(tokens.len());
    let mut previous = None;
    let mut characters = tokens.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match character {
            ' ' if previous.is_some_and(is_word) && next.is_some_and(is_word) => text.push(' '),
            ' ' => {}
            ',' => text.push_str(", "),
            ':' if previous != Some(':') && next != Some(':') => text.push_str(": "),
            other => text.push(other),
        }
        previous = Some(character);
    }
    if text.contains("std::") {
        for known in ["option", "result", "string", "vec", "boxed", "convert", "collections", "fmt"] {
            text = text.replace(&format!("::std::{known}::"), "").replace(&format!("std::{known}::"), "");
        }
    }
    text.replace(", >", ">")
        .replace("<::", "<")
        .replace(" ::", " ")
        .trim_start_matches("::")
        .trim_end_matches([',', ' '])
        .to_owned()
}

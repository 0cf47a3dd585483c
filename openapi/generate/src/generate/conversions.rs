//! Reads generated code, and parses only what is needed.
//!
//! The conversions of string enums to and from text are replaced, and there are so many that parsing them takes as long as
//! parsing all other data types. Where no source text is needed, implementations are not parsed at all.

use std::time::Duration;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::{File, Item};

use super::implementations::{Implementation, Implementations};

/// What generated code is read for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wanted {
    /// All of it is written out.
    Text,
    /// Only its surface is listed.
    Surface,
}

/// The path of the outermost module.
const ROOT: &str = "api";

/// Generated code.
#[derive(Default)]
pub(super) struct Code {
    /// Conversions of data types are [`Item::Verbatim`].
    pub(super) items: Vec<Item>,
    /// The implementations that were not parsed.
    pub(super) implementations: Implementations,
    pub(super) took: Took,
}

/// The time inside the generator, and the time to read its output.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Took {
    /// Progenitor and typify turn a lowered document into tokens.
    pub generator: Duration,
    /// Syn parses a part of these tokens, and this crate reads the others.
    pub reading: Duration,
}

impl Code {
    pub(super) fn read(tokens: TokenStream, wanted: Wanted) -> syn::Result<Self> {
        let mut implementations = Implementations::default();
        let items = items(ROOT, tokens, wanted, &mut implementations)?;
        Ok(Self { items, implementations, took: Took::default() })
    }
}

/// Reads the items of a module. In the module `types`, conversions are [`Item::Verbatim`] if the text is wanted.
pub(super) fn items(
    module: &str,
    tokens: TokenStream,
    wanted: Wanted,
    implementations: &mut Implementations,
) -> syn::Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut others = TokenStream::new();
    for mut piece in pieces(tokens) {
        let head = head(&piece);
        let is = |kind: &str| head.as_ref().is_some_and(|(word, _)| word == kind);
        if wanted == Wanted::Text && module == "types" && target(&piece).is_some() {
            items.append(&mut parsed(&mut others)?);
            items.push(Item::Verbatim(piece.into_iter().collect()));
        } else if wanted == Wanted::Surface && module != ROOT && is("impl") {
            implementations.add(module, Implementation::read(piece.into_iter().collect()));
        } else if is("mod")
            && let Some((_, name)) = &head
            && let Some(TokenTree::Group(inside)) = piece.pop()
        {
            let path = if name == "types" { name.clone() } else { format!("{module}::{name}") };
            others.extend(piece);
            others.extend(quote!({}));
            items.append(&mut parsed(&mut others)?);
            let mut inside = self::items(&path, content(inside), wanted, implementations)?;
            if let Some(Item::Mod(module)) = items.last_mut() {
                module.content.iter_mut().for_each(|(_, items)| items.append(&mut inside));
            }
        } else {
            if wanted == Wanted::Surface && module.ends_with("::builder") && is("struct") {
                without_private_fields(&mut piece);
            }
            others.extend(piece);
        }
    }
    items.append(&mut parsed(&mut others)?);
    Ok(items)
}

fn parsed(tokens: &mut TokenStream) -> syn::Result<Vec<Item>> {
    Ok(syn::parse2::<File>(std::mem::take(tokens))?.items)
}

/// The content of a group. Without the group it has one owner, and can be taken apart without a copy.
fn content(group: Group) -> TokenStream {
    group.stream()
}

/// Replaces the fields of a struct without public ones. Its setters name the types of the fields as well.
fn without_private_fields(piece: &mut Vec<TokenTree>) {
    if let Some(TokenTree::Group(fields)) = piece.pop() {
        let delimiter = fields.delimiter();
        let inside: Vec<TokenTree> = content(fields).into_iter().collect();
        let inside = if inside.iter().any(|token| is(token, "pub")) {
            inside.into_iter().collect()
        } else {
            quote!(private: ())
        };
        piece.push(Group::new(delimiter, inside).into());
    }
}

/// The keyword of an item, after attributes and visibility, and the name that follows.
fn head(piece: &[TokenTree]) -> Option<(String, String)> {
    let mut tokens = piece.iter().peekable();
    while tokens.next_if(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == '#')).is_some() {
        tokens.next();
    }
    if tokens.next_if(|token| is(token, "pub")).is_some() {
        tokens.next_if(|token| matches!(token, TokenTree::Group(_)));
    }
    let TokenTree::Ident(word) = tokens.next()? else { return None };
    let name = if let TokenTree::Ident(name) = tokens.next()? { name.to_string() } else { String::new() };
    Some((word.to_string(), name))
}

/// The traits that convert to and from text.
pub(super) const NAMES: [&str; 3] = ["Display", "FromStr", "TryFrom"];

/// The name of the type of a conversion, from its tokens.
pub(super) fn target(item: &[TokenTree]) -> Option<String> {
    let [first, path @ .., preposition, TokenTree::Ident(name), TokenTree::Group(_)] = item else { return None };
    let is_before_arguments = |token: &&TokenTree| !matches!(token, TokenTree::Punct(mark) if mark.as_char() == '<');
    let last = path.iter().take_while(is_before_arguments).last()?;
    let converts = NAMES.iter().any(|name| is(last, name));
    (is(first, "impl") && is(preposition, "for") && converts).then(|| name.to_string())
}

/// Splits tokens at the end of blocks and statements: an item has one or more pieces.
fn pieces(tokens: TokenStream) -> impl Iterator<Item = Vec<TokenTree>> {
    let mut tokens = tokens.into_iter();
    std::iter::from_fn(move || {
        let mut piece = Vec::new();
        for token in tokens.by_ref() {
            let is_end = match &token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(mark) => mark.as_char() == ';',
                _ => false,
            };
            piece.push(token);
            if is_end {
                break;
            }
        }
        (!piece.is_empty()).then_some(piece)
    })
}

fn is(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(found) if found == word)
}

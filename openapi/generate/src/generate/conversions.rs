//! Parses generated code, except what is usually replaced: the conversions of data types to and from text.
//!
//! Those of string enums are replaced, and there are so many that parsing them takes as long as parsing all other data
//! types.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{File, Item};

/// Parses a file. The conversions in its module `types` are [`Item::Verbatim`].
pub(super) fn file(tokens: TokenStream) -> syn::Result<File> {
    let mut types = Vec::new();
    let mut outside = TokenStream::new();
    for mut piece in pieces(tokens) {
        if let [.., word, name, TokenTree::Group(inside)] = piece.as_mut_slice()
            && is(word, "mod")
            && is(name, "types")
        {
            types = items(inside.stream())?;
            *inside = Group::new(Delimiter::Brace, TokenStream::new());
        }
        outside.extend(piece);
    }
    let mut file: File = syn::parse2(outside)?;
    let modules = file.items.iter_mut().filter_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    for (_, content) in modules {
        content.append(&mut types);
    }
    Ok(file)
}

/// Parses the items of a module. Conversions are [`Item::Verbatim`].
pub(super) fn items(tokens: TokenStream) -> syn::Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut others = TokenStream::new();
    for piece in pieces(tokens) {
        if target(&piece).is_some() {
            items.extend(syn::parse2::<File>(std::mem::take(&mut others))?.items);
            items.push(Item::Verbatim(piece.into_iter().collect()));
        } else {
            others.extend(piece);
        }
    }
    items.extend(syn::parse2::<File>(others)?.items);
    Ok(items)
}

/// The name of the type of a conversion, from its tokens.
pub(super) fn target(item: &[TokenTree]) -> Option<String> {
    let [first, path @ .., preposition, TokenTree::Ident(name), TokenTree::Group(_)] = item else { return None };
    let is_before_arguments = |token: &&TokenTree| !matches!(token, TokenTree::Punct(mark) if mark.as_char() == '<');
    let last = path.iter().take_while(is_before_arguments).last()?;
    let converts = ["Display", "FromStr", "TryFrom"].iter().any(|name| is(last, name));
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

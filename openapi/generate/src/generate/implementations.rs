//! The implementations in generated code: what they offer, and the paths that they use.
//!
//! They are most of the code, and a parser would take longer to read them than everything else takes together.

use std::collections::HashMap;

use proc_macro2::{Delimiter, TokenStream};
use quote::ToTokens;
use syn::Item;

use super::mentions::{Mention, mentions};
use super::tokens::{self, Token, group_end, outermost, written};

/// All implementations, by the path of their module, such as `types::builder`.
#[derive(Default)]
pub(super) struct Implementations(HashMap<String, Vec<Implementation>>);

impl Implementations {
    /// The implementations in a module, in the order of the code.
    pub(super) fn of(&self, module: &str) -> &[Implementation] {
        self.0.get(module).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn add(&mut self, module: &str, implementation: Implementation) {
        match self.0.get_mut(module) {
            Some(known) => known.push(implementation),
            None => drop(self.0.insert(module.to_owned(), vec![implementation])),
        }
    }

    /// Keeps only some implementations of a module.
    pub(super) fn retain(&mut self, module: &str, keep: impl FnMut(&Implementation) -> bool) {
        if let Some(known) = self.0.get_mut(module) {
            known.retain(keep);
        }
    }

    /// Renames types of a module.
    pub(super) fn rename(&mut self, module: &str, new: impl Fn(&str) -> Option<String>) {
        for known in self.0.get_mut(module).into_iter().flatten() {
            if let Some((old, new)) = known.name.as_deref().and_then(|old| Some((old.to_owned(), new(old)?))) {
                known.call(&old, &new);
            }
        }
    }

    /// Adds the implementations among parsed items.
    pub(super) fn add_parsed(&mut self, module: &str, items: &[Item]) {
        for item in items {
            match item {
                Item::Impl(item) => self.add(module, Implementation::read(item.to_token_stream())),
                Item::Mod(inner) => {
                    let items = inner.content.as_ref().map_or(&[][..], |(_, items)| items);
                    self.add_parsed(&format!("{module}::{}", inner.ident), items);
                }
                _ => {}
            }
        }
    }
}

/// An implementation of a trait, or of inherent methods.
#[derive(Clone, Debug, Default)]
pub(super) struct Implementation {
    /// The type as written.
    pub(super) target: String,
    /// The last segment of the type's path.
    pub(super) name: Option<String>,
    /// The path of the type has one segment.
    pub(super) is_local: bool,
    pub(super) implemented: Option<Trait>,
    pub(super) methods: Vec<Method>,
    /// The paths that it uses.
    pub(super) mentions: Vec<Mention>,
}

#[derive(Clone, Debug)]
pub(super) struct Trait {
    /// The last segment of its path.
    pub(super) name: String,
    /// The whole path.
    pub(super) path: String,
    /// The trait as the surface lists it, with its type arguments and associated types.
    pub(super) told: String,
}

#[derive(Clone, Debug)]
pub(super) struct Method {
    pub(super) name: String,
    pub(super) is_async: bool,
    /// The arguments, the return type and the bounds; `None` if the method is not public.
    pub(super) signature: Option<String>,
}

impl Implementation {
    /// Renames its type.
    pub(super) fn call(&mut self, old: &str, new: &str) {
        self.target = self.target.replacen(old, new, 1);
        self.name = Some(new.to_owned());
        self.mentions.iter_mut().for_each(|mention| new.clone_into(&mut mention.item));
    }

    /// Reads an implementation, from its attributes to its end.
    pub(super) fn read(code: TokenStream) -> Self {
        tokens::read(code, Self::of)
    }

    fn of(tokens: &[Token<'_>]) -> Self {
        let begin = tokens.iter().position(|token| token.is_word("impl")).map_or(0, |at| at + 1);
        let begin = begin + angle_end(tokens.get(begin..).unwrap_or_default());
        let head = tokens.get(begin..).unwrap_or_default();
        let body = outermost(head).find(|(_, token)| token.opens(Delimiter::Brace)).map_or(head.len(), |(at, _)| at);
        let (head, body) = head.split_at(body);
        let limit = outermost(head).find(|(_, token)| token.is_word("where")).map_or(head.len(), |(at, _)| at);
        let head = head.get(..limit).unwrap_or_default();
        let (path, target) = match outermost(head).find(|(_, token)| token.is_word("for")) {
            Some((at, _)) => (head.get(..at), head.get(at + 1..).unwrap_or_default()),
            None => (None, head),
        };
        let mut members = Members::default();
        members.read(body);
        let words = path_of(target);
        let name = words.as_ref().and_then(|words| Some(words.last()?.0.clone()));
        Self {
            target: written(target),
            is_local: words.is_some_and(|words| words.len() == 1),
            implemented: path.and_then(|path| Trait::of(path, members.types)),
            methods: members.methods,
            mentions: mentions(tokens, name.as_deref().unwrap_or_default()),
            name,
        }
    }
}

impl Trait {
    /// Reads the path of a trait, and adds its associated types.
    fn of(path: &[Token<'_>], types: Vec<String>) -> Option<Self> {
        let (name, behind) = path_of(path)?.pop()?;
        let arguments = path.get(behind..).unwrap_or_default();
        let inside = arguments.get(1..arguments.len().saturating_sub(1)).unwrap_or_default();
        let commas = outermost(inside).filter(|(_, token)| token.is_mark(',')).map(|(at, _)| at);
        let mut about = Vec::new();
        let mut begin = 0;
        for end in commas.chain([inside.len()]) {
            let argument = inside.get(begin..end).unwrap_or_default();
            // Lifetimes are not listed.
            if argument.first().is_some_and(|first| !first.is_mark('\'')) {
                about.push(written(argument));
            }
            begin = end + 1;
        }
        about.extend(types);
        let told = if about.is_empty() { name.clone() } else { format!("{name}<{}>", about.join(", ")) };
        Some(Self { path: written(path), name, told })
    }
}

/// The members of an implementation.
#[derive(Default)]
struct Members {
    methods: Vec<Method>,
    /// The associated types, such as `Error = ()`.
    types: Vec<String>,
}

impl Members {
    fn read(&mut self, body: &[Token<'_>]) {
        let inside = body.get(1..body.len().saturating_sub(1)).unwrap_or_default();
        let mut begin = 0;
        for (at, token) in outermost(inside) {
            let is_block = token.opens(Delimiter::Brace);
            if !is_block && !token.is_mark(';') {
                continue;
            }
            // The body is not needed.
            self.member(inside.get(begin..at).unwrap_or_default());
            begin = if is_block { group_end(inside, at) } else { at + 1 };
        }
    }

    fn member(&mut self, tokens: &[Token<'_>]) {
        let tokens = without_attributes(tokens);
        if let [what, Token::Word(name), equals, held @ ..] = tokens
            && what.is_word("type")
            && equals.is_mark('=')
        {
            self.types.push(format!("{name} = {}", written(held)));
        }
        self.methods.extend(Method::read(tokens));
    }
}

impl Method {
    /// Reads a function up to its body; `None` for any other member.
    pub(super) fn read(tokens: &[Token<'_>]) -> Option<Self> {
        let tokens = without_attributes(tokens);
        let is_public = tokens.first().is_some_and(|first| first.is_word("pub"))
            && !tokens.get(1).is_some_and(|second| second.opens(Delimiter::Parenthesis));
        let at = tokens.iter().position(|token| token.is_word("fn"))?;
        let (before, [_, Token::Word(name), rest @ ..]) = tokens.split_at(at) else { return None };
        let is_async = before.iter().any(|token| token.is_word("async"));
        let rest = rest.get(angle_end(rest)..).unwrap_or_default();
        let (arguments, rest) = rest.split_at(group_end(rest, 0));
        let bounds = outermost(rest).find(|(_, token)| token.is_word("where")).map_or(rest.len(), |(at, _)| at);
        let (returns, bounds) = rest.split_at(bounds);
        let returns = returns.get(2..).unwrap_or_default();
        let name = (*name).to_owned();
        let signature = is_public.then(|| {
            let arguments = written(arguments.get(1..arguments.len().saturating_sub(1)).unwrap_or_default());
            let arrow = if returns.is_empty() { String::new() } else { format!(" -> {}", written(returns)) };
            let space = if bounds.is_empty() { "" } else { " " };
            format!("({arguments}){arrow}{space}{}", written(bounds))
        });
        Some(Self { name, is_async, signature })
    }
}

fn without_attributes<'s, 't>(mut tokens: &'s [Token<'t>]) -> &'s [Token<'t>] {
    while tokens.first().is_some_and(|first| first.is_mark('#')) {
        tokens = tokens.get(group_end(tokens, 1)..).unwrap_or_default();
    }
    tokens
}

/// The segments of a path, each with the index after it; `None` if this is no path.
fn path_of(tokens: &[Token<'_>]) -> Option<Vec<(String, usize)>> {
    let mut words = Vec::new();
    for (at, token) in outermost(tokens) {
        match token {
            Token::Word(word) => words.push((word.to_string(), at + 1)),
            Token::Mark(':', _) => {}
            _ => return None,
        }
    }
    (!words.is_empty()).then_some(words)
}

/// The index after the angle brackets that tokens begin with; 0 if they begin with something else.
fn angle_end(tokens: &[Token<'_>]) -> usize {
    if !tokens.first().is_some_and(|first| first.is_mark('<')) {
        return 0;
    }
    outermost(tokens).next().map_or(tokens.len(), |(at, _)| at)
}

//! Renames operation builders that would shadow names that generated code uses.

use std::collections::{BTreeMap, BTreeSet};

use quote::format_ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Ident, Item, Path, Type};

use super::implementations::Implementations;

/// Names that the code of the builders uses: an operation `result` would shadow one.
pub(super) const HIDING: [&str; 13] = [
    "ByteStream",
    "ClientHooks",
    "ClientInfo",
    "Err",
    "Error",
    "From",
    "Ok",
    "OperationInfo",
    "Option",
    "RequestBuilderExt",
    "ResponseValue",
    "Result",
    "String",
];

/// Renames the builder of an operation `result` to `ResultOperation`; the method stays `result`.
pub(super) fn rename(client: &mut [Item], implementations: &mut Implementations) {
    let mut renamed = BTreeMap::new();
    for items in client.iter_mut().filter_map(inside) {
        let mut taken: BTreeSet<String> = items.iter().filter_map(builder).map(ToString::to_string).collect();
        for item in items {
            if let Item::Impl(item) = item
                && let Type::Path(path) = item.self_ty.as_mut()
                && let Some(first) = path.path.segments.first_mut()
                && let Some(name) = new_name(&first.ident, &mut taken, &mut renamed)
            {
                first.ident = name;
            }
            if let Item::Struct(item) = item
                && let Some(name) = new_name(&item.ident, &mut taken, &mut renamed)
            {
                item.ident = name;
            }
        }
    }
    if !renamed.is_empty() {
        client.iter_mut().for_each(|item| Uses(&renamed).visit_item_mut(item));
        implementations.rename("api::builder", |name| renamed.get(name).map(ToString::to_string));
    }
}

/// The items of the module of builders, if this is it.
fn inside(item: &mut Item) -> Option<&mut Vec<Item>> {
    match item {
        Item::Mod(module) if module.ident == "builder" => module.content.as_mut().map(|(_, items)| items),
        _ => None,
    }
}

fn builder(item: &Item) -> Option<&Ident> {
    match item {
        Item::Struct(item) => Some(&item.ident),
        _ => None,
    }
}

fn new_name(ident: &Ident, taken: &mut BTreeSet<String>, renamed: &mut BTreeMap<String, Ident>) -> Option<Ident> {
    let old = ident.to_string();
    if !HIDING.contains(&old.as_str()) {
        return None;
    }
    let new = renamed.entry(old).or_insert_with_key(|old| {
        let mut name = format!("{old}Operation");
        while !taken.insert(name.clone()) {
            name.push_str("Operation");
        }
        format_ident!("{name}")
    });
    Some(new.clone())
}

/// The places where methods of the client name their builders.
struct Uses<'n>(&'n BTreeMap<String, Ident>);

impl VisitMut for Uses<'_> {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let mut segments = path.segments.iter_mut();
        if segments.next().is_some_and(|first| first.ident == "builder")
            && let Some(second) = segments.next()
            && let Some(name) = self.0.get(&second.ident.to_string())
        {
            second.ident = name.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    #[test]
    fn an_operation_does_not_shadow_names_that_builders_use() {
        let source = "
            impl Client { pub fn error(&self) -> builder::Error<'_> { builder::Error::new(self) } }
            mod builder {
                use super::Error;
                struct Error<'a>(&'a str);
                impl<'a> Error<'a> { fn send() -> Result<(), Error<()>> {} }
                struct ErrorOperation;
            }";
        let mut items = syn::parse_str::<syn::File>(source).unwrap().items;
        rename(&mut items, &mut Implementations::default());
        let source = items.iter().map(|item| item.to_token_stream().to_string()).collect::<String>();
        let renamed = "ErrorOperationOperation";
        assert!(source.contains(&format!("builder :: {renamed} :: new")), "{source}");
        assert!(
            source.contains(&format!("struct {renamed}")) && source.contains(&format!("> {renamed} <")),
            "{source}"
        );
        assert!(source.contains("Result < () , Error < () > >"), "{source}");
    }
}

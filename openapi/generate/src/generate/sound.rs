//! A final check of generated code for what rustc would reject.
//!
//! Known problems have been worked around before. Anything else is recognised by its code, and the operations that need
//! it are omitted: the build must not fail with errors about code that nobody wrote.

use std::collections::{BTreeMap, HashMap, HashSet};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Fields, GenericArgument, Ident, Item, PathArguments, Type};

use super::attributes::derives;
use super::builders;
use super::implementations::{Implementation, Implementations};
use super::mentions::{Mention, Named, is_missing_crate, mentions};
use super::tokens::read;
use crate::fit::HIDING;

/// Something that rustc would reject, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fault {
    /// The type, or the builder of an operation, at fault.
    pub(super) item: String,
    pub(super) message: String,
}

/// Finds all faults in the data types and in the client.
pub(super) fn faults(types: &[Item], client: &[Item], implementations: &Implementations) -> Vec<Fault> {
    let of_types = names(types).map(|(_, ident)| ident.to_string()).collect();
    let mut look = Look { faults: Vec::new(), hiding: &HIDING, of_types, implementations };
    look.module("types", types);
    look.hiding = &builders::HIDING;
    look.module("api", client);
    look.faults.extend(endless(types));
    look.faults.extend(underivable(types, implementations.of("types")));
    look.faults
}

/// The check of one module and its submodules.
struct Look<'c> {
    faults: Vec<Fault>,
    /// Names that generated code uses with another meaning.
    hiding: &'static [&'static str],
    of_types: HashSet<String>,
    implementations: &'c Implementations,
}

impl Look<'_> {
    /// Checks a module, which sees the names around it only through `super`.
    fn module(&mut self, path: &str, items: &[Item]) {
        let module = path.rsplit("::").next().unwrap_or(path);
        let mut seen = HashSet::new();
        let mut own = HashSet::new();
        for item in items {
            if let Item::Use(import) = item {
                imported(&import.tree, &mut own);
            }
        }
        for (namespace, ident) in names(items) {
            let name = ident.to_string();
            if !seen.insert((namespace, name.clone())) {
                self.fault(&name, format!("`{name}` would be defined twice in `{module}`"));
            }
            if self.hiding.contains(&name.as_str()) || own.contains(&name) {
                self.fault(&name, format!("`{name}` would shadow a name that generated code uses"));
            }
        }
        own.extend(seen.into_iter().map(|(_, name)| name));
        let implementations = self.implementations.of(path);
        self.twice_implemented(implementations);
        for item in items {
            match item {
                Item::Mod(inner) => {
                    let items = inner.content.as_ref().map_or(&[][..], |(_, items)| items);
                    self.module(&format!("{path}::{}", inner.ident), items);
                }
                Item::Struct(item) => self.fields(&item.ident, &item.fields),
                Item::Enum(item) => self.variants(item),
                Item::Use(item) => self.import(item),
                _ => {}
            }
            for mention in mentioned(item) {
                self.mention(&mention, &own);
            }
        }
        for mention in implementations.iter().flat_map(|implementation| &implementation.mentions) {
            self.mention(mention, &own);
        }
    }

    fn fault(&mut self, item: &str, message: String) {
        let fault = Fault { item: item.to_owned(), message };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Finds repeated methods, and traits that are implemented twice for a type.
    fn twice_implemented(&mut self, implementations: &[Implementation]) {
        let mut methods = HashSet::new();
        let mut traits = HashSet::new();
        for Implementation { target: written, name, implemented, methods: own, .. } in implementations {
            let Some(target) = name else { continue };
            if let Some(implemented) = implemented {
                if !traits.insert((&implemented.path, written)) {
                    self.fault(target, format!("`{target}` would implement a trait twice"));
                }
                continue;
            }
            for method in own {
                let name = &method.name;
                if !methods.insert((target, name)) {
                    // A method of the client is an operation.
                    let item = if target == "Client" { name } else { target };
                    self.fault(item, format!("`{target}` would have two methods `{name}`"));
                }
            }
        }
    }

    fn fields(&mut self, name: &Ident, fields: &Fields) {
        let mut seen = HashSet::new();
        for field in fields.iter().filter_map(|field| field.ident.as_ref()) {
            if !seen.insert(field) {
                self.fault(&name.to_string(), format!("`{name}` would have two fields `{field}`"));
            }
        }
    }

    fn variants(&mut self, item: &syn::ItemEnum) {
        let (mut seen, name) = (HashSet::new(), &item.ident);
        for variant in &item.variants {
            if !seen.insert(&variant.ident) {
                let message = format!("`{name}` would have two variants `{}`", variant.ident);
                self.fault(&name.to_string(), message);
            }
        }
    }

    fn import(&mut self, item: &syn::ItemUse) {
        if let syn::UseTree::Path(tree) = &item.tree {
            let first = tree.ident.to_string();
            if is_missing_crate(&first) {
                self.fault("", needs(&first));
            }
        }
    }

    fn mention(&mut self, Mention { item, of }: &Mention, own: &HashSet<String>) {
        let unknown = |name: &str| format!("the generated code would use `{name}`, which is not defined");
        let message = match of {
            Named::Crate(name) => needs(name),
            Named::OfTypes(name) if !self.of_types.contains(name) => unknown(name),
            Named::Own(name) if !own.contains(name) => unknown(name),
            Named::OwnOrCrate(name) if !own.contains(name) => needs(name),
            _ => return,
        };
        self.fault(item, message);
    }
}

fn needs(name: &str) -> String {
    format!("it would need the crate `{name}`, which the bindings do not have")
}

/// The paths in an item, except an implementation.
fn mentioned(item: &Item) -> Vec<Mention> {
    let held = |kind: &Type, code: &mut TokenStream| code.extend(quote!(#kind;));
    let mut code = TokenStream::new();
    let name = match item {
        Item::Struct(item) => {
            let (name, generics) = (&item.ident, &item.generics);
            code.extend(quote!(struct #name #generics;));
            item.fields.iter().for_each(|field| held(&field.ty, &mut code));
            &item.ident
        }
        Item::Enum(item) => {
            let fields = item.variants.iter().flat_map(|variant| &variant.fields);
            fields.for_each(|field| held(&field.ty, &mut code));
            &item.ident
        }
        Item::Type(item) => {
            item.ty.to_tokens(&mut code);
            &item.ident
        }
        Item::Fn(item) => {
            item.to_tokens(&mut code);
            &item.sig.ident
        }
        Item::Impl(_) | Item::Mod(_) | Item::Use(_) => return Vec::new(),
        other => {
            other.to_tokens(&mut code);
            return in_code(code, "");
        }
    };
    in_code(code, &name.to_string())
}

fn in_code(code: TokenStream, item: &str) -> Vec<Mention> {
    read(code, |tokens| mentions(tokens, item))
}

/// The namespace of a name: types and modules share one, values have another.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
enum Namespace {
    Types,
    Values,
}

fn names(items: &[Item]) -> impl Iterator<Item = (Namespace, &Ident)> {
    items.iter().flat_map(|item| {
        let (of_type, of_value) = match item {
            Item::Struct(item) => {
                (Some(&item.ident), (!matches!(item.fields, Fields::Named(_))).then_some(&item.ident))
            }
            Item::Enum(item) => (Some(&item.ident), None),
            Item::Type(item) => (Some(&item.ident), None),
            Item::Mod(item) => (Some(&item.ident), None),
            Item::Trait(item) => (Some(&item.ident), None),
            Item::Fn(item) => (None, Some(&item.sig.ident)),
            _ => (None, None),
        };
        let of_type = of_type.map(|ident| (Namespace::Types, ident));
        of_type.into_iter().chain(of_value.map(|ident| (Namespace::Values, ident)))
    })
}

fn imported(tree: &syn::UseTree, names: &mut HashSet<String>) {
    match tree {
        syn::UseTree::Path(path) => imported(&path.tree, names),
        syn::UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
        syn::UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| imported(tree, names)),
        syn::UseTree::Glob(_) => {}
    }
}

/// A struct or enum: its attributes, and the types of its fields.
type Holder<'i> = (&'i [syn::Attribute], Vec<&'i Type>);

fn holders(items: &[Item]) -> BTreeMap<String, Holder<'_>> {
    let holders = items.iter().filter_map(|item| {
        let (ident, attributes, held) = match item {
            Item::Struct(item) => (&item.ident, &item.attrs, item.fields.iter().map(|field| &field.ty).collect()),
            Item::Enum(item) => {
                let fields = item.variants.iter().flat_map(|variant| variant.fields.iter());
                (&item.ident, &item.attrs, fields.map(|field| &field.ty).collect())
            }
            _ => return None,
        };
        Some((ident.to_string(), (attributes.as_slice(), held)))
    });
    holders.collect()
}

/// The last segment of a type's path, and its type arguments.
fn parts(kind: &Type) -> Option<(String, Vec<&Type>)> {
    let Type::Path(path) = kind else { return None };
    let segment = path.path.segments.last()?;
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().collect(),
        _ => Vec::new(),
    };
    let types = arguments.into_iter().filter_map(|argument| match argument {
        GenericArgument::Type(kind) => Some(kind),
        _ => None,
    });
    Some((segment.ident.to_string(), types.collect()))
}

/// Finds types that contain themselves without a pointer in between.
fn endless(items: &[Item]) -> Vec<Fault> {
    /// The names of the types that a value of a type contains inline.
    fn in_place(kind: &Type, names: &mut Vec<String>) {
        match kind {
            Type::Tuple(tuple) => tuple.elems.iter().for_each(|kind| in_place(kind, names)),
            Type::Array(array) => in_place(&array.elem, names),
            other => match parts(other) {
                Some((name, inside)) if name == "Option" => inside.iter().for_each(|kind| in_place(kind, names)),
                Some((name, inside)) if inside.is_empty() => names.push(name),
                _ => {}
            },
        }
    }
    let holders = holders(items);
    let inside: HashMap<&str, Vec<String>> = holders
        .iter()
        .map(|(name, (_, held))| {
            let mut names = Vec::new();
            held.iter().for_each(|kind| in_place(kind, &mut names));
            names.retain(|name| holders.contains_key(name));
            (name.as_str(), names)
        })
        .collect();
    let mut faults = Vec::new();
    let (mut open, mut done): (HashSet<&str>, HashSet<&str>) = Default::default();
    for name in holders.keys() {
        if done.contains(name.as_str()) {
            continue;
        }
        open.insert(name);
        let mut way: Vec<(&str, usize)> = vec![(name, 0)];
        while let Some((at, next)) = way.last_mut() {
            let found = inside.get(*at).and_then(|names| names.get(*next)).map(String::as_str);
            *next += 1;
            match found {
                None => {
                    open.remove(at);
                    done.insert(at);
                    way.pop();
                }
                Some(found) if open.contains(found) => faults.push(Fault {
                    item: found.to_owned(),
                    message: format!("`{found}` would contain itself without indirection"),
                }),
                Some(found) if !done.contains(found) => {
                    open.insert(found);
                    way.push((found, 0));
                }
                Some(_) => {}
            }
        }
    }
    faults
}

/// Finds types that derive a trait that one of their fields does not implement.
fn underivable(items: &[Item], implementations: &[Implementation]) -> Vec<Fault> {
    const TRAITS: [&str; 6] = ["Copy", "Default", "Eq", "Hash", "Ord", "PartialOrd"];
    let holders = holders(items);
    let mut implemented: HashMap<String, HashSet<&str>> = HashMap::new();
    for item in implementations {
        if let (Some(name), Some(implements)) = (&item.name, &item.implemented)
            && let Some(implements) = TRAITS.into_iter().find(|known| *known == implements.name)
        {
            implemented.entry(name.clone()).or_default().insert(implements);
        }
    }
    for (name, (attributes, _)) in &holders {
        let derived = TRAITS.into_iter().filter(|known| derives(attributes, known));
        implemented.entry(name.clone()).or_default().extend(derived);
    }
    let has = |kind: &Type, wanted: &str| {
        has(kind, wanted, &|name| {
            holders.contains_key(name).then(|| implemented.get(name).is_some_and(|traits| traits.contains(wanted)))
        })
    };
    let mut faults = Vec::new();
    for (name, (attributes, held)) in &holders {
        for wanted in TRAITS.into_iter().filter(|known| derives(attributes, known)) {
            if let Some(kind) = held.iter().find(|kind| !has(kind, wanted)) {
                let held = parts(kind).map_or_else(|| "it".to_owned(), |(held, _)| format!("`{held}`"));
                let message =
                    format!("`{name}` would derive `{wanted}`, but its field type {held} does not implement it");
                faults.push(Fault { item: name.clone(), message });
            }
        }
    }
    faults
}

/// Whether a type implements a trait; `known` returns this for generated types.
fn has(kind: &Type, wanted: &str, known: &dyn Fn(&str) -> Option<bool>) -> bool {
    let Some((name, inside)) = parts(kind) else { return true };
    let all = || inside.iter().all(|kind| has(kind, wanted, known));
    match (name.as_str(), wanted) {
        ("f32" | "f64", "Eq" | "Hash" | "Ord") | ("Value" | "Map", "Ord" | "PartialOrd" | "Copy") => false,
        ("Option" | "Vec" | "BTreeMap", "Default") => true,
        ("String" | "Vec" | "Box" | "BTreeMap", "Copy") => false,
        ("Option" | "Vec" | "Box" | "BTreeMap", _) => all(),
        (other, _) => known(other).unwrap_or(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(types: &str, client: &str) -> Vec<String> {
        let items = |text: &str| syn::parse_str::<syn::File>(text).unwrap().items;
        let (types, client) = (items(types), items(client));
        let mut implementations = Implementations::default();
        implementations.add_parsed("types", &types);
        implementations.add_parsed("api", &client);
        let faults = faults(&types, &client, &implementations);
        faults.into_iter().map(|fault| format!("{}: {}", fault.item, fault.message)).collect()
    }

    #[test]
    fn sound_code_passes() {
        let types = "
            #[derive(Clone, Default)] pub struct A { b: ::std::option::Option<Box<A>>, c: Vec<B>, d: ::std::string::String }
            #[derive(Copy, Eq, Hash, Ord, PartialOrd)] pub enum B { C, D }
            impl A { pub fn builder() -> builder::A { Default::default() } }
            impl ::std::convert::From<B> for A { fn from(_: B) -> Self { Ok(1).unwrap_or_default() } }
            pub mod builder { pub struct A { b: Result<Option<super::A>, String> } impl A { fn c<T: TryInto<i64>>(t: T) -> T { t } } }
            pub mod defaults { pub(super) fn default_i64<T, const V: i64>() -> T { T::try_from(V).unwrap() } }
            pub mod error { pub struct ConversionError(::std::borrow::Cow<'static, str>); }";
        let client = "
            use crate::types;
            pub use progenitor_client::{Error, ResponseValue};
            pub struct Client { client: reqwest::Client }
            impl Client { pub fn get(&self) -> builder::Get<'_> { builder::Get::new(self) } }
            pub mod builder {
                use super::types;
                use super::{Error, ResponseValue};
                pub struct Get<'a> { client: &'a super::Client }
                impl<'a> Get<'a> { fn send(self) -> Result<ResponseValue<types::A>, Error<()>> { Err(Error::Custom(self)) } }
            }";
        assert_eq!(told(types, client), Vec::<String>::new());
    }

    #[test]
    fn what_rustc_would_reject_is_found() {
        for (types, client, expected) in [
            ("struct A {} enum A {}", "", "A: `A` would be defined twice in `types`"),
            ("struct Default {}", "", "Default: `Default` would shadow a name that generated code uses"),
            ("struct A { b: Missing }", "", "A: the generated code would use `Missing`, which is not defined"),
            ("struct A { b: ::uuid::Uuid }", "", "A: it would need the crate `uuid`, which the bindings do not have"),
            ("struct A { a: i64, a: i64 }", "", "A: `A` would have two fields `a`"),
            ("enum A { B, B }", "", "A: `A` would have two variants `B`"),
            ("struct A { b: Option<B> } struct B(A);", "", "A: `A` would contain itself without indirection"),
            (
                "#[derive(Copy)] enum A { B(String) }",
                "",
                "A: `A` would derive `Copy`, but its field type `String` does not implement it",
            ),
            (
                "#[derive(Hash)] struct A(B); struct B;",
                "",
                "A: `A` would derive `Hash`, but its field type `B` does not implement it",
            ),
            ("struct A; impl From<i64> for A {} impl From<i64> for A {}", "", "A: `A` would implement a trait twice"),
            (
                "",
                "struct Client; impl Client { fn a() {} } impl Client { fn a() {} }",
                "a: `Client` would have two methods `a`",
            ),
            ("", "struct Client { a: types::A }", "Client: the generated code would use `A`, which is not defined"),
            (
                "",
                "struct Client; fn a() { futures::b() }",
                "a: it would need the crate `futures`, which the bindings do not have",
            ),
            (
                "",
                "use progenitor_client::Error; mod builder { use super::Error; struct Error; }",
                "Error: `Error` would shadow a name that generated code uses",
            ),
        ] {
            assert_eq!(told(types, client), [expected], "{types} {client}");
        }
    }
}

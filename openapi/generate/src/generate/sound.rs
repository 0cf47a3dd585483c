//! A final check of generated code for what rustc would reject.
//!
//! Known problems have been worked around before. Anything else is recognised by its code, and the operations that need
//! it are left out: the build must not fail with errors about code that nobody wrote.

use std::collections::{BTreeMap, HashMap, HashSet};

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Fields, GenericArgument, GenericParam, Ident, ImplItem, Item, Path, PathArguments, Type};

use super::attributes::derives;
use super::builders;
use crate::fit::HIDING;

/// Crates that generated code may use: the bindings depend on these.
const CRATES: [&str; 8] = ["bytes", "http", "progenitor_client", "reqwest", "schemars", "serde", "serde_json", "std"];

/// Modules and primitive types that a path may begin with.
const KNOWN: [&str; 12] =
    ["Self", "bool", "builder", "crate", "defaults", "error", "f64", "i64", "self", "super", "types", "u64"];

/// The names of the prelude that generated code uses.
const PRELUDE: [&str; 16] = [
    "Box", "Clone", "Default", "Err", "From", "Into", "None", "Ok", "Option", "Result", "Some", "String", "ToString",
    "TryFrom", "TryInto", "Vec",
];

/// Something that rustc would reject, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fault {
    /// The type, or the builder of an operation, at fault.
    pub(super) item: String,
    pub(super) message: String,
}

/// Finds all faults in the data types and in the client.
pub(super) fn faults(types: &mut [Item], client: &mut [Item]) -> Vec<Fault> {
    let mut look = Look {
        faults: Vec::new(),
        hiding: &HIDING,
        names: HashSet::new(),
        generics: HashSet::new(),
        of_types: HashSet::new(),
        item: String::new(),
    };
    look.of_types = names(types).map(|(_, ident)| ident.to_string()).collect();
    look.module("types", types, &HashSet::new());
    look.hiding = &builders::HIDING;
    look.module("api", client, &HashSet::new());
    look.faults.extend(endless(types));
    look.faults.extend(underivable(types));
    look.faults
}

/// The check of one module and its submodules.
struct Look {
    faults: Vec<Fault>,
    /// Names that generated code uses with another meaning.
    hiding: &'static [&'static str],
    /// The names that the module defines and imports.
    names: HashSet<String>,
    /// The generic parameters of the current item.
    generics: HashSet<String>,
    of_types: HashSet<String>,
    /// The current item.
    item: String,
}

impl Look {
    fn module(&mut self, module: &str, items: &mut [Item], around: &HashSet<String>) {
        let mut seen = HashSet::new();
        let mut own = around.clone();
        for item in items.iter() {
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
        self.twice_implemented(items);
        self.names = own;
        for item in items {
            if let Item::Mod(inner) = item {
                let name = inner.ident.to_string();
                // A module sees the names around it only through `super`.
                let own = std::mem::take(&mut self.names);
                self.module(&name, inner.content.as_mut().map_or(&mut [], |(_, items)| items), &HashSet::new());
                self.names = own;
                continue;
            }
            self.generics.clear();
            self.item = name_of(item).unwrap_or_default();
            Generics(&mut self.generics).visit_item_mut(item);
            self.visit_item_mut(item);
        }
    }

    fn fault(&mut self, item: &str, message: String) {
        let fault = Fault { item: item.to_owned(), message };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Finds repeated methods, and traits that are implemented twice for a type.
    fn twice_implemented(&mut self, items: &[Item]) {
        let mut methods = HashSet::new();
        let mut traits = HashSet::new();
        for item in items {
            let Item::Impl(item) = item else { continue };
            let Some(target) = last(&item.self_ty) else { continue };
            if let Some((path, _)) = &item.trait_ {
                let whole = format!("{} for {}", path.to_token_stream(), item.self_ty.to_token_stream());
                if !traits.insert(whole) {
                    self.fault(&target, format!("`{target}` would implement a trait twice"));
                }
                continue;
            }
            for member in &item.items {
                if let ImplItem::Fn(method) = member
                    && !methods.insert((target.clone(), method.sig.ident.to_string()))
                {
                    let name = &method.sig.ident;
                    // A method of the client is an operation.
                    let item = if target == "Client" { name.to_string() } else { target.clone() };
                    self.fault(&item, format!("`{target}` would have two methods `{name}`"));
                }
            }
        }
    }
}

impl VisitMut for Look {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let Some(first) = path.segments.first().map(|segment| segment.ident.to_string()) else { return };
        let item = self.item.clone();
        let is_type = |name: &str| name.starts_with(char::is_uppercase);
        if path.leading_colon.is_some() {
            if !CRATES.contains(&first.as_str()) {
                self.fault(&item, format!("it would need the crate `{first}`, which the bindings do not have"));
            }
            return;
        }
        let unknown = |name: &str| format!("the generated code would use `{name}`, which is not defined");
        match first.as_str() {
            "types" | "super" if path.segments.len() > 1 => {
                let second = path.segments.iter().nth(1).map(|segment| segment.ident.to_string()).unwrap_or_default();
                let of_types = first == "types" && is_type(&second);
                if of_types && !self.of_types.contains(&second) {
                    self.fault(&item, unknown(&second));
                }
            }
            other if KNOWN.contains(&other) || self.names.contains(other) || self.generics.contains(other) => {}
            other if PRELUDE.contains(&other) || CRATES.contains(&other) => {}
            other if is_type(other) => self.fault(&item, unknown(other)),
            other if path.segments.len() > 1 => {
                self.fault(&item, format!("it would need the crate `{other}`, which the bindings do not have"));
            }
            // A variable, a function or a primitive type.
            _ => {}
        }
    }

    fn visit_item_struct_mut(&mut self, item: &mut syn::ItemStruct) {
        let mut seen = HashSet::new();
        for field in item.fields.iter().filter_map(|field| field.ident.as_ref()) {
            if !seen.insert(field.to_string()) {
                let name = item.ident.to_string();
                self.fault(&name, format!("`{name}` would have two fields `{field}`"));
            }
        }
        visit_mut::visit_item_struct_mut(self, item);
    }

    fn visit_item_enum_mut(&mut self, item: &mut syn::ItemEnum) {
        let mut seen = HashSet::new();
        for variant in &item.variants {
            if !seen.insert(variant.ident.to_string()) {
                let name = item.ident.to_string();
                self.fault(&name, format!("`{name}` would have two variants `{}`", variant.ident));
            }
        }
        visit_mut::visit_item_enum_mut(self, item);
    }

    // Macros are only tokens, and attributes name no items of this code.
    fn visit_attribute_mut(&mut self, _: &mut syn::Attribute) {}
    fn visit_macro_mut(&mut self, _: &mut syn::Macro) {}
    fn visit_item_use_mut(&mut self, item: &mut syn::ItemUse) {
        if let syn::UseTree::Path(tree) = &item.tree {
            let first = tree.ident.to_string();
            if !CRATES.contains(&first.as_str()) && !KNOWN.contains(&first.as_str()) {
                self.fault("", format!("it would need the crate `{first}`, which the bindings do not have"));
            }
        }
    }
}

/// Collects the names of generic parameters.
struct Generics<'n>(&'n mut HashSet<String>);

impl VisitMut for Generics<'_> {
    fn visit_generic_param_mut(&mut self, parameter: &mut GenericParam) {
        match parameter {
            GenericParam::Type(parameter) => drop(self.0.insert(parameter.ident.to_string())),
            GenericParam::Const(parameter) => drop(self.0.insert(parameter.ident.to_string())),
            GenericParam::Lifetime(_) => {}
        }
    }
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

/// The identity of an item: its name, or that of the type that it belongs to.
fn name_of(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Type(item) => Some(item.ident.to_string()),
        Item::Impl(item) => last(&item.self_ty),
        Item::Fn(item) => Some(item.sig.ident.to_string()),
        _ => None,
    }
}

/// The last segment of a type's path.
fn last(kind: &Type) -> Option<String> {
    match kind {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
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
fn underivable(items: &[Item]) -> Vec<Fault> {
    const TRAITS: [&str; 6] = ["Copy", "Default", "Eq", "Hash", "Ord", "PartialOrd"];
    let holders = holders(items);
    let mut implemented: HashMap<String, HashSet<&str>> = HashMap::new();
    for item in items {
        if let Item::Impl(item) = item
            && let Some((path, _)) = &item.trait_
            && let Some(name) = path.segments.last().map(|segment| segment.ident.to_string())
            && let Some(implements) = TRAITS.into_iter().find(|known| *known == name)
        {
            implemented.entry(last(&item.self_ty).unwrap_or_default()).or_default().insert(implements);
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
        let faults = faults(&mut items(types), &mut items(client));
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

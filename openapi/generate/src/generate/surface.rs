//! The public surface of code, generated or written: everything that a caller can rely on, one promise per line.
//!
//! A removed or changed line breaks code; an added line breaks none. So where an addition would break code, there is a
//! separate promise: `match types::A { B, C }` for the variants that a `match` needs, and `types::D { e, f }` for the
//! fields of a literal.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use quote::{ToTokens, quote};
use syn::{Attribute, Fields, Item, ItemTrait, TraitItem, UseTree, Visibility};

use super::attributes::{derived, is_exhaustive};
use super::implementations::{Implementation, Implementations, Method};
use super::tokens;

/// The public surface of code.
///
/// As text it is meant for review: one line per promise, with the traits of a type on one line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Surface {
    lines: Vec<Line>,
}

/// A promise to callers: as long as the line exists, code that relies on it compiles.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Line {
    /// The type that it belongs to, such as `types::GateSession` or `api::builder::CancelSession`.
    pub item: Arc<str>,
    /// The field, variant, method or trait; empty for the whole type.
    pub member: String,
    /// The kind of promise.
    pub kind: LineKind,
    text: String,
}

/// The kind of promise that a line makes about its type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LineKind {
    /// The type exists.
    Declaration,
    /// A member, or all members together.
    Member,
    /// A trait that it implements.
    Trait,
}

impl Surface {
    /// The surface of the `types` module and of the client.
    pub(super) fn of(types: &[Item], client: &[Item], implementations: &Implementations) -> Self {
        let mut surface = Self::default();
        surface.module("types", types, implementations);
        surface.module("api", client, implementations);
        surface
    }

    /// The surface of written code. Each of `files` is the public path of its module, such as `zerogate` for a private
    /// module whose items are re-exported there, and its text. Every `pub` item counts as public, as the lint
    /// `unreachable_pub` ensures; the types are sorted by name. Macros other than `include!` are promises as they are
    /// written, because what they expand to is not known.
    ///
    /// ```
    /// use zerogate_generate::Surface;
    ///
    /// let surface = Surface::of_files([("tea", "pub struct Cup(u8);"), ("tea", "impl Cup { pub fn fill(&mut self) {} }")])?;
    /// assert_eq!(surface.to_string(), "struct tea::Cup(_)\n  tea::Cup::fill(&mut self)\n");
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the parser's message if a text is not Rust.
    pub fn of_files<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Result<Self, String> {
        let mut modules: BTreeMap<&str, Vec<Item>> = BTreeMap::new();
        for (path, text) in files {
            let items = syn::parse_file(text).map_err(|error| format!("a file of the module {path}: {error}"))?.items;
            let private = items.iter().filter_map(|item| match item {
                Item::Mod(inner) if !is_public(&inner.vis) => Some(inner.ident.to_string()),
                _ => None,
            });
            let private: HashSet<_> = private.collect();
            let module = modules.entry(path).or_default();
            for item in items {
                match item {
                    // Their items are listed where they are declared.
                    Item::Use(item) if private.contains(&first_name(&item.tree)) => {}
                    Item::Mod(inner) if !is_public(&inner.vis) && !is_for_tests(&inner.attrs) => {
                        let items = inner.content.into_iter().flat_map(|(_, items)| items);
                        module.extend(items.filter(|item| matches!(item, Item::Impl(_))));
                    }
                    item => module.push(item),
                }
            }
        }
        let mut surface = Self::default();
        for (path, mut items) in modules {
            let types: HashSet<_> = items.iter().filter_map(public_type).collect();
            let mut implementations = Implementations::default();
            items.retain(|item| !matches!(item, Item::Impl(item) if is_for_tests(&item.attrs)));
            implementations.add_parsed(path, &items);
            implementations
                .retain(path, |found| !found.is_local || found.name.as_ref().is_some_and(|name| types.contains(name)));
            surface.module(path, &items, &implementations);
        }
        surface.lines.sort_by(|a, b| a.item.cmp(&b.item));
        Ok(surface)
    }

    /// All promises, with the types in code order.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The promises that another surface does not keep. Each of them breaks code that relies on it.
    #[must_use]
    pub fn lost_in<'s>(&'s self, other: &Self) -> Vec<&'s Line> {
        let kept: HashSet<&str> = other.lines.iter().map(|line| line.text.as_str()).collect();
        self.lines.iter().filter(|line| !kept.contains(line.text.as_str())).collect()
    }

    fn module(&mut self, path: &str, items: &[Item], implementations: &Implementations) {
        let mut module = Module { path, items: Vec::new(), index: HashMap::new() };
        items.iter().for_each(|item| module.declare(item));
        implementations.of(path).iter().for_each(|item| module.implement(item));
        for Found { item, lines, traits } in module.items {
            self.lines.extend(lines);
            self.lines.extend(traits.into_iter().map(|member| Line {
                text: format!("{item}: {member}"),
                item: Arc::clone(&item),
                member,
                kind: LineKind::Trait,
            }));
        }
        for item in items {
            if let Item::Mod(inner) = item
                && is_public(&inner.vis)
                && let Some((_, items)) = &inner.content
            {
                self.module(&format!("{path}::{}", inner.ident), items, implementations);
            }
        }
    }
}

impl Display for Surface {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut before: Option<&Line> = None;
        for line in &self.lines {
            let goes_on = before.is_some_and(|before| before.kind == line.kind && before.item == line.item);
            match line.kind {
                LineKind::Trait if goes_on => write!(f, ", {}", line.member)?,
                kind => {
                    f.write_str(if before.is_some() { "\n" } else { "" })?;
                    write!(f, "{}{}", if kind == LineKind::Declaration { "" } else { "  " }, line.text)?;
                }
            }
            before = Some(line);
        }
        f.write_str(if before.is_some() { "\n" } else { "" })
    }
}

impl Line {
    /// The promise as Rust code.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// The promises of a module, by type.
struct Module<'p> {
    path: &'p str,
    items: Vec<Found>,
    index: HashMap<String, usize>,
}

struct Found {
    item: Arc<str>,
    lines: Vec<Line>,
    traits: BTreeSet<String>,
}

impl Found {
    fn add(&mut self, kind: LineKind, member: impl ToString, text: String) {
        self.lines.push(Line { item: Arc::clone(&self.item), member: member.to_string(), kind, text });
    }
}

impl Module<'_> {
    /// The entry of a type by its name within the module, new for a type from elsewhere.
    fn item(&mut self, name: String, path: impl FnOnce(&str) -> String) -> &mut Found {
        let index = *self.index.entry(name.clone()).or_insert(self.items.len());
        if index == self.items.len() {
            self.items.push(Found { item: path(&name).into(), lines: Vec::new(), traits: BTreeSet::new() });
        }
        &mut self.items[index]
    }

    fn own(&mut self, name: impl ToString) -> &mut Found {
        let path = self.path;
        self.item(name.to_string(), |name| format!("{path}::{name}"))
    }

    fn declare(&mut self, item: &Item) {
        match item {
            Item::Struct(item) if is_public(&item.vis) => {
                let found = self.own(&item.ident);
                found.traits.extend(derived(&item.attrs));
                let name = found.item.to_string();
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
                found.add(LineKind::Declaration, "", format!("struct {name}{payload}"));
                let Fields::Named(fields) = &item.fields else { return };
                let ident = |field: &syn::Field| field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                for field in fields.named.iter().filter(|field| is_public(&field.vis)) {
                    let ident = ident(field);
                    let text = format!("{name}.{ident}: {}", written(&field.ty));
                    found.add(LineKind::Member, ident, text);
                }
                if is_exhaustive(&item.attrs) && fields.named.iter().all(|field| is_public(&field.vis)) {
                    let needed = fields.named.iter().map(ident).collect();
                    found.add(LineKind::Member, "", format!("{name} {{ {} }}", listed(needed)));
                }
            }
            Item::Enum(item) if is_public(&item.vis) => {
                let found = self.own(&item.ident);
                found.traits.extend(derived(&item.attrs));
                let name = found.item.to_string();
                found.add(LineKind::Declaration, "", format!("enum {name}"));
                for variant in &item.variants {
                    let mut fields = variant.fields.clone();
                    // Docs are not a promise.
                    fields.iter_mut().for_each(|field| field.attrs.retain(|it| !it.path().is_ident("doc")));
                    let payload = match &fields {
                        Fields::Unit => String::new(),
                        fields => written(&fields),
                    };
                    found.add(LineKind::Member, &variant.ident, format!("{name}::{}{payload}", variant.ident));
                }
                if is_exhaustive(&item.attrs) {
                    let needed = item.variants.iter().map(|variant| variant.ident.to_string()).collect();
                    found.add(LineKind::Member, "", format!("match {name} {{ {} }}", listed(needed)));
                }
            }
            Item::Type(item) if is_public(&item.vis) => {
                let found = self.own(&item.ident);
                let text = format!("type {} = {}", found.item, written(&item.ty));
                found.add(LineKind::Declaration, "", text);
            }
            Item::Fn(item) if is_public(&item.vis) => {
                let found = self.own(&item.sig.ident);
                let (vis, sig) = (&item.vis, &item.sig);
                let function = tokens::read(quote!(#vis #sig), Method::read);
                let signature = function.and_then(|function| function.signature).unwrap_or_default();
                let text = format!("fn {}{signature}", found.item);
                found.add(LineKind::Declaration, "", text);
            }
            Item::Const(item) if is_public(&item.vis) => self.value("const", &item.ident, &item.ty),
            Item::Static(item) if is_public(&item.vis) => self.value("static", &item.ident, &item.ty),
            Item::Trait(item) if is_public(&item.vis) => self.declare_trait(item),
            Item::Macro(item) if item.ident.is_none() && !item.mac.path.is_ident("include") => {
                let path = self.path.to_owned();
                let text = format!("{}! {{ {} }} in {path}", written(&item.mac.path), written(&item.mac.tokens));
                self.item(text.clone(), |_| path).add(LineKind::Declaration, "", text);
            }
            Item::Use(item) if is_public(&item.vis) => {
                let path = self.path.to_owned();
                let text = format!("use {} in {path}", written(&item.tree));
                self.item(text.clone(), |_| path).add(LineKind::Declaration, "", text);
            }
            _ => {}
        }
    }

    fn value(&mut self, kind: &str, ident: &syn::Ident, ty: &syn::Type) {
        let found = self.own(ident);
        let text = format!("{kind} {}: {}", found.item, written(ty));
        found.add(LineKind::Declaration, "", text);
    }

    fn declare_trait(&mut self, item: &ItemTrait) {
        let found = self.own(&item.ident);
        let name = found.item.to_string();
        let bounds =
            if item.supertraits.is_empty() { String::new() } else { format!(": {}", written(&item.supertraits)) };
        found.add(LineKind::Declaration, "", format!("trait {name}{bounds}"));
        for member in &item.items {
            match member {
                TraitItem::Fn(function) => {
                    let text = format!("{name}: {}", written(&function.sig));
                    found.add(LineKind::Member, &function.sig.ident, text);
                }
                other => found.add(LineKind::Member, "", format!("{name}: {}", written(other))),
            }
        }
    }

    fn implement(&mut self, item: &Implementation) {
        let found = match &item.name {
            // Only the name: the builders of requests have a lifetime.
            Some(name) if item.is_local && self.index.contains_key(name) => self.own(name),
            _ => self.item(item.target.clone(), str::to_owned),
        };
        if let Some(implemented) = &item.implemented {
            found.traits.insert(implemented.told.clone());
            return;
        }
        let name = found.item.to_string();
        for Method { name: method, is_async, signature } in &item.methods {
            let Some(signature) = signature else { continue };
            let asynchronous = if *is_async { "async " } else { "" };
            found.add(LineKind::Member, method, format!("{asynchronous}{name}::{method}{signature}"));
        }
    }
}

/// Names, sorted.
fn listed(names: BTreeSet<String>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// The name of a public type.
fn public_type(item: &Item) -> Option<String> {
    match item {
        Item::Struct(syn::ItemStruct { vis, ident, .. })
        | Item::Enum(syn::ItemEnum { vis, ident, .. })
        | Item::Type(syn::ItemType { vis, ident, .. }) => is_public(vis).then(|| ident.to_string()),
        _ => None,
    }
}

/// The first name of an import that is not `self`.
fn first_name(tree: &UseTree) -> String {
    match tree {
        UseTree::Path(path) if path.ident == "self" => first_name(&path.tree),
        UseTree::Path(path) => path.ident.to_string(),
        _ => String::new(),
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Formats code as a person would write it.
fn written(code: &impl ToTokens) -> String {
    tokens::read(code.to_token_stream(), tokens::written)
}

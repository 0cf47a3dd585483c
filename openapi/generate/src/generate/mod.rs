//! Generates the source text of a contract's client: runs progenitor, and rewrites its output.
//!
//! This is a library and not part of a build script, so that tests, the comparison of contracts and the import of a new
//! contract can also see what a build does.

mod attributes;
mod builders;
mod conversions;
mod descriptions;
mod differing;
mod generator;
mod implementations;
mod mentions;
mod open_enums;
mod operations;
mod other_methods;
mod piecewise;
mod sound;
mod surface;
mod tokens;
mod types;
mod unions;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use serde_json::Value;
use syn::Item;
use zerogate_contract::names::pascal;
use zerogate_contract::vocabulary::Node;
use zerogate_contract::walk::walk;
use zerogate_contract::{Contract, ContractError, Document, Inventory, component, default_branch};

use crate::bindings::HostTypes;
use crate::fit::{Skipped, WireNames};
use crate::lower::Lowered;

use conversions::{Code, Wanted};
use implementations::Implementations;

pub use differing::leave_differing;
pub use generator::{GENERATOR_THREAD, Took};
pub(crate) use operations::unsent;
pub use surface::{Line, LineKind, Surface};

/// The maximum number of attempts when some of the code would not compile.
const MAX_ROUNDS: usize = 8;

/// Generated source text, by the files that a crate includes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Generated {
    /// The data types. They use neither progenitor nor reqwest.
    pub types: String,
    /// The client and its builders.
    pub client: String,
    /// The table of operations: what a hook needs to know about the operation it is called for.
    pub operations: String,
    /// The public surface of the code, for review.
    pub surface: Surface,
    /// The operations that are missing: those that could not be lowered, and those that the generator failed on.
    pub skipped: Vec<Skipped>,
}

/// Generates the client of a lowered contract; `inventory` is its inventory.
///
/// The same document always gives the same text, regardless of the order of its keys.
///
/// If the generator rejects a construct or panics on it, or its code would not compile, the operations that need it are
/// omitted.
///
/// # Errors
///
/// Fails if the generator rejects or panics on something that is not part of a single operation, or if an operation
/// cannot be generated that the hand-written code needs.
pub fn generate(
    contract: &Contract,
    inventory: &Inventory,
    lowered: &Lowered,
    host: &HostTypes,
) -> Result<Generated, ContractError> {
    on_large_stack(contract, |document| {
        let made = Made::of(document, inventory, lowered, host, Wanted::Text)?;
        let Items { mut types, mut client, skipped, .. } = made.items;
        types.iter_mut().chain(&mut client).for_each(descriptions::tidy);
        let (types, client) = (unparse(types), unparse(client));
        Ok(Generated { types, client, operations: made.operations, surface: made.surface, skipped })
    })
}

/// Like [`generate`], but without the source text: returns the surface, the skipped operations and the time that was taken.
pub(crate) fn forecast(
    contract: &Contract,
    inventory: &Inventory,
    lowered: &Lowered,
    host: &HostTypes,
) -> Result<(Surface, Vec<Skipped>, Took), ContractError> {
    on_large_stack(contract, |document| {
        let made = Made::of(document, inventory, lowered, host, Wanted::Surface)?;
        Ok((made.surface, made.items.skipped, made.items.took))
    })
}

/// Everything that is generated, except the text.
struct Made {
    items: Items,
    operations: String,
    surface: Surface,
}

impl Made {
    fn of(
        document: &Document,
        inventory: &Inventory,
        lowered: &Lowered,
        host: &HostTypes,
        wanted: Wanted,
    ) -> Result<Self, ContractError> {
        let items = items(document, lowered, host, wanted)?;
        let skipped: HashSet<&str> = items.skipped.iter().map(|skipped| skipped.operation.as_str()).collect();
        let mut inventory = Cow::Borrowed(inventory);
        if !skipped.is_empty() {
            inventory.to_mut().operations.retain(|operation| !skipped.contains(operation.id.as_str()));
        }
        let operations = operations::table(document, &inventory, &operations::successes(&items.client), host)?;
        let surface = items.surface();
        Ok(Self { items, operations, surface })
    }
}

/// The surface of the client of a lowered contract, without the source text.
///
/// ```
/// use zerogate_contract::{Contract, Document};
/// use zerogate_generate::{HOST_TYPES, HostTypes, lower, surface};
///
/// let text = "
/// openapi: 3.0.3
/// info: {title: Gate, version: '1'}
/// paths: {/a: {get: {operationId: a, responses: {200: {description: A}}}}}
/// ";
/// let contract = Contract::of(Document::parse("gate.yaml", text)?);
/// let host = HostTypes { keyed: &[], ..HOST_TYPES };
/// let surface = surface(&contract, &lower(&contract)?, &host)?;
/// assert!(surface.to_string().contains("api::Client::a(&self) -> builder::A<'_>"));
/// # Ok::<(), zerogate_contract::ContractError>(())
/// ```
///
/// # Errors
///
/// The same as for [`generate`].
pub fn surface(contract: &Contract, lowered: &Lowered, host: &HostTypes) -> Result<Surface, ContractError> {
    on_large_stack(contract, |document| items(document, lowered, host, Wanted::Surface).map(|items| items.surface()))
}

fn on_large_stack<T: Send>(
    contract: &Contract,
    work: impl FnOnce(&Document) -> Result<T, ContractError> + Send,
) -> Result<T, ContractError> {
    let document = contract.document();
    generator::on_large_stack(|| work(document)).unwrap_or_else(|message| Err(refused(document, &message)))
}

fn refused(document: &Document, message: &str) -> ContractError {
    let help = "remove the construct, or simplify it";
    ContractError::from(document.problem("", format!("the client cannot be generated: {message}"), help))
}

/// The syntax trees of the generated code.
struct Items {
    types: Vec<Item>,
    client: Vec<Item>,
    /// All implementations, parsed or not.
    implementations: Implementations,
    skipped: Vec<Skipped>,
    took: Took,
}

impl Items {
    fn surface(&self) -> Surface {
        Surface::of(&self.types, &self.client, &self.implementations)
    }
}

/// Generates everything that compiles.
fn items(document: &Document, lowered: &Lowered, host: &HostTypes, wanted: Wanted) -> Result<Items, ContractError> {
    let mut value = Cow::Borrowed(&lowered.value);
    let mut skipped = lowered.skipped.clone();
    let mut rounds = MAX_ROUNDS;
    let mut items = loop {
        let (code, failed) =
            piecewise::code(document, &value, host, wanted).map_err(|message| refused(document, &message))?;
        skipped.extend(failed);
        let items = finished(document, &value, &lowered.wire_names, code, host, wanted)?;
        let faults = sound::faults(&items.types, &items.client, &items.implementations);
        if faults.is_empty() {
            break items;
        }
        rounds -= 1;
        let Some((rest, lost)) = piecewise::without(document, &value, &faults).filter(|_| rounds > 0) else {
            let problems = faults.iter().flat_map(|fault| refused(document, &fault.message).into_problems());
            return ContractError::unless_none(problems.collect()).and(Err(refused(document, "it would not compile")));
        };
        skipped.extend(lost);
        value = Cow::Owned(rest);
    };
    let needed = skipped.iter().filter(|skipped| host.keyed.contains(&skipped.operation.as_str()));
    ContractError::unless_none(needed.map(|skipped| skipped.problem.clone()).collect())?;
    items.skipped = skipped;
    Ok(items)
}

/// The data types and the client, after reworking progenitor's output.
fn finished(
    document: &Document,
    value: &Value,
    wire_names: &WireNames,
    code: Code,
    host: &HostTypes,
    wanted: Wanted,
) -> Result<Items, ContractError> {
    let Code { items, mut implementations, took } = code;
    let mut types = Vec::new();
    let mut client = Vec::new();
    for item in items {
        match item {
            Item::Mod(module) if module.ident == "types" => {
                types = module.content.map(|(_, items)| items).unwrap_or_default();
            }
            other => client.push(other),
        }
    }
    types.iter_mut().for_each(|item| attributes::restore(item, wire_names));
    let types = open_enums::open(types, &mut implementations, &fallbacks(value), wanted);
    let types = types::finish(types.map_err(|error| refused(document, &error.to_string()))?, wanted);
    let import = syn::parse_str(&format!("use {};", host.types));
    client.insert(0, import.map_err(|error| refused(document, &error.to_string()))?);
    client.iter_mut().for_each(close_constructors);
    builders::rename(&mut client, &mut implementations);
    implementations.add_parsed("types", &types);
    implementations.add_parsed("api", &client);
    Ok(Items { types, client, implementations, skipped: Vec::new(), took })
}

/// The types of default branches of unions, by name.
fn fallbacks(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(value, &mut |node, _, value| {
        let default = default_branch(value).filter(|_| node == Node::Schema);
        found.extend(default.as_deref().and_then(component).map(|name| pascal(&name)));
    });
    found
}

/// Makes the constructors of the generated client private.
///
/// They would accept any transport of the caller, with unknown redirects and retries, and one of them panics where no
/// transport can be built.
fn close_constructors(item: &mut Item) {
    if let Item::Impl(item) = item
        && item.trait_.is_none()
        && matches!(item.self_ty.as_ref(), syn::Type::Path(path) if path.path.is_ident("Client"))
    {
        item.items.retain(|member| !matches!(member, syn::ImplItem::Fn(method) if method.sig.ident == "new"));
        for member in &mut item.items {
            if let syn::ImplItem::Fn(method) = member
                && method.sig.ident == "new_with_client"
            {
                method.vis = syn::parse_quote!(pub(crate));
            }
        }
    }
}

fn unparse(items: Vec<Item>) -> String {
    let mut file: syn::File = syn::parse_quote!();
    file.items = items;
    prettyplease::unparse(&file)
}

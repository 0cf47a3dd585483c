//! Turns a contract into the source text of its client: progenitor, and what has to be done to progenitor's output.
//!
//! This is a library, and not part of a build script, so that what a build does can also be asked about: by a test, by
//! the drift verdict, by the import of a new contract.

mod descriptions;
mod open_enums;
mod operations;
mod piecewise;
mod surface;
mod types;
mod unions;

use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use serde_json::{Value, json};
use syn::Item;
use zerogate_contract::{ContractError, Document, Inventory};

use crate::bindings::HostTypes;
use crate::design::{CLIENT_SECRET_FORMAT, SESSION_ID_FORMAT, TIMESTAMP_FORMAT};
use crate::fit::Skipped;
use crate::lower::Lowered;

/// Generated source text, in the files that a crate includes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Generated {
    /// The data types. Names neither progenitor nor reqwest.
    pub types: String,
    /// The client and its builders.
    pub client: String,
    /// The table of operations: what a hook has to know of the one it is called for.
    pub operations: String,
    /// The public surface of the above, a line an item, for a person to review.
    pub surface: String,
    /// The operations that are not in it: those that could not be lowered, and those that the generator failed on.
    pub skipped: Vec<Skipped>,
}

/// Generates the client of a lowered document.
///
/// The same document always gives the same text, whatever the order of its keys.
///
/// What the generator refuses in spite of all, or panics on, costs the operation that it is about.
///
/// # Errors
///
/// What the generator refuses, or panics on, and no single operation is the cause of, as a problem of the document; and
/// what keeps an operation from being generated that hand-written code is built on.
pub fn generate(document: &Document, lowered: &Lowered, host: &HostTypes) -> Result<Generated, ContractError> {
    let refused = |message: String| {
        ContractError::from(document.problem(
            "",
            format!("the client cannot be generated: {message}"),
            "take the construct out, or express it in a simpler way",
        ))
    };
    let (file, failed) = piecewise::file(document, lowered, *host).map_err(refused)?;
    let skipped: Vec<Skipped> = lowered.skipped.iter().cloned().chain(failed).collect();
    let needed = skipped.iter().filter(|skipped| host.keyed.contains(&skipped.operation.as_str()));
    ContractError::unless_none(needed.map(|skipped| skipped.problem.clone()).collect())?;

    let mut types = Vec::new();
    let mut client = Vec::new();
    for item in file.items {
        match item {
            Item::Mod(module) if module.ident == "types" => {
                types = module.content.map(|(_, items)| items).unwrap_or_default();
            }
            other => client.push(other),
        }
    }
    let mut types = types::finish(open_enums::open(types));
    let import: TokenStream = format!("use {};", host.types).parse().map_err(|error| refused(format!("{error}")))?;
    client.insert(0, syn::parse2(import).map_err(|error| refused(error.to_string()))?);
    client.iter_mut().for_each(close_constructors);
    types.iter_mut().chain(&mut client).for_each(descriptions::tidy);

    let mut inventory = Inventory::of(document);
    inventory.operations.retain(|operation| !skipped.iter().any(|skipped| skipped.operation == operation.id));
    let operations = operations::table(document, &inventory, host)?;
    let surface = surface::lines(&types, &client);
    Ok(Generated { types: unparse(types), client: unparse(client), operations, surface, skipped })
}

/// Takes the generated client's constructors out of the public surface.
///
/// They would put it on a transport of the caller's, whose redirects and retries nobody has looked at; and one of them
/// panics where no transport can be built.
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

/// What the generator makes of a lowered document.
fn generate_file(value: &Value, host: HostTypes) -> Result<syn::File, String> {
    let spec: openapiv3::OpenAPI = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    syn::parse2(generate_tokens(spec, host)?).map_err(|error| error.to_string())
}

/// Runs progenitor where neither a panic nor a deep recursion of its own takes the process along.
fn generate_tokens(spec: openapiv3::OpenAPI, host: HostTypes) -> Result<TokenStream, String> {
    // Tokens do not cross threads, so they travel as text.
    let generator = std::thread::Builder::new()
        .name("generator".to_owned())
        .stack_size(64 << 20)
        .spawn(move || run_generator(&spec, host).map(|tokens| tokens.to_string()))
        .map_err(|error| error.to_string())?;
    match generator.join() {
        Ok(result) => result?.parse().map_err(|error| format!("{error}")),
        Err(cause) => Err(panic_message(cause.as_ref())),
    }
}

fn run_generator(spec: &openapiv3::OpenAPI, host: HostTypes) -> Result<TokenStream, String> {
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        // Without hooks a request would leave without its key: a forgotten implementation must not compile.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(host.inner.parse().map_err(|error| format!("{error}"))?)
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq");
    for (format, path, implements) in [
        (TIMESTAMP_FORMAT, host.timestamp, &[TypeImpl::Display][..]),
        (SESSION_ID_FORMAT, host.session_id, &[TypeImpl::Display][..]),
        (CLIENT_SECRET_FORMAT, host.client_secret, &[][..]),
    ] {
        let schema =
            serde_json::from_value(json!({ "type": "string", "format": format })).map_err(|error| error.to_string())?;
        settings.with_conversion(schema, path, implements.iter().cloned());
    }
    Generator::new(&settings).generate_tokens(spec).map_err(|error| error.to_string())
}

fn panic_message(cause: &(dyn std::any::Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    // A panic message may quote half the document over many lines; its first line says what happened.
    match text.and_then(|text| text.lines().next()) {
        Some(line) => line.chars().take(300).collect(),
        None => "the generator gave up without saying why".to_owned(),
    }
}

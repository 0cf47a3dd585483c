//! The table of operations: what a hook has to know of the operation it is called for.

use proc_macro2::TokenStream;
use quote::quote;

use super::Edge;
use crate::check::snake;
use crate::document::Document;
use crate::inventory::Inventory;
use crate::problem::ContractError;

/// The source text of the table, one row an operation, as an expression.
pub(super) fn table(document: &Document, inventory: &Inventory, edge: &Edge) -> Result<String, ContractError> {
    let key = secret_key(document, inventory, edge)?;
    let row: TokenStream = edge.operation.parse().unwrap_or_default();
    let rows = inventory.operations.iter().map(|operation| {
        let id = &operation.id;
        let name = snake(&operation.id);
        let method = &operation.method;
        let path = &operation.path;
        let secured = operation.security.iter().any(|needed| needed.split(" + ").any(|scheme| key.contains(&scheme)));
        quote!(#row { id: #id, name: #name, method: #method, path: #path, secured: #secured })
    });
    Ok(quote!(&[#(#rows),*]).to_string())
}

/// The security schemes that ask for the secret key: those of the operation that is known to take it.
///
/// A document may have more schemes, for a publishable key or a token of the widget, and some of them may travel as a
/// bearer token too. The secret key must not go where one of those is asked for.
fn secret_key<'i>(document: &Document, inventory: &'i Inventory, edge: &Edge) -> Result<Vec<&'i str>, ContractError> {
    let Some(keyed) = inventory.operation(edge.keyed) else {
        return Ok(Vec::new());
    };
    let is_bearer = |name: &str| {
        inventory.security_schemes.get(name).is_some_and(|scheme| {
            scheme.kind == "http"
                && scheme.scheme.as_deref().is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
        })
    };
    let schemes: Vec<&str> = keyed.security.iter().map(String::as_str).filter(|name| is_bearer(name)).collect();
    if schemes.is_empty() {
        return Err(ContractError::from(document.problem(
            "/components/securitySchemes",
            format!("`{}` asks for no bearer token, and the client sends its secret key as one", edge.keyed),
            "give its scheme `type: http` and `scheme: bearer`",
        )));
    }
    Ok(schemes)
}

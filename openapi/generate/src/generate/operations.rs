//! The table of operations: what a hook has to know of the operation it is called for.

use proc_macro2::TokenStream;
use quote::quote;
use zerogate_contract::names::snake;
use zerogate_contract::{ContractError, Document, Inventory, Operation, statuses};

use crate::bindings::HostTypes;

/// The source text of the table, one row an operation, as an expression.
pub(super) fn table(document: &Document, inventory: &Inventory, host: &HostTypes) -> Result<String, ContractError> {
    let key = secret_key(document, inventory, host)?;
    let row: TokenStream = host.operation.parse().unwrap_or_default();
    let rows = inventory.operations.iter().map(|operation| {
        let id = &operation.id;
        let name = method_name(&operation.id);
        let method = &operation.method;
        let path = &operation.path;
        let secured = key.is_some_and(|key| takes(operation, key));
        let statuses = operation.responses.iter().filter_map(|response| statuses(&response.status)).map(|range| {
            let (first, last) = range.into_inner();
            quote!((#first, #last))
        });
        quote!(#row { id: #id, name: #name, method: #method, path: #path, secured: #secured, statuses: &[#(#statuses),*] })
    });
    Ok(quote!(&[#(#rows),*]).to_string())
}

/// What progenitor calls an operation: its id in snake case, with an underscore where that is a keyword.
pub(super) fn method_name(id: &str) -> String {
    let name = snake(id);
    if syn::parse_str::<syn::Ident>(&name).is_ok() { name } else { format!("{name}_") }
}

/// Whether an operation can be called with what a scheme asks for.
fn takes(operation: &Operation, scheme: &str) -> bool {
    operation.security.iter().flatten().any(|needed| needed.name == scheme)
}

/// The security scheme that asks for the secret key: that of the operations that are known to take it.
///
/// A document may have more schemes, for a publishable key or a token of the widget, and some of them may travel as a
/// bearer token too. The secret key must not go where one of those is asked for.
fn secret_key<'i>(
    document: &Document,
    inventory: &'i Inventory,
    host: &HostTypes,
) -> Result<Option<&'i str>, ContractError> {
    let keyed = || host.keyed.iter().filter_map(|id| inventory.operation(id));
    let Some(first) = keyed().next() else {
        return Ok(None);
    };
    let is_bearer = |name: &str| {
        inventory.security_schemes.get(name).is_some_and(|scheme| {
            scheme.kind == "http"
                && scheme.scheme.as_deref().is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
        })
    };
    let refuse = |message: String, help: &str| {
        Err(ContractError::from(document.problem("/components/securitySchemes", message, help)))
    };
    let alone = first.security.iter().filter_map(|alternative| match alternative.as_slice() {
        [needed] => Some(needed.name.as_str()),
        _ => None,
    });
    let mut bearers: Vec<&str> = alone.filter(|name| is_bearer(name)).collect();
    bearers.dedup();
    let [key] = bearers.as_slice() else {
        return refuse(
            format!(
                "`{}` has to ask for exactly one bearer token, the secret key, and asks for {}",
                first.id,
                bearers.len()
            ),
            "give it one security scheme with `type: http` and `scheme: bearer`",
        );
    };
    match keyed().find(|operation| !takes(operation, key)) {
        Some(other) => refuse(
            format!("`{}` does not ask for `{key}`, the secret key of `{}`", other.id, first.id),
            "let both ask for the same security scheme",
        ),
        None => Ok(Some(key)),
    }
}

#[cfg(test)]
mod tests {
    use zerogate_contract::Contract;

    use super::*;

    const HOST: HostTypes = HostTypes { keyed: &["cancelSession", "retrieveSession"], ..HostTypes::EXAMPLE };

    fn rows(cancel: &str, retrieve: &str, other: &str) -> Result<String, ContractError> {
        let text = format!(
            "
paths:
  /a: {{post: {{operationId: cancelSession, security: {cancel}}}}}
  /b: {{get: {{operationId: retrieveSession, security: {retrieve}}}}}
  /c: {{get: {{operationId: move, security: {other}}}}}
components:
  securitySchemes:
    secret: {{type: http, scheme: bearer}}
    publishable: {{type: http, scheme: Bearer}}
    embed: {{type: apiKey, in: header, name: X-Embed-Token}}
"
        );
        let contract = Contract::of(Document::parse("gate.yaml", &text)?);
        table(contract.document(), &Inventory::of(&contract), &HOST)
    }

    fn is_secured(other: &str) -> bool {
        let table = rows("[{secret: []}]", "[{secret: []}]", other).unwrap();
        let row = table.split("Operation").find(|row| row.contains("\"move\"")).unwrap().to_owned();
        row.contains("secured : true")
    }

    #[test]
    fn the_key_goes_only_where_its_own_scheme_is_asked_for() {
        assert!(is_secured("[{secret: []}]"));
        assert!(is_secured("[{embed: []}, {secret: []}]"));
        assert!(is_secured("[{embed: [], secret: []}]"));
        assert!(is_secured("[{secret: [sessions]}]"));
        assert!(!is_secured("[{publishable: []}]"));
        assert!(!is_secured("[{embed: []}]"));
        assert!(!is_secured("[]"));
    }

    #[test]
    fn a_key_with_roles_is_the_key() {
        let table = rows("[{secret: [a]}, {secret: [b]}]", "[{secret: [sessions]}]", "[]").unwrap();
        assert_eq!(table.matches("secured : true").count(), 2, "{table}");
    }

    #[test]
    fn two_bearer_tokens_to_choose_from_are_refused() {
        let error = rows("[{secret: []}, {publishable: []}]", "[{secret: []}]", "[]").unwrap_err();
        assert!(error.to_string().contains("asks for 2"), "{error}");
    }

    #[test]
    fn operations_that_ask_for_different_keys_are_refused() {
        let error = rows("[{secret: []}]", "[{publishable: []}]", "[]").unwrap_err();
        assert!(error.to_string().contains("`retrieveSession` does not ask for `secret`"), "{error}");
    }

    #[test]
    fn the_documented_statuses_are_listed() {
        let document = "paths: {/a: {post: {operationId: move, responses: {'201': {}, 5xx: {}, default: {}}}}}";
        let contract = Contract::of(Document::parse("gate.yaml", document).unwrap());
        let table = table(contract.document(), &Inventory::of(&contract), &HOST).unwrap();
        assert!(table.contains("statuses : & [(201u16 , 201u16) , (500u16 , 599u16) , (0u16 , 65535u16)]"), "{table}");
    }

    #[test]
    fn a_keyword_is_called_as_progenitor_calls_it() {
        let table = rows("[{secret: []}]", "[{secret: []}]", "[]").unwrap();
        assert!(table.contains("name : \"move_\""), "{table}");
    }
}

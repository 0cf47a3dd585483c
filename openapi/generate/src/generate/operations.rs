//! The table of operations: what a hook needs to know about the operation it is called for.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericArgument, ImplItem, Item, ItemImpl, PathArguments, PathSegment, ReturnType, Type};
use zerogate_contract::names::{pascal, snake};
use zerogate_contract::reach::{name, operations};
use zerogate_contract::{
    Contract, ContractError, Document, Inventory, Note, NoteKind, Operation, SchemeUse, SecurityScheme, pointer,
    statuses,
};

use crate::bindings::HostTypes;

/// The source text of the table, one row per operation, as an expression.
///
/// `successes` has the success type of each operation.
pub(super) fn table(
    document: &Document,
    inventory: &Inventory,
    successes: &BTreeMap<String, Type>,
    host: &HostTypes,
) -> Result<String, ContractError> {
    let key = secret_key(document, inventory, host)?;
    let row: TokenStream = host.operation.parse().unwrap_or_default();
    let flaw: TokenStream = host.decode_error.parse().unwrap_or_default();
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
        let flaw = match successes.get(&pascal(id)) {
            Some(success) => quote!(::std::option::Option::Some(#flaw::of::<#success>)),
            None => quote!(::std::option::Option::None),
        };
        quote!(#row {
            id: #id, name: #name, method: #method, path: #path, secured: #secured, statuses: &[#(#statuses),*], flaw: #flaw
        })
    });
    Ok(quote!(&[#(#rows),*]).to_string())
}

/// The success type of each operation, by the name of its builder; none if it is empty or a stream.
pub(super) fn successes(client: &[Item]) -> BTreeMap<String, Type> {
    let modules =
        client.iter().filter_map(|item| if let Item::Mod(module) = item { module.content.as_ref() } else { None });
    let items = modules.flat_map(|(_, items)| items);
    let impls = items.filter_map(|item| if let Item::Impl(item) = item { Some(item) } else { None });
    impls.filter_map(|item| Some((named(&item.self_ty)?.ident.to_string(), success(item)?))).collect()
}

/// The type that the `send` method of a builder returns, if it is decoded.
fn success(builder: &ItemImpl) -> Option<Type> {
    let send = builder.items.iter().find_map(|member| match member {
        ImplItem::Fn(method) if method.sig.ident == "send" => Some(&method.sig.output),
        _ => None,
    })?;
    let ReturnType::Type(_, result) = send else { return None };
    let value = inside(inside(result)?)?;
    let is_decoded = match value {
        Type::Tuple(tuple) => !tuple.elems.is_empty(),
        _ => named(value).is_some_and(|name| !matches!(name.ident.to_string().as_str(), "ByteStream" | "Upgraded")),
    };
    is_decoded.then(|| value.clone())
}

/// The first generic argument of a type.
fn inside(kind: &Type) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &named(kind)?.arguments else { return None };
    arguments
        .args
        .iter()
        .find_map(|argument| if let GenericArgument::Type(kind) = argument { Some(kind) } else { None })
}

fn named(kind: &Type) -> Option<&PathSegment> {
    if let Type::Path(path) = kind { path.path.segments.last() } else { None }
}

/// Progenitor's name for an operation: its id in snake case, with an underscore after keywords.
pub(super) fn method_name(id: &str) -> String {
    let name = snake(id);
    if syn::parse_str::<syn::Ident>(&name).is_ok() { name } else { format!("{name}_") }
}

/// Whether an operation can be called with the credentials of a scheme.
fn takes(operation: &Operation, scheme: &str) -> bool {
    operation.security.iter().flatten().any(|needed| needed.name == scheme)
}

/// What an operation requires besides the secret key, which the client does not send: the schemes, and the headers that
/// a transport could send for them. `None` if the key is enough.
fn beside_key<'i>(inventory: &'i Inventory, operation: &'i Operation, key: &str) -> Option<(Vec<&'i SchemeUse>, bool)> {
    let with_key =
        operation.security.iter().filter(|all| all.is_empty() || all.iter().any(|needed| needed.name == key));
    let beside = with_key.map(|all| -> Vec<_> { all.iter().filter(|needed| needed.name != key).collect() });
    let is_sent = |needed: &&SchemeUse| inventory.security_schemes.get(&needed.name).and_then(header).is_some();
    let beside = beside.map(|all| (all.iter().all(is_sent), all)).min_by_key(|(sent, all)| (!sent, all.len()));
    beside.filter(|(_, all)| !all.is_empty()).map(|(sent, all)| (all, sent))
}

/// The header that a transport could send for a scheme; the secret key has its own header.
fn header(scheme: &SecurityScheme) -> Option<&str> {
    match (scheme.kind.as_str(), scheme.location.as_deref()?) {
        ("apiKey", "header") => scheme.name.as_deref().filter(|name| !name.eq_ignore_ascii_case("authorization")),
        ("apiKey", "cookie") => Some("Cookie"),
        _ => None,
    }
}

/// Notes what operations require besides the secret key: the client sends only the key.
pub(crate) fn unsent(contract: &Contract, inventory: &Inventory, host: &HostTypes) -> Vec<Note> {
    let document = contract.document();
    let Ok(Some(key)) = secret_key(document, inventory, host) else { return Vec::new() };
    let mut notes: Vec<Note> = Vec::new();
    for (at, path, method, node) in operations(document.value()) {
        let id = name(path, method, node);
        let operation = inventory.operation(&id).filter(|operation| takes(operation, key));
        let Some((beside, _)) = operation.and_then(|operation| beside_key(inventory, operation, key)) else { continue };
        let at = if node.get("security").is_some() { pointer::join(&at, "security") } else { "/security".to_owned() };
        let headers = listed(beside.iter().filter_map(|needed| header(inventory.security_schemes.get(&needed.name)?)));
        let remedy = if headers.is_empty() { headers } else { format!("; a custom transport can send {headers}") };
        let beside = listed(beside.iter().map(|needed| needed.name.as_str()));
        let message = format!("`{key}` is sent without {beside}, although the document requires both{remedy}");
        let mut note = Note::new(NoteKind::Omitted, at, message);
        let known = notes.iter_mut().find(|known| (&known.pointer, &known.message) == (&note.pointer, &note.message));
        match known {
            Some(known) => known.operations = known.operations.iter().cloned().chain([id]).collect(),
            None => {
                note.operations = [id].into();
                notes.push(note);
            }
        }
    }
    notes
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

/// The security scheme of the secret key: that of the operations that are known to take it.
///
/// A document may have other schemes, for a publishable key or a token of the widget, and some of them may be bearer
/// tokens too. The secret key must not be sent where one of those is required.
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
    let bearers = |alternatives: &[&'i Vec<SchemeUse>]| -> BTreeSet<&'i str> {
        let names = alternatives.iter().copied().flatten().map(|needed| needed.name.as_str());
        names.filter(|name| is_bearer(name)).collect()
    };
    // A token that is required by itself, or else one that is required together with others.
    let (alone, together): (Vec<_>, Vec<_>) = first.security.iter().partition(|alternative| alternative.len() == 1);
    let found = Some(bearers(&alone)).filter(|alone| !alone.is_empty()).unwrap_or_else(|| bearers(&together));
    let Some(key) = found.first().filter(|_| found.len() == 1).copied() else {
        let asked = if found.is_empty() { "none".to_owned() } else { listed(found.into_iter()) };
        return refuse(
            format!("`{}` must require exactly one bearer token, the secret key, but requires {asked}", first.id),
            "give it one security scheme with `type: http` and `scheme: bearer`",
        );
    };
    if let Some(other) = keyed().find(|operation| !takes(operation, key)) {
        return refuse(
            format!("`{}` does not require `{key}`, the secret key of `{}`", other.id, first.id),
            "use the same security scheme for both",
        );
    }
    for operation in keyed() {
        if let Some((beside, false)) = beside_key(inventory, operation, key) {
            let beside = listed(beside.iter().map(|needed| needed.name.as_str()));
            let message = format!(
                "`{}` requires {beside} together with `{key}`, the secret key, but {beside} cannot be sent in a separate header",
                operation.id
            );
            return refuse(message, "require the bearer token alone, or with API keys in headers");
        }
    }
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use zerogate_contract::Contract;

    use super::*;

    const HOST: HostTypes = HostTypes { keyed: &["cancelSession", "retrieveSession"], ..HostTypes::EXAMPLE };

    fn document(cancel: &str, retrieve: &str, other: &str) -> Document {
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
    seat: {{type: apiKey, in: cookie, name: seat}}
    url: {{type: apiKey, in: query, name: key}}
    person: {{type: http, scheme: basic}}
"
        );
        Document::parse("gate.yaml", &text).unwrap()
    }

    fn rows(cancel: &str, retrieve: &str, other: &str) -> Result<String, ContractError> {
        let contract = Contract::of(document(cancel, retrieve, other));
        table(contract.document(), &Inventory::of(&contract), &BTreeMap::new(), &HOST)
    }

    fn is_secured(other: &str) -> bool {
        let table = rows("[{secret: []}]", "[{secret: []}]", other).unwrap();
        let row = table.split("Operation").find(|row| row.contains("\"move\"")).unwrap().to_owned();
        row.contains("secured : true")
    }

    #[test]
    fn the_key_is_sent_only_where_its_own_scheme_is_required() {
        assert!(is_secured("[{secret: []}]"));
        assert!(is_secured("[{embed: []}, {secret: []}]"));
        assert!(is_secured("[{embed: [], secret: []}]"));
        assert!(is_secured("[{secret: [sessions]}]"));
        assert!(!is_secured("[{publishable: []}]"));
        assert!(!is_secured("[{embed: []}]"));
        assert!(!is_secured("[]"));
    }

    #[test]
    fn a_key_with_roles_is_recognised() {
        let table = rows("[{secret: [a]}, {secret: [b]}]", "[{secret: [sessions]}]", "[]").unwrap();
        assert_eq!(table.matches("secured : true").count(), 2, "{table}");
    }

    #[test]
    fn a_choice_of_two_bearer_tokens_is_rejected() {
        let error = rows("[{secret: []}, {publishable: []}]", "[{secret: []}]", "[]").unwrap_err();
        assert!(error.to_string().contains("requires `publishable` and `secret`"), "{error}");
    }

    #[test]
    fn requirements_besides_the_key_are_left_to_a_transport_or_rejected() {
        let document = |cancel: &str, retrieve: &str| document(cancel, retrieve, "[]");
        let told = |cancel: &str, retrieve: &str| {
            let contract = Contract::of(document(cancel, retrieve));
            let inventory = Inventory::of(&contract);
            let refused =
                table(contract.document(), &inventory, &BTreeMap::new(), &HOST).map_err(|error| error.to_string());
            let notes = unsent(&contract, &inventory, &HOST);
            (refused.err(), notes.into_iter().map(|note| (note.operations.to_vec(), note.message)).collect::<Vec<_>>())
        };
        let key = "[{secret: []}]";
        for enough in [
            key,
            "[{secret: []}, {embed: []}]",
            "[{embed: []}, {secret: []}]",
            "[{secret: [], embed: []}, {secret: []}]",
            "[{secret: [], embed: []}, {}]",
            "[{secret: []}, {secret: [], publishable: []}]",
        ] {
            assert_eq!(told(enough, key), (None, Vec::new()), "{enough}");
        }
        let (cancel, both) = (["cancelSession"], ["cancelSession", "retrieveSession"]);
        for (security, retrieve, operations, beside) in [
            ("[{secret: [], embed: []}]", key, &cancel[..], "`secret` is sent without `embed`, although"),
            (
                "[{secret: [], embed: [], seat: []}]",
                key,
                &cancel[..],
                "`secret` is sent without `embed` and `seat`, although",
            ),
            (
                "[{secret: [], embed: [], url: []}, {secret: [], seat: []}]",
                key,
                &cancel[..],
                "`secret` is sent without `seat`, although",
            ),
            ("&a [{secret: [], embed: []}]", "*a", &both[..], "`secret` is sent without `embed`, although"),
        ] {
            let (refused, notes) = told(security, retrieve);
            assert_eq!(refused, None, "{security}");
            let ids: Vec<&str> = notes.iter().flat_map(|(ids, _)| ids).map(String::as_str).collect();
            assert_eq!(ids, operations, "{security}");
            assert!(notes.iter().all(|(_, message)| message.starts_with(beside)), "{notes:?}");
        }
        for hopeless in ["[{secret: [], url: []}]", "[{secret: [], person: []}]", "[{secret: [], embed: [], url: []}]"]
        {
            let refused = told(hopeless, key).0.unwrap_or_default();
            assert!(refused.contains("together with `secret`, the secret key, but"), "{refused}");
        }
        let refused = told("[{secret: [], publishable: []}]", key).0.unwrap_or_default();
        assert!(refused.contains("requires `publishable` and `secret`"), "{refused}");
        let refused = told("[{embed: []}]", key).0.unwrap_or_default();
        assert!(refused.contains("but requires none"), "{refused}");
    }

    #[test]
    fn operations_that_require_different_keys_are_rejected() {
        let error = rows("[{secret: []}]", "[{publishable: []}]", "[]").unwrap_err();
        assert!(error.to_string().contains("`retrieveSession` does not require `secret`"), "{error}");
    }

    #[test]
    fn the_documented_statuses_are_listed() {
        let document = "paths: {/a: {post: {operationId: move, responses: {'201': {}, 5xx: {}, default: {}}}}}";
        let contract = Contract::of(Document::parse("gate.yaml", document).unwrap());
        let table = table(contract.document(), &Inventory::of(&contract), &BTreeMap::new(), &HOST).unwrap();
        assert!(table.contains("statuses : & [(201u16 , 201u16) , (500u16 , 599u16) , (0u16 , 65535u16)]"), "{table}");
    }

    #[test]
    fn keywords_get_progenitors_names() {
        let table = rows("[{secret: []}]", "[{secret: []}]", "[]").unwrap();
        assert!(table.contains("name : \"move_\""), "{table}");
    }
}

//! The last line of defence: what the generator fails on must remove one operation, not the client.
//!
//! The check knows the generator's limits, so unsupported constructs normally do not get here. If one does, the
//! operations are tried one by one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zerogate_contract::names::{pascal, snake};
use zerogate_contract::reach::{References, name, operations, owner};
use zerogate_contract::walk::walk;
use zerogate_contract::{Document, part, pointer};

use super::conversions::{Code, Wanted};
use super::generator;
use super::sound::Fault;
use crate::bindings::HostTypes;
use crate::fit::Skipped;

/// Generates as much of a document as possible, and returns the operations that fail.
pub(super) fn code(
    document: &Document,
    lowered: &Value,
    host: &HostTypes,
    wanted: Wanted,
) -> Result<(Code, Vec<Skipped>), String> {
    let whole = match generator::code(lowered, host, wanted) {
        Ok(code) => return Ok((code, Vec::new())),
        Err(message) => message,
    };
    let all = document.with_value(lowered.clone());
    let reach = References::of(&all);
    let only = |kept: &BTreeSet<&str>| part(all.value(), kept, &reach.from(kept.iter().copied()));
    let mut kept: BTreeSet<&str> = BTreeSet::new();
    let mut skipped = Vec::new();
    let operations: Vec<_> = operations(all.value()).collect();
    for (at, path, method, operation) in &operations {
        match generator::code(&only(&BTreeSet::from([at.as_str()])), host, wanted) {
            Ok(_) => {
                kept.insert(at);
            }
            Err(message) => {
                let help = "remove the construct, or simplify it";
                let problem = document.problem(at, format!("the generator fails on it: {message}"), help);
                skipped.push(Skipped { operation: name(path, *method, operation), problem });
            }
        }
    }
    if kept.is_empty() {
        return Err(whole);
    }
    generator::code(&only(&kept), host, wanted).map(|code| (code, skipped))
}

/// A document without the causes of some faults, and the operations that are lost; `None` if no cause is known.
pub(super) fn without(document: &Document, lowered: &Value, faults: &[Fault]) -> Option<(Value, Vec<Skipped>)> {
    let all = document.with_value(lowered.clone());
    let reach = References::of(&all);
    let origins = Origins::of(&all);
    let mut rest = lowered.clone();
    let mut skipped = Vec::new();
    let mut gone = BTreeSet::new();
    for fault in faults {
        let Some(origin) = origins.of_item(&fault.item) else { continue };
        let help = "remove the construct, or simplify it";
        let problem = document.problem(origin, format!("the code would not compile: {}", fault.message), help);
        for node in reach.towards([origin]) {
            let Some((within, key)) = node.rsplit_once('/').filter(|_| gone.insert(node.clone())) else { continue };
            let key = pointer::tokens(&format!("/{key}")).next().map(|key| key.into_owned()).unwrap_or_default();
            rest.pointer_mut(within).and_then(Value::as_object_mut).and_then(|within| within.remove(&key));
        }
        let lost = operations(all.value()).filter(|(at, ..)| reach.towards([origin]).contains(at));
        for (_, path, method, operation) in lost {
            let operation = name(path, method, operation);
            if !skipped.iter().any(|skipped: &Skipped| skipped.operation == operation) {
                skipped.push(Skipped { operation, problem: problem.clone() });
            }
        }
    }
    (!gone.is_empty()).then_some((rest, skipped))
}

/// The nodes of a document that items of the generated code come from.
struct Origins {
    /// By the names of types and methods.
    of: BTreeMap<String, String>,
}

impl Origins {
    fn of(document: &Document) -> Self {
        let mut of = BTreeMap::new();
        walk(document.value(), &mut |_, at, value| {
            if let (Some(title), Some(owner)) = (value.get("title").and_then(Value::as_str), owner(at)) {
                of.insert(pascal(title), owner.to_owned());
            }
        });
        for (at, path, method, operation) in operations(document.value()) {
            let id = name(path, method, operation);
            of.insert(snake(&id), at.clone());
            of.insert(pascal(&id), at);
        }
        let schemas = document.value().pointer(pointer::SCHEMAS).and_then(Value::as_object);
        for name in schemas.into_iter().flat_map(|schemas| schemas.keys()) {
            of.insert(pascal(name), pointer::of_schema(name));
        }
        Self { of }
    }

    /// Finds an item by its name, or by a prefix of it: an inner type is named after its parent.
    fn of_item(&self, item: &str) -> Option<&str> {
        let around = || {
            let ends = item.char_indices().rev().map(|(end, _)| end);
            ends.filter_map(|end| item.get(..end)).find_map(|name| self.of.get(name))
        };
        self.of.get(item).or_else(around).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use serde_json::json;
    use zerogate_contract::Contract;

    use super::*;
    use crate::lower::{Lowered, lower};

    const HOST: &HostTypes = &HostTypes::EXAMPLE;

    /// Two operations; the second has a construct that the check would have removed.
    fn document() -> (Document, Lowered) {
        let text = "
openapi: 3.0.3
info: {title: Gate, version: '1'}
paths:
  /a: {get: {operationId: a, responses: {200: {description: A}}}}
  /b: {get: {operationId: b, responses: {200: {description: B}}}}
";
        let contract = Contract::of(Document::parse("gate.yaml", text).unwrap());
        let mut lowered = lower(&contract).unwrap();
        // The generator panics on an object in place of a plain value.
        lowered.value["paths"]["/b"]["get"]["parameters"] = json!([{ "name": "q", "in": "query", "schema": { "type": "object", "properties": { "x": { "type": "string" } } } }]);
        (contract.document().clone(), lowered)
    }

    #[test]
    fn a_generator_failure_removes_only_its_operation() {
        let (document, lowered) = document();
        assert!(
            generator::code(&lowered.value, HOST, Wanted::Text).is_err(),
            "the generator supports this now: use another construct"
        );
        let (code, skipped) = code(&document, &lowered.value, HOST, Wanted::Text).unwrap();
        let skipped: Vec<String> =
            skipped.iter().map(|skipped| format!("{}: {}", skipped.operation, skipped.problem.pointer)).collect();
        assert_eq!(skipped, ["b: /paths/~1b/get"]);
        let source: String = code.items.iter().map(|item| item.to_token_stream().to_string()).collect();
        assert!(source.contains("pub fn a (") && !source.contains("pub fn b ("), "{source}");
    }

    #[test]
    fn a_fault_removes_only_the_users_of_the_item() {
        let text = "
openapi: 3.0.3
info: {title: Gate, version: '1'}
paths:
  /a: {get: {operationId: a, responses: {200: {description: A}}}}
  /b: {get: {operationId: b, responses: {200: {description: B, content: {application/json: {schema: {$ref: '#/components/schemas/Page'}}}}}}}
components: {schemas: {Page: {type: object, properties: {items: {type: array, items: {$ref: '#/components/schemas/Thing'}}}}, Thing: {type: object}}}
";
        let document = Document::parse("gate.yaml", text).unwrap();
        let fault = |item: &str| Fault { item: item.to_owned(), message: "it is odd".to_owned() };
        // A type inside `Thing` is named after it.
        let (rest, skipped) = without(&document, document.value(), &[fault("ThingKind")]).unwrap();
        assert!(rest.pointer("/paths/~1a/get").is_some() && rest.pointer("/paths/~1b/get").is_none());
        assert_eq!(rest["components"]["schemas"], json!({}));
        let [skipped] = skipped.as_slice() else { panic!("{skipped:?}") };
        assert_eq!((skipped.operation.as_str(), skipped.problem.pointer.as_str()), ("b", "/components/schemas/Thing"));
        assert_eq!(without(&document, document.value(), &[fault("Client")]), None);
    }
}

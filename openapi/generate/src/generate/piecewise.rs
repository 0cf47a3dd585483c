//! The last line of defence: what the generator fails on must cost one operation, and not the client.
//!
//! The check knows the generator's limits, and what is beyond them does not come this far. If something does, the
//! operations are tried one by one.

use std::collections::BTreeSet;

use zerogate_contract::reach::{References, name, operations};
use zerogate_contract::{Document, part};

use super::generator;
use crate::bindings::HostTypes;
use crate::fit::Skipped;
use crate::lower::Lowered;

/// What the generator makes of as much of a document as it can, and the operations it cannot.
pub(super) fn file(
    document: &Document,
    lowered: &Lowered,
    host: &HostTypes,
) -> Result<(syn::File, Vec<Skipped>), String> {
    let whole = match generator::file(&lowered.value, host) {
        Ok(file) => return Ok((file, Vec::new())),
        Err(message) => message,
    };
    let all = document.with_value(lowered.value.clone());
    let reach = References::of(&all);
    let only = |kept: &BTreeSet<&str>| part(all.value(), kept, &reach.from(kept.iter().copied()));
    let mut kept: BTreeSet<&str> = BTreeSet::new();
    let mut skipped = Vec::new();
    let operations: Vec<_> = operations(all.value()).collect();
    for (at, path, method, operation) in &operations {
        match generator::file(&only(&BTreeSet::from([at.as_str()])), host) {
            Ok(_) => {
                kept.insert(at);
            }
            Err(message) => {
                let help = "take the construct out, or express it in a simpler way";
                let problem = document.problem(at, format!("the generator fails on it: {message}"), help);
                skipped.push(Skipped { operation: name(path, *method, operation), problem });
            }
        }
    }
    if kept.is_empty() {
        return Err(whole);
    }
    generator::file(&only(&kept), host).map(|file| (file, skipped))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use zerogate_contract::Contract;

    use super::*;
    use crate::lower::lower;

    const HOST: &HostTypes = &HostTypes::EXAMPLE;

    /// Two operations, of which the second has what the check would have taken out.
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
        // The generator panics on an object where a plain value has to stand.
        lowered.value["paths"]["/b"]["get"]["parameters"] = json!([{ "name": "q", "in": "query", "schema": { "type": "object", "properties": { "x": { "type": "string" } } } }]);
        (contract.document().clone(), lowered)
    }

    #[test]
    fn what_the_generator_fails_on_costs_its_operation_only() {
        let (document, lowered) = document();
        assert!(
            generator::file(&lowered.value, HOST).is_err(),
            "the generator can do it by now: take another construct"
        );
        let (file, skipped) = file(&document, &lowered, HOST).unwrap();
        let skipped: Vec<String> =
            skipped.iter().map(|skipped| format!("{}: {}", skipped.operation, skipped.problem.pointer)).collect();
        assert_eq!(skipped, ["b: /paths/~1b/get"]);
        let source = prettyplease::unparse(&file);
        assert!(source.contains("pub fn a(") && !source.contains("pub fn b("), "{source}");
    }
}

//! The verdicts of the comparison, one table per area.

mod alternatives;
mod announced;
mod bounded;
mod composed;
mod context;
mod dependents;
mod excluded;
mod identity;
mod implied;
mod joined;
mod kinds;
mod latest;
mod leftover;
mod listed;
mod meaning;
mod measured;
mod messages;
mod moved;
mod narrowing;
mod overlapping;
mod provided;
mod quoted;
mod references;
mod rest;
mod server_requests;
mod servers;
mod text_places;
mod undescribed;
mod verdicts;

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_drift::{Drift, reason};

/// A contract with one operation that receives and returns the schemas.
pub(super) fn contract(version: &str, request: &Value, response: &Value, schemas: &Value) -> Document {
    let contract = json!({
        "openapi": version,
        "info": {"title": "T", "version": "1"},
        "paths": {"/things": {"post": {
            "operationId": "makeThing",
            "requestBody": {"required": true, "content": {"application/json": {"schema": request}}},
            "responses": {"200": {"description": "Made.", "content": {"application/json": {"schema": response}}}},
        }}},
        "components": {"schemas": schemas},
    });
    Document::parse("contract.json", &contract.to_string()).unwrap()
}

/// A schema with further keywords.
pub(super) fn with(mut schema: Value, more: Value) -> Value {
    schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    schema
}

/// The changes as `id wire source` lines.
pub(super) fn told(drift: &Drift) -> Vec<String> {
    drift.changes.iter().map(|change| format!("{} {} {}", change.id, change.wire, change.source)).collect()
}

/// The changes on the wire as `id wire` lines, without changes of texts.
pub(super) fn wires(drift: &Drift) -> Vec<String> {
    let told = drift.changes.iter().filter(|change| !change.doc_only);
    told.map(|change| format!("{} {}", change.id, change.wire)).collect()
}

/// A schema that changes, and the changes reported where it is sent and where it is received, without places.
pub(super) type Case<'w> = (&'static str, Value, Value, &'w str, &'w str);

/// Compares the schema of a property in both directions, from old to new, in OpenAPI 3.1.
pub(super) fn judge(cases: Vec<Case<'_>>) {
    let object = |property: &Value| json!({"type": "object", "properties": {"p": property}});
    let other = json!({"type": "string"});
    for (name, old, new, request, response) in cases {
        for (direction, wanted) in [("request", request), ("response", response)] {
            let contract = |property: &Value| match direction {
                "request" => contract("3.1.0", &object(property), &other, &json!({})),
                _ => contract("3.1.0", &other, &object(property), &json!({})),
            };
            let told = wires(&reason(&contract(&old), &contract(&new)));
            let mut told: Vec<String> =
                told.iter().map(|it| it.replace(&format!("{direction}-property-"), "")).collect();
            told.sort();
            let mut wanted: Vec<&str> = wanted.split(", ").filter(|it| !it.is_empty()).collect();
            wanted.sort_unstable();
            assert_eq!(told, wanted, "{name}, in a {direction}");
        }
    }
}

pub(super) fn compare(old: &Document, new: &Document) -> Vec<String> {
    told(&reason(old, new))
}

/// The effect on requests that match a schema.
pub(super) fn in_requests(versions: [&str; 2], old: &Value, new: &Value) -> &'static str {
    in_requests_of(versions, (old, &json!({})), (new, &json!({})))
}

/// The effect on requests that match a schema beside others.
pub(super) fn in_requests_of(versions: [&str; 2], old: (&Value, &Value), new: (&Value, &Value)) -> &'static str {
    let other = json!({"type": "boolean"});
    let [old, new] = [(versions[0], old), (versions[1], new)]
        .map(|(version, (schema, schemas))| contract(version, schema, &other, schemas));
    reason(&old, &new).overall().wire.name()
}

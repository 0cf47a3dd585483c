//! The verdicts of the comparison, one table for each area.

mod meaning;
mod verdicts;

use serde_json::{Value, json};
use zerogate_contract::Document;

use super::{Drift, diff};

/// A contract with one operation that takes and gives the schemas.
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

/// What changed, as `id wire source` lines.
pub(super) fn told(drift: &Drift) -> Vec<String> {
    drift.changes.iter().map(|change| format!("{} {} {}", change.id, change.wire, change.source)).collect()
}

pub(super) fn compare(old: &Document, new: &Document) -> Vec<String> {
    told(&diff(old, new))
}

//! The JSON Schemas of the types, for the conformance suite, which compares them with the contract.

use schemars::{Schema, schema_for};

use crate::types;

/// Returns the schemas of request and response types, by their names in the contract.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("Error", schema_for!(types::Error)),
        ("GateSession", schema_for!(types::GateSession)),
        #[cfg(known_surface)]
        ("CreateSessionRequest", schema_for!(types::CreateSessionRequest)),
        #[cfg(known_surface)]
        ("CreatedGateSession", schema_for!(types::CreatedGateSession)),
        #[cfg(known_surface)]
        ("GateSessionList", schema_for!(types::GateSessionList)),
    ]
}

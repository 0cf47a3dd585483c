//! The schemas of the types, for the conformance suite, which holds them against the contract.

use schemars::{Schema, schema_for};

use crate::types;

/// The schemas of the types that responses and requests are, by the names that the contract gives them.
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

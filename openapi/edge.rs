//! What the code generated from the contract is to expect of this package. The other way round it is
//! `zerogate_contract::BINDINGS`.
//!
//! Included by the build script, and by the tests that do what it does.

use zerogate_contract::generate::Edge;

/// The hand-written types that stand where the contract has a plain string, and what the generated client carries.
pub(crate) const EDGE: Edge = Edge {
    types: "crate::generated::types",
    inner: "crate::hooks::Call",
    timestamp: "crate::Timestamp",
    session_id: "crate::SessionId",
    client_secret: "crate::ClientSecret",
    operation: "crate::operation::Operation",
    keyed: &["cancelSession", "retrieveSession"],
};

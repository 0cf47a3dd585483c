//! What generated code expects of the crate `zerogate`. The other way round it is [`BINDINGS`](super::BINDINGS).

use crate::generate::Edge;

/// The hand-written types that stand where the contract has a plain string, and what the generated client carries.
pub const EDGE: Edge = Edge {
    types: "crate::types",
    inner: "crate::call::Call",
    timestamp: "crate::Timestamp",
    session_id: "crate::SessionId",
    client_secret: "crate::ClientSecret",
    operation: "crate::operation::Operation",
    keyed: &["cancelSession", "retrieveSession"],
};

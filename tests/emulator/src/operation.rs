//! The four operations, by the names of their contract.

use serde::{Deserialize, Serialize};

/// An operation of the gate-sessions API, by its operation id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// `POST /v1/gate_sessions/{id}/cancel`
    CancelSession,
    /// `GET /v1/gate_sessions/{id}`
    RetrieveSession,
    /// `POST /v1/gate_sessions`
    CreateSession,
    /// `GET /v1/gate_sessions`
    ListSessions,
}

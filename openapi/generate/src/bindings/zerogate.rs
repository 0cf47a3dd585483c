//! What the crate `zerogate` needs of a contract, and what code generated from one finds in it.

use super::host_types::HostTypes;
use super::requirement::{RequiredField, RequiredSchema, Requirement};

/// What the hand-written code of the crate `zerogate` names of what is generated from a contract.
///
/// The other operations are reached through the generated client alone, so that nothing is asked of them.
pub const BINDINGS: &[Requirement] = &[
    Requirement::operation("cancelSession", "POST")
        .at("/gate_sessions/{id}/cancel")
        .needed_by("the client's `cancel_session()`")
        .secured()
        .parameters(&[("path", "id")])
        .success(201, GATE_SESSION)
        .errors(&["401", "404", "409", "429", "5XX"], ENVELOPE),
    Requirement::operation("retrieveSession", "GET")
        .at("/gate_sessions/{id}")
        .needed_by("the client's `retrieve_session()`")
        .secured()
        .parameters(&[("path", "id")])
        .success(200, GATE_SESSION)
        .errors(&["401", "404", "429", "5XX"], ENVELOPE),
];

/// A 201 is believed only if these three say the same.
const GATE_SESSION: RequiredSchema = RequiredSchema::new(
    "GateSession",
    &[
        RequiredField::always("id", "string"),
        RequiredField::always("object", "string"),
        RequiredField::always("status", "string"),
    ],
);

/// Where the header is missing, the request id is read here.
const ENVELOPE: RequiredSchema = RequiredSchema::new("Error", &[RequiredField::always("request_id", "string")]);

/// The hand-written types that stand where the contract has a plain string, and what the generated client carries.
pub const HOST_TYPES: HostTypes = HostTypes {
    types: "crate::types",
    inner: "crate::client::call::Call",
    timestamp: "crate::Timestamp",
    session_id: "crate::SessionId",
    client_secret: "crate::ClientSecret",
    operation: "crate::client::operation::Operation",
    decode_error: "crate::client::decode::DecodeError",
    keyed: &["cancelSession", "retrieveSession"],
};

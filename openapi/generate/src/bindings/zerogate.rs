//! What the crate `zerogate` needs of a contract, and what it provides to generated code.

use super::host_types::HostTypes;
use super::requirement::{RequiredField, RequiredSchema, Requirement};

/// The requirements of the hand-written code of the crate `zerogate`.
///
/// The other operations are only available from the generated client, so there are no requirements on them.
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

/// A 201 counts as success only if these three fields agree.
const GATE_SESSION: RequiredSchema = RequiredSchema::new(
    "GateSession",
    &[
        RequiredField::always("id", "string"),
        RequiredField::always("object", "string"),
        RequiredField::always("status", "string"),
    ],
);

/// Without the header, the request id is read from here.
const ENVELOPE: RequiredSchema = RequiredSchema::new("Error", &[RequiredField::always("request_id", "string")]);

/// The hand-written types that replace plain strings of the contract, and the data that the generated client carries.
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

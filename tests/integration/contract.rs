//! The contract and the code generated from it: any change of either shows here.

use zerogate::{Envelope, GateSession};
use zerogate_contract::reach::operations;
use zerogate_contract::{Contract, Document, Inventory};
use zerogate_generate::{Generated, HOST_TYPES, Line, generate, lower};

use crate::examples::{CONFLICT, SESSION};
use crate::snapshot::with_settings;

fn document() -> Document {
    Document::parse("openapi/gate-v1.yaml", zerogate::CONTRACT).unwrap()
}

/// The accepted contract, word for word. If a test below fails, the contract is compared with it.
#[test]
fn the_contract_is_the_one_that_was_accepted() {
    with_settings("openapi/gate-v1.yaml as last accepted; the verdict on its changes is below", || {
        insta::assert_snapshot!("accepted-contract", zerogate::CONTRACT);
    });
}

#[test]
fn what_the_contract_says_is_unchanged() {
    with_settings(
        "The contract, one fact per line: marked lines were added to openapi/gate-v1.yaml or removed from it",
        || {
            insta::assert_snapshot!("contract", Inventory::of(&Contract::of(document())));
        },
    );
}

#[test]
fn what_is_generated_from_the_contract_is_unchanged() {
    with_settings("The public items of the generated code: a removed or changed line breaks code that uses it", || {
        insta::assert_snapshot!("generated-surface", include_str!(concat!(env!("OUT_DIR"), "/surface.txt")));
    });
}

#[test]
fn the_references_example_session_survives_the_generated_types() {
    let sent: serde_json::Value = serde_json::from_str(SESSION).unwrap();
    let session: GateSession = serde_json::from_str(SESSION).unwrap();
    assert_eq!(serde_json::to_value(&session).unwrap(), sent);
    #[cfg(known_surface)]
    assert_eq!(session.expires_at.as_str(), "2026-05-27T12:00:00.000Z");
}

#[test]
fn the_references_example_error_survives_the_generated_types() {
    let sent: serde_json::Value = serde_json::from_str(CONFLICT).unwrap();
    let envelope: Envelope = serde_json::from_str(CONFLICT).unwrap();
    assert_eq!(serde_json::to_value(&envelope).unwrap(), sent);
}

/// Only if the contract has them: a vendor's contract may have others, or none.
#[test]
fn the_contracts_examples_are_those_of_the_reference() {
    let document = document();
    let operations = operations(document.value());
    let cancel = operations.map(|(.., node)| node).find(|node| node["operationId"] == "cancelSession").unwrap();
    for (status, expected) in [("201", SESSION), ("409", CONFLICT)] {
        let response = cancel["responses"].get(status).and_then(|response| document.resolve(response));
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        if let Some(example) = response.and_then(|response| response.pointer("/content/application~1json/example")) {
            assert_eq!(*example, expected, "{status}");
        }
    }
}

/// The output of a build, from the text of a contract.
fn client(text: &str) -> Generated {
    let contract = Contract::of(Document::parse("gate-v1.yaml", text).unwrap());
    generate(&contract, &Inventory::of(&contract), &lower(&contract).unwrap(), &HOST_TYPES).unwrap()
}

#[test]
fn the_same_contract_in_3_1_is_the_same_client() {
    let old = client(include_str!("../../openapi/generate/tests/intake/gate-3.0.yaml"));
    let new = client(include_str!("../../openapi/generate/tests/intake/gate-3.1.yaml"));
    // Line by line: two whole clients are too much to print.
    let differing = [
        (old.types.lines(), new.types.lines()),
        (old.client.lines(), new.client.lines()),
        (old.operations.lines(), new.operations.lines()),
    ];
    for (old, new) in differing {
        assert_eq!(old.clone().count(), new.clone().count());
        assert_eq!(old.zip(new).find(|(old, new)| old != new), None);
    }
    assert_eq!(old.surface.lost_in(&new.surface), [] as [&Line; 0]);
    assert_eq!(old, new);
}

//! The rules that an edit of the contract affects, from the text of the contract to the ids of the rules.

use zerogate_conformance::Comparison;
use zerogate_contract::Document;

/// The rules affected by replacing a text that occurs once in the contract.
fn moved(from: &str, to: &str) -> Vec<&'static str> {
    assert_eq!(crate::CONTRACT.matches(from).count(), 1, "{from}");
    let old = Document::parse("old.yaml", crate::CONTRACT).unwrap();
    let new = Document::parse("new.yaml", &crate::CONTRACT.replace(from, to)).unwrap();
    let comparison = Comparison::of(&old, &new);
    assert!(!comparison.changes.is_empty(), "{from}");
    comparison.suite().into_iter().collect()
}

fn all() -> usize {
    zerogate_conformance::rules().count()
}

#[test]
fn a_removed_status() {
    let conflict = "        \"409\":\n          $ref: \"#/components/responses/Conflict\"\n";
    let rules = moved(conflict, "");
    let (others, of_errors): (Vec<_>, Vec<_>) = rules.into_iter().partition(|rule| !rule.starts_with("error-"));
    assert_eq!(
        others,
        [
            "cancel-cancelled-conflicts",
            "cancel-completed-conflicts",
            "cancel-expired-conflicts",
            "cancel-parallel",
            "cancel-second-conflicts",
        ]
    );
    // The rules on 429 do not rely on 409.
    assert_eq!(of_errors.len(), zerogate_conformance::rules().filter(|it| it.id.starts_with("error-")).count() - 2);
}

#[test]
fn another_success_status() {
    let conflict = "        \"409\":\n          $ref: \"#/components/responses/Conflict\"\n";
    let rules = moved(conflict, &format!("        \"202\":\n          description: Later.\n{conflict}"));
    assert_eq!(rules, ["cancel-status-201"]);
}

#[test]
fn an_optional_header() {
    let of_errors = "it is what support asks for.\n      required: true";
    let rules = moved(of_errors, &of_errors.replace("true", "false"));
    assert_eq!(rules, ["error-request-id-header", "error-request-id-mirrored", "error-request-id-unique"]);
}

#[test]
fn a_field_of_the_error_envelope() {
    let rules = moved("        statusCode:\n          type: integer", "        statusCode:\n          type: string");
    assert_eq!(rules, ["error-envelope-fields", "error-status-code"]);
}

#[test]
fn a_new_value_of_the_status() {
    let rules =
        moved("enum: [open, completed, expired, cancelled]", "enum: [open, completed, expired, cancelled, paused]");
    assert!(rules.contains(&"cancel-marks-cancelled") && !rules.contains(&"cancel-id"), "{rules:?}");
}

#[test]
fn the_fields_of_a_list() {
    let flag = "        has_more:\n          type: boolean";
    assert_eq!(
        moved(flag, &flag.replace("boolean", "string")),
        ["list-foreign-hidden", "list-full-last-page", "list-limit", "list-matches-retrieve", "list-shape"]
    );
    let renamed = moved("operationId: listSessions", "operationId: allSessions");
    assert_eq!(renamed, Vec::<&str>::new(), "a name is nothing on the wire");
}

#[test]
fn other_credentials() {
    assert_eq!(moved("      scheme: bearer\n", "      scheme: basic\n").len(), all());
    let optional = moved("security:\n  - secretKey: []\n", "security:\n  - secretKey: []\n  - {}\n");
    assert_eq!(
        optional,
        [
            "cancel-altered-key",
            "cancel-key-elsewhere",
            "cancel-live-key",
            "cancel-malformed-key",
            "cancel-missing-key",
            "cancel-other-scheme",
            "cancel-publishable-key",
            "cancel-unauthorized-changes-nothing",
            "cancel-unauthorized-hides-existence",
            "cancel-unknown-key",
            "create-missing-key",
            "list-missing-key",
            "retrieve-missing-key",
            "retrieve-publishable-key",
        ]
    );
}

#[test]
fn an_operation_that_moves() {
    let rules = moved("  /gate_sessions/{id}/cancel:\n", "  /gate_sessions/{id}/void:\n");
    assert_eq!(rules, standing_on("cancelSession"));
    assert!(rules.len() < all() && !rules.contains(&"retrieve-fields-present"), "{rules:?}");
}

/// The rules that name this operation in `relies_on`.
fn standing_on(operation: &str) -> Vec<&'static str> {
    let stands = |rule: &&zerogate_conformance::Rule| rule.relies_on.iter().any(|part| part.operation() == operation);
    zerogate_conformance::rules().filter(stands).map(|rule| rule.id).collect()
}

#[test]
fn the_fields_of_a_creation() {
    let demanded = moved("required: [amount, currency, return_url]", "required: [amount, currency, return_url, flow]");
    assert!(demanded.contains(&"cancel-status-201") && !demanded.contains(&"cancel-unknown-session"), "{demanded:?}");
    let flow = "        flow:\n          type: string\n          enum: [on_ramp, off_ramp, swap]\n          \
                description: What the session is for.\n";
    assert_eq!(moved(flow, ""), Vec::<&str>::new(), "the suite does not send it");
}

#[test]
fn parts_that_no_rule_checks() {
    for (from, to) in [
        ("  - url: https://gate-api-sandbox.0bit.app/v1\n", "  - url: https://sandbox.gate.example/v1\n"),
        ("operationId: listSessions", "operationId: allSessions"),
        ("summary: Cancel an open gate session.", "summary: Cancel a gate session."),
        ("operationId: cancelSession\n", "operationId: cancelSession\n      deprecated: true\n"),
    ] {
        assert_eq!(moved(from, to), Vec::<&str>::new(), "{from}");
    }
}

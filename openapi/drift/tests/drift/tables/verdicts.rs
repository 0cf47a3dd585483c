//! The effect of a difference between two schemas, in requests and in responses.

use serde_json::{Value, json};

use zerogate_contract::Document;
use zerogate_drift::{Carrier, reason};

use super::{compare, contract};

/// A property `p` that changes, in requests and in responses, with the reported changes for each.
fn cases() -> Vec<(Value, Value, &'static str, &'static str)> {
    let text = || json!({"type": "string"});
    vec![
        (
            text(),
            json!({"type": "integer"}),
            "request-property-type-changed breaking breaking",
            "response-property-type-changed breaking breaking",
        ),
        (
            json!({"type": "integer"}),
            json!({"type": "number"}),
            "request-property-type-generalized compatible breaking",
            "response-property-type-changed breaking breaking",
        ),
        (
            json!({"type": "number"}),
            json!({"type": "integer"}),
            "request-property-type-changed breaking breaking",
            "response-property-type-specialized compatible breaking",
        ),
        (
            text(),
            json!({"type": "string", "nullable": true}),
            "request-property-became-nullable compatible breaking",
            "response-property-became-nullable breaking breaking",
        ),
        (
            text(),
            json!({"type": "string", "enum": ["a"]}),
            "request-property-became-enum breaking breaking",
            "response-property-became-enum compatible breaking",
        ),
        (
            json!({"type": "string", "enum": ["a"]}),
            text(),
            "request-property-became-not-enum compatible breaking",
            "response-property-became-not-enum risky breaking",
        ),
        (
            json!({"type": "string", "enum": ["a"]}),
            json!({"type": "string", "enum": ["a", "b"]}),
            "request-property-enum-value-added compatible compatible",
            "response-property-enum-value-added risky compatible",
        ),
        (
            json!({"type": "string", "enum": ["a", "b"]}),
            json!({"type": "string", "enum": ["a"]}),
            "request-property-enum-value-removed breaking breaking",
            "response-property-enum-value-removed compatible breaking",
        ),
        (
            json!({"type": "string", "enum": ["a"]}),
            json!({"type": "string", "enum": ["b"]}),
            "request-property-enum-values-replaced breaking breaking",
            "response-property-enum-values-replaced breaking breaking",
        ),
        (
            text(),
            json!({"type": "string", "maxLength": 3}),
            "request-property-max-length-set breaking none",
            "response-property-max-length-set compatible none",
        ),
        (
            json!({"type": "string", "maxLength": 4}),
            json!({"type": "string", "maxLength": 3}),
            "request-property-max-length-decreased breaking none",
            "response-property-max-length-decreased compatible none",
        ),
        (
            json!({"type": "number", "minimum": 1}),
            json!({"type": "number", "minimum": 0}),
            "request-property-min-decreased compatible none",
            "response-property-min-decreased risky none",
        ),
        (
            json!({"type": "number", "maximum": 1}),
            json!({"type": "number", "maximum": 1, "exclusiveMaximum": true}),
            "request-property-exclusive-max-set breaking none",
            "response-property-exclusive-max-set compatible none",
        ),
        (
            json!({"type": "string", "pattern": "a"}),
            json!({"type": "string", "pattern": "b"}),
            "request-property-pattern-changed risky none",
            "response-property-pattern-changed risky none",
        ),
        (
            text(),
            json!({"type": "string", "format": "date-time"}),
            "request-property-format-added breaking breaking",
            "response-property-format-added compatible breaking",
        ),
        (
            json!({"type": "integer", "format": "int32"}),
            json!({"type": "integer", "format": "int64"}),
            "request-property-format-changed compatible none",
            "response-property-format-changed breaking none",
        ),
        (
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": false}),
            "request-property-additional-properties-restricted breaking none",
            "response-property-additional-properties-restricted compatible none",
        ),
        (
            json!({"type": "array", "items": text()}),
            json!({"type": "array", "items": text(), "uniqueItems": true}),
            "request-property-unique-items-set breaking none",
            "response-property-unique-items-set compatible none",
        ),
        (
            text(),
            json!({"type": "string", "readOnly": true}),
            "request-required-property-became-read-only risky breaking",
            "response-required-property-became-read-only none none",
        ),
        (
            text(),
            json!({"type": "string", "writeOnly": true}),
            "request-required-property-became-write-only none none",
            "response-required-property-became-write-only breaking breaking",
        ),
        (
            json!({"not": {"type": "string", "minLength": 1}}),
            json!({"not": {"type": "integer", "minimum": 1}}),
            "cannot-judge risky none",
            "cannot-judge risky none",
        ),
        (
            text(),
            json!({"type": "string", "deprecated": true}),
            "request-property-deprecated none none",
            "response-property-deprecated none none",
        ),
        (
            text(),
            json!({"type": "string", "description": "A."}),
            "description-changed none none",
            "description-changed none none",
        ),
        (text(), json!({"type": "string", "vendor": 1}), "cannot-judge risky none", "cannot-judge risky none"),
        (text(), json!({"$ref": "other.yaml"}), "cannot-judge risky none", "cannot-judge risky none"),
    ]
}

#[test]
fn a_difference_means_something_else_in_each_direction() {
    let object = |property: &Value| json!({"type": "object", "required": ["p"], "properties": {"p": property}});
    let other = json!({"type": "string"});
    for (old, new, request, response) in cases() {
        let sent = |property: &Value| contract("3.0.3", &object(property), &other, &json!({}));
        let given = |property: &Value| contract("3.0.3", &other, &object(property), &json!({}));
        let told = compare(&sent(&old), &sent(&new));
        assert!(told.iter().any(|told| told == request), "{old} to {new} in a request: {told:?}, not {request}");
        let told = compare(&given(&old), &given(&new));
        assert!(told.iter().any(|told| told == response), "{old} to {new} in a response: {told:?}, not {response}");
    }
}

#[test]
fn a_component_that_changes_is_one_change_for_all_who_use_it() {
    let schemas = |kind: &str| json!({"X": {"type": "object", "properties": {"a": {"type": kind}}}});
    let used = json!({"type": "object", "properties": {"one": {"$ref": "#/components/schemas/X"}, "more": {"type": "array", "items": {"$ref": "#/components/schemas/X"}}}});
    let old = contract("3.0.3", &used, &used, &schemas("string"));
    let new = contract("3.0.3", &used, &used, &schemas("boolean"));
    let drift = reason(&old, &new);
    let [change] = drift.changes.as_slice() else { panic!("{drift}") };
    let fields: Vec<&str> = change.reach.iter().map(|reach| reach.field.as_str()).collect();
    assert_eq!(fields, ["more[].a", "one.a", "more[].a", "one.a"]);
}

#[test]
fn an_unused_component_has_no_effect_on_the_wire() {
    let old = contract("3.0.3", &json!({}), &json!({}), &json!({"X": {"type": "string"}}));
    let new = contract("3.0.3", &json!({}), &json!({}), &json!({"X": {"type": "integer"}}));
    assert_eq!(compare(&old, &new), ["schema-type-changed none breaking"]);
}

#[test]
fn a_schema_that_contains_itself_ends() {
    for schema in [
        json!({"$ref": "#/components/schemas/X"}),
        json!({"allOf": [{"$ref": "#/components/schemas/X"}, {"type": "object"}]}),
        json!({"anyOf": [{"$ref": "#/components/schemas/X"}, {"type": "null"}]}),
        json!({"type": "object", "properties": {"x": {"$ref": "#/components/schemas/X"}}}),
    ] {
        let used = json!({"$ref": "#/components/schemas/X"});
        let old = contract("3.1.0", &used, &used, &json!({"X": schema}));
        let new = contract("3.1.0", &used, &used, &json!({"X": {"type": "string"}}));
        assert!(!reason(&old, &new).is_empty(), "{schema}");
        assert!(reason(&old, &old).is_empty(), "{schema}");
    }
}

#[test]
fn a_name_that_is_a_keyword_does_not_mislead() {
    let text = json!({"type": "string"});
    let of = |schemas: Value| contract("3.0.3", &text, &text, &schemas);
    for (name, old, new, wanted) in [
        ("properties", json!({"type": "string"}), json!({"type": "string", "maxLength": 3}), "schema-max-length-set"),
        ("A", json!({"type": "string"}), json!({"type": "string", "maxLength": 3}), "schema-max-length-set"),
        (
            "properties",
            json!({"properties": {"a": {"type": "string"}}}),
            json!({"properties": {"a": {"type": "string", "maxLength": 3}}}),
            "schema-property-max-length-set",
        ),
    ] {
        assert_eq!(compare(&of(json!({name: old})), &of(json!({name: new}))), [format!("{wanted} none none")]);
    }
}

#[test]
fn a_reach_names_the_part_of_a_message_with_the_field() {
    let contract = |length: u8| {
        let schema = json!({"type": "string", "maxLength": length});
        let header = json!({"description": "H", "schema": schema});
        let contract = json!({
            "openapi": "3.0.3",
            "paths": {"/a": {"get": {
                "operationId": "a",
                "parameters": [{"name": "p", "in": "query", "schema": schema}],
                "responses": {"200": {
                    "headers": {"H": {"$ref": "#/components/headers/H"}},
                    "content": {"application/json": {"schema": {"type": "object", "properties": {"headers": schema}}}},
                }},
            }}},
            "components": {"headers": {"H": header}},
        });
        Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let drift = reason(&contract(4), &contract(3));
    let mut carriers: Vec<_> =
        drift.changes.iter().flat_map(|it| &it.reach).map(|it| (it.field.as_str(), it.carrier)).collect();
    carriers.sort_unstable();
    assert_eq!(
        carriers,
        [("H", Some(Carrier::Header)), ("headers", Some(Carrier::Body)), ("p", Some(Carrier::Parameter))]
    );
}

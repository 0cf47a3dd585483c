//! A different notation with the same meaning is not a change.

use serde_json::{Value, json};
use zerogate_drift::{Source, reason};

use super::{contract, wires};

/// A version of OpenAPI, and a schema written in it.
type Spelling = (&'static str, Value);

/// Two notations of one schema, each with its version. `X` is an object of the components, `E` an enum.
fn spellings() -> Vec<(&'static str, Spelling, Spelling)> {
    let (old, new) = ("3.0.3", "3.1.0");
    let x = || json!({"$ref": "#/components/schemas/X"});
    vec![
        (
            "nullable, and a type list",
            (old, json!({"type": "string", "nullable": true})),
            (new, json!({"type": ["null", "string"]})),
        ),
        (
            "nullable, and anyOf null",
            (old, json!({"type": "string", "nullable": true, "maxLength": 3})),
            (new, json!({"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]})),
        ),
        (
            "nullable, and oneOf null",
            (old, json!({"type": "string", "nullable": true})),
            (new, json!({"oneOf": [{"type": "null"}, {"type": "string"}]})),
        ),
        (
            "nullable reference",
            (old, json!({"allOf": [x()], "nullable": true})),
            (new, json!({"anyOf": [x(), {"type": "null"}]})),
        ),
        (
            "nullable enum",
            (old, json!({"type": "string", "nullable": true, "enum": ["a", null]})),
            (new, json!({"type": ["string", "null"], "enum": [null, "a"]})),
        ),
        ("const, and an enum of one", (old, json!({"type": "string", "enum": ["a"]})), (new, json!({"const": "a"}))),
        (
            "exclusive bounds",
            (old, json!({"type": "integer", "minimum": 5, "exclusiveMinimum": true})),
            (new, json!({"type": "integer", "exclusiveMinimum": 5})),
        ),
        ("a type list of one", (old, json!({"type": "string"})), (new, json!({"type": ["string"]}))),
        ("allOf of one", (old, x()), (old, json!({"allOf": [x()]}))),
        (
            "an inlined reference",
            (old, x()),
            (old, json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]})),
        ),
        (
            "allOf that merges to the same",
            (old, json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}})),
            (
                old,
                json!({"allOf": [{"type": "object", "properties": {"b": {"type": "integer"}}}, {"properties": {"a": {"type": "string"}}}]}),
            ),
        ),
        (
            "bytes",
            (old, json!({"type": "string", "format": "byte"})),
            (new, json!({"type": "string", "contentEncoding": "base64"})),
        ),
        (
            "defaults written out",
            (old, json!({"type": "object"})),
            (
                old,
                json!({"type": "object", "nullable": false, "additionalProperties": {}, "minProperties": 0, "deprecated": false, "readOnly": false}),
            ),
        ),
        (
            "an example",
            (old, json!({"type": "string", "example": "a"})),
            (new, json!({"type": "string", "examples": ["a"]})),
        ),
        (
            "numbers",
            (old, json!({"type": "number", "maximum": 1, "enum": [1, 0.5]})),
            (old, json!({"type": "number", "maximum": 1.0, "enum": [0.5, 1.0]})),
        ),
        (
            "order of alternatives",
            (old, json!({"oneOf": [x(), {"type": "string"}]})),
            (old, json!({"oneOf": [{"type": "string"}, x()]})),
        ),
        ("an escaped reference", (old, x()), (old, json!({"$ref": "#/components/schemas/%58"}))),
        (
            "a list of types, and an alternative for each",
            (new, json!({"type": ["string", "integer"]})),
            (new, json!({"oneOf": [{"type": "integer"}, {"type": "string"}]})),
        ),
        (
            "a list of types with null, and an alternative for each",
            (new, json!({"type": ["boolean", "null", "number"]})),
            (new, json!({"anyOf": [{"type": "number"}, {"type": "boolean"}, {"type": "null"}]})),
        ),
        (
            "a list of values, and an alternative for each",
            (old, json!({"type": "string", "enum": ["near", "far"]})),
            (new, json!({"oneOf": [{"const": "far"}, {"type": "string", "enum": ["near"]}]})),
        ),
        (
            "alternatives of alternatives",
            (old, json!({"anyOf": [x(), {"anyOf": [{"type": "boolean"}, {"anyOf": [{"type": "integer"}]}]}]})),
            (old, json!({"anyOf": [x(), {"type": "boolean"}, {"type": "integer"}]})),
        ),
        (
            "null as an alternative of 3.0",
            (old, json!({"anyOf": [{"type": "string"}, {"nullable": true}]})),
            (new, json!({"anyOf": [{"type": "string"}, {"type": "null"}]})),
        ),
        (
            "a pattern that every text matches",
            (old, json!({"type": "string"})),
            (old, json!({"type": "string", "pattern": "^.*$"})),
        ),
        (
            "limits that every value of a list meets",
            (old, json!({"type": "string", "enum": ["near", "far"]})),
            (old, json!({"type": "string", "enum": ["near", "far"], "maxLength": 4, "minLength": 3})),
        ),
        (
            "bounds that every number of a list meets",
            (old, json!({"type": "integer", "enum": [10, 20]})),
            (old, json!({"type": "integer", "enum": [10, 20], "minimum": 10, "maximum": 20, "multipleOf": 5})),
        ),
        ("both booleans", (old, json!({"type": "boolean"})), (old, json!({"type": "boolean", "enum": [false, true]}))),
        ("multiples of one", (old, json!({"type": "integer"})), (old, json!({"type": "integer", "multipleOf": 1}))),
        (
            "an item that need not be contained",
            (new, json!({"type": "array"})),
            (new, json!({"type": "array", "contains": {"const": 1}, "minContains": 0})),
        ),
        (
            "a condition without consequences",
            (new, json!({"type": "string"})),
            (new, json!({"type": "string", "if": {"const": "a"}})),
        ),
        (
            "consequences without a condition, or that ask for nothing",
            (new, json!({"type": "string", "then": {"maxLength": 3}})),
            (new, json!({"type": "string", "if": {"const": "a"}, "then": {}, "else": true})),
        ),
        (
            "names without restriction",
            (new, json!({"type": "object"})),
            (new, json!({"type": "object", "propertyNames": {"type": "string"}})),
        ),
        (
            "a pattern for the names of all properties",
            (new, json!({"type": "object", "additionalProperties": {"type": "integer"}})),
            (new, json!({"type": "object", "patternProperties": {"^(.*)$": {"type": "integer"}}})),
        ),
        (
            "whole numbers",
            (old, json!({"type": "integer", "nullable": true})),
            (new, json!({"type": ["number", "null"], "multipleOf": 1})),
        ),
        (
            "multiples of a whole number",
            (new, json!({"type": "integer", "multipleOf": 5})),
            (new, json!({"type": "number", "multipleOf": 5})),
        ),
        (
            "an excluded type that the schema does not have",
            (old, json!({"type": "string"})),
            (old, json!({"type": "string", "not": {"type": "integer"}})),
        ),
        (
            "a list of at most one item, without duplicates",
            (old, json!({"type": "array", "items": x(), "maxItems": 1})),
            (old, json!({"type": "array", "items": x(), "maxItems": 1, "uniqueItems": true})),
        ),
        (
            "as many properties as are required",
            (new, json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "b"]})),
            (
                new,
                json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "b"], "minProperties": 2}),
            ),
        ),
        (
            "undescribed properties are the unnamed ones",
            (new, json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false})),
            (new, json!({"type": "object", "properties": {"a": {"type": "string"}}, "unevaluatedProperties": false})),
        ),
        (
            "undescribed items are those without a position",
            (new, json!({"type": "array", "prefixItems": [x()], "items": false})),
            (new, json!({"type": "array", "prefixItems": [x()], "unevaluatedItems": false})),
        ),
        (
            "a condition that always holds",
            (new, json!({"type": "string", "maxLength": 3})),
            (
                new,
                json!({"type": "string", "if": {"title": "Any"}, "then": {"maxLength": 3}, "else": {"maxLength": 2}}),
            ),
        ),
        (
            "a condition that never holds",
            (new, json!({"type": "string", "maxLength": 3})),
            (new, json!({"type": "string", "if": false, "then": {"maxLength": 2}, "else": {"maxLength": 3}})),
        ),
        (
            "null in an alternative, as 3.0 and 3.1 write it",
            (old, json!({"oneOf": [{"type": "string", "nullable": true, "format": "date"}, {"type": "boolean"}]})),
            (new, json!({"oneOf": [{"type": ["null", "string"], "format": "date"}, {"type": "boolean"}]})),
        ),
        (
            "null in every alternative, and beside them",
            (old, json!({"anyOf": [{"type": "number", "nullable": true}, {"type": "boolean", "nullable": true}]})),
            (new, json!({"anyOf": [{"type": "number"}, {"type": "null"}, {"type": "boolean"}]})),
        ),
        (
            "null in one of exclusive alternatives, and beside them",
            (new, json!({"oneOf": [{"type": ["number", "null"]}, {"type": "boolean"}]})),
            (new, json!({"oneOf": [{"type": "number"}, {"type": "boolean"}, {"type": "null"}]})),
        ),
        (
            "limits that listed values meet",
            (new, json!({"oneOf": [{"enum": ["on"], "description": "Lit."}, {"const": 7}]})),
            (
                new,
                json!({"oneOf": [
                    {"enum": ["on"], "description": "Lit.", "minLength": 0, "maxLength": 9, "maxItems": 3},
                    {"const": 7, "minimum": 7, "exclusiveMaximum": 8, "multipleOf": 3.5},
                ]}),
            ),
        ),
        (
            "definitions",
            (new, json!({"type": "object", "properties": {"a": {"$ref": "#/components/schemas/D/$defs/Y"}}})),
            (new, json!({"type": "object", "properties": {"a": {"$ref": "#/components/schemas/D/$defs/Y"}}})),
        ),
    ]
}

#[test]
fn two_spellings_of_one_schema_are_no_change() {
    let schemas = json!({
        "X": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        "D": {"$defs": {"Y": {"type": "string"}}, "type": "object"},
    });
    for (name, (old_version, old), (new_version, new)) in spellings() {
        let before = contract(old_version, &old, &old, &schemas);
        let after = contract(new_version, &new, &new, &schemas);
        assert_eq!(reason(&before, &after).to_string(), "no change", "{name}");
        assert_eq!(reason(&after, &before).to_string(), "no change", "{name}, in reverse");
    }
}

#[test]
fn the_default_dialect_may_be_written_down() {
    let of = |dialect: Option<&str>| {
        let mut contract = json!({"openapi": "3.1.0", "paths": {}});
        if let Some(dialect) = dialect {
            contract["jsonSchemaDialect"] = json!(dialect);
        }
        zerogate_contract::Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let written = of(Some("https://spec.openapis.org/oas/3.1/dialect/base"));
    assert_eq!(reason(&of(None), &written).to_string(), "no change");
    assert_eq!(reason(&written, &of(None)).to_string(), "no change");
    assert!(!reason(&written, &of(Some("https://json-schema.org/draft/2020-12/schema"))).is_empty());
}

#[test]
fn texts_about_unrestricted_values_have_no_effect() {
    let any = json!({"description": "Whatever it is."});
    for (old, new) in [
        (json!({"type": "object"}), json!({"type": "object", "additionalProperties": any})),
        (json!({"type": "array", "items": {}}), json!({"type": "array", "items": any})),
        (
            json!({"type": ["string", "integer"]}),
            json!({"anyOf": [{"type": "string", "x-vendor": 1}, {"type": "integer"}]}),
        ),
    ] {
        let drift = reason(&contract("3.1.0", &old, &old, &json!({})), &contract("3.1.0", &new, &new, &json!({})));
        assert!(!drift.is_empty() && drift.overall().doc_only, "{new}: {drift}");
    }
}

#[test]
fn a_parameter_that_moves_to_the_path_is_no_change() {
    let parameter = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
    let contract = |item: Value| {
        let contract =
            json!({"openapi": "3.0.3", "paths": {"/a/{id}": item}, "components": {"parameters": {"Id": parameter}}});
        zerogate_contract::Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let responses = json!({"200": {"description": "."}});
    let old = contract(json!({"get": {"operationId": "a", "parameters": [parameter], "responses": responses}}));
    let reference = json!({"$ref": "#/components/parameters/Id"});
    let new = contract(json!({"parameters": [reference], "get": {"operationId": "a", "responses": responses}}));
    assert_eq!(reason(&old, &new).to_string(), "no change");
    assert_eq!(reason(&new, &old).to_string(), "no change");
}

#[test]
fn a_parameter_of_a_path_that_every_operation_overrides_does_not_matter() {
    let contract = |required: bool, own: Value| {
        let shared = json!({"name": "q", "in": "query", "required": required, "schema": {"type": "string"}});
        let get = json!({"parameters": own, "responses": {"200": {"description": "."}}});
        let contract = json!({"openapi": "3.0.3", "paths": {"/a": {"parameters": [shared], "get": get}}});
        zerogate_contract::Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let own = || json!([{"name": "q", "in": "query", "schema": {"type": "string"}}]);
    assert_eq!(reason(&contract(false, own()), &contract(true, own())).to_string(), "no change");
    let told = wires(&reason(&contract(false, json!([])), &contract(true, json!([]))));
    assert_eq!(told, ["request-parameter-became-required breaking"]);
}

#[test]
fn only_supported_versions_are_equal() {
    let of = |version| contract(version, &json!({"type": "string"}), &json!({"type": "string"}), &json!({}));
    for known in ["3.1.0", "3.2.0", "3.2.1-draft"] {
        assert!(reason(&of("3.0.3"), &of(known)).changes.is_empty(), "{known}");
    }
    for unknown in ["3.10.0", "3.0", "3.3.0"] {
        assert!(!reason(&of("3.0.3"), &of(unknown)).changes.is_empty(), "{unknown}");
    }
}

#[test]
fn a_property_with_another_spelling_keeps_its_field() {
    let object = |name: &str, kind: &str| json!({"type": "object", "properties": {name: {"type": kind}, "id": {}}});
    let other = json!({"type": "string"});
    let breaks = |old: &Value, new: &Value| {
        let drift = reason(&contract("3.1.0", &other, old, &json!({})), &contract("3.1.0", &other, new, &json!({})));
        drift.changes.iter().any(|change| change.source == Source::Breaking)
    };
    assert!(!breaks(&object("orderId", "string"), &object("order_id", "string")));
    assert!(breaks(&object("orderId", "string"), &object("order_id", "integer")));
    assert!(breaks(&object("orderId", "string"), &object("order", "string")));
}

#[test]
fn nullable_in_3_1_is_reported_once() {
    let object = json!({"type": "object", "properties": {
        "a": {"type": "string", "nullable": true},
        "b": {"type": "integer", "nullable": true},
    }});
    let of = |version: &str| contract(version, &object, &object, &json!({}));
    let told = wires(&reason(&of("3.0.3"), &of("3.1.0")));
    assert_eq!(told, ["request-property-became-not-nullable risky"]);
    let told = wires(&reason(&of("3.1.0"), &of("3.0.3")));
    assert_eq!(told, ["response-property-became-nullable risky"]);
}

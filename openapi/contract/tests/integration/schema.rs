//! Schemas as JSON Schema 2020-12: what they accept, and that a validator understands them.

use serde_json::{Value, json};
use zerogate_contract::{Contract, Document, component_schema, request_schema, response_schema};

fn component(schemas: &str) -> Value {
    let document = Document::parse("gate.yaml", &format!("components: {{schemas: {{{schemas}}}}}")).unwrap();
    component_schema(&Contract::of(document), "S").unwrap()
}

fn accepts(schema: &Value, value: &Value) -> bool {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap().is_valid(value)
}

#[track_caller]
fn fits(schema: &str, value: Value) {
    let schema = component(&format!("S: {schema}, T: {{type: object, required: [a]}}"));
    assert!(accepts(&schema, &value), "{schema:#}");
}

#[track_caller]
fn is_rejected(schema: &str, value: Value) {
    let schema = component(&format!("S: {schema}, T: {{type: object, required: [a]}}"));
    assert!(!accepts(&schema, &value), "{schema:#}");
}

mod accepted {
    use super::*;

    cases!(fits {
        a_text: ("{type: string}", json!("a"));
        null_where_nullable: ("{type: string, nullable: true}", json!(null));
        null_where_the_enum_lists_it: ("{type: string, nullable: true, enum: [a, null]}", json!(null));
        null_where_the_enum_does_not_list_it: ("{type: string, nullable: true, enum: [a]}", json!(null));
        null_in_an_untyped_enum: ("{nullable: true, enum: [a]}", json!(null));
        null_beside_a_reference: ("{nullable: true, allOf: [{$ref: '#/components/schemas/T'}]}", json!(null));
        null_beside_a_typed_reference: ("{type: object, nullable: true, allOf: [{$ref: '#/components/schemas/T'}]}", json!(null));
        null_in_a_union: ("{nullable: true, oneOf: [{type: string}, {type: integer}]}", json!(null));
        a_value_where_nullable: ("{nullable: true, allOf: [{$ref: '#/components/schemas/T'}]}", json!({"a": 1}));
        above_an_exclusive_bound: ("{type: integer, minimum: 1, exclusiveMinimum: true}", json!(2));
        at_an_inclusive_bound: ("{type: integer, minimum: 1, exclusiveMinimum: false}", json!(1));
        what_stands_beside_a_reference: ("{properties: {a: {$ref: '#/components/schemas/T', type: string}}}", json!({"a": {"a": 1}}));
        a_property_called_like_a_keyword: ("{properties: {example: {type: string}, nullable: {type: string}}}", json!({"example": "a", "nullable": "b"}));
        an_open_object: ("{type: object, additionalProperties: true}", json!({"a": 1}));
        itself: ("{type: object, properties: {s: {$ref: '#/components/schemas/S'}}, required: [a]}", json!({"a": 1, "s": {"a": 1}}));
        an_unknown_format: ("{type: string, format: password}", json!("a"));
    });
}

mod refused {
    use super::*;

    cases!(is_rejected {
        a_number_as_text: ("{type: string}", json!(1));
        null_where_not_nullable: ("{type: string}", json!(null));
        a_value_beside_the_enum: ("{type: string, nullable: true, enum: [a]}", json!("b"));
        at_an_exclusive_bound: ("{type: integer, minimum: 1, exclusiveMinimum: true}", json!(1));
        at_an_exclusive_upper_bound: ("{type: number, maximum: 1, exclusiveMaximum: true}", json!(1.0));
        below_an_inclusive_bound: ("{type: integer, minimum: 1, exclusiveMinimum: false}", json!(0));
        what_the_reference_refuses: ("{properties: {a: {$ref: '#/components/schemas/T'}}}", json!({"a": {}}));
        another_field_of_a_closed_object: ("{properties: {a: {}}, additionalProperties: false}", json!({"b": 1}));
        a_missing_field: ("{required: [a]}", json!({}));
        a_bad_date: ("{type: string, format: date-time}", json!("yesterday"));
        deep_inside_itself: ("{type: object, properties: {s: {$ref: '#/components/schemas/S'}}, required: [a]}", json!({"a": 1, "s": {}}));
        two_of_one: ("{oneOf: [{type: integer}, {type: number}]}", json!(1));
        what_is_excluded: ("{not: {type: string}}", json!("a"));
        repeated_items: ("{type: array, uniqueItems: true}", json!([1, 1]));
    });
}

mod forms {
    use super::*;

    #[test]
    fn only_what_is_reached_is_defined() {
        let schema = component(
            "S: {properties: {a: {$ref: '#/components/schemas/T'}}}, T: {items: {$ref: '#/components/schemas/U'}}, U: {}, V: {}",
        );
        let names: Vec<&String> = schema["$defs"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["T", "U"]);
    }

    #[test]
    fn keywords_that_2020_12_lacks_are_removed() {
        let schema = component(
            "S: {type: object, example: {}, discriminator: {propertyName: a}, xml: {}, externalDocs: {}, x-source: public, nullable: false, deprecated: true, format: f, title: t}",
        );
        assert_eq!(
            schema,
            json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "deprecated": true, "format": "f", "title": "t"}),
        );
    }

    #[test]
    fn names_are_escaped_in_references() {
        let schema = component("S: {items: {$ref: '#/components/schemas/a~1b%25 c'}}, 'a/b% c': {type: string}");
        assert_eq!(schema["items"], json!({"$ref": "#/$defs/a~1b%25%20c"}));
        assert!(accepts(&schema, &json!(["a"])) && !accepts(&schema, &json!([1])));
    }

    #[test]
    fn a_reference_to_something_else_is_defined_by_its_pointer() {
        let schema = component(
            "S: {items: {$ref: '#/components/schemas/T/properties/a'}}, T: {properties: {a: {type: string}}}",
        );
        assert!(accepts(&schema, &json!(["a"])) && !accepts(&schema, &json!([1])));
    }

    #[test]
    fn an_unresolved_reference_rejects_nothing() {
        assert!(accepts(&component("S: {items: {$ref: '#/nowhere'}}"), &json!([1])));
    }
}

mod directions {
    use super::*;

    const CONTRACT: &str = "
paths:
  /a:
    post:
      operationId: create
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}
      responses:
        201: {description: ok, content: {Application/JSON; charset=utf-8: {schema: {$ref: '#/components/schemas/S'}}}}
        4XX: {$ref: '#/components/responses/Problem'}
        default: {description: any, content: {'text/*': {}}}
        204: {description: nothing}
    get: {operationId: read, responses: {}}
components:
  responses: {Problem: {description: bad, content: {application/json: {schema: {type: string}}}}}
  schemas:
    S: {type: object, required: [id, secret], properties: {id: {$ref: '#/components/schemas/Id'}, secret: {type: string, writeOnly: true}}}
    Id: {type: string, readOnly: true}
";

    fn contract() -> Contract {
        Contract::of(Document::parse("gate.yaml", CONTRACT).unwrap())
    }

    #[test]
    fn a_request_need_not_have_a_read_only_field() {
        let schema = request_schema(&contract(), "create").unwrap();
        assert!(accepts(&schema, &json!({"secret": "s"})));
        assert!(!accepts(&schema, &json!({"id": "1"})));
    }

    #[test]
    fn a_response_need_not_have_a_write_only_field() {
        let schema = response_schema(&contract(), "create", 201, "application/json").unwrap();
        assert!(accepts(&schema, &json!({"id": "1"})));
        assert!(!accepts(&schema, &json!({"secret": "s"})));
    }

    #[test]
    fn a_component_requires_both() {
        let schema = component_schema(&contract(), "S").unwrap();
        assert!(!accepts(&schema, &json!({"id": "1"})));
        assert!(accepts(&schema, &json!({"id": "1", "secret": "s"})));
    }

    #[track_caller]
    fn kind_of_response(status: u16, media_type: &str, expected: Option<Value>) {
        let schema = response_schema(&contract(), "create", status, media_type);
        assert_eq!(schema.map(|mut schema| schema["type"].take()), expected);
    }

    cases!(kind_of_response {
        a_range: (409, "application/json", Some(json!("string")));
        a_default_and_a_range_of_media_types: (500, "text/html; charset=utf-8", Some(json!(null)));
        an_undocumented_media_type: (409, "text/html", None);
        a_response_without_a_body: (204, "application/json", None);
    });

    #[test]
    fn an_unknown_operation_or_response_has_no_schema() {
        let contract = contract();
        assert_eq!(response_schema(&contract, "read", 200, "application/json"), None);
        assert_eq!(response_schema(&contract, "nobody", 200, "application/json"), None);
        assert_eq!(request_schema(&contract, "read"), None);
        assert_eq!(component_schema(&contract, "Nobody"), None);
    }
}

/// The contract in its original version: its examples fit its schemas.
#[test]
fn the_examples_in_the_contract_fit() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../generate/tests/intake/gate-3.0.yaml");
    if !std::path::Path::new(path).exists() {
        return;
    }
    let document = Document::read(path).unwrap();
    let schema = response_schema(&Contract::of(document.clone()), "cancelSession", 201, "application/json").unwrap();
    let response = document.value().pointer("/paths/~1gate_sessions~1{id}~1cancel/post/responses/201").unwrap();
    let example = &response["content"]["application/json"]["example"];
    assert!(accepts(&schema, example));
    let mut broken = example.clone();
    broken["status"] = json!("frozen");
    assert!(!accepts(&schema, &broken));
}

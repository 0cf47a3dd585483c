//! Keywords that can only reject values: adding one narrows, removing one widens, and a narrower schema inside narrows.

use serde_json::{Value, json};
use zerogate_drift::reason;

use super::{contract, judge, with};

/// An object with the properties `kind` and `size`, and further keywords.
fn parcel(more: &Value) -> Value {
    let mut parcel = json!({"type": "object", "properties": {"kind": {"type": "string"}, "size": {"type": "integer"}}});
    let (Value::Object(parcel_keys), Value::Object(more)) = (&mut parcel, more) else { unreachable!() };
    parcel_keys.extend(more.clone());
    parcel
}

#[test]
fn a_condition_narrows() {
    let big = json!({"properties": {"kind": {"const": "big"}}, "required": ["kind"]});
    let when = |outcome: Value| {
        let mut keywords = json!({"if": big});
        keywords.as_object_mut().unwrap().extend(outcome.as_object().unwrap().clone());
        parcel(&keywords)
    };
    let other = parcel(&json!({"if": {"required": ["size"]}, "then": {"required": ["kind"]}}));
    let sized = || json!({"required": ["size"]});
    judge(vec![
        (
            "then",
            parcel(&json!({})),
            when(json!({"then": sized()})),
            "condition-added breaking",
            "condition-added compatible",
        ),
        (
            "no then",
            when(json!({"then": sized()})),
            parcel(&json!({})),
            "condition-removed compatible",
            "condition-removed breaking",
        ),
        (
            "else",
            when(json!({"then": sized()})),
            when(json!({"then": sized(), "else": sized()})),
            "condition-added breaking",
            "condition-added compatible",
        ),
        (
            "no else",
            when(json!({"then": sized(), "else": sized()})),
            when(json!({"then": sized()})),
            "condition-removed compatible",
            "condition-removed breaking",
        ),
        (
            "a narrower `then`",
            when(json!({"then": {"properties": {"size": {"minimum": 5}}}})),
            when(json!({"then": {"properties": {"size": {"minimum": 6}}}})),
            "min-increased breaking",
            "min-increased compatible",
        ),
        (
            "a wider `else`",
            when(json!({"else": {"maxProperties": 2}})),
            when(json!({"else": {"maxProperties": 3}})),
            "max-properties-increased compatible",
            "max-properties-increased risky",
        ),
        (
            "another condition",
            when(json!({"then": sized()})),
            parcel(&json!({"if": {"required": ["kind"]}, "then": sized()})),
            "cannot-judge risky",
            "cannot-judge risky",
        ),
        (
            "conditions in another order",
            json!({"allOf": [when(json!({"then": sized()})), other]}),
            json!({"allOf": [other, when(json!({"then": sized()}))]}),
            "",
            "",
        ),
        (
            "one of two conditions",
            json!({"allOf": [when(json!({"then": sized()})), other]}),
            json!({"allOf": [other]}),
            "condition-removed compatible",
            "condition-removed breaking",
        ),
    ]);
}

#[test]
fn a_schema_beside_a_property_narrows() {
    let beside = |schema: Value| parcel(&json!({"dependentSchemas": {"kind": schema}}));
    judge(vec![
        (
            "added",
            parcel(&json!({})),
            beside(json!({"required": ["size"], "maxProperties": 3})),
            "dependent-schema-added breaking",
            "dependent-schema-added compatible",
        ),
        (
            "removed",
            beside(json!({"required": ["size"], "maxProperties": 3})),
            parcel(&json!({})),
            "dependent-schema-removed compatible",
            "dependent-schema-removed breaking",
        ),
        ("idle", parcel(&json!({})), beside(json!({"description": "Anything."})), "", ""),
        (
            "narrower",
            beside(json!({"maxProperties": 3})),
            beside(json!({"maxProperties": 2})),
            "max-properties-decreased breaking",
            "max-properties-decreased compatible",
        ),
    ]);
}

#[test]
fn restrictions_of_undescribed_values_narrow() {
    let rest = |schema: Value| parcel(&json!({"unevaluatedProperties": schema}));
    let list = |items: Value| json!({"type": "array", "prefixItems": [{"type": "string"}], "unevaluatedItems": items});
    let text = || json!({"type": "string"});
    judge(vec![
        (
            "a schema",
            parcel(&json!({})),
            rest(text()),
            "unevaluated-properties-added breaking",
            "unevaluated-properties-added compatible",
        ),
        (
            "no schema",
            rest(text()),
            parcel(&json!({})),
            "unevaluated-properties-removed compatible",
            "unevaluated-properties-removed breaking",
        ),
        ("anything", parcel(&json!({})), rest(json!({})), "", ""),
        (
            "closed",
            rest(text()),
            rest(json!(false)),
            "unevaluated-properties-added breaking",
            "unevaluated-properties-added compatible",
        ),
        (
            "opened",
            rest(json!(false)),
            parcel(&json!({})),
            "unevaluated-properties-removed compatible",
            "unevaluated-properties-removed compatible",
        ),
        (
            "narrower",
            rest(text()),
            rest(json!({"type": "string", "maxLength": 9})),
            "max-length-set breaking",
            "max-length-set compatible",
        ),
        (
            "items",
            list(json!(true)),
            list(text()),
            "unevaluated-items-added breaking",
            "unevaluated-items-added compatible",
        ),
        (
            "fewer items",
            list(text()),
            list(json!({"type": "string", "minLength": 1})),
            "min-length-set breaking",
            "min-length-set compatible",
        ),
    ]);
}

#[test]
fn new_values_that_can_be_read_as_before_are_only_risky() {
    let number = |more: Value| {
        let mut number = json!({"type": "number"});
        number.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        number
    };
    let text = |more: Value| {
        let mut text = json!({"type": "string"});
        text.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        text
    };
    let list = |contains: Value| json!({"type": "array", "contains": contains, "maxContains": 1});
    judge(vec![
        (
            "a list of values",
            text(json!({"enum": ["a"]})),
            text(json!({})),
            "became-not-enum compatible",
            "became-not-enum risky",
        ),
        (
            "a pattern",
            text(json!({"pattern": "^a"})),
            text(json!({})),
            "pattern-removed compatible",
            "pattern-removed risky",
        ),
        (
            "a length",
            text(json!({"maxLength": 5})),
            text(json!({"maxLength": 6})),
            "max-length-increased compatible",
            "max-length-increased risky",
        ),
        (
            "a bound",
            number(json!({"exclusiveMaximum": 5})),
            number(json!({})),
            "exclusive-max-unset compatible",
            "exclusive-max-unset risky",
        ),
        // In decimal, 0.3 is three times 0.1.
        (
            "a divisor",
            number(json!({"multipleOf": 0.3})),
            number(json!({"multipleOf": 0.1})),
            "multiple-of-generalized compatible",
            "multiple-of-changed risky",
        ),
        (
            "no divisor",
            number(json!({"multipleOf": 0.4})),
            number(json!({"multipleOf": 0.3})),
            "multiple-of-changed breaking",
            "multiple-of-changed risky",
        ),
        // If more items match, there may be too many.
        (
            "counted",
            list(json!({"const": 1})),
            list(json!({"enum": [1, 2]})),
            "cannot-judge breaking",
            "cannot-judge risky",
        ),
        ("counted, in another notation", list(json!({"const": 1})), list(json!({"enum": [1]})), "", ""),
    ]);
    let drift = reason(
        &contract("3.1.0", &number(json!({})), &text(json!({})), &json!({})),
        &contract("3.1.0", &number(json!({"exclusiveMinimum": 0})), &text(json!({})), &json!({})),
    );
    assert!(drift.changes[0].message.ends_with("has the new limit `exclusiveMinimum` 0"), "{drift}");
}

#[test]
fn keywords_without_effect_do_not_narrow() {
    let text = |pattern: &str| json!({"type": "string", "pattern": pattern});
    let contains = |least: u8| json!({"type": "array", "contains": {"const": "a"}, "minContains": least});
    let page = |more: Value| {
        let mut page = json!({"type": "integer", "minimum": 1, "maximum": 100});
        page.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        page
    };
    judge(vec![
        ("any text", text("^[a-z]+$"), text(".*"), "pattern-removed compatible", "pattern-removed risky"),
        ("no longer any text", text(""), text("^[a-z]+$"), "pattern-added breaking", "pattern-added compatible"),
        ("contained", contains(0), contains(1), "contains-added breaking", "contains-added compatible"),
        ("need not be contained", contains(1), contains(0), "contains-removed compatible", "contains-removed breaking"),
        (
            "a format within the bounds",
            page(json!({})),
            page(json!({"format": "int32"})),
            "format-added none",
            "format-added none",
        ),
        (
            "a format that narrows",
            json!({"type": "integer"}),
            json!({"type": "integer", "format": "int32"}),
            "format-added breaking",
            "format-added compatible",
        ),
        (
            "the next integer is excluded",
            page(json!({})),
            json!({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 101}),
            "",
            "",
        ),
        (
            "one integer less",
            page(json!({})),
            json!({"type": "integer", "exclusiveMinimum": 1, "maximum": 100}),
            "exclusive-min-set breaking",
            "exclusive-min-set compatible",
        ),
        (
            "a fractional bound",
            json!({"type": "number", "minimum": 1}),
            json!({"type": "number", "exclusiveMinimum": 0}),
            "exclusive-min-decreased compatible",
            "exclusive-min-decreased risky",
        ),
        (
            "a format that every listed number has",
            json!({"type": "integer", "enum": [1, 200]}),
            json!({"type": "integer", "enum": [1, 200], "format": "uint8"}),
            "format-added none",
            "format-added none",
        ),
        (
            "a format that a listed number does not have",
            json!({"type": "integer", "enum": [1, 300]}),
            json!({"type": "integer", "enum": [1, 300], "format": "uint8"}),
            "format-added breaking",
            "format-added compatible",
        ),
        (
            "more than null",
            json!({"type": "null"}),
            json!({"type": ["string", "null"], "maxLength": 3}),
            "type-generalized compatible",
            "type-changed breaking",
        ),
        (
            "only null",
            json!({"type": ["string", "null"]}),
            json!({"type": "null"}),
            "type-changed breaking",
            "type-specialized compatible",
        ),
        (
            "one of alternatives that have nothing in common",
            json!({"anyOf": [page(json!({})), {"type": "string"}, {"type": "array"}]}),
            json!({"oneOf": [page(json!({})), {"type": "string"}, {"type": "array"}]}),
            "any-of-became-one-of none",
            "any-of-became-one-of none",
        ),
        (
            "one of alternatives that have something in common",
            json!({"oneOf": [page(json!({})), {"type": "number"}, {"type": "array"}]}),
            json!({"anyOf": [page(json!({})), {"type": "number"}, {"type": "array"}]}),
            "one-of-became-any-of risky",
            "one-of-became-any-of risky",
        ),
        (
            "an object that may now be anything",
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {}}, "additionalProperties": false}),
            json!({}),
            "type-generalized compatible",
            "type-changed breaking",
        ),
        (
            "anything that must now be an object",
            json!({}),
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}),
            "type-changed breaking",
            "type-specialized compatible",
        ),
        (
            "values that XML calls something",
            json!({"type": "string", "enum": ["a", "b"]}),
            json!({"oneOf": [{"type": "string", "enum": ["a"], "xml": {"name": "a"}}, {"const": "b", "readOnly": false}]}),
            "",
            "",
        ),
        (
            "a format for people",
            json!({"type": "string", "format": "password"}),
            json!({"type": "string"}),
            "format-removed none",
            "format-removed none",
        ),
    ]);
}

/// What one side implies is no new restriction on the other one, even if something else changes as well.
#[test]
fn what_the_other_side_implies_does_not_narrow() {
    let list = |most: u8, unique: bool| json!({"type": "array", "maxItems": most, "uniqueItems": unique});
    let object = |required: Value, least: u8| {
        let a = json!({"type": "string", "readOnly": true});
        json!({"type": "object", "properties": {"a": a, "b": {}}, "required": required, "minProperties": least})
    };
    let number = |more: Value| {
        let mut number = json!({"type": "number"});
        number.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        number
    };
    let whole = || json!({"type": "integer"});
    let text = |more: Value| {
        let mut text = json!({"type": "string"});
        text.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        text
    };
    let not_whole = |types: Value| json!({"type": types, "not": whole()});
    judge(vec![
        (
            "a list of several items, without duplicates",
            list(1, false),
            list(3, true),
            "max-items-increased compatible",
            "max-items-increased risky",
        ),
        (
            "a list of at most two items",
            list(2, false),
            list(2, true),
            "unique-items-set breaking",
            "unique-items-set compatible",
        ),
        (
            "a required property that may be another one",
            object(json!(["b"]), 0),
            object(json!([]), 1),
            "became-optional compatible",
            "became-optional breaking",
        ),
        (
            "more properties than are required",
            object(json!(["b"]), 1),
            object(json!(["b"]), 2),
            "min-properties-increased breaking",
            "min-properties-increased compatible",
        ),
        (
            "a required property that is not sent",
            object(json!(["a"]), 0),
            object(json!(["a"]), 1),
            "min-properties-set breaking",
            "min-properties-set compatible",
        ),
        (
            "multiples of one",
            number(json!({"multipleOf": 1})),
            number(json!({})),
            "multiple-of-unset compatible",
            "multiple-of-unset risky",
        ),
        (
            "more properties than a closed object has",
            with(object(json!([]), 0), json!({"additionalProperties": false})),
            with(object(json!([]), 0), json!({"additionalProperties": false, "maxProperties": 2})),
            "",
            "",
        ),
        (
            "fewer properties than a closed object has",
            with(object(json!([]), 0), json!({"additionalProperties": false})),
            with(object(json!([]), 0), json!({"additionalProperties": false, "maxProperties": 1})),
            "max-properties-set breaking",
            "max-properties-set compatible",
        ),
        (
            "a closed object with names by a pattern",
            with(object(json!([]), 0), json!({"additionalProperties": false, "patternProperties": {"^x": true}})),
            with(
                object(json!([]), 0),
                json!({"additionalProperties": false, "patternProperties": {"^x": true}, "maxProperties": 2}),
            ),
            "max-properties-set breaking",
            "max-properties-set compatible",
        ),
        (
            "a type that was excluded",
            json!({"type": "string", "not": whole()}),
            json!({"type": ["string", "integer"]}),
            "type-generalized compatible",
            "type-changed breaking",
        ),
        ("integers, as multiples", whole(), with(whole(), json!({"multipleOf": 0.25})), "", ""),
        ("null as a value", json!({"const": null}), json!({"type": "null"}), "", ""),
        (
            "multiples of a fraction",
            whole(),
            number(json!({"multipleOf": 0.5})),
            "multiple-of-set breaking, type-generalized compatible",
            "multiple-of-set compatible, type-changed breaking",
        ),
        (
            "another type, without an excluded one",
            text(json!({})),
            not_whole(json!(["string", "number"])),
            "type-generalized compatible",
            "type-changed breaking",
        ),
        (
            "an excluded type",
            json!({"type": ["string", "number"]}),
            not_whole(json!(["string", "number"])),
            "type-changed breaking",
            "type-specialized compatible",
        ),
        (
            "an alternative within another one",
            json!({"oneOf": [text(json!({})), whole()]}),
            json!({"oneOf": [text(json!({})), whole(), text(json!({"maxLength": 3}))]}),
            "one-of-added breaking",
            "one-of-added compatible",
        ),
        (
            "no alternative within another one",
            json!({"oneOf": [text(json!({})), whole(), text(json!({"maxLength": 3}))]}),
            json!({"oneOf": [text(json!({})), whole()]}),
            "one-of-removed compatible",
            "one-of-removed risky",
        ),
    ]);
}

#[test]
fn nullable_without_a_type_is_doubtful() {
    let x = json!({"X": {"type": "object"}});
    let of = |nullable: bool| json!({"type": "object", "properties": {"p": {"allOf": [{"$ref": "#/components/schemas/X"}], "nullable": nullable}}});
    let told = |old: Value, new: Value| {
        super::wires(&reason(&contract("3.0.3", &old, &old, &x), &contract("3.0.3", &new, &new, &x)))
    };
    let compatible = "request-property-became-nullable compatible";
    assert_eq!(told(of(false), of(true)), ["response-property-became-nullable risky", compatible]);
    let compatible = "response-property-became-not-nullable compatible";
    assert_eq!(told(of(true), of(false)), ["request-property-became-not-nullable risky", compatible]);
}

#[test]
fn a_format_of_integers_is_a_range() {
    let of = |format: &str| json!({"type": "integer", "format": format});
    judge(vec![
        ("wider", of("uint32"), of("uint64"), "format-changed compatible", "format-changed breaking"),
        ("wider, and signed", of("uint8"), of("int16"), "format-changed compatible", "format-changed breaking"),
        ("narrower", of("int64"), of("int8"), "format-changed breaking", "format-changed compatible"),
        ("another", of("int32"), of("uint32"), "format-changed breaking", "format-changed breaking"),
    ]);
    let within = |least: i64, most: i64, more: Value| with(json!({"minimum": least, "maximum": most}), more);
    let whole = |more: Value| with(json!({"type": "integer"}), more);
    judge(vec![
        ("its bounds written out", of("int16"), within(-32_768, 32_767, of("int16")), "", ""),
        ("looser bounds", of("int8"), within(-500, 500, of("int8")), "", ""),
        (
            "a bound within it",
            of("int8"),
            with(of("int8"), json!({"minimum": 0})),
            "min-set breaking",
            "min-set compatible",
        ),
        (
            "its bounds instead of it",
            of("uint16"),
            within(0, 65_535, whole(json!({}))),
            "format-removed none",
            "format-removed none",
        ),
        ("a fraction", whole(json!({"maximum": 7.9})), whole(json!({"maximum": 7})), "", ""),
        ("below zero", whole(json!({"minimum": -2.5})), whole(json!({"exclusiveMinimum": -3})), "", ""),
        (
            "another integer",
            whole(json!({"minimum": 1.5})),
            whole(json!({"minimum": 2.5})),
            "min-increased breaking",
            "min-increased compatible",
        ),
        (
            "a number",
            json!({"type": "number", "maximum": 7.9}),
            json!({"type": "number", "maximum": 7}),
            "max-decreased breaking",
            "max-decreased compatible",
        ),
    ]);
}

#[test]
fn a_format_may_include_another_one() {
    let of = |format: &str| json!({"type": "string", "format": format});
    for (one, other) in [("email", "idn-email"), ("uri", "uri-reference"), ("uri-reference", "iri-reference")] {
        judge(vec![
            ("wider", of(one), of(other), "format-changed compatible", "format-changed breaking"),
            ("narrower", of(other), of(one), "format-changed breaking", "format-changed compatible"),
        ]);
    }
    judge(vec![("another", of("email"), of("uri"), "format-changed breaking", "format-changed breaking")]);
}

#[test]
fn another_encoding_makes_other_bytes_of_the_same_text() {
    let text = || json!({"type": "string"});
    let encoded = |encoding: &str| json!({"type": "string", "contentEncoding": encoding});
    let other = "content-encoding-changed risky";
    judge(vec![
        ("to another", encoded("base64"), encoded("base32"), other, other),
        ("from another", encoded("base32"), encoded("base64"), other, other),
        ("between others", encoded("base16"), encoded("base64url"), other, other),
        ("plain", encoded("base64"), text(), "format-removed risky", "format-removed breaking"),
        ("encoded", text(), encoded("base64"), "format-added breaking", "format-added risky"),
        (
            "by its format",
            json!({"type": "string", "format": "byte"}),
            text(),
            "format-removed risky",
            "format-removed breaking",
        ),
        ("written otherwise", json!({"type": "string", "format": "byte"}), encoded("base64"), "", ""),
    ]);
}

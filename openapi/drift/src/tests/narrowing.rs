//! What can only keep values out: added, it narrows; removed, it widens; and what is narrower inside is narrower.

use serde_json::{Value, json};

use super::judge;

/// An object of the properties `kind` and `size`, with more keywords.
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
            "what then holds is narrower",
            when(json!({"then": {"properties": {"size": {"minimum": 5}}}})),
            when(json!({"then": {"properties": {"size": {"minimum": 6}}}})),
            "min-increased breaking",
            "min-increased compatible",
        ),
        (
            "what else holds is wider",
            when(json!({"else": {"maxProperties": 2}})),
            when(json!({"else": {"maxProperties": 3}})),
            "max-properties-increased compatible",
            "max-properties-increased breaking",
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
            beside(json!({"required": ["size"]})),
            "dependent-schema-added breaking",
            "dependent-schema-added compatible",
        ),
        (
            "removed",
            beside(json!({"required": ["size"]})),
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
fn what_nothing_describes_is_narrowed() {
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
fn what_restricts_nothing_is_no_restriction() {
    let text = |pattern: &str| json!({"type": "string", "pattern": pattern});
    let contains = |least: u8| json!({"type": "array", "contains": {"const": "a"}, "minContains": least});
    let page = |more: Value| {
        let mut page = json!({"type": "integer", "minimum": 1, "maximum": 100});
        page.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        page
    };
    judge(vec![
        ("any text", text("^[a-z]+$"), text(".*"), "pattern-removed compatible", "pattern-removed breaking"),
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
            "a format for people",
            json!({"type": "string", "format": "password"}),
            json!({"type": "string"}),
            "format-removed none",
            "format-removed none",
        ),
    ]);
}

//! What several keywords say together.

use serde_json::{Value, json};

use super::{judge, with};

#[test]
fn a_keyword_says_nothing_that_others_say_together() {
    let number = |kind: &str, more: Value| with(json!({"type": kind}), more);
    let either = |more: Value| with(json!({"type": ["number", "string"]}), more);
    let listed = |more: Value| with(json!({"enum": [1, 2, "x"]}), more);
    let closed = |more: Value| {
        let own = json!({"type": "object", "properties": {"a": {}, "long": {}}, "additionalProperties": false});
        with(own, more)
    };
    let object = |names: Value, more: Value| {
        let own = json!({"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "required": names});
        with(own, more)
    };
    let list = |more: Value| with(json!({"type": "array"}), more);
    let pair = || json!({"prefixItems": [{"type": "integer"}, {"type": "integer"}], "maxItems": 2});
    let integers = |most: u8| list(json!({"items": {"type": "integer"}, "maxItems": most}));
    let (wider, narrower) = ("type-generalized compatible", "type-specialized compatible");
    let changed = "type-changed breaking";
    let same =
        |name, one: Value, other: Value| [(name, one.clone(), other.clone(), "", ""), (name, other, one, "", "")];
    let mut cases: Vec<_> = [
        same("a value that is not listed", listed(json!({})), listed(json!({"not": {"type": "number", "minimum": 3}}))),
        same("another value", listed(json!({})), listed(json!({"not": {"enum": [3, "y"]}}))),
        same("names that the object has", closed(json!({})), closed(json!({"propertyNames": {"maxLength": 4}}))),
        same(
            "beside a name that it cannot have",
            closed(json!({})),
            closed(json!({"dependentRequired": {"c": ["a"]}})),
        ),
        same(
            "required beside what is required",
            object(json!(["a", "b", "c"]), json!({})),
            object(json!(["a"]), json!({"dependentRequired": {"a": ["b"], "b": ["c"]}})),
        ),
        same("contains anything", list(json!({"contains": {}})), list(json!({"minItems": 1}))),
        same(
            "contains anything several times",
            list(json!({"contains": {"allOf": [{}]}, "minContains": 2, "maxContains": 5})),
            list(json!({"minItems": 2, "maxItems": 5})),
        ),
        same("may contain anything", list(json!({"contains": true, "minContains": 0})), list(json!({}))),
        same(
            "contains anything, all of which is described",
            list(json!({"contains": {}, "unevaluatedItems": false})),
            list(json!({"minItems": 1})),
        ),
        same("all positions", list(pair()), integers(2)),
        same(
            "values of two lists, of which exactly one must match",
            json!({"enum": ["a", "c"]}),
            json!({"oneOf": [{"enum": ["a", "b", "a"]}, {"enum": ["b", "c"]}]}),
        ),
        same(
            "multiples, beside another type",
            json!({"type": ["integer", "string"]}),
            either(json!({"multipleOf": 1})),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    cases.extend([
        (
            "the same integers",
            number("integer", json!({"exclusiveMaximum": 10, "minimum": 3})),
            number("number", json!({"maximum": 9, "exclusiveMinimum": 2})),
            wider,
            changed,
        ),
        (
            "the same integers, without fractions",
            number("number", json!({"maximum": 9.5})),
            number("integer", json!({"maximum": 9})),
            changed,
            narrower,
        ),
        (
            "fewer integers",
            number("integer", json!({"minimum": 3})),
            number("number", json!({"minimum": 3.5})),
            "min-increased breaking, type-generalized compatible",
            "min-increased compatible, type-changed breaking",
        ),
        (
            "a listed value",
            listed(json!({})),
            listed(json!({"not": {"type": "number", "minimum": 2}})),
            "not-added breaking",
            "not-added compatible",
        ),
        (
            "a name that the object has",
            closed(json!({})),
            closed(json!({"propertyNames": {"maxLength": 3}})),
            "property-names-added breaking",
            "property-names-added compatible",
        ),
        (
            "names by a pattern",
            closed(json!({"patternProperties": {"^x": {"type": "string"}}})),
            closed(json!({"patternProperties": {"^x": {"type": "string"}}, "propertyNames": {"maxLength": 4}})),
            "property-names-added breaking",
            "property-names-added compatible",
        ),
        (
            "required beside what only responses have",
            with(object(json!(["a", "b"]), json!({})), json!({"properties": {"a": {"readOnly": true}, "b": {}}})),
            with(
                object(json!(["a"]), json!({"dependentRequired": {"a": ["b"]}})),
                json!({"properties": {"a": {"readOnly": true}, "b": {}}}),
            ),
            "became-optional compatible",
            "became-optional breaking",
        ),
        (
            "more than all positions",
            list(pair()),
            integers(3),
            "items-relaxed compatible, max-items-increased compatible",
            "items-relaxed breaking, max-items-increased risky",
        ),
        (
            "a value of two lists, one of which has a pattern",
            json!({"oneOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"], "pattern": "^c"}]}),
            json!({"oneOf": [{"enum": ["a"]}, {"enum": ["b", "c"], "pattern": "^c"}]}),
            "cannot-judge risky, enum-value-added compatible, unwrapped breaking",
            "cannot-judge risky, enum-value-added risky, unwrapped compatible",
        ),
        (
            "a value of two lists",
            json!({"enum": ["a", "b", "c"]}),
            json!({"oneOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}),
            "enum-value-removed breaking",
            "enum-value-removed compatible",
        ),
    ]);
    judge(cases);
}

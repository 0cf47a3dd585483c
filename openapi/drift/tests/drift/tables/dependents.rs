//! Properties that are required beside others, in each notation.

use serde_json::{Value, json};
use zerogate_drift::reason;

use super::{contract, judge, wires, with};

#[test]
fn a_property_may_be_required_beside_another_one_in_two_notations() {
    let object = |more: Value| {
        let mut object = json!({"type": "object", "properties": {"a": {}, "b": {}, "c": {}}});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        object
    };
    let listed = |names: Value| object(json!({"dependentRequired": {"a": names}}));
    let schema = |schema: Value| object(json!({"dependentSchemas": {"a": schema}}));
    let (added, removed) = ("dependent-required-added", "dependent-required-removed");
    judge(vec![
        ("a list", listed(json!(["b"])), schema(json!({"required": ["b"], "title": "With"})), "", ""),
        ("a schema", schema(json!({"type": "object", "required": ["b"]})), listed(json!(["b"])), "", ""),
        (
            "and another one",
            schema(json!({"required": ["b"]})),
            listed(json!(["b", "c"])),
            &format!("{added} breaking"),
            &format!("{added} compatible"),
        ),
        (
            "less",
            listed(json!(["b", "c"])),
            schema(json!({"required": ["c"]})),
            &format!("{removed} compatible"),
            &format!("{removed} breaking"),
        ),
        (
            "another one instead",
            listed(json!(["b"])),
            listed(json!(["c"])),
            "dependent-required-changed breaking",
            "dependent-required-changed breaking",
        ),
        ("of itself", object(json!({})), listed(json!(["a"])), "", ""),
        (
            "by way of another one",
            object(json!({"dependentRequired": {"a": ["b"], "b": ["c"]}})),
            object(json!({"dependentRequired": {"a": ["c", "b"], "b": ["c"]}})),
            "",
            "",
        ),
        (
            "by way of what is required",
            object(json!({"required": ["b"], "dependentRequired": {"b": ["c"]}})),
            object(json!({"required": ["b"], "dependentRequired": {"a": ["c"], "b": ["c"]}})),
            "",
            "",
        ),
        ("of nothing", object(json!({})), listed(json!([])), "", ""),
        (
            "a condition",
            listed(json!(["b", "c"])),
            object(json!({"if": {"required": ["a"]}, "then": {"type": "object", "required": ["c", "b"]}})),
            "",
            "",
        ),
        (
            "a condition on two",
            listed(json!(["c"])),
            object(json!({"if": {"required": ["a", "b"]}, "then": {"required": ["c"]}})),
            &format!("condition-added breaking, {removed} compatible"),
            &format!("condition-added compatible, {removed} breaking"),
        ),
        (
            "and otherwise",
            listed(json!(["c"])),
            object(json!({"if": {"required": ["a"]}, "then": {"required": ["c"]}, "else": {"required": ["b"]}})),
            &format!("condition-added breaking, {removed} compatible"),
            &format!("condition-added compatible, {removed} breaking"),
        ),
        (
            "an object only",
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}}),
            json!({"if": {"required": ["a"]}, "then": {"type": "object", "required": ["b"]}}),
            "type-changed breaking",
            "type-specialized compatible",
        ),
        (
            "always required of responses",
            object(json!({"required": ["d"], "properties": {"d": {"readOnly": true}}})),
            object(json!({
                "required": ["d"], "properties": {"d": {"readOnly": true}}, "dependentRequired": {"a": ["d"]}
            })),
            &format!("{added} breaking"),
            &format!("{added} compatible"),
        ),
        (
            "an object only, of objects",
            json!({"dependentRequired": {"a": ["b"]}}),
            json!({"if": {"type": "object", "required": ["a"]}, "then": {"type": "object", "required": ["b"]}}),
            "",
            "",
        ),
        (
            "always required",
            object(json!({"required": ["b"]})),
            object(json!({"required": ["b"], "dependentRequired": {"a": ["b"]}})),
            "",
            "",
        ),
    ]);
}

#[test]
fn a_message_names_the_properties_that_are_required_beside_another_one() {
    let other = json!({"type": "string"});
    let told = |old: Value, new: Value| -> Vec<String> {
        let of = |needs: Value| {
            let body = json!({"properties": {"a": {}, "b": {}, "c": {}, "d": {}}, "dependentRequired": needs});
            contract("3.1.0", &body, &other, &json!({}))
        };
        reason(&of(old), &of(new))
            .changes
            .into_iter()
            .map(|change| format!("{}: {}", change.id, change.message))
            .collect()
    };
    let what =
        |kind: &str, what: &str| format!("request-body-dependent-required-{kind}: the body of the request {what}");
    let (added, removed) = (
        what("added", "requires `b`, `d` if `c` is present"),
        what("removed", "no longer requires `b` if `a` is present"),
    );
    let changed = what("changed", "requires `d` instead of `b` if `a` is present");
    assert_eq!(told(json!({"a": ["b"]}), json!({"c": ["b", "d"]})), [added, removed]);
    assert_eq!(told(json!({"a": ["b", "c"]}), json!({"a": ["d", "c"]})), [changed]);
}

#[test]
fn a_notation_whose_counterpart_says_more_is_compared_with_it() {
    let object = |more: Value| with(json!({"type": "object", "properties": {"a": {}, "b": {}, "c": {}}}), more);
    let refer = || json!({"$ref": "#/components/schemas/NeedsB"});
    let needs = || json!({"required": ["b"]});
    let beside = |schema: Value| object(json!({"dependentSchemas": {"a": schema}}));
    let when = |more: Value| object(with(json!({"if": {"required": ["a"]}}), more));
    let told = |old: &Value, new: &Value, is_request: bool| {
        let other = json!({"type": "string"});
        let of = |schema| {
            let (request, response) = if is_request { (schema, &other) } else { (&other, schema) };
            contract("3.1.0", request, response, &json!({"NeedsB": needs()}))
        };
        let place = if is_request { "request-body-" } else { "response-body-" };
        wires(&reason(&of(old), &of(new))).iter().map(|it| it.replace(place, "")).collect::<Vec<_>>().join(", ")
    };
    for (name, less, more, [come, come_there, gone, gone_there]) in [
        (
            "a further limit",
            beside(needs()),
            beside(with(needs(), json!({"maxProperties": 3}))),
            [
                "max-properties-set breaking",
                "max-properties-set compatible",
                "max-properties-unset compatible",
                "max-properties-unset risky",
            ],
        ),
        ("the same schema by a reference", beside(needs()), beside(refer()), [""; 4]),
        (
            "otherwise",
            when(json!({"then": needs()})),
            when(json!({"then": needs(), "else": {"required": ["c"]}})),
            [
                "condition-added breaking",
                "condition-added compatible",
                "condition-removed compatible",
                "condition-removed breaking",
            ],
        ),
        ("a consequence by a reference", when(json!({"then": needs()})), when(json!({"then": refer()})), [""; 4]),
        (
            "one of two conditions says more",
            object(json!({"allOf": [when(json!({"then": needs()})), when(json!({"then": {"required": ["c"]}}))]})),
            object(json!({"allOf": [when(json!({"then": refer()})), when(json!({"then": {"required": ["c"]}}))]})),
            [""; 4],
        ),
    ] {
        assert_eq!(told(&less, &more, true), come, "{name}");
        assert_eq!(told(&less, &more, false), come_there, "{name}");
        assert_eq!(told(&more, &less, true), gone, "no longer {name}");
        assert_eq!(told(&more, &less, false), gone_there, "no longer {name}");
    }
}

//! Properties and items that one side names, where the other side has a schema for unnamed ones.

use serde_json::{Value, json};
use zerogate_drift::reason;

use super::{contract, in_requests_of, judge, wires, with};

#[test]
fn a_schema_that_accepts_anything_is_no_schema() {
    let any = || json!({"allOf": [{}, {"description": "Whatever."}]});
    let list = |items: Value| json!({"type": "array", "items": items});
    let map = |values: Value| json!({"type": "object", "additionalProperties": values});
    let bare = |kind: &str| json!({"type": kind});
    judge(vec![
        ("items", list(json!({})), list(any()), "", ""),
        ("no items", bare("array"), list(any()), "", ""),
        ("items, no longer", list(any()), bare("array"), "", ""),
        ("values", map(json!(true)), map(any()), "", ""),
        ("no values", bare("object"), map(any()), "", ""),
        ("values, no longer", map(any()), bare("object"), "", ""),
        (
            "of one type",
            list(any()),
            list(json!({"allOf": [{}, {"type": "string"}]})),
            "type-changed breaking",
            "type-specialized compatible",
        ),
    ]);
}

#[test]
fn a_schema_that_accepts_anything_restricts_nothing_wherever_it_is() {
    let all = json!(["array", "boolean", "null", "number", "object", "string"]);
    let anything = [
        json!({"allOf": [true]}),
        json!({"anyOf": [{"type": "string"}, {}]}),
        json!({"type": all, "title": "Any"}),
        json!({"$ref": "#/components/schemas/Any"}),
    ];
    let text = || json!({"type": "string"});
    let (list, map) = (json!({"type": "array"}), json!({"type": "object", "properties": {"a": text()}}));
    let joined = |more: &Value| json!({"allOf": [with(map.clone(), more.clone()), {"properties": {"b": text()}}]});
    let components = json!({"Any": {"description": "Whatever."}});
    for any in &anything {
        let cases = [
            (list.clone(), with(list.clone(), json!({"items": any}))),
            (list.clone(), with(list.clone(), json!({"unevaluatedItems": any}))),
            (list.clone(), with(list.clone(), json!({"prefixItems": [any]}))),
            (map.clone(), with(map.clone(), json!({"additionalProperties": any}))),
            (map.clone(), with(map.clone(), json!({"unevaluatedProperties": any}))),
            (map.clone(), with(map.clone(), json!({"patternProperties": {"^x": any}}))),
            (map.clone(), with(map.clone(), json!({"propertyNames": any}))),
            (map.clone(), with(map.clone(), json!({"dependentSchemas": {"a": any}}))),
            (map.clone(), with(map.clone(), json!({"if": {"required": ["a"]}, "then": any}))),
            (
                with(map.clone(), json!({"required": ["a"]})),
                with(map.clone(), json!({"if": any, "then": {"required": ["a"]}})),
            ),
            (joined(&json!({})), joined(&json!({"additionalProperties": any}))),
        ];
        for (without, within) in cases {
            for (old, new) in [(&without, &within), (&within, &without)] {
                let found = in_requests_of(["3.1.0"; 2], (old, &components), (new, &components));
                assert_eq!(found, "none", "{old} to {new}");
            }
        }
    }
    let named = |schema: Value| with(map.clone(), json!({"propertyNames": schema}));
    let closed = |more: Value| with(with(map.clone(), json!({"additionalProperties": false})), more);
    judge(vec![
        ("names are strings", map.clone(), named(json!({"type": ["string", "null"]})), "", ""),
        (
            "names are no numbers",
            map.clone(),
            named(json!({"type": "number"})),
            "property-names-added breaking",
            "property-names-added compatible",
        ),
        (
            "what is closed accepts more by a pattern",
            closed(json!({})),
            closed(json!({"patternProperties": {"^x": {"allOf": [{}]}}})),
            "pattern-property-added compatible",
            "pattern-property-added compatible",
        ),
        (
            "not all types",
            json!({"type": "array"}),
            json!({"type": "array", "items": {"type": ["array", "boolean", "null", "integer", "object", "string"]}}),
            "items-restricted breaking",
            "items-restricted compatible",
        ),
    ]);
}

#[test]
fn a_named_property_was_covered_by_the_rest() {
    let map = |values: Value, properties: Value| json!({"type": "object", "additionalProperties": values, "properties": properties});
    let text = || json!({"type": "string"});
    let (added, removed) = ("response-optional-property-added compatible", "response-optional-property-removed risky");
    judge(vec![
        (
            "of another type",
            map(text(), json!({})),
            map(text(), json!({"age": {"type": "integer"}})),
            "type-changed breaking, new-optional-request-property compatible",
            "type-changed breaking, response-optional-property-added compatible",
        ),
        (
            "of that type",
            map(text(), json!({})),
            map(text(), json!({"name": text()})),
            "new-optional-request-property compatible",
            added,
        ),
        (
            "of that type, and shorter",
            map(text(), json!({})),
            map(text(), json!({"name": {"type": "string", "maxLength": 9}})),
            "max-length-set breaking, new-optional-request-property compatible",
            "max-length-set compatible, response-optional-property-added compatible",
        ),
        (
            "of any type",
            map(json!({}), json!({})),
            map(json!({}), json!({"age": {"type": "integer"}})),
            "new-optional-request-property compatible",
            added,
        ),
        (
            "no longer named",
            map(text(), json!({"age": {"type": "integer"}})),
            map(text(), json!({})),
            "type-changed breaking, removed risky",
            "type-changed breaking, response-optional-property-removed risky",
        ),
        (
            "no longer named, of that type",
            map(text(), json!({"name": text()})),
            map(text(), json!({})),
            "removed risky",
            removed,
        ),
        (
            "of undescribed values",
            json!({"type": "object", "unevaluatedProperties": text()}),
            json!({"type": "object", "unevaluatedProperties": text(), "properties": {"age": {"type": "integer"}}}),
            "type-changed breaking, new-optional-request-property compatible",
            "type-changed breaking, response-optional-property-added compatible",
        ),
    ]);
}

#[test]
fn a_closed_response_may_gain_properties() {
    let closed = |keys: Value| {
        let mut closed = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        closed.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        closed
    };
    let more = json!({"a": {"type": "string"}, "b": {"type": "string"}});
    judge(vec![
        (
            "a property",
            closed(json!({"additionalProperties": false})),
            closed(json!({"additionalProperties": false, "properties": more})),
            "new-optional-request-property compatible",
            "response-optional-property-added compatible",
        ),
        (
            "opened",
            closed(json!({"additionalProperties": false})),
            closed(json!({})),
            "additional-properties-relaxed compatible",
            "additional-properties-relaxed compatible",
        ),
        (
            "closed",
            closed(json!({})),
            closed(json!({"additionalProperties": false})),
            "additional-properties-restricted breaking",
            "additional-properties-restricted compatible",
        ),
    ]);
}

#[test]
fn a_list_that_ends_with_its_positional_items_has_no_others() {
    let pair = |more: Value| {
        let mut pair = json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]});
        pair.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        pair
    };
    let closed = [json!({"items": false}), json!({"maxItems": 2}), json!({"items": false, "maxItems": 2})];
    for one in &closed {
        for other in &closed {
            judge(vec![("closed", pair(one.clone()), pair(other.clone()), "", "")]);
        }
        let open = pair(json!({"maxItems": 3}));
        let told = wires(&reason(
            &contract("3.1.0", &pair(one.clone()), &json!({}), &json!({})),
            &contract("3.1.0", &open, &json!({}), &json!({})),
        ));
        assert!(!told.is_empty() && told.iter().all(|told| told.ends_with("compatible")), "{one}: {told:?}");
        let told = wires(&reason(
            &contract("3.1.0", &open, &json!({}), &json!({})),
            &contract("3.1.0", &pair(one.clone()), &json!({}), &json!({})),
        ));
        assert!(told.iter().any(|told| told.ends_with("breaking")), "{one}: {told:?}");
    }
    judge(vec![(
        "shorter",
        pair(json!({"maxItems": 2})),
        pair(json!({"maxItems": 1})),
        "max-items-decreased breaking",
        "max-items-decreased compatible",
    )]);
}

#[test]
fn a_positional_item_was_covered_by_the_rest() {
    let list = |first: Value, rest: Value| json!({"type": "array", "prefixItems": first, "items": rest});
    let text = || json!({"type": "string"});
    judge(vec![
        ("of that type", list(json!([]), text()), list(json!([text()]), text()), "", ""),
        (
            "of another type",
            list(json!([]), text()),
            list(json!([{"type": "integer"}]), text()),
            "type-changed breaking",
            "type-changed breaking",
        ),
        (
            "no longer described",
            list(json!([{"type": "integer"}]), text()),
            list(json!([]), text()),
            "type-changed breaking",
            "type-changed breaking",
        ),
        (
            "where there were none",
            list(json!([text()]), json!(false)),
            list(json!([text(), text()]), json!(false)),
            "prefix-items-added compatible",
            "prefix-items-added breaking",
        ),
    ]);
}

#[test]
fn names_that_a_pattern_matches_were_or_become_unnamed() {
    let of = |patterns: Value, rest: Value| {
        let mut object = json!({"type": "object", "properties": {"id": {"type": "string"}}});
        object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        object["patternProperties"] = patterns;
        object
    };
    let (none, labels) = (json!({}), json!({"^label-": {"type": "string"}}));
    let (added, removed) = ("pattern-property-added", "pattern-property-removed");
    let told = |[kind, request, response]: [&str; 3]| (format!("{kind} {request}"), format!("{kind} {response}"));
    let typed = told(["type-changed", "breaking", "breaking"]);
    for (rest, if_added, if_removed) in [
        // They were rejected, and what is received beyond a closed response is ignored.
        (
            json!({"additionalProperties": false}),
            told([added, "compatible", "compatible"]),
            told([removed, "breaking", "compatible"]),
        ),
        (
            json!({"unevaluatedProperties": false}),
            told([added, "compatible", "compatible"]),
            told([removed, "breaking", "compatible"]),
        ),
        // Another schema applied to them.
        (json!({"additionalProperties": {"type": "integer"}}), typed.clone(), typed),
        (json!({"additionalProperties": {"type": "string"}}), Default::default(), Default::default()),
        // Anything was accepted.
        (json!({}), told([added, "breaking", "compatible"]), told([removed, "compatible", "breaking"])),
    ] {
        let (without, with) = (of(none.clone(), rest.clone()), of(labels.clone(), rest.clone()));
        judge(vec![("a pattern more", without.clone(), with.clone(), &if_added.0, &if_added.1)]);
        judge(vec![("a pattern less", with, without, &if_removed.0, &if_removed.1)]);
    }
}

#[test]
fn a_required_property_without_a_description_is_that_of_unnamed_properties() {
    let of = |required: Value, described: Value, rest: Value| json!({"type": "object", "required": required, "properties": described, "additionalProperties": rest});
    let (must, may, none, any) = (json!(["day"]), json!([]), json!({}), json!(true));
    let day = |schema: Value| json!({"day": schema});
    let text = || json!({"type": "string"});
    judge(vec![
        (
            "described as it was",
            of(must.clone(), none.clone(), any.clone()),
            of(must.clone(), day(json!({})), any.clone()),
            "",
            "",
        ),
        (
            "no longer described",
            of(must.clone(), day(json!({})), any.clone()),
            of(must.clone(), none.clone(), any.clone()),
            "",
            "",
        ),
        (
            "described by a type",
            of(must.clone(), none.clone(), any.clone()),
            of(must.clone(), day(text()), any.clone()),
            "type-changed breaking",
            "type-specialized compatible",
        ),
        (
            "no longer required",
            of(must.clone(), none.clone(), any.clone()),
            of(may.clone(), day(json!({})), any.clone()),
            "became-optional compatible",
            "became-optional breaking",
        ),
        (
            "required but no longer described",
            of(may.clone(), day(json!({})), any.clone()),
            of(must.clone(), none.clone(), any.clone()),
            "became-required breaking",
            "became-required compatible",
        ),
        (
            "like the unnamed ones",
            of(must.clone(), none.clone(), text()),
            of(must.clone(), day(text()), text()),
            "",
            "",
        ),
        // It could not be sent at all.
        (
            "refused before",
            of(must.clone(), none.clone(), json!(false)),
            of(must, day(text()), json!(false)),
            "new-required-request-property breaking",
            "response-required-property-added compatible",
        ),
    ]);
}

#[test]
fn each_contains_of_several_is_compared() {
    let all = |items: &[&str]| {
        let members: Vec<Value> = items.iter().map(|item| json!({"contains": {"const": item}})).collect();
        json!({"type": "array", "items": {"type": "string"}, "allOf": members})
    };
    judge(vec![
        (
            "one is another",
            all(&["read", "write"]),
            all(&["read", "sign"]),
            "enum-values-replaced breaking",
            "enum-values-replaced breaking",
        ),
        (
            "one more",
            all(&["read", "write"]),
            all(&["sign", "read", "write"]),
            "contains-added breaking",
            "contains-added compatible",
        ),
        (
            "a second one",
            all(&["read"]),
            all(&["read", "write"]),
            "contains-added breaking",
            "contains-added compatible",
        ),
        (
            "only one left",
            all(&["read", "write"]),
            all(&["write"]),
            "contains-removed compatible",
            "contains-removed breaking",
        ),
        ("in another order", all(&["read", "write"]), all(&["write", "read"]), "", ""),
    ]);
}

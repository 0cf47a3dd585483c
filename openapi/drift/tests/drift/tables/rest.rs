//! Properties and items that one side names, where the other side has a schema for unnamed ones.

use serde_json::{Value, json};

use super::judge;

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

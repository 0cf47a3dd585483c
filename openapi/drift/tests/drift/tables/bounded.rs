//! Large contracts, which are compared in a bounded time.

use cpu_time::ThreadTime;
use serde_json::{Map, Value, json};
use zerogate_drift::{Drift, reason};

use super::{contract, wires, with};

/// Compares the schema of a request within the limit.
fn compared(old: (&Value, &Value), new: (&Value, &Value)) -> Drift {
    let of = |(schema, schemas): (&Value, &Value)| contract("3.1.0", schema, &json!({"type": "boolean"}), schemas);
    let (old, new) = (of(old), of(new));
    let begin = ThreadTime::now();
    let drift = reason(&old, &new);
    assert!(begin.elapsed() < crate::LIMIT, "took {:?}", begin.elapsed());
    drift
}

#[test]
fn many_alternatives_that_refer_to_many_schemas() {
    const SCHEMAS: usize = 400;
    let refer = |index: usize| json!({"$ref": format!("#/components/schemas/S{}", index % SCHEMAS)});
    let values: Vec<String> = (0..40).map(|value| format!("value {value}")).collect();
    let part = |index: usize| {
        let kind = json!({"const": index});
        json!({"required": ["kind"], "properties": {"kind": kind, "value": {"enum": values}, "next": refer(index + 1)}})
    };
    let schemas: Map<String, Value> = (0..SCHEMAS).map(|index| (format!("S{index}"), part(index))).collect();
    let union =
        |index: usize| json!({"oneOf": [refer(index), refer(index + 1), {"type": "string", "maxLength": index}]});
    let properties: Map<String, Value> = (0..4_000).map(|index| (format!("p{index}"), union(index))).collect();
    let (whole, schemas) = (json!({"properties": properties}), Value::from(schemas));
    let more = with(schemas.clone(), json!({"Unused": {}}));
    assert_eq!(wires(&compared((&whole, &schemas), (&whole, &more))), ["api-schema-added none"]);
}

#[test]
fn many_differences_of_one_schema() {
    let of = |count: usize| {
        let properties: Map<String, Value> = (0..count).map(|index| (format!("p{index}"), json!({}))).collect();
        json!({"type": "object", "properties": properties})
    };
    let (old, new, none) = (of(60_000), of(1), json!({}));
    let drift = compared((&old, &none), (&new, &none));
    assert_eq!(drift.changes.len(), 59_999);
}

#[test]
fn many_members_with_long_lists() {
    let values = |last: usize| (0..100).map(|value| value + 1_000).chain([last]).collect::<Vec<_>>();
    let member = |index: usize| {
        let list = || json!({"enum": values(index)});
        json!({
            "not": list(), "contains": list(), "anyOf": [list(), {"type": "object"}],
            "if": list(), "then": {"minProperties": 1},
        })
    };
    let members: Vec<Value> = (0..1_000).map(member).collect();
    let mut turned = members.clone();
    turned.rotate_left(1);
    let none = json!({});
    let (old, new) = (json!({"allOf": members}), json!({"allOf": turned}));
    assert_eq!(wires(&compared((&old, &none), (&new, &none))), [""; 0]);
    let listed =
        |range: std::ops::Range<usize>| json!({"enum": range.map(|value| value.to_string()).collect::<Vec<_>>()});
    let both = |end: usize| json!({"allOf": [listed(0..20_000), listed(5..end)]});
    let told = wires(&compared((&both(20_000), &none), (&both(20_001), &none)));
    assert_eq!(told, [""; 0]);
}

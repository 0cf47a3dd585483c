//! Alternatives that are joined in one schema, or divided otherwise.

use serde_json::{Value, json};
use zerogate_drift::reason;

use super::{contract, judge, with};

#[test]
fn a_value_may_move_from_one_list_among_the_alternatives_to_another() {
    let lists = |word: &str, first: Value, lists: &[&[&str]]| {
        let lists = lists.iter().map(|values| json!({"enum": values}));
        let all: Vec<Value> = [first].into_iter().chain(lists).collect();
        json!({word: all})
    };
    let object = |values: &[&[&str]]| lists("anyOf", json!({"type": "object"}), values);
    let one = |values: &[&[&str]]| lists("oneOf", json!({"type": "object"}), values);
    let text = |values: &[&[&str]]| lists("anyOf", json!({"type": "string", "maxLength": 1}), values);
    let (gained, lost) = ("enum-value-added", "enum-value-removed");
    for (name, old, new) in [
        ("joined", object(&[&["a"], &["b"]]), object(&[&["a", "b"]])),
        ("moved", object(&[&["a", "b"], &["c"]]), object(&[&["a"], &["b", "c"]])),
        ("joined, exactly one", one(&[&["a"], &["b"]]), one(&[&["a", "b"]])),
        ("moved, exactly one", one(&[&["a", "b"], &["c"]]), one(&[&["a"], &["b", "c"]])),
        ("of what another one accepts", text(&[&["a"], &["bb"]]), text(&[&["a", "bb", "c"]])),
    ] {
        judge(vec![(name, old.clone(), new.clone(), "", ""), (name, new, old, "", "")]);
    }
    let of_object = object(&[&["a", "b"]]);
    judge(vec![
        (
            "another value",
            of_object.clone(),
            object(&[&["a"], &["b", "c"]]),
            &format!("{gained} compatible"),
            &format!("{gained} risky"),
        ),
        (
            "a value less",
            object(&[&["a"], &["b", "c"]]),
            of_object,
            &format!("{lost} breaking"),
            &format!("{lost} compatible"),
        ),
    ]);
    // A value of two lists does not match exactly one.
    let (twice, once) = (one(&[&["a", "b"], &["b", "c"]]), one(&[&["a", "b"], &["c"]]));
    let of = |schema: &Value| contract("3.1.0", schema, &json!({"type": "boolean"}), &json!({}));
    judge(vec![
        (
            "no longer in two lists",
            twice.clone(),
            once.clone(),
            &format!("{gained} compatible"),
            &format!("{gained} risky"),
        ),
        ("in two lists", once, twice, &format!("{lost} breaking"), &format!("{lost} compatible")),
    ]);
    // Nor does one that another alternative accepts now.
    let (few, any) = (
        lists("oneOf", json!({"type": "integer"}), &[&["a"], &["b"]]),
        lists("oneOf", json!({"type": ["integer", "string"]}), &[&["a", "b"]]),
    );
    assert_eq!(reason(&of(&few), &of(&any)).overall().wire.name(), "breaking");
    let more = json!({"oneOf": [{"type": "integer"}, {"enum": ["a"]}, {"enum": ["b", 7]}]});
    assert_eq!(reason(&of(&few), &of(&more)).overall().wire.name(), "breaking");
}

#[test]
fn an_object_may_join_those_that_were_alternatives() {
    let closed = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let open =
        |properties: Value, required: Value| with(closed(properties, required), json!({"additionalProperties": true}));
    let (text, whole) = (|| json!({"type": "string"}), || json!({"type": "integer"}));
    let [a, b] = [closed(json!({"a": text()}), json!(["a"])), closed(json!({"b": whole()}), json!(["b"]))];
    let [open_a, open_b] = [open(json!({"a": text()}), json!(["a"])), open(json!({"b": whole()}), json!(["b"]))];
    let of_kind = |kind: &str, name: &str| {
        closed(json!({"kind": {"const": kind}, "of": {"type": "object", "properties": {name: {}}}}), json!(["kind"]))
    };
    let kinds = json!({
        "kind": {"enum": ["x", "y"]}, "of": {"type": "object", "properties": {"a": {}, "b": {}}}
    });
    let both = || json!({"a": text(), "b": whole()});
    let one = |objects: Value| json!({"oneOf": objects});
    let none = || json!([]);
    for (name, several, single) in [
        ("closed objects", one(json!([a, b])), closed(both(), none())),
        ("any of them", json!({"anyOf": [a, b]}), closed(both(), none())),
        (
            "one property each",
            one(json!([a, b])),
            with(closed(both(), none()), json!({"minProperties": 1, "maxProperties": 1})),
        ),
        ("and more", one(json!([a, b])), closed(json!({"a": text(), "b": whole(), "c": {}}), none())),
        ("opened", one(json!([a, b])), open(both(), none())),
        ("of named kinds", one(json!([of_kind("x", "a"), of_kind("y", "b")])), closed(kinds, json!(["kind"]))),
        ("open objects", one(json!([open_a, open_b])), open(both(), none())),
    ] {
        let [unwrapped, wrapped] = [
            ("unwrapped compatible", "unwrapped breaking"),
            ("wrapped-in-one-of breaking", "wrapped-in-one-of compatible"),
        ];
        judge(vec![
            (name, several.clone(), single.clone(), unwrapped.0, unwrapped.1),
            (name, single, several, wrapped.0, wrapped.1),
        ]);
    }
    // What the object rejects is told.
    for single in [
        closed(json!({"a": text()}), none()),
        closed(json!({"a": text(), "b": text()}), none()),
        closed(both(), json!(["a"])),
        with(closed(both(), none()), json!({"minProperties": 2})),
        with(closed(both(), none()), json!({"maxProperties": 0})),
        with(closed(both(), none()), json!({"not": {"required": ["b"]}})),
        closed(json!({"a": text(), "b": {"type": "integer", "readOnly": true}}), none()),
    ] {
        let of = |schema: &Value| contract("3.1.0", schema, &json!({"type": "boolean"}), &json!({}));
        let drift = reason(&of(&one(json!([a, b]))), &of(&single));
        assert_eq!(drift.overall().wire.name(), "breaking", "{single}: {drift}");
    }
    // One of them already is the whole.
    let (part, all) = (closed(json!({"a": text()}), none()), closed(both(), none()));
    let respelt = json!({"allOf": [all]});
    judge(vec![
        ("the whole", json!({"anyOf": [part, all]}), respelt.clone(), "unwrapped none", "unwrapped none"),
        (
            "the whole again",
            respelt.clone(),
            json!({"anyOf": [part, all]}),
            "wrapped-in-one-of none",
            "wrapped-in-one-of none",
        ),
        ("exactly one", one(json!([part, all])), respelt, "unwrapped compatible", "unwrapped breaking"),
    ]);
}

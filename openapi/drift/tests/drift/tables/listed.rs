//! Alternatives that only list values.

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_drift::reason;

use super::{compare, contract, in_requests, in_requests_of, judge, with};

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
        let told = if old.get("oneOf").is_some() { "one-of-removed none" } else { "any-of-removed none" };
        judge(vec![(name, old.clone(), new.clone(), told, told), (name, new, old, told, told)]);
    }
    let same = "alternative-values-changed none";
    let (few, some) = (text(&[&["a"], &["bb"]]), text(&[&["a", "c"], &["bb"]]));
    judge(vec![
        ("one that another accepts", few.clone(), some.clone(), same, same),
        ("no longer", some, few, same, same),
    ]);
    let of_object = object(&[&["a", "b"]]);
    judge(vec![
        (
            "another value",
            of_object.clone(),
            object(&[&["a"], &["b", "c"]]),
            &format!("any-of-removed none, {gained} compatible"),
            &format!("any-of-removed none, {gained} risky"),
        ),
        (
            "a value less",
            object(&[&["a"], &["b", "c"]]),
            of_object,
            &format!("any-of-removed none, {lost} breaking"),
            &format!("any-of-removed none, {lost} compatible"),
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
fn lists_among_the_alternatives_that_say_more_are_compared_by_themselves() {
    let of = |word: &str, others: Value, lists: Value| {
        let all: Vec<Value> = [others, lists].iter().flat_map(|it| it.as_array().unwrap().clone()).collect();
        json!({word: all})
    };
    let object = || json!([{"type": "object"}]);
    let list = |values: Value, more: Value| with(json!({"type": "string", "enum": values}), more);
    let any = |lists: Value| of("anyOf", object(), lists);
    // The other alternatives may be in another order.
    let (old, new) = (
        of("oneOf", json!([{"type": "object"}, {"type": "integer"}]), json!([{"enum": ["a"]}, {"enum": ["b"]}])),
        of("oneOf", json!([{"type": "integer"}, {"type": "object"}]), json!([{"enum": ["a", "b"]}])),
    );
    judge(vec![("another order", old, new, "one-of-removed none", "one-of-removed none")]);
    // Null of a single list.
    let null = |more: Value| any(json!([list(json!(["a"]), more), list(json!(["b"]), json!({}))]));
    assert_eq!(in_requests(["3.0.3"; 2], &null(json!({"nullable": true})), &null(json!({}))), "risky");
    for (more, less, [request, response]) in [
        (
            json!({"default": "a"}),
            json!({"default": "b"}),
            ["default-value-changed breaking", "default-value-changed none"],
        ),
        (json!({"default": "a"}), json!({}), ["default-value-removed risky", "default-value-removed none"]),
        (
            json!({"writeOnly": true}),
            json!({}),
            [
                "request-optional-property-became-not-write-only none",
                "response-optional-property-became-not-write-only none",
            ],
        ),
        (json!({"title": "One"}), json!({}), ["title-changed none"; 2]),
        (
            json!({"readOnly": true}),
            json!({}),
            [
                "request-optional-property-became-not-read-only none",
                "response-optional-property-became-not-read-only none",
            ],
        ),
        (json!({"pattern": "^a"}), json!({}), ["pattern-removed compatible", "pattern-removed risky"]),
        (json!({"format": "byte"}), json!({}), ["format-removed risky", "format-removed breaking"]),
        (json!({"not": {"const": "a"}}), json!({}), ["not-removed compatible", "not-removed breaking"]),
    ] {
        let of = |more: &Value| any(json!([list(json!(["a", "b"]), more.clone()), list(json!(["c"]), json!({}))]));
        judge(vec![("said of one list", of(&more), of(&less), request, response)]);
    }
    // A component is compared with what replaces it.
    let (known, none) = (json!({"Known": {"enum": ["a", "b"]}}), json!({}));
    let (old, new) = (json!({"$ref": "#/components/schemas/Known"}), json!({"enum": ["a", "b"]}));
    let of = |list: Value| any(json!([list, {"enum": ["c"]}]));
    assert_eq!(in_requests_of(["3.1.0"; 2], (&of(old), &known), (&of(new), &none)), "none");
    // What cannot be followed to its end may say more.
    let endless = json!({"Loop": {"allOf": [{"$ref": "#/components/schemas/Loop"}]}});
    let old = any(json!([{"enum": ["a"], "allOf": [{"$ref": "#/components/schemas/Loop"}]}, {"enum": ["b"]}]));
    let new = any(json!([{"enum": ["a", "b"]}]));
    assert_eq!(in_requests_of(["3.1.0"; 2], (&old, &endless), (&new, &endless)), "risky");
    // Only some of the others are asked whether they accept a value.
    let name = |index: usize| format!("S{index}");
    let single: serde_json::Map<String, Value> =
        (0..60).map(|index| (name(index), json!({"enum": [index.to_string()]}))).collect();
    let refer = |index: usize| json!({"$ref": format!("#/components/schemas/{}", name(index))});
    let of = |values: Value| {
        let lists = [json!({"enum": values}), json!({"enum": ["z"]})];
        json!({"anyOf": (0..60).map(refer).chain(lists).collect::<Vec<_>>()})
    };
    let single = Value::from(single);
    for (value, wire) in [("5", "none"), ("55", "breaking")] {
        let (old, new) = (of(json!(["x", value])), of(json!(["x"])));
        assert_eq!(in_requests_of(["3.1.0"; 2], (&old, &single), (&new, &single)), wire, "{value}");
    }
    // An alternative is a variant of a type.
    let property = |schema: &Value| json!({"type": "object", "properties": {"p": schema}});
    let told = |old: &Value, new: &Value| {
        let [old, new] = [old, new].map(|it| contract("3.1.0", &property(it), &json!({"type": "boolean"}), &json!({})));
        compare(&old, &new)
    };
    let (a, b, c) = (|| json!({"enum": ["a"]}), || json!({"enum": ["b"]}), || json!({"enum": ["c"]}));
    let two = any(json!([a(), b()]));
    for (old, new, wanted) in [
        (&two, any(json!([b(), a(), {"type": "array"}])), "any-of-added compatible compatible"),
        (&two, any(json!([{"enum": ["a", "b"]}])), "any-of-removed none breaking"),
        (&any(json!([{"enum": ["a", "b"]}])), two.clone(), "any-of-removed none breaking"),
        (
            &two,
            any(json!([{"enum": ["a", "b"]}, c()])),
            "any-of-removed none breaking, enum-value-added compatible compatible",
        ),
        (&two, any(json!([a(), b(), c()])), "any-of-added none compatible, enum-value-added compatible compatible"),
        (
            &any(json!([{"description": "One.", "enum": ["a"]}, b()])),
            any(json!([{"description": "Other.", "enum": ["a"]}, b()])),
            "description-changed none none",
        ),
        (
            &any(json!([{"title": "One", "enum": ["a"]}, b()])),
            any(json!([{"title": "Other", "enum": ["a"]}, b()])),
            "title-changed none breaking",
        ),
    ] {
        assert_eq!(told(old, &new).join(", ").replace("request-property-", ""), wanted, "{old} to {new}");
    }
}

#[test]
fn a_list_of_values_may_be_divided_among_alternatives_however_these_are_written() {
    let refer = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let (text, nothing) = (|values: &[&str]| json!({"type": "string", "enum": values}), || json!({"type": "null"}));
    let schemas = json!({
        "A": text(&["a"]), "Ab": text(&["a", "b"]), "Both": {"oneOf": [{"const": "a"}, {"const": "b"}]},
        "Short": with(text(&["b"]), json!({"pattern": "^.$"})), "Sent": with(text(&["b"]), json!({"writeOnly": true})),
        "Endless": {"enum": ["a"], "allOf": [refer("Endless")]},
    });
    let any = |branches: Value| json!({"anyOf": branches});
    let one = |branches: Value| json!({"oneOf": branches});
    let all_of = |schema: Value| json!({"allOf": [schema], "description": "One."});
    let (less, more) = (("breaking", "compatible"), ("compatible", "risky"));
    let (same, less, more) = ([("none", "none"); 2], [less, more], [more, less]);
    let other = [("breaking", "breaking"), ("breaking", "risky")];
    let null = || json!({"enum": ["a", "b", null]});
    for (name, list, divided, wanted) in [
        ("a component", text(&["a", "b"]), one(json!([refer("A"), text(&["b"])])), same),
        ("any of them", text(&["a", "b"]), any(json!([refer("Ab"), text(&["b"])])), same),
        ("exactly one of them", text(&["a"]), one(json!([refer("Ab"), text(&["b"])])), same),
        ("joins", json!({"enum": [1, 2]}), one(json!([all_of(json!({"const": 1})), {"const": 2}])), same),
        (
            "a limit beside them",
            text(&["a"]),
            with(one(json!([refer("A"), {"const": "bb"}])), json!({"maxLength": 1})),
            same,
        ),
        ("null", null(), one(json!([refer("A"), text(&["b"]), nothing()])), same),
        ("null of an alternative", null(), any(json!([refer("A"), {"enum": ["b", null]}])), same),
        (
            "null of two",
            text(&["a", "b"]),
            one(json!([{"enum": ["a", null]}, {"enum": ["b", null]}, refer("Ab")])),
            [("breaking", "breaking"); 2],
        ),
        ("one less", text(&["a", "b", "c"]), one(json!([refer("A"), text(&["b"])])), less),
        ("one more", text(&["a"]), one(json!([refer("A"), text(&["b"])])), more),
        // These say more.
        ("a pattern", text(&["a", "b"]), one(json!([refer("A"), refer("Short")])), other),
        ("only in requests", text(&["a", "b"]), one(json!([refer("A"), refer("Sent")])), other),
        ("no end", text(&["a", "b"]), one(json!([refer("Endless"), text(&["b"])])), other),
        ("alternatives again", text(&["a", "b"]), one(json!([refer("Both"), text(&["c"])])), more),
    ] {
        let verdicts = [(&list, &divided), (&divided, &list)].map(|(old, new)| {
            let other = json!({"type": "boolean"});
            let wire = |of: &dyn Fn(&Value) -> Document| reason(&of(old), &of(new)).overall().wire.name();
            let sent = wire(&|schema| contract("3.1.0", schema, &other, &schemas));
            (sent, wire(&|schema| contract("3.1.0", &other, schema, &schemas)))
        });
        assert_eq!(verdicts, wanted, "{name}");
    }
}

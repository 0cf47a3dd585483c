//! Values that move between alternatives.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zerogate_drift::reason;

use super::{contract, in_requests, in_requests_of, judge, wires, with};

#[test]
fn values_may_move_between_a_list_and_any_other_alternative() {
    let whole = || json!({"type": "integer"});
    let list = |values: Value| json!({"enum": values});
    let (text, other) = (|pattern: &str| json!({"type": "string", "pattern": pattern}), json!({"type": "boolean"}));
    let long: Vec<Value> = (0..60).map(|index| json!({"type": "object", "required": [format!("p{index}")]})).collect();
    let many = |values: Value| [vec![list(values), whole()], long.clone()].concat();
    let [same, gained, lost] = [["none"; 2], ["compatible", "risky"], ["breaking", "compatible"]]
        .map(|wires| wires.map(|wire| format!("alternative-values-changed {wire}")));
    let [plain_gained, plain_lost] = [["added compatible", "added risky"], ["removed breaking", "removed compatible"]]
        .map(|told| told.map(|told| format!("enum-value-{told}")));
    let and = |other: &str, told: &[String; 2], wires: [&str; 2]| {
        [0, 1].map(|index| format!("{}, {other} {}", told[index], wires[index]))
    };
    let not_five = |schema: Value| with(schema, json!({"not": {"const": 5}}));
    let few = || json!({"type": "integer", "maximum": 9});
    let (alone, more) = (vec![list(json!(["a"])), whole()], vec![list(json!(["a", 7])), whole()]);
    for (name, word, old, new, to, back) in [
        ("one more", "anyOf", alone.clone(), more.clone(), &same, &same),
        // It matches two of them.
        ("one more, of one", "oneOf", alone.clone(), more, &lost, &gained),
        ("really more", "anyOf", alone.clone(), vec![list(json!(["a", 7, "b"])), whole()], &gained, &lost),
        ("as usual", "oneOf", alone.clone(), vec![list(json!(["a", "b"])), whole()], &plain_gained, &plain_lost),
        (
            "perhaps",
            "oneOf",
            vec![list(json!(["a"])), text("^x")],
            vec![list(json!(["a", "b"])), text("^x")],
            &plain_gained,
            &plain_lost,
        ),
        (
            "null too",
            "anyOf",
            alone.clone(),
            vec![list(json!(["a", 7, null])), whole()],
            &and("became-nullable", &same, ["compatible", "breaking"]),
            &and("became-not-nullable", &same, ["breaking", "compatible"]),
        ),
        (
            "perhaps, and another one for certain",
            "anyOf",
            vec![list(json!(["a"])), whole(), text("^x")],
            vec![list(json!(["a", "b", 7])), whole(), text("^x")],
            &[0, 1].map(|index| [plain_gained[index].as_str(); 2].join(", ")),
            &[0, 1].map(|index| [plain_lost[index].as_str(); 2].join(", ")),
        ),
        (
            "perhaps, by what is not known",
            "anyOf",
            vec![list(json!(["a"])), not_five(whole())],
            vec![list(json!(["a", 7])), not_five(whole())],
            &plain_gained,
            &plain_lost,
        ),
        (
            "not in another list that says more",
            "anyOf",
            vec![list(json!(["a"])), few(), not_five(list(json!([5, 6])))],
            vec![list(json!(["a", 7, 12])), few(), not_five(list(json!([5, 6])))],
            &gained,
            &lost,
        ),
        ("too many", "anyOf", many(json!(["a"])), many(json!(["a", 7])), &plain_gained, &plain_lost),
    ] {
        judge(vec![
            (name, json!({word: old}), json!({word: new}), &to[0], &to[1]),
            (name, json!({word: new}), json!({word: old}), &back[0], &back[1]),
        ]);
        // The same by references.
        let [old, new] = [old, new].map(|branches| {
            let refer = |index: usize| json!({"$ref": format!("#/components/schemas/S{index}")});
            let union = json!({"type": "object", "properties": {"p": {word: (0..branches.len()).map(refer).collect::<Vec<_>>()}}});
            let schemas: serde_json::Map<String, Value> =
                branches.into_iter().enumerate().map(|(index, branch)| (format!("S{index}"), branch)).collect();
            [contract("3.1.0", &union, &other, &json!(schemas)), contract("3.1.0", &other, &union, &json!(schemas))]
        });
        for (index, direction) in ["request", "response"].into_iter().enumerate() {
            for (old, new, told) in [(&old, &new, to), (&new, &old, back)] {
                let drift = reason(&old[index], &new[index]);
                let found = wires(&drift).into_iter().filter(|told| !told.starts_with("schema-"));
                let found: BTreeSet<_> = found.map(|it| it.replace(&format!("{direction}-property-"), "")).collect();
                let wanted = told[index].split(", ").map(str::to_owned).collect();
                assert_eq!(found, wanted, "{name}, {direction}: {drift}");
            }
        }
    }
    let endless = json!({"Loop": {"allOf": [{"$ref": "#/components/schemas/Loop"}]}});
    let [old, new] = [json!(["a"]), json!(["a", 7])]
        .map(|values| json!({"anyOf": [list(values), {"$ref": "#/components/schemas/Loop"}]}));
    assert_eq!(in_requests_of(["3.1.0"; 2], (&old, &endless), (&new, &endless)), "compatible");
    // A value that another one may accept as well.
    let (old, new) = (
        json!({"oneOf": [list(json!(["a", "b"])), whole()]}),
        json!({"oneOf": [list(json!(["a"])), whole(), list(json!(["b"])), text("^x")]}),
    );
    assert_eq!(in_requests(["3.1.0"; 2], &old, &new), "breaking");
    // What else differs is told as ever.
    let with_default =
        |values: Value, default: Value| json!({"anyOf": [{"enum": values, "default": default}, whole()]});
    judge(vec![(
        "another default",
        with_default(json!(["a"]), json!("a")),
        with_default(json!(["a", 7]), json!(7)),
        "default-value-changed breaking, enum-value-added compatible",
        "default-value-changed none, enum-value-added risky",
    )]);
}

#[test]
fn values_may_move_between_components_that_list_them() {
    let of = |word: &str, schemas: &[(&str, &[&str])]| {
        let refer = schemas.iter().map(|(name, _)| json!({"$ref": format!("#/components/schemas/{name}")}));
        let branches: Vec<Value> = refer.chain([json!({"type": "object"})]).collect();
        let list = |(name, values): &(&str, &[&str])| ((*name).to_owned(), json!({"enum": values}));
        let schemas: serde_json::Map<String, Value> = schemas.iter().map(list).collect();
        contract("3.1.0", &json!({word: branches}), &json!({word: branches}), &json!(schemas))
    };
    // Null is told by itself.
    let schemas = |b: Value, a: Value| json!({"A": {"enum": a}, "B": {"enum": b}});
    let [a, b] = ["A", "B"].map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
    let [old, new] = [json!({"anyOf": [a, b, {"type": "object"}]}), json!({"anyOf": [a, {"type": "object"}]})];
    let other = json!({"type": "boolean"});
    let old = contract("3.1.0", &old, &other, &schemas(json!(["b", null]), json!(["a"])));
    let new = contract("3.1.0", &new, &other, &schemas(json!(["b", null]), json!(["a", "b"])));
    let told = wires(&reason(&old, &new));
    assert!(told.contains(&"request-body-any-of-removed none".to_owned()), "{told:?}");
    for word in ["anyOf", "oneOf"] {
        let two = of(word, &[("A", &["a", "b"]), ("B", &["c"])]);
        for (name, other, wire) in [
            ("moved", of(word, &[("A", &["a"]), ("B", &["b", "c"])]), "none"),
            ("joined", of(word, &[("A", &["a", "b", "c"])]), "none"),
            ("lost", of(word, &[("A", &["a"]), ("B", &["c"])]), "breaking"),
            ("partly moved", of(word, &[("A", &["b", "c"])]), "breaking"),
            (
                "copied",
                of(word, &[("A", &["a", "b"]), ("B", &["b", "c"])]),
                if word == "anyOf" { "none" } else { "breaking" },
            ),
        ] {
            let (drift, back) = (reason(&two, &other), reason(&other, &two));
            assert_eq!(drift.overall().wire.name(), wire, "{word}, {name}: {drift}");
            let is_back = back.overall().wire.name() == "none";
            assert_eq!(is_back, wire == "none", "{word}, {name}, back: {back}");
        }
    }
}

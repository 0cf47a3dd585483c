//! The same schemas in different contexts, and what several members of an `allOf` repeat.

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_drift::{Source, Wire, reason};

use super::{contract, judge, wires, with};

fn refer(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn document(paths: &Value, schemas: &Value) -> Document {
    let contract = json!({"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}});
    Document::parse("contract.json", &contract.to_string()).unwrap()
}

fn content(schema: &Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

fn response(schema: &Value) -> Value {
    json!({"description": ".", "content": content(schema)})
}

/// What is compatible instead of another description may break where it is sent.
#[test]
fn a_pair_that_one_description_replaces_is_compared_again_elsewhere() {
    let object = |most: u8| json!({"type": "object", "properties": {"p": {"type": "string", "maxLength": most}}});
    let schemas = json!({"A": object(9), "B": object(5)});
    let of = |sent: &str, more: Value| {
        let mut responses = json!({"200": {"description": "."}, "default": response(&refer("A"))});
        responses.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let body = json!({"content": content(&refer(sent))});
        let paths = json!({
            "/a": {"get": {"operationId": "a", "responses": responses}},
            "/b": {"post": {"operationId": "b", "requestBody": body, "responses": {}}},
        });
        document(&paths, &schemas)
    };
    let told = wires(&reason(&of("A", json!({})), &of("B", json!({"404": response(&refer("B"))}))));
    assert!(told.contains(&"request-property-max-length-decreased breaking".to_owned()), "{told:?}");
}

#[test]
fn a_schema_of_a_header_is_compared_again_in_a_body() {
    let of = |values: Value| {
        let headers = json!({"Mode": {"schema": refer("Mode")}});
        let paths = json!({
            "/a": {"get": {"operationId": "a", "responses": {"200": {"description": ".", "headers": headers}}}},
            "/b": {"get": {"operationId": "b", "responses": {"200": response(&refer("Mode"))}}},
        });
        document(&paths, &json!({"Mode": {"type": "string", "enum": values}}))
    };
    let drift = reason(&of(json!(["a", "b"])), &of(json!(["a"])));
    let [change] = drift.changes.as_slice() else { panic!("{drift}") };
    assert_eq!((change.source, change.operations()), (Source::Breaking, vec!["a", "b"]), "{drift}");
}

#[test]
fn a_property_that_another_schema_requires_is_compared_again_where_it_is_optional() {
    let of = |p: Value| {
        let paths = json!({
            "/a": {"get": {"operationId": "a", "responses": {"200": response(&refer("Whole"))}}},
            "/b": {"get": {"operationId": "b", "responses": {"200": response(&refer("Part"))}}},
        });
        let whole = json!({"allOf": [refer("Part"), {"required": ["p"]}]});
        document(&paths, &json!({"Part": {"type": "object", "properties": {"p": p}}, "Whole": whole}))
    };
    let drift = reason(&of(json!({"type": "string"})), &of(json!({"type": "string", "default": "a"})));
    assert_eq!(drift.overall().source, Source::Breaking, "{drift}");
}

/// Null that an alternative loses is still allowed beside it.
#[test]
fn null_behind_a_reference_counts_where_nothing_else_allows_it() {
    let of = |types: Value, around: &Value, direct: bool| {
        let mut properties = json!({"around": around});
        if direct {
            properties["direct"] = refer("Name");
        }
        let object = json!({"type": "object", "properties": properties});
        contract("3.1.0", &object, &json!({"type": "boolean"}), &json!({"Name": {"type": types}}))
    };
    let or_null = json!({"anyOf": [refer("Name"), {"type": "null"}]});
    let or_more = json!({"anyOf": [refer("Name"), {"type": ["integer", "null"]}]});
    for around in [or_null, or_more] {
        let of = |types: Value, direct| of(types, &around, direct);
        let (or_null, only) = (json!(["string", "null"]), json!("string"));
        let drift = reason(&of(or_null.clone(), false), &of(only.clone(), false));
        assert_eq!(drift.overall().wire, Wire::None, "{drift}");
        let drift = reason(&of(or_null, true), &of(only, true));
        let change = drift.changes.iter().find(|change| change.wire == Wire::Breaking).expect("one that breaks");
        let fields: Vec<&str> = change.reach.iter().map(|reach| reach.field.as_str()).collect();
        assert_eq!(fields, ["direct"], "{drift}");
    }
}

#[test]
fn what_several_members_of_all_of_repeat_is_said_once() {
    let text = || json!({"type": "string"});
    let object = |kind: &str| json!({"type": "object", "required": [kind], "properties": {kind: {"const": kind}}});
    let both = |once: &Value| json!({"allOf": [once, once]});
    let list = json!({"type": "array", "contains": {"const": 1}});
    let union = json!({"oneOf": [object("a"), object("b")]});
    let any = json!({"anyOf": [object("a"), object("b"), text()]});
    let condition = json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"maxProperties": 2}});
    let not = json!({"type": ["string", "integer"], "not": {"const": 1}});
    let dependent = json!({"type": "object", "dependentRequired": {"a": ["b"]}});
    for once in [list, union, any, condition, not, dependent] {
        judge(vec![("again", once.clone(), both(&once), "", ""), ("once", both(&once), once, "", "")]);
    }
    // By two ways to the same schema, each of which closes itself.
    let closed = json!({"type": "object", "properties": {"a": text()}, "unevaluatedProperties": text()});
    let more = json!({"type": "object", "properties": {"b": text()}, "additionalProperties": false});
    let schemas = json!({
        "Closed": closed, "More": more, "One": {"allOf": [refer("Closed")]}, "Other": {"allOf": [refer("Closed")]},
    });
    let of = |members: Value| {
        let schema = json!({"allOf": members});
        contract("3.1.0", &schema, &schema, &schemas)
    };
    for (one, other) in [
        (json!([refer("One"), refer("More")]), json!([refer("Other"), refer("One"), refer("More")])),
        (json!([refer("More"), refer("One")]), json!([refer("One"), refer("More"), refer("More")])),
    ] {
        assert_eq!(wires(&reason(&of(one.clone()), &of(other.clone()))), [""; 0]);
        assert_eq!(wires(&reason(&of(other), &of(one))), [""; 0]);
    }
    // Of two members that say the same, each describes other properties.
    let own = |kind: &str, more: Value| {
        let mut own = json!({"type": "object", "properties": {kind: text()}});
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        own
    };
    let rest = || json!({"unevaluatedProperties": false});
    let whole = |one: Value| {
        let mut whole = rest();
        whole["allOf"] = json!([one, own("b", json!({}))]);
        whole
    };
    judge(vec![(
        "a member that closes itself too",
        whole(own("a", json!({}))),
        whole(own("a", rest())),
        "cannot-judge risky, unevaluated-properties-added breaking",
        "cannot-judge risky, unevaluated-properties-added compatible",
    )]);
}

#[test]
fn members_of_an_all_of_are_compared_in_any_order() {
    let own = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}});
    let members = [with(own("s"), json!({"unevaluatedProperties": false})), own("a"), own("b")];
    let whole = |order: [usize; 3]| json!({"allOf": order.map(|index| &members[index])});
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        judge(vec![("another order", whole([0, 1, 2]), whole(order), "", "")]);
    }
    let any = |name: &str| json!({"anyOf": [{"required": [name]}, {"type": "string"}]});
    let all = |names: &[&str]| json!({"allOf": names.iter().map(|name| any(name)).collect::<Vec<_>>()});
    judge(vec![
        ("alternatives in another order", all(&["a", "b"]), all(&["b", "a"]), "", ""),
        ("more", all(&["a", "b"]), all(&["b", "c", "a"]), "any-of-set breaking", "any-of-set compatible"),
        ("less", all(&["a", "b", "c"]), all(&["c", "a"]), "any-of-unset compatible", "any-of-unset breaking"),
        ("several more", all(&["a"]), all(&["b", "c", "a"]), "cannot-judge risky", "cannot-judge risky"),
    ]);
}

#[test]
fn what_an_alternative_refers_to_may_match_another_one() {
    let object = |kind: Value| json!({"type": "object", "required": ["kind"], "properties": {"kind": kind}});
    // What is said beside a reference counts as well.
    let beside = |most: u8| {
        let schemas = json!({
            "Few": {"$ref": "#/components/schemas/Whole", "maximum": most}, "Whole": {"type": "integer"}
        });
        let union = json!({"oneOf": [refer("Few"), {"type": "integer", "minimum": 10}]});
        contract("3.1.0", &union, &json!({"type": "boolean"}), &schemas)
    };
    let told = wires(&reason(&beside(5), &beside(20)));
    assert_eq!(told, ["request-body-one-of-overlapped breaking", "request-body-max-increased compatible"]);
    let of = |kind: Value, direct: bool| {
        let union = json!({"oneOf": [refer("One"), object(json!({"const": "b"}))]});
        let of_kind = if direct { refer("Kind") } else { refer("Same") };
        let schemas = json!({"One": object(of_kind), "Same": refer("Kind"), "Kind": kind});
        contract("3.1.0", &union, &json!({"type": "boolean"}), &schemas)
    };
    for direct in [true, false] {
        let (one, any) = (json!({"const": "a"}), json!({"type": "string"}));
        let told = wires(&reason(&of(one.clone(), direct), &of(any.clone(), direct)));
        assert!(told.contains(&"request-body-one-of-overlapped breaking".to_owned()), "{told:?}");
        let told = wires(&reason(&of(any, direct), &of(one, direct)));
        assert!(!told.iter().any(|told| told.contains("overlapped")), "{told:?}");
    }
}

#[test]
fn a_list_ends_with_its_last_position() {
    let list = |positions: &[&str], most: u8, items: Value| {
        let positions: Vec<Value> = positions.iter().map(|kind| json!({"type": kind})).collect();
        json!({"type": "array", "prefixItems": positions, "maxItems": most, "items": items})
    };
    let any = || json!(true);
    judge(vec![
        (
            "a position more",
            list(&["string"], 1, any()),
            list(&["string", "integer"], 2, any()),
            "max-items-increased compatible, prefix-items-added compatible",
            "max-items-increased risky, prefix-items-added breaking",
        ),
        (
            "a position less",
            list(&["string", "integer"], 2, any()),
            list(&["string"], 1, any()),
            "max-items-decreased breaking, prefix-items-removed breaking",
            "max-items-decreased compatible, prefix-items-removed compatible",
        ),
        (
            "items that it never has",
            list(&["string"], 1, json!({"type": "string"})),
            list(&["string"], 1, json!({"type": "integer"})),
            "",
            "",
        ),
        ("a position that it never has", list(&["string", "integer"], 1, any()), list(&["string"], 1, any()), "", ""),
        (
            "a position that only one side never has",
            list(&["string", "integer"], 1, any()),
            list(&["string", "boolean"], 2, any()),
            "max-items-increased compatible, type-changed breaking",
            "max-items-increased risky, type-changed breaking",
        ),
        ("closed otherwise", list(&["string"], 1, any()), list(&["string"], 9, json!(false)), "", ""),
    ]);
}

#[test]
fn limits_of_numbers_say_nothing_about_texts() {
    let both = |format: Value| {
        let mut both = json!({"type": ["integer", "string"], "minimum": 0, "maximum": 9});
        both.as_object_mut().unwrap().extend(format.as_object().unwrap().clone());
        both
    };
    let whole = |more: Value| {
        let mut whole = json!({"type": "integer", "format": "int64"});
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        whole
    };
    judge(vec![
        (
            "a format of texts",
            both(json!({"format": "email"})),
            both(json!({})),
            "format-removed compatible",
            "format-removed breaking",
        ),
        (
            "a format of numbers",
            both(json!({"format": "int32"})),
            both(json!({})),
            "format-removed none",
            "format-removed none",
        ),
        (
            "a bound of one of the types",
            both(json!({})),
            both(json!({"maximum": 5})),
            "max-decreased breaking",
            "max-decreased compatible",
        ),
        ("a bound beyond all formats", whole(json!({})), whole(json!({"maximum": 1e40, "minimum": -1e40})), "", ""),
        (
            "bounds beyond 128 bits",
            json!({"type": "integer", "maximum": 1e39}),
            json!({"type": "integer", "maximum": 2e38}),
            "max-decreased breaking",
            "max-decreased compatible",
        ),
        (
            "exclusive bounds beyond 128 bits",
            json!({"type": "integer", "exclusiveMinimum": -2e38}),
            json!({"type": "integer", "exclusiveMinimum": -1e39}),
            "exclusive-min-decreased compatible",
            "exclusive-min-decreased risky",
        ),
        ("no integer", whole(json!({})), whole(json!({"maximum": -1e40})), "max-set breaking", "max-set compatible"),
    ]);
}

#[test]
fn a_number_is_a_multiple_of_several() {
    let of = |numbers: &[f64]| {
        let members: Vec<Value> = numbers.iter().map(|number| json!({"multipleOf": number})).collect();
        json!({"type": "number", "allOf": members})
    };
    judge(vec![
        ("two and three", of(&[2.0, 3.0]), of(&[6.0]), "", ""),
        ("six", of(&[6.0]), of(&[3.0, 2.0, 1.0]), "", ""),
        ("fractions", of(&[0.4, 0.6]), of(&[1.2]), "", ""),
        ("one more", of(&[4.0]), of(&[4.0, 6.0]), "multiple-of-changed breaking", "multiple-of-specialized compatible"),
        ("one less", of(&[4.0, 6.0]), of(&[6.0]), "multiple-of-generalized compatible", "multiple-of-changed risky"),
    ]);
}

#[test]
fn a_list_of_every_integer_of_a_range_is_the_range() {
    let range = |least: i64, most: i64| json!({"type": "integer", "minimum": least, "maximum": most});
    let list = |values: Value| json!({"type": "integer", "enum": values});
    let fractions = json!({"type": "number", "minimum": 1, "maximum": 3});
    let null = json!({"type": ["integer", "null"]});
    let (three, fives) = (|| list(json!([1, 2, 3])), || with(range(0, 10), json!({"multipleOf": 5})));
    let (enumerated, ranged) = ("became-enum", "became-not-enum");
    let same = [
        ("a range", range(1, 3), three()),
        ("exclusive", json!({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 3.5}), three()),
        ("multiples", fives(), list(json!([0, 5, 10]))),
        ("whole numbers", with(fractions.clone(), json!({"multipleOf": 1})), json!({"enum": [3, 2, 1.0]})),
        ("or null", with(range(1, 3), null.clone()), with(list(json!([1, 2, 3, null])), null.clone())),
        ("one value", range(5, 5), json!({"const": 5})),
        ("none beyond 64 bits", range(i64::MAX, i64::MAX), json!({"const": i64::MAX})),
    ];
    judge(
        same.into_iter()
            .flat_map(|(name, one, other)| [(name, one.clone(), other.clone(), "", ""), (name, other, one, "", "")])
            .collect(),
    );
    let long = with(range(1, 999_999_999_999), json!({"multipleOf": 500_000_000_000_i64}));
    let become_enum = [format!("{enumerated} breaking"), format!("{enumerated} compatible")];
    let become_range = [format!("{ranged} compatible"), format!("{ranged} risky")];
    judge(vec![
        ("a list of fewer", range(1, 3), list(json!([1, 2])), &become_enum[0], &become_enum[1]),
        ("a range of more", three(), range(1, 4), &become_range[0], &become_range[1]),
        ("a list of more", range(1, 3), list(json!([1, 2, 3, 4])), "max-unset compatible", "max-unset risky"),
        ("a range of fewer", three(), range(1, 2), "max-set breaking", "max-set compatible"),
        (
            "no multiples",
            fives(),
            list(json!([0, 5, 7, 10])),
            "multiple-of-unset compatible",
            "multiple-of-unset risky",
        ),
        ("no fractions", fractions, json!({"type": "number", "enum": [1, 2, 3]}), &become_enum[0], &become_enum[1]),
        ("no null", with(range(1, 3), null), three(), "became-not-nullable breaking", "became-not-nullable compatible"),
        (
            "a text as well",
            range(1, 3),
            json!({"enum": [1, 2, 3, "x"]}),
            "type-generalized compatible",
            "type-changed breaking",
        ),
        (
            "no text",
            json!({"enum": [1, 2, 3, "x"]}),
            range(1, 3),
            "type-changed breaking",
            "type-specialized compatible",
        ),
        ("a long range", long, list(json!([500_000_000_000_i64])), &become_enum[0], &become_enum[1]),
    ]);
}

#[test]
fn listed_values_imply_the_limits_that_they_meet() {
    let whole = |more: Value| {
        let mut whole = json!({"type": "integer"});
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        whole
    };
    let bounded = || whole(json!({"minimum": 2, "exclusiveMaximum": 10, "multipleOf": 2}));
    let list = |values: Value| json!({"enum": values});
    let text = |more: Value| {
        let mut text = json!({"type": "string"});
        text.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        text
    };
    let short = || text(json!({"minLength": 1, "maxLength": 3}));
    let (listed, open) = ("became-enum breaking", "became-not-enum compatible");
    let (listed_there, open_there) = ("became-enum compatible", "became-not-enum risky");
    judge(vec![
        ("numbers", bounded(), list(json!([2, 8])), listed, listed_there),
        ("no longer", list(json!([2, 8])), bounded(), open, open_there),
        (
            "a number beyond a bound",
            bounded(),
            list(json!([2, 10])),
            &format!("{listed}, exclusive-max-unset compatible"),
            &format!("{listed_there}, exclusive-max-unset risky"),
        ),
        (
            "no multiple",
            list(json!([2, 3])),
            bounded(),
            &format!("{open}, multiple-of-set breaking"),
            &format!("{open_there}, multiple-of-set compatible"),
        ),
        ("texts", short(), list(json!(["abc", "é"])), listed, listed_there),
        ("no longer texts", list(json!(["abc", "é"])), short(), open, open_there),
        (
            "a longer text",
            list(json!(["abcd"])),
            short(),
            &format!("{open}, max-length-set breaking"),
            &format!("{open_there}, max-length-set compatible"),
        ),
    ]);
}

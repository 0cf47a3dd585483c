//! Alternatives that are joined in one schema, or divided otherwise.

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
fn an_object_may_join_those_that_were_alternatives() {
    let closed = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let open =
        |properties: Value, required: Value| with(closed(properties, required), json!({"additionalProperties": true}));
    let (text, whole) = (|| json!({"type": "string"}), || json!({"type": "integer"}));
    let [a, b] = [closed(json!({"a": text()}), json!(["a"])), closed(json!({"b": whole()}), json!(["b"]))];
    let [open_a, open_b] = [open(json!({"a": text()}), json!(["a"])), open(json!({"b": whole()}), json!(["b"]))];
    let of_kind = |kind: &str, name: &str| {
        closed(json!({"kind": {"const": kind}, "of": closed(json!({name: {}}), json!([]))}), json!(["kind"]))
    };
    let kinds = json!({
        "kind": {"enum": ["x", "y"]}, "of": {"type": "object", "properties": {"a": {}, "b": {}}}
    });
    let both = || json!({"a": text(), "b": whole()});
    let one = |objects: Value| json!({"oneOf": objects});
    let none = || json!([]);
    let of_kinds = one(json!([of_kind("x", "a"), of_kind("y", "b")]));
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
        ("of named kinds", of_kinds.clone(), closed(kinds.clone(), json!(["kind"]))),
        ("open objects", one(json!([open_a, open_b])), open(both(), none())),
        (
            "of any value",
            one(json!([closed(json!({"a": {"type": "array"}}), json!(["a"])), b])),
            closed(json!({"a": {}, "b": whole()}), none()),
        ),
        (
            "with a required property that neither describes",
            one(json!([open(json!({"a": text()}), json!(["a", "id"])), open(json!({"b": whole()}), json!(["b"]))])),
            open(with(both(), json!({"id": {"description": "Any."}})), none()),
        ),
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
    let rest_of = |object: &Value, rest: Value| with(object.clone(), json!({"additionalProperties": rest}));
    let (closed_ones, open_ones) = (one(json!([a, b])), one(json!([open_a, open_b])));
    let texts = |name: &str| rest_of(&closed(json!({name: text()}), none()), text());
    let two_schemas = json!([closed(json!({"a": text()}), none()), {"properties": {"b": whole()}}]);
    for (several, single) in [
        (&closed_ones, closed(json!({"a": text()}), none())),
        (&closed_ones, closed(json!({"a": text(), "b": text()}), none())),
        (&closed_ones, closed(both(), json!(["a"]))),
        (&closed_ones, with(closed(both(), none()), json!({"minProperties": 2}))),
        (&closed_ones, with(closed(both(), none()), json!({"maxProperties": 0}))),
        (&closed_ones, with(closed(both(), none()), json!({"not": {"required": ["b"]}}))),
        (&closed_ones, closed(json!({"a": text(), "b": {"type": "integer", "readOnly": true}}), none())),
        (&closed_ones, rest_of(&closed(json!({"a": text()}), none()), text())),
        (&closed_ones, json!({"type": "object", "allOf": two_schemas})),
        (&open_ones, closed(both(), none())),
        (&open_ones, with(open(both(), none()), json!({"maxProperties": 1}))),
        (&one(json!([rest_of(&a, text()), rest_of(&b, text())])), rest_of(&closed(both(), none()), whole())),
        (&one(json!([texts("a"), texts("b")])), rest_of(&closed(json!({"a": text(), "b": text()}), none()), whole())),
        (&one(json!([with(a.clone(), json!({"patternProperties": {"^x": {}}})), b])), closed(both(), none())),
        (&with(of_kinds, json!({"discriminator": {"propertyName": "kind"}})), closed(kinds, json!(["kind"]))),
    ] {
        let of = |schema: &Value| contract("3.1.0", schema, &json!({"type": "boolean"}), &json!({}));
        let drift = reason(&of(several), &of(&single));
        assert_eq!(drift.overall().wire.name(), "breaking", "{several} to {single}: {drift}");
    }
    // One of them already is the whole.
    let (part, all) = (closed(json!({"a": text()}), none()), closed(both(), none()));
    let respelt = json!({"allOf": [all]});
    judge(vec![
        ("the whole, as is", json!({"anyOf": [part, all]}), all.clone(), "unwrapped none", "unwrapped none"),
        (
            "the whole, as is, again",
            all.clone(),
            json!({"anyOf": [part, all]}),
            "wrapped-in-one-of none",
            "wrapped-in-one-of none",
        ),
        ("the whole", json!({"anyOf": [part, all]}), respelt.clone(), "unwrapped none", "unwrapped none"),
        (
            "the whole again",
            respelt.clone(),
            json!({"anyOf": [part, all]}),
            "wrapped-in-one-of none",
            "wrapped-in-one-of none",
        ),
        ("exactly one", one(json!([part, all])), respelt, "unwrapped compatible", "unwrapped breaking"),
        ("exactly one, as is", one(json!([part, all])), all, "unwrapped compatible", "unwrapped breaking"),
    ]);
}

#[test]
fn an_object_may_accept_the_same_as_the_alternatives_that_it_joins() {
    let object = |kind: Value, more: Value| {
        let properties = json!({"kind": kind, "of": {"type": "string"}});
        with(json!({"type": "object", "required": ["kind"], "properties": properties}), more)
    };
    let shut = || json!({"additionalProperties": false});
    let of = |values: &[&str]| object(json!({"enum": values}), shut());
    let other =
        |values: &[&str]| object(json!({"enum": values}), json!({"maxProperties": 1, "additionalProperties": false}));
    let optional = |values: &[&str]| with(of(values), json!({"required": []}));
    let matching = |values: &[&str]| object(json!({"enum": values, "pattern": "^x"}), shut());
    let [any, one] = ["anyOf", "oneOf"].map(|word| move |branches: [Value; 2]| json!({word: branches}));
    let both = of(&["x", "y"]);
    for (several, single, is_same) in [
        (one([of(&["x"]), of(&["y"])]), &both, true),
        (any([of(&["x"]), of(&["y"])]), &both, true),
        (one([of(&["x"]), of(&["y", "z"])]), &of(&["z", "y", "x"]), true),
        // A part of them accepts it too, which `oneOf` rejects.
        (any([of(&["x", "y"]), of(&["y", "z"])]), &of(&["x", "y", "z"]), true),
        (one([of(&["x", "y"]), of(&["y", "z"])]), &of(&["x", "y", "z"]), false),
        (one([of(&["x"]), of(&["y"])]), &of(&["x", "y", "z"]), false),
        (one([of(&["x"]), of(&["y"])]), &optional(&["x", "y"]), false),
        (one([optional(&["x"]), optional(&["y"])]), &optional(&["x", "y"]), false),
        (one([of(&["x"]), other(&["y"])]), &both, false),
        (any([of(&["x"]), other(&["y"])]), &both, false),
        (any([of(&["x"]), matching(&["y"])]), &both, false),
        (one([of(&["x"]), of(&["y"])]), &object(json!({"type": "string"}), shut()), false),
        (one([of(&["x"]), of(&["y"])]), &object(json!({"enum": ["x", "y"]}), json!({})), false),
    ] {
        let told = [("none", "none"), ("compatible", "breaking"), ("breaking", "compatible")];
        let (unwrapped, wrapped) = if is_same { (told[0], told[0]) } else { (told[1], told[2]) };
        let of = |id: &str, (request, response)| [request, response].map(|wire: &str| format!("{id} {wire}"));
        let [[sent, got], [sent_back, got_back]] = [of("unwrapped", unwrapped), of("wrapped-in-one-of", wrapped)];
        judge(vec![
            ("joined", several.clone(), single.clone(), &sent, &got),
            ("divided", single.clone(), several, &sent_back, &got_back),
        ]);
    }
}

#[test]
fn an_object_does_not_include_what_it_may_reject() {
    let object = |properties: Value, more: Value| with(json!({"type": "object", "properties": properties}), more);
    let one = |branches: Value| json!({"oneOf": branches});
    let (text, whole) = (|| json!({"type": "string"}), || json!({"type": "integer"}));
    let shut = || json!({"additionalProperties": false});
    let read_only = || json!({"type": "integer", "readOnly": true});
    let with_id = |name: &str, more: Value| {
        object(json!({"id": read_only(), name: text()}), with(json!({"required": ["id", name]}), more))
    };
    let of_texts = |name: &str| object(json!({name: text()}), json!({"unevaluatedProperties": text()}));
    let more_texts = |name: &str| object(json!({name: text()}), json!({"additionalProperties": text()}));
    for (name, old, new) in [
        (
            "a property that is required, but not described",
            one(json!([{"type": "object", "required": ["id"]}, object(json!({"a": text()}), json!({}))])),
            object(json!({"id": whole(), "a": text()}), json!({})),
        ),
        (
            "a required property that requests do not have counts",
            one(json!([with_id("a", shut()), with_id("b", shut())])),
            object(json!({"id": read_only(), "a": text(), "b": text()}), with(shut(), json!({"minProperties": 2}))),
        ),
        (
            "a required property that requests did not have",
            one(json!([with_id("a", json!({})), with_id("b", json!({}))])),
            object(json!({"a": text(), "b": text()}), json!({"required": ["id"]})),
        ),
        (
            "undescribed properties",
            one(json!([of_texts("a"), of_texts("b")])),
            object(json!({"a": text(), "b": text(), "c": whole()}), json!({})),
        ),
        (
            "undescribed properties of a schema",
            one(json!([more_texts("a"), more_texts("b")])),
            object(json!({"a": text(), "b": text(), "c": whole()}), json!({})),
        ),
    ] {
        assert_eq!(in_requests(["3.1.0"; 2], &old, &new), "breaking", "{name}");
    }
    // The same text, which means something else.
    let nullable = || json!({"type": "string", "nullable": true});
    let old = one(json!([object(json!({"a": nullable()}), shut()), object(json!({"b": whole()}), shut())]));
    let new = object(json!({"a": nullable(), "b": whole()}), shut());
    assert_eq!(in_requests(["3.1.0", "3.1.0"], &old, &new), "compatible");
    assert_eq!(in_requests(["3.0.3", "3.1.0"], &old, &new), "breaking");
    // More properties of properties than are compared.
    let levels = |width: usize, leaf: Value| {
        let next = |level: usize| json!({"$ref": format!("#/components/schemas/S{level}")});
        let level = |level: usize| -> Value {
            let properties: serde_json::Map<String, Value> =
                (0..width).map(|index| (format!("p{index}"), next(level + 1))).collect();
            object(Value::from(properties), json!({}))
        };
        let last = object(json!({"v": leaf}), json!({}));
        json!({"S0": level(0), "S1": level(1), "S2": level(2), "S3": level(3), "S4": last})
    };
    let root = || json!({"r": {"$ref": "#/components/schemas/S0"}});
    let old = one(json!([object(root(), shut()), object(json!({"b": whole()}), shut())]));
    let new = object(with(root(), json!({"b": whole()})), shut());
    for (width, wire) in [(2, "compatible"), (10, "breaking")] {
        let (was, is) = (levels(width, json!({"type": "string", "maxLength": 5})), levels(width, text()));
        assert_eq!(in_requests_of(["3.1.0"; 2], (&old, &was), (&new, &is)), wire, "{width}");
    }
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
fn several_unions_are_the_same_in_any_order() {
    let any = |first: &str, second: &str| json!({"anyOf": [{"required": [first]}, {"required": [second]}]});
    let all = |unions: Value| json!({"type": "object", "allOf": unions});
    let (old, new) = (all(json!([any("a", "b"), any("c", "d")])), all(json!([any("d", "c"), any("b", "a")])));
    let twice = all(json!([any("a", "b"), any("c", "d"), any("b", "a")]));
    judge(vec![("in another order", old.clone(), new, "", ""), ("said again", old, twice, "", "")]);
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

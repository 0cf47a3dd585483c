//! Alternatives that are joined in one schema, or divided otherwise.

use serde_json::{Value, json};
use zerogate_drift::reason;

use super::{compare, contract, in_requests, in_requests_of, judge, with};

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
fn several_unions_are_the_same_in_any_order() {
    let any = |first: &str, second: &str| json!({"anyOf": [{"required": [first]}, {"required": [second]}]});
    let all = |unions: Value| json!({"type": "object", "allOf": unions});
    let (old, new) = (all(json!([any("a", "b"), any("c", "d")])), all(json!([any("d", "c"), any("b", "a")])));
    let twice = all(json!([any("a", "b"), any("c", "d"), any("b", "a")]));
    judge(vec![("in another order", old.clone(), new, "", ""), ("said again", old, twice, "", "")]);
}

#[test]
fn alternatives_may_be_inside_others() {
    let refer = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let text = |most: u8| json!({"type": "string", "maxLength": most});
    let (flag, nothing) = (|| json!({"type": "boolean"}), || json!({"type": "null"}));
    let any = |branches: Value| json!({"anyOf": branches});
    let one = |branches: Value| json!({"oneOf": branches});
    let object = |name: &str| json!({"type": "object", "required": [name], "properties": {name: {}}});
    let schemas = json!({
        "A": object("a"), "B": object("b"), "OneAb": one(json!([refer("A"), refer("B")])),
        "AnyAb": any(json!([refer("A"), refer("B")])), "AnyNull": any(json!([refer("A"), refer("B"), nothing()])),
        "Texts": one(json!([text(5), text(3)])),
        "More": with(any(json!([refer("A"), refer("B")])), json!({"minProperties": 2})),
        "Sent": with(any(json!([refer("A"), refer("B")])), json!({"readOnly": true})),
        "Told": with(any(json!([refer("A"), refer("B")])), json!({"discriminator": {"propertyName": "a"}})),
    });
    let flat = || json!([refer("A"), refer("B"), flag()]);
    for (name, nested, flat, is_same) in [
        ("any", any(json!([refer("AnyAb"), flag()])), any(flat()), true),
        ("wrapped", any(json!([{"allOf": [refer("AnyAb")]}, flag()])), any(flat()), true),
        ("null", any(json!([refer("AnyNull"), flag()])), any(json!([refer("A"), refer("B"), flag(), nothing()])), true),
        ("exactly one", one(json!([refer("OneAb"), flag()])), one(flat()), true),
        ("values of all three", one(json!([refer("Texts"), text(2)])), one(json!([text(5), text(3), text(2)])), false),
        ("others", any(json!([refer("OneAb"), flag()])), any(flat()), false),
        ("others outside", one(json!([refer("AnyAb"), flag()])), one(flat()), false),
        ("more", any(json!([refer("More"), flag()])), any(flat()), false),
        ("a discriminator", any(json!([refer("Told"), flag()])), any(flat()), false),
        ("only received", any(json!([refer("Sent"), flag()])), any(flat()), false),
        ("one is missing", any(json!([refer("AnyAb"), flag()])), any(json!([refer("A"), flag()])), false),
    ] {
        for (old, new) in [(&nested, &flat), (&flat, &nested)] {
            let wire = in_requests_of(["3.1.0"; 2], (old, &schemas), (new, &schemas));
            assert_eq!(wire == "none", is_same, "{name}: {wire} from {old} to {new}");
        }
    }
    // It is another type in Rust.
    let told = |old: &Value, new: &Value| {
        let of = |schema: &Value| contract("3.1.0", schema, &flag(), &schemas);
        compare(&of(old), &of(new))
    };
    let (nested, flat) = (one(json!([refer("OneAb"), flag()])), one(flat()));
    assert_eq!(told(&nested, &flat)[0], "request-body-one-of-removed none breaking");
    assert_eq!(told(&flat, &nested)[0], "request-body-one-of-added none breaking");
    // Its own alternatives are of no use if one of them has no counterpart.
    let (nested, fewer) = (any(json!([refer("AnyAb"), flag()])), any(json!([refer("A"), flag()])));
    let is_opened = |it: &String| it == "request-body-any-of-removed none breaking";
    assert!(!told(&nested, &fewer).iter().any(is_opened), "{:?}", told(&nested, &fewer));
}

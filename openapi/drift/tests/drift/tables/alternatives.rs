//! Alternatives: how they are matched, the effect of an added one on the others, and single schemas that become
//! alternatives.

use serde_json::{Value, json};
use zerogate_drift::reason;

use super::{contract, judge, wires};

fn one_of(branches: Value) -> Value {
    json!({"oneOf": branches})
}

/// An object with this required property.
fn with(name: &str, schema: Value) -> Value {
    json!({"type": "object", "required": [name], "properties": {name: schema}})
}

#[test]
fn an_added_alternative_must_not_match_values_of_others() {
    let text = |more: Value| {
        let mut text = json!({"type": "string"});
        text.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        text
    };
    let open = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}});
    let (apart, unknown, shared) = ("compatible", "risky", "breaking");
    for (there, further, wanted) in [
        (json!({"type": "integer"}), json!({"type": "object"}), apart),
        (json!({"type": "integer"}), json!({"type": "number"}), shared),
        (json!({"type": "integer", "maximum": 9}), json!({"type": "number", "exclusiveMinimum": 9}), apart),
        (text(json!({"maxLength": 5})), text(json!({"minLength": 6})), apart),
        (text(json!({"maxLength": 5})), text(json!({"minLength": 5})), shared),
        (text(json!({"enum": ["a", "b"]})), text(json!({"minLength": 1})), shared),
        (text(json!({"enum": ["a"]})), text(json!({"minLength": 2})), apart),
        (text(json!({"pattern": "^a"})), text(json!({"pattern": "^b"})), unknown),
        (text(json!({"format": "uuid"})), text(json!({})), unknown),
        (open("a"), open("b"), shared),
        (with("kind", json!({"const": "a"})), with("kind", json!({"const": "b"})), apart),
        (with("kind", json!({"type": "string"})), with("kind", json!({"const": "b"})), shared),
        (with("a", json!({"type": "string"})), with("a", json!({"type": "integer"})), apart),
        // Undescribed properties are not sent.
        (with("a", json!({"type": "string"})), with("b", json!({"type": "string"})), apart),
        (json!({"type": "object", "additionalProperties": false, "properties": {}}), with("b", json!({})), apart),
        (json!({"type": "object", "not": {"required": ["b"]}}), open("b"), unknown),
    ] {
        let other = json!({"type": "boolean"});
        let told = format!("one-of-added {wanted}");
        let old = one_of(json!([there, other]));
        judge(vec![("added", old, one_of(json!([there, other, further])), &told, "one-of-added breaking")]);
        let told = format!("wrapped-in-one-of {wanted}");
        judge(vec![("wrapped", there.clone(), one_of(json!([there, further])), &told, "wrapped-in-one-of breaking")]);
        let any = |branches: Value| json!({"anyOf": branches});
        let old = any(json!([there, other]));
        let new = any(json!([there, other, further]));
        judge(vec![("any of", old, new, "any-of-added compatible", "any-of-added breaking")]);
    }
    // A discriminator separates alternatives that look alike.
    let told_apart = |names: &[&str]| {
        let branches: Vec<Value> =
            names.iter().map(|name| json!({"$ref": format!("#/components/schemas/{name}")})).collect();
        json!({"oneOf": branches, "discriminator": {"propertyName": "kind"}})
    };
    let schemas = json!({"A": with("kind", json!({"type": "string"})), "B": with("kind", json!({"type": "string"}))});
    let of = |names: &[&str]| contract("3.0.3", &told_apart(names), &json!({"type": "string"}), &schemas);
    let drift = reason(&of(&["A"]), &of(&["A", "B"]));
    assert!(!wires(&drift).iter().any(|told| told.ends_with("breaking") || told.ends_with("risky")), "{drift}");
    // Without one, neither side can tell which alternative it receives.
    let apart =
        json!({"oneOf": [with("kind", json!({})), {"type": "object"}], "discriminator": {"propertyName": "kind"}});
    let alike = one_of(apart["oneOf"].clone());
    judge(vec![("dropped", apart, alike, "discriminator-removed risky", "discriminator-removed risky")]);
}

#[test]
fn an_alternative_of_any_of_within_another_one_changes_nothing() {
    let any = |branches: Value| json!({"anyOf": branches});
    let (text, number) = (json!({"type": "string"}), json!({"type": "number"}));
    let short = json!({"type": "string", "maxLength": 3});
    for (whole, part, is_part) in [
        (&text, json!({"type": "string", "enum": ["a", "b"]}), true),
        (&text, short.clone(), true),
        (&text, json!({"type": "string", "format": "uuid"}), true),
        (&number, json!({"type": "integer"}), true),
        (&short, json!({"enum": ["abc"]}), true),
        (&short, json!({"enum": ["abc", "abcd"]}), false),
        (&short, text.clone(), false),
        (&text, json!({"enum": ["a", 1]}), false),
        (&json!({"type": "string", "pattern": "^a"}), json!({"enum": ["a"]}), false),
        (&json!({"type": "integer"}), number.clone(), false),
    ] {
        let other = json!({"type": "boolean"});
        let (old, new) = (any(json!([whole, other])), any(json!([whole, other, part])));
        let told = if is_part { ["none"; 4] } else { ["compatible", "breaking", "breaking", "compatible"] };
        let [sent, got, no_longer_sent, no_longer_got] = told;
        let [sent, got] = [sent, got].map(|told| format!("any-of-added {told}"));
        let [no_longer_sent, no_longer_got] =
            [no_longer_sent, no_longer_got].map(|told| format!("any-of-removed {told}"));
        judge(vec![
            ("a further one", old.clone(), new.clone(), &sent, &got),
            ("one less", new, old, &no_longer_sent, &no_longer_got),
        ]);
    }
    let both = any(json!([text, {"type": "string", "enum": ["a"]}]));
    judge(vec![
        ("wrapped", text.clone(), both.clone(), "wrapped-in-one-of none", "wrapped-in-one-of none"),
        ("unwrapped", both.clone(), text.clone(), "unwrapped none", "unwrapped none"),
        (
            "narrowed",
            both,
            short,
            "max-length-set breaking, unwrapped breaking",
            "max-length-set compatible, unwrapped compatible",
        ),
    ]);
}

#[test]
fn an_alternative_of_any_of_that_another_one_includes_may_change() {
    let any = |branches: Value| json!({"anyOf": branches});
    let text = json!({"type": "string"});
    let state = |values: Value| json!({"type": "string", "enum": values});
    let (open, more) = (state(json!(["open"])), state(json!(["open", "shut"])));
    let (id, mail) = (json!({"type": "string", "format": "uuid"}), json!({"type": "string", "format": "email"}));
    let idle = "any-of-changed none";
    judge(vec![
        ("a value more", any(json!([text, open])), any(json!([text, more])), idle, idle),
        ("a value less", any(json!([more, text])), any(json!([open, text])), idle, idle),
        ("another format", any(json!([id, text])), any(json!([mail, text])), idle, idle),
        (
            "only one side is included",
            any(json!([open, {"type": "integer"}])),
            any(json!([more, {"type": "integer"}])),
            "enum-value-added compatible",
            "enum-value-added risky",
        ),
        // Each includes the other, and so one of them counts.
        (
            "twice the same",
            any(json!([{"type": "integer", "title": "A"}, {"type": "integer", "title": "B"}])),
            any(json!([{"type": "boolean", "title": "A"}, {"type": "boolean", "title": "B"}])),
            "any-of-changed none, type-changed breaking",
            "any-of-changed none, type-changed breaking",
        ),
        (
            "exactly one must match",
            one_of(json!([text, more])),
            one_of(json!([text, open])),
            "alternative-values-changed compatible",
            "alternative-values-changed risky",
        ),
    ]);
}

#[test]
fn null_in_an_alternative_counts_for_all_of_them() {
    let union = |word: &str, branches: Value| json!({word: branches});
    let (text, count, flag) = (json!({"type": "string"}), json!({"type": "integer"}), json!({"type": "boolean"}));
    let or_null = |name: &str| json!({"type": [name, "null"]});
    for word in ["anyOf", "oneOf"] {
        let with = union(word, json!([or_null("string"), count]));
        let without = union(word, json!([text, count]));
        judge(vec![
            (word, without.clone(), with.clone(), "became-nullable compatible", "became-nullable breaking"),
            (word, with, without, "became-not-nullable breaking", "became-not-nullable compatible"),
        ]);
    }
    // Null in two of them matches exactly one of neither.
    let twice = union("oneOf", json!([or_null("string"), or_null("integer")]));
    let once = union("oneOf", json!([or_null("string"), count]));
    judge(vec![
        ("allowed", twice.clone(), once.clone(), "became-nullable compatible", "became-nullable breaking"),
        (
            "refused",
            once,
            twice,
            "became-not-nullable breaking, one-of-overlapped breaking",
            "became-not-nullable compatible, one-of-overlapped compatible",
        ),
        (
            "no longer beside null",
            union("oneOf", json!([{"type": "null"}, or_null("string"), count])),
            union("oneOf", json!([{"type": "null"}, text, count])),
            "became-nullable compatible",
            "became-nullable breaking",
        ),
        (
            "beside null alone",
            union("oneOf", json!([{"type": "null"}, text])),
            union("oneOf", json!([{"type": "null"}, or_null("string")])),
            "became-not-nullable breaking",
            "became-not-nullable compatible",
        ),
        (
            "beside null, of any",
            union("anyOf", json!([{"type": "null"}, text])),
            union("anyOf", json!([{"type": "null"}, or_null("string")])),
            "",
            "",
        ),
        (
            "the last two that share a type",
            union("anyOf", json!([flag, count])),
            union("anyOf", json!([flag, {"type": "number"}])),
            "type-generalized compatible",
            "type-changed breaking",
        ),
    ]);
}

#[test]
fn a_single_schema_is_compared_with_its_alternative() {
    let or_number = |text: Value| json!({"anyOf": [text, {"type": "integer"}]});
    let text = |most: u8| json!({"type": "string", "maxLength": most});
    let told = json!({"type": "string", "description": "A name."});
    judge(vec![
        ("as it was", text(5), or_number(text(5)), "wrapped-in-one-of compatible", "wrapped-in-one-of breaking"),
        (
            "with fewer constraints",
            told,
            or_number(json!({"type": "string"})),
            "wrapped-in-one-of compatible",
            "wrapped-in-one-of breaking",
        ),
        (
            "wider",
            text(5),
            or_number(text(6)),
            "max-length-increased compatible, wrapped-in-one-of compatible",
            "max-length-increased risky, wrapped-in-one-of breaking",
        ),
        (
            "narrower",
            text(5),
            or_number(text(4)),
            "max-length-decreased breaking, wrapped-in-one-of compatible",
            "max-length-decreased compatible, wrapped-in-one-of breaking",
        ),
        (
            "another type",
            text(5),
            json!({"anyOf": [{"type": "object"}, {"type": "array"}]}),
            "wrapped-in-one-of breaking",
            "wrapped-in-one-of breaking",
        ),
        (
            "one of them again, narrower",
            or_number(json!({"type": "string"})),
            text(5),
            "max-length-set breaking, unwrapped breaking",
            "max-length-set compatible, unwrapped compatible",
        ),
        (
            "the most similar of several objects",
            with("a", json!({"type": "string"})),
            json!({"oneOf": [with("b", json!({})), {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "c": {}}}]}),
            "new-optional-request-property compatible, wrapped-in-one-of compatible",
            "response-optional-property-added compatible, wrapped-in-one-of breaking",
        ),
    ]);
}

#[test]
fn alternatives_are_paired_by_their_tag_value() {
    let shape = |kind: &str, more: Value| {
        let mut shape = with("kind", json!({"enum": [kind]}));
        shape["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shape
    };
    let round = || shape("round", json!({"radius": {"type": "number"}}));
    let flat = |more: Value| shape("flat", more);
    judge(vec![
        (
            "one before the others",
            one_of(json!([round(), flat(json!({}))])),
            one_of(json!([shape("star", json!({})), flat(json!({"width": {"type": "number"}})), round()])),
            "new-optional-request-property compatible, one-of-added compatible",
            "one-of-added breaking, response-optional-property-added compatible",
        ),
        (
            "a removed one",
            one_of(json!([round(), flat(json!({}))])),
            one_of(json!([flat(json!({"width": {"type": "number"}}))])),
            "new-optional-request-property compatible, one-of-removed breaking",
            "one-of-removed compatible, response-optional-property-added compatible",
        ),
    ]);
}

#[test]
fn a_discriminator_follows_the_name_of_a_component() {
    let pet = |name: &str, mapping: Value| {
        let mut discriminator = json!({"propertyName": "kind"});
        if !mapping.is_null() {
            discriminator["mapping"] = mapping;
        }
        let branches = [name, "Dog"].map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
        let schema = json!({"oneOf": branches, "discriminator": discriminator});
        let animal = |field: &str| json!({"type": "object", "required": ["kind", field], "properties": {"kind": {"type": "string"}, field: {"type": "string"}}});
        contract("3.0.3", &schema, &schema, &json!({name: animal("purr"), "Dog": animal("bark")}))
    };
    let mapped = |name: &str, value: &str| pet(name, json!({value: format!("#/components/schemas/{name}")}));
    let value = "response-body-discriminator-value-changed breaking";
    for (old, new, told) in [
        (pet("Cat", json!(null)), pet("Feline", json!(null)), true),
        (pet("Cat", json!(null)), mapped("Cat", "cat"), true),
        (mapped("Cat", "cat"), pet("Cat", json!(null)), true),
        (mapped("Cat", "cat"), mapped("Feline", "cat"), false),
        (pet("Cat", json!(null)), mapped("Feline", "Cat"), false),
    ] {
        let found = wires(&reason(&old, &new));
        assert_eq!(found.iter().any(|it| it == value), told, "{found:?}");
        assert!(!found.iter().any(|it| it.contains("mapping")), "told once: {found:?}");
    }
}

#[test]
fn an_alternative_that_a_discriminator_selects_may_become_another_component_as_it_changes() {
    let animal = |fields: &[&str]| {
        let fields: serde_json::Map<String, Value> = fields.iter().map(|it| ((*it).to_owned(), json!({}))).collect();
        json!({"type": "object", "required": ["kind"], "properties": fields})
    };
    let schemas = json!({
        "Cat": animal(&["kind", "purr"]), "Feline": animal(&["kind", "purr", "claws"]), "Dog": animal(&["kind", "bark"]),
        "Lion": animal(&["kind", "roar"]),
    });
    let pet = |names: &[&str], property: &str, mapping: Value| {
        let branches: Vec<Value> =
            names.iter().map(|it| json!({"$ref": format!("#/components/schemas/{it}")})).collect();
        json!({"oneOf": branches, "discriminator": {"propertyName": property, "mapping": mapping}})
    };
    let told = |old: &Value, new: &Value| {
        let of = |schema: &Value| {
            let named = |it: &&String| schema.to_string().contains(&format!("/{it}\""));
            let used: Vec<_> = schemas.as_object().unwrap().keys().filter(named).collect();
            let used: Value = used.into_iter().map(|it| (it.clone(), schemas[it].clone())).collect();
            contract("3.1.0", schema, &json!({"type": "boolean"}), &used)
        };
        let mut told = wires(&reason(&of(old), &of(new)));
        told.retain(|it| !it.ends_with(" none"));
        told
    };
    let old = pet(&["Cat", "Dog"], "kind", json!({"c": "Cat", "d": "Dog"}));
    let new = pet(&["Feline", "Dog"], "kind", json!({"c": "Feline", "d": "Dog"}));
    assert_eq!(told(&old, &new), ["new-optional-request-property compatible"]);
    assert_eq!(told(&new, &old), ["request-property-removed risky"]);
    for (name, from, to, changed) in [
        ("by another property", &old, pet(&["Feline", "Dog"], "sort", json!({"c": "Feline", "d": "Dog"})), 1),
        ("by another value", &old, pet(&["Feline", "Dog"], "kind", json!({"f": "Feline", "d": "Dog"})), 0),
        ("one that is still there", &old, pet(&["Feline", "Cat"], "kind", json!({"c": "Feline", "d": "Cat"})), 2),
        ("one for two", &old, pet(&["Feline", "Lion"], "kind", json!({"c": "Feline", "d": "Feline"})), 2),
        (
            "two for one",
            &pet(&["Cat", "Dog"], "kind", json!({"c": "Cat", "k": "Cat", "d": "Dog"})),
            pet(&["Feline", "Lion", "Dog"], "kind", json!({"c": "Feline", "k": "Lion", "d": "Dog"})),
            2,
        ),
    ] {
        let told = told(from, &to);
        assert!(told.contains(&"request-body-one-of-removed breaking".to_owned()), "{name}: {told:?}");
        let mappings = told.iter().filter(|it| *it == "request-body-discriminator-mapping-changed breaking").count();
        assert_eq!(mappings, changed, "{name}: {told:?}");
    }
}

#[test]
fn a_discriminator_distinguishes_schemas_that_include_it() {
    let text = || json!({"type": "string"});
    let document = |heirs: &[(&str, Value)], mapping: Value, sent: bool| {
        let mut schemas = json!({"Payout": {
            "type": "object", "required": ["kind"], "properties": {"kind": text()},
            "discriminator": {"propertyName": "kind", "mapping": mapping},
        }});
        for (name, property) in heirs {
            let own = json!({"type": "object", "properties": {"p": property}});
            schemas[name] = json!({"allOf": [{"$ref": "#/components/schemas/Payout"}, own]});
        }
        let used = json!({"$ref": "#/components/schemas/Payout"});
        let (request, response) = if sent { (&used, &text()) } else { (&text(), &used) };
        contract("3.0.3", request, response, &schemas)
    };
    let (card, other) = (("Card", text()), ("Bank", text()));
    let none = || json!({});
    for (old, new, mapping, request, response) in [
        (vec![card.clone()], vec![card.clone(), other.clone()], none(), "compatible", "risky"),
        (vec![card.clone(), other.clone()], vec![card.clone()], none(), "breaking", "compatible"),
        (vec![card.clone()], vec![("Plastic", text())], none(), "breaking", "breaking"),
        (vec![card.clone()], vec![("Card", json!({"type": "integer"}))], none(), "breaking", "breaking"),
        (vec![card.clone()], vec![("Plastic", text())], json!({"c": ["Card", "Plastic"]}), "none", "none"),
    ] {
        for (sent, wanted) in [(true, request), (false, response)] {
            let of = |heirs: &[(&str, Value)], index: usize| {
                let mapping = mapping["c"].get(index).map_or_else(none, |name| json!({"c": name}));
                document(heirs, mapping, sent)
            };
            let drift = reason(&of(&old, 0), &of(&new, 1));
            assert_eq!(drift.overall().wire.name(), wanted, "{old:?} to {new:?}: {drift}");
        }
    }
}

#[test]
fn a_property_described_beside_alternatives_is_compared_with_theirs() {
    let of = |word: &str, properties: Value, phone: Value| {
        let mut branches = json!({word: [with("phone", phone), with("mail", json!({"type": "string"}))]});
        branches["properties"] = properties;
        branches["type"] = json!("object");
        branches
    };
    let (text, short) = (json!({"type": "string"}), json!({"type": "string", "maxLength": 9}));
    let added = ["new-optional-request-property compatible", "response-optional-property-added compatible"];
    for word in ["anyOf", "oneOf"] {
        for (phone, beside, broken) in [
            (&text, &json!({"type": "integer"}), "type-changed breaking, "),
            (&text, &short, "max-length-set breaking, "),
            // It says no more than the alternative, or less.
            (&text, &text, ""),
            (&short, &text, ""),
        ] {
            let (old, new) = (of(word, json!({}), phone.clone()), of(word, json!({"phone": beside}), phone.clone()));
            judge(vec![("beside", old, new, &format!("{broken}{}", added[0]), added[1])]);
        }
    }
}

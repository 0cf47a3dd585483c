//! The safety net below the judges: it reaches every object with a judge that the vocabulary has.

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_contract::vocabulary::{Field, Holds, Node, Release};
use zerogate_drift::{Wire, reason};

use super::wires;

const JUDGED: [Node; 10] = [
    Node::Components,
    Node::PathItem,
    Node::Operation,
    Node::Parameter,
    Node::RequestBody,
    Node::MediaType,
    Node::Response,
    Node::Header,
    Node::Schema,
    Node::SecurityScheme,
];

/// A document with an object at the end of these fields, and nothing else.
fn document(way: &[&Field], object: Value) -> Document {
    let mut value = way.iter().rev().fold(object, |inner, field| {
        let key = match field.name {
            "paths" => "/a",
            "responses" => "200",
            "content" => "application/json",
            _ => "n",
        };
        let held = match field.holds {
            Holds::Map(_) | Holds::Keyed(_) => json!({ key: inner }),
            Holds::List(_) => json!([inner]),
            _ => inner,
        };
        json!({ field.name: held })
    });
    value["openapi"] = json!("3.2.0");
    Document::parse("contract.json", &value.to_string()).unwrap()
}

#[test]
fn unknown_keys_are_reported_in_every_object_with_a_judge() {
    let mut ways: Vec<(Node, Vec<&Field>)> = vec![(Node::Document, Vec::new())];
    let (mut next, mut tried, mut silent) = (0, 0, Vec::new());
    while let Some((object, way)) = ways.get(next).cloned() {
        next += 1;
        for field in object.object().fields.iter().filter(|field| field.is_of(Release::V3_2)) {
            let (Holds::One(inner)
            | Holds::OneOrFlag(inner)
            | Holds::Map(inner)
            | Holds::Keyed(inner)
            | Holds::List(inner)) = field.holds
            else {
                continue;
            };
            // These are copied to where they are used before the comparison.
            if JUDGED.contains(&inner) && field.name != "mediaTypes" {
                let way = [way.as_slice(), &[field]].concat();
                let [old, new] = [1, 2].map(|mark| document(&way, json!({ "unknown": mark })));
                if reason(&old, &new).is_empty() {
                    silent.push(way.iter().map(|field| field.name).collect::<Vec<_>>().join("."));
                }
                tried += 1;
                if !ways.iter().any(|(object, _)| *object == inner) {
                    ways.push((inner, way));
                }
            }
        }
    }
    // Keywords that have no effect alone.
    assert_eq!(silent, ["if", "then", "else"].map(|keyword| format!("components.schemas.{keyword}")));
    assert!(ways.len() == JUDGED.len() + 1 && tried > 50, "{} objects, {tried} fields", ways.len());
}

#[test]
fn a_reference_instead_of_servers_is_reported() {
    let with = |servers: &Value, own: &Value| {
        let get = json!({"operationId": "read", "servers": own, "responses": {"200": {"description": "."}}});
        let contract = json!({"openapi": "3.1.0", "servers": servers, "paths": {"/a": {"get": get}}});
        Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let (none, list) = (json!([]), json!([{"url": "https://a.example"}]));
    for target in ["#/nowhere", "#/paths", "other.yaml#/a"] {
        let odd = json!({ "$ref": target });
        for [old, new] in [[with(&list, &none), with(&odd, &none)], [with(&none, &list), with(&none, &odd)]] {
            for (old, new) in [(&old, &new), (&new, &old)] {
                let told = reason(old, new);
                assert!(
                    told.changes.iter().any(|change| change.id == "cannot-judge"),
                    "{} {}",
                    old.value(),
                    new.value()
                );
            }
        }
    }
}

#[test]
fn malformed_security_is_reported() {
    let with = |security: &Value| {
        let get = json!({"operationId": "read", "responses": {"200": {"description": "."}}});
        let contract = json!({"openapi": "3.1.0", "security": security, "paths": {"/a": {"get": get}}});
        Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let fine = with(&json!([{"key": []}, {"oauth": ["read"]}]));
    for odd in [json!({}), json!("key"), json!(null), json!([{"key": {}}]), json!([["key"]])] {
        let odd = with(&odd);
        for (old, new) in [(&fine, &odd), (&odd, &fine)] {
            let drift = reason(old, new);
            assert!(!drift.is_empty(), "{}", odd.value());
            assert!(drift.changes.iter().all(|change| change.id == "cannot-judge"), "{drift}");
        }
    }
}

/// A contract with default security, or without, and with an operation that inherits it or has its own.
fn secured(schemes: &Value, default: &str, own: Option<&Value>) -> Document {
    let mut get = json!({"operationId": "read", "responses": {"200": {"description": "."}}});
    if let Some(own) = own {
        get["security"] = own.clone();
    }
    let mut contract = json!({
        "openapi": "3.0.3",
        "paths": {"/a": {"get": get}},
        "components": {"securitySchemes": schemes},
    });
    if !default.is_empty() {
        contract["security"] = json!([{default: []}]);
    }
    Document::parse("contract.json", &contract.to_string()).unwrap()
}

#[test]
fn default_security_is_reported_where_it_is_inherited_and_else_without_an_effect() {
    let schemes = json!({"a": {"type": "http", "scheme": "basic"}, "b": {"type": "http", "scheme": "bearer"}});
    let (a, b, odd) = (json!([{"a": []}]), json!([{"b": []}]), json!("b"));
    let (updated, unused) = ("/paths/~1a/get api-security-updated breaking", "/security api-security-updated none");
    let inherited = "/security api-security-updated breaking";
    let cases = [
        ("inherited on both sides", ("a", None), ("b", None), vec![inherited]),
        ("inherited on the old side", ("a", None), ("b", Some(&a)), vec![unused]),
        ("inherited on the old side, and changed", ("a", None), ("b", Some(&b)), vec![updated, unused]),
        ("inherited on the new side", ("a", Some(&b)), ("b", None), vec![unused]),
        ("inherited on the new side, and changed", ("a", Some(&a)), ("b", None), vec![inherited, unused]),
        ("inherited on neither side", ("a", Some(&a)), ("b", Some(&a)), vec![unused]),
        ("inherited, then stated by the operation", ("a", None), ("", Some(&a)), vec![]),
        ("stated by the operation, then inherited", ("", Some(&a)), ("a", None), vec![]),
        ("removed, and unused", ("a", Some(&b)), ("", Some(&b)), vec![unused]),
        ("the same default", ("a", None), ("a", Some(&b)), vec![updated]),
        ("malformed", ("a", None), ("b", Some(&odd)), vec!["/paths/~1a/get cannot-judge risky", unused]),
    ];
    for (name, old, new, mut wanted) in cases {
        let drift = reason(&secured(&schemes, old.0, old.1), &secured(&schemes, new.0, new.1));
        let place = |it: &str| it.strip_suffix("/security").filter(|it| !it.is_empty()).unwrap_or(it).to_owned();
        let told = drift.changes.iter().map(|it| {
            format!("{} {} {}", place(&it.new.as_ref().or(it.old.as_ref()).unwrap().pointer), it.id, it.wire)
        });
        let mut told: Vec<_> = told.collect();
        told.sort();
        wanted.sort_unstable();
        assert_eq!(told, wanted, "{name}: {drift}");
    }
}

#[test]
fn where_no_credentials_are_required_nobody_is_refused() {
    let schemes = json!({"a": {"type": "http", "scheme": "basic"}, "b": {"type": "http", "scheme": "bearer"}});
    let list = |names: &str| -> Value {
        names.split_whitespace().map(|name| if name == "-" { json!({}) } else { json!({name: []}) }).collect()
    };
    for (old, new, wanted) in [
        ("a -", "-", "api-security-removed compatible"),
        ("a -", "", "api-security-removed compatible"),
        ("a b -", "a -", "api-security-removed compatible"),
        ("a -", "b -", "api-security-updated risky"),
        ("a b", "a", "api-security-removed breaking"),
        ("a -", "a", "api-security-became-required breaking"),
        ("a", "a -", "api-security-became-optional compatible"),
    ] {
        let of = |names: &str| secured(&schemes, "", Some(&list(names)));
        let drift = reason(&of(old), &of(new));
        let told = drift.changes.iter().filter(|it| it.id.starts_with("api-security") && it.wire != Wire::None);
        let told: Vec<String> = told.map(|it| format!("{} {}", it.id, it.wire)).collect();
        assert_eq!(told, [wanted], "{old} and {new}: {drift}");
    }
}

#[test]
fn a_renamed_scheme_of_default_security_that_no_operation_inherits_is_no_other_change() {
    let scheme = json!({"type": "http", "scheme": "basic"});
    let with = |name: &str| secured(&json!({name: scheme}), name, Some(&json!([{name: []}])));
    let told: Vec<_> =
        reason(&with("a"), &with("b")).changes.iter().map(|it| format!("{} {}", it.id, it.wire)).collect();
    assert_eq!(told, ["api-security-component-renamed none"]);
}

#[test]
fn content_instead_of_a_schema_is_reported_once() {
    let with = |value: Value| {
        let parameter = json!({"name": "n", "in": "query"}).as_object().unwrap().clone();
        let parameter: serde_json::Map<_, _> =
            parameter.into_iter().chain(value.as_object().unwrap().clone()).collect();
        let get = json!({"parameters": [parameter], "responses": {"200": {"description": "."}}});
        let contract = json!({"openapi": "3.1.0", "paths": {"/a": {"get": get}}});
        Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let schema = json!({"schema": {"type": "string"}});
    let content = json!({"content": {"application/json": schema}});
    let (schema, content) = (with(schema), with(content));
    for (old, new) in [(&schema, &content), (&content, &schema)] {
        let told: Vec<_> = reason(old, new).changes.iter().map(|it| it.message.clone()).collect();
        assert_eq!(told.len(), 1, "{told:?}");
    }
}

#[test]
fn integers_beyond_64_bits_are_compared_digit_by_digit() {
    let of = |schema: &str| {
        let text = format!(
            "{{\"openapi\": \"3.1.0\", \"paths\": {{\"/a\": {{\"get\": {{\"operationId\": \"a\", \"parameters\": [{{\"name\": \"n\", \"in\": \"query\", \"schema\": {schema}}}], \"responses\": {{}}}}}}}}}}"
        );
        Document::parse("long.json", &text).unwrap()
    };
    let (one, other) = ("36893488147419103232", "36893488147419103233");
    for keyword in ["maximum", "exclusiveMinimum", "multipleOf", "const", "default", "enum"] {
        let schema = |digits: &str| match keyword {
            "enum" => format!("{{\"enum\": [1, {digits}]}}"),
            _ => format!("{{\"{keyword}\": {digits}}}"),
        };
        let drift = reason(&of(&schema(one)), &of(&schema(other)));
        let [change] = drift.changes.as_slice() else { panic!("{keyword}: {drift}") };
        assert_eq!((change.id, change.wire, change.operations()), ("cannot-judge", Wire::Risky, vec!["a"]), "{drift}");
        assert!(change.message.contains(one) && change.message.contains(other), "{drift}");
        assert!(reason(&of(&schema(one)), &of(&schema(one))).is_empty(), "{keyword}");
    }
    // Negative, and in YAML; a float as long as the integer is another notation for it.
    let yaml = |number: &str| Document::parse("long.yaml", &format!("openapi: 3.1.0\nlimit: {number}\n")).unwrap();
    assert_eq!(wires(&reason(&yaml("-36893488147419103232"), &yaml("-36893488147419103231"))), ["cannot-judge risky"]);
    assert!(reason(&yaml("36893488147419103232"), &yaml("3.6893488147419103232e19")).is_empty());
}

#[test]
fn integers_beyond_64_bits_in_examples_and_extensions_have_no_effect() {
    let (one, other) = ("36893488147419103232", "36893488147419103233");
    let of = |schema: &str| {
        let text = format!("openapi: 3.1.0\npaths: {{}}\ncomponents: {{schemas: {{A: {schema}}}}}\n");
        Document::parse("long.yaml", &text).unwrap()
    };
    for (schema, id) in [
        ("{type: integer, example: N}", "examples-changed"),
        ("{type: integer, examples: [1, N]}", "examples-changed"),
        ("{type: integer, x-most: {a: [N]}}", "extension-changed"),
        ("{properties: {x-most: {const: N}}}", "cannot-judge"),
        ("{properties: {example: {default: N}}}", "cannot-judge"),
    ] {
        let drift = reason(&of(&schema.replace('N', one)), &of(&schema.replace('N', other)));
        let [change] = drift.changes.as_slice() else { panic!("{schema}: {drift}") };
        assert_eq!((change.id, change.doc_only), (id, id != "cannot-judge"), "{drift}");
    }
    let of = |paths: &str| Document::parse("long.yaml", &format!("openapi: 3.1.0\npaths: {paths}\n")).unwrap();
    for paths in ["{x-most: N}", "{/a: {post: {callbacks: {done: {x-most: N, '{$url}': {x-most: N}}}}}}"] {
        let drift = reason(&of(&paths.replace('N', one)), &of(&paths.replace('N', other)));
        assert!(!drift.is_empty() && drift.overall().doc_only, "{paths}: {drift}");
    }
}

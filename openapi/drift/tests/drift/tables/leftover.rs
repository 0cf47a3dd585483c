//! The safety net below the judges: it reaches every object with a judge that the vocabulary has.

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_contract::vocabulary::{Field, Holds, Node, Release};
use zerogate_drift::reason;

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

#[test]
fn default_security_that_no_operation_inherits_does_not_affect_clients() {
    let with = |default: &str, own: &str| {
        let get = json!({"operationId": "read", "security": [{own: []}], "responses": {"200": {"description": "."}}});
        let schemes = [default, own].map(|name| (name.to_owned(), json!({"type": "http", "scheme": "basic"})));
        let schemes: serde_json::Map<_, _> = schemes.into_iter().collect();
        let contract = json!({
            "openapi": "3.0.3",
            "security": [{default: []}],
            "paths": {"/a": {"get": get}},
            "components": {"securitySchemes": schemes},
        });
        Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let cases = [
        (with("a", "a"), with("b", "b"), vec!["api-security-component-renamed none"]),
        (with("a", "a"), with("b", "a"), vec!["api-security-component-added none", "api-security-updated none"]),
    ];
    for (old, new, wanted) in cases {
        let drift = reason(&old, &new);
        let mut told: Vec<_> = drift.changes.iter().map(|it| format!("{} {}", it.id, it.wire)).collect();
        told.sort();
        assert_eq!(told, wanted, "{drift}");
    }
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
    let schema = json!({"schema": {"type": "integer"}});
    let content = json!({"content": {"application/json": schema}});
    let (schema, content) = (with(schema), with(content));
    for (old, new) in [(&schema, &content), (&content, &schema)] {
        let told: Vec<_> = reason(old, new).changes.iter().map(|it| it.message.clone()).collect();
        assert_eq!(told.len(), 1, "{told:?}");
    }
}

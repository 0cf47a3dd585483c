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

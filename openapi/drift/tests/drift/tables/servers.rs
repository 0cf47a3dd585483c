//! Servers: an address is a URL with its defaults filled in, and matters for the operations that use it.

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_drift::reason;

use super::wires;

/// A contract with these servers, and an operation that may have others.
fn document(servers: &Value, path: &str, own: &Value, of_path: &Value) -> Document {
    let mut operation = json!({"operationId": "a", "responses": {"200": {"description": "."}}});
    if !own.is_null() {
        operation["servers"] = own.clone();
    }
    let mut item = json!({"get": operation});
    if !of_path.is_null() {
        item["servers"] = of_path.clone();
    }
    let contract = json!({"openapi": "3.0.3", "servers": servers, "paths": {path: item}});
    Document::parse("contract.json", &contract.to_string()).unwrap()
}

fn at(url: &str) -> Value {
    json!([{"url": url}])
}

#[test]
fn equal_addresses_may_be_written_differently() {
    let of = |servers: &Value| document(servers, "/a", &Value::Null, &Value::Null);
    let variable = json!([{"url": "https://{zone}.example/v1", "variables": {"zone": {"default": "eu"}}}]);
    let only = json!([{"url": "https://{zone}.example/v1", "variables": {"zone": {"default": "eu", "enum": ["eu"]}}}]);
    let plain = at("https://eu.example/v1");
    for (old, new, wanted) in [
        (plain.clone(), at("HTTPS://EU.example:443/v1"), ""),
        (plain.clone(), at("https://eu.example/x/../v1"), ""),
        (plain.clone(), variable.clone(), "server-variable-changed compatible"),
        (variable.clone(), plain.clone(), "server-variable-changed breaking"),
        (only, plain.clone(), ""),
        (plain.clone(), at("https://eu.example/V1"), "server-changed breaking"),
        (plain.clone(), at("https://eu.example:8443/v1"), "server-changed breaking"),
        (plain, at("http://eu.example/v1"), "server-changed breaking"),
    ] {
        assert_eq!(wires(&reason(&of(&old), &of(&new))).join(", "), wanted, "{old} to {new}");
    }
}

#[test]
fn servers_may_be_merged_by_a_variable() {
    let of = |servers: &Value| document(servers, "/a", &Value::Null, &Value::Null);
    let two = json!([{"url": "https://eu.example"}, {"url": "https://us.example"}]);
    let three = json!([{"url": "https://eu.example"}, {"url": "https://us.example"}, {"url": "https://ap.example"}]);
    let any =
        |values: Value| json!([{"url": "https://{r}.example", "variables": {"r": {"default": "eu", "enum": values}}}]);
    for (old, new, wanted) in [
        (two.clone(), any(json!(["eu", "us"])), ""),
        (any(json!(["us", "eu"])), two.clone(), ""),
        (two, any(json!(["eu", "us", "ap"])), "server-variable-changed compatible"),
        (three, any(json!(["eu", "us"])), "server-removed breaking"),
    ] {
        assert_eq!(wires(&reason(&of(&old), &of(&new))).join(", "), wanted, "{old} to {new}");
    }
}

#[test]
fn the_name_of_a_variable_does_not_matter() {
    let of = |url: &str, variables: Value| {
        let servers = json!([{"url": url, "variables": variables}]);
        document(&servers, "/a", &Value::Null, &Value::Null)
    };
    let two = |zone: &str, port: &str| {
        let variables = json!({zone: {"default": "eu", "enum": ["eu", "us"]}, port: {"default": "80"}});
        of(&format!("http://{{{zone}}}.example:{{{port}}}"), variables)
    };
    let one = |name: &str, values: Value| {
        of(&format!("http://{{{name}}}.example"), json!({name: {"default": "eu", "enum": values}}))
    };
    for (old, new, wanted) in [
        (two("zone", "port"), two("region", "p"), ""),
        // The same names at other places.
        (two("zone", "port"), two("port", "zone"), ""),
        (one("zone", json!(["eu", "us"])), one("region", json!(["eu"])), "server-variable-enum-value-removed breaking"),
        (one("zone", json!(["eu"])), one("region", json!(["eu", "us"])), "server-variable-enum-value-added compatible"),
        (
            of("http://{zone}.example", json!({"zone": {"default": "eu"}})),
            of("http://eu.{domain}", json!({"domain": {"default": "example"}})),
            "server-variable-changed breaking, server-variable-changed compatible",
        ),
    ] {
        assert_eq!(wires(&reason(&old, &new)).join(", "), wanted);
    }
}

#[test]
fn spellings_of_one_address_are_one() {
    let of = |url: &str| document(&at(url), "/a", &Value::Null, &Value::Null);
    for (url, other, is_same) in [
        ("HTTPS://Gate.Example:443/v1", "https://gate.example/v1", true),
        ("http://gate.example:80", "http://gate.example", true),
        ("http://gate.example/", "http://gate.example", true),
        ("https://gate.example/v1/", "https://gate.example/v1", true),
        ("/v1/", "/v1", true),
        ("https://gate.example/a/./b/../%7euser/%c3%a4", "https://gate.example/a/~user/%C3%A4", true),
        ("https://gate.example/a%", "https://gate.example/a%25", false),
        ("https://gate.example/A", "https://gate.example/a", false),
        ("/V1", "/v1", false),
    ] {
        assert_eq!(reason(&of(url), &of(other)).is_empty(), is_same, "{url}");
    }
}

#[test]
fn a_list_of_servers_affects_its_users() {
    let (one, other, own) = (at("https://one.example"), at("https://other.example"), at("https://own.example"));
    let nobody = Value::Null;
    let changed = |old: [&Value; 3], new: [&Value; 3]| {
        let of = |[root, own, path]: [&Value; 3]| document(root, "/a", own, path);
        wires(&reason(&of(old), &of(new))).join(", ")
    };
    assert_eq!(changed([&one, &nobody, &nobody], [&other, &nobody, &nobody]), "server-changed breaking");
    assert_eq!(changed([&one, &own, &nobody], [&other, &own, &nobody]), "server-changed none");
    assert_eq!(changed([&one, &nobody, &own], [&other, &nobody, &own]), "server-changed none");
    assert_eq!(changed([&one, &nobody, &one], [&one, &nobody, &other]), "server-changed breaking");
    assert_eq!(changed([&one, &own, &one], [&one, &own, &other]), "server-changed none");
    // An inner list replaces the outer one.
    assert_eq!(changed([&one, &nobody, &nobody], [&one, &own, &nobody]), "server-changed breaking");
}

#[test]
fn a_part_of_the_url_may_move_to_the_path() {
    let of = |server: &str, path: &str| document(&at(server), path, &Value::Null, &Value::Null);
    let told =
        |server: &str, path: &str| wires(&reason(&of("https://a.example/v1", "/a/{id}"), &of(server, path))).join(", ");
    assert_eq!(told("https://a.example", "/v1/a/{id}"), "api-operation-moved none, server-changed none");
    assert_eq!(told("https://a.example", "/v2/a/{id}"), "api-operation-moved breaking, server-changed breaking");
    // An added server removes nothing, a removed one does.
    let two = json!([{"url": "https://try.example"}, {"url": "https://a.example"}]);
    let old = of("https://a.example/v1", "/a/{id}");
    let new = document(&two, "/v1/a/{id}", &Value::Null, &Value::Null);
    assert!(wires(&reason(&old, &new)).iter().all(|it| it.ends_with(" none")));
    assert!(wires(&reason(&new, &old)).contains(&"api-operation-moved breaking".to_owned()));
}

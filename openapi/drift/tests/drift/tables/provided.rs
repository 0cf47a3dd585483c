//! A contract, and the document of a server that must implement it.

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_drift::provided;

/// Documents with one operation at a path of some servers.
fn at(servers: &Value, path: &str, method: &str) -> Document {
    let operation = json!({"responses": {"204": {"description": "."}}});
    let document = json!({"openapi": "3.0.3", "servers": servers, "paths": {path: {method: operation}}});
    Document::parse("server.json", &document.to_string()).unwrap()
}

/// The changes as `id wire: message` lines.
fn told(contract: &Document, server: &Document) -> Vec<String> {
    let drift = provided(contract, server);
    drift.changes.iter().map(|change| format!("{} {}: {}", change.id, change.wire, change.message)).collect()
}

#[test]
fn operations_are_matched_by_their_full_url_path() {
    const ELSEWHERE: &str =
        "server-changed breaking: paths begin with `/v1/` in the contract and with `/` in the server's document";
    const HOST: &str = "server-changed risky: the contract is for `https://a.example`, and the server's document for \
                        `https://b.example`";
    let contract = at(&json!([{"url": "https://a.example/v1"}]), "/carts/{id}", "get");
    for (servers, path, wanted) in [
        (json!([{"url": "https://a.example/v1/"}]), "/carts/{id}", &[][..]),
        (json!([{"url": "https://a.example"}]), "/v1/carts/{cartId}", &[]),
        (json!([{"url": "/"}]), "/v1/carts/{id}", &[]),
        (json!([{"url": "/v1"}]), "/carts/{id}", &[]),
        (json!([]), "/v1/carts/{id}", &[]),
        (json!([{"url": "http://localhost:8080"}, {"url": "http://127.0.0.1/v2"}]), "/v1/carts/{id}", &[]),
        (json!([{"url": "https://a.example/{v}", "variables": {"v": {"default": "v1"}}}]), "/carts/{id}", &[]),
        (json!([]), "/carts/{id}", &[ELSEWHERE]),
        (
            json!([{"url": "//a.example/v1"}]),
            "/carts/{id}",
            &[
                "server-changed risky: the contract is for `https://a.example`, and the server's document for `//a.example`",
            ],
        ),
        (
            json!([{"url": "https://"}]),
            "/v1/carts/{id}",
            &[
                "server-changed risky: the contract is for `https://a.example`, and the server's document for `https://`",
            ],
        ),
        (json!([{"url": "https://b.example"}]), "/v1/carts/{id}", &[HOST]),
        (
            json!([{"url": "https://localhost.b.example/v1"}]),
            "/carts/{id}",
            &["server-changed risky: the contract is for `https://a.example`, and the server's document for \
             `https://localhost.b.example`"],
        ),
        (
            json!([]),
            "/baskets/{id}",
            &[
                "api-path-removed-without-deprecation breaking: the path `/carts/{id}` is missing in the server's document",
                "endpoint-added compatible: the operation `GET /baskets/{id}` (GET /baskets/{id}) is in the server's document, but \
             not in the contract",
            ],
        ),
    ] {
        assert_eq!(told(&contract, &at(&servers, path, "get")), wanted, "{servers} {path}");
    }
    let wanted = told(&contract, &at(&json!([]), "/v1/carts/{id}", "put"));
    assert!(wanted[0].starts_with("api-path-removed-without-deprecation breaking: "), "{wanted:?}");
}

#[test]
fn a_missing_base_path_is_reported_once() {
    let document = |servers: Value| {
        let operation = |id: &str| json!({"operationId": id, "responses": {"204": {"description": "."}}});
        let paths = json!({"/a": {"get": operation("a"), "put": operation("b")}, "/c": {"get": operation("c")}});
        Document::parse("a.json", &json!({"openapi": "3.0.3", "servers": servers, "paths": paths}).to_string()).unwrap()
    };
    let drift = provided(&document(json!([{"url": "/v1"}])), &document(json!([{"url": "/v2"}])));
    let told: Vec<_> = drift.changes.iter().map(|change| (change.id, change.operations())).collect();
    assert_eq!(told, [("server-changed", vec!["a", "b", "c"])]);
}

#[test]
fn only_what_a_server_team_needs_is_reported() {
    let document = |operation: &str,
                    schema: &str,
                    parameter: Value,
                    property: Value,
                    required: Value,
                    headers: Value| {
        let object = json!({"type": "object", "required": required, "properties": {"note": property}});
        let reference = json!({"$ref": format!("#/components/schemas/{schema}")});
        let operation = json!({
            "operationId": operation,
            "tags": [operation],
            "summary": operation,
            "x-handler": operation,
            "parameters": [parameter],
            "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"note": property}}}}},
            "responses": {"200": {"description": schema, "headers": headers, "content": {"application/json": {"schema": reference}}}},
        });
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": schema, "version": schema},
            "paths": {"/carts": {"post": operation}},
            "components": {"schemas": {schema: object}},
        });
        Document::parse("server.json", &document.to_string()).unwrap()
    };
    let parameter =
        |required: bool| json!({"name": "hint", "in": "query", "required": required, "schema": {"type": "string"}});
    let header = json!({"X-Trace": {"required": true, "schema": {"type": "string"}}});
    let short = json!({"type": "string", "maxLength": 9});
    let long = json!({"type": "string", "title": "Note", "description": "A note."});
    let contract = document("makeCart", "Cart", parameter(false), short.clone(), json!(["note"]), header.clone());
    let same = document("make_cart_carts_post", "CartOut", parameter(false), short, json!(["note"]), header);
    assert_eq!(told(&contract, &same), [""; 0]);
    let server = document("make_cart_carts_post", "CartOut", parameter(true), long, json!([]), json!({}));
    assert_eq!(
        told(&contract, &server),
        [
            "response-property-became-optional breaking: the response property `note` of `CartOut` differs from the contract: it \
             is no longer required",
            "request-parameter-became-required breaking: the query parameter `hint` differs from the contract: it is now \
             required",
            "required-response-header-removed breaking: the response header `X-Trace` is missing in the server's document",
            "response-property-max-length-unset risky: the response property `note` of `Cart` differs from the contract: it no longer has \
             the limit `maxLength` 9",
            "request-property-max-length-unset compatible: the request property `note` differs from the contract: it no longer has the \
             limit `maxLength` 9",
        ]
    );
}

//! Media types, ignored parameters, and what a path describes for its operations.

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_drift::{Wire, reason};

use super::wires;

fn document(paths: &Value) -> Document {
    let contract = json!({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths});
    Document::parse("contract.json", &contract.to_string()).unwrap()
}

/// A contract whose request or response has these media types, each with an object of one property.
fn message(direction: &str, media_types: &[(&str, &str)]) -> Document {
    let schema = |kind: &str| json!({"type": "object", "properties": {"p": {"type": kind}}});
    let content: serde_json::Map<String, Value> =
        media_types.iter().map(|(name, kind)| ((*name).to_owned(), json!({"schema": schema(kind)}))).collect();
    let response = if direction == "request" { json!({}) } else { Value::Object(content.clone()) };
    let mut operation = json!({"responses": {"200": {"description": ".", "content": response}}});
    if direction == "request" {
        operation["requestBody"] = json!({"content": content});
    }
    document(&json!({"/things": {"post": operation}}))
}

#[test]
fn media_types_are_matched_by_meaning() {
    let (json, csv) = ("application/json", "text/csv");
    let utf8 = "application/json; charset=utf-8";
    type Types = Vec<(&'static str, &'static str)>;
    let cases: Vec<(Types, Types, &str, &str)> = vec![
        (vec![(json, "string")], vec![(utf8, "string")], "", ""),
        (vec![(json, "string")], vec![("Application/JSON;Charset=UTF-8", "string")], "", ""),
        (
            vec![("application/problem+json", "string")],
            vec![("application/problem+json; charset=utf-8", "string")],
            "",
            "",
        ),
        (vec![(csv, "string")], vec![("text/csv; charset=utf-8", "string")], "", ""),
        (
            vec![("text/csv; charset=utf-8", "string")],
            vec![("text/csv; charset=latin1", "string")],
            "body-media-type-name-changed risky",
            "media-type-name-changed risky",
        ),
        (
            vec![("application/json; version=1", "string")],
            vec![("application/json; version=2", "string")],
            "body-media-type-name-changed risky",
            "media-type-name-changed risky",
        ),
        // Their content is still compared.
        (
            vec![(json, "string")],
            vec![(utf8, "object")],
            "property-type-changed breaking",
            "property-type-changed breaking",
        ),
        (
            vec![(json, "string")],
            vec![("application/*", "string")],
            "body-media-type-name-generalized compatible",
            "media-type-name-generalized breaking",
        ),
        (
            vec![("*/*", "string")],
            vec![(json, "string")],
            "body-media-type-name-specialized breaking",
            "media-type-name-specialized compatible",
        ),
        (
            vec![(json, "string")],
            vec![("application/*", "object")],
            "body-media-type-name-generalized compatible, property-type-changed breaking",
            "media-type-name-generalized breaking, property-type-changed breaking",
        ),
        // The range existed before.
        (
            vec![(json, "string"), ("*/*", "string")],
            vec![("*/*", "string")],
            "body-media-type-name-generalized compatible",
            "media-type-name-generalized compatible",
        ),
        // A type of a range that stays.
        (
            vec![("application/*", "string")],
            vec![("application/*", "string"), (json, "string")],
            "body-media-type-added compatible",
            "media-type-added compatible",
        ),
        (
            vec![("application/*", "string")],
            vec![("application/*", "string"), (json, "object")],
            "body-media-type-added compatible, property-type-changed breaking",
            "media-type-added compatible, property-type-changed breaking",
        ),
        // What is compatible instead of the range is no change of it.
        (
            vec![("application/*", "integer")],
            vec![("application/*", "integer"), (json, "number")],
            "body-media-type-added compatible",
            "media-type-added compatible, property-type-changed breaking",
        ),
        // The most specific range applies.
        (
            vec![("*/*", "object"), ("application/*", "string")],
            vec![("*/*", "object"), ("application/*", "string"), (json, "string")],
            "body-media-type-added compatible",
            "media-type-added compatible",
        ),
        (
            vec![("*/*", "object"), ("application/*", "string"), (json, "string")],
            vec![("*/*", "object"), ("application/*", "string")],
            "body-media-type-name-generalized compatible",
            "media-type-name-generalized compatible",
        ),
        (
            vec![(json, "string")],
            vec![(csv, "string")],
            "body-media-type-added compatible, body-media-type-removed breaking",
            "media-type-added compatible, media-type-removed breaking",
        ),
        (
            vec![(json, "string")],
            vec![("text/*", "string")],
            "body-media-type-added compatible, body-media-type-removed breaking",
            "media-type-added compatible, media-type-removed breaking",
        ),
    ];
    for (old, new, request, response) in cases {
        for (direction, wanted) in [("request", request), ("response", response)] {
            let drift = reason(&message(direction, &old), &message(direction, &new));
            let told: Vec<String> = wires(&drift).iter().map(|it| it.replace(&format!("{direction}-"), "")).collect();
            let mut sorted = told.clone();
            sorted.sort();
            assert_eq!(sorted.join(", "), wanted, "{old:?} to {new:?} in a {direction}");
        }
    }
}

#[test]
fn bytes_are_bytes_whatever_describes_them() {
    let response = |version: &str, schema: Value| {
        let content = json!({"application/octet-stream": {"schema": schema}});
        let contract = json!({
            "openapi": version,
            "paths": {"/file": {"get": {"responses": {"200": {"description": ".", "content": content}}}}},
        });
        Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let old = response("3.0.3", json!({"type": "string", "format": "binary"}));
    assert_eq!(wires(&reason(&old, &response("3.1.0", json!({})))).join(", "), "");
}

#[test]
fn ignored_headers_have_no_effect_on_the_wire() {
    let of = |parameters: Value| {
        document(&json!({"/things": {"get": {"parameters": parameters, "responses": {"200": {"description": "."}}}}}))
    };
    let header = |name: &str, required: bool| json!([{"name": name, "in": "header", "required": required, "schema": {"type": "string"}}]);
    for name in ["Accept", "content-type", "AUTHORIZATION"] {
        for (old, new) in [
            (json!([]), header(name, true)),
            (header(name, true), json!([])),
            (header(name, false), header(name, true)),
        ] {
            let drift = reason(&of(old), &of(new));
            assert_eq!(drift.changes.len(), 1, "{drift}");
            assert_eq!(drift.overall().wire, Wire::None, "{drift}");
        }
    }
    let response = |headers: Value| {
        document(&json!({"/things": {"get": {"responses": {"200": {"description": ".", "headers": headers}}}}}))
    };
    let described = |kind: &str| json!({"content-Type": {"required": true, "schema": {"type": kind}}});
    for (old, new) in [
        (json!({}), described("string")),
        (described("string"), json!({})),
        (described("string"), described("integer")),
    ] {
        let drift = reason(&response(old), &response(new));
        assert!(drift.changes.len() == 1 && drift.overall().doc_only, "{drift}");
    }
    let drift = reason(&of(json!([])), &of(header("Accept-Language", true)));
    assert_eq!(wires(&drift), ["new-required-request-parameter breaking"]);
    // In the query, such a name has no special meaning.
    let query = json!([{"name": "accept", "in": "query", "required": true, "schema": {"type": "string"}}]);
    assert_eq!(wires(&reason(&of(json!([])), &of(query))), ["new-required-request-parameter breaking"]);
}

#[test]
fn what_a_new_path_describes_is_reported_with_its_operations() {
    let operation = |id: &str| json!({"operationId": id, "responses": {"200": {"description": "."}}});
    let parameters = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let old = document(&json!({"/a": {"get": operation("a")}}));
    let new = document(&json!({
        "/a": {"get": operation("a")},
        "/b/{id}": {"parameters": parameters, "get": operation("b"), "put": operation("c")},
    }));
    assert_eq!(wires(&reason(&old, &new)), ["endpoint-added compatible", "endpoint-added compatible"]);
    assert_eq!(wires(&reason(&new, &old)), ["api-path-removed-without-deprecation breaking"]);
}

#[test]
fn a_status_is_compared_with_the_range_that_describes_it_otherwise() {
    let of = |description: &str, name: &str, required: bool, headers: Value| {
        let required = if required { json!([name]) } else { json!([]) };
        let schema = json!({"type": "object", "description": description, "required": required, "properties": {name: {"type": "string"}}});
        json!({"description": description, "headers": headers, "content": {"application/json": {"schema": schema}}})
    };
    let wait = || json!({"Retry-After": {"required": true, "schema": {"type": "integer"}}});
    let plain = || of("Any.", "code", true, json!({}));
    let (empty, made) = (json!({"description": "Gone."}), || of("Made.", "id", true, json!({})));
    let removed = "response-required-property-removed breaking";
    let (added, success_added) =
        ("response-non-success-status-added compatible", "response-success-status-added compatible");
    let gone = "response-non-success-status-removed compatible";
    let responses = |entries: &[(&str, Value)]| {
        let entries: serde_json::Map<String, Value> =
            entries.iter().map(|(status, it)| ((*status).to_owned(), it.clone())).collect();
        document(&json!({"/things": {"get": {"responses": entries}}}))
    };
    for (there, status, separate, if_added, if_removed) in [
        // Only the texts differ, or it promises more.
        (vec![("4XX", plain())], "404", of("Missing.", "code", true, json!({})), vec![added], vec![gone]),
        (
            vec![("4XX", plain())],
            "429",
            of("Later.", "code", true, wait()),
            vec![added],
            vec![gone, "required-response-header-removed breaking"],
        ),
        (
            vec![("4XX", of("Any.", "code", false, json!({})))],
            "404",
            plain(),
            vec![added],
            vec![gone, "response-property-became-optional breaking"],
        ),
        (vec![("4XX", plain())], "404", of("No.", "why", true, json!({})), vec![added, removed], vec![gone, removed]),
        (
            vec![("default", plain())],
            "404",
            empty.clone(),
            vec![added, "response-media-type-removed breaking"],
            vec![gone],
        ),
        (
            vec![("default", plain())],
            "200",
            made(),
            vec![success_added, removed],
            vec!["response-success-status-removed risky", removed],
        ),
        // Of two, the more specific one describes it.
        (vec![("4XX", plain()), ("default", made())], "404", plain(), vec![added], vec![gone]),
        // Beside a success, `default` describes errors.
        (
            vec![("200", made()), ("default", plain())],
            "202",
            made(),
            vec!["response-success-status-added risky"],
            vec!["response-success-status-removed breaking"],
        ),
        (
            vec![("200", made()), ("default", plain())],
            "302",
            empty.clone(),
            vec!["response-non-success-status-added risky"],
            vec!["response-non-success-status-removed risky"],
        ),
        (vec![("200", made()), ("default", plain())], "4XX", plain(), vec![added], vec![gone]),
        // Nothing describes it otherwise.
        (
            vec![("5XX", plain())],
            "404",
            plain(),
            vec!["response-non-success-status-added risky"],
            vec!["response-non-success-status-removed risky"],
        ),
    ] {
        let (without, with) = (responses(&there), responses(&[there.clone(), vec![(status, separate)]].concat()));
        for (old, new, wanted) in [(&without, &with, if_added), (&with, &without, if_removed)] {
            let mut told = super::told(&reason(old, new));
            told.iter_mut().for_each(|told| *told = told.rsplit_once(' ').unwrap().0.to_owned());
            told.sort();
            let mut wanted = wanted;
            wanted.sort_unstable();
            assert_eq!(told, wanted, "{status} beside {there:?}");
        }
    }
}

/// A form repeats a field for each item of a list, and so a single value is a list of one.
#[test]
fn one_value_of_a_form_may_become_a_list() {
    let of = |media_type: &str, p: &Value, encoding: &Value, received: bool| {
        let schema = json!({"type": "object", "properties": {"p": p}});
        let content = json!({media_type: {"schema": schema, "encoding": {"p": encoding}}});
        let other = json!({"description": "."});
        let response = if received { json!({"description": ".", "content": content}) } else { other };
        let body = if received { json!({}) } else { json!({"content": content}) };
        document(&json!({"/a": {"post": {"requestBody": body, "responses": {"200": response}}}}))
    };
    let (text, number) = (json!({"type": "string"}), json!({"type": "integer", "nullable": true}));
    let list = |items: &Value, more: Value| {
        let mut list = json!({"type": "array", "items": items});
        list.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        list
    };
    let (form, parts) = ("application/x-www-form-urlencoded", "multipart/form-data");
    let (joined, json_part) = (json!({"explode": false}), json!({"contentType": "application/json"}));
    for (media_type, single, list, encoding, is_same) in [
        (form, &text, list(&text, json!({})), json!({}), true),
        (form, &number, list(&number, json!({"minItems": 1})), json!({}), true),
        (parts, &text, list(&text, json!({"description": "Some."})), json!({}), true),
        (form, &text, json!({"type": "array"}), json!({}), true),
        (form, &text, list(&text, json!({"minItems": 2})), json!({}), false),
        (form, &text, list(&number, json!({})), json!({}), false),
        (form, &text, list(&list(&text, json!({})), json!({})), json!({}), false),
        (form, &list(&text, json!({})), list(&list(&text, json!({})), json!({})), json!({}), false),
        (form, &text, list(&text, json!({"prefixItems": [number]})), json!({}), false),
        (form, &text, list(&text, json!({"maxItems": 1, "uniqueItems": true})), json!({}), true),
        (form, &text, list(&text, json!({"maxItems": 0})), json!({}), false),
        (form, &text, list(&text, json!({"enum": [["a"]]})), json!({}), false),
        (form, &text, list(&text, json!({"not": {"maxItems": 1}})), json!({}), false),
        (form, &text, list(&text, json!({"contains": {"const": "a"}})), json!({}), false),
        (
            form,
            &text,
            list(&text, json!({"if": {"maxItems": 1}, "then": {"contains": {"const": "a"}}})),
            json!({}),
            false,
        ),
        (form, &text, json!({"type": "array", "unevaluatedItems": false}), json!({}), false),
        (form, &text, list(&text, json!({})), joined, false),
        (form, &text, list(&text, json!({})), json!({"style": "pipeDelimited"}), false),
        (parts, &text, list(&text, json!({})), json_part, false),
        ("application/json", &text, list(&text, json!({})), json!({}), false),
    ] {
        for received in [false, true] {
            let of = |p: &Value| of(media_type, p, &encoding, received);
            let wire = |drift: &zerogate_drift::Drift| drift.overall().wire.name();
            let (there, back) = (reason(&of(single), &of(&list)), reason(&of(&list), &of(single)));
            let wanted = match (is_same, received) {
                (true, false) => ("compatible", "breaking"),
                (true, true) => ("breaking", "compatible"),
                (false, _) => ("breaking", "breaking"),
            };
            assert_eq!((wire(&there), wire(&back)), wanted, "{media_type} {list} {encoding}: {there}\n{back}");
        }
    }
    // Where it is sent as JSON as well, it is another type.
    let both = |p: &Value| {
        let media = json!({"schema": {"type": "object", "properties": {"p": p}}});
        let content = json!({form: {"schema": {"$ref": "#/components/schemas/A"}}, "application/json": {"schema": {"$ref": "#/components/schemas/A"}}});
        let paths = json!({"/a": {"post": {"requestBody": {"content": content}, "responses": {}}}});
        let contract = json!({"openapi": "3.0.3", "paths": paths, "components": {"schemas": {"A": media["schema"]}}});
        Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    assert_eq!(reason(&both(&text), &both(&list(&text, json!({})))).overall().wire.name(), "breaking");
}

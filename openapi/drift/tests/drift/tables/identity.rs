//! Renamings, paging parameters, and one sentence per cause.

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_drift::reason;

use super::contract;

fn text() -> Value {
    json!({"type": "string"})
}

/// An object with these properties and these required ones.
fn object(properties: &Value, required: &Value) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

#[test]
fn a_renamed_property_is_one_change() {
    let described = |text: &str| json!({"type": "string", "description": text});
    let cases = [
        (json!({"paid_at": text()}), json!({"paidAt": text()}), "risky none", "was renamed to `paidAt`"),
        (json!({"ip": text()}), json!({"ip_address": text()}), "risky breaking", "was renamed to `ip_address`"),
        (
            json!({"buyer_note": described("A note."), "id": text()}),
            json!({"payer_note": described("A note."), "id": text()}),
            "risky breaking",
            "was renamed to `payer_note`",
        ),
        (
            json!({"kind": {"$ref": "#/components/schemas/Kind"}}),
            json!({"kind_name": {"$ref": "#/components/schemas/Kind"}}),
            "risky breaking",
            "was renamed to `kind_name`",
        ),
    ];
    let schemas = json!({"Kind": {"type": "string", "enum": ["a", "b"]}});
    let any = json!({});
    for (old, new, verdict, message) in &cases {
        for direction in ["request", "response"] {
            let make = |properties: &Value| {
                let object = object(properties, &json!([]));
                let (request, response) = if direction == "request" { (&object, &any) } else { (&any, &object) };
                contract("3.0.3", request, response, &schemas)
            };
            let drift = reason(&make(old), &make(new));
            let told = super::told(&drift);
            assert_eq!(told, [format!("{direction}-property-renamed {verdict}")], "{old} to {new}");
            assert!(drift.changes[0].message.ends_with(message), "{}", drift.changes[0].message);
        }
    }
    // If required, it is missing on one side and required on the other; other changes are reported separately.
    let make = |name: &str, required: &Value, more: &Value| {
        let mut property = text();
        property.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        contract("3.0.3", &object(&json!({name: property}), required), &any, &json!({}))
    };
    let told = |old: &Document, new: &Document| super::told(&reason(old, new));
    let (one, two) = (json!(["paid_at"]), json!(["paidAt"]));
    assert_eq!(
        told(&make("paid_at", &one, &any), &make("paidAt", &two, &any)),
        ["request-property-renamed breaking none"]
    );
    let titled = json!({"title": "Day"});
    assert_eq!(
        told(&make("paid_at", &one, &any), &make("paidAt", &two, &titled)),
        ["request-property-renamed breaking none", "title-changed none none"]
    );
    // Another shape, or required on only one side: not a renaming.
    let number = json!({"type": "integer"});
    for (new, required) in [(&number, &two), (&any, &json!([]))] {
        let told = told(&make("paid_at", &one, &any), &make("paidAt", required, new));
        assert_eq!(told.len(), 2, "{told:?}");
    }
    // The removal was announced.
    let told = told(&make("paid_at", &one, &json!({"deprecated": true})), &make("paidAt", &two, &any));
    assert!(told.iter().all(|line| !line.contains("renamed")), "{told:?}");
}

#[test]
fn a_renaming_is_recognised_only_if_it_is_unambiguous() {
    let make = |names: &[&str], like: &Value| {
        let properties = Value::Object(names.iter().map(|name| ((*name).to_owned(), like.clone())).collect());
        contract("3.0.3", &object(&properties, &json!([])), &json!({}), &json!({}))
    };
    let told = |gone: &[&str], come: &[&str], [old, new]: [&Value; 2]| {
        let told = super::wires(&reason(&make(gone, old), &make(come, new)));
        told.iter().filter(|line| line.contains("-renamed ")).count()
    };
    let (text, number) = (text(), json!({"type": "integer"}));
    let (shape, nothing) = ([&text, &text], [&text, &number]);
    for (gone, come) in [
        ("paidAt", "paid_at"),
        ("kyc_pre_verified", "kyc_verified"),
        ("ip", "ip_address"),
        ("X-Request-Id", "Request-ID"),
        ("canceled_at", "cancelled_at"),
        ("session_id", "id"),
    ] {
        assert_eq!(told(&[gone], &[come], shape), 1, "{gone} {come}");
        assert_eq!(told(&[come], &[gone], shape), 1, "{come} {gone}");
        assert_eq!(told(&[gone], &[come], nothing), 0, "{gone} {come}");
    }
    for (gone, come) in [("created_at", "updated_at"), ("amount", "total"), ("id", "parent_order_id"), ("to", "from")] {
        assert_eq!(told(&[gone], &[come], shape), 0, "{gone} {come}");
    }
    // Both have the same texts.
    let said = json!({"type": "string", "description": "Who it is of."});
    assert_eq!(told(&["user_reference"], &["client_reference"], [&said, &said]), 1);
    assert_eq!(told(&["user_reference"], &["client_note"], [&said, &said]), 0);
    // Other candidates.
    assert_eq!(told(&["name"], &["first_name", "last_name"], shape), 0);
    assert_eq!(told(&["first_name", "last_name"], &["name"], shape), 0);
    assert_eq!(told(&["name", "paidAt"], &["paid_at", "full_name"], shape), 2);
}

/// A contract with one operation with these parameters and this response.
fn list(parameters: &Value, response: &Value) -> Document {
    let contract = json!({
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {"/things": {"get": {
            "operationId": "listThings",
            "parameters": parameters,
            "responses": {"200": response},
        }}},
    });
    Document::parse("contract.json", &contract.to_string()).unwrap()
}

fn body(schema: &Value) -> Value {
    json!({"description": ".", "content": {"application/json": {"schema": schema}}})
}

#[test]
fn a_renamed_parameter_or_header_is_one_change() {
    let parameter = |name: &str, place: &str| json!([{"name": name, "in": place, "schema": text()}]);
    let nothing = json!({"description": "."});
    let cases = [
        ("query", "created_by", "createdBy", &["request-parameter-renamed risky none"][..]),
        ("header", "X-Trace-Id", "Trace-Id", &["request-parameter-renamed risky breaking"]),
        (
            "query",
            "status",
            "sort",
            &["request-parameter-removed risky breaking", "new-optional-request-parameter compatible compatible"],
        ),
    ];
    for (place, old, new, wanted) in cases {
        let drift = reason(&list(&parameter(old, place), &nothing), &list(&parameter(new, place), &nothing));
        assert_eq!(super::told(&drift), wanted, "{old} to {new}");
    }
    let header = |name: &str, required: bool| {
        let headers = json!({name: {"required": required, "schema": text()}});
        list(&json!([]), &json!({"description": ".", "headers": headers}))
    };
    for (required, wire) in [(true, "breaking"), (false, "risky")] {
        let drift = reason(&header("X-Request-Id", required), &header("Request-Id", required));
        assert_eq!(super::told(&drift), [format!("response-header-renamed {wire} none")]);
        assert_eq!(drift.changes[0].message, "the response header `X-Request-Id` was renamed to `Request-Id`");
    }
}

#[test]
fn removing_a_paging_parameter_is_breaking() {
    let things = || json!({"type": "array", "items": text()});
    let (number, date) = (json!({"type": "integer"}), json!({"type": "string", "format": "date-time"}));
    let object = |more: Value| {
        let mut properties = json!({"items": things()});
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body(&json!({"type": "object", "properties": properties}))
    };
    let back = |name: &str, operation: &str| json!({"description": ".", "links": {"next": {"operationId": operation, "parameters": {name: "$response.body#/n"}}}});
    let by_place = json!({"description": ".", "links": {"next": {
        "operationRef": "#/paths/~1things/get", "parameters": {"query.from_id": "$response.body#/n"},
    }}});
    let cases = [
        ("cursor", &text(), body(&things()), true),
        ("page[size]", &number, object(json!({})), true),
        ("$top", &number, object(json!({})), true),
        ("PageToken", &text(), object(json!({})), true),
        (
            "after",
            &text(),
            body(&json!({"type": "object", "properties": {"page": {"properties": {"rows": things()}}}})),
            true,
        ),
        // The response has it next to its list; any string may have that name.
        ("window", &number, object(json!({"window": number})), true),
        ("window", &number, object(json!({"meta": {"properties": {"window": number}}})), true),
        ("status", &text(), object(json!({"status": text()})), false),
        // A link leads back.
        ("from_id", &text(), back("from_id", "listThings"), true),
        ("from_id", &text(), by_place, true),
        ("from_id", &text(), back("from_id", "readThing"), false),
        ("from_id", &text(), back("id", "listThings"), false),
        // Filters, and responses that are not lists.
        ("status", &text(), body(&things()), false),
        ("after", &date, body(&things()), false),
        ("size", &text(), body(&things()), false),
        ("created_after", &text(), body(&things()), false),
        ("limit", &number, body(&text()), false),
        ("limit", &number, json!({"description": "."}), false),
    ];
    for (name, schema, response, breaks) in cases {
        let with = |name: &str| list(&json!([{"name": name, "in": "query", "schema": schema}]), &response);
        let without = list(&json!([]), &response);
        let wire = if breaks { "breaking" } else { "risky" };
        let told = super::told(&reason(&with(name), &without));
        assert_eq!(told, [format!("request-parameter-removed {wire} breaking")], "{name} of {response}");
        let renamed = super::wires(&reason(&with(name), &with(&format!("{name}s"))));
        assert_eq!(renamed, [format!("request-parameter-renamed {wire}")], "{name} of {response}");
        let moved = json!([{"name": name, "in": "header", "schema": schema}]);
        let moved = super::wires(&reason(&with(name), &list(&moved, &response)));
        assert_eq!(moved, [format!("request-parameter-moved {wire}")], "{name} of {response}");
    }
}

#[test]
fn each_cause_is_reported_in_its_own_sentence() {
    let refers = |name: &str| {
        let at = json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"type": "object", "properties": {"a": at, "b": at, "c": {"type": "array", "items": at}}})
    };
    let schemas = json!({
        "Payer": {"type": "object", "properties": {"name": text(), "vat": text()}},
        "Person": {"type": "object", "properties": {"name": text()}},
    });
    let make = |name: &str| contract("3.0.3", &refers(name), &refers(name), &schemas);
    let drift = reason(&make("Payer"), &make("Person"));
    let messages: Vec<&str> = drift.changes.iter().map(|change| change.message.as_str()).collect();
    assert!(messages.iter().all(|message| !message.contains(": it ")), "{messages:#?}");
    let removed = messages.iter().filter(|message| message.contains("`vat`")).count();
    assert_eq!(removed, 1, "{messages:#?}");
    let refers = messages.iter().filter(|message| message.contains("refers to `Person` instead of `Payer`"));
    // Each place is a separate change.
    assert_eq!(refers.count(), 6, "{messages:#?}");
}

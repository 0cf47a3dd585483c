//! Webhooks and callbacks, which are operations with reversed directions; and links.

use serde_json::{Value, json};
use zerogate_contract::Document;

use zerogate_drift::{Caller, Direction, reason};

use super::{told, wires};

const URL: &str = "{$request.body#/url}";

/// A contract with one operation, which may have callbacks and links, and with webhooks.
fn document(webhooks: &Value, callbacks: &Value, links: &Value, components: &Value) -> Document {
    let contract = json!({
        "openapi": "3.1.0",
        "paths": {"/payouts": {"post": {
            "operationId": "pay",
            "responses": {"200": {"description": ".", "links": links}},
            "callbacks": callbacks,
        }}},
        "webhooks": webhooks,
        "components": components,
    });
    Document::parse("contract.json", &contract.to_string()).unwrap()
}

fn object(required: &[&str], properties: &Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties})
}

/// A request with a body, and the responses to it.
fn request(parameters: &Value, body: &Value, responses: &Value) -> Value {
    json!({"post": {
        "parameters": parameters,
        "requestBody": {"required": true, "content": {"application/json": {"schema": body}}},
        "responses": responses,
    }})
}

fn brings(body: &Value) -> Value {
    request(&json!([]), body, &json!({"200": {"description": "."}}))
}

fn takes(body: &Value) -> Value {
    let content = json!({"application/json": {"schema": body}});
    request(&json!([]), &json!({"type": "object"}), &json!({"200": {"description": ".", "content": content}}))
}

fn has(required: bool) -> Value {
    let parameter = json!({"name": "X-Signature", "in": "header", "required": required, "schema": {"type": "string"}});
    request(&json!([parameter]), &json!({"type": "object"}), &json!({"200": {"description": "."}}))
}

fn responds(statuses: &[&str]) -> Value {
    let statuses: serde_json::Map<String, Value> =
        statuses.iter().map(|status| ((*status).to_owned(), json!({"description": "."}))).collect();
    request(&json!([]), &json!({"type": "object"}), &Value::Object(statuses))
}

#[test]
fn requests_of_the_server_are_judged_like_responses() {
    let text = || json!({"type": "string"});
    let (one, optional) = (object(&["id"], &json!({"id": text()})), object(&[], &json!({"id": text()})));
    let (none, two) = (object(&[], &json!({})), object(&["id"], &json!({"id": text(), "at": text()})));
    let xml = |mut request: Value| {
        let content = &mut request["post"]["requestBody"]["content"];
        content["application/xml"] = content["application/json"].clone();
        request
    };
    let odd = |at: &str, value: Value| {
        let mut request = responds(&["200"]);
        *request.pointer_mut(&format!("/post{at}")).unwrap() = value;
        request
    };
    for (old, new, wanted) in [
        (brings(&one), brings(&one), ""),
        (brings(&one), brings(&none), "response-required-property-removed breaking"),
        (brings(&one), brings(&optional), "response-property-became-optional breaking"),
        (brings(&optional), brings(&one), "response-property-became-required compatible"),
        (brings(&one), brings(&two), "response-optional-property-added compatible"),
        (brings(&one), xml(brings(&one)), "response-media-type-added risky"),
        (xml(brings(&one)), brings(&one), "response-media-type-removed breaking"),
        (has(true), has(false), "response-header-became-optional breaking"),
        (has(false), has(true), "response-header-became-required compatible"),
        (has(true), responds(&["200"]), "required-response-header-removed breaking"),
        (responds(&["200"]), has(true), "response-header-added compatible"),
        (takes(&one), takes(&optional), "request-property-became-optional compatible"),
        (takes(&optional), takes(&one), "request-property-became-required breaking"),
        (responds(&["200"]), takes(&one), "request-body-media-type-added breaking"),
        (takes(&one), responds(&["200"]), "request-body-media-type-removed breaking"),
        (responds(&["200"]), responds(&["200", "204"]), "response-success-status-added compatible"),
        (responds(&["200", "410"]), responds(&["200"]), "response-non-success-status-removed risky"),
        (responds(&["200", "204"]), responds(&["200"]), "response-success-status-removed breaking"),
        (responds(&["2XX", "204"]), responds(&["2XX"]), "response-success-status-removed compatible"),
        (responds(&["200"]), odd("/responses/200", json!(7)), "cannot-judge risky"),
        (
            responds(&["200"]),
            odd("/requestBody/required", json!("often")),
            "cannot-judge risky, request-body-became-optional risky",
        ),
    ] {
        let none = json!({});
        let webhook = |request: &Value| document(&json!({"paid": request}), &none, &none, &none);
        let callback = |request: &Value| document(&none, &json!({"paid": {URL: request}}), &none, &none);
        assert_eq!(wires(&reason(&webhook(&old), &webhook(&new))).join(", "), wanted, "webhook: {old} to {new}");
        assert_eq!(wires(&reason(&callback(&old), &callback(&new))).join(", "), wanted, "callback: {old} to {new}");
    }
}

#[test]
fn credentials_of_the_server_are_judged_from_the_receivers_side() {
    let schemes = json!({
        "bearer": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    });
    let of = |everywhere: Option<&Value>, own: Option<&Value>, header: &str, is_webhook: bool| {
        let mut request = brings(&json!({"type": "object"}));
        own.into_iter().for_each(|own| request["post"]["security"] = own.clone());
        let mut schemes = schemes.clone();
        schemes["key"]["name"] = json!(header);
        let components = json!({"securitySchemes": schemes});
        let (paid, none) = (json!({"paid": request}), json!({}));
        let mut contract = match is_webhook {
            true => document(&paid, &none, &none, &components).value().clone(),
            false => document(&none, &json!({"paid": {URL: request}}), &none, &components).value().clone(),
        };
        everywhere.into_iter().for_each(|security| contract["security"] = security.clone());
        // So that the document's own requirements apply to no operation.
        contract["paths"]["/payouts"]["post"]["security"] = json!([]);
        Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let (none, bearer, key) = (json!([]), json!([{"bearer": []}]), json!([{"key": []}]));
    let (both, either) = (json!([{"bearer": [], "key": []}]), json!([{"bearer": []}, {"key": []}]));
    let changed = |wire: &str| format!("server-request-security-changed {wire}");
    for (old, new, wanted) in [
        (Some(&bearer), Some(&bearer), String::new()),
        (None, Some(&none), String::new()),
        (None, Some(&bearer), changed("compatible")),
        (Some(&none), Some(&bearer), changed("compatible")),
        (Some(&bearer), Some(&both), changed("compatible")),
        (Some(&either), Some(&key), changed("compatible")),
        (Some(&bearer), Some(&none), changed("breaking")),
        (Some(&bearer), Some(&key), changed("breaking")),
        (Some(&both), Some(&key), changed("breaking")),
        (Some(&key), Some(&either), changed("breaking")),
        // The contract does not say whether it is then sent without credentials.
        (Some(&bearer), None, changed("risky")),
    ] {
        for is_webhook in [true, false] {
            let drift = reason(&of(None, old, "X-Key", is_webhook), &of(None, new, "X-Key", is_webhook));
            assert_eq!(wires(&drift).join(", "), wanted, "{old:?} to {new:?}: {drift}");
        }
    }
    for (old, new, wanted) in [
        (None, None, String::new()),
        (Some(&bearer), None, changed("risky")),
        (Some(&key), None, String::new()),
        (None, Some(&none), changed("risky")),
    ] {
        let drift = reason(&of(Some(&key), old, "X-Key", true), &of(Some(&key), new, "X-Key", true));
        assert_eq!(wires(&drift).join(", "), wanted, "{old:?} to {new:?}: {drift}");
    }
    let drift = reason(&of(None, Some(&key), "X-Key", true), &of(None, Some(&key), "X-Token", true));
    assert_eq!(wires(&drift), ["api-security-component-changed breaking"], "{drift}");
    assert_eq!(drift.changes[0].reach[0].operation, "webhook paid");
}

#[test]
fn requests_of_the_server_are_added_and_removed() {
    let paid = || brings(&json!({"type": "object"}));
    let with_id = || {
        let mut request = paid();
        request["post"]["operationId"] = json!("paid");
        request
    };
    let put = |request: Value| json!({"put": request["post"]});
    let nothing = json!({});
    let webhooks = |of: Value| document(&of, &nothing, &nothing, &nothing);
    let callbacks = |of: Value| document(&nothing, &of, &nothing, &nothing);
    let named = |of: Value| {
        let components = json!({"callbacks": {"Paid": {URL: paid()}}, "pathItems": {"Paid": paid()}});
        document(&of["webhooks"], &of["callbacks"], &nothing, &components)
    };
    let lost = json!({"$ref": "#/components/callbacks/Gone"});
    let by_name = json!({"callbacks": {"paid": {"$ref": "#/components/callbacks/Paid"}}, "webhooks": {}});
    let item_by_name = json!({"webhooks": {"paid": {"$ref": "#/components/pathItems/Paid"}}, "callbacks": {}});
    for (old, new, wanted) in [
        (webhooks(json!({})), webhooks(json!({"paid": paid()})), "webhook-added compatible"),
        (webhooks(json!({"paid": paid()})), webhooks(json!({})), "webhook-removed breaking"),
        (webhooks(json!({"paid": with_id()})), webhooks(json!({"done": with_id()})), "webhook-renamed risky"),
        (
            webhooks(json!({"paid": with_id()})),
            webhooks(json!({"paid": put(with_id())})),
            "webhook-removed breaking, webhook-added compatible",
        ),
        (
            webhooks(json!({"paid": with_id()})),
            webhooks(json!({"done": put(with_id())})),
            "webhook-removed breaking, webhook-added compatible",
        ),
        (
            callbacks(json!({"paid": {URL: with_id()}})),
            callbacks(json!({"paid": {URL: put(with_id())}})),
            "callback-removed breaking, callback-added compatible",
        ),
        (callbacks(json!({})), callbacks(json!({"paid": {URL: paid()}})), "callback-added compatible"),
        (callbacks(json!({"paid": {URL: paid()}})), callbacks(json!({})), "callback-removed breaking"),
        (callbacks(json!({"paid": {URL: paid()}})), callbacks(json!({"done": {URL: paid()}})), "callback-renamed none"),
        (
            callbacks(json!({"paid": {URL: paid()}})),
            callbacks(json!({"paid": {"{$request.body#/back}": paid()}})),
            "callback-url-changed breaking",
        ),
        (callbacks(json!({"paid": {URL: paid()}})), named(by_name), ""),
        (webhooks(json!({"paid": paid()})), named(item_by_name), ""),
        // Already missing before, so it was not removed.
        (callbacks(json!({"paid": {URL: paid()}})), callbacks(json!({"paid": lost})), "cannot-judge risky"),
        (callbacks(json!({"paid": lost})), callbacks(json!({"paid": {URL: paid()}})), "cannot-judge risky"),
        (callbacks(json!({"paid": {URL: paid()}})), callbacks(json!({"paid": {URL: lost}})), "cannot-judge risky"),
        (
            callbacks(json!({"paid": {URL: paid()}})),
            callbacks(json!({"paid": {URL: brings(&lost)}})),
            "cannot-judge risky",
        ),
        (webhooks(json!({"paid": paid()})), webhooks(json!({"paid": lost})), "cannot-judge risky"),
        (webhooks(json!({"paid": {}})), webhooks(json!({"paid": lost})), "cannot-judge risky"),
    ] {
        // Unused components are not confused with these.
        let told: Vec<String> =
            wires(&reason(&old, &new)).into_iter().filter(|it| !it.starts_with("component-")).collect();
        assert_eq!(told.join(", "), wanted, "{} to {}", old.value(), new.value());
    }
}

#[test]
fn a_component_of_a_webhook_affects_it_and_the_code() {
    let of = |required: &[&str]| {
        let components = json!({"schemas": {"Payout": object(required, &json!({"id": {"type": "string"}}))}});
        let paid = brings(&json!({"$ref": "#/components/schemas/Payout"}));
        document(&json!({"paid": paid}), &json!({}), &json!({}), &components)
    };
    let drift = reason(&of(&["id"]), &of(&[]));
    assert_eq!(told(&drift), ["response-property-became-optional breaking breaking"]);
    let change = &drift.changes[0];
    assert_eq!(change.message, "the webhook property `id` of `Payout` is no longer required");
    let reach = &change.reach[0];
    let reached = (reach.operation.as_str(), reach.direction, reach.caller);
    assert_eq!(reached, ("webhook paid", Some(Direction::Response), Caller::Webhook));
}

#[test]
fn links_are_hints() {
    let of = |links: Value, id: &str| {
        let contract = json!({
            "openapi": "3.0.3",
            "paths": {
                "/a": {"post": {"operationId": "a", "responses": {"200": {"description": ".", "links": links}}}},
                "/b/{key}": {"get": {"operationId": id, "responses": {"200": {"description": "."}}}},
            },
            "components": {"links": {"Next": {"operationId": "b", "parameters": {"key": "$response.body#/id"}}}},
        });
        Document::parse("contract.json", &contract.to_string()).unwrap()
    };
    let to = |id: &str, value: &str| json!({"next": {"operationId": id, "parameters": {"key": value}}});
    let id = "$response.body#/id";
    for (old, new, new_id, wanted) in [
        (json!({}), to("b", id), "b", "link-added compatible"),
        (to("b", id), json!({}), "b", "link-removed risky"),
        (to("b", id), to("a", id), "b", "link-changed risky"),
        (to("b", id), to("b", "$response.body#/key"), "b", "link-changed risky"),
        (to("b", id), to("c", id), "c", "api-operation-id-removed none"),
        (to("b", id), json!({"next": {"$ref": "#/components/links/Next"}}), "b", ""),
        (
            to("b", id),
            json!({"next": {"operationRef": "#/paths/~1b~1{key}/get", "parameters": {"path.key": id}}}),
            "b",
            "",
        ),
    ] {
        let told = wires(&reason(&of(old.clone(), "b"), &of(new.clone(), new_id))).join(", ");
        assert_eq!(told, wanted, "{old} to {new}");
    }
}

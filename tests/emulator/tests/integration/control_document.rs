//! Compares `control.yaml` with the control plane.

#![expect(clippy::unwrap_used, reason = "what the document does not have fails the test")]

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};
use zerogate_contract::{Contract, Document, Inventory};
use zerogate_emulator::{Emulator, Fault, FaultKind, Seed};

use crate::wire::{Request, Response, create, emulator, list, minimal, seed, until};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/control.yaml");

pub(crate) fn document() -> Document {
    Document::read(PATH).unwrap()
}

/// Validates against the schema at this pointer of the document.
fn validator(document: &Document, pointer: &str) -> Validator {
    let schema = json!({ "$ref": format!("#{pointer}"), "document": document.value() });
    let text = schema.to_string().replace("\"#/", "\"#/document/");
    jsonschema::draft202012::new(&serde_json::from_str(&text).unwrap()).unwrap()
}

/// Resolves a reference in the document, or returns the value itself.
fn followed(document: &Document, pointer: &str) -> String {
    let node = document.value().pointer(pointer).unwrap();
    node["$ref"].as_str().map_or_else(|| pointer.to_owned(), |target| target.trim_start_matches('#').to_owned())
}

fn escaped(path: &str) -> String {
    path.replace('~', "~0").replace('/', "~1")
}

/// The method, path and statuses of each operation.
fn documented(document: &Document) -> BTreeSet<(String, String, u16)> {
    let mut all = BTreeSet::new();
    for (path, item) in document.value()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for status in operation["responses"].as_object().unwrap().keys() {
                all.insert((method.to_uppercase(), path.clone(), status.parse().unwrap()));
            }
        }
    }
    all
}

#[tokio::test]
async fn our_own_parser_accepts_the_document_and_it_has_every_control_request() {
    let contract = Contract::of(document());
    assert!(document().notes().is_empty(), "{:?}", document().notes());
    let emulator = emulator().await;
    let served = Request::new("GET", "/_emulator/openapi.yaml").send(&emulator).await;
    assert_eq!(served.header("content-type"), Some("application/yaml"));
    assert_eq!(
        Document::parse("served", std::str::from_utf8(&served.body).unwrap()).unwrap().value(),
        document().value()
    );

    let told = Request::new("GET", "/_emulator").send(&emulator).await.json();
    let told: BTreeSet<String> = serde_json::from_value(told["control"].clone()).unwrap();
    let documented = documented(&document());
    let said = documented.iter().map(|(method, path, _)| format!("{method} /_emulator{path}"));
    assert_eq!(said.map(|line| line.trim_end_matches('/').to_owned()).collect::<BTreeSet<_>>(), told);
    assert_eq!(Inventory::of(&contract).operations.len(), told.len());
}

/// A control request, its expected status, and its path in the document.
struct Case {
    request: Request,
    path: &'static str,
    status: u16,
}

fn case(method: &'static str, path: &'static str, target: &str, body: Option<Value>, status: u16) -> Case {
    let request = Request::new(method, format!("/_emulator{target}"));
    Case { request: body.iter().fold(request, |request, body| request.json(body)), path, status }
}

fn cases(open: &str) -> Vec<Case> {
    let too_large = json!({ "x": "x".repeat(1024 * 1024) });
    let every_fault = json!({ "kind": "alter", "operation": "cancelSession", "times": null, "unauthenticated": true,
        "status": 200, "headers": { "x-request-id": null, "x-a": "b" }, "add_headers": { "x-a": "c" },
        "set": { "status": "open" }, "remove": ["metadata"], "add": { "status": "cancelled" } });
    let mut cases = vec![
        case("GET", "/", "", None, 200),
        case("GET", "/", "/", None, 200),
        case("GET", "/openapi.yaml", "/openapi.yaml", None, 200),
        case("POST", "/sessions", "/sessions", None, 201),
        case("POST", "/sessions", "/sessions", Some(json!({ "flow": "swap", "metadata": { "a": 1 } })), 201),
        case("POST", "/sessions", "/sessions", Some(json!({ "statsu": "open" })), 400),
        case("POST", "/sessions", "/sessions", Some(too_large.clone()), 413),
        case("GET", "/sessions/{id}", &format!("/sessions/{open}"), None, 200),
        case("GET", "/sessions/{id}", "/sessions/unknown", None, 404),
        case("POST", "/faults", "/faults", Some(every_fault), 201),
        case("POST", "/faults", "/faults", Some(json!({})), 400),
        case("POST", "/faults", "/faults", Some(too_large.clone()), 413),
        case("GET", "/faults", "/faults", None, 200),
        case("DELETE", "/faults", "/faults", None, 204),
        case("POST", "/webhooks/faults", "/webhooks/faults", Some(json!({ "kind": "late", "ms": 5 })), 201),
        case("POST", "/webhooks/faults", "/webhooks/faults", Some(json!({ "kind": "never" })), 400),
        case("POST", "/webhooks/faults", "/webhooks/faults", Some(too_large.clone()), 413),
        case("GET", "/webhooks/faults", "/webhooks/faults", None, 200),
        case("DELETE", "/webhooks/faults", "/webhooks/faults", None, 204),
        case("GET", "/webhooks", "/webhooks", None, 200),
        case("GET", "/journal", "/journal", None, 200),
        case("DELETE", "/journal", "/journal", None, 204),
        case("GET", "/clock", "/clock", None, 200),
        case("POST", "/clock", "/clock", Some(json!({ "advance_ms": 1, "frozen": true })), 200),
        case("POST", "/clock", "/clock", Some(json!({ "advance": 1 })), 400),
        case("POST", "/clock", "/clock", Some(too_large), 413),
    ];
    for (path, act) in [("/sessions/{id}/complete", "complete"), ("/sessions/{id}/cancel", "cancel")] {
        let target = format!("/sessions/{open}-{act}/{act}");
        cases.push(case("POST", path, &target, None, 200));
        cases.push(case("POST", path, &target, None, 409));
        cases.push(case("POST", path, &format!("/sessions/unknown/{act}"), None, 404));
    }
    cases.push(case("POST", "/reset", "/reset", None, 204));
    cases
}

fn check(document: &Document, method: &str, path: &str, response: &Response) {
    let what = format!("{method} {path} {}", response.status);
    let at = format!("/paths/{}/{}/responses/{}", escaped(path), method.to_lowercase(), response.status);
    let at = followed(document, &at);
    let Some(content) = document.value().pointer(&format!("{at}/content")) else {
        assert!(response.body.is_empty(), "{what}: a body that is not documented");
        return;
    };
    let media = response.header("content-type").unwrap();
    assert!(content.get(media).is_some(), "{what}: {media}");
    let body = if media == "application/json" {
        response.json()
    } else {
        Value::from(String::from_utf8_lossy(&response.body))
    };
    let validator = validator(document, &format!("{at}/content/{}/schema", escaped(media)));
    let errors: Vec<String> =
        validator.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:?}");
}

#[tokio::test]
async fn every_documented_response_occurs_and_is_valid() {
    // Nothing listens there: a webhook that could not be sent is listed as well.
    let emulator = Emulator::builder().webhooks("http://127.0.0.1:9/").start().await.unwrap();
    let document = document();
    let open = seed(&emulator).id;
    for act in ["complete", "cancel"] {
        emulator.seed(Seed { id: Some(format!("{open}-{act}")), ..Seed::default() }).unwrap();
    }
    // Entries for the journal: with and without an operation, with a fault, and refused.
    emulator.arm(Fault::new(FaultKind::status(503))).unwrap();
    for request in [list("").key(&emulator.keys().partner), create(&minimal()), Request::new("PUT", "/v1/x")] {
        request.send(&emulator).await;
    }
    create(&minimal()).signed(&emulator).await;
    until(|| !emulator.webhooks().is_empty()).await;
    let mut seen = BTreeSet::new();
    for Case { request, path, status } in cases(&open) {
        let method = request.method();
        // From a web page first, which must have no effect.
        for (from, status) in [(Some("https://page.example"), 403), (None, status)] {
            let request = from.into_iter().fold(request.clone(), |request, page| request.header("Origin", page));
            let response = request.send(&emulator).await;
            assert_eq!(response.status, status, "{method} {path}: {}", String::from_utf8_lossy(&response.body));
            check(&document, method, path, &response);
            seen.insert((method.to_owned(), path.to_owned(), status));
        }
    }
    assert_eq!(seen, documented(&document));
}

/// Bodies, and whether the control plane and the schema accept them.
fn bodies() -> Vec<(&'static str, Value, bool)> {
    let mut bodies = Vec::new();
    let mut all = |path, is_good, values: &[Value]| {
        bodies.extend(values.iter().map(|value| (path, value.clone(), is_good)));
    };
    all(
        "/sessions",
        true,
        &[
            json!({}),
            json!({ "id": "a", "owner": "other_partner", "status": "completed", "partner_id": "p", "mode": "live", "amount": "7",
            "currency": "x", "return_url": "x", "cancel_url": null, "expires_in_ms": -1, "created_at": "2026-05-26T12:00:00Z",
            "flow": null, "target_token": "t", "target_network": "n", "wallet_address": "w", "user_reference": "u",
            "kyc_pre_verified": true, "metadata": { "a": [] } }),
            json!({ "expires_at": "2026-05-27T12:00:00.5+02:00" }),
        ],
    );
    all(
        "/sessions",
        false,
        &[
            json!([]),
            json!({ "statsu": "open" }),
            json!({ "status": "paused" }),
            json!({ "status": null }),
            json!({ "owner": "me" }),
            json!({ "id": "" }),
            json!({ "amount": 7 }),
            json!({ "metadata": [] }),
            json!({ "kyc_pre_verified": "yes" }),
            json!({ "expires_in_ms": "soon" }),
            json!({ "flow": "up" }),
        ],
    );
    all(
        "/faults",
        true,
        &[
            json!({ "kind": "status", "status": 503 }),
            json!({ "kind": "status", "status": 409, "envelope": true, "type": "t", "code": "c", "retry_after": "soon" }),
            json!({ "kind": "delay", "ms": 0, "when": "after" }),
            json!({ "kind": "html", "status": 502, "retry_after": "1" }),
            json!({ "kind": "truncated", "operation": "listSessions" }),
            json!({ "kind": "drip", "ms": 1, "when": "after" }),
            json!({ "kind": "gzip" }),
            json!({ "kind": "last", "status": 503 }),
            json!({ "kind": "extra", "status": 503, "extra": 404 }),
            json!({ "kind": "reset", "times": null }),
            json!({ "kind": "close", "times": 3, "unauthenticated": true }),
            json!({ "kind": "alter", "when": "before", "body": "" }),
            json!({ "kind": "alter", "headers": { "a": null }, "add_headers": { "a": "b" }, "set": { "a": 1 }, "add": { "a": 2 } }),
            json!({ "kind": "store", "set": { "amount": "1" }, "operation": "createSession" }),
            json!({ "kind": "ignore", "names": ["limit"] }),
        ],
    );
    all(
        "/faults",
        false,
        &[
            json!({}),
            json!({ "kind": "explode" }),
            json!({ "kind": "status" }),
            json!({ "kind": "status", "status": 199 }),
            json!({ "kind": "status", "status": 600 }),
            json!({ "kind": "status", "status": 503, "ms": 1 }),
            json!({ "kind": "extra", "status": 503 }),
            json!({ "kind": "last", "status": 100 }),
            json!({ "kind": "delay" }),
            json!({ "kind": "delay", "ms": -1 }),
            json!({ "kind": "delay", "ms": 1, "left": 1 }),
            json!({ "kind": "reset", "times": 0 }),
            json!({ "kind": "reset", "times": 4_294_967_296_u64 }),
            json!({ "kind": "reset", "times": "two" }),
            json!({ "kind": "reset", "operation": "cancel" }),
            json!({ "kind": "reset", "when": "during" }),
            json!({ "kind": "reset", "status": 500 }),
            json!({ "kind": "alter", "headers": { "a": 1 } }),
            json!({ "kind": "alter", "remove": "a" }),
            json!({ "kind": "store" }),
            json!({ "kind": "store", "set": {} }),
            json!({ "kind": "ignore", "names": [] }),
            json!({ "kind": "ignore", "set": { "a": 1 } }),
        ],
    );
    all(
        "/webhooks/faults",
        true,
        &[
            json!({ "kind": "twice" }),
            json!({ "kind": "late", "ms": 0 }),
            json!({ "kind": "out_of_order" }),
            json!({ "kind": "wrong_secret" }),
        ],
    );
    all(
        "/webhooks/faults",
        false,
        &[
            json!({}),
            json!({ "kind": "never" }),
            json!({ "kind": "late" }),
            json!({ "kind": "late", "ms": -1 }),
            json!({ "kind": "twice", "ms": 1 }),
            json!({ "kind": "twice", "times": 1 }),
        ],
    );
    all(
        "/clock",
        true,
        &[
            json!({ "advance_ms": 0 }),
            json!({ "now": "2026-05-26T12:00:00Z" }),
            json!({ "frozen": false, "advance_ms": 5 }),
        ],
    );
    all("/clock", false, &[json!({}), json!({ "advance_ms": -1 }), json!({ "now": 5 }), json!({ "stop": true })]);
    bodies
}

#[tokio::test]
async fn the_schemas_accept_the_bodies_that_the_control_plane_accepts() {
    let (document, emulator) = (document(), emulator().await);
    for (path, body, is_good) in bodies() {
        let at = format!("/paths/{}/post/requestBody/content/application~1json/schema", escaped(path));
        assert_eq!(validator(&document, &at).is_valid(&body), is_good, "the schema: {path} {body}");
        let status = Request::new("POST", format!("/_emulator{path}")).json(&body).send(&emulator).await.status;
        assert_eq!(status < 300, is_good, "the control plane: {path} {body}: {status}");
    }
}

/// The schemas have every field of the crate's seeds and faults.
#[test]
fn no_field_is_missing_from_the_schemas() {
    let document = document();
    let fields = |schema: &str| -> BTreeSet<String> {
        document.value()["components"]["schemas"][schema]["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let of = |value: Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(of(serde_json::to_value(Seed::default()).unwrap()), fields("Seed"));
    let kinds = document.value()["components"]["schemas"]["Fault"]["discriminator"]["mapping"].as_object().unwrap();
    let refused = serde_json::from_value::<Fault>(json!({ "kind": "" })).unwrap_err().to_string();
    for kind in kinds.keys() {
        assert!(refused.contains(&format!("`{kind}`")), "{kind}: {refused}");
    }
    assert_eq!(refused.matches('`').count() / 2, kinds.len(), "{refused}");
}

/// A client generated from the document reaches the emulator.
#[tokio::test]
async fn the_server_of_the_document_is_that_of_the_command() {
    let emulator: Emulator = emulator().await;
    let server = document().value()["servers"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(server.replace("4010", &emulator.addr().port().to_string()), emulator.control_url());
}

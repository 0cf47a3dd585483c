//! The four session operations: a correct exchange of each, and one mistake at a time.

use serde_json::{Value, json};
use zerogate_judge::Part;

use crate::{Draft, judge_of, lines};

pub(crate) const CONTRACT: &str = include_str!("../../../gate-v1.yaml");

const BASE: &str = "https://gate-api.0bit.app/v1";
const ID: &str = "67a1f3b9e4b0c10001234567";

pub(crate) fn session(status: &str) -> Value {
    json!({
        "id": ID, "object": "gate_session", "partner_id": "507f1f77bcf86cd799439011", "mode": "test",
        "amount": "100.00", "currency": "EUR", "return_url": "https://partner.example/done", "cancel_url": null,
        "status": status, "expires_at": "2026-05-27T12:00:00.000Z", "created_at": "2026-05-26T12:00:00.000Z",
        "flow": null, "target_token": null, "target_network": null, "wallet_address": null,
        "user_reference": "canary-reference", "kyc_pre_verified": false, "metadata": {"canary": "canary"}
    })
}

pub(crate) fn error(status: u16, kind: &str) -> Value {
    json!({"type": kind, "code": kind, "message": "canary", "request_id": "req_1", "doc_url": null, "statusCode": status})
}

pub(crate) fn create() -> Draft {
    let mut created = session("open");
    created["client_secret"] = "cs_canary".into();
    let body = json!({"amount": "100.00", "currency": "EUR", "return_url": "https://partner.example/done"});
    Draft::new("POST", &format!("{BASE}/gate_sessions"), 201, &created).sending(&body)
}

pub(crate) fn list() -> Draft {
    let page = json!({"object": "list", "data": [session("open")], "has_more": false});
    Draft::new("GET", &format!("{BASE}/gate_sessions?limit=2&status=open"), 200, &page)
}

pub(crate) fn retrieve() -> Draft {
    Draft::new("GET", &format!("{BASE}/gate_sessions/{ID}"), 200, &session("open"))
}

pub(crate) fn cancel() -> Draft {
    Draft::new("POST", &format!("{BASE}/gate_sessions/{ID}/cancel"), 201, &session("cancelled"))
}

pub(crate) fn refused(status: u16, kind: &str) -> Draft {
    Draft::new("POST", &format!("{BASE}/gate_sessions/{ID}/cancel"), status, &error(status, kind))
}

fn edit(draft: &mut Draft, edit: impl FnOnce(&mut Value)) {
    if let Part::Known(text) = &mut draft.response {
        let mut body = serde_json::from_str(text).unwrap();
        edit(&mut body);
        *text = body.to_string();
    }
}

#[test]
fn correct_exchanges_have_no_finding() {
    let judge = judge_of(CONTRACT);
    let errors =
        [(401, "unauthorized"), (404, "not_found"), (409, "conflict"), (429, "rate_limited"), (503, "server_error")];
    let refused = errors.map(|(status, kind)| refused(status, kind));
    for draft in [create(), list(), retrieve(), cancel()].into_iter().chain(refused) {
        let exchange = draft.exchange();
        let judgement = judge.judge(&exchange);
        assert_eq!(
            (lines(&judgement), judgement.operation.is_some()),
            (Vec::new(), true),
            "{} {}",
            draft.method,
            draft.url
        );
    }
}

/// The name, the exchange, the edit, and the findings, separated by ` | `.
type Case = (&'static str, fn() -> Draft, fn(&mut Draft), &'static str);

#[test]
fn each_mistake_is_found_once_and_in_place() {
    let judge = judge_of(CONTRACT);
    let cases: [Case; 62] = [
        (
            "another success",
            cancel,
            |it| it.status = Part::Known(200),
            "Must response-status-undocumented at response.status  by /paths/~1gate_sessions~1{id}~1cancel/post/responses: one of 201, 401, 404, 409, 429, 5XX; 200",
        ),
        (
            "a redirect",
            cancel,
            |it| {
                it.status = Part::Known(302);
                it.response = Part::Absent
            },
            "Must response-status-undocumented at response.status  by /paths/~1gate_sessions~1{id}~1cancel/post/responses: one of 201, 401, 404, 409, 429, 5XX; 302",
        ),
        (
            "a refusal that is not documented",
            || refused(403, "unauthorized"),
            |_| (),
            "Should response-refusal-undocumented at response.status  by /paths/~1gate_sessions~1{id}~1cancel/post/responses: one of 201, 401, 404, 409, 429, 5XX; 403",
        ),
        (
            "no required header",
            || refused(409, "conflict"),
            |it| Draft::set(&mut it.response_headers, "x-request-id", None),
            "Must response-header-missing at response.header X-Request-Id by /components/headers/ErrorRequestId: the header `X-Request-Id`; none",
        ),
        (
            "an empty request id",
            || refused(409, "conflict"),
            |it| Draft::set(&mut it.response_headers, "x-request-id", Some("")),
            "Must error-request-id at response.header X-Request-Id by : a request id; an empty header",
        ),
        (
            "another media type",
            cancel,
            |it| Draft::set(&mut it.response_headers, "content-type", Some("text/html")),
            "Should response-media-type at response.body  by /paths/~1gate_sessions~1{id}~1cancel/post/responses/201/content: application/json; text/html",
        ),
        (
            "no media type",
            cancel,
            |it| Draft::set(&mut it.response_headers, "content-type", None),
            "Should response-media-type at response.body  by /paths/~1gate_sessions~1{id}~1cancel/post/responses/201/content: application/json; no `Content-Type`",
        ),
        (
            "no body",
            cancel,
            |it| it.response = Part::Absent,
            "Must response-body-missing at response.body  by /paths/~1gate_sessions~1{id}~1cancel/post/responses/201/content: a body of type application/json; none",
        ),
        (
            "no JSON",
            cancel,
            |it| it.response = Part::Known("<canary>".into()),
            "Must response-body-malformed at response.body  by /paths/~1gate_sessions~1{id}~1cancel/post/responses/201/content: JSON; a body that is not JSON",
        ),
        (
            "half of JSON, all of which came",
            cancel,
            |it| {
                it.response = Part::Known("{\"id\"".into());
                Draft::set(&mut it.response_headers, "content-length", Some("5"))
            },
            "Must response-body-malformed at response.body  by /paths/~1gate_sessions~1{id}~1cancel/post/responses/201/content: JSON; a body that is not JSON",
        ),
        (
            "half of JSON",
            cancel,
            |it| it.response = Part::Known("{\"id\"".into()),
            "not judged response.body: the body is cut off, perhaps by the recorder",
        ),
        (
            "a missing field",
            cancel,
            |it| edit(it, |body| drop(body.as_object_mut().unwrap().remove("cancel_url"))),
            "Must response-body-invalid at response.body  by /components/schemas/GateSession/required: a field `cancel_url`; no such field",
        ),
        (
            "another type, as the reference shows it",
            cancel,
            |it| edit(it, |body| body["kyc_pre_verified"] = "canary".into()),
            "Should response-body-invalid at response.body /kyc_pre_verified by /components/schemas/GateSession/properties/kyc_pre_verified/type: a boolean; a string of 6 characters",
        ),
        (
            "another type",
            cancel,
            |it| edit(it, |body| body["id"] = 7.into()),
            "Must response-body-invalid at response.body /id by /components/schemas/GateSession/properties/id/type: a string; a number",
        ),
        // The reference describes no other operation, but says what every error is.
        (
            "another type, in another operation",
            retrieve,
            |it| edit(it, |body| body["id"] = 7.into()),
            "Should response-body-invalid at response.body /id by /components/schemas/GateSession/properties/id/type: a string; a number",
        ),
        (
            "no key, and a success of another operation",
            create,
            |it| Draft::set(&mut it.request_headers, "authorization", None),
            "Should security-missing at request.credentials  by /security: an error, because the request has no credentials; a success",
        ),
        (
            "a missing field of an error, in another operation",
            || Draft::new("GET", &format!("{BASE}/gate_sessions/{ID}"), 404, &error(404, "not_found")),
            |it| edit(it, |body| drop(body.as_object_mut().unwrap().remove("doc_url"))),
            "Must response-body-invalid at response.body  by /components/schemas/Error/required: a field `doc_url`; no such field",
        ),
        (
            "another value of an enum",
            cancel,
            |it| edit(it, |body| body["mode"] = "canary".into()),
            "Should response-body-invalid at response.body /mode by /components/schemas/GateSessionMode/enum: one of \"test\", \"live\"; a string of 6 characters",
        ),
        (
            "another format",
            cancel,
            |it| edit(it, |body| body["return_url"] = "canary canary".into()),
            "Should response-body-invalid at response.body /return_url by /components/schemas/GateSession/properties/return_url/format: a string of format `uri`; a string of 13 characters",
        ),
        (
            "another status",
            cancel,
            |it| edit(it, |body| body["status"] = "open".into()),
            "Must cancel-status at response.body /status by : `cancelled`; `open`",
        ),
        (
            "another session",
            retrieve,
            |it| edit(it, |body| body["id"] = "canary".into()),
            "Should session-id at response.body /id by : the id of the path; another id",
        ),
        (
            "a secret in the response to a cancellation",
            cancel,
            |it| edit(it, |body| body["client_secret"] = "canary".into()),
            "Must client-secret at response.body /client_secret by : no such field; the field",
        ),
        (
            "a publishable key",
            cancel,
            |it| Draft::set(&mut it.request_headers, "authorization", Some("Bearer pk_test_canary")),
            "Must security-missing at request.credentials  by : an error, because the key is publishable; a success",
        ),
        (
            "another session, cancelled",
            cancel,
            |it| edit(it, |body| body["id"] = "canary".into()),
            "Must session-id at response.body /id by : the id of the path; another id",
        ),
        (
            "a secret in a list",
            list,
            |it| edit(it, |body| body["data"][0]["client_secret"] = "canary".into()),
            "Should client-secret at response.body /data/0/client_secret by : no such field; the field",
        ),
        (
            "a secret in an error",
            || refused(404, "not_found"),
            |it| edit(it, |body| body["session"] = json!({"client_secret": "canary"})),
            "Must client-secret at response.body /session/client_secret by : no such field; the field",
        ),
        (
            "a secret in the partner's metadata",
            cancel,
            |it| edit(it, |body| body["metadata"]["client_secret"] = "canary".into()),
            "",
        ),
        (
            "no secret in a creation",
            create,
            |it| edit(it, |body| drop(body.as_object_mut().unwrap().remove("client_secret"))),
            "Should response-body-invalid at response.body  by /components/schemas/CreatedGateSession/allOf/1/required: a field `client_secret`; no such field",
        ),
        (
            "the key in the body",
            || refused(401, "unauthorized"),
            |it| edit(it, |body| body["message"] = "sk_test_nobodys_key_0000 is unknown".into()),
            "Should key-echoed at response.body  by : no key; the key of the request",
        ),
        (
            "a redacted key, and its mark in the body",
            || refused(401, "unauthorized"),
            |it| {
                Draft::set(&mut it.request_headers, "authorization", Some("Bearer REDACTED_SECRET"));
                edit(it, |body| body["message"] = "REDACTED_SECRET".into())
            },
            "",
        ),
        (
            "the key in a header",
            || refused(401, "unauthorized"),
            |it| Draft::set(&mut it.response_headers, "x-key", Some("sk_test_nobodys_key_0000")),
            "Should key-echoed at response.body  by : no key; the key of the request, in the header `x-key`",
        ),
        (
            "a name twice",
            cancel,
            |it| {
                if let Part::Known(text) = &mut it.response {
                    *text = text.replace("{\"amount\"", "{\"mode\":\"live\",\"amount\"")
                }
            },
            "Should response-names-repeat at response.body  by : no name twice in an object; `mode` twice",
        ),
        (
            "a status other than the filter's",
            list,
            |it| edit(it, |body| body["data"][0]["status"] = "expired".into()),
            "Should list-filter at response.body /data/0/status by : `open`; `expired`",
        ),
        (
            "more than the limit",
            list,
            |it| {
                edit(it, |body| {
                    let one = body["data"][0].clone();
                    body["data"] = json!([one, one, one])
                })
            },
            "Should list-limit at response.body /data by : at most 2 sessions; 3",
        ),
        (
            "a missing field of an error",
            || refused(404, "not_found"),
            |it| edit(it, |body| drop(body.as_object_mut().unwrap().remove("doc_url"))),
            "Must response-body-invalid at response.body  by /components/schemas/Error/required: a field `doc_url`; no such field",
        ),
        (
            "an envelope that the contract does not describe",
            || refused(403, "unauthorized"),
            |it| it.response = Part::Known("{}".into()),
            "Should response-refusal-undocumented at response.status  by /paths/~1gate_sessions~1{id}~1cancel/post/responses: one of 201, 401, 404, 409, 429, 5XX; 403 | Must error-envelope at response.body  by : a field `type`; no such field",
        ),
        (
            "the type of another error",
            || refused(404, "not_found"),
            |it| edit(it, |body| body["type"] = "conflict".into()),
            "Must error-type at response.body /type by : `not_found` on a 404; another string",
        ),
        (
            "another code",
            || refused(409, "conflict"),
            |it| edit(it, |body| body["code"] = "canary".into()),
            "Should error-code at response.body /code by : `conflict`; another string",
        ),
        (
            "another request id",
            || refused(409, "conflict"),
            |it| edit(it, |body| body["request_id"] = "canary".into()),
            "Should error-request-id-mirrored at response.body /request_id by : the id in the header; another id",
        ),
        (
            "another statusCode",
            || refused(409, "conflict"),
            |it| edit(it, |body| body["statusCode"] = 400.into()),
            "Must error-status-code at response.body /statusCode by : 409; 400",
        ),
        (
            "no key, and a success",
            cancel,
            |it| Draft::set(&mut it.request_headers, "authorization", None),
            "Must security-missing at request.credentials  by /security: an error, because the request has no credentials; a success",
        ),
        (
            "another scheme, and a success",
            cancel,
            |it| Draft::set(&mut it.request_headers, "authorization", Some("Basic canary")),
            "Must security-missing at request.credentials  by /security: an error, because the request has no credentials; a success",
        ),
        (
            "a redacted key",
            cancel,
            |it| Draft::set(&mut it.request_headers, "authorization", Some("[Authorization redacted]")),
            "not judged request.credentials: `Authorization` names no known scheme: a recorder may have redacted it",
        ),
        (
            "a mark in place of a key",
            cancel,
            |it| Draft::set(&mut it.request_headers, "authorization", Some("*** REDACTED ***")),
            "not judged request.credentials: `Authorization` names no known scheme: a recorder may have redacted it",
        ),
        (
            "a key behind its scheme",
            cancel,
            |it| Draft::set(&mut it.request_headers, "authorization", Some("bearer ***")),
            "",
        ),
        (
            "an empty key",
            cancel,
            |it| Draft::set(&mut it.request_headers, "authorization", Some("")),
            "not judged request.credentials: the recorder did not keep its value",
        ),
        (
            "a login page in place of a refusal",
            cancel,
            |it| {
                Draft::set(&mut it.request_headers, "authorization", None);
                it.status = Part::Known(302);
                it.response = Part::Absent
            },
            "Must response-status-undocumented at response.status  by /paths/~1gate_sessions~1{id}~1cancel/post/responses: one of 201, 401, 404, 409, 429, 5XX; 302",
        ),
        (
            "a redirect that the browser made",
            cancel,
            |it| {
                Draft::set(&mut it.response_headers, "Non-Authoritative-Reason", Some("HSTS"));
                it.status = Part::Known(307);
                it.response = Part::Absent
            },
            "not judged response.status: the browser made this redirect itself",
        ),
        (
            "another protocol",
            cancel,
            |it| it.status = Part::Known(101),
            "not judged response.status: the connection switched to another protocol",
        ),
        (
            "a byte order mark",
            cancel,
            |it| {
                if let Part::Known(text) = &mut it.response {
                    text.insert(0, '\u{feff}')
                }
            },
            "",
        ),
        (
            "half a surrogate pair",
            cancel,
            |it| it.response = Part::Known(r#"{"x": "\ud83d"}"#.into()),
            "not judged response.body: the JSON is nested too deeply, or has a lone surrogate or a number out of range",
        ),
        (
            "a large number",
            cancel,
            |it| it.response = Part::Known(r#"{"x": 1e400}"#.into()),
            "not judged response.body: the JSON is nested too deeply, or has a lone surrogate or a number out of range",
        ),
        (
            "deep nesting",
            cancel,
            |it| it.response = Part::Known("[".repeat(200) + &"]".repeat(200)),
            "not judged response.body: the JSON is nested too deeply, or has a lone surrogate or a number out of range",
        ),
        (
            "an encoded body",
            cancel,
            |it| {
                it.response = Part::Known("\u{1f}\u{8b}\u{8}".into());
                Draft::set(&mut it.response_headers, "content-encoding", Some("gzip"))
            },
            "not judged response.body: the body seems to be still encoded (see `Content-Encoding`)",
        ),
        (
            "a key that the recorder omits",
            cancel,
            |it| {
                Draft::set(&mut it.request_headers, "authorization", None);
                it.left_out = &["authorization"]
            },
            "not judged request.credentials: the recorder omits this header",
        ),
        (
            "a parameter out of range",
            list,
            |it| it.url = format!("{BASE}/gate_sessions?limit=1000"),
            "Should request-parameter-invalid at request.query limit by /paths/~1gate_sessions/get/parameters/0/schema/maximum: a number of at most 100; a number",
        ),
        (
            "a parameter of another type",
            list,
            |it| it.url = format!("{BASE}/gate_sessions?limit=canary"),
            "Should request-parameter-invalid at request.query limit by /paths/~1gate_sessions/get/parameters/0/schema/type: an integer; a string of 6 characters",
        ),
        (
            "no body where one is required",
            create,
            |it| it.request = Part::Absent,
            "Should request-body-missing at request.body  by /paths/~1gate_sessions/post/requestBody: a body; none",
        ),
        ("a body that was not kept", create, |it| it.request = Part::Unknown("lost"), "not judged request.body: lost"),
        (
            "a missing field of a request",
            create,
            |it| it.request = Part::Known("{\"currency\":\"EUR\",\"return_url\":\"https://a.example\"}".into()),
            "Should request-body-invalid at request.body  by /components/schemas/CreateSessionRequest/required: a field `amount`; no such field",
        ),
        (
            "a request of another media type",
            create,
            |it| Draft::set(&mut it.request_headers, "content-type", Some("text/plain")),
            "Should request-media-type at request.body  by /paths/~1gate_sessions/post/requestBody/content: application/json; text/plain",
        ),
        (
            "no response",
            cancel,
            |it| {
                it.status = Part::Unknown("nobody responded");
                it.response = Part::Unknown("nobody responded")
            },
            "not judged response.status: nobody responded",
        ),
    ];
    for (name, draft, edit, expected) in cases {
        let mut draft = draft();
        edit(&mut draft);
        let exchange = draft.exchange();
        let found = lines(&judge.judge(&exchange)).join(" | ");
        assert_eq!(found, expected, "{name}");
        assert!(!found.contains("canary"), "{name}: {found}");
    }
}

#[test]
fn the_judgement_lists_the_rules_that_could_be_judged() {
    let judge = judge_of(CONTRACT);
    let judged = |draft: &Draft| {
        let exchange = draft.exchange();
        judge.judge(&exchange).judged().map(|kind| kind.to_string()).collect::<Vec<_>>().join(" ")
    };
    let mut bare = retrieve();
    bare.response = Part::Unknown("lost");
    Draft::set(&mut bare.request_headers, "authorization", Some("[redacted]"));
    for (draft, expected) in [
        (
            bare,
            "operation-undocumented request-parameter-invalid response-status-undocumented response-header-invalid response-media-type",
        ),
        (
            refused(404, "not_found"),
            "operation-undocumented response-refusal-undocumented response-header-missing response-header-invalid response-media-type response-body-missing response-body-malformed response-body-invalid response-write-only response-names-repeat client-secret key-echoed error-envelope error-type error-request-id error-request-id-mirrored error-status-code",
        ),
        (
            list(),
            "operation-undocumented security-missing request-parameter-invalid response-status-undocumented response-header-invalid response-media-type response-body-missing response-body-malformed response-body-invalid response-write-only response-names-repeat client-secret key-echoed list-filter list-limit",
        ),
        (
            create(),
            "operation-undocumented security-missing request-media-type request-body-missing request-body-malformed request-body-invalid request-read-only response-status-undocumented response-header-invalid response-media-type response-body-missing response-body-malformed response-body-invalid response-write-only response-names-repeat key-echoed",
        ),
    ] {
        assert_eq!(judged(&draft), expected, "{} {}", draft.method, draft.url);
    }
}

//! Judges exchanges with one mistake each.

#![expect(clippy::unwrap_used, reason = "a failed setup fails the test")]

#[path = "judge/gate.rs"]
mod gate;
#[path = "judge/schemas.rs"]
mod schemas;
#[path = "judge/sequences.rs"]
mod sequences;

#[path = "judge/vendor.rs"]
mod vendor;

use std::borrow::Cow;

use serde_json::{Value, json};
use zerogate_contract::Document;
use zerogate_judge::{Exchange, Headers, Judge, Judgement, Message, Part};

/// An exchange that a test edits.
#[derive(Clone)]
pub(crate) struct Draft {
    method: &'static str,
    url: String,
    request_headers: Vec<(String, String)>,
    request: Part<String>,
    status: Part<u16>,
    response_headers: Vec<(String, String)>,
    response: Part<String>,
    left_out: &'static [&'static str],
}

const KEY: &str = "Bearer sk_test_nobodys_key_0000";

impl Draft {
    pub(crate) fn new(method: &'static str, url: &str, status: u16, response: &Value) -> Self {
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Self {
            method,
            url: url.to_owned(),
            request_headers: vec![own("Authorization", KEY)],
            request: Part::Absent,
            status: Part::Known(status),
            response_headers: vec![own("content-type", "application/json"), own("x-request-id", "req_1")],
            response: Part::Known(response.to_string()),
            left_out: &[],
        }
    }

    pub(crate) fn sending(mut self, body: &Value) -> Self {
        self.request_headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        self.request = Part::Known(body.to_string());
        self
    }

    pub(crate) fn set(headers: &mut Vec<(String, String)>, name: &str, value: Option<&str>) {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    pub(crate) fn exchange(&self) -> Exchange<'_> {
        let headers = |headers: &[(String, String)]| Headers {
            known: headers.iter().map(|(name, value)| (Cow::Owned(name.clone()), Cow::Owned(value.clone()))).collect(),
            incomplete: None,
            left_out: self.left_out,
            valueless: Vec::new(),
        };
        let body = |body: &Part<String>| match body {
            Part::Known(text) => Part::Known(Cow::Owned(text.clone().into_bytes())),
            Part::Absent => Part::Absent,
            Part::Unknown(why) => Part::Unknown(why),
        };
        Exchange {
            method: self.method,
            url: &self.url,
            request: Message { headers: headers(&self.request_headers), body: body(&self.request) },
            status: self.status,
            follows_redirects: false,
            response: Message { headers: headers(&self.response_headers), body: body(&self.response) },
        }
    }
}

/// The findings, one line each: level, kind, place, contract, expected, received.
pub(crate) fn lines(judgement: &Judgement<'_>) -> Vec<String> {
    let finding = |found: &zerogate_judge::Finding| {
        let zerogate_judge::Finding { kind, level, place, at, contract, expected, received, .. } = found;
        format!("{level:?} {kind} at {place} {at} by {contract}: {expected}; {received}")
    };
    let unjudged = judgement.unjudged.iter().map(|left| format!("not judged {}: {}", left.place, left.why));
    judgement.findings.iter().map(finding).chain(unjudged).collect()
}

pub(crate) fn judge_of(text: &str) -> Judge {
    Judge::of(Document::parse("contract.yaml", text).unwrap())
}

#[test]
fn the_most_specific_template_wins_below_each_server() {
    let judge = judge_of(
        "
openapi: 3.1.0
servers:
  - url: https://{region}.shop.example/{version}
    variables: {region: {default: eu}, version: {default: v1}}
  - url: https://shop.example/api
paths:
  /a/{id}: {get: {operationId: one, responses: {'200': {description: a}}}}
  /a/mine: {get: {operationId: mine, responses: {'200': {description: a}}}}
  /a/{id}.csv: {get: {operationId: csv, responses: {'200': {description: a}}}}
  /{any}/mine: {get: {operationId: any, responses: {'200': {description: a}}}, put: {operationId: put, responses: {}}}
  /b/{x}/{y}: {get: {responses: {'200': {description: a}}}}
",
    );
    let found = |judge: &Judge, method: &'static str, url: &str| {
        let draft = Draft::new(method, url, 200, &json!(null));
        let judgement = judge.judge(&draft.exchange());
        let kinds: Vec<_> = judgement.findings.iter().map(|found| found.kind.to_string()).collect();
        judgement.operation.map_or_else(
            || format!("{:?} {}", judgement.scope, kinds.join(" ")),
            |operation| format!("{} {:?}", operation.name, judgement.path),
        )
    };
    for (method, url, expected) in [
        ("GET", "https://eu.shop.example/v1/a/7", r#"one [("id", "7")]"#),
        ("get", "https://us.shop.example/v2/a/a%2Fb?x=1#y", r#"one [("id", "a/b")]"#),
        ("GET", "http://127.0.0.1:4010/v1/a/mine", "mine []"),
        ("GET", "https://eu.shop.example/v1/a/m%69ne", "mine []"),
        ("GET", "https://eu.shop.example/v1/a/7.csv", r#"csv [("id", "7")]"#),
        ("GET", "https://eu.shop.example/v1/c/mine", r#"any [("any", "c")]"#),
        ("PUT", "https://eu.shop.example/v1/a/mine", r#"put [("any", "a")]"#),
        ("GET", "https://eu.shop.example/v1/b/1/2", r#"getBXY [("x", "1"), ("y", "2")]"#),
        ("GET", "https://shop.example/api/a/7", r#"one [("id", "7")]"#),
        ("GET", "https://SHOP.example:443/api/none", "Undocumented operation-undocumented"),
        ("DELETE", "https://shop.example/api/a/7", "Undocumented operation-undocumented"),
        // Other hosts, and paths next to a server's, have operations of their own.
        ("DELETE", "http://127.0.0.1/api/a/7", "Elsewhere "),
        ("GET", "https://shop.example/favicon.ico", "Elsewhere "),
        ("GET", "https://shop.example/", "Elsewhere "),
        ("GET", "https://shop.example/api10/none", "Elsewhere "),
        ("GET", "blob:https://shop.example/api/a/7", "Elsewhere "),
        ("GET", "wss://shop.example/api/a/7", "Elsewhere "),
        ("GET", "data:/api/a/7", "Elsewhere "),
        ("GET", "https://eu.shop.example/v1/a/7%2Ecsv", r#"csv [("id", "7")]"#),
        ("GET", "https://eu.shop.example/v1/a/7%25%2Ecsv", r#"csv [("id", "7%")]"#),
        ("OPTIONS", "https://shop.example/api/a/7", "Undocumented "),
        ("GET", "https://shop.example/api/a/", "Undocumented operation-undocumented"),
        ("GET", "https://elsewhere.example/x/y/z/w", "Elsewhere "),
        ("GET", "data:text/html,x", "Elsewhere "),
        ("GET", "", "Elsewhere "),
    ] {
        assert_eq!(found(&judge, method, url), expected, "{method} {url}");
    }
    let bare = |server: &str| {
        judge_of(&format!(
            "{{openapi: 3.0.3, servers: [{{url: '{server}'}}], paths: {{'/{{slug}}': {{get: {{operationId: a, responses: {{}}}}}}, /b: {{get: {{operationId: b, responses: {{}}}}}}}}}}"
        ))
    };
    for (server, method, url, expected) in [
        ("https://a.example", "GET", "https://a.example/x", r#"a [("slug", "x")]"#),
        ("https://a.example/", "PUT", "https://a.example/b", "Undocumented operation-undocumented"),
        ("https://a.example", "GET", "https://cdn.example/main.js", "Elsewhere "),
        ("https://a.example", "PUT", "https://cdn.example/b", "Elsewhere "),
        ("https://a.example", "GET", "http://127.0.0.1/b", "b []"),
        ("/", "GET", "https://cdn.example/main.js", "Elsewhere "),
        ("/", "PUT", "https://cdn.example/b", "Elsewhere "),
        ("/", "GET", "http://127.0.0.1/b", "b []"),
    ] {
        assert_eq!(found(&bare(server), method, url), expected, "{server} {method} {url}");
    }
    for base in ["http://127.0.0.1:4010/v1", "http://127.0.0.1:4010/v1/", "http://127.0.0.1:4010"] {
        let judge = judge_of(
            "{openapi: 3.0.3, servers: [{url: 'https://a.example/v1'}], paths: {/a: {get: {operationId: a, responses: {}}}}}",
        )
        .at(base);
        assert_eq!(found(&judge, "GET", "http://127.0.0.1:4010/v1/a"), "a []", "{base}");
        assert_eq!(found(&judge, "GET", "http://127.0.0.1:4010/v1/b"), "Undocumented operation-undocumented", "{base}");
        assert_eq!(found(&judge, "GET", "https://a.example/v1/a"), "Elsewhere ", "{base}");
    }
}

#[test]
fn a_rejection_and_an_unknown_operation_are_not_findings() {
    let judge = judge_of(gate::CONTRACT);
    for (method, url, status) in [
        ("GET", "https://gate-api.0bit.app/v1/nothing", 404),
        ("PUT", "https://gate-api.0bit.app/v1/gate_sessions", 405),
        ("GET", "https://gate-api.0bit.app/v1/gate_sessions?limit=1000", 400),
    ] {
        let mut draft = Draft::new(method, url, status, &gate::error(status, "invalid_request"));
        Draft::set(&mut draft.request_headers, "authorization", None);
        assert_eq!(lines(&judge.judge(&draft.exchange())), Vec::<String>::new(), "{url}");
    }
}

//! Servers that send back secrets.

use std::sync::Arc;

use super::CLIENT_SECRET;
use crate::examples::{self, response};
use crate::server::{self, Script};

/// The response to a request with a key.
pub(crate) type Reply = Arc<dyn Fn(&str, &str) -> String + Send + Sync>;

const JSON: &str = "content-type: application/json\r\nx-request-id: req_test_000000000123\r\n";

/// A server that gives this response to every request, each on a new connection.
pub(crate) fn script(reply: Reply) -> Script {
    server::script(move |mut connection| {
        let reply = Arc::clone(&reply);
        async move {
            let request = connection.request().await?;
            let key = request.lines().find_map(|line| line.strip_prefix("authorization: Bearer "));
            connection.write(reply(&request, key.expect("every request brings the key"))).await
        }
    })
}

/// The same response to every request, with `{key}` replaced by the key.
pub(crate) fn fixed(status: &str, headers: &str, body: &str) -> Reply {
    let (status, headers, body) = (status.to_owned(), headers.to_owned(), body.to_owned());
    Arc::new(move |_, key| {
        response(&status.replace("{key}", key), &headers.replace("{key}", key), &body.replace("{key}", key))
    })
}

/// Raw bytes, with `{key}` replaced by the key.
fn raw(bytes: &'static str) -> Reply {
    Arc::new(move |_, key| bytes.replace("{key}", key))
}

/// The documented success of the operation, with a change to its body.
pub(crate) fn success(change: fn(String, &str) -> String) -> Reply {
    Arc::new(move |request, key| {
        let (status, body) = documented(request);
        response(status, JSON, &change(body, key))
    })
}

/// A session full of customer data.
pub(crate) fn session(status: &str) -> String {
    examples::session(status)
        .replace("\"wallet_address\": null", "\"wallet_address\": \"canary0wallet0\"")
        .replace("order_abc123", "canary0reference0")
        .replace("\"metadata\": {}", "\"metadata\": {\"canary0metadata0\": \"canary0metadata0\"}")
        .replace("100.00", "canary0amount0")
}

/// A session as its creation returns it.
pub(crate) fn created() -> String {
    session("open").replacen('{', &format!("{{\"client_secret\": {CLIENT_SECRET:?},"), 1)
}

fn documented(request: &str) -> (&'static str, String) {
    let line = request.lines().next().unwrap_or_default();
    if line.contains("/cancel ") {
        ("201 Created", session("cancelled"))
    } else if line.starts_with("POST ") {
        ("201 Created", created())
    } else if line.contains("/gate_sessions/") {
        ("200 OK", session("open"))
    } else {
        ("200 OK", format!("{{\"object\": \"list\", \"data\": [{}], \"has_more\": false}}", session("open")))
    }
}

/// An error response such as a conflict, with a message that must not be logged.
pub(crate) fn envelope(status: u16) -> String {
    // A conflict needs its type; the others also have the key in `type`.
    let kind = if status == 409 { "conflict" } else { "{key}" };
    format!(
        r#"{{"type": "{kind}", "code": "canary0words0 {{key}}", "message": "canary0words0 canary0wallet0 {{key}}",
           "request_id": "{{key}}", "doc_url": "https://gate.example/canary0words0/{{key}}", "statusCode": {status}}}"#
    )
}

/// All of them.
pub(crate) fn all() -> Vec<(String, Reply)> {
    let mut all = Vec::new();
    for status in [400, 401, 403, 404, 409, 418, 429, 500, 501, 503] {
        let first = format!("{status} X");
        all.push((format!("{status} with the key in its envelope"), fixed(&first, JSON, &envelope(status))));
        let headers = "content-type: application/json\r\n";
        let body = r#"{"request_id": "Bearer {key}", "type": "{key}", "statusCode": 999, "{key}": "canary0words0"}"#;
        all.push((format!("{status} with the key in half an envelope"), fixed(&first, headers, body)));
    }
    for (what, headers) in [
        ("a request id", "x-request-id: {key}\r\n"),
        ("a longer request id", "x-request-id: req Bearer {key} canary\r\n"),
        ("a header twice", "x-request-id: req_test\r\nx-request-id: {key}\r\nauthorization: Bearer {key}\r\n"),
        ("the time to wait", "retry-after: {key}\r\n"),
        ("a challenge", "www-authenticate: Bearer realm=\"{key}\"\r\nset-cookie: key={key}\r\nserver: {key}\r\n"),
        ("the content type", "content-type: text/{key}\r\ncontent-encoding: {key}\r\n"),
    ] {
        all.push((format!("{what} with the key in it"), fixed("429 Too Many Requests", headers, "{key}")));
        let headers = headers.to_owned();
        let reply = move |request: &str, key: &str| {
            let (status, body) = documented(request);
            response(status, &headers.replace("{key}", key), &body)
        };
        all.push((format!("{what} with the key in it, on a success"), Arc::new(reply)));
    }
    all.extend([broken(), successes()].into_iter().flatten().map(|(what, reply)| (what.to_owned(), reply)));
    all
}

/// Error responses, and some that are not HTTP.
fn broken() -> Vec<(&'static str, Reply)> {
    let page = "<html>Authorization: Bearer {key}{key} canary0words0";
    let elsewhere = "location: http://127.0.0.1:9/{key}\r\n";
    let chunked = "HTTP/1.1 400 No\r\ntransfer-encoding: chunked\r\n\r\n";
    vec![
        ("nothing", raw("")),
        ("an error page with the key", fixed("502 Bad Gateway", "", page)),
        ("a redirect with the key", fixed("307 Temporary Redirect", elsewhere, "{key}")),
        ("a reason with the key", fixed("404 {key}", "", "")),
        (
            "an early hint with the key",
            raw("HTTP/1.1 103 Hint\r\nlink: <{key}>\r\n\r\nHTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n"),
        ),
        (
            "a trailer with the key",
            Arc::new(move |_, key| format!("{chunked}1;{key}\r\n{{\r\n0\r\nx-key: {key}\r\n\r\n")),
        ),
        (
            "the key in two chunks",
            Arc::new(move |_, key| {
                let (first, second) = key.split_at(14);
                let (one, two) = (first.len(), second.len());
                format!("{chunked}{one:x}\r\n{first}\r\n{two:x}\r\n{second}\r\n0\r\n\r\n")
            }),
        ),
        ("no HTTP but the key", raw("{key}\r\n\r\n")),
        ("a status that is the key", raw("HTTP/1.1 {key} {key}\r\n\r\n")),
        ("a header line without a colon", raw("HTTP/1.1 404 No\r\nBearer {key}\r\n\r\n")),
        ("a length that is the key", raw("HTTP/1.1 201 Created\r\ncontent-length: {key}\r\n\r\n{key}")),
        ("a chunk size that is the key", raw("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n{key}\r\n")),
        ("an encoding that is the key", raw("HTTP/1.1 201 Created\r\ntransfer-encoding: {key}\r\n\r\n{key}")),
    ]
}

/// Successes, correct and incorrect.
fn successes() -> Vec<(&'static str, Reply)> {
    vec![
        ("a success as it should be", success(|body, _| body)),
        ("a success that is no JSON", success(|body, key| format!("{key} {body}"))),
        ("a success without an amount", success(|body, _| body.replace("\"amount\"", "\"canary0words0\""))),
        ("a success with a number as currency", success(|body, _| body.replace("\"EUR\"", "1"))),
        (
            "a success with the key as status",
            success(|body, key| body.replace("\"status\": \"", &format!("\"status\": \"{key}"))),
        ),
        ("a success with the key as id", success(|body, key| body.replace("67a1f3b9e4b0c10001234567", key))),
        ("a success with the key as kind", success(|body, key| body.replace("gate_session", key))),
        ("a success with the key as reference", success(|body, key| body.replace("canary0reference0", key))),
        ("a success that is too large", success(|body, key| format!("{body}{key}{}", " ".repeat(2 << 20)))),
        (
            "a success that ends too early",
            Arc::new(|request, key| {
                let (status, body) = documented(request);
                format!("HTTP/1.1 {status}\r\ncontent-length: 99999\r\n\r\n{key}{body}")
            }),
        ),
        (
            "another success",
            Arc::new(|request, key| response("202 Accepted", JSON, &format!("{}{key}", documented(request).1))),
        ),
        ("a 204 with a body", Arc::new(|request, _| response("204 No Content", JSON, &documented(request).1))),
    ]
}

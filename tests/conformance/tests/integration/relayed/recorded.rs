//! What the proxy judges and records: checking the recording gives the same result.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use zerogate_conformance::{Proxy, ProxyOptions, Traffic};
use zerogate_contract::Document;
use zerogate_judge::Judge;

use super::{authority, before, unjudged};
use crate::CONTRACT;
use crate::recordings::conversation::{CANCEL, CREATE, Exchange, LIST, RETRIEVE, conversation};
use crate::recordings::violations::{VIOLATIONS, Violation};
use crate::recordings::{checked, kinds, options};

/// A request and a response on the wire.
fn on_the_wire(exchange: &Exchange) -> (String, Vec<u8>) {
    let head = |first: String, headers: &[(&str, String)], body: &str| {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("{first}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let body = exchange.request.as_ref().map(Value::to_string).unwrap_or_default();
    let request = head(format!("{} {} HTTP/1.1", exchange.method, exchange.path), &exchange.request_headers, &body);
    let body = exchange.response.clone().unwrap_or_default();
    let response = head(format!("HTTP/1.1 {} Something", exchange.status), &exchange.response_headers, &body);
    (request, response.into_bytes())
}

/// Sends these through a proxy, over one connection.
async fn through(listener: TcpListener, proxy: Proxy, exchanges: &[(String, Vec<u8>)]) -> Traffic {
    let mut client = TcpStream::connect(authority(&proxy)).await.unwrap();
    let mut server = listener.accept().await.unwrap().0;
    for (request, response) in exchanges {
        client.write_all(request.as_bytes()).await.unwrap();
        server.read_exact(&mut vec![0; request.len()]).await.unwrap();
        server.write_all(response).await.unwrap();
        let mut found = vec![0; response.len()];
        client.read_exact(&mut found).await.unwrap();
        assert!(found == *response);
    }
    proxy.finish().await
}

/// As `through`, with a recording.
async fn recorded(exchanges: &[(String, Vec<u8>)], keep_secrets: bool) -> (Traffic, String) {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("run.har");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let judge = Judge::of(Document::parse("gate-v1.yaml", CONTRACT).unwrap());
    let upstream = format!("http://{}/v1", listener.local_addr().unwrap()).parse().unwrap();
    let options = ProxyOptions { record: Some(record.clone()), keep_secrets, ..ProxyOptions::default() };
    let proxy = Proxy::start(&upstream, judge, options).await.unwrap();
    let traffic = through(listener, proxy, exchanges).await;
    (traffic, fs::read_to_string(record).unwrap())
}

/// The parts of a report that must not depend on the source of the exchanges.
fn essence(traffic: &Traffic) -> String {
    let faults = traffic.faults.iter().map(|fault| {
        let at: Vec<usize> = fault.exchanges.iter().map(|seen| seen.entry).collect();
        format!(
            "{} {} {} {} {} {} {at:?}\n",
            fault.kind, fault.operation, fault.place, fault.at, fault.expected, fault.received
        )
    });
    let faults: String = faults.collect();
    let cells: Vec<_> = traffic.cells.iter().map(|(cell, seen)| (cell, seen.count)).collect();
    format!("{faults}{cells:?} {:?} {} {} {:?}", traffic.rules, traffic.entries, traffic.undocumented, traffic.coverage)
}

#[tokio::test]
async fn every_violation_is_found_by_the_proxy_and_in_its_recording() {
    let nothing: Violation = ("nothing", |_| (), &[]);
    for (name, plant, expected) in [nothing].into_iter().chain(VIOLATIONS) {
        let mut exchanges = conversation();
        plant(&mut exchanges);
        let wire: Vec<_> = exchanges.iter().map(on_the_wire).collect();
        let (traffic, har) = recorded(&wire, false).await;
        let mut found = kinds(&traffic);
        found.sort();
        found.dedup();
        assert_eq!(found, expected, "{name}");
        let again = checked(har.as_bytes(), &options());
        assert_eq!(essence(&again), essence(&traffic), "{name}");
        assert_eq!(again.files[0].trouble, None, "{name}");
    }
}

/// Secrets in every possible place, one of them in a response that must not have it.
fn secrets() -> Vec<(String, Vec<u8>)> {
    let mut exchanges = conversation();
    exchanges[CANCEL].request_headers[1].1 = "Bearer sk_test_canary_of_somebody_1".to_owned();
    exchanges[CANCEL].edit(|body| body["metadata"] = serde_json::json!({"note": "sk_test_canary_of_somebody_1"}));
    exchanges[CREATE]
        .request_headers
        .push(("Cookie", "session=canary-cookie-1; canary-bare; theme=canary-theme".to_owned()));
    exchanges[CREATE].response_headers.push(("Set-Cookie", "session=canary-cookie-2; Path=/; HttpOnly".to_owned()));
    exchanges[CREATE].response_headers.push(("Set-Cookie", "canary-alone; Path=/".to_owned()));
    exchanges[CREATE].response_headers.push(("Location", "/pay/cs_fake_canary?token=canary-location".to_owned()));
    exchanges[LIST].path += "&api_key=canary-query&note=pk_live_canaryCanary";
    exchanges[LIST].path +=
        "&client%5Fsecret=canary-encoded&back=%2Fpay%3Fid%3Dcs_fake_canary%26id_token%3Dcanary-nested";
    let referer = "https://shop.example/#/pay?client_secret=canary-referer".to_owned();
    exchanges[LIST].request_headers.push(("Referer", referer));
    let link = "</a>; rel=first, </b?limit=2&token=canary-link>; rel=next".to_owned();
    exchanges[LIST].response_headers.push(("Link", link));
    let location = format!("/v1/gate_sessions?a{}b=c&access_token=canary-fragment", "#".repeat(30_000));
    exchanges[LIST].response_headers.push(("Content-Location", location));
    exchanges[LIST].request_headers.push(("X-Api-Key", "canary-header".to_owned()));
    exchanges[LIST].response_headers.push(("X-Echo", "canary-header".to_owned()));
    exchanges[RETRIEVE].request_headers[1].1 = "Basic Y2FuYXJ5LXVzZXI6Y2FuYXJ5LXBhc3M=".to_owned();
    exchanges[RETRIEVE].edit(|body| body["user_reference"] = "canary-pass".into());
    exchanges[CANCEL].edit(|body| body["order_id"] = "for cs_fake_canary.".into());
    let form = "client_id=a&client_secret=canary-form?b&refresh_token=canary-refresh";
    let form = format!(
        "POST /v1/gate_sessions HTTP/1.1\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{form}",
        "Application/X-WWW-Form-Urlencoded; charset=utf-8",
        form.len()
    );
    let refused = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec();
    exchanges
        .iter()
        .map(on_the_wire)
        .map(|(request, response)| (request.replace("\"canary\"", "\"x\""), response))
        .chain([(form, refused)])
        .collect()
}

#[tokio::test]
async fn keys_are_not_in_a_recording_unless_they_are_asked_for() {
    let canaries = [
        "sk_test_canary",
        "canary-cookie",
        "canary-theme",
        "canary-query",
        "pk_live_canary",
        "canary-header",
        "Y2FuYXJ5",
        "canary-pass",
        "cs_fake_canary",
        "nobodys_key",
        "canary-bare",
        "canary-alone",
        "canary-location",
        "canary-encoded",
        "canary-nested",
        "canary-referer",
        "canary-link",
        "canary-fragment",
        "canary-form",
        "canary-refresh",
    ];
    let (traffic, har) = recorded(&secrets(), false).await;
    for canary in canaries {
        assert!(!har.contains(canary) && !format!("{traffic:?}").contains(canary), "{canary}: {har}");
    }
    assert!(har.contains(">; rel=next"), "only the secret: {har}");
    assert!(kinds(&traffic).contains(&"key-echoed".to_owned()), "{:?}", traffic.faults);
    assert_eq!(essence(&checked(har.as_bytes(), &options())), essence(&traffic));
    let (traffic, har) = recorded(&secrets(), true).await;
    for canary in canaries {
        assert!(har.contains(canary) && !format!("{traffic:?}").contains(canary), "{canary}");
    }
}

/// In the response that has it, and in later ones, whatever the notation.
#[tokio::test]
async fn an_escaped_client_secret_is_not_in_a_recording() {
    let request = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let response = |head: &str, body: &str| {
        format!("HTTP/1.1 {head}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
    };
    for created in [
        r#"{"id":"a","\u0063lient_secret":"cs_secretive-1"}"#,
        r#"{"id":"a","client_secret":"cs_\u0073ecretive-1"}"#,
        r#"{"id":"a","client\u005fsecret":"cs_\u0073ecretive-1\""}"#,
        r#"{"id":"a","session":"{\"client_secret\":\"cs_secretive-1\"}"}"#,
    ] {
        let later = r#"{"a":"cs_secretive-1\"","b":"cs\u005fsecretive\u002d1\u0022","c":"cs%5Fsecretive%2D1%22"}"#;
        let exchanges = [
            (request("/v1/gate_sessions"), response("201 Created", created)),
            (request("/v1/gate_sessions/a?note=cs%5Fsecretive-1%22"), response("200 OK", later)),
        ];
        let (_, har) = recorded(&exchanges, false).await;
        assert!(!har.contains("ecretive") && har.contains("redacted_1"), "{created}: {har}");
    }
}

/// The fields that HAR 1.2 requires, and that the network panels of browsers rely on.
#[tokio::test]
async fn a_recording_has_what_other_tools_need() {
    let wire: Vec<_> = conversation().iter().map(on_the_wire).collect();
    let (_, har) = recorded(&wire, false).await;
    let har: Value = serde_json::from_str(&har).unwrap();
    let has = |value: &Value, names: &[&str]| {
        names.iter().for_each(|name| assert!(value.get(name).is_some(), "{name} in {value}"));
    };
    has(&har["log"], &["version", "creator", "entries"]);
    has(&har["log"]["creator"], &["name", "version"]);
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), wire.len());
    for entry in entries {
        has(entry, &["startedDateTime", "time", "request", "response", "cache", "timings"]);
        has(&entry["timings"], &["send", "wait", "receive"]);
        let both = ["httpVersion", "cookies", "headers", "headersSize", "bodySize"];
        has(&entry["request"], &[&both[..], &["method", "url", "queryString"]].concat());
        has(&entry["response"], &[&both[..], &["status", "statusText", "content", "redirectURL"]].concat());
        has(&entry["response"]["content"], &["size", "mimeType", "text"]);
        let sum: f64 = ["send", "wait", "receive"].map(|name| entry["timings"][name].as_f64().unwrap()).iter().sum();
        assert!((sum - entry["time"].as_f64().unwrap()).abs() < 0.01, "{entry}");
    }
    assert_eq!(entries[CREATE]["request"]["postData"]["mimeType"], "application/json");
    assert_eq!(entries[LIST]["request"]["queryString"][0], serde_json::json!({"name": "limit", "value": "2"}));
}

/// Bodies in a content coding are decoded and judged; unsupported codings are reported.
#[tokio::test]
async fn coded_bodies_are_judged_where_they_can_be_read() {
    let plain =
        conversation().swap_remove(CANCEL).response.unwrap().replace("\"mode\":\"test\"", "\"mode\":\"canary\"");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain.as_bytes()).unwrap();
    let zipped = encoder.finish().unwrap();
    let unread = "the body has a content coding that is not supported";
    let broken = "the body cannot be decoded, or is larger than 16 MiB when decoded";
    for (coding, body, found, reasons) in [
        ("gzip", zipped.clone(), vec!["response-body-invalid"], vec![]),
        ("identity", plain.into_bytes(), vec!["response-body-invalid"], vec![]),
        ("br", zipped.clone(), vec![], vec![(unread, 1)]),
        ("gzip", zipped[..zipped.len() - 9].to_vec(), vec![], vec![(broken, 1)]),
    ] {
        let (request, _) = on_the_wire(&conversation()[CANCEL]);
        let head = format!(
            "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-Request-Id: a\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let (traffic, har) = recorded(&[(request, [head.as_bytes(), &body].concat())], false).await;
        assert_eq!(
            (kinds(&traffic), unjudged(&traffic)),
            (found.iter().map(|it| (*it).to_owned()).collect(), reasons),
            "{coding}"
        );
        assert_eq!(kinds(&checked(har.as_bytes(), &options())), found, "{coding}");
    }
}

#[tokio::test]
async fn a_location_that_leads_past_the_proxy_is_reported() {
    let past = "its `Location` leads past the proxy: requests to it are not seen";
    for (location, expected) in [
        ("https://gate.example/v1/gate_sessions", 1),
        ("//gate.example/", 1),
        ("/v1/gate_sessions?next=http://gate.example/", 0),
        ("http://{own}/v1/gate_sessions", 0),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = before(&format!("http://{}/v1", listener.local_addr().unwrap()), None).await;
        let location = location.replace("{own}", &authority(&proxy));
        let response = format!("HTTP/1.1 404 Not Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let traffic =
            through(listener, proxy, &[("GET /v1/x HTTP/1.1\r\n\r\n".to_owned(), response.into_bytes())]).await;
        let expected: Vec<(&str, usize)> = [(past, 1)].into_iter().take(expected).collect();
        assert_eq!(unjudged(&traffic), expected, "{location}");
    }
}

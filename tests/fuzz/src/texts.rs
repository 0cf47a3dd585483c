//! Recordings, and the short texts that people configure or servers send.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zerogate::webhooks::{Verifier, WebhookSecret};
use zerogate::{BaseUrl, Environment, IdempotencyKey, SecretKey, SessionId, Timestamp};
use zerogate_conformance::{Check, CheckOptions, Fixtures};
use zerogate_contract::Document;
use zerogate_judge::Judge;

use crate::seeds::bytes;

const SECRET: &str = "whsec_fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz";
const KEY: &str = "sk_test_fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz";

/// Judges a recording.
pub(crate) fn har(data: &[u8]) {
    static JUDGE: OnceLock<Judge> = OnceLock::new();
    let judge = JUDGE
        .get_or_init(|| Judge::of(Document::parse("gate-v1.yaml", zerogate::CONTRACT).expect("the build has read it")));
    let options = CheckOptions::default();
    let mut check = Check::new(judge, &options);
    check.file("input.har", data, None, &mut |_| {});
    let traffic = check.finish(jiff::civil::date(2026, 5, 27));
    let told = format!("{} {traffic:?}", traffic.headline());
    assert!(!told.contains(KEY), "the key is in the report: {told}");
}

/// An exchange with a body, one without its content, and one with another host.
pub(crate) fn recordings() -> Vec<Vec<u8>> {
    let entry = |request: &str, response: &str| {
        format!(
            r#"{{"log":{{"version":"1.2","creator":{{"name":"fuzz","version":"1"}},"entries":[{{
"startedDateTime":"2026-11-29T10:00:00.000Z","time":12.5,
"request":{request},
"response":{response}}}]}}}}"#
        )
    };
    [
        entry(
            r#"{"method":"POST","url":"http://127.0.0.1:4010/v1/gate_sessions/67a1f3b9e4b0c10001234567/cancel?a=b",
"httpVersion":"HTTP/1.1","headers":[{"name":"Authorization","value":"Bearer sk_test_fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz"}],
"bodySize":0}"#,
            r#"{"status":409,"headers":[{"name":"Content-Type","value":"application/json"},{"name":"X-Request-Id","value":"req_1"}],
"content":{"size":10,"mimeType":"application/json","text":"{\"type\":\"conflict\",\"code\":\"conflict\",\"message\":\"no\",\"request_id\":\"req_1\",\"doc_url\":null,\"statusCode\":409}"}}"#,
        ),
        entry(
            r#"{"method":"POST","url":"https://api.0gate.example/v1/gate_sessions","headers":[],"queryString":[],
"postData":{"mimeType":"application/json","text":"{\"amount\":\"1.00\",\"currency\":\"EUR\"}"}}"#,
            r#"{"status":201,"headers":[],"content":{"size":3,"encoding":"base64","text":"e30K"},"redirectURL":""}"#,
        ),
        entry(
            r#"{"method":"GET","url":"http://[::1]:80/v1/gate_sessions?limit=2&starting_after=%zz","headers":null}"#,
            r#"{"status":0,"content":{}}"#,
        ),
    ]
    .map(String::into_bytes)
    .into()
}

/// Reads a timestamp as a server may write it.
pub(crate) fn timestamp(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = Timestamp::from(text);
    assert_eq!(read.as_str(), text);
    let Some(time) = read.to_system_time() else { return };
    let written = Timestamp::from(time);
    let instant = |written: &Timestamp| written.to_system_time().expect("what is written can be read");
    // An offset can lead out of the years that RFC 3339 covers: the nearest instant is written.
    let [first, last] = ["0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"].map(|edge| instant(&edge.into()));
    let (expected, again) = (time.clamp(first, last), instant(&written));
    // The written form has less precision than a parsed one may have.
    let difference = again.duration_since(expected).unwrap_or_else(|early| early.duration());
    assert!(difference < Duration::from_millis(1), "{text}: {time:?} becomes {written}");
}

/// Times at the edges.
pub(crate) fn timestamps() -> Vec<Vec<u8>> {
    bytes(&[
        "2026-05-27T12:00:00.000Z",
        "1969-12-31T23:59:59.999999999+23:59",
        "0001-01-01T00:00:00-00:00",
        "0000-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:60Z",
        "2024-02-29t24:00:00z",
        "1764000000",
    ])
}

/// Reads secrets and identifiers, and checks that their text is not printed.
pub(crate) fn key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut shown = Vec::new();
    match SecretKey::new(text) {
        Ok(key) => shown.push(format!("{key:?} {}", key.mode())),
        Err(error) => shown.push(format!("{error} {error:?}")),
    }
    match WebhookSecret::new(text) {
        Ok(secret) => shown.push(format!("{secret:?}")),
        Err(error) => shown.push(format!("{error} {error:?}")),
    }
    // Shorter texts may be words of a message.
    let is_secret = text.len() > 16;
    assert!(!is_secret || shown.iter().all(|shown| !shown.contains(text)), "a secret is shown: {shown:?}");
    match IdempotencyKey::new(text) {
        Ok(key) => assert_eq!(key.as_str(), text),
        Err(error) => drop(error.to_string()),
    }
    match SessionId::new(text) {
        Ok(id) => assert_eq!(id.as_str(), text),
        Err(error) => drop(error.to_string()),
    }
}

/// Valid and nearly valid keys.
pub(crate) fn keys() -> Vec<Vec<u8>> {
    bytes(&[KEY, "sk_live_", "pk_test_fuzz fuzz", SECRET, "67a1f3b9e4b0c10001234567", "Bearer sk_test_fuzz\r\n", ".."])
}

/// Reads a base URL.
pub(crate) fn url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match text.parse::<BaseUrl>() {
        Ok(url) => {
            assert!(!url.to_string().to_ascii_lowercase().contains(KEY), "a URL with a key is accepted: {text}");
            let again: Result<BaseUrl, _> = url.to_string().parse();
            assert_eq!(again.as_ref(), Ok(&url), "{text} is shown as {url}");
            let _ = (url.origin(), url.authority(), url.host(), url.port(), url.path(), url.is_plain_text());
            let _ = Environment::custom(text).map(|environment| environment.base_url());
        }
        Err(error) => assert!(!error.to_string().contains(KEY), "a key is shown: {error}"),
    }
}

/// Valid and nearly valid base URLs.
pub(crate) fn urls() -> Vec<Vec<u8>> {
    bytes(&[
        "https://api.0gate.example/v1",
        "http://[::1]:4010/v1/",
        "http://user:pass@127.0.0.1:65536/a/../b?c#d",
        "https://xn--n3h.example/%2e%2e/\\v1",
        "//a\t.example",
        "https:api.0gate.example",
        "https://api.0gate.example/v1sk_test_fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz",
        "https://sk%5ftest%5ffuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz@api.0gate.example",
    ])
}

/// Reads the fixtures of a target.
pub(crate) fn fixtures(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let variable = |name: &str| (name != "MISSING").then(|| KEY.to_owned());
    match Fixtures::parse("fixtures.json", text, variable) {
        Ok(fixtures) => assert!(!format!("{fixtures:?}").contains(KEY), "a key is shown"),
        Err(error) => assert!(!error.to_string().contains(KEY), "a key is shown: {error}"),
    }
}

/// Every part of a file, and a key where a name belongs.
pub(crate) fn fixture_files() -> Vec<Vec<u8>> {
    bytes(&[
        r#"{"keys":{"partner":"GATE_KEY","other_partner":"OTHER_KEY","publishable":"BROWSER_KEY","live":"MISSING"},
"sessions":{"open":[],"completed":["67a1f3b9e4b0c10001234567"],"expired":["a"],"cancelled":["b"],"foreign":["c"]},
"provoke":{"429":{"X-Provoke":"throttle"},"500":{"X-Provoke":"fail"}}}"#,
        r#"{"keys":{"partner":"sk_test_fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz"}}"#,
        r#"{"sessions":{"open":["sk_test_fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz"]},"provoke":{"sk_test_fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz":{}}}"#,
    ])
}

/// Verifies the input as a header, and as a signed body.
pub(crate) fn webhooks(data: &[u8]) {
    const TIME: u64 = 1_764_000_000;
    let verifier = Verifier::new(WebhookSecret::new(SECRET).expect("a secret"));
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(TIME);
    if let Err(error) = verifier.verify_at(data, data, now) {
        let _ = error.to_string();
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
    mac.update(format!("{TIME}.").as_bytes());
    mac.update(data);
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    match verifier.verify_at(format!("t={TIME},v1={signature}"), data, now) {
        Ok(event) => {
            let _ = (event.id(), event.kind().as_str(), event.created_at(), event.session_id());
            let _ = (event.session_status(), event.session(), event.tx_refid(), event.data());
        }
        Err(error) => {
            let _ = error.to_string();
            assert_ne!(error, zerogate::webhooks::VerifyError::Forged, "a right signature is refused");
        }
    }
}

/// Events, and a header.
pub(crate) fn events() -> Vec<Vec<u8>> {
    bytes(&[
        r#"{"id":"evt_1","type":"gate.session.completed","created_at":1764000000,"data":{"id":"67a1f3b9e4b0c10001234567",
"object":"gate_session","status":"completed","amount":"1.00","tx_refid":"0xabc"}}"#,
        r#"{"id":"evt_2","type":"other","created_at":"2026-05-27T12:00:00.000Z","data":{"object":{"id":"a","status":7}}}"#,
        "t=1764000000,v1=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff,v0=x",
    ])
}

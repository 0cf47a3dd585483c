//! Webhooks: which events are accepted, which are rejected, and why.

use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use zerogate::SessionId;
use zerogate::webhooks::{Event, EventKind, Verifier, VerifyError, WebhookSecret};

#[path = "../../examples/webhooks.rs"]
#[expect(dead_code, reason = "the program itself is not run")]
mod example;

const SECRET: &str = "whsec_test_fake_0000000000000000";
const NOW: u64 = 1_779_796_800;

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(text).unwrap()
}

fn hex(secret: &str, time: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn signed(body: &str) -> String {
    format!("t={NOW},v1={}", hex(SECRET, &NOW.to_string(), body))
}

fn verified(header: &str, body: &str, now: u64) -> Result<Event, VerifyError> {
    Verifier::new(secret(SECRET)).verify_at(header, body, SystemTime::UNIX_EPOCH + Duration::from_secs(now))
}

fn event() -> Value {
    let session: Value = serde_json::from_str(crate::examples::SESSION).unwrap();
    json!({ "id": "evt_1", "type": "gate_session.cancelled", "created_at": NOW, "data": session })
}

#[test]
fn every_valid_form_of_the_header_is_accepted() {
    let body = event().to_string();
    let v1 = hex(SECRET, &NOW.to_string(), &body);
    let other = hex("whsec_other", &NOW.to_string(), &body);
    for header in [
        signed(&body),
        format!(" t = {NOW} , v1 = {v1} "),
        format!("v1={v1},t={NOW}"),
        format!("t={NOW},v1={}", v1.to_uppercase()),
        format!("t={NOW},v1={other},v1={v1}"),
        format!("t={NOW},v1=short,v1=,v1={v1},v0={other},v2=x,what=ever,,nothing"),
        // The signature covers the text of the time.
        format!("t=0{NOW},v1={}", hex(SECRET, &format!("0{NOW}"), &body)),
    ] {
        assert_eq!(
            verified(&header, &body, NOW).map(|event| event.id().to_owned()),
            Ok("evt_1".to_owned()),
            "{header}"
        );
    }
    let both = Verifier::new(secret("whsec_old")).or_secret(secret(SECRET)).tolerance(Duration::MAX);
    assert!(both.verify(signed(&body), &body).is_ok());
}

#[test]
fn the_tolerance_is_five_minutes_in_either_direction() {
    let body = event().to_string();
    let stale = |seconds, is_ahead| Some(VerifyError::Stale { distance: Duration::from_secs(seconds), is_ahead });
    for (now, expected) in [
        (NOW - 301, stale(301, true)),
        (NOW - 300, None),
        (NOW + 300, None),
        (NOW + 301, stale(301, false)),
        (0, stale(NOW, true)),
    ] {
        assert_eq!(verified(&signed(&body), &body, now).err(), expected, "{now}");
    }
    // A stale event reveals nothing about its signature.
    assert_eq!(verified(&format!("t={NOW},v1=00"), &body, NOW + 301).err(), stale(301, false));
}

#[test]
fn events_signed_with_another_secret_are_forged() {
    let body = event().to_string();
    let v1 = hex(SECRET, &NOW.to_string(), &body);
    let flipped = format!("{}{}", if v1.starts_with('0') { '1' } else { '0' }, &v1[1..]);
    for (header, body) in [
        (signed(&body), body.replace("evt_1", "evt_2")),
        (signed(&body), format!("{body} ")),
        (signed(&body), String::new()),
        (format!("t={NOW},v1={}", hex("whsec_other", &NOW.to_string(), &body)), body.clone()),
        (format!("t={},v1={v1}", NOW + 1), body.clone()),
        (format!("t={NOW},v1={flipped}"), body.clone()),
        (format!("t={NOW},v1={}", &v1[..62]), body.clone()),
        (format!("t={NOW},v1={v1}00"), body.clone()),
        (format!("t={NOW},v1={}", "é".repeat(32)), body.clone()),
        // Unsigned bodies are not parsed.
        (format!("t={NOW},v1={v1}"), "[".repeat(1000)),
    ] {
        assert_eq!(verified(&header, &body, NOW), Err(VerifyError::Forged), "{header}");
    }
}

#[test]
fn a_refusal_says_what_may_be_the_cause() {
    for (error, said) in [
        (VerifyError::TooLarge { limit: 5 }, "the header or the body is larger than 5 bytes"),
        (
            VerifyError::Stale { distance: Duration::from_secs(301), is_ahead: false },
            "signed 301 seconds ago, which exceeds the tolerance: an old request is repeated, or a clock is wrong",
        ),
        (
            VerifyError::Forged,
            "the signature does not match: check that the secret is that of the endpoint, and that the body is the raw one",
        ),
    ] {
        assert_eq!(error.to_string(), said);
    }
    for (text, said) in [("", "`whsec_`"), ("whsec_a\n", "pass only the secret"), ("sk_test_a", "`whsec_`")] {
        let error = WebhookSecret::new(text).unwrap_err().to_string();
        assert!(error.starts_with("not a webhook secret: ") && error.ends_with(said), "{error}");
    }
}

#[test]
fn the_error_says_why_a_header_is_malformed() {
    let v1 = hex(SECRET, &NOW.to_string(), "{}");
    for (header, reason) in [
        (String::new(), "missing or empty"),
        (" ".to_owned(), "missing or empty"),
        (format!("v1={v1}"), "no time"),
        (format!("t={NOW}"), "no signature of version 1"),
        (format!("t={NOW},v0={v1}"), "no signature of version 1"),
        (format!("t={NOW},t={NOW},v1={v1}"), "more than one time"),
        (format!("t=,v1={v1}"), "the time is not a positive whole number of seconds"),
        (format!("t=0,v1={v1}"), "the time is not a positive whole number of seconds"),
        (format!("t=-1,v1={v1}"), "the time is not a positive whole number of seconds"),
        (format!("t=+{NOW},v1={v1}"), "the time is not a positive whole number of seconds"),
        (format!("t={NOW}.5,v1={v1}"), "the time is not a positive whole number of seconds"),
        (format!("t={NOW}{NOW}{NOW},v1={v1}"), "the time is not a positive whole number of seconds"),
    ] {
        assert_eq!(verified(&header, "{}", NOW), Err(VerifyError::Malformed { reason }), "{header}");
    }
    let verifier = Verifier::new(secret(SECRET));
    assert_eq!(verifier.verify([0xff], "{}"), Err(VerifyError::Malformed { reason: "not text" }));
    assert_eq!(verifier.verify("x".repeat(4097), "{}"), Err(VerifyError::TooLarge { limit: 4096 }));
    assert_eq!(verifier.verify("", vec![b' '; 1024 * 1024 + 1]), Err(VerifyError::TooLarge { limit: 1024 * 1024 }));
    assert_eq!(verifier.max_body(1).verify("", "{}"), Err(VerifyError::TooLarge { limit: 1 }));
}

#[test]
fn an_incomplete_event_is_read_as_far_as_possible() {
    let read = |event: Value| verified(&signed(&event.to_string()), &event.to_string(), NOW);
    let full = read(event()).unwrap();
    assert_eq!((full.kind(), full.session_status()), (&EventKind::SessionCancelled, Some("cancelled")));
    assert_eq!(full.created_at(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)));
    assert_eq!(full.session().map(|session| session.id).as_deref(), full.session_id().map(SessionId::as_str));
    assert_eq!(full.tx_refid(), None);

    let mut less = event();
    less["type"] = json!("gate_session.completed");
    less["data"] = json!({ "id": "s", "status": "completed", "object": "session", "tx_refid": "tx_1" });
    let less = read(less).unwrap();
    assert_eq!(
        (less.session_id().map(SessionId::as_str), less.session(), less.tx_refid()),
        (Some("s"), None, Some("tx_1"))
    );

    for (name, kind) in [
        ("gate_session.created", EventKind::SessionCreated),
        ("gate_session.completed", EventKind::SessionCompleted),
        ("gate_session.expired", EventKind::SessionExpired),
        ("gate_session.cancelled", EventKind::SessionCancelled),
        ("payout.sent", EventKind::Unknown("payout.sent".into())),
    ] {
        assert_eq!((EventKind::from(name), kind.to_string().as_str()), (kind, name));
    }
    let unknown = read(json!({ "id": "evt_2", "type": "payout.sent", "data": [1] })).unwrap();
    assert_eq!((unknown.kind().as_str(), unknown.session_id(), unknown.created_at()), ("payout.sent", None, None));

    let without = |field: &str| {
        let mut event = event();
        event.as_object_mut().unwrap().remove(field);
        event
    };
    for (event, field) in [
        (json!([]), ""),
        (json!("x"), ""),
        (without("id"), "id"),
        (without("type"), "type"),
        (without("data"), "data"),
        (json!({ "id": 5, "type": "x" }), "id"),
        (json!({ "id": "", "type": "x" }), "id"),
        (json!({ "id": "e", "type": "gate_session.created", "data": {} }), "data.id"),
        (json!({ "id": "e", "type": "gate_session.created", "data": null }), "data"),
    ] {
        let error = read(event.clone()).unwrap_err();
        assert!(matches!(error, VerifyError::Unreadable { field: at, .. } if at == field), "{event}: {error:?}");
    }
    let created = |data: &str| format!(r#"{{"id":"e","type":"gate_session.created","data":{data}}}"#);
    for (body, field) in [
        (r#"{"id":"e","id":"e","type":"x"}"#.to_owned(), ""),
        (r#"{"id":"e","\u0069d":"f","type":"x"}"#.to_owned(), ""),
        (r#"{"id":"e","type":"x","type":"gate_session.completed"}"#.to_owned(), ""),
        (r#"{"id":"e","type":"x","data":{},"data":[]}"#.to_owned(), ""),
        (r#"{"id":"e","type":"x","created_at":1,"created_at":2}"#.to_owned(), ""),
        (r#"["e","x",1,{"id":"s"}]"#.to_owned(), ""),
        (created(r#"{"id":"s","id":"t"}"#), "data"),
        (created(r#"{"id":"s","status":"open","st\u0061tus":"completed"}"#), "data"),
        (created(r#"{"id":"s","tx_refid":"1","tx_refid":"2"}"#), "data"),
        (created(r#"["s","open"]"#), "data"),
        (r#"{"id":"e","type":"x","data":{"id":"s","id":"t"}}"#.to_owned(), "data"),
    ] {
        let error = verified(&signed(&body), &body, NOW).map(|_| ()).unwrap_err();
        assert!(matches!(error, VerifyError::Unreadable { field: at, .. } if at == field), "{body}: {error:?}");
    }
    // Other fields can be anything.
    let body = created(r#" {"id":"s","extra":{"id":1,"id":2}} "#);
    assert_eq!(verified(&signed(&body), &body, NOW).unwrap().session_id().map(SessionId::as_str), Some("s"));
    for body in ["", "{", "\u{feff}{}", &"[".repeat(10_000)] {
        assert!(
            matches!(verified(&signed(body), body, NOW), Err(VerifyError::Unreadable { field: "", .. })),
            "{body:.9}"
        );
    }
}

#[test]
fn customer_data_and_secrets_are_not_printed() {
    let mut event = event();
    event["data"]["wallet_address"] = json!("canary-wallet");
    event["data"]["metadata"] = json!({ "canary": "canary-metadata" });
    let body = event.to_string();
    let verifier = Verifier::new(secret(SECRET));
    let read = verified(&signed(&body), &body, NOW).unwrap();
    let printed = format!("{read:?} {verifier:?} {:?}", secret(SECRET));
    assert!(printed.contains("evt_1") && printed.contains("[redacted]"), "{printed}");
    assert!(!printed.contains("canary") && !printed.contains(SECRET), "{printed}");
    for wrong in ["", "whsec_canary\n", "whsec canary"] {
        let error = WebhookSecret::new(wrong).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn the_emulator_and_the_extractor_of_the_example_agree() {
    example::demonstrate().await.unwrap();
}

/// Serves the router of the example, and returns its URL.
async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn post(url: &str, header: Option<&str>, body: &str) -> u16 {
    let request = reqwest::Client::new().post(url).body(body.to_owned());
    let request = header.into_iter().fold(request, |request, header| request.header("Gate-Signature", header));
    request.send().await.unwrap().status().as_u16()
}

fn signed_now(body: &str) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().to_string();
    format!("t={now},v1={}", hex(SECRET, &now, body))
}

#[tokio::test]
async fn the_extractor_of_the_example_says_why_it_rejects() {
    let (router, mut stored) = example::router(secret(SECRET));
    let url = serve(router).await;
    let body = event().to_string();
    let good = signed_now(&body);
    for (header, body, status) in [
        (Some(good.as_str()), body.as_str(), 204),
        (Some(good.as_str()), body.as_str(), 204),
        (Some(good.as_str()), "{}", 400),
        (Some(signed(&body).as_str()), body.as_str(), 400),
        (None, body.as_str(), 400),
        (None, &"x".repeat(1024 * 1024 + 1), 413),
    ] {
        assert_eq!(post(&url, header, body).await, status, "{header:?}");
    }
    assert_eq!(stored.try_recv().unwrap().id(), "evt_1");
    assert!(stored.try_recv().is_err(), "what comes twice is stored once");
}

#[tokio::test]
async fn the_example_only_acknowledges_stored_events() {
    let (router, stored) = example::router(secret(SECRET));
    let url = serve(router).await;
    drop(stored);
    let body = event().to_string();
    for time in ["sent", "sent again"] {
        assert_eq!(post(&url, Some(&signed_now(&body)), &body).await, 500, "{time}");
    }
}

#[test]
fn an_event_about_no_session_id_and_a_secret_key_are_rejected() {
    let mut body = event();
    body["data"]["id"] = "a/b".into();
    let body = body.to_string();
    let unreadable = VerifyError::Unreadable { field: "data.id", expected: "a session id" };
    assert_eq!(verified(&signed(&body), &body, NOW).unwrap_err(), unreadable);
    for v1 in ["v1=", "v1= ", "v1=,v1="] {
        let error = verified(&format!("t={NOW},{v1}"), &event().to_string(), NOW).unwrap_err();
        assert!(matches!(error, VerifyError::Malformed { .. }), "{v1}: {error}");
    }
    let error = WebhookSecret::new("sk_live_canary").unwrap_err().to_string();
    assert!(error.contains("starts with `whsec_`") && !error.contains("canary"), "{error}");
}

//! Requests from web pages.

use zerogate_emulator::Emulator;

use crate::wire::{Request, emulator, list, retrieve, seed};

const PAGE: &str = "http://localhost:3000";

#[tokio::test]
async fn a_control_request_from_a_web_page_is_refused_without_effect() {
    let emulator = Emulator::builder().allow_host("emulator").cors(PAGE).start().await.unwrap();
    let session = seed(&emulator);
    let complete = format!("/_emulator/sessions/{}/complete", session.id);
    for (name, value) in [
        ("Origin", PAGE),
        ("Origin", "null"),
        ("Host", "rebound.example"),
        ("Host", "rebound.example:4010"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        for (method, target) in
            [("POST", complete.as_str()), ("GET", "/_emulator"), ("OPTIONS", "/_emulator"), ("GET", "/_emulator/x")]
        {
            let response = Request::new(method, target).header(name, value).send(&emulator).await;
            assert_eq!(response.status, 403, "{name}: {value}, {method} {target}");
            assert!(response.json()["error"].is_string());
            assert!(!response.headers.iter().any(|(name, _)| name.starts_with("access-control-")), "{response:?}");
        }
    }
    assert_eq!(emulator.session(&session.id), Some(session));
    for host in ["emulator", "EMULATOR:80", "127.0.0.1", "[::1]:4010", "gate.localhost"] {
        let response = Request::new("GET", "/_emulator").header("Host", host).send(&emulator).await;
        assert_eq!(response.status, 200, "{host}");
    }
}

#[tokio::test]
async fn without_cors_no_page_may_read_responses() {
    let emulator = emulator().await;
    let response = list("").header("Origin", PAGE).signed(&emulator).await;
    assert_eq!(response.status, 200);
    assert!(!response.headers.iter().any(|(name, _)| name.starts_with("access-control-")), "{response:?}");
    let preflight = Request::new("OPTIONS", "/v1/gate_sessions").header("Origin", PAGE).send(&emulator).await;
    assert_eq!(preflight.status, 401);
}

#[tokio::test]
async fn with_cors_only_pages_of_its_origins_may_call_the_api() {
    let emulator = Emulator::builder().cors(PAGE).cors("https://other.example").start().await.unwrap();
    let session = seed(&emulator);
    for (origin, allowed) in
        [(PAGE, Some(PAGE)), ("https://other.example", Some("https://other.example")), ("https://evil.example", None)]
    {
        let preflight = Request::new("OPTIONS", format!("/v1/gate_sessions/{}/cancel", session.id))
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization");
        let response = preflight.send(&emulator).await;
        assert_eq!((response.status, response.header("access-control-allow-origin")), (200, allowed), "{origin}");
        assert_eq!(response.header("access-control-allow-headers"), Some("authorization"));
        assert_eq!(response.header("access-control-allow-credentials"), None);
        for (request, status) in [(retrieve(&session.id).key(&emulator.keys().partner), 200), (list(""), 401)] {
            let response = request.header("Origin", origin).send(&emulator).await;
            assert_eq!(
                (response.status, response.header("access-control-allow-origin")),
                (status, allowed),
                "{origin}"
            );
            assert_eq!(response.header("access-control-expose-headers"), Some("x-request-id,retry-after"));
        }
    }
    assert!(emulator.journal().iter().all(|entry| entry.method != "OPTIONS"));
}

#[tokio::test]
async fn an_invalid_origin_is_refused_by_name() {
    for origin in ["*", "null", "localhost:3000", "https://partner.example/"] {
        let error = Emulator::builder().cors(origin).start().await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains(origin), "{error}");
    }
}

use serde_json::Value;
use zerogate_emulator::Status;

use crate::wire::{Request, cancel, create, emulator, list, minimal, retrieve, seed};

#[tokio::test]
async fn only_a_secret_key_as_bearer_passes() {
    let emulator = emulator().await;
    let session = seed(&emulator);
    let keys = emulator.keys().clone();
    let bad = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some(keys.partner.clone()),
        Some(format!("Basic {}", keys.partner)),
        Some("Basic c2tfdGVzdDo=".to_owned()),
        Some(format!("Token {}", keys.partner)),
        Some(format!("Bearer {}", keys.publishable)),
        Some(format!("Bearer {}x", keys.partner)),
        Some(format!("Bearer {}", keys.partner.to_uppercase())),
        Some(format!("Bearer {}", &keys.partner[..keys.partner.len() - 1])),
        Some(format!("Bearer \"{}\"", keys.partner)),
        Some(format!("Bearer {0} {0}", keys.partner)),
        Some(format!("Bearer sk_live_{}", "0".repeat(34))),
        Some("Bearer whsec_00000000000000000000000000000000000".to_owned()),
    ];
    for value in bad {
        let mut request = cancel(&session.id);
        if let Some(value) = &value {
            request = request.header("Authorization", value);
        }
        let response = request.send(&emulator).await;
        assert_eq!(response.status, 401, "{value:?}");
        assert_eq!(response.envelope(), ("unauthorized".to_owned(), "unauthorized".to_owned()));
        assert!(response.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer")));
        let text = String::from_utf8_lossy(&response.body).into_owned();
        assert!(!text.contains(&keys.partner) && !text.contains(&keys.publishable), "{text}");
    }
    assert_eq!(emulator.session(&session.id).map(|s| s.status), Some(Status::Open));
}

#[tokio::test]
async fn two_authorization_headers_are_refused_even_if_both_are_valid() {
    let emulator = emulator().await;
    let key = &emulator.keys().partner;
    assert_eq!(list("").key(key).signed(&emulator).await.status, 401);
}

#[tokio::test]
async fn the_name_of_the_scheme_is_case_insensitive() {
    let emulator = emulator().await;
    for scheme in ["bearer", "BEARER", "Bearer "] {
        let value = format!("{scheme} {}", emulator.keys().partner);
        assert_eq!(list("").header("authorization", value).send(&emulator).await.status, 200, "{scheme}");
    }
}

#[tokio::test]
async fn a_key_in_the_query_or_the_body_counts_as_missing() {
    let emulator = emulator().await;
    let key = &emulator.keys().partner;
    let response = list(&format!("?key={key}&authorization=Bearer+{key}")).send(&emulator).await;
    assert_eq!(response.status, 401);
    let mut body = minimal();
    body["authorization"] = Value::from(format!("Bearer {key}"));
    assert_eq!(create(&body).send(&emulator).await.status, 401);
}

#[tokio::test]
async fn authentication_comes_before_the_path_the_method_and_the_body() {
    let emulator = emulator().await;
    for request in [
        Request::new("GET", "/v1"),
        Request::new("GET", "/v1/"),
        Request::new("GET", "/v1/nothing/here"),
        Request::new("DELETE", "/v1/gate_sessions"),
        Request::new("OPTIONS", "/v1/gate_sessions/x/cancel"),
        Request::new("PROPFIND", "/v1/gate_sessions"),
        Request::new("POST", "/v1/gate_sessions").body("not json"),
        Request::new("POST", "/v1/gate_sessions").body(vec![b' '; 70_000]),
        list("?limit=0"),
        retrieve("unknown"),
    ] {
        let response = request.send(&emulator).await;
        assert_eq!(response.status, 401);
        assert_eq!(response.envelope().0, "unauthorized");
    }
    let response = Request::new("HEAD", "/v1/gate_sessions").send(&emulator).await;
    assert_eq!((response.status, response.body.len()), (401, 0));
}

#[tokio::test]
async fn only_v1_asks_for_a_key() {
    let emulator = emulator().await;
    for path in ["/", "/v2/gate_sessions", "/v1x", "/favicon.ico"] {
        let response = Request::new("GET", path).send(&emulator).await;
        assert_eq!(response.status, 404, "{path}");
        assert_eq!(response.envelope().0, "not_found");
    }
    assert!(emulator.journal().is_empty(), "the journal is about /v1");
}

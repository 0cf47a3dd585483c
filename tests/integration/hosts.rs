//! Which keys are sent to which hosts, and where the host comes from.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use zerogate::{Client, Delivery, Environment, ErrorKind, NextStep};

use crate::arrange::{KEY, builder, quick, session_id};
use crate::child;
use crate::examples::{json, response};
use crate::server::Server;

#[test]
fn the_sandbox_rejects_keys_that_may_be_live() {
    for (key, url, is_built) in [
        ("sk_live_fake", "https://gate-api-sandbox.0bit.app/v1", false),
        ("sk_other_xxxxxxxxxxxxxxx", "https://GATE-API-SANDBOX.0bit.app.:443", false),
        ("sk_test_xxxxxxxxxxxxxxxx", "https://gate-api-sandbox.0bit.app/v1", true),
        ("sk_live_fake", "https://gate-api.0bit.app/v1", true),
        ("sk_test_xxxxxxxxxxxxxxxx", "https://gate-api.0bit.app/v1", true),
        ("sk_live_fake", "https://gate-api-sandbox.0bit.app.example", true),
    ] {
        let built = builder(key).base_url(url).unwrap().build();
        assert_eq!(built.is_ok(), is_built, "{url}");
        if let Err(error) = built {
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Configuration, Delivery::NotSent));
            assert!(error.to_string().contains("sandbox"), "{error}");
        }
    }
    assert!(builder("sk_live_fake").environment(Environment::Sandbox).build().is_err());
}

/// A key of unknown mode is found by its text, in any spelling, and so is half of it.
#[test]
fn the_key_must_not_be_in_the_base_url() {
    for (url, is_built) in [
        ("https://gate.example/v1", true),
        ("https://gate.example/proxy-sk_other", true),
        ("https://gate.example/v1/sk_other_canary0canary0", false),
        ("https://gate.example/v1sk_other_canary0canary0", false),
        ("https://gate.example/SK%5Fother%5Fcanary0canary0", false),
        ("https://gate.example/anary0canary0", false),
        ("https://sk_other_canary0canary0.example", false),
    ] {
        let built = builder("sk_other_canary0canary0").base_url(url).unwrap().build();
        assert_eq!(built.is_ok(), is_built, "{url}");
        if let Err(error) = built {
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }
}

#[tokio::test]
async fn the_same_host_rules_apply_to_a_finished_client() {
    let refused =
        builder("sk_live_fake").http_client(reqwest::Client::new()).base_url("http://gate.example").unwrap().build();
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Configuration);
}

#[test]
fn a_client_comes_from_the_environment() {
    if child::is_here() {
        match Client::from_env() {
            Ok(client) => println!("built: {client:?}"),
            Err(error) => println!("{:?}: {error}", error.kind()),
        }
        return;
    }
    const PRODUCTION: &str = "https://gate-api.0bit.app/v1";
    for (key, url, expected) in [
        (Some(KEY), None, PRODUCTION),
        (Some(KEY), Some("https://gate-api.0bit.app"), PRODUCTION),
        (Some(KEY), Some("http://localhost:4000/v1"), "BaseUrl(http://localhost:4000/v1)"),
        (Some("sk_live_fake"), Some("http://localhost:4000"), "BaseUrl(http://localhost:4000/v1)"),
        (None, None, "Configuration: the client cannot be built: environment variable GATE_KEY: not set"),
        (Some("pk_test_canary"), None, "GATE_KEY: not a secret key: `pk_` is a publishable key"),
        // Not production: the script meant some other server.
        (Some(KEY), Some(""), "environment variable GATE_API_BASE_URL: not a base URL: it is empty; unset it"),
        (Some(KEY), Some("ftp://canary"), "its scheme is neither https nor http; write it like http://localhost:4000"),
        (
            Some(KEY),
            Some("https://u:canary@host"),
            "environment variable GATE_API_BASE_URL: not a base URL: it contains a user name",
        ),
        (
            Some(KEY),
            Some("http:///u:canary@host"),
            "environment variable GATE_API_BASE_URL: not a base URL: it has no host",
        ),
        (Some("sk_live_fake"), Some("https://gate-api-sandbox.0bit.app"), "the sandbox host"),
        (Some("sk_live_fake"), Some("http://gate.example"), "plain http"),
    ] {
        let variables = [("GATE_KEY", key), ("GATE_API_BASE_URL", url)];
        let variables: Vec<_> = variables.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
        let output = child::run(module_path!(), "a_client_comes_from_the_environment", &variables);
        assert!(output.contains(expected), "{key:?} {url:?}: {output}");
        assert!(!output.contains("canary"), "{output}");
    }
}

#[tokio::test]
async fn a_rejected_test_key_in_production_adds_a_hint() {
    const HINT: &str = "according to the public documentation, test keys are for the sandbox host";
    let refusals = [
        ("sk_test_xxxxxxxxxxxxxxxx", "gate-api.0bit.app", "401 Unauthorized", true),
        ("sk_test_xxxxxxxxxxxxxxxx", "gate-api.0bit.app", "403 Forbidden", true),
        ("sk_test_xxxxxxxxxxxxxxxx", "gate-api.0bit.app", "404 Not Found", false),
        ("sk_test_xxxxxxxxxxxxxxxx", "gate.example", "401 Unauthorized", false),
    ];
    for (key, host, status, has_hint) in refusals {
        let server = Server::responding(1, response(status, "", "")).await;
        let address = server.address();
        // The host name resolves to this machine.
        let transport = reqwest::Client::builder().no_proxy().resolve(host, address);
        let base = format!("http://{host}:{}", address.port());
        let client = builder(key).base_url(&base).unwrap().transport(transport).options(quick()).build().unwrap();
        let error = client.cancel_session(&session_id()).await.unwrap_err();
        assert_eq!(error.to_string().contains(HINT), has_hint, "{host} {status}: {error}");
        assert!(server.finish().await[0].contains("authorization: Bearer sk_test_"));
    }
}

#[test]
fn a_finished_client_rejects_a_live_key_over_plain_http() {
    // Its proxy settings cannot be inspected.
    let client = |key: &str, url: &str| {
        builder(key).http_client(reqwest::Client::new()).base_url(url).unwrap().build().map_err(|error| error.kind())
    };
    assert_eq!(client("sk_live_fake", "http://127.0.0.1:4000").unwrap_err(), ErrorKind::Configuration);
    assert!(client("sk_live_fake", "https://127.0.0.1:4000").is_ok());
    assert!(client("sk_test_xxxxxxxxxxxxxxxx", "http://127.0.0.1:4000").is_ok());
}

#[test]
fn a_proxy_from_the_environment_never_gets_the_key_in_plain_text() {
    if child::is_here() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(call_past_a_proxy());
    }
    for names in [&["HTTP_PROXY", "HTTPS_PROXY"][..], &["http_proxy", "https_proxy"], &["ALL_PROXY"], &["all_proxy"]] {
        let (address, arrived) = proxy();
        let mut variables: Vec<_> = names.iter().map(|name| (*name, address.as_str())).collect();
        variables.push(("NO_PROXY", ""));
        let output =
            child::run(module_path!(), "a_proxy_from_the_environment_never_gets_the_key_in_plain_text", &variables);
        for (base, said) in [
            (
                "http://gate.example",
                "a proxy from the environment would receive the key over plain http; use https, or list",
            ),
            ("https://gate.example", "no connection"),
            ("http://127.0.0.1", "404: not found"),
        ] {
            let line = output.lines().find(|line| line.starts_with(base)).unwrap_or_default();
            assert!(line.contains(said), "{names:?} {base}: {output}");
        }
        let arrived = arrived.lock().unwrap();
        assert!(!arrived.is_empty() && arrived.iter().all(|request| request.starts_with("CONNECT gate.example:443 ")));
        assert!(!arrived.concat().contains("sk_test_"), "{arrived:?}");
    }
}

/// The proxy reads the key of a test, too.
#[test]
fn a_finished_client_is_not_built_for_a_proxy_from_the_environment() {
    if child::is_here() {
        for base in ["http://127.0.0.1:9", "http://gate.example", "https://gate.example"] {
            let finished = builder(KEY).base_url(base).unwrap().http_client(reqwest::Client::new()).build();
            println!("{base}: {}", finished.map_or_else(|error| error.to_string(), |_| "built".to_owned()));
        }
        return;
    }
    const TEST: &str = "a_finished_client_is_not_built_for_a_proxy_from_the_environment";
    const REFUSED: &str = "may receive the key over plain http";
    for (except, loopback, other) in
        [("", REFUSED, REFUSED), ("127.0.0.1", "built", REFUSED), ("127.0.0.1,gate.example", "built", "built")]
    {
        let output = child::run(module_path!(), TEST, &[("HTTP_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", except)]);
        for (base, said) in
            [("http://127.0.0.1:9", loopback), ("http://gate.example", other), ("https://gate.example", "built")]
        {
            let line = output.lines().find(|line| line.starts_with(base)).unwrap_or_default();
            assert!(line.contains(said), "{except}: {output}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    for (status, next, said, attempts) in [
        ("407 Proxy Authentication Required", NextStep::FixRequest, "the proxy requires credentials (407)", 1),
        ("403 Forbidden", NextStep::Retry, "the proxy did not connect to it", 2),
        ("503 Busy", NextStep::Retry, "the proxy did not connect to it", 2),
    ] {
        let server = Server::responding(attempts, response(status, "", "")).await;
        let proxy = reqwest::Proxy::all(server.base_url()).unwrap();
        let client = builder(KEY).base_url("https://gate.example").unwrap().options(quick().max_attempts(2));
        let client = client.transport(reqwest::Client::builder().proxy(proxy)).build().unwrap();
        let error = client.cancel_session(&session_id()).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent), "{status}");
        assert_eq!((error.next_step(), error.attempts().len()), (next, attempts), "{status}");
        assert!(error.to_string().contains(&format!("gate.example:443: {said}")), "{error}");
        assert!(!server.finish().await.concat().contains(KEY));
    }
}

async fn call_past_a_proxy() {
    let server = Server::responding(1, json("404 Not Found", r#"{"type":"not_found","statusCode":404}"#)).await;
    for base in ["http://gate.example", "https://gate.example", &server.base_url()] {
        let built = builder(KEY).base_url(base).unwrap().options(quick().max_attempts(1)).build();
        match built {
            Ok(client) => println!("{base}: {}", client.cancel_session(&session_id()).await.unwrap_err()),
            Err(error) => println!("{base}: {error}"),
        }
    }
    assert!(server.finish().await[0].contains(KEY));
}

/// A proxy that lets nothing through, and what has arrived there.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&arrived);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or_default() > 0 {
                request.push(byte[0]);
            }
            seen.lock().unwrap().push(String::from_utf8(request).unwrap());
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (address, arrived)
}

//! The bytes that the client writes to the socket.

use std::io::{ErrorKind as IoErrorKind, Write as _};
use std::net::TcpListener;

use zerogate::ErrorKind;

use crate::arrange::{KEY, builder, quick, session_id};
use crate::examples::{json, response};
use crate::server::Server;
use crate::snapshot::with_settings;

/// The request with its variable parts replaced.
fn readable(request: &str) -> String {
    let host = request.lines().find_map(|line| line.strip_prefix("host: ")).expect("every request names its host");
    request
        .replace(host, "[host]")
        .replace(KEY, "[key]")
        .replace(env!("CARGO_PKG_VERSION"), "[version]")
        .replace("\r\n", "\n")
}

fn assert_request(name: &str, request: &str) {
    with_settings("The exact request that the client sends", || {
        insta::assert_snapshot!(format!("request-{name}"), readable(request));
    });
}

#[tokio::test]
async fn cancel_session_sends_exactly_the_documented_request() {
    let server = Server::responding(1, json("409 Conflict", "{}")).await;
    let _ = server.client().cancel_session(&session_id()).await;
    assert_request("cancelSession", &server.finish().await[0]);
}

#[tokio::test]
async fn retrieve_session_sends_exactly_the_documented_request() {
    let server = Server::responding(1, json("404 Not Found", "{}")).await;
    let _ = server.client().retrieve_session(&session_id()).await;
    assert_request("retrieveSession", &server.finish().await[0]);
}

#[cfg(known_surface)]
#[tokio::test]
async fn create_session_sends_exactly_the_documented_request() {
    let server = Server::responding(1, json("400 Bad Request", "{}")).await;
    let _ = server
        .client()
        .call(async |api| {
            api.create_session()
                .idempotency_key("00000000-0000-4000-8000-000000000000")
                .body_map(|body| {
                    body.amount("100.00").currency("EUR").return_url("https://partner.example/checkout/done")
                })
                .send()
                .await
        })
        .await;
    assert_request("createSession", &server.finish().await[0]);
}

#[cfg(known_surface)]
#[tokio::test]
async fn list_sessions_sends_exactly_the_documented_request() {
    let server = Server::responding(1, json("400 Bad Request", "{}")).await;
    let _ = server
        .client()
        .call(async |api| {
            api.list_sessions().limit(20).starting_after("67a1f3b9e4b0c10001234567").status("open").send().await
        })
        .await;
    assert_request("listSessions", &server.finish().await[0]);
}

#[tokio::test]
async fn an_odd_id_stays_one_segment_of_the_path() {
    for (id, segment) in [
        ("%2e%2e", "%252e%252e"),
        ("a%2Fb", "a%252Fb"),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("a b", "a%20b"),
        ("é", "%C3%A9"),
        ("...", "..."),
    ] {
        let server = Server::responding(1, json("404 Not Found", "{}")).await;
        let id = zerogate::SessionId::new(id).unwrap();
        let _ = server.client().cancel_session(&id).await;
        let request = server.finish().await.remove(0);
        assert_eq!(
            request.lines().next(),
            Some(format!("POST /v1/gate_sessions/{segment}/cancel HTTP/1.1").as_str()),
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = elsewhere.local_addr().unwrap();
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let server = Server::responding(1, response(status, &format!("location: http://{location}/\r\n"), "")).await;
        let error = server.client().cancel_session(&session_id()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedStatus, "{status}");
        assert_eq!(error.status().map(|status| status / 100), Some(3), "{status}");
    }
    // The call has ended, so a connection to the other host would be in the queue by now.
    assert_eq!(elsewhere.accept().unwrap_err().kind(), IoErrorKind::WouldBlock);
}

#[tokio::test]
async fn the_features_that_change_requests_are_enabled_here() {
    // A control for the tests above: in the same build, a client without these settings sends more.
    let server = Server::responding(1, json("200 OK", "{}")).await;
    reqwest::Client::builder().no_proxy().build().unwrap().get(server.base_url()).send().await.unwrap();
    let request = server.finish().await.remove(0);
    let asked = request.lines().find(|line| line.starts_with("accept-encoding: ")).expect("no feature is on");
    let all = ["gzip", "br", "zstd", "deflate"];
    let on = all.iter().filter(|coding| asked.contains(**coding)).count();
    // Bypasses the test harness, which hides the output of passing tests.
    let mut stderr = std::io::stderr();
    let said = "codings that reqwest could ask for are on; cargo test --workspace has all";
    writeln!(stderr, "{on} of {} {said}", all.len()).unwrap();
    assert!(on > 0, "{asked}");
}

#[tokio::test]
async fn your_own_transport_sends_the_same() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = elsewhere.local_addr().unwrap();
    let transport = reqwest::Client::builder()
        .gzip(true)
        .referer(true)
        .redirect(reqwest::redirect::Policy::limited(10))
        .http2_prior_knowledge()
        .connection_verbose(true)
        .user_agent("somebody else")
        // Loopback never uses a proxy, whatever the settings.
        .proxy(reqwest::Proxy::all(format!("http://{location}")).unwrap());
    let redirect = response("302 Found", &format!("location: http://{location}/\r\n"), "");
    let server = Server::responding(1, redirect).await;
    let client = builder(KEY).base_url(&server.base_url()).unwrap().transport(transport).build().unwrap();
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedStatus, "{error}");
    // Byte for byte the same as from the default client.
    assert_request("cancelSession", &server.finish().await[0]);
    assert_eq!(elsewhere.accept().unwrap_err().kind(), IoErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_transport_with_retries_does_not_retry() {
    let transport = reqwest::Client::builder()
        .retry(reqwest::retry::for_host("127.0.0.1").no_budget().classify_fn(|attempt| attempt.retryable()));
    let server = Server::responding(1, response("503 Busy", "", "")).await;
    let client = builder(KEY)
        .base_url(&server.base_url())
        .unwrap()
        .options(zerogate::CallOptions::default().max_attempts(1))
        .transport(transport)
        .build()
        .unwrap();
    // A retry would find no server, and give an error without a status.
    assert_eq!(client.retrieve_session(&session_id()).await.unwrap_err().status(), Some(503));
}

#[tokio::test]
async fn a_finished_client_sends_the_same_headers() {
    let http = reqwest::Client::builder().no_proxy().no_gzip().no_brotli().no_zstd().no_deflate().build().unwrap();
    let server = Server::responding(1, json("404 Not Found", "{}")).await;
    let client = builder(KEY).base_url(&server.base_url()).unwrap().http_client(http).build().unwrap();
    let _ = client.cancel_session(&session_id()).await;
    assert_request("cancelSession", &server.finish().await[0]);
}

#[tokio::test]
async fn every_attempt_has_the_app_info_and_the_trace_context() {
    let server = Server::responding(2, response("503 Busy", "retry-after: 0\r\n", "")).await;
    let client = builder(KEY)
        .base_url(&server.base_url())
        .unwrap()
        .app_info("my-shop", "1.4.2")
        .trace_context(|headers| {
            for (name, value) in
                [("traceparent", "00-1-2-01"), ("tracestate", "a=1"), ("baggage", "b"), ("authorization", "c")]
            {
                headers.insert(name, value.parse().unwrap());
            }
            headers.append("tracestate", "b=2".parse().unwrap());
        })
        .options(quick().max_attempts(2))
        .build()
        .unwrap();
    client.retrieve_session(&session_id()).await.unwrap_err();
    for request in server.finish().await {
        let agent = format!("user-agent: zerogate/{} my-shop/1.4.2\r\n", env!("CARGO_PKG_VERSION"));
        for line in [
            &agent,
            "traceparent: 00-1-2-01\r\n",
            "tracestate: a=1\r\ntracestate: b=2\r\n",
            &format!("authorization: Bearer {KEY}\r\n"),
        ] {
            assert_eq!(request.matches(line).count(), 1, "{line}{request}");
        }
        assert!(!request.contains("baggage") && request.matches("authorization").count() == 1, "{request}");
    }
}

#[test]
fn invalid_app_info_is_rejected_and_not_repeated() {
    let long = "canary".repeat(11);
    for (name, version) in [
        ("", "1"),
        ("canary", ""),
        ("canary shop", "1"),
        ("canary", "1\r\nx: y"),
        ("canary/shop", "1"),
        ("cänary", "1"),
        (&long, "1"),
        (KEY, "1"),
    ] {
        let error = builder(KEY).app_info(name, version).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(!format!("{error:?}").contains("canary") && !format!("{error:?}").contains(KEY), "{error}");
    }
}

//! Malicious and broken servers.

mod memory;
mod servers;

use std::fmt::Write as _;
use std::time::Duration;

use tokio::net::TcpListener;
use zerogate::{CallOptions, Cancellation, Error, Response};

use self::servers::Hostile;
use crate::arrange::{client_with, quick, session_id};
use crate::examples::{SESSION, json, response};
use crate::server::{Server, script};
use crate::snapshot::with_settings;

/// The results of the calls to a server, and the requests that it received.
struct Observed {
    results: Vec<Result<Response<Cancellation>, Error>>,
    requests: Vec<String>,
}

async fn observe(hostile: &Hostile) -> Observed {
    let server = Server::start(hostile.script.clone()).await;
    let client = client_with(&server.base_url(), hostile.options.clone());
    let mut results = Vec::new();
    for call in 0..hostile.calls {
        if let (1.., Some(ready)) = (call, &hostile.ready) {
            ready.notified().await;
        }
        results.push(client.cancel_session(&session_id()).await);
    }
    drop(client);
    Observed { results, requests: server.finish().await }
}

impl Observed {
    /// As a block of the snapshot.
    fn describe(&self, does: &str) -> String {
        let mut text = format!("{does}\n");
        for result in &self.results {
            let _ = match result {
                Ok(response) => writeln!(
                    text,
                    "    {} | status {} | request id {:?}",
                    outcome(response.value()),
                    response.status(),
                    response.request_id(),
                ),
                Err(error) => writeln!(
                    text,
                    "    {} | delivery {:?} | status {:?} | {error}",
                    error.kind(),
                    error.delivery(),
                    error.status(),
                ),
            };
        }
        let _ = writeln!(text, "    requests: {}", self.arrived());
        text
    }

    /// The requests by operation.
    fn arrived(&self) -> String {
        let is_cancel =
            |request: &&String| request.starts_with("POST /v1/gate_sessions/67a1f3b9e4b0c10001234567/cancel ");
        let is_read = |request: &&String| request.starts_with("GET /v1/gate_sessions/67a1f3b9e4b0c10001234567 ");
        let cancels = self.requests.iter().filter(is_cancel).count();
        let reads = self.requests.iter().filter(is_read).count();
        assert_eq!(cancels + reads, self.requests.len(), "an unexpected request: {:?}", self.requests);
        format!("cancel {cancels}, read {reads}")
    }
}

fn outcome(cancellation: &Cancellation) -> &'static str {
    match cancellation {
        Cancellation::Cancelled(_) => "cancelled",
        Cancellation::FoundCancelled(_) => "found cancelled",
        Cancellation::AlreadyTerminal(_) => "already terminal",
        _ => "another outcome",
    }
}

#[tokio::test]
async fn every_call_to_a_hostile_server_ends_safely() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut text = String::new();
    for hostile in servers::all(other.local_addr().unwrap()) {
        // Longer than the options of any call allow: each call must end by itself.
        let observed = tokio::time::timeout(Duration::from_secs(100), observe(&hostile)).await;
        let observed = observed.unwrap_or_else(|_| panic!("the call does not end: {}", hostile.does));
        text.push_str(&observed.describe(hostile.does));
        for request in &observed.requests {
            assert!(!request.to_ascii_lowercase().contains("\r\ncookie:"), "{}: {request}", hostile.does);
        }
        for error in observed.results.iter().filter_map(|result| result.as_ref().err()) {
            let said = error.to_string();
            assert!(said.len() < 300 && !said.contains(char::is_control), "{}: {said}", hostile.does);
            assert!(error.body().is_none_or(|body| body.len() <= 1 << 20), "{}: too much is kept", hostile.does);
        }
    }
    assert_no_connection(other);
    with_settings(
        "The results of cancellations at hostile servers, and the requests that the servers received",
        || {
            insta::assert_snapshot!("hostile-servers", text);
        },
    );
}

fn assert_no_connection(other: TcpListener) {
    // A connection would be in the kernel's queue by now.
    let accepted = other.into_std().unwrap().accept();
    assert!(accepted.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock), "the other host was called");
}

#[tokio::test]
async fn a_redirect_of_any_kind_leads_nowhere() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = other.local_addr().unwrap();
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let headers = format!("location: http://{to}/v1/gate_sessions/67a1f3b9e4b0c10001234567\r\n");
        let redirect = response(status, &headers, "");
        let server = Server::start(script(move |mut connection| {
            let redirect = redirect.clone();
            async move {
                connection.request().await?;
                connection.write(redirect).await
            }
        }))
        .await;
        let client = client_with(&server.base_url(), CallOptions::default());
        assert!(client.cancel_session(&session_id()).await.is_err());
        assert!(client.retrieve_session(&session_id()).await.is_err());
        drop(client);
        // The session is read back, with the same redirect; the last request is the separate read.
        assert_eq!(server.finish().await.len(), 3, "{status}");
    }
    assert_no_connection(other);
}

/// The close may reach the client before, during or after its next request; the call succeeds in each case.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_closed_while_idle_fails_no_call() {
    const CALLS: usize = 200;
    let server = Server::start(script(|mut connection| async move {
        connection.request().await?;
        connection.write(json("201 Created", SESSION)).await
    }))
    .await;
    let client = client_with(&server.base_url(), quick());
    for _ in 0..CALLS {
        let response = client.cancel_session(&session_id()).await.unwrap();
        assert!(response.value().is_cancelled());
    }
    drop(client);
    // Each connection serves one request, so a request that is sent twice is counted twice.
    assert_eq!(server.finish().await.len(), CALLS);
}

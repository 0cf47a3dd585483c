//! Searches everything that the crate can print for a known key and a known client secret.

mod calls;
mod coverage;
mod files;
mod outputs;
mod replies;
mod values;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use zerogate::{CallOptions, Client, SecretKey};

use self::outputs::{Outputs, PRIVATE, SECRETS};
use self::replies::Reply;
use crate::arrange::session_id;
use crate::child;
use crate::server::Server;

const KEY: &str = "sk_test_canary0key0_fedcba9876543210";
const CLIENT_SECRET: &str = "gs_secret_canary0secret0_0f1e2d3c4b5a6978";

#[test]
fn keys_secrets_and_customer_data_are_not_printed() {
    if child::is_here() {
        return search();
    }
    // In another process, because the log and the environment belong to the whole process.
    let variables =
        [("GATE_KEY", "pk_test_canary0key0"), ("GATE_API_BASE_URL", "https://canary0key0:canary0key0@gate.example")];
    child::run(module_path!(), "keys_secrets_and_customer_data_are_not_printed", &variables);
}

fn search() {
    let log = Log::install();
    let mut outputs = Outputs::default();
    values::print(&mut outputs);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(calls::print(&mut outputs));
    // Ends every task, so that the log is complete.
    drop(runtime);
    let log = log.text();
    for expected in ["zerogate.call", "attempt", "reqwest::connect", "hyper_util::client", "TRACE", "close"] {
        assert!(log.contains(expected), "the log does not mention {expected}");
    }
    for line in log.lines() {
        outputs.text("the log", line);
    }

    assert_eq!(outputs.hits(SECRETS, PRIVATE), [""; 0]);
    let unsearched: Vec<_> = coverage::public_types().difference(outputs.types()).cloned().collect();
    assert_eq!(unsearched, [""; 0], "public types without a searched value");
    assert_eq!(outputs.kinds, coverage::kinds(), "error kinds without a searched error");
    assert_that_the_search_finds(&mut outputs);
    println!("{} outputs and {} lines of log were searched", outputs.len(), log.lines().count());
}

/// Shows that the search finds the known values; otherwise finding nothing would prove nothing.
fn assert_that_the_search_finds(outputs: &mut Outputs) {
    let secret: zerogate::ClientSecret = CLIENT_SECRET.into();
    outputs.text("planted", secret.expose());
    outputs.data("planted", format!("Bearer {KEY}"));
    outputs.text("planted", KEY.to_ascii_uppercase());
    outputs.text("planted", format!("{:?}", KEY.as_bytes()));
    outputs.text("planted", format!("{:#?}", KEY.as_bytes()));
    for private in PRIVATE {
        outputs.text("planted", *private);
        outputs.data("planted where it may stand", *private);
    }
    assert_eq!(outputs.hits(SECRETS, PRIVATE).len(), 5 + PRIVATE.len());
}

/// A server that returns the key escaped, so that decoding the body restores it.
#[tokio::test]
async fn an_escaped_key_in_a_response_is_not_printed() {
    let escaped = KEY.replace('_', "\\u005f");
    let body = format!(r#"{{"type":"conflict","code":"c","message":"m","request_id":"{escaped}","statusCode":400}}"#);
    let mut outputs = Outputs::default();
    print_cancellation(&mut outputs, "an escaped echo", replies::fixed("400 Bad Request", "", &body)).await;
    assert_eq!(outputs.hits(&["sk_test_canary0key0"], &[]), [""; 0]);
}

/// A server that returns the key in an encoding that other programs use.
#[tokio::test]
async fn an_encoded_key_in_a_response_is_not_printed() {
    let each = |write: fn(u8) -> String| KEY.bytes().map(write).collect::<String>();
    let (first, second) = KEY.split_at(KEY.len() / 2);
    let mut spellings = vec![
        KEY.to_ascii_uppercase(),
        first.to_owned(),
        second.to_owned(),
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("{byte:02X}")),
        each(|byte| format!("%{byte:02X}")),
        each(|byte| format!("&#{byte};")),
        each(|byte| format!("\\\\u{byte:04x}")),
    ];
    for before in ["", "a", "ab", "Bearer "] {
        spellings.extend(
            [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD]
                .map(|engine| engine.encode(format!("{before}{KEY}:"))),
        );
    }
    for spelling in spellings {
        let mut outputs = Outputs::default();
        let body = format!(
            r#"{{"type":"conflict","code":"{spelling}","message":"{spelling}","request_id":"{spelling}","statusCode":409}}"#
        );
        let reply = replies::fixed("409 Conflict", &format!("x-request-id: {spelling}\r\n"), &body);
        print_cancellation(&mut outputs, "another spelling", reply).await;
        let middle = spelling.len() / 2;
        // The search is in lower case.
        let part = spelling[middle - 5..middle + 5].to_ascii_lowercase();
        assert_eq!(outputs.hits(&[&part], &[]), [""; 0], "{spelling}");
    }
}

/// A server that returns the key at the point where the body is cut off, so that only its end is missing.
#[tokio::test]
async fn a_truncated_key_in_a_response_is_not_kept() {
    let cut = &KEY[..KEY.len() - 1];
    let mut outputs = Outputs::default();
    let reply = move |_: &str, _: &str| format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 999\r\n\r\n{cut}");
    print_cancellation(&mut outputs, "a cut echo", Arc::new(reply)).await;
    assert_eq!(outputs.hits(&["canary0key0"], &[]), [""; 0]);
}

/// A server that returns the key as a header name, which the error of the generated code prints.
#[tokio::test]
async fn a_key_in_a_header_name_is_not_printed() {
    let reply = replies::fixed("404 Not Found", "{key}: 1\r\n", "");
    let server = Server::start(replies::script(reply)).await;
    let mut outputs = Outputs::default();
    let client = client(&server.base_url());
    let listed = client.call(async |api| {
        api.list_sessions()
            .send()
            .await
            .inspect_err(|error| outputs.data("inside the call", format!("{error} {error:?}")))
    });
    assert!(listed.await.is_err());
    assert_eq!(outputs.hits(SECRETS, &[]), [""; 0]);
}

async fn print_cancellation(outputs: &mut Outputs, what: &str, reply: Reply) {
    let server = Server::start(replies::script(reply)).await;
    let client = client(&server.base_url());
    let result = client.cancel_session(&session_id()).await;
    outputs.result(what, &session_id(), &result);
}

fn client(url: &str) -> Client {
    let key: SecretKey = KEY.parse().unwrap();
    let options = CallOptions::default().max_attempts(2).backoff(std::time::Duration::ZERO, std::time::Duration::ZERO);
    // Set to log the bytes of requests, which the crate must turn off. Each request has its own connection, because
    // some connections are left unusable.
    let transport = reqwest::Client::builder().connection_verbose(true).pool_max_idle_per_host(0);
    Client::builder(key).base_url(url).unwrap().options(options).transport(transport).build().unwrap()
}

/// Everything that any crate logs in this process, at every level.
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn install() -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&lines);
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(move || Lines(Arc::clone(&writer)))
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        // reqwest logs through `log`.
        tracing_log::LogTracer::init().unwrap();
        Self(lines)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! The span of a call and the events of its attempts.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Notify, mpsc};
use tracing_subscriber::fmt::format::FmtSpan;
use zerogate::{CallOptions, SessionId};
use zerogate_emulator::{FaultKind, Seed};

use crate::arrange::{KEY, builder, client_with, emulator_and_client, fault, quick, session_id};
use crate::child;
use crate::examples::{envelope, response};
use crate::server::Server;
use crate::snapshot::with_settings;

/// Where the output goes.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Output {
    /// The output of this process from now on.
    fn subscribed() -> Self {
        let output = Self::default();
        let writer = output.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .without_time()
            .with_span_events(FmtSpan::CLOSE)
            .finish();
        tracing_subscriber::util::SubscriberInitExt::try_init(subscriber).unwrap();
        output
    }

    /// The fields of the last call's event, without its session and duration.
    fn last_call(&self) -> String {
        let output = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let line = output.lines().rev().find_map(|line| line.rsplit_once("}: zerogate: call ")).unwrap().1;
        let fields = line.split_whitespace().filter(|field| !field.contains("session.") && !field.contains("elapsed"));
        let named = fields.map(|field| {
            field.replace(['"'], "").replace("http.response.status_code", "status").replace("zerogate.", "")
        });
        named.collect::<Vec<_>>().join(" ")
    }
}

/// A call that was dropped, or that sent nothing, has no result: its event says what is known of its requests.
#[test]
fn the_event_of_a_call_without_a_result_says_what_may_have_happened() {
    const TEST: &str = "the_event_of_a_call_without_a_result_says_what_may_have_happened";
    if child::is_here() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(without_a_result());
    } else {
        child::run(module_path!(), TEST, &[]);
    }
}

async fn without_a_result() {
    let output = Output::subscribed();
    let slow = |status: &str, kind, code| response(status, "x-request-id: req_1\r\n", &envelope(kind, code));
    let busy = || slow("503 Busy", "server_error", 503);
    // The responses before the call is dropped, in the pause after the last, and the event.
    for (responses, expected) in [
        (vec![], "operation=cancelSession outcome=abandoned delivery=not_sent attempts=1"),
        (
            vec![slow("429 Slow", "rate_limited", 429)],
            "status=429 operation=cancelSession outcome=abandoned delivery=responded attempts=1 request_id=req_1",
        ),
        (
            vec![busy()],
            "status=503 operation=cancelSession outcome=abandoned delivery=unknown attempts=1 request_id=req_1",
        ),
        // While the session is read back.
        (
            vec![slow("409 Conflict", "conflict", 409), busy()],
            "status=409 operation=cancelSession outcome=abandoned delivery=responded attempts=2 request_id=req_1",
        ),
        (
            vec![slow("201 Created", "{}", 201), busy()],
            "status=201 operation=cancelSession outcome=abandoned delivery=unknown attempts=2 request_id=req_1",
        ),
    ] {
        // Refuses connections while it lives.
        let refusing = TcpSocket::new_v4().unwrap();
        refusing.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let attempts = responses.len().max(1);
        let server = if responses.is_empty() { None } else { Some(Server::responding_in_turn(responses).await) };
        let address = server.as_ref().map_or_else(|| refusing.local_addr().unwrap(), Server::address);
        let (ended, mut has_ended) = mpsc::unbounded_channel();
        let client = builder(KEY)
            .base_url(&format!("http://{address}"))
            .unwrap()
            // The pause is a random part of a year.
            .options(CallOptions::default().backoff(Duration::MAX, Duration::MAX).deadline(Duration::MAX))
            .on_attempt(move |_| ended.send(()).unwrap())
            .build()
            .unwrap();
        let id = session_id();
        let dropped = async {
            for _ in 0..attempts {
                has_ended.recv().await.unwrap();
            }
        };
        tokio::select! {
            biased;
            result = client.cancel_session(&id) => panic!("{expected}: {result:?}"),
            () = dropped => {}
        }
        assert_eq!(output.last_call(), expected);
        if let Some(server) = server {
            server.finish().await;
        }
    }

    // While the response is awaited.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_with(&format!("http://{}", listener.local_addr().unwrap()), quick());
    let id = session_id();
    let has_read = async {
        let mut stream = listener.accept().await.unwrap().0;
        stream.read_u8().await.unwrap();
    };
    tokio::select! {
        biased;
        result = client.cancel_session(&id) => panic!("{result:?}"),
        () = has_read => {}
    }
    assert_eq!(output.last_call(), "operation=cancelSession outcome=abandoned delivery=unknown attempts=1");

    let client = client_with("http://127.0.0.1:9", quick().deadline(Duration::ZERO));
    client.cancel_session(&session_id()).await.unwrap_err();
    assert_eq!(
        output.last_call(),
        "operation=cancelSession outcome=failed error=out_of_time delivery=not_sent attempts=0"
    );
    client.list_sessions().max_pages(0).send().await.unwrap_err();
    let unsent = "outcome=failed error=request delivery=not_sent attempts=0";
    assert_eq!(output.last_call(), format!("operation=listSessions {unsent}"));
    #[cfg(known_surface)]
    {
        let creation = zerogate::CreateSession::new("100.00", "EUR", "https://partner.example/done").field("oops", 1);
        client.create_session(&creation).await.unwrap_err();
        assert_eq!(output.last_call(), format!("operation=createSession {unsent}"));
        client.call(async |api| api.list_sessions().send().await).await.unwrap_err();
        let late = "outcome=failed error=out_of_time delivery=not_sent attempts=0";
        assert_eq!(output.last_call(), format!("operation=listSessions {late}"));
    }
}

#[test]
fn a_call_is_a_span_and_an_attempt_is_an_event() {
    // The output depends on the subscribers of the whole process, so other tests would interfere.
    if child::is_here() {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(show());
    } else {
        child::run(module_path!(), "a_call_is_a_span_and_an_attempt_is_an_event", &[]);
    }
}

async fn show() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let found =
        SessionId::new(emulator.seed(Seed { id: Some("found".into()), ..Seed::default() }).unwrap().id).unwrap();
    let missing = SessionId::new("missing").unwrap();
    emulator.arm(fault(FaultKind::Reset).after()).unwrap();

    let output = Output::subscribed();
    client.cancel_session(&found).await.unwrap();
    client.cancel_session(&missing).await.unwrap_err();
    client.retrieve_session(&found).await.unwrap();
    // Dropped in the pause before its second attempt.
    emulator.arm(fault(FaultKind::status(503).with_retry_after("20"))).unwrap();
    let paused = Arc::new(Notify::new());
    let pauses = Arc::clone(&paused);
    let watched = builder(&emulator.keys().partner).base_url(&emulator.base_url()).unwrap();
    let watched = watched.options(quick()).on_attempt(move |_| pauses.notify_one()).build().unwrap();
    tokio::select! {
        biased;
        result = watched.cancel_session(&found) => panic!("{result:?}"),
        () = paused.notified() => {}
    }
    #[cfg(known_surface)]
    client.call(async |api| api.list_sessions().limit(1).send().await).await.unwrap();
    #[cfg(known_surface)]
    {
        let creation = zerogate::CreateSession::new("100.00", "EUR", "https://partner.example/done");
        client.create_session(&creation).await.unwrap();
    }

    let output = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
    let ours: String = output.lines().filter(|line| line.contains("}: zerogate: ")).fold(String::new(), |all, line| {
        // One field per line, to make it readable.
        all + &line.trim_start().replace("zerogate.call{", "zerogate.call {\n    ").replace("}: ", "\n}\n") + "\n\n"
    });
    with_settings("The tracing output of a call", || {
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(r"server\.port=\d+", "server.port=[port]");
        settings.add_filter(r"elapsed_ms=\d+", "elapsed_ms=[milliseconds]");
        settings.add_filter(r"time\.(busy|idle)=[^ \n]+", "time.$1=[time]");
        settings.add_filter(r#"req_[A-Za-z0-9_]+"#, "[request id]");
        settings.add_filter(r#"session\.id="[0-9a-f]{24}""#, r#"session.id="[created]""#);
        settings.bind(|| insta::assert_snapshot!("tracing-output", ours.trim_end()));
    });
}

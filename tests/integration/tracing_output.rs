//! The span of a call and the events of its attempts.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tracing_subscriber::fmt::format::FmtSpan;
use zerogate::SessionId;
use zerogate_emulator::{FaultKind, Seed};

use crate::arrange::{builder, emulator_and_client, fault, quick};
use crate::child;
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

    let output = Output::default();
    let writer = output.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .without_time()
        .with_span_events(FmtSpan::CLOSE)
        .finish();
    tracing_subscriber::util::SubscriberInitExt::try_init(subscriber).unwrap();
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

//! The servers of one run: an emulator with scripted faults, and a relay before it that keeps every byte.

use std::io;
use std::time::Instant;

use jiff::Timestamp;
use zerogate::BaseUrl;
use zerogate_emulator::{Emulator, Operation, Seed};

use super::case::{Case, Key, Session, Setting};
use super::run::Run;
use crate::proxy::wiretap::Wiretap;

/// A key that the emulator does not know.
const UNKNOWN_KEY: &str = "sk_test_emulator_unknown_0000000000000000";

/// An id that no session has.
const MISSING: &str = "67a1f3b9e4b0c10001239999";

/// The servers of one run.
pub(super) struct Stage {
    emulator: Emulator,
    /// The other host, the target of redirects.
    elsewhere: Emulator,
    wiretap: Wiretap,
    run: Run,
    variables: Vec<(&'static str, String)>,
    is_secret: bool,
}

impl Stage {
    pub(super) async fn set(case: &Case) -> io::Result<Self> {
        let script = &case.script;
        let (emulator, elsewhere) = (Emulator::start().await?, Emulator::start().await?);
        let session = match script.session {
            Session::In(status) => emulator.seed(Seed { status, ..Seed::default() }).map_err(io::Error::other)?.id,
            Session::Missing => MISSING.to_owned(),
            Session::Dots => "..".to_owned(),
        };
        let keys = emulator.keys();
        let key = match script.key {
            Key::Secret => keys.partner.clone(),
            Key::Publishable => keys.publishable.clone(),
            Key::Unknown => UNKNOWN_KEY.to_owned(),
        };
        // Between one and two seconds from now.
        let now = Timestamp::now();
        let soon = Timestamp::from_second(now.as_second() + 2).map_err(io::Error::other)?;
        let setting = Setting {
            session: session.clone(),
            // A different name, for clients that compare host names.
            elsewhere: format!("http://localhost:{}/v1", elsewhere.addr().port()),
            soon: soon.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        };
        for fault in (script.faults)(&setting) {
            emulator.arm(fault).map_err(io::Error::other)?;
        }
        let base: BaseUrl = emulator.base_url().parse().map_err(io::Error::other)?;
        let wiretap = Wiretap::start(&base).await?;
        let variables = vec![
            ("GATE_API_BASE_URL", format!("http://127.0.0.1:{}/v1", wiretap.port())),
            ("GATE_KEY", key.clone()),
            ("GATE_SESSION_ID", session.clone()),
            ("GATE_CASE_ID", case.id.to_owned()),
            ("GATE_OPERATION", operation(script.operation).to_owned()),
            ("GATE_TIMEOUT_MS", script.timeout_ms.to_string()),
            ("GATE_DEADLINE_MS", script.deadline_ms.to_string()),
        ];
        let run = Run {
            operation: Some(script.operation),
            key,
            session,
            soon_ms: soon.as_millisecond(),
            began_ms: Timestamp::now().as_millisecond(),
            began: Some(Instant::now()),
            ..Run::default()
        };
        let is_secret = script.key != Key::Publishable;
        Ok(Self { emulator, elsewhere, wiretap, run, variables, is_secret })
    }

    /// The variables for the client.
    pub(super) fn variables(&self) -> &[(&'static str, String)] {
        &self.variables
    }

    /// The key, if it is a secret: a publishable key may be printed.
    pub(super) fn secret(&self) -> &str {
        if self.is_secret { &self.run.key } else { "" }
    }

    /// Closes all connections, and returns what happened on them.
    pub(super) async fn strike(self) -> Run {
        let Self { emulator, elsewhere, wiretap, mut run, .. } = self;
        let caught = wiretap.finish().await;
        run.elapsed = run.began.map(|began| began.elapsed()).unwrap_or_default();
        run.requests = caught.requests;
        run.unread = caught.unread;
        run.journal = emulator.journal();
        run.status = emulator.session(&run.session).map(|session| session.status.to_string());
        // The emulator's journal replaces its own keys by labels.
        let mut sent = elsewhere.journal().into_iter().flat_map(|entry| {
            entry.headers.into_iter().flat_map(|(name, value)| [name, value]).chain([entry.target, entry.body])
        });
        run.has_leaked = sent.any(|text| text.contains("[partner]") || text.contains(&run.key));
        run
    }
}

/// The operation's id in the contract.
fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::CancelSession => "cancelSession",
        Operation::CreateSession => "createSession",
        Operation::ListSessions => "listSessions",
        Operation::RetrieveSession => "retrieveSession",
    }
}

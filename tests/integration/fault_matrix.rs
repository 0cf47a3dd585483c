//! Every row of the retry table: on the first attempt and on every attempt, before and after the server has acted.
//!
//! Uses real sockets and a server whose state the test knows, and compares the client's result with that state.
// Some faults are in TLS.
#![cfg(feature = "rustls")]

mod certificates;
#[cfg(known_surface)]
mod operations;
mod scenarios;
mod server;

use std::fmt::Write as _;
use std::time::Duration;

use tokio::sync::Semaphore;
use zerogate::retry::{ATTEMPTS, AttemptPolicy, Repeated, When};
use zerogate::{Attempt, AttemptOutcome, CallOptions, Cancellation, Client, Delivery, Error, Response};

use crate::arrange::{KEY, session_id};
use crate::snapshot::with_settings;
use scenarios::{of_row, others};
use server::{Commit, Fault, Script, Server, Then};

const MAX_ATTEMPTS: u32 = 3;
const MAX_BODY: usize = 16 << 10;

/// Long enough that nothing times out by accident, even on a busy machine.
const GENEROUS: Duration = Duration::from_secs(60);

/// For faults that are timeouts. Long for loopback, so that nothing else times out; the scenarios that wait run at the
/// same time.
const SHORT: Duration = Duration::from_secs(1);

/// The other scenarios take turns, so that they do not slow down those that wait.
static TURN: Semaphore = Semaphore::const_new(1);

const LEGEND: &str = "\
# fault            what the attempts to cancel meet
# attempts         first: the first one alone, and those after it a correct server; every: each of them
# commit           whether the fault strikes before or after the server has cancelled the session; without a result
#                  where it cannot strike; with ! the response says that nothing was done, a lie that no client can see
# delivery         of an error
# cancels, reads   requests that reached the server
# session          what the session is at the end, by the server

";

/// TLS on a connection, with the certificate that [`server::transport`] trusts.
pub(crate) async fn tls(
    stream: tokio::net::TcpStream,
) -> Option<tokio_rustls::server::TlsStream<tokio::net::TcpStream>> {
    server::tls(stream).await
}

pub(crate) use server::transport;

/// One line of the table.
struct Scenario {
    /// The row of the retry table that the first attempt tests, if any.
    row: Option<&'static AttemptPolicy>,
    fault: String,
    attempts: &'static str,
    commit: &'static str,
    script: Script,
    options: CallOptions,
    connect_timeout: Duration,
    /// Whether it contains a timeout.
    waits: bool,
    /// False if the fault cannot happen at that time; the line shows that the case was considered.
    is_possible: bool,
}

/// The observed result.
struct Observed {
    result: Result<Response<Cancellation>, Error>,
    cancels: u32,
    reads: u32,
    session: &'static str,
}

impl Scenario {
    fn new(fault: &str, session: &'static str, cancels: Vec<(Fault, Commit)>) -> Self {
        let options = CallOptions::default()
            .max_attempts(MAX_ATTEMPTS)
            .backoff(Duration::ZERO, Duration::ZERO)
            .max_body(MAX_BODY)
            .deadline(5 * GENEROUS)
            .attempt_timeout(GENEROUS);
        let is = |wanted: fn(&Fault) -> bool| cancels.iter().any(|(fault, _)| wanted(fault));
        let has_short_attempts = is(|fault| matches!(fault, Fault::Response(_, Then::Stall)));
        let has_short_connects = is(|fault| matches!(fault, Fault::NoRoom | Fault::HandshakeStalls));
        Self {
            row: None,
            fault: fault.to_owned(),
            attempts: "",
            commit: "",
            script: Script { session, cancels, read: None },
            options: if has_short_attempts { options.attempt_timeout(SHORT) } else { options },
            connect_timeout: if has_short_connects { SHORT } else { GENEROUS },
            waits: has_short_attempts || has_short_connects,
            is_possible: true,
        }
    }

    /// Reading the session returns another status than the real one.
    fn read_as(mut self, read: Fault) -> Self {
        self.script.read = Some(read);
        self
    }

    /// Makes the call with other options.
    fn options(mut self, change: impl FnOnce(CallOptions) -> CallOptions) -> Self {
        self.options = change(self.options);
        self
    }

    async fn run(&self) -> Option<Observed> {
        if !self.is_possible {
            return None;
        }
        let _turn = if self.waits { None } else { Some(TURN.acquire().await.unwrap()) };
        let server = Server::start(self.script.clone()).await;
        let client = Client::builder(KEY.parse().unwrap())
            .base_url(&server.base_url)
            .unwrap()
            .options(self.options.clone())
            .connect_timeout(self.connect_timeout)
            .transport(server::transport())
            .on_attempt(server.observer())
            .build()
            .unwrap();
        let result = client.cancel_session(&session_id()).await;
        let (cancels, reads) = server.requests();
        Some(Observed { result, cancels, reads, session: server.session() })
    }

    /// Whether the server cancels the session but says that it did nothing.
    fn is_lie(&self) -> bool {
        // Only with the envelope of its status.
        let says_nothing_done = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let status = text.strip_prefix("HTTP/1.1 4").and_then(|rest| rest.get(..2));
            status.is_some_and(|status| text.contains(&format!("\"statusCode\": 4{status}")))
        };
        self.script.cancels.iter().any(|(fault, commit)| {
            *commit == Commit::Yes && matches!(fault, Fault::Response(bytes, _) if says_nothing_done(bytes))
        })
    }

    fn line(&self, observed: Option<&Observed>) -> String {
        let Some(observed) = observed else {
            return columns([&self.fault, self.attempts, self.commit, "-", "-", "-", "-", "-"]);
        };
        let delivery =
            observed.result.as_ref().map_or_else(|error| format!("{:?}", error.delivery()), |_| "-".to_owned());
        let commit = format!("{}{}", self.commit, if self.is_lie() { "!" } else { "" });
        let (cancels, reads) = (observed.cancels.to_string(), observed.reads.to_string());
        let result = said(&observed.result);
        columns([&self.fault, self.attempts, &commit, &result, &delivery, &cancels, &reads, observed.session])
    }

    /// The checks that hold for every line.
    fn check(&self, observed: &Observed) {
        let about = format!("{} | {} | {}: {:?}", self.fault, self.attempts, self.commit, observed.result);
        let has_changed = observed.session != self.script.session;
        match &observed.result {
            Ok(response) => {
                assert_ne!(observed.session, "open", "{about}");
                let session = response.value().session().map(|session| session.status().to_string());
                assert!(session.is_none_or(|status| status == observed.session), "{about}");
                assert!(has_changed || !matches!(response.value(), Cancellation::Cancelled(_)), "{about}");
            }
            Err(error) => {
                let is_unknown = error.delivery() == Delivery::Unknown;
                assert!(is_unknown || !has_changed || self.is_lie(), "{about}");
                let is_silent = (observed.cancels, observed.reads) == (0, 0);
                assert!(is_silent || error.delivery() != Delivery::NotSent, "{about}");
            }
        }
        let attempts = observed.result.as_ref().map_or_else(Error::attempts, Response::attempts);
        let sent = attempts.iter().filter(|attempt| attempt.operation == "cancelSession").count();
        assert!(
            sent <= MAX_ATTEMPTS as usize && observed.cancels as usize <= sent && observed.reads <= MAX_ATTEMPTS,
            "{about}"
        );
        if let Some(row) = self.row {
            let reached = self.check_row(row, attempts, sent, &about);
            assert_eq!(observed.cancels as usize, reached, "{about}");
        }
    }

    /// Checks that the line fits its row, and that the row is right. Returns how many requests reach the server.
    fn check_row(&self, row: &AttemptPolicy, attempts: &[Attempt], sent: usize, about: &str) -> usize {
        let Attempt { outcome, status, delivery, .. } = attempts[0];
        let is_of_row = match row.when {
            When::Outcome(wanted) => outcome == wanted,
            When::Success => status == Some(201),
            When::Status(wanted) | When::WithoutEnvelope(wanted) => status == Some(wanted),
            When::Class(class) | When::ClassWithoutEnvelope(class) => {
                status.is_some_and(|status| status / 100 == class)
            }
            _ => outcome == AttemptOutcome::Responded,
        };
        assert!(is_of_row && delivery == row.delivery, "{about}");
        let expected = match (row.repeated, self.attempts) {
            (Repeated::Yes, "first") => 2,
            (Repeated::Yes, _) => MAX_ATTEMPTS as usize,
            _ => 1,
        };
        assert_eq!(sent, expected, "{about}");
        let met = &self.script.cancels[..sent.min(self.script.cancels.len())];
        sent - met.iter().filter(|(fault, _)| fault.is_before_the_request()).count()
    }
}

/// The result in words.
fn said(result: &Result<Response<Cancellation>, Error>) -> String {
    match result.as_ref().map(Response::value) {
        Ok(Cancellation::Cancelled(_)) => "cancelled".to_owned(),
        Ok(Cancellation::FoundCancelled(_)) => "found cancelled".to_owned(),
        Ok(Cancellation::AlreadyTerminal(terminal)) => {
            let status = match (terminal.session(), terminal.missing()) {
                (Some(session), _) => session.status().as_str(),
                (None, Some(_)) => "(could not be read)",
                (None, None) => "(not to be read)",
            };
            format!("already terminal: {status}")
        }
        Ok(other) => panic!("an outcome without a word in the table: {other:?}"),
        Err(error) => format!("error {}", error.kind()),
    }
}

fn columns([fault, attempts, commit, result, delivery, cancels, reads, session]: [&str; 8]) -> String {
    format!("{fault:<50} {attempts:<8} {commit:<7} {result:<40} {delivery:<9} {cancels:<7} {reads:<5} {session}\n")
}

#[tokio::test]
async fn a_tls_failure_names_its_reason() {
    const SENT: &str = "TLS failed before the server could read the request";
    const NOT_SENT: &str = "nothing was sent";
    const PLAIN: &str = "the server does not speak TLS on this port; use http:// for a local emulator";
    const CORRUPT: &str = "received corrupt message of type InvalidContentType";
    const UNTRUSTED: &str = "invalid peer certificate: BadSignature";
    const UNIDENTIFIED: &str = "the server requires a client certificate";
    for (fault, reason, source, end) in [
        (Fault::Untrusted, UNTRUSTED, UNTRUSTED, NOT_SENT),
        (Fault::Unidentified, UNIDENTIFIED, UNIDENTIFIED, SENT),
        (Fault::PlainText, PLAIN, CORRUPT, NOT_SENT),
    ] {
        let faults = vec![(fault, Commit::No); MAX_ATTEMPTS as usize];
        let error = Scenario::new("", "open", faults).run().await.unwrap().result.unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent);
        assert!(error.to_string().ends_with(&format!(": {reason}; {end}")), "{error}");
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        let said = causes.filter(|cause| cause.to_string() == source).count();
        assert_eq!(said, 1, "{error:?}");
        assert!(!format!("{error:?}").contains("received fatal alert"), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_table_tells_the_truth_before_and_after_the_server_has_acted() {
    let mut sections = Vec::new();
    for row in ATTEMPTS {
        let repeated = match row.repeated {
            Repeated::Yes => "repeated",
            Repeated::OnRequest => "repeated on request",
            _ => "not repeated",
        };
        sections.push((format!("{} ({:?}, {repeated})", row.what, row.delivery), of_row(row)));
    }
    sections.extend(others().into_iter().map(|(title, lines)| (title.to_owned(), lines)));
    let start = |scenario: Scenario| {
        tokio::spawn(async move {
            let observed = scenario.run().await;
            (scenario, observed)
        })
    };
    let started: Vec<(String, Vec<_>)> =
        sections.into_iter().map(|(title, lines)| (title, lines.into_iter().map(start).collect())).collect();

    let head = ["fault", "attempts", "commit", "result", "delivery", "cancels", "reads", "session"];
    let mut table = LEGEND.to_owned() + &columns(head);
    let mut all = Vec::new();
    for (title, lines) in started {
        let _ = writeln!(table, "\n## {title}");
        for line in lines {
            let (scenario, observed) = line.await.unwrap();
            table += &scenario.line(observed.as_ref());
            all.push((scenario, observed));
        }
    }
    with_settings("The results of cancellations, by the faults of their attempts", || {
        insta::assert_snapshot!("fault-matrix", table);
    });
    // After the table, because a changed table is easier to read; a wrong table still fails here.
    for (scenario, observed) in &all {
        if let Some(observed) = observed {
            scenario.check(observed);
        }
    }
}

//! Settings: hosts, deadlines, attempts, reading back.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zerogate::{
    AttemptOutcome, CallOptions, Cancellation, Client, ClientBuilder, Delivery, Environment, ErrorKind, OnConflict,
    SecretKey, SessionId,
};
use zerogate_emulator::{Emulator, Fault, FaultKind, Operation, Seed, Status};

use crate::child;
use crate::socket::{KEY, Server, answer, json, session_id};

const CONFLICT: &str = include_str!("example-conflict.json");

fn builder(key: &str) -> ClientBuilder {
    Client::builder(key.parse::<SecretKey>().unwrap())
}

fn quick() -> CallOptions {
    CallOptions::default().backoff(Duration::ZERO, Duration::ZERO)
}

async fn emulator_and_client(options: CallOptions) -> (Emulator, Client) {
    let emulator = Emulator::start().await.unwrap();
    let client = builder(&emulator.keys().partner).base_url(&emulator.base_url()).unwrap().options(options).build();
    (emulator, client.unwrap())
}

fn seeded(emulator: &Emulator, status: Status) -> SessionId {
    SessionId::new(emulator.seed(Seed { status, ..Seed::default() }).unwrap().id).unwrap()
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new(kind).on(Operation::CancelSession)
}

fn requests(emulator: &Emulator) -> Vec<String> {
    emulator.journal().iter().map(|entry| entry.method.clone()).collect()
}

#[test]
fn a_key_that_may_be_live_is_refused_for_the_sandbox_and_a_test_key_for_no_host() {
    for (key, url, is_built) in [
        ("sk_live_xxxxxxxxxxxxxxxx", "https://gate-api-sandbox.0bit.app/v1", false),
        ("sk_other_xxxxxxxxxxxxxxx", "https://GATE-API-SANDBOX.0bit.app.:443", false),
        ("sk_test_xxxxxxxxxxxxxxxx", "https://gate-api-sandbox.0bit.app/v1", true),
        ("sk_live_xxxxxxxxxxxxxxxx", "https://gate-api.0bit.app/v1", true),
        ("sk_test_xxxxxxxxxxxxxxxx", "https://gate-api.0bit.app/v1", true),
        ("sk_live_xxxxxxxxxxxxxxxx", "https://gate-api-sandbox.0bit.app.example", true),
    ] {
        let built = builder(key).base_url(url).unwrap().build();
        assert_eq!(built.is_ok(), is_built, "{url}");
        if let Err(error) = built {
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Configuration, Delivery::NotSent));
            assert!(error.to_string().contains("sandbox"), "{error}");
        }
    }
    assert!(builder("sk_live_xxxxxxxxxxxxxxxx").environment(Environment::Sandbox).build().is_err());
}

#[tokio::test]
async fn a_finished_client_is_held_to_the_same_hosts() {
    let refused = builder("sk_live_xxxxxxxxxxxxxxxx")
        .http_client(reqwest::Client::new())
        .base_url("http://gate.example")
        .unwrap()
        .build();
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn a_conflict_is_read_back_once_and_the_status_is_that_of_the_session() {
    let (emulator, client) = emulator_and_client(quick()).await;
    for (status, text) in
        [(Status::Completed, "completed"), (Status::Expired, "expired"), (Status::Cancelled, "cancelled")]
    {
        let id = seeded(&emulator, status);
        let answer = client.cancel_session(&id).await.unwrap();
        assert!(matches!(answer.value(), Cancellation::AlreadyTerminal(_)), "{answer:?}");
        assert_eq!(answer.value().session().unwrap().status.as_str(), text);
        assert_eq!(answer.value().is_cancelled(), status == Status::Cancelled);
        // The conflict decided; the read is among the attempts.
        assert_eq!((answer.status(), answer.attempts().len()), (409, 2));
        assert_eq!(answer.request_id(), answer.attempts()[0].request_id.as_deref());
    }
    assert_eq!(requests(&emulator), ["POST", "GET", "POST", "GET", "POST", "GET"]);
}

#[tokio::test]
async fn a_conflict_is_not_read_back_where_that_is_turned_off() {
    let (emulator, client) = emulator_and_client(quick().on_conflict(OnConflict::Report)).await;
    let id = seeded(&emulator, Status::Completed);
    let answer = client.cancel_session(&id).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = answer.value() else { panic!("{answer:?}") };
    assert!(terminal.session().is_none() && terminal.missing().is_none());
    assert_eq!(requests(&emulator), ["POST"]);
}

#[tokio::test]
async fn a_conflict_whose_session_cannot_be_read_is_reported_with_the_reason() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let id = seeded(&emulator, Status::Completed);
    emulator.arm(Fault::new(FaultKind::status(503)).on(Operation::RetrieveSession)).unwrap();
    let answer = client.cancel_session(&id).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = answer.value() else { panic!("{answer:?}") };
    assert!(terminal.session().is_none());
    let missing = terminal.missing().unwrap();
    assert_eq!((missing.kind(), missing.status()), (ErrorKind::Server, Some(503)));
    assert_eq!(terminal.envelope().unwrap().code, "conflict");
    // One retrieve, which is not tried again.
    assert_eq!(requests(&emulator), ["POST", "GET"]);
    assert_eq!(answer.attempts().len(), 2);
}

#[tokio::test]
async fn a_conflict_over_a_session_that_reads_open_is_an_error() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let id = seeded(&emulator, Status::Open);
    emulator.arm(fault(FaultKind::status(409))).unwrap();
    let error = client.cancel_session(&id).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Contradiction, Delivery::Answered));
    assert_eq!((error.status(), error.attempts().len()), (Some(409), 2));
    assert_eq!(
        error.to_string(),
        "cancelSession: 409: an answer that contradicts itself: a conflict says that it is terminal, and the session reads open"
    );
}

#[tokio::test]
async fn a_session_that_is_terminal_otherwise_after_a_lost_answer_is_terminal_already() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(1)).await;
    let id = seeded(&emulator, Status::Completed);
    emulator.arm(fault(FaultKind::status(503))).unwrap();
    let answer = client.cancel_session(&id).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = answer.value() else { panic!("{answer:?}") };
    assert_eq!(terminal.session().unwrap().status.as_str(), "completed");
    // There was no conflict; the reading has decided, and the envelope of the 503 is about something else.
    assert!(terminal.envelope().is_none());
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn an_open_session_proves_nothing_after_a_lost_answer() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
    let id = seeded(&emulator, Status::Open);
    emulator.arm(fault(FaultKind::Reset).times(2)).unwrap();
    let error = client.cancel_session(&id).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Transport, Delivery::Unknown));
    assert_eq!(
        error.to_string(),
        "cancelSession: the connection failed before there was an answer; after 2 attempts; the session reads open, \
         which proves nothing while a request may be under way; the request may have taken effect"
    );
    let operations: Vec<_> = error.attempts().iter().map(|attempt| attempt.operation.as_str()).collect();
    assert_eq!(operations, ["cancelSession", "cancelSession", "retrieveSession"]);
}

#[tokio::test]
async fn neither_a_401_nor_a_429_settles_an_attempt_before_it_and_a_404_does() {
    for (status, delivery, reads) in
        [(401, Delivery::Unknown, 1), (429, Delivery::Unknown, 1), (404, Delivery::Answered, 0)]
    {
        let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
        let id = seeded(&emulator, Status::Open);
        emulator.arm(fault(FaultKind::Reset)).unwrap();
        emulator.arm(fault(FaultKind::status(status))).unwrap();
        let error = client.cancel_session(&id).await.unwrap_err();
        assert_eq!((error.status(), error.delivery()), (Some(status), delivery), "{error}");
        assert_eq!(requests(&emulator).iter().filter(|method| *method == "GET").count(), reads, "{status}");
    }
}

#[tokio::test]
async fn a_wait_that_does_not_fit_the_deadline_ends_the_call_at_once() {
    let server = Server::answering(1, answer("429 Slow", "retry-after: 3600\r\n", "")).await;
    let slow = builder(KEY).base_url(&server.base_url()).unwrap().build().unwrap();
    let begin = Instant::now();
    let error = slow.cancel_session(&session_id()).await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(20), "it waited");
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(3600))));
    assert_eq!((error.delivery(), error.attempts().len()), (Delivery::Answered, 1));
    assert_eq!(
        error.to_string(),
        "cancelSession: 429: throttled, back off before the next attempt; the server asks to wait 3600 s, longer than the \
         deadline leaves for another attempt"
    );
}

#[tokio::test]
async fn a_wait_is_a_minimum_for_the_pause() {
    let waited = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&waited);
    let server = Server::answering_in_turn([
        answer("503 Busy", "retry-after: 1\r\n", ""),
        json("201 Created", include_str!("example-session.json")),
    ])
    .await;
    let client = builder(KEY)
        .base_url(&server.base_url())
        .unwrap()
        .on_attempt(move |attempt| seen.lock().unwrap().push(attempt.retry_in_ms))
        .build()
        .unwrap();
    let begin = Instant::now();
    let answer = client.cancel_session(&session_id()).await.unwrap();
    assert!(matches!(answer.value(), Cancellation::Cancelled(_)), "{answer:?}");
    assert!(begin.elapsed() >= Duration::from_secs(1), "it did not wait");
    let waited = waited.lock().unwrap().clone();
    // A quarter of a second of jitter at most comes after the first attempt.
    assert!(matches!(waited[..], [Some(1000..=1250), None]), "{waited:?}");
}

#[tokio::test]
async fn the_deadline_holds_over_attempts_and_reading_back() {
    // Accepted by the kernel, and never looked at.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Long enough that a machine which stands still for a moment changes nothing.
    let deadline = Duration::from_secs(4);
    let options = quick().deadline(deadline).attempt_timeout(Duration::from_millis(400)).max_attempts(100);
    let base = format!("http://{}", listener.local_addr().unwrap());
    let client = builder(KEY).base_url(&base).unwrap().options(options).build().unwrap();
    let begin = Instant::now();
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    let elapsed = begin.elapsed();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Timeout, Delivery::Unknown));
    // The last attempt is the reading back, within the part that was kept for it. Far off is what is looked for here.
    assert!(elapsed > Duration::from_secs(3) && elapsed < Duration::from_secs(14), "{elapsed:?}");
    assert_eq!(error.attempts().last().unwrap().operation, "retrieveSession");
    assert!(error.attempts().len() >= 3, "{error:?}");
    assert!(error.attempts().iter().all(|attempt| attempt.outcome == AttemptOutcome::TimedOut), "{error:?}");
}

#[tokio::test]
async fn a_deadline_that_has_passed_sends_nothing() {
    let (emulator, client) = emulator_and_client(quick().deadline(Duration::ZERO)).await;
    let id = seeded(&emulator, Status::Open);
    let error = client.cancel_session(&id).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Request, Delivery::NotSent));
    assert_eq!(error.to_string(), "the request was not sent: the deadline has passed already");
    assert!(emulator.journal().is_empty());
}

#[tokio::test]
async fn endless_times_are_no_panic() {
    let options = quick().deadline(Duration::MAX).attempt_timeout(Duration::MAX).backoff(Duration::MAX, Duration::MAX);
    let (emulator, client) = emulator_and_client(options).await;
    let id = seeded(&emulator, Status::Open);
    assert!(client.cancel_session(&id).await.unwrap().value().is_cancelled());
}

#[tokio::test]
async fn a_501_is_tried_again_only_on_request() {
    for (options, posts) in [(quick(), 1), (quick().retry_not_implemented(true), 4)] {
        let (emulator, client) = emulator_and_client(options).await;
        let id = seeded(&emulator, Status::Open);
        emulator.arm(fault(FaultKind::status(501)).until_reset()).unwrap();
        let error = client.cancel_session(&id).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Server, Delivery::Unknown));
        assert_eq!(requests(&emulator).iter().filter(|method| *method == "POST").count(), posts);
    }
}

#[tokio::test]
async fn an_envelope_that_contradicts_its_status_is_kept_and_said() {
    let client = |server: &Server| {
        let options = quick().max_attempts(1).on_conflict(OnConflict::Report);
        builder(KEY).base_url(&server.base_url()).unwrap().options(options).build().unwrap()
    };
    let server = Server::answering(1, json("404 Not Found", CONFLICT)).await;
    let error = client(&server).cancel_session(&session_id()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::NotFound, Delivery::Answered));
    assert_eq!(error.envelope().unwrap().code, "conflict");
    assert_eq!(error.envelope_contradiction(), Some("its envelope says statusCode 409"));
    assert_eq!(
        error.to_string(),
        "cancelSession: 404: not found, or another partner's; its envelope says statusCode 409"
    );
    let server = Server::answering(1, json("409 Conflict", &CONFLICT.replace("409", "404"))).await;
    let answer = client(&server).cancel_session(&session_id()).await.unwrap();
    let Cancellation::AlreadyTerminal(terminal) = answer.value() else { panic!("{answer:?}") };
    assert_eq!(terminal.envelope_contradiction(), Some("its envelope says statusCode 404"));
}

#[tokio::test]
async fn a_raw_body_is_there_to_look_at_and_bounded() {
    let options = quick().max_attempts(1).max_body(8);
    for (answer, body) in [
        (answer("404 Not Found", "", "12345678"), &b"12345678"[..]),
        (answer("404 Not Found", "", "1234567890"), b"12345678"),
        (answer("404 Not Found", "", ""), b""),
    ] {
        let server = Server::answering(1, answer).await;
        let client = builder(KEY).base_url(&server.base_url()).unwrap().options(options.clone()).build().unwrap();
        let error = client.cancel_session(&session_id()).await.unwrap_err();
        assert_eq!((error.kind(), error.body()), (ErrorKind::NotFound, Some(body)));
    }
}

#[tokio::test]
async fn a_dropped_call_is_seen_as_abandoned() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = Arc::clone(&seen);
    let client = builder(KEY)
        .base_url(&format!("http://{}", listener.local_addr().unwrap()))
        .unwrap()
        .on_attempt(move |attempt| observed.lock().unwrap().push((attempt.outcome, attempt.delivery)))
        .build()
        .unwrap();
    let call = tokio::spawn(async move { client.cancel_session(&session_id()).await });
    // The request is under way once there is a connection.
    let _connection = listener.accept().await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(*seen.lock().unwrap(), [(AttemptOutcome::Abandoned, Delivery::Unknown)]);
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
        (Some("sk_live_xxxxxxxxxxxxxxxx"), Some("http://localhost:4000"), "BaseUrl(http://localhost:4000/v1)"),
        (None, None, "Configuration: the client cannot be built: environment variable GATE_KEY: not set"),
        (Some("pk_test_canary"), None, "GATE_KEY: not a secret key: `pk_` is a publishable key"),
        // Not production: the script that lost its value meant some other server.
        (Some(KEY), Some(""), "environment variable GATE_API_BASE_URL: not a base URL: it is empty"),
        (Some(KEY), Some("https://u:canary@host"), "environment variable GATE_API_BASE_URL: not a base URL: there is"),
        (Some("sk_live_xxxxxxxxxxxxxxxx"), Some("https://gate-api-sandbox.0bit.app"), "the sandbox host"),
        (Some("sk_live_xxxxxxxxxxxxxxxx"), Some("http://gate.example"), "plain http"),
    ] {
        let variables = [("GATE_KEY", key), ("GATE_API_BASE_URL", url)];
        let variables: Vec<_> = variables.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
        let output = child::run(module_path!(), "a_client_comes_from_the_environment", &variables);
        assert!(output.contains(expected), "{key:?} {url:?}: {output}");
        assert!(!output.contains("canary"), "{output}");
    }
}

#[tokio::test]
async fn a_test_key_is_sent_to_production_and_its_refusal_carries_a_hint() {
    const HINT: &str = "the public documentation binds a test key to the sandbox host";
    let refusals = [
        ("sk_test_xxxxxxxxxxxxxxxx", "gate-api.0bit.app", "401 Unauthorized", true),
        ("sk_test_xxxxxxxxxxxxxxxx", "gate-api.0bit.app", "403 Forbidden", true),
        ("sk_test_xxxxxxxxxxxxxxxx", "gate-api.0bit.app", "404 Not Found", false),
        ("sk_test_xxxxxxxxxxxxxxxx", "gate.example", "401 Unauthorized", false),
    ];
    for (key, host, status, has_hint) in refusals {
        let server = Server::answering(1, answer(status, "", "")).await;
        let address = server.address();
        // The host's name leads to this machine, and nowhere else.
        let transport = reqwest::Client::builder().no_proxy().resolve(host, address);
        let base = format!("http://{host}:{}", address.port());
        let client = builder(key).base_url(&base).unwrap().transport(transport).options(quick()).build().unwrap();
        let error = client.cancel_session(&session_id()).await.unwrap_err();
        assert_eq!(error.to_string().contains(HINT), has_hint, "{host} {status}: {error}");
        assert!(server.requests().await[0].contains("authorization: Bearer sk_test_"));
    }
}

#[tokio::test]
async fn nothing_is_sent_once_the_deadline_has_passed_in_a_pause() {
    let slow = answer("429 Slow", "", "");
    let server = Server::answering_in_turn([slow.clone(), slow]).await;
    let options = quick().deadline(Duration::from_secs(2));
    let client = builder(KEY)
        .base_url(&server.base_url())
        .unwrap()
        .options(options)
        // What blocks the call's own task is not in the pause that was planned.
        .on_attempt(|_| std::thread::sleep(Duration::from_millis(2200)))
        .build()
        .unwrap();
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::RateLimited, Delivery::Answered), "{error}");
    assert_eq!(error.attempts().len(), 1);
    assert!(error.to_string().contains("the deadline leaves no time"), "{error}");
}

#[tokio::test]
async fn a_creation_under_a_blank_key_is_sent_once() {
    for (key, sent) in [("", 1), (" ", 1), ("\t", 1), ("00000000-0000-4000-8000-000000000000", 4)] {
        let server = Server::answering(sent, answer("503 Busy", "", "")).await;
        let client = builder(KEY).base_url(&server.base_url()).unwrap().options(quick()).build().unwrap();
        let creation = client.call(async |api| {
            let creation = api.create_session().idempotency_key(key);
            creation
                .body_map(|body| body.amount("1.00").currency("EUR").return_url("https://partner.example"))
                .send()
                .await
        });
        let error = creation.await.unwrap_err();
        assert_eq!((error.status(), error.attempts().len()), (Some(503), sent), "{key:?}");
        let requests = server.requests().await;
        assert!(requests.iter().all(|request| *request == requests[0]), "{requests:?}");
    }
}

#[tokio::test]
async fn a_request_that_the_transport_does_not_take_is_not_sent() {
    let client = builder(KEY)
        .base_url("http://127.0.0.1:9")
        .unwrap()
        .transport(reqwest::Client::builder().https_only(true))
        .build()
        .unwrap();
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Request, Delivery::NotSent), "{error}");
    let outcomes: Vec<_> = error.attempts().iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [AttemptOutcome::Unsendable]);
}

#[test]
fn a_live_key_and_a_finished_client_make_no_pair_over_plain_http() {
    // Which proxy is in it cannot be seen.
    let client = |key: &str, url: &str| {
        builder(key).http_client(reqwest::Client::new()).base_url(url).unwrap().build().map_err(|error| error.kind())
    };
    assert_eq!(client("sk_live_xxxxxxxxxxxxxxxx", "http://127.0.0.1:4000").unwrap_err(), ErrorKind::Configuration);
    assert!(client("sk_live_xxxxxxxxxxxxxxxx", "https://127.0.0.1:4000").is_ok());
    assert!(client("sk_test_xxxxxxxxxxxxxxxx", "http://127.0.0.1:4000").is_ok());
}

//! Deadlines, attempts, pauses, limits and observers.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zerogate::{AttemptOutcome, CallOptions, Cancellation, Delivery, ErrorKind, NextStep};
use zerogate_emulator::{FaultKind, Status};

use crate::arrange::{KEY, builder, client_with, emulator_and_client, fault, quick, requests, seeded, session_id};
use crate::examples::{SESSION, json, response};
use crate::server::Server;

#[tokio::test]
async fn a_wait_that_does_not_fit_the_deadline_ends_the_call_at_once() {
    let server = Server::responding(1, response("429 Slow", "retry-after: 3600\r\n", "")).await;
    let slow = client_with(&server.base_url(), CallOptions::default());
    let begin = Instant::now();
    let error = slow.cancel_session(&session_id()).await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(20), "it waited");
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(3600))));
    assert_eq!((error.delivery(), error.attempts().len()), (Delivery::Responded, 1));
    assert_eq!(
        error.to_string(),
        "cancelSession: 429: too many requests, back off before the next attempt; the server asks to wait 3600 s, longer than the \
         deadline leaves for another attempt"
    );
}

#[tokio::test]
async fn a_wait_is_a_minimum_for_the_pause() {
    let waited = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&waited);
    let server =
        Server::responding_in_turn([response("503 Busy", "retry-after: 1\r\n", ""), json("201 Created", SESSION)])
            .await;
    let client = builder(KEY)
        .base_url(&server.base_url())
        .unwrap()
        .on_attempt(move |attempt| seen.lock().unwrap().push(attempt.retry_in_ms))
        .build()
        .unwrap();
    let begin = Instant::now();
    let response = client.cancel_session(&session_id()).await.unwrap();
    assert!(matches!(response.value(), Cancellation::Cancelled(_)), "{response:?}");
    assert!(begin.elapsed() >= Duration::from_secs(1), "it did not wait");
    let waited = waited.lock().unwrap().clone();
    // The jitter after the first attempt is at most a quarter of a second.
    assert!(matches!(waited[..], [Some(1000..=1250), None]), "{waited:?}");
}

/// The standard has no fractions, but servers send them.
#[tokio::test]
async fn a_fraction_of_a_second_is_waited_for() {
    let replies = [response("429 Slow", "retry-after: 0.5\r\n", ""), json("201 Created", SESSION)];
    let server = Server::responding_in_turn(replies).await;
    let response = client_with(&server.base_url(), quick()).cancel_session(&session_id()).await.unwrap();
    assert_eq!(response.attempts()[0].retry_in_ms, Some(500));
}

/// By the one clock or the other, some of these waits are over, and some last for decades.
#[tokio::test]
async fn a_wait_until_a_date_survives_wrong_clocks() {
    const FORMAT: &str = "%a, %d %b %Y %H:%M:%S GMT";
    let in_an_hour = (jiff::Timestamp::now() + Duration::from_secs(3600)).strftime(FORMAT).to_string();
    for (date, until) in [
        ("Thu, 01 Jan 1970 00:00:07 GMT", in_an_hour.as_str()),
        ("Thu, 01 Jan 1970 00:00:07 GMT", "Thu, 01 Jan 1970 01:00:07 GMT"),
        ("Wed, 01 Jan 2223 00:00:07 GMT", in_an_hour.as_str()),
        ("Wed, 01 Jan 2223 00:00:07 GMT", "Wed, 01 Jan 2223 01:00:07 GMT"),
    ] {
        let headers = format!("date: {date}\r\nretry-after: {until}\r\n");
        let server = Server::responding(1, response("429 Slow", &headers, "")).await;
        let error = client_with(&server.base_url(), quick()).cancel_session(&session_id()).await.unwrap_err();
        // The deadline is shorter, so the call does not wait for it.
        let wait = error.retry_after().unwrap_or_default().as_secs();
        assert!((3500..=3600).contains(&wait), "{date}, {until}: {wait} s");
        assert_eq!(server.finish().await.len(), 1);
    }
}

#[tokio::test]
async fn the_deadline_covers_attempts_and_reading_back() {
    // The kernel accepts the connection, but nobody reads it.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Long enough that a machine that pauses for a moment makes no difference.
    let deadline = Duration::from_secs(4);
    let options = quick().deadline(deadline).attempt_timeout(Duration::from_millis(400)).max_attempts(100);
    let base = format!("http://{}", listener.local_addr().unwrap());
    let client = client_with(&base, options);
    let begin = Instant::now();
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    let elapsed = begin.elapsed();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Timeout, Delivery::Unknown));
    // The last attempt is the read-back, within its reserved time. This only checks for large deviations.
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
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::OutOfTime, Delivery::NotSent));
    assert_eq!(error.next_step(), NextStep::FixRequest);
    assert_eq!(error.to_string(), "the deadline left no time to send the request");
    assert!(emulator.journal().is_empty());
}

/// No listener accepts the connection, and no packet says so.
#[tokio::test]
async fn a_connection_that_is_never_made_ends_with_the_attempt_and_the_deadline() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Linux accepts one more than the backlog.
    let _fillers = [
        tokio::net::TcpStream::connect(address).await.unwrap(),
        tokio::net::TcpStream::connect(address).await.unwrap(),
    ];
    let hour = Duration::from_secs(3600);
    let short = Duration::from_millis(300);
    for options in [quick().deadline(short).attempt_timeout(hour), quick().deadline(hour).attempt_timeout(short)] {
        let options = options.max_attempts(1);
        let client = builder(KEY).base_url(&format!("http://{address}")).unwrap();
        let client = client.options(options).connect_timeout(hour).build().unwrap();
        let id = session_id();
        let cancelled = tokio::time::timeout(Duration::from_secs(60), client.cancel_session(&id)).await;
        let read = tokio::time::timeout(Duration::from_secs(60), client.retrieve_session(&id)).await;
        let errors = [cancelled.expect("it waits").unwrap_err(), read.expect("it waits").unwrap_err()];
        // Nobody can tell how far it got.
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::Timeout), "{errors:?}");
        assert!(errors.iter().all(|error| error.delivery() == Delivery::Unknown), "{errors:?}");
    }
}

#[tokio::test]
async fn huge_durations_do_not_panic() {
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
async fn a_raw_body_is_available_and_limited() {
    let options = quick().max_attempts(1).max_body(8);
    for (response, body) in [
        (response("404 Not Found", "", "12345678"), &b"12345678"[..]),
        (response("404 Not Found", "", "1234567890"), b"12345678"),
        (response("404 Not Found", "", ""), b""),
    ] {
        let server = Server::responding(1, response).await;
        let client = client_with(&server.base_url(), options.clone());
        let error = client.cancel_session(&session_id()).await.unwrap_err();
        assert_eq!((error.kind(), error.body()), (ErrorKind::NotFound, Some(body)));
    }
}

#[tokio::test]
async fn a_dropped_call_is_reported_as_abandoned() {
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
    // Once connected, the request is under way.
    let _connection = listener.accept().await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(*seen.lock().unwrap(), [(AttemptOutcome::Abandoned, Delivery::Unknown)]);
}

#[tokio::test]
async fn nothing_is_sent_if_the_deadline_passes_in_a_pause() {
    let slow = response("429 Slow", "", "");
    let server = Server::responding_in_turn([slow.clone(), slow]).await;
    let options = quick().deadline(Duration::from_millis(500));
    let client = builder(KEY)
        .base_url(&server.base_url())
        .unwrap()
        .options(options)
        // Blocking the call's own task adds to the planned pause.
        .on_attempt(|_| std::thread::sleep(Duration::from_millis(550)))
        .build()
        .unwrap();
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::RateLimited, Delivery::Responded), "{error}");
    assert_eq!(error.attempts().len(), 1);
    assert!(error.to_string().contains("the deadline leaves no time"), "{error}");
}

#[cfg(known_surface)]
#[tokio::test]
async fn a_creation_with_a_blank_key_is_sent_once() {
    for (key, sent) in [("", 1), (" ", 1), ("\t", 1), ("00000000-0000-4000-8000-000000000000", 4)] {
        let server = Server::responding(sent, response("503 Busy", "", "")).await;
        let client = client_with(&server.base_url(), quick());
        let creation = client.call(async |api| {
            let creation = api.create_session().idempotency_key(key);
            creation
                .body_map(|body| body.amount("1.00").currency("EUR").return_url("https://partner.example"))
                .send()
                .await
        });
        let error = creation.await.unwrap_err();
        assert_eq!((error.status(), error.attempts().len()), (Some(503), sent), "{key:?}");
        let requests = server.finish().await;
        assert!(requests.iter().all(|request| *request == requests[0]), "{requests:?}");
    }
}

#[tokio::test]
async fn a_request_rejected_by_the_transport_is_not_sent() {
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
    assert_eq!(error.to_string(), "cancelSession: the request was not sent: URL scheme is not allowed");
}

#[tokio::test]
async fn a_host_named_certificate_is_not_a_certificate_error() {
    // Bound and dropped, to find a port that nobody listens on.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let host = "certificate.example";
    let client = builder(KEY)
        .base_url(&format!("https://{host}:{}", address.port()))
        .unwrap()
        .transport(reqwest::Client::builder().no_proxy().resolve(host, address))
        .options(quick())
        .build()
        .unwrap();
    let error = client.cancel_session(&session_id()).await.unwrap_err();
    // Without TLS in the build the reason is different, but not about the name either.
    if cfg!(feature = "rustls") {
        assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Connect, 4), "{error}");
    }
}

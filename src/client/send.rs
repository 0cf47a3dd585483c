//! Sends a request, and retries it as the table allows.

use std::time::{Duration, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, Method, Request, Response, Result};
use tokio::time::{Instant, sleep};

use crate::attempt::{Attempt, AttemptOutcome};
use crate::client::backoff::full_jitter;
use crate::client::call::{Call, Shared};
use crate::client::call_log::GaveUp;
use crate::client::observe;
use crate::client::operation::Operation;
use crate::client::outcome::outcome;
use crate::client::raw_response::{self, RawResponse};
use crate::client::retry::{self, AttemptPolicy};
use crate::delivery::Delivery;
use crate::timestamp::Timestamp;

/// The minimum time for an attempt: with less, its delivery would only become unknown.
const WORTHWHILE: Duration = Duration::from_millis(5);

/// The headers of W3C's *Trace Context*.
const TRACE_CONTEXT: [HeaderName; 2] = [HeaderName::from_static("traceparent"), HeaderName::from_static("tracestate")];

/// Progenitor's own header.
const API_VERSION: HeaderName = HeaderName::from_static("api-version");

/// Checks that a request addresses the operation on the client's server, and is the first of its call.
pub(crate) fn check(call: &Call, operation: &'static Operation, request: &Request) -> std::result::Result<(), Refusal> {
    let base = call.shared().base.url();
    if *request.method() != operation.method || !operation.is_addressed_by(request.url(), base) {
        return Err(Refusal("a parameter would make the request address something else"));
    }
    if !call.claim(operation) {
        // The response to the first would be taken for that to the second.
        return Err(Refusal("a call can only send one operation, and this is the second"));
    }
    observe::operation(call.span(), operation);
    if call.until() <= Instant::now() {
        call.log().gave_up = Some(GaveUp::NoTime);
        return Err(Refusal("the deadline has passed"));
    }
    Ok(())
}

/// Why a request is not sent.
pub(crate) struct Refusal(&'static str);

impl Refusal {
    pub(crate) const NO_OPERATION: Self = Self("the contract has no such operation");
}

impl<E> From<Refusal> for progenitor_client::Error<E> {
    fn from(Refusal(reason): Refusal) -> Self {
        Self::Custom(reason.to_owned())
    }
}

/// Adds exactly the headers that the contract documents and HTTP requires.
pub(crate) fn dress(request: &mut Request, operation: &Operation, shared: &Shared) {
    let body = request.body().is_some();
    let takes_body = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
    let headers = request.headers_mut();
    // Added by progenitor, and not in the contract.
    headers.remove(&API_VERSION);
    headers.insert(USER_AGENT, shared.agent.clone());
    if takes_body && !body {
        // RFC 9110, 8.6: required for methods that expect a body; some servers respond 411 without it.
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if operation.secured {
        headers.insert(AUTHORIZATION, shared.authorization.clone());
    }
}

/// Sends a request, with retries, until the table, the attempts or the deadline ends the call.
///
/// `remake` builds the request for a retry; without it the request is cloned before it is sent.
pub(crate) async fn send(
    call: &Call,
    operation: &'static Operation,
    http: &Client,
    mut request: Request,
    remake: Option<&(dyn Fn() -> Request + Sync)>,
) -> Result<Response> {
    let is_repeatable =
        operation.policy().is_some_and(|policy| policy.needs_header.is_none_or(|name| has_header(&request, name)));
    call.log().is_repeatable = is_repeatable;
    let mut number = 1;
    loop {
        let may_repeat = is_repeatable && number < call.options().max_attempts;
        let copy = if may_repeat && remake.is_none() { request.try_clone() } else { None };
        limit(&mut request, call);
        propagate(&mut request, call.shared());
        let ongoing = OngoingAttempt::begin(call, operation, number);
        let result = exchange(call, http, request).await;
        let (outcome, policy, wait) = seen(call, operation, &result);
        let verdict = pause(call, policy, number, wait);
        match verdict {
            Ok(pause) if may_repeat && (remake.is_some() || copy.is_some()) => {
                ongoing.end(outcome, policy.delivery, Some(pause));
                sleep(pause).await;
                // More time may have passed than the pause: an observer may block, the machine may sleep.
                if left_of(call) < WORTHWHILE {
                    call.log().gave_up = Some(GaveUp::NoTime);
                    return result;
                }
                let Some(next) = remake.map_or(copy, |remake| Some(remake())) else { return result };
                request = next;
                number += 1;
            }
            verdict => {
                ongoing.end(outcome, policy.delivery, None);
                if is_repeatable {
                    call.log().gave_up = verdict.err().flatten();
                }
                return result;
            }
        }
    }
}

/// Whether a request has a non-empty header: blanks around a value do not count (RFC 9110, 5.5).
fn has_header(request: &Request, name: &str) -> bool {
    request.headers().get(name).is_some_and(|value| !value.as_bytes().trim_ascii().is_empty())
}

/// The time left until the deadline.
fn left_of(call: &Call) -> Duration {
    call.until().saturating_duration_since(Instant::now())
}

/// Limits the time of an attempt, unless the transport does so by itself.
fn limit(request: &mut Request, call: &Call) {
    let timeout = call.options().attempt_timeout.min(left_of(call));
    if call.shared().transport_timeout != Some(timeout) {
        *request.timeout_mut() = Some(timeout);
    }
}

/// Adds the trace headers of the call, whose span is current.
fn propagate(request: &mut Request, shared: &Shared) {
    let Some(inject) = &shared.trace_context else { return };
    let mut given = HeaderMap::new();
    inject(&mut given);
    for name in TRACE_CONTEXT {
        if given.contains_key(&name) {
            request.headers_mut().remove(&name);
        }
        // `tracestate` may have several values (W3C, Trace Context, 3.3.1).
        for value in given.get_all(&name) {
            request.headers_mut().append(&name, value.clone());
        }
    }
}

/// Sends a request and reads its response. The head is kept as soon as it arrives, even if the future is dropped
/// afterwards.
async fn exchange(call: &Call, http: &Client, request: Request) -> Result<Response> {
    call.log().response = None;
    let mut response = http.execute(request).await?;
    let redactor = &call.shared().redactor;
    redactor.scrub_headers(response.headers_mut());
    call.log().response = Some(RawResponse::of_head(&response));
    let (body, end, failure) = raw_response::read(&mut response, call.options().max_body, redactor).await;
    if let Some(kept) = &mut call.log().response {
        kept.complete(body, end);
    }
    failure.map_or(Ok(response), Err)
}

/// Returns the outcome of an attempt, its row in the table, and the wait that the server asks for.
fn seen(
    call: &Call,
    operation: &Operation,
    result: &Result<Response>,
) -> (AttemptOutcome, &'static AttemptPolicy, Option<Duration>) {
    let mut log = call.log();
    let response = log.response.as_ref();
    let outcome = outcome(operation, call.shared().base.is_secure(), result, response);
    let status = response.map(|response| response.status);
    let is_documented = status.is_some_and(|status| operation.documents(status));
    let is_vouched_for = response.is_some_and(|response| response.envelope.vouches());
    let policy = retry::of_attempt(outcome, status, is_documented, is_vouched_for);
    let wait = response.and_then(|response| response.retry_after);
    log.policy = Some(policy);
    (outcome, policy, wait)
}

/// Returns the pause before the next attempt, or why the call cannot retry although the table allows it.
fn pause(
    call: &Call,
    policy: &AttemptPolicy,
    number: u32,
    wait: Option<Duration>,
) -> std::result::Result<Duration, Option<GaveUp>> {
    let options = call.options();
    if !policy.repeated.holds_with(options) {
        return Err(None);
    }
    if number >= options.max_attempts {
        return Err((number > 1).then_some(GaveUp::Attempts(number)));
    }
    let (first, longest) = options.backoff;
    let pause = full_jitter(first, longest, number).saturating_add(wait.unwrap_or_default());
    let left = left_of(call);
    if pause.saturating_add(WORTHWHILE) <= left {
        return Ok(pause);
    }
    Err(Some(wait.filter(|wait| *wait >= left).map_or(GaveUp::NoTime, GaveUp::Wait)))
}

/// A running attempt. If dropped, it is recorded as abandoned, since its caller's future was dropped.
struct OngoingAttempt<'c> {
    call: &'c Call,
    operation: &'static Operation,
    number: u32,
    started_at: SystemTime,
    started: Instant,
    has_ended: bool,
}

impl<'c> OngoingAttempt<'c> {
    fn begin(call: &'c Call, operation: &'static Operation, number: u32) -> Self {
        Self { call, operation, number, started_at: SystemTime::now(), started: Instant::now(), has_ended: false }
    }

    fn end(mut self, outcome: AttemptOutcome, delivery: Delivery, pause: Option<Duration>) {
        self.has_ended = true;
        self.record(outcome, delivery, pause);
    }

    fn record(&self, outcome: AttemptOutcome, delivery: Delivery, pause: Option<Duration>) {
        let mut log = self.call.log();
        let response = log.response.as_ref();
        let attempt = Attempt {
            operation: self.operation.id.to_owned(),
            number: self.number,
            started_at: Timestamp::from(self.started_at),
            elapsed_ms: millis(self.started.elapsed()),
            outcome,
            status: response.map(|response| response.status),
            request_id: response.and_then(|response| response.request_id.clone()),
            delivery,
            retry_in_ms: pause.map(millis),
        };
        let shared = self.call.shared();
        let observer = shared.observer.as_ref();
        // A second panic during unwinding would abort the process.
        let told = observer.filter(|_| !std::thread::panicking()).map(|observer| (observer, attempt.clone()));
        observe::attempt(self.operation, &shared.base, &attempt);
        // Added before the caller's code runs, which may panic.
        log.attempts.push(attempt);
        drop(log);
        if let Some((observer, attempt)) = told {
            observer(&attempt);
        }
    }
}

impl Drop for OngoingAttempt<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.record(AttemptOutcome::Abandoned, Delivery::Unknown, None);
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use reqwest::{Method, Url};
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;
    use tracing::Span;

    use super::*;
    use crate::client::base_url::BaseUrl;
    use crate::client::call::Shared;
    use crate::client::options::CallOptions;
    use crate::client::secret_key::SecretKey;
    use crate::client::transport::{CONNECT_TIMEOUT, Transport};

    /// An operation that the table of retries does not have.
    static REFUND: Operation = Operation {
        id: "refundSession",
        name: "refund_session",
        method: "POST",
        path: "/gate_sessions/{id}/refund",
        secured: true,
        statuses: &[(201, 201), (500, 599)],
        flaw: None,
    };

    /// A call to `base`, with attempts to spare.
    fn call_to(base: BaseUrl, backoff: Duration) -> Call {
        let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse().unwrap();
        let shared = Arc::new(Shared::new(base, key));
        let options = CallOptions::default().backoff(backoff, backoff);
        Call::new(shared, options, Instant::now() + Duration::from_secs(20), Span::none())
    }

    #[test]
    fn the_key_is_sent_only_where_it_is_required() {
        let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxx".parse().unwrap();
        let shared = Shared::new(BaseUrl::production(), key);
        for secured in [true, false] {
            let operation =
                Operation { id: "x", name: "x", method: "POST", path: "/x", secured, statuses: &[], flaw: None };
            let mut request = Request::new(Method::POST, Url::parse("https://gate-api.0bit.app/v1/x").unwrap());
            dress(&mut request, &operation, &shared);
            assert_eq!(request.headers().contains_key(AUTHORIZATION), secured);
            assert!(request.headers().get(AUTHORIZATION).is_none_or(HeaderValue::is_sensitive));
        }
    }

    #[tokio::test]
    async fn jitter_only_adds_to_what_the_server_asks_for() {
        let call = call_to("http://127.0.0.1:9".parse().unwrap(), Duration::from_secs(1));
        let policy = retry::of_attempt(AttemptOutcome::Responded, Some(503), true, true);
        let wait = Duration::from_secs(2);
        let pauses: Vec<_> = (0..100).map(|_| pause(&call, policy, 1, Some(wait)).unwrap()).collect();
        assert!(pauses.iter().all(|pause| (wait..wait + Duration::from_secs(1)).contains(pause)), "{pauses:?}");
        // The chance that none of a hundred is in the upper half is 10^-30.
        assert!(pauses.iter().any(|pause| *pause > wait + Duration::from_millis(500)), "{pauses:?}");
    }

    #[tokio::test]
    async fn an_operation_that_the_table_does_not_have_is_sent_once() {
        for (reads, response) in [
            (false, ""),
            (true, ""),
            (true, "HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n"),
            (true, "HTTP/1.1 429 Slow\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n"),
            (true, "HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{"),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base: BaseUrl = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
            let url = Url::parse(&format!("{base}/gate_sessions/67a1/refund")).unwrap();
            let (over, mut is_over) = tokio::sync::oneshot::channel::<()>();
            let server = tokio::spawn(async move {
                let mut connections = 0;
                loop {
                    tokio::select! {
                        // An open connection counts, even if the call has ended too.
                        biased;
                        connection = listener.accept() => {
                            let (mut stream, _) = connection.unwrap();
                            connections += 1;
                            if reads {
                                let _ = stream.read(&mut [0; 4096]).await;
                                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, response.as_bytes()).await;
                            }
                            // Closing with unread data resets the connection.
                            drop(stream);
                        }
                        _ = &mut is_over => return connections,
                    }
                }
            });
            let http = Transport::Own.build(CONNECT_TIMEOUT, Duration::MAX, true, &base).unwrap();
            let call = call_to(base, Duration::ZERO);
            let _ = send(&call, &REFUND, &http, Request::new(Method::POST, url), None).await;
            over.send(()).unwrap();
            assert_eq!(server.await.unwrap(), 1, "{reads} {response:?}");
            assert_eq!(call.log().attempts.len(), 1, "{reads} {response:?}");
        }
    }
}

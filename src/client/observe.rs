//! Reports calls: a span, an event for each attempt, one at the end, and the caller's observer.
//!
//! Names follow OpenTelemetry's HTTP conventions where they exist. Only the id and status of a session are reported,
//! and only the method, template, status and request id of a request and its response.

use std::ops::Deref;
use std::sync::OnceLock;

use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Level, Span, event, info_span};

use crate::attempt::{Attempt, AttemptOutcome};
use crate::client::base_url::BaseUrl;
use crate::client::call::Call;
use crate::client::error::Error;
use crate::client::operation::Operation;
use crate::client::response::Response;
use crate::client::session::Session;
use crate::delivery::Delivery;
use crate::session_id::SessionId;
use crate::session_status::SessionStatus;

/// The span of a call, and the fields of its last event besides the result. If it is dropped before there is a result,
/// the last event says that the call was abandoned.
pub(crate) struct CallSpan<'s> {
    span: Span,
    session: Option<&'s SessionId>,
    /// The operation, if it is known before the call begins.
    operation: Option<&'static Operation>,
    started: Instant,
    call: OnceLock<Call>,
    reading: OnceLock<Reading>,
    has_ended: bool,
}

/// A session that is read back: what the call has come to before, and the call that reads.
struct Reading {
    sum: Sum,
    call: Call,
}

/// What a call has come to so far.
struct Sum {
    delivery: Delivery,
    status: Option<u16>,
    request_id: Option<String>,
    attempts: usize,
}

impl CallSpan<'_> {
    /// The span on which the operation is recorded once it is known; none if it is recorded already.
    pub(crate) fn unnamed(&self) -> Span {
        if self.operation.is_some() { Span::none() } else { self.span.clone() }
    }

    /// Sets the call that the event says something about if it is abandoned.
    pub(crate) fn watch(&self, call: &Call) {
        let _ = self.call.set(call.clone());
    }

    /// Notes that the session is read back, by `call`, because of `error`.
    pub(crate) fn reads_back(&self, error: &Error, call: &Call) {
        let sum = Sum {
            delivery: error.delivery(),
            status: error.status(),
            request_id: error.request_id().map(str::to_owned),
            attempts: error.attempts().len(),
        };
        let _ = self.reading.set(Reading { sum, call: call.clone() });
    }

    /// The operation, once it is known.
    fn operation(&self) -> Option<&'static Operation> {
        self.operation.or_else(|| self.call.get()?.log().operation)
    }

    /// What the call has come to so far.
    fn sum(&self) -> Sum {
        if let Some(Reading { sum, call }) = self.reading.get() {
            let (request_id, attempts) = (sum.request_id.clone(), sum.attempts + call.log().attempts.len());
            return Sum { request_id, attempts, ..*sum };
        }
        let nothing = || Sum { delivery: Delivery::NotSent, status: None, request_id: None, attempts: 0 };
        self.call.get().map_or_else(nothing, |call| {
            let log = call.log();
            Sum {
                delivery: log.delivery(),
                status: log.status(),
                request_id: log.response.as_ref().and_then(|response| response.request_id.clone()),
                attempts: log.attempts.len(),
            }
        })
    }
}

impl Drop for CallSpan<'_> {
    fn drop(&mut self) {
        if !self.has_ended && !std::thread::panicking() {
            abandoned(self);
        }
    }
}

impl Deref for CallSpan<'_> {
    type Target = Span;

    fn deref(&self) -> &Span {
        &self.span
    }
}

/// Starts the span of a call, with its operation if that is known.
pub(crate) fn span<'s>(
    base: &BaseUrl,
    session: Option<&'s SessionId>,
    known: Option<&'static Operation>,
) -> CallSpan<'s> {
    let span = info_span!(
        target: "zerogate",
        "zerogate.call",
        otel.name = Empty,
        otel.kind = "client",
        otel.status_code = Empty,
        server.address = base.url().host_str(),
        server.port = base.url().port_or_known_default(),
        http.request.method = Empty,
        url.template = Empty,
        http.response.status_code = Empty,
        error.type = Empty,
        zerogate.operation = Empty,
        zerogate.session.id = session.map(SessionId::as_str),
        zerogate.session.status = Empty,
        zerogate.outcome = Empty,
        zerogate.delivery = Empty,
        zerogate.error = Empty,
        zerogate.attempts = Empty,
        zerogate.request_id = Empty,
    );
    if let Some(known) = known {
        operation(&span, known);
    }
    let (call, reading) = (OnceLock::new(), OnceLock::new());
    CallSpan { span, session, operation: known, started: Instant::now(), call, reading, has_ended: false }
}

/// Records the operation of a call, once it is known.
pub(crate) fn operation(span: &Span, operation: &Operation) {
    if span.is_disabled() {
        return;
    }
    span.record("otel.name", format_args!("{} {}", operation.method, operation.path).to_string());
    span.record("http.request.method", operation.method);
    span.record("url.template", operation.path);
    span.record("zerogate.operation", operation.id);
}

/// Records the result of a call: `outcome` in a word, and the session in the response if there is one.
pub(crate) fn result<T>(
    mut span: CallSpan<'_>,
    result: &Result<Response<T>, Error>,
    outcome: &str,
    session: Option<&Session>,
) {
    span.has_ended = true;
    let (asked, started) = (span.session, span.started);
    let error = result.as_ref().err();
    let created = error.and_then(Error::created_session_id);
    let id = asked.or(session.map(Session::id)).or(created.as_ref()).map(SessionId::as_str);
    let session_status = session.map(Session::status).or(error.and_then(Error::session_status));
    let session_status = session_status.map(SessionStatus::as_str);
    let (status, request_id, attempts) = match result {
        Ok(response) => (Some(response.status()), response.request_id(), response.attempts()),
        Err(error) => (error.status(), error.request_id(), error.attempts()),
    };
    let kind = error.map(|error| error.kind().as_str());
    let delivery = error.map(|error| error.delivery().as_str());
    if !span.is_disabled() {
        if let Some(kind) = kind {
            span.record("otel.status_code", "ERROR");
            let status = status.filter(|status| *status >= 400).map(|status| status.to_string());
            span.record("error.type", status.as_deref().unwrap_or(kind));
            span.record("zerogate.error", kind);
            span.record("zerogate.delivery", delivery);
        }
        span.record("http.response.status_code", status);
        span.record("zerogate.request_id", request_id);
        span.record("zerogate.attempts", attempts.len());
        span.record("zerogate.outcome", outcome);
        // A subscriber may show a field twice that is recorded twice.
        if asked.is_none() && id.is_some() {
            span.record("zerogate.session.id", id);
        }
        span.record("zerogate.session.status", session_status);
    }
    event!(
        target: "zerogate",
        parent: &span.span,
        Level::INFO,
        http.response.status_code = status,
        zerogate.operation = span.operation().map(|operation| operation.id),
        zerogate.session.id = id,
        zerogate.session.status = session_status,
        zerogate.outcome = outcome,
        zerogate.error = kind,
        zerogate.delivery = delivery,
        zerogate.attempts = attempts.len(),
        zerogate.request_id = request_id,
        zerogate.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "call"
    );
}

/// Records that a call was dropped before it had a result: in an attempt, or in the pause before the next.
fn abandoned(span: &CallSpan<'_>) {
    let outcome = AttemptOutcome::Abandoned.as_str();
    let operation = span.operation();
    let Sum { delivery, status, request_id, attempts } = span.sum();
    // A read has no effect.
    let is_read = operation.is_some_and(|operation| operation.method == "GET");
    let delivery = (!is_read).then_some(delivery.as_str());
    if !span.is_disabled() {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", outcome);
        span.record("http.response.status_code", status);
        span.record("zerogate.request_id", request_id.as_deref());
        span.record("zerogate.attempts", attempts);
        span.record("zerogate.outcome", outcome);
        span.record("zerogate.delivery", delivery);
    }
    event!(
        target: "zerogate",
        parent: &span.span,
        Level::INFO,
        http.response.status_code = status,
        zerogate.operation = operation.map(|operation| operation.id),
        zerogate.session.id = span.session.map(SessionId::as_str),
        zerogate.outcome = outcome,
        zerogate.delivery = delivery,
        zerogate.attempts = attempts,
        zerogate.request_id = request_id,
        zerogate.elapsed_ms = u64::try_from(span.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "call"
    );
}

/// Emits the event of an attempt: a warning unless the response has a status below 500.
pub(crate) fn attempt(operation: &Operation, base: &BaseUrl, attempt: &Attempt) {
    let status = attempt.status;
    let is_fine =
        attempt.outcome == AttemptOutcome::Responded && status.is_some_and(|status| status < 500 && status != 429);
    let error = match status {
        Some(status @ 400..) => Some(status.to_string()),
        _ if attempt.outcome == AttemptOutcome::Responded => None,
        _ => Some(attempt.outcome.as_str().to_owned()),
    };
    // The level of an event is fixed at its call site, so there are two.
    macro_rules! emit {
        ($level:expr) => {
            event!(
                target: "zerogate",
                $level,
                http.request.method = operation.method,
                url.template = operation.path,
                server.address = base.url().host_str(),
                server.port = base.url().port_or_known_default(),
                http.response.status_code = status,
                http.request.resend_count = attempt.number.checked_sub(1).filter(|count| *count > 0),
                error.type = error,
                zerogate.operation = operation.id,
                zerogate.attempt = attempt.number,
                zerogate.outcome = attempt.outcome.as_str(),
                zerogate.request_id = attempt.request_id,
                zerogate.elapsed_ms = attempt.elapsed_ms,
                zerogate.retry_in_ms = attempt.retry_in_ms,
                "attempt"
            )
        };
    }
    if is_fine { emit!(Level::DEBUG) } else { emit!(Level::WARN) }
}

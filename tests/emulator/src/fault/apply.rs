//! Applies faults to requests.

use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Frame;
use serde_json::{Map, Value, json};

use super::armed::Fault;
use super::kind::{Alteration, FaultKind};
use super::when::When;
use crate::envelope::{self, type_of};
use crate::operation::Operation;
use crate::response::{self, WholeResponse};
use crate::server::HangUp;
use crate::session::{GateSession, Status};

/// The outcome of a request.
pub(crate) enum Outcome {
    Response(Response),
    /// A response, and how it is written.
    Written(WholeResponse, HangUp),
    HangUp(HangUp),
}

impl From<WholeResponse> for Outcome {
    fn from(response: WholeResponse) -> Self {
        Self::Response(response.map(Body::from))
    }
}

/// Applies a fault to a request. `carry_out` is the operation itself: it is called at most once, and not at all by a
/// fault with `before`. `session` is the session for a made-up response.
pub(crate) async fn apply(
    fault: Fault,
    operation: Operation,
    session: GateSession,
    request_id: &str,
    carry_out: impl FnOnce() -> WholeResponse + Send,
) -> Outcome {
    let Fault { when, kind, .. } = fault;
    if let (FaultKind::Delay { ms }, When::Before) = (&kind, when) {
        tokio::time::sleep(Duration::from_millis(*ms)).await;
        return carry_out().into();
    }
    let response = match when {
        When::After => Some(carry_out()),
        When::Before => None,
    };
    let response = || response.unwrap_or_else(|| made_up(operation, session, request_id));
    match kind {
        FaultKind::Reset => Outcome::HangUp(HangUp::Reset),
        FaultKind::Close => Outcome::HangUp(HangUp::Close),
        FaultKind::Truncated => Outcome::Response(truncated(response())),
        FaultKind::Drip { ms } => Outcome::Response(dripped(response(), Duration::from_millis(ms))),
        FaultKind::Gzip => gzipped(response()).into(),
        FaultKind::Last { status } => {
            let response = plain(status, request_id);
            let how = HangUp::WriteAndClose(written(&response));
            Outcome::Written(response, how)
        }
        FaultKind::Extra { status, extra } => {
            let response = plain(status, request_id);
            let how = HangUp::Write([written(&response), written(&plain(extra, request_id))].concat().into());
            Outcome::Written(response, how)
        }
        FaultKind::Delay { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            response().into()
        }
        FaultKind::Alter(alteration) => altered(response(), alteration).into(),
        // The operation itself was carried out incorrectly.
        FaultKind::Store { .. } | FaultKind::Ignore { .. } => response().into(),
        FaultKind::Html { status, retry_after } => {
            replacement(html(status_code(status)), retry_after.as_deref(), request_id)
        }
        FaultKind::Status { status, envelope: false, retry_after, .. } => {
            replacement(response::empty(status_code(status)), retry_after.as_deref(), request_id)
        }
        FaultKind::Status { status, envelope: true, r#type, code, retry_after } => {
            let status = status_code(status);
            let r#type = r#type.as_deref().unwrap_or(type_of(status));
            let code = code.as_deref().unwrap_or(r#type);
            let error = envelope::error(status, r#type, code, "An injected fault.", request_id);
            replacement(error, retry_after.as_deref(), request_id)
        }
    }
}

/// The status of a fault, which was validated when the fault was armed.
fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or_default()
}

/// A response that replaces the true one.
fn replacement(response: WholeResponse, retry_after: Option<&str>, request_id: &str) -> Outcome {
    let response = match retry_after.map(HeaderValue::from_str) {
        Some(Ok(value)) => response::with_header(response, RETRY_AFTER, value),
        _ => response,
    };
    response::with_request_id(response, request_id).into()
}

fn html(status: StatusCode) -> WholeResponse {
    let reason = status.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<!doctype html>\n<html><head><title>{status}</title></head>\n\
         <body><h1>{reason}</h1><hr>an injected fault</body></html>\n",
        status = status.as_u16()
    );
    response::with_body(status, "text/html; charset=utf-8", page.into())
}

/// A made-up successful response.
fn made_up(operation: Operation, session: GateSession, request_id: &str) -> WholeResponse {
    let status = if operation == Operation::CancelSession { Status::Cancelled } else { session.status };
    let session = GateSession { status, ..session };
    let response = match operation {
        Operation::CancelSession | Operation::CreateSession => response::json(StatusCode::CREATED, &session),
        Operation::RetrieveSession => response::json(StatusCode::OK, &session),
        Operation::ListSessions => {
            response::json(StatusCode::OK, &json!({ "object": "list", "data": [session], "has_more": false }))
        }
    };
    response::with_request_id(response, request_id)
}

fn altered(mut response: WholeResponse, alteration: Alteration) -> WholeResponse {
    let alters_fields = alteration.alters_fields();
    let Alteration { status, headers, add_headers, set, remove, add, body } = alteration;
    if let Some(status) = status {
        *response.status_mut() = status_code(status);
    }
    for (name, value) in headers {
        let Ok(name) = HeaderName::try_from(name) else {
            continue;
        };
        match value.map(HeaderValue::try_from) {
            Some(Ok(value)) => drop(response.headers_mut().insert(name, value)),
            _ => drop(response.headers_mut().remove(name)),
        }
    }
    for (name, value) in add_headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    if let Some(body) = body {
        *response.body_mut() = body.into();
    } else if alters_fields && let Ok(mut object) = serde_json::from_slice::<Map<String, Value>>(response.body()) {
        object.retain(|name, _| !remove.contains(name));
        object.extend(set);
        *response.body_mut() = response::json_text(&object);
        if !add.is_empty() {
            *response.body_mut() = joined(response.body(), &response::json_text(&add));
        }
    }
    response
}

/// Concatenates the members of two objects, even with equal names.
fn joined(one: &[u8], other: &[u8]) -> Bytes {
    match (one.strip_suffix(b"}"), other.strip_prefix(b"{")) {
        (Some(b"{"), _) | (_, None) => Bytes::copy_from_slice(other),
        (Some(one), Some(other)) => [one, b",", other].concat().into(),
        (None, _) => Bytes::copy_from_slice(one),
    }
}

/// A response with this status, and its default envelope if it is an error.
fn plain(status: u16, request_id: &str) -> WholeResponse {
    let status = status_code(status);
    let response = if status.as_u16() < 400 {
        response::empty(status)
    } else {
        envelope::error(status, type_of(status), type_of(status), "An injected fault.", request_id)
    };
    response::with_request_id(response, request_id)
}

/// The bytes of a response, as they are on the wire.
fn written(response: &WholeResponse) -> Bytes {
    let status = response.status();
    let mut bytes = format!("HTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or_default());
    bytes += &format!("content-length: {}\r\n", response.body().len());
    let mut bytes = bytes.into_bytes();
    for (name, value) in response.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    bytes.extend(response.body());
    bytes.into()
}

fn gzipped(mut response: WholeResponse) -> WholeResponse {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    if encoder.write_all(response.body()).is_ok()
        && let Ok(body) = encoder.finish()
    {
        *response.body_mut() = body.into();
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Sends the body in parts.
fn dripped(mut response: WholeResponse, pause: Duration) -> Response {
    const PARTS: usize = 10;
    let length = response.body().len();
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response.map(|body| {
        let size = length.div_ceil(PARTS).max(1);
        let parts = futures_util::stream::unfold(body, move |mut rest: Bytes| async move {
            if rest.is_empty() {
                return None;
            }
            tokio::time::sleep(pause).await;
            let part = rest.split_to(size.min(rest.len()));
            Some((Ok::<_, std::convert::Infallible>(part), rest))
        });
        Body::from_stream(parts)
    })
}

/// Promises the whole body and sends its first half.
fn truncated(mut response: WholeResponse) -> Response {
    let length = response.body().len();
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response.map(|body| Body::new(Cut { start: Some(body.slice(..length / 2)), flushed: false }))
}

/// A body that fails after its start.
struct Cut {
    start: Option<Bytes>,
    flushed: bool,
}

impl hyper::body::Body for Cut {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(start) = self.start.take() {
            return Poll::Ready(Some(Ok(Frame::data(start))));
        }
        // hyper 1.12 flushes its buffer, including the head, only when the body is pending. Without this pause, an
        // immediate error would discard the head.
        if !std::mem::replace(&mut self.flushed, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(std::io::Error::other("an injected fault"))))
    }
}

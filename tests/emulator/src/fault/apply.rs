//! What a fault does to a request.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use hyper::body::Frame;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::kind::{Alteration, Fault, FaultKind, When};
use crate::clock;
use crate::envelope::{Envelope, kind_of};
use crate::operation::Operation;
use crate::response::Answer;
use crate::server::HangUp;
use crate::session::{NewSession, Owner, Status};

/// What becomes of a request.
pub(crate) enum Outcome {
    Answer(Response),
    HangUp(HangUp),
}

/// Spoils a request. `carry_out` is the operation itself: it is called at most once, and not at all by a fault that
/// strikes before.
pub(crate) async fn apply(
    fault: Fault,
    operation: Operation,
    path_id: Option<String>,
    request_id: &str,
    carry_out: impl FnOnce() -> Answer + Send,
) -> Outcome {
    let Fault { when, kind, .. } = fault;
    match (kind, when) {
        (FaultKind::Delay { ms }, When::Before) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Outcome::Answer(carry_out().into_response())
        }
        (kind, when) => {
            let answer = (when == When::After).then(carry_out);
            spoil(kind, answer, || made_up(operation, path_id, request_id), request_id).await
        }
    }
}

/// Spoils a true answer, or one that was never given.
async fn spoil(
    kind: FaultKind,
    answer: Option<Answer>,
    made_up: impl FnOnce() -> Answer + Send,
    request_id: &str,
) -> Outcome {
    let answer_or_made_up = || answer.unwrap_or_else(made_up);
    let response = match kind {
        FaultKind::Reset => return Outcome::HangUp(HangUp::Reset),
        FaultKind::Close => return Outcome::HangUp(HangUp::Close),
        FaultKind::Truncated => truncated(answer_or_made_up()),
        FaultKind::Delay { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            answer_or_made_up().into_response()
        }
        FaultKind::Alter(alteration) => altered(answer_or_made_up(), alteration).into_response(),
        FaultKind::Html { status, retry_after } => {
            html(status, retry_after.as_deref()).identified(request_id).into_response()
        }
        FaultKind::Status { status, envelope, r#type, code, retry_after } => {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            let kind = r#type.as_deref().unwrap_or(kind_of(status));
            let answer = if envelope {
                let message = "An injected fault.";
                let code = code.as_deref().unwrap_or(kind);
                let status_code = status.as_u16();
                Answer::json(status, &Envelope { kind, code, message, request_id, doc_url: None, status_code })
            } else {
                Answer::empty(status)
            };
            retrying(answer, retry_after.as_deref()).identified(request_id).into_response()
        }
    };
    Outcome::Answer(response)
}

fn retrying(answer: Answer, retry_after: Option<&str>) -> Answer {
    match retry_after.map(HeaderValue::from_str) {
        Some(Ok(value)) => answer.with(RETRY_AFTER, value),
        _ => answer,
    }
}

fn html(status: u16, retry_after: Option<&str>) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    let reason = status.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<!doctype html>\n<html><head><title>{status}</title></head>\n\
         <body><h1>{reason}</h1><hr>an injected fault</body></html>\n",
        status = status.as_u16()
    );
    retrying(Answer::new(status, "text/html; charset=utf-8", page.into()), retry_after)
}

/// What a successful answer could have looked like.
fn made_up(operation: Operation, path_id: Option<String>, request_id: &str) -> Answer {
    let id = path_id.unwrap_or_else(|| "67a1f3b9e4b0c10001234567".to_owned());
    let now = clock::text(Timestamp::now());
    let mut session = NewSession::default().into_session(id, Owner::Partner, now.clone(), now);
    let answer = match operation {
        Operation::CancelSession => {
            session.status = Status::Cancelled;
            Answer::json(StatusCode::CREATED, &session)
        }
        Operation::CreateSession => Answer::json(StatusCode::CREATED, &session),
        Operation::RetrieveSession => Answer::json(StatusCode::OK, &session),
        Operation::ListSessions => {
            Answer::json(StatusCode::OK, &json!({ "object": "list", "data": [session], "has_more": false }))
        }
    };
    answer.identified(request_id)
}

fn altered(mut answer: Answer, alteration: Alteration) -> Answer {
    let Alteration { status, headers, set, remove, body } = alteration;
    if let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) {
        answer.status = status;
    }
    for (name, value) in headers {
        let Ok(name) = HeaderName::try_from(name) else {
            continue;
        };
        match value.map(HeaderValue::try_from) {
            Some(Ok(value)) => drop(answer.headers.insert(name, value)),
            _ => drop(answer.headers.remove(name)),
        }
    }
    if let Some(body) = body {
        answer.body = body.into();
    } else if !(set.is_empty() && remove.is_empty())
        && let Ok(mut object) = serde_json::from_slice::<Map<String, Value>>(&answer.body)
    {
        object.retain(|name, _| !remove.contains(name));
        object.extend(set);
        answer.body = crate::response::json(&object);
    }
    answer
}

/// Promises the whole body and sends its first half.
fn truncated(mut answer: Answer) -> Response {
    answer.headers.insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
    let half = answer.body.slice(..answer.body.len() / 2);
    answer.into_response_with(Body::new(Cut { start: Some(half), flushed: false }))
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
        // hyper flushes what it has, the head included, only when the body has nothing ready: without this pause an
        // error that follows at once takes the head with it (hyper 1.12).
        if !std::mem::replace(&mut self.flushed, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(std::io::Error::other("an injected fault"))))
    }
}

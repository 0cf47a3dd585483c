//! What came back for a request, kept where progenitor's own error would lose it.

use reqwest::header::HeaderMap;
use reqwest::{Response, ResponseBuilderExt, Result};

use crate::types;

/// An answer's body is not read beyond this, 1 MiB: no documented answer comes near it.
const BODY_LIMIT: usize = 1 << 20;
/// A request id is cut off here: what is longer is no id, but its beginning may still help to find the answer.
const REQUEST_ID_LIMIT: usize = 256;

/// Status, request id and body of an answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The `X-Request-Id` header, if it was there and is text.
    pub(crate) request_id: Option<String>,
    pub(crate) body: Body,
}

/// How much of an answer's body there is.
#[derive(Clone)]
pub(crate) enum Body {
    Complete(Vec<u8>),
    /// The connection ended, or the time ran out, before the body did.
    CutOff,
    /// There was more than is ever read.
    TooLarge,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..=299).contains(&self.status)
    }

    /// Whether there was more of it than is here.
    pub(crate) fn is_incomplete(&self) -> bool {
        !matches!(self.body, Body::Complete(_))
    }

    /// The error envelope, if the body is one.
    pub(crate) fn envelope(&self) -> Option<types::Error> {
        match &self.body {
            Body::Complete(bytes) => serde_json::from_slice(bytes).ok(),
            Body::CutOff | Body::TooLarge => None,
        }
    }

    /// The request id that the body names, even if it is not quite an envelope.
    pub(crate) fn request_id_in_body(&self) -> Option<String> {
        let Body::Complete(bytes) = &self.body else {
            return None;
        };
        let body: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        bounded(body.get("request_id")?.as_str()?)
    }
}

/// Reads an answer to its end, and gives it back for progenitor to decode.
///
/// The head counts from the moment it is there: it is handed to `keep` even if the body then fails.
pub(crate) async fn read(mut response: Response, mut keep: impl FnMut(Answer)) -> Result<Response> {
    let status = response.status();
    let request_id = request_id(response.headers());
    let mut answer = |body| {
        keep(Answer { status: status.as_u16(), request_id: request_id.clone(), body });
    };
    answer(Body::CutOff);
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > BODY_LIMIT {
            answer(Body::TooLarge);
            return Ok(rebuild(&response, Vec::new()));
        }
        bytes.extend_from_slice(&chunk);
    }
    answer(Body::Complete(bytes.clone()));
    Ok(rebuild(&response, bytes))
}

/// The response with another body in it: one that has been read.
fn rebuild(response: &Response, body: Vec<u8>) -> Response {
    let mut rebuilt = http::Response::builder().status(response.status()).url(response.url().clone());
    if let Some(headers) = rebuilt.headers_mut() {
        headers.clone_from(response.headers());
    }
    match rebuilt.body(body) {
        Ok(rebuilt) => Response::from(rebuilt),
        // All parts are those of a response that was received, so that none of them can be invalid.
        Err(_) => Response::from(http::Response::new(Vec::new())),
    }
}

/// The request id in the head of an answer.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    bounded(headers.get("x-request-id")?.to_str().ok()?)
}

fn bounded(id: &str) -> Option<String> {
    (!id.is_empty()).then(|| id.chars().take(REQUEST_ID_LIMIT).collect())
}

//! A response before it is sent, with its whole body, so that a fault can still change it.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) type WholeResponse = Response<Bytes>;

pub(crate) fn empty(status: StatusCode) -> WholeResponse {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

pub(crate) fn with_body(status: StatusCode, content_type: &'static str, body: Bytes) -> WholeResponse {
    with_header(empty(status).map(|_| body), CONTENT_TYPE, HeaderValue::from_static(content_type))
}

pub(crate) fn with_header(mut response: WholeResponse, name: HeaderName, value: HeaderValue) -> WholeResponse {
    response.headers_mut().insert(name, value);
    response
}

pub(crate) fn with_request_id(response: WholeResponse, request_id: &str) -> WholeResponse {
    match HeaderValue::from_str(request_id) {
        Ok(value) => with_header(response, X_REQUEST_ID, value),
        Err(_) => response,
    }
}

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> WholeResponse {
    with_body(status, "application/json", json_text(body))
}

/// Serializes a value. This cannot fail, since all keys are strings; if it did, the body would be empty.
pub(crate) fn json_text(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}

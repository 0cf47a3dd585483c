//! The unified error envelope (`Errors`).

use axum::http::header::{ALLOW, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::auth::Unauthenticated;
use crate::response::{self, WholeResponse};
use crate::session::Status;

/// Exactly the six fields of the reference's example, in its order.
#[derive(Debug, Serialize)]
struct Envelope<'a> {
    r#type: &'a str,
    code: &'a str,
    message: &'a str,
    request_id: &'a str,
    doc_url: Option<&'a str>,
    #[serde(rename = "statusCode")]
    status_code: u16,
}

/// An error of the API. The request id header is added last, as to any response.
pub(crate) fn error(status: StatusCode, r#type: &str, code: &str, message: &str, request_id: &str) -> WholeResponse {
    let envelope = Envelope { r#type, code, message, request_id, doc_url: None, status_code: status.as_u16() };
    response::json(status, &envelope)
}

/// The `type` for a status.
pub(crate) fn type_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        409 => "conflict",
        429 => "rate_limited",
        500..=599 => "server_error",
        _ => "invalid_request",
    }
}

/// Why a request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Unauthenticated(Unauthenticated),
    /// Unknown or foreign. It names no id, so that both look the same.
    NoSuchSession,
    NoSuchPath,
    /// With the methods that the path allows.
    MethodNotAllowed(&'static str),
    Terminal(Status),
    /// The `Idempotency-Key` was used with another body.
    KeyReused,
    /// With a message that names the field but not its value.
    Invalid(String),
    TooLarge,
    /// A bug in the emulator.
    Broken,
}

impl Refusal {
    pub(crate) fn invalid(field: &str, reason: &str) -> Self {
        Self::Invalid(format!("`{field}` {reason}."))
    }

    pub(crate) fn into_response(self, request_id: &str) -> WholeResponse {
        let (status, message) = match &self {
            Self::Unauthenticated(reason) => (StatusCode::UNAUTHORIZED, reason.message().to_owned()),
            Self::NoSuchSession => (StatusCode::NOT_FOUND, "No such session.".to_owned()),
            Self::NoSuchPath => (StatusCode::NOT_FOUND, "No such path.".to_owned()),
            Self::MethodNotAllowed(allowed) => (StatusCode::METHOD_NOT_ALLOWED, format!("This path allows {allowed}.")),
            Self::Terminal(status) => {
                (StatusCode::CONFLICT, format!("The session is {status}; only an open session can be cancelled."))
            }
            Self::KeyReused => {
                (StatusCode::CONFLICT, "The `Idempotency-Key` was already used with another body.".to_owned())
            }
            Self::Invalid(message) => (StatusCode::BAD_REQUEST, message.clone()),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 64 KiB.".to_owned()),
            Self::Broken => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "The emulator failed to respond. This is a bug in the emulator.".to_owned(),
            ),
        };
        let code = match self {
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::TooLarge => "payload_too_large",
            _ => type_of(status),
        };
        let response = error(status, type_of(status), code, &message, request_id);
        let response = match self {
            // Not in the reference; RFC 9110 requires a challenge with every 401.
            Self::Unauthenticated(_) => response::with_header(
                response,
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"0Gate emulator\""),
            ),
            Self::MethodNotAllowed(allowed) => {
                response::with_header(response, ALLOW, HeaderValue::from_static(allowed))
            }
            _ => response,
        };
        response::with_request_id(response, request_id)
    }
}

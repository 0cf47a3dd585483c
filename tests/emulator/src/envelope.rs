//! The unified error envelope (`Errors`).

use axum::http::header::{ALLOW, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::auth::Unauthenticated;
use crate::response::Answer;
use crate::session::Status;

/// Exactly the six fields of the reference's example, in its order.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) doc_url: Option<&'a str>,
    #[serde(rename = "statusCode")]
    pub(crate) status_code: u16,
}

/// The `type` that goes with a status.
pub(crate) fn kind_of(status: StatusCode) -> &'static str {
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
    /// Unknown or foreign. It names no id, so that the two read the same.
    NoSuchSession,
    NoSuchPath,
    /// With what the path does allow.
    MethodNotAllowed(&'static str),
    Terminal(Status),
    /// With a message that names the field and never its value.
    Invalid(String),
    TooLarge,
    Broken,
}

impl Refusal {
    pub(crate) fn invalid(field: &str, reason: &str) -> Self {
        Self::Invalid(format!("`{field}` {reason}."))
    }

    pub(crate) fn into_answer(self, request_id: &str) -> Answer {
        let status = match self {
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::NoSuchSession | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Terminal(_) => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let code = match self {
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::TooLarge => "payload_too_large",
            _ => kind_of(status),
        };
        let message = match &self {
            Self::Unauthenticated(reason) => reason.message().to_owned(),
            Self::NoSuchSession => "There is no such session.".to_owned(),
            Self::NoSuchPath => "There is nothing at this path.".to_owned(),
            Self::MethodNotAllowed(allowed) => format!("This path takes {allowed}."),
            Self::Terminal(status) => {
                format!("The session is {status}; only an open session can be cancelled.")
            }
            Self::Invalid(message) => message.clone(),
            Self::TooLarge => "The body is larger than 64 KiB.".to_owned(),
            Self::Broken => "The emulator failed to answer. This is a bug in the emulator.".to_owned(),
        };
        let answer = Answer::json(
            status,
            &Envelope {
                kind: kind_of(status),
                code,
                message: &message,
                request_id,
                doc_url: None,
                status_code: status.as_u16(),
            },
        );
        match self {
            // Not in the reference; RFC 9110 wants a challenge with every 401.
            Self::Unauthenticated(_) => {
                answer.with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"0Gate emulator\""))
            }
            Self::MethodNotAllowed(allowed) => answer.with(ALLOW, HeaderValue::from_static(allowed)),
            _ => answer,
        }
        .identified(request_id)
    }
}

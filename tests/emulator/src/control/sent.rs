//! The bodies and parameters of control requests.

use std::convert::Infallible;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, Path, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::failure::Failure;
use crate::body::ReadBody;
use crate::error::ControlError;

/// The maximum size of a control request's body.
const LIMIT: usize = 1024 * 1024;

/// A body, whatever its content type.
pub(super) struct SentBody(ReadBody);

impl<S: Sync> FromRequest<S> for SentBody {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(ReadBody::read(request.into_body(), LIMIT).await))
    }
}

impl SentBody {
    /// An empty body is `{}`, so that `curl -X POST` is enough.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, Failure> {
        let Self(body) = self;
        if body.too_large() {
            return Err(Failure(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB".to_owned()));
        }
        if body.broken {
            return Err(Failure(StatusCode::BAD_REQUEST, "the body could not be read completely".to_owned()));
        }
        let body: &[u8] = if body.start.is_empty() { b"{}" } else { &body.start };
        // serde would accept an array as the fields in order.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Failure(StatusCode::BAD_REQUEST, "the body is not a JSON object".to_owned()));
        }
        match Json::from_bytes(body) {
            Ok(Json(value)) => Ok(value),
            // axum's message names the field by its path; its prefix is not useful.
            Err(rejection) => {
                let text = rejection.body_text();
                let reason = text.split_once("type: ").map_or(text.as_str(), |(_, reason)| reason);
                Err(Failure(StatusCode::BAD_REQUEST, reason.to_owned()))
            }
        }
    }
}

pub(super) type SentId = Result<Path<String>, PathRejection>;

/// No session has an id that is not UTF-8.
pub(super) fn id(sent: SentId) -> Result<String, Failure> {
    sent.map(|Path(id)| id).map_err(|_| ControlError::NotFound.into())
}

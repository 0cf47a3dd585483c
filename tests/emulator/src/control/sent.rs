//! The bodies and parameters of control requests.

use std::convert::Infallible;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, Path, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::failure::Failure;
use crate::body::ReadBody;
use crate::error::ControlError;
use crate::json;

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
        let refuse = |reason| Failure(StatusCode::BAD_REQUEST, reason);
        let body = json::parse(body).map_err(|reason| refuse(format!("the body {reason}")))?;
        if !body.is_object() {
            return Err(refuse("the body must be a JSON object".to_owned()));
        }
        json::read(body).map_err(|flaw| refuse(flaw.to_string()))
    }
}

pub(super) type SentId = Result<Path<String>, PathRejection>;

/// No session has an id that is not UTF-8.
pub(super) fn id(sent: SentId) -> Result<String, Failure> {
    sent.map(|Path(id)| id).map_err(|_| ControlError::NotFound.into())
}

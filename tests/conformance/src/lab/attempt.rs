//! A request and its result, which may be no response.

use std::sync::Arc;

use zerogate_judge::is_no_such_operation;

use super::obstacle::{Need, Obstacle, Trouble};
use crate::wire::{Exchange, Operation, Response, Sent, TransportFailure};

/// A request and its result.
#[derive(Clone)]
pub(crate) enum Attempt {
    Completed(Arc<Exchange>),
    Failed(Arc<TransportFailure>),
}

impl Attempt {
    pub(crate) fn sent(&self) -> &Sent {
        match self {
            Self::Completed(exchange) => &exchange.sent,
            Self::Failed(failure) => &failure.sent,
        }
    }

    /// Returns the exchange, or an obstacle if there was no response.
    pub(crate) fn exchange(&self) -> Result<&Arc<Exchange>, Obstacle> {
        match self {
            Self::Completed(exchange) => Ok(exchange),
            Self::Failed(failure) => Err(Trouble::at(failure.kind.to_string(), &failure.sent).into()),
        }
    }

    /// Checks that the response does not deny the operation.
    pub(crate) fn offered(&self) -> Result<(), Need> {
        match self {
            Self::Completed(exchange) => offered(exchange),
            Self::Failed(_) => Ok(()),
        }
    }

    /// The response, if there is one.
    pub(crate) fn response(&self) -> Option<&Response> {
        match self {
            Self::Completed(exchange) => Some(&exchange.response),
            Self::Failed(_) => None,
        }
    }

    /// The status, if there is a response.
    pub(crate) fn status(&self) -> Option<u16> {
        self.response().map(|response| response.status)
    }

    /// Whether there is a response, and its status is a success.
    pub(crate) fn is_success(&self) -> bool {
        self.response().is_some_and(Response::is_success)
    }

    /// What was received, in a few words.
    pub(crate) fn received(&self) -> String {
        match self {
            Self::Completed(exchange) => exchange.response.status.to_string(),
            Self::Failed(failure) => failure.kind.to_string(),
        }
    }

    /// Whether the response may mean that there were too many requests.
    pub(super) fn is_throttled(&self) -> bool {
        matches!(self.status(), Some(429 | 503))
    }

    /// Whether the response is about the request: not a 429, a 5xx or a failed connection.
    pub(crate) fn is_conclusive(&self) -> bool {
        self.response().is_some_and(|response| !response.is_transient())
    }
}

/// Checks that the response does not deny an operation that a target may lack: creating or listing sessions.
pub(crate) fn offered(exchange: &Exchange) -> Result<(), Need> {
    let (operation, status) = (exchange.sent.operation, exchange.response.status);
    let is_optional = matches!(operation, Operation::CreateSession | Operation::ListSessions);
    if is_optional && is_no_such_operation(status) { Err(Need::Operation(operation.id(), status)) } else { Ok(()) }
}

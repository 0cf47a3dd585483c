//! The operations that may be repeated.

use std::fmt;

use crate::delivery::Delivery;

/// A row of [`OPERATIONS`]: an operation that may be repeated.
#[derive(Debug)]
#[non_exhaustive]
pub struct OperationPolicy {
    /// The operation id in the contract.
    pub operation: &'static str,
    /// The HTTP method of the operation. With another method, an operation of this name is a different one.
    pub method: &'static str,
    /// A header without which the operation is sent once.
    pub needs_header: Option<&'static str>,
    /// The responses that also settle the attempts before them.
    pub settled_by: SettledBy,
    /// Whether a success may contain a secret: if so, an [error](crate::Error::body) does not keep its body.
    pub holds_secret: bool,
    /// The reason why repeating it is safe.
    pub why: &'static str,
}

/// The responses of the last attempt that also settle the attempts before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SettledBy {
    /// 404 and 409 with their error envelopes, together with the session as read back. A 404 alone may come from a
    /// replica that lags behind; a session that is not found twice was not changed.
    ReadBack,
    /// Any response: the operation has no effect.
    AnyResponse,
    /// Only the documented success.
    SuccessOnly,
}

/// The operations that may be repeated. Any other operation is sent once, and its responses are treated as secret.
///
/// ```
/// use zerogate::retry::OPERATIONS;
///
/// let cancel = OPERATIONS.iter().find(|row| row.operation == "cancelSession").unwrap();
/// println!("{} {}: {}", cancel.method, cancel.operation, cancel.why);
/// ```
pub static OPERATIONS: &[OperationPolicy] = &[
    OperationPolicy {
        operation: "cancelSession",
        method: "POST",
        needs_header: None,
        settled_by: SettledBy::ReadBack,
        // Reference, *Response*: never includes `client_secret`.
        holds_secret: false,
        why: "only an open session changes, so a second request changes nothing more (reference: Production rules), \
              and the reference says to retry (Errors, 429 and 5xx)",
    },
    OperationPolicy {
        operation: "retrieveSession",
        method: "GET",
        needs_header: None,
        settled_by: SettledBy::AnyResponse,
        holds_secret: false,
        why: "a read changes nothing",
    },
    OperationPolicy {
        operation: "listSessions",
        method: "GET",
        needs_header: None,
        settled_by: SettledBy::AnyResponse,
        holds_secret: false,
        why: "a read changes nothing",
    },
    OperationPolicy {
        operation: "createSession",
        method: "POST",
        needs_header: Some("Idempotency-Key"),
        settled_by: SettledBy::SuccessOnly,
        holds_secret: true,
        why: "every attempt sends the same key, and the server replays its first response",
    },
];

/// Returns the row of an operation, if it may be repeated.
pub(crate) fn of_operation(operation: &str, method: &str) -> Option<&'static OperationPolicy> {
    OPERATIONS.iter().find(|policy| policy.operation == operation && policy.method == method)
}

impl SettledBy {
    /// Whether the response of the last attempt, with this delivery, settles the others by itself.
    pub(crate) fn holds_for(self, delivery: Delivery) -> bool {
        self == Self::AnyResponse && delivery == Delivery::Responded
    }
}

impl fmt::Display for SettledBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadBack => "404 or 409 with its envelope, together with the session as read back",
            Self::AnyResponse => "any response",
            Self::SuccessOnly => "only the success",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_operation_id_with_another_method_is_unknown() {
        assert!(of_operation("cancelSession", "POST").is_some());
        assert!(of_operation("retrieveSession", "DELETE").is_none());
        assert!(of_operation("refundSession", "POST").is_none());
    }
}

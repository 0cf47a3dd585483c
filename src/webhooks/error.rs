use std::time::Duration;

/// Why a request is not accepted as an event from 0Gate. Repeats nothing of the request.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The body or the header is too large; nothing else was checked.
    #[error("the header or the body is larger than {limit} bytes")]
    TooLarge {
        /// The maximum size in bytes.
        limit: usize,
    },
    /// The signature is missing or does not have the form `t=…,v1=…`.
    #[error("the signature is malformed: {reason}")]
    Malformed {
        /// The reason.
        reason: &'static str,
    },
    /// The time of the signature is too far in the past or future: the request may be a copy of an earlier one, or a
    /// clock may be wrong.
    #[error("signed {} seconds {}, which exceeds the tolerance: an old request is repeated, or a clock is wrong", .distance.as_secs(), if *.is_ahead { "ahead" } else { "ago" })]
    Stale {
        /// The difference between the time of the signature and now.
        distance: Duration,
        /// Whether the time is in the future.
        is_ahead: bool,
    },
    /// No signature matches the body with any of the secrets.
    #[error(
        "the signature does not match: check that the secret is that of the endpoint, and that the body is the raw one"
    )]
    Forged,
    /// The signature is valid, but the body is not an event.
    #[error("the event cannot be read: {}{expected}", if field.is_empty() { String::new() } else { format!("{field}: ") })]
    Unreadable {
        /// The field, such as `data.id`; empty for the body itself.
        field: &'static str,
        /// The expected type.
        expected: &'static str,
    },
}

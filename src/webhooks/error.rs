use std::time::Duration;

/// Why a request is not taken for an event of 0Gate. It repeats nothing of the request.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The body, or the header, is larger than any event: nothing else was looked at.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// How many bytes are taken at most.
        limit: usize,
    },
    /// There is no signature, or it is not of the form `t=…,v1=…`.
    #[error("the signature is malformed: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It was signed too long ago, or for a time that is yet to come: it may be a copy of an earlier request, or a clock is
    /// wrong.
    #[error("signed {} seconds {}, which is more than is tolerated", .distance.as_secs(), if *.is_ahead { "ahead" } else { "ago" })]
    Stale {
        /// How far the time of the signature is from now.
        distance: Duration,
        /// Whether it is yet to come.
        is_ahead: bool,
    },
    /// No signature fits the body under any of the secrets.
    #[error("the signature does not fit the body: another secret, or another body")]
    Forged,
    /// The signature is good, and the body is not an event.
    #[error("the event cannot be read: {}{expected}", if field.is_empty() { String::new() } else { format!("{field}: ") })]
    Unreadable {
        /// Where in the body, such as `data.id`; empty for the body itself.
        field: &'static str,
        /// What was expected there.
        expected: &'static str,
    },
}

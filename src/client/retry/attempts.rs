//! What follows an attempt, by its result.

use crate::attempt::AttemptOutcome;
use crate::client::options::CallOptions;
use crate::delivery::Delivery;
use crate::next_step::NextStep;

/// A row of [`ATTEMPTS`]: the result of an attempt, and what follows.
#[derive(Debug)]
#[non_exhaustive]
pub struct AttemptPolicy {
    /// The condition of the row.
    pub when: When,
    /// The condition in words.
    pub what: &'static str,
    /// Whether such an attempt may have taken effect.
    pub delivery: Delivery,
    /// Whether the client retries, if the operation allows it and attempts and time are left.
    pub repeated: Repeated,
    /// The next step if the call ends with this attempt, and the operation may be repeated.
    pub next: NextStep,
    /// The reason for the decision.
    pub why: &'static str,
}

/// The condition of an [`AttemptPolicy`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum When {
    /// An attempt with this outcome instead of a response.
    Outcome(AttemptOutcome),
    /// A success that the contract documents.
    Success,
    /// A status, in a response without an error envelope of that status.
    WithoutEnvelope(u16),
    /// All other statuses of a class, in responses without an error envelope of their status.
    ClassWithoutEnvelope(u16),
    /// A status.
    Status(u16),
    /// All other statuses of a class, such as 4 for 4xx.
    Class(u16),
    /// All other statuses.
    OtherStatus,
}

/// Whether the client retries after an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Repeated {
    /// It retries.
    Yes,
    /// It does not retry.
    No,
    /// It retries only if the caller [asks for it](crate::CallOptions::retry_not_implemented).
    OnRequest,
}

/// The decisions after an attempt of an operation that may be repeated; the first matching row counts.
pub static ATTEMPTS: &[AttemptPolicy] = {
    use AttemptOutcome as Kind;
    use Delivery::{NotSent, Responded, Unknown};
    use NextStep::{FixRequest, GiveUp, ReadSession, Retry};
    use Repeated::{No, OnRequest, Yes};
    use When::{Class, ClassWithoutEnvelope, OtherStatus, Outcome, Status, Success, WithoutEnvelope};

    const NEXT_TELLS: &str = "the operation may be repeated, and the next response may settle it";
    const TRANSIENT: &str = "transient, retry with bounded backoff (reference: Errors, 5xx)";

    &[
        on(
            Outcome(Kind::Unsendable),
            "request rejected by the transport",
            NotSent,
            No,
            FixRequest,
            "the transport would reject it again",
        ),
        on(
            Outcome(Kind::ConnectFailed),
            "could not connect: refused, unreachable, no address",
            NotSent,
            Yes,
            Retry,
            "nothing was sent",
        ),
        on(Outcome(Kind::ConnectTimedOut), "connecting timed out", NotSent, Yes, Retry, "nothing was sent"),
        on(
            Outcome(Kind::ProxyUnauthorized),
            "proxy requires credentials (407)",
            NotSent,
            No,
            FixRequest,
            "the proxy would refuse again",
        ),
        on(
            Outcome(Kind::HandshakeDropped),
            "connection closed in the TLS handshake",
            NotSent,
            Yes,
            Retry,
            "the request is sent after the handshake",
        ),
        on(
            Outcome(Kind::CertificateRefused),
            "certificate of either side rejected, or no TLS on one side",
            NotSent,
            No,
            FixRequest,
            "nothing was processed, and the next attempt would fail in the same way; it may be another server",
        ),
        on(
            Outcome(Kind::TimedOut),
            "response timed out, or only part of it arrived in time",
            Unknown,
            Yes,
            Retry,
            NEXT_TELLS,
        ),
        on(
            Outcome(Kind::ConnectionLost),
            "connection reset or closed before the response",
            Unknown,
            Yes,
            Retry,
            NEXT_TELLS,
        ),
        on(Outcome(Kind::ResponseTruncated), "documented success, cut off", Unknown, Yes, Retry, NEXT_TELLS),
        on(
            Outcome(Kind::ResponseTooLarge),
            "success larger than the size limit",
            Unknown,
            No,
            Retry,
            "the next response would be too large as well; reading the session back may show what a cancellation did",
        ),
        on(
            Outcome(Kind::ProtocolError),
            "not HTTP",
            Unknown,
            No,
            Retry,
            "an intermediary may have responded; if it persists, check the base URL",
        ),
        on(
            Success,
            "documented success",
            Responded,
            No,
            Retry,
            "done; the next step applies only if the body contradicts the status: the session is read, and if that settles \
             nothing, repeating the call is safe",
        ),
        on(Status(408), "408", Unknown, Yes, Retry, "the server, or a proxy, did not receive the request in time"),
        on(Status(425), "425", Unknown, Yes, Retry, "too early, according to a proxy; a later request may succeed"),
        on(
            Status(429),
            "429",
            Responded,
            Yes,
            Retry,
            "back off and retry (reference: Errors, 429); without an envelope too, as a limiter does not forward the \
             request",
        ),
        on(
            WithoutEnvelope(404),
            "404 without an error envelope",
            Unknown,
            No,
            FixRequest,
            "probably from another server, so it does not settle the outcome; check the base URL",
        ),
        on(
            WithoutEnvelope(409),
            "409 without an error envelope",
            Unknown,
            No,
            ReadSession,
            "probably from another server, so it does not settle the outcome",
        ),
        on(
            ClassWithoutEnvelope(4),
            "any other 4xx without an error envelope",
            Unknown,
            No,
            FixRequest,
            "probably from a gateway, which may have forwarded the request; the same request would be rejected again",
        ),
        on(
            Status(401),
            "401",
            Responded,
            No,
            FixRequest,
            "the key would be missing or invalid again (reference: Errors, 401)",
        ),
        on(
            Status(404),
            "404",
            Responded,
            No,
            GiveUp,
            "the session does not exist or is not yours (reference: Errors, 404)",
        ),
        on(
            Status(409),
            "409",
            Responded,
            No,
            ReadSession,
            "already terminal, do not retry (reference: Cancel is only valid from open); for a creation, its key was used with \
             another body",
        ),
        on(Class(4), "any other 4xx", Responded, No, FixRequest, "the same request would be rejected again"),
        on(Status(500), "500", Unknown, Yes, Retry, TRANSIENT),
        on(
            Status(501),
            "501",
            Unknown,
            OnRequest,
            Retry,
            "not implemented, so a prompt retry does not help; try again much later (reference: Errors, 5xx)",
        ),
        on(Status(502), "502", Unknown, Yes, Retry, TRANSIENT),
        on(Status(503), "503", Unknown, Yes, Retry, TRANSIENT),
        on(Status(504), "504", Unknown, Yes, Retry, TRANSIENT),
        on(Class(5), "any other 5xx", Unknown, Yes, Retry, TRANSIENT),
        on(
            Class(3),
            "redirect",
            Unknown,
            No,
            FixRequest,
            "not documented, and the action may have happened; not followed, so that no other server gets the key",
        ),
        on(
            OtherStatus,
            "undocumented success, or a status outside the known classes",
            Unknown,
            No,
            Retry,
            "its meaning is not documented",
        ),
    ]
};

/// Builds a row of the table.
const fn on(
    when: When,
    what: &'static str,
    delivery: Delivery,
    repeated: Repeated,
    next: NextStep,
    why: &'static str,
) -> AttemptPolicy {
    AttemptPolicy { when, what, delivery, repeated, next, why }
}

/// Returns the row for an attempt.
///
/// `status` is that of the response, `is_documented` whether the contract documents it for the operation, and
/// `is_vouched_for` whether there is an error envelope of that status.
pub(crate) fn of_attempt(
    outcome: AttemptOutcome,
    status: Option<u16>,
    is_documented: bool,
    is_vouched_for: bool,
) -> &'static AttemptPolicy {
    let fits = |when: When| match (when, status) {
        (When::Outcome(wanted), _) => wanted == outcome,
        _ if outcome != AttemptOutcome::Responded => false,
        (When::Success, Some(200..=299)) => is_documented,
        (When::WithoutEnvelope(wanted), Some(status)) => wanted == status && !is_vouched_for,
        (When::ClassWithoutEnvelope(wanted), Some(status)) => wanted == status / 100 && !is_vouched_for,
        (When::Status(wanted), Some(status)) => wanted == status,
        (When::Class(wanted), Some(status)) => wanted == status / 100,
        (When::OtherStatus, _) => true,
        _ => false,
    };
    // The last row also covers outcomes without a row, which are not retried.
    ATTEMPTS.iter().find(|row| fits(row.when)).unwrap_or(&ATTEMPTS[ATTEMPTS.len() - 1])
}

impl Repeated {
    /// Whether the client retries with these options.
    pub(crate) fn holds_with(self, options: &CallOptions) -> bool {
        match self {
            Self::Yes => true,
            Self::No => false,
            Self::OnRequest => options.retry_not_implemented,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_reachable() {
        for wanted in ATTEMPTS {
            let found = match wanted.when {
                When::Outcome(outcome) => of_attempt(outcome, Some(201), true, false),
                When::Success => of_attempt(AttemptOutcome::Responded, Some(201), true, false),
                When::WithoutEnvelope(status) => of_attempt(AttemptOutcome::Responded, Some(status), true, false),
                When::ClassWithoutEnvelope(class) => {
                    of_attempt(AttemptOutcome::Responded, Some(class * 100 + 3), true, false)
                }
                When::Status(status) => of_attempt(AttemptOutcome::Responded, Some(status), true, true),
                When::Class(class) => of_attempt(AttemptOutcome::Responded, Some(class * 100 + 18), false, true),
                When::OtherStatus => of_attempt(AttemptOutcome::Responded, Some(202), false, false),
            };
            assert_eq!(found.what, wanted.what);
        }
    }

    #[test]
    fn outcomes_without_a_row_are_not_retried() {
        for status in [None, Some(0), Some(100), Some(204), Some(302), Some(600), Some(999)] {
            assert_eq!(
                of_attempt(AttemptOutcome::Responded, status, false, false).repeated,
                Repeated::No,
                "{status:?}"
            );
        }
        assert_eq!(of_attempt(AttemptOutcome::Other, None, false, false).repeated, Repeated::No);
    }
}

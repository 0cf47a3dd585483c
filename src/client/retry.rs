//! What the client retries by itself.
//!
//! The reference says to back off and retry a `429`, to retry a 5xx with bounded backoff, and not to retry a `409`
//! (*Errors*; *Cancel is only valid from open*). A retry is safe if a second request has no effect beyond that of the
//! first: [`OPERATIONS`] lists the operations known to be safe. Any other operation is sent once, whatever the result.
//!
//! For these operations, [`ATTEMPTS`] decides after every attempt; the first matching row counts. Both tables are data
//! that a program can read, and this page is generated from them.
//!
//! Before the next attempt the client pauses for a random part of a maximum that doubles with every attempt (*full
//! jitter*). [`CallOptions::backoff`](crate::CallOptions::backoff) sets its first and last value. A `Retry-After` is a
//! minimum, to which the pause is added. If it does not fit into the deadline, the call ends at once with an error that
//! says so.
//!
//! Attempts, pauses and reading back share [one deadline](crate::CallOptions::deadline). Reading back is retried by the same
//! table, with as many attempts of its own.
//!
//! Every error has a [`NextStep`](crate::NextStep), a column of the same table, with these exceptions:
//!
//! - If the operation must not be repeated, or its request lacks the header that makes that safe, `Retry`, `FixRequest`
//!   and `GiveUp` become `ReadSession` if the request may have taken effect.
//! - A complete success that cannot be read would be unreadable again: it is `ReadSession` for a creation and
//!   `FixRequest` for a read. One that is larger than [`max_body`](crate::CallOptions::max_body) is `FixRequest`; for a
//!   cancellation only if the session that is read back is too large as well.
//! - If neither the last response nor that to reading back can be from 0Gate, such as pages of a website, `Retry` becomes
//!   `FixRequest`: check the base URL. The documented status of a creation is an exception.
//! - If the id of a created session is known, although the response is not a documented success, `Retry` becomes
//!   `ReadSession`.
//! - `GiveUp` becomes `ReadSession` for a cancellation if an attempt may have taken effect, and `FixRequest` for
//!   operations without a session id.
//! - After a 404, and after a 409 without an envelope, it is `Retry` if the session is read back as `open`: the base URL
//!   is right.
//! - A conflict of any operation but a cancellation is `FixRequest`, or `Retry` if it has no envelope and the operation
//!   may be repeated.
//! - A request that was not sent is `FixRequest`.
//!
//! # A server that responds twice
//!
//! HTTP/1.1 responses have no number: if a server responds twice to one request on a kept-alive connection, the second
//! response is taken for that to the next request. A wrong success is detected, because it names another session. An
//! error names no session, so an error with its envelope that was meant for another request is accepted as the
//! response, and so is a 429; a conflict is checked by reading the session, but on the same connection. To avoid this,
//! turn off [`ClientBuilder::reuse_connections`](crate::ClientBuilder::reuse_connections): then every request
//! opens its own connection.
#![doc = include_str!("retry.md")]

use std::fmt;

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
            "done; if the body contradicts it, the session is read",
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
            "probably from another server, so it decides nothing; check the base URL",
        ),
        on(
            WithoutEnvelope(409),
            "409 without an error envelope",
            Unknown,
            No,
            ReadSession,
            "probably from another server, so it decides nothing",
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

/// Returns the row of an operation, if it may be repeated.
pub(crate) fn of_operation(operation: &str, method: &str) -> Option<&'static OperationPolicy> {
    OPERATIONS.iter().find(|policy| policy.operation == operation && policy.method == method)
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
    use std::fmt::Write as _;

    use super::*;

    /// Renders the tables for the documentation.
    fn rendered() -> String {
        let mut text = String::from(
            "\n# Operations\n\n| operation | retried | settles attempts of unknown delivery | success may contain a secret | why |\n\
             |---|---|---|---|---|\n",
        );
        for row in OPERATIONS {
            let repeated =
                row.needs_header.map_or("yes".to_owned(), |header| format!("with the same `{header}` every time"));
            let holds_secret = if row.holds_secret { "yes" } else { "no" };
            let _ = writeln!(
                text,
                "| `{}` | {repeated} | {} | {holds_secret} | {} |",
                row.operation, row.settled_by, row.why
            );
        }
        text.push_str("| any other | no | its response | perhaps | the effect of a second request is unknown |\n");
        text.push_str(
            "\n# Attempts\n\n| result of an attempt | outcome | delivery | retried | next | why |\n|---|---|---|---|---|---|\n",
        );
        for row in ATTEMPTS {
            let outcome = match row.when {
                When::Outcome(outcome) => outcome,
                _ => AttemptOutcome::Responded,
            };
            let repeated = match row.repeated {
                Repeated::Yes => "yes",
                Repeated::No => "no",
                Repeated::OnRequest => "only with `CallOptions::retry_not_implemented`",
            };
            let (delivery, next) = (row.delivery, row.next);
            let _ = writeln!(
                text,
                "| {} | `{outcome}` | `{delivery:?}` | {repeated} | `{next:?}` | {} |",
                row.what, row.why
            );
        }
        text
    }

    #[test]
    fn the_documentation_shows_the_tables() {
        let wanted = rendered();
        assert!(
            include_str!("retry.md") == wanted,
            "src/client/retry.md differs from the tables; replace it with:\n{wanted}"
        );
    }

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

    #[test]
    fn a_known_operation_id_with_another_method_is_unknown() {
        assert!(of_operation("cancelSession", "POST").is_some());
        assert!(of_operation("retrieveSession", "DELETE").is_none());
        assert!(of_operation("refundSession", "POST").is_none());
    }
}

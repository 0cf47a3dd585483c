//! What is tried again by itself, and what is not.
//!
//! The reference says to back off and retry a `429`, to retry a 5xx with bounded backoff, and not to retry a `409` (*Errors*;
//! *Cancel is only valid from open*). A repetition is safe where a second request cannot do what the first one has not
//! done already: [`OPERATIONS`] lists the operations of which that is known. Any other operation is sent once, whatever comes
//! of it.
//!
//! Of an operation that may be repeated, [`ATTEMPTS`] decides after every attempt; its first row that fits counts. Both tables
//! are data, for a program to read, and this page shows them as they are.
//!
//! Before the next attempt comes a pause: a random part of a time that doubles with every attempt (*full jitter*), and of
//! which [`CallOptions::backoff`](crate::CallOptions::backoff) sets beginning and end. A `Retry-After` is a minimum to which
//! that pause is added. If it does not fit the deadline, the call ends at once and says so.
//!
//! Attempts, pauses and reading back share [one deadline](crate::CallOptions::deadline).
//!
//! What is left open when a call ends has a [`NextStep`](crate::NextStep), which is a column of the same table, with these
//! exceptions:
//!
//! - An operation that must not be repeated, or a request without the header that it needs for that: `Retry`, `FixRequest` and
//!   `GiveUp` become `ReadSession` if the request may have taken effect.
//! - A whole success that cannot be read is as unreadable the next time: of a creation `ReadSession`, of a reading operation
//!   `FixRequest`.
//! - Where the id of a session that was created is known, although its response is no documented success, `Retry` becomes
//!   `ReadSession`.
//! - `GiveUp` becomes `FixRequest` while an attempt may have taken effect, and for operations that name no session.
//! - After a 404 or a 409 without an envelope, a session that reads `open` makes it `Retry`: the base URL is right.
//! - A conflict of another operation than a cancellation is `FixRequest`, or `Retry` if it has no envelope and the operation may be
//!   repeated.
//! - What was not sent is `FixRequest`.
//!
//! # A server that responds twice
//!
//! HTTP/1.1 has no number on a response: on a connection that is kept, the second response to one request is taken for the
//! response to the next. A success is not believed then, as it names another session. A 404, a 409 or a 401 names none: one
//! that was meant for another request, or slipped in by what stands in between, is believed of this one; a conflict is checked
//! by reading the session, on that same connection. [`ClientBuilder::reuse_connections`](crate::ClientBuilder::reuse_connections)
//! turned off gives every request a connection of its own, for the price of setting it up.
#![doc = include_str!("retry.md")]

use std::fmt;

use crate::attempt::AttemptOutcome;
use crate::client::options::CallOptions;
use crate::delivery::Delivery;
use crate::next_step::NextStep;

/// One row of [`ATTEMPTS`]: what an attempt may come to, and what follows.
#[derive(Debug)]
#[non_exhaustive]
pub struct AttemptPolicy {
    /// What the row is for.
    pub when: When,
    /// The same in words.
    pub what: &'static str,
    /// Whether an attempt that came to this may have taken effect.
    pub delivery: Delivery,
    /// Whether there is another attempt, if the operation allows it and attempts and time are left.
    pub repeated: Repeated,
    /// What follows where a call ends with it, and the operation may be repeated.
    pub next: NextStep,
    /// The reason.
    pub why: &'static str,
}

/// What a [`AttemptPolicy`] is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum When {
    /// An attempt that came to this, rather than to a response.
    Outcome(AttemptOutcome),
    /// A success that the contract documents.
    Success,
    /// A status, in a response whose body is no error envelope of that status.
    WithoutEnvelope(u16),
    /// A status.
    Status(u16),
    /// Every status of a hundred, such as 4 for 4xx, that no row above is for.
    Class(u16),
    /// Every status that no row above is for.
    OtherStatus,
}

/// Whether an attempt is followed by another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Repeated {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Only if the caller [asks for it](crate::CallOptions::retry_not_implemented).
    OnRequest,
}

/// What decides after an attempt of an operation that may be repeated; the first row that fits.
pub static ATTEMPTS: &[AttemptPolicy] = {
    use AttemptOutcome as Came;
    use Delivery::{NotSent, Responded, Unknown};
    use NextStep::{FixRequest, GiveUp, ReadSession, Retry};
    use Repeated::{No, OnRequest, Yes};
    use When::{Class, OtherStatus, Outcome, Status, Success, WithoutEnvelope};

    const NEXT_TELLS: &str = "the operation may be repeated, and the next response tells more";
    const TRANSIENT: &str = "transient, retry with bounded backoff (reference: Errors, 5xx)";
    const KEY_STAYS: &str = "it asks for the same request elsewhere, and is not followed: the key must not travel";

    &[
        on(
            Outcome(Came::Unsendable),
            "a request that the transport does not take",
            NotSent,
            No,
            FixRequest,
            "it would not take it the next time either",
        ),
        on(
            Outcome(Came::ConnectFailed),
            "no connection: refused, unreachable, no address",
            NotSent,
            Yes,
            Retry,
            "nothing was sent",
        ),
        on(Outcome(Came::ConnectTimedOut), "no connection in its time", NotSent, Yes, Retry, "nothing was sent"),
        on(
            Outcome(Came::HandshakeDropped),
            "connection dropped in the TLS handshake",
            NotSent,
            Yes,
            Retry,
            "the request comes after the handshake",
        ),
        on(
            Outcome(Came::CertificateRefused),
            "certificate not trusted, or no TLS on one of the sides",
            NotSent,
            No,
            FixRequest,
            "it may be another server, and the next attempt would meet the same",
        ),
        on(Outcome(Came::TimedOut), "no response, or only part of it, in its time", Unknown, Yes, Retry, NEXT_TELLS),
        on(
            Outcome(Came::ConnectionLost),
            "connection reset or closed before a response",
            Unknown,
            Yes,
            Retry,
            NEXT_TELLS,
        ),
        on(Outcome(Came::ResponseTruncated), "documented success, cut off", Unknown, Yes, Retry, NEXT_TELLS),
        on(
            Outcome(Came::ResponseTooLarge),
            "success beyond the size limit",
            Unknown,
            No,
            Retry,
            "the next response would be as large; a later call may read less",
        ),
        on(
            Outcome(Came::ProtocolError),
            "not HTTP",
            Unknown,
            No,
            Retry,
            "something between may have responded; if it stays so, check the base URL",
        ),
        on(
            Success,
            "documented success",
            Responded,
            No,
            Retry,
            "it is done; where its body cannot be believed, the session is read",
        ),
        on(Status(401), "401", Responded, No, FixRequest, "the key stays missing or invalid (reference: Errors, 401)"),
        on(
            WithoutEnvelope(404),
            "404 without an error envelope",
            Unknown,
            No,
            FixRequest,
            "probably another server's: it decides nothing; look at the base URL",
        ),
        on(Status(404), "404", Responded, No, GiveUp, "no such session of yours (reference: Errors, 404)"),
        on(Status(408), "408", Unknown, Yes, Retry, "the request did not come in time, or so a proxy says"),
        on(
            WithoutEnvelope(409),
            "409 without an error envelope",
            Unknown,
            No,
            ReadSession,
            "probably another server's: it decides nothing",
        ),
        on(
            Status(409),
            "409",
            Responded,
            No,
            ReadSession,
            "terminal already, not to be retried (reference: Cancel is only valid from open); of a creation, its key came with \
             another body",
        ),
        on(Status(425), "425", Unknown, Yes, Retry, "too early, as a proxy says; a later request is not"),
        on(Status(429), "429", Responded, Yes, Retry, "back off and retry (reference: Errors, 429)"),
        on(Class(4), "any other 4xx", Responded, No, FixRequest, "the same request would be refused again"),
        on(Status(500), "500", Unknown, Yes, Retry, TRANSIENT),
        on(
            Status(501),
            "501",
            Unknown,
            OnRequest,
            Retry,
            "not implemented, so not a moment later either; ask again much later (reference: Errors, 5xx)",
        ),
        on(Status(502), "502", Unknown, Yes, Retry, TRANSIENT),
        on(Status(503), "503", Unknown, Yes, Retry, TRANSIENT),
        on(Status(504), "504", Unknown, Yes, Retry, TRANSIENT),
        on(Class(5), "any other 5xx", Unknown, Yes, Retry, TRANSIENT),
        on(Status(307), "307", Responded, No, FixRequest, KEY_STAYS),
        on(Status(308), "308", Responded, No, FixRequest, KEY_STAYS),
        on(
            Class(3),
            "any other redirect",
            Unknown,
            No,
            FixRequest,
            "not documented; it may follow on an action, and is not followed: the key must not travel",
        ),
        on(
            OtherStatus,
            "an undocumented success, or a status of no known class",
            Unknown,
            No,
            Retry,
            "what it means is not documented",
        ),
    ]
};

/// A row of the table.
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

/// One row of [`OPERATIONS`]: an operation that may be repeated, and what is known of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct OperationPolicy {
    /// The operation id as the contract writes it.
    pub operation: &'static str,
    /// The method that the operation is known to have. With another one it is not the operation that this row is for.
    pub method: &'static str,
    /// A header without which it is sent once.
    pub needs_header: Option<&'static str>,
    /// The responses that also settle what became of the attempts before them.
    pub settled_by: SettledBy,
    /// Whether its success may hold a secret: an [error](crate::Error::body) then does not keep the body.
    pub holds_secret: bool,
    /// The reason why repeating it is safe.
    pub why: &'static str,
}

/// Which response of the last attempt also speaks for the attempts before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SettledBy {
    /// 404 with its error envelope: what does not exist was not changed. And 409, together with the session as it reads.
    NotFound,
    /// Any that says something: there was no effect to leave open.
    AnyResponse,
    /// None but the documented success.
    SuccessOnly,
}

/// The operations that may be repeated. Any other one is sent once, whatever comes of it, and taken to hold a secret.
pub static OPERATIONS: &[OperationPolicy] = &[
    OperationPolicy {
        operation: "cancelSession",
        method: "POST",
        needs_header: None,
        settled_by: SettledBy::NotFound,
        // Reference, *Response*: never includes `client_secret`.
        holds_secret: false,
        why: "only an open session changes, so that a second request changes nothing more (reference: Production rules), \
              and the reference says to retry (Errors, 429 and 5xx)",
    },
    OperationPolicy {
        operation: "retrieveSession",
        method: "GET",
        needs_header: None,
        settled_by: SettledBy::AnyResponse,
        holds_secret: false,
        why: "reading changes nothing",
    },
    OperationPolicy {
        operation: "listSessions",
        method: "GET",
        needs_header: None,
        settled_by: SettledBy::AnyResponse,
        holds_secret: false,
        why: "reading changes nothing",
    },
    OperationPolicy {
        operation: "createSession",
        method: "POST",
        needs_header: Some("Idempotency-Key"),
        settled_by: SettledBy::SuccessOnly,
        holds_secret: true,
        why: "every attempt carries the same key, and the server replays its first response to it",
    },
];

/// The row for what an attempt came to.
///
/// `status` is that of the response, `is_documented` whether the contract has it for the operation, and `is_vouched_for`
/// whether there is an error envelope of that status.
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
        (When::Status(wanted), Some(status)) => wanted == status,
        (When::Class(wanted), Some(status)) => wanted == status / 100,
        (When::OtherStatus, _) => true,
        _ => false,
    };
    // The last row is for whatever is left: an outcome that the table does not have is not repeated.
    ATTEMPTS.iter().find(|row| fits(row.when)).unwrap_or(&ATTEMPTS[ATTEMPTS.len() - 1])
}

/// The row of an operation, if it may be repeated at all.
pub(crate) fn of_operation(operation: &str, method: &str) -> Option<&'static OperationPolicy> {
    OPERATIONS.iter().find(|policy| policy.operation == operation && policy.method == method)
}

impl Repeated {
    /// Whether there is another attempt with these options.
    pub(crate) fn holds_with(self, options: &CallOptions) -> bool {
        match self {
            Self::Yes => true,
            Self::No => false,
            Self::OnRequest => options.retry_not_implemented,
        }
    }
}

impl SettledBy {
    /// Whether the last attempt's response is one of these; `is_vouched_for` if it has an error envelope of its status.
    pub(crate) fn holds_for(self, status: Option<u16>, delivery: Delivery, is_vouched_for: bool) -> bool {
        match self {
            Self::NotFound => status == Some(404) && is_vouched_for,
            Self::AnyResponse => delivery == Delivery::Responded,
            Self::SuccessOnly => false,
        }
    }
}

impl fmt::Display for SettledBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "404 with its envelope; 409 with the session read back",
            Self::AnyResponse => "any response",
            Self::SuccessOnly => "the success alone",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The tables as the documentation shows them.
    fn rendered() -> String {
        let mut text = String::from(
            "\n# Operations\n\n| operation | repeated | what settles an attempt of unknown delivery | a success may hold a secret | why |\n\
             |---|---|---|---|---|\n",
        );
        for row in OPERATIONS {
            let repeated =
                row.needs_header.map_or("yes".to_owned(), |header| format!("with its `{header}`, the same every time"));
            let holds_secret = if row.holds_secret { "yes" } else { "no" };
            let _ = writeln!(
                text,
                "| `{}` | {repeated} | {} | {holds_secret} | {} |",
                row.operation, row.settled_by, row.why
            );
        }
        text.push_str("| any other | no | its response | perhaps | it is not known what a second request would do |\n");
        text.push_str(
            "\n# Attempts\n\n| an attempt came to | outcome | delivery | repeated | next | why |\n|---|---|---|---|---|---|\n",
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
    fn the_documentation_shows_the_tables_as_they_are() {
        let wanted = rendered();
        assert!(include_str!("retry.md") == wanted, "src/retry.md is not the table; let it be:\n{wanted}");
    }

    #[test]
    fn every_row_can_be_reached() {
        for wanted in ATTEMPTS {
            let found = match wanted.when {
                When::Outcome(outcome) => of_attempt(outcome, Some(201), true, false),
                When::Success => of_attempt(AttemptOutcome::Responded, Some(201), true, false),
                When::WithoutEnvelope(status) => of_attempt(AttemptOutcome::Responded, Some(status), true, false),
                When::Status(status) => of_attempt(AttemptOutcome::Responded, Some(status), true, true),
                When::Class(class) => of_attempt(AttemptOutcome::Responded, Some(class * 100 + 18), false, true),
                When::OtherStatus => of_attempt(AttemptOutcome::Responded, Some(202), false, false),
            };
            assert_eq!(found.what, wanted.what);
        }
    }

    #[test]
    fn what_the_table_does_not_have_is_not_repeated() {
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
    fn an_operation_of_that_name_with_another_method_is_not_the_one_that_is_known() {
        assert!(of_operation("cancelSession", "POST").is_some());
        assert!(of_operation("retrieveSession", "DELETE").is_none());
        assert!(of_operation("refundSession", "POST").is_none());
    }
}

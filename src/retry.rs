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
#![doc = include_str!("retry.md")]

use std::fmt;

use crate::attempt::AttemptOutcome;
use crate::delivery::Delivery;

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
pub static ATTEMPTS: &[AttemptPolicy] = &[
    AttemptPolicy {
        when: When::Outcome(AttemptOutcome::Unsendable),
        what: "a request that the transport does not take",
        delivery: Delivery::NotSent,
        repeated: Repeated::No,
        why: "it would not take it the next time either",
    },
    AttemptPolicy {
        when: When::Outcome(AttemptOutcome::ConnectFailed),
        what: "no connection: refused, unreachable, no address",
        delivery: Delivery::NotSent,
        repeated: Repeated::Yes,
        why: "nothing was sent",
    },
    AttemptPolicy {
        when: When::Outcome(AttemptOutcome::ConnectTimedOut),
        what: "no connection in its time",
        delivery: Delivery::NotSent,
        repeated: Repeated::Yes,
        why: "nothing was sent",
    },
    AttemptPolicy {
        when: When::Outcome(AttemptOutcome::HandshakeDropped),
        what: "connection dropped in the TLS handshake",
        delivery: Delivery::NotSent,
        repeated: Repeated::Yes,
        why: "the request comes after the handshake",
    },
    AttemptPolicy {
        when: When::Outcome(AttemptOutcome::CertificateRefused),
        what: "certificate not trusted, or no TLS on one of the sides",
        delivery: Delivery::NotSent,
        repeated: Repeated::No,
        why: "it may be another server, and the next attempt would meet the same",
    },
    AttemptPolicy {
        when: When::Outcome(AttemptOutcome::TimedOut),
        what: "no response, or only part of it, in its time",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "the operation may be repeated, and the next response tells more",
    },
    AttemptPolicy {
        when: When::Outcome(AttemptOutcome::ConnectionLost),
        what: "connection reset or closed before a response",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "the operation may be repeated, and the next response tells more",
    },
    AttemptPolicy {
        when: When::Outcome(AttemptOutcome::ResponseTruncated),
        what: "documented success, cut off",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "the operation may be repeated, and the next response tells more",
    },
    AttemptPolicy {
        when: When::Outcome(AttemptOutcome::ResponseTooLarge),
        what: "success beyond the size limit",
        delivery: Delivery::Unknown,
        repeated: Repeated::No,
        why: "the next response would be as large",
    },
    AttemptPolicy {
        when: When::Outcome(AttemptOutcome::ProtocolError),
        what: "not HTTP",
        delivery: Delivery::Unknown,
        repeated: Repeated::No,
        why: "what responds is not the server that the contract speaks of",
    },
    AttemptPolicy {
        when: When::Success,
        what: "documented success",
        delivery: Delivery::Responded,
        repeated: Repeated::No,
        why: "it is done",
    },
    AttemptPolicy {
        when: When::Status(401),
        what: "401",
        delivery: Delivery::Responded,
        repeated: Repeated::No,
        why: "the key stays missing or invalid (reference: Errors, 401)",
    },
    AttemptPolicy {
        when: When::Status(404),
        what: "404",
        delivery: Delivery::Responded,
        repeated: Repeated::No,
        why: "no such session of yours (reference: Errors, 404)",
    },
    AttemptPolicy {
        when: When::Status(409),
        what: "409",
        delivery: Delivery::Responded,
        repeated: Repeated::No,
        why: "terminal already, not to be retried (reference: Cancel is only valid from open)",
    },
    AttemptPolicy {
        when: When::Status(429),
        what: "429",
        delivery: Delivery::Responded,
        repeated: Repeated::Yes,
        why: "back off and retry (reference: Errors, 429)",
    },
    AttemptPolicy {
        when: When::Class(4),
        what: "any other 4xx",
        delivery: Delivery::Responded,
        repeated: Repeated::No,
        why: "the same request would be refused again",
    },
    AttemptPolicy {
        when: When::Status(500),
        what: "500",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "transient, retry with bounded backoff (reference: Errors, 5xx)",
    },
    AttemptPolicy {
        when: When::Status(501),
        what: "501",
        delivery: Delivery::Unknown,
        repeated: Repeated::OnRequest,
        why: "not implemented: it will not be a moment later either",
    },
    AttemptPolicy {
        when: When::Status(502),
        what: "502",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "transient, retry with bounded backoff (reference: Errors, 5xx)",
    },
    AttemptPolicy {
        when: When::Status(503),
        what: "503",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "transient, retry with bounded backoff (reference: Errors, 5xx)",
    },
    AttemptPolicy {
        when: When::Status(504),
        what: "504",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "transient, retry with bounded backoff (reference: Errors, 5xx)",
    },
    AttemptPolicy {
        when: When::Class(5),
        what: "any other 5xx",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "transient, retry with bounded backoff (reference: Errors, 5xx)",
    },
    AttemptPolicy {
        when: When::Status(307),
        what: "307",
        delivery: Delivery::Responded,
        repeated: Repeated::No,
        why: "it asks for the same request elsewhere, and is not followed: the key must not travel",
    },
    AttemptPolicy {
        when: When::Status(308),
        what: "308",
        delivery: Delivery::Responded,
        repeated: Repeated::No,
        why: "it asks for the same request elsewhere, and is not followed: the key must not travel",
    },
    AttemptPolicy {
        when: When::Class(3),
        what: "any other redirect",
        delivery: Delivery::Unknown,
        repeated: Repeated::No,
        why: "not documented; it may follow on an action, and is not followed: the key must not travel",
    },
    AttemptPolicy {
        when: When::OtherStatus,
        what: "an undocumented success, or a status of no known class",
        delivery: Delivery::Unknown,
        repeated: Repeated::No,
        why: "what it means is not documented",
    },
];

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
    /// 404: what does not exist was not changed. And 409, together with the session as it reads.
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
/// `status` is that of the response, and `is_documented` whether the contract has it for the operation.
pub(crate) fn of_attempt(outcome: AttemptOutcome, status: Option<u16>, is_documented: bool) -> &'static AttemptPolicy {
    let fits = |when: When| match (when, status) {
        (When::Outcome(wanted), _) => wanted == outcome,
        _ if outcome != AttemptOutcome::Responded => false,
        (When::Success, Some(200..=299)) => is_documented,
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

impl SettledBy {
    /// Whether the last attempt's response is one of these.
    pub(crate) fn holds_for(self, status: Option<u16>, delivery: Delivery) -> bool {
        match self {
            Self::NotFound => status == Some(404),
            Self::AnyResponse => delivery == Delivery::Responded,
            Self::SuccessOnly => false,
        }
    }
}

impl fmt::Display for SettledBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "404; 409 with the session read back",
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
            "\n# Attempts\n\n| an attempt came to | outcome | delivery | repeated | why |\n|---|---|---|---|---|\n",
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
            let _ = writeln!(text, "| {} | `{outcome}` | `{:?}` | {repeated} | {} |", row.what, row.delivery, row.why);
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
                When::Outcome(outcome) => of_attempt(outcome, Some(201), true),
                When::Success => of_attempt(AttemptOutcome::Responded, Some(201), true),
                When::Status(status) => of_attempt(AttemptOutcome::Responded, Some(status), true),
                When::Class(class) => of_attempt(AttemptOutcome::Responded, Some(class * 100 + 18), false),
                When::OtherStatus => of_attempt(AttemptOutcome::Responded, Some(202), false),
            };
            assert_eq!(found.what, wanted.what);
        }
    }

    #[test]
    fn what_the_table_does_not_have_is_not_repeated() {
        for status in [None, Some(0), Some(100), Some(204), Some(302), Some(600), Some(999)] {
            assert_eq!(of_attempt(AttemptOutcome::Responded, status, false).repeated, Repeated::No, "{status:?}");
        }
        assert_eq!(of_attempt(AttemptOutcome::Other, None, false).repeated, Repeated::No);
    }

    #[test]
    fn an_operation_of_that_name_with_another_method_is_not_the_one_that_is_known() {
        assert!(of_operation("cancelSession", "POST").is_some());
        assert!(of_operation("retrieveSession", "DELETE").is_none());
        assert!(of_operation("refundSession", "POST").is_none());
    }
}

//! What is tried again by itself, and what is not.
//!
//! The reference says to back off and retry a `429`, to retry a 5xx with bounded backoff, and not to retry a `409` (*Errors*;
//! *Cancel is only valid from open*). A repetition is safe where a second request cannot do what the first one has not
//! done already: [`OPERATIONS`] lists the operations of which that is known. Any other operation is sent once, whatever comes
//! of it.
//!
//! Of an operation that may be repeated, [`TABLE`] decides after every attempt; its first row that fits counts. Both tables
//! are data, for a program to read, and this page shows them as they are.
//!
//! Before the next attempt comes a pause: a random part of a time that doubles with every attempt (*full jitter*), and of
//! which [`CallOptions::backoff`](crate::CallOptions::backoff) sets beginning and end. A `Retry-After` is a minimum to which
//! that pause is added. If it does not fit the deadline, the call ends at once and says so.
//!
//! Attempts, pauses and reading back share [one deadline](crate::CallOptions::deadline).
#![doc = include_str!("retry.md")]

use crate::attempt::AttemptOutcome;
use crate::delivery::Delivery;

/// One row of [`TABLE`]: what an attempt may come to, and what follows.
#[derive(Debug)]
#[non_exhaustive]
pub struct Row {
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

/// What a [`Row`] is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum When {
    /// An attempt that came to this, rather than to an answer.
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
pub static TABLE: &[Row] = &[
    Row {
        when: When::Outcome(AttemptOutcome::Unsendable),
        what: "a request that the transport does not take",
        delivery: Delivery::NotSent,
        repeated: Repeated::No,
        why: "it would not take it the next time either",
    },
    Row {
        when: When::Outcome(AttemptOutcome::ConnectFailed),
        what: "no connection: refused, unreachable, no address",
        delivery: Delivery::NotSent,
        repeated: Repeated::Yes,
        why: "nothing was sent",
    },
    Row {
        when: When::Outcome(AttemptOutcome::ConnectTimedOut),
        what: "no connection in its time",
        delivery: Delivery::NotSent,
        repeated: Repeated::Yes,
        why: "nothing was sent",
    },
    Row {
        when: When::Outcome(AttemptOutcome::HandshakeDropped),
        what: "connection dropped in the TLS handshake",
        delivery: Delivery::NotSent,
        repeated: Repeated::Yes,
        why: "the request comes after the handshake",
    },
    Row {
        when: When::Outcome(AttemptOutcome::CertificateRefused),
        what: "certificate not trusted, or no TLS on one of the sides",
        delivery: Delivery::NotSent,
        repeated: Repeated::No,
        why: "it may be another server, and the next attempt would meet the same",
    },
    Row {
        when: When::Outcome(AttemptOutcome::TimedOut),
        what: "no answer, or only part of it, in its time",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "the operation may be repeated, and the next answer tells more",
    },
    Row {
        when: When::Outcome(AttemptOutcome::ConnectionLost),
        what: "connection reset or closed before an answer",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "the operation may be repeated, and the next answer tells more",
    },
    Row {
        when: When::Outcome(AttemptOutcome::AnswerTruncated),
        what: "documented success, cut off",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "the operation may be repeated, and the next answer tells more",
    },
    Row {
        when: When::Outcome(AttemptOutcome::AnswerTooLarge),
        what: "success beyond the size limit",
        delivery: Delivery::Unknown,
        repeated: Repeated::No,
        why: "the next answer would be as large",
    },
    Row {
        when: When::Outcome(AttemptOutcome::ProtocolError),
        what: "not HTTP",
        delivery: Delivery::Unknown,
        repeated: Repeated::No,
        why: "what answers is not the server that the contract speaks of",
    },
    Row {
        when: When::Success,
        what: "documented success",
        delivery: Delivery::Answered,
        repeated: Repeated::No,
        why: "it is done",
    },
    Row {
        when: When::Status(401),
        what: "401",
        delivery: Delivery::Answered,
        repeated: Repeated::No,
        why: "the key stays missing or invalid (reference: Errors, 401)",
    },
    Row {
        when: When::Status(404),
        what: "404",
        delivery: Delivery::Answered,
        repeated: Repeated::No,
        why: "no such session of yours (reference: Errors, 404)",
    },
    Row {
        when: When::Status(409),
        what: "409",
        delivery: Delivery::Answered,
        repeated: Repeated::No,
        why: "terminal already, not to be retried (reference: Cancel is only valid from open)",
    },
    Row {
        when: When::Status(429),
        what: "429",
        delivery: Delivery::Answered,
        repeated: Repeated::Yes,
        why: "back off and retry (reference: Errors, 429)",
    },
    Row {
        when: When::Class(4),
        what: "any other 4xx",
        delivery: Delivery::Answered,
        repeated: Repeated::No,
        why: "the same request would be refused again",
    },
    Row {
        when: When::Status(500),
        what: "500",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "transient, retry with bounded backoff (reference: Errors, 5xx)",
    },
    Row {
        when: When::Status(501),
        what: "501",
        delivery: Delivery::Unknown,
        repeated: Repeated::OnRequest,
        why: "not implemented: it will not be a moment later either",
    },
    Row {
        when: When::Status(502),
        what: "502",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "transient, retry with bounded backoff (reference: Errors, 5xx)",
    },
    Row {
        when: When::Status(503),
        what: "503",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "transient, retry with bounded backoff (reference: Errors, 5xx)",
    },
    Row {
        when: When::Status(504),
        what: "504",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "transient, retry with bounded backoff (reference: Errors, 5xx)",
    },
    Row {
        when: When::Class(5),
        what: "any other 5xx",
        delivery: Delivery::Unknown,
        repeated: Repeated::Yes,
        why: "transient, retry with bounded backoff (reference: Errors, 5xx)",
    },
    Row {
        when: When::Status(307),
        what: "307",
        delivery: Delivery::Answered,
        repeated: Repeated::No,
        why: "it asks for the same request elsewhere, and is not followed: the key must not travel",
    },
    Row {
        when: When::Status(308),
        what: "308",
        delivery: Delivery::Answered,
        repeated: Repeated::No,
        why: "it asks for the same request elsewhere, and is not followed: the key must not travel",
    },
    Row {
        when: When::Class(3),
        what: "any other redirect",
        delivery: Delivery::Unknown,
        repeated: Repeated::No,
        why: "not documented; it may follow on an action, and is not followed: the key must not travel",
    },
    Row {
        when: When::OtherStatus,
        what: "an undocumented success, or a status of no known class",
        delivery: Delivery::Unknown,
        repeated: Repeated::No,
        why: "what it means is not documented",
    },
];

/// An operation that may be repeated.
#[derive(Debug)]
#[non_exhaustive]
pub struct Repeatable {
    /// The operation id as the contract writes it.
    pub operation: &'static str,
    /// The method that the operation is known to have. With another one it is not the operation that this row is for.
    pub method: &'static str,
    /// A header without which it is sent once.
    pub needs_header: Option<&'static str>,
    /// The answers that also settle what became of the attempts before them, in words.
    pub settled_by: &'static str,
    /// The reason why repeating it is safe.
    pub why: &'static str,
    settles: Settles,
}

/// Which answer of the last attempt also speaks for the attempts before it.
#[derive(Clone, Copy, Debug)]
enum Settles {
    /// 404: what does not exist was not changed.
    NotFound,
    /// Any that says something: there was no effect to leave open.
    AnyAnswer,
    /// None but the documented success.
    SuccessOnly,
}

/// The operations that may be repeated. Any other one is sent once, whatever comes of it.
pub static OPERATIONS: &[Repeatable] = &[
    Repeatable {
        operation: "cancelSession",
        method: "POST",
        needs_header: None,
        settled_by: "404; 409 with the session read back",
        why: "only an open session changes, so that a second request changes nothing more (reference: Production rules), \
              and the reference says to retry (Errors, 429 and 5xx)",
        settles: Settles::NotFound,
    },
    Repeatable {
        operation: "retrieveSession",
        method: "GET",
        needs_header: None,
        settled_by: "any answer",
        why: "reading changes nothing",
        settles: Settles::AnyAnswer,
    },
    Repeatable {
        operation: "listSessions",
        method: "GET",
        needs_header: None,
        settled_by: "any answer",
        why: "reading changes nothing",
        settles: Settles::AnyAnswer,
    },
    Repeatable {
        operation: "createSession",
        method: "POST",
        needs_header: Some("Idempotency-Key"),
        settled_by: "the success alone",
        why: "every attempt carries the same key, and the server replays its first answer to it",
        settles: Settles::SuccessOnly,
    },
];

/// The row for what an attempt came to.
///
/// `status` is that of the answer, and `is_documented` whether the contract has it for the operation.
pub(crate) fn row(outcome: AttemptOutcome, status: Option<u16>, is_documented: bool) -> &'static Row {
    let fits = |when: When| match (when, status) {
        (When::Outcome(wanted), _) => wanted == outcome,
        _ if outcome != AttemptOutcome::Answered => false,
        (When::Success, Some(200..=299)) => is_documented,
        (When::Status(wanted), Some(status)) => wanted == status,
        (When::Class(wanted), Some(status)) => wanted == status / 100,
        (When::OtherStatus, _) => true,
        _ => false,
    };
    // The last row is for whatever is left: an outcome that the table does not have is not repeated.
    TABLE.iter().find(|row| fits(row.when)).unwrap_or(&TABLE[TABLE.len() - 1])
}

impl Repeatable {
    /// The row of an operation, if it may be repeated at all.
    pub(crate) fn of(operation: &str, method: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|row| row.operation == operation && row.method == method)
    }

    /// Whether the last answer also settles what became of the attempts before it.
    pub(crate) fn is_settled_by(&self, status: Option<u16>, delivery: Delivery) -> bool {
        match self.settles {
            Settles::NotFound => status == Some(404),
            Settles::AnyAnswer => delivery == Delivery::Answered,
            Settles::SuccessOnly => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The tables as the documentation shows them.
    fn rendered() -> String {
        let mut text = String::from(
            "\n# Operations\n\n| operation | repeated | what settles an attempt of unknown delivery | why |\n|---|---|---|---|\n",
        );
        for row in OPERATIONS {
            let repeated =
                row.needs_header.map_or("yes".to_owned(), |header| format!("with its `{header}`, the same every time"));
            let _ = writeln!(text, "| `{}` | {repeated} | {} | {} |", row.operation, row.settled_by, row.why);
        }
        text.push_str("| any other | no | its answer | it is not known what a second request would do |\n");
        text.push_str(
            "\n# Attempts\n\n| an attempt came to | outcome | delivery | repeated | why |\n|---|---|---|---|---|\n",
        );
        for row in TABLE {
            let outcome = match row.when {
                When::Outcome(outcome) => outcome,
                _ => AttemptOutcome::Answered,
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
        for wanted in TABLE {
            let found = match wanted.when {
                When::Outcome(outcome) => row(outcome, Some(201), true),
                When::Success => row(AttemptOutcome::Answered, Some(201), true),
                When::Status(status) => row(AttemptOutcome::Answered, Some(status), true),
                When::Class(class) => row(AttemptOutcome::Answered, Some(class * 100 + 18), false),
                When::OtherStatus => row(AttemptOutcome::Answered, Some(202), false),
            };
            assert_eq!(found.what, wanted.what);
        }
    }

    #[test]
    fn what_the_table_does_not_have_is_not_repeated() {
        for status in [None, Some(0), Some(100), Some(204), Some(302), Some(600), Some(999)] {
            assert_eq!(row(AttemptOutcome::Answered, status, false).repeated, Repeated::No, "{status:?}");
        }
        assert_eq!(row(AttemptOutcome::Other, None, false).repeated, Repeated::No);
    }

    #[test]
    fn an_operation_of_that_name_with_another_method_is_not_the_one_that_is_known() {
        assert!(Repeatable::of("cancelSession", "POST").is_some());
        assert!(Repeatable::of("retrieveSession", "DELETE").is_none());
        assert!(Repeatable::of("refundSession", "POST").is_none());
    }
}

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
//! Attempts, pauses and reading back share [one deadline](crate::CallOptions::deadline). Reading back is retried by the
//! same table, with as many attempts of its own.
//!
//! Every error has a [`NextStep`](crate::NextStep), a column of the same table, with these exceptions:
//!
//! - If the operation must not be repeated, or its request lacks the header that makes that safe, `Retry`, `FixRequest`
//!   and `GiveUp` become `ReadSession` if the request may have taken effect.
//! - If a complete success cannot be decoded, a retry does not help: the next step is `ReadSession` for a creation and
//!   `FixRequest` for a read. A success that is larger than [`max_body`](crate::CallOptions::max_body) is `FixRequest`;
//!   a cancellation is read back first. A session that is too large to read back is `FixRequest`, whatever the row
//!   says.
//! - If neither the last response nor that to reading back can be from 0Gate, such as pages of a website, `Retry`
//!   becomes `FixRequest`: check the base URL. The documented status of a creation is an exception.
//! - If the id of a created session is known, although the response is not a documented success, `Retry` becomes
//!   `ReadSession`.
//! - `GiveUp` becomes `ReadSession` for a cancellation if an attempt may have taken effect, and `FixRequest` for
//!   operations without a session id.
//! - After a 404, and after a 409 without an envelope, the next step is `Retry` if reading the session returns `open`,
//!   which shows that the base URL is right.
//! - A conflict of any operation but a cancellation is `FixRequest`, or `Retry` if it has no envelope and the operation
//!   may be repeated.
//! - A request that was not sent is `FixRequest`.
//!
//! # A server that responds twice
//!
//! HTTP/1.1 responses have no number: if a server responds twice to one request on a kept-alive connection, the second
//! response is taken for the response to the next request. A wrong success is detected, because it names another session. An
//! error names no session, so an error with its envelope that was meant for another request is accepted as the
//! response, and so is a 429; a conflict is checked by reading the session, but on the same connection. To avoid this,
//! turn off [`ClientBuilder::reuse_connections`](crate::ClientBuilder::reuse_connections): then every request
//! opens its own connection.
#![doc = include_str!("retry.md")]

mod attempts;
mod operations;

pub(crate) use self::attempts::of_attempt;
pub use self::attempts::{ATTEMPTS, AttemptPolicy, Repeated, When};
pub(crate) use self::operations::of_operation;
pub use self::operations::{OPERATIONS, OperationPolicy, SettledBy};

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::attempt::AttemptOutcome;

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
}

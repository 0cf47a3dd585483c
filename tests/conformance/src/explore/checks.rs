//! The table of checks of random conversations: what each requires, its level, and its source.

use crate::rules::rule::Level::{self, Must, Should};

/// A check of random conversations.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// The stable id: a list of known failures names it as the case of `exploration`.
    pub id: &'static str,
    /// The level.
    pub level: Level,
    /// What the check requires, in one line.
    pub title: &'static str,
    /// The place in the reference: heading and row.
    pub clause: &'static str,
}

const fn check(id: &'static str, level: Level, title: &'static str, clause: &'static str) -> Check {
    Check { id, level, title, clause }
}

const VALID_FROM_OPEN: &str = "Cancel is only valid from open";
const REPORTED: &str = "Cancel is only valid from open, the status that retrieve reports";
const ABOVE: &str = "Response, above the table";
const OTHERS: &str = "Response, row `…`: all other fields";
const NOT_FOUND: &str = "Errors, 404";
const UNAUTHORIZED: &str = "Errors, 401";
const ELSEWHERE: &str = "Use it for, support and reconciliation (the operation itself is described elsewhere)";

pub(super) static CANCELS_ONCE: Check =
    check("cancels-once", Must, "Only an open session can be cancelled, and only once", VALID_FROM_OPEN);
pub(super) static CANCEL_STATUS: Check = check(
    "cancel-status",
    Must,
    "Cancelling your own session returns 201, or 409 if the session is terminal",
    "Response, above the table; Errors, 409",
);
pub(super) static CANCEL_BODY: Check =
    check("cancel-body", Must, "The 201 is the requested session, cancelled", "Response, rows `id` and `status`");
pub(super) static CANCEL_KEEPS_FIELDS: Check =
    check("cancel-keeps-fields", Must, "Cancelling changes no field but `status`", OTHERS);
pub(super) static CONFLICT_IS_TERMINAL: Check =
    check("conflict-is-terminal", Must, "After a 409 the session is completed, expired or cancelled", "Errors, 409");
pub(super) static STATUS_FOLLOWS: Check =
    check("status-follows", Must, "The status that retrieve reports follows from the requests before it", REPORTED);
pub(super) static CLIENT_SECRET: Check =
    check("no-client-secret", Must, "Neither a cancellation nor a retrieval returns `client_secret`", ABOVE);
pub(super) static FOREIGN_CANCEL: Check =
    check("foreign-cancel", Must, "Cancelling another partner's session returns 404", NOT_FOUND);
pub(super) static UNAUTHORIZED_CANCEL: Check =
    check("unauthorized-cancel", Must, "A cancellation without a valid key returns 401", UNAUTHORIZED);
pub(super) static FOREIGN_RETRIEVE: Check =
    check("foreign-retrieve", Should, "Reading another partner's session returns 404", NOT_FOUND);
pub(super) static UNAUTHORIZED_OTHERS: Check =
    check("unauthorized", Should, "Creating, reading and listing without a valid key returns 401", UNAUTHORIZED);
pub(super) static RETRIEVES: Check = check("retrieves", Should, "Reading your own session returns it", REPORTED);
pub(super) static KEEPS_FIELDS: Check =
    check("keeps-fields", Should, "A session has the same fields in every response, except for `status`", OTHERS);
pub(super) static CREATES: Check =
    check("creates", Should, "A creation with a new key returns a new, open session", ELSEWHERE);
pub(super) static REPLAYS: Check =
    check("replays", Should, "The same creation with the same key returns the same session", ELSEWHERE);
pub(super) static KEY_REFUSED: Check =
    check("key-with-other-body", Should, "A reused key with another body is refused", ELSEWHERE);
pub(super) static CREATED_ONCE: Check =
    check("created-once", Should, "A creation creates one session; a refused one creates none", ELSEWHERE);
pub(super) static LIST_OWN: Check = check("list-own", Should, "A list has no sessions of another partner", NOT_FOUND);
pub(super) static LIST_COMPLETE: Check =
    check("list-complete", Should, "The pages of a list have every session once, newest first", ELSEWHERE);
pub(super) static LIST_SESSION: Check = check(
    "list-session",
    Should,
    "A listed session is the same as retrieve shows it, without a client secret",
    REPORTED,
);

/// All checks, the most severe first.
pub(crate) static CHECKS: [&Check; 20] = [
    &CANCELS_ONCE,
    &CANCEL_STATUS,
    &CANCEL_BODY,
    &CANCEL_KEEPS_FIELDS,
    &CONFLICT_IS_TERMINAL,
    &STATUS_FOLLOWS,
    &CLIENT_SECRET,
    &FOREIGN_CANCEL,
    &UNAUTHORIZED_CANCEL,
    &FOREIGN_RETRIEVE,
    &UNAUTHORIZED_OTHERS,
    &RETRIEVES,
    &KEEPS_FIELDS,
    &CREATES,
    &REPLAYS,
    &KEY_REFUSED,
    &CREATED_ONCE,
    &LIST_OWN,
    &LIST_COMPLETE,
    &LIST_SESSION,
];

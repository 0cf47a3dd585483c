//! The table of checks of random sequences: what each requires, its level, and its source.

use crate::rules::rule::{ELSEWHERE, Level};

/// A check of random sequences.
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

const VALID_FROM_OPEN: &str = "Cancel is only valid from open";
const REPORTED: &str = "Cancel is only valid from open, the status that retrieve reports";
const ABOVE: &str = "Response, above the table";
const OTHERS: &str = "Response, row `…`: all other fields";
const NOT_FOUND: &str = "Errors, 404";
const UNAUTHORIZED: &str = "Errors, 401";

macro_rules! checks {
    ($($name:ident $id:literal $level:ident $title:literal, $clause:expr;)*) => {
        $(pub(super) static $name: Check =
            Check { id: $id, level: Level::$level, title: $title, clause: $clause };)*

        /// All checks, the most severe first.
        pub(crate) static CHECKS: &[&Check] = &[$(&$name),*];
    };
}

checks! {
    CANCELS_ONCE "cancels-once" Must "Only an open session can be cancelled, and only once", VALID_FROM_OPEN;
    CANCEL_STATUS "cancel-status" Must
        "Cancelling your own session returns 201, or 409 if the session is terminal",
        "Response, above the table; Errors, 409";
    CANCEL_BODY "cancel-body" Must "The 201 is the requested session, cancelled", "Response, rows `id` and `status`";
    CANCEL_KEEPS_FIELDS "cancel-keeps-fields" Must "Cancelling changes no field but `status`", OTHERS;
    CONFLICT_IS_TERMINAL "conflict-is-terminal" Must
        "After a 409 the session is completed, expired or cancelled", "Errors, 409";
    STATUS_FOLLOWS "status-follows" Must
        "The status that retrieve reports follows from the requests before it", REPORTED;
    CLIENT_SECRET "no-client-secret" Must "Neither a cancellation nor a retrieval returns `client_secret`", ABOVE;
    FOREIGN_CANCEL "foreign-cancel" Must "Cancelling another partner's session returns 404", NOT_FOUND;
    UNAUTHORIZED_CANCEL "unauthorized-cancel" Must "A cancellation without a valid key returns 401", UNAUTHORIZED;
    FOREIGN_RETRIEVE "foreign-retrieve" Should "Reading another partner's session returns 404", NOT_FOUND;
    UNAUTHORIZED_OTHERS "unauthorized" Should
        "Creating, reading and listing without a valid key returns 401", UNAUTHORIZED;
    RETRIEVES "retrieves" Should "Reading your own session returns it", REPORTED;
    KEEPS_FIELDS "keeps-fields" Should "A session has the same fields in every response, except for `status`", OTHERS;
    CREATES "creates" Should "A creation with a new key returns a new, open session", ELSEWHERE;
    REPLAYS "replays" Should "The same creation with the same key returns the same session", ELSEWHERE;
    KEY_REFUSED "key-with-other-body" Should "A reused key with another body is refused", ELSEWHERE;
    CREATED_ONCE "created-once" Should "A creation creates one session; a refused one creates none", ELSEWHERE;
    LIST_OWN "list-own" Should "A list has no sessions of another partner", NOT_FOUND;
    LIST_COMPLETE "list-complete" Should "The pages of a list have every session once, newest first", ELSEWHERE;
    LIST_SESSION "list-session" Should
        "A listed session is the same as retrieve shows it, without a client secret", REPORTED;
}

//! Definite responses: conflicts, refusals, and what they say about a session.

use serde_json::json;
use zerogate_emulator::{Fault, Operation, Status};

use super::base::{CANCEL, WIRE, with};
use crate::grade::case::{Case, Key, Says, Script, Session};
use crate::grade::outcome::Outcome::{AlreadyTerminal, Cancelled, Error, NotFound, Unauthorized, Unknown};
use crate::grade::wire;
use crate::rules::rule::Level;

/// A session that somebody else has ended. `unknown` is imprecise but true; according to the reference, it is not a
/// failure.
const TERMINAL: Says = Says { done: &[], undone: &[AlreadyTerminal, Unknown], status: true };

const BENIGN: &str =
    "A conflict says that the session has ended; a client that fails or retries turns that into an incident.";

pub(super) const CASES: &[Case] = &[
    Case {
        id: "conflict-completed",
        title: "A completed session is reported as terminal, after one request",
        clause: "Production rules, only an open session cancels",
        why: "The customer may have paid: saying `cancelled` or failing loses the order.",
        script: Script { session: Session::In(Status::Completed), ..CANCEL },
        says: TERMINAL,
        checks: &[wire::once],
        ..WIRE
    },
    Case {
        id: "conflict-expired",
        title: "An expired session is reported as terminal, after one request",
        clause: "Production rules, only an open session cancels",
        why: BENIGN,
        script: Script { session: Session::In(Status::Expired), ..CANCEL },
        says: TERMINAL,
        checks: &[wire::once],
        ..WIRE
    },
    // It is cancelled, whoever did it: a client that reads the session and prints that is right.
    Case {
        id: "conflict-cancelled",
        title: "A session that was cancelled before is reported as terminal or cancelled, after one request",
        clause: "Production rules, only an open session cancels",
        why: BENIGN,
        script: Script { session: Session::In(Status::Cancelled), ..CANCEL },
        says: Says { done: &[], undone: &[AlreadyTerminal, Cancelled, Unknown], status: true },
        checks: &[wire::once],
        ..WIRE
    },
    Case {
        id: "conflict-new-status",
        title: "A terminal status that is not in the reference yet is still terminal",
        level: Level::Should,
        clause: "Cancel is only valid from open",
        why: "The conflict already says that the session has ended; a new word must not turn that into a failure.",
        script: Script {
            session: Session::In(Status::Completed),
            faults: |_| {
                let kind = with(&[("status", json!("settled"))]);
                vec![Fault::new(kind).on(Operation::RetrieveSession).after().until_reset()]
            },
            ..CANCEL
        },
        says: Says { status: false, ..TERMINAL },
        ..WIRE
    },
    Case {
        id: "not-found",
        title: "A session that does not exist is not reported as cancelled or terminal",
        clause: "Errors, row 404",
        why: "Only the owner of a session can end it: a 404 says nothing about the session's state.",
        script: Script { session: Session::Missing, ..CANCEL },
        says: Says { done: &[], undone: &[NotFound, Error, Unknown], status: false },
        ..WIRE
    },
    Case {
        id: "not-found-once",
        title: "A 404 is not retried",
        level: Level::Should,
        clause: "Errors, row 404",
        why: "The session will not appear; retries only delay the report of a wrong id.",
        script: Script { session: Session::Missing, ..CANCEL },
        checks: &[wire::once],
        ..WIRE
    },
    Case {
        id: "unauthorized",
        title: "A refused key is not reported as a status of the session",
        clause: "Errors, row 401",
        why: "A 401 says nothing about the session, which is still open.",
        script: Script { key: Key::Unknown, ..CANCEL },
        says: Says { done: &[], undone: &[Unauthorized, Error, Unknown], status: false },
        ..WIRE
    },
    Case {
        id: "unauthorized-once",
        title: "A 401 is not retried",
        level: Level::Should,
        clause: "Errors, row 401",
        why: "The key stays refused, and repeated failures may lock it.",
        script: Script { key: Key::Unknown, ..CANCEL },
        checks: &[wire::once],
        ..WIRE
    },
    // Refusing the key before anything is sent is as good as passing on the 401.
    Case {
        id: "publishable-key",
        title: "A publishable key cancels nothing",
        clause: "Production rules, this endpoint requires an sk_* key",
        why: "A browser key in a server's configuration must be noticed before sessions stay open.",
        script: Script { key: Key::Publishable, ..CANCEL },
        says: Says { done: &[], undone: &[Unauthorized, Error, Unknown], status: false },
        ..WIRE
    },
    Case {
        id: "request-id",
        title: "The request id that a client prints is one that the server sent",
        level: Level::Should,
        clause: "Use it for, store the request id",
        why: "Support finds nothing by an id that the client made up or took from another call.",
        script: Script { session: Session::In(Status::Completed), ..CANCEL },
        checks: &[wire::request_id],
        ..WIRE
    },
];

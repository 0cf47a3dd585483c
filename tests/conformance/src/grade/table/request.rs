//! The request of a cancellation on the wire.

use zerogate_emulator::FaultKind;

use super::base::{CANCEL, WIRE, once_after};
use crate::grade::case::{Case, Says, Script};
use crate::grade::outcome::Outcome;
use crate::grade::{request, wire};
use crate::rules::rule::Level;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "success",
        title: "A client cancels an open session, and says so if it prints outcomes",
        clause: "Response, row `status`",
        why: "A client that fails this cannot be used at all.",
        says: Says { done: &[Outcome::Cancelled], undone: &[], status: true },
        checks: &[wire::takes_effect],
        ..WIRE
    },
    Case {
        id: "success-once",
        title: "A client sends no further cancellation after a success",
        clause: "Cancel is only valid from open",
        why: "The second cancellation gets a conflict, and the caller gets an error although the first succeeded.",
        checks: &[wire::once],
        ..WIRE
    },
    Case {
        id: "request-target",
        title: "The target of the request is the path, without a query",
        clause: "Endpoint, row `Path`",
        why: "A query is not documented, and a stricter server may refuse it.",
        everywhere: true,
        checks: &[request::target],
        ..WIRE
    },
    Case {
        id: "request-body",
        title: "The request has no body",
        clause: "Request",
        why: "A server or gateway may refuse a body that the reference rules out.",
        everywhere: true,
        checks: &[request::body],
        ..WIRE
    },
    Case {
        id: "request-headers",
        title: "The request has no undocumented headers",
        level: Level::Should,
        clause: "Request, row `Authorization`",
        why: "The reference documents one header; others may change what a gateway does, or leak something.",
        everywhere: true,
        checks: &[request::headers],
        ..WIRE
    },
    Case {
        id: "request-accept",
        title: "The request accepts JSON",
        level: Level::Should,
        clause: "Response",
        why: "A server may refuse to send JSON to a client that accepts only something else.",
        everywhere: true,
        checks: &[request::accept],
        ..WIRE
    },
    Case {
        id: "key-elsewhere",
        title: "The key is in `Authorization` and nowhere else",
        clause: "Request, row `Authorization`",
        why: "URLs and other headers end up in logs, where keys must not be.",
        everywhere: true,
        checks: &[request::key_elsewhere],
        ..WIRE
    },
    Case {
        id: "key-printed",
        title: "The key is not printed",
        level: Level::Should,
        clause: "Production rules, keep secret keys on your server",
        why: "Logs are kept longer, and read by more people, than a key should be.",
        everywhere: true,
        checks: &[request::key_printed],
        ..WIRE
    },
    Case {
        id: "one-at-a-time",
        title: "A client sends one attempt at a time",
        level: Level::Should,
        clause: "Errors, row 5xx: retry with bounded backoff",
        why: "Of two cancellations at once, one gets a conflict, and the client may report that one.",
        script: Script { faults: |_| once_after(FaultKind::delay(400)), ..CANCEL },
        checks: &[wire::one_at_a_time],
        ..WIRE
    },
];

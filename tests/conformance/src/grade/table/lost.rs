//! Responses that are lost, late or cut off: the session may still be cancelled.

use zerogate_emulator::{Fault, FaultKind, Operation, Status};

use super::base::{CANCEL, OWN, SAYS, WIRE, always, once, once_after};
use crate::grade::case::{Case, Overrun, Says, Script, Session};
use crate::grade::outcome::Outcome::{AlreadyTerminal, Created, Error, Unknown};
use crate::grade::wire;
use crate::rules::rule::Level;

const FALSE_ALARM: &str =
    "The session is cancelled: a caller that gets a failure tells the customer that it is open, or cancels again.";

/// A creation.
const CREATE: Script = Script { operation: Operation::CreateSession, ..CANCEL };

/// The response to a cancellation that took effect is lost, and every retry gets this status.
fn lost_and_then(status: u16) -> Vec<Fault> {
    [once_after(FaultKind::Reset), always(FaultKind::status(status))].concat()
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "reset-before",
        title: "A client reports the truth if the connection was reset before the request took effect",
        clause: "Cancel is only valid from open",
        why: "Nothing happened, and the client cannot know: `cancelled` without a response is a guess.",
        script: Script { faults: |_| once(FaultKind::Reset), ..CANCEL },
        ..SAYS
    },
    Case {
        id: "reset-after",
        title: "A cancellation whose response is lost is not reported as a failure",
        clause: "Cancel is only valid from open, the terminal state is authoritative",
        why: FALSE_ALARM,
        script: Script { faults: |_| once_after(FaultKind::Reset), ..CANCEL },
        says: OWN,
        ..WIRE
    },
    Case {
        id: "reset-after-read",
        title: "A client reads the session after a conflict that its own lost cancellation may have caused",
        level: Level::Should,
        clause: "Cancel is only valid from open, read the current status from retrieve",
        why: "Only the session itself shows whether it was cancelled or paid.",
        script: Script { faults: |_| once_after(FaultKind::Reset), ..CANCEL },
        checks: &[wire::reads_after_own_conflict],
        ..WIRE
    },
    // To the client, it is the same whether the session was completed before the first attempt or between two of them.
    Case {
        id: "reset-then-completed",
        title: "A session that somebody else completed is not reported as cancelled after a lost response",
        clause: "Cancel is only valid from open, the terminal state is authoritative",
        why: "A 409 after a retry does not say who ended the session: the customer may have paid in between.",
        script: Script { session: Session::In(Status::Completed), faults: |_| once(FaultKind::Reset), ..CANCEL },
        says: Says { done: &[], undone: &[AlreadyTerminal, Error, Unknown], status: true },
        ..WIRE
    },
    Case {
        id: "reset-then-throttled",
        title: "A cancellation whose response is lost is not reported as throttled, even if its retries are",
        clause: "Cancel is only valid from open, the terminal state is authoritative",
        why: FALSE_ALARM,
        script: Script { faults: |_| lost_and_then(429), ..CANCEL },
        says: OWN,
        applies: wire::retries,
        ..WIRE
    },
    Case {
        id: "reset-then-unavailable",
        title: "A cancellation whose response is lost is not reported as a failure, even if its retries fail",
        clause: "Cancel is only valid from open, the terminal state is authoritative",
        why: FALSE_ALARM,
        script: Script { faults: |_| lost_and_then(503), ..CANCEL },
        says: OWN,
        applies: wire::retries,
        ..WIRE
    },
    Case {
        id: "timeout",
        title: "A cancellation whose response times out is not reported as a failure",
        clause: "Cancel is only valid from open, the terminal state is authoritative",
        why: FALSE_ALARM,
        script: Script {
            faults: |_| once_after(FaultKind::delay(2_500)),
            timeout_ms: 400,
            overrun: Overrun::HasNoDeadline,
            ..CANCEL
        },
        says: OWN,
        applies: wire::times_out,
        ..WIRE
    },
    Case {
        id: "truncated",
        title: "A cancellation whose response is cut off is not reported as a failure",
        clause: "Cancel is only valid from open, the terminal state is authoritative",
        why: FALSE_ALARM,
        script: Script { faults: |_| once_after(FaultKind::Truncated), ..CANCEL },
        says: OWN,
        ..WIRE
    },
    Case {
        id: "slow-drip",
        title: "A cancellation whose response arrives in slow small parts is not reported as a failure",
        clause: "Cancel is only valid from open, the terminal state is authoritative",
        why: "A time limit may end in the middle of the body, after the cancellation.",
        script: Script { faults: |_| once_after(FaultKind::Drip { ms: 80 }), timeout_ms: 400, ..CANCEL },
        says: OWN,
        ..WIRE
    },
    Case {
        id: "create-lost",
        title: "A creation whose response is lost is repeated with the same `Idempotency-Key` and body, and is no failure",
        level: Level::Should,
        clause: "Use it for; the vendor's documentation of createSession",
        why: "A second session for one order can be paid twice, and a program that is told of a failure creates one.",
        script: Script {
            faults: |_| vec![Fault::new(FaultKind::Reset).on(Operation::CreateSession).after()],
            ..CREATE
        },
        says: Says { done: &[Created, Unknown], undone: &[], status: false },
        checks: &[wire::created_once, wire::same_creation],
        ..WIRE
    },
];

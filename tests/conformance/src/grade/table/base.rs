//! What cases have in common.

use zerogate_emulator::{Alteration, Fault, FaultKind, Operation, Status};

use crate::grade::case::{Case, Key, Overrun, Says, Script, Session};
use crate::grade::outcome::Outcome::{self, AlreadyTerminal, Cancelled, Error, RateLimited, Unknown};
use crate::rules::rule::Level;

/// A cancellation of an open session with a valid key, with enough time.
pub(super) const CANCEL: Script = Script {
    operation: Operation::CancelSession,
    key: Key::Secret,
    session: Session::In(Status::Open),
    faults: |_| Vec::new(),
    timeout_ms: 5_000,
    deadline_ms: 10_000,
    runs: 1,
    overrun: Overrun::Hangs,
};

/// A case that judges what was sent, whatever the client says.
pub(super) const WIRE: Case = Case {
    id: "",
    title: "",
    level: Level::Must,
    clause: "",
    why: "",
    script: CANCEL,
    says: Says { done: Outcome::ALL, undone: Outcome::ALL, status: false },
    checks: &[],
};

/// The session may have been cancelled by a retry; without one it is as it was, and a failure is the truth.
pub(super) const TRUE: Says = Says { done: &[Cancelled, Unknown], undone: &[Error, Unknown], status: false };

/// The same after a `429`, for which a client has a word.
pub(super) const THROTTLED: Says =
    Says { done: &[Cancelled, Unknown], undone: &[RateLimited, Error, Unknown], status: false };

/// The session is cancelled, and the client did it. A client that retries gets a conflict for its own cancellation, and
/// `already_terminal` is what the reference says of that; whatever status it names must be `cancelled`. A client that does not
/// retry cannot tell. A failure is wrong in both.
pub(super) const OWN: Says =
    Says { done: &[Cancelled, Unknown, AlreadyTerminal], undone: &[Error, Unknown], status: true };

/// A case that judges what the client says.
pub(super) const SAYS: Case = Case { says: TRUE, ..WIRE };

/// This once, in place of a cancellation.
pub(super) fn once(kind: FaultKind) -> Vec<Fault> {
    vec![Fault::new(kind).on(Operation::CancelSession).before()]
}

/// This once, after a cancellation was carried out.
pub(super) fn once_after(kind: FaultKind) -> Vec<Fault> {
    vec![Fault::new(kind).on(Operation::CancelSession).after()]
}

/// This always, in place of a cancellation.
pub(super) fn always(kind: FaultKind) -> Vec<Fault> {
    vec![Fault::new(kind).on(Operation::CancelSession).before().until_reset()]
}

/// A success with other fields.
pub(super) fn with(set: &[(&str, serde_json::Value)]) -> FaultKind {
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    FaultKind::Alter(Alteration { set, ..Alteration::default() })
}

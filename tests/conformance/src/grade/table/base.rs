//! Parts that cases share.

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
    shared: None,
    overrun: Overrun::Hangs,
};

/// A case that judges only what was sent.
pub(super) const WIRE: Case = Case {
    id: "",
    title: "",
    level: Level::Must,
    clause: "",
    why: "",
    script: CANCEL,
    says: Says { done: Outcome::ALL, undone: Outcome::ALL, status: false },
    applies: |_| Ok(()),
    checks: &[],
    everywhere: false,
};

/// A retry may have cancelled the session; without one it is unchanged, and a failure is true.
pub(super) const TRUE: Says = Says { done: &[Cancelled, Unknown], undone: &[Error, Unknown], status: false };

/// The same after a `429`, which has its own outcome.
pub(super) const THROTTLED: Says =
    Says { done: &[Cancelled, Unknown], undone: &[RateLimited, Error, Unknown], status: false };

/// The session is cancelled, and the client did it. A client that retries gets a conflict for its own cancellation,
/// which the reference calls already terminal; a status that it prints must be `cancelled`. A client that does not
/// retry cannot tell. A failure is wrong for both.
pub(super) const OWN: Says =
    Says { done: &[Cancelled, Unknown, AlreadyTerminal], undone: &[Error, Unknown], status: true };

/// A case that judges the outcome.
pub(super) const SAYS: Case = Case { says: TRUE, ..WIRE };

/// This fault once, in place of a cancellation.
pub(super) fn once(kind: FaultKind) -> Vec<Fault> {
    vec![Fault::new(kind).on(Operation::CancelSession).before()]
}

/// This fault once, after a cancellation took effect.
pub(super) fn once_after(kind: FaultKind) -> Vec<Fault> {
    vec![Fault::new(kind).on(Operation::CancelSession).after()]
}

/// This fault always, in place of a cancellation.
pub(super) fn always(kind: FaultKind) -> Vec<Fault> {
    vec![Fault::new(kind).on(Operation::CancelSession).before().until_reset()]
}

/// A success with other fields.
pub(super) fn with(set: &[(&str, serde_json::Value)]) -> FaultKind {
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    FaultKind::Alter(Alteration { set, ..Alteration::default() })
}

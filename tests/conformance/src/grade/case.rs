//! A case as data: what a server does in a run of a client, and what the client may send and conclude.

use zerogate_emulator::{Fault, Operation, Status};

use super::outcome::Outcome;
use super::run::Run;
use crate::rules::rule::Level;

/// A case: what the server does in a run of a client, and what is expected of the client.
#[derive(Debug)]
#[non_exhaustive]
pub struct Case {
    /// The id.
    pub id: &'static str,
    /// What it requires, in a line.
    pub title: &'static str,
    /// Its level.
    pub level: Level,
    /// The heading and row of the reference that it is based on.
    pub clause: &'static str,
    /// Why it matters.
    pub why: &'static str,
    pub(super) script: Script,
    pub(super) says: Says,
    /// Whether the client does what the case is about.
    pub(super) applies: Applies,
    /// The checks besides the outcome.
    pub(super) checks: &'static [Check],
    /// Whether the checks apply to what the client does in the other cases, too.
    pub(super) everywhere: bool,
}

/// The script: what happens to the client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    pub(super) operation: Operation,
    pub(super) key: Key,
    pub(super) session: Session,
    pub(super) faults: fn(&Setting) -> Vec<Fault>,
    /// The client's time limits, in milliseconds.
    pub(super) timeout_ms: u64,
    pub(super) deadline_ms: u64,
    /// How many times the client runs.
    pub(super) runs: usize,
    /// The script's name, if several cases have it: all of them are judged by the same runs.
    pub(super) shared: Option<&'static str>,
    /// How to judge a client that is still running at its time limit.
    pub(super) overrun: Overrun,
}

/// The client's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Secret,
    Publishable,
    /// A key that the server does not know.
    Unknown,
}

/// The session to cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Session {
    In(Status),
    /// An id that does not exist.
    Missing,
    /// An id that contains a path.
    Dots,
}

/// How to judge a client that had to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overrun {
    /// It hangs: the case cannot be judged.
    Hangs,
    /// It does not apply its deadline.
    HasNoDeadline,
    /// It waits for what the server asks for, such as a day. That is a mistake even of a client without a deadline.
    Finding,
}

/// The values that a script may use.
#[derive(Debug)]
pub(super) struct Setting {
    /// The session's id.
    pub(super) session: String,
    /// The base URL of another host.
    pub(super) elsewhere: String,
    /// One to two seconds from now, as an HTTP date.
    pub(super) soon: String,
}

/// The outcomes that are true.
#[derive(Debug, Clone, Copy)]
pub(super) struct Says {
    /// The outcomes that are true if the client's request took effect.
    pub(super) done: &'static [Outcome],
    /// The outcomes that are true if it did not.
    pub(super) undone: &'static [Outcome],
    /// Whether a status that the client prints must be the session's.
    pub(super) status: bool,
}

/// A check of what the client sent in all runs of a case.
pub(super) type Check = fn(&[Run]) -> Judged;

/// Why a case is not judged by these runs, if it is not.
pub(super) type Applies = fn(&[Run]) -> Result<(), NotJudged>;

/// The findings, or why the check does not apply.
pub(super) type Judged = Result<Vec<Finding>, NotJudged>;

/// A mistake of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What is required.
    pub expected: String,
    /// What the client did instead.
    pub received: String,
}

impl Finding {
    pub(super) fn new(expected: impl Into<String>, received: impl Into<String>) -> Self {
        Self { expected: expected.into(), received: received.into() }
    }

    /// Returns the finding, unless `fine`.
    pub(super) fn unless(fine: bool, finding: impl FnOnce() -> Self) -> Judged {
        Ok(if fine { Vec::new() } else { vec![finding()] })
    }
}

/// Why a case is not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotJudged {
    /// The reason, in a line.
    pub why: String,
    /// Whether something went wrong; otherwise the client does not do what the case is about.
    pub is_trouble: bool,
}

impl NotJudged {
    /// The client does not do what the case is about.
    pub(super) fn beside_the_point(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_trouble: false }
    }

    pub(super) fn trouble(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_trouble: true }
    }
}

impl Case {
    /// Whether it judges the outcome that the client prints.
    pub(super) fn judges_outcome(&self) -> bool {
        self.says.done.len() < Outcome::ALL.len() || self.says.undone.len() < Outcome::ALL.len()
    }
}

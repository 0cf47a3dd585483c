//! A case as data: a scripted conversation, and what a client may send and conclude in it.

use zerogate_emulator::{Fault, Operation, Status};

use super::outcome::Outcome;
use super::run::Run;
use crate::rules::rule::Level;

/// A case: a scripted conversation with a client, and what is expected of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Case {
    /// The id.
    pub id: &'static str,
    /// What it requires, in a line.
    pub title: &'static str,
    /// How binding it is.
    pub level: Level,
    /// The heading and row of the reference that it is based on.
    pub clause: &'static str,
    /// Why it matters.
    pub why: &'static str,
    pub(super) script: Script,
    pub(super) says: Says,
    /// What is judged beside the outcome.
    pub(super) checks: &'static [Check],
}

/// What awaits the client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    pub(super) operation: Operation,
    pub(super) key: Key,
    pub(super) session: Session,
    pub(super) faults: fn(&Setting) -> Vec<Fault>,
    /// The time limits that the client is given, in milliseconds.
    pub(super) timeout_ms: u64,
    pub(super) deadline_ms: u64,
    /// How often the conversation is held.
    pub(super) runs: usize,
    /// What it means if the client is still running when it is stopped.
    pub(super) overrun: Overrun,
}

/// The key that the client is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Secret,
    Publishable,
    /// One that the server does not know.
    Unknown,
}

/// The session that the client is to cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Session {
    In(Status),
    /// An id that does not exist.
    Missing,
    /// An id that is a path.
    Dots,
}

/// What it means that a client had to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overrun {
    /// It hangs, and nothing can be said of it.
    Hangs,
    /// It does not apply the deadline that it is given.
    HasNoDeadline,
    /// It waits where there is nothing to wait for.
    Finding,
}

/// What a script may refer to.
#[derive(Debug)]
pub(super) struct Setting {
    /// The session's id.
    pub(super) session: String,
    /// The base URL of another host.
    pub(super) elsewhere: String,
    /// A second or two from now, in whole seconds, as an HTTP date.
    pub(super) soon: String,
}

/// The outcomes that are true.
#[derive(Debug, Clone, Copy)]
pub(super) struct Says {
    /// If the client's request took effect.
    pub(super) done: &'static [Outcome],
    /// If it did not.
    pub(super) undone: &'static [Outcome],
    /// Whether a status that the client names must be the session's.
    pub(super) status: bool,
}

/// Whether anything is wrong with what the client sent, over all runs of a case.
pub(super) type Check = fn(&[Run]) -> Judged;

/// The findings, or why nothing can be said.
pub(super) type Judged = Result<Vec<Finding>, NotJudged>;

/// Something that a client does wrong.
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

    /// The finding, unless `fine`.
    pub(super) fn unless(fine: bool, finding: impl FnOnce() -> Self) -> Judged {
        Ok(if fine { Vec::new() } else { vec![finding()] })
    }
}

/// Why a case is not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotJudged {
    /// Why, in a line.
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
    /// Whether it judges what the client says.
    pub(super) fn judges_outcome(&self) -> bool {
        self.says.done.len() < Outcome::ALL.len() || self.says.undone.len() < Outcome::ALL.len()
    }
}

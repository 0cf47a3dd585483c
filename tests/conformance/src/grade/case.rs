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

/// The length at which the explanation of a case cuts a fault: one has a huge body.
const LONG: usize = 1_000;

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
    /// What a run of it is like and what is right, as labelled lines, to debug a client.
    pub(crate) fn explained(&self) -> Vec<(&'static str, String)> {
        let Script { key, session, faults, timeout_ms, deadline_ms, runs, .. } = self.script;
        let key = match key {
            Key::Secret => "a valid secret key",
            Key::Publishable => "a publishable key",
            Key::Unknown => "a key that the server does not know",
        };
        let session = match session {
            _ if self.script.operation == Operation::CreateSession => "created by the client".to_owned(),
            Session::In(status) => status.to_string(),
            Session::Missing => "an id that does not exist".to_owned(),
            Session::Dots => "an id that contains a path".to_owned(),
        };
        let text = |text: &str| text.to_owned();
        let setting = Setting {
            session: text("GATE_SESSION_ID"),
            elsewhere: text("http://another-host/v1"),
            soon: text("an HTTP date 1 to 2 s from now"),
        };
        let fault = |fault: Fault| {
            let json = serde_json::to_string(&fault).unwrap_or_default();
            ("fault", json.get(..LONG).map_or_else(|| json.clone(), |start| format!("{start}… (shortened)")))
        };
        let limits = format!("GATE_TIMEOUT_MS={timeout_ms} GATE_DEADLINE_MS={deadline_ms}");
        let own = [("key", text(key)), ("session", session)];
        let rest = [("limits", limits), ("runs", runs.to_string()), ("right", self.right())];
        own.into_iter().chain(faults(&setting).into_iter().map(fault)).chain(rest).collect()
    }

    /// The outcomes that are right.
    fn right(&self) -> String {
        let Says { done, undone, status } = self.says;
        if !self.judges_outcome() {
            return "any outcome: only what the client sends and prints besides is judged".to_owned();
        }
        let list = |outcomes: &[Outcome]| outcomes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        let sides = [(done, "if a request took effect"), (undone, "if none did")];
        let sides = sides.into_iter().filter(|(outcomes, _)| !outcomes.is_empty());
        let sides = sides.map(|(outcomes, when)| format!("{} {when}", list(outcomes)));
        let status = status.then(|| "a `status`, if printed, must be the session's".to_owned());
        sides.chain(status).collect::<Vec<_>>().join("; ")
    }

    /// Whether it judges the outcome that the client prints.
    pub(super) fn judges_outcome(&self) -> bool {
        self.says.done.len() < Outcome::ALL.len() || self.says.undone.len() < Outcome::ALL.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::cases;

    #[test]
    fn an_explained_case_can_be_played_with_the_emulator() {
        for case in cases() {
            for (label, text) in case.explained() {
                assert!(!text.is_empty(), "{}: {label}", case.id);
                let is_whole = label == "fault" && !text.ends_with("(shortened)");
                assert!(!is_whole || serde_json::from_str::<Fault>(&text).is_ok(), "{}: {text}", case.id);
            }
        }
    }
}

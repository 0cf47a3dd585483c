//! One run of a client: what was sent, what the server did, and what the client printed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use zerogate_emulator::{JournalEntry, Operation};

use super::outcome::Said;
use super::process::Tally;
use crate::proxy::wiretap::Request;

/// A finished run.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) operation: Option<Operation>,
    pub(super) key: String,
    pub(super) session: String,
    /// The requests to the server, the earliest first.
    pub(super) requests: Vec<Request>,
    /// Why a connection could not be read to its end, if one could not.
    pub(super) unread: Option<&'static str>,
    /// The server's journal.
    pub(super) journal: Vec<JournalEntry>,
    /// The session's status at the end.
    pub(super) status: Option<String>,
    /// Whether the key arrived at another host.
    pub(super) has_leaked: bool,
    pub(super) said: Option<Said>,
    /// Whether it printed an outcome that is not its last line.
    pub(super) is_misplaced: bool,
    /// The outcomes of the process that it was one case of, if that is served.
    pub(super) tally: Option<Arc<Tally>>,
    /// The end of what the client printed, without secrets.
    pub(super) output: String,
    /// Where the client printed the key.
    pub(super) printed_key_on: Option<&'static str>,
    /// How the client ended, in words.
    pub(super) end: String,
    /// Why the run cannot be judged.
    pub(super) trouble: Option<String>,
    /// Whether the client was stopped because it took too long.
    pub(super) is_stopped: bool,
    pub(super) began: Option<Instant>,
    pub(super) elapsed: Duration,
    /// The time that the script told the client to wait for, in milliseconds since 1970.
    pub(super) soon_ms: i64,
    /// The same clock when the run began.
    pub(super) began_ms: i64,
}

impl Run {
    /// The attempts at the operation.
    pub(super) fn attempts(&self) -> Vec<&Request> {
        let is_own = |request: &&Request| match self.operation {
            Some(Operation::CreateSession) => request.method == "POST" && path(request).ends_with("/gate_sessions"),
            _ => request.method == "POST" && path(request).ends_with("/cancel"),
        };
        self.requests.iter().filter(is_own).collect()
    }

    /// How many times the operation took effect.
    pub(super) fn effects(&self) -> usize {
        self.journal.iter().filter(|entry| entry.committed && entry.operation == self.operation).count()
    }

    /// The cases and the outcomes of its process, if the outcomes are more.
    pub(super) fn surplus(&self) -> Option<(usize, usize)> {
        self.tally.as_ref().and_then(|tally| tally.surplus())
    }

    pub(super) fn is_done(&self) -> bool {
        self.effects() > 0
    }

    /// The time from the end of each attempt's response, or of the attempt itself, to the beginning of the next: at
    /// least as long as the client waited.
    pub(super) fn gaps(&self) -> Vec<Duration> {
        let attempts = self.attempts();
        let pairs = attempts.iter().zip(attempts.iter().skip(1));
        pairs.map(|(one, next)| next.began.saturating_duration_since(one.ended)).collect()
    }

    /// A time, measured from the start of the client.
    pub(super) fn since(&self, at: Instant) -> Duration {
        self.began.map_or(Duration::ZERO, |began| at.saturating_duration_since(began))
    }
}

/// The path of a request, without its query.
pub(super) fn path(request: &Request) -> &str {
    request.target.split('?').next().unwrap_or_default()
}

/// The values of a header of a request.
pub(super) fn header<'r>(request: &'r Request, name: &str) -> Vec<&'r str> {
    let own = request.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
    own.map(|(_, value)| value.as_str()).collect()
}

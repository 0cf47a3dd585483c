//! What came of judging recordings: everything that reports tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use zerogate_contract::Position;
use zerogate_judge::{Kind, Place, Unjudged};

use super::goal::Goal;
use crate::evidence::coverage::Coverage;
use crate::exceptions::known::{KnownFailure, LapsedFailure};
use crate::exit;
use crate::rules::rule::Level;
use crate::run::summary::Conclusion;

/// What came of judging recordings by a contract.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// What the contract is called.
    pub contract: String,
    /// The recordings.
    pub files: Vec<Recorded>,
    /// Entries of all recordings.
    pub entries: usize,
    /// Entries whose operation and status are known.
    pub judged: usize,
    /// The rules that anything could be judged by, of those that were asked for.
    pub rules: BTreeSet<Kind>,
    /// Entries that were sent to where the contract's operations are and are none of them.
    pub undocumented: usize,
    /// Entries that were sent elsewhere, by scheme and host.
    pub elsewhere: BTreeMap<String, usize>,
    /// The responses that each operation had, by status.
    pub cells: BTreeMap<(String, u16), Cell>,
    /// What is wrong, once each, however often it was seen.
    pub faults: Vec<Fault>,
    /// Findings of further kinds, after the first 10,000.
    pub more_faults: usize,
    /// What could not be judged, and how often.
    pub unjudged: BTreeMap<Unjudged, usize>,
    /// How much of the contract was seen.
    pub coverage: Vec<Coverage>,
    /// What of that was asked for and is not reached.
    pub missed: Vec<Goal>,
    /// Entries of the list of known failures that should not be there any more.
    pub lapsed: Vec<LapsedFailure>,
}

/// The responses of an operation that had the same status.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Cell {
    /// How many there were.
    pub count: usize,
    /// The first 20 of them.
    pub exchanges: Vec<Sighting>,
}

/// What exchanges are called that were relayed and not recorded.
pub(crate) const PROXY: &str = "proxy";

/// A recording, and how far it was read; or a proxy.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Recorded {
    /// The file, as it is named on the command line.
    pub name: String,
    /// What made it, in its own words.
    pub recorder: String,
    /// The URL of the upstream, if exchanges were not read from a file but relayed to it.
    pub upstream: Option<String>,
    /// How many entries it has.
    pub entries: usize,
    /// Why it was not read to its end.
    pub trouble: Option<String>,
    /// Whether it is no recording at all, or of a version that is not read.
    pub is_refused: bool,
}

/// Something that is wrong, and where it was seen.
#[derive(Debug)]
#[non_exhaustive]
pub struct Fault {
    /// What kind of thing it is.
    pub kind: Kind,
    /// How binding the rule is.
    pub level: Level,
    /// The operation; empty if it is none of the contract's.
    pub operation: String,
    /// The part of the exchange.
    pub place: Place,
    /// Where in that part, as it was seen first.
    pub at: String,
    /// The pointer into the contract; empty if it is the reference that says so.
    pub contract: String,
    /// Where that stands in the contract's text.
    pub position: Option<Position>,
    /// What is expected.
    pub expected: String,
    /// What was received.
    pub received: String,
    /// How often it was seen.
    pub count: usize,
    /// The first exchanges that have it.
    pub exchanges: Vec<Sighting>,
    /// Why it is excused, if it is.
    pub known: Option<KnownFailure>,
}

/// An exchange of a recording.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sighting {
    /// The recording, as it is named on the command line.
    pub file: String,
    /// Its entry, counted from 1.
    pub entry: usize,
    /// The method and the path template.
    pub request: String,
    /// The status of the response.
    pub status: Option<u16>,
    /// The request id of the response.
    pub request_id: Option<String>,
}

impl Traffic {
    /// What is wrong and not excused.
    pub fn counted(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(|fault| fault.known.is_none())
    }

    /// What the recordings say of the server.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        if self.counted().next().is_some() || self.more_faults > 0 || !self.missed.is_empty() || !self.lapsed.is_empty()
        {
            Conclusion::DoesNotConform
        } else if self.judged == 0 || self.rules.is_empty() || self.files.iter().any(|file| file.trouble.is_some()) {
            Conclusion::NotJudged
        } else {
            Conclusion::Conforms
        }
    }

    /// The exit code that says the same; that of wrong usage if a file is no recording and nothing was found.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.conclusion() {
            Conclusion::NotJudged if self.files.iter().any(|file| file.is_refused) => exit::USAGE,
            conclusion => conclusion.exit_code(),
        }
    }

    /// Whether none of the files is a recording that can be read, so that there is nothing to report.
    pub(crate) fn is_refused(&self) -> bool {
        self.entries == 0 && self.files.iter().all(|file| file.is_refused)
    }

    /// The conclusion and what it rests on, in a line.
    #[must_use]
    pub fn headline(&self) -> String {
        format!("{}: {}", self.conclusion(), Reasons(self))
    }
}

/// What a conclusion rests on.
struct Reasons<'t>(&'t Traffic);

impl fmt::Display for Reasons<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(traffic) = self;
        let known = traffic.faults.len() - traffic.counted().count();
        let troubled = |is_relayed| {
            let troubled = traffic.files.iter().filter(|file| file.trouble.is_some());
            troubled.filter(|file| file.upstream.is_some() == is_relayed).count()
        };
        write!(f, "{} of {} exchanges judged", traffic.judged, traffic.entries)?;
        for (count, one, many) in [
            (traffic.counted().count() + traffic.more_faults, "finding", "findings"),
            (known, "known finding", "known findings"),
            (traffic.unjudged.values().sum(), "part not judged", "parts not judged"),
            (traffic.missed.len(), "coverage not reached", "coverages not reached"),
            (traffic.lapsed.len(), "lapsed entry of known failures", "lapsed entries of known failures"),
            (troubled(false), "file not read to its end", "files not read to their end"),
            (troubled(true), "failure of the proxy", "failures of the proxy"),
        ] {
            if count > 0 || one == "finding" {
                write!(f, ", {count} {}", if count == 1 { one } else { many })?;
            }
        }
        Ok(())
    }
}

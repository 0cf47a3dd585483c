//! The result of judging recordings, for the reports.

use std::collections::{BTreeMap, BTreeSet};

use zerogate_contract::Position;
use zerogate_judge::{Kind, Place, Unjudged};

use super::goal::Goal;
use crate::evidence::body;
use crate::evidence::coverage::Coverage;
use crate::exceptions::known::{KnownFailure, LapsedFailure};
use crate::exit;
use crate::rules::rule::Level;
use crate::run::summary::Conclusion;

/// The result of judging recordings by a contract.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// The name of the contract.
    pub contract: String,
    /// The recordings.
    pub files: Vec<Recorded>,
    /// Entries of all recordings.
    pub entries: usize,
    /// Entries whose operation and status are known.
    pub judged: usize,
    /// The selected rules that could judge something.
    pub rules: BTreeSet<Kind>,
    /// Entries sent to the contract's base URLs that match none of its operations.
    pub undocumented: usize,
    /// Whether only what was sent below a given base URL was judged; else only the path counts, on any host.
    pub has_base_url: bool,
    /// The base paths of the contract's servers.
    pub base_paths: Vec<String>,
    /// Entries sent elsewhere, by scheme and host.
    pub elsewhere: BTreeMap<String, usize>,
    /// The responses of each operation, by status.
    pub cells: BTreeMap<(String, u16), Cell>,
    /// The findings, each listed once.
    pub faults: Vec<Fault>,
    /// The number of findings beyond the first 10,000.
    pub more_faults: usize,
    /// The parts that could not be judged, with counts.
    pub unjudged: BTreeMap<Unjudged, usize>,
    /// The coverage of the contract.
    pub coverage: Vec<Coverage>,
    /// The required coverage that was not reached.
    pub missed: Vec<Goal>,
    /// Expired or unused known failures.
    pub lapsed: Vec<LapsedFailure>,
}

/// The responses of an operation with one status.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Cell {
    /// Their number.
    pub count: usize,
    /// The first 20 of them.
    pub exchanges: Vec<Sighting>,
}

/// The name of the source of relayed exchanges.
pub(crate) const PROXY: &str = "proxy";

/// A source of exchanges: a recording, or a proxy.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Recorded {
    /// The file, as named on the command line.
    pub name: String,
    /// The recorders, as the recording names them.
    pub recorder: String,
    /// The URL of the upstream, if the exchanges were relayed.
    pub upstream: Option<String>,
    /// The number of its entries.
    pub entries: usize,
    /// Why it was not read to its end.
    pub trouble: Option<String>,
    /// Whether it is not a recording, or one of an unsupported version.
    pub is_refused: bool,
}

/// A finding, and where it was seen.
#[derive(Debug)]
#[non_exhaustive]
pub struct Fault {
    /// The kind of finding.
    pub kind: Kind,
    /// The level of the rule.
    pub level: Level,
    /// The operation; empty if it is none of the contract's.
    pub operation: String,
    /// The part of the exchange.
    pub place: Place,
    /// The place in that part, where it was seen first.
    pub at: String,
    /// The pointer into the contract; empty if the rule comes from the reference.
    pub contract: String,
    /// The position in the contract's text.
    pub position: Option<Position>,
    /// What was expected.
    pub expected: String,
    /// What was received.
    pub received: String,
    /// How many times it was seen.
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
    /// The recording, as named on the command line.
    pub file: String,
    /// Its entry, counted from 1.
    pub entry: usize,
    /// The earlier entry that it contradicts, if it is known.
    pub earlier: Option<u32>,
    /// The method and the path template.
    pub request: String,
    /// The status of the response.
    pub status: Option<u16>,
    /// The request id of the response.
    pub request_id: Option<String>,
}

impl Traffic {
    /// The findings that are not excused.
    pub fn counted(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(|fault| fault.known.is_none())
    }

    /// The conclusion about the server.
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

    /// The matching exit code; that of wrong usage if a file is not a recording and there are no findings.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.conclusion() {
            Conclusion::NotJudged if self.files.iter().any(|file| file.is_refused) => exit::USAGE,
            conclusion => conclusion.exit_code(),
        }
    }

    /// Whether none of the files is a readable recording, so that there is nothing to report.
    pub(crate) fn is_refused(&self) -> bool {
        self.entries == 0 && self.files.iter().all(|file| file.is_refused)
    }

    /// The conclusion and the counts, in a line.
    #[must_use]
    pub fn headline(&self) -> String {
        let why = self.obstacle().map(|why| format!("{why}; ")).unwrap_or_default();
        format!("{}: {why}{}", self.conclusion(), self.counts())
    }

    /// Why nothing was judged, and what to do.
    #[must_use]
    pub fn obstacle(&self) -> Option<String> {
        if self.conclusion() != Conclusion::NotJudged || self.files.iter().any(|file| file.trouble.is_some()) {
            return None;
        }
        let elsewhere: usize = self.elsewhere.values().sum();
        Some(match self.entries {
            0 if self.is_relayed() => "no request reached the proxy".to_owned(),
            0 => "the recording has no exchange".to_owned(),
            all if all == elsewhere => {
                let or = if self.has_base_url || self.is_relayed() { "" } else { ", or use --base-url" };
                format!("no exchange is {}; check the base URL of the client{or}", self.scope())
            }
            all if all == elsewhere + self.undocumented => {
                "no exchange matches an operation of the contract".to_owned()
            }
            _ if self.judged == 0 => "no exchange could be judged, for the listed reasons".to_owned(),
            _ => "the selected rules apply to none of the exchanges".to_owned(),
        })
    }

    /// Where an exchange must be sent to be judged, to follow "is" or "not".
    pub(crate) fn scope(&self) -> String {
        match (self.has_base_url, self.is_relayed(), self.base_paths.as_slice()) {
            (true, true, _) => "below the path of --upstream".to_owned(),
            (true, false, _) => "below --base-url".to_owned(),
            (false, _, []) => "at a path of the contract".to_owned(),
            (false, _, [path]) => format!("at a path of the contract, all below {path}"),
            (false, _, paths) => format!("at a path of the contract, all below {}", paths.join(" or ")),
        }
    }

    fn is_relayed(&self) -> bool {
        self.files.iter().any(|file| file.upstream.is_some())
    }

    /// How much was judged and what was found, in a line.
    #[must_use]
    pub fn counts(&self) -> String {
        let known = self.faults.len() - self.counted().count();
        let troubled = |is_relayed| {
            let troubled = self.files.iter().filter(|file| file.trouble.is_some());
            troubled.filter(|file| file.upstream.is_some() == is_relayed).count()
        };
        let findings = self.counted().count() + self.more_faults;
        let exchanges = body::counted(self.entries, "exchange", "exchanges");
        let findings = body::counted(findings, "finding", "findings");
        let mut text = format!("{} of {exchanges} judged, {findings}", self.judged);
        for (count, one, many) in [
            (known, "known finding", "known findings"),
            (self.unjudged.values().sum(), "part not judged", "parts not judged"),
            (self.missed.len(), "coverage not reached", "coverages not reached"),
            (
                self.lapsed.len(),
                "expired or unused entry of --known-failures",
                "expired or unused entries of --known-failures",
            ),
            (troubled(false), "file not read to its end", "files not read to their end"),
            (troubled(true), "failure of the proxy", "failures of the proxy"),
        ] {
            if count > 0 {
                text += &format!(", {}", body::counted(count, one, many));
            }
        }
        text
    }
}

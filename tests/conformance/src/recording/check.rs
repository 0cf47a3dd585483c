//! Reads recordings and judges them exchange by exchange.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;

use jiff::civil::Date;
use zerogate_contract::{mask_keys, one_line};
use zerogate_judge::{Coverage, Exchange, Finding, Judge, Judgement, Kind, Place, Scope, Sequences, Span, Unjudged};

use super::goal::Goal;
use super::har::{self, Head, Trouble};
use super::traffic::{Fault, Recorded, Sighting, Traffic};
use crate::evidence::coverage;
use crate::exceptions::known::{KnownFailure, KnownFailures};
use crate::rules::registry::rule;
use crate::rules::rule::Level;

/// How many exchanges are kept for a finding, and for an operation and status.
const KEPT: usize = 20;

/// The maximum number of different findings.
const MAX_FAULTS: usize = 10_000;

/// The maximum number of other hosts to name.
const MAX_ORIGINS: usize = 1_000;

/// The maximum length of a host or request id to show.
const MAX_TEXT: usize = 100;

/// The name that stands for further hosts.
const OTHERS: &str = "other hosts";

/// Options for judging recordings.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// The kinds of findings to judge; empty for all.
    pub only: BTreeSet<Kind>,
    /// The kinds of findings to skip.
    pub skip: BTreeSet<Kind>,
    /// The lowest level to judge.
    pub level: Level,
    /// The known failures.
    pub known: KnownFailures,
    /// The required coverage of the contract.
    pub goals: Vec<Goal>,
}

/// Judges everything, without known failures.
impl Default for CheckOptions {
    fn default() -> Self {
        let (only, skip) = (BTreeSet::new(), BTreeSet::new());
        Self { only, skip, level: Level::Should, known: KnownFailures::default(), goals: Vec::new() }
    }
}

impl CheckOptions {
    fn takes(&self, kind: Kind, of: zerogate_judge::Level) -> bool {
        let is_asked = self.only.is_empty() || self.only.contains(&kind);
        is_asked && !self.skip.contains(&kind) && Level::from(of) >= self.level
    }
}

/// Judges recordings, file by file.
pub struct Check<'j> {
    judge: &'j Judge,
    options: &'j CheckOptions,
    sequences: Sequences,
    coverage: Coverage<'j>,
    traffic: Traffic,
    /// The index of each finding.
    places: HashMap<Same, usize>,
}

/// The identity of a finding.
type Same = (Kind, Option<String>, Place, String, String, String, String);

impl<'j> Check<'j> {
    /// Creates a check that has judged nothing yet.
    #[must_use]
    pub fn new(judge: &'j Judge, options: &'j CheckOptions) -> Self {
        let contract = one_line(judge.document().name()).into_owned();
        let base_paths = judge.base_paths().map(|path| one_line(path).into_owned()).collect();
        let has_base_url = judge.has_base_url();
        let traffic = Traffic { contract, has_base_url, base_paths, ..Traffic::default() };
        let (sequences, coverage) = (Sequences::default(), judge.coverage());
        Self { judge, options, sequences, coverage, traffic, places: HashMap::new() }
    }

    /// Reads a HAR 1.2 file and judges its exchanges. `folder` is that of the file, from which bodies are read that the
    /// recorder kept in other files. `progress` gets the number of bytes read so far.
    pub fn file(&mut self, name: &str, reader: impl Read, folder: Option<&Path>, progress: &mut dyn FnMut(u64)) {
        let (mut head, mut entry) = (Head::default(), 0);
        // The server may have been restarted between recordings.
        self.sequences = Sequences::default();
        let name = one_line(name).into_owned();
        let done = har::read(reader, folder, &mut head, &mut |found, position| {
            entry += 1;
            progress(position);
            match found {
                Ok(told) => told.visit(|exchange, span| self.exchange(exchange, span, &name, entry)),
                Err(why) => self.leave(Unjudged { place: Place::Exchange, why }, 1),
            }
        });
        self.source(Recorded {
            name,
            upstream: None,
            recorder: shown(&head.recorder),
            entries: entry,
            is_refused: matches!(done, Err(Trouble::NoHar(_) | Trouble::Version(_))),
            trouble: done.err().map(|trouble| shown(&trouble.to_string())),
        });
    }

    /// Adds a source of exchanges.
    pub(crate) fn source(&mut self, source: Recorded) {
        self.traffic.entries += source.entries;
        self.traffic.files.push(source);
    }

    /// Judges one exchange.
    pub(crate) fn exchange(&mut self, exchange: &Exchange<'_>, span: Option<Span>, file: &str, entry: usize) {
        let mut judgement = self.judge.judge(exchange);
        match judgement.scope {
            Scope::Elsewhere => return self.elsewhere(exchange.url),
            Scope::Undocumented => self.traffic.undocumented += 1,
            Scope::Found => {}
        }
        self.sequences.follow(exchange, span, u32::try_from(entry).unwrap_or(u32::MAX), &mut judgement);
        self.coverage.add(exchange, &judgement);
        let findings = std::mem::take(&mut judgement.findings);
        let sighting = || Sighting {
            file: file.to_owned(),
            entry,
            earlier: None,
            request: request(&judgement),
            status: judgement.status,
            request_id: exchange.response.headers.get("x-request-id").known().as_ref().map(|id| shown_id(id)),
        };
        if let (Some(operation), Some(status)) = (judgement.operation, judgement.status) {
            self.traffic.judged += 1;
            let cell = self.traffic.cells.entry((operation.name.clone(), status)).or_default();
            cell.count += 1;
            if cell.exchanges.len() < KEPT {
                cell.exchanges.push(sighting());
            }
        }
        let asked = judgement.judged().filter(|kind| self.options.takes(*kind, kind.row().level));
        self.traffic.rules.extend(asked);
        for unjudged in &judgement.unjudged {
            self.leave(*unjudged, 1);
        }
        for finding in findings.into_iter().filter(|finding| self.options.takes(finding.kind, finding.level)) {
            self.fault(finding, judgement.operation.map(|operation| operation.name.as_str()), sighting);
        }
    }

    fn elsewhere(&mut self, url: &str) {
        let origin = origin(url);
        let known = &mut self.traffic.elsewhere;
        let is_new = !known.contains_key(&origin);
        let origin = if is_new && known.len() >= MAX_ORIGINS { OTHERS.to_owned() } else { origin };
        *known.entry(origin).or_default() += 1;
    }

    /// Counts the parts that could not be judged.
    pub(crate) fn leave(&mut self, unjudged: Unjudged, count: usize) {
        *self.traffic.unjudged.entry(unjudged).or_default() += count;
    }

    fn fault(&mut self, finding: Finding, operation: Option<&str>, sighting: impl FnOnce() -> Sighting) {
        let Finding { kind, level: found, place, at, contract, expected, received, earlier } = finding;
        let operation = operation.map(str::to_owned);
        let at_any = without_indexes(&at);
        let same = (kind, operation.clone(), place, at_any, contract.clone(), expected.clone(), received.clone());
        let index = match self.places.get(&same) {
            Some(index) => *index,
            None if self.traffic.faults.len() >= MAX_FAULTS => {
                self.traffic.more_faults += 1;
                return;
            }
            None => {
                let position = if contract.is_empty() { None } else { self.judge.document().position(&contract) };
                self.traffic.faults.push(Fault {
                    kind,
                    level: Level::from(found),
                    operation: operation.unwrap_or_default(),
                    place,
                    at,
                    contract,
                    position,
                    expected,
                    received,
                    count: 0,
                    exchanges: Vec::new(),
                    known: None,
                });
                self.places.insert(same, self.traffic.faults.len() - 1);
                self.traffic.faults.len() - 1
            }
        };
        if let Some(fault) = self.traffic.faults.get_mut(index) {
            fault.count += 1;
            if fault.exchanges.len() < KEPT {
                fault.exchanges.push(Sighting { earlier, ..sighting() });
            }
        }
    }

    /// Returns the result over all recordings.
    #[must_use]
    pub fn finish(mut self, today: Date) -> Traffic {
        let Self { options, coverage, traffic, .. } = &mut self;
        traffic.coverage = coverage::measure_of(&coverage.all(), coverage.seen());
        traffic.missed = options.goals.iter().copied().filter(|goal| !goal.is_reached(&traffic.coverage)).collect();
        let broken: BTreeSet<&str> = traffic.faults.iter().map(|fault| fault.kind.row().id).collect();
        let is_judged = |kind: Kind| traffic.rules.contains(&kind);
        let is_unused = |KnownFailure { rule: id, case, .. }: &KnownFailure| match Kind::by_id(id) {
            // `zerogate conform` has a rule of the same name, which provokes more and has cases.
            Some(_) if rule(id).is_some() => false,
            // These rules have no cases.
            Some(kind) => case.is_some() || (is_judged(kind) && !broken.contains(id.as_str())),
            None => true,
        };
        traffic.lapsed = options.known.lapsed(today, is_unused);
        for fault in &mut traffic.faults {
            let mut excuses = options.known.excuses(fault.kind.row().id, today);
            fault.known = excuses.find(|entry| entry.covers(None)).cloned();
        }
        traffic
            .faults
            .sort_by(|a, b| (b.level, a.kind, &a.operation, &a.at).cmp(&(a.level, b.kind, &b.operation, &b.at)));
        self.traffic
    }
}

/// The method and the path template.
fn request(judgement: &Judgement<'_>) -> String {
    judgement.operation.map_or_else(
        || "an operation that is not documented".to_owned(),
        |operation| one_line(&format!("{} {}", operation.method, operation.path)).into_owned(),
    )
}

/// The scheme and host of a URL, or the scheme alone: nothing that may be customer data.
fn origin(url: &str) -> String {
    const NONE: &str = "no host";
    let Some((scheme, rest)) = url.split_once(':') else { return NONE.to_owned() };
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme || scheme.len() > MAX_TEXT {
        return NONE.to_owned();
    }
    let Some(rest) = rest.strip_prefix("//") else { return format!("{scheme}:") };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(_, host)| ("…@", host));
    let (host, more) = host.char_indices().nth(MAX_TEXT).map_or((host, ""), |(end, _)| (&host[..end], "…"));
    shown(&format!("{scheme}://{user}{host}{more}"))
}

/// A text of a recording, on one line and without keys.
fn shown(text: &str) -> String {
    mask_keys(&one_line(text)).into_owned()
}

/// A request id, or `…` if it does not look like one.
fn shown_id(id: &str) -> String {
    let is_plain =
        id.len() <= MAX_TEXT && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/=+, ".contains(&byte));
    if is_plain { mask_keys(id).into_owned() } else { "…".to_owned() }
}

/// A pointer that is the same for every item of an array.
fn without_indexes(at: &str) -> String {
    let is_index = |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    at.split('/').map(|token| if is_index(token) { "*" } else { token }).collect::<Vec<_>>().join("/")
}

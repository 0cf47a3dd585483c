//! The comparison of two contracts: the changes, their effect on this suite, and which of them are ignored.

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use zerogate_contract::{Document, latest, methods, reach};
use zerogate_drift::{Area, Basis, Change, Drift, Overall, Source, Versions, Wire};

use crate::contracts::moved_rules;
use crate::contracts::sunset::{self, Sunset};
use crate::exceptions::ignore::{Ignore, IgnoreList, LapsedIgnore};
use crate::exceptions::list::Lapse;

/// The comparison of two contracts.
///
/// ```
/// use zerogate_conformance::Comparison;
/// use zerogate_conformance::report::{Styles, drift_text};
/// use zerogate_contract::Document;
///
/// let old = Document::parse("gate-v1.yaml", zerogate::CONTRACT)?;
/// let new = Document::parse("vendor.yaml", zerogate::CONTRACT)?;
/// let comparison = Comparison::of(&old, &new);
/// let mut report = Vec::new();
/// drift_text(&comparison, Styles::plain(), &mut report)?;
/// assert_eq!(report, b"gate-v1.yaml -> vendor.yaml\nnothing changed\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Comparison {
    /// The old contract.
    pub old: Side,
    /// The new contract.
    pub new: Side,
    /// The changes, the most severe first, then in the order of the text.
    pub changes: Vec<Compared>,
    /// Expired or unused ignored changes.
    pub lapsed: Vec<LapsedIgnore>,
    /// The only requested verdict; `None` for both.
    pub only: Option<Only>,
    /// The basis of the source verdicts.
    pub basis: Basis,
    /// The day for which announced removals are excused; `None` to excuse nothing.
    pub sunset: Option<Date>,
    /// Whether the new document is that of a server that must keep the old contract.
    pub provider: bool,
    /// How many changes are hidden.
    pub hidden: usize,
    versions: Option<Versions>,
    /// The operations of both contracts, as changes name them.
    pub(crate) operations: [BTreeSet<String>; 2],
}

/// One of the two contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Side {
    /// Its name, as given to the command.
    pub name: String,
    /// Its file, for tools that link to it; for `git:REV:path`, the path.
    pub path: String,
}

/// A change, and its effect here.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Compared {
    /// The change.
    pub change: Change,
    /// The ids of the rules that rely on what it changes.
    pub suite: Vec<&'static str>,
    /// The entry of the list that ignores it.
    pub ignored: Option<Ignore>,
    /// Whether an announced removal is excused, if sunsets are considered.
    pub sunset: Option<Sunset>,
}

/// One of the two verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// The effect on requests and responses.
    Wire,
    /// The effect on Rust code.
    Source,
}

/// Changes that can be hidden from every report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hide {
    /// Descriptions, titles, examples and other documentation.
    Docs,
    /// Extensions.
    Extensions,
}

/// The lowest severity that fails the run, on the wire or in source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// Breaking changes.
    Breaking,
    /// Breaking and risky changes.
    Risky,
    /// Every change, including descriptions.
    Any,
}

impl Comparison {
    /// Compares two contracts.
    #[must_use]
    pub fn of(old: &Document, new: &Document) -> Self {
        Self::new(old, new, zerogate_drift::diff(old, new))
    }

    /// Creates a comparison from known changes.
    #[must_use]
    pub fn new(old: &Document, new: &Document, drift: Drift) -> Self {
        let comparison = Self {
            old: Side::of(old),
            new: Side::of(new),
            changes: drift.changes.into_iter().map(Compared::of).collect(),
            lapsed: Vec::new(),
            only: None,
            basis: drift.basis,
            sunset: None,
            provider: false,
            hidden: 0,
            versions: Versions::of(old, new),
            operations: [old, new].map(operations),
        };
        comparison.followed()
    }

    /// Compares a contract with the document of a server that must keep it.
    #[must_use]
    pub fn provided(contract: &Document, server: &Document) -> Self {
        let mut comparison = Self::new(contract, server, zerogate_drift::provided(contract, server));
        (comparison.provider, comparison.only, comparison.versions) = (true, Some(Only::Wire), None);
        comparison.followed()
    }

    /// Adds a change if the contract's version does not match the changes that count.
    fn followed(mut self) -> Self {
        let is_version = |compared: &Compared| compared.change.kind().is_some_and(|kind| kind.area == Area::Version);
        let before = self.changes.iter().position(is_version).map(|index| self.changes.remove(index));
        let asked = self.overall().semver;
        if let Some(change) = self.versions.as_ref().and_then(|versions| versions.judge(asked)) {
            let ignored = before.filter(|before| before.change.id == change.id).and_then(|before| before.ignored);
            let place = self.changes.iter().position(|compared| compared.change.doc_only);
            let place = place.unwrap_or(self.changes.len());
            self.changes.insert(place, Compared { ignored, ..Compared::of(change) });
        }
        self
    }

    /// Excuses removals that `old` announced for this day or earlier; until then they break.
    #[must_use]
    pub fn sunset(mut self, old: &Document, today: Date) -> Self {
        self.sunset = Some(today);
        let changes: Vec<&Change> = self.changes.iter().map(|compared| &compared.change).collect();
        let judged = sunset::judge(&changes, old, today);
        for (compared, sunset) in self.changes.iter_mut().zip(judged) {
            // Until its sunset date, it is still promised.
            if matches!(sunset, Some(Sunset::Ahead(_))) && compared.change.wire == Wire::Risky {
                compared.change.wire = Wire::Breaking;
            }
            compared.sunset = sunset;
        }
        self.changes.sort_by_cached_key(|compared| compared.change.order());
        self.followed()
    }

    /// Hides these changes: no report shows them, and they do not count.
    #[must_use]
    pub fn hiding(mut self, hidden: &[Hide]) -> Self {
        let before = self.changes.len();
        self.changes.retain(|Compared { change, .. }| !hidden.iter().any(|hide| hide.hides(change)));
        self.hidden += before - self.changes.len();
        self.followed()
    }

    /// Ignores the changes of a list on this day.
    #[must_use]
    pub fn ignoring(mut self, list: &IgnoreList, today: Date) -> Self {
        let (ignored, lapsed) = list.apply(self.changes.iter().map(|compared| &compared.change), today);
        for (compared, ignored) in self.changes.iter_mut().zip(ignored) {
            compared.ignored = ignored;
        }
        // Without generated code, it is unknown whether it changed.
        let is_unknown = |lapsed: &LapsedIgnore| {
            lapsed.lapse == Lapse::Unused
                && lapsed.entry.id == zerogate_drift::GENERATED_CODE_CHANGED
                && self.basis != Basis::Measured
        };
        self.lapsed = lapsed.into_iter().filter(|lapsed| !is_unknown(lapsed)).collect();
        self.followed()
    }

    /// Keeps one verdict: changes that affect only the other one are omitted and do not count.
    #[must_use]
    pub fn only(mut self, only: Only) -> Self {
        self.only = Some(only);
        self.changes.retain(|Compared { change, .. }| match only {
            Only::Wire => change.wire != Wire::None || change.source == Source::None,
            Only::Source => change.source != Source::None || change.wire == Wire::None,
        });
        for Compared { change, .. } in &mut self.changes {
            match only {
                Only::Wire => change.drop_source(),
                Only::Source => change.wire = Wire::None,
            }
        }
        self.changes.sort_by_cached_key(|compared| compared.change.order());
        self.followed()
    }

    /// The names of the wire and source verdicts that were requested.
    pub(crate) fn verdicts(&self, wire: Wire, source: Source) -> [Option<&'static str>; 2] {
        [(self.only != Some(Only::Source)).then(|| wire.name()), (self.only != Some(Only::Wire)).then(|| source.name())]
    }

    /// Why the source verdict is not measured, if it was requested.
    pub(crate) fn not_generated(&self) -> Option<&str> {
        match &self.basis {
            Basis::NotGenerated(why) if self.only != Some(Only::Wire) => Some(why),
            _ => None,
        }
    }

    /// Sets the files of the contracts.
    #[must_use]
    pub fn in_files(mut self, old: impl Into<String>, new: impl Into<String>) -> Self {
        self.old.path = old.into();
        self.new.path = new.into();
        self
    }

    /// Returns the verdict over all changes except ignored ones.
    #[must_use]
    pub fn overall(&self) -> Overall {
        let mut drift = Drift::default();
        // Without their places, which are long and irrelevant here.
        let verdict = |Compared { change, .. }: &Compared| {
            let mut verdict = Change::new(change.id, "");
            (verdict.wire, verdict.source, verdict.doc_only) = (change.wire, change.source, change.doc_only);
            verdict
        };
        drift.changes = self.counted().map(verdict).collect();
        drift.overall()
    }

    /// Returns the ids of the rules that rely on what changed, without ignored changes.
    #[must_use]
    pub fn suite(&self) -> BTreeSet<&'static str> {
        self.counted().flat_map(|compared| compared.suite.iter().copied()).collect()
    }

    /// Whether the run fails: a change counts at this level and is not excused, or an entry of the list has lapsed.
    #[must_use]
    pub fn fails(&self, fail_on: FailOn) -> bool {
        let mut counted = self.counted().filter(|compared| !compared.is_forgiven());
        !self.lapsed.is_empty() || counted.any(|Compared { change, .. }| fail_on.is_met_by(change))
    }

    /// The changes that are not ignored.
    pub(crate) fn counted(&self) -> impl Iterator<Item = &Compared> {
        self.changes.iter().filter(|compared| compared.ignored.is_none())
    }
}

impl Compared {
    fn of(change: Change) -> Self {
        Self { suite: moved_rules::rules_moved_by(&change), change, ignored: None, sunset: None }
    }

    /// Whether it is excused as an announced removal.
    #[must_use]
    pub fn is_forgiven(&self) -> bool {
        self.sunset.as_ref().is_some_and(Sunset::forgives)
    }
}

impl Hide {
    fn hides(self, change: &Change) -> bool {
        let area = match self {
            Self::Docs => Area::Text,
            Self::Extensions => Area::Extension,
        };
        change.doc_only && change.kind().is_some_and(|kind| kind.area == area)
    }
}

impl FailOn {
    fn is_met_by(self, change: &Change) -> bool {
        match self {
            Self::Breaking => change.wire == Wire::Breaking || change.source == Source::Breaking,
            Self::Risky => Self::Breaking.is_met_by(change) || change.wire == Wire::Risky,
            Self::Any => true,
        }
    }
}

impl Side {
    fn of(document: &Document) -> Self {
        Self { name: document.name().to_owned(), path: document.name().to_owned() }
    }
}

/// The operations of a document, by id, or by method and path.
fn operations(document: &Document) -> BTreeSet<String> {
    let document = latest(document);
    let paths = document.value().get("paths").and_then(Value::as_object).into_iter().flatten();
    let items = paths.filter_map(|(path, item)| Some((path, document.resolve(item)?)));
    let names = items.flat_map(|(path, item)| {
        methods::operations(item).map(move |(method, operation)| reach::name(path, method, operation))
    });
    names.collect()
}

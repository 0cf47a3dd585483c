//! What became of a contract: the changes, what they mean for this suite, and which of them somebody ignores.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use zerogate_contract::{Document, latest, methods, reach};
use zerogate_drift::{Area, Basis, Change, Drift, Overall, Source, Versions, Wire};

use crate::contracts::moved_rules;
use crate::contracts::sunset::{self, Sunset};
use crate::exceptions::ignore::{Ignore, IgnoreList, LapsedIgnore};
use crate::exceptions::list::Lapse;

/// Two contracts, compared.
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
    /// The contract of before.
    pub old: Side,
    /// The contract that takes its place.
    pub new: Side,
    /// What changed: the gravest first, then in the order of the text.
    pub changes: Vec<Compared>,
    /// What of the list of ignored changes has lapsed.
    pub lapsed: Vec<LapsedIgnore>,
    /// The one verdict that is asked for; `None` for both.
    pub only: Option<Only>,
    /// What the source verdicts rest on.
    pub basis: Basis,
    /// The day on which the gate forgives what had been announced; `None` if it forgives nothing.
    pub sunset: Option<Date>,
    /// The new contract is the document of a server that is to keep the old one.
    pub provider: bool,
    /// How many changes are hidden.
    pub hidden: usize,
    versions: Option<Versions>,
    /// The operations of the one and of the other contract, as changes name them.
    pub(crate) operations: [BTreeSet<String>; 2],
}

/// One of the two contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Side {
    /// What it is called: as it was named to the command.
    pub name: String,
    /// The file that it stands in, for tools that link to it.
    pub path: String,
}

/// A change, and what is to be done about it here.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Compared {
    /// The change.
    pub change: Change,
    /// The ids of the suite's rules that rely on what it changes.
    pub suite: Vec<&'static str>,
    /// By which entry of the list it is ignored.
    pub ignored: Option<Ignore>,
    /// What the gate makes of what had been announced, if it is asked to.
    pub sunset: Option<Sunset>,
}

/// One of the two verdicts, for those who ask for no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// What changes mean for requests and responses.
    Wire,
    /// What they mean for Rust code.
    Source,
}

/// Changes that may be left out of every report, whoever reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hide {
    /// Those of descriptions, titles, examples and whatever else only people read.
    Docs,
    /// Those of extensions.
    Extensions,
}

/// From which gravity on a change is a finding, over wire and source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// What breaks.
    Breaking,
    /// What breaks, or may.
    Risky,
    /// Every change, those of descriptions included.
    Any,
}

impl Comparison {
    /// Compares two contracts.
    #[must_use]
    pub fn of(old: &Document, new: &Document) -> Self {
        Self::new(old, new, zerogate_drift::diff(old, new))
    }

    /// The two contracts with what is known to have changed between them.
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

    /// A contract, and the document of a server that is to keep it: what of the contract the server does not keep.
    #[must_use]
    pub fn provided(contract: &Document, server: &Document) -> Self {
        let mut comparison = Self::new(contract, server, zerogate_drift::provided(contract, server));
        (comparison.provider, comparison.only, comparison.versions) = (true, Some(Only::Wire), None);
        comparison.followed()
    }

    /// The same, with what is told of the version of the contract: whether it follows the changes that count.
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

    /// The same, with the removals that `old` had announced forgiven by the gate on this day, and breaking before theirs.
    #[must_use]
    pub fn sunset(mut self, old: &Document, today: Date) -> Self {
        self.sunset = Some(today);
        let changes: Vec<&Change> = self.changes.iter().map(|compared| &compared.change).collect();
        let judged = sunset::judge(&changes, old, today);
        for (compared, sunset) in self.changes.iter_mut().zip(judged) {
            // Until its day, what may be missed is promised.
            if matches!(sunset, Some(Sunset::Ahead(_))) && compared.change.wire == Wire::Risky {
                compared.change.wire = Wire::Breaking;
            }
            compared.sunset = sunset;
        }
        self.changes.sort_by_key(|compared| compared.change.gravity());
        self.followed()
    }

    /// The same without the changes that nobody wants to see: they are told nowhere, and do not count.
    #[must_use]
    pub fn hiding(mut self, hidden: &[Hide]) -> Self {
        let before = self.changes.len();
        self.changes.retain(|Compared { change, .. }| !hidden.iter().any(|hide| hide.hides(change)));
        self.hidden += before - self.changes.len();
        self.followed()
    }

    /// The same, with the changes of a list ignored on this day.
    #[must_use]
    pub fn ignoring(mut self, list: &IgnoreList, today: Date) -> Self {
        let (ignored, lapsed) = list.apply(self.changes.iter().map(|compared| &compared.change), today);
        for (compared, ignored) in self.changes.iter_mut().zip(ignored) {
            compared.ignored = ignored;
        }
        // Whether the generated code changed is not known where it was not generated.
        let is_unknown = |lapsed: &LapsedIgnore| {
            lapsed.lapse == Lapse::Stale
                && lapsed.entry.id == zerogate_drift::GENERATED_CODE_CHANGED
                && self.basis != Basis::Measured
        };
        self.lapsed = lapsed.into_iter().filter(|lapsed| !is_unknown(lapsed)).collect();
        self.followed()
    }

    /// The same with one verdict alone: what only the other one is about is left out, and does not count.
    #[must_use]
    pub fn only(mut self, only: Only) -> Self {
        self.only = Some(only);
        self.changes.retain(|Compared { change, .. }| match only {
            Only::Wire => change.wire != Wire::None || change.source == Source::None,
            Only::Source => change.source != Source::None || change.wire == Wire::None,
        });
        for Compared { change, .. } in &mut self.changes {
            match only {
                Only::Wire => change.source = Source::None,
                Only::Source => change.wire = Wire::None,
            }
        }
        self.followed()
    }

    /// The names of the verdicts of wire and source, as far as they are asked for.
    pub(crate) fn verdicts(&self, wire: Wire, source: Source) -> [Option<&'static str>; 2] {
        [(self.only != Some(Only::Source)).then(|| wire.name()), (self.only != Some(Only::Wire)).then(|| source.name())]
    }

    /// Why the source verdict is only reasoned, if it is asked for.
    pub(crate) fn not_generated(&self) -> Option<&str> {
        match &self.basis {
            Basis::NotGenerated(why) if self.only != Some(Only::Wire) => Some(why),
            _ => None,
        }
    }

    /// The same, with the files that the contracts stand in.
    #[must_use]
    pub fn in_files(mut self, old: impl Into<String>, new: impl Into<String>) -> Self {
        self.old.path = old.into();
        self.new.path = new.into();
        self
    }

    /// The verdict over all changes but those that are ignored.
    #[must_use]
    pub fn overall(&self) -> Overall {
        let mut drift = Drift::default();
        // Without their places, which are long and have no say in it.
        let verdict = |Compared { change, .. }: &Compared| {
            let mut verdict = Change::new(change.id, "");
            (verdict.wire, verdict.source, verdict.doc_only) = (change.wire, change.source, change.doc_only);
            verdict
        };
        drift.changes = self.counted().map(verdict).collect();
        drift.overall()
    }

    /// The ids of the rules that rely on what changed, by all changes but those that are ignored.
    #[must_use]
    pub fn suite(&self) -> BTreeSet<&'static str> {
        self.counted().flat_map(|compared| compared.suite.iter().copied()).collect()
    }

    /// Whether there is a change that counts at this level and is not forgiven, or an entry of the list that should go.
    #[must_use]
    pub fn fails(&self, fail_on: FailOn) -> bool {
        let mut counted = self.counted().filter(|compared| !compared.is_forgiven());
        !self.lapsed.is_empty() || counted.any(|Compared { change, .. }| fail_on.is_met_by(change))
    }

    /// The changes that nobody ignores.
    pub(crate) fn counted(&self) -> impl Iterator<Item = &Compared> {
        self.changes.iter().filter(|compared| compared.ignored.is_none())
    }
}

impl Compared {
    fn of(change: Change) -> Self {
        Self { suite: moved_rules::rules_moved_by(&change), change, ignored: None, sunset: None }
    }

    /// Whether the gate lets it through, as it had been announced.
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

/// The operations of a document, by their ids; those without one by method and path.
fn operations(document: &Document) -> BTreeSet<String> {
    let document = latest(document);
    let paths = document.value().get("paths").and_then(Value::as_object).into_iter().flatten();
    let items = paths.filter_map(|(path, item)| Some((path, document.resolve(item)?)));
    let names = items.flat_map(|(path, item)| {
        methods::operations(item).map(move |(method, operation)| reach::name(path, method, operation))
    });
    names.collect()
}

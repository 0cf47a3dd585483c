//! Measures the source verdict: both documents are generated, and what the one client promises is looked for in the other.
//!
//! What was reasoned explains: a break that is told says which promises it costs. What nothing explains is told by itself,
//! and a break that costs nothing is none.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use zerogate_contract::reach::{self, References};
use zerogate_contract::{Contract, Document};
use zerogate_generate::{HOST_TYPES, HostTypes, Line, LineKind, Lowered, Surface, leave_differing, lower, surface};

use crate::change::{Change, Place, Reach, Source};
use crate::claims::{Claims, names};
use crate::homes::{Home, Homes, last};
use crate::kind::kind;
use crate::value::quote_text;

/// The id of a change that only the generated code shows.
pub const GENERATED_CODE_CHANGED: &str = kind!("generated-code-changed").id;

/// Whether the hand-written code of the crate gets on with a document is not asked: the verdict is about everybody's code.
const HOST: HostTypes = HostTypes { keyed: &[], ..HOST_TYPES };

/// How many lines a message quotes.
const MAX_QUOTED: usize = 3;

/// What the clients of both documents promise.
pub(crate) struct Surfaces {
    old: Surface,
    /// `None` if both documents are the same to the generator.
    new: Option<Surface>,
}

impl Surfaces {
    /// Generates both sides, as far as they differ, one after the other: only one of them is in memory at a time.
    ///
    /// The error says which side cannot be generated, and why.
    pub(crate) fn of(old: &Document, new: &Document) -> Result<Self, String> {
        let (before, mut given) = lowered(old, "old")?;
        let (after, mut now) = lowered(new, "new")?;
        if given.value == now.value {
            return Ok(Self { old: Surface::default(), new: None });
        }
        leave_differing(&mut given, &mut now);
        match (surface(&before, &given, &HOST), surface(&after, &now, &HOST)) {
            (Ok(old), Ok(new)) => Ok(Self { old, new: Some(new) }),
            // It may be that what differs cannot be generated, and the rest can.
            _ => Ok(Self { old: generated(old, "old")?, new: Some(generated(new, "new")?) }),
        }
    }

    /// The same where the client of the new document is there already.
    pub(crate) fn with(old: &Document, new: &Surface) -> Result<Self, String> {
        Ok(Self { old: generated(old, "old")?, new: Some(new.clone()) })
    }

    /// The promises that are gone, and those that are new.
    fn compared(&self) -> (Vec<&Line>, Vec<&Line>) {
        match &self.new {
            Some(new) => (self.old.lost_in(new), new.lost_in(&self.old)),
            None => Default::default(),
        }
    }
}

/// A document as the generator gets it.
fn lowered(document: &Document, side: &str) -> Result<(Contract, Lowered), String> {
    let contract = Contract::of(document.clone());
    let lowered = lower(&contract).map_err(|error| refused(side, &error.to_string()))?;
    Ok((contract, lowered))
}

/// What the client of a document promises.
fn generated(document: &Document, side: &str) -> Result<Surface, String> {
    let (contract, lowered) = lowered(document, side)?;
    surface(&contract, &lowered, &HOST).map_err(|error| refused(side, &error.to_string()))
}

fn refused(side: &str, error: &str) -> String {
    let mut lines = error.lines();
    let first = lines.next().unwrap_or_default();
    let more = match lines.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    format!("the {side} contract cannot be generated: {first}{more}")
}

/// Puts in the place of reasoned source verdicts what was measured.
pub(crate) fn settle(old: &Document, new: &Document, surfaces: &Surfaces, changes: &mut Vec<Change>) {
    let (lost, grown) = surfaces.compared();
    let homes = Homes::of(old);
    let breaks = changes.iter().enumerate().filter(|(_, change)| change.source == Source::Breaking);
    let mut claims = Claims::of(&homes, old, breaks);
    let unexplained: Vec<&Line> = lost.iter().copied().filter(|line| !claims.explain(line)).collect();
    let most = if grown.is_empty() { Source::None } else { Source::Compatible };
    for (index, change) in changes.iter_mut().enumerate() {
        if change.source == Source::Breaking && !claims.is_confirmed(index) {
            change.source = most;
            change.message.push_str("; the generated code loses nothing by it");
        } else if change.source == Source::Compatible {
            change.source = most;
        }
    }
    let kept = surfaces.new.as_ref().unwrap_or(&surfaces.old);
    changes.extend(lines_lost(old, new, &homes, &unexplained, kept));
    if !grown.is_empty() && changes.iter().all(|change| change.source == Source::None) {
        changes.push(lines_added(new, &grown));
    }
}

/// The lines that nothing explains, as a change for each component or operation that they are made from.
fn lines_lost(old: &Document, new: &Document, homes: &Homes, lines: &[&Line], kept: &Surface) -> Vec<Change> {
    if lines.is_empty() {
        return Vec::new();
    }
    let gone: HashSet<&str> =
        lines.iter().filter(|line| line.kind == LineKind::Declaration).map(|line| last(&line.item)).collect();
    let mut groups: BTreeMap<String, (&Home, Vec<&Line>)> = BTreeMap::new();
    let mut homeless = Vec::new();
    for line in lines {
        // A line that names a type which is gone, or another one now, is gone for that reason.
        let is_gone = |name: &&str| gone.contains(*name) && homes.home(name).is_some();
        let own = homes.type_of(line);
        let name = if gone.contains(own) { own } else { names(line).find(is_gone).unwrap_or(own) };
        match homes.home(name) {
            Some((home, _)) => groups.entry(home.at.clone()).or_insert((home, Vec::new())).1.push(line),
            None => homeless.push(*line),
        }
    }
    let now: BTreeMap<(&str, &str), &Line> = kept
        .lines()
        .iter()
        .filter(|line| !line.member.is_empty())
        .map(|line| ((&*line.item, line.member.as_str()), line))
        .collect();
    let references = References::of(old);
    let change = |home: Option<&Home>, lines: &[&Line]| {
        let shown = lines.iter().take(MAX_QUOTED).map(|line| {
            let after = now.get(&(&*line.item, line.member.as_str())).filter(|after| after.text() != line.text());
            let after = after.map(|after| format!(", now {}", quote_text(after.text())));
            format!("{}{}", quote_text(line.text()), after.unwrap_or_default())
        });
        let shown = shown.collect::<Vec<_>>().join("; ");
        let more = match lines.len().saturating_sub(MAX_QUOTED) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let message = format!("the generated code loses lines that no other change explains: {shown}{more}");
        let mut change = Change::new(GENERATED_CODE_CHANGED, message);
        change.source = Source::Breaking;
        change.lines = lines.iter().map(|line| line.text().to_owned()).collect();
        let at = home.map_or("", |home| &home.at);
        change.old = Some(Place::of(old, at));
        change.new = new.value().pointer(at).map(|_| Place::of(new, at));
        change.reach = home.map(|home| reached(old, &references, home)).unwrap_or_default();
        change
    };
    let of_homes = groups.values().map(|(home, lines)| change(Some(home), lines));
    let homeless = (!homeless.is_empty()).then(|| change(None, &homeless));
    of_homes.chain(homeless).collect()
}

/// The operations that have what types are called after.
fn reached(document: &Document, references: &References, home: &Home) -> Vec<Reach> {
    let users = match &home.operation {
        Some(_) => BTreeSet::from([home.at.clone()]),
        None => references.towards([home.at.as_str()]),
    };
    let operations = reach::operations(document.value()).filter(|(at, ..)| users.contains(at));
    let mut reached: Vec<Reach> =
        operations.map(|(_, path, method, operation)| Reach::whole(reach::name(path, method, operation))).collect();
    reached.sort_unstable();
    reached
}

/// Lines that are new, where no change that is told says so.
fn lines_added(new: &Document, lines: &[&Line]) -> Change {
    let shown: Vec<String> = lines.iter().take(MAX_QUOTED).map(|line| quote_text(line.text())).collect();
    let message = format!("the generated code has {} lines more, such as {}", lines.len(), shown.join("; "));
    let mut change = Change::new(GENERATED_CODE_CHANGED, message);
    change.source = Source::Compatible;
    change.lines = lines.iter().map(|line| line.text().to_owned()).collect();
    let homes = Homes::of(new);
    let home = lines.first().and_then(|line| homes.home(homes.type_of(line)));
    change.new = Some(Place::of(new, home.map_or("", |(home, _)| &home.at)));
    change
}

//! Measures the source verdict: generates both clients, and compares their promises.
//!
//! The reasoned changes explain the measured ones: a break names the promises that it removes. What no change explains
//! is reported separately, and a break that removes nothing is not one, unless a name stays and means something else.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use zerogate_contract::reach::{self, References};
use zerogate_contract::{Contract, Document};
use zerogate_generate::{HOST_TYPES, HostTypes, Line, LineKind, Lowered, Surface, leave_differing, lower, surface};

use crate::change::{Change, Place, Reach, Source};
use crate::claims::{Claims, Scope, names};
use crate::homes::{Home, Homes, last, prefixes};
use crate::kind::kind;
use crate::value::quote_text;

/// The id of a change that only shows in the generated code.
pub const GENERATED_CODE_CHANGED: &str = kind!("generated-code-changed").id;

/// Ignores the requirements of the hand-written code of this crate: the verdict is about any user's code.
const HOST: HostTypes = HostTypes { keyed: &[], ..HOST_TYPES };

/// The number of lines that a message quotes.
const MAX_QUOTED: usize = 3;

/// The surfaces of both clients.
pub(crate) struct Surfaces {
    old: Surface,
    /// `None` if the documents are equal for the generator.
    new: Option<Surface>,
}

impl Surfaces {
    /// Generates both sides, reduced to their differences, one after the other to save memory.
    ///
    /// The error says which side cannot be generated, and why.
    pub(crate) fn of(old: &Document, new: &Document) -> Result<Self, String> {
        let (before, mut given) = lowered(old, "old")?;
        let (after, mut now) = lowered(new, "new")?;
        if given.value == now.value {
            return Ok(Self { old: Surface::default(), new: None });
        }
        leave_differing(&mut given, &mut now);
        let surface_before = surface(&before, &given, &HOST);
        drop((before, given));
        match (surface_before, surface(&after, &now, &HOST)) {
            (Ok(old), Ok(new)) => Ok(Self { old, new: Some(new) }),
            // The reduced document may fail where the whole one does not.
            _ => Ok(Self { old: generated(old, "old")?, new: Some(generated(new, "new")?) }),
        }
    }

    /// Like [`of`](Self::of), if the client of the new document was generated before.
    pub(crate) fn with(old: &Document, new: &Surface) -> Result<Self, String> {
        Ok(Self { old: generated(old, "old")?, new: Some(new.clone()) })
    }

    /// The promises that were removed, and those that were added.
    fn compared(&self) -> (Vec<&Line>, Vec<&Line>) {
        match &self.new {
            Some(new) => (self.old.lost_in(new), new.lost_in(&self.old)),
            None => Default::default(),
        }
    }
}

/// A document as the generator receives it.
fn lowered(document: &Document, side: &str) -> Result<(Contract, Lowered), String> {
    let contract = Contract::of(document.clone());
    let lowered = lower(&contract).map_err(|error| refused(side, &error.to_string()))?;
    Ok((contract, lowered))
}

/// The surface of a document's client.
fn generated(document: &Document, side: &str) -> Result<Surface, String> {
    let (contract, mut lowered) = lowered(document, side)?;
    lowered.drop_prose();
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

/// In which order changes are asked to explain lost lines: those that break code by reasoning or not, and how much they
/// claim.
const ORDER: [(bool, Scope); 6] = [
    (true, Scope::Place),
    (false, Scope::Place),
    (true, Scope::Object),
    (false, Scope::Object),
    (true, Scope::Operation),
    (false, Scope::Operation),
];

/// Replaces the reasoned source verdicts by the measured ones.
pub(crate) fn settle(old: &Document, new: &Document, surfaces: &Surfaces, changes: &mut Vec<Change>) {
    let (lost, grown) = surfaces.compared();
    let homes = Homes::of(old);
    let mut unexplained = lost;
    let (mut confirmed, mut others): (HashSet<usize>, BTreeMap<usize, Vec<&Line>>) = Default::default();
    for (breaks, scope) in ORDER {
        if unexplained.is_empty() {
            break;
        }
        let is_asked = |change: &Change| (change.source == Source::Breaking) == breaks && (breaks || !change.doc_only);
        let asked = changes.iter().enumerate().filter(|(_, change)| is_asked(change));
        let mut claims = Claims::of(&homes, old, scope, asked);
        unexplained.retain(|line| {
            let cause = claims.explain(line);
            cause.filter(|_| !breaks).into_iter().for_each(|cause| others.entry(cause).or_default().push(line));
            cause.is_none()
        });
        confirmed.extend(claims.confirmed());
    }
    let most = if grown.is_empty() { Source::None } else { Source::Compatible };
    for (index, change) in changes.iter_mut().enumerate() {
        if change.source == Source::Breaking && !change.compiles && !confirmed.contains(&index) {
            change.source = most;
            change.measured("; the generated code loses nothing by it");
        } else if change.source == Source::Compatible {
            change.source = most;
        }
    }
    let kept = surfaces.new.as_ref().unwrap_or(&surfaces.old);
    let kept = Kept::of(kept);
    for (cause, lines) in others {
        if let Some(change) = changes.get_mut(cause) {
            change.source = Source::Breaking;
            change.measured(&format!("; the generated code loses {}", kept.quoted(&lines)));
            change.lines = lines.iter().map(|line| line.text().to_owned()).collect();
        }
    }
    changes.extend(lines_lost(old, new, &homes, &unexplained, &kept));
    if !grown.is_empty() && changes.iter().all(|change| change.source == Source::None) {
        changes.push(lines_added(new, &grown));
    }
}

/// One change per component or operation for the lost lines that no other change explains.
fn lines_lost(old: &Document, new: &Document, homes: &Homes, lines: &[&Line], kept: &Kept<'_>) -> Vec<Change> {
    if lines.is_empty() {
        return Vec::new();
    }
    let gone: HashSet<&str> =
        lines.iter().filter(|line| line.kind == LineKind::Declaration).map(|line| last(&line.item)).collect();
    let mut groups: BTreeMap<String, (&Home, Vec<&Line>)> = BTreeMap::new();
    let mut homeless = Vec::new();
    let by_title = homes.by_title(old);
    for line in lines {
        // A line that names a removed or changed type is lost for that reason.
        let is_gone = |name: &&str| gone.contains(*name) && homes.home(name).is_some();
        let own = homes.type_of(line);
        let name = if gone.contains(own) { own } else { names(line).find(is_gone).unwrap_or(own) };
        match homes.home(name).map(|(home, _)| home).or_else(|| prefixes(name).find_map(|name| by_title.get(name))) {
            Some(home) => groups.entry(home.at.clone()).or_insert((home, Vec::new())).1.push(line),
            None => homeless.push(*line),
        }
    }
    let references = References::of(old);
    let change = |home: Option<&Home>, lines: &[&Line]| {
        let message = format!("the generated code lost lines that no other change explains: {}", kept.quoted(lines));
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

/// The members of the new client's types.
struct Kept<'s>(BTreeMap<(&'s str, &'s str), &'s Line>);

impl<'s> Kept<'s> {
    fn of(surface: &'s Surface) -> Self {
        let members = surface.lines().iter().filter(|line| !line.member.is_empty());
        Kept(members.map(|line| ((&*line.item, line.member.as_str()), line)).collect())
    }

    /// Some of the lost lines, with what they are now.
    fn quoted(&self, lines: &[&Line]) -> String {
        let shown = lines.iter().take(MAX_QUOTED).map(|line| {
            let after = self.0.get(&(&*line.item, line.member.as_str())).filter(|after| after.text() != line.text());
            let after = after.map(|after| format!(", now {}", quote_text(after.text())));
            format!("{}{}", quote_text(line.text()), after.unwrap_or_default())
        });
        let shown = shown.collect::<Vec<_>>().join("; ");
        match lines.len().saturating_sub(MAX_QUOTED) {
            0 => shown,
            more => format!("{shown}; and {more} more"),
        }
    }
}

/// The operations that use the origin of types.
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

/// The added lines, if no reported change adds code.
fn lines_added(new: &Document, lines: &[&Line]) -> Change {
    let shown: Vec<String> = lines.iter().take(MAX_QUOTED).map(|line| quote_text(line.text())).collect();
    let message = format!("the generated code has {} additional lines, such as {}", lines.len(), shown.join("; "));
    let mut change = Change::new(GENERATED_CODE_CHANGED, message);
    change.source = Source::Compatible;
    change.lines = lines.iter().map(|line| line.text().to_owned()).collect();
    let homes = Homes::of(new);
    let home = lines.first().and_then(|line| homes.home(homes.type_of(line)));
    change.new = Some(Place::of(new, home.map_or("", |(home, _)| &home.at)));
    change
}

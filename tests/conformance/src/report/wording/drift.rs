//! The wording of a comparison, for every report that a person reads.

use std::collections::BTreeSet;

use zerogate_drift::{Area, Bump, Caller, Change, Direction, KINDS, Place, Reach, Source, Wire};

use crate::contracts::comparison::{Compared, Comparison, Only, Side};
use crate::contracts::sunset::Sunset;
use crate::evidence::body;
use crate::exceptions::ignore::{Ignore, LapsedIgnore};
use crate::exceptions::list::Lapse;
use crate::report::wording::run::LapsedLine;
use crate::rules::registry;

/// How many names of a list are shown.
const SHOWN: usize = 5;

/// The severity of a group of changes, the most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum Gravity {
    Breaking,
    Risky,
    Compatible,
    Version,
    Descriptions,
    Ignored,
}

impl Gravity {
    pub(in crate::report) const ALL: [Self; 6] =
        [Self::Breaking, Self::Risky, Self::Compatible, Self::Version, Self::Descriptions, Self::Ignored];

    pub(in crate::report) fn of(Compared { change, ignored, .. }: &Compared) -> Self {
        match (change.wire, change.source) {
            _ if ignored.is_some() => Self::Ignored,
            (Wire::Breaking, _) | (_, Source::Breaking) => Self::Breaking,
            (Wire::Risky, _) => Self::Risky,
            _ if change.kind().is_some_and(|kind| kind.area == Area::Version) => Self::Version,
            _ if change.doc_only => Self::Descriptions,
            _ => Self::Compatible,
        }
    }

    pub(in crate::report) fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Risky => "risky",
            Self::Compatible => "compatible",
            Self::Version => "version of the contract",
            Self::Descriptions => "descriptions only",
            Self::Ignored => "ignored",
        }
    }
}

/// The version bump that the changes require, written by `shown`. None for a server, which has no version to bump.
pub(in crate::report) fn bump(comparison: &Comparison, shown: impl Fn(Bump) -> String) -> Option<String> {
    match comparison.overall().semver {
        _ if comparison.provider => None,
        Bump::None => Some("requires no new version".to_owned()),
        bump => Some(format!("requires a {} version", shown(bump))),
    }
}

/// What a difference between a contract and a server's document means for a client that follows the contract.
pub(in crate::report) fn meaning(comparison: &Comparison, change: &Change) -> Option<&'static str> {
    let direction = change.kind().and_then(|kind| kind.direction);
    comparison.provider.then_some(match (direction, change.wire) {
        (Some(Direction::Request), Wire::Breaking) => "the server refuses what the contract allows",
        (Some(Direction::Request), Wire::Risky) => "the server may refuse or ignore what the contract allows",
        (Some(Direction::Request), _) => "the server accepts more than the contract allows",
        (Some(Direction::Response), Wire::Breaking) => "the server does not return what the contract promises",
        (Some(Direction::Response), Wire::Risky) => {
            "the server may return what the contract does not promise, or omit what it does promise"
        }
        (Some(Direction::Response), _) => "the server promises more than the contract",
        (_, Wire::Breaking) => "a call that follows the contract fails",
        (_, Wire::Risky) => "a call that follows the contract may fail",
        (_, _) => "the server offers more than the contract",
    })
}

/// The sentence for a comparison without changes to show.
pub(in crate::report) fn nothing(comparison: &Comparison) -> &'static str {
    match (comparison.provider, comparison.hidden, comparison.only) {
        (true, ..) => "The server's document keeps the contract",
        (false, 0, None) => "Nothing changed",
        (false, 0, Some(Only::Wire)) => "Nothing changed on the wire",
        (false, 0, Some(Only::Source)) => "Nothing changed in the generated code",
        (false, ..) => "Every change is hidden",
    }
}

/// Notes on the changes as a whole, in sentences without a full stop.
pub(in crate::report) fn notes(comparison: &Comparison) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(day) = comparison.sunset {
        let forgiven = comparison.counted().filter(|compared| compared.is_forgiven()).count();
        notes.push(match forgiven {
            0 => format!("no removal is excused on {day}"),
            1 => format!("1 removal is excused on {day} and does not affect the exit code"),
            more => format!("{more} removals are excused on {day} and do not affect the exit code"),
        });
    }
    match comparison.hidden {
        0 => {}
        1 => notes.push("1 change is hidden".to_owned()),
        more => notes.push(format!("{more} changes are hidden")),
    }
    notes.extend(not_generated(comparison));
    notes
}

/// Why the verdict on Rust code is not measured, if it is not.
pub(in crate::report) fn not_generated(comparison: &Comparison) -> Option<String> {
    let basis = "the verdict on Rust code follows from the kinds of the changes, not from generated code";
    comparison.not_generated().map(|why| format!("{basis}: {}", body::one_line(why)))
}

/// Whether a removal counts, and why, in a sentence without a full stop.
pub(in crate::report) fn sunset(sunset: &Sunset) -> String {
    match sunset {
        Sunset::Over(day) => format!("excused: its sunset date was {day}"),
        Sunset::Unused => "excused: only excused removals used it".to_owned(),
        Sunset::Ahead(day) => format!("counts: its sunset date is {day}"),
        Sunset::Unreadable(_) => "counts: `x-sunset` is not a date; write one like 2026-12-31".to_owned(),
        Sunset::Undated => "counts: it was deprecated without an `x-sunset` date".to_owned(),
    }
}

/// The verdicts on a change, of those that were asked for.
pub(in crate::report) fn verdict(comparison: &Comparison, change: &Change) -> String {
    let verdicts = ["wire", "source"].into_iter().zip(comparison.verdicts(change.wire, change.source));
    let shown = verdicts.filter_map(|(label, verdict)| Some(format!("{label} {}", verdict?)));
    shown.collect::<Vec<_>>().join(", ")
}

/// The overall verdicts, of those that were asked for, each as `shown` writes it.
pub(in crate::report) fn overall(comparison: &Comparison, shown: impl Fn(&str) -> String) -> String {
    let overall = comparison.overall();
    match comparison.verdicts(overall.wire, overall.source).map(|verdict| verdict.map(&shown)) {
        [Some(wire), Some(source)] => format!("On the wire {wire}, for Rust code {source}"),
        [Some(wire), None] => format!("On the wire {wire}"),
        [None, source] => format!("For Rust code {}", source.unwrap_or_default()),
    }
}

/// How many rules of the suite rely on what changed.
pub(in crate::report) fn suite(comparison: &Comparison) -> String {
    let rules = registry::rules().count();
    let what = if comparison.provider { "what differs" } else { "what changed" };
    match comparison.suite().len() {
        0 => format!("no rule relies on {what}"),
        1 => format!("1 of {rules} rules relies on {what}"),
        moved => format!("{moved} of {rules} rules rely on {what}"),
    }
}

/// The rules that rely on what changed, in a line.
pub(in crate::report) fn rules(moved: &[&'static str]) -> String {
    if moved.len() > 1 && moved.len() == registry::rules().count() {
        return format!("all {} rules", moved.len());
    }
    // The groups of the rules that are not named.
    let unnamed = moved.iter().skip(SHOWN).filter_map(|id| registry::rule(id));
    let groups: BTreeSet<&str> = unnamed.map(|rule| rule.group()).collect();
    let of = groups.into_iter().collect::<Vec<_>>().join(", ");
    if of.is_empty() { list(moved) } else { format!("{}, of {of}", list(moved)) }
}

/// The operations that a change reaches, and which part of them, in a line; empty if it reaches none.
pub(in crate::report) fn reaches(comparison: &Comparison, change: &Change) -> String {
    let met = |direction: Option<Direction>, by_client: bool| -> BTreeSet<&str> {
        let is_of = |reach: &&Reach| reach.direction == direction && (reach.caller == Caller::Client) == by_client;
        change.reach.iter().filter(is_of).map(|reach| reach.operation.as_str()).collect()
    };
    let (requests, responses) = (met(Some(Direction::Request), true), met(Some(Direction::Response), true));
    let mut parts = vec![("", met(None, true))];
    if requests == responses {
        parts.push(("requests and responses of ", requests));
    } else {
        parts.extend([("requests of ", requests), ("responses of ", responses)]);
    }
    parts.push(("", met(None, false)));
    parts.push(("requests sent by ", met(Some(Direction::Response), false)));
    parts.push(("responses to ", met(Some(Direction::Request), false)));
    parts.retain(|(_, names)| !names.is_empty());
    parts.iter().map(|(of, names)| format!("{of}{}", operations(comparison, names))).collect::<Vec<_>>().join("; ")
}

/// The names of the operations, or their number if they are all the operations of one of the contracts.
fn operations(comparison: &Comparison, names: &BTreeSet<&str>) -> String {
    let are_all =
        |known: &BTreeSet<String>| known.len() > 1 && known.iter().all(|known| names.contains(known.as_str()));
    if comparison.operations.iter().any(are_all) {
        return format!("all {} operations", names.len());
    }
    list(&names.iter().copied().collect::<Vec<_>>())
}

/// The contract in which to show a change: the new one, unless the change removed the place.
pub(in crate::report) fn side<'c>(comparison: &'c Comparison, change: &Change) -> &'c Side {
    if change.new.is_some() { &comparison.new } else { &comparison.old }
}

/// `file:line:column` of a place, or only the file if the position is unknown.
pub(in crate::report) fn location(side: &Side, place: &Place) -> String {
    let name = body::one_line(place.file.as_ref().unwrap_or(&side.name));
    match place.position {
        Some(position) => format!("{name}:{position}"),
        None => name,
    }
}

/// What to do about a lapsed entry of the list of ignored changes, in a sentence without a full stop.
pub(in crate::report) fn lapsed(lapsed: &LapsedIgnore) -> String {
    let entry = &lapsed.entry;
    let what = format!("`{}` at `{}`", body::one_line(&entry.id), body::one_line(&entry.pointer));
    match lapsed.lapse {
        Lapse::Unused if KINDS.iter().all(|kind| kind.id != entry.id) => {
            format!("{what}: no such kind of change; `zerogate diff --kinds` lists them")
        }
        Lapse::Unused => format!("{what}: no such change; delete the entry"),
        Lapse::Expired => {
            format!("{what}: its last day was {}; review the change again, or delete the entry", entry.expires)
        }
    }
}

/// The expired or unused entries of --ignore.
pub(in crate::report) fn lapsed_lines<'l>(all: &'l [LapsedIgnore]) -> Vec<LapsedLine<'l>> {
    let of = |it: &'l LapsedIgnore| {
        let Ignore { id, line, .. } = &it.entry;
        LapsedLine { id, lapse: it.lapse.name(), file: &it.file, line: *line, what: lapsed(it) }
    };
    all.iter().map(of).collect()
}

/// The first names of a list, and how many more there are.
fn list(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| body::one_line(name)).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use zerogate_contract::Document;
    use zerogate_drift::Drift;

    use super::*;

    /// The line for a contract with seven operations, one of them without an id.
    fn said(reach: &[(&str, Option<Direction>)]) -> String {
        let operations: String =
            ["a", "b", "c", "d", "e", "f"].map(|id| format!("  /{id}: {{get: {{operationId: {id}}}}}\n")).concat();
        let text = format!("openapi: 3.0.3\npaths:\n{operations}  /g: {{post: {{}}, summary: G}}\n");
        let contract = Document::parse("seven.yaml", &text).unwrap();
        let mut change = Change::new("a-change", "it changed");
        let reach =
            reach.iter().map(|(operation, direction)| Reach { direction: *direction, ..Reach::whole(*operation) });
        change.reach = reach.collect();
        reaches(&Comparison::new(&contract, &contract, Drift::default()), &change)
    }

    #[test]
    fn webhooks_are_listed_by_who_sends() {
        let mut change = Change::new("a-change", "it changed");
        let met = |direction, operation| Reach { direction, caller: Caller::Webhook, ..Reach::whole(operation) };
        change.reach = vec![
            met(None, "webhook a"),
            met(Some(Direction::Response), "webhook b"),
            met(Some(Direction::Request), "webhook c"),
            Reach { direction: Some(Direction::Response), ..Reach::whole("d") },
        ];
        let contract = Document::parse("none.yaml", "openapi: 3.0.3\npaths: {}\n").unwrap();
        assert_eq!(
            reaches(&Comparison::new(&contract, &contract, Drift::default()), &change),
            "responses of d; webhook a; requests sent by webhook b; responses to webhook c"
        );
    }

    #[test]
    fn operations_are_listed_by_direction_and_long_lists_are_cut() {
        const REQUEST: Option<Direction> = Some(Direction::Request);
        const RESPONSE: Option<Direction> = Some(Direction::Response);
        let each = |names: &[&'static str], direction| names.iter().map(|name| (*name, direction)).collect::<Vec<_>>();
        let all = ["a", "b", "c", "d", "e", "f", "POST /g"];
        for (reach, wanted) in [
            (vec![], ""),
            (vec![("a", None)], "a"),
            (vec![("b", REQUEST), ("a", REQUEST)], "requests of a, b"),
            (vec![("a", REQUEST), ("a", RESPONSE)], "requests and responses of a"),
            (vec![("a", REQUEST), ("a", RESPONSE), ("b", RESPONSE)], "requests of a; responses of a, b"),
            (vec![("a", None), ("b", RESPONSE)], "a; responses of b"),
            (each(&all[..6], RESPONSE), "responses of a, b, c, d, e and 1 more"),
            (each(&all, RESPONSE), "responses of all 7 operations"),
        ] {
            assert_eq!(said(&reach), wanted);
        }
    }
}

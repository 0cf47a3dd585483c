//! The types of the report on a comparison, as `schemas/diff.schema.json` describes it.

use std::collections::BTreeSet;
use std::io;

use serde::Serialize;
use zerogate_drift::{Announced, Basis, Change, Place, Reach};

use crate::contracts::comparison::{Compared, Comparison, Only, Side};
use crate::exceptions::ignore::{Ignore, LapsedIgnore};
use crate::exceptions::list::Lapse;

/// The JSON Schema of the report on a comparison, as text.
#[must_use]
pub fn drift_schema() -> &'static str {
    include_str!("../../../../schemas/diff.schema.json")
}

/// The version of the report's format. It changes when a field is removed or changes its meaning, not when one is
/// added.
const VERSION: u32 = 2;

#[derive(Serialize)]
struct Report<'c> {
    schema_version: u32,
    old: &'c Side,
    new: &'c Side,
    only: Option<&'static str>,
    source_basis: Option<&'static str>,
    not_generated: Option<&'c str>,
    provider: bool,
    sunset: Option<String>,
    hidden: usize,
    overall: Overall,
    changes: Vec<ChangeEntry<'c>>,
    lapsed: Vec<LapsedEntry<'c>>,
}

#[derive(Serialize)]
struct Overall {
    wire: Option<&'static str>,
    source: Option<&'static str>,
    suite: BTreeSet<&'static str>,
    doc_only: bool,
    semver: &'static str,
}

#[derive(Serialize)]
struct ChangeEntry<'c> {
    id: &'static str,
    wire: Option<&'static str>,
    source: Option<&'static str>,
    suite: &'c [&'static str],
    doc_only: bool,
    pointer: &'c str,
    operations: Vec<&'c str>,
    message: &'c str,
    lines: &'c [String],
    old: Option<Location<'c>>,
    new: Option<Location<'c>>,
    reach: Vec<Reached<'c>>,
    announced: Option<Day<'c>>,
    forgiven: bool,
    ignored: Option<Ignored<'c>>,
}

/// The announced day of a removal.
#[derive(Serialize)]
struct Day<'c> {
    sunset: Option<String>,
    unreadable: Option<&'c str>,
}

#[derive(Serialize)]
struct Location<'c> {
    pointer: &'c str,
    /// The file, if it is not the contract itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'c str>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Serialize)]
struct Reached<'c> {
    operation: &'c str,
    direction: Option<&'static str>,
    status: Option<&'c str>,
    field: &'c str,
}

#[derive(Serialize)]
struct Ignored<'c> {
    reason: &'c str,
    expires: String,
    line: usize,
}

#[derive(Serialize)]
struct LapsedEntry<'c> {
    lapse: Lapse,
    file: &'c str,
    line: usize,
    id: &'c str,
    pointer: &'c str,
    reason: &'c str,
    expires: String,
}

pub(in crate::report) fn drift(comparison: &Comparison) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(&Report::of(comparison))? + "\n")
}

impl<'c> Report<'c> {
    fn of(comparison: &'c Comparison) -> Self {
        let overall = comparison.overall();
        let [wire, source] = comparison.verdicts(overall.wire, overall.source);
        Self {
            schema_version: VERSION,
            old: &comparison.old,
            new: &comparison.new,
            only: comparison.only.map(|only| match only {
                Only::Wire => "wire",
                Only::Source => "source",
            }),
            source_basis: source.map(|_| if comparison.basis == Basis::Measured { "measured" } else { "reasoned" }),
            not_generated: comparison.not_generated(),
            provider: comparison.provider,
            sunset: comparison.sunset.map(|day| day.to_string()),
            hidden: comparison.hidden,
            overall: Overall {
                wire,
                source,
                suite: comparison.suite(),
                doc_only: overall.doc_only,
                semver: overall.semver.name(),
            },
            changes: comparison.changes.iter().map(|compared| ChangeEntry::of(comparison, compared)).collect(),
            lapsed: comparison.lapsed.iter().map(LapsedEntry::of).collect(),
        }
    }
}

impl<'c> ChangeEntry<'c> {
    fn of(comparison: &Comparison, compared: &'c Compared) -> Self {
        let Compared { change, suite, ignored, .. } = compared;
        let Change { id, wire, source, doc_only, old, new, reach, message, lines, announced, .. } = change;
        let [wire, source] = comparison.verdicts(*wire, *source);
        let reached = |Reach { operation, direction, status, field, .. }: &'c Reach| Reached {
            operation,
            direction: direction.map(|direction| direction.name()),
            status: status.as_deref(),
            field,
        };
        let ignored = ignored.as_ref().map(|Ignore { reason, expires, line, .. }| Ignored {
            reason,
            expires: expires.to_string(),
            line: *line,
        });
        Self {
            id,
            wire,
            source,
            suite,
            doc_only: *doc_only,
            pointer: change.place().map_or("", |place| &place.pointer),
            operations: change.operations(),
            message,
            lines,
            old: old.as_ref().map(Location::of),
            new: new.as_ref().map(Location::of),
            reach: reach.iter().map(reached).collect(),
            announced: announced.as_ref().map(Day::of),
            forgiven: compared.is_forgiven(),
            ignored,
        }
    }
}

impl<'c> Day<'c> {
    fn of(announced: &'c Announced) -> Self {
        match announced {
            Announced::For(day) => Self { sunset: Some(day.to_string()), unreadable: None },
            Announced::Unreadable(text) => Self { sunset: None, unreadable: Some(text) },
            Announced::Undated => Self { sunset: None, unreadable: None },
        }
    }
}

impl<'c> Location<'c> {
    fn of(Place { pointer, position, file }: &'c Place) -> Self {
        let (line, column) = position.map(|position| (position.line, position.column)).unzip();
        Self { pointer, file: file.as_deref(), line, column }
    }
}

impl<'c> LapsedEntry<'c> {
    fn of(LapsedIgnore { file, entry, lapse, .. }: &'c LapsedIgnore) -> Self {
        let Ignore { id, pointer, reason, expires, line } = entry;
        Self { lapse: *lapse, file, line: *line, id, pointer, reason, expires: expires.to_string() }
    }
}

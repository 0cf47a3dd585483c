//! The report on what became of a contract, type by type, as `schemas/diff.schema.json` describes it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;
use zerogate_drift::{Change, Place, Reach};

use crate::contracts::comparison::{Compared, Comparison, Lapsed, Side};
use crate::exceptions::ignore::Ignore;
use crate::report::text::Styles;

/// The JSON Schema of the report on what became of a contract, as text.
#[must_use]
pub fn drift_schema() -> &'static str {
    include_str!("../../../schemas/diff.schema.json")
}

/// The version of the report's form. It changes when something is removed or gets another meaning; not for additions.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'c> {
    schema_version: u32,
    old: Contract<'c>,
    new: Contract<'c>,
    overall: Overall,
    changes: Vec<ChangeEntry<'c>>,
    lapsed: Vec<LapsedEntry<'c>>,
}

#[derive(Serialize)]
struct Contract<'c> {
    name: &'c str,
    path: &'c str,
}

#[derive(Serialize)]
struct Overall {
    wire: &'static str,
    source: &'static str,
    suite: BTreeSet<&'static str>,
    doc_only: bool,
    semver: &'static str,
}

#[derive(Serialize)]
struct ChangeEntry<'c> {
    id: &'static str,
    wire: &'static str,
    source: &'static str,
    suite: &'c [&'static str],
    doc_only: bool,
    pointer: &'c str,
    operations: Vec<&'c str>,
    message: &'c str,
    old: Option<Location<'c>>,
    new: Option<Location<'c>>,
    reach: Vec<Reached<'c>>,
    ignored: Option<Ignored<'c>>,
}

#[derive(Serialize)]
struct Location<'c> {
    pointer: &'c str,
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
    lapse: &'static str,
    file: &'c str,
    line: usize,
    id: &'c str,
    pointer: &'c str,
    reason: &'c str,
    expires: String,
}

/// Writes what changed as one JSON object.
pub(in crate::report) fn drift(comparison: &Comparison, _: Styles, writer: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *writer, &Report::of(comparison)).map_err(io::Error::from)?;
    writeln!(writer)
}

impl<'c> Report<'c> {
    fn of(comparison: &'c Comparison) -> Self {
        let overall = comparison.overall();
        Self {
            schema_version: VERSION,
            old: Contract::of(&comparison.old),
            new: Contract::of(&comparison.new),
            overall: Overall {
                wire: overall.wire.name(),
                source: overall.source.name(),
                suite: comparison.suite(),
                doc_only: overall.doc_only,
                semver: overall.semver.name(),
            },
            changes: comparison.changes.iter().map(ChangeEntry::of).collect(),
            lapsed: comparison.lapsed.iter().map(LapsedEntry::of).collect(),
        }
    }
}

impl<'c> Contract<'c> {
    fn of(Side { name, path }: &'c Side) -> Self {
        Self { name, path }
    }
}

impl<'c> ChangeEntry<'c> {
    fn of(Compared { change, suite, ignored }: &'c Compared) -> Self {
        let Change { id, wire, source, doc_only, old, new, reach, message, .. } = change;
        Self {
            id,
            wire: wire.name(),
            source: source.name(),
            suite,
            doc_only: *doc_only,
            pointer: change.place().map_or("", |place| &place.pointer),
            operations: change.operations(),
            message,
            old: old.as_ref().map(Location::of),
            new: new.as_ref().map(Location::of),
            reach: reach.iter().map(Reached::of).collect(),
            ignored: ignored.as_ref().map(Ignored::of),
        }
    }
}

impl<'c> Location<'c> {
    fn of(Place { pointer, position }: &'c Place) -> Self {
        Self { pointer, line: position.map(|position| position.line), column: position.map(|position| position.column) }
    }
}

impl<'c> Reached<'c> {
    fn of(Reach { operation, direction, status, field }: &'c Reach) -> Self {
        Self { operation, direction: direction.map(|direction| direction.name()), status: status.as_deref(), field }
    }
}

impl<'c> Ignored<'c> {
    fn of(Ignore { reason, expires, line, .. }: &'c Ignore) -> Self {
        Self { reason, expires: expires.to_string(), line: *line }
    }
}

impl<'c> LapsedEntry<'c> {
    fn of(Lapsed { file, entry, lapse }: &'c Lapsed) -> Self {
        let Ignore { id, pointer, reason, expires, line } = entry;
        Self { lapse: lapse.name(), file, line: *line, id, pointer, reason, expires: expires.to_string() }
    }
}

//! The types of the report on a comparison. Its schema is generated from them, including their documentation.

use std::collections::BTreeSet;
use std::io;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use zerogate_drift::{Announced, Basis, Change, Place, Reach};

use super::schema::schema;
use crate::contracts::comparison::{Compared, Comparison, Only, Side};
use crate::exceptions::ignore::{Ignore, LapsedIgnore};
use crate::exceptions::list::Lapse;

/// The version of the report's format. It changes when a field is removed or changes its meaning, not when one is
/// added.
const VERSION: u32 = 2;

/// The JSON Schema of the report on a comparison, as text. It is also `schemas/diff.schema.json`.
#[must_use]
pub fn drift_schema() -> String {
    schema::<Report<'_>>()
}

/// The changes from one OpenAPI contract to another. Within one `schema_version`, fields and values may be added; none
/// is removed or changes its meaning.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "zerogate diff --report json")]
struct Report<'c> {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    schema_version: u32,
    /// The old contract.
    old: &'c Side,
    /// The new contract.
    new: &'c Side,
    /// The only verdict requested with `--only`; null for both. The other verdict is null everywhere, and changes that
    /// affect only it are omitted.
    #[schemars(extend("enum" = ["wire", "source", null]))]
    only: Option<&'static str>,
    /// `measured`: both clients were generated and compared. `reasoned`: one cannot be generated, and the verdict rests
    /// on the kinds of the changes. Null if not requested.
    #[schemars(extend("enum" = ["measured", "reasoned", null]))]
    source_basis: Option<&'static str>,
    /// Which contract cannot be generated, and why; null if both can, or if the source verdict was not requested.
    not_generated: Option<&'c str>,
    /// Whether `--provider` was given: the new contract is the document of a server that must keep the old one, and
    /// `only` is `wire`.
    provider: bool,
    /// The day for which `--sunset` excuses announced removals; null without `--sunset`.
    sunset: Option<Day>,
    /// How many changes `--hide` omits; they do not count.
    hidden: usize,
    /// The most severe verdict of each kind over all changes that are not ignored.
    overall: Overall,
    /// Each change once, at its cause: the most severe first, then in the order of the text. Includes ignored changes.
    changes: Vec<ChangeEntry<'c>>,
    /// Expired or unused ignored changes. One is enough for exit code 1.
    lapsed: Vec<LapsedEntry<'c>>,
}

/// The effect between a client of the old contract and a server of the new one. A change that cannot be judged is
/// `risky`. Null if not requested.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("enum" = ["none", "compatible", "risky", "breaking", null]))]
struct Wire(Option<&'static str>);

/// The effect on Rust code that uses the crate generated from the old contract. Null if not requested.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("enum" = ["none", "compatible", "breaking", null]))]
struct Source(Option<&'static str>);

/// A day, such as `2026-12-31`.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("pattern" = "^-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}$"))]
struct Day(String);

/// A JSON pointer (RFC 6901); empty for the document as a whole.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("pattern" = r"^(/[\s\S]*)?$"))]
struct Pointer<'c>(&'c str);

/// The verdict over all changes.
#[derive(Serialize, JsonSchema)]
struct Overall {
    wire: Wire,
    source: Source,
    /// The ids of the conformance rules that rely on what changed.
    suite: BTreeSet<&'static str>,
    /// Whether there are changes and all of them affect only documentation.
    doc_only: bool,
    /// The version bump that they require, as for a crate at or above 1.0: `major` if anything breaks, on the wire or
    /// in code; `minor` for anything else that has an effect there; `patch` for descriptions.
    #[schemars(extend("enum" = ["none", "patch", "minor", "major"]))]
    semver: &'static str,
}

/// A change and its effect.
#[derive(Serialize, JsonSchema)]
struct ChangeEntry<'c> {
    /// The kind of change: a stable name.
    #[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    id: &'static str,
    wire: Wire,
    source: Source,
    /// The ids of the conformance rules that rely on what changed.
    #[schemars(with = "BTreeSet<String>")]
    suite: &'c [&'static str],
    /// Whether only documentation changed.
    doc_only: bool,
    /// The place in the new document, or in the old one for a removal.
    pointer: Pointer<'c>,
    /// The operations that it reaches, by operation id, or by method and path.
    #[schemars(with = "BTreeSet<String>")]
    operations: Vec<&'c str>,
    /// What changed, in a sentence.
    message: &'c str,
    /// The lines of the generated code's public surface that were removed, if nothing else in the change says that code
    /// breaks; for `generated-code-changed` also those that are new, if nothing breaks. Empty otherwise.
    lines: &'c [String],
    /// The place in the old contract; null for an addition.
    old: Option<Location<'c>>,
    /// The place in the new contract; null for a removal.
    new: Option<Location<'c>>,
    /// What it affects.
    reach: Vec<Reached<'c>>,
    /// When the removal of something deprecated was announced for; null for every other change.
    announced: Option<Announcement<'c>>,
    /// Whether the removal was announced, or only announced removals used it, so that it does not affect the exit code.
    forgiven: bool,
    /// The entry of the list that ignores it; null if it counts.
    ignored: Option<Ignored<'c>>,
}

/// The announced day of a removal; both fields are null if there is none.
#[derive(Serialize, JsonSchema)]
struct Announcement<'c> {
    /// The day in `x-sunset`.
    sunset: Option<Day>,
    /// The text of `x-sunset`, if it is not a date.
    unreadable: Option<&'c str>,
}

/// A place in a contract.
#[derive(Serialize, JsonSchema)]
struct Location<'c> {
    pointer: Pointer<'c>,
    /// The file, if the contract has several and it is not the main one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    file: Option<&'c str>,
    /// Starts at 1; null if unknown.
    #[schemars(range(min = 1))]
    line: Option<usize>,
    /// In characters, starting at 1; null if unknown.
    #[schemars(range(min = 1))]
    column: Option<usize>,
}

/// A part of an operation.
#[derive(Serialize, JsonSchema)]
struct Reached<'c> {
    /// The id, or method and path. A request that the server sends is `webhook paid` or `callback paid of
    /// createSession`.
    operation: &'c str,
    /// Whether it affects what the client sends or what it receives; null for the operation as a whole.
    #[schemars(extend("enum" = ["request", "response", null]))]
    direction: Option<&'static str>,
    /// The status of the response, as in the contract; null for requests.
    status: Option<&'c str>,
    /// The path of a property in the body, or the name of a header or parameter; empty for the message as a whole.
    field: &'c str,
}

/// An entry of the list of ignored changes.
#[derive(Serialize, JsonSchema)]
struct Ignored<'c> {
    /// Why it is ignored.
    reason: &'c str,
    /// The last day on which it is ignored.
    expires: Day,
    /// The line of the entry in the list.
    #[schemars(range(min = 1))]
    line: usize,
}

/// A lapsed entry of the list of ignored changes.
#[derive(Serialize, JsonSchema)]
struct LapsedEntry<'c> {
    /// `unused`: it matches no change. `expired`: its last day has passed, so the change counts.
    lapse: Lapse,
    /// The list.
    file: &'c str,
    /// The line of the entry in the list.
    #[schemars(range(min = 1))]
    line: usize,
    /// The kind of change.
    id: &'c str,
    /// The place of the change.
    pointer: &'c str,
    /// Why it was ignored.
    reason: &'c str,
    /// The last day on which it was ignored.
    expires: Day,
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
            sunset: comparison.sunset.map(Day::of),
            hidden: comparison.hidden,
            overall: Overall {
                wire: Wire(wire),
                source: Source(source),
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
            expires: Day::of(*expires),
            line: *line,
        });
        Self {
            id,
            wire: Wire(wire),
            source: Source(source),
            suite,
            doc_only: *doc_only,
            pointer: Pointer(change.place().map_or("", |place| &place.pointer)),
            operations: change.operations(),
            message,
            lines,
            old: old.as_ref().map(Location::of),
            new: new.as_ref().map(Location::of),
            reach: reach.iter().map(reached).collect(),
            announced: announced.as_ref().map(Announcement::of),
            forgiven: compared.is_forgiven(),
            ignored,
        }
    }
}

impl Day {
    fn of(day: Date) -> Self {
        Self(day.to_string())
    }
}

impl<'c> Announcement<'c> {
    fn of(announced: &'c Announced) -> Self {
        match announced {
            Announced::For(day) => Self { sunset: Some(Day::of(*day)), unreadable: None },
            Announced::Unreadable(text) => Self { sunset: None, unreadable: Some(text) },
            Announced::Undated => Self { sunset: None, unreadable: None },
        }
    }
}

impl<'c> Location<'c> {
    fn of(Place { pointer, position, file }: &'c Place) -> Self {
        let (line, column) = position.map(|position| (position.line, position.column)).unzip();
        Self { pointer: Pointer(pointer), file: file.as_deref(), line, column }
    }
}

impl<'c> LapsedEntry<'c> {
    fn of(LapsedIgnore { file, entry, lapse, .. }: &'c LapsedIgnore) -> Self {
        let Ignore { id, pointer, reason, expires, line } = entry;
        Self { lapse: *lapse, file, line: *line, id, pointer, reason, expires: Day::of(*expires) }
    }
}

//! The types of the report on recordings. Its schema is generated from them, including their documentation.

use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use super::schema::schema;
use crate::evidence::coverage::Coverage;
use crate::recording::traffic::{Fault, Recorded, Sighting, Traffic};
use crate::rules::rule::Level;
use crate::run::summary::Conclusion;

/// The version of the report's format. It changes when a field is removed or changes its meaning, not when one is
/// added.
const VERSION: u32 = 1;

pub(in crate::report) fn traffic(traffic: &Traffic) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(&Report::of(traffic))? + "\n")
}

/// The JSON Schema of the report on recordings, as text. It is also `schemas/check.schema.json`.
#[must_use]
pub fn traffic_schema() -> String {
    schema::<Report<'_>>()
}

/// The result of `zerogate check` or `zerogate proxy`. Within one `schema_version`, fields and values may be added;
/// none is removed or changes its meaning.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "zerogate check --report json")]
struct Report<'t> {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    schema_version: u32,
    /// The name of the contract.
    contract: &'t str,
    conclusion: Conclusion,
    /// The matching exit code: 0 conforms, 1 does not conform, 3 could not be judged; 2 if a file is not a recording
    /// and there are no findings. `zerogate proxy` exits with the code of its command, unless that is 0.
    exit_code: u8,
    /// The conclusion and its reasons, in a line.
    headline: String,
    /// The recordings.
    files: Vec<File<'t>>,
    /// Entries of all recordings.
    entries: usize,
    /// Entries whose operation and status are known.
    judged: usize,
    /// Entries sent to the contract's base URLs that match none of its operations.
    undocumented: usize,
    /// Entries sent elsewhere, by scheme and host.
    elsewhere: &'t BTreeMap<String, usize>,
    /// The findings, each listed once, with its count.
    findings: Vec<Finding<'t>>,
    /// How many findings beyond the first 10,000 are not listed.
    more_findings: usize,
    /// The parts that could not be judged.
    not_judged: Vec<NotJudged>,
    /// How many responses each operation had, by status.
    responses: Vec<Cell<'t>>,
    /// How much of the contract was seen, by kind.
    coverage: &'t [Coverage],
    /// Required coverage that was not reached.
    coverage_missed: Vec<Missed>,
    /// The rules of expired or unused entries of the list of known failures.
    lapsed_known_failures: Vec<&'t str>,
}

/// Where exchanges came from: a recording, or a proxy.
#[derive(Serialize, JsonSchema)]
struct File<'t> {
    /// The file; `proxy` for exchanges that were relayed and not recorded.
    name: &'t str,
    /// The program that made it, as the recording names it; empty if it does not.
    recorder: &'t str,
    /// The URL of the upstream, if exchanges were relayed by `zerogate proxy`; null for a file.
    upstream: Option<&'t str>,
    /// How many entries it has.
    entries: usize,
    /// Why it was not read to its end; null if it was read completely.
    trouble: Option<&'t str>,
}

/// A finding.
#[derive(Serialize, JsonSchema)]
struct Finding<'t> {
    /// The rule's stable id.
    rule: &'static str,
    level: Level,
    /// What the rule requires.
    title: &'static str,
    /// The operation; null if the request matches none of the contract's.
    operation: Option<&'t str>,
    /// The part of the exchange: `response.body`.
    part: &'static str,
    /// Where in that part: a JSON pointer into a body, or a name; empty for all of it.
    at: &'t str,
    /// The JSON pointer into the contract; null if the rule comes from the reference.
    contract: Option<&'t str>,
    /// The line of the contract, starting at 1.
    line: Option<usize>,
    /// What was expected.
    expected: &'t str,
    /// What was received, without values that may be customer data.
    received: &'t str,
    /// How often it was seen.
    count: usize,
    /// The first 20 exchanges that have it.
    exchanges: Vec<Seen<'t>>,
    /// Why it is excused, if it is.
    known: Option<&'t str>,
}

/// An exchange.
#[derive(Serialize, JsonSchema)]
struct Seen<'t> {
    /// The recording.
    file: &'t str,
    /// Its entry, starting at 1.
    entry: usize,
    /// The earlier entry that it contradicts, if it is about two.
    earlier_entry: Option<u32>,
    /// The method and the path template.
    request: &'t str,
    /// The status of the response.
    status: Option<u16>,
    /// The request id of the response.
    request_id: Option<&'t str>,
}

/// A part that could not be judged.
#[derive(Serialize, JsonSchema)]
struct NotJudged {
    /// The part of the exchange.
    part: &'static str,
    /// Why, in a few words.
    reason: &'static str,
    /// How often.
    count: usize,
}

/// The responses of one operation that had one status.
#[derive(Serialize, JsonSchema)]
struct Cell<'t> {
    operation: &'t str,
    status: u16,
    count: usize,
}

/// Coverage that is not reached.
#[derive(Serialize, JsonSchema)]
struct Missed {
    /// The kind of coverage.
    kind: &'static str,
    /// The required percentage.
    percent: u8,
}

impl<'t> Report<'t> {
    fn of(traffic: &'t Traffic) -> Self {
        Self {
            schema_version: VERSION,
            contract: &traffic.contract,
            conclusion: traffic.conclusion(),
            exit_code: traffic.exit_code(),
            headline: traffic.headline(),
            files: traffic.files.iter().map(File::of).collect(),
            entries: traffic.entries,
            judged: traffic.judged,
            undocumented: traffic.undocumented,
            elsewhere: &traffic.elsewhere,
            findings: traffic.faults.iter().map(Finding::of).collect(),
            more_findings: traffic.more_faults,
            not_judged: traffic
                .unjudged
                .iter()
                .map(|(left, count)| NotJudged { part: left.place.name(), reason: left.why, count: *count })
                .collect(),
            responses: traffic
                .cells
                .iter()
                .map(|((operation, status), cell)| Cell { operation, status: *status, count: cell.count })
                .collect(),
            coverage: &traffic.coverage,
            coverage_missed: traffic
                .missed
                .iter()
                .map(|goal| Missed { kind: goal.kind.name(), percent: goal.percent })
                .collect(),
            lapsed_known_failures: traffic.lapsed.iter().map(|lapsed| lapsed.entry.rule.as_str()).collect(),
        }
    }
}

impl<'t> File<'t> {
    fn of(Recorded { name, recorder, upstream, entries, trouble, .. }: &'t Recorded) -> Self {
        Self { name, recorder, upstream: upstream.as_deref(), entries: *entries, trouble: trouble.as_deref() }
    }
}

impl<'t> Finding<'t> {
    fn of(fault: &'t Fault) -> Self {
        let said = |text: &'t String| Some(text.as_str()).filter(|text| !text.is_empty());
        Self {
            rule: fault.kind.row().id,
            level: fault.level,
            title: fault.kind.row().title,
            operation: said(&fault.operation),
            part: fault.place.name(),
            at: &fault.at,
            contract: said(&fault.contract),
            line: fault.position.map(|position| position.line),
            expected: &fault.expected,
            received: &fault.received,
            count: fault.count,
            exchanges: fault.exchanges.iter().map(Seen::of).collect(),
            known: fault.known.as_ref().map(|known| known.reason.as_str()),
        }
    }
}

impl<'t> Seen<'t> {
    fn of(Sighting { file, entry, earlier, request, status, request_id }: &'t Sighting) -> Self {
        let (entry, earlier_entry, status) = (*entry, *earlier, *status);
        Self { file, entry, earlier_entry, request, status, request_id: request_id.as_deref() }
    }
}

//! The wording of the report on recordings.

use crate::evidence::body::one_line;
use crate::recording::goal::Goal;
use crate::recording::traffic::{Cell, Fault, PROXY, Recorded, Sighting, Traffic};
use crate::report::wording::run as wording;

/// How many exchanges or hosts are named.
const NAMED: usize = 3;

/// The source of exchanges, in a word.
pub(in crate::report) fn source(file: &Recorded) -> &'static str {
    if file.upstream.is_some() { "proxy" } else { "recording" }
}

/// The source of exchanges, in a line.
pub(in crate::report) fn file(file: &Recorded) -> String {
    let trouble = file.trouble.as_ref().map(|trouble| format!("; {trouble}")).unwrap_or_default();
    let entries = || wording::counted(file.entries, "entry", "entries");
    match &file.upstream {
        Some(upstream) => {
            let recording = if file.name == PROXY { String::new() } else { format!(", recorded in {}", file.name) };
            let exchanges = wording::counted(file.entries, "exchange", "exchanges");
            format!("{exchanges} relayed to {upstream}{recording}{trouble}")
        }
        None if file.recorder.is_empty() => format!("{}: {}{trouble}", file.name, entries()),
        None => format!("{}: {}, by {}{trouble}", file.name, entries(), file.recorder),
    }
}

/// How many exchanges were judged, and why the others were not.
pub(in crate::report) fn judged(traffic: &Traffic) -> String {
    let judged = format!("{} of {}", traffic.judged, wording::counted(traffic.entries, "exchange", "exchanges"));
    std::iter::once(judged).chain(passed_over(traffic)).collect::<Vec<_>>().join("; ")
}

/// The exchanges that say nothing about the contract's operations, by reason.
fn passed_over(traffic: &Traffic) -> Vec<String> {
    let mut reasons = Vec::new();
    if traffic.undocumented > 0 {
        let matches = wording::counted(traffic.undocumented, "matches", "match");
        reasons.push(format!("{matches} no operation of the contract"));
    }
    let elsewhere: usize = traffic.elsewhere.values().sum();
    if elsewhere > 0 {
        let mut hosts: Vec<(&String, &usize)> = traffic.elsewhere.iter().collect();
        hosts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let more = hosts.len().saturating_sub(NAMED);
        let named = hosts.iter().take(NAMED).map(|(host, count)| format!("{host} ({count})")).collect::<Vec<_>>();
        let more = if more > 0 { format!(" and {more} more hosts") } else { String::new() };
        reasons.push(format!("{elsewhere} not {}: {}{more}", traffic.scope(), named.join(", ")));
    }
    reasons
}

/// The sources of the exchanges, and the exchanges that were passed over, line by line.
pub(in crate::report) fn sources(traffic: &Traffic) -> String {
    let more = traffic.files.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("and {}", wording::counted(more, "more recording", "more recordings")));
    let files = traffic.files.iter().take(NAMED).map(file).chain(more);
    files.chain(passed_over(traffic)).collect::<Vec<_>>().join("\n")
}

/// The operation of a finding, and how often it was seen.
pub(in crate::report) fn count(fault: &Fault) -> String {
    let times = if fault.count == 1 { "once".to_owned() } else { format!("{} times", fault.count) };
    if fault.operation.is_empty() { times } else { format!("{}, {times}", one_line(&fault.operation)) }
}

/// The labelled lines that explain a finding.
pub(in crate::report) fn details(traffic: &Traffic, fault: &Fault) -> Vec<(&'static str, String)> {
    let mut lines = vec![("at", at(fault)), ("expected", fault.expected.clone()), ("received", fault.received.clone())];
    if !fault.contract.is_empty() {
        lines.insert(1, ("contract", contract(traffic, fault)));
    }
    lines.push(("seen", seen(fault)));
    if let Some(known) = &fault.known {
        lines.push(("known", wording::excuse(known)));
    }
    lines
}

/// Where in an exchange the finding is.
pub(in crate::report) fn at(fault: &Fault) -> String {
    format!("{} {}", fault.place, fault.at).trim_end().to_owned()
}

/// The part of the contract that it breaks.
pub(in crate::report) fn contract(traffic: &Traffic, fault: &Fault) -> String {
    let position = fault.position.map(|position| format!(":{position}")).unwrap_or_default();
    format!("{}{position} {}", traffic.contract, one_line(&fault.contract))
}

/// The first exchanges that have it.
pub(in crate::report) fn seen(fault: &Fault) -> String {
    let named: Vec<String> = fault.exchanges.iter().take(NAMED).map(sighting).collect();
    let more = fault.count - named.len().min(fault.count);
    format!("{}{}", named.join("; "), if more > 0 { format!("; and {more} more") } else { String::new() })
}

fn sighting(sighting: &Sighting) -> String {
    let Sighting { file, entry, earlier, request, status, request_id } = sighting;
    let status = status.map(|status| format!(", {status}")).unwrap_or_default();
    let request_id = request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default();
    let earlier = earlier.map(|earlier| format!(", unlike entry {earlier}")).unwrap_or_default();
    format!("{file} entry {entry} ({request}{status}{request_id}{earlier})")
}

/// The required coverage that was not reached.
pub(in crate::report) fn missed(traffic: &Traffic, goal: Goal) -> String {
    let own = traffic.coverage.iter().find(|coverage| coverage.kind == goal.kind);
    let (seen, total) = own.map_or((0, 0), |own| (own.seen, own.total));
    format!("{} of {total} {} seen; {}% required", seen, goal.kind, goal.percent)
}

/// The statuses of each operation, and how often each was seen.
pub(in crate::report) fn cells(traffic: &Traffic) -> Vec<(&str, String)> {
    let mut rows: Vec<(&str, String)> = Vec::new();
    for ((operation, status), Cell { count, .. }) in &traffic.cells {
        let cell = if *count == 1 { status.to_string() } else { format!("{status} ({count} times)") };
        match rows.last_mut() {
            Some((last, cells)) if last == operation => *cells += &format!(", {cell}"),
            _ => rows.push((operation, cell)),
        }
    }
    rows
}

//! Rules × violations: each violation fails its rules and no others.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::iter;
use std::num::NonZero;
use std::sync::{LazyLock, Mutex};
use std::thread;

use zerogate_conformance::{BaseUrl, Conclusion, Finding, Target, Traffic, rule, rules};
use zerogate_emulator::Emulator;

use crate::proxy::{Act, Proxy};
use crate::relayed;
use crate::replay::{Stage, TOOLS};
use crate::run::{RunLog, against, behind, everything, rules_only};
use crate::snapshot;
use crate::violation::{self, Violation};

/// Runs only the violations whose names contain one of these comma-separated parts, for development.
const ONLY: &str = "ZEROGATE_VIOLATIONS";

/// Runs all violations, as CI does; otherwise a sample.
const ALL: &str = "ZEROGATE_ALL";
const SAMPLE: usize = 8;

/// How many command lines per violation a sample runs.
const SAMPLE_OF_LINES: usize = 2;

#[test]
fn every_violation_fails_its_rules_and_no_others() {
    let mut table = String::new();
    let mut complaints = String::new();
    for Run { violation: Violation { name, breaks, .. }, told, .. } in &*RUNS {
        let failed = told.with("fail");
        if failed != *breaks {
            writeln!(complaints, "{name}: should break {breaks:?}, broke {failed:?}").unwrap();
        }
        if let Some(skipped) = told.with("skip").first() {
            writeln!(complaints, "{name}: {skipped} was skipped, on a target that can supply everything").unwrap();
        }
        writeln!(table, "{}", line(name, told)).unwrap();
    }
    assert!(complaints.is_empty(), "\n{complaints}");
    compare(
        "rules-x-faults",
        "Which rules each violation breaks; in brackets those it keeps from being judged.",
        include_str!("../../../../snapshots/conformance/rules-x-faults.snap"),
        &table,
    );
}

/// Kinds that need several exchanges, and so depend on which overlap, and on the load of the machine.
const OVER_TIME: [&str; 7] = [
    "cancel-changes-field",
    "cancelled-reads-otherwise",
    "request-id-repeats",
    "session-changes",
    "session-id-repeats",
    "terminal-cancelled",
    "terminal-changes",
];

/// The kinds that single exchanges show for each violation.
#[test]
fn what_shows_in_the_traffic_of_a_violation_is_found_by_the_proxy() {
    let table: String = RUNS
        .iter()
        .map(|Run { violation: Violation { name, .. }, traffic, .. }| {
            assert!(traffic.files.iter().all(|file| file.trouble.is_none()), "{name}: {:?}", traffic.files);
            let kinds = traffic.faults.iter().map(|fault| fault.kind);
            let kinds: BTreeSet<_> = kinds.filter(|kind| !OVER_TIME.contains(&kind.to_string().as_str())).collect();
            let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
            format!("{name:<34}  {}", kinds.join(", ")).trim_end().to_owned() + "\n"
        })
        .collect();
    compare(
        "kinds-x-faults",
        "What `zerogate proxy` finds of each violation in the traffic of the suite.",
        include_str!("../../../../snapshots/conformance/kinds-x-faults.snap"),
        &table,
    );
}

/// Compares a table of all violations with a snapshot, or that of a sample with the lines of it.
fn compare(name: &str, description: &str, accepted: &str, table: &str) {
    if env::var_os(ONLY).is_some() {
        return;
    }
    if env::var_os(ALL).is_some() {
        snapshot::check(name, description, table);
    } else {
        let unknown: Vec<&str> = table.lines().filter(|line| !accepted.lines().any(|other| other == *line)).collect();
        assert_eq!(unknown, [""; 0], "not in the snapshot, which a run with {ALL}=1 compares and writes");
    }
}

/// Runs the command lines of findings, as a user does.
#[test]
fn every_line_of_every_finding_reproduces_it() {
    if let Err(reason) = &*TOOLS {
        assert!(env::var_os(ALL).is_none(), "{reason}, and {ALL} is set");
        writeln!(io::stderr(), "no command line of a finding is run: {reason}").unwrap();
        return;
    }
    let lines: usize = RUNS.iter().map(|run| run.lines).sum();
    writeln!(io::stderr(), "{lines} command lines of findings were run; {ALL}=1 cargo test runs all").unwrap();
    let complaints: Vec<&str> = RUNS.iter().flat_map(|run| &run.complaints).map(String::as_str).collect();
    assert!(lines > 0 && complaints.is_empty(), "{} of {lines}\n{}", complaints.len(), complaints.join("\n\n"));
}

/// Rules that may find several things without cases to tell them apart, and why.
const WITHOUT_CASES: [(&str, &str); 3] = [
    ("error-request-id-unique", "a finding is a pair of responses"),
    ("error-throttled-changes-nothing", "one session, whatever changed in it"),
    ("cancel-unknown-session", "one request"),
];

/// Otherwise an entry of the list of known failures would excuse more than it says, or a report would repeat itself:
/// the findings of one case differ in what was expected, such as the value of another session.
#[test]
fn a_rule_that_finds_several_things_tells_them_apart_by_their_cases_or_texts() {
    for Run { violation, told, .. } in &*RUNS {
        let findings = told.findings();
        for (index, (id, finding)) in findings.iter().enumerate() {
            let earlier = findings.iter().take(index).filter(|(other, _)| other == id);
            let is_excepted = WITHOUT_CASES.iter().any(|(rule, _)| rule == id);
            for (_, other) in earlier {
                let has_case = finding.case.is_some() || other.case.is_some();
                assert!(has_case || is_excepted, "{}, {id}: no case: {finding:?}", violation.name);
                let is_another = (&finding.case, &finding.expected) != (&other.case, &other.expected);
                // Three responses with one id are three pairs.
                assert!(
                    is_another || *id == "error-request-id-unique",
                    "{}, {id}: the same twice: {finding:?}",
                    violation.name
                );
            }
        }
    }
}

/// A violation and the result of the suite.
struct Run {
    violation: Violation,
    told: RunLog,
    /// What the reverse proxy found.
    traffic: Traffic,
    /// How many lines of findings were run, and the errors.
    lines: usize,
    complaints: Vec<String>,
}

static RUNS: LazyLock<Vec<Run>> = LazyLock::new(run_all);

/// Violations that are judged at the same time, for each processor: they often wait.
const AT_ONCE: usize = 4;

/// Runs each violation before its own emulator.
fn run_all() -> Vec<Run> {
    let violations: Vec<Violation> = match env::var(ONLY) {
        Ok(only) => {
            let is_meant = |violation: &Violation| only.split(',').any(|part| violation.name.contains(part));
            violation::all().filter(is_meant).collect()
        }
        Err(_) if env::var_os(ALL).is_some() => violation::all().collect(),
        Err(_) => violation::all().step_by(SAMPLE).collect(),
    };
    assert!(!violations.is_empty(), "no violation has in its name what {ONLY} says");
    // Not `println!`, which the test harness hides for passing tests.
    let (some, all) = (violations.len(), violation::all().count());
    let mut stderr = io::stderr();
    writeln!(stderr, "{some} of {all} violations are judged; {ALL}=1 cargo test judges all").unwrap();
    let workers = AT_ONCE * thread::available_parallelism().map_or(1, NonZero::get);
    let queue = Mutex::new(violations.into_iter().enumerate());
    let next = || queue.lock().unwrap().next();
    let work = || iter::from_fn(next).map(|(place, violation)| (place, run_one(violation))).collect::<Vec<_>>();
    let mut runs: Vec<_> = thread::scope(|scope| {
        let parts: Vec<_> = iter::repeat_with(|| scope.spawn(work)).take(workers).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    runs.sort_by_key(|(place, _)| *place);
    runs.into_iter().map(|(_, run)| run).collect()
}

fn run_one(violation: Violation) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // One rule at a time, because some violations affect sessions of other rules.
    let mut options = rules_only();
    options.jobs = NonZero::<usize>::MIN;
    runtime.block_on(async {
        let emulator = Emulator::start().await.unwrap();
        let proxy = Proxy::start(&emulator, violation.act).await;
        // A reverse proxy that changes nothing changes no verdict.
        let relay = relayed::before(&proxy.base_url().to_string(), None).await;
        let relayed = relayed::base(&relay);
        let [faulty, faithful] = [proxy.base_url().origin(), emulator.base_url().parse::<BaseUrl>().unwrap().origin()];
        let keys = emulator.keys().clone();
        let origin = relayed.origin();
        let target = Target::emulator(emulator, relayed);
        let told = against(&target, &options).await;
        let traffic = relay.finish().await;
        let findings = told.findings();
        let most = if env::var_os(ALL).is_some() || env::var_os(ONLY).is_some() { usize::MAX } else { SAMPLE_OF_LINES };
        let lines = if TOOLS.is_ok() { findings.len().min(most) } else { 0 };
        let replay = move || {
            let transcripts = RefCell::default();
            let stage = Stage { origin: &origin, faulty: &faulty, faithful: &faithful, keys: &keys, transcripts };
            let complaint =
                |(rule, finding): (&str, Finding)| Some((rule.to_owned(), stage.complaint(rule, &finding)?));
            findings.into_iter().take(lines).filter_map(complaint).collect::<Vec<_>>()
        };
        // The servers run meanwhile.
        let complaints = tokio::task::spawn_blocking(replay).await.unwrap();
        let complaints = complaints.into_iter().map(|(rule, told)| format!("{}, {rule}: {told}", violation.name));
        Run { violation, told, traffic, lines, complaints: complaints.collect() }
    })
}

fn line(name: &str, told: &RunLog) -> String {
    let errors = told.with("error");
    let brackets = if errors.is_empty() { String::new() } else { format!("  ({})", errors.join(", ")) };
    format!("{name:<34}  {}{brackets}", told.with("fail").join(", "))
}

#[test]
fn every_rule_has_a_violation_that_fails_it() {
    for rule in rules() {
        let proof = violation::all().find(|violation| violation.name == rule.fault);
        let proof = proof.unwrap_or_else(|| panic!("{}: there is no violation {:?}", rule.id, rule.fault));
        assert!(proof.breaks.contains(&rule.id), "{}: {} does not break it", rule.id, rule.fault);
    }
}

#[test]
fn every_violation_has_a_unique_name_and_existing_rules() {
    let mut names = BTreeSet::new();
    for Violation { name, breaks, .. } in violation::all() {
        assert!(names.insert(name), "{name} is there twice");
        assert!(!breaks.is_empty(), "{name} breaks nothing");
        assert!(breaks.iter().all(|id| rule(id).is_some()), "{name}: {breaks:?}");
        assert!(breaks.is_sorted(), "{name}: {breaks:?}");
    }
}

/// The negative control: the proxy itself causes no findings.
#[tokio::test]
async fn a_proxy_without_a_fault_fails_no_rule() {
    let told = behind(Act::Edit(|_, _| {}), &everything()).await;
    assert!(told.is_spotless(), "{}", told.everything);
    assert_eq!(told.conclusion(), Conclusion::Conforms);
}

#[tokio::test]
async fn a_finding_shows_expected_received_and_a_command_line() {
    let success = violation::all().find(|violation| violation.name == "amount-altered").unwrap();
    let told = behind(success.act, &rules_only()).await;
    let findings = told.findings();
    let (_, finding) = findings.first().unwrap();
    assert!(finding.expected.starts_with(r#"`amount` unchanged: "1"#), "{}", finding.expected);
    assert_eq!(finding.received, r#""100.0""#);
    assert!(finding.curl().contains(r#"-H 'authorization: Bearer '"$GATE_KEY""#));
    assert!(
        finding
            .response
            .as_ref()
            .and_then(|response| response.request_id.as_ref())
            .is_some_and(|id| id.starts_with("req_test_"))
    );
}

//! The report on recordings: a test case for each kind of finding.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use zerogate_judge::Kind;

use super::xml::{lapsed, lines, xml};
use crate::recording::traffic::Traffic;
use crate::report::wording::run as run_wording;
use crate::report::wording::traffic as wording;

pub(in crate::report) fn traffic(traffic: &Traffic) -> io::Result<String> {
    let mut report = Report::new("zerogate check");
    let mut suite = TestSuite::new("recordings");
    suite.add_property(("contract", traffic.contract.as_str()));
    suite.add_property(("conclusion", traffic.headline().as_str()));
    suite.add_property(("judged", wording::judged(traffic).as_str()));
    for (coverage, text) in run_wording::coverage(&traffic.coverage) {
        suite.add_property((format!("coverage: {}", coverage.kind).as_str(), text.as_str()));
    }
    suite.add_test_cases(Kind::ALL.iter().map(|kind| case(traffic, *kind)));
    suite.add_test_cases(traffic.files.iter().filter_map(|file| {
        let trouble = file.trouble.as_ref()?;
        Some(failed("file", &file.name, NonSuccessKind::Error, trouble))
    }));
    suite.add_test_cases(
        traffic.missed.iter().map(|goal| {
            failed("coverage", goal.kind.name(), NonSuccessKind::Failure, &wording::missed(traffic, *goal))
        }),
    );
    suite.add_test_cases(lapsed(&traffic.lapsed));
    report.add_test_suite(suite);
    xml(&report)
}

fn case(traffic: &Traffic, kind: Kind) -> TestCase {
    let faults: Vec<_> = traffic.faults.iter().filter(|fault| fault.kind == kind).collect();
    let known = faults.iter().find_map(|fault| fault.known.as_ref());
    let mut status = match (faults.is_empty(), known) {
        // The rule judged nothing, so it did not pass.
        (true, _) if !traffic.rules.contains(&kind) => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message("not judged: the rule is not selected, or no exchange has what it judges");
            skipped
        }
        (true, _) => TestCaseStatus::success(),
        (false, Some(_)) => TestCaseStatus::skipped(),
        (false, None) => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    if let Some(first) = faults.first() {
        let description = faults.iter().map(|fault| lines(&wording::count(fault), wording::details(traffic, fault)));
        let message = known.map_or_else(
            || format!("expected {}, received {}", first.expected, first.received),
            |known| run_wording::excused([known]),
        );
        status
            .set_type(first.level.to_string())
            .set_message(message)
            .set_description(description.collect::<Vec<_>>().join("\n"));
    }
    let mut case = TestCase::new(kind.row().id, status);
    case.set_classname("zerogate.check");
    case
}

fn failed(class: &str, name: &str, kind: NonSuccessKind, message: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("zerogate.{class}"));
    case
}

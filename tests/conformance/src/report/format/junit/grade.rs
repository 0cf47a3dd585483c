//! The report on a client: a test case for each case.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::xml::{lapsed, lines, xml};
use crate::grade::{Graded, Grades, Verdict};
use crate::report::wording::grade as wording;
use crate::report::wording::run as run_wording;

pub(in crate::report) fn grade(grades: &Grades) -> io::Result<String> {
    let mut report = Report::new("zerogate grade");
    report.set_time(grades.elapsed);
    let mut suite = TestSuite::new("client");
    suite.add_property(("client", grades.client.as_str()));
    suite.add_property(("conclusion", grades.headline().as_str()));
    suite.add_property(("held", wording::basis(grades).as_str()));
    suite.set_time(grades.elapsed);
    suite.add_test_cases(grades.results.iter().map(case));
    suite.add_test_cases(lapsed(&grades.lapsed));
    report.add_test_suite(suite);
    xml(&report)
}

fn case(result: &Graded) -> TestCase {
    let mut status = match &result.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail(_) if result.is_failed() => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::NotJudged(left) if left.is_trouble => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Fail(_) | Verdict::NotJudged(_) => TestCaseStatus::skipped(),
    };
    status.set_type(result.case.level.to_string()).set_message(match &result.known {
        Some(known) => run_wording::excused([known]),
        None => wording::message(result),
    });
    status.set_description(lines(result.case.title, wording::details(result)));
    let mut case = TestCase::new(result.case.id, status);
    case.set_classname("zerogate.grade").set_time(result.elapsed);
    case
}

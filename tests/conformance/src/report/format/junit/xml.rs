//! A report as XML, and the test cases that reports share.

use std::fmt::Display;
use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};

use crate::exceptions::known::LapsedFailure;
use crate::report::wording::run as run_wording;

pub(super) fn xml(report: &Report) -> io::Result<String> {
    let xml = report.to_string().map_err(io::Error::other)?;
    // XML also forbids these two characters, but quick-junit 0.8 lets them through.
    Ok(xml.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}

/// A title and labelled lines, as the description of a test case.
pub(super) fn lines<L: Display>(title: &str, labelled: impl IntoIterator<Item = (L, String)>) -> String {
    let labelled = labelled.into_iter().map(|(label, text)| format!("\n{label:<9} {text}"));
    title.to_owned() + &labelled.collect::<String>()
}

/// A failure for each lapsed entry of the list of known failures.
pub(super) fn lapsed(entries: &[LapsedFailure]) -> impl Iterator<Item = TestCase> {
    run_wording::lapsed_lines(entries).into_iter().map(|entry| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(entry.lapse).set_description(entry.place()).set_message(entry.what);
        let mut case = TestCase::new(entry.id, status);
        case.set_classname("zerogate.known-failures");
        case
    })
}

//! Reports for CI servers, as JUnit XML.

mod grade;
mod run;
mod traffic;
mod xml;

pub(super) use grade::grade;
pub(super) use run::run;
pub(super) use traffic::traffic;

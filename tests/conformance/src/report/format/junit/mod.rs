//! Reports for CI servers, as JUnit XML.

mod run;
mod traffic;
mod xml;

pub(super) use run::run;
pub(super) use traffic::traffic;

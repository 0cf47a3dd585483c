//! For a CI server, as JUnit's XML.

mod run;
mod traffic;
mod xml;

pub(super) use run::run;
pub(super) use traffic::traffic;

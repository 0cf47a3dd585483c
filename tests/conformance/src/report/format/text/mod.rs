//! Reports for a person at a terminal.

mod build;
mod drift;
mod grade;
mod run;
mod traffic;

pub(super) use build::build;
pub(super) use drift::drift;
pub(in crate::report) use grade::grade;
pub use run::Text;
pub(in crate::report) use traffic::traffic;

//! Reports for a person at a terminal.

mod build;
mod drift;
mod run;
mod traffic;

pub(super) use build::build;
pub(super) use drift::drift;
pub use run::Text;
pub(in crate::report) use traffic::traffic;

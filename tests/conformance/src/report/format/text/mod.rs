//! For a person at a terminal.

mod build;
mod drift;
mod run;

pub(super) use build::build;
pub(super) use drift::drift;
pub use run::Text;

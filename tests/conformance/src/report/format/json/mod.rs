//! For a program.

mod drift;
mod run;

pub(super) use drift::drift;
pub use drift::drift_schema;
pub(super) use run::run;
pub use run::run_schema;
